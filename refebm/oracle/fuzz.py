"""Fuzzing: fresh inputs after the vectors, and of what fails the smallest input that still does.

The truth is refebm's own, with its conditioning; where mpmath is installed a failure is held against many digits, by two routes,
before it is said.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from ..numerics.checks import Array
from .contract import CONTRACT
from .fresh import Problem, drawn, problem
from .judge import AnswerError, K, Verdict, _verdict, decode, fits
from .kept import line
from .precision import UNIT, nested
from .row import Arguments
from .shrink import smallest

CALLS, RESTARTS = 400, 40  # to find the smallest input: that is wrong, or at which the implementation fails or ends
RANK = {"PASS": 0, "INACCURATE": 1, "WRONG": 2, "ERROR": 3}
Call = Callable[[str, dict[str, Any]], tuple[Array, str]]


class Fuzz:
    """The fresh inputs of one function, and what they add to its verdict."""

    def __init__(self, found: Verdict, call: Call, declared: str, said: str) -> None:
        self._found, self._call, self._declared, self._said = found, call, declared, said
        self._name, self._row = found.function, CONTRACT[found.function]
        mild = found.verdict in ("INACCURATE", "CONVENTION") or (found.verdict == "MISBEHAVES" and found.worst > K)
        self._base = RANK["INACCURATE" if mild else "PASS"]

    def run(self, inputs: Iterator[tuple[str, Arguments]]) -> None:
        """Ask them all, until one is wrong; of that, or else of the first that is inaccurate, look for the smallest like it."""
        mild: tuple[Verdict, str, Arguments] | None = None
        for id, arguments in inputs:
            new = self.judged(id, arguments)
            if new is None:
                continue
            if RANK[new.verdict] >= RANK["WRONG"]:
                if self._reported(new, id, arguments):
                    return
            elif RANK[new.verdict] > self._base:
                mild = mild or (new, id, arguments)
                continue
            self._found.fresh += 1
        if mild is not None:
            self._reported(*mild)

    def judged(self, id: str, arguments: Arguments) -> Verdict | None:
        """The verdict on one input; None if it is no problem of this precision."""
        vector = self.vector(id, arguments, self._said)
        if vector is None or not fits(self._name, vector, self._said):
            return None
        try:
            answer, kind = self._call(self._name, self._row.given(arguments))
        except AnswerError as error:
            return Verdict(self._name, "ERROR", np.inf, 0, "", str(error), [id], 0)
        kind = kind if self._said == "float64" else self._said
        if kind != self._said:
            vector = self.vector(id, arguments, kind) or vector
        new = _verdict(self._name, (vector,), [(answer, kind)], self._declared)
        truth = vector["conventions"][self._declared] if self._declared else vector["float64"]
        new.message = said(answer, truth, vector["scale"]) if new.failed else ""
        if new.verdict == "PASS" and UNIT[kind] > max(UNIT[self._said], UNIT[self._found.dtype]):
            new.verdict, new.message = "INACCURATE", f"{kind} where {self._said} was asked"
        if new.verdict == "CONVENTION":
            new.verdict = "PASS" if self._found.match == new.match else "WRONG"
        return new

    def vector(self, id: str, arguments: Arguments, dtype: str) -> dict[str, Any] | None:
        try:
            p: Problem = problem(self._name, id, arguments, dtype)
        except (ValueError, np.linalg.LinAlgError):
            return None  # out of the domain
        limited = self._row.limits and not np.isnan(p.truth).any()
        if not ((np.isfinite(p.truth).all() or limited) and np.isfinite(p.terms).all()):
            return None
        return self._as_vector(id, arguments, p.truth, p.scale)

    def _as_vector(self, id: str, arguments: Arguments, truth: Array, size: Array) -> dict[str, Any]:
        conventions = {n: np.asarray(c.change(truth, arguments)) for n, c in self._row.conventions.items()}
        given = {name: np.asarray(v) for name, v in arguments.items()}
        sizes = {"scale": size, "terms": self._row.terms(arguments, size)}
        own = {"id": id, "arguments": given, "float64": truth, **sizes}
        return {**own, "conventions": conventions, "bugs": {}, "loses": []}

    def confirmed(self, arguments: Arguments, new: Verdict) -> bool:
        """Whether it fails by the truth of many digits too; where mpmath is missing, or can't say, the reference has said it."""
        if new.verdict == "ERROR":
            return True
        try:
            from .certify import answers, scale

            true = answers(self._name, arguments)
            truth, size = decode(nested(true)), np.asarray(scale(self._name, arguments, true), float)
        except (ImportError, ArithmeticError, ValueError):
            return True
        by_differences = self.vector("", arguments, new.dtype)
        size = size if by_differences is None else np.maximum(size, by_differences["scale"])
        vector = self._as_vector("", arguments, truth, size)
        try:
            answer, _ = self._call(self._name, self._row.given(arguments))
        except AnswerError:
            return True
        again = _verdict(self._name, (vector,), [(answer, new.dtype)], self._declared)
        return again.verdict == "CONVENTION" or RANK[again.verdict] > self._base or new.message.endswith("was asked")

    def _reported(self, worst: Verdict, id: str, arguments: Arguments) -> bool:
        """Whether the smallest input that fails like this one is confirmed; it is then in the verdict."""

        def fails(other: Arguments) -> bool:
            new = self.judged(id, other)
            return new is not None and RANK[new.verdict] >= RANK[worst.verdict]

        small = smallest(self._name, arguments, fails, RESTARTS if worst.verdict == "ERROR" else CALLS)
        new, found = self.judged(id, small) or worst, self._found
        if not self.confirmed(small, new):
            return False
        vector = self.vector(id, small, worst.dtype)
        found.smallest = {} if vector is None else line(vector, new.message or "found by fuzzing")
        if new.verdict == "ERROR" or found.verdict not in ("WRONG", "ERROR"):
            found.verdict, found.message, found.match = new.verdict, new.message, ""
            found.worst, found.digits = max(found.worst, new.worst), min(found.digits, new.digits)
        found.failed = [*found.failed, id]
        return True


def said(answer: Array, truth: Array, scale: Array) -> str:
    """What the answer is where it is farthest off, and what is right."""
    if answer.shape != truth.shape:
        return f"shape {answer.shape} where {truth.shape} was expected"
    with np.errstate(all="ignore"):
        off = np.nan_to_num(np.abs(answer - truth) / np.maximum(scale, 1e-300), nan=np.inf)
    i = np.unravel_index(int(off.argmax()), off.shape)
    return f"{answer[i]:.6g} where {truth[i]:.6g} is right"


def fuzz(adapter: Any, verdicts: list[Verdict], dtype: str, n: int, seed: int, kept: Sequence[dict[str, Any]]) -> None:
    """Ask kept vectors, then n fresh inputs of each function that has been judged, and add to the verdicts."""
    for found in verdicts:
        if found.verdict != "ERROR":
            name, unit = found.function, dtype or adapter.dtype
            Fuzz(found, adapter.call, adapter.conventions.get(name, ""), unit).run(inputs(name, n, seed, kept))


def inputs(function: str, n: int, seed: int, kept: Sequence[dict[str, Any]]) -> Iterator[tuple[str, Arguments]]:
    """(id, arguments)."""
    for vector in kept:
        if vector["id"].startswith(f"{function}/"):
            arguments = {name: np.asarray(v, float) for name, v in vector["arguments"].items()}
            yield vector["id"], {name: v if v.ndim else float(v) for name, v in arguments.items()}
    for i in range(n if CONTRACT[function].domain else 0):
        yield f"{function}/fresh-{seed}-{i}", drawn(function, i, seed)
