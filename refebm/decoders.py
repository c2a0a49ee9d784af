"""Decoders: from a code h and a latent z to a point g(h, z) of the manifold, each with its adjoint  (C4, C27-C29).

Stages trust their arrays. Latents are scalars, z (k,) shared or (n, k) each observation's own, or vectors, one axis more.
The code is (c,), the same for all observations, or (n, c), each observation's own.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np

from . import checks
from .checks import Array
from .lagrangian import Chain, multipliers, states


@dataclass(frozen=True)
class Decoder:
    """``g = forward(z, h, w)`` and ``(z_bar, h_bar, w_bar) = adjoint(z, h, w, g_bar)``.

    Parameters
    ----------
    forward, adjoint : callables
        g is (k, d), or (n, k, d) where z or h is each observation's own; w is a flat vector of the decoder's own parameters.
    dim, code : int
        Entries of an observation, and of a code.
    size : int
        Entries of w.
    latent : int
        0 for scalar latents, else the entries of a latent vector.
    chain : Chain, optional
        Of a network decoder.
    table : callable, optional
        T(z) (d, ...) of a decoder ``g_i = h_i T_i(z)``, linear in its code.
    """

    forward: Callable[[Array, Array, Array], Array]
    adjoint: Callable[[Array, Array, Array, Array], tuple[Array, Array, Array]]
    dim: int
    code: int
    size: int = 0
    latent: int = 0
    chain: Chain | None = None
    table: Callable[[Array], Array] | None = None


def circle(z: Array) -> tuple[Array, Array]:
    """cos z and sin z; on the lecture's grid ``z = 2 pi j / k`` mirror images to the last bit  (C3, C4).

    The rounding of z hides that z and 2 pi - z are images of each other; so the grid's are made of its indices, folded into
    one eighth of the circle.
    """
    k = np.shape(z)[-1] if np.ndim(z) else 0
    if k == 0 or z[..., 0].any() or z.dtype != float or not (z == np.arange(k) * (2 * np.pi / k)).all():
        return np.cos(z), np.sin(z)
    turn = 4 * np.arange(k)  # in units of 1/(4k) of the circle
    half = np.minimum(turn, 4 * k - turn)
    quarter = np.minimum(half, 2 * k - half)
    eighth = np.minimum(quarter, k - quarter)
    c, s = np.cos(eighth * (np.pi / 2 / k)), np.sin(eighth * (np.pi / 2 / k))
    s = np.where(2 * eighth == k, c, s)
    c, s = np.where(quarter == eighth, (c, s), (s, c))
    c, s = np.where(half == quarter, c, -c), np.where(turn == half, s, -s)
    return np.broadcast_to(c, z.shape), np.broadcast_to(s, z.shape)


def ellipse_decoder(z: Array, h: Array) -> Array:
    """``g(z) = [h_1 cos z, h_2 sin z]``  (C4 with h = w, C27 with h = f(x)).  z (..., k) in radians, h (2,) or (n, 2)."""
    c, s = circle(z)
    h = h if h.ndim == 1 else h[:, None]
    return np.stack([h[..., 0] * c, h[..., 1] * s], axis=-1)


def ellipse_decoder_adjoint(z: Array, h: Array, g_bar: Array) -> tuple[Array, Array]:
    """Adjoints of (z, h) given g_bar (..., k, 2)  (C4, C27)."""
    c, s = circle(z)
    h_bar = np.stack([c * g_bar[..., 0], s * g_bar[..., 1]], axis=-1)
    h_bar = h_bar.sum(axis=1) if h.ndim == 2 else h_bar.reshape(-1, 2).sum(axis=0)
    h = h if h.ndim == 1 else h[:, None]
    z_bar = h[..., 1] * c * g_bar[..., 1] - h[..., 0] * s * g_bar[..., 0]
    return (z_bar.sum(axis=0) if z_bar.ndim > z.ndim else z_bar), h_bar


def ellipse_slope(y: Array, z: Array, w: Array) -> Array:
    """``dE/dz = 2 w_1 sin z (y_1 - w_1 cos z) - 2 w_2 cos z (y_2 - w_2 sin z)``  (C5).  y (..., 2), z (...), w (..., 2)."""
    c, s = circle(z)
    return 2 * (w[..., 0] * s * (y[..., 0] - w[..., 0] * c) - w[..., 1] * c * (y[..., 1] - w[..., 1] * s))


def ellipse_curvature(y: Array, z: Array, w: Array) -> Array:
    """``d2E/dz2 = 2 [w_1 y_1 cos z + w_2 y_2 sin z - (w_1^2 - w_2^2) cos 2z]``  (C5).  Shapes as in `ellipse_slope`."""
    c, s = circle(z)
    w1, w2 = w[..., 0], w[..., 1]
    return 2 * (w1 * y[..., 0] * c + w2 * y[..., 1] * s - (w1 - w2) * (w1 + w2) * (c - s) * (c + s))


def _join(z: Array, h: Array, latent: int) -> Array:
    """Rows [h, z] for every observation and latent, (k, c + l) or (n, k, c + l)."""
    z = z if latent else z[..., None]
    h = h if h.ndim == 1 else h[:, None]
    shape = np.broadcast_shapes(z.shape[:-1], h.shape[:-1])
    return np.concatenate(
        [np.broadcast_to(h, (*shape, h.shape[-1])), np.broadcast_to(z, (*shape, z.shape[-1]))], axis=-1
    )


def network(z: Array, h: Array, w: Array, chain: Chain, latent: int) -> Array:
    """``g(h, z)``, a chain on the code and the latent side by side  (C28, C29).  -> (k, d) or (n, k, d)."""
    rows = _join(z, h, latent)
    return states(chain, rows.reshape(-1, rows.shape[-1]), w)[-1].reshape(*rows.shape[:-1], -1)


def network_adjoint(
    z: Array, h: Array, w: Array, g_bar: Array, chain: Chain, latent: int
) -> tuple[Array, Array, Array]:
    """Adjoints of (z, h, w) given g_bar: the chain's adjoint recursion, summed over what was shared  (C28, C29)."""
    rows = _join(z, h, latent)
    flat = states(chain, rows.reshape(-1, rows.shape[-1]), w)
    lam, w_bar = multipliers(chain, flat, w, g_bar.reshape(-1, g_bar.shape[-1]))
    bar = lam[0].reshape(rows.shape)
    h_bar, z_bar = bar[..., : h.shape[-1]], bar[..., h.shape[-1] :]
    z_bar = z_bar if latent else z_bar[..., 0]
    h_bar = h_bar.sum(axis=1) if h.ndim == 2 else h_bar.sum(axis=tuple(range(h_bar.ndim - 1)))
    return (z_bar.sum(axis=0) if z_bar.ndim > z.ndim else z_bar), h_bar, w_bar


