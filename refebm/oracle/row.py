"""A row of the contract: all that the oracle knows of one function.

Beside it the sizes of terms. How large the numbers are that right formulas add up on the way matters where the answer may be far
smaller: ``1 - sigmoid`` holds a 1, ``log(r/s) + (m^2 + s^2)/(2 r^2) - 1/2`` each of its three terms, ``-log(mean exp)/beta``
numbers of size 1/beta. Rounding one of them costs u times its size, whatever the answer's size is: a small answer is then lost,
with no mistake in the formula.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np

from ..numerics.checks import Array
from .domains.ranges import Domain

Code = Callable[..., Any]
Arguments = dict[str, Any]
Case = tuple[str, Arguments]
Bugs = list[tuple[str, str, str, Code]]
Rngs = Callable[[str], np.random.Generator]  # of a case, by its name


class Convention(NamedTuple):
    """What another answer is that is right too, and the true one (and its arguments) turned into it."""

    what: str
    change: Callable[[Any, Arguments], Any]


def total(f: Code, *arguments: Any) -> Any:
    return f(*arguments).sum()


def mean(f: Code, *arguments: Any) -> Any:
    return f(*arguments).mean()


def value(f: Code, *arguments: Any) -> Any:
    return f(*arguments)


def seeded(f: Code, *arguments: Any) -> Any:
    """Contracted with the last argument, the adjoint of the result."""
    return (f(*arguments[:-1]) * arguments[-1]).sum()


class Slope(NamedTuple):
    """What a row's function is the derivative of.

    It is that of ``scalar(functions of the contract..., arguments of the row...)`` in the argument of this name. In a variable that
    is none of them, ``start(arguments...)`` gives the point, and the scalar has it before the arguments.
    """

    of: tuple[str, ...]
    by: str
    scalar: Code = total
    start: Code | None = None


BITS = {"bits": Convention("the same in bits", lambda answer, a: answer / np.log(2))}
SUM = {"sum": Convention("summed over the observations in place of their mean", lambda answer, a: answer * len(a["y"]))}


@dataclass(frozen=True)
class Function:
    """One row of the contract.

    Parameters
    ----------
    equation : str
        Its id.
    summary : str
        What it computes, in one line.
    arguments : dict
        Name of each argument to its shape, in order; () is a number.
    result : str
        Its shape.
    regimes : callable
        Its inputs, each drawn from a generator of its own: ``regimes(rngs)`` gives (why, arguments in their order), and
        ``rngs(why)`` is the generator of that name.
    truth : pair of callables
        The truth of arrays of mpmath numbers: the definition, then a second route: another formula, an identity, or the
        numerical derivative of the first.
    bugs : list
        (name, what it is, how to mend it, the wrong function itself) of each mistake.
    conventions : dict
        Names of other answers that are right by another convention.
    adds : callable
        Of the arguments and the scale: how large the numbers are that right formulas add up on the way.
    keeps : str
        Where right formulas lose digits, one that keeps them: an expression of the arguments and np, " with " a name's if need be.
    slope : Slope
        What it is the derivative of, where it is a function's.
    rows : str
        Letter, in the shapes, of the rows: what holds it goes together, entry for entry. In another order they give the result's
        in that order, or, where the result does not hold it, the same result. "-" where there are none.
    limits : dict
        Name of an argument to the limits that it may hold: "0, inf". Without, numbers are finite, and beta is above 0.
    whole : tuple
        Arguments that are whole numbers, and go in as such.
    domain : Domain
        Which inputs there are: fresh ones are drawn of it.
    drawn : tuple of int
        Numbers of the fresh inputs that are vectors as well, for the bins of the domain that no other vector visits.
    cases, seed : callable, int
        More inputs, drawn one after another from one generator; of this seed, by default of the function's name.
    """

    equation: str
    summary: str
    arguments: dict[str, str]
    result: str
    regimes: Callable[[Rngs], Iterator[Case]]
    truth: tuple[Code, Code]
    bugs: Bugs
    conventions: dict[str, Convention] = field(default_factory=dict)
    adds: Callable[[Arguments, Array], Any] = lambda arguments, scale: 0
    keeps: str = ""
    slope: Slope | None = None
    rows: str = "n"
    limits: dict[str, str] = field(default_factory=dict)
    whole: tuple[str, ...] = ()
    domain: Domain | None = None
    drawn: tuple[int, ...] = ()
    cases: Callable[[np.random.Generator], Iterator[Case]] = lambda rng: iter(())
    seed: int | None = None

    def terms(self, arguments: Arguments, scale: Array) -> Array:
        """T, shaped like the answer: the largest of the numbers that are added up and of the scale S."""
        return np.asarray(np.maximum(scale, self.adds(arguments, scale)), float)

    def given(self, arguments: Arguments) -> Arguments:
        """The arguments as a call takes them: copies of arrays, and plain numbers."""
        kinds = {name: int if name in self.whole else float for name in arguments}
        return {name: v.copy() if np.ndim(v) else kinds[name](v) for name, v in arguments.items()}

    def take(self, places: Any, arguments: Arguments) -> Arguments:
        """The arguments with their rows from these places."""
        axes = {name: axis(self.rows, shape) for name, shape in self.arguments.items()}
        return {name: v if axes[name] is None else np.take(v, places, axes[name]) for name, v in arguments.items()}

    def taken(self, places: Any, answer: Array) -> Array:
        """The answer to them, by that to the arguments as they were."""
        at = axis(self.rows, self.result)
        return answer if at is None else np.take(answer, places, at)

    def count(self, arguments: Arguments) -> int:
        """The number of rows; 1 where there are none."""
        axes = {name: axis(self.rows, shape) for name, shape in self.arguments.items()}
        return next((np.shape(arguments[name])[at] for name, at in axes.items() if at is not None), 1)


def axis(letter: str, shape: str) -> int | None:
    """Where a letter stands in a shape such as (n, k)."""
    letters = [part.strip() for part in shape.strip("()").split(",")]
    return letters.index(letter) if letter in letters else None


def log_size(p: Any) -> Any:
    """|log p|, 0 where p is 0."""
    return np.abs(np.log(np.where(p > 0, p, 1)))


def of_logarithm(k: int, beta: float) -> float:
    """Of the logarithm of a mean of k numbers, over beta."""
    return (1 + np.log(k)) / beta
