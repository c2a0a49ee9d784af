"""Where errors start: a quantity of the formula that tells right answers from wrong ones, and the number at which it does.

Thresholds, clips and overflows have no formula of their own, but they have a place. Each node of the formula, and each size, is
tried as such a quantity: all answers are right on one side of a number and wrong on the other. The number is then closed in on, by
questions in between.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import NamedTuple

import numpy as np

from ...numerics.checks import Array
from ..precision import TINY, UNIT
from ..row import Arguments, Function
from .changes import Change, fill
from .formula import Formula, sizes
from .guesses import Case, Guess
from .samples import Sample

Ask = Callable[[Arguments], Sample | None]
SHARP = 0.5  # of what is beyond has to be wrong, and of what is right has to be on this side
HALVINGS = 36
TRIED = 4  # wrong answers, to close in from
AGREED = 0.05  # of the number, at most, lie those apart that are found so
STATISTICS: dict[str, Callable[..., Array]] = {
    "{}": np.max,
    "the least of {}": np.min,
    "np.abs({})": lambda v, **k: np.max(np.abs(v), **k),
    "the least of np.abs({})": lambda v, **k: np.min(np.abs(v), **k),
    "np.ptp({})": np.ptp,
    "{} less its first": lambda v, axis=None: np.max(v, axis=axis) - (v[..., 0] if axis else v.ravel()[0]),
}
OF_SEVERAL = ("np.ptp({})", "{} less its first")  # say nothing of a number alone


class Onset(NamedTuple):
    """What tells right from wrong: of which node, by which statistic, and on which side errors are: from low (right) to high."""

    text: str
    node: int
    statistic: str
    above: bool
    right: float
    wrong: float
    share: float = 1.0  # of what is beyond, that is wrong: the answer may be right there by chance

    def said(self) -> str:
        number = between(self.right, self.wrong)
        side = ("up to", "above") if self.above else ("down to", "below")
        if number is None:
            beyond = f"wrong {'from' if self.above else 'at'} {self.wrong:.3g}{' on' if self.above else ' and below'}"
            return f"right {side[0]} `{self.text}` = {self.right:.3g}, {beyond}"
        return f"right {side[0]} `{self.text}` = {number:g}, wrong {side[1]}"


def between(a: float, b: float) -> float | None:
    """The roundest number between two that are close, a included; None if they are not."""
    low, high = sorted((a, b))
    if low * high <= 0 or abs(high - low) > 0.02 * max(abs(low), abs(high)):
        return 0.0 if low <= 0 <= high and max(-low, high) < 1e-12 else None
    for digits in range(1, 17):
        for number in (float(f"{v:.{digits}g}") for v in (a, b, (a + b) / 2)):
            if low <= number <= high:
                return number
    return a


def off(sample: Sample) -> Array:
    """Which elements of an answer are wrong, by more than roundings of the input and of the way to them."""
    if sample.answer.shape != sample.truth.shape:
        return np.ones(sample.truth.shape, bool)
    room = 64 * UNIT[sample.dtype] * np.broadcast_to(sample.scale, sample.truth.shape) + TINY[sample.dtype]
    with np.errstate(all="ignore"):
        return np.asarray(~((np.abs(sample.answer - sample.truth) <= room) | (sample.answer == sample.truth)))


def told(value: Array, wrong: Array, statistic: str) -> Iterator[tuple[float, bool]]:
    """(quantity, whether the answer is wrong): of each element, of each row, or of the whole, as shapes have it."""
    take = STATISTICS[statistic]
    if wrong.ndim and value.shape == wrong.shape and statistic not in OF_SEVERAL:
        yield from zip(take(value[None], axis=0).ravel(), wrong.ravel(), strict=True)
    elif wrong.ndim and value.ndim and len(value) == len(wrong):
        flat = value.reshape(len(value), -1)
        yield from zip(take(flat, axis=1), np.array(wrong.reshape(len(wrong), -1).any(axis=1)), strict=True)
    elif value.size:
        yield float(take(value)), bool(wrong.any())


class Finder:
    """Looks for the onset among cases of one formula."""

    def __init__(self, row: Function, formula: Formula, samples: Sequence[Sample]) -> None:
        self._row, self._formula = row, formula
        self._cases = [c for c in (Case(row, formula, s) for s in samples) if c.usable]
        self._off = [off(c.sample) for c in self._cases]

    def onsets(self) -> list[Onset]:
        """All that tell right from wrong, the sharpest first; of these arguments and sizes first."""
        return sorted(self._onsets(), key=lambda o: -round(o.share, 2))

    def _onsets(self) -> Iterator[Onset]:
        nodes = self._formula.nodes
        order = sorted(range(len(nodes)), key=lambda i: (nodes[i].kind != "leaf", i))
        for statistic in STATISTICS:
            for i in order:
                if nodes[i].kind not in ("list", "constant"):
                    values = [np.asarray(c.values[i], float) for c in self._cases]
                    yield from self._separating(statistic.format(nodes[i].text), i, statistic, values)
        for letter in sizes(self._row.arguments, self._cases[0].sample.arguments) if self._cases else ():
            yield from self._separating(letter, -1, "{}", [np.asarray(float(c.given[letter])) for c in self._cases])

    def _pairs(self, statistic: str, values: list[Array]) -> list[tuple[float, bool]]:
        return [p for v, o in zip(values, self._off, strict=True) for p in told(v, o, statistic) if np.isfinite(p[0])]

    def _separating(self, text: str, node: int, statistic: str, values: list[Array]) -> Iterator[Onset]:
        pairs = self._pairs(statistic, values)
        for sign in (1, -1):
            start = min((sign * v for v, wrong in pairs if wrong), default=np.inf)
            below = [sign * v for v, _ in pairs if sign * v < start]
            beyond = [wrong for v, wrong in pairs if sign * v >= start]
            right = sum(not wrong for _, wrong in pairs)
            if sum(beyond) > 2 and len(below) > max(2, SHARP * right) and np.mean(beyond) >= SHARP:
                share = float(np.mean(beyond))
                yield Onset(text, node, statistic, sign > 0, float(sign * max(below)), float(sign * start), share)

    def closed_in(self, onset: Onset, ask: Ask) -> Onset | None:
        """The same with its numbers brought together, by asking for inputs in between: an argument of it is scaled.

        Where errors start has to be the same number from different inputs, or it is another quantity's; then None.
        """
        if onset.node < 0:
            return onset
        wrong, found = [case for case, off in zip(self._cases, self._off, strict=True) if off.any()], []
        for case in wrong[:TRIED]:
            for name in (n for n in self._arguments(onset.node) if n in case.sample.arguments):
                near = onset
                for way in (-1.0, 1.0):
                    near = self._nearer(near, list(self._scaled(onset, case.sample.arguments, name, way, ask)))
                if between(near.right, near.wrong) is not None:
                    found.append(near)
                    break
        if len(found) < 2 or np.ptp([o.wrong for o in found]) > AGREED * max(abs(o.wrong) for o in found):
            return None
        return min(found, key=lambda o: abs(o.wrong - o.right))

    def _nearer(self, onset: Onset, pairs: list[tuple[float, bool]]) -> Onset:
        """The same, after more answers: the first wrong one, and the last right one before it."""
        sign = 1 if onset.above else -1
        all_of_them = [(onset.right, False), (onset.wrong, True), *pairs]
        first = min(sign * v for v, wrong in all_of_them if wrong)
        last = max((sign * v for v, wrong in all_of_them if not wrong and sign * v < first), default=-np.inf)
        return onset._replace(right=sign * last, wrong=sign * first)

    def _arguments(self, node: int) -> list[str]:
        """The arguments that a node is made of."""
        below, names = {node}, []
        for i in range(node, -1, -1):
            if i in below:
                below |= set(self._formula.nodes[i].children)
                if self._formula.nodes[i].kind == "leaf":
                    names.append(self._formula.nodes[i].text)
        return names

    def _scaled(
        self, onset: Onset, arguments: Arguments, name: str, way: float, ask: Ask
    ) -> Iterator[tuple[float, bool]]:
        """(quantity, whether wrong), in bisection over the factor of one argument, between 1, which is wrong, and 1e12 or 1e-12."""
        wrong, right = 0.0, 12 * way
        for _ in range(HALVINGS):
            sample = ask(arguments | {name: arguments[name] * 10 ** ((wrong + right) / 2)})
            if sample is None:
                return
            case = Case(self._row, self._formula, sample)
            pairs = list(told(np.asarray(case.values[onset.node], float), off(sample), onset.statistic))
            yield from ((float(v), bool(w)) for v, w in pairs)
            middle = (wrong + right) / 2
            wrong, right = (middle, right) if any(w for _, w in pairs) else (wrong, middle)


def clips(formula: Formula, onset: Onset) -> Iterator[Guess]:
    """Guesses that a quantity stays what it is at the number where errors start."""
    number = between(onset.right, onset.wrong)
    if number is None or onset.node < 0:
        return
    text = formula.nodes[onset.node].text
    if onset.statistic.startswith("np.abs"):
        form, way = f"np.clip({{}}, {-number:g}, {number:g})", partial(np.clip, a_min=-number, a_max=number)
    elif onset.above:
        form, way = f"np.minimum({{}}, {number:g})", partial(np.minimum, number)
    else:
        form, way = f"np.maximum({{}}, {number:g})", partial(np.maximum, number)
    what = f"`{fill(form, text)}` in place of `{text}`"
    yield Guess(what, 1, (Change(onset.node, what, 1, lambda values, given: way(values[onset.node])),))
