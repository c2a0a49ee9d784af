"""Whether numbers are uniform and independent: sequences of them, and bounds on p-values that hold however small they are."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ...numerics.checks import Array

BINS = 128


def sequences(answers: list[Array], which: Array | None) -> Iterator[tuple[str, Array]]:
    """What they are of, and sequences of numbers that are uniform and independent, if the entries of all (n, d) answers are.

    ``(u_1, .., u_n) -> (u_1, u_2 - u_1, .., u_n - u_{n-1})`` modulo 1 keeps volumes, and so do sums in place of differences.
    """
    U = np.stack(answers)
    _, n, d = U.shape
    for j in range(d):
        yield f"coordinate {j + 1}", U[:, :, j]
    for start in () if which is None else range(which[-1] + 1):
        yield f"start {start + 1}", U[:, which == start]
    for lag in (1, n // 2):
        yield f"rows {lag} apart, differences", U[:, lag:] - U[:, :-lag]
        yield f"rows {lag} apart, sums", U[:, lag:] + U[:, :-lag]
    if d > 1:
        yield "neighbouring coordinates, differences", U[:, :, 1:] - U[:, :, :-1]
        yield "neighbouring coordinates, sums", U[:, :, 1:] + U[:, :, :-1]
    yield "neighbouring seeds, differences", U[1:] - U[:-1]
    yield "neighbouring seeds, sums", U[1:] + U[:-1]
    yield "neighbouring seeds, rows moved by one", U[1:, :-1] - U[:-1, 1:]


def p_values(u: Array, error: float) -> tuple[float, float]:
    """Bounds on the p-values of numbers u modulo 1, known to within an error: of their CDF, and of that of |2u - 1|.

    Both suprema are taken over the ends of bins alone, which makes them smaller, and the bounds no less true.
    """
    if not np.isfinite(u).all():
        return 0.0, 0.0
    n = u.size
    counts = np.bincount(((u.ravel() % 1) * BINS).astype(int).clip(0, BINS - 1), minlength=BINS)
    cdf = np.concatenate([[0], np.cumsum(counts)]) / n
    off = cdf - np.arange(BINS + 1) / BINS
    half = BINS // 2
    middle = off[half:] - off[half::-1]  # of |2u - 1| < x
    bounds = [2 * np.exp(-2 * n * max(np.abs(part).max() - 4 * error, 0.0) ** 2) for part in (off, middle)]
    return min(1.0, float(bounds[0])), min(1.0, float(bounds[1]))


def least(answers: list[Array], which: Array | None, error: float) -> tuple[float, str, int]:
    """The least p-value, what it is of, and the number of p-values."""
    found = [(p, f"{what}{folded}") for what, u in sequences(answers, which)
             for p, folded in zip(p_values(u, error), ("", ", spread"), strict=True)]  # fmt: skip
    return *min(found), len(found)