def _circle(z: Array, h: Array, w: Array) -> Array:
    return ellipse_decoder(z, h)


def _circle_adjoint(z: Array, h: Array, w: Array, g_bar: Array) -> tuple[Array, Array, Array]:
    return *ellipse_decoder_adjoint(z, h, g_bar), np.zeros_like(w)


def _circle_table(z: Array) -> Array:
    return np.array(circle(z))


def circle_decoder() -> Decoder:
    """The ellipse of radii h; it has no parameters of its own  (C4, C27)."""
    return Decoder(_circle, _circle_adjoint, dim=2, code=2, table=_circle_table)


def network_decoder(chain: Chain, code: int, latent: int = 0) -> Decoder:
    """A chain on (h, z): scalar latents with latent = 0 (C28), vectors of so many entries otherwise (C29).

    With code = 0 it is a chain on z alone, Dec(z) (L18).
    """
    checks.instance(chain, Chain, "chain")
    code, latent = checks.count(code, "code", 0), checks.count(latent, "latent", 0)
    if chain.inputs != code + max(latent, 1):
        raise ValueError(f"chain: expected {code + max(latent, 1)} inputs (code and latent), got {chain.inputs}")
    run, back = partial(network, chain=chain, latent=latent), partial(network_adjoint, chain=chain, latent=latent)
    return Decoder(run, back, chain.outputs, code, chain.size, latent, chain)
