"""Inputs that the functions of several subjects share: tables of energies, distributions, every decade of beta.

First the plain ones, drawn one after another: rows lie at very different heights, ranges go beyond what exp can hold, some
minima are tied. Then those that leave no regime out: decades of beta; equal sizes, where axes are mixed up unnoticed, and
sizes of 1, which get squeezed away; minima in every place; tiny probabilities. Each of these draws from a generator of its own.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from ..numerics.checks import Array
from .row import Rngs

CANCELS = "beta so small that the logarithm cancels"
ONE, SQUARE, SMALL_SQUARE = "a single one of each", "all sizes the same", "all sizes the same, and 2"
HIGH_FIRST, LAST = "the first far above, the minimum in the middle", "the first far above, the minimum last"
MANY, TINY = f"many, {LAST}", "tiny probabilities"


def simplex(rows: Any) -> Array:
    """Rows of multiples of 2^-12 that sum to exactly 1, none 0."""
    parts = np.maximum(np.round(rows / rows.sum(axis=-1, keepdims=True) * 4096), 1)
    largest = parts.argmax(axis=-1)[..., None]
    np.put_along_axis(
        parts, largest, np.take_along_axis(parts, largest, -1) + 4096 - parts.sum(axis=-1, keepdims=True), -1
    )
    return np.asarray(parts / 4096)


def tables(rng: np.random.Generator) -> Iterator[tuple[str, Array, float]]:
    """(why, energies (n, k), beta)."""
    yield "plain", rng.normal(size=(3, 5)), 1.7
    yield "hot", rng.normal(size=(2, 7)), 0.05
    yield "cold", rng.normal(size=(4, 6)), 30.0
    yield "rows at very different heights", rng.normal(size=(3, 4)) + np.array([[-2000], [3000], [0.5]]), 0.8
    yield "a range that exp cannot hold", np.array([[0, 900, 1800, 2500, 40], [-1500, 3, 700, -1499, 8]]), 2.5
    yield "high energies: exp underflows unshifted", rng.normal(size=(2, 4)) + 5000, 3.0
    yield "low energies: exp overflows unshifted", rng.normal(size=(3, 6)) - 4000, 0.6
    yield "tied minima", np.array([[1.5, 1.5, 4, 7], [2, 9, -3, -3], [0.25, 0.25, 0.25, 0.25]]), 2.25
    yield CANCELS, rng.normal(size=(2, 5)) * 3, 1e-12
    yield "one energy far below the rest", np.array([[50, 60, -30, 55, 70, 65], [80, -44, 91, 85, 99, 93]]), 1.3
    yield "a wide range again", np.array([[-700, 1000, 33, 2000, -650, 12, 0.5], [9, 8, 7, 3000, -5, 1500, 900]]), 1.75
    yield "small differences", 3 + rng.normal(size=(2, 4)) * 1e-3, 0.7
    yield "between 1/N and 1", np.array([[0, 0.5, 2, 0.25, 1, 3, 0.125], [5, 5.5, 4.75, 6, 5.25, 5.125, 7]]), 1.25


def betas(first: int, rngs: Rngs) -> Iterator[tuple[str, float, np.random.Generator]]:
    """A beta in every fourth decade from the first to 1e6; functions of a subject start at decades of their own, 1e-12 to 1e-9."""
    for decade in range(first, 6, 4):
        why = f"beta of 1e{decade}"
        yield why, 2 * 10.0**decade, rngs(why)


def parts(rng: np.random.Generator, *shape: int, tiny: int = 0) -> Array:
    """Rows of multiples of 2^-24 that sum to exactly 1; the first `tiny` entries are few of them."""
    rows = rng.uniform(0.3, 1, shape)
    counts = np.round(rows / rows.sum(axis=-1, keepdims=True) * 4096) * 4096
    counts[..., :tiny] = np.arange(1, tiny + 1)
    counts[..., -1:] += 2**24 - counts.sum(axis=-1, keepdims=True)
    return np.asarray(counts / 2**24)


def warm_tables(first: int, rngs: Rngs) -> Iterator[tuple[str, Array, float]]:
    """(why, energies (n, k), beta); the energies are of size 1/beta where it is extreme."""
    for why, beta, rng in betas(first, rngs):
        yield why, rng.normal(size=(2, 3)) / beta, beta
    yield ONE, rngs(ONE).normal(size=(1, 1)), 1.3
    yield SQUARE, rngs(SQUARE).normal(size=(4, 4)), 0.9
    yield SMALL_SQUARE, rngs(SMALL_SQUARE).normal(size=(2, 2)), 2.75
    wide = np.array([[700, 40, 2500, -300, -20], [900, -250, 30, 3000, 8], [1200, 650, -20, 10, 1500]])
    yield HIGH_FIRST, wide + rngs(HIGH_FIRST).normal(size=wide.shape), 2.5
    down = np.where(np.arange(17) == 0, 2500, np.arange(16, -1, -1) * np.array([[150], [3]]))
    yield MANY, down + rngs(MANY).normal(size=down.shape), 1.1
