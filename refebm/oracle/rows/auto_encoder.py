"""The variational auto-encoder's loss and its slope  (L19)."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

import numpy as np

from ...models import vae as own
from ...numerics.checks import Array
from ...parts.chains import Chain, Stage
from ...parts.networks import mlp as own_mlp
from ..bugs import SQUARE_W, turned
from ..digits import derivative
from ..domains.networks import AUTO_ENCODER
from ..inputs import ONE, SMALL_SQUARE, SQUARE, betas
from ..row import SUM, Case, Function, Rngs, Slope, value
from .gaussians import gaussian, gaussian_kl, gaussian_kl_2, gaussian_size, gk

AUTO = {
    "y": "(n, d)",
    "m": "(n, l)",
    "s": "(n, l)",
    "eps": "(n, l)",
    "W": "(d, l)",
    "b": "(d,)",
    "beta": "()",
    "r": "()",
}


# --- inputs


def vae_cases(rng: np.random.Generator) -> Iterator[Case]:
    sizes = (("plain", (4, 3, 2), 1.5, 0.75), ("cold", (3, 2, 5), 12.0, 1.25), ("hot", (2, 4, 3), 0.2, 0.5))
    for why, (n, d, latent), beta, r in sizes:
        codes = {
            "m": rng.normal(size=(n, latent)),
            "s": rng.uniform(0.2, 1.5, (n, latent)),
            "eps": rng.normal(size=(n, latent)),
        }
        decoder = {"W": rng.normal(size=(d, latent)), "b": rng.normal(size=d) + 0.3}
        yield why, {"y": rng.normal(size=(n, d)), **codes, **decoder, "beta": beta, "r": r}


def vae_regimes(first: int, rngs: Rngs) -> Iterator[Case]:
    sizes = [(ONE, (1, 1, 1), 1.5, 0.75), (SQUARE, (3, 3, 3), 2.5, 1.5), (SMALL_SQUARE, (2, 2, 2), 0.75, 0.5)]
    sizes += [("large noise", (3, 4, 2), 1.25, 2.0), ("deviations of every size", (5, 2, 3), 0.5, 0.25)]
    extreme = [(why, (2, 3, 2), beta, 0.75) for why, beta, _ in betas(first, rngs)]
    for why, (n, d, latent), beta, r in sizes + extreme:
        rng = rngs(why)
        size = beta**-0.5 if why.startswith("beta") else 1.0  # so that reconstructions and information are alike
        decades = np.arange(n * latent).reshape(n, latent) % 5 - 3 if "every" in why else 0
        s = 10.0**decades * rng.uniform(0.2, 1.5, (n, latent))
        codes = {"m": rng.normal(size=(n, latent)), "s": s, "eps": rng.normal(size=(n, latent))}
        codes["eps"] = codes["eps"] * {"large noise": 1e3, "deviations of every size": 30}.get(why, 1)
        decoder = {"W": size * rng.normal(size=(d, latent)), "b": size * (rng.normal(size=d) + 0.3)}
        yield why, {"y": size * rng.normal(size=(n, d)), **codes, **decoder, "beta": beta, "r": r}


# --- truth, in many digits


def vae_loss(y: Array, m: Array, s: Array, eps: Array, W: Array, b: Array, beta: Any, r: Any) -> Any:
    residual = y - (m + s * eps).dot(W.T) - b
    return ((residual * residual).sum() + gaussian_kl(m, s, r).sum() / beta) / len(y)


def vae_loss_2(y: Array, m: Array, s: Array, eps: Array, W: Array, b: Array, beta: Any, r: Any) -> Any:
    total = 0
    for n in range(len(y)):
        z = [m[n, j] + s[n, j] * eps[n, j] for j in range(m.shape[1])]
        total += sum((y[n, i] - b[i] - sum(W[i, j] * z[j] for j in range(len(z)))) ** 2 for i in range(len(b)))
        total += gaussian_kl_2(m[n], s[n], r).sum() / beta
    return total / len(y)


def vae_slope_s(y: Array, m: Array, s: Array, eps: Array, W: Array, b: Array, beta: Any, r: Any) -> Array:
    residual = y - (m + s * eps).dot(W.T) - b
    return (-2 * residual.dot(W) * eps + (s / r**2 - 1 / s) / beta) / len(y)


def vae_slope_s_2(y: Array, m: Array, s: Array, *rest: Any) -> Array:
    return derivative(lambda v: vae_loss(y, m, v, *rest), s)


# --- what mistakes are made of


def vae(*a: Any, kl: Any = gk) -> Any:
    y, m, s, e, W, b, beta, r = a
    return (np.square(y - (m + s * e) @ W.T - b).sum() + kl(m, s, r).sum() / beta) / len(y)


def slope(*a: Any) -> tuple[Array, Array]:
    """The reconstruction's and the information's part of the derivative in s."""
    y, m, s, e, W, b, beta, r = a
    return -2 * (y - (m + s * e) @ W.T - b) @ W * e / len(y), (s / r**2 - 1 / s) / beta / len(y)


# --- the rows

ROWS = {
    "vae_loss": Function(
        "L19", "mean of |y - W (m + s eps) - b|^2 + (1/beta) sum KL(N(m, s^2), N(0, r^2))",
        AUTO, "()",
        seed=31, cases=vae_cases, domain=AUTO_ENCODER, drawn=(3, 54, 58, 100, 130, 157, 170, 235, 360, 366, 436, 524, 547, 966), regimes=partial(vae_regimes, -9), truth=(vae_loss, vae_loss_2),
        conventions=SUM,
        adds=lambda a, S: gaussian_size(a["m"], a["s"], a["r"]).sum() / a["beta"] / len(a["y"]),
        bugs=[
            ("no-kl", "The information is missing.", "<E> + KL/beta (L19).", lambda *a: vae(*a, kl=lambda m, s, r: 0 * m)),
            ("beta-on-kl", "beta multiplies KL.", "KL/beta (L19).", lambda *a: vae(*a, kl=lambda m, s, r: a[6] ** 2 * gk(m, s, r))),
            ("no-beta", "KL is not divided by beta.", "KL/beta (L19).", lambda *a: vae(*a, kl=lambda m, s, r: a[6] * gk(m, s, r))),
            ("unit-prior", "The prior has deviation 1.", "Use r (L18).", lambda *a: vae(*a, kl=lambda m, s, r: gk(m, s, 1.0))),
            ("variance-noise", "The noise is scaled by s^2.", "z = m + s eps (L19).", lambda y, m, s, e, *a: vae(y, m, s, s * e, *a)),
            ("no-noise", "The mean code alone.", "z = m + s eps (L19).", lambda y, m, s, e, *a: vae(y, m, s, 0 * e, *a)),
            ("unscaled-noise", "The noise is not scaled.", "z = m + s eps (L19).", lambda y, m, s, e, *a: vae(y, m, s, e / s, *a)),
            ("noise-subtracted", "The noise is subtracted.", "z = m + s eps: the same law, another number (L19).", lambda y, m, s, e, *a: vae(y, m, s, -e, *a)),
            ("mean-over-coordinates", "The mean over the coordinates.", "The sum (C5).", lambda y, m, s, e, W, b, beta, r: np.square(y - (m + s * e) @ W.T - b).mean() + gk(m, s, r).sum() / beta / len(y)),
            ("half-reconstruction", "Half the squared error.", "No factor 1/2 (C5).", lambda y, m, s, e, W, b, beta, r: (np.square(y - (m + s * e) @ W.T - b).sum() / 2 + gk(m, s, r).sum() / beta) / len(y)),
            ("no-bias", "The decoder's bias is missing.", "W z + b.", lambda y, m, s, e, W, b, *a: vae(y, m, s, e, W, 0 * b, *a)),
            ("kl-sign", "KL is subtracted.", "<E> + KL/beta (L19).", lambda *a: vae(*a, kl=lambda m, s, r: -gk(m, s, r))),
            ("log-sign", "The logarithm in KL has the wrong sign.", "log(r/s) (L14).", lambda *a: vae(*a, kl=lambda m, s, r: gk(m, s, r) - 2 * np.log(r / s))),
            ("no-minus-one", "The -1/2 in KL is missing.", "-1/2 for each entry (L14).", lambda *a: vae(*a, kl=lambda m, s, r: gk(m, s, r) + 0.5)),
            ("kl-mean", "KL is averaged over the latents.", "Summed (L18).", lambda *a: vae(*a, kl=lambda m, s, r: gk(m, s, r) / m.shape[1])),
            ("square-transposed", *SQUARE_W, lambda y, m, s, e, W, *a: vae(y, m, s, e, turned(W), *a)),
            ("clipped-noise", "The noise is cut at 3.", "z = m + s eps (L19).", lambda y, m, s, e, *a: vae(y, m, s, np.clip(e, -3, 3), *a)),
        ],
    ),
    "vae_slope_s": Function(
        "L19", "its derivative in s",
        AUTO, "(n, l)",
        seed=32, cases=vae_cases, domain=AUTO_ENCODER, drawn=(51, 145, 174, 396, 479, 584, 918, 1010, 1059, 1186, 1296, 1479), regimes=partial(vae_regimes, -9), truth=(vae_slope_s, vae_slope_s_2),
        conventions=SUM,
        slope=Slope(("vae_loss",), "s", value),
        bugs=[
            ("no-noise", "The noise is missing.", "dz/ds = eps (L19).", lambda y, m, s, e, *a: slope(y, m, s, e, *a)[0] / e + slope(y, m, s, e, *a)[1]),
            ("no-kl", "The information's part is missing.", "+ (s/r^2 - 1/s)/beta (L14).", lambda *a: slope(*a)[0]),
            ("no-reconstruction", "The reconstruction's part is missing.", "eps times dE/dz (L19).", lambda *a: slope(*a)[1]),
            ("sign", "The reconstruction's sign is wrong.", "d|y - g|^2/dg = 2 (g - y) (C9).", lambda *a: slope(*a)[1] - slope(*a)[0]),
            ("kl-sign", "The information's sign is wrong.", "s/r^2 - 1/s (L14).", lambda *a: slope(*a)[0] - slope(*a)[1]),
            ("no-two", "The factor 2 is missing.", "d|y - g|^2/dg = 2 (g - y) (C9).", lambda *a: slope(*a)[0] / 2 + slope(*a)[1]),
            ("no-inverse", "The -1/s is missing.", "s/r^2 - 1/s (L14).", lambda *a: slope(*a)[0] + a[2] / a[7] ** 2 / a[6] / len(a[0])),
            ("log-slope", "The derivative in log s.", "In s: no factor s (L19).", lambda *a: a[2] * sum(slope(*a))),
            ("no-beta", "The information is not divided by beta.", "KL/beta (L19).", lambda *a: slope(*a)[0] + a[6] * slope(*a)[1]),
            ("unit-prior", "The prior has deviation 1.", "Use r (L18).", lambda *a: slope(*a)[0] + (a[2] - 1 / a[2]) / a[6] / len(a[0])),
            ("slope-in-m", "The derivative in m.", "In s: times eps (L19).", lambda *a: slope(*a)[0] / a[3] + a[1] / a[7] ** 2 / a[6] / len(a[0])),
            ("square-transposed", *SQUARE_W, lambda y, m, s, e, W, *a: sum(slope(y, m, s, e, turned(W), *a))),
        ],
    ),
}  # fmt: skip

# --- as it is written

FORMULAS = {
    "vae_loss": "z = m + s * eps; fit = ((y - (z @ W.T + b)) ** 2).sum(axis=1); kl = (np.log(r / s) + (m**2 + s**2) / (2 * r**2) - 1 / 2).sum(axis=1); (fit + kl / beta).mean(axis=0)",
    "vae_slope_s": "z = m + s * eps; gap = y - (z @ W.T + b); (-2 * gap @ W * eps + (s / r**2 - 1 / s) / beta) / n",
}  # fmt: skip

# --- right ways


def by_sample(y: Array, m: Array, s: Array, eps: Array, W: Array, b: Array, beta: Any, r: Any) -> Any:
    z = m + s * eps
    return np.mean([((a - W @ c - b) ** 2).sum() for a, c in zip(y, z, strict=True)]) + gaussian(
        m, s, r
    ).sum() / beta / y.dtype.type(len(y))


def residual_slope(y: Array, m: Array, s: Array, eps: Array, W: Array, b: Array, beta: Any, r: Any) -> Any:
    residual = (m + s * eps) @ W.T + b - y
    return (2 * (residual @ W) * eps + s / (beta * r * r) - 1 / (beta * s)) / y.dtype.type(len(y))


def slope_by_parts(y: Array, m: Array, s: Array, eps: Array, W: Array, b: Array, beta: Any, r: Any) -> Any:
    """The reconstruction's part a sample at a time, and the divergence's."""
    fit = np.array([2 * W.T @ (W @ (c + t * e) + b - a) * e for a, c, t, e in zip(y, m, s, eps, strict=True)])
    return fit / y.dtype.type(len(y)) + ((s / r) ** 2 - 1) / s / beta / y.dtype.type(len(y))


RIGHT = {
    "vae_loss": [by_sample, lambda y, m, s, e, W, b, beta, r: (((y - (m + s * e) @ W.T - b) ** 2).sum(axis=1) + gaussian(m, s, r).sum(axis=1) / beta).mean()],
    "vae_slope_s": [residual_slope, slope_by_parts],
}  # fmt: skip

# --- refebm's own


def own_parts(m: Array, s: Array, W: Array, b: Array, beta: float, r: float) -> tuple[own.VAE, Array]:
    """The encoder is a table whose parameters are (m, log s) themselves, whatever y is."""
    n, (d, latent) = len(m), W.shape
    unused = np.zeros((2 * latent, d))
    encoder = Chain(
        (
            Stage(
                lambda y, _, rows: rows,
                lambda y, _, rows, v_bar: (0 * y, unused, v_bar),
                (unused.shape, (n, 2 * latent)),
            ),
        )
    )
    codes = np.concatenate([m, np.log(s)], axis=1)
    w = np.concatenate([v.ravel() for v in (unused, codes, W, b)])
    return own.VAE(encoder, own_mlp([latent, d]), beta, r), w


def own_vae(y: Array, m: Array, s: Array, eps: Array, W: Array, b: Array, beta: float, r: float) -> tuple[float, Array]:
    """The loss and its slope in s."""
    vae, w = own_parts(m, s, W, b, beta, r)
    loss, w_bar = own.vae_loss(vae, y, w, eps[:, None])
    return loss, vae.encoder.parameters(vae.split(w_bar)[0])[0][1][:, m.shape[1] :] / s


PACKAGE = {
    "vae_loss": lambda *a: own_vae(*a)[0],
    "vae_slope_s": lambda *a: own_vae(*a)[1],
}
RESTS_ON = {
    "vae_loss": ["gaussian_kl", "expected_energy_gaussian", "states"],
    "vae_slope_s": ["vae_loss", "gaussian_kl_adjoint", "expected_energy_gaussian_adjoint", "reparametrise_adjoint"],
}
NO_PART = {
    "vae_loss": ["gaussian_kl_adjoint"],
    "vae_slope_s": ["gaussian_kl"],
}
