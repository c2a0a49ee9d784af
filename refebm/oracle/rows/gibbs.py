"""The Gibbs density and its partition function  (L1)."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

import numpy as np
import scipy

from ...numerics import tables as own
from ...numerics.checks import Array
from ..bugs import FLOOR, SHIFT, floored, lse, weights
from ..digits import exp, log
from ..domains.tables import LINES
from ..inputs import HIGH_FIRST, LAST, ONE, SQUARE, betas, tables
from ..row import Case, Function, Rngs, log_size
from .priors import softmin_prior_2

# --- inputs


def lines(rng: np.random.Generator) -> Iterator[Case]:
    for why, E, beta in tables(rng):
        yield why, {"F": E[0], "beta": beta, "dy": rng.uniform(0.1, 2, E.shape[1])}


def line_regimes(first: int, rngs: Rngs) -> Iterator[Case]:
    """Volumes of many sizes where beta is extreme."""
    for m, (why, beta, rng) in enumerate(betas(first, rngs), 2):
        yield why, {"F": rng.normal(size=m) / beta, "beta": beta, "dy": 10 ** rng.uniform(-6, 3, m)}
    yield ONE, {"F": rngs(ONE).normal(size=1), "beta": 1.3, "dy": [0.375]}
    yield SQUARE, {"F": rngs(SQUARE).normal(size=4), "beta": 0.9, "dy": rngs(SQUARE + " dy").uniform(0.1, 2, 4)}
    yield HIGH_FIRST, {"F": [900, -250, 30.5, 3000, 8], "beta": 2.5, "dy": rngs(HIGH_FIRST).uniform(0.1, 2, 5)}
    yield LAST, {"F": [1200, 40, 650, -20.25], "beta": 1.5, "dy": rngs(LAST).uniform(0.1, 2, 4)}


# --- truth, in many digits


def log_partition(F: Array, beta: Any, dy: Array) -> Array:
    return log((dy * exp(-beta * F)).sum())[()]


def log_partition_2(F: Array, beta: Any, dy: Array) -> Array:
    return log(dy.sum())[()] - beta * softmin_prior_2(F[None], beta, dy)[0]


def gibbs_density(F: Array, beta: Any, dy: Array) -> Array:
    e = exp(-beta * F)
    return e / (dy * e).sum()


def gibbs_density_2(F: Array, beta: Any, dy: Array) -> Array:
    return 1 / (dy * exp(-beta * (F - F[:, None]))).sum(axis=1)


# --- the rows

ROWS = {
    "log_partition": Function(
        "L1", "log sum_y exp(-beta F) dy",
        {"F": "(m,)", "beta": "()", "dy": "(m,)"}, "()", rows="m",
        seed=18, cases=lines, domain=LINES, drawn=(33, 117, 171, 338, 365, 484, 568, 582, 662, 688, 699, 970), regimes=partial(line_regimes, -12), truth=(log_partition, log_partition_2),
        adds=lambda a, S: 1 + log_size(a["dy"]).max(),
        bugs=[
            ("no-measure", "The volumes are missing.", "Each state counts by its volume (L1).", lambda F, b, dy: lse(-b * F)),
            ("mean", "The mean over the states, not the integral.", "Times the whole volume (L1).", lambda F, b, dy: lse(-b * F + np.log(dy)) - np.log(dy.sum())),
            ("sign", "The sign of the energy is wrong.", "exp(-beta F) (L1).", lambda F, b, dy: lse(b * F + np.log(dy))),
            ("free-energy", "Minus log Z over beta.", "log Z itself (L1).", lambda F, b, dy: -lse(-b * F + np.log(dy)) / b),
            ("minus", "Minus log Z.", "log Z (L1).", lambda F, b, dy: -lse(-b * F + np.log(dy))),
            ("no-beta", "beta is ignored.", "exp(-beta F) (L1).", lambda F, b, dy: lse(-F + np.log(dy))),
            ("temperature", "beta is taken for the temperature.", "beta multiplies the energy (C11).", lambda F, b, dy: lse(-F / b + np.log(dy))),
            ("unshifted", "exp of the energies as they are.", "Subtract the minimum before exp.", lambda F, b, dy: np.log((dy * np.exp(-b * F)).sum())),
            ("base-2", "The logarithm has base 2.", "Natural logarithm.", lambda F, b, dy: lse(-b * F + np.log(dy)) / np.log(2)),
            ("uniform-measure", "The mean volume for each.", "Each state its own volume (L1).", lambda F, b, dy: lse(-b * F) + np.log(dy.mean())),
            ("least", "Minus beta times the least energy.", "Only for beta to infinity (C15).", lambda F, b, dy: -b * F.min()),
            ("shift-first", *SHIFT, lambda F, b, dy: np.log((dy * np.exp(-b * (F - F[0]))).sum()) - b * F[0]),
        ],
    ),
    "gibbs_density": Function(
        "L1", "exp(-beta F) / sum_y exp(-beta F) dy",
        {"F": "(m,)", "beta": "()", "dy": "(m,)"}, "(m,)", rows="m",
        seed=10, cases=lines, domain=LINES, drawn=(47, 86, 161, 182, 212, 213, 297, 494, 603, 779, 915, 1353, 1393), regimes=partial(line_regimes, -12), truth=(gibbs_density, gibbs_density_2),
        adds=lambda a, S: S.max(),
        keeps="w / (w @ dy) with w = np.exp(-beta * (F - F.min()))",
        bugs=[
            ("probability", "Probabilities, not a density: the volume is in it.", "Divide by dy (L1).", lambda F, b, dy: weights((F - np.log(dy) / b)[None], b)[0]),
            ("no-measure", "The volumes are missing.", "Normalise by sum exp(-beta F) dy (L1).", lambda F, b, dy: weights(F[None], b)[0]),
            ("sign", "The sign of the energy is wrong.", "exp(-beta F) (L1).", lambda F, b, dy: np.exp(b * F - lse(b * F + np.log(dy)))),
            ("no-beta", "beta is ignored.", "exp(-beta F) (L1).", lambda F, b, dy: np.exp(-F - lse(-F + np.log(dy)))),
            ("temperature", "beta is taken for the temperature.", "beta multiplies the energy (C11).", lambda F, b, dy: np.exp(-F / b - lse(-F / b + np.log(dy)))),
            ("unnormalised", "Not normalised.", "Divide by Z (L1).", lambda F, b, dy: np.exp(-b * (F - F.min()))),
            ("unshifted", "exp of the energies as they are: 0/0 and inf/inf.", "Subtract the minimum before exp.", lambda F, b, dy: np.exp(-b * F) / (dy * np.exp(-b * F)).sum()),
            ("divided-twice", "The volume is divided out twice.", "exp(-beta F)/Z is the density already (L1).", lambda F, b, dy: np.exp(-b * F - lse(-b * F + np.log(dy))) / dy),
            ("logarithm", "The logarithm of the density.", "Exponentiate.", lambda F, b, dy: -b * F - lse(-b * F + np.log(dy))),
            ("shift-first", *SHIFT, lambda F, b, dy: np.exp(-b * (F - F[0])) / (dy * np.exp(-b * (F - F[0]))).sum()),
            ("floor", *FLOOR, lambda F, b, dy: floored(-b * F) / (dy * floored(-b * F)).sum()),
        ],
    ),
}  # fmt: skip

# --- as it is written

FORMULAS = {
    "log_partition": "logsumexp(np.log(dy) - beta * F, axis=0)",
    "gibbs_density": "softmax(np.log(dy) - beta * F, axis=0) / dy",
}  # fmt: skip

# --- right ways

RIGHT = {
    "log_partition": [
        lambda F, beta, dy: scipy.special.logsumexp(-beta * F, b=dy),
        lambda F, beta, dy: np.log((dy * np.exp(-beta * (F - F.min()))).sum()) - beta * F.min(),
    ],
    "gibbs_density": [
        lambda F, beta, dy: np.exp(-beta * F - scipy.special.logsumexp(-beta * F, b=dy)),
        lambda F, beta, dy: scipy.special.softmax(np.log(dy) - beta * F) / dy,
    ],
}  # fmt: skip

# --- refebm's own

PACKAGE = {
    "log_partition": own.log_partition,
    "gibbs_density": lambda F, beta, dy: np.exp(own.log_gibbs(F, beta, dy)),
}
RESTS_ON = {
    "gibbs_density": ["log_gibbs"],
}
