"""Likelihood, computed and drawn: random features learned exactly, the canyon, gradients by samples, Langevin's bias.

L1, L4 to L9, W11, W12. The energy is linear in what is learned, so that with weight decay its loss has one minimum, wherever one
starts (L6).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from ..energies.marginals import marginal
from ..energies.networks import feature_potential
from ..energies.potentials import Potential
from ..learning.likelihood import likelihood_gradient, negative_log_likelihood
from ..learning.likelihood_learning import learn_likelihood
from ..models.ellipse_energy import ellipse
from ..models.ellipse_samples import ellipse_data, latent_grid
from ..numerics.checks import Array
from ..numerics.grids import gauss_grid
from ..numerics.soft import softargmin
from ..numerics.tables import log_gibbs, log_partition
from ..parts.chains import Chain
from ..parts.networks import mlp
from ..sampling.langevin import score
from ..sampling.metropolis import sample
from .style import BLACK, BLUE, GREEN, ORANGE

BOX = ((-4, 4), (-4, 4))
DECAYS = (1e-1, 1e-2, 1e-3, 1e-4)
STEPS = (0.4, 0.2, 0.1, 0.05)
FEATURES = Chain(mlp([2, 100, 1], "tanh").stages[:2])
TOL, AGREE = 1e-11, 1e-6
BOWL = Potential(lambda y, w, x: y[:, 0] ** 2 / 2, lambda y, w, x, b: (b[:, None] * y, 0 * w), dim=1, size=1)


@dataclass(frozen=True)
class Likelihood:
    """Observations y (n, 2) and others held out; the energy, its parameters before learning, the fit for each weight decay.

    A fit also has ``rules``, the quadrature that it was learned on and another one. Of the last fit, its parameters rounded so
    that the draws are the same on every machine: a Monte-Carlo gradient, its error and the exact one, and chains. For each
    step size Langevin's and the Metropolis-adjusted mean square on a standard normal, each with its error, and the share of
    moves taken."""

    y: Array
    held: Array
    energy: Potential
    untrained: Array
    fits: list[Any]
    rounded: Array
    gradients: tuple[Array, Array, Array]
    chains: Any
    squares: Array


def run(rng: np.random.Generator, steps: int = 100, chains: int = 4000) -> Likelihood:
    """Learn by exact maximum likelihood with less and less weight decay, then sample."""
    y, held = ellipse_data(200, rng), ellipse_data(400, rng)
    energy = feature_potential(FEATURES, rng.normal(0, 2, FEATURES.size), spring=0.2)
    untrained = w = rng.normal(size=energy.size)
    fits = []
    for decay in DECAYS:
        fits.append(_fit(energy, y, w, decay, steps))
        w = fits[-1].w
    w = w.round(3)
    (space, measure), _ = fits[-1].rules
    P = softargmin(energy(space, w), energy.beta, p=measure)
    estimate, error = likelihood_gradient(energy, y, space[rng.choice(len(space), 2000, p=P)], w, batches=50)
    gradients = estimate, error, negative_log_likelihood(energy, y, w, space, measure)[1]
    moving = sample(energy, space[rng.choice(len(space), 100, p=P)], w, 200, 0.005, rng, method="mala", thin=5)
    squares = np.array([_squares(alpha, chains, rng) for alpha in STEPS])
    return Likelihood(y, held, energy, untrained, fits, w, gradients, moving, squares)


def _fit(energy: Potential, y: Array, w: Array, decay: float, steps: int) -> Any:
    """The fit on as many panels as it takes for another rule to confirm its integral, once it has converged."""
    options: dict[str, Any] = {"decay": decay, "agree": AGREE, "method": "newton", "steps": steps, "tol": TOL}
    for panels in (8, 16, 32):
        rules = gauss_grid(BOX, panels), gauss_grid(BOX, 3 * panels // 2, 7)
        fit = learn_likelihood(energy, y, w, *rules[0], check=rules[1], **options)
        if fit.success or np.abs(fit.jac).max() > TOL:
            break
    fit.rules = rules
    return fit


def _squares(alpha: float, chains: int, rng: np.random.Generator) -> list[float]:
    """Mean square and its error, by Langevin and Metropolis-adjusted, and the latter's acceptance; the truth is 1."""
    row = []
    for method in ("langevin", "mala"):
        found = sample(BOWL, rng.normal(size=(chains, 1)), np.ones(1), 200, alpha, rng, method=method, burn=50)
        square = np.square(found.y).mean(axis=(0, 2))
        row += [square.mean(), square.std() / np.sqrt(chains)]
    return [*row, found.acceptance.mean()]


