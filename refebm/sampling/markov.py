"""Sampling: Langevin dynamics, and Metropolis's test of its moves and of random walks  (W11, W12).

A sampler is a proposal; the Metropolis test is written once. Noise is an argument of the moves, so that each can be checked
exactly. Many chains run at once, a chain in a row.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from ..energies.potentials import Potential
from ..numerics import checks
from ..numerics.checks import Array

if TYPE_CHECKING:
    from scipy.optimize import OptimizeResult

METHODS = ("langevin", "mala", "walk")


@np.errstate(under="ignore")
def score(potential: Potential, y: ArrayLike, w: ArrayLike, x: ArrayLike | None = None) -> Array:
    """Score ``s(y) = d log P(y) / dy = -beta dF/dy``, free of the partition function  (W11).  y (n, d) -> (n, d)."""
    checks.instance(potential, Potential, "potential")
    y, w, x = potential.check(y, w, x, paired=True)
    s = -_finite_beta(potential) * potential.slope(y, w, x)
    if off := int((~np.isfinite(s)).any(axis=1).sum()):
        raise ValueError(
            f"y: expected observations at which the score is finite, got {off} of {len(y)} at which it is not"
        )
    return s


def _finite_beta(potential: Potential) -> float:
    if potential.beta == np.inf:
        raise ValueError("potential: expected a finite beta, for P to have a density, got beta = inf")
    return potential.beta


def langevin(y: Array, s: Array, alpha: float, xi: Array) -> Array:
    """One step ``y + alpha s(y) + sqrt(2 alpha) xi``, xi standard normal, s the score at y  (W12).  All (n, d)."""
    return y + alpha * s + np.sqrt(2 * alpha) * xi


def langevin_log_density(y_new: Array, y: Array, s: Array, alpha: float) -> Array:
    """``log q(y_new | y)`` of a Langevin step, up to its constant: normal about y + alpha s, variance 2 alpha.  -> (n,)."""
    return -np.square(y_new - y - alpha * s).sum(axis=1) / (4 * alpha)


def walk(y: Array, s: Array, alpha: float, xi: Array) -> Array:
    """One step ``y + sqrt(2 alpha) xi``: Langevin's without the score."""
    return y + np.sqrt(2 * alpha) * xi


def walk_log_density(y_new: Array, y: Array, s: Array, alpha: float) -> Array:
    """0: there and back a random walk is equally likely, so that its density leaves the Metropolis ratio.  -> (n,)."""
    return np.zeros(len(y))


PROPOSALS = {"langevin": (langevin, None), "mala": (langevin, langevin_log_density), "walk": (walk, walk_log_density)}


def log_acceptance(log_p: Array, log_p_new: Array, log_forth: Array, log_back: Array) -> Array:
    """``log min(1, P(y') q(y|y') / [P(y) q(y'|y)])``, which makes P stationary (Metropolis et al., 1953; Hastings, 1970)."""
    return np.minimum(0.0, (log_p_new - log_p) + (log_back - log_forth))


@np.errstate(under="ignore")
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
    from scipy.optimize import OptimizeResult

    checks.instance(potential, Potential, "potential")
    y, w, x = potential.check(y, w, x, paired=True)
    checks.generator(rng)
    alpha, beta = checks.positive(alpha, "alpha"), _finite_beta(potential)
    burn, thin = checks.count(burn, "burn", 0), checks.count(thin, "thin")
    if checks.count(steps, "steps") < thin:
        raise ValueError(f"steps: expected at least thin = {thin}, got {steps}")
    move, log_density = PROPOSALS[checks.one_of(method, METHODS, "method")]
    checks.room(steps // thin * y.size, "steps")
    F, s = potential.value(y, w, x), -beta * potential.slope(y, w, x)
    kept, taken = np.empty((steps // thin, *y.shape)), np.zeros(len(y))
    for t in range(-burn, steps):
        with np.errstate(over="ignore", under="ignore", invalid="ignore"):
            y_new = move(y, s, alpha, rng.normal(size=y.shape))
        if not np.abs(y_new).max() < checks.LARGEST:
            raise ValueError(
                f"alpha: expected a step at which chains stay finite, got {alpha:g}, at which they diverge"
            )
        F_new, s_new = potential.value(y_new, w, x), -beta * potential.slope(y_new, w, x)
        accept = np.ones(len(y), bool)
        if log_density is not None:
            with np.errstate(over="ignore", under="ignore", invalid="ignore"):  # a move too far is not taken
                forth, back = log_density(y_new, y, s, alpha), log_density(y, y_new, s_new, alpha)
                # log of a uniform number is minus an exponential one, and never log 0
                accept = -rng.exponential(size=len(y)) <= log_acceptance(-beta * F, -beta * F_new, forth, back)
        y = np.where(accept[:, None], y_new, y)
        F, s = np.where(accept, F_new, F), np.where(accept[:, None], s_new, s)
        if t >= 0:
            taken += accept
            if (t + 1) % thin == 0:
                kept[(t + 1) // thin - 1] = y
    return OptimizeResult(y=kept, acceptance=taken / steps, ess=effective_sample_size(kept), last=y.copy())


@np.errstate(under="ignore")
def effective_sample_size(draws: ArrayLike) -> Array:
    """Independent draws that would know the mean as well as these correlated ones do.

    ``m n / (1 + 2 sum_t rho_t)``, the autocorrelations of all chains together, with the chains' disagreement counted in and
    summed over pairs t = 2k, 2k + 1 while these are positive and falling (Geyer, 1992; Gelman et al., BDA 3, 11.5).

    Parameters
    ----------
    draws : array_like, (steps, chains) or (steps, chains, d)

    Returns
    -------
    ess : ndarray, () or (d,)
        For m n draws at most m n log10(m n), which anti-correlated chains reach. One for each chain where there are fewer than
        4 steps, or nothing moves.
    """
    draws = checks.finite(draws, "draws")
    if draws.ndim not in (2, 3):
        raise ValueError(f"draws: expected shape (steps, chains) or (steps, chains, d), got {draws.shape}")
    if draws.ndim == 3:
        return np.array([float(effective_sample_size(draws[..., i])) for i in range(draws.shape[2])])
    n, m = draws.shape
    scaled: Array = draws / (np.abs(draws).max() or 1.0)  # squares of small draws would vanish
    centred = scaled - scaled.mean(axis=0)
    if n < 4 or not centred.any():
        return np.asarray(float(m))
    spectrum = np.fft.rfft(centred, 2 * n, axis=0)
    covariance = np.fft.irfft(np.abs(spectrum) ** 2, axis=0)[:n].mean(axis=1) / n
    within = covariance[0] * n / (n - 1)
    total = covariance[0] + (scaled.mean(axis=0).var(ddof=1) if m > 1 else 0.0)
    rho = 1 - (within - covariance * n / (n - 1)) / total
    rho[0] = 1.0
    pairs = rho[: n // 2 * 2].reshape(-1, 2).sum(axis=1)
    stop = int(np.argmax(pairs <= 0)) if (pairs <= 0).any() else len(pairs)
    tau = max(-1 + 2 * np.minimum.accumulate(pairs[:stop]).sum(), 1 / np.log10(n * m))
    return np.asarray(n * m / tau)
