"""The ellipse's closest point, and the horn's radii  (C1, C7)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from ...models import ellipse_closest as own
from ...models import ellipse_samples as own_samples
from ...numerics.checks import Array
from ..digits import exp
from ..domains.slopes import HORN
from ..inputs import ONE
from ..row import Case, Function, Rngs
from .ellipse import circle, energy, g
from .ellipse_latents import SWAPPED, slope, slope_z
from .ellipse_least import least_cases, least_regimes
from .ellipse_least import nearest as nearest

# --- inputs


def horn_regimes(rngs: Rngs) -> Iterator[Case]:
    for why, n, low, high, a, b in (
        ("plain", 5, 0, 1, 1.25, 2.5),
        ("narrow", 3, 0, 1, 1e-4, 3e-4),
        ("wide", 4, 0, 1, 2e4, 7e3),
        ("equal ends", 2, 0, 1, 0.75, 0.75),
        ("conditions beyond the lecture's", 6, -5, 4, 1.5, 2.25),
        ("far conditions", 4, -18, 18, 0.5, 1.75),
        (ONE, 1, 0, 1, 2.0, 0.25),
    ):
        yield why, {"x": rngs(why).uniform(low, high, n), "a": a, "b": b}
    yield "both ends", {"x": [0, 1, 0.5], "a": 1.125, "b": 2.25}


def point_cases(rng: np.random.Generator) -> Iterator[Case]:
    """None of those of which two points are closest."""
    for why, case in least_cases(rng):
        yield why, {**case, "y": [[0.5, 0.25], [0, 0.75], [-8, 0], [0, -3]]} if why == "on the axes" else case


def point_regimes(rngs: Rngs) -> Iterator[Case]:
    """Of sizes whose squares, which multipliers are made of, any precision holds."""
    for why, case in least_regimes(rngs):
        unit = {"small": 16, "large": 1 / 1024}.get(why, 1)
        yield why, {"y": unit * np.asarray(case["y"]), "w": unit * np.asarray(case["w"])}


# --- truth, in many digits


def closest_point(y: Array, w: Array) -> Array:
    """Newton's method on the multiplier s, ``sum_i (w_i y_i / (w_i^2 + s))^2 = 1`` above minus the least w_i^2, from bisection."""
    import mpmath

    out, squares = np.empty(y.shape, object), w * w
    for n, row in enumerate(y):
        ends = -squares + abs(w * row)  # the one term alone is 1 there; both together are at 2 |w y|
        low, high = max(ends), max(-squares + 2 * abs(w * row))
        for _ in range(60):
            s = (low + high) / 2
            low, high = (s, high) if ((w * row / (squares + s)) ** 2).sum() > 1 else (low, s)
        s = low
        for _ in range(int(mpmath.log(mpmath.mp.dps, 2)) + 4):
            t = w * row / (squares + s)
            s = s + ((t * t).sum() - 1) / (2 * (t * t / (squares + s)).sum())
        out[n] = squares * row / (squares + s)
    return out


def closest_point_2(y: Array, w: Array) -> Array:
    """Bisection of the slope over y's own quadrant, where it has the one sign change."""
    import mpmath

    out = np.empty(y.shape, object)
    for n, row in enumerate(y):
        low, high = mpmath.mpf(0), mpmath.pi / 2
        for _ in range(int(3.4 * mpmath.mp.dps)):
            z = (low + high) / 2
            rising = slope_z(abs(row)[None], np.array([z]), abs(w))[0] > 0
            low, high = (low, z) if rising else (z, high)
        sign = [mpmath.sign(v) for v in row]
        out[n] = [sign[0] * w[0] * mpmath.cos(low), sign[1] * w[1] * mpmath.sin(low)]
    return out


def horn_radii(x: Array, a: Any, b: Any) -> Array:
    return np.stack([a * x + b * (1 - x), b * x + a * (1 - x)], axis=1) * exp(2 * x)[:, None]


def horn_radii_2(x: Array, a: Any, b: Any) -> Array:
    """Their mean, and half their difference."""
    e = exp(x) ** 2
    half = (1 - 2 * x) * (b - a) / 2 * e
    return np.stack([(a + b) / 2 * e + half, (a + b) / 2 * e - half], axis=1)


# --- what mistakes are made of


def foot(y: Array, w: Array) -> Array:
    """The closest point's cosine and sine, by bisection in y's own quadrant."""
    low, high = np.zeros(len(y)), np.full(len(y), np.pi / 2)
    for _ in range(60):
        z = (low + high) / 2
        rising = slope(np.abs(y), z, np.abs(w)) > 0
        low, high = np.where(rising, low, z), np.where(rising, z, high)
    return np.sign(y) * np.stack([np.cos(low), np.sin(low)], axis=1)


