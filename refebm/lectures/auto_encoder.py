"""The variational auto-encoder, computed: its code balls as the spring and the size are taken away  (L18, L19)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..learning.variational import expected_energy_gaussian, gauss_hermite
from ..models.ellipse_samples import ellipse_data
from ..models.vae import VAE, encode
from ..models.vae_learning import learn_vae, start_vae
from ..numerics.checks import Array
from ..numerics.information import gaussian_kl
from ..parts.chains import mlp

# (spring, sizing) of each run, and the run at whose optimum it starts. At 0 there is no optimum; these weights go there.
PARTS = {
    "spring and size": (1.0, 1.0, None),
    "a tenth of both": (0.1, 0.1, "spring and size"),
    "points": (0.01, 0.01, "a tenth of both"),
    "a tenth of spring": (0.1, 1.0, "spring and size"),
    "flight": (0.01, 1.0, "a tenth of spring"),
}
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


def run(rng: np.random.Generator, steps: int = 300) -> Balls:
    """Train the auto-encoder with each choice of what the KL holds: by L-BFGS from a random start, from there by Newton."""
    y = ellipse_data(24, rng)
    runs = dict[str, Run]()
    for name, (spring, sizing, before) in PARTS.items():
        vae = VAE(mlp([2, 4]), mlp([2, 3, 2], "tanh"), BETA, spring=spring, sizing=sizing)
        w = runs[before].fit.w if before else learn_vae(vae, y, start_vae(vae, y, rng), steps=steps).w
        fit = learn_vae(vae, y, w, "newton", steps=steps, tol=1e-10)
        runs[name] = Run(vae, fit, *encode(vae, y, fit.w))
    points = runs["points"]
    runs["overlap"] = Run(points.vae, points.fit, points.m, np.full_like(points.s, points.vae.r))
    return Balls(y, runs)


def reconstruction(y: Array, run: Run) -> Array:
    """Expected energy <|y - Dec(z)|^2> of each observation under its ball, by a finer rule than learning's  (L12)."""
    w = run.vae.split(run.fit.w)[1]
    return expected_energy_gaussian(run.vae.energy, y, run.m, run.s, w, *gauss_hermite(32, 2))


def report(found: Balls) -> Iterator[str]:
    """The balls' sizes and distances, line by line."""
    yield f"Code balls (L18, L19): {len(found.y)} samples of the ellipse, two latents, beta {BETA:g}, prior's deviation 0.7071"
    yield "an affine encoder, a decoder of three tanh units, at a minimum of the loss from one start"
    yield f"{'run':<17}  {'spring':>6}  {'size':>6}  {'rms of m':>9}  {'mean s':>9}  {'<E>':>9}  {'KL [nats]':>9}"
    for name, run in found.runs.items():
        kl = gaussian_kl(run.m, run.s, run.vae.r).sum(axis=1).mean()
        spread = np.sqrt(np.square(run.m).sum(axis=1).mean())
        numbers = f"{spread:>#9.4g}  {run.s.mean():>#9.4g}  {reconstruction(found.y, run).mean():>#9.4g}  {kl:>#9.4g}"
        weights = f"{run.vae.spring:>6g}  {run.vae.sizing:>6g}"
        yield f"{name:<17}  {weights}  {numbers if run.fit.success else 'not converged: ' + run.fit.message}"
    yield "overlap: the codes of points, with balls of the prior's deviation put on"
