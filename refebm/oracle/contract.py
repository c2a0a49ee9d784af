"""The contract: the functions an implementation may offer, by name, arguments and result, each with its equation.

Arrays go in and one array comes out. Rows are observations; every logarithm is natural. Numbers are finite and beta is above
0, but where a row's `limits` say otherwise: beta of 0 and infinity, energies of +inf, which are forbidden states. All that is known
of a function is a row in a file of `rows`, its subject's. The files are found, in the order of their names.

The inputs of the vectors are few, and each is chosen to tell a mistake from the truth. All sizes differ, or are all the same,
or 1; beta is neither 0 nor 1, no weight is symmetric, no bias 0. Every number is exact in float32, so that a float32
implementation is not judged by its rounding of the inputs. A function draws from generators of its own, seeded by names, so
that a new one changes no other.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import import_module
from pkgutil import iter_modules
from types import ModuleType
from typing import Any

import numpy as np

from ..numerics.checks import Array
from .chance.draws import Draws, Wrong
from .row import Case, Function, Rngs


def _subjects() -> Iterator[tuple[str, ModuleType]]:
    for name in sorted(file.name for file in iter_modules(import_module(".rows", __package__).__path__)):
        yield name, import_module(f".rows.{name}", __package__)


FILES: dict[str, ModuleType] = dict(_subjects())
SUBJECTS = {name: file for name, file in FILES.items() if hasattr(file, "ROWS")}  # the others hold what draws
CONTRACT: dict[str, Function] = {name: row for subject in SUBJECTS.values() for name, row in subject.ROWS.items()}
DRAWS: dict[str, Draws] = {name: row for file in FILES.values() for name, row in getattr(file, "DRAWS", {}).items()}
NAMES = (*CONTRACT, *DRAWS)


# --- the inputs


def exact(value: Any) -> Any:
    """The nearest float32 numbers, as float64."""
    rounded = np.asarray(value, np.float32).astype(np.float64)
    return rounded if rounded.ndim else float(rounded)


def designs(name: str, rng: np.random.Generator, rngs: Rngs) -> Iterator[Case]:
    """(why, arguments in the contract's order) of a function, as drawn."""
    row = CONTRACT[name]
    yield from row.cases(rng)
    yield from row.regimes(rngs)
    for i in row.drawn:
        assert row.domain is not None
        yield f"drawn {i}", row.domain.at(i, rngs(f"drawn {i}"))


def cases(name: str) -> Iterator[Case]:
    """(why, arguments in the contract's order) of a function, the same on every call."""

    def named(why: str) -> np.random.Generator:
        return np.random.default_rng(list(f"{name}/{why}".encode()))

    seed = CONTRACT[name].seed
    for why, arguments in designs(name, named("") if seed is None else np.random.default_rng(seed), named):
        yield why, {key: exact(value) for key, value in arguments.items()}


# --- the catalogue of bugs


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


# of functions that draw, by its id
SAMPLERS: dict[str, Wrong] = {f"{name}/{bug.name}": bug for name, row in DRAWS.items() for bug in row.bugs}


def run(code: Callable[..., Any], arguments: dict[str, Any]) -> Array:
    """What a mutant answers, its over- and underflows included."""
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        return np.asarray(code(*arguments.values()), float)
