"""The ellipse's free energy and its slopes  (C13, C16)."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

import numpy as np
import scipy

from ...energies import free_energies as own
from ...models.ellipse_energy import ellipse
from ...numerics.checks import Array
from ..bugs import FLAT, FLOAT32, SHORTCUT, F_of, single, weights
from ..digits import derivative
from ..domains.models import WARM_PLANE
from ..inputs import betas
from ..row import SUM, Case, Function, Rngs, Slope, mean, of_logarithm
from .ellipse import (
    CLIPPED_ANGLE,
    PLANE,
    angle,
    circle,
    ellipse_decoder,
    ellipse_energy,
    ellipse_energy_2,
    energies,
    energy,
    g,
    plane_regimes,
    planes,
    reach,
    unit_circle,
)
from .soft import SOFTMIN, expm1_form, softmin, softmin_2
from .soft_weights import softargmin

WARM = {**PLANE, "beta": "()"}


# --- inputs


def free_cases(rng: np.random.Generator) -> Iterator[Case]:
    for beta in (0.4, 2.5, 60.0):
        for why, case in planes(rng):
            yield f"{why}, beta {beta:g}", {**case, "beta": beta}


def free_regimes(first: int, rngs: Rngs) -> Iterator[Case]:
    for (why, case), beta in zip(plane_regimes(rngs), (1.4, 0.6, 3.25, 150.0, 5.5), strict=True):
        yield why, {**case, "beta": beta}
    for why, beta, rng in betas(first, rngs):
        y, w = rng.normal(size=(2, 2)) / np.sqrt(beta), rng.uniform(0.5, 1.5, 2) / np.sqrt(beta)
        yield why, {"y": y, "z": rng.uniform(0, 6, 3), "w": w, "beta": beta}


# --- truth, in many digits


def ellipse_free_energy(y: Array, z: Array, w: Array, beta: Any) -> Array:
    return softmin(ellipse_energy(y, z, w), beta)


def ellipse_free_energy_2(y: Array, z: Array, w: Array, beta: Any) -> Array:
    return softmin_2(ellipse_energy_2(y, z, w), beta)


def ellipse_slope_y(y: Array, z: Array, w: Array, beta: Any) -> Array:
    p, g = softargmin(ellipse_energy(y, z, w), beta), ellipse_decoder(z, w)
    return 2 * (p[:, :, None] * (y[:, None, :] - g)).sum(axis=1)


def ellipse_slope_y_2(y: Array, z: Array, w: Array, beta: Any) -> Array:
    return derivative(lambda v: ellipse_free_energy(v, z, w, beta).sum(), y)


def ellipse_slope_w(y: Array, z: Array, w: Array, beta: Any) -> Array:
    p, g = softargmin(ellipse_energy(y, z, w), beta), ellipse_decoder(z, w)
    circle = ellipse_decoder(z, w / w)
    return 2 * (p[:, :, None] * (g - y[:, None, :]) * circle).sum(axis=1).sum(axis=0) / len(y)


def ellipse_slope_w_2(y: Array, z: Array, w: Array, beta: Any) -> Array:
    return derivative(lambda v: ellipse_free_energy(y, z, v, beta).sum() / len(y), w)


# --- what mistakes are made of


def slopes(y: Array, z: Array, w: Array, p: Array) -> tuple[Array, Array]:
    """dF/dy and each observation's dF/dw under the weights p."""
    gap = 2 * (y[:, None] - g(z, w)) * p[..., None]
    return gap.sum(axis=1), -(gap * g(z, np.ones(2))).sum(axis=1)


def best(y: Array, z: Array, w: Array) -> Array:
    E = energy(y, z, w)
    return np.eye(len(z))[E.argmin(axis=1)]


def through(E: Array, beta: float) -> Array:
    """d<E>/dE, where the weights move with E."""
    p = weights(E, beta)
    return np.asarray(p * (1 - beta * (E - (p * E).sum(axis=1, keepdims=True))))


# --- the rows

