"""The judgement: answers held against certified vectors, in units of what rounding the problem's own numbers costs."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np

from ..numerics.checks import Array
from .contract import CONTRACT, SUBJECTS, Bug
from .precision import TINY, UNIT, coarsest, in_range, rounded

K = 64.0  # in u S: right implementations stay well below, see tests/benchmarks/oracle_gap.py
LOST = 1e-3  # in S: up to here an answer is nearly right, as it is within K u T, T the terms that it may be summed of
VERDICTS = ("PASS", "CONVENTION", "INACCURATE", "MISBEHAVES", "WRONG", "ERROR", "UNSUPPORTED")


def decode(value: Any) -> Array:
    """Numbers out of JSON, where NaN and infinities are strings."""

    def plain(v: Any) -> Any:
        if isinstance(v, bool):
            raise TypeError("a truth value is no number")
        return [plain(u) for u in v] if isinstance(v, list) else float(v)

    return np.array(plain(value), float)


@cache
def _file(subject: str) -> dict[str, Any]:
    data = json.loads((files(__package__) / "vectors" / f"{subject}.json").read_text("utf-8"))
    return dict(data["functions"])


@cache
def vectors(function: str) -> tuple[dict[str, Any], ...]:
    """A function's vectors, decoded."""
    subject = next(name for name, rows in SUBJECTS.items() if function in rows.ROWS)
    found = _file(subject)[function]["vectors"]
    for vector in found:
        for name in ("float64", "scale", "terms"):
            vector[name] = decode(vector[name])
        for name in ("arguments", "conventions", "bugs"):
            vector[name] = {key: decode(v) for key, v in vector[name].items()}
    return tuple(found)


@cache
def within(function: str, dtype: str) -> tuple[dict[str, Any], ...]:
    """The vectors that a precision can be judged by: all that are exact in it.

    Every vector is exact in float32. With fewer digits or a smaller range those are left out that do not fit, and those where
    rounding the inputs alone moves the truth by half of what passes: a unit that switches, a minimum that becomes another.
    """
    return tuple(vector for vector in vectors(function) if fits(function, vector, dtype))


def fits(function: str, vector: dict[str, Any], dtype: str) -> bool:
    """Whether a precision can be judged by a vector."""
    if dtype in ("float64", "float32"):
        return True
    if not in_range(vector, dtype):
        return False
    code = next(subject.RIGHT[function][0] for subject in SUBJECTS.values() if function in subject.ROWS)
    near = [v if k == "d" else rounded(v, dtype)[()] for k, v in vector["arguments"].items()]
    try:
        with np.errstate(all="ignore"):
            moved = deviation(np.asarray(code(*near), float), vector["float64"], vector["scale"], dtype)
    except ValueError:  # out of the domain: covariances that are none any more
        return False
    return moved <= K / 2


def deviation(answer: Array, truth: Array, scale: Array, dtype: str = "float64") -> float:
    """Largest error in u S over the elements, u that of the dtype; inf for a wrong shape, or what is no number."""
    if answer.shape != truth.shape:
        return np.inf
    with np.errstate(all="ignore"):
        error = np.maximum(np.abs(answer - truth) - TINY[dtype], 0) / (UNIT[dtype] * np.maximum(scale, 1e-300))
        worst = np.where(answer == truth, 0, error).max(initial=0)
    return float(worst) if np.isfinite(worst) else np.inf


def most_lost(scale: Array, terms: Array, dtype: str) -> Array:
    """How much a right formula may lose, in u: a share of the scale, or the rounding of the terms on its way."""
    return np.maximum(LOST / UNIT[dtype] * scale, K * terms)


def shows(bug: Bug, dtype: str) -> bool:
    """Whether a bug is more than what passes in this precision."""
    return dtype == "float64" or any(
        deviation(v["bugs"][bug.name], v["float64"], v["scale"], dtype) > K
        for v in within(bug.function, dtype)
        if bug.name in v["bugs"]
    )


def alike(answer: Array, other: Array, scale: Array, dtype: str) -> bool:
    """Whether two answers are the same but for rounding; NaN is like NaN."""
    if answer.shape != other.shape:
        return False
    scale = scale if scale.shape == answer.shape else scale.max(initial=0)
    near = 1e-7 if dtype == "float64" else max(1e-3, 4 * UNIT[dtype])
    with np.errstate(all="ignore"):
        same = np.isfinite(other) & (np.abs(answer - other) <= near * np.maximum(scale, np.abs(other)) + TINY[dtype])
    return bool((same | (answer == other) | (np.isnan(answer) & np.isnan(other))).all())


@dataclass
class Verdict:
    """What became of one function: the verdict, in u S how far off, digits left, the bug or the convention that it matches."""

    function: str
    verdict: str
    worst: float = 0.0
    digits: float = np.inf
    match: str = ""
    message: str = ""
    failed: list[str] = field(default_factory=list)
    ran: int = 0
    dtype: str = "float64"
    behaviour: dict[str, str] = field(default_factory=dict)  # what it does beside: name to what was seen
    diagnosis: str = ""  # of a mistake that has no name: what the answer is
    fresh: int = 0  # fresh inputs that passed, and the smallest found that did not, as a vector
    smallest: dict[str, Any] = field(default_factory=dict)


