"""The ellipse's energy in the latent: its slope and its curvature  (C5)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from ...models import ellipse_energy as own
from ...numerics.checks import Array
from ..bugs import FLOAT32, single
from ..digits import derivative, each
from ..domains.spaces import PAIRS as OWN_LATENTS
from ..inputs import ONE, SMALL_SQUARE
from ..row import Case, Function, Rngs, Slope
from .ellipse import CLIPPED_ANGLE, FAR_ANGLES, angle, g, on_curve, reach

# --- inputs

PAIRS = {"y": "(n, 2)", "z": "(n,)", "w": "(2,)"}


def pair_regimes(rngs: Rngs) -> Iterator[Case]:
    """Each observation with a latent of its own."""
    for why, n, unit, w in (
        ("plain", 5, 1, [1.5, 2.25]),
        ("far away", 3, 40, [3.0, 0.7]),
        ("a radius below 0", 4, 1, [-1.25, 0.5]),
        (ONE, 1, 1, [1.75, 0.5]),
        (SMALL_SQUARE, 2, 1, [0.75, 1.5]),
        ("thin", 6, 2, [40.0, 0.125]),
    ):
        yield why, {"y": unit * rngs(why).normal(size=(n, 2)), "z": rngs(why + " z").uniform(-6, 7, n), "w": w}
    why = "angles below 0 and far, equal radii"
    yield why, {"y": rngs(why).normal(size=(7, 2)), "z": FAR_ANGLES, "w": [1.25, 1.25]}
    z, radii = np.array([0, 0.875, 2.5, 4.25]), np.array([2.0, 0.75])
    yield "on the curve", {"y": on_curve(z, radii), "z": z, "w": radii}
    why = "near the curve"
    yield why, {"y": on_curve(z, radii) + rngs(why).normal(size=(4, 2)) / 64, "z": z + 2.0**-7, "w": radii}


# --- truth, in many digits


def slope_z(y: Array, z: Array, w: Array) -> Array:
    c, s = each("cos")(z), each("sin")(z)
    return 2 * w[0] * s * (y[:, 0] - w[0] * c) - 2 * w[1] * c * (y[:, 1] - w[1] * s)


def energy_of(y: Array, z: Array, w: Array) -> Array:
    return (y[:, 0] - w[0] * each("cos")(z)) ** 2 + (y[:, 1] - w[1] * each("sin")(z)) ** 2


def slope_z_2(y: Array, z: Array, w: Array) -> Array:
    return derivative(lambda v: energy_of(y, v, w).sum(), z)


def curvature_z(y: Array, z: Array, w: Array) -> Array:
    c, s, C = each("cos")(z), each("sin")(z), (w[0] - w[1]) * (w[0] + w[1])
    return 2 * (w[0] * y[:, 0] * c + w[1] * y[:, 1] * s - C * (c * c - s * s))


def curvature_z_2(y: Array, z: Array, w: Array) -> Array:
    return derivative(lambda v: slope_z(y, v, w).sum(), z)


# --- what mistakes are made of


def slope(y: Array, z: Array, w: Array) -> Array:
    c, s = np.cos(z), np.sin(z)
    return 2 * w[0] * s * (y[:, 0] - w[0] * c) - 2 * w[1] * c * (y[:, 1] - w[1] * s)


def curvature(y: Array, z: Array, w: Array, pull: float = 1.0, bend: float = 1.0) -> Array:
    """Its part that holds y, and the curve's own."""
    bend = bend * (w[0] - w[1]) * (w[0] + w[1]) * np.cos(2 * z)
    return 2 * (pull * (w[0] * y[:, 0] * np.cos(z) + w[1] * y[:, 1] * np.sin(z)) - bend)


SWAPPED = ("The radii are exchanged.", "w_1 belongs to the cosine (C4).")
DEGREES = ("The latent is taken in degrees.", "Angles are in radians (C4).")
SIN_COS = ("Cosine and sine are exchanged.", "[w_1 cos z, w_2 sin z] (C4).")
HALF = ("The factor 2 is missing.", "|y - g|^2 has no 1/2 (C5).")

# --- the rows