ROWS = {
    "ellipse_free_energy": Function(
        "C13", "softmin of the energies over the latents",
        WARM, "(n,)",
        seed=3, cases=free_cases, domain=WARM_PLANE, drawn=(20, 181, 242, 410, 523, 578, 670, 718, 777, 1122, 1178, 1188), regimes=partial(free_regimes, -10), truth=(ellipse_free_energy, ellipse_free_energy_2),
        adds=lambda a, S: np.square(reach(a)) + of_logarithm(len(a["z"]), a["beta"]),
        bugs=[
            ("no-count", "F without -log N_z.", "Divide the sum by the number of latents (C13).", lambda y, z, w, b: F_of(energy(y, z, w), b) - np.log(len(z)) / b),
            ("hard", "The least energy on the grid.", "Only beta = inf (C15).", lambda y, z, w, b: energy(y, z, w).min(axis=1)),
            ("mean", "The mean energy.", "Only beta = 0 (C14).", lambda y, z, w, b: energy(y, z, w).mean(axis=1)),
            ("expectation", "The mean energy under the Gibbs weights.", "F = <E> - T S + T log N (L17).", lambda y, z, w, b: (weights(energy(y, z, w), b) * energy(y, z, w)).sum(axis=1)),
            ("temperature", "beta is taken for the temperature.", "beta multiplies the energy (C11).", lambda y, z, w, b: F_of(energy(y, z, w), 1 / b)),
            ("soft-distance", "softmin of the distances.", "E is the squared distance (C5).", lambda y, z, w, b: F_of(np.sqrt(energy(y, z, w)), b)),
            ("half-energy", "The energies are halved.", "No factor 1/2 (C5).", lambda y, z, w, b: F_of(energy(y, z, w) / 2, b)),
            ("closed-form-grid", "The first latent counts twice.", "Each latent once (C3).", lambda y, z, w, b: F_of(energy(y, np.append(z, z[0]), w), b)),
            ("own-grid", "A grid of 48 latents is used, not the one that is given.", "Use the argument z.", lambda y, z, w, b: F_of(energy(y, circle(48), w), b)),
            ("of-mean-point", "The energy of the mean decoded point.", "Average exponentials of energies, not points (C13).", lambda y, z, w, b: np.square(y - g(z, w).mean(axis=0)).sum(axis=1)),
            ("float32", *FLOAT32, single(lambda y, z, w, b: F_of(energy(y, z, w), b))),
            ("over-y", "The softmin runs over the observations.", "Over the latents (C13).", lambda y, z, w, b: F_of(energy(y, z, w).T, b)),
            ("clipped-angle", *CLIPPED_ANGLE, lambda y, z, w, b: F_of(energy(y, angle(z), w), b)),
            ("cold-cut", *SHORTCUT, lambda y, z, w, b: energy(y, z, w).min(axis=1) if b > 20 else F_of(energy(y, z, w), b)),
            ("hot-cut", *FLAT, lambda y, z, w, b: energy(y, z, w).mean(axis=1) if b < 0.01 else F_of(energy(y, z, w), b)),
        ],
    ),
    "ellipse_slope_y": Function(
        "C16", "dF/dy of each observation",
        WARM, "(n, 2)",
        seed=6, cases=free_cases, domain=WARM_PLANE, drawn=(5, 44, 50, 162, 187, 371, 408, 490, 546, 554, 921, 1475), regimes=partial(free_regimes, -9), truth=(ellipse_slope_y, ellipse_slope_y_2),
        adds=lambda a, S: 2 * reach(a)[:, None],
        slope=Slope(("ellipse_free_energy",), "y"),
        bugs=[
            ("hard", "The slope at the best latent only.", "Weight by Gibbs at finite beta (C16).", lambda y, z, w, b: slopes(y, z, w, best(y, z, w))[0]),
            ("no-two", "The factor 2 is missing.", "d|y - g|^2/dy = 2 (y - g) (C9).", lambda y, z, w, b: slopes(y, z, w, weights(energy(y, z, w), b))[0] / 2),
            ("sign", "The sign is wrong: the pull, not the slope.", "The slope points away from the manifold (C9).", lambda y, z, w, b: -slopes(y, z, w, weights(energy(y, z, w), b))[0]),
            ("uniform", "Equal weights.", "Weight by Gibbs (C16).", lambda y, z, w, b: slopes(y, z, w, np.full((len(y), len(z)), 1 / len(z)))[0]),
            ("temperature", "The weights have the wrong beta.", "beta multiplies the energy (C11).", lambda y, z, w, b: slopes(y, z, w, weights(energy(y, z, w), 1 / b))[0]),
            ("times-beta", "Multiplied by beta: the slope of -log P.", "dF/dy has no beta before it (C16).", lambda y, z, w, b: b * slopes(y, z, w, weights(energy(y, z, w), b))[0]),
            ("mean", "Divided by the number of observations.", "Each observation's own slope.", lambda y, z, w, b: slopes(y, z, w, weights(energy(y, z, w), b))[0] / len(y)),
            ("unnormalised", "The weights are not normalised.", "Weights sum to 1 (C16).", lambda y, z, w, b: slopes(y, z, w, weights(energy(y, z, w), b) * len(z))[0]),
            ("one-hot-first", "The slope at the first latent.", "Weight by Gibbs (C16).", lambda y, z, w, b: 2 * (y - g(z, w)[0])),
            ("high-energy", "The weights have the sign of the energy wrong.", "exp(-beta E) (C16).", lambda y, z, w, b: slopes(y, z, w, weights(-energy(y, z, w), b))[0]),
            ("through-weights", "The gradient goes through the softargmin: the slope of the mean energy.", "The weights are the slope of F already, and are not derived again (C16).", lambda y, z, w, b: slopes(y, z, w, through(energy(y, z, w), b))[0]),
        ],
    ),
    "ellipse_slope_w": Function(
        "C16", "dF/dw, the mean over the observations",
        WARM, "(2,)",
        seed=5, cases=free_cases, domain=WARM_PLANE, drawn=(18, 26, 90, 142, 195, 258, 394, 434, 570, 717, 910, 924, 1469), regimes=partial(free_regimes, -9), truth=(ellipse_slope_w, ellipse_slope_w_2),
        conventions=SUM,
        adds=lambda a, S: 2 * reach(a).mean(),
        slope=Slope(("ellipse_free_energy",), "w", mean),
        bugs=[
            ("hard", "The slope at the best latent only.", "Weight by Gibbs at finite beta (C16).", lambda y, z, w, b: slopes(y, z, w, best(y, z, w))[1].mean(axis=0)),
            ("no-two", "The factor 2 is missing.", "d|y - g|^2/dg = 2 (g - y) (C9).", lambda y, z, w, b: slopes(y, z, w, weights(energy(y, z, w), b))[1].mean(axis=0) / 2),
            ("sign", "The sign is wrong.", "d/dw of |y - g|^2 is 2 (g - y) dg/dw (C9).", lambda y, z, w, b: -slopes(y, z, w, weights(energy(y, z, w), b))[1].mean(axis=0)),
            ("uniform", "Equal weights.", "Weight by Gibbs (C16).", lambda y, z, w, b: slopes(y, z, w, np.full((len(y), len(z)), 1 / len(z)))[1].mean(axis=0)),
            ("swapped", "Cosine and sine of the decoder's derivative are exchanged.", "dg/dw = [cos z, sin z] (C4).", lambda y, z, w, b: (-2 * (y[:, None] - g(z, w)) * g(z, np.ones(2))[:, ::-1] * weights(energy(y, z, w), b)[..., None]).sum(axis=1).mean(axis=0)),
            ("no-decoder", "The decoder's derivative is missing.", "Chain rule: times [cos z, sin z] (C9).", lambda y, z, w, b: -slopes(y, z, w, weights(energy(y, z, w), b))[0].mean(axis=0)),
            ("through-weights", "The gradient goes through the softargmin: the slope of the mean energy.", "The weights are the slope of F already, and are not derived again (C16).", lambda y, z, w, b: slopes(y, z, w, through(energy(y, z, w), b))[1].mean(axis=0)),
            ("first-only", "Only the first observation counts.", "The mean over the observations (C21).", lambda y, z, w, b: slopes(y, z, w, weights(energy(y, z, w), b))[1][0]),
            ("mean-over-latents", "Divided by the number of latents too.", "The weights sum to 1 already (C16).", lambda y, z, w, b: slopes(y, z, w, weights(energy(y, z, w), b))[1].mean(axis=0) / len(z)),
            ("temperature", "The weights have the wrong beta.", "beta multiplies the energy (C11).", lambda y, z, w, b: slopes(y, z, w, weights(energy(y, z, w), 1 / b))[1].mean(axis=0)),
        ],
    ),
}  # fmt: skip

