"""The one place that judges arguments and words the errors: the name, what was expected, what came."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[Any]

# Squares of the data and of the parameters must stay finite, or an energy would silently become infinite.
LARGEST = 1e150


def describe(value: Any) -> str:
    """A few words on what came, for an error message."""
    if isinstance(value, np.ndarray):
        return f"an array of shape {value.shape} and type {value.dtype}"
    try:
        text = repr(value.item() if isinstance(value, np.generic) else value)
    except ValueError:  # a whole number of over 4300 digits
        return f"a huge {type(value).__name__}"
    return text if len(text) <= 60 else f"{text[:57]}..."


def numbers(value: ArrayLike, name: str, complex_ok: bool = False) -> Array:
    """`value` as a float64 array (complex128 where that is allowed and came), never NaN, never empty."""
    array = _array(value, name, complex_ok)
    if np.isnan(array).any():
        raise ValueError(f"{name}: expected no NaN, got {int(np.isnan(array).sum())} among {array.size} numbers")
    return array


def _masked(value: Any, name: str) -> None:
    """NumPy drops the masks of what it converts, and what they hide would count."""
    if hidden := _hidden(value, 64):
        raise ValueError(f"{name}: expected no masked entries, got {hidden}")


def _hidden(value: Any, depth: int) -> int:
    """Masked entries of an array, or of arrays in lists nested at most as deep as an array has axes."""
    if isinstance(value, np.ma.MaskedArray):
        return int(np.ma.getmaskarray(value).sum())
    kinds = (list, tuple, np.ma.MaskedArray)
    nested = isinstance(value, (list, tuple)) and depth > 0
    return sum(_hidden(part, depth - 1) for part in value if isinstance(part, kinds)) if nested else 0


def _array(value: ArrayLike, name: str, complex_ok: bool) -> Array:
    _masked(value, name)
    try:
        array = np.asarray(value)
    except ValueError:  # rows of different lengths
        raise ValueError(f"{name}: expected an array of numbers, got {describe(value)}") from None
    kinds = "iufc" if complex_ok else "iuf"
    if array.dtype.kind not in kinds:
        what = "real or complex numbers" if complex_ok else "real numbers"
        raise TypeError(f"{name}: expected {what}, got {describe(array if array.size else value)}")
    if array.size == 0:
        raise ValueError(f"{name}: expected at least one number, got an empty array of shape {array.shape}")
    array = array.astype(np.complex128 if array.dtype.kind == "c" else np.float64, copy=False)
    if array.dtype.kind == "c" and not np.abs(array.imag).max() <= 1:
        raise ValueError(
            f"{name}: expected imaginary parts of size at most 1 (they are complex steps), got {describe(array)}"
        )
    return array


def finite(value: ArrayLike, name: str, complex_ok: bool = False, largest: float = LARGEST) -> Array:
    """`numbers` that are also finite and at most `largest` in size."""
    array = _array(value, name, complex_ok)
    top = float(np.abs(array).max())  # NaN where there is one
    if not top <= largest:
        numbers(array, name, complex_ok)
        raise ValueError(f"{name}: expected finite numbers of size at most {largest:g}, got one of size {top:g}")
    return array


def number(value: Any, name: str, expected: str = "one real number") -> float:
    """`value` as a float: a real scalar, no array, no boolean."""
    _masked(value, name)
    try:
        array = np.asarray(value)
    except ValueError:
        array = np.empty(1, object)
    if array.ndim != 0 or array.dtype.kind not in "iuf":
        raise TypeError(f"{name}: expected {expected}, got {describe(value)}")
    return float(array)


def inverse_temperature(beta: Any, name: str = "beta") -> float:
    """`beta` as a float in [0, inf]."""
    beta = number(beta, name, "one real number in [0, inf]")
    if not beta >= 0:
        raise ValueError(f"{name}: expected a number in [0, inf], got {beta}")
    return beta


def positive(value: Any, name: str, largest: float = math.inf) -> float:
    """`value` as a finite float above zero, at most `largest`."""
    value = number(value, name, "one positive number")
    if not 0 < value < math.inf:
        raise ValueError(f"{name}: expected a finite number above 0, got {value}")
    if value > largest:
        raise ValueError(f"{name}: expected a number of at most {largest:g}, got {value:g}")
    return value


def one_of(value: Any, options: Iterable[str], name: str) -> str:
    """`value` if it is one of the strings `options`."""
    if not isinstance(value, str) or value not in options:
        raise ValueError(f"{name}: expected one of {', '.join(options)}, got {describe(value)}")
    return value


def count(value: Any, name: str, least: int = 1, most: int = 10**8) -> int:
    """`value` as an integer of at least `least` and at most `most`: what fits in memory."""
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)):
        raise TypeError(f"{name}: expected a whole number, got {describe(value)}")
    if not least <= value <= most:
        bound = f"at least {least}" if value < least else f"at most {most}"
        raise ValueError(f"{name}: expected {bound}, got {describe(value)}")
    return int(value)


def room(entries: int, name: str) -> None:
    """Whether so many numbers, which the argument `name` asks for, fit in memory: 4 GiB at most."""
    if entries > 2**29:
        size = entries / 2**27 if entries < 2**1000 else math.inf
        raise ValueError(f"{name}: expected arrays of at most 4 GiB, got one of {size:.3g} GiB")


def options(given: Iterable[str], names: Iterable[str], caller: str) -> None:
    """Whether the names of a function's ``**options`` are among those it takes."""
    if unknown := [name for name in given if name not in names]:
        raise TypeError(f"{caller}: expected no options but {', '.join(names)}, got {', '.join(unknown)}")


