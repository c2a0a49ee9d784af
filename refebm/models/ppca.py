"""Probabilistic PCA: PCA's energy at finite beta, the latent normal, its free energy in closed form  (N5, N3, L15)."""

from __future__ import annotations

import numpy as np

from ..energies.potentials import Potential
from ..numerics import checks
from ..numerics.checks import Array


def _solve(W: Array, tau: float, v: Array) -> Array:
    """``(tau I + W^T W)^-1 v``."""
    try:
        return np.linalg.solve(tau * np.eye(W.shape[1]) + W.T @ W, v)
    except np.linalg.LinAlgError:
        raise ValueError(
            "w: expected columns that the noise can tell apart, got some that rounding makes one"
        ) from None


def _residual(y: Array, W: Array, tau: float) -> tuple[Array, Array]:
    """``y - W z`` = ``tau C^-1 y`` (n, d), with z the latent's mean under its Gibbs distribution."""
    z = _solve(W, tau, W.T @ y.T).T
    return y - z @ W.T, z


def probabilistic_pca(dim: int, latent: int, beta: float = 1.0) -> Potential:
    r"""``F_beta(y) = -(1/beta) log E_z exp(-beta |y - W z|^2)``, z standard normal: a potential in closed form  (N5, L15).

    With ``tau = 1/(2 beta)`` and ``C = W W^T + tau I`` it is ``tau [y^T C^-1 y + log det(C / tau)]``. Its Gibbs distribution at the
    same beta is N(0, C)  (Tipping and Bishop, 1999).

    Parameters
    ----------
    dim, latent : int
        Entries of an observation, of z.
    beta : float
        Above 0 and finite: 1/(2 beta) is the variance of the noise.

    Returns
    -------
    F : Potential
        w is W (dim, latent), flat.

    Raises
    ------
    TypeError, ValueError
        For what is no number of these kinds.
    """
    d, k = checks.count(dim, "dim"), checks.count(latent, "latent")
    checks.room(d * k, "latent")
    beta = checks.positive(beta, "beta", checks.LARGEST)
    tau = 0.5 / beta

    def value(y: Array, w: Array, x: Array | None) -> Array:
        W = w.reshape(d, k)
        with np.errstate(all="ignore"):
            sign, size = np.linalg.slogdet(np.eye(k) + W.T @ W / tau)
            r, z = _residual(y, W, tau)  # y^T C^-1 y tau = |r|^2 + tau |z|^2, a sum of squares: y . r would cancel
            F = np.square(r).sum(axis=1) + tau * np.square(z).sum(axis=1) + tau * (np.log(sign) + size)
        checks.no_overflow(w, F)
        return np.asarray(F)

    def adjoint(y: Array, w: Array, x: Array | None, F_bar: Array) -> tuple[Array, Array]:
        W = w.reshape(d, k)
        with np.errstate(all="ignore"):
            (r, z), a = _residual(y, W, tau), F_bar[:, None]
            W_bar = 2 * tau * F_bar.sum() * _solve(W, tau, W.T).T - 2 * (a * r).T @ z  # C^-1 W, and (y - W z) z^T
        checks.no_overflow(w, W_bar)
        return 2 * a * r, W_bar.ravel()

    def start(y: Array, rng: np.random.Generator, x: Array | None) -> Array:
        return rng.normal(size=d * k) * np.sqrt(np.square(y).mean())

    return Potential(value, adjoint, d, d * k, beta, conditions=0, start=start)
