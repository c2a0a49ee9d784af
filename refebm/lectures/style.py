"""What the figures share: colours, settings, and the few things that more than one part draws."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..models.ellipse_energy import ellipse_decoder
from ..numerics.checks import Array

# Colours told apart with every kind of colour vision (Okabe and Ito).
BLUE, ORANGE, GREEN, PINK, SKY, BLACK = "#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#000000"
FIVE = (BLUE, ORANGE, GREEN, PINK, BLACK)
STYLE: dict[Any, Any] = {
    "font.size": 13,
    "axes.titlesize": 14,
    "legend.fontsize": 12,
    "figure.constrained_layout.use": True,
    "axes.grid": True,
    "grid.alpha": 0.3,
    "image.cmap": "viridis",
}


def plane(ax: Any, unit: float, end: tuple[float, float] = (2.6, 2.6)) -> Any:
    """Axes of the plane of observations, at one scale, to `end` in units."""
    ax.set(xlabel="$y_1$", ylabel="$y_2$", aspect="equal")
    ax.set_xlim(-end[0] * unit, end[0] * unit)
    ax.set_ylim(-end[1] * unit, end[1] * unit)
    return ax


def draw_manifold(ax: Any, w: Array, z: Array, color: str = GREEN, label: str | None = "manifold $g(z)$") -> None:
    """The decoder's curve and its image of the latent grid."""
    curve = ellipse_decoder(np.linspace(0, 2 * np.pi, 361), w)
    ax.plot(*curve.T, color=color, lw=1)
    ax.plot(*ellipse_decoder(z, w).T, "o", color=color, ms=4, label=label)
