"""Laws of the whole: a density's integral over a box, or sum over all states, and the law of draws.

Integrals are computed by two Gauss rules on the same panels that share no node (6 and 7 of them on a panel), and once more on a box
that is half as large again; what they differ by is the error. Draws are counted in every panel and below every panel's edge along
each axis. If they are independent and of the law, each count is binomial, with a probability that is known up to the integral's
error; its tail, multiplied by the number of counts (Bonferroni), bounds the probability that a right sampler is refused.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy.special import bdtr, bdtrc

from ...numerics.checks import Array
from .asking import Ask, Law, Sides

PANELS = {1: 64, 2: 16, 3: 8}
DRAWS, ALARM = 20_000, 1e-10  # of one law at one input; it is asked at three at most


class Undecided(Exception):
    """A law can't be tested here, and why."""


def panels(box: Array, order: int) -> tuple[Array, Array]:
    """Nodes (p, o, d) and weights (p, o) of a Gauss rule of this order on each panel, p of them in all."""
    count, d = PANELS[len(box)], len(box)
    x, w = np.polynomial.legendre.leggauss(order)
    edges = np.linspace(0, 1, count + 1)
    nodes = edges[:-1, None] + (x + 1) / (2 * count)  # (panels, order) of [0, 1]
    at = np.stack(np.meshgrid(*[np.arange(count)] * d, indexing="ij"), -1).reshape(-1, d)
    of = np.stack(np.meshgrid(*[np.arange(order)] * d, indexing="ij"), -1).reshape(-1, d)
    y = nodes[at[:, None, :], of[None]]
    weight = np.prod(w[of] / (2 * count), axis=1) * np.prod(np.ptp(box, axis=1))
    return box[:, 0] + np.ptp(box, axis=1) * y, np.broadcast_to(weight, y.shape[:2])


def masses(a: Ask, log_f: Callable[[Array], Array], box: Array, order: int) -> Array:
    """log of the integral of exp(log_f) over each panel."""
    y, weight = panels(box, order)
    logs = log_f(y.reshape(-1, y.shape[-1])).reshape(y.shape[:2])
    if np.isnan(logs).any():
        raise Undecided("it is NaN in the box")
    with np.errstate(divide="ignore"):
        return np.asarray(np.logaddexp.reduce(logs + np.log(weight), axis=1))


def wider(box: Array) -> Array:
    middle = box.mean(axis=1, keepdims=True)
    return np.asarray(middle + 1.5 * (box - middle))


def integral(a: Ask, log_f: Callable[[Array], Array]) -> tuple[float, float]:
    """log of the integral of exp(log_f), and what it may be off."""
    if a.model.states is not None:
        return float(np.logaddexp.reduce(log_f(a.model.states))), 0.0
    one, two = (float(np.logaddexp.reduce(masses(a, log_f, a.model.box, order))) for order in (6, 7))
    wide = float(np.logaddexp.reduce(masses(a, log_f, wider(a.model.box), 7)))
    if not abs(one - two) <= 1e-3:
        raise Undecided(f"two quadratures differ by {abs(one - two):.1g}: too sharp for BOX")
    if not abs(wide - two) <= 1e-3:
        raise Undecided(f"BOX leaves out {abs(wide - two):.1g} of it: declare a wider one")
    return two, 10 * abs(one - two) + 2 * abs(wide - two)


def log_density(a: Ask) -> Callable[[Array], Array]:
    """What sample draws from, up to a constant: exp(-beta F), or the density that is offered."""
    if {"free_energy", "energy"} & set(a.model.functions):
        return lambda y: -a.beta * a.F(y=y)
    return lambda y: a("log_density", y=y)


def normalised(a: Ask) -> Sides:
    total, error = integral(a, lambda y: a("log_density", y=y))
    return Sides(np.exp([total]), np.ones(1), np.exp(total) * np.array([error + 1e-9 + a.model.near]))


def log_partition(a: Ask) -> Sides:
    total, error = integral(a, lambda y: -a.beta * a.F(y=y))
    return Sides(
        a("log_partition").reshape(1), np.array([total]), np.array([error + 1e-9 + a.model.near * (1 + abs(total))])
    )


def seeded(a: Ask) -> Sides:
    """The same seed gives the same draws; another seed, and another row, others (1 - how many are the same)."""
    one, again, other = (a("sample", n=64, seed=seed) for seed in (3, 3, 4))
    if a.model.states is None:
        fresh = float((one == other).all(axis=1).mean()) + 1 - len(np.unique(one, axis=0)) / 64
    else:
        fresh = float((one == other).all())
    left = np.array([np.abs(one - again).max(), fresh])
    return Sides(left, np.zeros(2), np.full(2, 1e-300), "~")


def events(a: Ask, y: Array) -> tuple[Array, Array, Array]:
    """Counts of draws, probabilities, and what these may be off: of every panel, and below every edge along each axis."""
    log_f = log_density(a)
    if a.model.states is not None:
        logs = log_f(a.model.states)
        p = np.exp(logs - np.logaddexp.reduce(logs))
        counts = (y[:, None] == a.model.states).all(axis=2).sum(axis=0)
        return np.append(counts, len(y) - counts.sum()), np.append(p, 0.0), np.zeros(len(p) + 1)
    total, error = integral(a, log_f)
    six, p = (np.exp(masses(a, log_f, a.model.box, order) - total) for order in (6, 7))
    d, count = a.model.dim, PANELS[a.model.dim]
    place = np.floor((y - a.model.box[:, 0]) / np.ptp(a.model.box, axis=1) * count)
    inside = ((place >= 0) & (place < count)).all(axis=1)
    cells = np.ravel_multi_index(tuple(place[inside].astype(int).T), (count,) * d)
    found, known, off = [np.bincount(cells, minlength=count**d)], [p], [10 * np.abs(p - six) + error]
    for j in range(d):
        others = tuple(i for i in range(d) if i != j)
        below, six_below = (np.cumsum(v.reshape((count,) * d).sum(axis=others)) for v in (p, six))
        found.append((place[:, j, None] <= np.arange(count)).sum(axis=0))
        known.append(below)
        off.append(10 * np.abs(below - six_below) + error)
    return np.concatenate(found), np.concatenate(known), np.concatenate(off)


def law_of_draws(a: Ask) -> Sides:
    y = a("sample", n=DRAWS, seed=int(a.given["seed"]))
    counts, p, off = events(a, y)
    low, high = np.clip(p - off, 0, 1), np.clip(p + off, 0, 1)
    # the binomial's tail beyond what was counted, at the nearest probability that can be
    tail = np.where(counts > len(y) * p, bdtrc(counts - 1.0, len(y), high), bdtr(counts * 1.0, len(y), low))
    evidence = np.log(np.maximum(tail, 1e-300)) / np.log(ALARM / (2 * len(p)))  # above 1: refused
    share = counts / len(y)
    return Sides(share, p, np.where(evidence > 0, np.abs(share - p) / np.maximum(evidence, 1e-12), np.inf), "~")


FE = "free_energy or energy"
WHOLE = [
    Law("L1", "normalised", "the density's integral over BOX, or sum over STATES, is 1", ("log_density",), normalised),
    Law("L4", "partition function", "log_partition = log of the integral of exp(-beta F)", ("log_partition", FE), log_partition),
    Law("L7", "seeded draws", "the same seed gives the same draws, another others", ("sample",), seeded),
    Law("L7", "law of draws", "as many draws in each part of BOX as is probable", ("sample", f"{FE} or log_density"), law_of_draws),
]  # fmt: skip
