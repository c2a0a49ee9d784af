"""The mixture's slopes in an observation, minus its score, and in the means  (N6, W11)."""

from __future__ import annotations

from typing import Any

import numpy as np
import scipy

from ...models import mixtures as own
from ...numerics.checks import Array
from ..digits import derivative
from ..domains.models import MIXTURES
from ..row import SUM, Function, Slope, mean
from .mixtures import (
    MIXTURE,
    UNSHIFTED,
    all_of,
    by_cholesky,
    by_inverse,
    diagonal,
    energies,
    gmm_free_energy_2,
    joint,
    mixture_regimes,
    soft,
)
from .responsibilities import gmm_responsibilities, gmm_responsibilities_2, hard

# --- truth, in many digits


def pulls(y: Array, mu: Array, S: Array) -> Array:
    """``S_k^-1 (y_n - mu_k)`` (n, k, d)."""
    import mpmath

    inverse = [np.array(mpmath.inverse(mpmath.matrix(A.tolist())).tolist(), object) for A in S]
    return np.stack([(y - m).dot(A) for m, A in zip(mu, inverse, strict=True)], axis=1)


def gmm_slope_y(y: Array, mu: Array, S: Array, pi: Array) -> Array:
    return (gmm_responsibilities(y, mu, S, pi)[..., None] * pulls(y, mu, S)).sum(axis=1)


def gmm_slope_y_2(y: Array, mu: Array, S: Array, pi: Array) -> Array:
    return derivative(lambda v: gmm_free_energy_2(v, mu, S, pi).sum(), y)


def gmm_slope_mu(y: Array, mu: Array, S: Array, pi: Array) -> Array:
    return -(gmm_responsibilities(y, mu, S, pi)[..., None] * pulls(y, mu, S)).sum(axis=0) / len(y)


def gmm_slope_mu_2(y: Array, mu: Array, S: Array, pi: Array) -> Array:
    """The energies' derivative, each by its weight: a weight may be smaller than a derivative of F can see."""
    q = gmm_responsibilities_2(y, mu, S, pi)
    return derivative(lambda v: (q * energies(y, v, S, pi)).sum() / len(y), mu)


# --- what mistakes are made of


def pulled(y: Array, mu: Array, S: Array) -> Array:
    """S^-1 (y - mu), (n, k, d)."""
    return np.einsum("kij,nkj->nki", np.linalg.inv(S), y[:, None] - mu)


def in_y(q: Array, y: Array, mu: Array, S: Array) -> Array:
    return np.einsum("nk,nki->ni", q, pulled(y, mu, S))


def in_mu(q: Array, y: Array, mu: Array, S: Array) -> Array:
    return -np.einsum("nk,nki->ki", q, pulled(y, mu, S)) / len(y)


def Q(y: Array, mu: Array, S: Array, pi: Array) -> Array:
    return soft(joint(y, mu, S, pi))


def unshifted(y: Array, mu: Array, S: Array, pi: Array) -> Array:
    e = np.exp(joint(y, mu, S, pi))
    return e / e.sum(axis=1, keepdims=True)


def kinds(slope: Any) -> list[Any]:
    """Mistakes of the weights and of the pulls that both slopes share."""
    weights = [
        (name, what, mend, lambda y, mu, S, pi, of=of: slope(of(y, mu, S, pi), y, mu, S))
        for name, what, mend, of in all_of(lambda f, y: soft(f))
    ]
    return [
        *weights,
        ("sign", "The sign is wrong.", "+S^-1 (y - mu) for y, - for mu (N6).", lambda y, mu, S, pi: -slope(Q(y, mu, S, pi), y, mu, S)),
        ("no-inverse", "y - mu: S^-1 is missing.", "S^-1 (y - mu) (N6).", lambda y, mu, S, pi: slope(Q(y, mu, S, pi), y, mu, 0 * S + np.eye(y.shape[1]))),
        ("times-S", "S (y - mu).", "S^-1 (y - mu) (N6).", lambda y, mu, S, pi: slope(Q(y, mu, S, pi), y, mu, np.linalg.inv(S))),
        ("variances", "The pulls are taken with the diagonals of S alone.", "The whole of S (N6).", lambda y, mu, S, pi: slope(Q(y, mu, S, pi), y, mu, diagonal(S))),
        ("no-mean", "mu is missing: S^-1 y.", "S^-1 (y - mu) (N6).", lambda y, mu, S, pi: slope(Q(y, mu, S, pi), y, 0 * mu, S)),
        ("prior", "The weights pi in place of the responsibilities.", "Given y: Bayes' rule (L3, N6).", lambda y, mu, S, pi: slope(np.tile(pi, (len(y), 1)), y, mu, S)),
        ("hard", "The best component alone.", "Only for beta to infinity (C15).", lambda y, mu, S, pi: slope(hard(joint(y, mu, S, pi)), y, mu, S)),
        ("unnormalised", "By the joint densities, not divided by their sum.", "The logarithm's slope: over p(y) (N6).", lambda y, mu, S, pi: slope(np.exp(joint(y, mu, S, pi)), y, mu, S)),
        ("every", "Each component counts fully.", "By its responsibility (N6).", lambda y, mu, S, pi: slope(np.ones((len(y), len(mu))), y, mu, S)),
        ("two", "The factor 2 of an energy without 1/2.", "|.|^2 / 2 (N6).", lambda y, mu, S, pi: 2 * slope(Q(y, mu, S, pi), y, mu, S)),
        ("over-observations", "Densities are normalised over the observations.", "Over the components (N6).", lambda y, mu, S, pi: slope(soft(joint(y, mu, S, pi), 0), y, mu, S)),
        ("unshifted", *UNSHIFTED, lambda y, mu, S, pi: slope(unshifted(y, mu, S, pi), y, mu, S)),
    ]  # fmt: skip