# --- as it is written

FORMULAS = {
    "ellipse_free_energy": "g = w * np.stack([np.cos(z), np.sin(z)], axis=1); E = ((y[:, None] - g) ** 2).sum(axis=2); -(logsumexp(-beta * E, axis=1) - np.log(k)) / beta",
    "ellipse_slope_y": "g = w * np.stack([np.cos(z), np.sin(z)], axis=1); E = ((y[:, None] - g) ** 2).sum(axis=2); p = softmax(-beta * E, axis=1); (2 * p[:, :, None] * (y[:, None] - g)).sum(axis=1)",
    "ellipse_slope_w": "u = np.stack([np.cos(z), np.sin(z)], axis=1); g = w * u; E = ((y[:, None] - g) ** 2).sum(axis=2); p = softmax(-beta * E, axis=1); (2 * p[:, :, None] * (g - y[:, None]) * u).sum(axis=1).mean(axis=0)",
}  # fmt: skip

# --- right ways


def slope_y(y: Array, z: Array, w: Array, beta: Any) -> Any:
    p = scipy.special.softmax(-beta * energies(y, z, w), axis=1)
    return 2 * (y - p @ (unit_circle(z) * w))


def slope_w(y: Array, z: Array, w: Array, beta: Any) -> Any:
    p = scipy.special.softmax(-beta * energies(y, z, w), axis=1)
    return 2 * np.einsum("nk,nki,ki->i", p, unit_circle(z) * w - y[:, None], unit_circle(z)) / y.dtype.type(len(y))


