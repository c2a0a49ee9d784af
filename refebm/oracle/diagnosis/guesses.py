"""Guesses: what changes of a formula, one or two of them, make the answer that was given to one question."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np

from ...numerics.checks import Array
from ..precision import UNIT
from ..row import Arguments, Function
from .changes import Change, changes, exchanged, whole
from .finishes import Finish, finishes, shapers
from .formula import Formula, Values, Way, sizes
from .samples import NEAR, Sample, near, near_each

TELLING = 3  # different wrong answers at least: zeros and ones alone have too many explanations
PAIRS = 40_000  # of changes that are tried; a number, not a time, so that the same is said on every machine


class Guess(NamedTuple):
    """An explanation: other arguments, two nodes exchanged, changes of nodes one after another; what is done to the result."""

    what: str
    cost: float
    changes: tuple[Change, ...]
    finish: Finish | None = None
    swap: tuple[int, int] | None = None
    given: Callable[[Arguments], Arguments] | None = None

    def said(self) -> str:
        done = self.finish.what.format("the right one") if self.finish else "the right one"
        return f"{done}{',' if self.finish else ''} with {self.what}" if self.what else done


MISFIT = (ValueError, TypeError, IndexError, ArithmeticError, np.linalg.LinAlgError, AttributeError)  # of shapes


class Case:
    """A sample taken apart by a formula."""

    def __init__(self, row: Function, formula: Formula, sample: Sample, rounding: Way = lambda v: v) -> None:
        self.sample, self.formula, self._row, self._rounding = sample, formula, row, rounding
        self.given = sample.arguments | sizes(row.arguments, sample.arguments)
        with np.errstate(all="ignore"):
            self.values: Values = formula.values(self.given, rounding)
        self.usable = near(sample._replace(answer=sample.truth), np.asarray(self.values[-1], float))
        same = sample.answer.shape == sample.truth.shape
        self.off: Array = ~near_each(sample, sample.truth) if same else np.ones(sample.answer.shape, bool)
        self.off &= np.isfinite(sample.answer)

    def after(self, change: Change, values: Values | None = None) -> Values | None:
        """All values with a change in them; None where it does not apply."""
        values = self.values if values is None else values
        try:
            value = change.compute(values, self.given)
            return None if value is None else self.formula.changed(values, change.at, value, self._rounding)
        except MISFIT:
            return None

    def result(self, guess: Guess) -> Any:
        """What a guess says that the answer is; None where it says nothing."""
        values: Values | None = self.values
        given = self.given
        try:
            if guess.given:
                arguments = guess.given(self.sample.arguments)
                given = arguments | sizes(self._row.arguments, arguments)
                values = self.formula.values(given, self._rounding)
            if guess.swap:
                a, b = guess.swap
                first, second = self.values[a], self.values[b]
                values = self.formula.changed(self.formula.changed(self.values, a, second), b, first)
            for change in guess.changes:
                values = self.after(change, values)
                if values is None:
                    return None
            assert values is not None
            result = guess.finish.way(values[-1], given) if guess.finish else values[-1]
            return np.asarray(result, float)
        except MISFIT:
            return None

    def fits(self, guess: Guess, partly: bool = False) -> bool | None:
        """Whether the answer is what a guess says; `partly`, where it is not the truth. None where the guess says nothing."""
        result = self.result(guess)
        if result is None:
            return False
        known = np.isfinite(self.sample.truth) if result.shape == self.sample.truth.shape else True
        if np.isnan(result).any() or not (np.isfinite(result) | ~np.asarray(known)).all():
            return None
        if near(self.sample, result, self.off if partly else np.isfinite(self.sample.answer)):
            return True
        return False if result.shape != self.sample.answer.shape or self._sharp(guess, result) else None

    def _sharp(self, guess: Guess, result: Array) -> bool:
        """Whether what a guess says differs from the answer by more than roundings on the way to it would move it."""
        rng, room, size = np.random.default_rng(0), np.zeros(result.shape), UNIT[self.sample.dtype]

        def rounding(v: Any) -> Any:
            return (
                v
                if isinstance(v, list) or (np.ndim(v) == 0 and v % 1 == 0)
                else v * (1 + 2 * size * rng.choice([-1, 1], np.shape(v)))
            )

        for _ in range(3):
            other = Case(self._row, self.formula, self.sample, rounding).result(guess)
            if other is None or other.shape != result.shape:
                return True
            room = np.maximum(room, np.abs(other - result))
        return bool((np.abs(result - self.sample.answer) > 100 * room).any())


def _probe(cases: list[Case]) -> Case:
    """The case that tells most: its sizes differ, there are several rows, and not too many numbers."""

    def worth(case: Case) -> tuple[float, ...]:
        lengths = [v for k, v in case.given.items() if k not in case.sample.arguments]
        several = min(lengths, default=1) > 1
        return (
            several,
            len({round(float(v), 9) for v in case.sample.answer[case.off].flat}) > 1,
            len(set(lengths)) == len(lengths),
            -sum(np.size(v) for v in case.values),
        )

    return max(cases, key=worth)


class Ends:
    """What can be done to results so that they are a probe's answer."""

    def __init__(self, probe: Case, names: Sequence[str]) -> None:
        self._probe, answer = probe, probe.sample.answer
        self._shaped = answer.shape == probe.sample.truth.shape
        self._at = np.unravel_index(np.argmax(np.where(probe.off, np.abs(answer), -1)), answer.shape)
        self._ends = list(finishes(names) if self._shaped else shapers())
        # the result that each would have made the answer of, at the one element
        self._wanted = np.array(
            [f.back(answer[self._at], probe.given) if f.back else np.nan for f in self._ends], float
        )

    def likely(self, result: Any) -> bool:
        """Whether a result may be the answer as it is."""
        if not self._shaped:
            return np.shape(result) == self._probe.sample.answer.shape
        answer, result = self._probe.sample.answer, np.asarray(result)
        wanted = answer[self._at]
        return result.shape == answer.shape and bool(abs(result[self._at] - wanted) <= NEAR * abs(wanted))

    def of(self, guess: Guess) -> Iterator[Guess]:
        """A guess, with what has to be done to its result: each that explains the probe where its answer is wrong."""
        result = self._probe.result(guess)
        if result is None:
            return
        if self._shaped:
            if result.shape != self._probe.sample.answer.shape:
                return
            value = result[self._at]
            places = np.flatnonzero(np.abs(self._wanted - value) <= 2 * NEAR * np.abs(self._wanted))
        else:
            places = np.arange(len(self._ends) if guess.cost <= 1.5 else 1)
        for i in places:
            finish = self._ends[i]
            made = guess._replace(cost=guess.cost + finish.cost, finish=finish if finish.cost else None)
            end = self._probe.result(made) if made.finish else result
            if end is not None and near(self._probe.sample, end, self._probe.off):
                yield made


