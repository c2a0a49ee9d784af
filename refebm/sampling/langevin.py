"""Scores and Langevin dynamics: the step, its density, its kernel  (W11, W12)."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike

from ..energies.potentials import Potential
from ..numerics import checks
from ..numerics.checks import Array
from .loop import Kernel, State


@np.errstate(under="ignore")
def score(potential: Potential, y: ArrayLike, w: ArrayLike, x: ArrayLike | None = None) -> Array:
    """Score ``s(y) = d log P(y) / dy = -beta dF/dy``, free of the partition function  (W11).  y (n, d) -> (n, d)."""
    checks.instance(potential, Potential, "potential")
    y, w, x = potential.check(y, w, x, paired=True)
    s = -finite_beta(potential) * potential.adjoint(y, w, x, np.ones(len(y)))[0]
    if off := int((~np.isfinite(s)).any(axis=1).sum()):
        raise ValueError(
            f"y: expected observations at which the score is finite, got {off} of {len(y)} at which it is not"
        )
    return s


def finite_beta(potential: Potential) -> float:
    """The potential's beta, if P has a density there."""
    potential.exists()
    if potential.beta == np.inf:
        raise ValueError("potential: expected a finite beta, for P to have a density, got beta = inf")
    return potential.beta


def langevin(y: Array, s: Array, alpha: float, xi: Array) -> Array:
    """One step ``y + alpha s(y) + sqrt(2 alpha) xi``, xi standard normal, s the score at y  (W12).  All (n, d)."""
    return y + alpha * s + np.sqrt(2 * alpha) * xi


def langevin_log_density(y_new: Array, y: Array, s: Array, alpha: float) -> Array:
    """``log q(y_new | y)`` of a Langevin step, up to its constant: normal about y + alpha s, variance 2 alpha.  -> (n,)."""
    return -np.square(y_new - y - alpha * s).sum(axis=1) / (4 * alpha)


def langevin_kernel(potential: Potential, w: Array, x: Array | None, alpha: float) -> Kernel:
    """Langevin's steps, all taken; states (y, log P up to its constant, score)."""

    def at(y: Array) -> State:
        with np.errstate(over="ignore"):  # where that happens, the next step is refused
            F, y_bar = potential.value_and_slope(y, w, x, np.ones(len(y)))
            return y, -potential.beta * F, -potential.beta * y_bar

    return gaussian_kernel(at, lambda state, xi: langevin(state[0], state[2], alpha, xi), potential.dim, alpha)


def gaussian_kernel(
    at: Callable[[Array], State], step: Callable[[State, Array], Array], dim: int, alpha: float
) -> Kernel:
    """``y_new = step(state, xi)``, xi standard normal, always taken, unless chains diverge; ``at(y)`` is the state at y."""

    def move(state: State, xi: Array) -> tuple[State, Array]:
        with np.errstate(over="ignore", under="ignore", invalid="ignore"):
            y = step(state, xi)
        if not np.abs(y).max() < checks.LARGEST:
            raise ValueError(
                f"alpha: expected a step at which chains stay finite, got {alpha:g}, at which they diverge"
            )
        return at(y), np.ones(len(y), bool)

    return Kernel(at, lambda rng, n: rng.normal(size=(n, dim)), move)
