"""A run of the oracle and what it says: as text, as JSON, as JUnit's XML, as an exit code."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any
from xml.etree import ElementTree

from .adapters import AdapterFailed, ModuleAdapter, ModuleProcess
from .behaviour import BEHAVIOURS, judge_twice
from .chance import Drawn
from .contract import CATALOGUE, CONTRACT, DRAWS, NAMES, SAMPLERS
from .drawn import judge_drawing
from .drawn import lines as drawn_lines
from .judge import Verdict, shows
from .program import CommandAdapter

EXIT = {"PASS": 0, "WRONG": 1, "MISBEHAVES": 1, "CONVENTION": 1, "INACCURATE": 2, "ERROR": 3}


@dataclass
class Run:
    """Planned functions, the verdicts of those that ran, what the implementation does not offer, and why a run broke off."""

    planned: list[str]
    verdicts: list[Verdict] = field(default_factory=list)
    unsupported: list[str] = field(default_factory=list)
    failure: str = ""
    unknown: list[str] = field(default_factory=list)  # offered, but no functions of the contract
    allow_inaccurate: bool = False

    @property
    def code(self) -> int:
        """0 all planned ran and passed; 1 wrong; 2 inaccurate only; 3 the adapter failed; 4 nothing, or not all, ran."""
        codes = {EXIT[v.verdict] for v in self.verdicts if not self.passes(v)}
        if self.failure:
            return 3
        for code in (1, 3, 2):
            if code in codes:
                return code
        return 0 if self.verdicts and len(self.verdicts) == len(self.planned) and not self.unknown else 4

    def passes(self, v: Verdict) -> bool:
        """Whether a verdict is no failure."""
        return v.verdict == "PASS" or (self.allow_inaccurate and v.verdict == "INACCURATE")

    def blind(self) -> list[str]:
        """Bugs of the catalogue that this run could not have caught: their function did not run, or in too few digits."""
        ran = {v.function: v.dtype for v in self.verdicts if v.verdict != "ERROR"}
        drawn = [name for name in SAMPLERS if name.split("/")[0] not in ran]
        return [b.id for b in CATALOGUE if b.function not in ran or not shows(b, ran[b.function])] + drawn


def execute(
    adapter: ModuleAdapter | ModuleProcess | CommandAdapter,
    select: Sequence[str] = (),
    dtype: str = "",
    allow_inaccurate: bool = False,
) -> Run:
    """Judge every selected function (all that are offered by default); in the adapter's precision, unless another is given."""
    planned = list(dict.fromkeys(select)) or list(adapter.functions)
    unsupported = [name for name in NAMES if name not in adapter.functions]
    run = Run(planned, [], unsupported, "", [] if select else adapter.unknown, allow_inaccurate)
    try:
        offered = [name for name in planned if name in adapter.functions]
        judge_twice(adapter, [name for name in offered if name in CONTRACT], run.verdicts, dtype)
        judge_drawing(adapter, [name for name in offered if name in DRAWS], run.verdicts, dtype)
    except AdapterFailed as error:
        run.failure = str(error)
    return run


def lines(run: Run) -> Iterator[str]:
    """The report as text."""
    drawn = [v for v in run.verdicts if isinstance(v, Drawn)]
    if len(drawn) < len(run.verdicts) or not drawn:
        yield f"{'function':<26}  {'verdict':<11}  {'digits':>6}  {'worst [u S]':>11}  matches"
    for v in (v for v in run.verdicts if not isinstance(v, Drawn)):
        about = (", ".join(filter(None, (v.match, *v.behaviour))) or v.message) + (
            f" (as {v.dtype})" if (v.failed or v.verdict == "PASS") and v.dtype != "float64" else ""
        )
        yield f"{v.function:<26}  {v.verdict:<11}  {v.digits:>6.1f}  {v.worst:>11.3g}  {about.strip()}".rstrip()
        if (v.match or v.behaviour) and v.message:
            yield f"{'':<26}  {v.message}"
        for name, seen in v.behaviour.items():
            yield f"{'':<26}  {name}: {seen}. {' '.join(BEHAVIOURS[name])}"
        if v.failed and v.verdict != "PASS":
            yield f"{'':<26}  at {', '.join(v.failed[:3])}{' ...' if len(v.failed) > 3 else ''}"
        if v.verdict in ("WRONG", "INACCURATE") and v.match:
            bug = next(bug for bug in CATALOGUE if bug.id == v.match)
            yield f"{'':<26}  {bug.what} {bug.mend}"
        elif v.verdict == "INACCURATE":
            yield from (f"{'':<26}  {line}" for line in _known(v))
        if v.verdict == "CONVENTION":
            what = CONTRACT[v.function].conventions[v.match].what
            yield f"{'':<26}  {what}; declare it: CONVENTIONS = {{{v.function!r}: {v.match!r}}}"
    yield from drawn_lines(drawn)
    missed = sorted({name for name in run.planned if name not in {v.function for v in run.verdicts}})
    if run.failure:
        yield f"the adapter failed: {run.failure}"
    if missed:
        yield f"planned, but did not run: {', '.join(missed)}"
    if run.unknown:
        yield f"offered, but not of the contract: {', '.join(run.unknown)}"
    count = sum(v.ran for v in run.verdicts)
    yield f"planned {len(run.planned)}, ran {len(run.verdicts)} ({count} vectors), unsupported {len(run.unsupported)}"
    known, others = len(CATALOGUE) + len(SAMPLERS), len(run.blind())
    yield f"of {known} known bugs this run could have caught {known - others}" + (
        f"; --json lists the {others} others" if others else ""
    )


def _known(v: Verdict) -> Iterator[str]:
    """What can be said of an answer that is nearly right, and by no mistake of the catalogue."""
    if not v.failed:
        yield f"Right as {v.dtype}, which was not said: --dtype {v.dtype}, or DTYPE = {v.dtype!r} in the module."
        yield "Or have float64 throughout: torch.tensor(v, dtype=torch.float64), jax.config.update('jax_enable_x64', True)."
        return
    row = CONTRACT[v.function]
    yield f"Nearly right: an approximation, an added constant, or lost digits ({row.equation})."
    if row.keeps:
        yield f"Digits are kept by: {row.keeps}"


def as_json(run: Run) -> str:
    data = {**asdict(run), "code": run.code, "could_not_have_caught": run.blind()}

    def finite(value: Any) -> Any:
        if isinstance(value, dict):
            return {k: finite(v) for k, v in value.items()}
        if isinstance(value, list):
            return [finite(v) for v in value]
        return str(value) if isinstance(value, float) and value in (float("inf"), float("-inf")) else value

    return json.dumps(finite(data), indent=1) + "\n"


def as_junit(run: Run) -> str:
    bad = [v for v in run.verdicts if not run.passes(v)]
    suite = ElementTree.Element("testsuite", name="refebm", tests=str(len(run.planned)), failures=str(len(bad)))
    ran = {v.function: v for v in run.verdicts}
    for name in run.planned:
        case = ElementTree.SubElement(suite, "testcase", classname="refebm", name=name)
        if name not in ran:
            ElementTree.SubElement(case, "error", message=run.failure or "did not run")
        elif not run.passes(v := ran[name]):
            about = "; ".join([v.match or v.message, *(f"{name}: {seen}" for name, seen in v.behaviour.items())])
            ElementTree.SubElement(case, "failure", message=f"{v.verdict} {about.strip('; ')}".strip())
    text = ElementTree.tostring(suite, encoding="unicode") + "\n"
    return re.sub(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]", "?", text)  # what XML can't hold
