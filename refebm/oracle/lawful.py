"""A model judged by laws: every law on fresh inputs, what breaks it made small, and what that hints at."""

from __future__ import annotations

import pickle
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any

import numpy as np

from ..numerics.checks import Array
from .adapters import AdapterFailed
from .declared import SHAPES, WARM, Model
from .hints import Pairs
from .judge import AnswerError
from .laws import LAWS, Ask, Law, Sides
from .randomness import states
from .spaces import PANELS, WHOLE, Undecided

HOLDS, BROKEN, UNTESTED = "HOLDS", "BROKEN", "NOT TESTED"


@dataclass
class Finding:
    """What became of a law: at how many inputs it was asked, and where it is broken the smallest one found and both sides."""

    equation: str
    name: str
    what: str
    verdict: str
    asked: int = 0
    message: str = ""
    input: dict[str, Any] = field(default_factory=dict)
    left: float = 0.0
    right: float = 0.0
    slack: float = 0.0


@dataclass
class LawRun:
    """All findings, and why a run broke off."""

    findings: list[Finding]
    seed: int
    inputs: int
    made: dict[str, str] = field(default_factory=dict)  # slopes by GRADIENT, and of what
    failure: str = ""

    @property
    def code(self) -> int:
        """0 no law is broken; 1 one is; 3 the module failed; 4 no law could be tested."""
        verdicts = {f.verdict for f in self.findings}
        return 3 if self.failure else 1 if BROKEN in verdicts else 0 if HOLDS in verdicts else 4


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


def problems(model: Model, inputs: int, seed: int) -> Iterator[dict[str, Any]]:
    """Fresh inputs, near and far from each other, inside the box and around it."""
    for i in range(inputs):
        rng = np.random.default_rng([seed, i])
        n, scale, width = int(rng.choice([1, 2, 3, 5])), 10 ** rng.uniform(-3, 0.6), np.ptp(model.box, axis=1)
        if model.states is not None:
            y = model.states[rng.integers(len(model.states), size=n)]
        else:
            centre = model.box[:, 0] + width * rng.uniform(size=model.dim)
            y = centre + width * scale * rng.uniform(-0.5, 0.5, (n, model.dim))
        given = {"y": _short(y), "z": model.latents, "beta": float(_short(model.beta * 10 ** rng.uniform(-2, 2)))}
        given |= {"w": model.parameters(rng), "factor": 10 ** rng.uniform(0.1, 1), "seed": int(rng.integers(2**31))}
        yield given | {"scale": min(scale, 1.0)}


def _short(value: Any) -> Array:
    """Few digits, which a report shows whole and float32 nearly holds."""
    with np.errstate(divide="ignore"):
        digits = np.floor(np.log10(np.where(value == 0, 1, np.abs(value))))
    step = 10.0 ** (digits - 4)
    return np.asarray(np.round(value / step) * step).astype(np.float32).astype(float)


def laws_of(model: Model) -> list[Law]:
    """The laws of rows and forms, and those of the whole."""

    def shaped(name: str) -> Callable[[Ask], Sides]:
        def sides(a: Ask) -> Sides:
            answer = a(name, n=4)
            return Sides(np.isnan(answer).astype(float), 0.0 * answer.astype(bool), np.full(answer.shape, 0.5))

        return sides

    forms = [Law("", f"answers of {f}", f"numbers of shape {SHAPES[f]}", (f,), shaped(f)) for f in model.functions if f not in ("vjp", "jvp", "variational_free_energy")]
    return forms + LAWS + WHOLE


def missing(model: Model, law: Law) -> str:
    """What would have to be offered for a law to be tested."""
    lacks = [need for need in law.needs if not any(model.has(name) for name in need.split(" or "))]
    if lacks:
        return f"would need {' and '.join(lacks)}"
    for f in law.warm if law.warm else ():
        if "beta" not in model.functions[f]:
            return f"{f} would have to take beta"
    for f in law.needs if "W" in law.needs else ():
        if f in model.functions and "w" not in model.functions[f]:
            return f"{f} would have to take w"
    if law.name == "order of latents" and "z" not in model.functions["energy"]:
        return "energy would have to take z"
    if law in WHOLE and law.name != "seeded draws" and model.states is None and model.dim not in PANELS:
        return "would need STATES, or DIM of 3 or less"
    return ""


