"""Right ways: the variational auto-encoder."""

import numpy as np

from .information import gaussian


def vae(y, m, s, eps, W, b, beta, r):
    z = m + s * eps
    return np.mean([((a - W @ c - b) ** 2).sum() for a, c in zip(y, z, strict=True)]) + gaussian(
        m, s, r
    ).sum() / beta / y.dtype.type(len(y))


def vae_slope_s(y, m, s, eps, W, b, beta, r):
    residual = (m + s * eps) @ W.T + b - y
    return (2 * (residual @ W) * eps + s / (beta * r * r) - 1 / (beta * s)) / y.dtype.type(len(y))


def vae_slope_by_parts(y, m, s, eps, W, b, beta, r):
    """The reconstruction's part a sample at a time, and the divergence's."""
    fit = np.array([2 * W.T @ (W @ (c + t * e) + b - a) * e for a, c, t, e in zip(y, m, s, eps, strict=True)])
    return fit / y.dtype.type(len(y)) + ((s / r) ** 2 - 1) / s / beta / y.dtype.type(len(y))


RESTS_ON = {
    "vae_loss": ["gaussian_kl", "expected_energy_gaussian", "states"],
    "vae_slope_s": ["vae_loss", "gaussian_kl_adjoint", "expected_energy_gaussian_adjoint", "reparametrise_adjoint"],
}
RIGHT = {
    "vae_loss": [vae, lambda y, m, s, e, W, b, beta, r: (((y - (m + s * e) @ W.T - b) ** 2).sum(axis=1) + gaussian(m, s, r).sum(axis=1) / beta).mean()],
    "vae_slope_s": [vae_slope_s, vae_slope_by_parts],
}  # fmt: skip
