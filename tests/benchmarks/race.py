"""refebm beside PyTorch and JAX on the same work, in one process, alternating: medians, ratios, the machine's floor, memory.

    pip install -e '.[race]' && python tests/benchmarks/race.py [--json FILE] [--quick]

float64 and two threads for each (as many as there are cores for the floor and refebm). All contenders have to agree before
any is timed. The floor of a map is the time that its N K exponentials take, on all cores. PyTorch and JAX are skipped, and
said to be, where they are not installed.
"""

import argparse
import json
import statistics
import time
import tracemalloc
from collections.abc import Callable
from functools import partial
from importlib.metadata import PackageNotFoundError, version

import numpy as np
from race_jax import jax_learning, jax_maps
from race_torch import torch_learning, torch_maps
from scipy.optimize import minimize_scalar

import refebm as r
from refebm.numerics import cores
from refebm.numerics.cores import CORES, on_all_cores

W, MAPS = np.array([2.0, 1.5]), ((425, 48), (10_000, 256), (1_000_000, 128))
RATE, STEPS = {"ellipse": 1e-3, "horn": 3e-3}, 1000


def seconds(call: Callable[[], object]) -> float:
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


def repeat(call: Callable[[], object], count: int) -> None:
    for _ in range(count):
        call()


def alternate(contenders: dict[str, Callable[[], object]], budget: float) -> dict[str, float]:
    """Median seconds of a call, the contenders in turns for about so many seconds in all, three turns at least.

    A turn is as many calls as fill 50 ms, after a pause in which the threads of the one before stop spinning, and as many
    that are not timed, in which the system takes back the memory of the one before, and the cores wake up.
    """
    first = {name: min(seconds(call) for _ in range(3)) for name, call in contenders.items()}
    calls = {name: max(1, int(0.05 / value)) for name, value in first.items()}
    turns = int(np.clip(budget / sum(2 * first[name] * calls[name] + 0.05 for name in contenders), 3, 100))
    times = {name: [] for name in contenders}
    for _ in range(turns):
        for name, call in contenders.items():
            time.sleep(0.05)
            repeat(call, calls[name])
            times[name].append(seconds(partial(repeat, call, calls[name])) / calls[name])
    return {name: statistics.median(values) for name, values in times.items()}


def floor(n: int, k: int) -> float:
    """Seconds for n k exponentials on all cores."""
    x, out = np.full(1 << 16, -1.0), np.empty((CORES, 1 << 16))

    def work(i: int) -> None:
        for _ in range(100):
            np.exp(x, out=out[i])

    best = min(seconds(lambda: on_all_cores(work, CORES)) for _ in range(5))
    return best / (100 * out.size) * n * k


def beyond_outputs(call: Callable[[], tuple[np.ndarray, ...]]) -> float:
    """MiB that refebm holds at most beside its results, its kept workspaces included."""
    cores._POOL.clear()  # with its threads go their workspaces
    tracemalloc.start()
    size = sum(out.nbytes for out in call())
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return (peak - size) / 2**20


def agree(answers: dict[str, tuple[np.ndarray, ...]], tolerance: float) -> None:
    reference = answers["refebm"]
    for name, answer in answers.items():
        for a, b in zip(answer, reference, strict=True):
            gap = np.abs(np.asarray(a) - b).max() / np.abs(b).max()
            if not gap <= tolerance:
                raise SystemExit(f"{name} disagrees with refebm by {gap:.1e}")


def maps(beta: float, n: int, k: int, budget: float) -> dict[str, object]:
    """F and dF/dy of n observations with k latents."""
    Y, z = np.random.default_rng(0).normal(size=(n, 2)) * 2, r.latent_grid(k)
    calls = {"refebm": lambda: r.free_energy_and_slope(r.ellipse, Y, z, W, beta)}
    calls |= torch_maps(Y, z, W, beta) | jax_maps(Y, z, W, beta)
    agree({name: call() for name, call in calls.items()}, 1e-12)
    times = alternate(calls, budget)
    memory = beyond_outputs(calls["refebm"])
    least = floor(n, k)
    return ratios(times) | {"floor": times["refebm"] / least, "MiB": memory}


