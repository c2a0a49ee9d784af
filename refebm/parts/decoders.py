"""Decoders: from a code h and a latent z to a point g(h, z) of the manifold, each with its adjoint  (C4, C27-C29).

Stages trust their arrays. Latents are scalars, z (k,) shared or (n, k) each observation's own, or vectors, one axis more.
The code is (c,), the same for all observations, or (n, c), each observation's own.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np

from ..numerics import checks
from ..numerics.checks import Array
from .chains import Chain, multipliers, states


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
