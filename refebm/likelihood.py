"""Likelihood: the negative log-likelihood of a potential and its gradient, exact and by samples  (L4-L9, N10, N13, W6)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from . import checks
from .checks import Array
from .descent import descend
from .potentials import Potential
from .softmin import softargmin, softmin

if TYPE_CHECKING:
    from scipy.optimize import OptimizeResult


def _space(potential: Potential, space: ArrayLike, measure: ArrayLike) -> tuple[Array, Array]:
    space = checks.observations(space, potential.dim, "space")[0]
    measure = checks.finite(measure, "measure")
    if measure.shape not in ((), (len(space),)):
        raise ValueError(f"measure: expected a number or shape ({len(space)},), got {measure.shape}")
    if (measure < 0).any() or not measure.any():
        raise ValueError(f"measure: expected volumes from 0 up, one above 0 at least, got {checks.describe(measure)}")
    return space, np.broadcast_to(measure, (len(space),))


def negative_log_likelihood(
    potential: Potential,
    y: ArrayLike,
    w: ArrayLike,
    space: ArrayLike,
    measure: ArrayLike = 1.0,
    x: ArrayLike | None = None,
) -> tuple[float, Array]:
    """Mean of ``-(1/beta) log P(y|x) = F(x, y) + (1/beta) log sum_y' exp(-beta F(x, y')) measure`` and its gradient in w.

    The gradient is ``dF(x, y)/dw - sum_y' P(y'|x) dF(x, y')/dw`` (L6): down at the data, up everywhere else by the
    model's own weights (N10). Exact for the space that is given: an enumeration, a grid, or a quadrature rule  (L4-L6, N13).

    Parameters
    ----------
    potential : Potential
        F and beta. At beta = inf the loss is ``F(x, y) - min_y' F(x, y')``.
    y : array_like, (n, d)
        Observations; they need not be points of the space.
    w : array_like, (size,)
        Parameters.
    space, measure : array_like, (m, d) and (m,) or a number
        All that y can be, and each point's volume: 1 for P a probability, the step of a grid for P a density.
    x : array_like, (n, d_x), optional
        Conditions. Each has a partition function of its own: n m potentials.

    Returns
    -------
    loss : float
        In the unit of F.
    w_bar : ndarray, (size,)

    Raises
    ------
    TypeError, ValueError
        For wrong shapes, NaN, infinite or huge values, negative volumes.
    """
    checks.instance(potential, Potential, "potential")
    y, w, x = potential.check(y, w, x)
    space, measure = _space(potential, space, measure)
    beta, n = potential.beta, len(y)
    if x is not None and len(x) != n:
        raise ValueError(f"x: expected {n} conditions, one for each observation, got {len(x)}")
    share = np.full(n, 1 / n)
    loss = float((potential.value(y, w, x) * share).sum())
    w_bar = potential.adjoint(y, w, x, share)[1]
    groups = 1 if x is None else n
    # The space under each observation's own condition, or once for all.
    for x_n in [None] if x is None else (np.tile(row, (len(space), 1)) for row in x):
        F = potential.value(space, w, x_n)
        loss += float(np.log(measure.sum()) / beta - softmin(F, beta, p=measure)) / groups
        w_bar = w_bar - potential.adjoint(space, w, x_n, softargmin(F, beta, p=measure) / groups)[1]
    return loss, w_bar


@np.errstate(under="ignore")
def likelihood_gradient(
    potential: Potential,
    y: ArrayLike,
    y_hat: ArrayLike,
    w: ArrayLike,
    x: ArrayLike | None = None,
    x_hat: ArrayLike | None = None,
    batches: int = 20,
) -> tuple[Array, Array]:
    """Monte-Carlo gradient ``mean dF(x, y)/dw - mean dF(x, y_hat)/dw`` with y_hat drawn from the model, and its error  (L7, W6).

    Parameters
    ----------
    potential, y, w, x
        As in `negative_log_likelihood`.
    y_hat, x_hat : array_like, (s, d) and (s, d_x)
        Draws from P(y|x) and their conditions; one draw is the lecture's one-sample form.
    batches : int
        The draws, in their order, are split into so many batches of near equal size, at most s (then draws are taken one by
        one). The spread of their means is the error's estimate, and allows for correlation within batches, as of Markov chains.

    Returns
    -------
    w_bar : ndarray, (size,)
    error : ndarray, (size,)
        Standard error of each entry; (w_bar - exact) / error follows Student's t with batches - 1 degrees of freedom. inf
        for a single batch, which does not tell.

    Raises
    ------
    TypeError, ValueError
        For wrong shapes, NaN, infinite or huge values.
    """
    checks.instance(potential, Potential, "potential")
    y, w, x = potential.check(y, w, x)
    y_hat, _, x_hat = potential.check(y_hat, w, x_hat, "y_hat", "x_hat")
    s = len(y_hat)
    batches = min(checks.count(batches, "batches"), s)
    down = potential.adjoint(y, w, x, np.full(len(y), 1 / len(y)))[1]
    parts = np.array_split(np.arange(s), batches)
    up = np.array(
        [
            potential.adjoint(y_hat[i], w, None if x_hat is None else x_hat[i], np.full(len(i), batches / s))[1]
            for i in parts
        ]
    )
    error = up.std(axis=0, ddof=1) / np.sqrt(batches) if batches > 1 else np.full(len(w), np.inf)
    return down - up.mean(axis=0), error


def learn_likelihood(
    potential: Potential,
    y: ArrayLike,
    w: ArrayLike,
    space: ArrayLike,
    measure: ArrayLike = 1.0,
    x: ArrayLike | None = None,
    decay: float = 0.0,
    **options: Any,
) -> OptimizeResult:
    """Parameters of least negative log-likelihood plus weight decay ``(decay/2) |w|^2``, from the start w  (L8, L9).

    Arguments as in `negative_log_likelihood`. With ``method="gd"`` the steps are the lecture's update (L8); "lbfgs" is
    the default. `steps`, `tol`, `rate` and the result are as in `learn`.
    """
    checks.instance(potential, Potential, "potential")
    decay = checks.number(decay, "decay")
    if not 0 <= decay < np.inf:
        raise ValueError(f"decay: expected a finite number from 0 up, got {decay}")
    if options.get("method") == "adam":
        raise ValueError("method: expected lbfgs or gd, as the likelihood is exact, got 'adam'")

    def objective(w: Array) -> tuple[float, Array]:
        loss, w_bar = negative_log_likelihood(potential, y, w, space, measure, x)
        return loss + decay / 2 * float(w @ w), w_bar + decay * w

    return descend(objective, checks.vector(w, potential.size, "w").copy(), **options)
