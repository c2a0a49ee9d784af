"""Building the vectors: truth in many digits by two routes, its condition scale, and what each bug would answer  (mpmath)."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

from ..numerics.checks import Array
from .contract import CONTRACT, SUBJECTS, bugs_of, cases, run
from .judge import LOST, K, decode, deviation
from .precision import UNIT, nested

FOLDER = Path(__file__).parent / "vectors"
VERSION = 2


def lift(value: Any) -> Any:
    """Arrays of mpmath numbers."""
    import mpmath

    return np.vectorize(mpmath.mpf, otypes=[object])(value) if np.ndim(value) else mpmath.mpf(value)


def answers(function: str, arguments: dict[str, Any]) -> Array:
    """The truth at two precisions, which have to agree to 45 digits, and by the second route, to 30, as it may be a derivative."""
    import mpmath

    found, (first, second) = [], CONTRACT[function].truth
    for digits, route in ((160, first), (320, first), (320, second)):
        with mpmath.workdps(digits):
            values = [lift(v) for v in arguments.values()]
            found.append(np.asarray(route(*values), object))
    with mpmath.workdps(160):
        for other, agreed in zip(found[1:], (45, 30), strict=True):
            pairs = zip(found[0].flat, other.flat, strict=True)
            gaps = [abs(a - b) / max(abs(a), abs(b)) for a, b in pairs if a != b]
            gap = next((v for v in gaps if mpmath.isnan(v)), max(gaps, default=0))
            if found[0].shape != other.shape or not gap <= mpmath.mpf(10) ** -agreed:
                raise ArithmeticError(f"{function}: two routes differ by {mpmath.nstr(gap, 3)} of their size")
    return found[0]


def scale(function: str, arguments: dict[str, Any], true: Array) -> Array:
    """``S = |f| + sum_i |x_i df/dx_i|`` of each element: one rounding of every input moves the answer by u S at most.

    0 where the truth is infinite, which nothing moves. Where a tie at beta = inf breaks, the answer jumps: no slope, and the
    inputs are exact.
    """
    import mpmath

    row, absolute = CONTRACT[function], np.vectorize(abs, otypes=[object])
    code, endless = row.truth[0], np.vectorize(mpmath.isinf, otypes=[bool])(true)
    with mpmath.workdps(100):
        lifted = {name: lift(v) for name, v in arguments.items()}
        total, h = absolute(true), mpmath.mpf(10) ** -30
        jump = (1 + max(total[~endless], default=0)) * mpmath.mpf(10) ** -15
        for name, value in lifted.items():
            if name in row.whole:
                continue
            for i in np.ndindex(np.shape(value)):
                both = []
                for step in (1 + h, 1 - h):
                    moved = np.array(value, object)
                    moved[i] = moved[i] * step
                    both.append(np.asarray(code(*(lifted | {name: moved[()]}).values()), object))
                change = absolute(both[0] - both[1])
                total = total + np.where(change < jump, change, 0) / (2 * h)
        return np.asarray(np.where(endless, mpmath.mpf(0), total), object)


def vector(function: str, why: str, arguments: dict[str, Any]) -> dict[str, Any]:
    """One vector of a function, as plain data."""
    row, true = CONTRACT[function], answers(function, arguments)
    found: dict[str, Any] = {
        "id": f"{function}/{re.sub(r'[^a-z0-9]+', '-', why.lower()).strip('-')}",
        "why": why,
        "arguments": {name: nested(np.asarray(v)) for name, v in arguments.items()},
        "truth": nested(true, 40),
        "float64": nested(true),
        "scale": nested(scale(function, arguments, true).astype(float), 6),
    }
    exact, size = decode(found["float64"]), decode(found["scale"])
    found["terms"] = nested(row.terms(arguments, size), 6)
    found["conventions"] = {name: nested(np.asarray(c.change(exact, arguments))) for name, c in row.conventions.items()}
    found["bugs"], found["loses"] = {}, []
    for bug in bugs_of(function):
        answer = run(bug.code, arguments)
        off = deviation(answer, exact, size)
        if off > LOST / UNIT["float64"]:
            found["bugs"][bug.name] = nested(answer, 9)
        elif off > K:
            found["loses"].append(bug.name)
    return found


def build(function: str) -> dict[str, Any]:
    """The vectors of a function and what is said of it, as plain data."""
    row = CONTRACT[function]
    return {
        "equation": row.equation,
        "summary": row.summary,
        "arguments": row.arguments,
        "result": row.result,
        "conventions": {name: c.what for name, c in row.conventions.items()},
        "vectors": [vector(function, why, arguments) for why, arguments in cases(function)],
    }


def text(built: dict[str, dict[str, Any]]) -> str:
    """The file of a subject's functions: JSON with a line for each entry of a vector, and the digest of it in the first line."""
    body = ",\n".join(f"{json.dumps(function)}: {_function(data)}" for function, data in built.items()) + "\n}}\n"
    head = {"version": VERSION, "sha256": hashlib.sha256(body.encode()).hexdigest()}
    return json.dumps(head)[:-1] + ', "functions": {\n' + body


def _function(data: dict[str, Any]) -> str:
    head = "\n".join(f"{json.dumps(name)}: {json.dumps(data[name])}," for name in data if name != "vectors")
    vectors = [
        "{\n  " + ",\n  ".join(f"{json.dumps(name)}: {json.dumps(value)}" for name, value in vector.items()) + "\n}"
        for vector in data["vectors"]
    ]
    return "{\n" + head + '\n"vectors": [\n' + ",\n".join(vectors) + "\n]}"


def certify(folder: Path = FOLDER, subjects: Iterable[str] = tuple(SUBJECTS)) -> list[str]:
    """Write the files of subjects, once all are built; returns the names of those whose bytes changed."""
    built = {
        f"{name}.json": text({function: build(function) for function in SUBJECTS[name].ROWS}).encode()
        for name in subjects
    }
    folder.mkdir(parents=True, exist_ok=True)
    changed = [
        name
        for name, content in built.items()
        if not (folder / name).exists() or (folder / name).read_bytes() != content
    ]
    for name in changed:
        (folder / name).write_bytes(built[name])
    return changed
