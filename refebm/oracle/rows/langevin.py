"""Langevin's step  (W12)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from ...numerics.checks import Array
from ...sampling import langevin as own
from ..digits import each, exp, log
from ..domains.models import LANGEVIN
from ..inputs import ONE, SMALL_SQUARE, SQUARE
from ..row import Case, Function, Rngs

# --- inputs


def step_cases(rng: np.random.Generator) -> Iterator[Case]:
    for why, shape, alpha in (("plain", (3, 2), 0.3), ("small step", (4, 3), 1e-4), ("large step", (2, 5), 7.0)):
        yield (
            why,
            {
                "y": rng.normal(size=shape),
                "s": 3 * rng.normal(size=shape),
                "alpha": alpha,
                "xi": rng.normal(size=shape),
            },
        )


def step_regimes(rngs: Rngs) -> Iterator[Case]:
    shapes = ((ONE, (1, 1), 0.2, 1.0), (SQUARE, (3, 3), 0.6, 1.0), (SMALL_SQUARE, (2, 2), 1.5, 1.0))
    more = (("large noise", (3, 2), 0.4, 1e3), ("tiny step, large noise", (2, 4), 1e-10, 1e5))
    for why, shape, alpha, size in (*shapes, *more, ("huge step", (4, 2), 1e4, 10.0)):
        rng = rngs(why)
        yield (
            why,
            {
                "y": rng.normal(size=shape),
                "s": 20 * rng.normal(size=shape),
                "alpha": alpha,
                "xi": size * rng.normal(size=shape),
            },
        )


# --- truth, in many digits


def langevin_step(y: Array, s: Array, alpha: Any, xi: Array) -> Array:
    return y + alpha * s + each("sqrt")(2 * alpha)[()] * xi


def langevin_step_2(y: Array, s: Array, alpha: Any, xi: Array) -> Array:
    root = exp(log(2 * alpha) / 2)[()]
    return y + root * (root * s / 2 + xi)


# --- the rows

ROWS = {
    "langevin_step": Function(
        "W12", "y + alpha s + sqrt(2 alpha) xi, s the score",
        {"y": "(n, d)", "s": "(n, d)", "alpha": "()", "xi": "(n, d)"}, "(n, d)",
        seed=15, cases=step_cases, domain=LANGEVIN, drawn=(38, 44, 56, 74, 116, 134, 137, 182, 344, 662, 1480), regimes=step_regimes, truth=(langevin_step, langevin_step_2),
        bugs=[
            ("no-root-two", "sqrt(alpha) for sqrt(2 alpha).", "sqrt(2 alpha) (W12).", lambda y, s, a, x: y + a * s + np.sqrt(a) * x),
            ("no-root", "alpha for sqrt(2 alpha).", "sqrt(2 alpha) (W12).", lambda y, s, a, x: y + a * s + a * x),
            ("two-alpha", "2 alpha for sqrt(2 alpha).", "sqrt(2 alpha) (W12).", lambda y, s, a, x: y + a * s + 2 * a * x),
            ("sign", "Down the score: away from the modes.", "+ alpha s (W12).", lambda y, s, a, x: y - a * s + np.sqrt(2 * a) * x),
            ("no-score", "The score is missing: a random walk.", "+ alpha s (W12).", lambda y, s, a, x: y + np.sqrt(2 * a) * x),
            ("no-noise", "The noise is missing: gradient ascent.", "+ sqrt(2 alpha) xi (W12).", lambda y, s, a, x: y + a * s),
            ("half-step", "alpha/2 on the score, sqrt(2 alpha) on the noise: another temperature.", "alpha and sqrt(2 alpha), or alpha/2 and sqrt(alpha) (W12).", lambda y, s, a, x: y + a / 2 * s + np.sqrt(2 * a) * x),
            ("other-scaling", "alpha/2 and sqrt(alpha): a step of half the size.", "alpha and sqrt(2 alpha) (W12).", lambda y, s, a, x: y + a / 2 * s + np.sqrt(a) * x),
            ("no-start", "The present point is missing.", "y + ... (W12).", lambda y, s, a, x: a * s + np.sqrt(2 * a) * x),
            ("noise-subtracted", "The noise is subtracted.", "The same law, another number (W12).", lambda y, s, a, x: y + a * s - np.sqrt(2 * a) * x),
            ("unit-step", "The score is not scaled by alpha.", "alpha s (W12).", lambda y, s, a, x: y + s + np.sqrt(2 * a) * x),
            ("clipped-noise", "The noise is cut at 3.", "xi is normal (W12).", lambda y, s, a, x: y + a * s + np.sqrt(2 * a) * np.clip(x, -3, 3)),
            ("clipped-score", "The score is cut at 10.", "alpha s (W12).", lambda y, s, a, x: y + a * np.clip(s, -10, 10) + np.sqrt(2 * a) * x),
        ],
    ),
}  # fmt: skip

# --- as it is written

FORMULAS = {
    "langevin_step": "y + alpha * s + np.sqrt(2 * alpha) * xi",
}  # fmt: skip

# --- right ways

RIGHT = {
    "langevin_step": [
        lambda y, s, alpha, xi: y + alpha * s + np.sqrt(2 * alpha) * xi,
        lambda y, s, alpha, xi: y + np.sqrt(2 * alpha) * (np.sqrt(alpha / 2) * s + xi),
    ],
}  # fmt: skip

# --- refebm's own

PACKAGE = {
    "langevin_step": lambda y, s, alpha, xi: own.langevin(y, s, alpha, xi),
}
RESTS_ON = {
    "langevin_step": ["langevin"],
}
