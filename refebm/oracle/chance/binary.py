"""Laws of binary units that are drawn from their probabilities, as they should be and as they should not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import product

import numpy as np

from ...numerics.checks import Array
from ..row import Arguments
from .distributions import Discrete
from .draws import MANY, in_blocks


def states(d: int) -> Array:
    return np.array(list(product([0.0, 1.0], repeat=d)))


def sigmoid(u: Array) -> Array:
    return 1 / (1 + np.exp(-u))


def bernoulli(p: Array) -> Array:
    """Probabilities (s, 2^k) of all states of units that are independent, each 1 with its p (s, k)."""
    on = states(p.shape[-1])
    return np.asarray(np.where(on, p[..., None, :], 1 - p[..., None, :]).prod(axis=-1))


def one_number(p: Array) -> Array:
    """The same, were one uniform number u < p for all units."""
    on = states(p.shape[-1])
    low, high = np.where(on, 0, p[..., None, :]).max(axis=-1), np.where(on, p[..., None, :], 1).min(axis=-1)
    return np.asarray(np.maximum(high - low, 0))


def certain(p: Array) -> Array:
    """The same, were each unit 1 where that is the likelier."""
    return bernoulli((p > 0.5).astype(float))


Draw = Callable[[Array], Array]


def code_of(v: Array) -> Array:
    return np.asarray(v @ 2.0 ** np.arange(v.shape[1])[::-1]).astype(int)


def drawn(draw: Draw, p: Array, rng: np.random.Generator) -> Array:
    if draw is certain:
        return np.asarray((p > 0.5).astype(float))
    return np.asarray((rng.random((len(p), 1 if draw is one_number else p.shape[1])) < p).astype(float))


def same_numbers(p: Array, q: Array) -> Array:
    """Of units h with p (s, m), then v with q (2^m, d) given h: probabilities (s, 2^d), were h_i and v_i drawn by the same number.

    h_i and v_i say in which intervals the number is, and their common part is as long as that is likely.
    """
    h, v = states(p.shape[1]), states(q.shape[1])
    both, total = min(h.shape[1], v.shape[1]), np.zeros((len(p), len(v)))
    for one, given in zip(h, q, strict=True):
        low = np.where(one, 0, p)[:, None], np.where(v, 0, given)[None]
        high = np.where(one, p, 1)[:, None], np.where(v, given, 1)[None]
        common = np.minimum(*(end[..., :both] for end in high)) - np.maximum(*(end[..., :both] for end in low))
        rest = [(b[..., both:] - a[..., both:]).prod(axis=-1) for a, b in zip(low, high, strict=True)]
        total += np.maximum(common, 0).prod(axis=-1) * rest[0] * rest[1]
    return total


# --- sweeps of a restricted Boltzmann machine, all its states listed  (W9)


def stationary_law(W: Array, b: Array, c: Array) -> Array:
    v, h = states(len(b)), states(len(c))
    weights = np.exp(v @ W.T @ h.T + (v @ b)[:, None] + h @ c).sum(axis=1)
    return np.asarray(weights / weights.sum())


Probability = Callable[..., Array]


def hidden(v: Array, W: Array, b: Array, c: Array) -> Array:
    return sigmoid(c + v @ W.T)


def visible(h: Array, W: Array, b: Array, c: Array) -> Array:
    return sigmoid(b + h @ W)


@dataclass(frozen=True)
class Sweeping:
    """Two draws and their probabilities, and how often both are made."""

    p_h: Probability = hidden
    p_v: Probability = visible
    draw_h: Draw = bernoulli
    draw_v: Draw = bernoulli
    sweeps: int = 1

    def matrix(self, v: Array, *machine: Array) -> Array:
        h = states(len(machine[2]))
        return self.draw_h(self.p_h(v, *machine)) @ self.draw_v(self.p_v(h, *machine))

    def law(self, why: str, given: Arguments) -> Discrete:
        """A row of the transition matrix for each start; from draws of P, one row for all: P itself, if it stays so."""
        v, *machine = given.values()
        every = states(v.shape[1])
        if why.startswith("from"):
            p, whole = stationary_law(*machine)[None], self.matrix(every, *machine)
            which = np.zeros(len(v), int)
        else:
            p, whole = np.eye(len(every))[code_of(v[:: MANY // 4])], self.matrix(every, *machine)
            which = in_blocks(np.arange(4))
        for _ in range(self.sweeps):
            p = p @ whole
        return Discrete(every, p, which)

    def run(self, v: Array, W: Array, b: Array, c: Array, seed: int) -> Array:
        rng = np.random.default_rng(seed)
        for _ in range(self.sweeps):
            h = drawn(self.draw_h, self.p_h(v, W, b, c), rng)
            v = drawn(self.draw_v, self.p_v(h, W, b, c), rng)
        return v


class MeanField(Sweeping):
    """h's probabilities in place of h."""

    def matrix(self, v: Array, *machine: Array) -> Array:
        return bernoulli(visible(hidden(v, *machine), *machine))

    def run(self, v: Array, W: Array, b: Array, c: Array, seed: int) -> Array:
        return drawn(bernoulli, visible(hidden(v, W, b, c), W, b, c), np.random.default_rng(seed))


def reused(v: Array, W: Array, b: Array, c: Array, seed: int) -> Array:
    rng = np.random.default_rng(seed)
    u = rng.random((len(v), max(W.shape)))
    h = (u[:, : len(c)] < hidden(v, W, b, c)).astype(float)
    return np.asarray((u[:, : len(b)] < visible(h, W, b, c)).astype(float))


class Reused(Sweeping):
    """The same uniform numbers for h_i and v_i."""

    def matrix(self, v: Array, *machine: Array) -> Array:
        h = states(len(machine[2]))
        return same_numbers(hidden(v, *machine), visible(h, *machine))

    run = staticmethod(reused)
