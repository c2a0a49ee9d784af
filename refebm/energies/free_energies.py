"""Free energies of observations, their gradients and their Gibbs weights, each called once  (C8-C17)."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from ..numerics import checks
from ..numerics.checks import Array
from .energy import Energy, Latents
from .marginals import integrated, marginal


def free_energy(
    energy: Energy,
    y: ArrayLike,
    z: Latents,
    w: ArrayLike,
    beta: float,
    x: ArrayLike | None = None,
    p: ArrayLike | None = None,
) -> Array:
    r"""Free energy ``F_beta(y) = -(1/beta) log( (1/N_z) sum_z exp(-beta E(y, z)) )``  (C8, C10, C12, C13): `marginal`, called once.

    Parameters
    ----------
    energy, z, beta, p
        As in `marginal`.
    y : array_like, (n, d) or (d,)
        Observations.
    w : array_like, (size,)
        Parameters of the energy.
    x : array_like, (n, d_x), or (n,) where d_x = 1
        Conditions, for an energy with a predictor (C27).

    Returns
    -------
    F : ndarray, (n,), or a scalar for a single observation
        In the unit of E.

    Raises
    ------
    TypeError, ValueError
        As `marginal`.
    """
    return marginal(energy, z, beta, p)(y, w, x)


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
    found = integrated(energy, z, beta, p)
    Y, w, x = energy.check_rest(y, w, x)
    F_bar = checks.cotangent(F_bar, (len(Y),), "F_bar", scalar_ok=True)
    F, y_bar, *bars = found.value_and_adjoint(Y, w, x, F_bar)
    checks.no_overflow(w, F, y_bar, *bars)
    return F[0] if np.ndim(y) == 1 else F, y_bar.reshape(np.shape(y)), *bars


def free_energy_and_slope(
    energy: Energy,
    y: ArrayLike,
    z: Latents,
    w: ArrayLike,
    beta: float,
    x: ArrayLike | None = None,
    p: ArrayLike | None = None,
) -> tuple[Array, Array]:
    """Free energy and its slope dF/dy, shaped like y, in one pass: what a map with its arrows needs  (C9, C16).

    The first two of `free_energy_and_adjoint`, for less; arguments and errors are its own.
    """
    found = integrated(energy, z, beta, p)
    Y, w, x = energy.check_rest(y, w, x)
    F, y_bar = found.value_and_slope(Y, w, x, np.ones(len(Y)))
    return F[0] if np.ndim(y) == 1 else F, y_bar.reshape(np.shape(y))


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
    found = integrated(energy, z, beta, p)
    with np.errstate(all="ignore"):
        q = found.weights(*energy.check_rest(y, w, x))
    return q[0] if np.ndim(y) == 1 else q
