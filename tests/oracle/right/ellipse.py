"""Right ways: the ellipse's decoder, energy and least energy."""

import numpy as np


def energies(y, z, w):
    return (y[:, :1] - w[0] * np.cos(z)) ** 2 + (y[:, 1:] - w[1] * np.sin(z)) ** 2


def circle(z):
    return np.stack([np.cos(z), np.sin(z)], axis=1)


def golden(y, w):
    """Bisection of the slope over y's own quadrant."""
    a, b = np.abs(y).T
    low, high = np.zeros_like(a), np.full_like(a, np.pi / 2)
    for _ in range(80):
        z = (low + high) / 2
        rising = w[0] * np.sin(z) * (a - w[0] * np.cos(z)) > w[1] * np.cos(z) * (b - w[1] * np.sin(z))
        low, high = np.where(rising, low, z), np.where(rising, z, high)
    return (a - w[0] * np.cos(low)) ** 2 + (b - w[1] * np.sin(low)) ** 2


def newton_on_a_grid(y, w):
    """Newton's method on E from the best of 720 latents, where E is convex."""
    z = np.linspace(0, 2 * np.pi, 720, endpoint=False).astype(y.dtype)
    z = z[energies(y, z, w).argmin(axis=1)]
    for _ in range(30):
        c, s = np.cos(z), np.sin(z)
        slope = w[0] * s * (y[:, 0] - w[0] * c) - w[1] * c * (y[:, 1] - w[1] * s)
        curvature = w[0] * (c * y[:, 0] - w[0] * np.cos(2 * z)) + w[1] * (s * y[:, 1] + w[1] * np.cos(2 * z))
        z = z - np.clip(slope / np.where(curvature > 0, curvature, np.inf), -0.01, 0.01)
    return (y[:, 0] - w[0] * np.cos(z)) ** 2 + (y[:, 1] - w[1] * np.sin(z)) ** 2


RESTS_ON = {
    "ellipse_decoder": ["ellipse_decoder"],
    "ellipse_energy": ["__call__"],
    "ellipse_least_energy": ["infer"],
}
RIGHT = {
    "ellipse_decoder": [lambda z, w: circle(z) * w, lambda z, w: np.array([[w[0] * np.cos(t), w[1] * np.sin(t)] for t in z], z.dtype)],
    "ellipse_energy": [
        energies,
        lambda y, z, w: np.square(y[:, None] - circle(z) * w).sum(axis=-1),
        lambda y, z, w: np.square(y).sum(axis=1)[:, None] - 2 * y @ (circle(z) * w).T + np.square(circle(z) * w).sum(axis=1),
    ],
    "ellipse_least_energy": [golden, newton_on_a_grid],
}  # fmt: skip
