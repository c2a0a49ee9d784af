"""The gap between right and wrong: a million fresh inputs through right ways of writing a function, and the mildest bug.

    python tests/benchmarks/oracle_gap.py [ROWS]

Prints, in units of u S (u of the precision used, S the problem's own scale), the worst error of each right way in float64
and in float32: first over a million random rows of five functions, of all sizes and temperatures, then over the designs of
every function's vectors with 100 times other numbers, those apart where plain formulas cancel. Beside it the bug of the
catalogue that comes nearest to being right. Nothing may be WRONG.
"""

import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "oracle"))
from fresh import draws, worst_of
from right import RIGHT

from refebm.oracle import reference as r
from refebm.oracle.catalogue import bugs_of, run
from refebm.oracle.contract import CONTRACT
from refebm.oracle.judge import LOST, LOST_HARD, UNIT, K, deviation, most_lost, vectors

BATCH = 2000


def exact(v):
    return np.asarray(v, np.float32).astype(float)


def table(rng):
    """Rows of energies, all of one beta: sizes from 0.1 to 100, beta times their spread from 0.01 to 1000."""
    size = 10 ** rng.uniform(-1, 2)
    E = exact(rng.normal(size=(BATCH, rng.integers(2, 9))) * size + rng.normal(size=(BATCH, 1)) * size)
    return E, float(exact(10 ** rng.uniform(-2, 3) / size))


def soft(rng):
    E, beta = table(rng)
    F, p = r.softmin(E, beta), r.softargmin(E, beta)
    mean = (p * E).sum(axis=1)
    return (E, beta), F, np.abs(F) + (p * np.abs(E)).sum(axis=1) + np.abs(mean - F)


def weights(rng):
    E, beta = table(rng)
    p = r.softargmin(E, beta)
    slope = p[:, :, None] * np.abs(np.eye(E.shape[1]) - p[:, None, :]) * beta * np.abs(E)[:, None, :]
    return (E, beta), p, p + slope.sum(axis=2) + p * beta * np.abs(E - (p * E).sum(axis=1, keepdims=True))


def pairs(rng):
    F, H = exact(rng.normal(size=(2, BATCH)) * 10 ** rng.uniform(-1, 2))
    loss, slope = r.log_loss(F, H), r.log_loss_slope(F, H)
    return (F, H), loss, loss + slope * (np.abs(F) + np.abs(H))


def distributions(rng):
    k = int(rng.integers(2, 9))
    q, p = (np.round(rng.dirichlet(np.ones(k), BATCH) * 2**12) + 1 for _ in range(2))
    q, p = (v / 2 ** np.ceil(np.log2(v.sum(axis=1, keepdims=True))) for v in (q, p))
    q[:, 0], p[:, 0] = 1 - q[:, 1:].sum(axis=1), 1 - p[:, 1:].sum(axis=1)
    d = r.kl(q, p)
    return (q, p), d, d + (q * np.abs(np.log(q / p))).sum(axis=1) + np.abs(p - q).sum(axis=1)


def gaussians(rng):
    m, s = exact(rng.normal(size=BATCH)), exact(10 ** rng.uniform(-2, 2, BATCH))
    sigma = float(exact(10 ** rng.uniform(-1, 1)))
    d = r.gaussian_kl(m, s, sigma)
    spread = np.abs(np.square(s / sigma) - 1)
    return (m, s, sigma), d, d + np.square(m / sigma) * 2 + 2 * spread


INPUTS = {"softmin": soft, "softargmin": weights, "log_loss": pairs, "kl": distributions, "gaussian_kl": gaussians}


def batches(draw, rows, rng):
    return ((*draw(rng), False) for _ in range(max(1, rows // BATCH)))


def bug_error(bug):
    """At the vector where it is largest."""
    rows = vectors(bug.function)
    return max(deviation(run(bug.code, v["arguments"]), v["float64"], v["scale"]) for v in rows)


def line(function, number, worst):
    cells = (worst.get((hard, dtype)) for hard in (False, True) for dtype in UNIT)
    print(f"{function:<24} {number:>3}", *("" if off is None else f"{off:>10.3g}" for off in cells), flush=True)


def main(rows):
    found, bugs = [], {}
    print(
        f"worst error in u S; right is up to {K:g}, wrong from {LOST:g} S, where plain formulas cancel {LOST_HARD:g} u S"
    )
    print(f"{'function':<24} way    float64    float32    and where they cancel")
    for function, draw in INPUTS.items():
        for i, way in enumerate(RIGHT[function]):
            if "row_by_row" not in getattr(way, "__name__", "") or rows <= 20_000:  # a Python loop
                found.append(worst_of(way, batches(draw, rows, np.random.default_rng(i))))
                line(function, i, found[-1])
    print("\nthe designs of the vectors, with fresh numbers")
    for function in CONTRACT:
        rng = np.random.default_rng(0)
        problems = [problem for _ in range(max(1, rows // 10_000)) for problem in draws(function, rng)]
        for i, way in enumerate(RIGHT[function]):
            found.append(worst_of(way, problems))
            line(function, i, found[-1])
        own = {bug: bug_error(bug) for bug in bugs_of(function)}
        mildest = min(own, key=own.get)
        print(f"{'':<24} the mildest bug: {own[mildest]:>10.3g}, {mildest.name}")
        bugs |= own
    right = max(off for worst in found for (hard, _), off in worst.items() if not hard)
    mildest = min((bug for bug in bugs if bug.name != "float32"), key=bugs.get)
    single = min(off for bug, off in bugs.items() if bug.name == "float32")
    wrong = sum(off > most_lost(*kind) for worst in found for kind, off in worst.items())
    print(f"\nthe worst right way: {right:.2g} u S; the mildest wrong formula: {bugs[mildest]:.2g} u S ({mildest.id})")
    print(f"float32 in place of float64: from {single:.2g} u S up")
    print(f"right ways that were called wrong: {wrong}")
    return int(wrong > 0)


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000))
