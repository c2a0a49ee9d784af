"""Likelihood, computed: a network energy learned exactly, the canyon, gradients by samples, Langevin's bias  (L4-L9, W11, W12)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from .checks import Array
from .data import ellipse_data
from .lagrangian import mlp
from .likelihood import learn_likelihood, likelihood_gradient, negative_log_likelihood
from .potentials import Potential, network_potential
from .quadrature import gauss_grid, integrate
from .sampling import sample
from .softmin import softargmin

BOX = ((-4, 4), (-4, 4))
DECAYS = (1e-1, 1e-2, 1e-3, 1e-4)
STEPS = (0.4, 0.2, 0.1, 0.05)
NET = network_potential(mlp([2, 16, 1], "tanh"), spring=0.2)
BOWL = Potential(lambda y, w, x: y[:, 0] ** 2 / 2, lambda y, w, x, b: (b[:, None] * y, 0 * w), dim=1, size=1)


@dataclass(frozen=True)
class Likelihood:
    """Observations y (n, 2) and others held out; the network energy's parameters before learning, the fit for each weight
    decay; a Monte-Carlo gradient, its error and the exact one; chains on the last fit; for each step size Langevin's and
    the Metropolis-adjusted mean square on a standard normal, each with its error, and the share of moves taken."""

    y: Array
    held: Array
    untrained: Array
    fits: list[Any]
    gradients: tuple[Array, Array, Array]
    chains: Any
    squares: Array


def run(rng: np.random.Generator, steps: int = 400, chains: int = 4000) -> Likelihood:
    """Learn by exact maximum likelihood with less and less weight decay, then sample."""
    y, held = ellipse_data(200, rng), ellipse_data(400, rng)
    space, measure = gauss_grid(BOX, 8)
    untrained = w = rng.normal(size=NET.size)
    fits = []
    for decay in DECAYS:  # each goes on from the one before
        fits.append(learn_likelihood(NET, y, w, space, measure, decay=decay, steps=steps))
        w = fits[-1].w
    P = softargmin(NET(space, w), NET.beta, p=measure)
    estimate, error = likelihood_gradient(NET, y, space[rng.choice(len(space), 2000, p=P)], w, batches=50)
    gradients = estimate, error, negative_log_likelihood(NET, y, w, space, measure)[1]
    moving = sample(NET, space[rng.choice(len(space), 100, p=P)], w, 200, 0.005, rng, method="mala", thin=5)
    squares = np.array([_squares(alpha, chains, rng) for alpha in STEPS])
    return Likelihood(y, held, untrained, fits, gradients, moving, squares)


def _squares(alpha: float, chains: int, rng: np.random.Generator) -> list[float]:
    """Mean square and its error, by Langevin and Metropolis-adjusted, and the latter's acceptance; the truth is 1."""
    row = []
    for method in ("langevin", "mala"):
        found = sample(BOWL, rng.normal(size=(chains, 1)), np.ones(1), 200, alpha, rng, method=method, burn=50)
        square = np.square(found.y).mean(axis=(0, 2))
        row += [square.mean(), square.std() / np.sqrt(chains)]
    return [*row, found.acceptance.mean()]


def steepest(w: Array, y: Array) -> float:
    """Largest slope |dF/dy| within 0.2 of the observations: the canyon's walls  (L9)."""
    around = [y + 0.2 * np.array([np.cos(t), np.sin(t)]) for t in np.arange(8) * np.pi / 4]
    return float(np.hypot(*NET.slope(np.concatenate([y, *around]), w).T).max())


def report(found: Likelihood) -> Iterator[str]:
    """What was learned and sampled, line by line."""
    space, measure = gauss_grid(BOX, 8)
    yield f"Maximum likelihood (L4 to L9): {NET.size} parameters, {len(found.y)} samples, exact on {len(space)} nodes"
    yield f"{'weight decay':>12}  {'nll':>9}  {'held out':>9}  {'|w|':>8}  {'steepest slope':>14}  iterations"
    for decay, fit in zip((None, *DECAYS), (None, *found.fits), strict=True):
        w = found.untrained if fit is None else fit.w
        loss, held = (negative_log_likelihood(NET, y, w, space, measure)[0] for y in (found.y, found.held))
        name = "untrained" if decay is None else f"{decay:g}"
        size = f"{np.linalg.norm(w):>8.3f}  {steepest(w, found.y):>14.3f}"
        yield f"{name:>12}  {loss:>9.4f}  {held:>9.4f}  {size}  {0 if fit is None else fit.nit:>10}"
    w = found.fits[-1].w
    log_z = integrate(lambda y: NET(y, w), NET.beta, BOX, tol=1e-9)
    yield f"log Z of the last: {log_z.log_z:.9f}, quadrature error below {log_z.error:.1e} with {len(log_z.y)} nodes"
    estimate, error, exact = found.gradients
    inside = (np.abs(estimate - exact) <= 2 * error + 1e-12).mean()
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
