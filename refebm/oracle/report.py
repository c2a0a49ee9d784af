"""A run of the oracle and what it says: as text, as JSON, as JUnit's XML, as an exit code."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any
from xml.etree import ElementTree

from .adapters import AdapterFailed, ModuleAdapter, ModuleProcess
from .behaviour import BEHAVIOURS, judge_twice, note
from .chance.drawn import judge_drawing
from .chance.drawn import lines as drawn_lines
from .chance.judge import Drawn
from .contract import CATALOGUE, CONTRACT, DRAWS, NAMES, SAMPLERS
from .diagnosis.diagnose import as_written, diagnose
from .forms import plain, written
from .fuzz import fuzz
from .gradients import hint
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
    made: dict[str, tuple[str, ...]] = field(
        default_factory=dict
    )  # slopes by the adapter's GRADIENT, and of which functions

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

    def how(self, v: Verdict) -> str:
        """That GRADIENT made it, and of what."""
        return f"by GRADIENT of {' and '.join(self.made[v.function])}" if v.function in self.made else ""

    def hint(self, v: Verdict) -> str:
        """What is wrong with a slope by GRADIENT of functions that are right."""
        fair = {w.function for w in self.verdicts if w.verdict in ("PASS", "INACCURATE")}
        of = self.made.get(v.function, ())
        return hint(of, v.message) if of and v.verdict == "WRONG" and fair >= set(of) else ""

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
    fresh: tuple[int, int] = (0, 0),
    kept: Sequence[dict[str, Any]] = (),
) -> Run:
    """Judge every selected function (all that are offered by default); in the adapter's precision, unless another is given.

    Beside the vectors by so many fresh inputs of a seed, and by vectors that were kept.
    """
    planned = list(dict.fromkeys(select)) or list(adapter.functions)
    unsupported = [name for name in NAMES if name not in adapter.functions]
    unknown = (
        adapter.unknown if isinstance(adapter, CommandAdapter) and not select else []
    )  # a module has names of its own
    run = Run(planned, [], unsupported, "", unknown, allow_inaccurate)
    if not isinstance(adapter, CommandAdapter):
        run.made = {name: of for name, of in adapter.made.items() if name in planned}
    try:
        offered = [name for name in planned if name in adapter.functions]
        judge_twice(adapter, [name for name in offered if name in CONTRACT], run.verdicts, dtype)
        if fresh[0] or kept:
            fuzz(adapter, run.verdicts, dtype, *fresh, kept)
            note(adapter, run.verdicts)
        for v in run.verdicts:
            if v.verdict in ("WRONG", "INACCURATE") and not (
                v.match or v.behaviour or v.function in adapter.conventions
            ):
                v.diagnosis = diagnose(v, adapter.call)
        judge_drawing(adapter, [name for name in offered if name in DRAWS], run.verdicts, dtype)
    except AdapterFailed as error:
        run.failure = str(error)
    return run


def lines(run: Run) -> Iterator[str]:
    """The report as text."""
    drawn = [v for v in run.verdicts if isinstance(v, Drawn)]
    if len(drawn) < len(run.verdicts) or not drawn:
        yield f"{'function':<26}  {'verdict':<11}  {'digits':>6}  {'worst [u S]':>11}  matches"
    for v in run.verdicts:
        if not isinstance(v, Drawn):
            yield from _lines(run, v)
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


def _lines(run: Run, v: Verdict) -> Iterator[str]:
    """Of one function."""
    other = v.dtype if (v.failed or v.verdict == "PASS") and v.dtype != "float64" else ""
    notes = [f"({note})" for note in (other and f"as {other}", run.how(v)) if note]
    about = " ".join([", ".join(filter(None, (v.match, *v.behaviour))) or v.message, *notes])
    yield f"{v.function:<26}  {v.verdict:<11}  {v.digits:>6.1f}  {v.worst:>11.3g}  {about.strip()}".rstrip()
    if (v.match or v.behaviour) and v.message:
        yield f"{'':<26}  {v.message}"
    for name, seen in v.behaviour.items():
        yield f"{'':<26}  {name}: {seen}. {' '.join(BEHAVIOURS[name])}"
    if v.fresh:
        yield f"{'':<26}  {v.fresh} fresh inputs passed"
    if v.smallest:
        yield f"{'':<26}  a fresh input that fails, as small as was found; --kept FILE keeps it:"
        yield json.dumps(v.smallest)
    if v.failed and v.verdict != "PASS":
        yield f"{'':<26}  at {', '.join(v.failed[:3])}{' ...' if len(v.failed) > 3 else ''}"
    if v.diagnosis:
        yield f"{'':<26}  as it seems: {v.diagnosis}"
        yield from (f"{'':<26}  which is: {text}" for text in as_written(v.function)[:1])
    if run.hint(v):
        yield f"{'':<26}  {run.hint(v)}"
    if v.verdict in ("WRONG", "INACCURATE") and v.match:
        bug = next(bug for bug in CATALOGUE if bug.id == v.match)
        yield f"{'':<26}  {bug.what} {bug.mend}"
    elif v.verdict == "INACCURATE":
        yield from (f"{'':<26}  {line}" for line in _known(v))
    if v.verdict == "CONVENTION":
        what = CONTRACT[v.function].conventions[v.match].what
        yield f"{'':<26}  {what}; declare it: CONVENTIONS = {{{v.function!r}: {v.match!r}}}"


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
    return json.dumps(plain(data), indent=1) + "\n"


def as_junit(run: Run) -> str:
    bad = [v for v in run.verdicts if not run.passes(v)]
    suite = ElementTree.Element("testsuite", name="refebm", tests=str(len(run.planned)), failures=str(len(bad)))
    ran = {v.function: v for v in run.verdicts}
    for name in run.planned:
        case = ElementTree.SubElement(suite, "testcase", classname="refebm", name=name)
        if name not in ran:
            ElementTree.SubElement(case, "error", message=run.failure or "did not run")
        elif not run.passes(v := ran[name]):
            behaviour = [f"{name}: {seen}" for name, seen in v.behaviour.items()]
            about = "; ".join(filter(None, [v.match or v.diagnosis or v.message, *behaviour, run.how(v)]))
            failure = ElementTree.SubElement(case, "failure", message=f"{v.verdict} {about}".strip())
            failure.text = json.dumps(v.smallest) if v.smallest else None
    return written(suite)