def at(y: Array, w: Array, grid: Array, sign: float = 1.0) -> Array:
    """The point of the grid of least energy, or of most."""
    return g(grid[(sign * energy(y, grid, w)).argmin(axis=1)], w)


def downhill(y: Array, w: Array) -> Array:
    """Where descent from z = 1 ends."""
    z = np.ones(len(y))
    for _ in range(20000):
        z = z - 0.1 / np.square(np.abs(w) + np.abs(y)).sum(axis=1) * slope(y, z, w)
    return g(z, w)


def horn(x: Array, a: float, b: float) -> Array:
    return np.stack([a * x + b * (1 - x), b * x + a * (1 - x)], axis=1) * np.exp(2 * x)[:, None]


# --- the rows

ROWS = {
    "ellipse_closest_point": Function(
        "C7", "g(argmin_z E) over the whole circle, w > 0",
        {"y": "(n, 2)", "w": "(2,)"}, "(n, 2)",
        cases=point_cases, regimes=point_regimes, truth=(closest_point, closest_point_2),
        adds=lambda a, S: S.max(),
        bugs=[
            ("grid", "The best of 48 latents.", "Refine the best of the grid (C7).", lambda y, w: at(y, w, circle(48))),
            ("local", "Where descent from z = 1 ends.", "Start in y's own quadrant, or from many (C7).", downhill),
            ("radial", "The point of the curve in the direction of y.", "The closest point is elsewhere unless the curve is a circle (C7).", lambda y, w: y / np.sqrt(np.square(y / w).sum(axis=1, keepdims=True))),
            ("angle-of-y", "The point whose latent is the angle of y.", "z is no polar angle unless the curve is a circle (C4, C7).", lambda y, w: g(np.arctan2(y[:, 1], y[:, 0]), w)),
            ("farthest", "The farthest point.", "argmin, not argmax (C7).", lambda y, w: at(y, w, circle(200_000), -1)),
            ("radii-swapped", *SWAPPED, lambda y, w: w[::-1] * foot(y, w[::-1])),
            ("swapped", "The coordinates are exchanged.", "[w_1 cos z, w_2 sin z] (C4).", lambda y, w: (w * foot(y, w))[:, ::-1]),
            ("direction", "[cos z, sin z] without the radii.", "[w_1 cos z, w_2 sin z] (C4).", foot),
            ("quadrant", "Always in the first quadrant.", "In y's own (C7).", lambda y, w: np.abs(w * foot(y, w))),
            ("mirror", "Through the origin on the other side.", "In y's own quadrant (C7).", lambda y, w: -w * foot(y, w)),
            ("residual", "y less the point.", "The point itself (C7).", lambda y, w: y - w * foot(y, w)),
            ("observation", "y itself.", "Its closest point of the curve (C7).", lambda y, w: y),
            ("normal", "The outward normal there, not the point.", "[w_1 cos z, w_2 sin z] (C4).", lambda y, w: foot(y, w) / w),
        ],
    ),
    "horn_radii": Function(
        "C1", "[a x + b (1 - x), b x + a (1 - x)] exp(2 x)",
        {"x": "(n,)", "a": "()", "b": "()"}, "(n, 2)",
        domain=HORN, drawn=(53, 89, 225, 281, 873, 1075), regimes=horn_regimes, truth=(horn_radii, horn_radii_2),
        adds=lambda a, S: S.max(axis=1, keepdims=True),
        bugs=[
            ("swapped", "a and b are exchanged.", "rho_1 is b at x = 0 (C1).", lambda x, a, b: np.stack([b * x + a * (1 - x), a * x + b * (1 - x)], 1) * np.exp(2 * x)[:, None]),
            ("no-growth", "exp(2 x) is missing.", "The horn widens (C1).", lambda x, a, b: np.stack([a * x + b * (1 - x), b * x + a * (1 - x)], 1)),
            ("exp-x", "exp(x) for exp(2 x).", "exp(2 x) (C1).", lambda x, a, b: np.stack([a * x + b * (1 - x), b * x + a * (1 - x)], 1) * np.exp(x)[:, None]),
            ("shrinks", "exp(-2 x).", "exp(2 x): the horn widens (C1).", lambda x, a, b: np.stack([a * x + b * (1 - x), b * x + a * (1 - x)], 1) * np.exp(-2 * x)[:, None]),
            ("square", "exp(x^2).", "exp(2 x) (C1).", lambda x, a, b: np.stack([a * x + b * (1 - x), b * x + a * (1 - x)], 1) * np.exp(x * x)[:, None]),
            ("one-radius", "The first radius for both.", "Two radii (C1).", lambda x, a, b: np.stack([a * x + b * (1 - x)] * 2, 1) * np.exp(2 * x)[:, None]),
            ("no-mixing", "a and b at every x.", "They change places along x (C1).", lambda x, a, b: np.stack([b + 0 * x, a + 0 * x], 1) * np.exp(2 * x)[:, None]),
            ("sum", "a x + b x: no 1 - x.", "b (1 - x) (C1).", lambda x, a, b: np.stack([(a + b) * x, (a + b) * x], 1) * np.exp(2 * x)[:, None]),
            ("growth-of-a-part", "exp(2 x) multiplies the second term alone.", "Both terms (C1).", lambda x, a, b: np.stack([a * x + b * (1 - x) * np.exp(2 * x), b * x + a * (1 - x) * np.exp(2 * x)], 1)),
            ("lecture", "a = 1.5 and b = 2, whatever is given.", "Use the arguments.", lambda x, a, b: np.stack([1.5 * x + 2 * (1 - x), 2 * x + 1.5 * (1 - x)], 1) * np.exp(2 * x)[:, None]),
            ("clipped", "x is cut to [0, 1].", "Any condition (C1).", lambda x, a, b: horn(np.clip(x, 0, 1), a, b)),
            ("squared", "The squares of the radii.", "The radii (C1).", lambda x, a, b: horn(x, a, b) ** 2),
            ("transposed", "The result is transposed.", "Conditions are rows, (n, 2).", lambda x, a, b: horn(x, a, b).T),
        ],
    ),
}  # fmt: skip

