"""softmin and softmax  (C13, C18)."""

from __future__ import annotations

import math
from collections.abc import Iterator
from functools import partial
from typing import Any

import numpy as np
import scipy

from ...numerics import soft as own
from ...numerics.checks import Array
from ..bugs import FLAT, FLOAT32, FLOOR, SHIFT, SHORTCUT, F_of, floored, lse, single, weights
from ..digits import exp, log
from ..domains.tables import SCORES, TABLE
from ..inputs import tables, warm_tables
from ..row import Bugs, Case, Function, Rngs, of_logarithm

# --- inputs


def softmin_cases(rng: np.random.Generator) -> Iterator[Case]:
    for why, E, beta in tables(rng):
        yield why, {"E": E, "beta": beta}


def softmax_cases(rng: np.random.Generator) -> Iterator[Case]:
    for why, E, beta in tables(rng):
        yield why, {"s": -E + 0.125, "beta": beta}


def softmin_regimes(first: int, rngs: Rngs) -> Iterator[Case]:
    for why, E, beta in warm_tables(first, rngs):
        yield why, {"E": E, "beta": beta}


def softmax_regimes(first: int, rngs: Rngs) -> Iterator[Case]:
    for why, E, beta in warm_tables(first, rngs):
        yield why, {"s": -E, "beta": beta}


# --- truth, in many digits


def softmin(E: Array, beta: Any) -> Array:
    return -log(exp(-beta * E).sum(axis=1) / E.shape[1]) / beta


def softmin_2(E: Array, beta: Any) -> Array:
    """Two energies at a time, each pair about its own first."""
    total = E[:, 0]
    for column in E.T[1:]:
        total = total - log(1 + exp(-beta * (column - total))) / beta
    return total + log(np.array([E.shape[1]], object)) / beta


def softmax(s: Array, beta: Any) -> Array:
    return log(exp(beta * s).sum(axis=1) / s.shape[1]) / beta


def softmax_2(s: Array, beta: Any) -> Array:
    return -softmin_2(-s, beta)


# --- what mistakes are made of


def first(f: Array) -> Array:
    """log mean exp of rows, shifted by their first entry."""
    return np.log(np.exp(f - f[..., :1]).mean(axis=-1)) + f[..., 0]


def of_sign(sign: int, bugs: Bugs) -> Bugs:
    """Bugs that are written for f = sign v as functions of v."""
    return [(name, what, mend, lambda v, beta, code=code: code(sign * v, beta)) for name, what, mend, code in bugs]


