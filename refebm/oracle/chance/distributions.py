"""Laws of what is drawn: each turns rows into uniform numbers, independent if the rows are of that law, and gives densities.

The uniforms are Rosenblatt's (1952): ``U_j = P(Y_j <= y_j | y_1 .. y_{j-1})``. Where the law has atoms, such as a move that is
refused or a binary unit, a uniform number picks a place in the jump, so that U is uniform there too. What can't be is NaN.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, cached_property
from typing import NamedTuple

import numpy as np

from ...numerics.checks import Array
from .draws import Law

NEAR = 1e-6  # within which a number is the atom, relative to it
SURE = 100.0  # nats: log density of an atom, against which none of a density counts


class Noise(NamedTuple):
    """A distribution of real numbers, with next to nothing of it beyond its ends."""

    cdf: Callable[[Array], Array]
    quantile: Callable[[Array], Array]
    log_density: Callable[[Array], Array]
    ends: tuple[float, float]


def _normal_cdf(x: Array) -> Array:
    from scipy.special import ndtr

    return np.asarray(ndtr(x))


def normal_quantile(u: Array) -> Array:
    from scipy.special import ndtri

    return np.asarray(ndtri(u))


def uniform(low: float, high: float) -> Noise:
    """On an interval."""
    width = high - low
    return Noise(
        lambda x: np.where((x >= low) & (x <= high), (x - low) / width, np.nan),
        lambda u: low + width * u,
        lambda x: np.where((x >= low) & (x <= high), -np.log(width), -np.inf),
        (low, high),
    )


NORMAL = Noise(_normal_cdf, normal_quantile, lambda x: -np.square(x) / 2 - np.log(2 * np.pi) / 2, (-6.5, 6.5))
LAPLACE = Noise(
    lambda x: np.where(x < 0, np.exp(-np.abs(x)) / 2, 1 - np.exp(-np.abs(x)) / 2),
    lambda u: np.sign(0.5 - u) * np.log(1 - np.abs(2 * u - 1)),
    lambda x: -np.abs(x) - np.log(2),
    (-30.0, 30.0),
)
SPREAD = uniform(-np.sqrt(3), np.sqrt(3))  # of mean 0 and variance 1


def hits(y: Array, atom: Array) -> Array:
    """Where a number is an atom."""
    return np.asarray(np.abs(y - atom) <= NEAR * (1 + np.abs(atom)))


@dataclass(frozen=True)
class Scaled:
    """``mean + deviation noise``, both (n, d); each entry's own, or, `shared`, one number for all entries of a row."""

    mean: Array
    deviation: Array
    noise: Noise = NORMAL
    shared: bool = False
    error: float = 0.0

    def _parts(self, y: Array) -> tuple[Array, Array, Array]:
        """Noise; which entries are atoms, those without deviation, and all but the first of shared noise; and which hit them."""
        spread = np.broadcast_to(self.deviation, y.shape)
        x = (y - self.mean) / np.where(spread > 0, spread, 1)
        atom = spread == 0
        expected = np.where(atom, 0, x)
        if self.shared:
            expected = np.where(atom, 0, x[:, :1])
            atom = atom | (np.arange(y.shape[1]) > 0)
        return x, atom, hits(x, expected)

    def uniforms(self, y: Array, rng: np.random.Generator) -> Array:
        x, atom, hit = self._parts(y)
        return np.where(atom, np.where(hit, rng.random(y.shape), np.nan), self.noise.cdf(x))

    def log_density(self, y: Array) -> Array:
        x, atom, hit = self._parts(y)
        spread = np.where(self.deviation > 0, self.deviation, 1)
        density = np.where(atom, np.where(hit, SURE, -np.inf), self.noise.log_density(x) - np.log(spread))
        return np.asarray(density.sum(axis=1))


