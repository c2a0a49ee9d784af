"""Fresh inputs for the laws of a model, and smaller ones that still break a law."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from ...numerics.checks import Array
from ..judge import AnswerError
from .asking import Ask, Law, Sides
from .spaces import Undecided


def problems(model: Any, inputs: int, seed: int) -> Iterator[dict[str, Any]]:
    """Fresh inputs, near and far from each other, inside the box and around it."""
    for i in range(inputs):
        rng = np.random.default_rng([seed, i])
        n, scale, width = (3, 1, 5, 2)[i % 4], 10 ** rng.uniform(-3, 0.6), np.ptp(model.box, axis=1)
        if model.states is not None:
            y = model.states[rng.integers(len(model.states), size=n)]
        else:
            centre = model.box[:, 0] + width * rng.uniform(size=model.dim)
            y = centre + width * scale * rng.uniform(-0.5, 0.5, (n, model.dim))
            y[0] *= i % 8 != 4  # once at 0, where roots and norms have no slope
        given = {"y": _short(y), "z": model.latents, "beta": float(_short(model.beta * 10 ** rng.uniform(-2, 2)))}
        given |= {"w": model.parameters(rng), "factor": 10 ** rng.uniform(0.1, 1), "seed": int(rng.integers(2**31))}
        yield given | {"scale": min(scale, 1.0)}


def _short(value: Any) -> Array:
    """Five digits, which a report shows whole."""
    return np.asarray(np.vectorize(lambda v: float(f"{v:.5g}"), otypes=[float])(value))


def mild(model: Any, drawn: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Inputs of laws of the whole: beta about what is declared, since there the box holds the density."""
    return [given | {"beta": model.beta * factor} for given, factor in zip(drawn, (1, 0.75, 1.5), strict=False)]


def shrunk(model: Any, law: Law, given: dict[str, Any], functions: tuple[str, ...]) -> tuple[dict[str, Any], Sides]:
    """A smaller input that still breaks a law: one row, fewer digits; and its sides."""
    best, sides = given, law.sides(Ask(model, given, functions))
    for change in (*_rows(given), *_rounder(given, model)):
        tried = best | change(best)
        try:
            found = law.sides(Ask(model, tried, functions))
        except (AnswerError, Undecided):
            continue
        if found.excess().max(initial=0) > max(1.0, min(2.0, 0.5 * sides.excess().max())):
            best, sides = tried, found
    return best, sides


def _rows(given: dict[str, Any]) -> Iterator[Callable[[dict[str, Any]], dict[str, Any]]]:
    for i in range(len(given["y"])):
        yield lambda now, i=i: {"y": given["y"][i : i + 1]} if len(now["y"]) > 1 else {}  # type: ignore[misc]


def _rounder(given: dict[str, Any], model: Any) -> Iterator[Callable[[dict[str, Any]], dict[str, Any]]]:
    for factor, places in ((1.0, 2), (1.0, 1), (0.1, 1), (0.1, 1)) if model.states is None else ():
        yield lambda now, by=factor, places=places: {"y": np.round(now["y"] * by, places) + 0.0}  # type: ignore[misc]
    yield lambda now: {"beta": float(f"{now['beta']:.0e}")}
    yield lambda now: {"beta": model.beta}
