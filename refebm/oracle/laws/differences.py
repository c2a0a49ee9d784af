"""Derivatives by differences whose error is estimated, not assumed.

Central differences of steps h, h/2, h/4 ... are extrapolated to h = 0 (Richardson; the table is Ridders'). Of all entries of the
table the one is taken that differs least from its neighbours, which is its error estimate; to it are added the rounding of the
function, which a small step magnifies, and the jump of the derivative where there is a kink within the step.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ...numerics.checks import Array

LEVELS = 14
SAFETY = 10.0  # what exceeds so many estimated errors is refused


def along(f: Callable[[float], Array], step: float, noise: Array) -> tuple[Array, Array]:
    """Derivative of f(t), an array, at t = 0, and what it may be off; `noise` is the rounding of f.

    The error of a central difference has even powers of h only, so that a column of the table removes one of them.
    """
    steps = step / 2.0 ** np.arange(LEVELS)
    middle = f(0.0)
    ends = [(f(h), f(-h)) for h in steps]
    kinks = [(a + b - 2 * middle) / h for (a, b), h in zip(ends, steps, strict=True)]
    best, error = np.full(middle.shape, np.nan), np.full(middle.shape, np.inf)
    before: list[Array] = []
    for i, ((a, b), h) in enumerate(zip(ends, steps, strict=True)):
        row = [(a - b) / (2 * h)]
        for m, (left, above) in enumerate(zip(row, before, strict=False), 1):
            row.append((4.0**m * left - above) / (4.0**m - 1))  # zip sees what is added
            jump = np.abs(2 * kinks[i] - kinks[i - 1])  # 0 for a smooth f, as kinks[i] is h f'' then
            spread = np.maximum(np.abs(row[m] - left), np.abs(row[m] - above)) + jump + 4 * noise / h
            better = spread < error
            best, error = np.where(better, row[m], best), np.where(better, spread, error)
        before = row
    return best, SAFETY * error


def gradient(f: Callable[[Array], Array], x: Array, step: float, noise: Array) -> tuple[Array, Array]:
    """Derivatives of f(x) (n,) in each entry of the last axis of x (..., p), and what they may be off, each (n, p)."""

    def moved(j: int, t: float) -> Array:
        y = np.array(x, float)
        y[..., j] += t
        return f(y)

    found = [along(lambda t, j=j: moved(j, t), step, noise) for j in range(x.shape[-1])]  # type: ignore[misc]
    return np.stack([v for v, _ in found], -1), np.stack([e for _, e in found], -1)
