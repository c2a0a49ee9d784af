"""Checks of arrays whose axes mean something: energies, the axis that is meant, shapes that broadcast, volumes."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from . import checks
from .checks import Array


def energies(value: ArrayLike, name: str = "E", sign: int = 1) -> Array:
    """Energies: real or complex, +inf (a forbidden state) allowed; `sign=-1` for scores, where -inf is the forbidden one."""
    array = checks.numbers(value, name, complex_ok=True)
    if array.ndim == 0:
        raise ValueError(f"{name}: expected an array with an axis of latents, got the number {array}")
    if array.dtype.kind == "c" and not np.isfinite(array).all():
        raise ValueError(f"{name}: expected finite complex numbers, got an infinite one")
    if (sign * array.real == -np.inf).any():
        raise ValueError(
            f"{name}: expected no {'-' if sign > 0 else '+'}inf, got one (only {'+' if sign > 0 else '-'}inf "
            "is allowed: a forbidden state)"
        )
    return array


def axis(value: Any, ndim: int, name: str = "axis") -> int:
    """`value` as an axis of an array of `ndim` axes, from 0 up."""
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or not -ndim <= value < ndim:
        raise ValueError(f"{name}: expected a whole number in [{-ndim}, {ndim}), got {checks.describe(value)}")
    return int(value) % ndim


def broadcasts(value: Array, shape: tuple[int, ...], name: str, of: str, fits: bool = True) -> None:
    """Whether `value` broadcasts to `shape`, that of the argument `of`."""
    ends = zip(value.shape[::-1], shape[::-1], strict=False)
    if not fits or value.ndim > len(shape) or any(a not in (1, b) for a, b in ends):
        raise ValueError(f"{name}: expected a shape that broadcasts to {of}'s {shape}, got {value.shape}")


def laid(value: Array, shape: tuple[int, ...], axis: int, name: str, of: str) -> Array:
    """`value` broadcast to `shape`, that of the argument `of`; (k,) lies along `axis`."""
    if value.ndim == 1 and len(value) == shape[axis]:
        value = value.reshape([-1 if i == axis else 1 for i in range(len(shape))])
    broadcasts(value, shape, name, of, value.ndim != 1 or len(value) == 1 or len(shape) == 1)
    return np.broadcast_to(value, shape)


def volumes(value: ArrayLike, name: str = "measure") -> Array:
    """Finite numbers from 0 up."""
    array = checks.finite(value, name)
    if (array < 0).any():
        raise ValueError(f"{name}: expected volumes from 0 up, got one of {array.min():g}")
    return array
