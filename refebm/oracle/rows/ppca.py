"""Probabilistic PCA: its free energy in closed form  (N5, L15)."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

import numpy as np

from ...models import ppca as own
from ...numerics.checks import Array
from ..bugs import turned
from ..digits import log
from ..domains.spaces import NOISY as COLUMNS
from ..inputs import ONE, SMALL_SQUARE, SQUARE, betas
from ..row import Case, Function, Rngs

# --- inputs

NOISY = {"y": "(n, d)", "W": "(d, l)", "beta": "()"}


def noisy_regimes(first: int, rngs: Rngs) -> Iterator[Case]:
    """Data and columns of the noise's size where beta is extreme."""
    sizes = [("plain", (3, 4, 2), 1.5, 1.0), ("cold", (4, 3, 2), 30.0, 1), ("hot", (2, 5, 3), 0.05, 1)]
    sizes += [("more columns than entries", (4, 2, 3), 1.25, 1), ("one component", (5, 3, 1), 0.75, 1)]
    sizes += [("weak columns", (2, 4, 3), 2.5, 0.125), (SQUARE, (3, 3, 3), 0.7, 1), (SMALL_SQUARE, (2, 2, 2), 2.75, 1)]
    sizes += [(ONE, (1, 1, 1), 1.3, 1)] + [(why, (3, 4, 2), beta, beta**-0.5) for why, beta, _ in betas(first, rngs)]
    for why, (n, d, k), beta, unit in sizes:
        W = unit * rngs(why + " W").normal(size=(d, k))
        y = rngs(why).normal(size=(n, k)) @ W.T + rngs(why + " y").normal(size=(n, d)) * max(beta**-0.5, unit / 4)
        yield why, {"y": y, "W": W, "beta": beta}
    why = "far from the data that it knows"
    yield why, {"y": 40 * rngs(why).normal(size=(3, 4)), "W": rngs(why + " W").normal(size=(4, 2)), "beta": 1.25}


# --- truth, in many digits


def eliminated(y: Array, C: Array) -> tuple[Array, Any]:
    """``y^T C^-1 y`` of each row and log det C, entry after entry, each given those before it."""
    total, size = 0 * y[:, 0], 0 * C[0, 0]
    while len(C):
        total, size = total + y[:, 0] ** 2 / C[0, 0], size + log(C[0, 0])[()]
        y, C = y[:, 1:] - y[:, :1] * C[0, 1:] / C[0, 0], C[1:, 1:] - C[1:, :1] * C[:1, 1:] / C[0, 0]
    return total, size


def ppca_free_energy(y: Array, W: Array, beta: Any) -> Array:
    tau = 1 / (2 * beta)
    total, size = eliminated(y, tau * np.eye(len(W), dtype=int) + W.dot(W.T))
    return tau * (total + size - len(W) * log(tau)[()])


def ppca_free_energy_2(y: Array, W: Array, beta: Any) -> Array:
    """In the space of the latents: Woodbury's identity, Sylvester's for the determinant."""
    M = np.eye(W.shape[1], dtype=int) / (2 * beta) + W.T.dot(W)
    total, size = eliminated(y.dot(W), M)
    return (y * y).sum(axis=1) - total + (size + W.shape[1] * log(2 * beta)[()]) / (2 * beta)


# --- what mistakes are made of


def cov(W: Array, tau: float) -> Array:
    return W @ W.T + tau * np.eye(len(W))


def solve(C: Array, v: Array) -> Array:
    """By the pseudo-inverse: a mistake's C may be singular."""
    return np.linalg.pinv(C) @ v


def form(y: Array, C: Array) -> Array:
    """y^T C^-1 y of each row."""
    return np.asarray((y * solve(C, y.T).T).sum(axis=1))


def det(C: Array) -> Any:
    return np.linalg.slogdet(C)[1]


def F(y: Array, W: Array, tau: float, noise: float | None = None) -> Array:
    """With this variance of the noise, tau by default."""
    noise = tau if noise is None else noise
    C = cov(W, noise)
    return tau * (form(y, C) + det(C / noise))


def t(beta: float) -> float:
    return 0.5 / beta


TEMPERATURE = ("beta is taken for the noise's variance.", "The variance of the noise is 1/(2 beta) (N5).")
TWICE = ("The noise's variance is 1/beta.", "1/(2 beta): |y - W z|^2 has no 1/2 (N5).")
SQUARED = ("The noise's variance is squared: taken for a deviation.", "1/(2 beta) is a variance (N5).")
CENTRED = (
    "The mean of the observations is subtracted first.",
    "Each y as it is: an energy knows no other observation (N5).",
)
TRANSPOSED = ("W is transposed where it fits both ways.", "W is (d, l): C = W W^T + tau I (N5).")
DIAGONAL = ("Only the diagonal of C counts.", "The whole of C (N5).")


def diagonal(W: Array, tau: float) -> Array:
    return cov(W, tau) * np.eye(len(W))


# --- the rows

