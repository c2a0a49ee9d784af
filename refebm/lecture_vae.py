"""The variational auto-encoder, computed: its code balls with and without the spring and the size  (L18, L19)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from .checks import Array
from .data import ellipse_data
from .information import gaussian_kl
from .lagrangian import mlp
from .vae import VAE, encode, learn_vae, start_vae
from .variational import expected_energy_gaussian, gauss_hermite

# What of the KL is there: neither half, the size without the spring, both.
PARTS = {"points": (0.0, 0.0), "flight": (0.0, 1.0), "spring and size": (1.0, 1.0)}
BETA = 10.0


@dataclass(frozen=True)
class Run:
    """One trained auto-encoder, and its code balls: means m and standard deviations s (n, 2)."""

    vae: VAE
    fit: Any
    m: Array
    s: Array


@dataclass(frozen=True)
class Balls:
    """Observations y (n, 2) and the runs by name; "overlap" is "points" with balls of the prior's size put on."""

    y: Array
    runs: dict[str, Run]


def run(rng: np.random.Generator, steps: int = 400) -> Balls:
    """Train the auto-encoder from one start with each choice of what the KL holds."""
    y = ellipse_data(24, rng)
    runs = {}
    start = None
    for name, (spring, sizing) in PARTS.items():
        vae = VAE(mlp([2, 16, 4], "tanh"), mlp([2, 16, 2], "tanh"), BETA, spring=spring, sizing=sizing)
        start = start_vae(vae, y, rng) if start is None else start
        fit = learn_vae(vae, y, start, order=6, steps=steps)
        runs[name] = Run(vae, fit, *encode(vae, y, fit.w))
        if name == "points":
            runs["overlap"] = Run(vae, fit, runs[name].m, np.full_like(runs[name].s, vae.r))
    return Balls(y, runs)


def reconstruction(y: Array, run: Run) -> Array:
    """Expected energy <|y - Dec(z)|^2> of each observation under its ball  (L12)."""
    w = run.vae.split(run.fit.w)[1]
    return expected_energy_gaussian(run.vae.energy, y, run.m, run.s, w, *gauss_hermite(32, 2))


def report(found: Balls) -> Iterator[str]:
    """The balls' sizes and distances, line by line."""
    yield f"Code balls (L18, L19): {len(found.y)} samples of the ellipse, two latents, beta {BETA:g}, prior's deviation 0.7071"
    yield f"{'run':<16}  {'rms of m':>9}  {'mean s':>9}  {'<E>':>9}  {'KL [nats]':>9}"
    for name, run in found.runs.items():
        kl = gaussian_kl(run.m, run.s, run.vae.r).sum(axis=1).mean()
        spread = np.sqrt(np.square(run.m).sum(axis=1).mean())
        yield f"{name:<16}  {spread:>9.4g}  {run.s.mean():>9.4g}  {reconstruction(found.y, run).mean():>9.4f}  {kl:>9.4g}"
