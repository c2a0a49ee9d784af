"""The ellipse: its decoder, energy and least energy  (C4, C5, C8)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from ...numerics.checks import Array
from ..digits import each
from ..inputs import ONE, SMALL_SQUARE
from ..row import Case, Function, Rngs

PLANE = {"y": "(n, 2)", "z": "(k,)", "w": "(2,)"}
CLIPPED_ANGLE = ("Angles are cut to [0, 2 pi].", "The latent is any angle (C4).")
FAR_ANGLES = [-0.5, -3.25, -40.75, 1234.5, 98765.25, -7000.125, 7.5]


# --- inputs


def planes(rng: np.random.Generator) -> Iterator[Case]:
    angles = rng.uniform(0, 2 * np.pi, 6)
    yield "plain", {"y": rng.normal(size=(3, 2)), "z": angles, "w": [1.5, 2.25]}
    yield "far away", {"y": 40 * rng.normal(size=(2, 2)), "z": angles[:5], "w": [3.0, 0.7]}
    yield (
        "near the curve",
        {"y": [[1.9, 0.1], [0.2, -1.4], [-1.2, 1.1], [1.0, -1.3]], "z": np.arange(7) * 0.875, "w": [2.0, 1.5]},
    )
    yield "a radius below 0", {"y": rng.normal(size=(2, 2)), "z": angles[1:6], "w": [-1.25, 0.5]}


def decoder_cases(rng: np.random.Generator) -> Iterator[Case]:
    for why, case in planes(rng):
        yield why, {"z": case["z"], "w": case["w"]}


def least_cases(rng: np.random.Generator) -> Iterator[Case]:
    yield "plain", {"y": rng.normal(size=(4, 2)), "w": [1.5, 2.25]}
    yield (
        "two minima: the nearer is not downhill from every start",
        {"y": [[0.3, -0.2], [-0.4, 0.1], [0.1, 0.3]], "w": [3.0, 1.0]},
    )
    yield "on the axes", {"y": [[0.5, 0], [0, 0.75], [-4, 0], [0, -3], [2.9, 0]], "w": [3.0, 1.25]}
    yield "outside", {"y": 30 * rng.normal(size=(3, 2)), "w": [0.7, 2.0]}


def on_curve(z: Array, w: Array) -> Array:
    return w * np.stack([np.cos(z), np.sin(z)], axis=1)


def plane_regimes(rngs: Rngs) -> Iterator[Case]:
    yield ONE, {"y": rngs(ONE).normal(size=(1, 2)), "z": [1.25], "w": [1.75, 0.5]}
    yield SMALL_SQUARE, {"y": rngs(SMALL_SQUARE).normal(size=(2, 2)), "z": [5.75, 1.0], "w": [0.75, 1.5]}
    why = "angles below 0 and far, equal radii"
    yield why, {"y": rngs(why).normal(size=(3, 2)), "z": FAR_ANGLES, "w": [1.25, 1.25]}
    z, w = np.array([0, 0.875, 2.5, 4.25]), np.array([2.0, 0.75])
    yield "on the curve, all sizes the same", {"y": on_curve(z, w), "z": z, "w": w}
    why = "angles below 0"
    yield why, {"y": rngs(why).normal(size=(2, 2)), "z": [-5.5, -2.75, -0.75, -1.5, -4.0], "w": [0.5, 1.5]}


def decoder_regimes(rngs: Rngs) -> Iterator[Case]:
    for why, case in plane_regimes(rngs):
        yield why, {"z": case["z"], "w": case["w"]}


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


def ellipse_decoder(z: Array, w: Array) -> Array:
    return np.stack([w[0] * each("cos")(z), w[1] * each("sin")(z)], axis=1)


def ellipse_decoder_2(z: Array, w: Array) -> Array:
    """By the half angle's tangent."""
    t = each("tan")(z / 2)
    return np.stack([w[0] * (1 - t * t) / (1 + t * t), w[1] * 2 * t / (1 + t * t)], axis=1)


def ellipse_energy(y: Array, z: Array, w: Array) -> Array:
    g = ellipse_decoder(z, w)
    return (y[:, None, 0] - g[:, 0]) ** 2 + (y[:, None, 1] - g[:, 1]) ** 2


def ellipse_energy_2(y: Array, z: Array, w: Array) -> Array:
    """Multiplied out."""
    g = ellipse_decoder_2(z, w)
    return (y * y).sum(axis=1)[:, None] - 2 * (y[:, None, :] * g).sum(axis=2) + (g * g).sum(axis=1)


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


# --- the size of its terms


def reach(a: dict[str, Any]) -> Array:
    """Of each observation: how far it and the curve are from the origin, together."""
    return np.sqrt(np.square(a["y"]).sum(axis=1)) + np.abs(a["w"]).max()


# --- what mistakes are made of