def steepest(energy: Potential, w: Array, y: Array) -> float:
    """Largest slope |dF/dy| at the observations and at eight points 0.2 from each: the canyon's walls  (L9)."""
    around = [y + 0.2 * np.array([np.cos(t), np.sin(t)]) for t in np.arange(8) * np.pi / 4]
    return float(np.hypot(*energy.slope(np.concatenate([y, *around]), w).T).max())


def report(found: Likelihood) -> Iterator[str]:
    """What was learned and sampled, line by line; of a loss whose integral is not confirmed no digit."""
    energy = found.energy
    yield f"Maximum likelihood (L4 to L9): {energy.size} random features, {len(found.y)} samples, Newton's method"
    head = f"{'weight decay':>12}  {'nll':>8}  {'held out':>8}  {'|w|':>7}  {'steepest slope':>14}"
    yield f"{head}  {'log Z':>10}  {'another rule':>12}  nodes"
    for decay, fit in zip(DECAYS, found.fits, strict=True):
        yield f"{decay:>12g}  " + (_row(found, fit) if fit.success else f"not converged: {fit.message}")
    if all(fit.success for fit in found.fits):
        yield f"The losses by the two rules, which share no node, differ by less than {AGREE:g}"
    estimate, error, exact = found.gradients
    inside = (np.abs(estimate - exact) <= 2 * error).mean()
    yield f"gradient by 2000 samples (L7): {100 * inside:.0f} % of its entries within two standard errors of the exact one"
    chains = found.chains
    acceptance, ess = chains.acceptance.mean(), chains.ess.min()
    yield f"Adjusted Langevin on it: {chains.y[..., 0].size} draws, acceptance {acceptance:.2f}, effective size {ess:.0f}"
    yield ""
    yield "Langevin's bias (W12) on a standard normal: the mean square, exactly 1"
    yield f"{'alpha':>8}  {'Langevin':>18}  {'1/(1 - alpha/2)':>15}  {'adjusted':>18}  {'acceptance':>10}"
    for alpha, (plain, plain_error, adjusted, adjusted_error, taken) in zip(STEPS, found.squares, strict=True):
        columns = f"{plain:>9.4f} +- {plain_error:.4f}  {1 / (1 - alpha / 2):>15.4f}  {adjusted:>9.4f} +- {adjusted_error:.4f}"
        yield f"{alpha:>8g}  {columns}  {taken:>10.3f}"


def _row(found: Likelihood, fit: Any) -> str:
    """Loss, loss on what is held out, size, steepest slope, log Z by both rules, nodes."""
    energy, w = found.energy, fit.w
    loss, held = (negative_log_likelihood(energy, y, w, *fit.rules[0])[0] for y in (found.y, found.held))
    log_z = [float(log_partition(energy(space, w), energy.beta, measure)) for space, measure in fit.rules]
    size = f"{np.linalg.norm(w):>7.3f}  {steepest(energy, w, found.y):>14.2f}"
    return f"{loss:>8.4f}  {held:>8.4f}  {size}  {log_z[0]:>10.5f}  {log_z[1]:>12.5f}  {len(fit.rules[0][0]):>5}"


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
    figure.legend(loc="outside lower center", ncols=3)
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


FIGURES = (temperatures, likelihood, canyon, langevin)
