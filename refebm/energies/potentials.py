"""Potentials F_w(x, y): what is left to see of an energy once its latent is gone  (N1-N4).

Inference in y, likelihoods and samplers take one: its values, its adjoints, and the beta of ``P(y|x) ~ exp(-beta F)``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from ..numerics import checks
from ..numerics.checks import Array
from ..parts.chains import Chain, multipliers, multipliers_tangent, states, states_tangent
from .energy import Energy, Latents
from .marginals import free_energy, free_energy_and_adjoint


@dataclass(frozen=True)
class Potential:
    """``F = value(y, w, x)`` and ``(y_bar, w_bar) = adjoint(y, w, x, F_bar)``, P(y|x) being proportional to exp(-beta F).

    Parameters
    ----------
    value, adjoint : callables
        y (n, dim), w (size,), x (n, d_x) or None, F and F_bar (n,); w_bar is summed over the observations.
    dim, size : int
        Entries of an observation, and of w.
    beta : float in ]0, inf]
    curvature : callable, optional
        ``curvature(y, w, x, F_bar)``: each observation's dF/dw (n, size), and the second derivatives in w of
        ``sum F_bar F`` (size, size), for Newton's method.
    """

    value: Callable[[Array, Array, Array | None], Array]
    adjoint: Callable[[Array, Array, Array | None, Array], tuple[Array, Array]]
    dim: int
    size: int
    beta: float = 1.0
    curvature: Callable[[Array, Array, Array | None, Array], tuple[Array, Array]] | None = None

    def __post_init__(self) -> None:
        value, adjoint, curvature = self.value, self.adjoint, self.curvature
        dim, size = checks.count(self.dim, "dim"), checks.count(self.size, "size", 0)
        beta = checks.inverse_temperature(self.beta)
        if beta == 0:
            raise ValueError("beta: expected a number above 0 (at 0, P does not depend on the potential), got 0.0")
        checks.function(value, "value")
        checks.function(adjoint, "adjoint")

        def checked_value(y: Array, w: Array, x: Array | None = None) -> Array:
            given = checks.kept(y, w, x)
            return checks.came_back(value(*given), (len(y),), "value", given, forbidden_ok=True)

        def checked_adjoint(y: Array, w: Array, x: Array | None, F_bar: Array) -> tuple[Array, Array]:
            given = checks.kept(y, w, x, F_bar)
            y_bar, w_bar = checks.two(adjoint(*given), "adjoint")
            y_bar = checks.came_back(y_bar, (len(y), dim), "adjoint", given)
            return y_bar, checks.came_back(w_bar, (size,), "adjoint", given)

        fields = {"value": checked_value, "adjoint": checked_adjoint, "dim": dim, "size": size, "beta": beta}
        if curvature is not None:
            checks.function(curvature, "curvature")

            def checked_curvature(y: Array, w: Array, x: Array | None, F_bar: Array) -> tuple[Array, Array]:
                given = checks.kept(y, w, x, F_bar)
                slopes, second = checks.two(curvature(*given), "curvature")
                slopes = checks.came_back(slopes, (len(y), size), "curvature", given)
                return slopes, checks.came_back(second, (size, size), "curvature", given)

            fields["curvature"] = checked_curvature
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
    ) -> tuple[Array, Array, Array | None]:
        """(y, w, x) as arrays; x (m, d_x) or None, with m = n where they are paired."""
        y = checks.observations(y, self.dim, name)[0]
        return y, checks.vector(w, self.size, "w"), checks.conditions(x, x_name, len(y) if paired else None)

    def __call__(self, y: ArrayLike, w: ArrayLike, x: ArrayLike | None = None) -> Array:
        """F of each observation, (n,).  y (n, dim) or (dim,), w (size,), x (n, d_x) where there are conditions."""
        y, w, x = self.check(y, w, x, paired=True)
        return self.value(y, w, x)

    def slope(self, y: Array, w: Array, x: Array | None = None) -> Array:
        """dF/dy of each observation, (n, dim); no checks."""
        return self.adjoint(y, w, x, np.ones(len(y)))[0]


def marginal(energy: Energy, z: Latents, beta: float, p: ArrayLike | None = None) -> Potential:
    """The free energy ``F_beta(x, y)`` of an energy, its latents z (with a prior p) integrated away at beta  (N3, N4).

    Its Gibbs distribution at the same beta is the marginal of the joint one of E. At beta = inf it is min_z E (N2).
    """

    checks.instance(energy, Energy, "energy")

    def value(y: Array, w: Array, x: Array | None) -> Array:
        return free_energy(energy, y, z, w, beta, x, p)

    def adjoint(y: Array, w: Array, x: Array | None, F_bar: Array) -> tuple[Array, Array]:
        _, y_bar, w_bar, *_ = free_energy_and_adjoint(energy, y, z, w, beta, F_bar, x, p)
        return y_bar, w_bar

    return Potential(value, adjoint, energy.dim, energy.size, checks.inverse_temperature(beta))


def joint(energy: Energy, beta: float = 1.0) -> Potential:
    """The energy ``E(x, y, z)`` as a function of [y, z], an observation and a latent side by side in a row  (L2, N2)."""
    checks.instance(energy, Energy, "energy")
    d, latent = energy.dim, energy.decoder.latent

    def split(v: Array) -> tuple[Array, Array]:
        return v[:, :d], v[:, None, d:] if latent else v[:, d:]

    def value(v: Array, w: Array, x: Array | None) -> Array:
        y, z = split(v)
        return energy(y, z, w, x)[:, 0]

    def adjoint(v: Array, w: Array, x: Array | None, F_bar: Array) -> tuple[Array, Array]:
        y, z = split(v)
        y_bar, z_bar, w_bar, *_ = energy.adjoint(y, z, w, F_bar[:, None], x)
        return np.concatenate([y_bar, z_bar.reshape(len(v), -1)], axis=1), w_bar

    return Potential(value, adjoint, d + max(latent, 1), energy.size, beta)


def _spring(value: float) -> float:
    value = checks.number(value, "spring")
    if not 0 <= value < np.inf:
        raise ValueError(f"spring: expected a finite number from 0 up, got {value}")
    return value


def network_potential(chain: Chain, beta: float = 1.0, spring: float = 0.0, conditions: int = 0) -> Potential:
    """A network for an energy, ``F(x, y) = chain([x, y]) + spring |y|^2 / 2``, its one output  (L4, W6).

    `conditions` counts the inputs that are x's. With a spring above 0 and a network that grows at most linearly P(y|x)
    exists on the whole space, without one on a box.
    """
    checks.instance(chain, Chain, "chain")
    if chain.outputs != 1:
        raise ValueError(f"chain: expected 1 output, the energy, got {chain.outputs}")
    if checks.count(conditions, "conditions", 0) >= chain.inputs:
        raise ValueError(f"conditions: expected fewer than the chain's {chain.inputs} inputs, got {conditions}")
    spring = _spring(spring)

    def value(y: Array, w: Array, x: Array | None) -> Array:
        with np.errstate(all="ignore"):
            F: Array = states(chain, rows(y, x), w)[-1][:, 0] + spring / 2 * np.square(y).sum(axis=1)
        checks.no_overflow(w, F)
        return F

    def adjoint(y: Array, w: Array, x: Array | None, F_bar: Array) -> tuple[Array, Array]:
        with np.errstate(all="ignore"):
            lam, w_bar = multipliers(chain, states(chain, rows(y, x), w), w, F_bar[:, None])
            y_bar = lam[0][:, lam[0].shape[1] - y.shape[1] :] + spring * y * F_bar[:, None]
        checks.no_overflow(w, y_bar, w_bar)
        return y_bar, w_bar

    def curvature(y: Array, w: Array, x: Array | None, F_bar: Array) -> tuple[Array, Array]:
        z = states(chain, rows(y, x), w)
        lam = multipliers(chain, z, w, F_bar[:, None])[0]
        slopes, second = np.empty((len(y), len(w))), np.empty((len(w), len(w)))
        for i, w_dot in enumerate(np.eye(len(w))):
            z_dot = states_tangent(chain, z, w, np.zeros_like(z[0]), w_dot)
            slopes[:, i] = z_dot[-1][:, 0]
            second[i] = multipliers_tangent(chain, z, lam, w, z_dot, w_dot, np.zeros_like(lam[-1]))[1]
        return slopes, second

    def rows(y: Array, x: Array | None) -> Array:
        if (0 if x is None else x.shape[1]) != conditions or (x is not None and len(x) != len(y)):
            raise ValueError(f"x: expected {conditions} conditions for each of {len(y)} rows, got {checks.describe(x)}")
        return y if x is None else np.concatenate([x, y], axis=1)

    return Potential(value, adjoint, chain.inputs - conditions, chain.size, beta, curvature)


def feature_potential(chain: Chain, u: ArrayLike, beta: float = 1.0, spring: float = 0.0) -> Potential:
    """An energy that is linear in what is learned, ``F(y) = w . chain(y; u) + spring |y|^2 / 2``, the features kept  (L1, L6).

    With u random these are the random features of a network whose last layer alone learns. Its negative log-likelihood is
    convex in w, and with weight decay has one minimum.
    """
    checks.instance(chain, Chain, "chain")
    u, spring = checks.vector(u, chain.size, "u"), _spring(spring)

    def value(y: Array, w: Array, x: Array | None) -> Array:
        return states(chain, y, u)[-1] @ w + spring / 2 * np.square(y).sum(axis=1)

    def adjoint(y: Array, w: Array, x: Array | None, F_bar: Array) -> tuple[Array, Array]:
        z = states(chain, y, u)
        lam, _ = multipliers(chain, z, u, F_bar[:, None] * w)
        return lam[0] + spring * y * F_bar[:, None], F_bar @ z[-1]

    def curvature(y: Array, w: Array, x: Array | None, F_bar: Array) -> tuple[Array, Array]:
        return states(chain, y, u)[-1], np.zeros((len(w), len(w)))

    return Potential(value, adjoint, chain.inputs, chain.outputs, beta, curvature)