# --- as it is written

FORMULAS = {
    "ellipse_closest_point": "z = nearest(y, w); w * np.stack([np.cos(z), np.sin(z)], axis=1)",
    "horn_radii": "np.stack([a * x + b * (1 - x), b * x + a * (1 - x)], axis=1) * np.exp(2 * x)[:, None]",
}  # fmt: skip

# --- right ways


def by_quadrant(y: Array, w: Array) -> Any:
    """Golden section in y's own quadrant, then Newton's steps on the slope."""
    a, b = np.abs(y).T
    z = np.linspace(0, np.pi / 2, 721).astype(y.dtype)
    z = z[((a[:, None] - w[0] * np.cos(z)) ** 2 + (b[:, None] - w[1] * np.sin(z)) ** 2).argmin(axis=1)]
    for _ in range(30):
        c, s = np.cos(z), np.sin(z)
        down = w[0] * s * (a - w[0] * c) - w[1] * c * (b - w[1] * s)
        bend = w[0] * a * c + w[1] * b * s - (w[0] ** 2 - w[1] ** 2) * np.cos(2 * z)
        z = np.clip(z - np.clip(down / np.where(bend > 0, bend, np.inf), -0.01, 0.01), 0, y.dtype.type(np.pi / 2))
    return np.sign(y) * w * np.stack([np.cos(z), np.sin(z)], axis=1)


def by_multiplier(y: Array, w: Array) -> Any:
    """Bisection of the multiplier t above minus the least w^2, in units of it."""
    wy, low_w = np.abs(w * y), (w**2).min()
    low, high = (wy + low_w - w**2).max(axis=1), (2 * wy + low_w - w**2).max(axis=1)
    above = w**2 - low_w  # w^2 + t is this and t - (-least w^2)
    for _ in range(100):
        t = (low + high) / 2
        with np.errstate(all="ignore"):
            far = (np.where(wy > 0, wy / (above + t[:, None]), 0) ** 2).sum(axis=1) > 1
        low, high = np.where(far, t, low), np.where(far, high, t)
    return np.sign(y) * w * wy / (above + high[:, None])


RIGHT = {
    "ellipse_closest_point": [by_quadrant, by_multiplier],
    "horn_radii": [
        lambda x, a, b: np.stack([b + (a - b) * x, a + (b - a) * x], axis=1) * np.exp(2 * x)[:, None],
        lambda x, a, b: np.outer(x * np.exp(2 * x), np.stack([a, b])) + np.outer((1 - x) * np.exp(2 * x), np.stack([b, a])),
    ],
}  # fmt: skip

# --- refebm's own

PACKAGE = {
    "ellipse_closest_point": lambda y, w: np.asarray(own.infer(y, w).point),
    "horn_radii": own_samples.radii,
}
RESTS_ON = {
    "ellipse_closest_point": ["project"],
    "horn_radii": ["radii"],
}
NO_PART = {"ellipse_closest_point": ["infer"]}
