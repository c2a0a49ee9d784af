"""Softmax and softargmax: softmin and softargmin of energies that are scores, s = -E, each with its adjoint  (C18-C20, W5)."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from . import axes
from .checks import Array
from .soft import softargmin, softargmin_adjoint, softmin, softmin_adjoint


def _energies(s: ArrayLike, axis: int) -> Array:
    """Energies -s of scores that have weights: not all -inf."""
    E = -axes.energies(s, "s", sign=-1)
    if (blocked := np.isposinf(E.real).all(axis=axes.axis(axis, E.ndim))).any():
        raise ValueError(f"s: expected a finite score in every row, got {int(blocked.sum())} row(s) of -inf alone")
    return E


def softmax(s: ArrayLike, beta: float, axis: int = -1) -> Array:
    """Actual softmax ``(1/beta) log sum_z exp(beta s_z) - (1/beta) log N``  (C18), which is ``-softmin(-s)``  (C19).

    Scores s may be -inf (a forbidden state). Otherwise as `softmin`.
    """
    return -softmin(-axes.energies(s, "s", sign=-1), beta, axis)


def softmax_adjoint(s: ArrayLike, beta: float, F_bar: ArrayLike, axis: int = -1) -> Array:
    """Adjoint of s given `F_bar` of s's shape without `axis`: ``F_bar p`` with p = softargmax  (C18)."""
    return softmin_adjoint(_energies(s, axis), beta, F_bar, axis)


def softargmax(s: ArrayLike, beta: float = 1.0, axis: int = -1) -> Array:
    """``exp(beta s_z) / sum_z' exp(beta s_z')``; at beta = 1 what libraries call softmax  (C20, W5). As `softargmin`."""
    return softargmin(_energies(s, axis), beta, axis)


def softargmax_adjoint(s: ArrayLike, beta: float, p_bar: ArrayLike, axis: int = -1) -> Array:
    """Adjoint of s given `p_bar`: ``beta p (p_bar - <p_bar>_p)``  (C20). As `softargmin_adjoint`."""
    return -softargmin_adjoint(_energies(s, axis), beta, p_bar, axis)
