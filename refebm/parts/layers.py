"""Layers: stages ``v = g(z, w)`` of a chain, rows in and rows out, each with its adjoints in z and in w under it  (C27).

For second derivatives, each stage also has its tangent, how v moves with its arguments, and its adjoint's, how the adjoints
move; a dot marks such a motion. Stages trust their arrays. z is (n, d); a stage of no parameters works on arrays of any shape.
"""

from __future__ import annotations

import numpy as np

from ..numerics import hinges
from ..numerics.checks import Array


def affine(z: Array, W: Array, b: Array) -> Array:
    """``v = W z + b`` for each row.  z (n, d), W (m, d), b (m,) -> (n, m)."""
    return z @ W.T + b


def affine_adjoint(z: Array, W: Array, b: Array, v_bar: Array) -> tuple[Array, Array, Array]:
    """Adjoints of (z, W, b) given v_bar (n, m); those of W and b sum over the rows."""
    return v_bar @ W, v_bar.T @ z, np.ones(len(v_bar)) @ v_bar  # faster than NumPy's sum over rows


def affine_tangent(z: Array, W: Array, b: Array, z_dot: Array, W_dot: Array, b_dot: Array) -> Array:
    """``v_dot = W z_dot + W_dot z + b_dot``."""
    return z_dot @ W.T + z @ W_dot.T + b_dot


def affine_adjoint_tangent(
    z: Array, W: Array, b: Array, v_bar: Array, z_dot: Array, W_dot: Array, b_dot: Array, v_bar_dot: Array
) -> tuple[Array, Array, Array]:
    """How the adjoints of (z, W, b) move."""
    z_bar_dot = v_bar_dot @ W + v_bar @ W_dot
    return z_bar_dot, v_bar_dot.T @ z + v_bar.T @ z_dot, np.ones(len(v_bar)) @ v_bar_dot


def relu(z: Array) -> Array:
    """Positive part ``[z]+``; the lecture's L+ is affine, then this."""
    return np.maximum(z, 0)


def relu_adjoint(z: Array, v_bar: Array) -> tuple[Array]:
    """Adjoint of z: v_bar where z > 0, else 0; at the kink the subgradient 0."""
    return (np.where(z > 0, v_bar, 0),)


def relu_tangent(z: Array, z_dot: Array) -> Array:
    """``v_dot = z_dot`` where z > 0, else 0."""
    return np.where(z > 0, z_dot, 0)


def relu_adjoint_tangent(z: Array, v_bar: Array, z_dot: Array, v_bar_dot: Array) -> tuple[Array]:
    """How the adjoint of z moves; the kink's own jump is left out."""
    return (np.where(z > 0, v_bar_dot, 0),)


def tanh(z: Array) -> Array:
    """Hyperbolic tangent."""
    return np.tanh(z)


def tanh_adjoint(z: Array, v_bar: Array) -> tuple[Array]:
    """Adjoint of z: ``v_bar / cosh(z)^2``, which keeps its digits where 1 - tanh(z)^2 has none."""
    e = np.exp(-2 * np.where(z.real > 0, z, -z))
    return (v_bar * 4 * e / np.square(1 + e),)


def tanh_tangent(z: Array, z_dot: Array) -> Array:
    """``v_dot = z_dot / cosh(z)^2``."""
    return tanh_adjoint(z, z_dot)[0]


def tanh_adjoint_tangent(z: Array, v_bar: Array, z_dot: Array, v_bar_dot: Array) -> tuple[Array]:
    """How the adjoint of z moves: ``(v_bar_dot - 2 tanh(z) z_dot v_bar) / cosh(z)^2``."""
    return tanh_adjoint(z, v_bar_dot - 2 * np.tanh(z) * z_dot * v_bar)


def softplus(z: Array) -> Array:
    """``log(1 + exp z)``, a smooth ReLU."""
    return hinges.smooth_hinge(z)


def softplus_adjoint(z: Array, v_bar: Array) -> tuple[Array]:
    """Adjoint of z: ``v_bar sigmoid(z)``."""
    return (hinges.smooth_hinge_adjoint(z, v_bar),)


def softplus_tangent(z: Array, z_dot: Array) -> Array:
    """``v_dot = z_dot sigmoid(z)``."""
    return softplus_adjoint(z, z_dot)[0]


def softplus_adjoint_tangent(z: Array, v_bar: Array, z_dot: Array, v_bar_dot: Array) -> tuple[Array]:
    """How the adjoint of z moves: ``sigmoid(z) (v_bar_dot + sigmoid(-z) z_dot v_bar)``."""
    return softplus_adjoint(z, v_bar_dot + softplus_adjoint(-z, z_dot)[0] * v_bar)
