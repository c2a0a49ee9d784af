"""How chains are run, as they should be and as they should not: each way is code, and the law of what it draws."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np

from ...numerics.checks import Array
from ..row import Arguments
from .distributions import NORMAL, Columns, Noise, Scaled, quartic
from .draws import MANY, Law, in_blocks
from .moves import Moves, Tested

CHAIN = {"y": "(n, d)", "a": "(d,)", "b": "(d,)", "beta": "()", "alpha": "()", "steps": "()", "seed": "()"}


@dataclass(frozen=True)
class Stepping:
    """How a chain is run: what is changed of ``y + alpha score + sqrt(2 alpha) xi``."""

    drift: Callable[[float], float] = lambda alpha: alpha
    spread: Callable[[float], float] = lambda alpha: np.sqrt(2 * alpha)
    beta: Callable[[float], float] = lambda beta: beta
    power: int = 3
    noise: Noise = NORMAL
    stale: bool = False
    frozen: bool = False
    more: int = 0
    shared: bool = False
    same: bool = False

    def score(self, y: Array, a: Array, b: Array, beta: float) -> Array:
        return -self.beta(beta) * (a * y + b * y**self.power)

    def run(self, y: Array, a: Array, b: Array, beta: float, alpha: float, steps: int, seed: int) -> Array:
        rng, size = np.random.default_rng(seed), (1 if self.same else len(y), 1 if self.shared else y.shape[1])
        first, xi = self.score(y, a, b, beta), self.noise.quantile(rng.random(size))
        for k in range(steps + self.more):
            xi = xi if self.frozen or k == 0 else self.noise.quantile(rng.random(size))
            slope = first if self.stale else self.score(y, a, b, beta)
            y = y + self.drift(alpha) * slope + self.spread(alpha) * xi
        return y

    def law(self, why: str, given: Arguments) -> Scaled | None:
        """Normal: mean and variance go on by ``m + drift s(m)`` and ``r^2 v + spread^2``, r the slope of what moves m."""
        y, a, b, beta, alpha, steps = given.values()
        steps += self.more
        if steps > 1 and (b.any() or self.shared or self.noise is not NORMAL):
            return None
        rate = 1 if self.stale else 1 - self.drift(alpha) * self.beta(beta) * a
        first, variance, same = self.score(y, a, b, beta), np.zeros(len(a)), np.zeros(len(a))
        for _ in range(steps):
            y = y + self.drift(alpha) * (first if self.stale else self.score(y, a, b, beta))
            variance, same = rate**2 * variance + self.spread(alpha) ** 2, rate * same + self.spread(alpha)
        return Scaled(y, np.abs(same) if self.frozen else np.sqrt(variance), self.noise, self.shared)


def metropolis(ratio: Array) -> Array:
    return np.asarray(np.exp(np.minimum(ratio, 0)))


@dataclass(frozen=True)
class Proposing:
    """How a chain is run: what is changed of Langevin's moves and of their test; of a walk, `drift` is 0.

    The ratio's logarithm is made of ``p = log P(y') - log P(y)``, ``q = log q(y|y') - log q(y'|y)`` and beta.
    """

    drift: float = 1.0
    spread: Callable[[float], float] = lambda alpha: np.sqrt(2 * alpha)
    cold: float | None = None  # in place of beta, in the score
    ratio: Callable[[Array, Array, float], Array] = lambda p, q, beta: p + q
    rule: Callable[[Array], Array] = metropolis
    noise: Noise = NORMAL
    redrawn: bool = False
    each: bool = False
    stale: bool = False
    frozen: bool = False
    more: int = 0
    shared: bool = False
    same: bool = False
    one_test: bool = False

    def mean(self, y: Array, given: Arguments, origin: Array | None = None) -> Array:
        at = origin if self.stale and origin is not None else y
        beta = given["beta"] if self.cold is None else self.cold
        return y - self.drift * given["alpha"] * beta * (given["a"] * at + given["b"] * at**3)

    def accept(self, y: Array, new: Array, given: Arguments, origin: Array | None = None) -> Array:
        """The probability of each coordinate's move, or of all of them as one (..., 1)."""

        def F(y: Array) -> Array:
            return given["a"] * y**2 / 2 + given["b"] * y**4 / 4

        forth, back = new - self.mean(y, given, origin), y - self.mean(new, given, origin)
        p, q = given["beta"] * (F(y) - F(new)), (forth**2 - back**2) / (4 * given["alpha"])
        if not self.each:
            p, q = p.sum(axis=-1, keepdims=True), q.sum(axis=-1, keepdims=True)
        return self.rule(self.ratio(p, q, given["beta"]))

    def run(self, *arguments: Any) -> Array:
        given, start, seed = dict(zip(CHAIN, arguments, strict=True)), arguments[0], arguments[-1]
        rng, y = np.random.default_rng(seed), arguments[0]
        size = (1 if self.same else len(y), 1 if self.shared else y.shape[1])
        xi = self.noise.quantile(rng.random(size))
        for k in range(given["steps"] + self.more):
            left: Array = np.ones((len(y), 1), bool)
            old, one = y, (1 if self.same or self.one_test else len(y), y.shape[1] if self.each else 1)
            while left.any():
                xi = xi if self.frozen or (k == 0 and left.all()) else self.noise.quantile(rng.random(size))
                new = self.mean(old, given, start) + self.spread(given["alpha"]) * xi
                taken = rng.random(one) < self.accept(old, new, given, start)
                y = np.where(taken & left, new, y)
                left = left & ~taken if self.redrawn else np.zeros(1, bool)
        return y

    def law(self, why: str, arguments: Arguments) -> Law | None:
        y, a, b, beta, _, steps = arguments.values()
        steps += self.more
        if why.startswith("eight"):
            laws = (quartic(*c, beta) for c in zip(a, b, strict=True))
            return Columns(tuple(laws)) if self == replace(Proposing(), drift=self.drift) else None
        starts, which = y[:: MANY // 4], in_blocks(np.arange(4))
        if steps == 0:
            return Scaled(y, np.zeros(y.shape[1]))
        if y.shape[1] == 1:
            return self.moves(starts, which, arguments, steps)
        return self.tested(starts, which, arguments) if steps == 1 else None

    def tested(self, starts: Array, which: Array, given: Arguments) -> Law:
        """Of one step: of coordinates that are tested by themselves, each has a law of its own."""
        made = partial(Tested, deviation=self.spread(given["alpha"]), noise=self.noise, redrawn=self.redrawn)
        if not self.each:
            return made(
                starts,
                which,
                self.mean(starts, given),
                accept=lambda y, new: self.accept(y, new, given)[..., 0],
                shared=self.shared,
            )

        def column(j: int) -> Tested:
            own = {name: v[..., [j]] if isinstance(v, np.ndarray) else v for name, v in given.items()}
            start = starts[:, [j]]
            return made(start, which, self.mean(start, own), accept=lambda y, new: self.accept(y, new, own)[..., 0])

        return Columns(tuple(column(j) for j in range(starts.shape[1])))

    def moves(self, starts: Array, which: Array, given: Arguments, steps: int) -> Moves | None:
        """Of more steps; none where they leave the grid, or a stale score is each start's own, or noise has an edge."""
        spread = self.spread(given["alpha"])

        def density(y: Array, new: Array) -> Array:
            x = (new - self.mean(y, given)) / spread
            taken = self.accept(y[..., None], new[..., None], given)[..., 0]
            return np.asarray(np.exp(self.noise.log_density(x)) / spread * taken)

        with np.errstate(all="ignore"):
            made = Moves(starts, which, steps, density)
            usual = self.noise is NORMAL and not (self.frozen or self.redrawn or self.stale)
            return made if usual and made.lost < 1e-6 else None
