"""Functions that users give: they see arrays that they can't write to, and are held to what they promised."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np

from . import checks
from .checks import Array

Shape = tuple[int, ...]


def kept(*arrays: Any) -> list[Any]:
    """Views that can't be written to, for functions that are not the package's own."""
    views = [array if array is None else array.view() for array in arrays]
    for view in views:
        if view is not None:
            view.flags.writeable = False
    return views


def came_back(value: Any, shape: tuple[int, ...], name: str, given: Iterable[Any], infinite: str = "") -> Array:
    """What a function called `name` gave, if it is floats of this shape, real where those `given` are, and finite.

    `infinite` may allow "+inf", "+-inf", or "anything".
    """
    kinds = "fc" if any(np.iscomplexobj(v) for v in given) else "f"
    plain = isinstance(value, np.ndarray) and not isinstance(value, np.ma.MaskedArray)
    if not plain or value.dtype.kind not in kinds or value.shape != shape:
        raise ValueError(
            f"{name}: expected a function that gives real floats of shape {shape}, got {checks.describe(value)}"
        )
    bad = np.zeros(()) if infinite == "anything" else ~np.isfinite(value)
    if infinite and bad.any():
        bad &= ~(np.isinf(value.real) if "-" in infinite else np.isposinf(value.real))
    if bad.any():
        what = f"numbers or {infinite}" if infinite else "finite numbers"
        raise ValueError(f"{name}: expected a function that gives {what}, got {value[bad][0]:g}")
    return value.astype(complex if value.dtype.kind == "c" else float, copy=False)


def several(value: Any, count: int, name: str, most: int = 0) -> tuple[Any, ...]:
    """What a function called `name` gave, if it is so many things, or a few more, up to `most`."""
    if not isinstance(value, tuple) or not count <= len(value) <= max(count, most):
        raise ValueError(f"{name}: expected a function that gives {count} arrays, got {checks.describe(value)}")
    return value


def array(f: Callable[..., Any], name: str, given: Iterable[Any], shape: Shape, infinite: str = "") -> Array:
    """What the function `f`, called `name`, makes of the `given` arrays: one of this shape, as `came_back` says."""
    views = kept(*given)
    return came_back(f(*views), shape, name, views, infinite)


def arrays(
    f: Callable[..., Any], name: str, given: Iterable[Any], shapes: Sequence[Shape], infinite: str = "", least: int = 0
) -> tuple[Array, ...]:
    """As `array`, for a function that gives several, of these shapes; all but the first `least` may be left out."""
    views = kept(*given)
    found = several(f(*views), least or len(shapes), name, len(shapes))
    return tuple(came_back(one, shape, name, views, infinite) for one, shape in zip(found, shapes, strict=False))
