"""Information: relative entropies, entropies, boxes, in nats, and in bits where the name says so  (L10, L11, L14).

A relative entropy near 0 is a difference of nearly equal numbers; written with ``x - 1 - log x`` in a form that does not
cancel it keeps its digits, and is never negative.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from . import axes, checks
from .checks import Array

# log(1 + t) = 2 (r + r^3/3 + r^5/5 + ...) with r = t / (2 + t); |r| <= 1/2 needs 28 terms.
_SERIES = 2 / (2 * np.arange(28) + 3)


def excess(t: Array) -> Array:
    """``t - log(1 + t)``, that is x - 1 - log x at x = 1 + t, from 0 up; for x within a factor 3 of 1.

    It is ``r t - r (2 r^2/3 + 2 r^4/5 + ...)`` with r = t / (2 + t), which holds t^2/2 as its first term: no cancellation.
    """
    r = t / (2 + t)
    return r * (t - np.square(r) * np.polynomial.polynomial.polyval(np.square(r), _SERIES))


def close(t: Array) -> Array:
    """Where `excess` is good, and the difference as written would lose digits."""
    return (t.real >= -2 / 3) & (t.real <= 2)


def _terms(q: Array, p: Array, t: Array, d: Array) -> Array:
    """``q log(q/p) - q + p`` given t = p/q - 1 and d = log(p/q): each is from 0 up, and they sum to the divergence."""
    near = close(t)
    with np.errstate(invalid="ignore"):
        far = (p - q) - np.where(q == 0, 0, q * np.where(q == 0, 0, d))
    return np.where(near, q * excess(np.where(near, t, 0)), far)


def _log_ratio(a: Array, b: Array) -> Array:
    """log(a/b): of the quotient, which rounds less than the difference of logarithms, where that neither over- nor underflows."""
    with np.errstate(divide="ignore", invalid="ignore", over="ignore", under="ignore"):
        ratio = a / b
        plain = (np.abs(ratio) > 1e-300) & (np.abs(ratio) < np.inf)
        return np.where(plain, np.log(np.where(plain, ratio, 1)), np.log(a) - np.log(b))


def probabilities(value: ArrayLike, name: str, axis: int) -> Array:
    """Probabilities from 0 up that sum to 1 along `axis`, to 1e-6 (float32's rounding)."""
    p = checks.finite(value, name, complex_ok=True)
    if p.ndim == 0:
        raise ValueError(f"{name}: expected an array of probabilities, got the number {p}")
    if (p.real < 0).any():
        raise ValueError(f"{name}: expected probabilities from 0 up, got one of {p.real.min():g}")
    _check_sum(p.sum(axis=axes.axis(axis, p.ndim)), name)
    return p


def _check_sum(mass: Array, name: str) -> None:
    off = np.abs(np.asarray(mass).real - 1).max()
    if not off <= 1e-6:
        raise ValueError(f"{name}: expected probabilities that sum to 1, got a sum that is off by {off:g}")


def kl(q: ArrayLike, p: ArrayLike, axis: int = -1) -> Array:
    """Relative entropy ``KL(q || p) = sum q log(q/p)`` in nats  (L11).

    Parameters
    ----------
    q, p : array_like, (..., k, ...)
        Probabilities, of one shape, or p of a shape that broadcasts to q's; p (k,) lies along `axis`.
    axis : int
        Along which they sum to 1.

    Returns
    -------
    ndarray
        q's shape without `axis`; from 0 up, inf where p is 0 and q is not. Computed as ``sum (q log(q/p) - q + p)``: for
        sums of exactly 1 the same, and good to a few u also where q is close to p.

    Raises
    ------
    TypeError, ValueError
        For negative numbers, NaN, sums other than 1 (by more than 1e-6), shapes that do not fit.
    """
    q = probabilities(q, "q", axis)
    axis = axes.axis(axis, q.ndim)
    p = probabilities(axes.laid(checks.finite(p, "p", complex_ok=True), q.shape, axis, "p", "q"), "p", axis)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore", under="ignore"):
        t = np.where(q == 0, np.inf, (p - q) / q)
        return np.asarray(_terms(q, p, t, _log_ratio(p, q)).sum(axis=axis))[()]


@np.errstate(over="ignore", under="ignore")
def kl_adjoint(q: ArrayLike, p: ArrayLike, kl_bar: ArrayLike, axis: int = -1) -> tuple[Array, Array]:
    """Adjoints of (q, p) given kl_bar: ``log(q/p)`` and ``1 - q/p``, of the form with ``- q + p``  (L11).

    Along the simplex, where tangents sum to 0, any constant may be added to either. q and p are of one shape and above 0
    here; at 0 the slope in q is infinite. Raises as `kl`.
    """
    q, p = probabilities(q, "q", axis), probabilities(p, "p", axis)
    for v, name in ((q, "q"), (p, "p")):
        if q.shape != p.shape or not (v.real > 0).all():
            raise ValueError(f"{name}: expected probabilities above 0, q and p of one shape, got {checks.describe(v)}")
    bar = np.expand_dims(checks.cotangent(kl_bar, q.sum(axis=axis).shape, "kl_bar"), axis)
    t = (p - q) / q
    near = np.abs(t) <= 0.5
    return bar * -np.where(near, np.log1p(np.where(near, t, 0)), _log_ratio(p, q)), bar * (p - q) / p


@np.errstate(under="ignore")
def kl_bits(q: ArrayLike, p: ArrayLike, axis: int = -1) -> Array:
    """`kl` in bits, ``sum q log2(q/p)``  (L11)."""
    return kl(q, p, axis) / np.log(2)


def kl_log(log_q: ArrayLike, log_p: ArrayLike, measure: ArrayLike = 1.0, axis: int = -1) -> Array:
    """`kl` of distributions given by their logarithms, which may lie far below where probabilities underflow  (L11).

    log_q and log_p may be -inf. With a measure, the steps of a grid, they are logarithms of densities and the sum stands for
    the integral; measure and log_p have shapes that broadcast to log_q's, or (k,), along `axis`. Raises as `kl`.
    """
    a = axes.energies(log_q, "log_q", sign=-1)
    axis = axes.axis(axis, a.ndim)
    b = axes.laid(axes.energies(log_p, "log_p", sign=-1), a.shape, axis, "log_p", "log_q")
    mu = axes.laid(axes.volumes(measure), a.shape, axis, "measure", "log_q")
    with np.errstate(invalid="ignore", over="ignore", under="ignore"):
        q, p = np.exp(a), np.exp(b)
        _check_sum((mu * q).sum(axis=axis), "log_q")
        _check_sum((mu * p).sum(axis=axis), "log_p")
        d = np.where(np.isneginf(a.real), np.inf, b - a)
        return np.asarray((mu * _terms(q, p, np.expm1(d), d)).sum(axis=axis))[()]


@np.errstate(under="ignore")
def entropy(q: ArrayLike, axis: int = -1) -> Array:
    """``S = -sum q log q`` in nats, from 0 up to log k  (L17).  q (..., k, ...), sums to 1 along `axis`; raises as `kl`."""
    q = probabilities(q, "q", axis)
    return np.asarray(-(q * np.log(np.where(q == 0, 1, q))).sum(axis=axis))[()]


def gaussian_kl(m: ArrayLike, s: ArrayLike, r: ArrayLike = 1.0) -> Array:
    """``KL(N(m, s^2) || N(0, r^2)) = log(r/s) + (m^2 + s^2)/(2 r^2) - 1/2`` in nats, elementwise  (L14).

    Parameters
    ----------
    m : array_like
        Mean of q less that of p.
    s, r : array_like
        Standard deviations of q and p, above 0; shapes that broadcast. Coordinates that are independent add.

    Returns
    -------
    ndarray
        From 0 up; good to a few u also at m near 0 and s near r, where the formula as written cancels.

    Raises
    ------
    TypeError, ValueError
        For NaN, infinite or huge values, standard deviations below 1e-300, shapes that do not broadcast.
    """
    m, s, r = _gaussian(m, s, r)
    with np.errstate(over="ignore", under="ignore"):
        t = _square_ratio_less_1(s, r)
        near = close(t)
        spread = np.where(near, excess(np.where(near, t, 0)), t - 2 * _log_ratio(s, r))
        return (0.5 * (np.square(m / r) + spread))[()]


def gaussian_kl_adjoint(m: ArrayLike, s: ArrayLike, r: ArrayLike, kl_bar: ArrayLike) -> tuple[Array, Array, Array]:
    """Adjoints of (m, s, r), all of one shape, given kl_bar: ``m/r^2``, ``s/r^2 - 1/s``, ``1/r - (m^2 + s^2)/r^3``  (L14)."""
    m, s, r = _gaussian(m, s, r)
    if not m.shape == s.shape == r.shape:
        raise ValueError(f"s: expected m, s and r of one shape, got {m.shape}, {s.shape} and {r.shape}")
    bar = checks.cotangent(kl_bar, m.shape, "kl_bar")
    with np.errstate(over="ignore", under="ignore"):
        t = _square_ratio_less_1(s, r)
        return bar * (m / r / r), bar * (t / s), -bar * ((t + np.square(m / r)) / r)


def _square_ratio_less_1(s: Array, r: Array) -> Array:
    """``(s/r)^2 - 1``, to its own digits."""
    d = (s - r) / r
    return d * (2 + d)


def _gaussian(m: ArrayLike, s: ArrayLike, r: ArrayLike) -> tuple[Array, Array, Array]:
    m, s, r = (checks.finite(v, name, complex_ok=True) for v, name in ((m, "m"), (s, "s"), (r, "r")))
    for v, name in ((s, "s"), (r, "r")):
        if not (v.real >= 1e-300).all():
            raise ValueError(f"{name}: expected standard deviations above 0, from 1e-300, got one of {v.real.min():g}")
    try:
        np.broadcast_shapes(m.shape, s.shape, r.shape)
    except ValueError:
        raise ValueError(f"s: expected shapes that broadcast, got {m.shape}, {s.shape} and {r.shape}") from None
    return m, s, r


@np.errstate(under="ignore")
def gaussian_kl_bits(m: ArrayLike, s: ArrayLike, r: ArrayLike = 1.0) -> Array:
    """`gaussian_kl` in bits  (L14)."""
    return gaussian_kl(m, s, r) / np.log(2)


@np.errstate(under="ignore")
def box_information(s: float, r: float, d: int = 1) -> float:
    """Information of a box of side s within a box of side r, both uniform: ``KL = d log(r/s)`` in nats  (L10).

    s, r > 0 in one unit, d dimensions; inf where s > r, as the small box is then not within the large one.
    """
    s, r, d = checks.positive(s, "s"), checks.positive(r, "r"), checks.count(d, "d")
    if s > r:
        return np.inf
    return -d * float(np.log1p((s - r) / r) if s > r / 2 else _log_ratio(np.asarray(s), np.asarray(r)))


@np.errstate(under="ignore")
def box_information_bits(s: float, r: float, d: int = 1) -> float:
    """`box_information` in bits, ``d log2(r/s)``  (L10)."""
    nats, s, r = box_information(s, r, d), float(s), float(r)
    return float(d * np.log2(r / s)) if s < r / 2 and r / s < np.inf else nats / float(np.log(2))
