"""The numerical core: softmin, softmax and their arguments, each with its adjoint  (C12-C20, W5).

The *actual* softmin is a free energy, ``-(1/beta) log mean exp(-beta E)``, from the mean (beta = 0) to the minimum
(beta = inf); its gradient is softargmin, the Gibbs weights. Every function takes any axis and every beta in [0, inf].
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike

from . import checks
from .checks import Array
from .exact import two_product, two_sum


def _rows(E: Array, axis: int) -> Array:
    """`axis` last and contiguous: NumPy sums pairwise only along the contiguous axis, and 1e6 terms need that."""
    if isinstance(axis, bool) or not isinstance(axis, (int, np.integer)) or not -E.ndim <= axis < E.ndim:
        raise ValueError(f"axis: expected a whole number in [{-E.ndim}, {E.ndim}), got {checks.describe(axis)}")
    return np.ascontiguousarray(np.moveaxis(E, axis, -1))


def _minimum(E: Array) -> Array:
    """Least real part of each row, kept as a column; 0 for a row of +inf, so that E - m is +inf there and not NaN."""
    m: Array = E.real.min(axis=-1, keepdims=True)
    return np.where(np.isinf(m), 0.0, m)


def _mean(E: Array, m: Array) -> Array:
    """``m + mean(E - m)`` of each row, scaled by a power of two so that neither the difference nor the sum overflows."""
    _, k = np.frexp(np.where(np.isinf(E.real), 0.0, np.abs(E.real)).max(axis=-1, keepdims=True))
    scale = np.ldexp(1.0, np.clip(-k, -1022, 1022))
    F: Array = m + (E * scale - m * scale).mean(axis=-1, keepdims=True) / scale
    return F[..., 0]


def softmin_rows(E: Array, beta: float) -> tuple[Array, Array]:
    """F of each row of E (..., k) and its weights before normalisation, ``exp(-beta (E - m))``, shaped like E.

    The weights here are good to a few u times beta (E - m), as good as computed energies make them; `softargmin` is
    good to a few u. No checks.
    """
    m = _minimum(E)
    if beta == np.inf:
        e = (E.real - m == 0).astype(float)
        if not np.iscomplexobj(E):
            return np.where(e.any(axis=-1), m[..., 0], np.inf), e
        return (E * e).sum(axis=-1) / e.sum(axis=-1), e
    with np.errstate(over="ignore", under="ignore", divide="ignore", invalid="ignore"):
        if beta == 0:
            return _mean(E, m), np.isfinite(E).astype(float)
        # For beta < 1 scale the energies first: then E - m cannot overflow where beta (E - m) would not.
        scale = 2.0 ** min(0, math.frexp(beta)[1])
        x = (E - m if scale == 1 else E * scale - m * scale) * (beta / scale)
        e = np.exp(-x)
        S = np.asarray(e.mean(axis=-1))
        F = np.asarray(m[..., 0] - np.log(S) / beta)
        # log of nearly 1 over nearly 0 has no digits left: there, use the mean of expm1 ...
        near = S.real > 0.5
        if near.any():
            F[near] = m[near, 0] - np.log1p(np.expm1(-x[near]).mean(axis=-1)) / beta
            # ... and where even beta (E - m) < u/8 the mean is F to the last digit, subnormal products or not.
            flat = near & (x.real.max(axis=-1) < 1e-17)
            F[flat] = _mean(E[flat], m[flat])
    return F, e


def softmin(E: ArrayLike, beta: float, axis: int = -1) -> Array:
    r"""Actual softmin ``-(1/beta) log( (1/N) sum_z exp(-beta E_z) )``  (C13), the discrete free energy (C12).

    Parameters
    ----------
    E : array_like, (..., k, ...)
        Energies. +inf is a forbidden state of weight 0. Complex values pass through, for complex-step derivatives; the
        minimum is then that of the real parts.
    beta : float in [0, inf]
        Inverse temperature, in units of 1/E. 0 gives the mean (C14), inf the minimum (C15).
    axis : int
        The axis of the k latents.

    Returns
    -------
    F : ndarray
        E's shape without `axis`. For real finite E of up to 1e6 terms the error is at most 8 ulp of ``max(|F|, |min E|)``;
        +inf where all energies are.

    Raises
    ------
    TypeError, ValueError
        For NaN, -inf, an empty array, anything that is no number, an axis out of range, beta outside [0, inf].
    """
    E = _rows(checks.energies(E), axis)
    return softmin_rows(E, checks.inverse_temperature(beta))[0][()]


def softmin_adjoint(E: ArrayLike, beta: float, F_bar: ArrayLike, axis: int = -1) -> Array:
    """Adjoint of E given `F_bar`: ``F_bar p`` with p = softargmin, since dF/dE = p  (C16).

    `F_bar` has E's shape without `axis`, the result E's shape. Raises as `softargmin`, and for a wrong shape of F_bar.
    """
    p = softargmin(E, beta, axis)
    F_bar = checks.cotangent(F_bar, tuple(np.delete(p.shape, axis)), "F_bar")
    return p * np.expand_dims(F_bar, axis)


def _weights(E: Array, beta: float) -> Array:
    """exp(-beta (E - m)) of each row, to a few u down to underflow.

    A rounded exponent x costs x u in the weight, hundreds of u far from the minimum; so the exponent is carried
    unevaluated as x + t, with the difference and the product both exact.
    """
    m = _minimum(E)
    if beta in (0, np.inf) or np.iscomplexobj(E):
        return softmin_rows(E, beta)[1]
    b, k = math.frexp(beta)  # beta = b 2^k with b in [1/2, 1), and powers of two shift exactly
    with np.errstate(over="ignore", under="ignore", invalid="ignore"):
        D, d = two_sum(np.ldexp(E, min(k, 0)), -np.ldexp(m, min(k, 0)))
        D, d = np.ldexp(D, max(k, 0)), np.ldexp(d, max(k, 0))
        near = D < 2048  # elsewhere the weight is exp(-1024 or less) = 0
        x, t = two_product(b, np.where(near, D, 2048.0))
        e: Array = np.exp(-x) * (1 - (t + b * np.where(near, d, 0.0)))
    return e


def softargmin(E: ArrayLike, beta: float, axis: int = -1) -> Array:
    r"""Gibbs weights ``p_z = exp(-beta E_z) / sum_z' exp(-beta E_z')``  (C16); what libraries call softmax is this of -E (C20).

    Parameters
    ----------
    E, beta, axis
        As in `softmin`. At beta = inf equal minima share the weight equally; at beta = 0 all finite energies do.

    Returns
    -------
    p : ndarray
        E's shape, sums to 1 along `axis`; each weight is good to a few u, down to underflow.

    Raises
    ------
    TypeError, ValueError
        As `softmin`; also for a row whose energies are all +inf, which has no weights.
    """
    E = _rows(checks.energies(E), axis)
    if (blocked := np.isposinf(E.real).all(axis=-1)).any():
        raise ValueError(f"E: expected a finite energy in every row, got {int(blocked.sum())} row(s) of +inf alone")
    e = _weights(E, checks.inverse_temperature(beta))
    return np.moveaxis(e / e.sum(axis=-1, keepdims=True), -1, axis)


def softargmin_adjoint(E: ArrayLike, beta: float, p_bar: ArrayLike, axis: int = -1) -> Array:
    """Adjoint of E given `p_bar`: ``-beta p (p_bar - <p_bar>_p)``  (C16, differentiated once more).

    At beta = inf the weights are constant but for jumps at ties, and the adjoint is 0. Shapes are E's; raises as
    `softargmin`.
    """
    p = softargmin(E, beta, axis)
    p_bar = checks.cotangent(p_bar, p.shape, "p_bar")
    if beta == np.inf:
        return np.zeros_like(p)
    return -beta * p * (p_bar - (p * p_bar).sum(axis=axis, keepdims=True))


def softmax(s: ArrayLike, beta: float, axis: int = -1) -> Array:
    """Actual softmax ``(1/beta) log sum_z exp(beta s_z) - (1/beta) log N``  (C18), which is ``-softmin(-s)``  (C19).

    Scores s may be -inf (a forbidden state). Otherwise as `softmin`.
    """
    return -softmin(-checks.energies(s, "s", sign=-1), beta, axis)


def softmax_adjoint(s: ArrayLike, beta: float, F_bar: ArrayLike, axis: int = -1) -> Array:
    """Adjoint of s given `F_bar` of s's shape without `axis`: ``F_bar p`` with p = softargmax  (C18)."""
    return softmin_adjoint(-checks.energies(s, "s", sign=-1), beta, F_bar, axis)


