"""A row of the contract for a function that draws: all that the oracle knows of it.

They take a whole number as seed and many rows, and give as many, each drawn by itself. A file of `rows` holds theirs in ``DRAWS``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

import numpy as np

from ...numerics.checks import Array

MANY = 4096  # of a question


Arguments = dict[str, Any]
Code = Callable[..., Any]


class Law(Protocol):
    """Of rows (n, d); ``error`` bounds how far off the uniforms are by quadrature."""

    @property
    def error(self) -> float: ...
    def uniforms(self, y: Array, rng: np.random.Generator) -> Array: ...
    def log_density(self, y: Array) -> Array: ...


class Question(NamedTuple):
    """Arguments but for the seed, as drawn; the same ones each time if the rows have few `starts`, as many of each, in blocks."""

    why: str
    arguments: Callable[[np.random.Generator], Arguments]
    starts: int = 0

    @property
    def which(self) -> Array | None:
        """Which start a row has."""
        return in_blocks(np.arange(self.starts)) if self.starts else None


def in_blocks(starts: Array) -> Array:
    """Rows, as many of each start."""
    return np.repeat(starts, MANY // len(starts), axis=0)


class Wrong(NamedTuple):
    """A mistake as code: what it is, how to mend it, the wrong function itself, and the law of what it draws, where that is known.

    ``law(why, arguments)`` is None at a question at which it is not known. Without any, the mistake is one of those that are seen
    without a law (see `refebm.oracle.chance.judge.seen_in`), or has no name.
    """

    name: str
    what: str
    mend: str
    code: Code
    law: Callable[[str, Arguments], Law | None] | None = None


@dataclass(frozen=True)
class Draws:
    """One function that draws.

    Parameters
    ----------
    equation, summary, arguments, result
        As of a `refebm.oracle.row.Function`; the first argument holds the rows, the last is the seed.
    questions : list
        What is asked of it.
    law : callable
        ``law(why, arguments)``: the law of the rows that it has to give, independent of each other.
    bugs : list
        Each mistake.
    """

    equation: str
    summary: str
    arguments: dict[str, str]
    result: str
    questions: list[Question]
    law: Callable[[str, Arguments], Law | None]
    bugs: list[Wrong]


def float32(value: Any) -> Any:
    """The nearest float32 numbers, as float64: who computes in float32 is not judged by its rounding of the inputs."""
    return np.asarray(value, np.float32).astype(np.float64)
