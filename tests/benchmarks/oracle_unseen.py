"""How the oracle judges mistakes that it has not seen, and right ways of its own contract: totals by kind and by function.

    python tests/benchmarks/oracle_unseen.py [--table FILE]

Single mistakes are not printed, so that who builds the oracle learns nothing of them. With --table they are written to a file, what
each is beside what the oracle said: whether it is named rightly is for a reader to judge, but for mistakes of behaviour, that
are named by the kind's own word ("remembers" and "order" stand for each other: both answer by earlier calls). "said" counts those
of which the oracle said anything more than a verdict, a symptom included; "matched" those that it took for one mistake.
"""

import argparse
import re
import sys
from collections import Counter
from pathlib import Path
from time import perf_counter

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "oracle"))
from unseen import BUGS, RIGHT
from unseen.common import BEHAVIOUR, KINDS, new

from refebm.oracle import check
from refebm.oracle.contract import CONTRACT

COLUMNS = (
    "tried",
    "escaped",
    "caught",
    "WRONG",
    "MISBEHAVES",
    "INACCURATE",
    "CONVENTION",
    "ERROR",
    "said",
    "matched",
    "named",
)
WORDS = {kind: {kind} for kind in BEHAVIOUR} | {kind: {"remembers", "order"} for kind in ("remembers", "order")}


def judged(function, code):
    """(verdict, the mistake it is taken for, all that is said, seconds)."""
    np.random.seed(0)  # noqa: NPY002
    start = perf_counter()
    run = check({function: new(code)}, [function])
    if run.failure:
        return "ERROR", "", run.failure, perf_counter() - start
    found = run.verdicts[0]
    said = "; ".join(filter(None, (found.match, *found.behaviour, found.message)))
    return found.verdict, found.match, said, perf_counter() - start


def marks(kind, verdict, match, said):
    yield "tried"
    yield "escaped" if verdict == "PASS" else "caught"
    if verdict != "PASS":
        yield verdict
        if said:
            yield "said"
        if match:
            yield "matched"
        if WORDS.get(kind, set()) & set(re.findall(r"\w+", said)):
            yield "named"


def lines(counts, names):
    yield f"{'':<24}" + "".join(f"{c:>12}" for c in COLUMNS)
    for name in (*names, "all"):
        behaves = name in BEHAVIOUR
        cells = (counts[name, c] if c != "named" or behaves else "unjudged" for c in COLUMNS)
        yield f"{name:<24}" + "".join(f"{cell:>12}" for cell in cells)


def main(table):
    counts, rows, seconds = Counter(), [], []
    for function, kind, what, code, *_ in BUGS:
        verdict, match, said, took = judged(function, code)
        counts.update((name, mark) for name in (function, kind, "all") for mark in marks(kind, verdict, match, said))
        rows.append(f"{function} | {kind} | {verdict} | {what} | {said}")
        seconds.append(took)
    names = [name for name in CONTRACT if counts[name, "tried"]]
    print("by kind", *lines(counts, KINDS), "\nby function", *lines(counts, names), sep="\n")
    alarms = Counter(judged(function, code)[0] for function, code in RIGHT)
    false = len(RIGHT) - alarms["PASS"] - alarms["INACCURATE"]
    print(f"\n{len(RIGHT)} right ways: {false} false alarms, {alarms['INACCURATE']} called INACCURATE")
    print(f"{sum(seconds):.1f} s for {len(BUGS)} mistakes, {max(seconds):.2g} s at most")
    if table:
        Path(table).write_text("\n".join(["function | kind | verdict | what it is | what is said", *rows, ""]))


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--table", help="a file to write single mistakes to")
    main(parser.parse_args().table)
