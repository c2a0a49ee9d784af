"""softargmin and softargmax  (C16, C20)."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from ...numerics.checks import Array
from ..bugs import FLAT, FLOAT32, FLOOR, SHIFT, SHORTCUT, floored, lse, single, weights
from ..digits import exp
from ..row import Code, Function
from .soft import Bugs, softmax_cases, softmax_regimes, softmin_cases, softmin_regimes


def softargmin(E: Array, beta: Any) -> Array:
    e = exp(-beta * E)
    return e / e.sum(axis=1)[:, None]


def softargmin_2(E: Array, beta: Any) -> Array:
    """1 / sum of ratios."""
    return 1 / exp(-beta * (E[:, None, :] - E[:, :, None])).sum(axis=2)


def softargmax(s: Array, beta: Any) -> Array:
    e = exp(beta * s)
    return e / e.sum(axis=1)[:, None]


def softargmax_2(s: Array, beta: Any) -> Array:
    return softargmin_2(-s, beta)


def one_hot(f: Array) -> Array:
    return np.eye(f.shape[1])[f.argmax(axis=1)]


def weights_bugs(sign: int) -> Bugs:
    """The bugs that softargmin (sign -1) and softargmax (sign 1) share; f is what is exponentiated."""

    def bug(kind: str, what: str, mend: str, code: Callable[[Array, float], Array]) -> tuple[str, str, str, Code]:
        return kind, what, mend, lambda v, beta: code(sign * v, beta)

    return [
        bug("sign", "The sign of the energy is wrong: the highest energy gets the most weight.", "softargmin has exp(-beta E) (C16, C20).", lambda f, b: weights(f, b)),
        bug("no-beta", "beta is ignored.", "Exponentiate beta times the energy (C16).", lambda f, b: weights(-f, 1.0)),
        bug("temperature", "beta is taken for the temperature.", "beta multiplies the energy (C11).", lambda f, b: weights(-f, 1 / b)),
        bug("beta-twice", "beta enters squared.", "Use beta once.", lambda f, b: weights(-f, b * b)),
        bug("unnormalised", "The weights are not divided by their sum.", "Divide by the sum over the latents.", lambda f, b: np.exp(b * (f - f.max(axis=1)[:, None]))),
        bug("mean-for-sum", "Divided by the mean, not by the sum.", "Weights sum to 1 (C16).", lambda f, b: weights(-f, b) * f.shape[1]),
        bug("batch-normalised", "Normalised over the observations.", "Normalise each observation's weights.", lambda f, b: weights(-f.T, b).T),
        bug("whole-normalised", "Normalised over all observations and latents.", "Normalise each observation's weights.", lambda f, b: weights(-f.reshape(1, -1), b).reshape(f.shape)),
        bug("one-hot", "The indicator of the best, at a finite beta.", "Only beta = inf is one-hot (C15, C16).", lambda f, b: one_hot(f)),
        bug("index", "The index of the best latent in each entry.", "softargmin gives weights (C16).", lambda f, b: np.repeat(f.argmax(axis=1)[:, None], f.shape[1], 1).astype(float)),
        bug("float32", *FLOAT32, single(lambda f, b: weights(-f, b))),
        bug("uniform", "Equal weights.", "Only beta = 0 has equal weights.", lambda f, b: np.full(f.shape, 1 / f.shape[1])),
        bug("logarithm", "The logarithms of the weights.", "Exponentiate.", lambda f, b: b * f - lse(b * f)[:, None]),
        bug("times-beta", "Multiplied by beta: the slope of log Z, not of F.", "dF/dE is p itself (C16).", lambda f, b: b * weights(-f, b)),
        bug("unshifted", "exp of the energies as they are: inf/inf and 0/0.", "Subtract the minimum before exp.", lambda f, b: np.exp(b * f) / np.exp(b * f).sum(axis=1)[:, None]),
        bug("batch-shift", "One shift for the whole batch: other rows are 0/0.", "Shift each row by its own minimum.", lambda f, b: np.exp(b * (f - f.max())) / np.exp(b * (f - f.max())).sum(axis=1)[:, None]),
        bug("epsilon", "A small number is added to the sum.", "Shift by the minimum: the sum is then at least 1.", lambda f, b: np.exp(np.minimum(b * f, 700)) / (np.exp(np.minimum(b * f, 700)).sum(axis=1)[:, None] + 1e-8)),
        ("shift-first", *SHIFT, lambda v, b: np.exp(sign * b * (v - v[:, :1])) / np.exp(sign * b * (v - v[:, :1])).sum(axis=1)[:, None]),
        ("floor", *FLOOR, lambda v, b: floored(sign * b * v) / floored(sign * b * v).sum(axis=1)[:, None]),
        ("cold-cut", *SHORTCUT, lambda v, b: one_hot(sign * v) if b > 20 else weights(-sign * v, b)),
        ("hot-cut", *FLAT, lambda v, b: np.full(v.shape, 1 / v.shape[1]) if b < 0.01 else weights(-sign * v, b)),
    ]  # fmt: skip


ROWS = {
    "softargmin": Function(
        "C16", "exp(-beta E) / sum_z exp(-beta E)",
        {"E": "(n, k)", "beta": "()"}, "(n, k)",
        seed=26, cases=softmin_cases, regimes=partial(softmin_regimes, -11), truth=(softargmin, softargmin_2),
        adds=lambda a, S: 1,
        bugs=weights_bugs(-1),
    ),
    "softargmax": Function(
        "C20", "exp(beta s) / sum_z exp(beta s)",
        {"s": "(n, k)", "beta": "()"}, "(n, k)",
        seed=25, cases=softmax_cases, regimes=partial(softmax_regimes, -11), truth=(softargmax, softargmax_2),
        adds=lambda a, S: 1,
        bugs=weights_bugs(1),
    ),
}  # fmt: skip
