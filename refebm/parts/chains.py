"""Backprop as a Lagrangian: chains of stages, their forward states and their adjoint recursion  (L20-L22).

Minimise ``C(z_K)`` subject to ``z_0 = x`` and ``z_{k+1} = g_k(z_k, w_k)``. With a multiplier for each constraint,

    L(z, lambda, w) = C(z_K) + lambda_0 . (x - z_0) + sum_k lambda_{k+1} . (g_k(z_k, w_k) - z_{k+1}).

Stationary in lambda it is the forward pass, in z the adjoint recursion, and then its derivative in w is the loss's. Written
with this sign of the constraints, lambda_k *is* the gradient dC/dz_k (the lecture has the other sign; see the errata).
States and multipliers are lists of K + 1 arrays whose rows are samples; products sum over all entries.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from typing import Any

import numpy as np

from ..numerics import checks
from ..numerics.checks import Array
from .shapes import Packing, packed


def _unknown(*_: Array) -> Any:
    raise ValueError("stage: expected a tangent and an adjoint_tangent, for second derivatives, got a stage without")


@dataclass(frozen=True)
class Stage:
    """A stage ``v = forward(z, *w_k)``, its adjoints ``adjoint(z, *w_k, v_bar) -> (z_bar, *w_k_bar)``, the shapes of w_k.

    For second derivatives also ``tangent(z, *w_k, z_dot, *w_k_dot) -> v_dot`` and ``adjoint_tangent(z, *w_k, v_bar, z_dot,
    *w_k_dot, v_bar_dot) -> (z_bar_dot, *w_k_bar_dot)``.
    """

    forward: Callable[..., Array]
    adjoint: Callable[..., tuple[Array, ...]]
    shapes: tuple[tuple[int, ...], ...] = ()
    tangent: Callable[..., Array] = _unknown
    adjoint_tangent: Callable[..., tuple[Array, ...]] = _unknown


@dataclass(frozen=True)
class Chain:
    """Stages one after another; their parameters are one flat vector w (size,)."""

    stages: tuple[Stage, ...]

    def __post_init__(self) -> None:
        if not isinstance(self.stages, tuple) or not all(isinstance(stage, Stage) for stage in self.stages):
            raise TypeError(f"stages: expected a tuple of stages, got {checks.describe(self.stages)}")
        checks.room(self.size, "stages")

    @cached_property
    def packing(self) -> Packing:
        """How the stages' arrays lie in w."""
        return Packing(tuple(shape for stage in self.stages for shape in stage.shapes))

    @property
    def size(self) -> int:
        return self.packing.size

    @property
    def inputs(self) -> int:
        """Entries of a row that goes in (to the first affine stage)."""
        return self._matrices[0][1]

    @property
    def outputs(self) -> int:
        """Entries of a row that comes out (of the last affine stage)."""
        return self._matrices[-1][0]

    @cached_property
    def _matrices(self) -> list[tuple[int, ...]]:
        """Shapes of the affine stages' matrices, which alone change how wide a row is."""
        shapes: list[tuple[int, ...]] = [
            stage.shapes[0] for stage in self.stages if stage.shapes and len(stage.shapes[0]) == 2
        ]
        if not shapes:
            raise ValueError(f"chain: expected an affine stage at least, got {len(self.stages)} stages without one")
        return shapes

    @property
    def widest(self) -> int:
        """Entries of the longest row in it."""
        return max(max(shape) for shape in self._matrices)

    def parameters(self, w: Array) -> list[list[Array]]:
        """The arrays of each stage, views of w."""
        arrays = iter(self.packing.split(w))
        return [list(islice(arrays, len(stage.shapes))) for stage in self.stages]


@np.errstate(under="ignore")
def states(chain: Chain, x: Array, w: Array) -> list[Array]:
    """Forward pass ``z_0 = x``, ``z_{k+1} = g_k(z_k, w_k)``: the Lagrangian stationary in lambda  (L20, L22)."""
    z = [x]
    for stage, w_k in zip(chain.stages, chain.parameters(w), strict=True):
        z.append(stage.forward(z[-1], *w_k))
    return z


