"""Diagnosis: what is wrong with answers, of a mistake that nobody has seen.

A wrong answer is explained as the right formula with one or two of its operations changed, or by the place where errors start.
Nothing is said that was not held against fresh inputs, of other sizes: what is said predicts every answer that was seen.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

import numpy as np

from ...numerics.checks import Array
from .. import fresh, reference
from ..contract import CONTRACT, SUBJECTS
from ..judge import AnswerError, Verdict, within
from ..row import Arguments
from .formula import Formula, taken_apart
from .guesses import Case, Search
from .onset import Ask, Finder, clips, off
from .samples import Sample, near

SOME = 0.1  # of the answers has to be right, for the others to start somewhere
Call = Callable[[str, dict[str, Any]], tuple[Array, str]]


def as_written(function: str) -> tuple[str, ...]:
    """A function's formula, in one way or more; none where its row has none."""
    subject = next(rows for rows in SUBJECTS.values() if function in rows.ROWS)
    written = getattr(subject, "FORMULAS", {}).get(function, ())
    return (written,) if isinstance(written, str) else written


@cache
def formulas(function: str) -> tuple[Formula, ...]:
    """The same, taken apart."""
    subject = next(rows for rows in SUBJECTS.values() if function in rows.ROWS)
    return tuple(taken_apart(text, CONTRACT[function].arguments, vars(subject)) for text in as_written(function))


def diagnose(found: Verdict, call: Call) -> str:
    """Of a verdict whose mistake has no name: what can be said of the answers to the vectors, asking for more."""
    function = found.function

    def ask(arguments: Arguments) -> Sample | None:
        try:
            with np.errstate(all="ignore"):
                truth = np.asarray(getattr(reference, function)(*arguments.values()), float)
            answer, _ = call(function, CONTRACT[function].given(arguments))
        except (AnswerError, ValueError, np.linalg.LinAlgError):  # out of the domain
            return None
        return Sample(arguments, truth, np.abs(truth), answer, found.dtype)

    def scaled(sample: Sample) -> Sample:
        return sample._replace(scale=fresh.scale(function, sample.arguments, sample.truth))

    samples = []
    for vector in within(function, found.dtype):
        sample = ask({name: v if v.ndim else float(v) for name, v in vector["arguments"].items()})
        if sample is not None:
            samples.append(sample._replace(truth=vector["float64"], scale=vector["scale"]))
    return Diagnosis(function, samples, fresh.inputs(function), ask, scaled).said()


class Diagnosis:
    """The diagnosis of one function: the samples at hand, fresh inputs to ask, and how to ask them."""

    def __init__(
        self,
        function: str,
        samples: Sequence[Sample],
        fresh: Sequence[Arguments],
        ask: Ask,
        scaled: Callable[[Sample], Sample],
    ) -> None:
        self._row, self._samples, self._fresh, self._ask = CONTRACT[function], list(samples), list(fresh), ask
        self._scaled = scaled  # with the scale S, which costs more than the answer
        self._formulas = formulas(function)
        self._asked: list[Sample] | None = None

    def more(self) -> list[Sample]:
        """Answers to the fresh inputs."""
        if self._asked is None:
            self._asked = [s for s in map(self._ask, self._fresh) if s is not None]
        return self._asked

    def said(self) -> str:
        """What can be said; nothing where nothing holds."""
        with np.errstate(all="ignore"), warnings.catch_warnings():
            warnings.simplefilter("ignore")  # means of nothing, and the like
            for formula in self._formulas:
                if what := self._changed(formula) or self._starting(formula):
                    return what
        return ""

    def _changed(self, formula: Formula) -> str:
        search = Search(self._row, formula, self._samples)
        fresh: list[Case] = []
        for guess in search.guesses() if search.wrong else ():
            if search.holds(guess, search.cases):
                fresh = fresh or self._cases(formula)
                if search.holds(guess, fresh):
                    return guess.said()
        return ""

    def _cases(self, formula: Formula) -> list[Case]:
        return [c for c in (Case(self._row, formula, s) for s in self.more()) if c.usable]

    def _starting(self, formula: Formula) -> str:
        """Where errors start, and, where that is found, what the answer is there."""
        asked = self._samples + self.more()
        if sum(near(s, s.truth) for s in asked) < SOME * len(asked):
            return ""  # they start everywhere
        samples = self._samples + [self._scaled(s) for s in self.more()]
        search = Search(self._row, formula, samples)
        finder, *halves = (Finder(self._row, formula, some) for some in (samples, samples[::2], samples[1::2]))
        told = [{onset[:4] for onset in half.onsets()} for half in halves]
        for onset in (o for o in finder.onsets() if all(o[:4] in some for some in told)):
            closed = finder.closed_in(onset, self._scaled_ask)
            if closed is None:
                continue
            for guess in clips(formula, closed):
                if search.wrong and search.holds(guess, search.cases, telling=1):
                    return guess.said()
            what = self._beyond(search, samples)
            return f"{closed.said()}: there {what}" if what else closed.said()
        what = self._beyond(search, samples)
        return f"where it is wrong, {what}" if what else ""

    def _scaled_ask(self, arguments: Arguments) -> Sample | None:
        sample = self._ask(arguments)
        return None if sample is None else self._scaled(sample)

    def _beyond(self, search: Search, samples: Sequence[Sample]) -> str:
        """What all wrong answers are, the others being right."""
        some = [c for c in search.wrong if c.off.any()]
        wrong = [s for s in samples if off(s).any()]
        if wrong and all(not np.isfinite(s.answer).all() for s in wrong):
            return "the answer is NaN or infinite"
        for guess in search.guesses(double=False) if len(some) > 2 else ():
            if search.holds(guess, some, partly=True):
                return f"it is {guess.said()}"
        return ""
