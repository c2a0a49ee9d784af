"""The lectures' numbers are the same to the byte whatever kernels NumPy and its linear algebra take, on one core or several.

Each setting is a process of its own, since kernels are chosen when NumPy is loaded. Settings that the processor or the
linear algebra can't take are skipped, and named.
"""

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

SIMD = np.show_config(mode="dicts")["SIMD Extensions"]  # NumPy's own names: "found" lies above its baseline
FOUND = SIMD.get("found", [])
ONE = {"OPENBLAS_NUM_THREADS": "1"}
# environment, cores (None: all that there are), and what NumPy's instruction sets have to be for it
SETTINGS = {
    "as it comes": ({}, None, set()),
    "Prescott and NumPy's baseline": (
        {"OPENBLAS_CORETYPE": "Prescott", "NPY_DISABLE_CPU_FEATURES": " ".join(FOUND), **ONE},
        None,
        {"X86_V2", "SSE3"},
    ),
    "Haswell": ({"OPENBLAS_CORETYPE": "Haswell", "OPENBLAS_NUM_THREADS": "2"}, None, {"X86_V3", "AVX2"}),
    "SkylakeX, one core": ({"OPENBLAS_CORETYPE": "SkylakeX", **ONE}, 1, {"X86_V4", "AVX512_SKX"}),
}
# The command itself, but for its figures; on standard error, which instruction sets NumPy took.
PROGRAM = """
import os, sys
lecture, out, cores = sys.argv[1:]
if cores:
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[: int(cores)])
import numpy
from refebm.__main__ import main
from refebm.lectures.commands import LECTURES
for part, _ in LECTURES[lecture](numpy.random.default_rng(0)):
    part.FIGURES = ()
print("SIMD:", *numpy.show_config(mode="dicts")["SIMD Extensions"].get("found", []), file=sys.stderr)
sys.exit(main(["lecture", lecture, "--out", out]))
"""
MINE = {"OPENBLAS_CORETYPE", "OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "NPY_DISABLE_CPU_FEATURES"}


def unable(name):
    """Why this machine can't take a setting, or nothing."""
    _, cores, needs = SETTINGS[name]
    if cores and not hasattr(os, "sched_setaffinity"):
        return "there is no way to keep a process to one core"
    if needs and not needs & {*SIMD.get("baseline", []), *FOUND}:
        return f"there is no {' or '.join(sorted(needs))}"
    return ""


@pytest.fixture(scope="module", params=["ellipse", "variational"])
def printed(request, tmp_path_factory):
    """{setting: (numbers.txt, standard error)} of a lecture, two processes at a time."""
    folder = tmp_path_factory.mktemp(request.param)

    def run(name):
        changes, cores, _ = SETTINGS[name]
        environment = {key: value for key, value in os.environ.items() if key not in MINE} | {"OPENBLAS_VERBOSE": "2"}
        command = [sys.executable, "-c", PROGRAM, request.param, str(folder / name), str(cores or "")]
        done = subprocess.run(command, env=environment | changes, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return (folder / name / "numbers.txt").read_bytes(), done.stderr

    names = [name for name in SETTINGS if not unable(name)]
    with ThreadPoolExecutor(2) as pool:
        return dict(zip(names, pool.map(run, names), strict=True))


@pytest.mark.parametrize("name", list(SETTINGS)[1:])
def test_numbers_are_the_same_under(name, printed):
    if why := unable(name):
        pytest.skip(why)
    numbers, took = printed[name]
    if "OPENBLAS_CORETYPE" in SETTINGS[name][0] and ("Core:" not in took or "Core not found" in took):
        pytest.skip("there is no such kernel in the linear algebra")
    if SETTINGS[name][0].get("NPY_DISABLE_CPU_FEATURES"):
        assert "SIMD:\n" in took, "NumPy goes on with instruction sets that it was told to leave"
    assert numbers.decode().splitlines() == printed["as it comes"][0].decode().splitlines()
    assert numbers == printed["as it comes"][0]
