"""softargmin and softargmax  (C16, C20)."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
import scipy

from ...numerics import soft as own
from ...numerics.checks import Array
from ..bugs import FLAT, FLOAT32, FLOOR, SHIFT, SHORTCUT, floored, lse, single, weights
from ..digits import exp
from ..domains.tables import SCORES, TABLE
from ..row import Bugs, Function, Slope
from .soft import of_sign, softmax_cases, softmax_regimes, softmin_cases, softmin_regimes

# --- truth, in many digits


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


# --- what mistakes are made of


def one_hot(f: Array) -> Array:
    return np.eye(f.shape[1])[f.argmax(axis=1)]


def weights_bugs(sign: int) -> Bugs:
    """Those that softargmin (sign -1) and softargmax (sign 1) share; right is exp(beta f) over its sum."""
    bugs: Bugs = [
        ("sign", "The sign of the energy is wrong: the highest energy gets the most weight.", "softargmin has exp(-beta E) (C16, C20).", lambda f, b: weights(f, b)),
        ("no-beta", "beta is ignored.", "Exponentiate beta times the energy (C16).", lambda f, b: weights(-f, 1.0)),
        ("temperature", "beta is taken for the temperature.", "beta multiplies the energy (C11).", lambda f, b: weights(-f, 1 / b)),
        ("beta-twice", "beta enters squared.", "Use beta once.", lambda f, b: weights(-f, b * b)),
        ("unnormalised", "The weights are not divided by their sum.", "Divide by the sum over the latents.", lambda f, b: np.exp(b * (f - f.max(axis=1)[:, None]))),
        ("mean-for-sum", "Divided by the mean, not by the sum.", "Weights sum to 1 (C16).", lambda f, b: weights(-f, b) * f.shape[1]),
        ("batch-normalised", "Normalised over the observations.", "Normalise each observation's weights.", lambda f, b: weights(-f.T, b).T),
        ("whole-normalised", "Normalised over all observations and latents.", "Normalise each observation's weights.", lambda f, b: weights(-f.reshape(1, -1), b).reshape(f.shape)),
        ("one-hot", "The indicator of the best, at a finite beta.", "Only beta = inf is one-hot (C15, C16).", lambda f, b: one_hot(f)),
        ("index", "The index of the best latent in each entry.", "softargmin gives weights (C16).", lambda f, b: np.repeat(f.argmax(axis=1)[:, None], f.shape[1], 1).astype(float)),
        ("float32", *FLOAT32, single(lambda f, b: weights(-f, b))),
        ("uniform", "Equal weights.", "Only beta = 0 has equal weights.", lambda f, b: np.full(f.shape, 1 / f.shape[1])),
        ("logarithm", "The logarithms of the weights.", "Exponentiate.", lambda f, b: b * f - lse(b * f)[:, None]),
        ("times-beta", "Multiplied by beta: the slope of log Z, not of F.", "dF/dE is p itself (C16).", lambda f, b: b * weights(-f, b)),
        ("unshifted", "exp of the energies as they are: inf/inf and 0/0.", "Subtract the minimum before exp.", lambda f, b: np.exp(b * f) / np.exp(b * f).sum(axis=1)[:, None]),
        ("batch-shift", "One shift for the whole batch: other rows are 0/0.", "Shift each row by its own minimum.", lambda f, b: np.exp(b * (f - f.max())) / np.exp(b * (f - f.max())).sum(axis=1)[:, None]),
        ("epsilon", "A small number is added to the sum.", "Shift by the minimum: the sum is then at least 1.", lambda f, b: np.exp(np.minimum(b * f, 700)) / (np.exp(np.minimum(b * f, 700)).sum(axis=1)[:, None] + 1e-8)),
        ("shift-first", *SHIFT, lambda f, b: np.exp(b * (f - f[:, :1])) / np.exp(b * (f - f[:, :1])).sum(axis=1)[:, None]),
        ("floor", *FLOOR, lambda f, b: floored(b * f) / floored(b * f).sum(axis=1)[:, None]),
        ("cold-cut", *SHORTCUT, lambda f, b: one_hot(f) if b > 20 else weights(-f, b)),
        ("hot-cut", *FLAT, lambda f, b: np.full(f.shape, 1 / f.shape[1]) if b < 0.01 else weights(-f, b)),
    ]  # fmt: skip
    return of_sign(sign, bugs)


# --- the rows

ROWS = {
    "softargmin": Function(
        "C16", "exp(-beta E) / sum_z exp(-beta E)",
        {"E": "(n, k)", "beta": "()"}, "(n, k)",
        seed=26, cases=softmin_cases, domain=TABLE, drawn=(190, 294, 450, 524, 656, 713, 1179, 1188, 1250, 1442), regimes=partial(softmin_regimes, -11), truth=(softargmin, softargmin_2),
        adds=lambda a, S: 1,
        keeps="w / w.sum(axis=1)[:, None] with w = np.exp(-beta * (E - E.min(axis=1)[:, None]))",
        slope=Slope(("softmin",), "E"),
        bugs=weights_bugs(-1),
    ),
    "softargmax": Function(
        "C20", "exp(beta s) / sum_z exp(beta s)",
        {"s": "(n, k)", "beta": "()"}, "(n, k)",
        seed=25, cases=softmax_cases, domain=SCORES, drawn=(50, 52, 60, 194, 346, 545, 864, 874, 1099, 1177), regimes=partial(softmax_regimes, -11), truth=(softargmax, softargmax_2),
        adds=lambda a, S: 1,
        keeps="w / w.sum(axis=1)[:, None] with w = np.exp(beta * (s - s.max(axis=1)[:, None]))",
        slope=Slope(("softmax",), "s"),
        bugs=weights_bugs(1),
    ),
}  # fmt: skip

# --- as it is written

FORMULAS = {
    "softargmin": "softmax(-beta * E, axis=1)",
    "softargmax": "softmax(beta * s, axis=1)",
}  # fmt: skip

# --- right ways

RIGHT = {
    "softargmin": [
        lambda E, beta: scipy.special.softmax(-beta * E, axis=1),
        lambda E, beta: np.exp(scipy.special.log_softmax(-beta * E, axis=1)),
        lambda E, beta: 1 / np.exp(np.minimum(-beta * (E[:, None] - E[:, :, None]), 88 if E.dtype == np.float32 else 709)).sum(axis=2),
    ],
    "softargmax": [
        lambda s, beta: scipy.special.softmax(beta * s, axis=1),
        lambda s, beta: np.exp(scipy.special.log_softmax(beta * s, axis=1)),
    ],
}  # fmt: skip

# --- refebm's own

PACKAGE = {
    "softargmin": own.softargmin,
    "softargmax": own.softargmax,
}
RESTS_ON = {
    "softargmax": ["softargmin"],
}
