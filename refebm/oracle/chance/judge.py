"""The laws of chance: functions that draw are judged by the exact law of what they draw, and wrong ones named by likelihood.

Under the law the uniforms U of all rows are independent, and so are differences and sums, modulo 1, of neighbours: rows,
coordinates, answers to neighbouring seeds. Of each such sequence of n the empirical CDF is held against the line. By Massart
(1990), for every n and D, ``P(sup |F_n(x) - x| > D) <= 2 exp(-2 n D^2)``: a bound on the p-value, however small it is. As in
Gandy and Scott (2020) the test goes on where it is not sure, with more calls. A look refuses at p <= `EPSILON` only, so that the
chance that anything right is refused anywhere is at most EPSILON times the number of looks (the union bound).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import cache

import numpy as np

from ...numerics.checks import Array
from ..contract import DRAWS, SAMPLERS
from ..judge import AnswerError, Verdict
from ..precision import UNIT, coarsest
from ..row import Arguments
from .draws import Law
from .uniformity import least, sequences

EPSILON = 1e-13  # p at which one look at one sequence refuses
DOUBT = 1e-2  # p, times the number of sequences, at which the test goes on
CALLS = (2, 8, 32)  # of a question, seed after seed, up to each look
Call = Callable[[str, Arguments], tuple[Array, str]]
MARGIN = 20.0  # nats, by which a named law has to be more likely than every other


# --- one function


@cache
def _fixed(function: str, place: int) -> tuple[Arguments, Law]:
    return _drawn(function, place, np.random.default_rng(0))


def _drawn(function: str, place: int, rng: np.random.Generator) -> tuple[Arguments, Law]:
    question = DRAWS[function].questions[place]
    arguments = question.arguments(rng)
    law = DRAWS[function].law(question.why, arguments)
    assert law is not None
    return arguments, law


def asked(function: str, place: int, rng: np.random.Generator) -> tuple[Arguments, Law]:
    """A question's arguments, and the law of the answer to them."""
    starts = DRAWS[function].questions[place].starts
    return _fixed(function, place) if starts else _drawn(function, place, rng)


@dataclass
class Drawn(Verdict):
    """A verdict on a function that draws: with the least p-value, what it is of, how many rows were drawn, and the bound."""

    p: float = 1.0
    seen: str = ""
    draws: int = 0
    false_alarm: float = 0.0


@dataclass
class Asked:
    """A question, and the answers so far: arguments, rows, the law and the uniforms of each call."""

    function: str
    place: int
    call: Call
    seed: int
    rng: np.random.Generator
    given: list[tuple[Arguments, Array, Law]] = field(default_factory=list)
    uniforms: list[Array] = field(default_factory=list)
    dtype: str = "float64"
    p: float = 1.0
    seen: str = ""

    @property
    def why(self) -> str:
        return DRAWS[self.function].questions[self.place].why

    @property
    def starts(self) -> Array | None:
        return DRAWS[self.function].questions[self.place].which

    @property
    def refused(self) -> bool:
        return self.p <= EPSILON

    def more(self, calls: int) -> None:
        while len(self.given) < calls:
            arguments, law = asked(self.function, self.place, self.rng)
            y = self.rows(arguments, self.seed + len(self.given))
            self.given.append((arguments, y, law))
            with np.errstate(all="ignore"):  # who diverges is refused
                self.uniforms.append(law.uniforms(y, self.rng))

    def rows(self, arguments: Arguments, seed: int) -> Array:
        copies = {name: v.copy() if isinstance(v, np.ndarray) else v for name, v in arguments.items()}
        y, dtype = self.call(self.function, {**copies, "seed": seed})
        self.dtype = coarsest([self.dtype, dtype])
        expected = next(iter(arguments.values())).shape
        if y.shape != expected:
            raise Misshapen(f"shape {y.shape} where {expected} was expected")
        return y

    def run(self) -> None:
        """Look, and look again with more calls for as long as there is doubt."""
        for calls in CALLS:
            self.more(calls)
            self.p, self.seen, count = least(self.uniforms, self.starts, self.error())
            if self.p * count > DOUBT or self.refused:
                return

    def error(self) -> float:
        return self.given[0][2].error + (32 * UNIT[self.dtype] if self.dtype != "float64" else 0)

    def fits(self, law: Callable[[str, Arguments], Law | None]) -> float | None:
        """How much more likely the answers are by another law, in nats; -inf if they are not of it, None if it is not known."""
        first = law(self.why, self.given[0][0])
        if first is None:
            return None
        pairs = []
        for arguments, y, true in self.given:
            other = first if self.starts is not None else law(self.why, arguments)
            assert other is not None
            pairs.append((y, other, true))
        with np.errstate(all="ignore"):
            uniforms = [other.uniforms(y, self.rng) for y, other, _ in pairs]
            p, _, count = least(uniforms, self.starts, pairs[0][1].error + self.error())
            if p * count <= DOUBT**2:
                return -np.inf
            gain = sum(
                (other.log_density(y).clip(-1e6) - true.log_density(y).clip(-1e6)).sum() for y, other, true in pairs
            )
        return float(gain)