ROWS = {
    "ellipse_slope_z": Function(
        "C5", "dE/dz of each observation with its own latent",
        PAIRS, "(n,)",
        domain=OWN_LATENTS, drawn=(105, 153, 199, 236, 1243, 1244, 1365), regimes=pair_regimes, truth=(slope_z, slope_z_2),
        adds=lambda a, S: 2 * np.abs(a["w"]).max() * reach(a),
        slope=Slope(("ellipse_energy",), "z", lambda f, *a: f(*a).trace()),
        bugs=[
            ("sign", "The sign is wrong.", "-2 (y - g) . dg/dz (C5).", lambda y, z, w: -slope(y, z, w)),
            ("no-two", *HALF, lambda y, z, w: slope(y, z, w) / 2),
            ("no-curve", "The curve's own part is missing.", "y - g, not y (C5).", lambda y, z, w: 2 * w[0] * np.sin(z) * y[:, 0] - 2 * w[1] * np.cos(z) * y[:, 1]),
            ("plus", "The sine's part has the wrong sign.", "dg/dz = [-w_1 sin z, w_2 cos z] (C4).", lambda y, z, w: 2 * w[0] * np.sin(z) * (y[:, 0] - w[0] * np.cos(z)) + 2 * w[1] * np.cos(z) * (y[:, 1] - w[1] * np.sin(z))),
            ("no-radii", "dg/dz without the radii.", "[-w_1 sin z, w_2 cos z] (C4).", lambda y, z, w: 2 * np.sin(z) * (y[:, 0] - w[0] * np.cos(z)) - 2 * np.cos(z) * (y[:, 1] - w[1] * np.sin(z))),
            ("no-turn", "g for dg/dz.", "[-w_1 sin z, w_2 cos z] (C4).", lambda y, z, w: -2 * ((y - g(z, w)) * g(z, w)).sum(axis=1)),
            ("first-coordinate", "Only the first coordinate counts.", "Sum over both (C5).", lambda y, z, w: 2 * w[0] * np.sin(z) * (y[:, 0] - w[0] * np.cos(z))),
            ("radii-swapped", *SWAPPED, lambda y, z, w: slope(y, z, w[::-1])),
            ("swapped", *SIN_COS, lambda y, z, w: -slope(y, np.pi / 2 - z, w)),
            ("degrees", *DEGREES, lambda y, z, w: slope(y, np.radians(z), w)),
            ("distance", "The slope of the distance, not of its square.", "E is the squared distance (C5).", lambda y, z, w: slope(y, z, w) / 2 / np.sqrt(np.square(y - g(z, w)).sum(axis=1))),
            ("clipped-angle", *CLIPPED_ANGLE, lambda y, z, w: slope(y, angle(z), w)),
            ("float32", *FLOAT32, single(slope)),
        ],
    ),
    "ellipse_curvature_z": Function(
        "C5", "d2E/dz2 of each observation with its own latent",
        PAIRS, "(n,)",
        domain=OWN_LATENTS, drawn=(33, 62, 77, 221, 569, 733, 799, 973), regimes=pair_regimes, truth=(curvature_z, curvature_z_2),
        adds=lambda a, S: 2 * np.abs(a["w"]).max() * reach(a),
        bugs=[
            ("sign", "The sign is wrong.", "2 [w_1 y_1 cos z + w_2 y_2 sin z - (w_1^2 - w_2^2) cos 2z] (C5).", lambda y, z, w: -curvature(y, z, w)),
            ("no-two", *HALF, lambda y, z, w: curvature(y, z, w) / 2),
            ("gauss-newton", "2 |dg/dz|^2: the residual's part is missing.", "- 2 (y - g) . d2g/dz2 (C5).", lambda y, z, w: 2 * (np.square(w[0] * np.sin(z)) + np.square(w[1] * np.cos(z)))),
            ("residual-sign", "The residual's part has the wrong sign.", "- 2 (y - g) . d2g/dz2 (C5).", lambda y, z, w: 4 * (np.square(w[0] * np.sin(z)) + np.square(w[1] * np.cos(z))) - curvature(y, z, w)),
            ("residual-only", "The residual's part alone.", "+ 2 |dg/dz|^2 (C5).", lambda y, z, w: curvature(y, z, w) - 2 * (np.square(w[0] * np.sin(z)) + np.square(w[1] * np.cos(z)))),
            ("no-curve", "The curve's own part is missing.", "- (w_1^2 - w_2^2) cos 2z (C5).", lambda y, z, w: curvature(y, z, w, bend=0)),
            ("curve-sign", "The curve's own part is added.", "- (w_1^2 - w_2^2) cos 2z (C5).", lambda y, z, w: curvature(y, z, w, bend=-1)),
            ("no-y", "The part that holds y is missing.", "w_1 y_1 cos z + w_2 y_2 sin z (C5).", lambda y, z, w: curvature(y, z, w, 0)),
            ("single-angle", "cos z for cos 2z.", "cos^2 - sin^2 = cos 2z (C5).", lambda y, z, w: curvature(y, z, w, bend=0) - 2 * (w[0] ** 2 - w[1] ** 2) * np.cos(z)),
            ("half-curve", "The curve's own part is halved.", "(w_1^2 - w_2^2) cos 2z (C5).", lambda y, z, w: curvature(y, z, w, bend=0.5)),
            ("slope", "The slope.", "Once more differentiated (C5).", slope),
            ("radii-swapped", *SWAPPED, lambda y, z, w: curvature(y, z, w[::-1])),
            ("swapped", *SIN_COS, lambda y, z, w: curvature(y, np.pi / 2 - z, w)),
            ("degrees", *DEGREES, lambda y, z, w: curvature(y, np.radians(z), w)),
            ("clipped-angle", *CLIPPED_ANGLE, lambda y, z, w: curvature(y, angle(z), w)),
        ],
    ),
}  # fmt: skip

