"""Misbehaviours as code: ways to spoil a right function without spoiling its formula, to be caught by their names.

Each makes, of a right function, one that behaves wrongly, with a state of its own.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import numpy as np

from ..numerics.checks import Array
from .row import Function, axis

Code = Callable[..., Any]


def arrays(a: tuple[Any, ...]) -> list[Array]:
    return [v for v in a if isinstance(v, np.ndarray)]


def after(change: Callable[[list[Array], Array], Any]) -> Callable[[Code], Code]:
    """The answer is right, and then something is done to the arguments."""

    def make(code: Code) -> Code:
        def spoilt(*a: Any) -> Any:
            answer = np.asarray(code(*a))
            if arrays(a):
                change(arrays(a), answer)
            return answer

        return spoilt

    return make


def turn(v: Array) -> None:
    v.shape = v.shape[::-1] if v.ndim > 1 else (*v.shape, 1)


def kept(key: Callable[..., Any]) -> Callable[[Code], Code]:
    """A cache that is looked up by too little."""

    def make(code: Code) -> Code:
        known: dict[Any, Any] = {}

        def cached(*a: Any) -> Any:
            if key(*a) not in known:
                known[key(*a)] = np.array(code(*a))
            return known[key(*a)].copy()

        return cached

    return make


def last(key: Callable[..., Any]) -> Callable[[Code], Code]:
    """The last answer, if the arguments seem to be the last ones."""

    def make(code: Code) -> Code:
        known: list[Any] = [None, None]

        def cached(*a: Any) -> Any:
            if known[0] != key(*a):
                known[:] = key(*a), np.array(code(*a))
            return known[1].copy()

        return cached

    return make


def counted(change: Callable[[int, Array, list[Any]], Array]) -> Callable[[Code], Code]:
    """Of the number of calls before, the right answer, and the earlier calls' (arguments, answer)."""

    def make(code: Code) -> Code:
        calls: list[Any] = []

        def spoilt(*a: Any) -> Any:
            answer = np.array(code(*a), float)
            out = change(len(calls), answer, [*calls, (a, answer)])
            calls.append(([np.copy(v) for v in a], answer.copy()))
            return out

        return spoilt

    return make


def before_that(change: Callable[[tuple[Any, ...], Any], tuple[Any, ...]]) -> Callable[[Code], Code]:
    """Arguments mixed with those of the call before."""

    def make(code: Code) -> Code:
        old: list[Any] = [None]

        def spoilt(*a: Any) -> Any:
            answer = code(*(change(a, old[0]) if old[0] else a))
            old[0] = tuple(np.copy(v) if isinstance(v, np.ndarray) else v for v in a)
            return answer

        return spoilt

    return make


def stale_numbers(a: tuple[Any, ...], old: Any) -> tuple[Any, ...]:
    return tuple(o if isinstance(v, float) and o > 0 else v for v, o in zip(a, old, strict=True))


def stale_last(a: tuple[Any, ...], old: Any) -> tuple[Any, ...]:
    """The last array is the earlier one's where that fits."""
    return (*a[:-1], old[-1]) if np.shape(old[-1]) == np.shape(a[-1]) else a


def buffered(key: Callable[[Array], Any]) -> Callable[[Code], Code]:
    """Answers are written into a buffer that is kept."""

    def make(code: Code) -> Code:
        buffers: dict[Any, Array] = {}

        def spoilt(*a: Any) -> Any:
            answer = np.asarray(code(*a), float)
            whole = buffers.setdefault(key(answer), np.empty(max(answer.size, 10**4)))
            out = whole[: answer.size].reshape(answer.shape)
            out[...] = answer
            return out

        return spoilt

    return make


def by_contents(code: Code) -> Code:
    known: dict[Any, Array] = {}

    def cached(*a: Any) -> Any:
        key = tuple((np.shape(v), np.asarray(v).tobytes()) for v in a)
        return known.setdefault(key, np.array(code(*a), float))

    return cached


def overwritten(code: Code) -> Code:
    """Each call clears what the call before returned."""
    given: list[Array] = []

    def spoilt(*a: Any) -> Any:
        for answer in given:
            answer[...] = 0
        given[:] = [np.array(code(*a), float)]
        return given[0]

    return spoilt


def placed(change: Callable[[Array, list[Array]], Array]) -> Callable[[Code], Code]:
    """What depends on where a row is."""

    def make(code: Code) -> Code:
        return lambda *a: change(np.array(code(*a), float), arrays(a))

    return make


def first_entries(answer: Array, a: list[Array]) -> Array:
    v = a[0].reshape(len(a[0]), -1)
    return answer * (1 + 0.01 * (v[0, 0] > v[-1, 0]))


