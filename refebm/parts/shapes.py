"""Arrays in one flat vector of parameters, and the adjoint of broadcasting. Both trust their arrays."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]


@dataclass(frozen=True)
class Packing:
    """Arrays of these shapes, one after another in a flat vector (size,)."""

    shapes: tuple[tuple[int, ...], ...]

    @cached_property
    def _ends(self) -> list[tuple[int, int, tuple[int, ...]]]:
        end = 0
        return [(end, end := end + math.prod(shape), shape) for shape in self.shapes]

    @property
    def size(self) -> int:
        return sum(math.prod(shape) for shape in self.shapes)

    def split(self, w: Array) -> list[Array]:
        """The arrays, views of w (size,)."""
        return [w[start:end].reshape(shape) for start, end, shape in self._ends]


def packed(arrays: Iterable[Array]) -> Array:
    """The arrays' entries in one flat vector, of no entries where there are none: `Packing.split` turned round."""
    return np.concatenate([np.zeros(0), *(array.ravel() for array in arrays)])


def summed_to(bar: Array, shape: tuple[int, ...]) -> Array:
    """The adjoint of broadcasting an array of this shape: `bar` summed over the axes along which it was repeated."""
    bar = bar.sum(axis=tuple(range(bar.ndim - len(shape))))
    repeated = tuple(i for i, entries in enumerate(shape) if entries == 1 != bar.shape[i])
    return bar.sum(axis=repeated, keepdims=True) if repeated else bar
