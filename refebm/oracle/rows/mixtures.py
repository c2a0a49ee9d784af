"""The Gaussian mixture: its free energy, minus the log density  (N6)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import scipy

from ...models import mixtures as own
from ...numerics.checks import Array
from ..bugs import lse, turned
from ..digits import exp, log
from ..domains.models import MIXTURES
from ..inputs import ONE, SMALL_SQUARE, SQUARE, TINY, parts
from ..row import BITS, Case, Function, Rngs

# --- inputs

MIXTURE = {"y": "(n, d)", "mu": "(k, d)", "S": "(k, d, d)", "pi": "(k,)"}


def covariances(rng: np.random.Generator, k: int, d: int) -> Array:
    A = rng.normal(size=(k, d, d + 1)).astype(np.float32)
    return (A @ A.swapaxes(1, 2) / d + 0.25 * np.eye(d)).astype(np.float32)


def mixture_regimes(rngs: Rngs) -> Iterator[Case]:
    """Data about the means; `far` is how many of their deviations the first observation is away from where it was drawn."""
    for why, (n, d, k), unit, spread, far in (
        ("plain", (4, 3, 2), 1, 1, 0),
        ("many components", (4, 2, 5), 1, 2, 0),
        ("one component", (4, 3, 1), 1, 1, 0),
        ("one observation", (1, 2, 3), 1, 1, 0),
        ("one dimension", (3, 1, 4), 1, 2, 0),
        ("many dimensions", (3, 6, 2), 1, 0.5, 0),
        ("narrow: densities above 1", (4, 2, 3), 1e-3, 1, 0),
        ("wide", (5, 2, 3), 1e3, 1, 0),
        ("an outlier: every density underflows", (4, 2, 3), 1, 2, 60),
        ("a far outlier", (4, 3, 2), 4, 1, 400),
        ("a narrow outlier", (3, 3, 2), 0.125, 1, 90),
        (SQUARE, (3, 3, 3), 1, 1, 0),
        (SMALL_SQUARE, (2, 2, 2), 1, 1, 0),
        (ONE, (1, 1, 1), 1, 1, 0),
    ):
        mu = rngs(why + " mu").normal(size=(k, d)) * spread
        y = mu[np.arange(n) % k] + rngs(why).normal(size=(n, d))
        y[0] += far
        S, pi = covariances(rngs(why + " S"), k, d), parts(rngs(why + " pi"), k)
        yield why, {"y": unit * y, "mu": unit * mu, "S": unit**2 * S, "pi": pi}
    why = "covariances that are nearly singular"
    S = np.full((2, 3, 3), 1 - 2.0**-9) + 2.0**-9 * np.eye(3) * [[[1]], [[3]]]
    mu = rngs(why + " mu").normal(size=(2, 1)) + rngs(why + " mu off").normal(size=(2, 3)) / 32
    y = mu[[0, 1, 0]] + rngs(why).normal(size=(3, 1)) + rngs(why + " off").normal(size=(3, 3)) / 16
    yield why, {"y": y, "mu": mu, "S": S, "pi": [0.375, 0.625]}
    mu, S = rngs(TINY + " mu").normal(size=(4, 2)), covariances(rngs(TINY + " S"), 4, 2)
    yield TINY, {"y": rngs(TINY).normal(size=(3, 2)), "mu": mu, "S": S, "pi": parts(rngs(TINY + " pi"), 4, tiny=2)}
    why = "two components in one place"
    mu, S = np.array([[1, 2], [1, 2], [-2, 0.5]]), np.array([[[2, 1], [1, 1.5]], [[2, 1], [1, 1.5]], [[1, 0], [0, 4]]])
    yield why, {"y": rngs(why).normal(size=(4, 2)), "mu": mu, "S": S, "pi": [0.125, 0.25, 0.625]}


# --- truth, in many digits


def densities(y: Array, mu: Array, S: Array, pi: Array) -> Array:
    """``pi_k N(y; mu_k, S_k)`` (n, k), by determinant and inverse."""
    import mpmath

    out = np.empty((len(y), len(mu)), object)
    for k, m in enumerate(mu):
        A = mpmath.matrix(S[k].tolist())
        inverse, size = np.array(mpmath.inverse(A).tolist(), object), mpmath.sqrt(mpmath.det(2 * mpmath.pi * A))
        for n, D in enumerate(y - m):
            out[n, k] = pi[k] * mpmath.exp(-D.dot(inverse).dot(D) / 2) / size
    return out


def energies(y: Array, mu: Array, S: Array, pi: Array) -> Array:
    """``-log(pi_k N(y; mu_k, S_k))`` (n, k), entry after entry, each given those before it, by elimination."""
    import mpmath

    out = np.empty((len(y), len(mu)), object)
    for k, m in enumerate(mu):
        D, C, E = y - m, S[k], -log(pi[k])[()]
        E = np.array([E] * len(y), object)
        while len(C):
            E = E + D[:, 0] * D[:, 0] / C[0, 0] / 2 + mpmath.log(2 * mpmath.pi * C[0, 0]) / 2
            D, C = D[:, 1:] - D[:, :1] * C[0, 1:] / C[0, 0], C[1:, 1:] - C[1:, :1] * C[:1, 1:] / C[0, 0]
        out[:, k] = E
    return out


def gmm_free_energy(y: Array, mu: Array, S: Array, pi: Array) -> Array:
    return -log(densities(y, mu, S, pi).sum(axis=1))


def gmm_free_energy_2(y: Array, mu: Array, S: Array, pi: Array) -> Array:
    """The energy of the first component, and the logarithm of its share."""
    E = energies(y, mu, S, pi)
    return E[:, 0] - log(exp(E[:, :1] - E).sum(axis=1))


# --- what mistakes are made of


def away(y: Array, mu: Array, S: Array) -> Array:
    """Squares of Mahalanobis's distance (n, k)."""
    D = y[:, None] - mu
    return np.einsum("nki,kij,nkj->nk", D, np.linalg.inv(S), D)


