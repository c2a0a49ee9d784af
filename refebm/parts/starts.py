"""Where a network's learning starts: parameters with hardly a unit dead on the data  (C27)."""

from __future__ import annotations

import numpy as np

from ..numerics.checks import Array
from .chains import Chain


def start_chain(chain: Chain, rows: Array, outputs: Array, rng: np.random.Generator) -> Array:
    """Parameters of a chain that sees these rows, and whose mean output over them is `outputs`.

    Weights are normal with variance 2 / inputs (He et al., 2015). A hidden unit's bias puts its kink between the states of two
    random observations, so that it is alive on one side of it: with biases 0 on a scalar condition x >= 0 a ReLU network
    starts as a straight line, its first units of negative weight dead.
    """
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
