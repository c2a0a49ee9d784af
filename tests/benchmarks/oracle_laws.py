"""How often the laws refuse a right model: `python tests/benchmarks/oracle_laws.py [SEEDS] [INPUTS]`, of each model so many runs.

Every seed draws other inputs, other parameters and other draws of the samplers.
"""

import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "oracle"))
from lawful_models import RIGHT

from refebm.oracle.laws.findings import BROKEN, HOLDS
from refebm.oracle.laws.lawful import check_laws
from refebm.oracle.laws.report import lines


def main(seeds: int, inputs: int) -> None:
    total = broken = 0
    for model in RIGHT:
        begun, laws, bad = time.perf_counter(), 0, 0
        for seed in range(seeds):
            run = check_laws(model(), inputs=inputs, seed=seed)
            laws += sum(f.asked for f in run.findings if f.verdict != "NOT TESTED")
            bad += any(f.verdict == BROKEN for f in run.findings)
            if run.code:
                print("\n".join(lines(run)))
        held = sum(f.verdict == HOLDS for f in run.findings)
        seconds = time.perf_counter() - begun
        print(
            f"{model.__name__:<10} {seeds} runs, {bad} refused; {held} laws, asked {laws} times; {seconds:.0f} s",
            flush=True,
        )
        total, broken = total + seeds, broken + bad
    print(f"{total} runs of right models, {broken} refused")


if __name__ == "__main__":
    main(*(int(v) for v in [*sys.argv[1:], 130, 10][:2]))
