"""The lecture's conditional case, computed: the horn drawn, learned and held against the truth  (C26, C27)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..energies.marginals import free_energy
from ..learning.learners import learn_from_starts
from ..models.ellipse_closest import argmin_z, infer
from ..models.ellipse_energy import horn
from ..models.ellipse_samples import SIGMA, observe, radii
from ..numerics.checks import Array

SECTIONS = np.arange(51) / 50  # x = [0 : 1/50 : 1]


@dataclass(frozen=True)
class Horn:
    """Observations y (n, 2) at conditions x (n,), others held out, untrained parameters, and the fit at zero temperature."""

    y: Array
    x: Array
    held_y: Array
    held_x: Array
    untrained: Array
    fit: Any


def run(n: int, rng: np.random.Generator) -> Horn:
    """Draw the horn twice, and learn the first draw from the best of several random starts  (C26, C27)."""
    x, held_x = rng.uniform(0, 1, (2, n))
    y, held_y = observe(x, rng), observe(held_x, rng)
    # Small and knowing nothing of the data, as a network library would start it.
    untrained = rng.uniform(-0.3, 0.3, horn.size)
    fit = learn_from_starts(horn, y, argmin_z, np.inf, rng, x, steps=500)
    return Horn(y, x, held_y, held_x, untrained, fit)


def bounded(found: Horn) -> dict[str, tuple[float, float]]:
    """What the fit is held to: each quantity's value, and the bound it should keep."""
    learned = np.abs(horn.code(found.fit.w, SECTIONS[:, None]))
    error = np.abs(learned / radii(SECTIONS) - 1)
    held = free_energy(horn, found.held_y, argmin_z, found.fit.w, np.inf, found.held_x).mean()
    truth = infer(found.held_y, radii(found.held_x)).fun.mean()
    return {
        "radii off on average, over x = [0 : 1/50 : 1]": (error.mean(), 0.01),
        "radii off at most": (error.max(), 0.1),
        "radii off at most, from x = 0.1 on": (error[5:].max(), 0.05),
        "held-out mean F above that at the true radii": (held / truth - 1, 0.4),
        "loss of the best start over that of the worst": (found.fit.trials.min() / found.fit.trials.max(), 0.5),
    }


def verdict(value: float, bound: float) -> str:
    """Whether a bound is kept; with a quarter of it to spare, no rounding on another machine can change that."""
    return (
        "kept, with a quarter to spare" if value <= 0.75 * bound else "kept, barely" if value <= bound else "not kept"
    )


def report(found: Horn) -> Iterator[str]:
    """What was learned, held against what is true, line by line.

    A ReLU network's loss has kinks and many minima: which one L-BFGS stops near, rounding decides. What is printed of the
    fit are bounds, the same on every machine.
    """
    floors = [infer(y, radii(x)).fun.mean() for y, x in ((found.y, found.x), (found.held_y, found.held_x))]
    starts, state = len(found.fit.trials), "" if found.fit.success else "not "
    yield f"Conditional learning (C27): {len(found.x)} samples of the horn, {horn.size} parameters, zero temperature"
    yield f"mean F at the true radii: training {floors[0]:.5f}, held out {floors[1]:.5f}; sigma^2 = {SIGMA**2:.5f}"
    yield f"L-BFGS from the best of {starts} random starts has {state}converged: its result in bounds, not in digits"
    yield f"{'quantity':<46}  {'bound':>5}"
    for quantity, (value, bound) in bounded(found).items():
        yield f"{quantity:<46}  {bound:>5.0%}  {verdict(value, bound)}"