def instance(value: Any, kind: type, name: str) -> None:
    """Whether `value` is of this class of the package's."""
    if not isinstance(value, kind):
        raise TypeError(
            f"{name}: expected {'an' if kind.__name__[0] in 'AEIOU' else 'a'} {kind.__name__}, got {describe(value)}"
        )


def no_overflow(w: Array, *results: Array, name: str = "w") -> None:
    """Whether what comes of finite arguments is finite itself: a chain of layers may overflow."""
    if not all(np.isfinite(result).all() for result in results):
        raise ValueError(f"{name}: expected parameters at which nothing overflows, got one of size {np.abs(w).max():g}")


def function(value: Any, name: str) -> None:
    """Whether `value` can be called."""
    if not callable(value):
        raise TypeError(f"{name}: expected a function, got {describe(value)}")


def generator(value: Any, name: str = "rng") -> np.random.Generator:
    """`value` if it is a numpy.random.Generator."""
    if not isinstance(value, np.random.Generator):
        raise TypeError(
            f"{name}: expected a numpy.random.Generator (numpy.random.default_rng(seed)), got {describe(value)}"
        )
    return value


def observations(value: ArrayLike, dim: int, name: str = "y", complex_ok: bool = False) -> tuple[Array, bool]:
    """Rows `(n, dim)`, and whether a single observation `(dim,)` came."""
    array = finite(value, name, complex_ok)
    if array.ndim not in (1, 2) or array.shape[-1] != dim:
        raise ValueError(f"{name}: expected shape ({dim},) or (n, {dim}), got {array.shape}")
    return np.atleast_2d(array), array.ndim == 1


def conditions(
    value: ArrayLike | None, name: str, n: int | None = None, width: int | None = None, complex_ok: bool = False
) -> Array | None:
    """Conditions (n, width), of any number or width where none is given; (n,) for width 1, (width,) for n = 1; or None."""
    if value is None:
        if width:
            raise ValueError(f"{name}: expected conditions of shape ({n or 'n'}, {width}), got None")
        return None
    if width == 0:
        raise ValueError(f"{name}: expected None, as there are no conditions, got {describe(value)}")
    array = finite(value, name, complex_ok)
    rows = array.reshape(1, -1) if n == 1 and array.ndim < 2 else array.reshape(-1, 1) if array.ndim == 1 else array
    if rows.ndim != 2 or n not in (None, len(rows)) or width not in (None, rows.shape[1]):
        shape = f"({n or 'n'}, {width or 'd_x'})"
        raise ValueError(f"{name}: expected one condition for each observation, shape {shape}, got {array.shape}")
    return rows


def vector(value: ArrayLike, size: int, name: str, complex_ok: bool = False) -> Array:
    """A finite vector `(size,)`."""
    array = finite(value, name, complex_ok)
    if array.shape != (size,):
        raise ValueError(f"{name}: expected shape ({size},), got {array.shape}")
    return array


def interval(value: ArrayLike, name: str) -> tuple[float, float]:
    """Two finite ends in ascending order."""
    low, high = map(float, vector(value, 2, name))
    if not low < high:
        raise ValueError(f"{name}: expected two ends in ascending order, got ({low:g}, {high:g})")
    return low, high


def cotangent(value: ArrayLike, shape: tuple[int, ...], name: str, scalar_ok: bool = False) -> Array:
    """A finite array of exactly `shape`, or a scalar in its place where that is allowed: the adjoint that comes from above."""
    array = finite(value, name)
    if scalar_ok and array.ndim == 0:
        return np.broadcast_to(array, shape)
    if array.shape != shape:
        raise ValueError(f"{name}: expected shape {tuple(map(int, shape))}, got {array.shape}")
    return array
