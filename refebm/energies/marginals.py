"""Free energies: the latent integrated away at inverse temperature beta, with gradients, in tiles  (C8-C17)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from ..numerics import checks
from ..numerics.checks import Array
from ..numerics.soft import prior, softmin_rows, weights_rows
from .energy import Arguments, Energy, Latents
from .manifold import Manifold, largest, ties


def free_energy(
    energy: Energy,
    y: ArrayLike,
    z: Latents,
    w: ArrayLike,
    beta: float,
    x: ArrayLike | None = None,
    p: ArrayLike | None = None,
) -> Array:
    r"""Free energy ``F_beta(y) = -(1/beta) log( (1/N_z) sum_z exp(-beta E(y, z)) )``  (C10, C12, C13).

    With a prior p it is ``-(1/beta) log sum_z p_z exp(-beta E(y, z))``  (L15).

    Parameters
    ----------
    energy : Energy
        The model, such as `ellipse`.
    y : array_like, (n, d) or (d,)
        Observations; with shared latents a million of them need little memory beyond F, as the energies exist a tile at
        a time.
    z : array_like, (k,) or (n, k), or a callable
        Latents that stand for Z, shared or each observation's own. On an equally spaced grid of a circle the mean over z
        is the trapezoid rule of the integral C10. With an inference rule (n, 1) such as `argmin_z`, Z is each
        observation's minimiser alone and F is the zero-temperature free energy F_inf, with no grid's error (C8).
    w : array_like, (size,)
        Parameters of the energy.
    beta : float in [0, inf]
        Inverse temperature, in units of 1/E; 0 gives the mean over z (C14), inf the minimum (C15).
    x : array_like, (n, d_x), or (n,) where d_x = 1
        Conditions, for an energy with a predictor (C27).
    p : array_like, (k,) or (n, k), optional
        Prior of the latents, or quadrature weights, divided by their sum here; 1/k each by default.

    Returns
    -------
    F : ndarray, (n,), or a scalar for a single observation
        In the unit of E, between min E and min E + log(k) / beta (C15).

    Raises
    ------
    TypeError, ValueError
        For wrong shapes, NaN, infinite or huge values, anything that is no number, beta outside [0, inf].
    """
    checks.instance(energy, Energy, "energy")
    y, z, w, x, single = energy.check(y, z, w, x)
    beta = checks.inverse_temperature(beta)
    F = evaluation(energy, y, z, x, beta, latent_prior(energy, y, z, p))(w)[0]
    checks.no_overflow(w, F)
    return F[0] if single else F


def free_energy_and_adjoint(
    energy: Energy,
    y: ArrayLike,
    z: Latents,
    w: ArrayLike,
    beta: float,
    F_bar: ArrayLike = 1.0,
    x: ArrayLike | None = None,
    p: ArrayLike | None = None,
) -> tuple[Array, ...]:
    """Free energy, and the adjoints of y and w given `F_bar`: ``sum_z q(z|y) dE/dy`` and ``sum_z q(z|y) dE/dw``  (C9, C16).

    softmin's adjoint, the Gibbs weights, is what comes down to the energy's; at beta = inf that is the indicator of the
    minimum (shared at ties), the envelope theorem, and no gradient passes through the argmin.

    Parameters
    ----------
    energy, y, z, w, beta, x, p
        As in `free_energy`.
    F_bar : array_like, (n,) or a scalar
        Adjoint of F. With the default 1, y_bar is dF/dy of each observation and w_bar the sum over n of dF/dw; with 1/n,
        w_bar is the gradient of the mean.

    Returns
    -------
    F, y_bar, w_bar : ndarray
        Shaped (n,), like y, and like w; and x_bar (n, d_x) after them where there is an x.

    Raises
    ------
    TypeError, ValueError
        As `free_energy`; also for a wrong shape of F_bar.
    """
    checks.instance(energy, Energy, "energy")
    y, z, w, x, single = energy.check(y, z, w, x)
    beta = checks.inverse_temperature(beta)
    F_bar = checks.cotangent(F_bar, (len(y),), "F_bar", scalar_ok=True)
    F, y_bar, *bars = evaluation(energy, y, z, x, beta, latent_prior(energy, y, z, p))(w, F_bar)
    checks.no_overflow(w, F, y_bar, *bars)
    return (F[0], y_bar[0], *bars) if single else (F, y_bar, *bars)


def free_energy_and_slope(
    energy: Energy,
    y: ArrayLike,
    z: Latents,
    w: ArrayLike,
    beta: float,
    x: ArrayLike | None = None,
    p: ArrayLike | None = None,
) -> tuple[Array, Array]:
    """Free energy and its slope dF/dy, shaped like y: what a map with its arrows needs  (C9, C16).

    The first two of `free_energy_and_adjoint`, for less; arguments and errors are its own.
    """
    checks.instance(energy, Energy, "energy")
    y, z, w, x, single = energy.check(y, z, w, x)
    beta = checks.inverse_temperature(beta)
    F, y_bar, *_ = evaluation(energy, y, z, x, beta, latent_prior(energy, y, z, p))(
        w, np.broadcast_to(1.0, len(y)), "y"
    )
    checks.no_overflow(w, F, y_bar)
    return (F[0], y_bar[0]) if single else (F, y_bar)


def evaluation(
    energy: Energy, y: Array, z: Array, x: Array | None, beta: float, p: Array | None = None
) -> Callable[..., Any]:
    """A function of w, F_bar and `want`, for checked arguments; what does not depend on w is made once.

    It gives F (n,), and given F_bar (n,) the adjoints of y, w and x after it; with want = "y" or "h" those of y or of w and x
    alone may be made.
    """
    T = energy.table(z) if all(a is None or a.dtype == float for a in (y, z, x)) else None
    with np.errstate(under="ignore"):
        manifold = None if T is None or (p is not None and p.ndim > 1) else Manifold(y, T, beta, p, np.abs(z).max())

    def evaluate(w: Array, F_bar: Array | None = None, want: str = "yh") -> tuple[Any, ...]:
        with np.errstate(all="ignore"):  # the result tells whether anything overflowed
            if manifold is None or np.iscomplexobj(w):
                return _evaluate(energy, y, z, x, beta, p, w, F_bar)
            w_f = energy.split(w)[0]
            z_f = energy.predict(w_f, x)
            F, y_bar, h_bar = manifold(z_f[-1], F_bar, want)
            return (F, y_bar, *(() if h_bar is None else energy.predict_adjoint(w_f, z_f, h_bar)))

    return evaluate


def _evaluate(
    energy: Energy,
    y: Array,
    z: Array,
    x: Array | None,
    beta: float,
    p: Array | None,
    w: Array,
    F_bar: Array | None = None,
) -> tuple[Array, ...]:
    """`evaluation` of any energy, in tiles: energies, their softmin, its adjoint, and the energy's."""
    dtype = np.result_type(*(a for a in (y, z, w, x) if a is not None))
    F, y_bar, w_bar = np.empty(len(y), dtype), np.empty(y.shape, dtype), np.zeros(w.shape, dtype)
    x_bar = [] if x is None else [np.empty(x.shape, dtype)]
    for t, part in energy.parts(y, z, w, x):
        E = energy.value(*part)
        F[t], q = softmin_rows(E, beta, p if p is None or p.ndim == 1 else p[t], _ties(energy, part, E, beta))
        if F_bar is None:
            continue
        q *= (F_bar[t] / q.sum(axis=1))[:, None]
        y_bar[t], _, w_t, *x_t = energy.pull_back(*part, q)
        w_bar += w_t
        for whole, tile in zip(x_bar, x_t, strict=True):
            whole[t] = tile
    return (F,) if F_bar is None else (F, y_bar, w_bar, *x_bar)


