"""The variational auto-encoder's slopes in the means and in the decoder  (L19)."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

import numpy as np

from ...models import vae as own
from ...numerics.checks import Array
from ..bugs import SQUARE_W, turned
from ..digits import derivative
from ..domains.networks import AUTO_ENCODER
from ..domains.slopes import DECODER as DECODED
from ..row import SUM, Case, Function, Rngs, Slope, value
from .auto_encoder import AUTO, own_parts, vae_cases, vae_loss, vae_regimes

# --- inputs

DECODER = {name: shape for name, shape in AUTO.items() if name not in ("beta", "r")}


def decoder_cases(rng: np.random.Generator) -> Iterator[Case]:
    """Those of the loss without beta and r, on which the decoder's slope does not depend."""
    for why, case in vae_cases(rng):
        yield why, {name: case[name] for name in DECODER}


def decoder_regimes(rngs: Rngs) -> Iterator[Case]:
    for why, case in vae_regimes(-11, rngs):
        yield why, {name: case[name] for name in DECODER}


# --- truth, in many digits


def vae_slope_m(y: Array, m: Array, s: Array, eps: Array, W: Array, b: Array, beta: Any, r: Any) -> Array:
    residual = y - (m + s * eps).dot(W.T) - b
    return (-2 * residual.dot(W) + m / r**2 / beta) / len(y)


def vae_slope_m_2(y: Array, m: Array, *rest: Any) -> Array:
    return derivative(lambda v: vae_loss(y, v, *rest), m)


def vae_slope_W(y: Array, m: Array, s: Array, eps: Array, W: Array, b: Array) -> Array:
    """``2 (W A - B)``, A and B the mean squares of the codes and with the data."""
    z = m + s * eps
    return 2 * (W.dot(z.T.dot(z)) - (y - b).T.dot(z)) / len(y)


def vae_slope_W_2(y: Array, m: Array, s: Array, eps: Array, W: Array, b: Array) -> Array:
    one = 1 + 0 * y[0, 0]
    return derivative(lambda v: vae_loss(y, m, s, eps, v, b, one, one), W)


# --- what mistakes are made of


def left(y: Array, z: Array, W: Array, b: Array) -> Array:
    """Twice the reconstruction's error, over n."""
    return 2 * (z @ W.T + b - y) / len(y)


def parts(*a: Any) -> tuple[Array, Array]:
    """The reconstruction's and the information's part of the slope in m."""
    y, m, s, e, W, b, beta, r = a
    return left(y, m + s * e, W, b) @ W, m / r**2 / beta / len(y)


def outer(y: Array, z: Array, W: Array, b: Array, code: Array | None = None) -> Array:
    return left(y, z, W, b).T @ (z if code is None else code)


SIGN = ("The reconstruction's sign is wrong.", "d|y - g|^2/dg = 2 (g - y) (C9).")
NO_TWO = ("The factor 2 is missing.", "d|y - g|^2/dg = 2 (g - y) (C9).")
NO_BIAS = ("The decoder's bias is missing.", "W z + b.")
NO_NOISE = ("The mean code alone is decoded.", "z = m + s eps (L19).")
VARIANCE = ("The noise is scaled by s^2.", "z = m + s eps (L19).")
SUBTRACTED = ("The noise is subtracted.", "z = m + s eps (L19).")
CLIPPED = ("The noise is cut at 3.", "z = m + s eps (L19).")
ENTRIES = ("The mean over the coordinates.", "Their sum (C5).")

# --- the rows

