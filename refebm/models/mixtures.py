"""The Gaussian mixture: an energy for each component, whose free energy at beta = 1 is minus the log density  (N6).

A component is ``E_k(y) = |P_k (y - mu_k)|^2 / 2 - log det P_k + (d/2) log(2 pi) - log(K pi_k)``, with the lower triangle P_k a
factor of the precision, ``S_k^-1 = P_k^T P_k``. softmin is over a mean, ``1/K sum_k``, that is a prior of 1/K each; so the weights
count against that, by ``-log(pi_k / (1/K))``, and nothing is left over.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike

from ..energies.energy import Energy
from ..numerics import checks
from ..numerics.checks import Array
from ..numerics.information import probabilities
from ..numerics.soft import softargmin, softmin
from ..parts.shapes import Packing, packed, summed_to


def components(y: Array, mu: Array, P: Array, log_pi: Array) -> Array:
    """``E_k(y)``, the energy of every observation with every component.  y (n, d), mu (K, d), P (K, d, d) -> (n, K)."""
    u = (y - mu[:, None]) @ P.swapaxes(1, 2)  # (K, n, d), standard normal if y is of that component
    size = np.log(P.diagonal(axis1=1, axis2=2)).sum(axis=1) - y.shape[1] / 2 * np.log(2 * np.pi)
    return np.asarray((np.square(u).sum(axis=2) / 2).T - size - log_pi - np.log(len(mu)))


def components_adjoint(y: Array, mu: Array, P: Array, log_pi: Array, E_bar: Array) -> tuple[Array, ...]:
    """Adjoints of (y, mu, P, log_pi) given E_bar (n, K); of P its lower triangle counts."""
    D, total = y - mu[:, None], E_bar.sum(axis=0)
    weighted = E_bar.T[..., None] * (D @ P.swapaxes(1, 2))  # (K, n, d)
    v = weighted @ P  # S^-1 (y - mu), weighted
    P_bar = weighted.swapaxes(1, 2) @ D - np.eye(y.shape[1]) * (total[:, None] / P.diagonal(axis1=1, axis2=2))[:, None]
    return v.sum(axis=0), -v.sum(axis=1), P_bar, -total


# --- as an energy, whose parameters are any numbers


@dataclass(frozen=True)
class Mixture:
    """How w holds a mixture: means, triangles P with the logarithms of their diagonals, and of weights up to a constant."""

    dim: int
    clusters: int

    @cached_property
    def packing(self) -> Packing:
        K, d = self.clusters, self.dim
        return Packing(((K, d), (K, d * (d + 1) // 2), (K,)))

    def factors(self, w: Array) -> tuple[Array, Array, Array]:
        """mu, P and log pi."""
        mu, entries, a = self.packing.split(w)
        P = np.zeros((self.clusters, self.dim, self.dim), w.dtype)
        i, j = np.tril_indices(self.dim)
        P[:, i, j] = entries
        i = np.arange(self.dim)
        P[:, i, i] = np.exp(P[:, i, i])
        top = a.real.max()
        return mu, P, a - top - np.log(np.exp(a - top).sum())

    def factors_adjoint(self, w: Array, mu_bar: Array, P_bar: Array, log_pi_bar: Array) -> Array:
        """Adjoint of w given those of mu, P and log pi: the exponential's on the diagonal, and the softmax's."""
        _, P, log_pi = self.factors(w)
        P_bar = P_bar * np.where(np.eye(self.dim) > 0, P, 1)
        i, j = np.tril_indices(self.dim)
        return packed([mu_bar, P_bar[:, i, j], log_pi_bar - np.exp(log_pi) * log_pi_bar.sum()])

    def value(self, y: Array, z: Array, w: Array, x: Array | None) -> Array:
        E = components(y, *self.factors(w))
        return np.asarray((z @ E[..., None])[..., 0])

    def adjoint(self, y: Array, z: Array, w: Array, x: Array | None, E_bar: Array) -> tuple[Array, Array, Array]:
        mu, P, log_pi = self.factors(w)
        E = components(y, mu, P, log_pi)
        y_bar, *bars = components_adjoint(y, mu, P, log_pi, (E_bar[:, None] @ z)[:, 0])
        return y_bar, summed_to(E_bar[..., None] * E[:, None], z.shape), self.factors_adjoint(w, *bars)

    @np.errstate(all="ignore")
    def parameters(self, mu: ArrayLike, S: ArrayLike, pi: ArrayLike) -> Array:
        """w of means (K, d), covariances (K, d, d) and weights (K,) above 0."""
        if np.shape(mu) != (self.clusters, self.dim):
            raise ValueError(f"mu: expected shape {(self.clusters, self.dim)}, got {np.shape(mu)}")
        _, mu, P, log_pi = _checked(np.zeros((1, self.dim)), mu, S, pi)
        _positive(log_pi)
        P = np.where(np.eye(self.dim) > 0, np.log(np.where(P > 0, P, 1)), P)
        i, j = np.tril_indices(self.dim)
        return packed([mu, P[:, i, j], log_pi])

    @np.errstate(all="ignore")
    def arrays(self, w: ArrayLike) -> tuple[Array, Array, Array]:
        """Means (K, d), covariances (K, d, d) and weights (K,) of w."""
        mu, P, log_pi = self.factors(checks.vector(w, self.packing.size, "w"))
        L = np.linalg.inv(P)
        return mu.copy(), L @ L.swapaxes(1, 2), np.exp(log_pi)

    def start(self, y: Array, rng: np.random.Generator, x: Array | None) -> Array:
        """Some observations for means, round covariances of the data's variance, equal weights."""
        K, d = self.clusters, self.dim
        mu = y[rng.choice(len(y), K, replace=K > len(y))]
        variance = y.var(axis=0).mean() or 1.0
        return self.parameters(mu, np.tile(variance * np.eye(d), (K, 1, 1)), np.full(K, 1 / K))


