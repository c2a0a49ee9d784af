"""The ellipse: its decoder and energy  (C4, C5)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from ...models import ellipse_energy as own
from ...numerics.checks import Array
from ..digits import each
from ..domains.models import DECODER, ENERGY_PLANE
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


# --- the rows

ROWS = {
    "ellipse_decoder": Function(
        "C4", "[w_1 cos z, w_2 sin z]",
        {"z": "(k,)", "w": "(2,)"}, "(k, 2)", rows="k",
        seed=1, cases=decoder_cases, domain=DECODER, drawn=(206, 246, 409, 583, 776, 1426), regimes=decoder_regimes, truth=(ellipse_decoder, ellipse_decoder_2),
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
        seed=2, cases=planes, domain=ENERGY_PLANE, drawn=(356, 588, 697, 829, 883, 1331, 1370), regimes=plane_regimes, truth=(ellipse_energy, ellipse_energy_2),
        adds=lambda a, S: np.square(reach(a))[:, None],
        keeps="np.square(y[:, None] - w * np.stack([np.cos(z), np.sin(z)], 1)).sum(axis=-1)",
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
}  # fmt: skip

# --- as it is written

FORMULAS = {
    "ellipse_decoder": "w * np.stack([np.cos(z), np.sin(z)], axis=1)",
    "ellipse_energy": "g = w * np.stack([np.cos(z), np.sin(z)], axis=1); ((y[:, None] - g) ** 2).sum(axis=2)",
}  # fmt: skip

# --- right ways


def energies(y: Array, z: Array, w: Array) -> Any:
    return (y[:, :1] - w[0] * np.cos(z)) ** 2 + (y[:, 1:] - w[1] * np.sin(z)) ** 2


def unit_circle(z: Array) -> Any:
    return np.stack([np.cos(z), np.sin(z)], axis=1)


RIGHT = {
    "ellipse_decoder": [lambda z, w: unit_circle(z) * w, lambda z, w: np.array([[w[0] * np.cos(t), w[1] * np.sin(t)] for t in z], z.dtype)],
    "ellipse_energy": [
        energies,
        lambda y, z, w: np.square(y[:, None] - unit_circle(z) * w).sum(axis=-1),
        lambda y, z, w: np.square(y).sum(axis=1)[:, None] - 2 * y @ (unit_circle(z) * w).T + np.square(unit_circle(z) * w).sum(axis=1),
    ],
}  # fmt: skip

# --- refebm's own

PACKAGE = {
    "ellipse_decoder": own.ellipse_decoder,
    "ellipse_energy": lambda y, z, w: own.ellipse(y, z, w),
}
RESTS_ON = {
    "ellipse_decoder": ["ellipse_decoder"],
    "ellipse_energy": ["__call__"],
}