ROWS = {
    "vae_slope_m": Function(
        "L19", "derivative of vae_loss in m",
        AUTO, "(n, l)",
        cases=vae_cases, domain=AUTO_ENCODER, drawn=(23, 51, 75, 170, 179, 289, 365, 590, 788, 833, 1004, 1182), regimes=partial(vae_regimes, -12), truth=(vae_slope_m, vae_slope_m_2),
        conventions=SUM,
        adds=lambda a, S: S.max(axis=1, keepdims=True),
        slope=Slope(("vae_loss",), "m", value),
        bugs=[
            ("no-kl", "The information's part is missing.", "+ m/r^2/beta (L14).", lambda *a: parts(*a)[0]),
            ("no-reconstruction", "The reconstruction's part is missing.", "dE/dz: dz/dm = 1 (L19).", lambda *a: parts(*a)[1]),
            ("sign", *SIGN, lambda *a: parts(*a)[1] - parts(*a)[0]),
            ("kl-sign", "The information's sign is wrong.", "+ m/r^2 (L14).", lambda *a: parts(*a)[0] - parts(*a)[1]),
            ("no-two", *NO_TWO, lambda *a: parts(*a)[0] / 2 + parts(*a)[1]),
            ("kl-two", "2 m: the prior's exponent is taken without its 1/2.", "m/r^2: KL holds m^2/(2 r^2) (L14).", lambda *a: parts(*a)[0] + 2 * parts(*a)[1]),
            ("no-beta", "The information is not divided by beta.", "KL/beta (L19).", lambda *a: parts(*a)[0] + a[6] * parts(*a)[1]),
            ("beta-on-kl", "beta multiplies the information.", "KL/beta (L19).", lambda *a: parts(*a)[0] + a[6] ** 2 * parts(*a)[1]),
            ("unit-prior", "The prior has deviation 1.", "Use r (L18).", lambda *a: parts(*a)[0] + a[7] ** 2 * parts(*a)[1]),
            ("r", "m/r: r is not squared.", "m/r^2 (L14).", lambda *a: parts(*a)[0] + a[7] * parts(*a)[1]),
            ("slope-in-s", "Times the noise: the reconstruction's part in s.", "dz/dm = 1 (L19).", lambda *a: parts(*a)[0] * a[3] + parts(*a)[1]),
            ("no-noise", *NO_NOISE, lambda y, m, s, e, *a: sum(parts(y, m, s, 0 * e, *a))),
            ("variance-noise", *VARIANCE, lambda y, m, s, e, *a: sum(parts(y, m, s * s, e, *a)[:1]) + parts(y, m, s, e, *a)[1]),
            ("noise-subtracted", *SUBTRACTED, lambda y, m, s, e, *a: sum(parts(y, m, s, -e, *a))),
            ("no-bias", *NO_BIAS, lambda y, m, s, e, W, b, *a: sum(parts(y, m, s, e, W, 0 * b, *a))),
            ("over-entries", *ENTRIES, lambda *a: parts(*a)[0] / a[0].shape[1] + parts(*a)[1]),
            ("clipped-noise", *CLIPPED, lambda y, m, s, e, *a: sum(parts(y, m, s, np.clip(e, -3, 3), *a))),
            ("square-transposed", *SQUARE_W, lambda y, m, s, e, W, *a: sum(parts(y, m, s, e, turned(W), *a))),
        ],
    ),
    "vae_slope_W": Function(
        "L19", "derivative of vae_loss in the decoder's W, mean of 2 (W z + b - y) z^T at z = m + s eps",
        DECODER, "(d, l)",
        cases=decoder_cases, domain=DECODED, drawn=(181, 409, 438, 740, 782, 833), regimes=decoder_regimes, truth=(vae_slope_W, vae_slope_W_2),
        conventions=SUM,
        adds=lambda a, S: S.max(),
        slope=Slope(("vae_loss",), "W", lambda f, *a: f(*a, 1.0, 1.0)),
        bugs=[
            ("sign", *SIGN, lambda y, m, s, e, W, b: -outer(y, m + s * e, W, b)),
            ("no-two", *NO_TWO, lambda y, m, s, e, W, b: outer(y, m + s * e, W, b) / 2),
            ("no-noise", *NO_NOISE, lambda y, m, s, e, W, b: outer(y, m, W, b)),
            ("mean-code", "The residual is taken at z, the outer product with m.", "With z, what was decoded (L19).", lambda y, m, s, e, W, b: outer(y, m + s * e, W, b, m)),
            ("noise-code", "The outer product is with the noise.", "With z, what was decoded (L19).", lambda y, m, s, e, W, b: outer(y, m + s * e, W, b, e)),
            ("variance-noise", *VARIANCE, lambda y, m, s, e, W, b: outer(y, m + s * s * e, W, b)),
            ("unscaled-noise", "The noise is not scaled.", "z = m + s eps (L19).", lambda y, m, s, e, W, b: outer(y, m + e, W, b)),
            ("noise-subtracted", *SUBTRACTED, lambda y, m, s, e, W, b: outer(y, m - s * e, W, b)),
            ("no-bias", *NO_BIAS, lambda y, m, s, e, W, b: outer(y, m + s * e, W, 0 * b)),
            ("no-data", "y is missing.", "2 (W z + b - y) z^T (L19).", lambda y, m, s, e, W, b: outer(0 * y, m + s * e, W, b)),
            ("over-entries", *ENTRIES, lambda y, m, s, e, W, b: outer(y, m + s * e, W, b) / y.shape[1]),
            ("means-apart", "The product of the means of residual and code.", "The mean of the product (L19).", lambda y, m, s, e, W, b: np.outer(left(y, m + s * e, W, b).sum(axis=0), (m + s * e).mean(axis=0))),
            ("clipped-noise", *CLIPPED, lambda y, m, s, e, W, b: outer(y, m + s * np.clip(e, -3, 3), W, b)),
            ("transposed", "The slope is transposed where it fits both ways.", "Shaped like W (d, l).", lambda y, m, s, e, W, b: turned(outer(y, m + s * e, W, b))),
        ],
    ),
}  # fmt: skip

