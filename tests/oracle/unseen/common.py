"""What the files of this folder share: the kinds, and how mistakes of behaviour are made anew for every run."""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

KINDS = {
    "operation": "a wrong operation, sign, constant or term",
    "parametrisation": "a variance for a deviation, a logarithm for the number, a temperature for beta",
    "reduction": "mean for sum, a wrong axis, a wrong count",
    "detach": "a gradient stopped on the way",
    "shift": "shifted by something other than the minimum",
    "threshold": "a threshold, a branch, or a series used too far",
    "clip": "a clip, a cap, an eps",
    "size": "an axis or an argument told by its size",
    "mutates": "writes into its arguments",
    "remembers": "answers from a memory that another call filled",
    "aliases": "gives out memory that is used again",
    "order": "the answer depends on the calls before",
    "seeds": "uses or sets numpy's global random state",
    "approximation": "another, nearly equal quantity",
    "dtype": "float16, float32 or int on the way",
    "ties": "wrong where two numbers are equal",
    "region": "wrong for one sign or for one size of numbers only",
    "row": "wrong for one row or one column only",
}
BEHAVIOUR = ("mutates", "remembers", "aliases", "order", "seeds")


class Fresh(NamedTuple):
    """A function with a state: `make` gives one whose state is new."""

    make: Callable[[], Callable[..., Any]]


def new(code: Any) -> Callable[..., Any]:
    """The function itself, with a new state if it has one."""
    return code.make() if isinstance(code, Fresh) else code


def cached(right: Callable[..., Any], key: Callable[..., Any]) -> Fresh:
    """Answers are kept by a key that does not tell all arguments apart."""

    def make():
        store = {}

        def code(*arguments):
            at = key(*arguments)
            if at not in store:
                store[at] = right(*arguments)
            return store[at].copy() if isinstance(store[at], np.ndarray) else store[at]

        return code

    return Fresh(make)


def buffered(right: Callable[..., Any]) -> Fresh:
    """One buffer a shape, given out on every call."""

    def make():
        store = {}

        def code(*arguments):
            answer = np.asarray(right(*arguments))
            out = store.setdefault(answer.shape, np.empty(answer.shape))
            out[...] = answer
            return out

        return code

    return Fresh(make)


def workspace(right: Callable[..., Any], size: int = 4096) -> Fresh:
    """The head of one long array, whatever the shape."""

    def make():
        space = np.empty(size)

        def code(*arguments):
            answer = np.asarray(right(*arguments))
            out = space[: answer.size].reshape(answer.shape)
            out[...] = answer
            return out

        return code

    return Fresh(make)


def table(n: int, k: int, size: float = 1.0, at: float = 0.0, seed: int = 0) -> np.ndarray:
    """n rows of k normal numbers of one size about one value."""
    return at + size * np.random.default_rng([seed, n, k]).normal(size=(n, k))


def row(n: int, size: float = 1.0, at: float = 0.0, seed: int = 0) -> np.ndarray:
    return table(1, n, size, at, seed)[0]


def shares(n: int, k: int, seed: int = 0) -> np.ndarray:
    """n distributions over k."""
    return np.random.default_rng([seed, n, k]).dirichlet(np.ones(k), n)


def one(k: int, seed: int = 0) -> np.ndarray:
    return shares(1, k, seed)[0]
