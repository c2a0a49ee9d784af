"""Variational free energies: any q over the latent bounds the free energy from above, and Gibbs reaches it  (L12-L17).

First q as a table of probabilities, then q as a Gaussian that is reparametrised, ``z = m + s eps``.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from ..energies.energy import Energy
from ..numerics import axes, checks
from ..numerics.checks import Array
from ..numerics.information import close, excess, gaussian_kl, gaussian_kl_adjoint, kl, probabilities
from ..numerics.rows import exponents
from ..numerics.soft import arguments, softargmin


def _rows(E: ArrayLike, q: ArrayLike, beta: float, axis: int, p: ArrayLike | None) -> tuple[Array, Array, float, Array]:
    """Rows of E, q and the prior (equal weights for None), and beta, checked."""
    E, q = axes.energies(E), probabilities(q, "q", axis)
    if E.shape != q.shape:
        raise ValueError(f"q: expected E's shape {E.shape}, got {q.shape}")
    E, beta, p = arguments(E, beta, axis, 1.0 if p is None else p)
    assert p is not None
    return E, np.moveaxis(q, axis, -1), beta, p


def _mean(E: Array, q: Array) -> Array:
    """sum q E of rows, a forbidden state of probability 0 not counting."""
    with np.errstate(under="ignore"):
        return np.asarray((q * np.where(q == 0, 0, E)).sum(axis=-1))


@np.errstate(under="ignore")
def expected_energy(E: ArrayLike, q: ArrayLike, axis: int = -1) -> Array:
    """``<E>_q = sum_z q_z E_z``  (L12).  E, q (..., k, ...), q sums to 1 along `axis`; inf where q allows a forbidden state."""
    return _mean(*_rows(E, q, 1.0, axis, None)[:2])[()]


def variational_free_energy(
    E: ArrayLike, q: ArrayLike, beta: float, axis: int = -1, p: ArrayLike | None = None
) -> Array:
    """``F~_q = <E>_q + (1/beta) KL(q || p)``, energy plus the price of q's information, natural logarithm  (L13).

    Parameters
    ----------
    E, q : array_like, (..., k, ...)
        Energies, and probabilities that sum to 1 along `axis`.
    beta : float in [0, inf]
        In units of 1/E. At inf the expected energy alone; at 0 inf, unless q is p. inf wherever q allows what p does not.
    axis, p
        As in `softmin`; equal weights 1/k by default, with which ``F~ = <E> - T S + T log k`` (L17).

    Returns
    -------
    F : ndarray
        E's shape without `axis`; never below softmin(E, beta, axis, p), which q = softargmin(E, beta, axis, p) reaches (L15, L16).

    Raises
    ------
    TypeError, ValueError
        As `softmin` and `kl`.
    """
    E, q, beta, prior = _rows(E, q, beta, axis, p)
    information = kl(q, prior)
    with np.errstate(all="ignore"):
        # infinite information stays so at every beta, also where it is divided by infinity
        price = np.where((information == 0) | np.isinf(information.real), information, information / beta)
        return (_mean(E, q) + price)[()]


@np.errstate(under="ignore")
def variational_free_energy_adjoint(
    E: ArrayLike, q: ArrayLike, beta: float, F_bar: ArrayLike, axis: int = -1, p: ArrayLike | None = None
) -> tuple[Array, Array]:
    """Adjoints of (E, q) given F_bar: ``q`` and ``E + (1/beta) log(q/p)``  (L13, L15).

    On the simplex the second is constant where q is Gibbs, which is L15; along it any constant may be added. q, p and beta
    are above 0 and E finite here. Raises as `variational_free_energy`.
    """
    E, q, beta, prior = _rows(E, q, beta, axis, p)
    if not (q > 0).all() or not (prior > 0).all() or beta == 0 or not np.isfinite(E).all():
        raise ValueError("q: expected q, p and beta above 0 and finite energies, for slopes to be finite, got others")
    bar = checks.cotangent(F_bar, E.shape[:-1], "F_bar")[..., None]
    with np.errstate(over="ignore", under="ignore"):
        bars = bar * q, bar * (E + (np.log(q) - np.log(prior)) / beta)
    return np.moveaxis(bars[0], -1, axis), np.moveaxis(bars[1], -1, axis)


def jensen_gap(E: ArrayLike, q: ArrayLike, beta: float, axis: int = -1, p: ArrayLike | None = None) -> Array:
    """``F~_q - F = (1/beta) KL(q || q*)``, q* = softargmin(E, beta, axis, p), without the difference  (L16).

    From 0 up, and good to its own digits where q is close to q*. Arguments as in `variational_free_energy`.
    """
    E, q = axes.energies(checks.numbers(E, "E")), checks.numbers(q, "q")
    E, q, beta, prior = _rows(E, q, beta, axis, p)
    if beta == 0:
        return np.where(kl(q, prior) == 0, 0.0, np.inf)[()]
    best = softargmin(E, beta, p=prior)
    m = np.where(prior > 0, E, np.inf).min(axis=-1, keepdims=True)
    with np.errstate(all="ignore"):
        above = np.where(q == 0, 0, np.where(prior > 0, 2 * q * (E / 2 - m / 2), np.inf))
        if beta == np.inf:
            return above.sum(axis=-1)[()]
        x = np.where(prior > 0, exponents(E, m, beta), np.inf)
        log_S = np.log((prior * np.exp(-x)).sum(axis=-1, keepdims=True))
        # Each term is q log(q/q*) - q + q* over beta: near q* without cancellation, far from it with beta (E - m) never
        # formed, which may overflow where the gap does not.
        t = np.where(q == 0, np.inf, (best - q) / q)
        far = (best - q + np.where(q == 0, 0, q * (np.log(q) - np.log(prior) + log_S))) / beta + above
        far = np.where(np.isposinf(above), np.inf, far)
        near = close(t)
        return np.where(near, q * excess(np.where(near, t, 0)) / beta, far).sum(axis=-1)[()]


# --- q a Gaussian


@np.errstate(under="ignore")
def gauss_hermite(order: int, latent: int = 1) -> tuple[Array, Array]:
    """Nodes (order^latent, latent) and weights that sum to 1 of Gauss's product rule for standard normal noise.

    A mean of the energies at ``m + s eps`` over the nodes is the expectation, exact for polynomials of degree 2 order - 1.
    At most 128 nodes in each of at most 20 dimensions, and a million together.
    """
    if checks.count(order, "order", most=128) ** checks.count(latent, "latent", most=20) > 10**6:
        raise ValueError(f"order: expected at most a million nodes, got {order} to the power {latent}")
    node, weight = np.polynomial.hermite_e.hermegauss(order)
    weight = weight / weight.sum()
    nodes = np.stack(np.meshgrid(*[node] * latent, indexing="ij"), axis=-1).reshape(-1, latent)
    return nodes, np.prod(np.meshgrid(*[weight] * latent, indexing="ij"), axis=0).ravel()


def reparametrise(m: Array, s: Array, eps: Array) -> Array:
    """``z = m + s eps``: draws of N(m, s^2) as functions of m and s  (L19).  m, s (n, l), eps (k, l) or (n, k, l) -> (n, k, l)."""
    return m[:, None] + s[:, None] * eps


def reparametrise_adjoint(m: Array, s: Array, eps: Array, z_bar: Array) -> tuple[Array, Array]:
    """Adjoints of (m, s) given z_bar (n, k, l); the noise is a constant  (L19)."""
    return z_bar.sum(axis=1), (z_bar * eps).sum(axis=1)


def expected_energy_gaussian(
    energy: Energy, y: Array, m: Array, s: Array, w: Array, eps: Array, weight: Array, x: Array | None = None
) -> Array:
    """``<E>_q = sum_i weight_i E(x, y, m + s eps_i)`` with q(z|y) = N(m, s^2)  (L12).  -> (n,).

    With `gauss_hermite`'s nodes it is the expectation, with normal noise and equal weights a Monte-Carlo estimate of it. m, s
    (n, l), eps (k, l) or (n, k, l), weight (k,). Trusts its arrays.
    """
    return energy.value(y, reparametrise(m, s, eps), w, x) @ weight


def expected_energy_gaussian_adjoint(
    energy: Energy, y: Array, m: Array, s: Array, w: Array, eps: Array, weight: Array, x: Array | None, bar: Array
) -> tuple[Array, Array, Array, Array]:
    """Adjoints of (y, m, s, w) given that of the result (n,)  (L12, L19)."""
    z = reparametrise(m, s, eps)
    y_bar, z_bar, w_bar, *_ = energy.adjoint(y, z, w, x, bar[:, None] * weight)
    return y_bar, *reparametrise_adjoint(m, s, eps, z_bar), w_bar


@np.errstate(under="ignore")
def gaussian_free_energy(
    energy: Energy,
    y: ArrayLike,
    m: ArrayLike,
    s: ArrayLike,
    w: ArrayLike,
    beta: float,
    r: float = 1.0,
    order: int = 16,
    x: ArrayLike | None = None,
) -> tuple[Array, Array, Array, Array]:
    """``F~_q = <E>_q + (1/beta) KL(q || p)`` for q(z|y) = N(m, s^2) and the prior p = N(0, r^2), with slopes  (L13, L14).

    Parameters
    ----------
    energy, y, w, x
        As in `free_energy`.
    m, s : array_like, (n, l)
        Each observation's mean and standard deviation of q, in the unit of z; l = 1 for scalar latents.
    beta : float in ]0, inf]
    r : float
        Standard deviation of the prior.
    order : int
        Nodes of Gauss's rule in each latent dimension.

    Returns
    -------
    F, m_bar, s_bar, y_bar : ndarray
        F (n,), up to the rule's error never below the free energy under the same prior (L16); dF/dm, dF/ds (n, l), dF/dy (n, d).

    Raises
    ------
    TypeError, ValueError
        For wrong shapes, NaN, infinite or huge values, beta = 0, standard deviations not above 0.
    """
    checks.instance(energy, Energy, "energy")
    latent = energy.latent
    m, s = (checks.finite(v, name) for v, name in ((m, "m"), (s, "s")))
    eps, weight = gauss_hermite(order, latent)
    y, w, x = energy.check_rest(y, w, x)
    for v, name in ((m, "m"), (s, "s")):
        if v.shape != (len(y), latent):
            raise ValueError(f"{name}: expected shape ({len(y)}, {latent}), got {v.shape}")
    if (beta := checks.inverse_temperature(beta)) == 0:
        raise ValueError("beta: expected a number above 0, as the information is divided by it, got 0.0")
    scale = np.full_like(m, checks.positive(r, "r"))
    with np.errstate(all="ignore"):
        E = expected_energy_gaussian(energy, y, m, s, w, eps, weight, x)
        y_bar, m_bar, s_bar, _ = expected_energy_gaussian_adjoint(energy, y, m, s, w, eps, weight, x, np.ones(len(y)))
    checks.no_overflow(w, E, y_bar, m_bar, s_bar)
    m_price, s_price, _ = gaussian_kl_adjoint(m, s, scale, np.ones_like(m))
    with np.errstate(over="ignore", under="ignore"):
        F = E + gaussian_kl(m, s, scale).sum(axis=1) / beta
        return F, m_bar + m_price / beta, s_bar + s_price / beta, y_bar
