"""Gibbs distributions on tables of energies, in log space: joint, marginal, conditional, log partition  (L1-L3, N4, W2).

A table holds the energy of every state of an enumerated space or of a grid, on one axis or several. A `measure` is each
state's volume, such as the steps of a grid or the weights of a quadrature rule; logarithms of P are then of densities. By
default states count 1 each and P is a probability.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from . import axes, checks
from .checks import Array
from .rows import exponents

Axis = int | tuple[int, ...]


def _table(E: ArrayLike, beta: float, measure: ArrayLike, axis: Axis, name: str = "E") -> tuple[Array, Array, Array]:
    """``x = beta (E - m)``, m the least energy that counts, and ``log sum measure exp(-x)``; reduced axes have length 1."""
    E, beta, mu = axes.energies(E, name), checks.inverse_temperature(beta), axes.volumes(measure)
    over = tuple(axes.axis(a, E.ndim) for a in (axis if isinstance(axis, tuple) else (axis,)))
    if len({*over}) < len(over):
        raise ValueError(f"axis: expected axes that differ, got {checks.describe(axis)}")
    axes.broadcasts(mu, E.shape, "measure", name)
    m = np.where(mu > 0, E.real, np.inf).min(axis=over, keepdims=True)
    m = np.where(np.isinf(m), 0.0, m)
    with np.errstate(over="ignore", under="ignore", divide="ignore", invalid="ignore"):
        out = np.isposinf(E) if beta == 0 else E.real > m  # what has no weight at the two ends of beta
        x = np.where(out, np.inf, 0.0) if beta in (0, np.inf) else exponents(E, m, beta)
        log_S = np.log((mu * np.exp(-np.where(mu > 0, x, np.inf))).sum(axis=over, keepdims=True))
    return x, m, log_S


@np.errstate(under="ignore")
def log_partition(E: ArrayLike, beta: float, measure: ArrayLike = 1.0, axis: Axis = -1) -> Array:
    """Log partition function ``log Z = log sum exp(-beta E) measure``  (L1, W2).

    Parameters
    ----------
    E : array_like
        Energies, an axis or several of them the states'; +inf is a forbidden state.
    beta : float in [0, inf]
        Inverse temperature, in units of 1/E.
    measure : array_like
        Volume of each state, from 0 up, of a shape that broadcasts to E's.
    axis : int or tuple of ints
        The axes of the states that are summed over.

    Returns
    -------
    log_z : ndarray
        E's shape without `axis`. At beta = inf the limit, +-inf unless the least energy is 0. -inf where all is forbidden.

    Raises
    ------
    TypeError, ValueError
        For NaN, -inf, anything that is no number, negative volumes, shapes and axes that do not fit.
    """
    _, m, log_S = _table(E, beta, measure, axis)
    beta = float(beta)
    with np.errstate(over="ignore", invalid="ignore"):
        return np.squeeze(log_S - np.where(m == 0, 0.0, beta * m), axis=axis)[()]


@np.errstate(under="ignore")
def log_gibbs(E: ArrayLike, beta: float, measure: ArrayLike = 1.0, axis: Axis = -1) -> Array:
    """``log P = -beta E - log Z``, the Gibbs distribution over the states on `axis`  (L1, W2).

    Arguments as in `log_partition`. What the axes are decides what P is: of a table E(y, z), both axes give the joint P(y, z)
    (L2), y's alone P(y|z), z's alone P(z|y) (L3, C16); an axis of conditions x that is left out is conditioned on (L2).
    Each is normalised by itself, and good also where the joint has underflowed. At beta = inf the states of least energy
    share P, by their volumes; at beta = 0 all do.

    Returns
    -------
    log_p : ndarray
        E's shape; -inf for what cannot be.

    Raises
    ------
    TypeError, ValueError
        As `log_partition`; also where all that counts is forbidden.
    """
    x, _, log_S = _table(E, beta, measure, axis)
    if np.isneginf(log_S.real).any():
        raise ValueError("E: expected a finite energy of a state that counts in every distribution, got none in some")
    return 0.0 - x - log_S  # 0, not -0, where P is 1


@np.errstate(under="ignore")
def log_marginal(log_p: ArrayLike, measure: ArrayLike = 1.0, axis: Axis = -1) -> Array:
    """``log P(y) = log sum_z P(y, z) measure``: the states on `axis` summed away  (L2, L3, N4).

    log_p has the shape of the table, may hold -inf, and stays in log space: no probability underflows. Raises as `log_partition`.
    """
    _, m, log_S = _table(-axes.energies(log_p, "log_p", sign=-1), 1.0, measure, axis, "log_p")
    return np.squeeze(log_S - m, axis=axis)[()]
