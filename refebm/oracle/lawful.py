"""A model judged by laws: every law on fresh inputs, what breaks it made small, and what that hints at."""

from __future__ import annotations

import pickle
from collections.abc import Callable, Mapping
from types import ModuleType
from typing import Any

import numpy as np

from .adapters import AdapterFailed
from .asking import Ask, Law, Sides
from .declared import SHAPES, WARM, Model
from .findings import BROKEN, HOLDS, UNTESTED, Finding, LawRun
from .hints import Pairs
from .judge import AnswerError
from .law_behaviour import behaviour
from .law_inputs import mild, problems, shrunk
from .laws import LAWS
from .randomness import states
from .spaces import PANELS, WHOLE, Undecided


def check_laws(
    target: str | ModuleType | Mapping[str, Any],
    *,
    inputs: int = 50,
    seed: int = 0,
    timeout: float | None = None,
    startup: float | None = None,
) -> LawRun:
    """Hold a model that is not of the contract against the laws of energy-based models; its ``code`` is 0 if none is broken.

    Parameters
    ----------
    target : str, module or mapping
        What declares the model, and offers some of its functions (`refebm new-adapter laws FILE` writes one to begin with).
    inputs, seed : int
        So many fresh inputs, the same ones for the same seed.
    timeout, startup : float
        Seconds for an answer and for the import.
    """
    for name, number, least in (("inputs", inputs, 1), ("seed", seed, 0)):
        if number != int(number) or number < least:
            raise ValueError(f"{name}: expected a whole number from {least} up, got {number!r}")
    try:
        model = Model(target, timeout, startup)
        kept = [(name, state, pickle.dumps(state[0]())) for name, state in states()]
        drawn = list(problems(model, inputs, seed))
        findings = [f for law in laws_of(model) if (f := judge_law(model, law, drawn)) is not None]
        findings += behaviour(model, drawn, kept)
    except AdapterFailed as error:
        return LawRun([], seed, inputs, {}, str(error))
    return LawRun(findings, seed, inputs, model.made)


def assert_lawful(target: str | ModuleType | Mapping[str, Any], *, inputs: int = 50, seed: int = 0) -> None:
    """`check_laws`, raising an AssertionError with the report where a law is broken or none could be tested."""
    from .law_report import lines

    run = check_laws(target, inputs=inputs, seed=seed)
    assert run.code == 0, "\n".join(["", *lines(run)])


def laws_of(model: Model) -> list[Law]:
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


def missing(model: Model, law: Law) -> str:
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


def judge_law(model: Model, law: Law, drawn: list[dict[str, Any]]) -> Finding | None:
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


def _shown(ask: Ask, model: Model, functions: tuple[str, ...]) -> dict[str, Any]:
    """The input of a law, as far as its functions take it."""
    used = {key for f in functions if f in model.functions for key in model.functions[f]} - {"z", "n", "q", "u", "v"}
    return {key: np.asarray(v).tolist() for key, v in ask.given.items() if key in used and v is not None}
