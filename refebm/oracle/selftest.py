"""The proof: every bug of the catalogue through the same judgement, every right function, and right ones that misbehave."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from ..numerics.checks import Array
from . import reference
from .adapters import ModuleAdapter
from .behaviour import judge_twice
from .contract import CONTRACT, Bug, bugs_of, run
from .judge import Verdict, judge
from .misbehaviours import MISBEHAVIOURS, shows


@dataclass(frozen=True)
class Row:
    """One function: the verdict on refebm's own, and each bug's."""

    function: str
    own: Verdict
    bugs: dict[str, Verdict]

    @property
    def killed(self) -> int:
        """Bugs that at least two vectors refuse."""
        return sum(v.verdict != "PASS" and len(v.failed) >= 2 for v in self.bugs.values())

    @property
    def named(self) -> int:
        return sum(v.match == name for name, v in self.bugs.items())

    @property
    def misnamed(self) -> int:
        return sum(v.match not in ("", name) or v.verdict == "CONVENTION" for name, v in self.bugs.items())


def mutant_of(bug: Bug) -> Callable[..., Array]:
    """A bug's code as a function of the contract."""
    return lambda *a: run(bug.code, dict(zip(CONTRACT[bug.function].arguments, a, strict=True)))


def rows() -> Iterator[Row]:
    """The kill matrix, a function at a time."""
    own = ModuleAdapter(reference)
    for function in CONTRACT:
        verdicts = {}
        for bug in bugs_of(function):
            mutant = ModuleAdapter({function: mutant_of(bug)})
            verdicts[bug.id] = judge(function, mutant.call)
        yield Row(function, judge(function, own.call), verdicts)


def passed(table: list[Row]) -> bool:
    """All right ones pass, all bugs are killed twice, at least 95 % named rightly and none wrongly."""
    total = sum(len(row.bugs) for row in table)
    return (
        all(row.own.verdict == "PASS" and row.killed == len(row.bugs) and not row.misnamed for row in table)
        and sum(row.named for row in table) >= 0.95 * total
    )


def lines(table: list[Row]) -> Iterator[str]:
    yield f"{'function':<26}  {'own':<6}  {'[u S]':>6}  {'bugs':>4}  {'killed twice':>12}  {'named':>5}  {'misnamed':>8}"
    for row in table:
        own = f"{row.own.verdict:<6}  {row.own.worst:>6.2f}"
        yield f"{row.function:<26}  {own}  {len(row.bugs):>4}  {row.killed:>12}  {row.named:>5}  {row.misnamed:>8}"
        for name, v in row.bugs.items():
            if v.match != name or len(v.failed) < 2:
                yield f"    {name}: {v.verdict} by {len(v.failed)} vectors, taken for {v.match or 'nothing known'}"
    total = [sum(values) for values in zip(*((len(r.bugs), r.killed, r.named, r.misnamed) for r in table), strict=True)]
    yield f"{total[0]} bugs: {total[1]} killed by two vectors at least, {total[2]} named rightly, {total[3]} wrongly"


def misbehaved(behaviour: str, what: str, functions: list[str]) -> list[Verdict]:
    """Verdicts on right functions that are made to misbehave, of those in which it shows."""
    make = next(make for name, other, make in MISBEHAVIOURS if (name, other) == (behaviour, what))
    made = {name: make(getattr(reference, name)) for name in functions if shows(behaviour, what, CONTRACT[name])}
    verdicts: list[Verdict] = []
    judge_twice(ModuleAdapter(made), list(made), verdicts)
    return verdicts


def behaviours() -> Iterator[tuple[str, str, list[Verdict]]]:
    """Each misbehaviour, with the verdicts on every fifth function, another first one each time."""
    for i, (behaviour, what, _) in enumerate(MISBEHAVIOURS):
        yield behaviour, what, misbehaved(behaviour, what, list(CONTRACT)[i % 5 :: 5])


def named(behaviour: str, found: Verdict) -> bool:
    """Refused for this alone."""
    return found.verdict in ("MISBEHAVES", "WRONG") and list(found.behaviour) == [behaviour]


def behaviour_lines(table: list[tuple[str, str, list[Verdict]]]) -> Iterator[str]:
    runs = [(behaviour, what, v) for behaviour, what, verdicts in table for v in verdicts]
    for behaviour, what, v in runs:
        if not named(behaviour, v):
            yield f"    {v.function}, {what}: {v.verdict}, taken for {', '.join(v.behaviour) or 'no misbehaviour'}"
    good = sum(named(behaviour, v) for behaviour, _, v in runs)
    yield f"{len(table)} misbehaviours in {len(runs)} right functions: {good} refused and named rightly"
