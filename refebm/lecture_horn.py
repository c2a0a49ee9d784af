"""The lecture's conditional case, computed: the horn drawn, learned and held against the truth  (C26, C27)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from .checks import Array
from .data import SIGMA, observe, radii
from .energies import horn
from .free_energy import free_energy
from .inference import argmin_z, infer
from .learning import learn_from_starts

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
    fit = learn_from_starts(horn, y, argmin_z, np.inf, rng, x, steps=1500)
    return Horn(y, x, held_y, held_x, untrained, fit)


def report(found: Horn) -> Iterator[str]:
    """What was learned beside what is true, line by line."""
    fit, trials = found.fit, np.sort(found.fit.trials)
    learned = np.abs(horn.code(fit.w, SECTIONS[:, None]))
    error = np.abs(learned / radii(SECTIONS) - 1)
    held = free_energy(horn, found.held_y, argmin_z, fit.w, np.inf, found.held_x).mean()
    truth = infer(found.held_y, radii(found.held_x)).fun.mean()
    yield f"Conditional learning (C27): {len(found.x)} samples of the horn, {horn.size} parameters, zero temperature, L-BFGS"
    yield f"{len(trials)} random starts reached losses {trials[0]:.3g} to {trials[-1]:.3g}; the best went on {fit.nit} iterations"
    yield f"{'x':>6}  {'rho_1':>9}  {'learned':>9}  {'rho_2':>9}  {'learned':>9}"
    for x, true, now in list(zip(SECTIONS, radii(SECTIONS), learned, strict=True))[::10]:
        yield f"{x:>6.1f}  {true[0]:>9.4f}  {now[0]:>9.4f}  {true[1]:>9.4f}  {now[1]:>9.4f}"
    yield f"radii off by {100 * error.mean():.2f} % on average, {100 * error.max():.2f} % at most, over x = [0 : 1/50 : 1]"
    yield f"mean F: training {fit.fun:.5f}, held out {held:.5f}, held out at the true radii {truth:.5f}; sigma^2 = {SIGMA**2:.5f}"