ROWS = {
    "ppca_free_energy": Function(
        "N5", "tau [y^T C^-1 y + log det(C / tau)], tau = 1/(2 beta), C = W W^T + tau I",
        NOISY, "(n,)",
        domain=COLUMNS, drawn=(4, 5, 9, 86, 93, 114, 261, 555, 2806, 3338), regimes=partial(noisy_regimes, -12), truth=(ppca_free_energy, ppca_free_energy_2),
        adds=lambda a, S: np.square(a["y"]).sum(axis=1) + t(a["beta"]) * (1 + abs(np.log(a["beta"]))) * len(a["W"]),
        bugs=[
            ("temperature", *TEMPERATURE, lambda y, W, b: F(y, W, t(b), b)),
            ("no-half", *TWICE, lambda y, W, b: F(y, W, 1 / b)),
            ("deviation", *SQUARED, lambda y, W, b: F(y, W, t(b), t(b) ** 2)),
            ("no-det", "log det is missing.", "It holds W down (N5).", lambda y, W, b: t(b) * form(y, cov(W, t(b)))),
            ("det-sign", "log det is subtracted.", "+ log det(C / tau) (N5).", lambda y, W, b: t(b) * (form(y, cov(W, t(b))) - det(cov(W, t(b)) / t(b)))),
            ("det-half", "log det is halved, the quadratic form is not.", "Both have the factor tau (N5).", lambda y, W, b: t(b) * (form(y, cov(W, t(b))) + det(cov(W, t(b)) / t(b)) / 2)),
            ("det-C", "log det C, as in minus the log density.", "Over tau^d: the prior's mean is of exp(-beta E) (L15, N5).", lambda y, W, b: t(b) * (form(y, cov(W, t(b))) + det(cov(W, t(b))))),
            ("log-density", "Minus the log density of N(0, C).", "F itself: over beta, no 2 pi (L15, N5).", lambda y, W, b: (form(y, cov(W, t(b))) + det(2 * np.pi * cov(W, t(b)))) / 2),
            ("nats", "beta F: not divided by beta.", "F has the unit of E (L15).", lambda y, W, b: b * F(y, W, t(b))),
            ("half", "Half of it.", "tau = 1/(2 beta) once (N5).", lambda y, W, b: F(y, W, t(b)) / 2),
            ("hard", "The least energy: PCA's.", "Only for beta to infinity (C15).", lambda y, W, b: np.square(y - y @ np.linalg.pinv(W).T @ W.T).sum(axis=1)),
            ("no-prior", "The energy at the latents' mean, without their size.", "z is normal: |y - W z|^2 + tau |z|^2 at the least (N5).", lambda y, W, b: np.square(t(b) * solve(cov(W, t(b)), y.T)).sum(axis=0) + t(b) * det(cov(W, t(b)) / t(b))),
            ("unsolved", "y^T C y.", "y^T C^-1 y (N5).", lambda y, W, b: t(b) * ((y @ cov(W, t(b)) * y).sum(axis=1) + det(cov(W, t(b)) / t(b)))),
            ("centred", *CENTRED, lambda y, W, b: F(y - y.mean(axis=0), W, t(b))),
            ("diagonal", *DIAGONAL, lambda y, W, b: t(b) * (form(y, diagonal(W, t(b))) + det(diagonal(W, t(b)) / t(b)))),
            ("transposed", *TRANSPOSED, lambda y, W, b: F(y, turned(W), t(b))),
        ],
    ),
}  # fmt: skip

# --- as it is written

FORMULAS = {
    "ppca_free_energy": "tau = 1 / (2 * beta); C = W @ W.T + tau * np.eye(d); tau * ((y @ np.linalg.inv(C) * y).sum(axis=1) + log_det(C) - d * np.log(tau))",
}  # fmt: skip

# --- right ways


def by_cholesky(y: Array, W: Array, beta: Any) -> Any:
    C = W @ W.T * (2 * beta) + np.eye(len(W), dtype=W.dtype)
    L = np.linalg.cholesky(C)
    return (L, np.linalg.solve(L, y.T))


def by_woodbury(y: Array, W: Array, beta: Any) -> Any:
    """The residual at the latents' mean."""
    M = W.T @ W + np.eye(W.shape[1], dtype=W.dtype) / (2 * beta)
    return y - (W @ np.linalg.solve(M, W.T @ y.T)).T


def free_by_cholesky(y: Array, W: Array, beta: Any) -> Any:
    L, u = by_cholesky(y, W, beta)
    return (u**2).sum(axis=0) + np.log(np.diagonal(L)).sum() / beta


def free_by_latents(y: Array, W: Array, beta: Any) -> Any:
    sizes = np.linalg.svd(W, compute_uv=False)
    return (y * by_woodbury(y, W, beta)).sum(axis=1) + np.log1p(2 * beta * sizes**2).sum() / (2 * beta)


RIGHT = {
    "ppca_free_energy": [free_by_cholesky, free_by_latents],
}  # fmt: skip

# --- refebm's own

PACKAGE = {
    "ppca_free_energy": lambda y, W, beta: own.probabilistic_pca(W.shape[0], W.shape[1], beta)(y, W.ravel()),
}
RESTS_ON = {"ppca_free_energy": ["_residual"]}
NO_PART = {"ppca_free_energy": ["probabilistic_pca"]}
