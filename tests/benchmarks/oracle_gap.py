"""The gap between right and wrong: a million fresh inputs through right ways of writing a function, and the mildest bug.

    python tests/benchmarks/oracle_gap.py [ROWS]

Prints, in units of u S (u of the precision used, S the problem's own scale), the worst error of each right way in float64
and in float32, and for each function the bug of the catalogue that comes nearest to being right. Nothing may be WRONG.
"""

import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "oracle"))
from right import RIGHT, in_single

from refebm.oracle import reference as r
from refebm.oracle.catalogue import bugs_of, run
from refebm.oracle.judge import LOST, UNIT, K, deviation, vectors

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


def main(rows):
    wrong = 0
    print(f"worst error in u S; right is up to {K:g}, wrong from {LOST:g} S")
    print(f"{'function':<14}  {'way':>3}  {'float64':>10}  {'float32':>10}")
    for function, draw in INPUTS.items():
        for number, way in enumerate(RIGHT[function]):
            if "row_by_row" in getattr(way, "__name__", "") and rows > 20_000:
                continue  # a Python loop
            worst = {"float64": 0.0, "float32": 0.0}
            rng = np.random.default_rng(number)
            for _ in range(max(1, rows // BATCH)):
                arguments, truth, scale = draw(rng)
                for dtype, code in (("float64", way), ("float32", in_single(way))):
                    with np.errstate(all="ignore"):
                        off = deviation(np.asarray(code(*arguments), float), truth, scale, dtype)
                    worst[dtype] = max(worst[dtype], off)
            wrong += sum(off * UNIT[dtype] > LOST for dtype, off in worst.items())
            print(f"{function:<14}  {number:>3}  {worst['float64']:>10.3g}  {worst['float32']:>10.3g}")
        off = {
            bug.name: max(deviation(run(bug.code, v["arguments"]), v["float64"], v["scale"]) for v in vectors(function))
            for bug in bugs_of(function)
        }
        mildest = min(off, key=off.get)
        print(f"{function:<14}  the mildest bug, {mildest}: {off[mildest]:.3g} u S in float64")
    print(f"right ways that were called wrong: {wrong}")
    return wrong


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000))