def judge_law(model: Model, law: Law, drawn: list[dict[str, Any]]) -> Finding | None:
    """The finding of one law; None of a law of rows whose function is not offered."""
    lacks = missing(model, law)
    if lacks and law.name.startswith("rows of"):
        return None
    found = Finding(law.equation, law.name, law.what, UNTESTED, 0, lacks)
    if lacks:
        return found
    functions = tuple(name for need in law.needs for name in need.split(" or ") if name in WARM or name in model.functions)
    pairs, worst, failing = Pairs(), 1.0, None
    for given in _mild(model, drawn) if law in WHOLE else drawn:
        ask = Ask(model, given, functions)
        try:
            sides = law.sides(ask)
        except (AnswerError, Undecided) as error:
            found.message = str(error)
            if law.name.startswith("answers of"):
                found.verdict, found.input = BROKEN, _shown(ask, model, functions)
                return found
            continue
        decided = np.isfinite(sides.slack) | np.isnan(sides.left)
        found.asked += bool(decided.any())
        pairs.add(sides, ask)
        if sides.excess().max(initial=0) > worst:
            worst, failing = sides.excess().max(), given
    if found.asked:
        found.verdict, found.message = HOLDS, ""
    elif not found.message:
        found.message = "differences too rough, ties, or no finite answer there"
    if failing is not None:
        small, sides = (failing, law.sides(Ask(model, failing, functions))) if law in WHOLE else shrunk(model, law, failing, functions)
        _break(found, sides)
        found.message, found.input = pairs.hint(law.sides), _shown(Ask(model, small, functions), model, functions)
    return found


def _mild(model: Model, drawn: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Inputs of laws of the whole: beta about what is declared, since there the box holds the density."""
    return [given | {"beta": model.beta * factor} for given, factor in zip(drawn, (1, 0.75, 1.5), strict=False)]


def _break(found: Finding, sides: Sides) -> None:
    at = np.unravel_index(np.argmax(sides.excess()), sides.excess().shape)
    left, right, slack = (float(np.broadcast_to(v, sides.excess().shape)[at]) for v in sides[:3])
    found.verdict, found.left, found.right, found.slack = BROKEN, left, right, slack


def _shown(ask: Ask, model: Model, functions: tuple[str, ...]) -> dict[str, Any]:
    """The input of a law, as far as its functions take it."""
    used = {key for f in functions if f in model.functions for key in model.functions[f]} - {"z", "n", "q", "u", "v"}
    return {key: np.asarray(v).tolist() for key, v in ask.given.items() if key in used and v is not None}


def shrunk(model: Model, law: Law, given: dict[str, Any], functions: tuple[str, ...]) -> tuple[dict[str, Any], Sides]:
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


def _rounder(given: dict[str, Any], model: Model) -> Iterator[Callable[[dict[str, Any]], dict[str, Any]]]:
    for places in (2, 1) if model.states is None else ():
        yield lambda now, places=places: {"y": np.round(now["y"], places)}  # type: ignore[misc]
    yield lambda now: {"beta": float(f"{now['beta']:.0e}")}
    yield lambda now: {"beta": model.beta}


def behaviour(model: Model, drawn: list[dict[str, Any]], kept: Any) -> Iterator[Finding]:
    """What functions do beside their answers."""
    found = Finding("", "arguments stay", "no argument is changed", HOLDS, len(model.functions))
    if model.mutated:
        found.verdict, found.message = BROKEN, "; ".join(f"{f}: {seen}" for f, seen in model.mutated.items())
    yield found
    found = Finding("", "same answer again", "the same question later has the same answer", HOLDS, 0)
    for name in [f for f in SHAPES if f in model.functions and f not in ("jvp", "vjp", "variational_free_energy")]:
        try:
            answers = [Ask(model, drawn[i], (name,))(name, n=4) for i in (0, -1, 0)]
        except AnswerError:
            continue
        found.asked += 1
        if not np.array_equal(answers[0], answers[2], equal_nan=True):
            found.verdict, found.message = BROKEN, f"{name} remembers, or draws by chance"
    yield found
    found = Finding("", "random states stay", "no global random state is changed", HOLDS, len(kept))
    for name, state, before in kept:
        if pickle.dumps(state[0]()) != before:
            found.verdict, found.message = BROKEN, f"{name} global random state changed"
        state[1](pickle.loads(before))
    yield found
