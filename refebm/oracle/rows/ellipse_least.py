"""The ellipse's least energy  (C8)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from ...models import ellipse_closest as own
from ...numerics.checks import Array
from ..domains.models import LEAST
from ..inputs import ONE, SMALL_SQUARE
from ..row import Case, Function, Rngs
from .ellipse import circle, energies, energy, g, on_curve, reach

# --- inputs


def least_cases(rng: np.random.Generator) -> Iterator[Case]:
    yield "plain", {"y": rng.normal(size=(4, 2)), "w": [1.5, 2.25]}
    yield (
        "two minima: the nearer is not downhill from every start",
        {"y": [[0.3, -0.2], [-0.4, 0.1], [0.1, 0.3]], "w": [3.0, 1.0]},
    )
    yield "on the axes", {"y": [[0.5, 0], [0, 0.75], [-4, 0], [0, -3], [2.9, 0]], "w": [3.0, 1.25]}
    yield "outside", {"y": 30 * rng.normal(size=(3, 2)), "w": [0.7, 2.0]}


def least_regimes(rngs: Rngs) -> Iterator[Case]:
    yield ONE, {"y": rngs(ONE).normal(size=(1, 2)), "w": [1.75, 0.5]}
    yield SMALL_SQUARE, {"y": rngs(SMALL_SQUARE).normal(size=(2, 2)), "w": [0.75, 1.5]}
    yield "equal radii", {"y": 2 * rngs("equal radii").normal(size=(5, 2)), "w": [1.25, 1.25]}
    w = np.array([2.0, 0.75])
    yield "on the curve", {"y": on_curve(np.array([0.5, 0.875, 2.5, 4.25]), w), "w": w}
    yield "thin", {"y": [[3.5, 0.25], [-1, -0.125], [0.25, 2], [-6, 1]], "w": [4.0, 0.125]}
    yield "small", {"y": 1e-3 * rngs("small").normal(size=(3, 2)), "w": [2e-3, 1e-3]}
    yield "large", {"y": 1e4 * rngs("large").normal(size=(3, 2)), "w": [1e4, 3e4]}


# --- truth, in many digits


def ellipse_least_energy(y: Array, w: Array) -> Array:
    """Stationary points, ``w_1 a sin z - w_2 b cos z = (w_1^2 - w_2^2) sin z cos z``, as the roots of a quartic in tan(z/2)."""
    import mpmath

    out = np.empty(len(y), object)
    for n, (a, b) in enumerate(y):
        A, B, C = w[0] * a, w[1] * b, w[0] ** 2 - w[1] ** 2
        quartic = [-B, 2 * (A - C), 0, 2 * (A + C), B]  # ascending powers
        while quartic[-1] == 0:
            quartic.pop()
        roots = mpmath.polyroots(quartic, maxsteps=2000, extraprec=2000, asc=True)
        real = [mpmath.re(t) for t in roots if abs(mpmath.im(t)) < mpmath.mpf(10) ** -30]
        angles = [2 * mpmath.atan(t) for t in real] + [mpmath.mpf(0), mpmath.pi]
        out[n] = min((w[0] * mpmath.cos(z) - a) ** 2 + (w[1] * mpmath.sin(z) - b) ** 2 for z in angles)
    return out


def ellipse_least_energy_2(y: Array, w: Array) -> Array:
    """Bisection of the slope over y's own quadrant, where it has the one sign change."""
    import mpmath

    out = np.empty(len(y), object)
    for n, (a, b) in enumerate(abs(y)):
        low, high = mpmath.mpf(0), mpmath.pi / 2
        for _ in range(int(3.4 * mpmath.mp.dps)):
            z = (low + high) / 2
            c, s = mpmath.cos(z), mpmath.sin(z)
            rising = w[0] * s * (a - w[0] * c) - w[1] * c * (b - w[1] * s) > 0
            low, high = (low, z) if rising else (z, high)
        out[n] = (w[0] * mpmath.cos(low) - a) ** 2 + (w[1] * mpmath.sin(low) - b) ** 2
    return out


# --- what mistakes are made of


def descend(y: Array, w: Array, start: Array) -> Array:
    """Newton's method with a fallback to small steps from one start: the local minimum there."""
    z = start.copy()
    for _ in range(20000):
        slope = 2 * (w[0] * np.sin(z) * (y[:, 0] - w[0] * np.cos(z)) - w[1] * np.cos(z) * (y[:, 1] - w[1] * np.sin(z)))
        z = z - 0.1 / np.square(np.abs(w) + np.abs(y)).sum(axis=1) * slope
    return np.square(y - np.stack([w[0] * np.cos(z), w[1] * np.sin(z)], 1)).sum(axis=1)


