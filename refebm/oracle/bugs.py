"""What a bug is, and the pieces that the catalogue's mutants are made of."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..numerics.checks import Array


@dataclass(frozen=True)
class Bug:
    """One mistake as code: what it is, how to mend it, and the wrong function itself, in the contract's form."""

    function: str
    name: str
    what: str
    mend: str
    code: Callable[..., Any]

    @property
    def id(self) -> str:
        return f"{self.function}/{self.name}"


def lse(x: Array, axis: int = -1) -> Array:
    """log sum exp, shifted."""
    m = x.max(axis=axis, keepdims=True, initial=-np.inf)  # of no state, a sum of 0
    return np.log(np.exp(x - m).sum(axis=axis)) + np.squeeze(m, axis)


def F_of(E: Array, beta: float) -> Array:
    """softmin of rows."""
    return -(lse(-beta * E) - np.log(E.shape[1])) / beta


def weights(E: Array, beta: float) -> Array:
    """softargmin of rows."""
    return np.exp(-beta * E - lse(-beta * E)[..., None])


def single(code: Callable[..., Array]) -> Callable[..., Array]:
    """The same, carried out in float32."""
    return lambda *a: np.asarray(code(*(np.asarray(v, np.float32)[()] for v in a)), np.float32)


def naive_kl(q: Array, p: Array, base: float = np.e) -> Array:
    return (q * np.log(np.where(q > 0, q / p, 1))).sum(axis=1) / np.log(base)
