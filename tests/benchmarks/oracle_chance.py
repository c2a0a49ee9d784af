"""Right samplers through many seeds: how often the oracle refuses one, how far p comes down, how often it looks again.

Run by hand:  python tests/benchmarks/oracle_chance.py [SEEDS] [FUNCTION or FUNCTION:WAY ...]

Each right way of writing each function that draws is judged with so many seeds (10^4 by default), but for those that go row by
row, which are slow. The bound on the chance of a refusal is a theorem; this sees that the code keeps it, and what a run costs.
"""

import sys
from time import process_time

import numpy as np

from refebm.oracle.chance.draws import MANY
from refebm.oracle.chance.judge import CALLS, EPSILON, judge_draws
from refebm.oracle.contract import DRAWS, FILES

RIGHT = {name: ways for file in FILES.values() for name, ways in getattr(file, "RIGHT", {}).items() if name in DRAWS}


def calls(code):
    """As an adapter calls it."""

    def call(function, arguments):
        answer = code(*arguments.values())
        return np.asarray(answer, float), str(answer.dtype)

    return call


def measured(function, code, seeds):
    """Refusals, the least p, the share of runs with more than one look, seconds a run."""
    start, refused, least, longer = process_time(), 0, 1.0, 0
    for i in range(seeds):
        found = judge_draws(function, calls(code), 10_000 * i)
        refused += found.verdict != "PASS"
        least = min(least, found.p)
        longer += found.draws > CALLS[0] * MANY * len(DRAWS[function].questions)
    return refused, least, longer / seeds, (process_time() - start) / seeds


def main(seeds=10_000, *select):
    print(f"{'right way':<20}  {'seeds':>6}  {'refused':>7}  {'least p':>8}  {'looks again':>11}  {'s a run':>7}")
    for function, ways in RIGHT.items():
        for i, code in enumerate(ways):
            name = f"{function}:{i}"
            if code.__name__ == "row_by_row" or (select and not {function, name} & set(select)):
                continue
            refused, least, longer, cost = measured(function, code, int(seeds))
            print(f"{name:<20}  {seeds:>6}  {refused:>7}  {least:>8.1e}  {longer:>11.4f}  {cost:>7.4f}", flush=True)
    print(f"a look refuses at p <= {EPSILON:g}")


if __name__ == "__main__":
    main(*sys.argv[1:])
