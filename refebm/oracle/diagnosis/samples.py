"""Questions that were asked, and when an answer is a value."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from ...numerics.checks import Array
from ..precision import UNIT
from ..row import Arguments

NEAR = 1e-7  # of an answer's size: an explanation predicts it as closely


class Sample(NamedTuple):
    """A question that was asked: its arguments, the truth, its scale S, the answer, and its precision."""

    arguments: Arguments
    truth: Array
    scale: Array
    answer: Array
    dtype: str = "float64"


def near(sample: Sample, value: Any, where: Array | bool = True) -> bool:
    """Whether an answer is this value, up to rounding; on some of its elements."""
    value = np.asarray(value)
    if value.shape != sample.answer.shape:
        return False
    return bool((near_each(sample, value) | ~np.asarray(where)).all())


def near_each(sample: Sample, value: Array) -> Array:
    room = max(NEAR, 64 * UNIT[sample.dtype])
    scale = sample.scale if sample.scale.shape in ((), value.shape) else sample.scale.max(initial=0)
    with np.errstate(all="ignore"):
        size = np.maximum(np.abs(value), np.where(np.abs(value) < 1e-6 * scale, scale, 0))
        return np.asarray((np.abs(sample.answer - value) <= room * size) | (sample.answer == value))
