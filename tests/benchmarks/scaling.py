"""How the cost of F and dF/dy grows with the observations N, the latents K, and both: a figure on log axes, with slopes.

    python tests/benchmarks/scaling.py [FILE.png]

Slopes are fitted to the upper third of each curve; the floor is the time of the N K exponentials on all cores.
"""

import sys
import time

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
import numpy as np
from race import floor

import refebm as r

W = np.array([1.5, 2.0])
CURVES = {
    "N, with K = 48": [(n, 48) for n in 4 ** np.arange(1, 11)],
    "K, with N = 500": [(500, k) for k in 4 ** np.arange(1, 9)],
    "N = K": [(n, n) for n in 2 ** np.arange(2, 14)],
}


def least(n, k, beta):
    """Least seconds of a call in a tenth of a second, three at least."""
    y, z, best, spent, calls = np.random.default_rng(0).normal(size=(n, 2)), r.latent_grid(int(k)), np.inf, 0.0, 0
    while spent < 0.1 or calls < 3:
        start = time.perf_counter()
        r.free_energy_and_slope(r.ellipse, y, z, W, beta)
        took = time.perf_counter() - start
        best, spent, calls = min(best, took), spent + took, calls + 1
    return best


def slope(x, seconds):
    """Of the upper third, in decades per decade."""
    upper = len(x) * 2 // 3
    return np.polyfit(np.log(x[upper:]), np.log(seconds[upper:]), 1)[0]


def main(path):
    rate = floor(1000, 1000) / 1e6
    figure, axes = plt.subplots(1, 3, figsize=(11, 3.6), sharey=True, layout="constrained")
    for axis, (name, sizes) in zip(axes, CURVES.items(), strict=True):
        x = np.array([n if "N" in name.split(",")[0] else k for n, k in sizes], float)
        for beta, style in ((1.0, "o-"), (np.inf, "s-")):
            seconds = np.array([least(n, k, beta) for n, k in sizes])
            label = rf"$\beta = {'1' if beta == 1 else chr(92) + 'infty'}$, slope {slope(x, seconds):.2f}"
            print(f"{name:<16} beta {beta:<4g} slope {slope(x, seconds):.2f}  {seconds[-1]:.3g} s at the largest")
            axis.loglog(x, seconds, style, ms=3, label=label)
        axis.loglog(x, [rate * n * k for n, k in sizes], "k:", label="floor: the exponentials")
        axis.set(xlabel=name, title="")
        axis.legend(fontsize=8, loc="upper left")
    axes[0].set_ylabel("seconds for F and dF/dy")
    figure.savefig(path, dpi=110)
    print(path)


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "scaling.png")