def mixture(dim: int, clusters: int) -> Energy:
    """The energies of a mixture of `clusters` Gaussians, z one of the unit vectors, its ``latents``  (N6).

    ``marginal(energy, energy.latents, 1.0)`` is minus the log density, and can be learned. w is unconstrained;
    ``energy.boxes.arrays(w)`` gives means, covariances and weights, ``energy.boxes.parameters(mu, S, pi)`` w.
    """
    parts = Mixture(checks.count(dim, "dim"), checks.count(clusters, "clusters"))
    K, d = parts.clusters, parts.dim
    checks.room(K * d * d, "dim")
    checks.room(K * K, "clusters")
    size = parts.packing.size
    return Energy(parts.value, parts.adjoint, d, K, size, latents=np.eye(K), start=parts.start, boxes=parts)


# --- as functions of means, covariances and weights


def _checked(y: ArrayLike, mu: ArrayLike, S: ArrayLike, pi: ArrayLike) -> tuple[Array, Array, Array, Array]:
    """(y, mu, P, log pi)."""
    mu = checks.finite(mu, "mu")
    if mu.ndim != 2:
        raise ValueError(f"mu: expected shape (k, d), got {mu.shape}")
    (K, d), S = mu.shape, checks.finite(S, "S")
    if S.shape != (K, d, d):
        raise ValueError(f"S: expected shape {(K, d, d)}, got {S.shape}")
    off = np.abs(S - S.swapaxes(1, 2))
    if (off > 1e-6 * np.abs(S).max(axis=(1, 2), keepdims=True)).any():  # more than float32's rounding
        raise ValueError(f"S: expected symmetric matrices, got one that is off by {off.max():g}")
    try:
        P = np.linalg.inv(np.linalg.cholesky(S))
    except np.linalg.LinAlgError:
        raise ValueError("S: expected positive definite matrices, got one that is not") from None
    pi = probabilities(checks.vector(pi, K, "pi"), "pi", 0)
    return checks.observations(y, d)[0], mu, P, np.log(pi)


def _positive(log_pi: Array) -> None:
    if not np.isfinite(log_pi).all():
        raise ValueError("pi: expected weights above 0, for their logarithms and slopes to be finite, got one of 0")


def _table(y: ArrayLike, mu: ArrayLike, S: ArrayLike, pi: ArrayLike) -> tuple[Array, tuple[Array, ...]]:
    """E (n, K), +inf where a weight is 0, and what `components` made it of."""
    parts = _checked(y, mu, S, pi)
    E = components(*parts)
    if not np.isfinite(E[:, np.isfinite(parts[-1])]).all():
        raise ValueError("S: expected covariances at which no energy overflows, got too small ones")
    return E, parts


