"""The ellipse lecture's inference, computed and drawn: data, manifold, energies, the latent of least energy  (C2-C9)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import FixedFormatter, FixedLocator

from ..models.ellipse_closest import SEARCHES, infer
from ..models.ellipse_energy import ellipse, ellipse_decoder, ellipse_slope
from ..models.ellipse_samples import mesh
from ..numerics.checks import Array
from .observations import Observations
from .style import BLACK, BLUE, FIVE, GREEN, ORANGE, draw_manifold, plane


@dataclass(frozen=True)
class Inference(Observations):
    """The observations, and for some, by their index, what each way of inference finds, the exact one first."""

    found: dict[int, list[Any]]


def run(given: Observations) -> Inference:
    """Infer the latents of the lecture's samples by every method, on the untrained manifold  (C7)."""
    shown = given.sample(1), given.sample(10), given.sample(23)
    found = {n: [infer(given.Y[n], given.untrained, method) for method in SEARCHES] for n in shown}
    return Inference(**vars(given), found=found)


def report(lecture: Inference) -> Iterator[str]:
    """What was inferred, line by line, the same on every machine: gaps that are rounding errors are printed as bounds."""
    Y, w = lecture.Y, lecture.untrained
    radii = f"({w[0]:.6g}, {w[1]:.6g})"
    yield f"{len(Y)} observations; untrained radii {radii}; lengths in the data's unit, energies in its square, angles in rad"
    yield ""
    yield "Inference (C7, C8): the latent of least energy on the untrained manifold; how far searches are from it, in z and in F"
    yield f"{'sample':>8}  {'z':>10}  {'F':>12}" + "".join(f"  {method:>16}" for method in list(SEARCHES)[1:])
    for n, (exact, *others) in lecture.found.items():
        yield f"{f'Y[{n + 1}]':>8}  {exact.z:>10.6f}  {exact.fun:>12.5e}" + "".join(
            f"  {_agreement(exact, other, lecture.unit):>16}" for other in others
        )


def _agreement(exact: Any, found: Any, unit: float) -> str:
    """How far a search's z and F are from the exact ones: 1e-6 and 1e-12 unit^2 are what searches by energies can promise."""
    turn = abs(found.z - exact.z)
    turn, F = min(turn, 2 * np.pi - turn), abs(found.fun - exact.fun) / unit**2
    return "  ".join(f"{'<' if gap < bound else '>'}{bound:.0e}" for gap, bound in ((turn, 1e-6), (F, 1e-12)))


def circle_axis(ax: Any) -> Any:
    """The latent's axis, 0 to 2 pi."""
    ax.xaxis.set_major_locator(FixedLocator([0, np.pi / 2, np.pi, 3 * np.pi / 2, 2 * np.pi]))
    ax.xaxis.set_major_formatter(FixedFormatter(["0", r"$\pi/2$", r"$\pi$", r"$3\pi/2$", r"$2\pi$"]))
    ax.set(xlim=(0, 2 * np.pi), xlabel="$z$ [rad]")
    return ax


def samples(lecture: Observations) -> Figure:
    """The training samples  (C2)."""
    figure = Figure(figsize=(6.4, 6.4))
    ax = plane(figure.add_subplot(), lecture.unit)
    ax.plot(*lecture.Y.T, "o", color=BLUE, ms=7)
    ax.set_title(f"The {len(lecture.Y)} training samples $Y$")
    return figure


def manifold(lecture: Observations) -> Figure:
    """The untrained model manifold over the latent grid, with the samples  (C3, C4)."""
    figure = Figure(figsize=(6.4, 7.2))
    ax = plane(figure.add_subplot(), lecture.unit)
    draw_manifold(ax, lecture.untrained, lecture.z, label=r"untrained manifold, $z = [0:\pi/24:2\pi[$")
    ax.plot(*lecture.Y.T, "o", color=BLUE, ms=7, label="samples $Y$")
    ax.set_title("Untrained model manifold")
    figure.legend(loc="outside lower center", ncols=2)
    return figure


def energy_panel(lecture: Observations) -> Figure:
    """Energy of each of the first 24 samples against the latent  (C6)."""
    n = min(24, len(lecture.Y))
    figure = Figure(figsize=(13.5, 8.4))
    axes = figure.subplots(4, 6, sharex=True, sharey=True)
    z = np.linspace(0, 2 * np.pi, 361)
    E = ellipse(lecture.Y[:n], z, lecture.untrained)
    for i, ax in enumerate(axes.flat):
        circle_axis(ax).set(ylim=(0, 1.05 * E.max()), xlabel="")
        ax.xaxis.set_major_locator(FixedLocator([0, np.pi, 2 * np.pi]))
        ax.xaxis.set_major_formatter(FixedFormatter(["0", r"$\pi$", r"$2\pi$"]))
        if i < n:
            ax.plot(z, E[i], color=BLUE, lw=2)
            ax.set_title(f"$E_{{{i + 1}}}$", loc="left", fontsize=12, pad=3)
        else:
            ax.axis("off")
    figure.supxlabel("$z$ [rad]")
    figure.supylabel("$E(y, z)$")
    figure.suptitle(f"Energies of {'the first ' if n < len(lecture.Y) else 'the '}{n} samples, untrained")
    return figure


