"""Many digits: what the truth of the rows is made of  (mpmath).

Arguments are arrays of mpmath numbers. mpmath is imported where it is used, since only building vectors needs it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

Array = Any


def each(name: str) -> Callable[[Array], Array]:
    import mpmath

    return np.vectorize(lambda v: getattr(mpmath, name)(v), otypes=[object])


def exp(v: Array) -> Array:
    return each("exp")(v)


def log(v: Array) -> Array:
    return each("log")(v)


def limit(v: Array) -> Any:
    """Numbers with 0 and infinity in beta's place approached: the formulas of a finite beta then give what they tend to."""
    import mpmath

    ends = {mpmath.mpf(0): mpmath.mpf(10) ** -60, mpmath.inf: mpmath.mpf(10) ** 60}
    return np.vectorize(lambda b: ends.get(b, b), otypes=[object])(v)[()]


def far(v: Array) -> Array:
    """Infinite energies as large ones, that count for nothing at any of these betas."""
    import mpmath

    return np.where(v == mpmath.inf, mpmath.mpf(10) ** 120, v)


def tends(v: Array) -> Array:
    """What huge and tiny numbers tend to."""
    import mpmath

    def one(u: Any) -> Any:
        return mpmath.sign(u) * mpmath.inf if abs(u) > 1e50 else 0 * u if abs(u) < mpmath.mpf(10) ** -(10**5) else u

    return np.vectorize(one, otypes=[object])(v)


def positive(v: Array) -> Array:
    return np.where(v > 0, v, 0 * v)


def derivative(f: Callable[[Array], Array], x: Array) -> Array:
    """Numerical derivative of the number f in every entry of x, by central differences of a tiny step."""
    import mpmath

    h, out = mpmath.mpf(10) ** (-mpmath.mp.dps // 3), np.empty(x.shape, object)
    for i in np.ndindex(x.shape):
        up, down = x.copy(), x.copy()
        up[i], down[i] = up[i] + h, down[i] - h
        out[i] = (f(up) - f(down)) / (2 * h)
    return out