def soft_bugs(sign: int) -> Bugs:
    """Those that softmin (sign -1) and softmax (sign 1) share; right is sign * log(mean exp(beta f)) / beta."""
    bugs: Bugs = [
        ("no-count", "The sum over the latents is not divided by their number.", "Subtract log N_z inside the logarithm (C13).", lambda f, b: sign * lse(b * f) / b),
        ("no-beta-outside", "1/beta before the logarithm is missing.", "Divide the logarithm by beta (C13).", lambda f, b: sign * (lse(b * f) - np.log(f.shape[1]))),
        ("beta-twice-outside", "The logarithm is divided by beta squared.", "Divide by beta once (C13).", lambda f, b: sign * (lse(b * f) - np.log(f.shape[1])) / b**2),
        ("no-beta-inside", "beta is missing in the exponent.", "Exponentiate beta times the energy (C13).", lambda f, b: sign * (lse(f) - np.log(f.shape[1])) / b),
        ("no-beta", "beta is ignored.", "Use beta in the exponent and before the logarithm (C13).", lambda f, b: sign * (lse(f) - np.log(f.shape[1]))),
        ("temperature", "beta is taken for the temperature T = 1/beta.", "beta multiplies the energy (C11, C13).", lambda f, b: sign * b * (lse(f / b) - np.log(f.shape[1]))),
        ("other-soft", "softmax for softmin, or the reverse.", "softmin has exp(-beta E), and a minus outside (C13, C19).", lambda f, b: -sign * (lse(-b * f) - np.log(f.shape[1])) / b),
        ("sign-inside", "The sign in the exponent is wrong.", "softmin has exp(-beta E), softmax exp(beta s) (C13, C18).", lambda f, b: sign * (lse(-b * f) - np.log(f.shape[1])) / b),
        ("sign-outside", "The sign of the result is wrong.", "Mind the minus before 1/beta (C13, C19).", lambda f, b: -sign * (lse(b * f) - np.log(f.shape[1])) / b),
        ("hard", "The minimum or maximum itself, at a finite beta.", "Only beta = inf is the minimum (C15).", lambda f, b: sign * f.max(axis=1)),
        ("mean", "The mean, as at beta = 0.", "Only beta = 0 is the mean (C14).", lambda f, b: sign * f.mean(axis=1)),
        ("expectation", "The mean under the Gibbs weights, in place of the free energy: the entropy is missing.", "F = <E> - T S + T log N (L17).", lambda f, b: sign * (weights(-f, b) * f).sum(axis=1)),
        ("count-outside-beta", "log N_z is subtracted without being divided by beta.", "The count stands inside the logarithm (C13).", lambda f, b: sign * (lse(b * f) / b - np.log(f.shape[1]))),
        ("count-added", "log N_z is added, not subtracted.", "The sum is divided by N_z (C13).", lambda f, b: sign * (lse(b * f) + np.log(f.shape[1])) / b),
        ("count-less-one", "Divided by N - 1.", "Divide by the number of latents (C12).", lambda f, b: sign * (lse(b * f) - np.log(f.shape[1] - 1)) / b),
        ("count-of-rows", "Divided by the number of observations.", "Divide by the number of latents, the other axis (C12).", lambda f, b: sign * (lse(b * f) - np.log(f.shape[0])) / b),
        ("endpoint-twice", "The first latent is counted twice, as with a closed grid.", "Leave the right end of a circle's grid out (C3).", lambda f, b: sign * (lse(b * np.column_stack([f, f[:, 0]])) - np.log(f.shape[1] + 1)) / b),
        ("last-dropped", "The last latent is left out.", "Sum over all latents (C12).", lambda f, b: sign * (lse(b * f[:, :-1]) - np.log(f.shape[1] - 1)) / b),
        ("whole-batch", "Sum and count run over all observations together.", "One sum for each observation (C12).", lambda f, b: np.full(len(f), sign * (lse(b * f.ravel()) - np.log(f.size)) / b)),
        ("wrong-axis", "The mean runs over the observations.", "Sum over the axis of the latents (C12).", lambda f, b: sign * (lse(b * f, 0) - np.log(f.shape[0])) / b),
        ("unshifted", "exp of the energies as they are: over- and underflow.", "Subtract the minimum before exp, add it after.", lambda f, b: sign * np.log(np.exp(b * f).mean(axis=1)) / b),
        ("batch-shift", "One shift for the whole batch: other rows underflow.", "Shift each row by its own minimum.", lambda f, b: sign * (np.log(np.exp(b * (f - f.max())).mean(axis=1)) / b + f.max())),
        ("shift-lost", "The shift is not added back.", "Add the row's minimum after the logarithm.", lambda f, b: sign * (lse(b * f) - np.log(f.shape[1]) - b * f.max(axis=1)) / b),
        ("shift-wrong-way", "Shifted by the largest energy: exp overflows.", "Shift by the least energy.", lambda f, b: sign * (np.log(np.exp(b * (f - f.min(axis=1)[:, None])).mean(axis=1)) / b + f.min(axis=1))),
        ("epsilon", "A small number is added inside the logarithm.", "Shift by the minimum: the sum is then at least 1.", lambda f, b: sign * np.log(np.exp(np.minimum(b * f, 700)).mean(axis=1) + 1e-8) / b),
        ("base-2", "The logarithm has base 2.", "Natural logarithms throughout (C13).", lambda f, b: sign * (lse(b * f) - np.log(f.shape[1])) / b / np.log(2)),
        ("index", "The index of the best latent, not a value.", "min and softmin, not argmin (C13, C15).", lambda f, b: f.argmax(axis=1).astype(float)),
        ("float32", *FLOAT32, single(lambda f, b: sign * (lse(b * f) - np.log(f.shape[1])) / b)),
        ("shift-first", *SHIFT, lambda f, b: sign * first(b * f) / b),
        ("floor", *FLOOR, lambda f, b: sign * (np.log(floored(b * f).mean(axis=1)) / b + f.max(axis=1))),
        ("cold-cut", *SHORTCUT, lambda f, b: sign * (f.max(axis=1) if b > 20 else -F_of(-f, b))),
        ("hot-cut", *FLAT, lambda f, b: sign * (f.mean(axis=1) if b < 0.01 else -F_of(-f, b))),
    ]  # fmt: skip
    return of_sign(sign, bugs)