def det(S: Array) -> Array:
    return np.linalg.slogdet(S)[1]


def two_pi(y: Array) -> float:
    return float(y.shape[1] * np.log(2 * np.pi))


def joint(y: Array, mu: Array, S: Array, pi: Array, half: float = 0.5) -> Array:
    """log(pi_k N(y; mu_k, S_k))."""
    return np.log(pi) - half * away(y, mu, S) - (det(S) + two_pi(y)) / 2


def soft(f: Array, axis: int = 1) -> Array:
    return np.exp(f - np.expand_dims(lse(f, axis), axis))


def diagonal(S: Array) -> Array:
    return S * np.eye(S.shape[1])


def uniform(pi: Array) -> Array:
    return np.full(len(pi), 1 / len(pi))


NO_DET = "The determinants are forgotten.", "-log det(2 pi S)/2 is in the density (N6)."
DET = "log det S is not halved.", "-log det(2 pi S)/2: a square root (N6)."
HALF = "The exponent is not halved.", "exp(-(y - mu)^T S^-1 (y - mu)/2) (N6)."
PRECISION = "S is taken for the precision.", "S is the covariance: its inverse is in the exponent (N6)."
SQUARED = "S is taken for a deviation, and squared.", "S is the covariance (N6)."
DIAGONAL = "Only the diagonals of S count.", "The whole of S (N6)."
ONE_S = "The first covariance serves all components.", "Each has its own (N6)."
POOLED = "The mean of the covariances serves all components.", "Each has its own (N6)."
NO_PI = "The weights pi are missing.", "Each component counts by its weight (N6)."
PI_TWICE = "The weights pi enter squared.", "pi enters once (N6)."
UNSHIFTED = "Densities are summed that underflow.", "Take logarithms, and subtract the largest first."
EPSILON = "1e-12 is added to the density.", "Take logarithms, and subtract the largest first."
TRANSPOSED = "mu is transposed where it fits both ways.", "Its rows are the components (N6)."

# The logarithms of joint densities that a mistake makes, whatever is made of them.
LOGS = [
    ("no-det", *NO_DET, lambda y, mu, S, pi: np.log(pi) - away(y, mu, S) / 2),
    ("det", *DET, lambda y, mu, S, pi: joint(y, mu, S, pi) - det(S) / 2),
    ("exponent", *HALF, lambda y, mu, S, pi: joint(y, mu, S, pi, 1.0)),
    ("precision", *PRECISION, lambda y, mu, S, pi: joint(y, mu, np.linalg.inv(S), pi)),
    ("deviation", *SQUARED, lambda y, mu, S, pi: joint(y, mu, S @ S, pi)),
    ("diagonal", *DIAGONAL, lambda y, mu, S, pi: joint(y, mu, diagonal(S), pi)),
    ("one-covariance", *ONE_S, lambda y, mu, S, pi: joint(y, mu, S[:1].repeat(len(S), 0), pi)),
    ("pooled", *POOLED, lambda y, mu, S, pi: joint(y, mu, S.mean(axis=0, keepdims=True).repeat(len(S), 0), pi)),
    ("no-weights", *NO_PI, lambda y, mu, S, pi: joint(y, mu, S, uniform(pi))),
    ("weights-twice", *PI_TWICE, lambda y, mu, S, pi: joint(y, mu, S, pi * pi)),
    ("transposed", *TRANSPOSED, lambda y, mu, S, pi: joint(y, turned(mu), S, pi)),
]  # fmt: skip


def made(logs: Any, of: Any) -> Any:
    """The mistake's code: what comes of its logarithms."""
    return lambda y, mu, S, pi: of(logs(y, mu, S, pi), y)


