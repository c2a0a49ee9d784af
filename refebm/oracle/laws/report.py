"""What a run of laws says: as text, as JSON, as JUnit's XML."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict
from xml.etree import ElementTree

from ..forms import plain, written
from .findings import BROKEN, HOLDS, UNTESTED, Finding, LawRun


def lines(run: LawRun) -> Iterator[str]:
    """The report as text; what was not tested comes last, with what it would need."""
    if run.failure:
        yield f"the module failed: {run.failure}"
        return
    yield f"{'law':<24}  {'id':<4}  {'verdict':<8}  {'inputs':>6}  what it says"
    for f in run.findings:
        if f.verdict != UNTESTED:
            yield f"{f.name:<24}  {f.equation:<4}  {f.verdict:<8}  {f.asked:>6}  {f.what}"
        if f.verdict == BROKEN:
            yield from (f"{'':<24}  {line}" for line in _why(f))
    for name, of in run.made.items():
        yield f"{name} is by GRADIENT of {of}"
    for message in dict.fromkeys(f.message for f in run.findings if f.verdict == UNTESTED):
        names = [f"{f.name} ({f.equation})" for f in run.findings if (f.verdict, f.message) == (UNTESTED, message)]
        yield f"not tested, {message}: {', '.join(names)}"
    counts = {verdict: sum(f.verdict == verdict for f in run.findings) for verdict in (HOLDS, BROKEN, UNTESTED)}
    yield f"laws: {counts[HOLDS]} hold, {counts[BROKEN]} broken, {counts[UNTESTED]} not tested (seed {run.seed})"


def _why(f: Finding) -> Iterator[str]:
    if f.slack:
        yield f"left {f.left:.8g}, right {f.right:.8g}, more than {f.slack:.2g} apart or on the wrong side"
    if f.message:
        yield f.message
    if f.input:
        yield "at " + ", ".join(f"{name} = {json.dumps(plain(value))}" for name, value in f.input.items())


def as_json(run: LawRun) -> str:
    return json.dumps(plain({**asdict(run), "code": run.code}), indent=1) + "\n"


def as_junit(run: LawRun) -> str:
    bad = [f for f in run.findings if f.verdict == BROKEN]
    tested = [f for f in run.findings if f.verdict != UNTESTED]
    suite = ElementTree.Element(
        "testsuite", name="refebm laws", tests=str(len(run.findings)), failures=str(len(bad)),
        skipped=str(len(run.findings) - len(tested)), errors=str(int(bool(run.failure))),
    )  # fmt: skip
    for f in run.findings:
        case = ElementTree.SubElement(
            suite, "testcase", classname="refebm.laws", name=" ".join([f.name, f.equation]).strip()
        )
        if f.verdict == BROKEN:
            ElementTree.SubElement(case, "failure", message="; ".join(["BROKEN", *_why(f)]))
        elif f.verdict == UNTESTED:
            ElementTree.SubElement(case, "skipped", message=f.message)
    if run.failure:
        case = ElementTree.SubElement(suite, "testcase", classname="refebm.laws", name="the module")
        ElementTree.SubElement(case, "error", message=run.failure)
    return written(suite)
