"""Softmin and softargmin of rows of energies that were checked before: what every free energy runs on  (C12-C16)."""

from __future__ import annotations

import math

import numpy as np

from .checks import Array
from .exact import two_product, two_sum


def _minimum(E: Array) -> Array:
    """Least real part of each row, kept as a column; 0 for a row of +inf, so that E - m is +inf there and not NaN."""
    m: Array = E.real.min(axis=-1, keepdims=True)
    return np.where(np.isinf(m), 0.0, m)


def _average(v: Array, p: Array | None) -> Array:
    """Mean of each row, or ``sum_z p_z v_z``, where a p of 0 meets an infinite v."""
    return np.asarray(v.mean(axis=-1) if p is None else (p * np.where(p > 0, v, 0)).sum(axis=-1))


def _mean(E: Array, m: Array, p: Array | None) -> Array:
    """``m + mean(E - m)`` of each row, scaled by a power of two so that neither the difference nor the sum overflows."""
    _, k = np.frexp(np.where(np.isinf(E.real), 0.0, np.abs(E.real)).max(axis=-1, keepdims=True))
    scale = np.ldexp(1.0, np.clip(-k, -1022, 1022))
    F: Array = m[..., 0] + _average(E * scale - m * scale, p) / scale[..., 0]
    return F


def exponents(E: Array, m: Array, beta: float) -> Array:
    """``beta (E - m)`` for beta in ]0, inf[; for beta < 1 scale first: then E - m cannot overflow where beta (E - m) would not."""
    scale = 2.0 ** min(0, math.frexp(beta)[1])
    return (E - m if scale == 1 else E * scale - m * scale) * (beta / scale)


@np.errstate(under="ignore")
def softmin_rows(E: Array, beta: float, p: Array | None = None, slack: Array | float = 0.0) -> tuple[Array, Array]:
    """F of each row of E (..., k) and its weights before normalisation, ``p exp(-beta (E - m))``, shaped like E.

    p is None (all alike) or from `soft.prior`. At beta = inf energies within `slack` (..., 1) of the least tie with it. The weights
    here are good to a few u times beta (E - m), as good as computed energies make them; `softargmin` is good to a few u. No
    checks.
    """
    if p is not None:
        p = np.broadcast_to(p, E.shape)
        E = np.where(p > 0, E, np.inf)
    m = _minimum(E)
    if p is not None:
        E = np.where(p > 0, E, m)  # which p = 0 takes out again
    if beta == np.inf:
        e = (E.real - m <= slack) * (1.0 if p is None else p)
        if not np.iscomplexobj(E):
            return np.where(e.any(axis=-1), m[..., 0], np.inf), e
        return (E * e).sum(axis=-1) / e.sum(axis=-1), e
    with np.errstate(over="ignore", under="ignore", divide="ignore", invalid="ignore"):
        if beta == 0:
            return _mean(E, m, p), np.isfinite(E) * (1.0 if p is None else p)
        x = exponents(E, m, beta)
        e = np.exp(-x)
        S = _average(e, p)
        F = np.asarray(m[..., 0] - np.log(S) / beta)
        # log of nearly 1 over nearly 0 has no digits left: there, use the mean of expm1 ...
        near = S.real > 0.5
        if near.any():
            p_near = None if p is None else p[near]
            F[near] = m[near, 0] - np.log1p(_average(np.expm1(-x[near]), p_near)) / beta
            # ... and where even beta (E - m) < u/8 the mean is F to the last digit, subnormal products or not.
            flat = near & (x.real.max(axis=-1) < 1e-17)
            F[flat] = _mean(E[flat], m[flat], None if p is None else p[flat])
    return F, e if p is None else p * e


def _weights(E: Array, beta: float, p: Array | None) -> Array:
    """p exp(-beta (E - m)) of each row, or with another m for E's and a factor for p, to a few u down to underflow.

    A rounded exponent x costs x u in the weight, hundreds of u far from the minimum; so the exponent is carried
    unevaluated as x + t, with the difference and the product both exact.
    """
    if beta in (0, np.inf) or np.iscomplexobj(E):
        return softmin_rows(E, beta, p)[1]
    if p is not None and (p == p[..., :1]).all():
        p = None  # equal weights
    b, k = math.frexp(beta)  # beta = b 2^k with b in [1/2, 1), and powers of two shift exactly
    with np.errstate(over="ignore", under="ignore", invalid="ignore", divide="ignore"):
        if p is None:
            m = _minimum(E)
        else:  # relative to the largest weight, which may be far from the least energy
            E = np.where(p > 0, E, np.inf)
            top = (exponents(E, _minimum(E), beta) - np.log(p)).argmin(axis=-1)[..., None]
            m = np.take_along_axis(E, top, axis=-1)
        D, d = two_sum(np.ldexp(E, min(k, 0)), -np.ldexp(m, min(k, 0)))
        D, d = np.ldexp(D, max(k, 0)), np.ldexp(d, max(k, 0))
        near = D < 4096  # elsewhere the weight is exp(-2048 or less) = 0
        x, t = two_product(b, np.where(near, D, 4096.0))
        low = 1 - (t + b * np.where(near, d, 0.0))
        if p is None:
            e: Array = np.exp(-x) * low
            return e
        half, (f, power) = np.exp(-x / 2), np.frexp(p)
        f, power = f / np.take_along_axis(f, top, axis=-1), power - np.take_along_axis(power, top, axis=-1)
        return np.ldexp(f * half, power) * half * low  # neither the quotient of p nor exp(-x) need fit alone


def weights_rows(E: Array, beta: float, p: Array | None = None) -> Array:
    """`softargmin` of rows that have a weight above 0, without its checks; p as in `softmin_rows`."""
    e = _weights(E, beta, p if p is None else np.broadcast_to(p, E.shape))
    with np.errstate(under="ignore"):
        return e / e.sum(axis=-1, keepdims=True)
