"""Fresh inputs: the designs of the vectors with other numbers, their truth from refebm, their scale by differences."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
from scipy.special import logsumexp, rel_entr, xlogy

from ..numerics.checks import Array
from . import reference
from .contract import CONTRACT, designs, exact
from .row import Arguments, Code

SCALED = ("E", "s", "u", "y", "w", "x", "F", "F_hat", "F_data", "dF", "dF_data", "v_bar", "m", "eps", "W", "b", "xi")
STEP = 1e-7  # a little more than float32's rounding, which the scale has to see where a unit is near its kink


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
    "kl": lambda q, p: rel_entr(q, p).sum(axis=1),
    "variational_free_energy": lambda E, q, beta, p: (q * E + rel_entr(q, p / p.sum()) / beta).sum(axis=1),
    "jensen_gap": lambda E, q, beta, p: _gap(E, q, beta, p / p.sum()),
}


def scale(function: str, arguments: Arguments, truth: Array) -> Array:
    """``S = |f| + sum_i |x_i df/dx_i|``, by central differences."""
    code, total = AS_WRITTEN.get(function, getattr(reference, function)), np.abs(truth)
    for name, value in arguments.items():
        counts = name == "d" or name in CONTRACT[function].whole
        for i in () if counts else np.argwhere(np.isfinite(value) & (np.asarray(value) != 0)):
            ends = []
            for step in (1 + STEP, 1 - STEP):
                moved = np.array(value)
                moved[tuple(i)] *= step
                ends.append(code(*(arguments | {name: moved[()]}).values()))
            with np.errstate(invalid="ignore"):
                total = total + np.abs(ends[0] - ends[1]) / (2 * STEP)
    return np.where(np.isinf(truth), 0.0, total)  # what is infinite, nothing moves


def problems(function: str, rng: np.random.Generator) -> Iterator[Problem]:
    """One after another, a fresh one of each of the function's designs."""
    for why, drawn in designs(function, rng, lambda why: rng):
        arguments: dict[str, Any] = {}
        for name, value in drawn.items():
            # by one factor, so that ties and zeros stay; two numbers that are close have to stay so
            scaled = name in SCALED and why not in ("close", "nearly the same")
            arguments[name] = exact(exact(value) * (rng.uniform(0.5, 2) if scaled else 1))
        truth = np.asarray(getattr(reference, function)(*arguments.values()))
        size = scale(function, arguments, truth)
        yield Problem(why, arguments, truth, size, CONTRACT[function].terms(arguments, size))