def inference(n: int, budget: float) -> dict[str, object]:
    """The latent of least energy, beside a loop over SciPy's bounded search in each observation's quadrant."""
    Y = np.random.default_rng(1).normal(size=(n, 2)) * 2

    def loop() -> tuple[np.ndarray]:
        found = np.empty(n)
        for i, (a, b) in enumerate(np.abs(Y).tolist()):
            energy = lambda z, a=a, b=b: (a - W[0] * np.cos(z)) ** 2 + (b - W[1] * np.sin(z)) ** 2  # noqa: E731
            found[i] = minimize_scalar(energy, bounds=(0, np.pi / 2), method="bounded", options={"xatol": 1e-9}).fun
        return (found,)

    calls = {"refebm": lambda: (r.infer(Y, W).fun,), "SciPy's loop": loop}
    agree({name: call() for name, call in calls.items()}, 1e-9)
    return ratios(alternate(calls, budget))


def learning(kind: str, beta: float, budget: float) -> dict[str, object]:
    """1,000 steps of gradient descent on the energy loss, latents on a grid."""
    rng, z = np.random.default_rng(2), r.latent_grid(48)
    if kind == "ellipse":
        energy, x, y, w = r.ellipse, None, r.ellipse_data(24, rng), np.array([1.5, 2.0])
    else:
        energy, x = r.horn, rng.uniform(0, 1, (1000, 1))
        y = r.observe(x[:, 0], rng)
        w = r.start(energy, y, rng, x)
    options = {"method": "gd", "steps": STEPS, "rate": RATE[kind], "tol": 1e-300}
    calls = {"refebm": lambda: (r.learn(r.marginal(energy, z, beta), y, w, x, **options).w,)}
    data = (y, x, z, w, beta, RATE[kind], STEPS)
    calls |= torch_learning(*data) | jax_learning(*data)
    agree({name: call() for name, call in calls.items()}, 1e-9)
    return ratios(alternate(calls, budget))


def ratios(times: dict[str, float]) -> dict[str, object]:
    others = {name: value / times["refebm"] for name, value in times.items() if name != "refebm"}
    return {"seconds": times, "ratios": others}


def show(result: dict[str, object]) -> None:
    others = "  ".join(f"{name} {value:.3g}" for name, value in result["ratios"].items())
    extra = f"  floor {result['floor']:.2f}  {result['MiB']:.1f} MiB" if "floor" in result else ""
    print(f"{result['work']:<62} {result['seconds']['refebm'] * 1e3:>9.3f} ms  {others}{extra}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", metavar="FILE", help="write the table as JSON")
    parser.add_argument("--only", metavar="WORD", default="", help="rows whose description holds this")
    parser.add_argument("--quick", action="store_true", help="a tenth of the time, without the largest map")
    options = parser.parse_args()
    budget, versions = (1.5, {}) if options.quick else (15.0, {})
    for name in ("numpy", "scipy", "torch", "jax"):
        try:
            versions[name] = version(name)
        except PackageNotFoundError:
            print(f"{name} is not installed: skipped (pip install -e '.[race]')")
    print("  ".join(f"{name} {number}" for name, number in versions.items()), f" {CORES} cores")
    print(
        "refebm's median time, the others' as multiples of it, and refebm's over the floor and MiB beyond the outputs"
    )
    work = {}
    for n, k in MAPS[: 2 if options.quick else 3]:
        for beta in (1.0, np.inf):
            work[f"F, dF/dy  {n:,} x {k}  beta = {beta:g}"] = partial(maps, beta, n, k)
    n = 1000 if options.quick else 10_000
    work[f"inference  {n:,} observations"] = partial(inference, n)
    for kind, n in (("ellipse", 24), ("horn", 1000)):
        for beta in (np.inf, 1.0):
            work[f"learning  {kind}, {n:,} x 48, {STEPS:,} steps  beta = {beta:g}"] = partial(learning, kind, beta)
    table = []
    for name, race in work.items():
        if options.only in name:
            table.append({"work": name, **race(budget)})
            show(table[-1])
    if options.json:
        with open(options.json, "w", encoding="utf-8") as file:
            json.dump({"versions": versions, "cores": CORES, "table": table}, file, indent=1)


if __name__ == "__main__":
    main()
