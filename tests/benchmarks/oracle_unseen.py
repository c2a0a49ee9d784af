"""How the oracle judges mistakes that it has not seen, and right ways of its own contract: totals by kind and by function.

    python tests/benchmarks/oracle_unseen.py [--table FILE]

Single mistakes are not printed, so that who builds the oracle learns nothing of them. With --table they are written to a file, what
each is beside what the oracle said: whether it is named rightly is for a reader to judge, but for mistakes of behaviour, that
are named by the kind's own word ("remembers" and "order" stand for each other: both answer by earlier calls). "fuzzed too" are
those that escape the vectors and 500 fresh inputs; "said" counts those of which the oracle said anything more than a verdict, a
symptom included; "matched" those that it took for one mistake, "explained" those with a diagnosis.
"""

import argparse
import re
import sys
from collections import Counter
from pathlib import Path
from time import process_time

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "oracle"))
from unseen import BUGS, RIGHT
from unseen.common import BEHAVIOUR, KINDS, new

from refebm.oracle import check
from refebm.oracle.contract import CONTRACT

FUZZ = 500  # fresh inputs for what escapes the vectors
COLUMNS = (
    "tried",
    "escaped",
    "fuzzed too",
    "caught",
    "WRONG",
    "MISBEHAVES",
    "INACCURATE",
    "CONVENTION",
    "ERROR",
    "said",
    "matched",
    "explained",
    "named",
)
WORDS = {kind: {kind} for kind in BEHAVIOUR} | {kind: {"remembers", "order"} for kind in ("remembers", "order")}


def judged(function, code, fuzz=0):
    """(verdict, the mistake it is taken for, the diagnosis, all that is said, seconds)."""
    np.random.seed(0)  # noqa: NPY002
    start = process_time()
    run = check({function: new(code)}, [function], fuzz=fuzz)
    if run.failure:
        return "ERROR", "", "", run.failure, process_time() - start
    found = run.verdicts[0]
    said = "; ".join(filter(None, (found.match, *found.behaviour, found.message, found.diagnosis)))
    return found.verdict, found.match, found.diagnosis, said, process_time() - start


def marks(kind, verdict, match, diagnosis, said):
    yield "tried"
    yield "escaped" if verdict == "PASS" else "caught"
    if verdict != "PASS":
        yield verdict
        if said:
            yield "said"
        if match:
            yield "matched"
        if diagnosis:
            yield "explained"
        if WORDS.get(kind, set()) & set(re.findall(r"\w+", said)):
            yield "named"


def lines(counts, names):
    yield f"{'':<24}" + "".join(f"{c:>11}" for c in COLUMNS)
    for name in (*names, "all"):
        behaves = name in BEHAVIOUR
        cells = (counts[name, c] if c != "named" or behaves else "unjudged" for c in COLUMNS)
        yield f"{name:<24}" + "".join(f"{cell:>11}" for cell in cells)


def main(table):
    counts, rows, seconds = Counter(), [], []
    for function, kind, what, code, *_ in BUGS:
        verdict, match, diagnosis, said, took = judged(function, code)
        all_marks = list(marks(kind, verdict, match, diagnosis, said))
        if verdict == "PASS":
            verdict = f"PASS, {judged(function, code, FUZZ)[0]} by fresh inputs"
            all_marks += ["fuzzed too"] if verdict.startswith("PASS, PASS") else []
        counts.update((name, mark) for name in (function, kind, "all") for mark in all_marks)
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
