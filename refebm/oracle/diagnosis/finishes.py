"""What may be done to a result as a whole, and how it is undone, where that can be: found backwards, from the answer."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any, NamedTuple

import numpy as np

Given = dict[str, Any]  # arguments, and sizes
Way = Callable[[Any], Any]


class Finish(NamedTuple):
    """What is done to the result of a formula: as it is said, its cost, and how it is undone, where that can be."""

    what: str
    cost: float
    way: Callable[[Any, Given], Any]
    back: Callable[[Any, Given], Any] | None = None


def finishes(names: Sequence[str]) -> Iterator[Finish]:
    """What may be done to a result beside a change within it; by numbers, the sizes and arguments of these names."""
    for what, cost, way, back in (
        ("{}", 0.0, _same, _same),
        ("2 * {}", 1.0, lambda v: 2 * v, lambda v: v / 2),
        ("{} / 2", 1.0, lambda v: v / 2, lambda v: 2 * v),
        ("-1 * {}", 1.0, np.negative, np.negative),
        ("{} in bits", 1.0, lambda v: v / np.log(2), lambda v: v * np.log(2)),
        ("1 - {}", 1.4, lambda v: 1 - v, lambda v: 1 - v),
        ("{} - 1", 1.4, lambda v: v - 1, lambda v: v + 1),
        ("the square root of {}", 1.4, np.sqrt, np.square),
        ("the square of {}", 1.4, np.square, np.sqrt),
        ("exp of {}", 1.4, np.exp, np.log),
        ("log of {}", 1.4, np.log, np.exp),
    ):
        yield Finish(what, cost, partial(_alone, way), partial(_alone, back))
    for name in names:
        yield Finish(f"{name} * {{}}", 1.2, partial(_by, name), partial(_over, name))
        yield Finish(f"{{}} / {name}", 1.2, partial(_over, name), partial(_by, name))
        yield Finish(f"{{}} + np.log({name})", 1.4, partial(_up, name), partial(_down, name))
        yield Finish(f"{{}} - np.log({name})", 1.4, partial(_down, name), partial(_up, name))


def _same(v: Any) -> Any:
    return v


def _alone(way: Way, v: Any, given: Given) -> Any:
    return way(v)


def _by(name: str, v: Any, given: Given) -> Any:
    return v * given[name]


def _over(name: str, v: Any, given: Given) -> Any:
    return v / given[name]


def _up(name: str, v: Any, given: Given) -> Any:
    return v + np.log(given[name])


def _down(name: str, v: Any, given: Given) -> Any:
    return v - np.log(given[name])


def shapers() -> Iterator[Finish]:
    """What gives a result another shape, if it has not got one."""
    for a in (0, 1, 2, None):
        over = "everything" if a is None else f"axis {a}"
        for name in ("sum", "mean", "max", "min"):
            for keep in (False, True):
                reduce = partial(getattr(np, name), axis=a, keepdims=keep)
                kept = ", which is kept" if keep else ""
                yield Finish(f"the {name} of {{}} over {over}{kept}", 1 + 0.1 * keep, partial(_alone, reduce))
    for what, way in (
        ("{}", _same),
        ("the transpose of {}", np.transpose),
        ("a column of {}", lambda v: v[..., None]),
        ("a row of {}", lambda v: v[None]),
        ("{} without axes of length 1", np.squeeze),
        ("{}, flattened", np.ravel),
        ("the first of {}", lambda v: v[0]),
        ("the last of {}", lambda v: v[-1]),
        ("the diagonal of {}", np.diagonal),
        ("the running sum of {}", np.cumsum),
        ("the place of the largest of {}", partial(np.argmax, axis=-1)),
        ("the place of the smallest of {}", partial(np.argmin, axis=-1)),
    ):
        yield Finish(what, 1.2 if what != "{}" else 0, partial(_alone, way))
