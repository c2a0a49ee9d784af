"""The lecture's conditional case, computed and drawn: the horn, learned and held against the truth  (C26, C27)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from ..energies.free_energies import free_energy
from ..energies.marginals import marginal
from ..learning.learners import learn_from_starts
from ..models.ellipse_closest import argmin_z, infer
from ..models.ellipse_energy import ellipse_decoder, horn
from ..models.ellipse_samples import SIGMA, latent_grid, observe, radii
from ..numerics.checks import Array
from .style import BLUE, GREEN, ORANGE

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


def run(rng: np.random.Generator, n: int = 1000) -> Horn:
    """Draw the horn twice, and learn the first draw from the best of several random starts  (C26, C27)."""
    x, held_x = rng.uniform(0, 1, (2, n))
    y, held_y = observe(x, rng), observe(held_x, rng)
    # Small and knowing nothing of the data, as a network library would start it.
    untrained = rng.uniform(-0.3, 0.3, horn.size)
    fit = learn_from_starts(marginal(horn, argmin_z, np.inf), y, rng, x, steps=500)
    return Horn(y, x, held_y, held_x, untrained, fit)


def bounded(found: Horn) -> dict[str, tuple[float, float]]:
    """What the fit is held to: each quantity's value, and the bound it should keep."""
    learned = np.abs(horn.boxes.code(found.fit.w, SECTIONS[:, None]))
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


def _axes(figure: Figure, place: int, zoom: float) -> Any:
    ax: Any = figure.add_subplot(place, projection="3d")
    ax.set_xlabel("$x$", labelpad=8)
    ax.set_ylabel("$y_1$", labelpad=8)
    ax.set_zlabel("$y_2$", labelpad=6)
    ax.set_box_aspect((1.4, 1, 1), zoom=zoom)
    ax.view_init(elev=18, azim=-62)
    return ax


def samples_3d(horn_data: Horn) -> Figure:
    """The horn's observations over their conditions  (C26)."""
    figure = Figure(figsize=(9.5, 7.5))
    ax = _axes(figure, 111, 1.1)
    ax.scatter(horn_data.x, *horn_data.y.T, s=10, c=horn_data.x, cmap="viridis")
    ax.set_title(f"The horn: {len(horn_data.x)} training samples")
    return figure


def _manifold(ax: Any, w: Array, data: Horn | None) -> None:
    z = latent_grid()
    g = ellipse_decoder(z, horn.boxes.code(w, SECTIONS[:, None]))  # (51, 48, 2)
    closed = np.concatenate([g, g[:, :1]], axis=1)
    x = np.broadcast_to(SECTIONS[:, None], closed.shape[:2])
    ax.plot_wireframe(x, closed[..., 0], closed[..., 1], color=GREEN, lw=0.6, rstride=2, cstride=2)
    if data is not None:
        ax.scatter(data.x, *data.y.T, s=8, color=BLUE, depthshade=False)


def manifolds(horn_data: Horn) -> Figure:
    """The model's manifold over x and z, untrained, and trained with the samples  (C27)."""
    figure = Figure(figsize=(15, 7.5))
    for place, w, data, name in (
        (121, horn_data.untrained, None, "Untrained manifold"),
        (122, horn_data.fit.w, horn_data, "Trained manifold and samples"),
    ):
        ax = _axes(figure, place, 0.92)
        _manifold(ax, w, data)
        ax.set_title(name + r", $x = [0:\frac{1}{50}:1]$, $z = [0:\frac{\pi}{24}:2\pi[$")
    return figure


def slices(horn_data: Horn) -> Figure:
    """Zero-temperature free energy of the trained horn at several x, with the samples nearby  (C27)."""
    figure = Figure(figsize=(16, 5.4))
    axes = figure.subplots(1, 4)
    for ax, x in zip(axes, (0.0, 0.3, 0.6, 0.9), strict=True):
        true = radii(x)  # not the learned ones: the labels are then the same on every machine
        end = 1.35 * true.max()
        axis = np.linspace(-end, end, 121)
        Y = np.stack(np.meshgrid(axis, axis), axis=-1).reshape(-1, 2)
        F = free_energy(horn, Y, argmin_z, horn_data.fit.w, np.inf, np.full(len(Y), x)).reshape(121, 121)
        top = 0.5 * true.min() ** 2
        image = ax.contourf(axis, axis, F, np.linspace(0, top, 31), extend="max")
        image.set_edgecolor("face")
        near = np.abs(horn_data.x - x) < 0.02
        ax.plot(*horn_data.y[near].T, "o", color=ORANGE, ms=4, mec="black", mew=0.4)
        ax.set(aspect="equal", xlabel="$y_1$", title=f"$x = {x}$")
        ax.grid(visible=False)
        bar = figure.colorbar(image, ax=ax, orientation="horizontal", shrink=0.9)
        bar.set_ticks([0, top / 2, top], labels=[f"{v:.2g}" for v in (0, top / 2, top)])
        bar.set_label(r"$F_\infty(x, y)$")
    axes[0].set_ylabel("$y_2$")
    figure.suptitle("Free energy of the trained horn; samples within 0.02 of $x$")
    return figure


FIGURES = (samples_3d, manifolds, slices)