RIGHT = {
    "ellipse_free_energy": [
        lambda y, z, w, beta: SOFTMIN[0](energies(y, z, w), beta),
        lambda y, z, w, beta: expm1_form(energies(y, z, w), beta),
    ],
    "ellipse_slope_y": [
        slope_y,
        lambda y, z, w, beta: (scipy.special.softmax(-beta * energies(y, z, w), axis=1)[..., None] * 2 * (y[:, None] - unit_circle(z) * w)).sum(axis=1),
    ],
    "ellipse_slope_w": [
        slope_w,
        lambda y, z, w, beta: np.mean(
            [2 * (p[:, None] * (unit_circle(z) * w - a) * unit_circle(z)).sum(axis=0) for a, p in zip(y, scipy.special.softmax(-beta * energies(y, z, w), axis=1), strict=True)],
            axis=0,
        ),
    ],
}  # fmt: skip

# --- refebm's own

PACKAGE = {
    "ellipse_free_energy": lambda y, z, w, beta: own.free_energy(ellipse, y, z, w, beta),
    "ellipse_slope_y": lambda y, z, w, beta: own.free_energy_and_adjoint(ellipse, y, z, w, beta)[1],
    "ellipse_slope_w": lambda y, z, w, beta: own.free_energy_and_adjoint(ellipse, y, z, w, beta, 1 / len(y))[2],
}
RESTS_ON = {
    "ellipse_free_energy": ["free_energy"],
    "ellipse_slope_y": ["free_energy_and_adjoint"],
    "ellipse_slope_w": ["free_energy_and_adjoint"],
}
