"""The catalogue, first part: softmin, softmax, their arguments, softplus, and the losses' scalars  (C13-C24, L15)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..numerics.checks import Array
from .bugs import Bug, F_of, lse, single, weights

FLOAT32 = (
    "It is computed in float32.",
    "Compute in double precision, or say that it is float32 and be judged as such.",
)


def _soft(name: str, sign: int) -> list[Bug]:
    """The bugs that softmin (sign -1) and softmax (sign 1) share; f is what is exponentiated."""

    def bug(kind: str, what: str, mend: str, code: Callable[[Array, float], Array]) -> Bug:
        return Bug(name, kind, what, mend, lambda v, beta: code(sign * v, beta))

    out = sign  # the result is sign * (1/beta) log mean exp(beta f)
    log = np.log
    return [
        bug("no-count", "The sum over the latents is not divided by their number.", "Subtract log N_z inside the logarithm (C13).", lambda f, b: out * lse(b * f) / b),
        bug("no-beta-outside", "1/beta before the logarithm is missing.", "Divide the logarithm by beta (C13).", lambda f, b: out * (lse(b * f) - log(f.shape[1]))),
        bug("beta-twice-outside", "The logarithm is divided by beta squared.", "Divide by beta once (C13).", lambda f, b: out * (lse(b * f) - log(f.shape[1])) / b**2),
        bug("no-beta-inside", "beta is missing in the exponent.", "Exponentiate beta times the energy (C13).", lambda f, b: out * (lse(f) - log(f.shape[1])) / b),
        bug("no-beta", "beta is ignored.", "Use beta in the exponent and before the logarithm (C13).", lambda f, b: out * (lse(f) - log(f.shape[1]))),
        bug("temperature", "beta is taken for the temperature T = 1/beta.", "beta multiplies the energy (C11, C13).", lambda f, b: out * b * (lse(f / b) - log(f.shape[1]))),
        bug("other-soft", "softmax for softmin, or the reverse.", "softmin has exp(-beta E), and a minus outside (C13, C19).", lambda f, b: -out * (lse(-b * f) - log(f.shape[1])) / b),
        bug("sign-inside", "The sign in the exponent is wrong.", "softmin has exp(-beta E), softmax exp(beta s) (C13, C18).", lambda f, b: out * (lse(-b * f) - log(f.shape[1])) / b),
        bug("sign-outside", "The sign of the result is wrong.", "Mind the minus before 1/beta (C13, C19).", lambda f, b: -out * (lse(b * f) - log(f.shape[1])) / b),
        bug("hard", "The minimum or maximum itself, at a finite beta.", "Only beta = inf is the minimum (C15).", lambda f, b: out * f.max(axis=1)),
        bug("mean", "The mean, as at beta = 0.", "Only beta = 0 is the mean (C14).", lambda f, b: out * f.mean(axis=1)),
        bug("expectation", "The mean under the Gibbs weights, in place of the free energy: the entropy is missing.", "F = <E> - T S + T log N (L17).", lambda f, b: out * (weights(-f, b) * f).sum(axis=1)),
        bug("count-outside-beta", "log N_z is subtracted without being divided by beta.", "The count stands inside the logarithm (C13).", lambda f, b: out * (lse(b * f) / b - log(f.shape[1]))),
        bug("count-added", "log N_z is added, not subtracted.", "The sum is divided by N_z (C13).", lambda f, b: out * (lse(b * f) + log(f.shape[1])) / b),
        bug("count-less-one", "Divided by N - 1.", "Divide by the number of latents (C12).", lambda f, b: out * (lse(b * f) - log(f.shape[1] - 1)) / b),
        bug("count-of-rows", "Divided by the number of observations.", "Divide by the number of latents, the other axis (C12).", lambda f, b: out * (lse(b * f) - log(f.shape[0])) / b),
        bug("endpoint-twice", "The first latent is counted twice, as with a closed grid.", "Leave the right end of a circle's grid out (C3).", lambda f, b: out * (lse(b * np.column_stack([f, f[:, 0]])) - log(f.shape[1] + 1)) / b),
        bug("last-dropped", "The last latent is left out.", "Sum over all latents (C12).", lambda f, b: out * (lse(b * f[:, :-1]) - log(f.shape[1] - 1)) / b),
        bug("whole-batch", "Sum and count run over all observations together.", "One sum for each observation (C12).", lambda f, b: np.full(len(f), out * (lse(b * f.ravel()) - log(f.size)) / b)),
        bug("wrong-axis", "The mean runs over the observations.", "Sum over the axis of the latents (C12).", lambda f, b: out * (lse(b * f, 0) - log(f.shape[0])) / b),
        bug("unshifted", "exp of the energies as they are: over- and underflow.", "Subtract the minimum before exp, add it after.", lambda f, b: out * log(np.exp(b * f).mean(axis=1)) / b),
        bug("batch-shift", "One shift for the whole batch: other rows underflow.", "Shift each row by its own minimum.", lambda f, b: out * (log(np.exp(b * (f - f.max())).mean(axis=1)) / b + f.max())),
        bug("shift-lost", "The shift is not added back.", "Add the row's minimum after the logarithm.", lambda f, b: out * (lse(b * f) - log(f.shape[1]) - b * f.max(axis=1)) / b),
        bug("shift-wrong-way", "Shifted by the largest energy: exp overflows.", "Shift by the least energy.", lambda f, b: out * (log(np.exp(b * (f - f.min(axis=1)[:, None])).mean(axis=1)) / b + f.min(axis=1))),
        bug("epsilon", "A small number is added inside the logarithm.", "Shift by the minimum: the sum is then at least 1.", lambda f, b: out * log(np.exp(np.minimum(b * f, 700)).mean(axis=1) + 1e-8) / b),
        bug("base-2", "The logarithm has base 2.", "Natural logarithms throughout (C13).", lambda f, b: out * (lse(b * f) - log(f.shape[1])) / b / log(2)),
        bug("index", "The index of the best latent, not a value.", "min and softmin, not argmin (C13, C15).", lambda f, b: f.argmax(axis=1).astype(float)),
        bug("float32", FLOAT32[0], FLOAT32[1], single(lambda f, b: out * (lse(b * f) - log(f.shape[1])) / b)),
    ]  # fmt: skip


def _argsoft(name: str, sign: int) -> list[Bug]:
    """The bugs that softargmin (sign -1) and softargmax (sign 1) share."""

    def bug(kind: str, what: str, mend: str, code: Callable[[Array, float], Array]) -> Bug:
        return Bug(name, kind, what, mend, lambda v, beta: code(sign * v, beta))

    return [
        bug("sign", "The sign of the energy is wrong: the highest energy gets the most weight.", "softargmin has exp(-beta E) (C16, C20).", lambda f, b: weights(f, b)),
        bug("no-beta", "beta is ignored.", "Exponentiate beta times the energy (C16).", lambda f, b: weights(-f, 1.0)),
        bug("temperature", "beta is taken for the temperature.", "beta multiplies the energy (C11).", lambda f, b: weights(-f, 1 / b)),
        bug("beta-twice", "beta enters squared.", "Use beta once.", lambda f, b: weights(-f, b * b)),
        bug("unnormalised", "The weights are not divided by their sum.", "Divide by the sum over the latents.", lambda f, b: np.exp(b * (f - f.max(axis=1)[:, None]))),
        bug("mean-for-sum", "Divided by the mean, not by the sum.", "Weights sum to 1 (C16).", lambda f, b: weights(-f, b) * f.shape[1]),
        bug("batch-normalised", "Normalised over the observations.", "Normalise each observation's weights.", lambda f, b: weights(-f.T, b).T),
        bug("whole-normalised", "Normalised over all observations and latents.", "Normalise each observation's weights.", lambda f, b: weights(-f.reshape(1, -1), b).reshape(f.shape)),
        bug("one-hot", "The indicator of the best, at a finite beta.", "Only beta = inf is one-hot (C15, C16).", lambda f, b: np.eye(f.shape[1])[f.argmax(axis=1)]),
        bug("index", "The index of the best latent in each entry.", "softargmin gives weights (C16).", lambda f, b: np.repeat(f.argmax(axis=1)[:, None], f.shape[1], 1).astype(float)),
        bug("float32", FLOAT32[0], FLOAT32[1], single(lambda f, b: weights(-f, b))),
        bug("uniform", "Equal weights.", "Only beta = 0 has equal weights.", lambda f, b: np.full(f.shape, 1 / f.shape[1])),
        bug("logarithm", "The logarithms of the weights.", "Exponentiate.", lambda f, b: b * f - lse(b * f)[:, None]),
        bug("times-beta", "Multiplied by beta: the slope of log Z, not of F.", "dF/dE is p itself (C16).", lambda f, b: b * weights(-f, b)),
        bug("unshifted", "exp of the energies as they are: inf/inf and 0/0.", "Subtract the minimum before exp.", lambda f, b: np.exp(b * f) / np.exp(b * f).sum(axis=1)[:, None]),
        bug("batch-shift", "One shift for the whole batch: other rows are 0/0.", "Shift each row by its own minimum.", lambda f, b: np.exp(b * (f - f.max())) / np.exp(b * (f - f.max())).sum(axis=1)[:, None]),
        bug("epsilon", "A small number is added to the sum.", "Shift by the minimum: the sum is then at least 1.", lambda f, b: np.exp(np.minimum(b * f, 700)) / (np.exp(np.minimum(b * f, 700)).sum(axis=1)[:, None] + 1e-8)),
    ]  # fmt: skip


_PRIOR: list[tuple[str, str, str, Callable[..., Any]]] = [
    ("dropped", "The prior is ignored.", "Weight each latent by p (L15).", lambda E, b, p: F_of(E, b)),
    ("prior-and-count", "The prior is there, and the sum is divided by N as well.", "p takes the place of 1/N (L15).", lambda E, b, p: -(lse(np.log(p) - b * E) - np.log(E.shape[1])) / b),
    ("log-prior-twice", "The prior enters squared.", "p enters once (L15).", lambda E, b, p: -lse(2 * np.log(p) - b * E) / b),
    ("prior-times-energy", "The prior multiplies the energy, not its exponential.", "sum p exp(-beta E) (L15).", lambda E, b, p: F_of(p * E, b)),
    ("prior-inside-beta", "log p is multiplied by beta too.", "p stands before exp (L15).", lambda E, b, p: -lse(b * (np.log(p) - E)) / b),
    ("prior-divided", "Divided by the prior.", "Multiply by p (L15).", lambda E, b, p: -lse(-np.log(p) - b * E) / b),
    ("no-beta-outside", "1/beta before the logarithm is missing.", "Divide the logarithm by beta (L15).", lambda E, b, p: -lse(np.log(p) - b * E)),
    ("mean-under-prior", "The mean energy under the prior, as at beta = 0.", "Only beta = 0 is the mean (C14).", lambda E, b, p: E @ p),
    ("hard", "The least energy.", "Only beta = inf is the minimum (C15).", lambda E, b, p: E.min(axis=1)),
    ("sign", "softmax for softmin.", "exp(-beta E), and the minus outside (L15).", lambda E, b, p: lse(np.log(p) + b * E) / b),
    ("unshifted", "exp of the energies as they are.", "Subtract the minimum before exp.", lambda E, b, p: -np.log(np.exp(-b * E) @ p) / b),
]  # fmt: skip

_SOFTPLUS: list[tuple[str, str, str, Callable[..., Any]]] = [
    ("unshifted", "log(1 + exp u) as written: exp overflows.", "max(u, 0) + log1p(exp(-|u|)).", lambda u: np.log(1 + np.exp(u))),
    ("relu", "The positive part.", "softplus is log(1 + exp u) (C24).", lambda u: np.maximum(u, 0)),
    ("sign", "softplus of -u.", "log(1 + exp u) (C24).", lambda u: np.logaddexp(0, -u)),
    ("sigmoid", "Its derivative.", "log(1 + exp u) (C24).", lambda u: 1 / (1 + np.exp(-u))),
    ("base-2", "The logarithm has base 2.", "Natural logarithm.", lambda u: np.logaddexp(0, u) / np.log(2)),
    ("threshold", "u itself above 20, 0 below -20.", "Keep exp u where u is far below 0.", lambda u: np.where(u < -20 + 1e-9, 0, np.logaddexp(0, u))),
]  # fmt: skip

BUGS = [
    *_soft("softmin", -1),
    *_soft("softmax", 1),
    *_argsoft("softargmin", -1),
    *_argsoft("softargmax", 1),
    *(Bug("softmin_prior", *row) for row in _PRIOR),
    *(Bug("softplus", *row) for row in _SOFTPLUS),
]
