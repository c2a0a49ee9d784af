"""How many units in the last place softmin loses, for each decade of beta, beside the usual logsumexp forms.

    python tests/benchmarks/softmin_accuracy.py                    print the table (mpmath needed; about a minute)
    python tests/benchmarks/softmin_accuracy.py --certify FILE     write the certified cases that the tests keep

The truth is worked out with mpmath by the definition, at 50 digits beyond what the smallest term needs. An error is
counted in ulp of max(|F|, |min E|).
"""

from __future__ import annotations

import argparse
import json
import math

import mpmath
import numpy as np
from scipy.special import logsumexp

from refebm import softargmin, softmin


def exact(E, beta):
    """The definition in multi-precision: F and the weights of one row."""
    energies = [mpmath.mpf(float(e)) for e in E]
    if beta == 0:
        return mpmath.fsum(energies) / len(energies), [mpmath.mpf(1) / len(energies)] * len(energies)
    m = min(energies)
    if beta == math.inf:
        ties = [mpmath.mpf(e == m) for e in energies]
        return m, [t / sum(ties) for t in ties]
    spread = mpmath.mpf(beta) * (max(energies) - m)
    # as many digits more as mean(exp(-x)) has leading nines
    with mpmath.workdps(50 + (max(0, int(-mpmath.log10(spread))) if 0 < spread < 1 else 0)):
        weights = [mpmath.exp(-mpmath.mpf(beta) * (e - m)) for e in energies]
        total = mpmath.fsum(weights)
        return m - mpmath.log(total / len(energies)) / mpmath.mpf(beta), [w / total for w in weights]


def ulps(value, truth, reference):
    if not math.isfinite(value):
        return math.inf
    return float(abs(mpmath.mpf(float(value)) - truth) / mpmath.mpf(float(np.spacing(abs(reference)))))


def draw(rng, beta):
    """A row of energies whose scale is of the order of 1/beta, or of 1, or anything at all; signed now and then."""
    scale = [10 ** rng.uniform(-3, 3) / beta, 10 ** rng.uniform(-3, 8), 10 ** rng.uniform(-300, 8)][rng.integers(3)]
    if not 1e-300 < scale < 1e300:
        scale = 1.0
    E = rng.uniform(0, scale, rng.integers(1, 50)) + rng.choice([0, 0, 1, 1e4]) * scale
    return E - scale * rng.choice([0, 0, 0, 0.5])


def usual(E, beta):
    """-(1/beta) (logsumexp(-beta E) - log N), as it is usually written."""
    with np.errstate(all="ignore"):
        return float(-(logsumexp(-beta * E) - math.log(len(E))) / beta)


def mean_inside(E, beta):
    """-(1/beta) logsumexp(-beta E, b=1/N): the mean taken inside."""
    with np.errstate(all="ignore"):
        return float(-logsumexp(-beta * E, b=1 / len(E)) / beta)


def table(cases, width):
    rng = np.random.default_rng(0)
    print(f"worst error in ulp over {cases} rows for each range of beta")
    print(f"{'beta':>16}  {'softmin':>8}  {'logsumexp':>10}  {'with b=1/N':>10}  {'weights, in u':>13}")
    overall = np.zeros(4)
    for low in range(-300, 300, width):
        worst = np.zeros(4)
        for _ in range(cases):
            beta = 10 ** rng.uniform(low, low + width)
            E = draw(rng, beta)
            F, p = exact(E, beta)
            reference = max(abs(float(F)), abs(E.min()))
            q = softargmin(E, beta)
            weights = [
                float(abs(mpmath.mpf(float(a)) / b - 1)) * 2.0**53 for a, b in zip(q, p, strict=True) if b > 1e-290
            ]
            found = [ulps(f(E, beta), F, reference) for f in (softmin, usual, mean_inside)]
            worst = np.maximum(worst, [*found, max(weights)])
        overall = np.maximum(overall, worst)
        print(
            f"1e{low:+04d} to 1e{low + width:+04d}  {worst[0]:8.2f}  {worst[1]:10.3g}  {worst[2]:10.3g}  {worst[3]:13.2f}"
        )
    print(f"{'all':>16}  {overall[0]:8.2f}  {overall[1]:10.3g}  {overall[2]:10.3g}  {overall[3]:13.2f}")


def certify(path):
    """Rows over all of beta's range with F and the weights to 40 digits, inputs as shortest round-trip decimals."""
    rng = np.random.default_rng(1)
    betas = [0.0, 5e-324, 1e-310, *10.0 ** np.arange(-300, 301, 15), *10.0 ** np.arange(-20, 5), 1e308, math.inf]
    rows = [(beta, draw(rng, beta if 0 < beta < math.inf else 1.0)[:8]) for beta in betas for _ in range(2)]
    rows += [
        (1.0, np.array([-1e308, 1e308])),  # E - m overflows
        (1e-308, np.array([-1e308, 1e308, 0.0])),  # ... where beta (E - m) does not
        (5e-324, np.array([1e308, 1.5e308])),
        (1e308, np.array([1e10, 1e10 + 2e-6, 1e10])),  # beta E overflows; a tie
        (1e300, np.array([0.0, 1e-300, 2e-300])),
        (1e-5, np.array([1e8, 1e8 + 1, 1e8 + 2])),  # a large offset
        (0.7, np.array([3.0, 3.0, 3.0])),
        (1.0, np.array([0.0, 700.0, 740.0])),  # weights near underflow
        (1.0, -np.array([1.3, 7.2, 2.4, 0.5, 1.1])),  # W5
    ]
    cases = []
    for beta, E in rows:
        F, p = exact(E, beta)
        digits = [mpmath.nstr(w, 40) if w > mpmath.mpf("1e-400") else "0.0" for w in p]  # far below the least double
        cases.append({"beta": repr(float(beta)), "E": [float(e) for e in E], "F": mpmath.nstr(F, 40), "p": digits})
    with open(path, "w", encoding="utf-8") as file:
        file.write("[\n" + ",\n".join(json.dumps(case) for case in cases) + "\n]\n")
    print(f"{len(cases)} cases written to {path}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cases", type=int, default=40, help="rows for each range of beta")
    parser.add_argument("--width", type=int, default=1, help="decades of beta in a range")
    parser.add_argument("--certify", metavar="FILE", help="write the certified cases instead")
    options = parser.parse_args()
    mpmath.mp.dps = 60
    certify(options.certify) if options.certify else table(options.cases, options.width)


if __name__ == "__main__":
    main()
