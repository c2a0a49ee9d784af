"""Error-free transformations: a rounded sum or product together with its exact rounding error.

Used where an oracle must not lose the digits that plain arithmetic loses (the Gibbs weights far from the minimum, the
cusps of an ellipse's evolute). Dekker (1971), Knuth (TAOCP 2, 4.2.2); Ogita, Rump and Oishi (2005).
"""

from __future__ import annotations

import math
from typing import Any


def power_of_two(size: float) -> float:
    """The power of two next above a number from 0 up, 1 for 0: a unit that rounds nothing."""
    return math.ldexp(1.0, math.frexp(size)[1])


def two_sum(a: Any, b: Any) -> tuple[Any, Any]:
    """Sum ``s = fl(a + b)`` and error ``e`` with ``s + e = a + b`` exactly, barring overflow."""
    s = a + b
    t = s - a
    return s, (a - (s - t)) + (b - t)


def _split(a: Any) -> tuple[Any, Any]:
    """Two halves of 26 bits each, ``a = high + low`` (Veltkamp); |a| up to 1e300."""
    t = 134217729.0 * a
    high = t - (t - a)
    return high, a - high


def two_product(a: Any, b: Any) -> tuple[Any, Any]:
    """Product ``p = fl(a b)`` and error ``e`` with ``p + e = a b`` exactly, barring under- and overflow."""
    p = a * b
    a1, a0 = _split(a)
    b1, b0 = _split(b)
    return p, ((a1 * b1 - p) + a1 * b0 + a0 * b1) + a0 * b0


def accurate_sum(*terms: Any) -> Any:
    """Elementwise sum of a few arrays as if in three times the working precision, then rounded.

    Each pass of two_sum carries the errors to the next, so that a total far smaller than its terms keeps its digits.
    """
    parts = list(terms)
    for _ in range(2):
        for i in range(1, len(parts)):
            parts[i], parts[i - 1] = two_sum(parts[i], parts[i - 1])
    return sum(parts[:-1]) + parts[-1]
