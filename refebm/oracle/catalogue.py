"""All bugs of the catalogue, and what each function answers by another convention."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

from ..numerics.checks import Array
from .bugs import Bug
from .bugs_models import BUGS as MODELS
from .bugs_probability import BUGS as PROBABILITY
from .bugs_regimes import BUGS as REGIMES
from .bugs_softmin import BUGS as SOFTMIN

CATALOGUE: tuple[Bug, ...] = (*SOFTMIN, *MODELS, *PROBABILITY, *REGIMES)


def bugs_of(function: str) -> list[Bug]:
    return [bug for bug in CATALOGUE if bug.function == function]


def convention(name: str, answer: Array, arguments: dict[str, Any]) -> Array:
    """The true answer turned into the convention's."""
    changes: dict[str, Callable[[], Any]] = {
        "bits": lambda: answer / np.log(2),
        "sum": lambda: answer * len(arguments["y"]),
        "nats": lambda: answer * arguments["beta"],
    }
    return np.asarray(changes[name]())


def run(code: Callable[..., Any], arguments: dict[str, Any]) -> Array:
    """What a mutant answers, its over- and underflows included."""
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        return np.asarray(code(*arguments.values()), float)
