"""The variational bound drawn, and the auto-encoder computed and drawn: code balls with and without spring and size.

L13 to L19.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.collections import EllipseCollection
from matplotlib.figure import Figure

from ..learning.variational import expected_energy, expected_energy_gaussian, gauss_hermite, variational_free_energy
from ..models.ellipse_energy import ellipse, ellipse_decoder
from ..models.ellipse_samples import ellipse_data, latent_grid
from ..models.vae import VAE, encode
from ..models.vae_learning import learn_vae, start_vae
from ..numerics.checks import Array
from ..numerics.information import gaussian_kl
from ..numerics.soft import softargmin, softmin
from ..parts.chains import states
from ..parts.networks import mlp
from .style import BLACK, BLUE, GREEN, ORANGE

# (spring, sizing) of each run, and the run at whose optimum it starts. At 0 there is no optimum; these weights go there.
PARTS = {
    "spring and size": (1.0, 1.0, None),
    "a tenth of both": (0.1, 0.1, "spring and size"),
    "points": (0.01, 0.01, "a tenth of both"),
    "a tenth of spring": (0.1, 1.0, "spring and size"),
    "flight": (0.01, 1.0, "a tenth of spring"),
}
BETA = 10.0
TITLES = {
    "points": "A hundredth of the information's price: almost points",
    "overlap": "Balls of the prior's size put on: they overlap",
    "flight": "A hundredth of the spring: they fly away",
    "spring and size": "Spring and size",
}


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
    there = ", at a minimum of the loss from one start" if all(run.fit.success for run in found.runs.values()) else ""
    yield f"an affine encoder, a decoder of three tanh units{there}"
    yield f"{'run':<17}  {'spring':>6}  {'size':>6}  {'rms of m':>9}  {'mean s':>9}  {'<E>':>9}  {'KL [nats]':>9}"
    for name, run in found.runs.items():
        kl = gaussian_kl(run.m, run.s, run.vae.r).sum(axis=1).mean()
        spread = np.sqrt(np.square(run.m).sum(axis=1).mean())
        numbers = f"{spread:>#9.4g}  {run.s.mean():>#9.4g}  {reconstruction(found.y, run).mean():>#9.4g}  {kl:>#9.4g}"
        weights = f"{run.vae.spring:>6g}  {run.vae.sizing:>6g}"
        yield f"{name:<17}  {weights}  {numbers if run.fit.success else 'not converged: ' + run.fit.message}"
    yield "overlap: the codes of points, with balls of the prior's deviation put on"


def bound(found: Balls) -> Figure:
    """Variational free energies of four q over beta, all above the free energy, Gibbs on it  (L13, L15, L16)."""
    figure = Figure(figsize=(9.5, 6))
    ax = figure.add_subplot()
    z, y = latent_grid(192), np.array([1.2, 0.9])
    E, betas = ellipse(y, z, (2, 1.5)), np.geomspace(0.03, 30, 120)
    ax.semilogx(betas, [softmin(E, b) for b in betas], color=BLACK, lw=3, label=r"$F_\beta$")
    rows = (("q = Gibbs at $\\beta = 1$", 1.0, BLUE, "--"), ("q = Gibbs at $\\beta = 5$", 5.0, ORANGE, "-."))
    for name, at, color, style in rows:
        q = softargmin(E, at)
        ax.plot(betas, [variational_free_energy(E, q, b) for b in betas], style, color=color, lw=2, label=name)
        ax.plot(at, softmin(E, at), "o", color=color, ms=8)
    uniform = np.full(len(z), 1 / len(z))
    ax.plot(betas, [variational_free_energy(E, uniform, b) for b in betas], ":", color=GREEN, lw=2, label="q uniform")
    best = [softargmin(E, b) for b in betas]
    ax.plot(
        betas,
        [expected_energy(E, q) for q in best],
        color="0.6",
        lw=1.5,
        label=r"$\langle E\rangle$ of Gibbs at each $\beta$",
    )
    ax.set(xlabel=r"$\beta$", ylabel=r"$\tilde F_q(y)$", ylim=(-0.2, 8), xlim=(betas[0], betas[-1]))
    ax.set_title("Every q bounds the free energy from above; Gibbs touches it")
    figure.legend(loc="outside lower center", ncols=3)
    return figure


def gaussian_information(found: Balls) -> Figure:
    """KL of a Gaussian from N(0, 1) over its deviation, beside the line with log2  (L14, erratum)."""
    figure = Figure(figsize=(9, 5.6))
    ax = figure.add_subplot()
    s = np.linspace(0.3, 2.2, 400)
    for m, color in ((0.0, BLUE), (1.0, GREEN)):
        ax.plot(s, gaussian_kl(m, s), color=color, lw=2.2, label=f"KL, $m = {m:g}$")
        ax.plot(
            s, 0.5 * (m**2 + s**2 - np.log2(s**2) - 1), "--", color=color, lw=2, label=f"with $\\log_2$, $m = {m:g}$"
        )
    ax.axvline(1, color="0.5", lw=1)
    ax.axvline(1 / np.sqrt(np.log(2)), color="0.5", lw=1, ls="--")
    ax.axhline(0, color="0.5", lw=1)
    ax.set(xlabel="$s$, standard deviation of q", ylabel="nats", ylim=(-0.3, 2))
    ax.set_title(r"$\frac{1}{2}(m^2 + s^2 - \log s^2 - 1)$: least at 1, with $\log_2$ at 1.201")
    figure.legend(loc="outside lower center", ncols=2)
    return figure


def draw_balls(ax: Any, run: Run) -> None:
    """Code balls of one deviation, and the prior's."""
    width, height = 2 * run.s.T
    places: dict[str, Any] = {"units": "xy", "offsets": run.m, "offset_transform": ax.transData}
    ax.add_collection(EllipseCollection(width, height, np.zeros(len(width)), alpha=0.3, color=BLUE, **places))
    ax.plot(*run.m.T, ".", color=BLUE, ms=6)
    angle = np.linspace(0, 2 * np.pi, 200)
    ax.plot(run.vae.r * np.cos(angle), run.vae.r * np.sin(angle), color=ORANGE, lw=1.5, ls="--")
    end = 1.15 * max(np.abs(run.m).max() + run.s.max(), 1.5)
    ax.set(xlim=(-end, end), ylim=(-end, end), aspect="equal", xlabel="$z_1$", ylabel="$z_2$")


