"""Smaller inputs: fewer rows and columns, then simpler numbers, as long as what is wrong stays wrong."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from ..numerics.checks import Array
from .contract import CONTRACT, exact
from .domains.ranges import sizes_of
from .row import Arguments


def cost(arguments: Arguments) -> tuple[int, int, float]:
    """How many numbers, how long they are when written, how far from 1 they are."""
    numbers = np.concatenate([np.ravel(v) for v in arguments.values()])
    size = np.abs(np.log10(np.abs(numbers[numbers != 0]))).sum()
    return numbers.size, sum(len(repr(float(v)).strip("-").removesuffix(".0")) for v in numbers), float(size)


def kept(function: str, arguments: Arguments, letter: str, places: Array) -> Arguments:
    """Only these places of every axis of a letter."""
    out = dict(arguments)
    for name, shape in CONTRACT[function].arguments.items():
        for at, v in enumerate(shape.strip("()").replace(" ", "").split(",")):
            if v == letter:
                out[name] = np.take(out[name], places, at)
    return out


def fewer(function: str, arguments: Arguments) -> Iterator[Arguments]:
    """One half, the other, all but one."""
    for letter, n in sizes_of(CONTRACT[function].arguments, arguments).items():
        places = np.arange(n)
        for some in (places[: n // 2], places[n // 2 :], *(np.delete(places, i) for i in places)) if n > 1 else ():
            yield kept(function, arguments, letter, some)


def simpler(value: Array) -> Iterator[Array]:
    """Forms of all the numbers at once, the simplest first."""
    with np.errstate(all="ignore"):
        power = 10.0 ** np.floor(np.log10(np.where(value == 0, 1, np.abs(value))))
    yield from (0 * value, np.sign(value), np.sign(value) * power)
    yield from (np.round(value), np.round(value / power) * power, np.round(value / power, 1) * power)
    yield from (np.round(value * 2**bits) / 2**bits for bits in (1, 3, 7, 12))
    yield value / 10


def plainer(arguments: Arguments) -> Iterator[Arguments]:
    """One argument made simpler as a whole, or one of its numbers."""
    for name, value in arguments.items():
        for other in simpler(np.asarray(value)):
            yield {**arguments, name: other}
    for name, value in arguments.items():
        for i in np.ndindex(np.shape(value)) if np.size(value) > 1 else ():
            for entry in simpler(np.asarray(value[i])):
                other = np.array(value)
                other[i] = entry
                yield {**arguments, name: other}


def repaired(function: str, arguments: Arguments) -> Arguments | None:
    """float32's numbers, rows of probabilities made to sum to 1; None if it is no input of the domain."""
    domain = CONTRACT[function].domain
    out = {name: exact(value) + 0.0 for name, value in arguments.items()}
    for name, r in domain.ranges.items() if domain else ():
        if r.sums:
            parts = np.round(np.asarray(out[name]) * 2**24)
            at = parts.argmax(axis=-1)[..., None]
            rest = 2**24 - parts.sum(axis=-1, keepdims=True)
            np.put_along_axis(parts, at, np.take_along_axis(parts, at, -1) + rest, -1)
            out[name] = parts / 2**24
    return out if domain is None or domain.holds(out) else None


def smallest(function: str, arguments: Arguments, fails: Callable[[Arguments], Any], calls: int) -> Arguments:
    """The smallest input found that fails, in so many calls."""

    def step(forms: Callable[[Arguments], Iterator[Arguments]]) -> bool:
        nonlocal arguments, calls
        for form in forms(arguments):
            candidate = repaired(function, form)
            if candidate is None or cost(candidate) >= cost(arguments):
                continue
            calls -= 1
            if calls < 0:
                return False
            if fails(candidate):
                arguments = candidate
                return True
        return False

    while step(lambda a: fewer(function, a)) or step(plainer):
        pass
    return arguments
