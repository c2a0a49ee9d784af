"""The Gibbs density, its partition function, and the likelihood  (L1, L4, L6)."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

import numpy as np

from ...numerics.checks import Array
from ..bugs import FLOOR, SHIFT, floored, lse, weights
from ..digits import derivative, exp, log
from ..inputs import CANCELS, HIGH_FIRST, LAST, ONE, SQUARE, betas, tables
from ..row import Case, Convention, Function, Rngs
from ..terms import log_size
from .soft import softmin_prior_2

# --- inputs


def lines(rng: np.random.Generator) -> Iterator[Case]:
    for why, E, beta in tables(rng):
        yield why, {"F": E[0], "beta": beta, "dy": rng.uniform(0.1, 2, E.shape[1])}


def nll_cases(rng: np.random.Generator) -> Iterator[Case]:
    for why, case in lines(rng):
        if why != CANCELS:  # there the mean of log(sum dy)/beta is all there is
            yield why, {"F_data": case["F"][0] + rng.normal(size=3), **case}


def slope_cases(rng: np.random.Generator) -> Iterator[Case]:
    for why, case in lines(rng):
        yield why, {"dF_data": rng.normal(size=(3, 2)), "dF": rng.normal(size=(len(case["F"]), 2)), **case}


def line_regimes(first: int, rngs: Rngs) -> Iterator[Case]:
    """Volumes of many sizes where beta is extreme."""
    for m, (why, beta, rng) in enumerate(betas(first, rngs), 2):
        yield why, {"F": rng.normal(size=m) / beta, "beta": beta, "dy": 10 ** rng.uniform(-6, 3, m)}
    yield ONE, {"F": rngs(ONE).normal(size=1), "beta": 1.3, "dy": [0.375]}
    yield SQUARE, {"F": rngs(SQUARE).normal(size=4), "beta": 0.9, "dy": rngs(SQUARE + " dy").uniform(0.1, 2, 4)}
    yield HIGH_FIRST, {"F": [900, -250, 30.5, 3000, 8], "beta": 2.5, "dy": rngs(HIGH_FIRST).uniform(0.1, 2, 5)}
    yield LAST, {"F": [1200, 40, 650, -20.25], "beta": 1.5, "dy": rngs(LAST).uniform(0.1, 2, 4)}


def nll_regimes(first: int, rngs: Rngs) -> Iterator[Case]:
    for i, (why, case) in enumerate(line_regimes(first, rngs)):
        n = {ONE: 1, SQUARE: 4}.get(why, (2, 5, 8, 4, 6)[i % 5])
        data = np.min(case["F"]) + rngs(why + " data").normal(size=n) / case["beta"]
        yield why, {"F_data": data, **case}


def slope_regimes(first: int, rngs: Rngs) -> Iterator[Case]:
    for i, (why, case) in enumerate(line_regimes(first, rngs)):
        n, p = {ONE: (1, 1), SQUARE: (4, 4)}.get(why, ((2, 5, 8, 1, 6)[i % 5], 1 + i % 3))
        rng = rngs(why + " data")
        yield why, {"dF_data": rng.normal(size=(n, p)), "dF": rng.normal(size=(len(case["F"]), p)), **case}


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


def nll(F_data: Array, F: Array, beta: Any, dy: Array) -> Array:
    return F_data.sum() / len(F_data) + log_partition(F, beta, dy) / beta


def nll_2(F_data: Array, F: Array, beta: Any, dy: Array) -> Array:
    """Minus the mean of log P at the data, each as a state of its own."""
    return sum(-log(exp(-beta * f) / (dy * exp(-beta * F)).sum())[()] / beta for f in F_data) / len(F_data)


def nll_slope(dF_data: Array, dF: Array, F: Array, beta: Any, dy: Array) -> Array:
    P = gibbs_density(F, beta, dy) * dy
    return dF_data.sum(axis=0) / len(dF_data) - P.dot(dF)


def nll_slope_2(dF_data: Array, dF: Array, F: Array, beta: Any, dy: Array) -> Array:
    """Derivative of the loss of energies that move by dF."""
    zero = 0 * dF[0]
    return derivative(
        lambda v: dF_data.dot(v).sum() / len(dF_data) + log_partition(F + dF.dot(v), beta, dy) / beta, zero
    )


# --- what mistakes are made of


def log_z(F: Array, b: float, dy: Array) -> Any:
    return lse(-b * F + np.log(dy))


def P(F: Array, b: float, dy: Array) -> Array:
    return weights((F - np.log(dy) / b)[None], b)[0]


# --- the rows

ROWS = {
    "log_partition": Function(
        "L1", "log sum_y exp(-beta F) dy",
        {"F": "(m,)", "beta": "()", "dy": "(m,)"}, "()",
        seed=18, cases=lines, regimes=partial(line_regimes, -12), truth=(log_partition, log_partition_2),
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
        {"F": "(m,)", "beta": "()", "dy": "(m,)"}, "(m,)",
        seed=10, cases=lines, regimes=partial(line_regimes, -12), truth=(gibbs_density, gibbs_density_2),
        adds=lambda a, S: S.max(),
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
    "nll": Function(
        "L4", "mean of F at the data + (1/beta) log sum_y exp(-beta F) dy",
        {"F_data": "(n,)", "F": "(m,)", "beta": "()", "dy": "(m,)"}, "()",
        seed=23, cases=nll_cases, regimes=partial(nll_regimes, -11), truth=(nll, nll_2),
        conventions={"nats": Convention("not divided by beta", lambda answer, a: answer * a["beta"])},
        adds=lambda a, S: (1 + log_size(a["dy"]).max()) / a["beta"],
        bugs=[
            ("minus-log-z", "The log partition function is subtracted.", "F + (1/beta) log Z (L4).", lambda D, F, b, dy: D.mean() - log_z(F, b, dy) / b),
            ("no-log-z", "The energy alone: nothing pushes up.", "Add (1/beta) log Z (L4).", lambda D, F, b, dy: D.mean()),
            ("no-beta-outside", "log Z is not divided by beta.", "(1/beta) log Z (L4).", lambda D, F, b, dy: D.mean() + log_z(F, b, dy)),
            ("likelihood", "The log-likelihood, not its negative.", "The loss is minus the mean of log P (L4).", lambda D, F, b, dy: -(D.mean() + log_z(F, b, dy) / b)),
            ("no-measure", "The volumes are missing.", "sum exp(-beta F) dy (L4).", lambda D, F, b, dy: D.mean() + lse(-b * F) / b),
            ("normalised-measure", "The integral is divided by the volume, as in C10.", "L4 has the integral itself.", lambda D, F, b, dy: D.mean() + (log_z(F, b, dy) - np.log(dy.sum())) / b),
            ("sum", "The sum over the data, with log Z once.", "The mean over the data (L4).", lambda D, F, b, dy: D.sum() + log_z(F, b, dy) / b),
            ("sign-in-z", "The energies in Z have the wrong sign.", "exp(-beta F) (L4).", lambda D, F, b, dy: D.mean() + lse(b * F + np.log(dy)) / b),
            ("perceptron", "The least energy in place of -(1/beta) log Z.", "Only for beta to infinity (L4).", lambda D, F, b, dy: D.mean() - F.min()),
            ("first-datum", "Only the first datum counts.", "The mean over the data (L4).", lambda D, F, b, dy: D[0] + log_z(F, b, dy) / b),
            ("shift-first", *SHIFT, lambda D, F, b, dy: D.mean() + np.log((dy * np.exp(-b * (F - F[0]))).sum()) / b - F[0]),
        ],
    ),
    "nll_slope": Function(
        "L6", "mean of dF/dw at the data - sum_y P dF/dw",
        {"dF_data": "(n, p)", "dF": "(m, p)", "F": "(m,)", "beta": "()", "dy": "(m,)"}, "(p,)",
        seed=24, cases=slope_cases, regimes=partial(slope_regimes, -11), truth=(nll_slope, nll_slope_2),
        bugs=[
            ("sign", "Pushes up the data and down the rest.", "data minus model (L6).", lambda D, d, F, b, dy: P(F, b, dy) @ d - D.mean(axis=0)),
            ("plus", "The model's term is added.", "data minus model (L6).", lambda D, d, F, b, dy: D.mean(axis=0) + P(F, b, dy) @ d),
            ("data-only", "The model's term is missing.", "data minus model (L6).", lambda D, d, F, b, dy: D.mean(axis=0)),
            ("uniform", "The model's term has equal weights.", "Weights P dy (L5).", lambda D, d, F, b, dy: D.mean(axis=0) - d.mean(axis=0)),
            ("no-measure", "The volumes are missing.", "P dy (L5).", lambda D, d, F, b, dy: D.mean(axis=0) - weights(F[None], b)[0] @ d),
            ("density-summed", "Densities are summed without their volumes.", "P dy (L5).", lambda D, d, F, b, dy: D.mean(axis=0) - (P(F, b, dy) / dy) @ d),
            ("times-beta", "Multiplied by beta: the slope of -log P, not over beta.", "L4 is divided by beta.", lambda D, d, F, b, dy: b * (D.mean(axis=0) - P(F, b, dy) @ d)),
            ("model-over-beta", "The model's term is divided by beta.", "beta cancels (L5, N13).", lambda D, d, F, b, dy: D.mean(axis=0) - P(F, b, dy) @ d / b),
            ("sum", "The sum over the data.", "The mean over the data (L6).", lambda D, d, F, b, dy: D.sum(axis=0) - P(F, b, dy) @ d),
            ("hard", "The slope at the least energy.", "Only for beta to infinity.", lambda D, d, F, b, dy: D.mean(axis=0) - d[F.argmin()]),
            ("high-energy", "The weights have the sign of the energy wrong.", "exp(-beta F) (L5).", lambda D, d, F, b, dy: D.mean(axis=0) - weights((-F - np.log(dy) / b)[None], b)[0] @ d),
            ("floor", *FLOOR, lambda D, d, F, b, dy: D.mean(axis=0) - dy * floored(-b * F) @ d / (dy * floored(-b * F)).sum()),
        ],
    ),
}  # fmt: skip
