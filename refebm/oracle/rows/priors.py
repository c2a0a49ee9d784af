"""softmin with a prior  (L15)."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

import numpy as np
import scipy

from ...numerics import soft as own
from ...numerics.checks import Array
from ..bugs import FLAT, LENGTH, SHIFT, SHORTCUT, F_of, by_length, lse
from ..digits import exp, log
from ..domains.tables import PRIORS
from ..inputs import TINY, parts, simplex, tables, warm_tables
from ..row import Case, Function, Rngs, log_size
from .soft import softmin_2

# --- inputs


def prior_cases(rng: np.random.Generator) -> Iterator[Case]:
    for why, E, beta in tables(rng):
        yield why, {"E": E, "beta": beta, "p": simplex(rng.uniform(0.1, 1, E.shape[1]))}


def prior_regimes(first: int, rngs: Rngs) -> Iterator[Case]:
    for why, E, beta in warm_tables(first, rngs):
        yield why, {"E": E, "beta": beta, "p": parts(rngs(why + " p"), E.shape[1])}
    yield TINY, {"E": rngs(TINY).normal(size=(3, 5)), "beta": 1.6, "p": parts(rngs(TINY + " p"), 5, tiny=3)}


# --- truth, in many digits


def softmin_prior(E: Array, beta: Any, p: Array) -> Array:
    return -log((p / p.sum() * exp(-beta * E)).sum(axis=1)) / beta


def softmin_prior_2(E: Array, beta: Any, p: Array) -> Array:
    """The free energy of energies E - log(p)/beta, less the count."""
    return softmin_2(E - log(p / p.sum()) / beta, beta) - log(np.array([E.shape[1]], object)) / beta


# --- the rows

ROWS = {
    "softmin_prior": Function(
        "L15", "-(1/beta) log sum_z p exp(-beta E)",
        {"E": "(n, k)", "beta": "()", "p": "(k,)"}, "(n,)",
        seed=29, cases=prior_cases, domain=PRIORS, drawn=(16, 18, 48, 81, 90, 154, 156, 254, 273, 385, 671, 681), regimes=partial(prior_regimes, -10), truth=(softmin_prior, softmin_prior_2),
        adds=lambda a, S: (1 + log_size(a["p"]).max()) / a["beta"],
        keeps="m - np.where(t > -0.5, np.log1p(t), np.log(np.exp(-beta * (E - m[:, None])) @ p)) / beta with m = E.min(axis=1); t = np.expm1(-beta * (E - m[:, None])) @ p",
        bugs=[
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
            ("shift-first", *SHIFT, lambda E, b, p: E[:, 0] - np.log(np.exp(-b * (E - E[:, :1])) @ p) / b),
            ("cold-cut", *SHORTCUT, lambda E, b, p: E.min(axis=1) if b > 20 else -lse(np.log(p) - b * E) / b),
            ("hot-cut", *FLAT, lambda E, b, p: E @ p if b < 0.01 else -lse(np.log(p) - b * E) / b),
            ("axis-by-length", *LENGTH, lambda E, b, p: -lse(np.log(by_length(p, E)) - b * E) / b),
        ],
    ),
}  # fmt: skip

# --- as it is written

FORMULAS = {
    "softmin_prior": "-logsumexp(np.log(p) - beta * E, axis=1) / beta",
}  # fmt: skip

# --- right ways

RIGHT = {
    "softmin_prior": [
        lambda E, beta, p: -scipy.special.logsumexp(-beta * E, b=p, axis=1) / beta,
        lambda E, beta, p: E.min(axis=1) - np.log(np.exp(-beta * (E - E.min(axis=1, keepdims=True))) @ p) / beta,
    ],
}  # fmt: skip

# --- refebm's own

PACKAGE = {
    "softmin_prior": lambda E, beta, p: own.softmin(E, beta, p=p),
}
RESTS_ON = {
    "softmin_prior": ["softmin"],
}
