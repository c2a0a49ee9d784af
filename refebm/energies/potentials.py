"""Potentials F_w(x, y): what is left to see of an energy once its latent is gone  (N1-N4).

All that comes after the latent takes one: losses and learning, inference in y, likelihoods and samplers.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from ..numerics import checks, guards
from ..numerics.checks import Array
from .energy import Energy


@dataclass(frozen=True)
class Potential:
    """``F = value(y, w, x)`` and ``(y_bar, w_bar) = adjoint(y, w, x, F_bar)``, P(y|x) being proportional to exp(-beta F).

    Parameters
    ----------
    value, adjoint : callables
        y (n, dim), w (size,), x (n, d_x) or None, F and F_bar (n,); w_bar is summed over the observations. After w_bar there
        may be x_bar (n, d_x).
    dim, size : int
        Entries of an observation, and of w.
    beta : float in [0, inf]
        Likelihoods and samplers need one above 0: at 0 P does not depend on F.
    curvature : callable, optional
        ``curvature(y, w, x, F_bar)``: each observation's dF/dw (n, size), and the second derivatives in w of
        ``sum F_bar F`` (size, size), for Newton's method.
    conditions : int, optional
        Entries of a row of x, 0 where there is none; any number by default.
    start : callable, optional
        ``start(y, rng, x)``: parameters (size,) to start learning from.
    value_and_slope, value_and_gradient : callables, optional
        Of (y, w, x, F_bar): F and y_bar, and F and w_bar, where one pass is cheaper than `value` and `adjoint`. No checks.
    """

    value: Callable[[Array, Array, Array | None], Array]
    adjoint: Callable[[Array, Array, Array | None, Array], tuple[Array, ...]]
    dim: int
    size: int
    beta: float = 1.0
    curvature: Callable[[Array, Array, Array | None, Array], tuple[Array, Array]] | None = None
    conditions: int | None = None
    start: Callable[[Array, np.random.Generator, Array | None], Array] | None = None
    value_and_slope: Any = None
    value_and_gradient: Any = None

    def __post_init__(self) -> None:
        value, adjoint, curvature = self.value, self.adjoint, self.curvature
        dim, size = checks.count(self.dim, "dim"), checks.count(self.size, "size", 0)
        checks.function(value, "value")
        checks.function(adjoint, "adjoint")
        fields: dict[str, Any] = {"dim": dim, "size": size, "beta": checks.inverse_temperature(self.beta)}

        def checked_value(y: Array, w: Array, x: Array | None = None) -> Array:
            return guards.array(value, "value", (y, w, x), (len(y),), "+inf")

        def checked_adjoint(y: Array, w: Array, x: Array | None, F_bar: Array) -> tuple[Array, ...]:
            shapes = [(len(y), dim), (size,), *([] if x is None else [x.shape])]
            return guards.arrays(adjoint, "adjoint", (y, w, x, F_bar), shapes, "+-inf", least=2)

        def both(i: int) -> Callable[..., tuple[Array, Array]]:
            return lambda y, w, x, F_bar: (checked_value(y, w, x), checked_adjoint(y, w, x, F_bar)[i])

        fields |= {"value": checked_value, "adjoint": checked_adjoint}
        fields["value_and_slope"] = both(0) if self.value_and_slope is None else self.value_and_slope
        fields["value_and_gradient"] = both(1) if self.value_and_gradient is None else self.value_and_gradient
        for name in ("start", "value_and_slope", "value_and_gradient"):
            if getattr(self, name) is not None:
                checks.function(getattr(self, name), name)
        if self.conditions is not None:
            fields["conditions"] = checks.count(self.conditions, "conditions", 0)
        if curvature is not None:
            checks.function(curvature, "curvature")
            fields["curvature"] = lambda y, w, x, F_bar: guards.arrays(
                curvature, "curvature", (y, w, x, F_bar), [(len(y), size), (size, size)]
            )
        for name, field in fields.items():
            object.__setattr__(self, name, field)

    def check(
        self,
        y: ArrayLike,
        w: ArrayLike,
        x: ArrayLike | None,
        name: str = "y",
        x_name: str = "x",
        paired: bool = False,
        complex_ok: bool = False,
    ) -> tuple[Array, Array, Array | None]:
        """(y, w, x) as arrays; x (m, d_x) or None, with m = n where they are paired."""
        y, w = checks.observations(y, self.dim, name, complex_ok)[0], checks.vector(w, self.size, "w", complex_ok)
        return y, w, checks.conditions(x, x_name, len(y) if paired else None, self.conditions, complex_ok)

    def exists(self) -> None:
        """Whether ``P ~ exp(-beta F)`` depends on F: not so at beta = 0."""
        if self.beta == 0:
            raise ValueError("potential: expected a beta above 0, as at 0 P does not depend on it, got beta = 0")

    def __call__(self, y: ArrayLike, w: ArrayLike, x: ArrayLike | None = None) -> Array:
        """F of each observation, (n,), or a scalar for a single one.

        y (n, dim) or (dim,), w (size,), x (n, d_x) where there are conditions; complex ones stay so. Raises for wrong shapes,
        NaN, infinite or huge values.
        """
        with np.errstate(under="ignore"):
            F = self.value(*self.check(y, w, x, paired=True, complex_ok=True))
        return F[0] if np.ndim(y) == 1 else F

    def slope(self, y: ArrayLike, w: ArrayLike, x: ArrayLike | None = None) -> Array:
        """dF/dy of each observation, shaped like y. Arguments and errors as of a call."""
        Y, w, x = self.check(y, w, x, paired=True, complex_ok=True)
        with np.errstate(under="ignore"):
            return self.adjoint(Y, w, x, np.ones(len(Y)))[0].reshape(np.shape(y))


def joint(energy: Energy, beta: float = 1.0) -> Potential:
    """The energy ``E(x, y, z)`` as a function of [y, z], an observation and a latent side by side in a row  (L2, N2)."""
    checks.instance(energy, Energy, "energy")
    d = energy.dim

    def value(v: Array, w: Array, x: Array | None) -> Array:
        return energy(v[:, :d], v[:, None, d:], w, x)[:, 0]

    def adjoint(v: Array, w: Array, x: Array | None, F_bar: Array) -> tuple[Array, ...]:
        y_bar, z_bar, *bars = energy.slopes(v[:, :d], v[:, None, d:], w, F_bar[:, None], x)
        return np.concatenate([y_bar, z_bar[:, 0]], axis=1), *bars

    return Potential(value, adjoint, d + energy.latent, energy.size, beta, conditions=energy.conditions)
