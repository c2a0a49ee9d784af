"""The inputs of the vectors: few, and each chosen to tell a mistake from the truth.

All sizes differ, or are all the same, or 1; beta is neither 0 nor 1, no weight is symmetric, no bias 0. Every number is exact
in float32, so that a float32 implementation is not judged by its rounding of the inputs. A function draws from generators of
its own, seeded by names, so that a new one changes no other.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from .contract import CONTRACT
from .row import Case, Rngs


def exact(value: Any) -> Any:
    """The nearest float32 numbers, as float64."""
    rounded = np.asarray(value, np.float32).astype(np.float64)
    return rounded if rounded.ndim else float(rounded)


def designs(name: str, rng: np.random.Generator, rngs: Rngs) -> Iterator[Case]:
    """(why, arguments in the contract's order) of a function, as drawn."""
    yield from CONTRACT[name].cases(rng)
    yield from CONTRACT[name].regimes(rngs)


def cases(name: str) -> Iterator[Case]:
    """(why, arguments in the contract's order) of a function, the same on every call."""

    def named(why: str) -> np.random.Generator:
        return np.random.default_rng(list(f"{name}/{why}".encode()))

    seed = CONTRACT[name].seed
    for why, arguments in designs(name, named("") if seed is None else np.random.default_rng(seed), named):
        yield why, {key: exact(value) for key, value in arguments.items()}
