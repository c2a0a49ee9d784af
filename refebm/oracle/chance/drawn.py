"""A run's part on functions that draw: each judged, what it does beside, what is said of it, and the proof on the wrong ones."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from ...numerics.checks import Array
from ..behaviour import BEHAVIOURS, Adapter
from ..contract import DRAWS, SAMPLERS
from ..judge import Verdict
from .judge import EPSILON, Drawn, false_alarm, judge_draws, looks


def judge_drawing(adapter: Adapter, names: list[str], verdicts: list[Verdict], dtype: str = "") -> None:
    """Judge functions that draw, adding to the verdicts; in the adapter's precision, unless another is said."""
    said = dtype or adapter.dtype

    def call(function: str, arguments: dict[str, Any]) -> tuple[Array, str]:
        answer, came = adapter.call(function, arguments)
        return answer, came if said == "float64" else said

    found = []
    for name in names:
        found.append(judge_draws(name, call))
        verdicts.append(found[-1])
    noticed = adapter.noticed() if names else {}
    for v in found:
        v.behaviour |= noticed.get(v.function, {})
        if v.behaviour and v.verdict == "PASS":
            v.verdict = "MISBEHAVES"


def lines(verdicts: list[Drawn]) -> Iterator[str]:
    """The report as text, and the bound on the chance of a false alarm."""
    if not verdicts:
        return
    yield f"{'what draws':<26}  {'verdict':<11}  {'least p':>8}  {'rows':>9}  matches"
    for v in verdicts:
        about = ", ".join(filter(None, (v.match, *v.behaviour))) or v.message
        coarse = f" (as {v.dtype})" if v.dtype != "float64" else ""
        yield f"{v.function:<26}  {v.verdict:<11}  {v.p:>8.1g}  {v.draws:>9}  {about}{coarse}".rstrip()
        if v.failed:
            yield f"{'':<26}  {v.seen}: p = {v.p:.1g}"
        for name, seen in v.behaviour.items():
            yield f"{'':<26}  {name}: {seen}. {' '.join(BEHAVIOURS[name])}"
        if v.match:
            yield f"{'':<26}  {SAMPLERS[v.match].what} {SAMPLERS[v.match].mend}"
    names = [v.function for v in verdicts]
    number = sum(looks(name) for name in names)
    bound = f"below {false_alarm(names):.0e}: {number} looks, each at p <= {EPSILON:g}"
    yield f"were all of these right, one would be refused with a chance {bound}"


# --- the proof


def quiet(code: Callable[..., Any]) -> Callable[[str, dict[str, Any]], tuple[Array, str]]:
    """A wrong sampler as it is called, its overflows included."""

    def call(function: str, arguments: dict[str, Any]) -> tuple[Array, str]:
        with np.errstate(all="ignore"):
            return np.asarray(code(*arguments.values()), float), "float64"

    return call


def samplers() -> Iterator[tuple[str, Drawn]]:
    """Every wrong sampler of the catalogue, judged."""
    for function, row in DRAWS.items():
        for bug in row.bugs:
            yield f"{function}/{bug.name}", judge_draws(function, quiet(bug.code))


def sampler_lines(table: list[tuple[str, Drawn]]) -> Iterator[str]:
    for name, v in table:
        if v.match != name:
            yield f"    {name}: {v.verdict}, taken for {v.match or 'nothing known'}"
    refused = sum(v.verdict == "WRONG" for _, v in table)
    named, other = (sum(bool(v.match) and (v.match == name) is same for name, v in table) for same in (True, False))
    yield f"{len(table)} wrong samplers: {refused} refused, {named} named rightly, {other} wrongly"


def proved(table: list[tuple[str, Drawn]]) -> bool:
    """All refused, none named wrongly, and at least nine of ten named."""
    named = sum(v.match == name for name, v in table)
    return all(v.verdict == "WRONG" and v.match in ("", name) for name, v in table) and named >= 0.9 * len(table)
