"""Networks: affine stages with activations between, as chains  (C27)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from ..numerics import checks
from . import layers
from .chains import Chain, Stage


def affine(d: int, m: int) -> Stage:
    """The stage ``W z + b`` from d entries to m."""
    tangents = layers.affine_tangent, layers.affine_adjoint_tangent
    return Stage(layers.affine, layers.affine_adjoint, ((m, d), (m,)), *tangents)


ACTIVATIONS = {
    "relu": Stage(layers.relu, layers.relu_adjoint, (), layers.relu_tangent, layers.relu_adjoint_tangent),
    "tanh": Stage(layers.tanh, layers.tanh_adjoint, (), layers.tanh_tangent, layers.tanh_adjoint_tangent),
    "softplus": Stage(
        layers.softplus, layers.softplus_adjoint, (), layers.softplus_tangent, layers.softplus_adjoint_tangent
    ),
}


def _widths(value: ArrayLike) -> list[int]:
    """Two or more whole numbers from 1 up."""
    array = checks.numbers(value, "widths")
    if array.ndim != 1 or len(array) < 2 or not np.isfinite(array).all() or (array < 1).any() or (array % 1 != 0).any():
        raise ValueError(f"widths: expected two or more whole numbers from 1 up, got {checks.describe(value)}")
    return [int(d) for d in array]


def mlp(widths: Sequence[int], activation: str = "relu") -> Chain:
    """Affine stages of these widths with an activation between; ``mlp([1, 8, 8, 2])`` is the lecture's predictor  (C27)."""
    stages: list[Stage] = []
    widths, _ = _widths(widths), checks.one_of(activation, ACTIVATIONS, "activation")
    checks.room(sum((d + 1) * m for d, m in zip(widths[:-1], widths[1:], strict=True)), "widths")
    for d, m in zip(widths[:-1], widths[1:], strict=True):
        stages += [affine(d, m), ACTIVATIONS[activation]]
    return Chain(tuple(stages[:-1]))
