"""Networks: affine stages with activations between, as chains  (C27)."""

from __future__ import annotations

from collections.abc import Sequence

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


def mlp(widths: Sequence[int], activation: str = "relu") -> Chain:
    """Affine stages of these widths with an activation between; ``mlp([1, 8, 8, 2])`` is the lecture's predictor  (C27)."""
    stages: list[Stage] = []
    widths, _ = checks.widths(widths, "widths"), checks.one_of(activation, ACTIVATIONS, "activation")
    checks.room(sum((d + 1) * m for d, m in zip(widths[:-1], widths[1:], strict=True)), "widths")
    for d, m in zip(widths[:-1], widths[1:], strict=True):
        stages += [affine(d, m), ACTIVATIONS[activation]]
    return Chain(tuple(stages[:-1]))
