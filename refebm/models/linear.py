"""PCA and k-means: one energy, ``|y - W z|^2``, with z any vector, or a unit vector, which chooses a column  (N5, N6)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from ..energies.energy import Energy
from ..energies.free_energies import free_energy, free_energy_and_adjoint, gibbs_weights
from ..numerics import checks
from ..numerics.checks import Array
from ..parts.costs import squared_error, squared_error_adjoint, squared_error_slack


@dataclass(frozen=True)
class Linear:
    """``E = |y - z B|^2``, the latent z a row; w holds B (latent, dim), or where `columns` its transpose W (dim, latent)."""

    dim: int
    latent: int
    columns: bool

    def rows(self, w: Array) -> Array:
        return w.reshape(self.dim, self.latent).T if self.columns else w.reshape(self.latent, self.dim)

    def value(self, y: Array, z: Array, w: Array, x: Array | None) -> Array:
        return squared_error(y, z @ self.rows(w))

    def adjoint(self, y: Array, z: Array, w: Array, x: Array | None, E_bar: Array) -> tuple[Array, Array, Array]:
        B = self.rows(w)
        y_bar, g_bar = squared_error_adjoint(y, z @ B, E_bar)
        B_bar = np.tensordot(z, g_bar, axes=((0, 1), (0, 1)))
        return y_bar, g_bar @ B.T, (B_bar.T if self.columns else B_bar).ravel()

    def slack(self, y: Array, z: Array, w: Array, x: Array | None, m: Array) -> Array:
        return squared_error_slack(y, m)

    def random(self, y: Array, rng: np.random.Generator, x: Array | None) -> Array:
        """Entries of the data's size."""
        return rng.normal(size=self.dim * self.latent) * np.sqrt(np.square(y).mean())

    def some(self, y: Array, rng: np.random.Generator, x: Array | None) -> Array:
        """Some observations, all different while there are enough."""
        return y[rng.choice(len(y), self.latent, replace=self.latent > len(y))].ravel()


# --- PCA


def pca(dim: int, latent: int) -> Energy:
    """``E(y, z) = |y - W z|^2``, z any vector of `latent` entries; w is W (dim, latent), flat  (N5)."""
    parts = Linear(checks.count(dim, "dim"), checks.count(latent, "latent"), columns=True)
    size = parts.dim * parts.latent
    checks.room(size, "latent")
    return Energy(
        parts.value, parts.adjoint, parts.dim, parts.latent, size, start=parts.random, slack=parts.slack, boxes=parts
    )


def _span(W: Array) -> tuple[Array, Array, Array]:
    """``W = U diag(s) V`` without the singular values that are 0 up to rounding."""
    U, s, V = np.linalg.svd(W, full_matrices=False)
    kept = s > s[0] * max(W.shape) * np.finfo(float).eps
    return U[:, kept], s[kept], V[kept]


@np.errstate(all="ignore")
def least_squares(energy: Energy, y: Array, w: Array, x: Array | None = None) -> Array:
    """Inference rule of `pca`: ``z = W^+ y`` (n, 1, l), of all z of least energy the shortest  (N5). Other energies are refused."""
    checks.instance(energy, Energy, "energy")
    if not isinstance(energy.boxes, Linear) or energy.latents is not None:
        raise ValueError("energy: expected one that `pca` makes, for which this rule holds, got another")
    y, w, _ = energy.check_rest(y, w, x)
    U, s, V = _span(energy.boxes.rows(w.real).T)  # complex steps see no motion of z: the envelope theorem (C9)
    z = y.real @ U / s @ V
    checks.no_overflow(w, z)
    return np.asarray(z[:, None])


def _residual(y: ArrayLike, W: ArrayLike) -> tuple[Array, Array]:
    """``y - W W^+ y`` (n, d) and ``z = W^+ y`` (n, l)."""
    W = checks.finite(W, "W")
    if W.ndim != 2:
        raise ValueError(f"W: expected shape (d, l), got {W.shape}")
    y = checks.observations(y, len(W))[0]
    U, s, V = _span(W)
    along = y @ U
    return y - along @ U.T, along / s @ V


