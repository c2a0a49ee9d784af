"""A model judged by laws: every law on fresh inputs, what breaks it made small, and what that hints at."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from typing import Any

import numpy as np

from ..judge import AnswerError
from ..randomness import states
from .asking import SHAPES, WARM, Ask, Law, Sides
from .behaviour import behaviour
from .findings import BROKEN, HOLDS, UNTESTED, Finding
from .hints import Pairs
from .inputs import mild, problems, shrunk
from .laws import LAWS
from .spaces import PANELS, WHOLE, Undecided


def judge_laws(model: Any, inputs: int, seed: int) -> list[Finding]:
    """What becomes of every law, on so many fresh inputs."""
    kept = [(name, state, pickle.dumps(state[0]())) for name, state in states()]
    drawn = list(problems(model, inputs, seed))
    findings = [f for law in laws_of(model) if (f := judge_law(model, law, drawn)) is not None]
    return findings + list(behaviour(model, drawn, kept))


def laws_of(model: Any) -> list[Law]:
    """The laws of rows and forms, and those of the whole."""

    def shaped(name: str) -> Callable[[Ask], Sides]:
        def sides(a: Ask) -> Sides:
            answer = a(name, n=4)
            return Sides(np.isnan(answer).astype(float), 0.0 * answer.astype(bool), np.full(answer.shape, 0.5))

        return sides

    forms = [
        Law("", f"answers of {f}", f"numbers of shape {SHAPES[f]}", (f,), shaped(f))
        for f in model.functions
        if f not in ("vjp", "jvp", "variational_free_energy")
    ]
    return forms + LAWS + WHOLE


def missing(model: Any, law: Law) -> str:
    """What would have to be offered for a law to be tested."""
    lacks = [need for need in law.needs if not any(model.has(name) for name in need.split(" or "))]
    if lacks:
        return f"for want of {' and '.join(lacks)}"
    for f in law.warm if law.warm else ():
        if "beta" not in model.functions[f]:
            return f"as {f} takes no beta"
    for f in law.needs if "W" in law.needs else ():
        if f in model.functions and "w" not in model.functions[f]:
            return f"as {f} takes no w"
    if law.name == "order of latents" and "z" not in model.functions["energy"]:
        return "as energy takes no z"
    if law in WHOLE and law.name != "seeded draws" and model.states is None and model.dim not in PANELS:
        return "for want of STATES, or DIM of 3 or less"
    return ""


def judge_law(model: Any, law: Law, drawn: list[dict[str, Any]]) -> Finding | None:
    """The finding of one law; None of a law of rows whose function is not offered."""
    lacks = missing(model, law)
    if lacks and law.name.startswith("rows of"):
        return None
    found = Finding(law.equation, law.name, law.what, UNTESTED, 0, lacks)
    if lacks:
        return found
    functions = tuple(
        name for need in law.needs for name in need.split(" or ") if name in WARM or name in model.functions
    )
    pairs, worst, failing = Pairs(), 1.0, None
    for given in mild(model, drawn) if law in WHOLE else drawn:
        ask = Ask(model, given, functions)
        try:
            sides = law.sides(ask)
        except (AnswerError, Undecided) as error:
            found.message = str(error)
            if law.name.startswith("answers of"):
                found.verdict, found.input = BROKEN, _shown(ask, model, functions)
                return found
            continue
        found.asked += bool(np.isfinite(sides.slack).any())
        pairs.add(sides, ask)
        if sides.excess().max(initial=0) > worst:
            worst, failing = sides.excess().max(), given
    if found.asked:
        found.verdict, found.message = HOLDS, ""
    elif not found.message:
        found.message = "differences too rough, ties, or no finite answer there"
    if failing is not None:
        small, sides = (
            (failing, law.sides(Ask(model, failing, functions)))
            if law in WHOLE
            else shrunk(model, law, failing, functions)
        )
        _break(found, sides)
        found.message, found.input = pairs.hint(), _shown(Ask(model, small, functions), model, functions)
    return found


def _break(found: Finding, sides: Sides) -> None:
    at = np.unravel_index(np.argmax(sides.excess()), sides.excess().shape)
    left, right, slack = (float(np.broadcast_to(v, sides.excess().shape)[at]) for v in sides[:3])
    found.verdict, found.left, found.right, found.slack = BROKEN, left, right, slack


def _shown(ask: Ask, model: Any, functions: tuple[str, ...]) -> dict[str, Any]:
    """The input of a law, as far as its functions take it."""
    used = {key for f in functions if f in model.functions for key in model.functions[f]} - {"z", "n", "q", "u", "v"}
    return {key: np.asarray(v).tolist() for key, v in ask.given.items() if key in used and v is not None}
