"""The density of a Langevin step, of which Metropolis's ratio is made  (W12)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from ...numerics.checks import Array
from ...sampling import langevin as own
from ..bugs import FLOAT32, single
from ..domains.slopes import TAKEN
from ..inputs import ONE, SMALL_SQUARE, SQUARE
from ..row import Case, Function, Rngs

# --- inputs


def step_regimes(rngs: Rngs) -> Iterator[Case]:
    """Steps taken: about y + alpha s, as far as the noise goes; and one from far away."""
    for why, (n, d), alpha, size, score in (
        ("plain", (4, 3), 0.3, 1, 3),
        ("one observation", (1, 2), 1.75, 1, 3),
        ("one dimension", (5, 1), 0.05, 1, 10),
        ("small step", (3, 4), 1e-4, 1, 30),
        ("large step", (2, 5), 7.0, 1, 3),
        ("huge step", (6, 2), 3e4, 10, 0.1),
        ("large noise", (3, 2), 0.4, 50, 3),
        (SQUARE, (3, 3), 0.6, 1, 3),
        (SMALL_SQUARE, (2, 2), 2.5, 1, 3),
        (ONE, (1, 1), 0.2, 1, 3),
    ):
        rng = rngs(why)
        y, s, xi = rng.normal(size=(3, n, d))
        s = score * s
        yield why, {"y_new": y + alpha * s + np.sqrt(2 * alpha) * size * xi, "y": y, "s": s, "alpha": alpha}


# --- truth, in many digits


def langevin_log_density(y_new: Array, y: Array, s: Array, alpha: Any) -> Array:
    D = y_new - y - alpha * s
    return -(D * D).sum(axis=1) / (4 * alpha)


def langevin_log_density_2(y_new: Array, y: Array, s: Array, alpha: Any) -> Array:
    """Multiplied out in powers of alpha."""
    D = y_new - y
    return -(D * D).sum(axis=1) / (4 * alpha) + (D * s).sum(axis=1) / 2 - alpha * (s * s).sum(axis=1) / 4


# --- what mistakes are made of


def step(y_new: Array, y: Array, s: Array, alpha: float, drift: float = 1.0) -> Array:
    return np.asarray(-np.square(y_new - y - drift * alpha * s).sum(axis=1) / (4 * alpha))


# --- the rows

ROWS = {
    "langevin_log_density": Function(
        "W12", "-|y_new - y - alpha s|^2 / (4 alpha): log density of a Langevin step from y, up to its constant",
        {"y_new": "(n, d)", "y": "(n, d)", "s": "(n, d)", "alpha": "()"}, "(n,)",
        domain=TAKEN, drawn=(8, 14, 50, 62, 92, 127, 188, 290, 713, 1030, 1455), regimes=step_regimes, truth=(langevin_log_density, langevin_log_density_2),
        adds=lambda a, S: S.max(),
        bugs=[
            ("sign", "The sign is wrong.", "-|.|^2 / (4 alpha) (W12).", lambda v, y, s, a: -step(v, y, s, a)),
            ("two", "2 alpha for 4 alpha.", "The variance is 2 alpha: twice that (W12).", lambda v, y, s, a: 2 * step(v, y, s, a)),
            ("one", "alpha for 4 alpha.", "The variance is 2 alpha: twice that (W12).", lambda v, y, s, a: 4 * step(v, y, s, a)),
            ("alpha-squared", "4 alpha^2: alpha is taken for a deviation.", "4 alpha (W12).", lambda v, y, s, a: step(v, y, s, a) / a),
            ("no-drift", "The drift is missing: a random walk.", "y + alpha s (W12).", lambda v, y, s, a: step(v, y, s, a, 0)),
            ("half-drift", "The drift is halved.", "alpha s beside a variance of 2 alpha (W12).", lambda v, y, s, a: step(v, y, s, a, 0.5)),
            ("double-drift", "The drift is doubled.", "alpha s beside a variance of 2 alpha (W12).", lambda v, y, s, a: step(v, y, s, a, 2)),
            ("unit-drift", "The score is not scaled by alpha.", "alpha s (W12).", lambda v, y, s, a: step(v, y, s / a, a)),
            ("backward", "The drift has the wrong sign: the way back, with the score of y.", "y_new - y - alpha s (W12).", lambda v, y, s, a: step(y, v, s, a)),
            ("constant", "With the constant -(d/2) log(4 pi alpha).", "Up to it, which cancels in Metropolis's ratio (W12).", lambda v, y, s, a: step(v, y, s, a) - y.shape[1] / 2 * np.log(4 * np.pi * a)),
            ("density", "The density, no logarithm of it.", "log q (W12).", lambda v, y, s, a: np.exp(step(v, y, s, a))),
            ("mean", "The mean over the coordinates.", "Their sum: they are independent (W12).", lambda v, y, s, a: step(v, y, s, a) / y.shape[1]),
            ("batch", "The sum over all chains.", "Each chain's own (W12).", lambda v, y, s, a: np.full(len(y), step(v, y, s, a).sum())),
            ("length", "The length, not its square.", "|.|^2 (W12).", lambda v, y, s, a: -np.sqrt(-step(v, y, s, a) / (4 * a))),
            ("float32", *FLOAT32, single(step)),
        ],
    ),
}  # fmt: skip

# --- as it is written

FORMULAS = {
    "langevin_log_density": "-((y_new - y - alpha * s) ** 2).sum(axis=1) / (4 * alpha)",
}  # fmt: skip

# --- right ways

RIGHT = {
    "langevin_log_density": [
        lambda v, y, s, alpha: -((v - y - alpha * s) ** 2).sum(axis=1) / (4 * alpha),
        lambda v, y, s, alpha: -np.square((v - (y + alpha * s)) / np.sqrt(2 * alpha)).sum(axis=1) / 2,
    ],
}  # fmt: skip

# --- refebm's own

PACKAGE = {
    "langevin_log_density": own.langevin_log_density,
}
RESTS_ON = {
    "langevin_log_density": ["langevin_log_density"],
}
