"""The figures of densities, likelihood and sampling  (L1, L4-L9, W11, W12)."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.figure import Figure

from ..energies.potentials import Potential, marginal
from ..models.ellipse_energy import ellipse
from ..models.ellipse_samples import latent_grid
from ..numerics.checks import Array
from ..numerics.tables import log_gibbs
from ..sampling.markov import score
from .figures import BLACK, BLUE, GREEN, ORANGE
from .likelihood import BOX, DECAYS, STEPS, Likelihood


def plane_mesh(points: int = 121) -> tuple[Array, Array]:
    """One axis of a square mesh over the box, and its points (points^2, 2)."""
    axis = np.linspace(*BOX[0], points)
    return axis, np.stack(np.meshgrid(axis, axis), axis=-1).reshape(-1, 2)


def draw_density(ax: Any, potential: Potential, w: Array, top: float) -> Any:
    """P(y) on the mesh, in colour from 0 to `top`."""
    axis, y = plane_mesh()
    P = np.exp(log_gibbs(potential(y, w), potential.beta, (axis[1] - axis[0]) ** 2)).reshape(len(axis), -1)
    image = ax.contourf(axis, axis, P, np.linspace(0, top, 31), extend="max")
    image.set_edgecolor("face")
    ax.set(xlabel="$y_1$", ylabel="$y_2$", aspect="equal", xlim=(-3, 3), ylim=(-3, 3))
    ax.grid(visible=False)
    return image


def temperatures(found: Likelihood) -> Figure:
    """The Gibbs distribution of the ellipse's free energy, from hot to cold  (L1, N4)."""
    figure = Figure(figsize=(14, 5.2))
    axes = figure.subplots(1, 3, sharey=True)
    for ax, beta in zip(axes, (1.0, 5.0, 50.0), strict=True):
        image = draw_density(ax, marginal(ellipse, latent_grid(192), beta), np.array([2, 1.5]), 0.12 * np.sqrt(beta))
        figure.colorbar(image, ax=ax, shrink=0.8, format="%.2f", label="$P(y)$")
        ax.set_title(rf"$\beta = {beta:g}$")
        ax.label_outer()
    figure.suptitle(r"$P(y) \propto e^{-\beta F_\beta(y)}$ of the ellipse with radii $(2, 1.5)$")
    return figure


def likelihood(found: Likelihood) -> Figure:
    """An energy's density before and after exact maximum likelihood, at two weight decays  (L4 to L8)."""
    figure = Figure(figsize=(14, 5.4))
    axes = figure.subplots(1, 3, sharey=True)
    shown = ((found.untrained, "untrained"), *((found.fits[i].w, f"learned, decay {DECAYS[i]:g}") for i in (1, -1)))
    for ax, (w, name) in zip(axes, shown, strict=True):
        image = draw_density(ax, found.energy, w, 0.5)
        ax.plot(*found.y.T, ".", color=ORANGE, ms=4)
        ax.set_title(name.capitalize())
        ax.label_outer()
    figure.colorbar(image, ax=axes, label="$P(y)$", shrink=0.85)
    return figure


def canyon(found: Likelihood) -> Figure:
    """The energy along a line through the data: a canyon that deepens as weight decay goes to 0  (L9)."""
    figure = Figure(figsize=(9, 5.6))
    ax = figure.add_subplot()
    y1 = np.linspace(0, 3.5, 701)
    line = np.stack([y1, np.zeros_like(y1)], axis=1)
    for decay, fit, style, color in zip(
        DECAYS, found.fits, ("-", "--", "-.", ":"), (BLACK, GREEN, BLUE, ORANGE), strict=True
    ):
        F = found.energy(line, fit.w)
        ax.plot(y1, F - F.min(), style, color=color, lw=2.2, label=f"decay {decay:g}")
    ax.axvline(2, color="0.6", lw=1, label="the data, $y_1 = 2$")
    ax.set(xlabel="$y_1$, at $y_2 = 0$", ylabel="$F(y) - $ least on the line", xlim=(0, 3.5), ylim=(-0.5, 35))
    ax.set_title("The less weight decay, the steeper the canyon's walls")
    figure.legend(loc="outside lower center", ncols=5)
    return figure


def langevin(found: Likelihood) -> Figure:
    """The score field with chains that follow it, and Langevin's bias against the step  (W11, W12)."""
    figure = Figure(figsize=(13.5, 6))
    left, right = figure.subplots(1, 2, width_ratios=[1, 1.1])
    draw_density(left, found.energy, found.rounded, 0.5)
    _, y = plane_mesh(25)
    s = score(found.energy, y, found.rounded)
    s *= 0.22 / np.hypot(*s.T)[:, None]
    left.quiver(*y.T, *s.T, color="white", angles="xy", scale_units="xy", scale=1, width=0.003)
    left.plot(*found.chains.y[-1].T, ".", color=ORANGE, ms=5)
    left.set_title("The score's direction, and draws by chains")
    alpha, squares = np.array(STEPS), found.squares
    fine = np.linspace(0, 1.1 * max(STEPS), 100)
    right.plot(fine, 1 / (1 - fine / 2), color="0.5", lw=1.5, label=r"$1/(1 - \alpha/2)$")
    right.errorbar(alpha, squares[:, 0], 3 * squares[:, 1], fmt="o", color=BLUE, capsize=4, label="Langevin")
    right.errorbar(
        alpha, squares[:, 2], 3 * squares[:, 3], fmt="s", color=ORANGE, capsize=4, label="Metropolis-adjusted"
    )
    right.axhline(1, color=BLACK, ls="--", lw=1.2, label="exact")
    right.set(
        xlabel=r"step size $\alpha$",
        ylabel=r"mean of $y^2$, standard normal $P$",
        title="Bias of plain Langevin (bars: 3 errors)",
    )
    right.legend(loc="upper left")
    return figure


ALL = (temperatures, likelihood, canyon, langevin)
