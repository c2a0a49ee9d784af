"""The lecture's data and grids: the horn, its unconditional slice the ellipse, the latent circle, the mesh  (C1-C3, C26)."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from ..numerics import checks
from ..numerics.checks import Array

A, B = 1.5, 2.0  # the lecture's alpha and beta, the radii at the horn's two ends before it widens
SIGMA = 1 / 20  # standard deviation of the noise on each coordinate


def radii(x: ArrayLike, a: float = A, b: float = B) -> Array:
    """Radii of the horn, ``rho(x) = [a x + b (1 - x), b x + a (1 - x)] exp(2 x)``  (C1).

    Parameters
    ----------
    x : array_like, (...)
        Condition; the lecture draws it from [0, 1].
    a, b : float
        The lecture's alpha and beta.

    Returns
    -------
    rho : ndarray, (..., 2)
    """
    x = checks.finite(x, "x", largest=100)
    a, b = checks.positive(a, "a", checks.LARGEST), checks.positive(b, "b", checks.LARGEST)
    with np.errstate(under="ignore"):
        return np.stack([a * x + b * (1 - x), b * x + a * (1 - x)], axis=-1) * np.exp(2 * x)[..., None]


def observe(x: ArrayLike, rng: np.random.Generator, sigma: float = SIGMA) -> Array:
    """One noisy observation for each condition, ``y = [rho_1 cos theta + eps_1, rho_2 sin theta + eps_2]``  (C1).

    theta is uniform on the circle and eps normal with standard deviation `sigma`, drawn for each coordinate from `rng`.
    x (n,) gives y (n, 2).
    """
    x = checks.finite(x, "x", largest=100)
    if x.ndim != 1:
        raise ValueError(f"x: expected shape (n,), got {x.shape}")
    checks.generator(rng)
    theta = rng.uniform(0, 2 * np.pi, len(x))
    noise = rng.normal(0, checks.positive(sigma, "sigma"), (len(x), 2))
    return radii(x) * np.stack([np.cos(theta), np.sin(theta)], axis=-1) + noise


def ellipse_data(n: int, rng: np.random.Generator, sigma: float = SIGMA) -> Array:
    """The unconditional training set Y (n, 2): the horn at x = 0, of radii (2, 1.5); the lecture has n = 24  (C2)."""
    return observe(np.zeros(checks.count(n, "n")), rng, sigma)


def latent_grid(k: int = 48) -> Array:
    """``z = [0 : 2 pi / k : 2 pi[``, k equal steps round the circle with 2 pi left out; k = 48 is the lecture's  (C3).

    Leaving the right end out makes a sum over the grid the trapezoid rule of a periodic integrand.
    """
    return np.arange(checks.count(k, "k")) * (2 * np.pi / k)


def mesh(
    step: float = 0.25, y1: tuple[float, float] = (-2, 2), y2: tuple[float, float] = (-3, 3)
) -> tuple[Array, Array]:
    """The two axes of the rectangular mesh of observations, both ends included: 17 and 25 points as the lecture has it.

    `np.stack(np.meshgrid(*mesh()), -1).reshape(-1, 2)` lists its 425 points.
    """
    step = checks.positive(step, "step")
    axes = []
    for name, ends in (("y1", y1), ("y2", y2)):
        low, high = checks.interval(ends, name)
        if not high - low <= 1e6 * step:
            raise ValueError(
                f"{name}: expected at most a million steps of {step:g} from end to end, got {(high - low) / step:g}"
            )
        axes.append(np.linspace(low, high, 1 + round((high - low) / step)))
    return axes[0], axes[1]
