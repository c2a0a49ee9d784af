"""How often learning the horn sticks, from three kinds of random starts: the shares on page 07, "Where learning sticks".

Run: python tests/benchmarks/horn_starts.py [STARTS], 120 of each kind by default (some minutes). Each share has its standard error,
and so has its difference from the one before.
Rounding moves single starts from one side to the other, so that counts differ by a few between machines.
"""

import sys

import numpy as np

from refebm import argmin_z, horn, learn, marginal, observe, start

SECTIONS = np.arange(51) / 50


def uniform(y, x, rng):
    """What knows nothing of the data."""
    return rng.uniform(-0.3, 0.3, horn.size)


def ours(y, x, rng):
    """`refebm.start`."""
    return start(horn, y, rng, x)


def zero_biases(y, x, rng):
    """Normal weights of the same variance, biases 0."""
    w = np.zeros(horn.size)
    for parameters in horn.boxes.predictor.parameters(w):
        if parameters:
            parameters[0][:] = rng.normal(0, np.sqrt(2 / parameters[0].shape[1]), parameters[0].shape)
    return w


def stuck(kind, starts, seed=0):
    """Of so many starts: how many kept a loss above 0.02, and how many of those a radius that changes sign along x."""
    rng = np.random.default_rng(seed)
    x = rng.uniform(0, 1, 600)
    y, high, crossed = observe(x, rng), 0, 0
    for _ in range(starts):
        fit = learn(marginal(horn, argmin_z, np.inf), y, kind(y, x, rng), x, steps=300)
        if fit.fun > 0.02:
            high += 1
            h = horn.boxes.code(fit.w, SECTIONS[:, None])
            crossed += bool((np.sign(h).min(axis=0) < np.sign(h).max(axis=0)).any())
    return high, crossed


def main(starts=120):
    before = None
    for kind in (uniform, ours, zero_biases):
        high, crossed = stuck(kind, starts)
        p = (high + 1) / (starts + 2)  # Laplace's rule: an error also where none or all stuck
        share, variance = high / starts, p * (1 - p) / starts
        said = f"{high:>3} of {starts} stuck: {share:.2f} +- {np.sqrt(variance):.2f}"
        print(f"{kind.__name__:<12} {said}; {crossed} with a change of sign", flush=True)
        if before:
            said = f"{before[0] - share:.2f} +- {np.sqrt(before[1] + variance):.2f}"
            print(f"{'':<12} less than the one before by {said}", flush=True)
        before = share, variance


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
