"""Gibbs sampling of binary units: blocks of them in turn, each drawn from its distribution given all the others  (W9, W12)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from ..numerics import checks, guards
from ..numerics.checks import Array
from .loop import Kernel, State

Block = tuple[ArrayLike, Callable[[Array], Array]]


def update(v: Array, units: Array, p: Array, u: Array) -> Array:
    """States v (n, d), the `units` (m,) drawn anew: 1 with probability p (n, m), where u < p, u (n, m) uniform in [0, 1[."""
    v = v.copy()
    v[:, units] = u < p
    return v


def block_gibbs(dim: int, blocks: Sequence[Block]) -> Kernel:
    """The kernel that draws blocks of binary units in turn  (Geman and Geman, 1984).

    If each block is drawn from its distribution under P given all other units, P is stationary. Units that are in no block stay
    as they are: then it is P given those. Detailed balance holds for one block; for a sweep of them if it is a palindrome, such
    as ``blocks + blocks[-2::-1]``.

    Parameters
    ----------
    dim : int
        Units of a state v, each 0.0 or 1.0.
    blocks : list or tuple of (units, probability)
        Whole numbers in [0, dim[, (m,); and ``probability(v) -> (n, m)``, ``P(v_i = 1 | all units outside of the block)`` for the
        block's units, for v (n, dim). Given the others, units of a block are independent.
    """
    dim = checks.count(dim, "dim")
    pairs = _blocks(blocks, dim)
    ends = np.cumsum([len(units) for units, _ in pairs])

    def start(v: Array) -> State:
        v, _ = checks.observations(v, dim, "y")
        if off := int(((v != 0) & (v != 1)).sum()):
            raise ValueError(f"y: expected units that are 0 or 1, got {off} of {v.size} that are not")
        return (v,)

    def move(state: State, u: Array) -> tuple[State, Array]:
        (v,) = state
        for (units, probability), part in zip(pairs, np.split(u, ends[:-1], axis=1), strict=True):
            v = update(v, units, _checked(probability, v, len(units)), part)
        return (v,), np.ones(len(v), bool)

    return Kernel(start, lambda rng, n: rng.random((n, ends[-1])), move)


def _blocks(blocks: Any, dim: int) -> list[tuple[Array, Callable[[Array], Array]]]:
    """The blocks, their units as arrays of whole numbers."""
    sequence = isinstance(blocks, (list, tuple)) and len(blocks) > 0
    if not sequence or not all(isinstance(b, tuple) and len(b) == 2 and callable(b[1]) for b in blocks):
        raise TypeError(f"blocks: expected pairs (units, probability), got {checks.describe(blocks)}")
    pairs = [(checks.finite(units, "blocks"), probability) for units, probability in blocks]
    for units, _ in pairs:
        whole = (units % 1 == 0) & (units >= 0) & (units < dim)
        if units.ndim != 1 or not whole.all() or len(np.unique(units)) < len(units):
            raise ValueError(
                f"blocks: expected units that differ, whole numbers in [0, {dim}), got {checks.describe(units.tolist())}"
            )
    return [(units.astype(int), probability) for units, probability in pairs]


def _checked(probability: Callable[[Array], Array], v: Array, m: int) -> Array:
    p = guards.array(probability, "blocks", (v,), (len(v), m))
    if not ((p >= 0) & (p <= 1)).all():
        raise ValueError(f"blocks: expected probabilities in [0, 1], got one of {p[(p < 0) | (p > 1)][0]:g}")
    return p
