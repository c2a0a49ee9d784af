"""The ellipse's free energy and slope where each observation has latents of its own, from beta = 0 to inf  (C8, C13, C16)."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

import numpy as np

from ...energies import free_energies as own
from ...models.ellipse_energy import ellipse
from ...numerics.checks import Array
from ..bugs import F_of, weights
from ..digits import derivative
from ..domains import limits as at_limits
from ..inputs import ONE, betas
from ..row import Case, Function, Rngs, of_logarithm
from .ellipse import FAR_ANGLES, ellipse_decoder, ellipse_energy, ellipse_energy_2, on_curve, reach
from .limits import (
    COLD,
    INF,
    UNLIMITED,
    F_at,
    row_by_row,
    softargmin_limits,
    softmin_limits,
    softmin_limits_2,
    weights_at,
)

OWN = {"y": "(n, 2)", "z": "(n, k)", "w": "(2,)", "beta": "()"}


# --- inputs


def rows_cases(first: int, rngs: Rngs) -> Iterator[Case]:
    def draw(why: str, n: int, k: int) -> dict[str, Array]:
        return {"y": rngs(why).normal(size=(n, 2)), "z": rngs(why + " z").uniform(-1, 7, (n, k))}

    for why, n, k, w, betas_of in (
        ("plain", 3, 5, [1.5, 2.25], (1.75, 0, INF)),
        ("a radius below 0", 3, 5, [-1.25, 0.5], (4.5, INF)),
        ("all sizes the same, and 2", 2, 2, [0.75, 1.5], (0.75, 0, INF)),
        (ONE, 1, 1, [1.75, 0.5], (2.25, 0, INF)),
        ("as many latents as observations", 4, 4, [1.0, 0.375], (2.5, INF)),
    ):
        for beta in betas_of:
            name = f"{why}, beta {beta:g}"
            yield name, {**draw(name, n, k), "w": w, "beta": beta}
    at, axes = np.array([0, 0.875, 2.5, 4.25]), np.array([2.0, 0.75])
    rolled = np.stack([np.roll(at, i) for i in range(4)])
    yield "on the curve", {"y": on_curve(at, axes), "z": rolled, "w": axes, "beta": 30.0}
    why, far = "angles below 0 and far, equal radii", np.resize(FAR_ANGLES, (3, 5))
    yield why, {"y": draw(why, 3, 5)["y"], "z": far, "w": [1.25, 1.25], "beta": 3.25}
    case = draw("far away", 3, 5)
    yield "far away", {"y": 40 * case["y"], "z": case["z"], "w": [3.0, 0.75], "beta": 60.0}
    for why, beta, rng in betas(first, rngs):
        y, w = rng.normal(size=(2, 2)) / np.sqrt(beta), rng.uniform(0.5, 1.5, 2) / np.sqrt(beta)
        yield why, {"y": y, "z": rng.uniform(0, 6, (2, 3)), "w": w, "beta": beta}


# --- truth, in many digits


def energies_each(y: Array, z: Array, w: Array) -> Array:
    return np.stack([ellipse_energy(a[None], t, w)[0] for a, t in zip(y, z, strict=True)])


def ellipse_free_energy_rows(y: Array, z: Array, w: Array, beta: Any) -> Array:
    return softmin_limits(energies_each(y, z, w), beta)


def ellipse_free_energy_rows_2(y: Array, z: Array, w: Array, beta: Any) -> Array:
    E = np.stack([ellipse_energy_2(a[None], t, w)[0] for a, t in zip(y, z, strict=True)])
    return softmin_limits_2(E, beta)


def ellipse_slope_y_rows(y: Array, z: Array, w: Array, beta: Any) -> Array:
    p = softargmin_limits(energies_each(y, z, w), beta)
    points = np.stack([ellipse_decoder(t, w) for t in z])
    return 2 * (p[:, :, None] * (y[:, None, :] - points)).sum(axis=1)


def ellipse_slope_y_rows_2(y: Array, z: Array, w: Array, beta: Any) -> Array:
    return derivative(lambda v: ellipse_free_energy_rows_2(v, z, w, beta).sum(), y)


# --- what mistakes are made of


def points_of(z: Array, w: Array) -> Array:
    """The decoded points (n, k, 2)."""
    return w * np.stack([np.cos(z), np.sin(z)], axis=-1)


def gaps(y: Array, z: Array, w: Array) -> Array:
    return y[:, None] - points_of(z, w)


def energies_of(y: Array, z: Array, w: Array) -> Array:
    return np.asarray(np.square(gaps(y, z, w)).sum(axis=-1))


def turned(z: Array) -> Array:
    return z.T if len(z) == z.shape[1] else z


def shared(z: Array) -> Array:
    return np.broadcast_to(z[0], z.shape)


def pooled(y: Array, z: Array) -> Array:
    return np.broadcast_to(z.ravel(), (len(y), z.size))


def pull(y: Array, z: Array, w: Array, p: Array) -> Array:
    return 2 * (gaps(y, z, w) * p[..., None]).sum(axis=1)


def slope_at(y: Array, z: Array, w: Array, b: float) -> Array:
    return pull(y, z, w, weights_at(energies_of(y, z, w), b))


def free_at(y: Array, z: Array, w: Array, b: float) -> Array:
    return F_at(energies_of(y, z, w), b)


# --- the rows

FIRST = ("The first observation's latents are used for all.", "z[i] are those of observation i.")
TURNED = ("The latents are transposed, where they fit both ways.", "z[i] are those of observation i.")
POOLED = ("The latents of all observations are taken together.", "z[i] are those of observation i.")
STOPPED = ("beta = inf is taken for 1000.", "At beta = inf the least energy itself (C8, C15).")

ROWS = {
    "ellipse_free_energy_rows": Function(
        "C13", "softmin of the energies over each observation's own latents, beta from 0 to inf",
        OWN, "(n,)", limits={"beta": "0, inf"},
        regimes=partial(rows_cases, -10), domain=at_limits.OWN_LATENTS, truth=(ellipse_free_energy_rows, ellipse_free_energy_rows_2),
        adds=lambda a, S: np.square(reach(a)) + (of_logarithm(np.shape(a["z"])[1], a["beta"]) if 0 < a["beta"] < INF else 0),
        bugs=[
            ("first-latents", *FIRST, lambda y, z, w, b: free_at(y, shared(z), w, b)),
            ("turned-latents", *TURNED, lambda y, z, w, b: free_at(y, turned(z), w, b)),
            ("pooled-latents", *POOLED, lambda y, z, w, b: free_at(y, pooled(y, z), w, b)),
            ("count-of-all", "Divided by the number of all latents.", "Divide by each observation's number (C13).", lambda y, z, w, b: free_at(y, z, w, b) + (np.log(len(z)) / b if 0 < b < INF else 0)),
            ("no-count", "F without -log N_z.", "Divide the sum by the number of latents (C13).", lambda y, z, w, b: free_at(y, z, w, b) - (np.log(len(z[0])) / b if 0 < b < INF else 0)),
            ("no-limits", *UNLIMITED, lambda y, z, w, b: F_of(energies_of(y, z, w), b)),
            ("zero-is-cold", *COLD, lambda y, z, w, b: free_at(y, z, w, b or INF)),
            ("infinity-is-zero", "beta = inf gives the mean.", "The mean is at beta = 0 (C14, C15).", lambda y, z, w, b: free_at(y, z, w, 0 if b == INF else b)),
            ("infinity-as-large", *STOPPED, lambda y, z, w, b: free_at(y, z, w, 1e3 if b == INF else b)),
            ("half-energy", "The energies are halved.", "No factor 1/2 (C5).", lambda y, z, w, b: F_at(energies_of(y, z, w) / 2, b)),
            ("distance", "softmin of the distances.", "E is the squared distance (C5).", lambda y, z, w, b: F_at(np.sqrt(energies_of(y, z, w)), b)),
            ("over-y", "The softmin runs over the observations.", "Over the latents (C13).", lambda y, z, w, b: F_at(energies_of(y, z, w).T, b)),
            ("batch-mean", "The mean over the observations for each.", "Each observation's own F.", lambda y, z, w, b: np.full(len(y), free_at(y, z, w, b).mean())),
        ],
    ),
    "ellipse_slope_y_rows": Function(
        "C16", "dF/dy of each observation with latents of its own, beta from 0 to inf",
        OWN, "(n, 2)", limits={"beta": "0, inf"},
        regimes=partial(rows_cases, -9), domain=at_limits.OWN_LATENTS, truth=(ellipse_slope_y_rows, ellipse_slope_y_rows_2),
        adds=lambda a, S: 2 * reach(a)[:, None],
        bugs=[
            ("first-latents", *FIRST, lambda y, z, w, b: slope_at(y, shared(z), w, b)),
            ("turned-latents", *TURNED, lambda y, z, w, b: slope_at(y, turned(z), w, b)),
            ("pooled-latents", *POOLED, lambda y, z, w, b: slope_at(y, pooled(y, z), w, b)),
            ("no-limits", *UNLIMITED, lambda y, z, w, b: pull(y, z, w, weights(energies_of(y, z, w), b))),
            ("zero-is-cold", *COLD, lambda y, z, w, b: slope_at(y, z, w, b or INF)),
            ("zero-slope", "At beta = 0 no slope.", "At beta = 0 the slope of the mean energy (C14).", lambda y, z, w, b: slope_at(y, z, w, b) * (b != 0)),
            ("infinity-is-zero", "beta = inf gives equal weights.", "Equal weights are at beta = 0 (C14, C15).", lambda y, z, w, b: slope_at(y, z, w, 0 if b == INF else b)),
            ("no-slope-at-infinity", "At beta = inf no slope: an index has none.", "The slope at the least, as it stands (C9).", lambda y, z, w, b: slope_at(y, z, w, b) * (b != INF)),
            ("first-best", "At beta = inf the best latent of the first observation for all.", "Each observation's own (C8).", lambda y, z, w, b: pull(y, z, w, np.broadcast_to(weights_at(energies_of(y, z, w), b)[0], z.shape)) if b == INF else slope_at(y, z, w, b)),
            ("no-two", "The factor 2 is missing.", "d|y - g|^2/dy = 2 (y - g) (C9).", lambda y, z, w, b: slope_at(y, z, w, b) / 2),
            ("sign", "The sign is wrong: the pull, not the slope.", "The slope points away from the manifold (C9).", lambda y, z, w, b: -slope_at(y, z, w, b)),
            ("mean", "Divided by the number of observations.", "Each observation's own slope.", lambda y, z, w, b: slope_at(y, z, w, b) / len(y)),
            ("times-beta", "Multiplied by beta: the slope of -log P.", "dF/dy has no beta before it (C16).", lambda y, z, w, b: b * slope_at(y, z, w, b)),
        ],
    ),
}  # fmt: skip

# --- as it is written

FORMULAS = {
    "ellipse_free_energy_rows": "g = w * np.stack([np.cos(z), np.sin(z)], axis=2); E = ((y[:, None] - g) ** 2).sum(axis=2); -(logsumexp(-beta * E, axis=1) - np.log(k)) / beta",
    "ellipse_slope_y_rows": "g = w * np.stack([np.cos(z), np.sin(z)], axis=2); E = ((y[:, None] - g) ** 2).sum(axis=2); p = softmax(-beta * E, axis=1); (2 * p[:, :, None] * (y[:, None] - g)).sum(axis=1)",
}  # fmt: skip

# --- right ways


def square_energies(y: Array, z: Array, w: Array) -> Any:
    a, b = y[:, :1] - w[0] * np.cos(z), y[:, 1:] - w[1] * np.sin(z)
    return a * a + b * b


def shares_of(E: Array, beta: Any) -> Any:
    m = E.min(axis=1, keepdims=True)
    e = np.exp(-np.where(m == E, 0, beta * (E - m))) if beta else np.ones_like(E)
    return e / e.sum(axis=1, keepdims=True)


def centred(E: Array, beta: Any) -> Any:
    m = E.min(axis=1)
    if beta in (0, INF):
        return m if beta else E.mean(axis=1)
    return m - np.log1p(np.expm1(-beta * (E - m[:, None])).mean(axis=1)) / beta


def slope_by_points(y: Array, z: Array, w: Array, beta: Any) -> Any:
    p = shares_of(square_energies(y, z, w), beta)
    return 2 * np.stack(
        [y[:, 0] - w[0] * (p * np.cos(z)).sum(axis=1), y[:, 1] - w[1] * (p * np.sin(z)).sum(axis=1)], axis=1
    )


def slope_one_by_one(y: Array, z: Array, w: Array, beta: Any) -> Any:
    p, points = shares_of(square_energies(y, z, w), beta), points_of(z, w)
    return np.array([2 * (q[:, None] * (a - g)).sum(axis=0) for a, q, g in zip(y, p, points, strict=True)], y.dtype)


RIGHT = {
    "ellipse_free_energy_rows": [
        lambda y, z, w, beta: centred(square_energies(y, z, w), beta),
        lambda y, z, w, beta: row_by_row(square_energies(y, z, w), beta),
    ],
    "ellipse_slope_y_rows": [slope_by_points, slope_one_by_one],
}

# --- refebm's own

PACKAGE = {
    "ellipse_free_energy_rows": lambda y, z, w, beta: own.free_energy(ellipse, y, z[..., None], w, beta),
    "ellipse_slope_y_rows": lambda y, z, w, beta: own.free_energy_and_adjoint(ellipse, y, z[..., None], w, beta)[1],
}
RESTS_ON = {
    "ellipse_free_energy_rows": ["free_energy"],
    "ellipse_slope_y_rows": ["free_energy_and_adjoint"],
}