class Search:
    """The search for explanations of wrong answers by one formula."""

    def __init__(self, row: Function, formula: Formula, samples: Sequence[Sample]) -> None:
        self._row, self._formula = row, formula
        self.cases = [c for c in (Case(row, formula, s) for s in samples) if c.usable]
        self.wrong = [c for c in self.cases if c.off.any()]
        given = self.cases[0].given if self.cases else {}
        self.names = tuple(name for name, value in given.items() if np.ndim(value) == 0)

    def guesses(self, double: bool = True) -> Iterator[Guess]:
        """Those that explain the probe, the least far-fetched first; of two changes too, unless not wanted."""
        probe = _probe(self.wrong)
        yield from sorted(self._single(probe), key=lambda g: g.cost)
        yield from self._double(probe) if double else ()

    def _single(self, probe: Case) -> Iterator[Guess]:
        ends = Ends(probe, self.names)
        yield from ends.of(Guess("", 0, ()))
        for a, b, what in exchanged(self._formula):
            yield from ends.of(Guess(what, 1, (), None, (a, b)))
        for what, given in whole(self._row.arguments):
            yield from ends.of(Guess(what, 1.5, (), None, None, given))
        for change in changes(self._formula, self.names):
            yield from ends.of(Guess(change.what, change.cost, (change,)))

    def _double(self, probe: Case) -> Iterator[Guess]:
        """Two changes, the likeliest first; the one further in comes first."""
        some = changes(self._formula, self.names)
        costs, ends, left = [c.cost for c in some], Ends(probe, ()), PAIRS
        for low, high in pairwise((0.0, 2.0, 2.5, 3.0)):
            for first in some:
                before = probe.after(first) if first.cost + costs[0] <= high else None
                span = slice(bisect_right(costs, low - first.cost), bisect_right(costs, high - first.cost))
                for second in some[span] if before else ():
                    if second.at > first.at:
                        left -= 1
                        value = probe.after(second, before)
                        if value and ends.likely(value[-1]):
                            what = f"{first.what}, and {second.what}"
                            yield from ends.of(Guess(what, first.cost + second.cost, (first, second)))
                    if not left:
                        return

    def holds(self, guess: Guess, cases: list[Case], partly: bool = False, telling: int = TELLING) -> bool:
        """Whether a guess predicts all answers of cases, two wrong ones at least, and so many different ones."""
        seen, numbers = 0, set[float]()
        for case in cases:
            told = case.fits(guess, partly)
            if told is False:
                return False
            if told and case.off.any():
                seen += 1
                numbers.update(case.sample.answer[case.off].tolist())
        return seen >= min(2, len(self.wrong)) and len(numbers) >= telling
