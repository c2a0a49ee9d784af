"""The exact closest point of an ellipse: the independent truth of inference, good on axes, at centres and on evolutes  (C7).

In the first quadrant, with radii a >= b and observation (y_a, y_b), let q = a y_a, p = b y_b, C = a^2 - b^2. Stationarity
of the distance gives ``cos z = q / (s + C)`` and ``sin z = p / s`` for a multiplier s >= 0 that puts the two on the circle.
Written as s = max(K, 0) + r, where K = q - C, that condition is

    p (s + C) / s = sqrt(r + max(-K, 0)) sqrt(s + C + q),

with no difference left in it. In log r the logarithm of left over right, squared, falls with a slope in [-4, -1]: one root,
found by Newton's method to the last digits. K alone cancels, and vanishes at the cusps of the evolute: it is summed exactly.
"""

from __future__ import annotations

import numpy as np

from ..numerics.checks import Array
from ..numerics.exact import accurate_sum, two_product


def project(y: Array, w: Array) -> tuple[Array, Array, Array]:
    """Direction (cos z, sin z) (n, 2) of the closest point for y >= 0 and radii w >= 0 (n, 2), iterations, and whether converged.

    Where several points are closest, the one in the closed first quadrant; z = 0 where all are.
    """
    swap = (w[:, 0] < w[:, 1])[:, None]
    q, p, C, K = _coefficients(np.where(swap, y[:, ::-1], y), np.where(swap, w[:, ::-1], w))
    r, nit, converged = _solve(q, p, C, K)
    s = np.maximum(K, 0) + r
    with np.errstate(all="ignore"):
        cos = np.where(s + C > 0, q / (s + C), 1.0)
        on_axis = np.where(K < 0, np.sqrt(-K * (C + q)) / C, 0.0)  # p = 0: the sine that goes with cos = q / C
        sin = np.where(p > 0, p / s, on_axis)
    direction = np.stack([cos, sin], axis=1)
    return np.where(swap, direction[:, ::-1], direction), nit, converged


def _coefficients(y: Array, w: Array) -> tuple[Array, Array, Array, Array]:
    """(q, p, C, K) over a common power of two that keeps them in [0, 1], y and w of whatever size.

    A p below 1e-280 moves no angle by more than 1e-93, and counts as 0: beside it even sqrt(r) would lose digits.
    """
    i, j = np.frexp(w.max(axis=1))[1], np.frexp(y.max(axis=1))[1]
    (a, b), (ya, yb) = np.ldexp(w, -i[:, None]).T, np.ldexp(y, -j[:, None]).T
    unit, unit_C = np.ldexp(1.0, np.where(a > b, np.minimum(j - i, 0), 0)), np.ldexp(1.0, np.minimum(i - j, 0))
    q, q_low = two_product(a, ya)
    a2, a2_low = two_product(a, a)
    b2, b2_low = two_product(b, b)
    K = accurate_sum(unit * q, -unit_C * a2, unit_C * b2, unit * q_low, -unit_C * a2_low, unit_C * b2_low)
    p = unit * b * yb
    return unit * q, np.where(p < 1e-280, 0.0, p), unit_C * (a - b) * (a + b), K


def _solve(q: Array, p: Array, C: Array, K: Array) -> tuple[Array, Array, Array]:
    """The root r (0 where p = 0), iterations, converged: Newton's method in log r, from r = p.

    It goes on in sqrt(r), which is of the order of p when r is of the order of p^2 and may underflow beside K.
    """
    plus, root_minus = np.maximum(K, 0), np.sqrt(np.maximum(-K, 0))
    root, nit, active = np.sqrt(p), np.zeros(len(p), int), p > 0
    while active.any() and nit.max() < 60:
        r = root * root
        s, across = plus + r, np.hypot(root, root_minus)
        with np.errstate(all="ignore"):
            ratio = p / s * (s + C) / (across * np.sqrt(s + C + q))
            slope = -2 * (r / s) * (C / (s + C)) - (root / across) ** 2 - r / (s + C + q)
            step = -2 * np.log(ratio) / slope
        root = np.where(active, root * np.exp(step / 2), root)
        nit += active
        active &= ~(np.abs(step) < 4e-15)
    return root * root, nit, ~active
