"""How long a run of everything takes where each function is compiled for each shape: JAX, jitted  (pip install '.[race]').

    python tests/benchmarks/oracle_jax.py [plain]

Prints the functions and their shapes, how often JAX compiled, the seconds that took and those of the whole run, by the wall's clock
and the processor's. XLA is told to compile quickly, as the skeleton of `refebm new-adapter jax` says; plain: it is not.
"""

import os
import resource
import sys
from pathlib import Path
from time import perf_counter

if "plain" not in sys.argv:
    os.environ["XLA_FLAGS"] = (
        "--xla_backend_optimization_level=0 --xla_cpu_use_fusion_emitters=false --xla_cpu_parallel_codegen_split_count=1"
    )
START = perf_counter()

import jax  # noqa: E402

from refebm.oracle.adapters import ModuleAdapter  # noqa: E402
from refebm.oracle.judge import vectors  # noqa: E402
from refebm.oracle.report import execute, lines  # noqa: E402

ADAPTER = Path(__file__).resolve().parents[1] / "oracle" / "jax_adapter.py"


def shapes(function):
    return {tuple(v.shape for v in vector["arguments"].values()) for vector in vectors(function)}


def main():
    took = []
    jax.monitoring.register_event_duration_secs_listener(
        lambda event, seconds, **_: took.append(seconds) if event.endswith("backend_compile_duration") else None
    )
    adapter = ModuleAdapter(str(ADAPTER))
    run = execute(adapter)
    used = resource.getrusage(resource.RUSAGE_SELF)
    print("\n".join(line for line in lines(run) if " PASS " not in line))
    print(f"{len(adapter.functions)} functions, {sum(len(shapes(f)) for f in adapter.functions)} shapes of them")
    print(f"{len(took)} compilations in {sum(took):.1f} s")
    print(f"all: {perf_counter() - START:.1f} s, {used.ru_utime + used.ru_stime:.1f} s of the processor")
    return run.code


if __name__ == "__main__":
    sys.exit(main())
