"""How exact the projection on an ellipse is, beside 60-digit arithmetic, by kind of hard case.

    python tests/benchmarks/projection_accuracy.py                    print the table (mpmath needed)
    python tests/benchmarks/projection_accuracy.py --certify FILE     write the certified cases that the tests keep

The error is the distance of the found from the true closest point over the size of the true one, in 1e-16.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
from pathlib import Path

import mpmath

from refebm import infer

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from projections import hard_cases

KINDS = ("anywhere", "minor axis", "major axis", "cusp", "evolute", "near", "on the ellipse", "centre")


def true_point(y, w):
    """Closest point in 60 digits: bisection on the multiplier of the two-axis equation."""
    with mpmath.workdps(60):
        (Ya, Yb), (a, b) = ([mpmath.mpf(abs(float(t))) for t in v] for v in (y, w))
        swap = a < b
        if swap:
            Ya, Yb, a, b = Yb, Ya, b, a
        C, q, p = a * a - b * b, a * Ya, b * Yb
        if p == 0:
            c = mpmath.mpf(1) if q >= C else q / C
            s = mpmath.sqrt(1 - c * c)
        else:
            low, high = mpmath.log(max(p, q - C)) - 1, mpmath.log(p + q + C) + 1
            for _ in range(200):
                middle = (low + high) / 2
                m = mpmath.exp(middle)
                low, high = (middle, high) if (q / (m + C)) ** 2 + (p / m) ** 2 > 1 else (low, middle)
            c, s = q / (m + C), p / m
        point = (a * c, b * s)
        return point[::-1] if swap else point


def certify(path):
    cases = []
    for y, w in zip(*hard_cases(240), strict=True):
        point = [mpmath.nstr(p, 40) for p in true_point(y, w)]
        cases.append({"y": y.tolist(), "w": w.tolist(), "point": point})
    with open(path, "w", encoding="utf-8") as file:
        file.write("[\n" + ",\n".join(json.dumps(case) for case in cases) + "\n]\n")
    print(f"{len(cases)} cases written to {path}")


def table(cases):
    Y, W = hard_cases(cases)
    found = infer(Y, W)
    worst, steps = [0.0] * len(KINDS), [0] * len(KINDS)
    for i, (y, w) in enumerate(zip(Y, W, strict=True)):
        truth = [float(t) for t in true_point(y, w)]
        errors = (float(mpmath.mpf(abs(float(p))) - t) for p, t in zip(found.point[i], true_point(y, w), strict=True))
        kind = i // 2 % len(KINDS)
        worst[kind] = max(worst[kind], math.hypot(*errors) / math.hypot(*truth))
        steps[kind] = max(steps[kind], int(found.nit[i]))
    for name, error, nit in zip(KINDS, worst, steps, strict=True):
        print(f"{name:<16} {error * 1e16:6.2f} e-16, at most {nit} steps")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cases", type=int, default=4000)
    parser.add_argument("--certify", metavar="FILE", help="write the certified cases instead")
    options = parser.parse_args()
    certify(options.certify) if options.certify else table(options.cases)


if __name__ == "__main__":
    main()
