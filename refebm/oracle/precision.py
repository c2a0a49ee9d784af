"""Precisions: what one rounding costs in each, which numbers it holds, and whose answers are whose."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..numerics.checks import Array

UNIT = {"float64": 2.0**-53, "float32": 2.0**-24, "float16": 2.0**-11, "bfloat16": 2.0**-8}
TINY = {"float64": 2.0**-1022, "float32": 2.0**-126, "float16": 2.0**-14, "bfloat16": 2.0**-126}
MOST = {"float64": float(np.finfo(float).max), "float32": 2.0**128, "float16": 2.0**16, "bfloat16": 2.0**128}


def kind_of(dtype: Any) -> str:
    """The precision of an array's dtype; whole numbers count as float64, and so does all that is wider."""
    name = str(dtype).removeprefix("torch.")
    return name if name in UNIT else "float64"


def coarsest(dtypes: Any) -> str:
    return max(dtypes, key=UNIT.__getitem__, default="float64")


def rounded(v: Array, dtype: str) -> Array:
    """The nearest numbers of a precision's digits, whatever its range."""
    part, power = np.frexp(v)
    return np.asarray(np.ldexp(np.round(part / UNIT[dtype]) * UNIT[dtype], power))


def in_range(vector: dict[str, Any], dtype: str) -> bool:
    """Whether a vector's numbers, beta times the sum of their squares, and terms on the way are numbers of this precision."""
    inputs = np.concatenate([np.abs(np.ravel(v)) for v in vector["arguments"].values()])
    inputs = inputs[np.isfinite(inputs)]  # every precision has infinities
    betas = np.ravel(vector["arguments"].get("beta", vector["arguments"].get("betas", 1)))
    energy = np.square(inputs).sum() * betas.max(initial=1, where=np.isfinite(betas))
    largest = max(energy, vector["scale"].max(initial=0), vector["terms"].max(initial=0))
    return bool(largest < MOST[dtype] and inputs[inputs > 0].min(initial=1) >= TINY[dtype])


def comes_back(sent: Array, back: Array, dtype: str) -> Array:
    """Which numbers are what was sent, as far as the precision goes, and its range."""
    held = (np.abs(sent) >= TINY[dtype]) & (np.abs(sent) < MOST[dtype])
    slack = 0 if dtype == "float64" else 1.1 * UNIT[dtype]  # nine decimal digits of a float32 are not quite it
    return np.asarray(~held | (np.abs(back - sent) <= slack * np.abs(sent)) | (back == sent))


def printed(sent: Array, back: Array) -> str:
    """How numbers were printed that came back as others."""
    forms = [(f"{{:.{n}g}}", f"as %.{n}g prints them" + " (plain %g does)" * (n == 6)) for n in range(16, 2, -1)]
    for form, words in [*forms, ("{:f}", "in fixed point, as %f prints them")]:
        if np.array_equal(back, [float(form.format(v)) for v in sent]):
            return words
    with np.errstate(over="ignore"):
        return "rounded to float32" if np.array_equal(back.astype(np.float32), sent.astype(np.float32)) else ""


def nested(values: Any, digits: int | None = None) -> Any:
    """Nested lists of shortest round-trip decimals (or of strings of `digits` digits); NaN and infinities as strings."""

    def one(v: Any) -> Any:
        if digits and hasattr(v, "_mpf_"):
            import mpmath

            if mpmath.isinf(v):
                return str(float(v))
            return mpmath.nstr(v, digits, min_fixed=1, max_fixed=0)
        v = float(v) if digits is None else float(f"{float(v):.{digits}g}")
        return v if np.isfinite(v) else str(v)

    if isinstance(values, np.ndarray) and values.ndim:
        return [nested(v, digits) for v in values]
    return one(values[()] if isinstance(values, np.ndarray) else values)