@np.errstate(all="ignore")
def gmm_free_energy(y: ArrayLike, mu: ArrayLike, S: ArrayLike, pi: ArrayLike, beta: float = 1.0) -> Array:
    """``-log sum_k pi_k N(y; mu_k, S_k)``, minus the log density, at beta = 1; F_beta of the same energies at others  (N6, L15).

    Parameters
    ----------
    y : array_like, (n, d) or (d,)
    mu : array_like, (k, d)
        Means.
    S : array_like, (k, d, d)
        Covariances, symmetric and positive definite.
    pi : array_like, (k,)
        Weights, from 0 up, of sum 1.
    beta : float in [0, inf]
        Cold, the component that fits best decides alone; with equal weights and ``S_k = I/2`` it is k-means up to a constant.

    Returns
    -------
    F : ndarray, (n,), or a scalar
        In nats.

    Raises
    ------
    TypeError, ValueError
        For wrong shapes, NaN, infinite or huge values, matrices that are no covariances, weights that do not sum to 1.
    """
    F = softmin(_table(y, mu, S, pi)[0], beta)
    return F[0] if np.ndim(y) == 1 else F


@np.errstate(all="ignore")
def gmm_free_energy_adjoint(
    y: ArrayLike, mu: ArrayLike, S: ArrayLike, pi: ArrayLike, F_bar: ArrayLike, beta: float = 1.0
) -> tuple[Array, ...]:
    """Adjoints of (y, mu, S, pi) given F_bar (n,), q the responsibilities  (N6).

    With ``v = S^-1 (y - mu)``: ``q v`` for y, its opposite for mu, ``q (S^-1 - v v^T) / 2`` for S, ``-q / pi`` for pi, each entry
    moving by itself; pi is above 0 here. Raises as `gmm_free_energy`.
    """
    E, (Y, mu, P, log_pi) = _table(y, mu, S, pi)
    _positive(log_pi)
    F_bar = checks.cotangent(F_bar, () if np.ndim(y) == 1 else (len(Y),), "F_bar").reshape(-1, 1)
    E_bar = softargmin(E, beta) * F_bar
    y_bar, mu_bar, _, log_pi_bar = components_adjoint(Y, mu, P, log_pi, E_bar)
    u = (Y - mu[:, None]) @ P.swapaxes(1, 2)
    seen = (E_bar.T[..., None] * u).swapaxes(1, 2) @ u
    S_bar = P.swapaxes(1, 2) @ (np.eye(Y.shape[1]) * E_bar.sum(axis=0)[:, None, None] - seen) @ P / 2
    bars = y_bar.reshape(np.shape(y)), mu_bar, S_bar, log_pi_bar / np.exp(log_pi)
    if not all(np.isfinite(bar).all() for bar in bars):
        raise ValueError("S: expected covariances at which no slope overflows, got too small ones")
    return bars


@np.errstate(all="ignore")
def gmm_responsibilities(y: ArrayLike, mu: ArrayLike, S: ArrayLike, pi: ArrayLike, beta: float = 1.0) -> Array:
    """``q(k|y) = pi_k N(y; mu_k, S_k) / sum_j pi_j N(y; mu_j, S_j)``, the Gibbs weights  (N6, C16).  -> (n, k), or (k,).

    Arguments and errors as of `gmm_free_energy`.
    """
    q = softargmin(_table(y, mu, S, pi)[0], beta)
    return q[0] if np.ndim(y) == 1 else q


@np.errstate(all="ignore")
def em_step(y: ArrayLike, mu: ArrayLike, S: ArrayLike, pi: ArrayLike, beta: float = 1.0) -> tuple[Array, Array, Array]:
    """(mu, S, pi) after one step of expectation and maximisation  (Dempster, Laird and Rubin, 1977; N6, L13, L15).

    With q the responsibilities and ``N_k = sum_n q_nk``: ``mu_k = sum_n q_nk y_n / N_k``, ``S_k = sum_n q_nk D D^T / N_k`` with
    ``D = y_n - mu_k``, ``pi_k = N_k / n``. The mean of `gmm_free_energy` never rises. A component without observations keeps
    its place, at weight 0; S may come out singular, which the next step refuses. Arguments and errors as of `gmm_free_energy`.
    """
    E, (Y, mu, _, _) = _table(y, mu, S, pi)
    q = softargmin(E, beta)
    N = q.sum(axis=0)
    new = q.T @ Y / N[:, None]
    D = Y - new[:, None]  # (K, n, d)
    C = (q.T[..., None] * D).swapaxes(1, 2) @ D / N[:, None, None]
    left = (N > 0)[:, None]
    S = np.where(left[..., None], (C + C.swapaxes(1, 2)) / 2, np.asarray(S, float))
    return np.where(left, new, mu), S, N / len(Y)