# --- as it is written

FORMULAS = {
    "vae_slope_m": "z = m + s * eps; gap = y - (z @ W.T + b); (-2 * gap @ W + m / r**2 / beta) / n",
    "vae_slope_W": "z = m + s * eps; gap = z @ W.T + b - y; 2 * gap.T @ z / n",
}  # fmt: skip

# --- right ways


def by_sample(y: Array, m: Array, s: Array, eps: Array, W: Array, b: Array) -> tuple[Any, Any]:
    """Slopes of each observation's energy in z and in W."""
    fit = [(2 * (W @ (c + t * e) + b - a), c + t * e) for a, c, t, e in zip(y, m, s, eps, strict=True)]
    return np.array([W.T @ u for u, _ in fit]), np.array([np.outer(u, z) for u, z in fit])


def by_residual(y: Array, m: Array, s: Array, eps: Array, W: Array, b: Array) -> Any:
    return (y - b - (m + s * eps) @ W.T) * y.dtype.type(-2 / len(y))


RIGHT = {
    "vae_slope_m": [
        lambda y, m, s, e, W, b, beta, r: (by_sample(y, m, s, e, W, b)[0] + m / (beta * r**2)) / y.dtype.type(len(y)),
        lambda y, m, s, e, W, b, beta, r: by_residual(y, m, s, e, W, b) @ W + (m / r) / r / beta / y.dtype.type(len(y)),
    ],
    "vae_slope_W": [
        lambda y, m, s, e, W, b: by_sample(y, m, s, e, W, b)[1].mean(axis=0),
        lambda y, m, s, e, W, b: np.einsum("nd,nl->dl", by_residual(y, m, s, e, W, b), m + s * e),
    ],
}  # fmt: skip

# --- refebm's own


def own_slopes(y: Array, m: Array, s: Array, eps: Array, W: Array, *rest: Any) -> tuple[Array, Array]:
    vae, w = own_parts(m, s, W, *rest)
    codes, decoder = vae.split(own.vae_loss(vae, y, w, eps[:, None])[1])
    return vae.encoder.parameters(codes)[0][1][:, : m.shape[1]], decoder[: W.size].reshape(W.shape)


PACKAGE = {
    "vae_slope_m": lambda *a: own_slopes(*a)[0],
    "vae_slope_W": lambda *a: own_slopes(*a, 1.0, 1.0)[1],
}
RESTS_ON = {
    "vae_slope_m": ["vae_loss", "gaussian_kl_adjoint", "reparametrise_adjoint"],
    "vae_slope_W": ["vae_loss", "expected_energy_gaussian_adjoint", "multipliers"],
}
NO_PART = {
    "vae_slope_m": ["gaussian_kl"],
    "vae_slope_W": ["gaussian_kl", "gaussian_kl_adjoint"],
}
