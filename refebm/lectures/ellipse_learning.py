"""The ellipse lecture's free energies and learning, computed and drawn: cold and warm, before and after  (C8-C25)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize
from matplotlib.figure import Figure

from ..energies.free_energies import free_energy, gibbs_weights
from ..energies.marginals import marginal
from ..learning.functionals import loss_functional
from ..learning.learners import learn
from ..models.ellipse_closest import argmin_z
from ..models.ellipse_energy import ellipse, ellipse_decoder
from ..numerics.checks import Array
from .observations import Observations
from .style import BLACK, BLUE, GREEN, ORANGE, draw_manifold, plane

BETAS = (0.1, 0.3, 1.0, 3.2, 10.0, np.inf)
TOL = 1e-8  # of the gradient, in the data's unit; radii are then known to about as much, and printed to six
ZERO = r"$\beta = \infty$"


@dataclass(frozen=True)
class Learning(Observations):
    """The observations, and the radii fitted at zero temperature and warmer, at beta = 1 / unit^2."""

    cold: Any
    warm: Any


def run(given: Observations) -> Learning:
    """Fit the radii at both temperatures  (C25)."""
    temperatures = ((argmin_z, np.inf), (given.z, 1 / given.unit**2))
    fits = [learn(marginal(ellipse, z, b), given.Y, given.untrained, tol=TOL * given.unit) for z, b in temperatures]
    return Learning(**vars(given), cold=fits[0], warm=fits[1])


def report(lecture: Learning) -> Iterator[str]:
    """The fits and their losses, line by line, the same on every machine: counts of iterations are left out."""
    unit = lecture.unit
    yield f"Learning (C25): energy loss, L-BFGS; warm is beta = {1 / unit**2:.4g}"
    yield f"{'fit':<10}  {'w_1':>12}  {'w_2':>12}  {'loss before':>12}  {'after':>12}  converged"
    for name, fit in (("cold", lecture.cold), ("warm", lecture.warm)):
        if not fit.success:
            yield f"{name:<10}  not converged: {fit.message}"
            continue
        w = visible(fit.w, unit)
        numbers = f"{w[0]:>12.6g}  {w[1]:>12.6g}  {fit.history['loss'][0]:>12.6g}  {fit.fun:>12.6g}"
        yield f"{name:<10}  {numbers}  gradient below {TOL:g}"
    if np.abs(lecture.warm.w).min() < 1e-3 * unit:
        yield "A radius of the warm fit is 0: at this beta the data's spread along it is no more than the model's own noise."
    yield ""
    yield "Losses (C22 to C24) against contrastive points at half the radius, hinge margin 1 in the same energy unit"
    yield f"{'loss':<10}  {'untrained, cold':>16}  {'cold fit, cold':>16}  {'untrained, warm':>16}  {'warm fit, warm':>16}"
    for loss in ("energy", "hinge", "log"):
        yield f"{loss:<10}  " + "  ".join(f"{value:>16.6g}" for value in _losses(lecture, loss))


def _losses(lecture: Learning, loss: str) -> Iterator[float]:
    """One loss in units of energy unit^2, before and after, cold and warm."""
    Y = lecture.Y / lecture.unit
    contrast: dict[str, Any] = {} if loss == "energy" else {"y_hat": Y / 2}
    for z, beta, fit in ((argmin_z, np.inf, lecture.cold), (lecture.z, 1.0, lecture.warm)):
        for w in (lecture.untrained, fit.w):
            yield loss_functional(marginal(ellipse, z, beta), Y, w / lecture.unit, loss=loss, **contrast)[0]


def visible(w: Array, unit: float) -> Array:
    """Radii to print: one that has shrunk below a millionth of the unit is 0."""
    return np.where(np.abs(w) < 1e-6 * unit, 0.0, w)


def energy_map(lecture: Learning, w: Array, beta: float, step: float, wide: float = 2) -> tuple[Array, Array, Array]:
    """Axes of a mesh of step `step` in units, [-wide, wide] by [-3, 3], and the free energy on it (C8, C13), rows along y_2."""
    y1, y2 = (np.linspace(-end, end, round(2 * end / step) + 1) * lecture.unit for end in (wide, 3))
    z = argmin_z if beta == np.inf else lecture.z
    Y = np.stack(np.meshgrid(y1, y2), axis=-1)
    return y1, y2, free_energy(ellipse, Y.reshape(-1, 2), z, w, beta / lecture.unit**2).reshape(Y.shape[:2])


def beta_name(lecture: Learning, beta: float) -> str:
    return ZERO if beta == np.inf else rf"$\beta = {beta / lecture.unit**2:.3g}$"


def heat_map(ax: Any, lecture: Learning, w: Array, beta: float, low: float = 0.0, wide: float = 2.0) -> Any:
    """Free energy from `low` to 2 units above it, in colour, with contours; y_1 up to `wide` units."""
    y1, y2, F = energy_map(lecture, w, beta, 0.05, wide)
    levels = np.linspace(low, low + 2, 41) * lecture.unit**2
    image = ax.contourf(y1, y2, F, levels, extend="max")
    image.set_edgecolor("face")
    ax.contour(y1, y2, F, levels[::5], colors="white", linewidths=0.5, alpha=0.6)
    plane(ax, lecture.unit, (wide, 3)).grid(visible=False)
    return image


def colour_bar(figure: Figure, image: Any, axes: Any, label: str) -> None:
    low, high = image.get_clim()
    figure.colorbar(image, ax=axes, label=label).set_ticks(np.linspace(low, high, 5).tolist())


def free_energy_map(lecture: Learning) -> Figure:
    """Zero-temperature free energy with its gradient as arrows  (C8, C9)."""
    figure = Figure(figsize=(7.8, 8.6))
    ax = figure.add_subplot()
    image = heat_map(ax, lecture, lecture.untrained, np.inf)
    Y = np.stack(np.meshgrid(*energy_map(lecture, lecture.untrained, np.inf, 0.25)[:2]), axis=-1).reshape(-1, 2)
    slope = marginal(ellipse, argmin_z, np.inf).slope(Y, lecture.untrained)
    ax.quiver(*Y.T, *slope.T, color="white", angles="xy", scale_units="xy", scale=20, width=0.004)
    draw_manifold(ax, lecture.untrained, lecture.z, color=ORANGE, label=None)
    ax.set_title(r"$F_\infty(y)$ and its gradient (one twentieth), untrained")
    colour_bar(figure, image, ax, r"$F_\infty(y)$")
    return figure


def surface(lecture: Learning) -> Figure:
    """Zero-temperature free energy as a surface cut off at 1 unit  (C8)."""
    figure = Figure(figsize=(9, 7.2))
    ax: Any = figure.add_subplot(projection="3d")
    y1, y2, F = energy_map(lecture, lecture.untrained, np.inf, 0.05)
    cut = lecture.unit**2
    ax.plot_surface(*np.meshgrid(y1, y2), np.minimum(F, cut), cmap="viridis", rcount=121, ccount=81, vmin=0, vmax=cut)
    ax.set_xlabel("$y_1$", labelpad=10)
    ax.set_ylabel("$y_2$", labelpad=12)
    ax.set_xticks(np.arange(-2, 3) * lecture.unit)
    ax.set(zlim=(0, cut), title=r"$F_\infty(y)$, cut at " + f"{cut:.3g}, untrained")
    ax.set_box_aspect((2, 3, 1.2), zoom=0.92)
    ax.view_init(elev=38, azim=-50)
    bar = ScalarMappable(Normalize(0, cut), "viridis")
    figure.colorbar(bar, ax=ax, shrink=0.6, pad=0.08, extend="max", label=r"$F_\infty(y)$")
    return figure


def draw_section(ax: Any, lecture: Learning, w: Array, beta: float, **style: Any) -> None:
    y2 = np.linspace(-3, 3, 601) * lecture.unit
    Y = np.stack([np.zeros(601), y2], axis=1)
    z = argmin_z if beta == np.inf else lecture.z
    ax.plot(y2, free_energy(ellipse, Y, z, w, beta / lecture.unit**2), lw=2.2, label=beta_name(lecture, beta), **style)
    ax.set(xlabel="$y_2$", xlim=(y2[0], y2[-1]))


def section(lecture: Learning) -> Figure:
    """Zero-temperature free energy along y_1 = 0  (C8)."""
    figure = Figure(figsize=(8.5, 5.4))
    ax = figure.add_subplot()
    draw_section(ax, lecture, lecture.untrained, np.inf, color=BLUE)
    for i, end in enumerate((-1, 1)):
        label = r"manifold, $y_2 = \pm w_2$" if i == 0 else None
        ax.axvline(end * lecture.untrained[1], color=GREEN, ls="--", lw=1.5, label=label)
    ax.set(ylabel=r"$F_\infty((0, y_2))$", title="Cross-section at $y_1 = 0$, untrained")
    figure.legend(loc="outside lower center", ncols=2)
    return figure


def gibbs(lecture: Learning) -> Figure:
    """Gibbs weights over the latent, on the manifold, for two samples and the centre at beta = 1  (C16)."""
    figure = Figure(figsize=(14, 5.6))
    axes = figure.subplots(1, 3)
    w, beta = lecture.untrained, 1 / lecture.unit**2
    numbers = lecture.sample(23), lecture.sample(10)
    Y = np.array([*lecture.Y[list(numbers)], (0, 0)])
    p = gibbs_weights(ellipse, Y, lecture.z, w, beta)
    g = ellipse_decoder(lecture.z, w)
    names = [f"Y[{n + 1}]" for n in numbers] + ["(0, 0)"]
    for ax, y, weights, name in zip(axes, Y, p, names, strict=True):
        plane(ax, lecture.unit).plot(*g.T, color="0.7", lw=1, zorder=0)
        image = ax.scatter(
            *g.T, c=weights, s=20 + 1500 * weights, vmin=0, vmax=p.max(), cmap="viridis_r", edgecolors="0.3", lw=0.5
        )
        ax.plot(*y, "*", color=ORANGE, ms=16)
        ax.set_title(f"$y' = {name}$")
    figure.colorbar(image, ax=axes, label=r"$p(z\,|\,y')$")
    figure.suptitle(f"Gibbs weights on the untrained manifold, {beta_name(lecture, 1.0)}")
    return figure


def sections(lecture: Learning) -> Figure:
    """Free energy along y_1 = 0 from hot to cold, untrained and trained  (C17)."""
    figure = Figure(figsize=(13.5, 6.2))
    axes = figure.subplots(1, 2, sharey=True)
    lines = ["-", (0, (6, 1)), (0, (3, 1)), "-.", ":", "-"]
    colours = [*(ScalarMappable(cmap="plasma").to_rgba(np.linspace(0, 0.8, 5), norm=False)), BLACK]
    for ax, w, name in zip(
        axes, (lecture.untrained, lecture.cold.w), ("untrained", "trained at zero temperature"), strict=True
    ):
        for beta, line, color in zip(BETAS, lines, colours, strict=True):
            draw_section(ax, lecture, np.asarray(w), beta, ls=line, color=color)
        ax.set(ylim=(-0.2 * lecture.unit**2, 6 * lecture.unit**2), title=name.capitalize())
    axes[0].set_ylabel(r"$F_\beta((0, y_2))$")
    figure.legend(*axes[0].get_legend_handles_labels(), loc="outside lower center", ncols=6)
    return figure


def draw_pull(ax: Any, lecture: Learning, w: Array, beta: float) -> None:
    """The pull of each sample on the manifold, ``p(z|y) (y - g(z))``, over the largest p  (C9, C16).

    At zero temperature it reaches from the closest point to the sample; warmer, every latent is pulled by its weight (those
    of less than a fifth of the largest are left out).
    """
    z = argmin_z(ellipse, lecture.Y, w) if beta == np.inf else np.tile(lecture.z[:, None], (len(lecture.Y), 1, 1))
    g = ellipse_decoder(z[..., 0], w)
    p = gibbs_weights(ellipse, lecture.Y, z, w, beta / lecture.unit**2)
    p /= p.max()
    pull = p[..., None] * (lecture.Y[:, None] - g)
    keep = p > 0.2
    ax.quiver(*g[keep].T, *pull[keep].T, color="white", angles="xy", scale_units="xy", scale=1, width=0.003, alpha=0.8)


def learned(lecture: Learning) -> Figure:
    """Free energies untrained and trained, at zero temperature and warmer, with the samples' pull  (C25)."""
    figure = Figure(figsize=(12, 14))
    axes = figure.subplots(2, 2, sharex=True, sharey=True)
    for row, beta, fit in zip(axes, (np.inf, 1.0), (lecture.cold, lecture.warm), strict=True):
        least = 0.0 if beta == np.inf else energy_map(lecture, fit.w, beta, 0.05)[2].min() / lecture.unit**2
        for ax, w, name in zip(row, (lecture.untrained, fit.w), ("untrained", "trained"), strict=True):
            image = heat_map(ax, lecture, w, beta, np.floor(4 * least) / 4, 2.4)
            ax.plot(*ellipse_decoder(np.linspace(0, 2 * np.pi, 361), w).T, color=ORANGE, lw=1.5)
            draw_pull(ax, lecture, w, beta)
            ax.plot(*lecture.Y.T, "o", color=ORANGE, ms=6, mec=BLACK, mew=0.8)
            temperature = "Zero temperature" if beta == np.inf else f"Warmer, {beta_name(lecture, beta)}"
            shown = visible(w, lecture.unit)
            ax.set_title(f"{temperature}, {name}\n$w = ({shown[0]:.3g}, {shown[1]:.3g})$")
            ax.label_outer()
        colour_bar(figure, image, row, r"$F_\infty(y)$" if beta == np.inf else r"$F_\beta(y)$")
    return figure


FIGURES = (free_energy_map, surface, section, gibbs, sections, learned)
