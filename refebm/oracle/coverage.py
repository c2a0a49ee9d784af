"""What the vectors visit of each function's domain: decades, signs, sizes, thresholds; no bin should be left out."""

from __future__ import annotations

from collections.abc import Iterator

from .contract import CONTRACT, cases

Table = list[tuple[str, list[str], set[str]]]


def table(function: str) -> Table:
    """(what, its bins, those visited) by the vectors of a function; of one that declares no domain, nothing."""
    row = CONTRACT[function]
    inputs = [arguments for _, arguments in cases(function)]
    return [] if row.domain is None else list(row.domain.coverage(row.arguments, inputs))


def unvisited(found: Table) -> list[str]:
    return [f"{what}: {bin}" for what, bins, met in found for bin in bins if bin not in met]


def lines() -> Iterator[str]:
    """The table as text: a run of bins is written as its ends."""
    yield f"{'function':<26}  {'argument or measure':<22}  {'visited':>9}  bins; those left out"
    for function in CONTRACT:
        for what, bins, met in table(function):
            out = [bin for bin in bins if bin not in met]
            ends = ", ".join(bins) if len(bins) < 5 else f"{bins[0]} ... {bins[-1]}"
            left = f"; not {', '.join(out)}" if out else ""
            yield f"{function:<26}  {what:<22}  {len(met):>3} of {len(bins):>2}  {ends}{left}"