def g(z: Array, w: Array) -> Array:
    return np.stack([w[0] * np.cos(z), w[1] * np.sin(z)], axis=1)


def energy(y: Array, z: Array, w: Array) -> Array:
    return np.square(y[:, None] - g(z, w)).sum(axis=2)


def circle(n: int) -> Array:
    return np.arange(n) * 2 * np.pi / n


def angle(z: Array) -> Array:
    return np.clip(z, 0, 2 * np.pi)


def descend(y: Array, w: Array, start: Array) -> Array:
    """Newton's method with a fallback to small steps from one start: the local minimum there."""
    z = start.copy()
    for _ in range(20000):
        slope = 2 * (w[0] * np.sin(z) * (y[:, 0] - w[0] * np.cos(z)) - w[1] * np.cos(z) * (y[:, 1] - w[1] * np.sin(z)))
        z = z - 0.1 / np.square(np.abs(w) + np.abs(y)).sum(axis=1) * slope
    return np.square(y - np.stack([w[0] * np.cos(z), w[1] * np.sin(z)], 1)).sum(axis=1)


# --- the rows

ROWS = {
    "ellipse_decoder": Function(
        "C4", "[w_1 cos z, w_2 sin z]",
        {"z": "(k,)", "w": "(2,)"}, "(k, 2)",
        seed=1, cases=decoder_cases, regimes=decoder_regimes, truth=(ellipse_decoder, ellipse_decoder_2),
        adds=lambda a, S: np.abs(a["w"]),
        bugs=[
            ("swapped", "Cosine and sine are exchanged.", "[w_1 cos z, w_2 sin z] (C4).", lambda z, w: np.stack([w[0] * np.sin(z), w[1] * np.cos(z)], 1)),
            ("degrees", "The latent is taken in degrees.", "Angles are in radians (C4).", lambda z, w: g(np.radians(z), w)),
            ("radii-swapped", "The radii are exchanged.", "w_1 belongs to the cosine (C4).", lambda z, w: g(z, w[::-1])),
            ("circle", "One radius for both coordinates.", "Two radii (C4).", lambda z, w: g(z, w[[0, 0]])),
            ("clockwise", "The sine has the wrong sign.", "[w_1 cos z, w_2 sin z] (C4).", lambda z, w: g(-z, w)),
            ("transposed", "The result is transposed.", "Points are rows, (k, 2).", lambda z, w: g(z, w).T),
            ("turns", "The latent is taken in turns.", "Angles are in radians (C4).", lambda z, w: g(2 * np.pi * z, w)),
            ("clipped-angle", *CLIPPED_ANGLE, lambda z, w: g(angle(z), w)),
        ],
    ),
    "ellipse_energy": Function(
        "C5", "|y - g(z)|^2",
        PLANE, "(n, k)",
        seed=2, cases=planes, regimes=plane_regimes, truth=(ellipse_energy, ellipse_energy_2),
        adds=lambda a, S: np.square(reach(a))[:, None],
        bugs=[
            ("distance", "The distance, not its square.", "E is the squared distance (C5).", lambda y, z, w: np.sqrt(energy(y, z, w))),
            ("half", "Half the squared distance, or the mean over the coordinates.", "The sum over the coordinates, with no factor (C5).", lambda y, z, w: energy(y, z, w) / 2),
            ("l1", "Absolute differences.", "Squares (C5).", lambda y, z, w: np.abs(y[:, None] - g(z, w)).sum(axis=2)),
            ("sign", "Minus the squared distance.", "Low energy where the point is near (C5).", lambda y, z, w: -energy(y, z, w)),
            ("first-coordinate", "Only the first coordinate counts.", "Sum over both (C5).", lambda y, z, w: np.square(y[:, :1] - g(z, w)[:, 0])),
            ("plus", "Sum in place of difference.", "y - g(z) (C5).", lambda y, z, w: energy(-y, z, w)),
            ("swapped", "Cosine and sine are exchanged.", "[w_1 cos z, w_2 sin z] (C4).", lambda y, z, w: energy(y, np.pi / 2 - z, w)),
            ("transposed", "The result is transposed.", "Observations are rows, (n, k).", lambda y, z, w: energy(y, z, w).T),
            ("radii-swapped", "The radii are exchanged.", "w_1 belongs to the cosine (C4).", lambda y, z, w: energy(y, z, w[::-1])),
            ("clipped-angle", *CLIPPED_ANGLE, lambda y, z, w: energy(y, angle(z), w)),
        ],
    ),
    "ellipse_least_energy": Function(
        "C8", "min_z E over the whole circle, w > 0",
        {"y": "(n, 2)", "w": "(2,)"}, "(n,)",
        seed=4, cases=least_cases, regimes=least_regimes, truth=(ellipse_least_energy, ellipse_least_energy_2),
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