# --- the rows

ROWS = {
    "ellipse_least_energy": Function(
        "C8", "min_z E over the whole circle, w > 0",
        {"y": "(n, 2)", "w": "(2,)"}, "(n,)",
        seed=4, cases=least_cases, domain=LEAST, drawn=(278, 391, 411, 551), regimes=least_regimes, truth=(ellipse_least_energy, ellipse_least_energy_2),
        adds=lambda a, S: np.square(reach(a)),
        bugs=[
            ("grid", "The least energy of 48 latents.", "Refine the best of the grid (C7).", lambda y, w: energy(y, circle(48), w).min(axis=1)),
            ("local", "A local minimum: descent from z = 1.", "Start in y's own quadrant, or from many (C7).", lambda y, w: descend(y, w, np.ones(len(y)))),
            ("radial", "The point of the curve at the angle of y.", "The closest point is elsewhere unless the curve is a circle (C7).", lambda y, w: np.square(y - g(np.arctan2(y[:, 1], y[:, 0]), w)).sum(axis=1)),
            ("scaled-angle", "The point at the angle of y / w.", "That is the foot of another line (C7).", lambda y, w: np.square(y - g(np.arctan2(y[:, 1] / w[1], y[:, 0] / w[0]), w)).sum(axis=1)),
            ("distance", "The distance, not its square.", "E is the squared distance (C5).", lambda y, w: np.sqrt(energy(y, circle(200_000), w).min(axis=1))),
            ("largest", "The largest energy.", "argmin, not argmax (C7).", lambda y, w: energy(y, circle(200_000), w).max(axis=1)),
            ("radii-swapped", "The radii are exchanged.", "w_1 belongs to the cosine (C4).", lambda y, w: energy(y, circle(200_000), w[::-1]).min(axis=1)),
            ("angle", "The latent itself, not its energy.", "min, not argmin (C7, C8).", lambda y, w: circle(200_000)[energy(y, circle(200_000), w).argmin(axis=1)]),
            ("index", "The index of the best of 48 latents.", "min, not argmin (C7, C8).", lambda y, w: energy(y, circle(48), w).argmin(axis=1)),
        ],
    ),
}  # fmt: skip

# --- as it is written

FORMULAS = {
    "ellipse_least_energy": "z = nearest(y, w); ((y - w * np.stack([np.cos(z), np.sin(z)], axis=1)) ** 2).sum(axis=1)",
}  # fmt: skip

# --- right ways


def nearest(y: Array, w: Array) -> Any:
    """The angle of the nearest point: bisection of the slope over y's own quadrant."""
    a, b = np.abs(y).T
    low, high = np.zeros_like(a), np.full_like(a, np.pi / 2)
    for _ in range(80):
        z = (low + high) / 2
        rising = w[0] * np.sin(z) * (a - w[0] * np.cos(z)) > w[1] * np.cos(z) * (b - w[1] * np.sin(z))
        low, high = np.where(rising, low, z), np.where(rising, z, high)
    return np.arctan2(np.copysign(np.sin(low), y[:, 1]), np.copysign(np.cos(low), y[:, 0]))


def golden(y: Array, w: Array) -> Any:
    z = nearest(y, w)
    return (y[:, 0] - w[0] * np.cos(z)) ** 2 + (y[:, 1] - w[1] * np.sin(z)) ** 2


def newton_on_a_grid(y: Array, w: Array) -> Any:
    """Newton's method on E from the best of 720 latents, where E is convex."""
    z = np.linspace(0, 2 * np.pi, 720, endpoint=False).astype(y.dtype)
    z = z[energies(y, z, w).argmin(axis=1)]
    for _ in range(30):
        c, s = np.cos(z), np.sin(z)
        slope = w[0] * s * (y[:, 0] - w[0] * c) - w[1] * c * (y[:, 1] - w[1] * s)
        curvature = w[0] * (c * y[:, 0] - w[0] * np.cos(2 * z)) + w[1] * (s * y[:, 1] + w[1] * np.cos(2 * z))
        z = z - np.clip(slope / np.where(curvature > 0, curvature, np.inf), -0.01, 0.01)
    return (y[:, 0] - w[0] * np.cos(z)) ** 2 + (y[:, 1] - w[1] * np.sin(z)) ** 2


RIGHT = {
    "ellipse_least_energy": [golden, newton_on_a_grid],
}  # fmt: skip

# --- refebm's own

PACKAGE = {
    "ellipse_least_energy": lambda y, w: np.asarray(own.infer(y, w).fun),
}
RESTS_ON = {
    "ellipse_least_energy": ["infer"],
}