class Misshapen(Exception):
    """An answer of a wrong shape."""


def judge_draws(function: str, call: Call, seed: int = 0) -> Drawn:
    """Hold what a function draws, with seeds from this one on, against its law."""
    found = Drawn(function, "PASS", digits=0.0, false_alarm=false_alarm([function]))
    questions = [
        Asked(function, i, call, seed + 1000 * i, np.random.default_rng([*b"the judge's own", seed, i]))
        for i in range(len(DRAWS[function].questions))
    ]
    try:
        for question in questions:
            question.run()
        first = questions[0]
        again = first.rows(first.given[0][0], first.seed)
    except AnswerError as error:
        found.verdict, found.message = "ERROR", str(error)
        return found
    except Misshapen as error:
        found.verdict, found.message, found.p = "WRONG", str(error), 0.0
        return found
    if not np.array_equal(again, first.given[0][1], equal_nan=True):
        found.behaviour["remembers"] = f"seed {first.seed} gave other rows the second time"
    worst = min(questions, key=lambda q: q.p)
    found.p, found.seen = worst.p, f"{worst.seen}, at {worst.why}"
    found.dtype = coarsest(q.dtype for q in questions)
    found.draws = sum(len(y) for q in questions for _, y, _ in q.given)
    found.failed = [f"{function}/{q.why}" for q in questions if q.refused]
    if found.failed:
        found.verdict, found.match = "WRONG", named(function, questions)
        bad = not all(np.isfinite(y).all() for q in questions for _, y, _ in q.given)
        found.message = "NaN or infinite" if bad else found.seen
    return found


# --- names


def seen_in(question: Asked) -> str:
    """What is seen without a law: the answers to two seeds are the same, or are each other's moved by a row; rows are the same."""
    (_, y, _), (_, other, _) = question.given[:2]
    if np.array_equal(y, other):
        return "seed-ignored"
    assert question.starts is not None
    starts = (y[question.starts == start] for start in np.unique(question.starts))
    if all(len(np.unique(rows, axis=0)) <= 2 for rows in starts):
        return "same-rows"
    return "seed-plus-row" if np.mean((y[1:] == other[:-1]).all(axis=1)) > 0.99 else ""


def named(function: str, questions: list[Asked]) -> str:
    """The one mistake whose law fits all answers, and is by a margin more likely than the true one and all others; or what is seen.

    A law that is not known at a question says nothing there: two are compared where both are known.
    """
    gains = {f"{function}/{bug.name}": _gains(bug.law, questions) for bug in DRAWS[function].bugs if bug.law}
    fitting = {id: g for id, g in gains.items() if g and min(g.values()) > -np.inf and sum(g.values()) >= MARGIN}

    def ahead(id: str, other: str) -> bool:
        both = gains[id].keys() & fitting[other].keys()
        return sum(gains[id][q] - fitting[other][q] for q in both) >= MARGIN

    best = [id for id in fitting if all(ahead(id, other) for other in fitting if other != id)]
    if best or fitting:
        return best[0] if len(best) == 1 else ""
    fixed = next(q for q in questions if q.starts is not None)
    name = f"{function}/{seen_in(fixed)}"
    return name if fixed.refused and name in SAMPLERS else ""


def _gains(law: Callable[[str, Arguments], Law | None], questions: list[Asked]) -> dict[int, float]:
    """By question, up to the first that the law does not fit."""
    found: dict[int, float] = {}
    for question in questions:
        gain = question.fits(law)
        if gain is not None:
            found[question.place] = gain
        if gain == -np.inf:
            break
    return found


# --- the bound


@cache
def looks(function: str) -> int:
    """How often p is compared with `EPSILON` at most, for one function: sequences, questions, looks."""
    total = 0
    for i, question in enumerate(DRAWS[function].questions):
        arguments, law = asked(function, i, np.random.default_rng(0))
        shape = law.uniforms(next(iter(arguments.values())), np.random.default_rng(0)).shape
        total += 2 * len(CALLS) * sum(1 for _ in sequences([np.zeros(shape)] * 2, question.which))
    return total


def false_alarm(functions: Iterable[str]) -> float:
    """A bound on the chance that a run refuses any of these, were they all right (the union bound)."""
    return EPSILON * sum(looks(name) for name in functions)
