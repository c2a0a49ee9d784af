"""The numerical core: softmin and softmax and their arguments, each with its adjoint  (C12-C20, L15, W5).

The *actual* softmin is a free energy, ``-(1/beta) log mean exp(-beta E)``, from the mean (beta = 0) to the minimum
(beta = inf); its gradient is softargmin, the Gibbs weights. Every function takes any axis and every beta in [0, inf].
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from . import axes, checks
from .checks import Array
from .rows import softmin_rows, weights_rows


def _rows(E: Array, axis: int) -> Array:
    """`axis` last and contiguous: NumPy sums pairwise only along the contiguous axis, and 1e6 terms need that."""
    return np.ascontiguousarray(np.moveaxis(E, axes.axis(axis, E.ndim), -1))


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
    # less that of the largest weight, whose own p_bar - <p_bar> would cancel where it is nearly 1
    off = p_bar - np.take_along_axis(p_bar, p.real.argmax(axis=axis, keepdims=True), axis)
    with np.errstate(under="ignore"):
        return -float(beta) * p * (off - (p * off).sum(axis=axis, keepdims=True))


def _energies(s: ArrayLike, axis: int) -> Array:
    """Energies -s of scores that have weights: not all -inf."""
    E = -axes.energies(s, "s", sign=-1)
    if (blocked := np.isposinf(E.real).all(axis=axes.axis(axis, E.ndim))).any():
        raise ValueError(f"s: expected a finite score in every row, got {int(blocked.sum())} row(s) of -inf alone")
    return E


def softmax(s: ArrayLike, beta: float, axis: int = -1) -> Array:
    """Actual softmax ``(1/beta) log sum_z exp(beta s_z) - (1/beta) log N``  (C18), which is ``-softmin(-s)``  (C19).

    Scores s may be -inf (a forbidden state). Otherwise as `softmin`.
    """
    return -softmin(-axes.energies(s, "s", sign=-1), beta, axis)


def softmax_adjoint(s: ArrayLike, beta: float, F_bar: ArrayLike, axis: int = -1) -> Array:
    """Adjoint of s given `F_bar` of s's shape without `axis`: ``F_bar p`` with p = softargmax  (C18)."""
    return softmin_adjoint(_energies(s, axis), beta, F_bar, axis)


def softargmax(s: ArrayLike, beta: float = 1.0, axis: int = -1) -> Array:
    """``exp(beta s_z) / sum_z' exp(beta s_z')``; at beta = 1 what libraries call softmax  (C20, W5). As `softargmin`."""
    return softargmin(_energies(s, axis), beta, axis)


def softargmax_adjoint(s: ArrayLike, beta: float, p_bar: ArrayLike, axis: int = -1) -> Array:
    """Adjoint of s given `p_bar`: ``beta p (p_bar - <p_bar>_p)``  (C20). As `softargmin_adjoint`."""
    return -softargmin_adjoint(_energies(s, axis), beta, p_bar, axis)
