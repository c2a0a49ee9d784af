"""Potentials that are networks, or linear in a network's features: no latent was there  (L1, L4, L6, W6)."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from ..numerics import checks
from ..numerics.checks import Array
from ..parts.chains import Chain, multipliers, multipliers_tangent, states, states_tangent
from .potentials import Potential


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
            F: Array = states(chain, _rows(y, x), w)[-1][:, 0] + spring / 2 * np.square(y).sum(axis=1)
        checks.no_overflow(w, F)
        return F

    def adjoint(y: Array, w: Array, x: Array | None, F_bar: Array) -> tuple[Array, Array]:
        with np.errstate(all="ignore"):
            lam, w_bar = multipliers(chain, states(chain, _rows(y, x), w), w, F_bar[:, None])
            y_bar = lam[0][:, lam[0].shape[1] - y.shape[1] :] + spring * y * F_bar[:, None]
        checks.no_overflow(w, y_bar, w_bar)
        return y_bar, w_bar

    def curvature(y: Array, w: Array, x: Array | None, F_bar: Array) -> tuple[Array, Array]:
        z = states(chain, _rows(y, x), w)
        lam = multipliers(chain, z, w, F_bar[:, None])[0]
        slopes, second = np.empty((len(y), len(w))), np.empty((len(w), len(w)))
        for i, w_dot in enumerate(np.eye(len(w))):
            z_dot = states_tangent(chain, z, w, np.zeros_like(z[0]), w_dot)
            slopes[:, i] = z_dot[-1][:, 0]
            second[i] = multipliers_tangent(chain, z, lam, w, z_dot, w_dot, np.zeros_like(lam[-1]))[1]
        return slopes, second

    return Potential(value, adjoint, chain.inputs - conditions, chain.size, beta, curvature, conditions)


def _rows(y: Array, x: Array | None) -> Array:
    if x is not None and len(x) != len(y):
        raise ValueError(f"x: expected conditions for each of {len(y)} rows, got {len(x)}")
    return y if x is None else np.concatenate([x, y], axis=1)


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

    return Potential(value, adjoint, chain.inputs, chain.outputs, beta, curvature, 0)
