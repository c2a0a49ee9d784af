"""The likelihood's second derivatives, of free energies that are linear in w  (L6)."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

import numpy as np
import scipy

from ...energies.potentials import Potential
from ...learning import likelihood as own
from ...numerics.checks import Array
from ..domains.spaces import HESSIAN
from ..inputs import ONE, SQUARE
from ..row import Case, Function, Rngs
from .gibbs import gibbs_density, line_regimes, lines
from .likelihood import P

# --- inputs


def table_cases(rng: np.random.Generator) -> Iterator[Case]:
    for why, case in lines(rng):
        yield why, {"dF": rng.normal(size=(len(case["F"]), 2)), **case}


def table_regimes(first: int, rngs: Rngs) -> Iterator[Case]:
    """Slopes of the energies' size."""
    for i, (why, case) in enumerate(line_regimes(first, rngs)):
        p = {ONE: 1, SQUARE: 4}.get(why, 1 + i % 4)
        yield why, {"dF": rngs(why + " slopes").normal(size=(len(case["F"]), p)) / case["beta"], **case}


# --- truth, in many digits


def nll_hessian(dF: Array, F: Array, beta: Any, dy: Array) -> Array:
    q = gibbs_density(F, beta, dy) * dy
    D = dF - q.dot(dF)
    return beta * (D.T * q).dot(D)


def nll_hessian_2(dF: Array, F: Array, beta: Any, dy: Array) -> Array:
    """Half the mean product of the differences of two states, no mean taken."""
    q, out = gibbs_density(F, beta, dy) * dy, np.zeros((dF.shape[1],) * 2, object) + 0 * F[0]
    for i in range(len(F)):
        for j in range(i):
            D = dF[i] - dF[j]
            out = out + beta * q[i] * q[j] * D[:, None] * D
    return out


# --- what mistakes are made of


def covariance(q: Array, D: Array) -> Array:
    D = D - q @ D
    return (q[:, None] * D).T @ D


# --- the rows

ROWS = {
    "nll_hessian": Function(
        "L6", "beta Cov_P(dF), P the Gibbs weights: the likelihood's second derivatives where F is linear in w",
        {"dF": "(m, p)", "F": "(m,)", "beta": "()", "dy": "(m,)"}, "(p, p)", rows="m",
        cases=table_cases, domain=HESSIAN, drawn=(163, 191, 374, 419, 1320, 1593, 1657, 1761, 2685, 2800, 3781), regimes=partial(table_regimes, -10), truth=(nll_hessian, nll_hessian_2),
        adds=lambda a, S: a["beta"] * np.square(a["dF"]).max(),
        keeps="beta * (D.T * q) @ D with q = dy * np.exp(-beta * (F - F.min())); q = q / q.sum(); D = dF - q @ dF",
        bugs=[
            ("no-beta", "beta is missing before it.", "beta Cov (L6).", lambda dF, F, b, dy: covariance(P(F, b, dy), dF)),
            ("beta-squared", "beta^2: of beta times the loss.", "beta Cov: the loss is divided by beta (L6).", lambda dF, F, b, dy: b * b * covariance(P(F, b, dy), dF)),
            ("sign", "The sign is wrong: of the log-likelihood.", "Of its negative: from 0 up (L6).", lambda dF, F, b, dy: -b * covariance(P(F, b, dy), dF)),
            ("beta-1", "The weights are taken at beta = 1.", "exp(-beta F) (L1).", lambda dF, F, b, dy: b * covariance(P(F, 1.0, dy), dF)),
            ("temperature", "beta is taken for the temperature in the weights.", "beta multiplies the energy (C11).", lambda dF, F, b, dy: b * covariance(P(F, 1 / b, dy), dF)),
            ("energy-sign", "The weights' energies have the wrong sign.", "exp(-beta F) (L1).", lambda dF, F, b, dy: b * covariance(P(-F, b, dy), dF)),
            ("no-measure", "The volumes are missing.", "Each state counts by its volume (L1).", lambda dF, F, b, dy: b * covariance(P(F, b, np.ones(len(F))), dF)),
            ("second-moment", "The mean's square is not subtracted.", "A covariance (L6).", lambda dF, F, b, dy: b * (dF.T * P(F, b, dy)) @ dF),
            ("plain-mean", "About the plain mean.", "About the mean under P (L6).", lambda dF, F, b, dy: b * ((dF - dF.mean(axis=0)).T * P(F, b, dy)) @ (dF - dF.mean(axis=0))),
            ("uniform", "All states count alike.", "By P (L6).", lambda dF, F, b, dy: b * covariance(np.full(len(F), 1 / len(F)), dF)),
            ("measure-only", "States count by their volumes alone.", "By P (L6).", lambda dF, F, b, dy: b * covariance(dy / dy.sum(), dF)),
            ("squared-weights", "The weights enter squared.", "Once (L6).", lambda dF, F, b, dy: b * covariance(P(F, 2 * b, dy * dy), dF)),
            ("diagonal", "Only the diagonal.", "The whole matrix (L6).", lambda dF, F, b, dy: b * covariance(P(F, b, dy), dF) * np.eye(dF.shape[1])),
            ("outer-of-mean", "The square of the mean slope: Gauss and Newton's of the loss.", "A covariance (L6).", lambda dF, F, b, dy: b * np.outer(P(F, b, dy) @ dF, P(F, b, dy) @ dF)),
            ("ridge", "0.001 is added to the diagonal.", "The loss's own (L6).", lambda dF, F, b, dy: b * covariance(P(F, b, dy), dF) + 1e-3 * np.eye(dF.shape[1])),
        ],
    ),
}  # fmt: skip

# --- as it is written

FORMULAS = {
    "nll_hessian": "q = softmax(np.log(dy) - beta * F, axis=0); D = dF - q @ dF; beta * (D.T * q) @ D",
}  # fmt: skip

# --- right ways


def by_weights(dF: Array, F: Array, beta: Any, dy: Array) -> Any:
    q = scipy.special.softmax(np.log(dy) - beta * F)
    D = dF - q @ dF
    return beta * np.einsum("m,mi,mj->ij", q, D, D)


def by_moments(dF: Array, F: Array, beta: Any, dy: Array) -> Any:
    """The second moments less the squares of the means: small covariances are lost."""
    q = dy * np.exp(-beta * (F - F.min()))
    q = q / q.sum()
    return beta * ((dF.T * q) @ dF - np.outer(q @ dF, q @ dF))


RIGHT = {
    "nll_hessian": [by_weights, by_moments],
}  # fmt: skip

# --- refebm's own


def own_table(F: Array, dF: Array, beta: float) -> Potential:
    """Energies that stand in a table, y their rows, and move by ``dF . w``."""

    def at(y: Array) -> Any:
        return y[:, 0].astype(int)

    return Potential(
        lambda y, w, x: F[at(y)] + dF[at(y)] @ w,
        lambda y, w, x, F_bar: (np.zeros_like(y), F_bar @ dF[at(y)]),
        1,
        dF.shape[1],
        beta,
        lambda y, w, x, F_bar: (dF[at(y)], np.zeros((dF.shape[1],) * 2)),
    )


def own_hessian(dF: Array, F: Array, beta: float, dy: Array) -> Array:
    rows = np.arange(len(F))[:, None]
    return own.negative_log_likelihood_hessian(own_table(F, dF, beta), rows, np.zeros(dF.shape[1]), rows, dy)


PACKAGE = {
    "nll_hessian": own_hessian,
}
RESTS_ON = {
    "nll_hessian": ["negative_log_likelihood_hessian", "softargmin"],
}
