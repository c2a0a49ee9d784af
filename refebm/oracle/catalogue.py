"""All bugs of the catalogue."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..numerics.checks import Array
from .contract import CONTRACT


@dataclass(frozen=True)
class Bug:
    """One mistake as code: what it is, how to mend it, and the wrong function itself, in the contract's form."""

    function: str
    name: str
    what: str
    mend: str
    code: Callable[..., Any]

    @property
    def id(self) -> str:
        return f"{self.function}/{self.name}"


CATALOGUE: tuple[Bug, ...] = tuple(Bug(name, *bug) for name, row in CONTRACT.items() for bug in row.bugs)


def bugs_of(function: str) -> list[Bug]:
    return [bug for bug in CATALOGUE if bug.function == function]


def run(code: Callable[..., Any], arguments: dict[str, Any]) -> Array:
    """What a mutant answers, its over- and underflows included."""
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        return np.asarray(code(*arguments.values()), float)
