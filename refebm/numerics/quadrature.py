"""Integrals of Gibbs factors over boxes: an adaptive rule that says how sure it is  (L1, L4, W2)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from . import axes, checks
from .checks import Array
from .grids import LARGEST_GRID, box_ends, product
from .rows import exponents

if TYPE_CHECKING:
    from scipy.optimize import OptimizeResult

ORDER, START = 6, (128, 12, 4, 2)  # of `integrate`: Gauss nodes in a panel, panels to start with, by dimension


def _rules(d: int) -> tuple[Array, Array]:
    """Nodes (m, d) in the unit cube of Gauss's and of Lobatto's product rules, and the weights (2, m) of each."""
    node, weight = np.polynomial.legendre.leggauss(ORDER)
    P = np.polynomial.legendre.Legendre.basis(ORDER)
    ends = np.concatenate([[-1.0], P.deriv().roots(), [1.0]])
    rules = [(node, weight), (ends, 2 / (ORDER * (ORDER + 1) * P(ends) ** 2))]
    nodes = [product((x + 1) / 2, d) for x, _ in rules]
    first, second = (np.prod(product(w / 2, d), axis=1) for _, w in rules)
    weights = np.zeros((2, len(first) + len(second)))
    weights[0, : len(first)], weights[1, len(first) :] = first, second
    return np.concatenate(nodes), weights


class _Panels(NamedTuple):
    """Cubes in the unit cube, which stands for the box: their lowest corners (m, d), sides (m,), and F at each one's nodes."""

    low: Array
    side: Array
    F: Array


class _Sums(NamedTuple):
    """Panels' integrals of ``exp(-beta (F - least))`` in the unit cube: two rules' mean, how far they are apart, and the sum."""

    mean: Array
    off: Array
    total: float
    log_total: float
    least: float
    error: float


@dataclass(frozen=True)
class _Integral:
    """What is to be integrated, and the steps of it: panels, their halves, their sums."""

    function: Callable[[Array], Array]
    beta: float
    box: Array
    node: Array
    weights: Array

    def nodes(self, low: Array, side: Array) -> Array:
        """Of panels of the unit cube, in the box."""
        unit = low[:, None] + side[:, None, None] * self.node
        return (self.box[:, 0] + np.ptp(self.box, axis=1) * unit).reshape(-1, len(self.box))

    def panels(self, low: Array, side: Array) -> _Panels:
        y = self.nodes(low, side)
        F = axes.energies(checks.numbers(self.function(y), "F"), "F")
        if F.shape != (len(y),):
            raise ValueError(f"F: expected a value for each of {len(y)} nodes, got shape {F.shape}")
        return _Panels(low, side, F.reshape(len(low), -1))

    def start(self) -> _Panels:
        d = len(self.box)
        n = START[d - 1]
        return self.panels(product(np.arange(n) / n, d), np.full(n**d, 1 / n))

    def halved(self, panels: _Panels, new: Array) -> _Panels:
        """All panels but the `new` ones, and these in halves in each dimension."""
        low, side = panels.low[new], panels.side[new]
        half = product(np.array([0.0, 0.5]), len(self.box))
        corners = (low[:, None] + side[:, None, None] * half).reshape(-1, len(self.box))
        halves = self.panels(corners, np.repeat(side / 2, len(half)))
        return _Panels(*(np.concatenate([np.delete(a, new, axis=0), b]) for a, b in zip(panels, halves, strict=True)))

    @np.errstate(all="ignore")
    def sums(self, panels: _Panels) -> _Sums:
        least = np.minimum(panels.F.min(), np.finfo(float).max)
        factors = np.exp(-exponents(panels.F, least, self.beta)) if self.beta else np.isfinite(panels.F) * 1.0
        both = panels.side ** len(self.box) * (self.weights @ factors.T)
        mean, off = both.mean(axis=0), np.abs(both[0] - both[1])
        total = mean.sum()
        error = 0.0 if total == 0 else float(-np.log1p(-min(off.sum() / total, 1.0)))
        return _Sums(mean, off, total, np.log(total), least, error)

    @np.errstate(all="ignore")
    def change(self, now: _Sums, last: _Sums | None) -> float:
        """Of log Z since the last sums."""
        if last is None:
            return np.inf
        if (now.log_total, now.least) == (last.log_total, last.least):
            return 0.0
        return abs(now.log_total - last.log_total - self.beta * (now.least - last.least))

    @np.errstate(all="ignore")
    def log_z(self, sums: _Sums) -> float:
        shift = self.beta * sums.least if sums.total and self.beta else 0.0
        return float(sums.log_total + np.log(np.ptp(self.box, axis=1)).sum() - shift)

    def rounding(self, panels: _Panels, sums: _Sums) -> float:
        """Nodes are rounded by u |y|, which shifts a panel's integral by about as much of itself as that is of its side."""
        share = sums.mean / sums.total if sums.total else 0 * panels.side
        sides = np.abs(self.box).max(axis=1) / np.ptp(self.box, axis=1)
        return np.finfo(float).eps * float((share / panels.side).sum() * sides.sum())

    def rule(self, panels: _Panels) -> tuple[Array, Array]:
        """All nodes in the box, and the weights of the two rules' mean."""
        volume = panels.side[:, None] ** len(self.box)
        measure = volume * self.weights.mean(axis=0) * np.prod(np.ptp(self.box, axis=1))
        return self.nodes(panels.low, panels.side), measure.ravel()


def _refined(integral: _Integral, tol: float) -> tuple[_Panels, _Sums, float, bool, int]:
    """Panels fine enough, their sums, the last change, whether two agreements in a row were within `tol`, and the nodes used."""
    panels, last, agreed = integral.start(), None, False
    nfev, more = panels.F.size, 2 ** len(integral.box) * len(integral.node)
    while True:
        sums = integral.sums(panels)
        within, change = sums.error <= tol, integral.change(sums, last)
        new = np.argsort(sums.off, kind="stable")
        if not within:  # of those that are left the disagreements add up to half of what they may
            new = new[np.cumsum(sums.off[new]) > -np.expm1(-tol) / 2 * sums.total]
        room = (LARGEST_GRID - nfev) // more
        if (within and agreed and change <= tol) or room < (len(new) if within else 1):
            return panels, sums, change, within and agreed, nfev
        new = new[-room:]
        panels, last, agreed = integral.halved(panels, new), sums, within
        nfev += len(new) * more


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
    box, tol = box_ends(box, 4), checks.positive(tol, "tol")
    integral = _Integral(F, beta, box, *_rules(len(box)))
    panels, sums, change, agreed, nfev = _refined(integral, tol)
    log_z, error = integral.log_z(sums), max(sums.error, float(change)) + integral.rounding(panels, sums)
    found = {"log_z": log_z, "error": error, "success": bool(agreed and error <= tol and np.isfinite(log_z))}
    y, measure = integral.rule(panels)
    return OptimizeResult(found, y=y, measure=measure, F=panels.F.ravel(), nfev=nfev)
