"""The proof: every bug of the catalogue through the same judgement, and every right function too."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from ..numerics.checks import Array
from . import reference
from .adapters import ModuleAdapter
from .contract import CONTRACT, Bug, bugs_of, run
from .judge import Verdict, judge


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