@dataclass(frozen=True)
class Discrete:
    """One of the points (k, d), or each start's own (s, k, d), with probabilities (s, k); row i has the start ``which[i]``."""

    points: Array
    p: Array
    which: Array
    error: float = 0.0

    def _place(self, y: Array) -> tuple[Array, Array]:
        """Points of each row's start, and the place in them of what came; -1 where it is none."""
        points = np.broadcast_to(self.points, (len(self.p), *self.points.shape[-2:]))
        place = np.full(len(y), -1)
        for s in range(len(self.p)):
            rows = np.flatnonzero(self.which == s)
            same = np.asarray(hits(y[rows][:, None], points[s]).all(axis=2))
            place[rows] = np.where(same.any(axis=1), same.argmax(axis=1), -1)
        return points, place

    @cached_property
    def _jumps(self) -> tuple[Array, Array]:
        """``P(Y_j < y_j | before)`` and ``P(Y_j = y_j | before)`` of each start's points, (s, k, d)."""
        points = np.broadcast_to(self.points, (len(self.p), *self.points.shape[-2:]))
        low, jump = np.empty(points.shape), np.empty(points.shape)
        for s, (at, p) in enumerate(zip(points, self.p, strict=True)):
            agree = np.ones((len(at), len(at)), bool)
            for j in range(at.shape[1]):
                whole = np.maximum(agree @ p, 1e-300)
                low[s, :, j] = (agree & (at[:, j] < at[:, j, None])) @ p / whole
                agree = agree & hits(at[:, j], at[:, j, None])
                jump[s, :, j] = agree @ p / whole
        return low, jump

    def uniforms(self, y: Array, rng: np.random.Generator) -> Array:
        place = self._place(y)[1]
        low, jump = (part[self.which, place] for part in self._jumps)
        possible = (place >= 0) & (self.p[self.which, place] > 0)
        return np.where(possible[:, None], low + rng.random(y.shape) * jump, np.nan)

    def log_density(self, y: Array) -> Array:
        place = self._place(y)[1]
        with np.errstate(divide="ignore"):
            # an atom is one of d numbers each of which no density gives
            return np.where(place >= 0, np.log(self.p[self.which, place]), -np.inf)


@dataclass(frozen=True)
class Columns:
    """Coordinates that are independent, each with a law of its own."""

    laws: tuple[Law, ...]

    @property
    def error(self) -> float:
        return max(law.error for law in self.laws)

    def uniforms(self, y: Array, rng: np.random.Generator) -> Array:
        return np.concatenate([law.uniforms(y[:, [j]], rng) for j, law in enumerate(self.laws)], axis=1)

    def log_density(self, y: Array) -> Array:
        return np.asarray(sum(law.log_density(y[:, [j]]) for j, law in enumerate(self.laws)))


@dataclass(frozen=True)
class Tabled:
    """A density of one number, from its logarithm up to a constant, on an interval outside of which there is next to nothing."""

    log_p: Callable[[Array], Array]
    end: float
    nodes: int = 20001
    error: float = 1e-7

    @cached_property
    def table(self) -> tuple[Array, Array, float]:
        """Nodes, the CDF there, and the logarithm of the integral."""
        y = np.linspace(-self.end, self.end, self.nodes)
        f = self.log_p(y)
        p = np.exp(f - f.max())
        cdf = np.concatenate([[0.0], np.cumsum((p[1:] + p[:-1]) / 2)])
        return y, cdf / cdf[-1], float(np.log(cdf[-1] * (y[1] - y[0])) + f.max())

    def quantile(self, u: Array) -> Array:
        y, cdf, _ = self.table
        return np.asarray(np.interp(u, cdf, y))

    def uniforms(self, y: Array, rng: np.random.Generator) -> Array:
        _, cdf, _ = self.table
        at = np.clip((y + self.end) / (2 * self.end) * (self.nodes - 1), 0, self.nodes - 1)
        i = np.minimum(np.nan_to_num(at).astype(int), self.nodes - 2)
        return np.asarray(cdf[i] + (at - i) * (cdf[i + 1] - cdf[i]))

    def log_density(self, y: Array) -> Array:
        return np.asarray(self.log_p(y)[:, 0] - self.table[2])


@cache
def quartic(a: float, b: float, beta: float) -> Tabled:
    """``p ~ exp(-beta (a y^2 / 2 + b y^4 / 4))``."""
    y = np.linspace(0, 60, 60001)
    f = -beta * (a * y**2 / 2 + b * y**4 / 4)
    end = y[np.flatnonzero(f > f.max() - 45)[-1]] + 0.01
    return Tabled(lambda y: -beta * (a * y**2 / 2 + b * y**4 / 4), float(end))
