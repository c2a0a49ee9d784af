"""Probabilistic PCA: the slopes of its free energy  (N5, L15)."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np

from ...models import ppca as own
from ...numerics.checks import Array
from ..bugs import turned
from ..digits import derivative
from ..domains.spaces import NOISY as COLUMNS
from ..row import SUM, Function, Slope, mean
from .ppca import (
    CENTRED,
    DIAGONAL,
    NOISY,
    SQUARED,
    TEMPERATURE,
    TRANSPOSED,
    TWICE,
    by_woodbury,
    cov,
    noisy_regimes,
    ppca_free_energy_2,
    solve,
    t,
)

NO_NOISE = ("The noise is missing: C = W W^T, and its pseudo-inverse.", "C = W W^T + I/(2 beta) (N5).")

# --- truth, in many digits


def inverse(y: Array, W: Array, beta: Any) -> Array:
    """C^-1."""
    import mpmath

    C = np.eye(len(W), dtype=int) / (2 * beta) + W.dot(W.T)
    return np.array(mpmath.inverse(mpmath.matrix(C.tolist())).tolist(), object)


def ppca_slope_y(y: Array, W: Array, beta: Any) -> Array:
    return y.dot(inverse(y, W, beta)) / beta


def ppca_slope_y_2(y: Array, W: Array, beta: Any) -> Array:
    return derivative(lambda v: ppca_free_energy_2(v, W, beta).sum(), y)


def ppca_slope_W(y: Array, W: Array, beta: Any) -> Array:
    """Of the covariance C_y seen: ``(C^-1 - C^-1 C_y C^-1) W / beta``."""
    I = inverse(y, W, beta)  # noqa: E741
    return (I - I.dot(y.T.dot(y) / len(y)).dot(I)).dot(W) / beta


def ppca_slope_W_2(y: Array, W: Array, beta: Any) -> Array:
    return derivative(lambda V: ppca_free_energy_2(y, V, beta).sum() / len(y), W)


# --- what mistakes are made of


def pushed(y: Array, W: Array, noise: float, tau: float, fit: float = 1.0, size: float = 1.0) -> Array:
    """The slope in W, its two parts weighted."""
    C = np.linalg.pinv(cov(W, noise))
    return 2 * tau * (size * C - fit * C @ (y.T @ y / len(y)) @ C) @ W


# --- the rows

ROWS = {
    "ppca_slope_y": Function(
        "N5", "dF/dy of each observation, 2 tau C^-1 y = 2 (y - W z) at the latent's mean z",
        NOISY, "(n, d)",
        domain=COLUMNS, drawn=(44, 77, 79, 191, 205, 233, 324, 495, 618, 941, 1628), regimes=partial(noisy_regimes, -10), truth=(ppca_slope_y, ppca_slope_y_2),
        adds=lambda a, S: 2 * np.sqrt(np.square(a["y"]).sum(axis=1))[:, None],
        slope=Slope(("ppca_free_energy",), "y"),
        bugs=[
            ("temperature", *TEMPERATURE, lambda y, W, b: 2 * t(b) * solve(cov(W, b), y.T).T),
            ("no-half", *TWICE, lambda y, W, b: 2 / b * solve(cov(W, 1 / b), y.T).T),
            ("deviation", *SQUARED, lambda y, W, b: 2 * t(b) * solve(cov(W, t(b) ** 2), y.T).T),
            ("no-noise", *NO_NOISE, lambda y, W, b: 2 * t(b) * y @ np.linalg.pinv(W @ W.T)),
            ("no-two", "The factor 2 is missing.", "y^T C^-1 y has the slope 2 C^-1 y (N5).", lambda y, W, b: t(b) * solve(cov(W, t(b)), y.T).T),
            ("nats", "C^-1 y: minus the score, not the slope of F.", "Divided by beta (W11, N5).", lambda y, W, b: solve(cov(W, t(b)), y.T).T),
            ("sign", "The sign is wrong: the score's.", "dF/dy (W11).", lambda y, W, b: -2 * t(b) * solve(cov(W, t(b)), y.T).T),
            ("hard", "The residual of PCA.", "Only for beta to infinity (C15): z is drawn to 0 (N5).", lambda y, W, b: 2 * (y - y @ np.linalg.pinv(W).T @ W.T)),
            ("no-latent", "2 y.", "2 (y - W z) (N5).", lambda y, W, b: 2 * y),
            ("mean", "Divided by the number of observations.", "Each observation's own (N5).", lambda y, W, b: 2 * t(b) * solve(cov(W, t(b)), y.T).T / len(y)),
            ("unsolved", "C y.", "C^-1 y (N5).", lambda y, W, b: 2 * t(b) * y @ cov(W, t(b))),
            ("centred", *CENTRED, lambda y, W, b: 2 * t(b) * solve(cov(W, t(b)), (y - y.mean(axis=0)).T).T),
            ("diagonal", *DIAGONAL, lambda y, W, b: 2 * t(b) * y / np.diag(cov(W, t(b)))),
            ("transposed", *TRANSPOSED, lambda y, W, b: 2 * t(b) * solve(cov(turned(W), t(b)), y.T).T),
        ],
    ),
    "ppca_slope_W": Function(
        "N5", "mean of dF/dW, 2 tau (C^-1 - C^-1 y y^T C^-1) W",
        NOISY, "(d, l)",
        domain=COLUMNS, drawn=(16, 37, 79, 158, 310, 541, 710, 779, 1163, 3169), regimes=partial(noisy_regimes, -11), truth=(ppca_slope_W, ppca_slope_W_2), conventions=SUM,
        adds=lambda a, S: S.max(),
        keeps="np.linalg.solve(M, W.T).T / beta - 2 * (y - z @ W.T).T @ z / len(y) with M = np.eye(W.shape[1], dtype=W.dtype) / (2 * beta) + W.T @ W; z = np.linalg.solve(M, W.T @ y.T).T",
        slope=Slope(("ppca_free_energy",), "W", mean),
        bugs=[
            ("temperature", *TEMPERATURE, lambda y, W, b: pushed(y, W, b, t(b))),
            ("no-half", *TWICE, lambda y, W, b: pushed(y, W, 1 / b, 1 / b)),
            ("deviation", *SQUARED, lambda y, W, b: pushed(y, W, t(b) ** 2, t(b))),
            ("sign", "The sign is wrong.", "2 tau (C^-1 - C^-1 y y^T C^-1) W (N5).", lambda y, W, b: -pushed(y, W, t(b), t(b))),
            ("no-det", "log det's part is missing.", "+ 2 tau C^-1 W (N5).", lambda y, W, b: pushed(y, W, t(b), t(b), size=0)),
            ("no-fit", "The data's part is missing.", "- 2 tau C^-1 y y^T C^-1 W (N5).", lambda y, W, b: pushed(y, W, t(b), t(b), fit=0)),
            ("fit-sign", "The data's part is added.", "- 2 tau C^-1 y y^T C^-1 W (N5).", lambda y, W, b: pushed(y, W, t(b), t(b), fit=-1)),
            ("det-half", "log det's part is halved.", "Both have the factor 2 tau (N5).", lambda y, W, b: pushed(y, W, t(b), t(b), size=0.5)),
            ("no-two", "The factor 2 is missing.", "W W^T has two factors W (N5).", lambda y, W, b: pushed(y, W, t(b), t(b) / 2)),
            ("nats", "Of beta F: not divided by beta.", "F has the unit of E (L15).", lambda y, W, b: b * pushed(y, W, t(b), t(b))),
            ("det-sum", "log det counts once for all, and the data's part is summed.", "The mean of both, or the sum of both (C21).", lambda y, W, b: pushed(y, W, t(b), t(b), fit=len(y))),
            ("one-inverse", "y y^T C^-1: one inverse is missing, and tau in its place.", "C^-1 y y^T C^-1 (N5).", lambda y, W, b: 2 * t(b) * (np.eye(len(W)) - y.T @ y / len(y) / t(b)) @ solve(cov(W, t(b)), W)),
            ("centred", *CENTRED, lambda y, W, b: pushed(y - y.mean(axis=0), W, t(b), t(b))),
            ("transposed", "The slope is transposed where it fits both ways.", "Shaped like W (d, l).", lambda y, W, b: turned(pushed(y, W, t(b), t(b)))),
        ],
    ),
}  # fmt: skip

# --- as it is written

FORMULAS = {
    "ppca_slope_y": "tau = 1 / (2 * beta); C = W @ W.T + tau * np.eye(d); y @ np.linalg.inv(C) / beta",
    "ppca_slope_W": "tau = 1 / (2 * beta); C = W @ W.T + tau * np.eye(d); I = np.linalg.inv(C); (I - I @ (y.T @ y / n) @ I) @ W / beta",
}  # fmt: skip

# --- right ways


def slope_by_directions(y: Array, W: Array, beta: Any) -> Any:
    """Each direction of W is shrunk by itself."""
    U, size, _ = np.linalg.svd(W, full_matrices=False)
    kept = 2 * beta * size**2
    return 2 * (y - (y @ U) * (kept / (1 + kept)) @ U.T)


def slope_by_woodbury(y: Array, W: Array, beta: Any) -> Any:
    r, M = by_woodbury(y, W, beta), W.T @ W + np.eye(W.shape[1], dtype=W.dtype) / (2 * beta)
    z = np.linalg.solve(M, W.T @ y.T)
    return np.linalg.solve(M, W.T).T / beta - 2 * (z @ r).T / y.dtype.type(len(y))


def slope_by_inverse(y: Array, W: Array, beta: Any) -> Any:
    C = np.linalg.inv(W @ W.T * (2 * beta) + np.eye(len(W), dtype=W.dtype))
    return 2 * C @ W - 4 * beta * C @ (y.T @ y / y.dtype.type(len(y))) @ C @ W


RIGHT = {
    "ppca_slope_y": [lambda *a: 2 * by_woodbury(*a), slope_by_directions],
    "ppca_slope_W": [slope_by_woodbury, slope_by_inverse],
}  # fmt: skip

# --- refebm's own


def own_slopes(y: Array, W: Array, beta: float, F_bar: float) -> tuple[Array, Array]:
    y_bar, w_bar = own.probabilistic_pca(W.shape[0], W.shape[1], beta).adjoint(
        y, W.ravel(), None, np.full(len(y), F_bar)
    )
    return y_bar, w_bar.reshape(W.shape)


PACKAGE = {
    "ppca_slope_y": lambda y, W, beta: own_slopes(y, W, beta, 1.0)[0],
    "ppca_slope_W": lambda y, W, beta: own_slopes(y, W, beta, 1 / len(y))[1],
}
RESTS_ON = {"ppca_slope_y": ["_residual"], "ppca_slope_W": ["_residual", "_solve"]}
NO_PART = {"ppca_slope_y": ["probabilistic_pca"], "ppca_slope_W": ["probabilistic_pca"]}
