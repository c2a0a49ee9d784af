"""The latent integrated away at inverse temperature beta: an energy becomes a potential, in tiles  (C8-C16, N3, N4)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from ..numerics import checks
from ..numerics.checks import Array
from ..numerics.cores import tiles
from ..numerics.rows import softmin_rows, weights_rows
from ..numerics.soft import prior
from .energy import Energy, Latents, Rule
from .potentials import Potential

# Of a tile: its rows, the energy's arguments, the energies (rows, k), and the prior.
Tile = tuple[slice, tuple[Array, Array, Array, Array | None], Array, Array | None]


@dataclass(frozen=True)
class Marginal:
    """``F_beta(x, y)``, its weights and its adjoint, of any energy; where that has a faster way, by that. Trusts its arrays.

    z is (1 or n, k, l), or a rule; p (k,) or (n, k), or None for equal weights.
    """

    energy: Energy
    z: Array | Rule
    beta: float
    p: Array | None = None
    fast: Any = None

    def _tiles(self, y: Array, w: Array, x: Array | None) -> Iterator[Tile]:
        """Some observations at a time, each with all its latents."""
        z = self.energy.check_z(self.z(self.energy, y, w, x) if callable(self.z) else self.z, len(y))
        n, k = len(y), z.shape[1]
        p = None if self.p is None else prior(self.p, (k,) if self.p.ndim == 1 else (n, k))
        for t in tiles(n, k):
            part = y[t], z if len(z) == 1 else z[t], w, None if x is None else x[t]
            yield t, part, self.energy.value(*part), p if p is None or p.ndim == 1 else p[t]

    def _softmin(self, tile: Tile) -> tuple[Array, Array]:
        """F and the weights before normalisation; at beta = inf energies that rounding parted tie  (C13, C15)."""
        _, part, E, p = tile
        slack: Array | float = 0.0
        if self.beta == np.inf:
            m = E.real.min(axis=1)
            slack = 8 * np.finfo(float).eps * np.abs(m) if self.energy.slack is None else self.energy.slack(*part, m)
            slack = np.where(np.isfinite(slack), slack, 0.0)[:, None]
        return softmin_rows(E, self.beta, p, slack)

    def _faster(self, *arrays: Array | None) -> bool:
        return self.fast is not None and all(array is None or array.dtype == float for array in arrays)

    # The results tell whether anything overflowed.
    @np.errstate(all="ignore")
    def value(self, y: Array, w: Array, x: Array | None) -> Array:
        """F (n,)."""
        if self._faster(y, w, x):
            F: Array = self.fast.value(y, w, x)
        else:
            F = np.concatenate([self._softmin(tile)[0] for tile in self._tiles(y, w, x)])
        checks.no_overflow(w, F)
        return F

    @np.errstate(all="ignore")
    def value_and_adjoint(self, y: Array, w: Array, x: Array | None, F_bar: Array) -> tuple[Array, ...]:
        """F and the adjoints of y, w, and x where there is one: softmin's, the Gibbs weights, run back through E  (C16)."""
        if self._faster(y, w, x):
            return tuple(self.fast.value_and_adjoint(y, w, x, F_bar))
        rows, w_bar = [], np.zeros(1)
        for tile in self._tiles(y, w, x):
            F, q = self._softmin(tile)
            q *= (F_bar[tile[0]] / q.sum(axis=1))[:, None]
            y_bar, _, w_t, *x_bar = self.energy.adjoint(*tile[1], q)
            rows.append((F, y_bar, *x_bar))
            w_bar = w_bar + w_t
        F, y_bar, *x_bar = (np.concatenate(parts) for parts in zip(*rows, strict=True))
        return F, y_bar, w_bar, *x_bar

    def adjoint(self, y: Array, w: Array, x: Array | None, F_bar: Array) -> tuple[Array, ...]:
        """Adjoints of y, w, and x where there is one."""
        bars = self.value_and_adjoint(y, w, x, F_bar)[1:]
        checks.no_overflow(w, *bars)
        return bars

    @np.errstate(all="ignore")
    def value_and_slope(self, y: Array, w: Array, x: Array | None, F_bar: Array) -> tuple[Array, Array]:
        """F and y_bar, in one pass."""
        one = self.fast.value_and_slope if self._faster(y, w, x) else self.value_and_adjoint
        F, y_bar, *_ = one(y, w, x, F_bar)
        checks.no_overflow(w, F, y_bar)
        return F, y_bar

    @np.errstate(all="ignore")
    def value_and_gradient(self, y: Array, w: Array, x: Array | None, F_bar: Array) -> tuple[Array, Array]:
        """F and w_bar, in one pass; what overflows is for learning to name, which asks at every step."""
        if self._faster(y, w, x):
            F, w_bar, *_ = self.fast.value_and_gradient(y, w, x, F_bar)
        else:
            F, _, w_bar, *_ = self.value_and_adjoint(y, w, x, F_bar)
        return F, w_bar

    def weights(self, y: Array, w: Array, x: Array | None) -> Array:
        """The Gibbs weights (n, k)  (C16)."""
        q = np.empty(0)
        for tile in self._tiles(y, w, x):
            t, _, E, p = tile
            checks.no_overflow(w, E)
            if len(q) == 0:
                q = np.empty((len(y), E.shape[1]), E.dtype)
            if self.beta == np.inf:
                some = self._softmin(tile)[1]
                q[t] = some / some.sum(axis=1, keepdims=True)
            else:
                q[t] = weights_rows(E, self.beta, p)
        return q


