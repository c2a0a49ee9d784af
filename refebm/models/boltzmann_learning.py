"""What learning a restricted Boltzmann machine takes: log Z by enumeration, its Gibbs chain, contrastive divergence  (W6-W10)."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from ..inference.searches import product_grid
from ..learning.likelihood import likelihood_gradient
from ..learning.stochastic import Gradients, minibatches
from ..numerics import checks
from ..numerics.checks import Array
from ..numerics.soft import softargmin
from ..numerics.tables import log_partition
from ..sampling.gibbs import block_gibbs
from ..sampling.loop import Kernel, sample_chain
from .boltzmann import Machine, free, free_adjoint, logistic, machine, rbm_packing, rbm_potential

LARGEST_SIDE = 19  # units whose states are listed


@np.errstate(under="ignore")
def rbm_log_partition(W: ArrayLike, b: ArrayLike, c: ArrayLike) -> Array:
    """``log Z = log sum_v sum_h exp(-E(v, h))``, exact, the states of the smaller side listed, at most 19 units  (W7)."""
    parts, states = _smaller_side(*machine(W, b, c))
    return log_partition(free(states, *parts), 1.0)


@np.errstate(under="ignore")
def rbm_log_partition_adjoint(W: ArrayLike, b: ArrayLike, c: ArrayLike, log_z_bar: float) -> tuple[Array, ...]:
    """Adjoints of (W, b, c): minus the energy's mean slope under the model, ``W_bar = log_z_bar <h v^T>_model``  (W8)."""
    parts, states = _smaller_side(*machine(W, b, c))
    bar = checks.cotangent(log_z_bar, (), "log_z_bar")
    P = softargmin(free(states, *parts), 1.0)
    _, W_bar, b_bar, c_bar = free_adjoint(states, *parts, -bar * P)
    return (W_bar, b_bar, c_bar) if parts[0].shape == np.shape(W) else (W_bar.T, c_bar, b_bar)


def rbm_gibbs(W: ArrayLike, b: ArrayLike, c: ArrayLike) -> Kernel:
    """The chain on states [v, h] (n, d + m) that draws all hidden units given the visible ones, then these given those  (W9)."""
    W, b, c = (checks.finite(part, name).copy() for part, name in zip(machine(W, b, c), "Wbc", strict=True))
    m, d = W.shape
    hidden = np.arange(d, d + m), lambda s: logistic(c + s[:, :d] @ W.T)
    return block_gibbs(d + m, [hidden, (np.arange(d), lambda s: logistic(b + s[:, d:] @ W))])


def contrastive_divergence(
    v: ArrayLike,
    hidden: int,
    rng: np.random.Generator,
    k: int = 1,
    batch: int = 32,
    chains: ArrayLike | None = None,
) -> Gradients:
    """CD-k, or persistent CD: the `gradients` by which `stochastic_descent` learns the w of `rbm_potential`  (W6, W8, W10).

    The mean of dF/dw over a minibatch minus that over draws of the model, which are where k sweeps of `rbm_gibbs` lead to: from
    the minibatch itself (Hinton, 2002), or from where the chains of the estimate before ended (Tieleman, 2008). Biased in
    general, less and less as k grows; not so where the model is the data's distribution.

    Parameters
    ----------
    v : array_like, (n, d)
        Observations, 0 or 1.
    hidden : int
        m.
    rng : numpy.random.Generator
        For minibatches and draws.
    k : int
        Sweeps.
    batch : int
        Observations in a minibatch.
    chains : array_like, (s, d), optional
        Where the chains of persistent CD start, 0 or 1; they go on from call to call.
    """
    v = _binary(v, "v")
    d, F, rng = v.shape[1], rbm_potential(v.shape[1], hidden), checks.generator(rng)
    parts, burn, batch = rbm_packing(d, hidden), checks.count(k, "k") - 1, checks.count(batch, "batch")
    last = None if chains is None else _binary(chains, "chains", d)

    def gradient(rows: Array, w: Array) -> Array:
        nonlocal last
        at = v[rows] if last is None else last
        states = np.concatenate([at, np.zeros((len(at), hidden))], axis=1)
        drawn = sample_chain(rbm_gibbs(*parts.split(w)), states, 1, rng, burn).last[:, :d]
        last = None if last is None else drawn
        return likelihood_gradient(F, v[rows], drawn, w, batches=1)[0]

    return lambda: (partial(gradient, rows) for rows in minibatches(len(v), batch, rng))


def _binary(v: Any, name: str, size: int | None = None) -> Array:
    v = checks.finite(v, name)
    if v.ndim != 2 or size not in (None, v.shape[1]):
        raise ValueError(f"{name}: expected shape (n, {size or 'd'}), got {v.shape}")
    if off := int(((v != 0) & (v != 1)).sum()):
        raise ValueError(f"{name}: expected units that are 0 or 1, got {off} of {v.size} that are not")
    return v.copy()


def _smaller_side(W: Array, b: Array, c: Array) -> tuple[Machine, Array]:
    """The machine, its sides exchanged where fewer units are hidden, and all states of its visible units."""
    few = min(W.shape)
    if few > LARGEST_SIDE:
        raise ValueError(f"W: expected at most {LARGEST_SIDE} units on the smaller side, got {few}")
    checks.room(2**few * max(W.shape), "W")
    return (W, b, c) if W.shape[1] == few else (W.T, c, b), product_grid((0, 1), 2, few)
