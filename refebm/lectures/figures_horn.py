"""The conditional figures of the ellipse deck: the horn, its manifolds and its free energy  (C26, C27)."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.figure import Figure

from ..energies.marginals import free_energy
from ..models.ellipse_closest import argmin_z
from ..models.ellipse_energy import ellipse_decoder, horn
from ..models.ellipse_samples import latent_grid, radii
from ..numerics.checks import Array
from .figures import BLUE, GREEN, ORANGE
from .horn import SECTIONS, Horn


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
    g = ellipse_decoder(z, horn.code(w, SECTIONS[:, None]))  # (51, 48, 2)
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


ALL = (samples_3d, manifolds, slices)