def judge(
    function: str, call: Callable[[str, dict[str, Any]], tuple[Array, str]], declared: str = "", dtype: str = ""
) -> Verdict:
    """Run a function's vectors through `call`, which gives (answer, dtype), and judge what comes.

    `declared` is the convention that the implementation says it follows; its answers are then held against that. `dtype` is the
    precision that it says it has; without it float64 is asked, and what is right in fewer digits is INACCURATE.
    """
    dtype = "" if dtype == "float64" else dtype
    rows, answers = within(function, dtype or "float64"), []
    for vector in rows:
        try:
            answers.append(call(function, CONTRACT[function].given(vector["arguments"])))
        except AnswerError as error:
            return Verdict(function, "ERROR", np.inf, 0, "", str(error), [vector["id"]], len(answers))
    if declared and declared not in CONTRACT[function].conventions:
        return Verdict(function, "ERROR", np.inf, 0, "", f"no convention {declared!r} for {function}", [], len(answers))
    answers = [(a, dtype or d) for a, d in answers]
    coarse = coarsest(d for _, d in answers)
    fit = [v["id"] for v in within(function, coarse)]
    if not fit:
        return Verdict(function, "ERROR", np.inf, 0, "", f"{coarse} holds no vector", [], 0, coarse)
    answers = [answer for answer, v in zip(answers, rows, strict=True) if v["id"] in fit]
    found = _verdict(function, tuple(v for v in rows if v["id"] in fit), answers, declared)
    if found.verdict == "PASS" and coarse not in ("float64", dtype):
        found.verdict, found.message = "INACCURATE", f"{coarse} where float64 was asked"
    return found


def _verdict(function: str, rows: Any, answers: list[tuple[Array, str]], declared: str) -> Verdict:
    """What answers are worth, each in units of its own precision."""

    def errors(truths: list[Array]) -> list[float]:
        scales = [_scale(vector, truth) for vector, truth in zip(rows, truths, strict=True)]
        return [deviation(a, t, s, d) for (a, d), t, s in zip(answers, truths, scales, strict=True)]

    plain = [vector["float64"] for vector in rows]
    truths = [vector["conventions"][declared] for vector in rows] if declared else plain
    off = errors(truths)
    failed = [i for i, e in enumerate(off) if e > K]
    digits = min((_digits(a, t) for (a, _), t in zip(answers, truths, strict=True)), default=np.inf)
    dtype = coarsest(d for _, d in answers)
    found = Verdict(function, "PASS", max(off), digits, declared, "", [rows[i]["id"] for i in failed], len(rows), dtype)
    if not failed:
        return found
    for name in CONTRACT[function].conventions:
        if not declared and all(
            alike(a, v["conventions"][name], v["scale"], d) for (a, d), v in zip(answers, rows, strict=True)
        ):
            found.verdict, found.match = "CONVENTION", name
            return found
    found.match = "" if declared else _bug(function, rows, answers, off)
    most = [
        most_lost(_scale(v, t), _scale(v, t, "terms"), d) for v, t, (_, d) in zip(rows, truths, answers, strict=True)
    ]
    right = all(deviation(a, t, m, d) <= 1 for (a, d), t, m in zip(answers, truths, most, strict=True))
    found.verdict = "INACCURATE" if right else "WRONG"
    found.message = _symptom([a for a, _ in answers], truths)
    if right and any(e > LOST / UNIT[d] for e, (_, d) in zip(off, answers, strict=True)):
        found.message = "small answers lost"
    if declared and max(errors(plain)) <= K:
        found.message = f"right, were {declared!r} not declared"
    return found


class AnswerError(Exception):
    """A single call went wrong: it raised, or gave what is no array of numbers."""


def _scale(vector: dict[str, Any], truth: Array, kind: str = "scale") -> Array:
    with np.errstate(all="ignore"):
        ratio = np.where(vector["float64"] == 0, 1, np.abs(truth / vector["float64"]))
    return np.asarray(vector[kind] * np.maximum(ratio, 1))


def _symptom(answers: list[Array], truths: list[Array]) -> str:
    """What can be seen without knowing the mistake."""
    for answer, truth in zip(answers, truths, strict=True):
        if answer.shape != truth.shape:
            return f"shape {answer.shape} where {truth.shape} was expected"
    if len({float(v) for answer in answers for v in answer.flat}) == 1:
        return f"always the same answer, {answers[0].flat[0]:g}"
    bad = sum(not np.isfinite(a[np.isfinite(t)]).all() for a, t in zip(answers, truths, strict=True))
    return f"NaN or infinite for {bad} of {len(answers)} vectors" if bad else ""


def _digits(answer: Array, truth: Array) -> float:
    """Decimal digits that are right, of the element that has least."""
    if answer.shape != truth.shape:
        return 0.0
    with np.errstate(all="ignore"):
        error = np.abs(answer - truth) / np.maximum(np.abs(truth), 1e-300)
        worst = float(np.where(answer == truth, 0, error).max(initial=0))
    return 17.0 if worst == 0 else 0.0 if not worst < 1 else min(17.0, -float(np.log10(worst)))


def _bug(function: str, rows: Any, answers: Any, off: list[float]) -> str:
    """The one bug of the catalogue that answers as this does on every vector, or nothing."""

    def fits(name: str) -> bool:
        for vector, (answer, dtype), error in zip(rows, answers, off, strict=True):
            if name in vector["bugs"]:
                if not alike(answer, vector["bugs"][name], vector["scale"], dtype):
                    return False
            elif name in vector["loses"]:
                if error > LOST / UNIT[dtype] or (error <= K and dtype == "float64"):
                    return False
            elif error > K:
                return False
        if dtypes != {"float64"} and not any(name in vector["bugs"] for vector in rows):
            return False  # a bug so mild is within float32's rounding
        return name != "float32" or all(np.array_equal(a, a.astype(np.float32)) for a, _ in answers)

    dtypes = {dtype for _, dtype in answers}
    names = sorted({name for vector in rows for name in (*vector["bugs"], *vector["loses"])})
    fitting = [name for name in names if fits(name)]
    return f"{function}/{fitting[0]}" if len(fitting) == 1 else ""