def descent(y: Array, w: Array, unit: float) -> Array:
    """Latents on the way from a quarter turn off to the minimum, by gradient descent with small steps."""
    z = [infer(y, w).z + 1.4]
    for _ in range(300):
        z.append(z[-1] - 0.02 / unit**2 * ellipse_slope(y, z[-1], w))
    return np.array(z)


def inference(lecture: Observations) -> Figure:
    """Two samples: their energies, the way of the latent to its minimum on the manifold, and F_inf  (C7, C8)."""
    figure = Figure(figsize=(12.5, 10.5))
    axes = figure.subplots(2, 2, width_ratios=[1, 1.3])
    grid, w = np.linspace(0, 2 * np.pi, 361), lecture.untrained
    for (left, right), number in zip(axes, (23, 10), strict=True):
        n = lecture.sample(number)
        y, name = lecture.Y[n], f"Y[{n + 1}]"
        found, path = infer(y, w), descent(y, w, lecture.unit)
        draw_manifold(plane(left, lecture.unit), w, lecture.z, label=None)
        left.plot(*ellipse_decoder(path, w).T, color=ORANGE, lw=4, alpha=0.6)
        left.plot(*np.stack([y, found.point], 1), ":", color=BLACK, lw=1.5)
        for point, style, color in (
            (y, "*", BLUE),
            (ellipse_decoder(path[0], w), "s", ORANGE),
            (found.point, "D", ORANGE),
        ):
            left.plot(*point, style, color=color, ms=15 if style == "*" else 9)
        left.set_title(f"$y' = {name}$ and the path on the manifold")
        circle_axis(right).plot(grid, ellipse(y, grid, w), color=BLUE, lw=2, label="$E(y', z)$")
        right.plot(np.unwrap(path) % (2 * np.pi), ellipse(y, path, w), ".", color=ORANGE, ms=5, alpha=0.6)
        right.plot(path[0] % (2 * np.pi), ellipse(y, path[:1], w), "s", color=ORANGE, ms=9, label=r"start $\tilde{z}$")
        right.plot(found.z, found.fun, "D", color=ORANGE, ms=9, label="minimum ž")
        right.axhline(found.fun, color=GREEN, ls="--", lw=1.5, label=rf"$F_\infty(y') = {found.fun:.3g}$")
        right.set(
            ylabel="$E(y', z)$", ylim=(-0.4 * lecture.unit**2, None), title=f"$y' = {name}$: energy over the latent"
        )
        right.legend(loc="best")
    return figure


def mesh_points(lecture: Observations) -> Figure:
    """The mesh of observations that the free energy is drawn on."""
    figure = Figure(figsize=(6.4, 8.2))
    ax = plane(figure.add_subplot(), lecture.unit, (2.3, 3.3))
    points = np.stack(np.meshgrid(*mesh()), axis=-1).reshape(-1, 2) * lecture.unit
    draw_manifold(ax, lecture.untrained, lecture.z, label=None)
    ax.plot(*points.T, "+", color=BLACK, ms=5)
    ax.set_title(f"$17 \\times 25$ mesh, {len(points)} points")
    return figure


def five_points(lecture: Observations) -> Figure:
    """Five observations, their energies over the latent, and where each is least  (C6, C7)."""
    figure = Figure(figsize=(12.5, 6))
    left, right = figure.subplots(1, 2, width_ratios=[1, 1.4])
    w, grid = lecture.untrained, np.linspace(0, 2 * np.pi, 361)
    draw_manifold(plane(left, lecture.unit), w, lecture.z, color="0.6", label=None)
    circle_axis(right)
    for color, marker, y in zip(
        FIVE, "osD^v", np.array([(2, 1), (-1, 2), (0.4, -0.6), (-2, -1.5), (0, 0)]), strict=True
    ):
        y = y * lecture.unit
        found = infer(y, w)
        left.plot(*y, marker, color=color, ms=10)
        left.annotate("", found.point, y, arrowprops={"arrowstyle": "->", "color": color, "lw": 1.5})
        right.plot(grid, ellipse(y, grid, w), color=color, lw=2)
        right.plot(found.z, found.fun, marker, color=color, ms=10)
    left.set_title("Five points and their closest on the manifold")
    right.set(ylabel="$E(y, z)$", ylim=(-0.5 * lecture.unit**2, None), title="Their energies, ž marked")
    return figure


FIGURES = (samples, manifold, energy_panel, inference, mesh_points, five_points)