# --- as it is written

FORMULAS = {
    "ellipse_slope_z": "g = w * np.stack([np.cos(z), np.sin(z)], axis=1); t = w * np.stack([-np.sin(z), np.cos(z)], axis=1); -2 * ((y - g) * t).sum(axis=1)",
    "ellipse_curvature_z": "g = w * np.stack([np.cos(z), np.sin(z)], axis=1); t = w * np.stack([-np.sin(z), np.cos(z)], axis=1); 2 * (t**2).sum(axis=1) + 2 * ((y - g) * g).sum(axis=1)",
}  # fmt: skip

# --- right ways


def by_points(y: Array, z: Array, w: Array) -> Any:
    """-2 (y - g) . dg/dz."""
    point, turn = np.stack([np.cos(z), np.sin(z)], axis=1) * w, np.stack([-np.sin(z), np.cos(z)], axis=1) * w
    return -2 * ((y - point) * turn).sum(axis=1)


def by_double_angle(y: Array, z: Array, w: Array) -> Any:
    C = (w[0] - w[1]) * (w[0] + w[1])
    return 2 * (w[0] * y[:, 0] * np.sin(z) - w[1] * y[:, 1] * np.cos(z)) - C * np.sin(2 * z)


def by_parts(y: Array, z: Array, w: Array) -> Any:
    """2 |dg/dz|^2 - 2 (y - g) . d2g/dz2, where d2g/dz2 = -g."""
    point, turn = np.stack([np.cos(z), np.sin(z)], axis=1) * w, np.stack([-np.sin(z), np.cos(z)], axis=1) * w
    return 2 * (turn**2).sum(axis=1) + 2 * ((y - point) * point).sum(axis=1)


RIGHT = {
    "ellipse_slope_z": [by_points, by_double_angle],
    "ellipse_curvature_z": [
        by_parts,
        lambda y, z, w: 2 * (y * w * np.stack([np.cos(z), np.sin(z)], 1)).sum(axis=1) - 2 * (w[0] ** 2 - w[1] ** 2) * np.cos(2 * z),
    ],
}  # fmt: skip

# --- refebm's own

PACKAGE = {
    "ellipse_slope_z": own.ellipse_slope,
    "ellipse_curvature_z": own.ellipse_curvature,
}
RESTS_ON = {
    "ellipse_slope_z": ["ellipse_slope"],
    "ellipse_curvature_z": ["ellipse_curvature"],
}
