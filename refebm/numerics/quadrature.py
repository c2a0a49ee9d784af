"""Integrals of Gibbs factors over boxes: Gauss's grids, and an adaptive rule that says how sure it is  (L1, L4, W2)."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from . import axes, checks
from .checks import Array
from .soft import exponents

if TYPE_CHECKING:
    from scipy.optimize import OptimizeResult

LARGEST_GRID = 1 << 21
ORDER, START = 6, (128, 12, 4, 2)  # of `integrate`: Gauss nodes in a panel, panels to start with, by dimension


def _box(box: ArrayLike, most: int = 20) -> Array:
    """The ends (d, 2) of each dimension, d at most `most`, of a volume that is a number."""
    box = checks.finite(box, "box")
    if box.ndim != 2 or box.shape[1] != 2 or not (box[:, 0] < box[:, 1]).all():
        raise ValueError(
            f"box: expected rows (low, high) in ascending order, one for each dimension, got {checks.describe(box)}"
        )
    if len(box) > most:
        raise ValueError(f"box: expected at most {most} dimensions, got {len(box)}")
    if not abs(np.log(np.ptp(box, axis=1)).sum()) < 700:
        raise ValueError("box: expected a volume between 1e-304 and 1e304, got one outside")
    return box


def _product(node: Array, d: int) -> Array:
    """All combinations (m^d, d) of m numbers, the last coordinate running first."""
    return np.stack(np.meshgrid(*[node] * d, indexing="ij"), axis=-1).reshape(-1, d)


@np.errstate(under="ignore")
def gauss_grid(box: ArrayLike, panels: int, order: int = 8) -> tuple[Array, Array]:
    """Nodes (m, d) and weights (m,) of a product rule: `panels` equal panels of a Gauss-Legendre rule in each dimension.

    box (d, 2) holds the ends of each dimension; m = (panels order)^d, about two million at most. The order is at most 256.
    """
    box = _box(box)
    order, panels = checks.count(order, "order", most=256), checks.count(panels, "panels", most=LARGEST_GRID)
    if (panels * order) ** len(box) > LARGEST_GRID:
        raise ValueError(
            f"panels: expected at most {LARGEST_GRID} nodes, got {panels} panels of {order} to the power {len(box)}"
        )
    node, weight = np.polynomial.legendre.leggauss(order)
    node = ((np.arange(panels)[:, None] + (node + 1) / 2) / panels).ravel()
    weight = np.tile(weight / 2 / panels, panels)
    size = np.ptp(box, axis=1)
    return box[:, 0] + size * _product(node, len(box)), np.prod(size * _product(weight, len(box)), axis=1)


def _rules(d: int) -> tuple[Array, Array]:
    """Nodes (m, d) in the unit cube of Gauss's and of Lobatto's product rules, and the weights (2, m) of each."""
    node, weight = np.polynomial.legendre.leggauss(ORDER)
    P = np.polynomial.legendre.Legendre.basis(ORDER)
    ends = np.concatenate([[-1.0], P.deriv().roots(), [1.0]])
    rules = [(node, weight), (ends, 2 / (ORDER * (ORDER + 1) * P(ends) ** 2))]
    nodes = [_product((x + 1) / 2, d) for x, _ in rules]
    first, second = (np.prod(_product(w / 2, d), axis=1) for _, w in rules)
    weights = np.zeros((2, len(first) + len(second)))
    weights[0, : len(first)], weights[1, len(first) :] = first, second
    return np.concatenate(nodes), weights


def _factors(values: Array, m: Array, beta: float) -> Array:
    """``exp(-beta (F - m))``, and 0 for what is forbidden."""
    return np.exp(-exponents(values, m, beta)) if beta else np.isfinite(values) * 1.0


@np.errstate(under="ignore")
def integrate(F: Callable[[Array], Array], beta: float, box: ArrayLike, tol: float = 1e-10) -> OptimizeResult:
    """``log Z = log of the integral of exp(-beta F(y)) over a box``, with its error  (L1, L4, W2).

    On each panel Gauss's rule of 6 nodes in each dimension is set against Lobatto's of 7, which lie between and on the
    faces; the mean of the two counts. In one dimension the truth lies between them where the integrand's 12th derivative
    has one sign on the panel, and a step, wherever it is, is missed by less than they disagree. Panels that disagree are
    halved in each dimension until the disagreements add up to less than `tol`. Then *all* are halved and have to agree once
    more, or two million nodes have been used.

    **Agreement is evidence and no bound.** What is smaller than the gaps between nodes can hide from all of them: smaller than
    1/2000 of the box in one dimension, 1/100 of its sides in two, 1/30 in three, 1/16 in four. Where energies have narrower
    wells, give a box about each.

    Parameters
    ----------
    F : callable
        Energies (m,) of nodes (m, d), also on the box's faces; +inf is a forbidden state.
    beta : float in [0, inf[
    box : array_like, (d, 2)
        The ends of each dimension, of four at most.
    tol : float
        Of log Z.

    Returns
    -------
    OptimizeResult
        ``log_z``; ``error``, the sum of the disagreements, or the last change where that is larger, and the nodes' own
        rounding; inf where that is as large as Z; ``success`` whether two agreements in a row were within `tol`, of a Z
        that is a number above 0;
        ``y`` (m, d) and ``measure`` (m,), the nodes and weights; ``F`` (m,) there; ``nfev`` all nodes used.

    Raises
    ------
    TypeError, ValueError
        For a bad box, beta, tol; for what F gives if it is not real, of a wrong shape, NaN or -inf.
    """
    from scipy.optimize import OptimizeResult

    checks.function(F, "F")
    if (beta := checks.inverse_temperature(beta)) == np.inf:
        raise ValueError("beta: expected a number in [0, inf[, got inf")
    box, tol = _box(box, 4), checks.positive(tol, "tol")
    d, size = len(box), np.ptp(box, axis=1)
    node, weights = _rules(d)
    half = _product(np.array([0.0, 0.5]), d)

    def nodes(low: Array, side: Array) -> Array:
        """Of panels of the unit cube, in the box."""
        with np.errstate(under="ignore"):
            return (box[:, 0] + size * (low[:, None] + side[:, None, None] * node)).reshape(-1, d)

    def energies(low: Array, side: Array) -> Array:
        y = nodes(low, side)
        values = axes.energies(checks.numbers(F(y), "F"), "F")
        if values.shape != (len(y),):
            raise ValueError(f"F: expected a value for each of {len(y)} nodes, got shape {values.shape}")
        return values.reshape(len(low), -1)

    n = START[d - 1]
    low, side = _product(np.arange(n) / n, d), np.full(n**d, 1 / n)
    values = energies(low, side)
    nfev, last, agreed = values.size, (-np.inf, 0.0), False
    while True:
        m = np.minimum(values.min(), np.finfo(float).max)
        with np.errstate(all="ignore"):
            both = side**d * (weights @ _factors(values, m, beta).T)
            total, off = both.mean(axis=0).sum(), np.abs(both[0] - both[1])
            error = 0.0 if total == 0 else float(-np.log1p(-min(off.sum() / total, 1.0)))
            log_total = np.log(total)
            change = 0.0 if last == (log_total, m) else abs(log_total - last[0] - beta * (m - last[1]))
            few = -np.expm1(-tol) / 2 * total
            log_z = float(log_total + np.log(size).sum() - (beta * m if total and beta else 0.0))
        worst = np.argsort(off, kind="stable")
        if within := error <= tol:
            if agreed and change <= tol:
                break
        else:
            worst = worst[np.cumsum(off[worst]) > few]
        room = (LARGEST_GRID - nfev) // (2**d * len(node))
        if room < (len(worst) if within else 1):
            break
        new, agreed, last = worst[-room:], within, (log_total, m)
        halves = (low[new][:, None] + side[new][:, None, None] * half).reshape(-1, d), np.repeat(side[new] / 2, 2**d)
        old = np.delete(np.arange(len(low)), new)
        more = energies(*halves)
        low, side, values = (
            np.concatenate([a[old], b]) for a, b in zip((low, side, values), (*halves, more), strict=True)
        )
        nfev += more.size
    # nodes are rounded by u |y|, which shifts a panel's integral by about as much of itself as that is of its side
    with np.errstate(under="ignore"):
        share = both.mean(axis=0) / total if total else 0 * side
        rounding = np.finfo(float).eps * float((share / side).sum() * (np.abs(box).max(axis=1) / size).sum())
        error = max(error, float(change)) + rounding
        y, measure = nodes(low, side), (side[:, None] ** d * weights.mean(axis=0) * np.prod(size)).ravel()
    found = {"log_z": log_z, "error": error, "success": bool(within and agreed and error <= tol and np.isfinite(log_z))}
    return OptimizeResult(found, y=y, measure=measure, F=values.ravel(), nfev=nfev)
