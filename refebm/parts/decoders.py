"""Decoders: from a code h and a latent z to a point g(h, z) of the manifold, each with its adjoint  (C4, C27-C29).

Stages trust their arrays: latents z (1 or n, k, l), the code h (1 or n, c), n where it is each observation's own.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np

from ..numerics import checks
from ..numerics.checks import Array
from .chains import Chain, multipliers, states
from .shapes import summed_to


@dataclass(frozen=True)
class Decoder:
    """``g = forward(z, h, w)`` and ``(z_bar, h_bar, w_bar) = adjoint(z, h, w, g_bar)``.

    Parameters
    ----------
    forward, adjoint : callables
        g is (1 or n, k, d), n where z or h is each observation's own; w is a flat vector of the decoder's own parameters.
    dim, code : int
        Entries of an observation, and of a code.
    size : int
        Entries of w.
    latent : int
        Entries of a latent.
    chain : Chain, optional
        Of a network decoder.
    table : callable, optional
        T(z) (d, k) of latents z (k, l), where ``g_i = h_i T_i(z)`` is linear in the code.
    """

    forward: Callable[[Array, Array, Array], Array]
    adjoint: Callable[[Array, Array, Array, Array], tuple[Array, Array, Array]]
    dim: int
    code: int
    size: int = 0
    latent: int = 1
    chain: Chain | None = None
    table: Callable[[Array], Array] | None = None


def _rows(z: Array, h: Array) -> Array:
    """Rows [h, z] for every observation and latent, (1 or n, k, c + l)."""
    shape = (max(len(z), len(h)), z.shape[1])
    parts = h[:, None], z
    return np.concatenate([np.broadcast_to(part, (*shape, part.shape[-1])) for part in parts], axis=-1)


def network(z: Array, h: Array, w: Array, chain: Chain) -> Array:
    """``g(h, z)``, a chain on the code and the latent side by side  (C28, C29)."""
    rows = _rows(z, h)
    return states(chain, rows.reshape(-1, rows.shape[-1]), w)[-1].reshape(*rows.shape[:-1], -1)


def network_adjoint(z: Array, h: Array, w: Array, g_bar: Array, chain: Chain) -> tuple[Array, Array, Array]:
    """Adjoints of (z, h, w) given g_bar: the chain's adjoint recursion, summed over what was shared  (C28, C29)."""
    rows, c = _rows(z, h), h.shape[1]
    flat = states(chain, rows.reshape(-1, rows.shape[-1]), w)
    lam, w_bar = multipliers(chain, flat, w, g_bar.reshape(-1, g_bar.shape[-1]))
    bar = lam[0].reshape(rows.shape)
    return summed_to(bar[..., c:], z.shape), summed_to(bar[..., :c].sum(axis=1), h.shape), w_bar


def network_decoder(chain: Chain, code: int, latent: int = 1) -> Decoder:
    """A chain on (h, z), z of so many entries: one (C28) or several (C29).

    With code = 0 it is a chain on z alone, Dec(z) (L18).
    """
    checks.instance(chain, Chain, "chain")
    code, latent = checks.count(code, "code", 0), checks.count(latent, "latent")
    if chain.inputs != code + latent:
        raise ValueError(f"chain: expected {code + latent} inputs (code and latent), got {chain.inputs}")
    run, back = partial(network, chain=chain), partial(network_adjoint, chain=chain)
    return Decoder(run, back, chain.outputs, code, chain.size, latent, chain)
