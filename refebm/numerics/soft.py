"""The numerical core: softmin and softargmin, each with its adjoint  (C12-C16, L15).

The *actual* softmin is a free energy, ``-(1/beta) log mean exp(-beta E)``, from the mean (beta = 0) to the minimum
(beta = inf); its gradient is softargmin, the Gibbs weights. Every function takes any axis and every beta in [0, inf].
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike

from . import axes, checks
from .checks import Array
from .exact import two_product, two_sum


def _rows(E: Array, axis: int) -> Array:
    """`axis` last and contiguous: NumPy sums pairwise only along the contiguous axis, and 1e6 terms need that."""
    return np.ascontiguousarray(np.moveaxis(E, axes.axis(axis, E.ndim), -1))


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

    p is None (all alike) or from `prior`. At beta = inf energies within `slack` (..., 1) of the least tie with it. The weights
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


@np.errstate(under="ignore")
def prior(p: Array, shape: tuple[int, ...]) -> Array:
    """Finite `p` broadcast to `shape` and divided by its sum over the last axis: not negative, with a sum above 0."""
    axes.broadcasts(p, shape, "p", "E")
    p = np.broadcast_to(p, (*p.shape[:-1], shape[-1]))
    if (p < 0).any() or not (total := p.sum(axis=-1, keepdims=True)).all():
        raise ValueError(f"p: expected weights from 0 up whose sum is above 0, got {checks.describe(p)}")
    return np.broadcast_to(p / total, shape)


def arguments(E: ArrayLike, beta: float, axis: int, p: ArrayLike | None) -> tuple[Array, float, Array | None]:
    """Checked rows of energies, beta, and p as the rows' own."""
    E = axes.energies(E)
    rows = _rows(E, axis)
    if p is not None:
        p = checks.finite(p, "p")
        if p.ndim > 1:
            axes.broadcasts(p, E.shape, "p", "E")
        p = prior(p if p.ndim < 2 else np.moveaxis(np.broadcast_to(p, E.shape), axis, -1), rows.shape)
    return rows, checks.inverse_temperature(beta), p


def softmin(E: ArrayLike, beta: float, axis: int = -1, p: ArrayLike | None = None) -> Array:
    r"""Actual softmin ``-(1/beta) log( (1/N) sum_z exp(-beta E_z) )``  (C13), the discrete free energy (C12).

    With weights p it is ``-(1/beta) log sum_z p_z exp(-beta E_z)``, the free energy under a prior p(z)  (L15).

    Parameters
    ----------
    E : array_like, (..., k, ...)
        Energies. +inf is a forbidden state of weight 0. Complex values pass through, for complex-step derivatives; the
        minimum is then that of the real parts.
    beta : float in [0, inf]
        Inverse temperature, in units of 1/E. 0 gives the mean (C14), inf the minimum (C15).
    axis : int
        The axis of the k latents.
    p : array_like, (k,) or E's shape, optional
        A prior, or quadrature weights: not negative, divided by their sum here. A latent of weight 0 does not count,
        whatever its energy. 1/k each by default.

    Returns
    -------
    F : ndarray
        E's shape without `axis`. For real finite E of up to 1e6 terms the error is at most 8 ulp of ``max(|F|, |min E|)``;
        +inf where all energies are. 0 gives the mean under p, inf the minimum where p > 0.

    Raises
    ------
    TypeError, ValueError
        For NaN, -inf, an empty array, anything that is no number, an axis out of range, beta outside [0, inf], weights
        that are negative or all 0.
    """
    return softmin_rows(*arguments(E, beta, axis, p))[0][()]


def softmin_adjoint(E: ArrayLike, beta: float, F_bar: ArrayLike, axis: int = -1, p: ArrayLike | None = None) -> Array:
    """Adjoint of E given `F_bar`: ``F_bar q`` with q = softargmin, since dF/dE = q  (C16).

    `F_bar` has E's shape without `axis`, the result E's shape. Raises as `softargmin`, and for a wrong shape of F_bar.
    """
    q = softargmin(E, beta, axis, p)
    F_bar = checks.cotangent(F_bar, q.sum(axis=axis).shape, "F_bar")
    with np.errstate(under="ignore"):
        return q * np.expand_dims(F_bar, axis)


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


def softargmin(E: ArrayLike, beta: float, axis: int = -1, p: ArrayLike | None = None) -> Array:
    r"""Gibbs weights ``q_z = exp(-beta E_z) / sum_z' exp(-beta E_z')``  (C16); what libraries call softmax is this of -E (C20).

    With weights p they are ``q_z = p_z exp(-beta E_z) / sum_z' p_z' exp(-beta E_z')``  (L15).

    Parameters
    ----------
    E, beta, axis, p
        As in `softmin`. At beta = inf equal minima share the weight, equally or as p; at beta = 0 all finite energies do.
        E is taken as exact: `gibbs_weights`, which computes its energies, also shares where rounding parted them.

    Returns
    -------
    q : ndarray
        E's shape, sums to 1 along `axis`; each weight is good to a few u, down to underflow.

    Raises
    ------
    TypeError, ValueError
        As `softmin`; also for a row whose energies are all +inf, which has no weights.
    """
    E, beta, p = arguments(E, beta, axis, p)
    if (blocked := (np.isposinf(E.real) | (p == 0 if p is not None else False)).all(axis=-1)).any():
        raise ValueError(f"E: expected a finite energy in every row, got {int(blocked.sum())} row(s) of +inf alone")
    return np.moveaxis(weights_rows(E, beta, p), -1, axis)


def softargmin_adjoint(E: ArrayLike, beta: float, p_bar: ArrayLike, axis: int = -1) -> Array:
    """Adjoint of E given `p_bar`: ``-beta p (p_bar - <p_bar>_p)``  (C16, differentiated once more).

    At beta = inf the weights are constant but for jumps at ties, and the adjoint is 0. Shapes are E's; raises as
    `softargmin`.
    """
    p = softargmin(E, beta, axis)
    p_bar = checks.cotangent(p_bar, p.shape, "p_bar")
    if beta == np.inf:
        return np.zeros_like(p)
    with np.errstate(under="ignore"):
        return -float(beta) * p * (p_bar - (p * p_bar).sum(axis=axis, keepdims=True))
