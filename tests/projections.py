"""Observations and ellipses on which the closest point is hard to find: for the tests, and for the benchmark of its accuracy."""

import numpy as np


def hard_cases(n, seed=0):
    """Observations and radii: aspect 1 + 1e-14 to 1e6, on the axes, the ellipse, the evolute and its cusps, near the centre."""
    rng = np.random.default_rng(seed)
    Y, W = np.empty((n, 2)), np.empty((n, 2))
    for i in range(n):
        aspect = 10 ** rng.uniform(0, 6) if i % 2 else 1 + 10 ** rng.uniform(-14, 0)
        a, b = np.array([aspect, 1]) * 10 ** rng.uniform(-2, 2)
        t = rng.uniform(0, 2 * np.pi)
        y = [
            rng.normal(size=2) * a * 10 ** rng.uniform(-8, 3),
            np.array([0, rng.normal() * a]),
            np.array([rng.normal() * a, 0]),
            # at and beside the cusp, a few ulp along the axis and a little across it
            np.array(
                [(a * a - b * b) / a * (1 + rng.integers(-3, 4) * 2.0**-52), rng.choice([0, 1e-17, 1e-10, 1e-5]) * a]
            ),
            np.array([(a * a - b * b) / a * np.cos(t) ** 3, (b * b - a * a) / b * np.sin(t) ** 3]),
            rng.normal(size=2) * [a, b],
            np.array([a * np.cos(t), b * np.sin(t)]),
            rng.normal(size=2) * 1e-9 * a,
        ][i // 2 % 8]
        Y[i], W[i] = (y, (a, b)) if rng.random() < 0.5 else (y[::-1], (b, a))
    return Y, W * rng.choice([-1, 1], W.shape)
