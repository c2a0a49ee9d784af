"""Where learning starts: parameters of the data's own scale, hardly a unit dead on the data  (C25, C27)."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from ..energies.energy import Energy
from ..numerics import checks
from ..numerics.checks import Array
from ..parts.chains import Chain


def start(energy: Energy, y: ArrayLike, rng: np.random.Generator, x: ArrayLike | None = None) -> Array:
    """Random parameters to start learning from  (C27).

    Weights are normal with variance 2 / inputs (He et al., 2015). A hidden unit's bias puts its kink between the states
    of two random observations, so that it is alive on one side of it: with biases 0 on a scalar condition x >= 0 a ReLU network
    starts as a straight line, its first units of negative weight dead. A predictor's last biases, or the code itself, are the
    data's root-mean-square radii, so that radii start away from 0 and of one sign.

    Parameters
    ----------
    energy, y, x
        As in `free_energy`.
    rng : numpy.random.Generator

    Returns
    -------
    w : ndarray, (size,)
    """
    checks.instance(energy, Energy, "energy")
    checks.generator(rng)
    y = checks.observations(y, energy.dim)[0]
    x = energy.check_x(x, len(y))
    with np.errstate(under="ignore"):
        radii = checks.finite(np.sqrt(2 * np.square(y).mean(axis=0)), "y")
    radii = np.resize(radii, energy.decoder.code)
    w_f = radii if energy.predictor is None else start_chain(energy.predictor, np.asarray(x), radii, rng)
    if energy.decoder.chain is None:
        return w_f
    rows = rng.normal(size=(len(y), energy.decoder.chain.inputs))
    return np.concatenate([w_f, start_chain(energy.decoder.chain, rows, y.mean(axis=0), rng)])


def start_chain(chain: Chain, rows: Array, outputs: Array, rng: np.random.Generator) -> Array:
    """Parameters of a chain that sees these rows, and whose mean output over them is `outputs`."""
    w = np.zeros(chain.size)
    for stage, w_k in zip(chain.stages, chain.parameters(w), strict=True):
        if w_k:
            W, b = w_k
            W[:] = rng.normal(0, np.sqrt(2 / W.shape[1]), W.shape)
            last = stage is chain.stages[-1]
            seen = rows.mean(axis=0) if last else _between(rows, len(W), rng)
            b[:] = (outputs if last else 0) - (W * seen).sum(axis=1)
        rows = stage.forward(rows, *w_k)
    return w


def _between(rows: Array, m: int, rng: np.random.Generator) -> Array:
    """m points, each at random on the line from one random row to another."""
    a, b = rows[rng.integers(len(rows), size=(2, m))]
    return a + rng.uniform(size=(m, 1)) * (b - a)
