"""Energies E(x, y, z; w), the latent still in them: what inference and free energies take  (C5, L1)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from ..numerics import checks, guards
from ..numerics.checks import Array

# A rule (energy, y, w, x) -> z (n, k, l): it infers each observation's own latents.
Rule = Callable[["Energy", Array, Array, Array | None], Array]
Latents = ArrayLike | Rule


@dataclass(frozen=True)
class _Value:
    """A value function, held to what it promises."""

    function: Callable[..., Any]

    def __call__(self, y: Array, z: Array, w: Array, x: Array | None = None) -> Array:
        return guards.array(self.function, "value", (y, z, w, x), (len(y), z.shape[1]), "anything")


@dataclass(frozen=True)
class _Adjoint:
    """An adjoint, held to what it promises."""

    function: Callable[..., Any]

    def __call__(self, y: Array, z: Array, w: Array, x: Array | None, E_bar: Array) -> tuple[Array, ...]:
        shapes = [argument.shape for argument in (y, z, w, x) if argument is not None]
        return guards.arrays(self.function, "adjoint", (y, z, w, x, E_bar), shapes, "anything")


@dataclass(frozen=True)
class Energy:
    """``E = value(y, z, w, x)`` and ``(y_bar, z_bar, w_bar) = adjoint(y, z, w, x, E_bar)``, x_bar last where there is an x.

    In the two functions y is (n, dim), z (1 or n, k, latent), w (size,), x (n, conditions) or None, E and E_bar (n, k); each
    adjoint is shaped like its argument. `decoded` makes the lecture's energies; a model with a formula of its own gives its own.

    Parameters
    ----------
    value, adjoint : callables
    dim, latent, size, conditions : int
        Entries of an observation, of a latent, of the parameters, of a condition.
    latents : array_like, (K, latent), optional
        All that a discrete latent can be; others are refused then.
    start : callable, optional
        ``start(y, rng, x)``: parameters (size,) to start learning from.
    slack : callable, optional
        ``slack(y, z, w, x, m)``: how far rounding may part energies that are equal, the least being m (n,); a few roundings of
        m by default.
    fast : callable, optional
        ``fast(z, beta, p)``: the same free energies by a faster way, for real numbers and latents z (k, latent) that all
        observations share, or None where it has none: an object with the four methods of `marginals.Marginal`, value and the
        three that give more with it.
    boxes : any, optional
        What the energy is made of, for rules that hold for some energies alone.
    """

    value: Callable[[Array, Array, Array, Array | None], Array]
    adjoint: Callable[[Array, Array, Array, Array | None, Array], tuple[Array, ...]]
    dim: int
    latent: int = 1
    size: int = 0
    conditions: int = 0
    latents: Array | None = None
    start: Callable[[Array, np.random.Generator, Array | None], Array] | None = None
    slack: Callable[[Array, Array, Array, Array | None, Array], Array] | None = None
    fast: Callable[[Array, float, Array | None], Any] | None = None
    boxes: Any = None

    def __post_init__(self) -> None:
        checks.function(self.value, "value")
        checks.function(self.adjoint, "adjoint")
        for name in ("start", "slack", "fast"):
            if getattr(self, name) is not None:
                checks.function(getattr(self, name), name)
        for name, least in (("dim", 1), ("latent", 1), ("size", 0), ("conditions", 0)):
            object.__setattr__(self, name, checks.count(getattr(self, name), name, least))
        if self.latents is not None:
            latents = checks.finite(self.latents, "latents").copy()
            if latents.ndim != 2 or latents.shape[1] != self.latent:
                raise ValueError(f"latents: expected shape (K, {self.latent}), got {latents.shape}")
            latents.flags.writeable = False
            object.__setattr__(self, "latents", latents)
        object.__setattr__(self, "value", _Value(self.value))
        object.__setattr__(self, "adjoint", _Adjoint(self.adjoint))

    def check(
        self, y: ArrayLike, z: Latents, w: ArrayLike, x: ArrayLike | None = None
    ) -> tuple[Array, Array, Array, Array | None]:
        """(y, z, w, x) as arrays, y (n, dim), z (1 or n, k, latent), x (n, conditions) or None; complex ones stay so."""
        y, w, x = self.check_rest(y, w, x)
        return y, self.check_z(z(self, y, w, x) if callable(z) else z, len(y)), w, x

    def check_rest(self, y: ArrayLike, w: ArrayLike, x: ArrayLike | None) -> tuple[Array, Array, Array | None]:
        """(y, w, x), without a latent."""
        y = checks.observations(y, self.dim, "y", complex_ok=True)[0]
        return y, checks.vector(w, self.size, "w", complex_ok=True), self.check_x(x, len(y), complex_ok=True)

    def check_z(self, z: ArrayLike, n: int | None = None) -> Array:
        """Latents (1 or n, k, latent), shared by n observations or each one's own; with n = None by any number of them."""
        z = checks.finite(z, "z", complex_ok=True)
        given, entries = z.shape, self.latent
        if z.ndim == 1 and entries == 1:
            z = z[:, None]
        if z.ndim == 2:
            z = z[None]
        if z.ndim != 3 or z.shape[2] != entries or (n is not None and len(z) not in (1, n)):
            shared = f"(k,), (k, {entries})" if entries == 1 else f"(k, {entries})"
            own = f"(n, k, {entries})" + ("" if n is None else f" with n = {n} observations")
            raise ValueError(f"z: expected latents of shape {shared} or {own}, got {given}")
        if self.latents is None or (z.shape[1:] == self.latents.shape and (z == self.latents).all()):
            return z
        if strange := sum(row.tobytes() not in self._known for row in z.reshape(-1, entries) + 0.0):
            raise ValueError(f"z: expected some of the {len(self._known)} latents that there are, got {strange} others")
        return z

    @cached_property
    def _known(self) -> set[bytes]:
        """The latents that there are; -0.0 is 0.0."""
        return set() if self.latents is None else {row.tobytes() for row in self.latents + 0.0}

    def check_x(self, x: ArrayLike | None, n: int, complex_ok: bool = False) -> Array | None:
        """Conditions (n, conditions), or None where there are none."""
        return checks.conditions(x, "x", n, self.conditions, complex_ok)

    def __call__(self, y: ArrayLike, z: Latents, w: ArrayLike, x: ArrayLike | None = None) -> Array:
        """Energy of every observation with every latent.

        Parameters
        ----------
        y : array_like, (n, dim) or (dim,)
            Observations, in the unit of the data.
        z : array_like, (k, latent), or (k,) where latent = 1, or (n, k, latent); or a callable
            Latents (radians, for the ellipse), shared by all observations or each observation's own; or an inference rule
            ``(energy, y, w, x) -> z`` that gives each observation its own, such as `argmin_z` and `exhaustive`.
        w : array_like, (size,)
            Parameters.
        x : array_like, (n, conditions), or (n,) where that is 1
            For an energy with conditions.

        Returns
        -------
        E : ndarray, (n, k), or (k,) for a single observation
            For a squared error in the data's unit squared.

        Raises
        ------
        TypeError, ValueError
            For wrong shapes, NaN, infinite or huge (above 1e150) values, anything that is no number.
        """
        arguments = self.check(y, z, w, x)
        with np.errstate(all="ignore"):
            E = self.value(*arguments)
        checks.no_overflow(arguments[2], E)
        return E[0] if np.ndim(y) == 1 else E

    def slopes(
        self, y: ArrayLike, z: Latents, w: ArrayLike, E_bar: ArrayLike, x: ArrayLike | None = None
    ) -> tuple[Array, ...]:
        """Adjoints of (y, z, w), and of x where there is one, shaped like them, given E_bar shaped like E.

        `adjoint` with the checks of a call. With E_bar a one-hot array these are the partial derivatives of one E(y, z).
        """
        Y, Z, w, X = self.check(y, z, w, x)
        shape = (len(Y), Z.shape[1])
        E_bar = checks.cotangent(E_bar, shape[1:] if np.ndim(y) == 1 else shape, "E_bar").reshape(shape)
        with np.errstate(all="ignore"):
            y_bar, z_bar, *bars = self.adjoint(Y, Z, w, X, E_bar)
        checks.no_overflow(w, y_bar, z_bar, *bars)
        return y_bar.reshape(np.shape(y)), z_bar if callable(z) else z_bar.reshape(np.shape(z)), *bars
