"""The gap between right and wrong: a million fresh inputs through right ways of writing a function, and the mildest bug.

    python tests/benchmarks/oracle_gap.py [ROWS]

Prints for each right way, in float64 and in float32, its worst error in units of u S (u of the precision used, S the problem's
own scale) and its worst share of what may be lost before an answer is WRONG: first over 100,000 random rows of five functions,
of all sizes and temperatures, for each way anew, then over the designs of every function's vectors with 10 times other numbers,
then over fresh inputs of every function's domain (seed 1), a hundredth of ROWS of each. Beside it the bug of the catalogue that
comes nearest to being right. No share may be above 1.
"""

import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "oracle"))
from fresh import RIGHT, draws, refused, worst_of

from refebm.oracle import reference as r
from refebm.oracle.contract import CONTRACT, bugs_of, run
from refebm.oracle.judge import LOST, K, deviation, most_lost, vectors
from refebm.oracle.precision import UNIT

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
    return (q, p), d, d + (q * np.abs(np.log(q / p) + 1)).sum(axis=1) + 1


def gaussians(rng):
    m, s = exact(rng.normal(size=BATCH)), exact(10 ** rng.uniform(-2, 2, BATCH))
    sigma = float(exact(10 ** rng.uniform(-1, 1)))
    d = r.gaussian_kl(m, s, sigma)
    spread = np.abs(np.square(s / sigma) - 1)
    return (m, s, sigma), d, d + np.square(m / sigma) * 2 + 2 * spread


INPUTS = {"softmin": soft, "softargmin": weights, "log_loss": pairs, "kl": distributions, "gaussian_kl": gaussians}


def batches(function, rows, rng):
    return ((function, *INPUTS[function](rng)) for _ in range(max(1, rows // BATCH)))


def bug_error(bug):
    """(u S, share of what may be lost), at the vectors where they are largest."""
    errors = []
    for v in vectors(bug.function):
        answer, most = run(bug.code, v["arguments"]), most_lost(v["scale"], v["terms"], "float64")
        errors.append((deviation(answer, v["float64"], v["scale"]), deviation(answer, v["float64"], most)))
    return tuple(map(max, zip(*errors, strict=True)))


def line(function, number, worst):
    print(f"{function:<24} {number:>3}", *(f"{v:>10.3g}" for dtype in UNIT for v in worst[dtype]), flush=True)


def domain(function, number):
    """(answers, rows, worst share) of all right ways together."""
    ways = refused(function, range(number), seed=1)
    total = sum(n for n, _, _ in ways), sum(n for _, n, _ in ways), max(share for _, _, share in ways)
    print(f"{function:<24} {total[0]:>8} {total[1]:>9} {total[2]:>10.3g}", flush=True)
    return total


def main(rows):
    found, bugs = [], {}
    print(f"right is up to {K:g} u S; up to {LOST:g} S, or {K:g} u of the terms on the way, may be lost")
    print(f"{'function':<24} way    float64  and share    float32  and share")
    for function in INPUTS:
        for i, way in enumerate(RIGHT[function]):
            if "row_by_row" not in getattr(way, "__name__", "") or rows <= 20_000:  # a Python loop
                found.append(worst_of(way, batches(function, rows, np.random.default_rng(i))))
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
        print(f"{'':<24} the mildest bug: {own[mildest][0]:>10.3g} {own[mildest][1]:>10.3g}, {mildest.name}")
        bugs |= own
    print("\nfresh inputs of the domains: answers, their rows, worst share")
    drawn = [domain(function, max(1, rows // 100)) for function, row in CONTRACT.items() if row.domain]
    answers, observations = sum(n for n, _, _ in drawn), sum(n for _, n, _ in drawn)
    print(f"{answers} answers of {observations} rows, the worst share {max(share for _, _, share in drawn):.2g}")
    shares = {dtype: max(worst[dtype][1] for worst in found) for dtype in UNIT}
    print(f"\nthe worst right way loses {shares['float64']:.2g} of what it may, in float32 {shares['float32']:.2g}")
    wrong = {bug: share for bug, (_, share) in bugs.items() if share > 1}
    nearly = {bug: off for bug, (off, share) in bugs.items() if share <= 1}
    print(
        f"{len(wrong)} bugs are WRONG, by {min(wrong.values()):.2g} times that at least ({min(wrong, key=wrong.get).id})"
    )
    mildest = min(nearly, key=nearly.get)
    print(
        f"{len(nearly)} are nearly right, off by {nearly[mildest]:.2g} u S at least ({mildest.id}): refused all the same"
    )
    return int(max(*shares.values(), *(share for _, _, share in drawn)) > 1)


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000))
