"""The positive part of a number, with its kink and smoothed, each with its adjoint  (C23, C24)."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from . import checks
from .checks import Array


def smooth_hinge(u: Array) -> Array:
    """`softplus` without its checks."""
    with np.errstate(under="ignore"):
        return np.where(u.real > 0, u, 0) + np.log1p(np.exp(np.where(u.real > 0, -u, u)))


def smooth_hinge_adjoint(u: Array, v_bar: Array) -> Array:
    """`softplus_adjoint` without its checks."""
    with np.errstate(under="ignore"):
        e = np.exp(np.where(u.real > 0, -u, u))  # at most 1 in size, so neither side overflows
        return v_bar * np.where(u.real > 0, 1, e) / (1 + e)


def softplus(u: ArrayLike) -> Array:
    """``log(1 + exp u)``, elementwise, without overflow and without losing exp u beside 1  (C24)."""
    return smooth_hinge(checks.numbers(u, "u", complex_ok=True))


def softplus_adjoint(u: ArrayLike, v_bar: ArrayLike) -> Array:
    """Adjoint of u given `v_bar` of its shape: ``v_bar / (1 + exp(-u))``  (C24)."""
    u = checks.numbers(u, "u")
    return smooth_hinge_adjoint(u, checks.cotangent(v_bar, u.shape, "v_bar"))


def hinge(u: ArrayLike) -> Array:
    """Positive part ``[u]+ = max(u, 0)``, elementwise  (C23)."""
    return np.maximum(checks.numbers(u, "u"), 0.0)


def hinge_adjoint(u: ArrayLike, v_bar: ArrayLike) -> Array:
    """Adjoint of u given `v_bar` of its shape: v_bar where u > 0, else 0; at the kink the subgradient 0  (C23)."""
    u = checks.numbers(u, "u")
    return np.where(u > 0, checks.cotangent(v_bar, u.shape, "v_bar"), 0.0)
