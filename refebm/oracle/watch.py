"""What a function does beside its answer, seen from within its process: to its inputs, to earlier answers, to random states.

Arrays go in as a loop of learning passes them: the same objects with new contents, for every argument of a name and shape. Answers
are held to the end of the run, to be seen to stay what they were. An answer that is a view of an argument is let go: the
argument is the caller's, who knows when it changes, and NumPy's own functions give such views too. A buffer of the function's
own is not the caller's, so two answers in the same memory are an error even before one of them is overwritten.
"""

from __future__ import annotations

import contextlib
import pickle
from collections.abc import Iterator
from typing import Any

import numpy as np

from ..numerics.checks import Array
from .randomness import State, states


def view(value: Any) -> Any:
    """The numbers of an array or tensor, in its own memory where that can be; what has none as it is."""
    try:
        for name in ("detach", "cpu"):
            value = getattr(value, name)() if hasattr(value, name) else value
        return np.asarray(value)
    except Exception:
        return value


def bits(value: Any) -> Any:
    """All that can be compared of them: shape, type and bytes."""
    seen = view(value)
    return (seen.shape, seen.dtype.str, seen.tobytes()) if isinstance(seen, np.ndarray) else None


class Watch:
    """Watches the calls of an adapter; `noticed` says what was seen, function by function."""

    def __init__(self) -> None:
        self._seen: dict[str, dict[str, str]] = {}
        self._inputs: dict[tuple[str, tuple[int, ...]], Array] = {}
        self._held: list[tuple[str, Any, Any]] = []
        self._random: dict[str, tuple[State, Any, Any]] = {}
        self._function = ""

    def arguments(self, arguments: dict[str, Any]) -> dict[str, Any]:
        """The same numbers in the arrays that were used before."""
        given = dict(arguments)
        for name, value in arguments.items():
            if isinstance(value, np.ndarray):
                key = name, value.shape
                kept = self._inputs.get(key)
                if kept is None or kept.shape != value.shape or not kept.flags.writeable:
                    kept = self._inputs[key] = np.empty(value.shape)
                np.copyto(kept, value)
                given[name] = kept
        return given

    @contextlib.contextmanager
    def call(self, function: str, given: dict[str, Any]) -> Iterator[None]:
        """Compares what a call is given, and the random states from a function's first call to its last."""
        if function != self._function:
            self._settle()
            self._function = function
            for name, state in states():
                before = state[0]()
                state[2]()  # it may be where a seed would bring it
                self._random[name] = state, before, pickle.dumps(state[0]())
        before = {name: bits(value) for name, value in given.items()}
        yield
        changed = [name for name, value in given.items() if bits(value) != before[name]]
        if changed:
            self._note(function, "mutates", f"{', '.join(changed)} came back changed")

    def hold(self, function: str, answer: Any, given: dict[str, Any]) -> None:
        """Keep an answer, but for a view of an argument."""
        seen = view(answer)
        inputs = [v for v in map(view, given.values()) if isinstance(v, np.ndarray)]
        if isinstance(seen, np.ndarray) and not any(np.shares_memory(seen, v) for v in inputs):
            self._held.append((function, answer, bits(seen)))

    def noticed(self) -> dict[str, dict[str, str]]:
        """Function to behaviour to what was seen of it; the random states are as they were before the run."""
        self._settle()
        views = [view(answer) for _, answer, _ in self._held]  # all at once: memory that is freed would be used again
        memory: set[int] = set()
        for (function, _, before), seen in zip(self._held, views, strict=True):
            at = seen.__array_interface__["data"][0]
            if bits(seen) != before:
                self._note(function, "aliases", "an earlier answer changed")
            elif at in memory and seen.size and seen.flags.writeable:
                self._note(function, "aliases", "two answers have the same memory")
            memory.add(at)
        self._held = []
        return self._seen

    def _settle(self) -> None:
        for name, (state, before, moved) in self._random.items():
            if pickle.dumps(state[0]()) != moved:
                self._note(self._function, "seeds", f"{name} global random state changed")
            state[1](before)
        self._random, self._function = {}, ""

    def _note(self, function: str, behaviour: str, seen: str) -> None:
        self._seen.setdefault(function, {}).setdefault(behaviour, seen)
