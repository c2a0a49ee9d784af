"""Layers: stages ``v = g(z, w)`` of a chain, rows in and rows out, each with its adjoints in z and in w under it  (C27).

Stages trust their arrays. z is (n, d); a stage of no parameters works on arrays of any shape.
"""

from __future__ import annotations

import numpy as np

from . import softmin
from .checks import Array


def affine(z: Array, W: Array, b: Array) -> Array:
    """``v = W z + b`` for each row.  z (n, d), W (m, d), b (m,) -> (n, m)."""
    return z @ W.T + b


def affine_adjoint(z: Array, W: Array, b: Array, v_bar: Array) -> tuple[Array, Array, Array]:
    """Adjoints of (z, W, b) given v_bar (n, m); those of W and b sum over the rows."""
    return v_bar @ W, v_bar.T @ z, np.ones(len(v_bar)) @ v_bar  # faster than NumPy's sum over rows


def relu(z: Array) -> Array:
    """Positive part ``[z]+``; the lecture's L+ is affine, then this."""
    return np.maximum(z, 0)


def relu_adjoint(z: Array, v_bar: Array) -> tuple[Array]:
    """Adjoint of z: v_bar where z > 0, else 0; at the kink the subgradient 0."""
    return (np.where(z > 0, v_bar, 0),)


def tanh(z: Array) -> Array:
    """Hyperbolic tangent."""
    return np.tanh(z)


def tanh_adjoint(z: Array, v_bar: Array) -> tuple[Array]:
    """Adjoint of z: ``v_bar / cosh(z)^2``, which keeps its digits where 1 - tanh(z)^2 has none."""
    e = np.exp(-2 * np.where(z.real > 0, z, -z))
    return (v_bar * 4 * e / np.square(1 + e),)


def softplus(z: Array) -> Array:
    """``log(1 + exp z)``, a smooth ReLU."""
    return softmin.softplus(z)


def softplus_adjoint(z: Array, v_bar: Array) -> tuple[Array]:
    """Adjoint of z: ``v_bar sigmoid(z)``."""
    return (softmin.softplus_adjoint(z, v_bar),)