def _ties(energy: Energy, part: Arguments, E: Array, beta: float) -> Array | float:
    """Within what of the least energies tie; what rounding does inside a network is not known, and left out."""
    if beta < np.inf:
        return 0.0
    y, z, w, x = part
    reach = 0.0 if energy.decoder.table is None else largest(float(np.abs(z).max()), energy.code(w, x))
    return ties(y, E, beta, reach)


def latent_prior(energy: Energy, y: Array, z: Array, p: ArrayLike | None) -> Array | None:
    """The latents' prior weights (k,), each observation's own (n, k), or None for equal ones."""
    if p is None:
        return None
    p, k = checks.finite(p, "p"), z.shape[-2 if energy.decoder.latent else -1]
    return prior(p, (k,) if p.ndim == 1 else (len(y), k))


def gibbs_weights(
    energy: Energy,
    y: ArrayLike,
    z: Latents,
    w: ArrayLike,
    beta: float,
    x: ArrayLike | None = None,
    p: ArrayLike | None = None,
) -> Array:
    """Gibbs weights over the latents, ``q(z|y) = exp(-beta E(y, z)) / sum_z' exp(-beta E(y, z'))``  (C16), or with p(z) (L15).

    Arguments as in `free_energy`; the result is (n, k), or (k,) for a single observation, and sums to 1 over z.
    """
    checks.instance(energy, Energy, "energy")
    y, z, w, x, single = energy.check(y, z, w, x)
    beta, p = checks.inverse_temperature(beta), latent_prior(energy, y, z, p)
    q = np.empty(
        (len(y), z.shape[-2 if energy.decoder.latent else -1]),
        np.result_type(*(a for a in (y, z, w, x) if a is not None)),
    )
    for t, part in energy.parts(y, z, w, x):
        with np.errstate(all="ignore"):
            E = energy.value(*part)
        checks.no_overflow(w, E)
        p_t = p if p is None or p.ndim == 1 else p[t]
        if beta == np.inf:
            q_t = softmin_rows(E, beta, p_t, _ties(energy, part, E, beta))[1]
            q[t] = q_t / q_t.sum(axis=1, keepdims=True)
        else:
            q[t] = weights_rows(E, beta, p_t)
    return q[0] if single else q
