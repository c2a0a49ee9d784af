"""Fresh inputs, the vectors' designs with other numbers and the domain's own; truth from refebm, scale by differences."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
from scipy.special import logsumexp, rel_entr, xlogy

from ..numerics.checks import Array
from . import reference
from .contract import CONTRACT, designs, exact
from .precision import UNIT
from .row import Arguments, Case, Code, axis

SCALED = ("E", "s", "u", "y", "w", "x", "F", "F_hat", "F_data", "dF", "dF_data", "v_bar", "m", "eps", "W", "b", "xi")
STEPS = 1e-7, 1e-10, 1e-13  # the first a little more than float32's rounding, which the scale has to see near a jump
JUMPS = 1e4  # a slope that many times less by a shorter step is that of a jump, not of an exponential
MOVED = 0.05  # of an answer: a step that moves it by more, and not alike to both sides, is too long


class Problem(NamedTuple):
    """An input with what the judge needs: the truth, its condition scale S and the terms T on the way to it."""

    why: str
    arguments: Arguments
    truth: Array
    scale: Array
    terms: Array


def _gap(E: Array, q: Array, beta: float, p: Array) -> Array:
    total = (xlogy(q, q) - xlogy(q, p) + beta * q * E).sum(axis=1) + q.sum(axis=1) * logsumexp(-beta * E, b=p, axis=1)
    return np.asarray(total / beta)


# The contract's formula where refebm has another, equal to it for sums of 1, with slopes of its own.
AS_WRITTEN: dict[str, Code] = {
    "box_information": lambda s, r, d: d * np.log1p((r - s) / s),
    "kl": lambda q, p: rel_entr(q, p).sum(axis=1),
    "variational_free_energy": lambda E, q, beta, p: (q * E + rel_entr(q, p / p.sum()) / beta).sum(axis=1),
    "jensen_gap": lambda E, q, beta, p: _gap(E, q, beta, p / p.sum()),
}


def apart(function: str, arguments: Arguments, truth: Array) -> bool:
    """Whether the answer has a row for each row of the arguments, which depends on that row alone."""
    row, code = CONTRACT[function], AS_WRITTEN.get(function, getattr(reference, function))
    if row.rows != "n" or axis("n", row.result) != 0:
        return False
    moved = dict(arguments)
    for name, shape in row.arguments.items():
        if axis(row.rows, shape) == 0:
            moved[name] = np.concatenate([(1 + STEPS[0]) * moved[name][:1], moved[name][1:]])
    return bool(np.allclose(code(*moved.values())[1:], truth[1:], 1e-3 * STEPS[0], 0))


def entries(function: str, arguments: Arguments, truth: Array) -> Iterator[tuple[str, Any]]:
    """Name and place of what is moved at a time: a number, or one in each row where no row's answer depends on another row."""
    row, by_row = CONTRACT[function], apart(function, arguments, truth)
    for name, value in arguments.items():
        if name in row.whole or (name == "d" and function not in AS_WRITTEN):  # an axis, a count
            continue
        each = by_row and axis(row.rows, row.arguments[name]) == 0
        for i in np.ndindex(np.shape(value)[1:] if each else np.shape(value)):
            place = (slice(None), *i) if each else i
            if np.any(np.asarray(value)[place]):
                yield name, place


def scale(function: str, arguments: Arguments, truth: Array, dtype: str = "float64") -> Array:
    """What rounding one input after another by u moves the answer, over u: ``S = |f| + sum_i |x_i df/dx_i|``, more at a minimum.

    By central differences, of a step for each number and entry of the answer: the longest that moves it little. Where f has a
    minimum the slopes are 0, and the second term of Taylor's series is what rounding costs, ``u^2 (sum_i |x_i d/dx_i|)^2 f / 2``.
    """
    code = AS_WRITTEN.get(function, getattr(reference, function))
    first, bent = np.abs(truth), np.zeros(np.shape(truth))
    for name, place in entries(function, arguments, truth):
        slope, bend = np.full(np.shape(truth), np.inf), np.full(np.shape(truth), np.inf)
        for step in STEPS:
            ends = []
            for factor in (1 + step, 1 - step):
                moved = np.array(arguments[name], float)
                moved[place] *= factor
                ends.append(np.asarray(code(*(arguments | {name: moved[()]}).values())))
            up, down = ends[0] - truth, ends[1] - truth
            found = np.abs(up - down) / (2 * step)
            slope = np.where(np.isinf(slope) | ((found < slope) & (found > slope / JUMPS)), found, slope)
            bend = np.minimum(bend, np.abs(up + down) / step**2)
            curved = np.abs(up + down) > MOVED * np.abs(up - down)
            if not (curved & (np.maximum(np.abs(up), np.abs(down)) > MOVED * np.abs(truth))).any():
                break
        first, bent = first + slope, bent + np.sqrt(bend)
    return np.where(np.isinf(truth), 0, first + UNIT[dtype] * np.square(bent) / 2)  # what is infinite, nothing moves


def problem(function: str, why: str, arguments: Arguments, dtype: str = "float64") -> Problem:
    """An input made a problem."""
    with np.errstate(all="ignore"):
        truth = np.asarray(getattr(reference, function)(*arguments.values()), float)
        size = scale(function, arguments, truth, dtype)
        return Problem(why, arguments, truth, size, CONTRACT[function].terms(arguments, size))


def others(function: str, rng: np.random.Generator) -> Iterator[Case]:
    """(why, arguments), one of each of the function's designs, with other numbers."""
    for why, drawn in designs(function, rng, lambda why: rng):
        arguments: dict[str, Any] = {}
        for name, value in drawn.items():
            # by one factor, so that ties and zeros stay; two numbers that are close have to stay so, and the domain's as they are
            scaled = name in SCALED and why not in ("close", "nearly the same") and not why.startswith("drawn")
            arguments[name] = exact(exact(value) * (rng.uniform(0.5, 2) if scaled else 1))
        yield why, arguments


def problems(function: str, rng: np.random.Generator) -> Iterator[Problem]:
    """One after another, a fresh one of each of the function's designs."""
    return (problem(function, why, arguments) for why, arguments in others(function, rng))


def drawn(function: str, i: int, seed: int = 0) -> Arguments:
    """The i-th fresh input of the function's domain, the same on every machine."""
    row = CONTRACT[function]
    assert row.domain is not None
    rng = np.random.default_rng([seed, i, *function.encode()])
    return {name: exact(value) for name, value in row.domain.at(i, rng, large=True).items()}


def inputs(function: str, rounds: int = 2, count: int = 60) -> list[Arguments]:
    """Of all designs in turn, and of the domain, the same on every call."""
    rng = np.random.default_rng(list(function.encode()))
    designed = [arguments for _ in range(rounds) for _, arguments in others(function, rng)]
    return designed + [drawn(function, i) for i in range(count if CONTRACT[function].domain else 0)]
