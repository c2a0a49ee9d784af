"""Metropolis's test, written once, which makes P stationary whatever is proposed: Langevin's steps, a random walk  (W12)."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from ..energies.potentials import Potential
from ..numerics import checks
from ..numerics.checks import Array
from .langevin import finite_beta, gaussian_kernel, langevin_kernel, langevin_log_density
from .loop import Kernel, State, sample_chain

if TYPE_CHECKING:
    from scipy.optimize import OptimizeResult


def log_acceptance(log_p: Array, log_p_new: Array, log_forth: Array | float, log_back: Array | float) -> Array:
    """``log min(1, P(y') q(y|y') / [P(y) q(y'|y)])``, which makes P stationary (Metropolis et al., 1953; Hastings, 1970)."""
    return np.minimum(0.0, (log_p_new - log_p) + (log_back - log_forth))


def metropolis_adjusted(proposal: Kernel, log_density: Callable[[Array, State], Array] | None = None) -> Kernel:
    """The kernel that takes or refuses what another proposes, and leaves P as it is  (W12).

    Parameters
    ----------
    proposal : Kernel
        Its states are (y, log P(y) up to a constant, ...).
    log_density : callable, optional
        ``log q(y_new | y)`` up to a constant, ``log_density(y_new, state at y) -> (n,)``. None where there and back are equally
        likely.
    """

    def noise(rng: np.random.Generator, n: int) -> tuple[Any, Array]:
        return proposal.noise(rng, n), rng.exponential(size=n)

    def move(state: State, noise: tuple[Any, Array]) -> tuple[State, Array]:
        xi, e = noise
        new, _ = proposal.move(state, xi)
        with np.errstate(over="ignore", under="ignore", invalid="ignore"):  # a move too far is not taken
            forth, back = (log_density(new[0], state), log_density(state[0], new)) if log_density else (0.0, 0.0)
            # log of a uniform number is minus an exponential one, and never log 0
            taken = -e <= log_acceptance(state[1], new[1], forth, back)
        return tuple(_where(taken, b, a) for a, b in zip(state, new, strict=True)), taken

    return Kernel(proposal.start, noise, move)


def _where(taken: Array, new: Array, old: Array) -> Array:
    """The rows of `new` that are taken, and the others as they were."""
    return np.where(taken.reshape(-1, *[1] * (new.ndim - 1)), new, old)


def mala_kernel(potential: Potential, w: Array, x: Array | None, alpha: float) -> Kernel:
    """Langevin's steps with the test  (Roberts and Tweedie, 1996)."""
    proposal = langevin_kernel(potential, w, x, alpha)
    return metropolis_adjusted(proposal, lambda y_new, state: langevin_log_density(y_new, state[0], state[2], alpha))


def walk(y: Array, alpha: float, xi: Array) -> Array:
    """One step ``y + sqrt(2 alpha) xi``: Langevin's without the score, there and back equally likely."""
    return y + np.sqrt(2 * alpha) * xi


def walk_kernel(potential: Potential, w: Array, x: Array | None, alpha: float) -> Kernel:
    """A random walk with the test; states (y, log P up to its constant)."""

    def at(y: Array) -> State:
        with np.errstate(over="ignore"):
            return y, -potential.beta * potential.value(y, w, x)

    return metropolis_adjusted(gaussian_kernel(at, lambda state, xi: walk(state[0], alpha, xi), potential.dim, alpha))


KERNELS = {"langevin": langevin_kernel, "mala": mala_kernel, "walk": walk_kernel}


def sample(
    potential: Potential,
    y: ArrayLike,
    w: ArrayLike,
    steps: int,
    alpha: float,
    rng: np.random.Generator,
    x: ArrayLike | None = None,
    method: str = "langevin",
    burn: int = 0,
    thin: int = 1,
) -> OptimizeResult:
    """Draws from ``P(y|x) ~ exp(-beta F(x, y))`` by many chains at once  (W12).

    Parameters
    ----------
    potential : Potential
        F and a finite beta.
    y : array_like, (n, d)
        Where the n chains start.
    w, x : array_like
        Parameters (size,); conditions (n, d_x), each chain's own.
    steps : int
        Steps that are kept, before thinning.
    alpha : float
        Step size, in units of y squared: moves are sqrt(2 alpha) long, give or take.
    rng : numpy.random.Generator
    method : "langevin", "mala" or "walk"
        Langevin's moves, all taken: P is met up to a bias that shrinks with alpha; the same with the Metropolis test
        (Roberts and Tweedie, 1996), or a random walk with it: P exactly, after burn-in.
    burn, thin : int
        Steps thrown away first; of the kept ones every thin-th is returned.

    Returns
    -------
    OptimizeResult
        ``y`` (steps // thin, n, d); ``acceptance`` (n,), the share of each chain's kept steps that were taken; ``ess`` (d,), the
        effective sample size of each coordinate's mean over all that is returned; ``last`` (n, d), where to go on.

    Raises
    ------
    TypeError, ValueError
        For wrong arguments; and for chains that diverge, as Langevin's do where alpha is too large.
    """
    checks.instance(potential, Potential, "potential")
    y, w, x = potential.check(y, w, x, paired=True)
    finite_beta(potential)
    kernel = KERNELS[checks.one_of(method, KERNELS, "method")](potential, w, x, checks.positive(alpha, "alpha"))
    return sample_chain(kernel, y, steps, rng, burn, thin)