# --- the rows

ROWS = {
    "softmin": Function(
        "C13", "-(1/beta) log mean_z exp(-beta E)",
        {"E": "(n, k)", "beta": "()"}, "(n,)",
        domain=TABLE, drawn=(18, 26, 74, 266, 314, 629, 674, 1099, 1204, 1310),
        seed=28, cases=softmin_cases, regimes=partial(softmin_regimes, -12), truth=(softmin, softmin_2),
        adds=lambda a, S: of_logarithm(a["E"].shape[1], a["beta"]),
        keeps="m - np.log1p(np.expm1(-beta * (E - m[:, None])).mean(axis=1)) / beta with m = E.min(axis=1)",
        bugs=soft_bugs(-1),
    ),
    "softmax": Function(
        "C18", "(1/beta) log mean_z exp(beta s)",
        {"s": "(n, k)", "beta": "()"}, "(n,)",
        domain=SCORES, drawn=(2, 34, 130, 154, 306, 488, 490, 530, 657, 1252, 1376),
        seed=27, cases=softmax_cases, regimes=partial(softmax_regimes, -12), truth=(softmax, softmax_2),
        adds=lambda a, S: of_logarithm(a["s"].shape[1], a["beta"]),
        keeps="m + np.log1p(np.expm1(beta * (s - m[:, None])).mean(axis=1)) / beta with m = s.max(axis=1)",
        bugs=soft_bugs(1),
    ),
}  # fmt: skip

# --- as it is written

FORMULAS = {
    "softmin": "-(logsumexp(-beta * E, axis=1) - np.log(k)) / beta",
    "softmax": "(logsumexp(beta * s, axis=1) - np.log(k)) / beta",
}  # fmt: skip

# --- right ways


def lse_by_hand(x: Array) -> Any:
    m = x.max(axis=-1, keepdims=True)
    return np.log(np.exp(x - m).sum(axis=-1)) + m[..., 0]


def two_at_a_time(E: Array, beta: Any) -> Any:
    total = E[:, 0]
    for column in E.T[1:]:
        total = -np.logaddexp(-beta * total, -beta * column) / beta
    return total + np.log(E.dtype.type(E.shape[1])) / beta


def expm1_form(E: Array, beta: Any) -> Any:
    m = E.min(axis=1)
    return m - np.log1p(np.expm1(-beta * (E - m[:, None])).mean(axis=1)) / beta


def mean_inside(E: Array, beta: Any) -> Any:
    m = E.min(axis=1)
    return m - np.log(np.exp(-beta * (E - m[:, None])).mean(axis=1)) / beta


def sorted_sum(E: Array, beta: Any) -> Any:
    E = np.sort(E, axis=1)[:, ::-1]
    return E[:, -1] - np.log(np.exp(-beta * (E - E[:, -1:])).sum(axis=1) / E.dtype.type(E.shape[1])) / beta


def row_by_row(E: Array, beta: Any) -> Any:
    out = [min(row) - math.log(math.fsum(math.exp(-beta * (e - min(row))) for e in row) / len(row)) / beta for row in E]
    return np.array(out, E.dtype)


def energy_plus_information(E: Array, beta: Any) -> Any:
    p = scipy.special.softmax(-beta * E, axis=1)
    return (p * E).sum(axis=1) + (scipy.special.xlogy(p, p).sum(axis=1) + np.log(E.dtype.type(E.shape[1]))) / beta


SOFTMIN = [
    lambda E, beta: -(scipy.special.logsumexp(-beta * E, axis=1) - np.log(E.dtype.type(E.shape[1]))) / beta,
    lambda E, beta: -(lse_by_hand(-beta * E) - np.log(E.dtype.type(E.shape[1]))) / beta,
    two_at_a_time,
    expm1_form,
    mean_inside,
    sorted_sum,
    row_by_row,
    energy_plus_information,
]

RIGHT = {
    "softmin": SOFTMIN,
    "softmax": [
        lambda s, beta: (scipy.special.logsumexp(beta * s, axis=1) - np.log(s.dtype.type(s.shape[1]))) / beta,
        lambda s, beta: -expm1_form(-s, beta),
        lambda s, beta: -row_by_row(-s, beta),
    ],
}  # fmt: skip

# --- refebm's own

PACKAGE = {
    "softmin": own.softmin,
    "softmax": own.softmax,
}
RESTS_ON = {
    "softmax": ["softmin"],
}
