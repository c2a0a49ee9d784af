"""Behaviour: each vector is asked a second time, in another order, its rows exchanged, and the answers have to be the same.

The second round starts when all functions have been asked, with the last vector of the last one. No sizes change. What is
found has a name, and stands in the verdict beside what the numbers are worth.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

import numpy as np

from ..numerics.checks import Array
from . import reference
from .contract import CONTRACT
from .judge import AnswerError, K, Verdict, alike, judge, within
from .precision import TINY, UNIT

BEHAVIOURS = {
    "mutates": (
        "It changes an array that it is given, which the caller still needs.",
        "Make new arrays: E = E - m, not E -= m; np.sort(E), not E.sort(); no argument as out=.",
    ),
    "remembers": (
        "The same question gets another answer later: what it says depends on earlier calls, or on chance.",
        "Keep nothing from call to call; a cache must look at the contents of all arguments, not at id, shape or a sum.",
    ),
    "aliases": (
        "An answer lies in memory that other calls use too, so that a held answer changes.",
        "Return an array of its own from each call: out.copy(), and no out= that is kept.",
    ),
    "order": (
        "Rows in another order get other answers.",
        "Treat each row by itself: nothing carried from row to row, no row special, nothing sorted and left so.",
    ),
    "seeds": (
        "It seeds a global random state, or draws from it, which changes the caller's random numbers.",
        "Leave chance out, or draw from a numpy.random.Generator that is the function's own.",
    ),
}
Answer = tuple[Array, str]


class Adapter(Protocol):
    conventions: dict[str, str]
    dtype: str

    def call(self, function: str, arguments: dict[str, Any]) -> Answer: ...
    def noticed(self) -> dict[str, dict[str, str]]: ...


def judge_twice(adapter: Adapter, names: list[str], verdicts: list[Verdict], dtype: str = "") -> None:
    """Judge functions, adding to the verdicts; then ask them all again, and add to each verdict what that shows.

    In the adapter's precision, unless another is said.
    """
    given: dict[str, list[Answer]] = {name: [] for name in names}
    said = dtype or adapter.dtype

    def call(function: str, arguments: dict[str, Any]) -> Answer:
        answer, came = adapter.call(function, arguments)
        given[function].append((answer, came if said == "float64" else said))
        return given[function][-1]

    for name in names:
        verdicts.append(judge(name, call, adapter.conventions.get(name, ""), said))
    for found in reversed(verdicts):
        if found.verdict != "ERROR":
            seen = Round(found, given[found.function], adapter.call, said).run()
            # a known mistake is reason enough for it, and of answers of a wrong shape nobody knows which row is whose
            if "order" not in seen or not (found.match or misshapen(found.function, given[found.function], said)):
                found.behaviour |= seen
    note(adapter, verdicts)


def note(adapter: Adapter, verdicts: list[Verdict]) -> None:
    """Add to the verdicts what was noticed beside the answers."""
    noticed = adapter.noticed()
    for found in verdicts:
        found.behaviour |= noticed.get(found.function, {})
        if found.behaviour and found.verdict in ("PASS", "INACCURATE"):
            found.verdict = "MISBEHAVES"


def misshapen(function: str, given: list[Answer], said: str) -> bool:
    """Whether an answer has another shape than the truth."""
    return any(a.shape != v["float64"].shape for (a, _), v in zip(given, within(function, said), strict=True))


def _tells(answer: Array) -> bool:
    """Whether an answer is like no other: not whole numbers, nor the same throughout."""
    some = answer[np.isfinite(answer)]
    return bool((some % 1 != 0).any()) and (some.size == 1 or np.ptp(some) > 0)


class Round:
    """The second round of one function."""

    def __init__(
        self, found: Verdict, given: list[Answer], call: Callable[[str, dict[str, Any]], Answer], said: str
    ) -> None:
        self._found, self._given, self._call = found, given, call
        self._row, self._vectors = CONTRACT[found.function], within(found.function, said)

    def run(self) -> dict[str, str]:
        """Behaviour to where it was seen: the first that is found, or none."""
        if kept := self._kept():
            return {"remembers": kept}
        for i in reversed(range(len(self._vectors))):
            if name := self._exchanged(i, self._places(i)):
                return {name: f"seen at {self._vectors[i]['id']}"}
        return {} if self._found.verdict == "WRONG" else self._each_argument()

    def _exchanged(self, i: int, places: Array) -> str:
        """A vector asked with its rows from these places, and what that shows."""
        answer, own = self._ask(i, places), np.arange(len(places))
        if answer is None or (places == own).all():
            return "" if self._same(i, own, answer) else "remembers"
        if self._same(i, places, answer):
            return ""
        again = [self._same(i, own, self._ask(i, own)) for _ in range(2)]
        if not all(again + [self._same(i, places, self._ask(i, places), answer) for _ in range(2)]):
            return "remembers"
        if self._found.verdict != "PASS" and self._same(i, places, answer, unit=UNIT["float32"]):
            return ""  # computed in float32, say, and rounded otherwise
        return "remembers" if np.array_equal(answer, self._given[i][0]) and self._has_it_from_before(i) else "order"

    def _has_it_from_before(self, i: int) -> bool:
        """Whether one answer to two orders was kept: who is right can have no other reason, others give it to other rows too."""
        if self._found.verdict != "WRONG":
            return True
        places = np.zeros_like(self._places(i))
        true = self._true(self._row.take(places, self._vectors[i]["arguments"]))
        before, dtype = self._given[i]
        other = not alike(true, self._vectors[i]["float64"], self._vectors[i]["scale"], dtype)
        answer = self._ask(i, places)
        return other and answer is not None and np.array_equal(answer, before)

    def _each_argument(self) -> dict[str, str]:
        """One argument after another changes, and no size: the answer of the call before is wrong if the true ones differ.

        Arrays are reversed, so that sums of 1 stay; whole numbers stay whole.
        """
        i = next((i for i, v in enumerate(self._vectors) if self._row.count(v["arguments"]) > 1), 0)
        vector, dtype, arguments = self._vectors[i], self._given[i][1], dict(self._vectors[i]["arguments"])
        before, true = self._answer(arguments), self._true(arguments)
        if before is None or not self._same(i, np.arange(self._row.count(arguments)), before):
            return {"remembers": f"seen at {vector['id']}"}
        for name, value in vector["arguments"].items():
            arguments[name] = np.flip(value) if value.ndim else _another(value)
            answer, other = self._answer(arguments), self._true(arguments)
            if answer is None:
                return {}  # no vector says that it must be one
            if np.array_equal(answer, before) and not alike(other, true, vector["scale"], dtype):
                return {"remembers": f"another {name} got the answer to the one before"}
            before, true = answer, other
        return {}

    def _kept(self) -> str:
        """A wrong answer of the first round that is another's right one, bit for bit: it was kept."""
        pairs = list(zip(self._vectors, self._given, strict=True))
        kept = {}
        for vector, (answer, _) in pairs:
            if vector["id"] not in self._found.failed:
                kept[answer.tobytes()] = vector["id"], _tells(answer)
        for vector, (answer, _) in pairs:
            other, telling = kept.get(answer.tobytes(), ("", False))
            if vector["id"] in self._found.failed and telling:
                return f"{vector['id']} got the answer to {other}"
        return ""

    def _places(self, i: int) -> Array:
        """Another order of the rows: reversed, or each one further, by turns; their own order if the answer's shape is wrong."""
        vector = self._vectors[i]
        own = np.arange(self._row.count(vector["arguments"]))
        if self._given[i][0].shape != vector["float64"].shape:
            return own
        return own[::-1] if i % 2 else np.roll(own, 1)

    def _ask(self, i: int, places: Array) -> Array | None:
        return self._answer(self._row.take(places, self._vectors[i]["arguments"]))

    def _answer(self, arguments: dict[str, Array]) -> Array | None:
        """The answer; None where there is none, though there was one before."""
        try:
            return self._call(self._found.function, self._row.given(arguments))[0]
        except AnswerError:
            return None

    def _true(self, arguments: dict[str, Array]) -> Array:
        return np.asarray(getattr(reference, self._found.function)(*arguments.values()))

    def _same(self, i: int, places: Array, answer: Any, other: Any = None, unit: float = 0) -> bool:
        """Whether an answer is the one expected of rows from these places, or another one, but for rounding what is added up."""
        vector, (before, dtype) = self._vectors[i], self._given[i]
        whole = before.shape == vector["float64"].shape
        expected = other if other is not None else self._row.taken(places, before) if whole else before
        if answer is None or answer.shape != expected.shape:
            return False
        right = self._found.verdict == "PASS"  # others add up numbers of their answer's size at least
        most = 0 if right else np.abs(before[np.isfinite(before)]).max(initial=0)
        room = 2 * K * max(unit, UNIT[dtype]) * np.maximum(vector["terms"], most)
        room = self._row.taken(places, room) if whole else room.max(initial=0)
        with np.errstate(all="ignore"):
            near = np.abs(answer - expected) <= room + TINY[dtype]
        return bool((near | (answer == expected) | (np.isnan(answer) & np.isnan(expected))).all())


def _another(value: Array) -> Any:
    """Another number: whole ones stay whole, and none stays as it is."""
    return 1.5 if np.isinf(value) else value * 0.75 if value % 1 else value + 1
