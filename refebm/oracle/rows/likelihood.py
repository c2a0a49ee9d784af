"""The likelihood and its slope  (L4, L6)."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

import numpy as np
import scipy

from ...energies.potentials import Potential
from ...learning import likelihood as own
from ...numerics.checks import Array
from ..bugs import FLOOR, SHIFT, floored, lse, weights
from ..digits import derivative, exp, log
from ..domains.tables import DATA, DATA_SLOPES
from ..inputs import CANCELS, ONE, SQUARE
from ..row import Case, Convention, Function, Rngs, Slope, log_size
from .gibbs import gibbs_density, line_regimes, lines, log_partition

# --- inputs


def nll_cases(rng: np.random.Generator) -> Iterator[Case]:
    for why, case in lines(rng):
        if why != CANCELS:  # there the mean of log(sum dy)/beta is all there is
            yield why, {"F_data": case["F"][0] + rng.normal(size=3), **case}


def slope_cases(rng: np.random.Generator) -> Iterator[Case]:
    for why, case in lines(rng):
        yield why, {"dF_data": rng.normal(size=(3, 2)), "dF": rng.normal(size=(len(case["F"]), 2)), **case}


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
    "nll": Function(
        "L4", "mean of F at the data + (1/beta) log sum_y exp(-beta F) dy",
        {"F_data": "(n,)", "F": "(m,)", "beta": "()", "dy": "(m,)"}, "()",
        seed=23, cases=nll_cases, domain=DATA, drawn=(79, 111, 121, 128, 132, 200, 276, 328, 543, 699, 740, 748, 890, 1001, 1132), regimes=partial(nll_regimes, -11), truth=(nll, nll_2),
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
        seed=24, cases=slope_cases, domain=DATA_SLOPES, drawn=(32, 43, 142, 178, 266, 542, 800, 974, 1205, 1313, 1351, 1399, 1405), regimes=partial(slope_regimes, -11), truth=(nll_slope, nll_slope_2),
        slope=Slope(("nll",), "t", lambda f, t, p, q, F, *a: f(p @ t, F + q @ t, *a), lambda p, *_: 0 * p[0]),
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

# --- as it is written

FORMULAS = {
    "nll": "F_data.mean(axis=0) + logsumexp(np.log(dy) - beta * F, axis=0) / beta",
    "nll_slope": "p = softmax(np.log(dy) - beta * F, axis=0); dF_data.mean(axis=0) - p @ dF",
}  # fmt: skip

# --- right ways


def by_logsumexp(D: Array, F: Array, beta: Any, dy: Array) -> Any:
    return -(-beta * D - scipy.special.logsumexp(-beta * F, b=dy)).mean() / beta


def by_softmax(D: Array, d: Array, F: Array, beta: Any, dy: Array) -> Any:
    return D.mean(axis=0) - scipy.special.softmax(np.log(dy) - beta * F) @ d


RIGHT = {
    "nll": [by_logsumexp, lambda D, F, beta, dy: D.mean() + scipy.special.logsumexp(-beta * F, b=dy) / beta],
    "nll_slope": [
        by_softmax,
        lambda D, d, F, beta, dy: np.einsum("np->p", D) / D.dtype.type(len(D)) - np.einsum("m,mp->p", scipy.special.softmax(np.log(dy) - beta * F), d),
    ],
}  # fmt: skip

# --- refebm's own


def own_likelihood(F: Array, dF: Array, beta: float, dy: Array) -> tuple[float, Array]:
    """The loss and its slope, of energies and slopes in w that stand in tables: the data's, then the space's."""

    def value(y: Array, w: Array, x: Array | None) -> Array:
        return F[y[:, 0].astype(int)]

    def adjoint(y: Array, w: Array, x: Array | None, F_bar: Array) -> tuple[Array, Array]:
        return np.zeros_like(y), F_bar @ dF[y[:, 0].astype(int)]

    rows, n = np.arange(len(F))[:, None], len(F) - len(dy)
    table = Potential(value, adjoint, 1, dF.shape[1], beta)
    return own.negative_log_likelihood(table, rows[:n], np.zeros(dF.shape[1]), rows[n:], dy)


def own_nll(F_data: Array, F: Array, beta: float, dy: Array) -> float:
    F = np.concatenate([F_data, F])
    return own_likelihood(F, np.zeros((len(F), 1)), beta, dy)[0]


def own_nll_slope(dF_data: Array, dF: Array, F: Array, beta: float, dy: Array) -> Array:
    F = np.concatenate([np.zeros(len(dF_data)), F])
    return own_likelihood(F, np.concatenate([dF_data, dF]), beta, dy)[1]


PACKAGE = {
    "nll": own_nll,
    "nll_slope": own_nll_slope,
}
RESTS_ON = {
    "nll": ["negative_log_likelihood", "softmin"],
    "nll_slope": ["negative_log_likelihood", "softargmin"],
}
NO_PART = {
    "nll": ["softargmin"],
    "nll_slope": ["softmin"],
}