@np.errstate(all="ignore")
def pca_free_energy(y: ArrayLike, W: ArrayLike) -> Array:
    """``min_z |y - W z|^2``, the squared distance from the span of W's columns  (N5).

    y (n, d) or (d,), W (d, l) of any rank -> (n,) or a scalar. It depends on W by its span alone. Raises TypeError or
    ValueError for wrong shapes, NaN, infinite or huge values.
    """
    F = np.square(_residual(y, W)[0]).sum(axis=1)
    return F[0] if np.ndim(y) == 1 else F


@np.errstate(all="ignore")
def pca_free_energy_adjoint(y: ArrayLike, W: ArrayLike, F_bar: ArrayLike) -> tuple[Array, Array]:
    """Adjoints of (y, W) given F_bar: ``2 r`` and ``-2 r z^T``, r = y - W z at z = W^+ y (C9); of W where its rank stays  (N5)."""
    r, z = _residual(y, W)
    F_bar = checks.cotangent(F_bar, () if np.ndim(y) == 1 else (len(r),), "F_bar").reshape(-1, 1)
    y_bar, W_bar = 2 * F_bar * r, -2 * (F_bar * r).T @ z
    if not np.isfinite(W_bar).all():
        raise ValueError("W: expected a matrix at which no slope overflows, got one of too small singular values")
    return y_bar.reshape(np.shape(y)), W_bar


# --- k-means


def kmeans(dim: int, clusters: int) -> Energy:
    """``E(y, z) = |y - M^T z|^2``, z one of the `clusters` unit vectors, its ``latents``; w is M (clusters, dim), flat  (N5)."""
    parts = Linear(checks.count(dim, "dim"), checks.count(clusters, "clusters"), columns=False)
    size, latent = parts.dim * parts.latent, parts.latent
    checks.room(max(latent**2, size), "clusters")
    return Energy(
        parts.value,
        parts.adjoint,
        parts.dim,
        latent,
        size,
        latents=np.eye(latent),
        start=parts.some,
        slack=parts.slack,
        boxes=parts,
    )


def _clusters(M: ArrayLike) -> tuple[Energy, Array]:
    M = checks.finite(M, "M")
    if M.ndim != 2:
        raise ValueError(f"M: expected shape (k, d), got {M.shape}")
    return kmeans(M.shape[1], len(M)), M.ravel()


def kmeans_free_energy(y: ArrayLike, M: ArrayLike) -> Array:
    """``min_k |y - m_k|^2``, the squared distance from the nearest of the rows of M  (N5).

    y (n, d) or (d,), M (k, d) -> (n,) or a scalar. Raises TypeError or ValueError for wrong shapes, NaN, infinite or huge values.
    """
    energy, w = _clusters(M)
    return free_energy(energy, y, np.eye(energy.latent), w, np.inf)


def kmeans_free_energy_adjoint(y: ArrayLike, M: ArrayLike, F_bar: ArrayLike) -> tuple[Array, Array]:
    """Adjoints of (y, M) given F_bar: ``2 (y - m_k)`` and its opposite at the nearest m_k, shared by equally near ones  (N5)."""
    energy, w = _clusters(M)
    _, y_bar, w_bar = free_energy_and_adjoint(energy, y, np.eye(energy.latent), w, np.inf, F_bar=F_bar)
    return y_bar, w_bar.reshape(np.shape(M))


def lloyd_step(y: ArrayLike, M: ArrayLike) -> Array:
    """Each row of M moved to the mean of the observations that it is nearest to  (Lloyd, 1982; N5).

    y (n, d), M (k, d) -> (k, d). Observations at a border count for both sides in shares; a row that is nearest to none stays. The
    mean of `kmeans_free_energy` never rises. Raises as that.
    """
    energy, w = _clusters(M)
    y = checks.observations(y, energy.dim)[0]
    q = gibbs_weights(energy, y, np.eye(energy.latent), w, np.inf)
    with np.errstate(all="ignore"):
        count = q.sum(axis=0)[:, None]
        return np.where(count > 0, q.T @ y / count, w.reshape(np.shape(M)))