def all_of(of: Any) -> list[Any]:
    return [(name, what, mend, made(logs, of)) for name, what, mend, logs in LOGS]


# --- the rows

ROWS = {
    "gmm_free_energy": Function(
        "N6", "-log sum_k pi_k N(y; mu_k, S_k)",
        MIXTURE, "(n,)",
        domain=MIXTURES, drawn=(4, 68, 299, 541, 700, 1246, 1272), regimes=mixture_regimes, truth=(gmm_free_energy, gmm_free_energy_2), conventions=BITS,
        adds=lambda a, S: np.abs(det(a["S"])).max() + two_pi(a["y"]),
        bugs=[
            *all_of(lambda f, y: -lse(f)),
            ("no-2pi", "The constant (d/2) log 2 pi is missing.", "log det(2 pi S)/2 (N6).", lambda y, mu, S, pi: -lse(joint(y, mu, S, pi)) - two_pi(y) / 2),
            ("one-2pi", "(1/2) log 2 pi, whatever d is.", "(d/2) log 2 pi (N6).", lambda y, mu, S, pi: -lse(joint(y, mu, S, pi)) - two_pi(y) / 2 + np.log(2 * np.pi) / 2),
            ("det-sign", "log det S has the wrong sign.", "+log det(2 pi S)/2 in the energy (N6).", lambda y, mu, S, pi: -lse(joint(y, mu, S, pi) + det(S))),
            ("count", "The sum over components is divided by their number as well.", "pi is the prior: it takes the place of 1/K (L15, N6).", lambda y, mu, S, pi: -lse(joint(y, mu, S, pi)) + np.log(len(pi))),
            ("no-prior", "The weights pi are missing, and nothing is in their place.", "pi sums to 1 (N6).", lambda y, mu, S, pi: -lse(joint(y, mu, S, np.ones(len(pi))))),
            ("sign", "The log density, not its negative.", "F = -log p (N4, N6).", lambda y, mu, S, pi: lse(joint(y, mu, S, pi))),
            ("density", "The density, no logarithm of it.", "F = -log p (N4, N6).", lambda y, mu, S, pi: np.exp(lse(joint(y, mu, S, pi)))),
            ("hard", "The best component alone.", "Only for beta to infinity (C15): at 1 the sum (N6).", lambda y, mu, S, pi: -joint(y, mu, S, pi).max(axis=1)),
            ("mean-of-logs", "The mean of the components' logarithms under pi.", "The logarithm of the mean (L16).", lambda y, mu, S, pi: -(joint(y, mu, S, np.ones(len(pi))) @ pi)),
            ("expected", "The expected energy under the responsibilities, without their entropy.", "F = <E> - T S (L17).", lambda y, mu, S, pi: -(soft(joint(y, mu, S, pi)) * joint(y, mu, S, pi)).sum(axis=1)),
            ("unshifted", *UNSHIFTED, lambda y, mu, S, pi: -np.log(np.exp(joint(y, mu, S, pi)).sum(axis=1))),
            ("epsilon", *EPSILON, lambda y, mu, S, pi: -np.log(np.exp(joint(y, mu, S, pi)).sum(axis=1) + 1e-12)),
        ],
    ),
}  # fmt: skip

# --- as it is written

FORMULAS = {
    "gmm_free_energy": "D = y[:, None] - mu; f = np.log(pi) - (quadratic(D, np.linalg.inv(S)) + log_det(S) + d * np.log(2 * np.pi)) / 2; -logsumexp(f, axis=1)",
}  # fmt: skip

# --- right ways


def by_cholesky(y: Array, mu: Array, S: Array, pi: Array) -> Array:
    L = np.linalg.cholesky(S)
    u = np.linalg.solve(L, (y[:, None] - mu).transpose(1, 2, 0))
    f = -(u**2).sum(axis=1) / 2 - np.log(np.diagonal(L, axis1=1, axis2=2)).sum(axis=1)[:, None] + np.log(pi)[:, None]
    return f.T - y.dtype.type(y.shape[1] * np.log(2 * np.pi) / 2)


def by_inverse(y: Array, mu: Array, S: Array, pi: Array) -> Array:
    D = (y[:, None] - mu)[..., None]
    f = -(D.swapaxes(2, 3) @ np.linalg.inv(S) @ D)[..., 0, 0] - np.linalg.slogdet(2 * y.dtype.type(np.pi) * S)[1]
    return np.log(pi) + f / 2


RIGHT = {
    "gmm_free_energy": [
        lambda *a: -scipy.special.logsumexp(by_cholesky(*a), axis=1),
        lambda *a: -np.logaddexp.reduce(by_inverse(*a), axis=1),
    ],
}  # fmt: skip

# --- refebm's own

PACKAGE = {
    "gmm_free_energy": own.gmm_free_energy,
}
RESTS_ON = {
    "gmm_free_energy": ["softmin"],
}
