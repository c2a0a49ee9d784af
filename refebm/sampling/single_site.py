"""Gibbs sampling of any energy of binary units, one unit after the other  (W7, W12)."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np

from ..numerics import checks, guards
from ..numerics.checks import Array
from ..numerics.hinges import softplus_adjoint
from ..numerics.rows import exponents
from .gibbs import block_gibbs
from .loop import Kernel, State


def single_site_gibbs(dim: int, E: Callable[[Array], Array], beta: float = 1.0) -> Kernel:
    """The kernel that draws one binary unit after the other, for any energy: ``P(v) ~ exp(-beta E(v))``  (W7, W12).

    ``P(v_i = 1 | the others) = sigmoid(beta (E(v with v_i = 0) - E(v with v_i = 1)))``: the partition function cancels.

    Parameters
    ----------
    dim : int
        Units of a state v, each 0.0 or 1.0.
    E : callable
        ``E(v) -> (n,)`` for v (n, dim); +inf for a forbidden state, in which no chain may start.
    beta : float
        Above 0 and finite.
    """
    dim, beta = checks.count(dim, "dim"), checks.positive(beta, "beta")
    checks.function(E, "E")

    def energies(v: Array) -> Array:
        return guards.array(E, "E", (v,), (len(v),), "+inf")

    def probability(i: int, v: Array) -> Array:
        both = np.repeat(v[None], 2, axis=0)
        both[0, :, i], both[1, :, i] = 0, 1
        off, on = energies(both.reshape(-1, dim)).reshape(2, -1)
        with np.errstate(over="ignore", under="ignore"):
            log_odds = exponents(off, on, beta)
        return softplus_adjoint(log_odds, np.ones(len(v)))[:, None]

    sweep = block_gibbs(dim, [([i], partial(probability, i)) for i in range(dim)])

    def start(v: Array) -> State:
        state = sweep.start(v)
        if off := int(np.isinf(energies(state[0])).sum()):
            raise ValueError(f"y: expected states of finite energy, got {off} of {len(v)} that are forbidden")
        return state

    return Kernel(start, sweep.noise, sweep.move)