@np.errstate(under="ignore")
def multipliers(chain: Chain, z: Sequence[Array], w: Array, z_K_bar: Array) -> tuple[list[Array], Array]:
    """Adjoint recursion ``lambda_K = dC/dz_K``, ``lambda_k = (dg_k/dz_k)^T lambda_{k+1}``: stationary in z  (L22).

    Returns lambda_0 ... lambda_K, of which lambda_0 is the gradient in x, and the gradient in w (size,), whose parts
    ``(dg_k/dw_k)^T lambda_{k+1}`` come out of the same adjoints.
    """
    lam, w_bar = [z_K_bar], list[Array]()
    for stage, w_k, z_k in reversed(list(zip(chain.stages, chain.parameters(w), z[:-1], strict=True))):
        z_bar, *w_k_bar = stage.adjoint(z_k, *w_k, lam[0])
        lam.insert(0, z_bar)
        w_bar[:0] = w_k_bar
    return lam, packed(w_bar)


@np.errstate(under="ignore")
def states_tangent(chain: Chain, z: Sequence[Array], w: Array, x_dot: Array, w_dot: Array) -> list[Array]:
    """How the states z_0 ... z_K move where x and w move by x_dot and w_dot: the forward pass, differentiated  (L22)."""
    z_dot = [x_dot]
    for g, w_k, w_k_dot, z_k in zip(chain.stages, chain.parameters(w), chain.parameters(w_dot), z[:-1], strict=True):
        z_dot.append(g.tangent(z_k, *w_k, z_dot[-1], *w_k_dot))
    return z_dot


@np.errstate(under="ignore")
def multipliers_tangent(
    chain: Chain,
    z: Sequence[Array],
    lam: Sequence[Array],
    w: Array,
    z_dot: Sequence[Array],
    w_dot: Array,
    z_K_bar_dot: Array,
) -> tuple[list[Array], Array]:
    """How the multipliers and the gradient in w move: the adjoint recursion, differentiated  (L22; Pearlmutter, 1994).

    With ``z_K_bar_dot = C'' z_dot_K`` the second is the product of the loss's second derivatives with the motion, for the
    price of two gradients: no matrix of them is made.
    """
    lam_dot, w_bar_dot = [z_K_bar_dot], list[Array]()
    stages = zip(chain.stages, chain.parameters(w), chain.parameters(w_dot), z[:-1], z_dot[:-1], lam[1:], strict=True)
    for g, w_k, w_k_dot, z_k, z_k_dot, above in reversed(list(stages)):
        z_bar_dot, *w_k_bar_dot = g.adjoint_tangent(z_k, *w_k, above, z_k_dot, *w_k_dot, lam_dot[0])
        lam_dot.insert(0, z_bar_dot)
        w_bar_dot[:0] = w_k_bar_dot
    return lam_dot, packed(w_bar_dot)


def lagrangian(
    chain: Chain, cost: Callable[[Array], Any], x: Array, z: Sequence[Array], lam: Sequence[Array], w: Array
) -> Any:
    """``C(z_K) + lambda_0 . (x - z_0) + sum_k lambda_{k+1} . (g_k(z_k, w_k) - z_{k+1})`` at *any* states and multipliers  (L21)."""
    return cost(z[-1]) + sum((a * r).sum() for a, r in zip(lam, residuals(chain, x, z, w), strict=True))


def lagrangian_adjoint(
    chain: Chain, z_K_bar: Array, z: Sequence[Array], lam: Sequence[Array], w: Array
) -> tuple[list[Array], Array]:
    """The Lagrangian's derivatives in z_0 ... z_K and in w, at any states and multipliers; z_K_bar is dC/dz_K  (L22).

    In z_k: ``(dg_k/dz_k)^T lambda_{k+1} - lambda_k``; in w_k: ``(dg_k/dw_k)^T lambda_{k+1}``.
    """
    z_bar, w_bar = [], []
    for stage, w_k, z_k, a, above in zip(chain.stages, chain.parameters(w), z[:-1], lam[:-1], lam[1:], strict=True):
        down, *w_k_bar = stage.adjoint(z_k, *w_k, above)
        z_bar.append(down - a)
        w_bar += w_k_bar
    return [*z_bar, z_K_bar - lam[-1]], packed(w_bar)


def residuals(chain: Chain, x: Array, z: Sequence[Array], w: Array) -> list[Array]:
    """The Lagrangian's derivatives in lambda_0 ... lambda_K: how far each constraint is from holding  (L22)."""
    values = [g.forward(z_k, *w_k) for g, w_k, z_k in zip(chain.stages, chain.parameters(w), z[:-1], strict=True)]
    return [a - b for a, b in zip([x, *values], z, strict=True)]