def code_balls(found: Balls) -> Figure:
    """The lecture's code balls, at optima: almost points, overlap, flight, spring and size  (L19)."""
    figure = Figure(figsize=(11.5, 12.5))
    for ax, name in zip(figure.subplots(2, 2).flat, TITLES, strict=True):
        run = found.runs[name]
        draw_balls(ax, run)
        error = reconstruction(found.y, run).mean()
        ax.set_title(f"{TITLES[name]}\n" + rf"mean $s$ {run.s.mean():.2g}, $\langle E\rangle$ {error:.2g}")
    figure.suptitle("Code balls of one deviation; dashed, the prior's")
    return figure


def decoded(found: Balls) -> Figure:
    """What the decoder makes of the latent plane, at a hundredth of the price on information and at the whole  (L18)."""
    figure = Figure(figsize=(12.5, 7.2))
    axes = figure.subplots(1, 2, sharey=True)
    rng = np.random.default_rng(0)
    for ax, name in zip(axes, ("points", "spring and size"), strict=True):
        run = found.runs[name]
        z = rng.normal(0, run.vae.r, (1500, 2))
        w = run.vae.split(run.fit.w)[1]
        ax.plot(*states(run.vae.decoder, z, w)[-1].T, ".", color=GREEN, ms=3, label="decoded draws of the prior")
        ax.plot(*states(run.vae.decoder, run.m, w)[-1].T, "s", color=ORANGE, ms=6, label="decoded codes")
        ax.plot(*found.y.T, "o", color=BLUE, ms=6, mfc="none", mew=1.5, label="samples")
        ax.plot(*ellipse_decoder(np.linspace(0, 2 * np.pi, 200), np.array([2, 1.5])).T, color="0.5", lw=1)
        ax.set(xlabel="$y_1$", ylabel="$y_2$", xlim=(-3.2, 3.2), ylim=(-3.2, 3.2), aspect="equal", title=TITLES[name])
        ax.label_outer()
    figure.legend(*axes[0].get_legend_handles_labels(), loc="outside lower center", ncols=3)
    return figure


FIGURES = (bound, gaussian_information, code_balls, decoded)