@np.errstate(under="ignore")
def integrated(energy: Energy, z: Latents, beta: float, p: ArrayLike | None) -> Marginal:
    """`marginal`, checked, before it is a potential."""
    checks.instance(energy, Energy, "energy")
    beta = checks.inverse_temperature(beta)
    p = None if p is None else checks.finite(p, "p").copy()
    if p is not None and p.ndim not in (1, 2):
        raise ValueError(f"p: expected shape (k,) or (n, k), got {p.shape}")
    if callable(z):
        return Marginal(energy, z, beta, p)
    z = energy.check_z(checks.finite(z, "z")).copy()
    q = None if p is None else prior(p, (*p.shape[:-1], z.shape[1]))
    if energy.fast is None or len(z) > 1 or (q is not None and q.ndim > 1):
        return Marginal(energy, z, beta, p)
    return Marginal(energy, z, beta, p, energy.fast(z[0], beta, q))


def marginal(energy: Energy, z: Latents, beta: float, p: ArrayLike | None = None) -> Potential:
    r"""The free energy ``F_beta(x, y) = -(1/beta) log( (1/N_z) sum_z exp(-beta E(x, y, z)) )`` as a potential  (C10, C12, C13).

    The latent is integrated away: the Gibbs distribution of F at the same beta is the marginal of the joint one of E
    (N3, N4). With a prior p it is ``-(1/beta) log sum_z p_z exp(-beta E)`` (L15), at beta = inf min_z E (C8, N2). Its gradient is
    the energy's under the Gibbs weights ``q(z|y)``; at beta = inf they are the indicator of the minimum, shared at ties: the
    envelope theorem, and no gradient passes through the argmin (C9, C16).

    Parameters
    ----------
    energy : Energy
        The model, such as `ellipse`.
    z : array_like, (k, l), or (k,) where l = 1, or (n, k, l); or a callable
        Latents that stand for Z, shared or each observation's own. On an equally spaced grid of a circle the mean over z
        is the trapezoid rule of the integral C10; of a discrete latent all there are, ``energy.latents``. With an inference
        rule (n, 1, l) such as `argmin_z`, Z is each observation's minimiser alone and F is the zero-temperature free energy,
        with no grid's error (C8).
    beta : float in [0, inf]
        Inverse temperature, in units of 1/E; 0 gives the mean over z (C14), inf the minimum (C15).
    p : array_like, (k,) or (n, k), optional
        Prior of the latents, or quadrature weights, divided by their sum here; 1/k each by default.

    Returns
    -------
    F : Potential
        ``F(y, w, x)`` (n,) lies between min E and min E + log(k) / beta (C15). A million observations need little memory beyond
        it, as the energies exist a tile at a time.

    Raises
    ------
    TypeError, ValueError
        For wrong shapes, NaN, infinite or huge values, anything that is no number, beta outside [0, inf], latents that the energy
        does not have.
    """
    F = integrated(energy, z, beta, p)
    return Potential(
        F.value,
        F.adjoint,
        energy.dim,
        energy.size,
        F.beta,
        conditions=energy.conditions,
        start=energy.start,
        value_and_slope=F.value_and_slope,
        value_and_gradient=F.value_and_gradient,
    )