def softargmax(s: ArrayLike, beta: float = 1.0, axis: int = -1) -> Array:
    """``exp(beta s_z) / sum_z' exp(beta s_z')``; at beta = 1 what libraries call softmax  (C20, W5). As `softargmin`."""
    return softargmin(-checks.energies(s, "s", sign=-1), beta, axis)


def softargmax_adjoint(s: ArrayLike, beta: float, p_bar: ArrayLike, axis: int = -1) -> Array:
    """Adjoint of s given `p_bar`: ``beta p (p_bar - <p_bar>_p)``  (C20). As `softargmin_adjoint`."""
    return -softargmin_adjoint(-checks.energies(s, "s", sign=-1), beta, p_bar, axis)


def softplus(u: ArrayLike) -> Array:
    """``log(1 + exp u)``, elementwise, without overflow and without losing exp u beside 1  (C24)."""
    u = checks.numbers(u, "u", complex_ok=True)
    return np.where(u.real > 0, u, 0) + np.log1p(np.exp(np.where(u.real > 0, -u, u)))


def softplus_adjoint(u: ArrayLike, v_bar: ArrayLike) -> Array:
    """Adjoint of u given `v_bar` of its shape: ``v_bar / (1 + exp(-u))``  (C24)."""
    u = checks.numbers(u, "u")
    e = np.exp(-np.abs(u))  # at most 1, so neither side overflows
    return checks.cotangent(v_bar, u.shape, "v_bar") * np.where(u > 0, 1, e) / (1 + e)


def hinge(u: ArrayLike) -> Array:
    """Positive part ``[u]+ = max(u, 0)``, elementwise  (C23)."""
    return np.maximum(checks.numbers(u, "u"), 0.0)


def hinge_adjoint(u: ArrayLike, v_bar: ArrayLike) -> Array:
    """Adjoint of u given `v_bar` of its shape: v_bar where u > 0, else 0; at the kink the subgradient 0  (C23)."""
    u = checks.numbers(u, "u")
    return np.where(u > 0, checks.cotangent(v_bar, u.shape, "v_bar"), 0.0)