# --- the rows

ROWS = {
    "gmm_slope_y": Function(
        "N6", "dF/dy of each observation, sum_k q_k S_k^-1 (y - mu_k): minus the score",
        MIXTURE, "(n, d)",
        domain=MIXTURES, drawn=(782, 836, 1033, 1789, 3037), regimes=mixture_regimes, truth=(gmm_slope_y, gmm_slope_y_2),
        adds=lambda a, S: S.max(),
        slope=Slope(("gmm_free_energy",), "y"),
        bugs=[
            *kinds(in_y),
            ("mean", "Divided by the number of observations.", "Each observation's own (N6).", lambda y, mu, S, pi: in_y(Q(y, mu, S, pi), y, mu, S) / len(y)),
        ],
    ),
    "gmm_slope_mu": Function(
        "N6", "mean of dF/dmu_k, -q_k S_k^-1 (y - mu_k)",
        MIXTURE, "(k, d)",
        domain=MIXTURES, drawn=(94, 179, 204, 348, 349, 1358), regimes=mixture_regimes, truth=(gmm_slope_mu, gmm_slope_mu_2), conventions=SUM,
        adds=lambda a, S: S.max(),
        slope=Slope(("gmm_free_energy",), "mu", mean),
        bugs=[
            *kinds(in_mu),
            ("over-share", "Divided by the component's share N_k.", "By n: the mean over all observations (C21).", lambda y, mu, S, pi: in_mu(Q(y, mu, S, pi), y, mu, S) * len(y) / Q(y, mu, S, pi).sum(axis=0)[:, None]),
            ("first-observation", "Only the first observation counts.", "The mean over all (C21).", lambda y, mu, S, pi: in_mu(Q(y, mu, S, pi)[:1], y[:1], mu, S)),
        ],
    ),
}  # fmt: skip

# --- as it is written

FORMULAS = {
    "gmm_slope_y": "D = y[:, None] - mu; f = np.log(pi) - (quadratic(D, np.linalg.inv(S)) + log_det(S) + d * np.log(2 * np.pi)) / 2; q = softmax(f, axis=1); (q[:, :, None] * pull(D, np.linalg.inv(S))).sum(axis=1)",
    "gmm_slope_mu": "D = y[:, None] - mu; f = np.log(pi) - (quadratic(D, np.linalg.inv(S)) + log_det(S) + d * np.log(2 * np.pi)) / 2; q = softmax(f, axis=1); -(q[:, :, None] * pull(D, np.linalg.inv(S))).mean(axis=0)",
}  # fmt: skip

# --- right ways


def solved(y: Array, mu: Array, S: Array) -> Any:
    return np.linalg.solve(S, (y[:, None] - mu).transpose(1, 2, 0)).transpose(2, 0, 1)


def by_factors(y: Array, mu: Array, S: Array) -> Any:
    """By the inverses of Cholesky's factors."""
    P = np.linalg.inv(np.linalg.cholesky(S))
    return np.einsum("kji,nkj->nki", P, np.einsum("kij,nkj->nki", P, y[:, None] - mu))


RIGHT = {
    "gmm_slope_y": [
        lambda y, mu, S, pi: (scipy.special.softmax(by_cholesky(y, mu, S, pi), axis=1)[..., None] * solved(y, mu, S)).sum(axis=1),
        lambda y, mu, S, pi: np.einsum("nk,nki->ni", scipy.special.softmax(by_inverse(y, mu, S, pi), axis=1), by_factors(y, mu, S)),
    ],
    "gmm_slope_mu": [
        lambda y, mu, S, pi: -(scipy.special.softmax(by_cholesky(y, mu, S, pi), axis=1)[..., None] * solved(y, mu, S)).mean(axis=0),
        lambda y, mu, S, pi: np.einsum("nk,nki->ki", scipy.special.softmax(by_inverse(y, mu, S, pi), axis=1), by_factors(y, mu, S)) / y.dtype.type(-len(y)),
    ],
}  # fmt: skip

# --- refebm's own

PACKAGE = {
    "gmm_slope_y": lambda y, mu, S, pi: own.gmm_free_energy_adjoint(y, mu, S, pi, np.ones(len(y)))[0],
    "gmm_slope_mu": lambda y, mu, S, pi: own.gmm_free_energy_adjoint(y, mu, S, pi, np.full(len(y), 1 / len(y)))[1],
}
RESTS_ON = {name: ["gmm_free_energy_adjoint", "softargmin"] for name in PACKAGE}