def chance(change: Callable[[], Any]) -> Callable[[Code], Code]:
    def make(code: Code) -> Code:
        return lambda *a: (change(), code(*a))[1]

    return make


def shapes(*a: Any) -> Any:
    return tuple(np.shape(v) for v in a)


def identity(*a: Any) -> Any:
    return tuple(id(v) if isinstance(v, np.ndarray) else v for v in a)


def mixed(out: Array, a: list[Array]) -> Array:
    return out + 0.01 * np.concatenate([0 * out[:1], out[:-1]])


def seeded(out: Array) -> Array:
    np.random.seed(0)  # noqa: NPY002
    return out


def draw() -> None:
    np.random.normal()  # noqa: NPY002


def shows(behaviour: str, what: str, row: Function) -> bool:
    """Whether a function has what it takes: arrays, rows in its answer, numbers."""
    if behaviour == "order":
        return axis(row.rows, row.result) == 0
    return "()" in row.arguments.values() if what.startswith("numbers") else set(row.arguments.values()) != {"()"}


MISBEHAVIOURS: list[tuple[str, str, Callable[[Code], Code]]] = [
    ("mutates", "the first array is shifted in place", after(lambda a, out: np.subtract(a[0], 1.5, out=a[0]))),
    ("mutates", "the last array is normalised in place", after(lambda a, out: np.divide(a[-1], 3, out=a[-1]))),
    ("mutates", "the first array is sorted in place", after(lambda a, out: a[0].sort(axis=0))),
    ("mutates", "the last array is clipped in place", after(lambda a, out: np.clip(a[-1], -0.125, 0.125, out=a[-1]))),
    ("mutates", "the answer is written into an argument", after(lambda a, out: a[0].fill(out.flat[0]))),
    ("mutates", "one entry is set to 0", after(lambda a, out: a[-1].ravel()[-1:].fill(0))),
    ("mutates", "the first array is exponentiated in place", after(lambda a, out: np.exp(a[0], out=a[0]))),
    ("mutates", "an array is transposed in place", after(lambda a, out: turn(a[0]))),
    ("remembers", "a cache by id", kept(identity)),
    ("remembers", "a cache by shape", kept(shapes)),
    ("remembers", "a cache by shape of the last call", last(shapes)),
    ("remembers", "a cache by id of the last call", last(identity)),
    ("remembers", "a cache by the first array's sum", kept(lambda *a: round(float(np.sum(a[0])), 6))),
    ("remembers", "the first call alone is right", counted(lambda n, out, calls: out * (1 + 0.01 * (n > 0)))),
    ("remembers", "the first call alone is wrong", counted(lambda n, out, calls: out * (1 + 0.01 * (n == 0)))),
    ("remembers", "answers add up", counted(lambda n, out, calls: out + sum(c[1].sum() for c in calls[-2:-1]))),
    ("remembers", "every fourth answer is off", counted(lambda n, out, calls: out * (1 + 1e-4 * (n % 4 == 3)))),
    ("remembers", "later answers drift", counted(lambda n, out, calls: out * (1 + 1e-6 * n))),
    ("remembers", "numbers are those of the call before", before_that(stale_numbers)),
    ("remembers", "the last array is that of the call before", before_that(stale_last)),
    ("remembers", "divided by the size of the call before", counted(
        lambda n, out, calls: out * np.size(calls[-2][0][0] if n else 1) / np.size(calls[-1][0][0])
    )),
    ("remembers", "noise of its own", placed(lambda out, a: out * (1 + 1e-6 * np.random.default_rng().random()))),
    ("aliases", "a buffer for each shape", buffered(np.shape)),
    ("aliases", "one buffer for all", buffered(lambda out: 0)),
    ("aliases", "a buffer for each number of rows", buffered(lambda out: len(out) if out.ndim else 0)),
    ("aliases", "a cache by contents that hands out what it keeps", by_contents),
    ("aliases", "earlier answers are cleared", overwritten),
    ("order", "rows are weighed by their place", placed(lambda out, a: out * np.linspace(1, 1.1, out.size).reshape(out.shape))),
    ("order", "the first row is special", placed(lambda out, a: np.concatenate([out[:1] * 1.01, out[1:]]))),
    ("order", "rows come back sorted", placed(lambda out, a: np.sort(out, axis=0))),
    ("order", "each row takes something from the one before", placed(mixed)),
    ("order", "an answer hangs on which row is first", placed(first_entries)),
    ("seeds", "np.random.seed(0)", chance(lambda: seeded(np.empty(0)))),
    ("seeds", "a draw from np.random", chance(draw)),
    ("seeds", "random.seed(0)", chance(lambda: random.seed(0))),
    ("seeds", "a draw from random", chance(random.random)),
    ("seeds", "np.random.seed(0) in the first call", counted(lambda n, out, calls: out if n else seeded(out))),
]  # fmt: skip
