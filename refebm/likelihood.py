"""Likelihood: the negative log-likelihood of a potential and its gradient, exact and by samples  (L4-L9, N10, N13, W6)."""

from __future__ import annotations

from collections.abc import Iterator
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


def _space(potential: Potential, space: ArrayLike, measure: ArrayLike, name: str = "space") -> tuple[Array, Array]:
    space = checks.observations(space, potential.dim, name)[0]
    measure = checks.finite(measure, "measure")
    if measure.shape not in ((), (len(space),)):
        raise ValueError(f"measure: expected a number or shape ({len(space)},), got {measure.shape}")
    if (measure < 0).any() or not measure.any():
        raise ValueError(f"measure: expected volumes from 0 up, one above 0 at least, got {checks.describe(measure)}")
    return space, np.broadcast_to(measure, (len(space),))


def _conditions(x: Array | None, n: int, m: int) -> Iterator[Array | None]:
    """The space's m conditions: each of n observations' own, or none once for all."""
    if x is not None and len(x) != n:
        raise ValueError(f"x: expected {n} conditions, one for each observation, got {len(x)}")
    return iter([None]) if x is None else (np.tile(row, (m, 1)) for row in x)


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
    model's own weights (N10). Exact for the sum over the space that is given, be it an enumeration, a grid, or
    a quadrature rule  (L4-L6, N13).

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
    y, w, x = potential.check(y, w, x)
    space, measure = _space(potential, space, measure)
    beta, n = potential.beta, len(y)
    share = np.full(n, 1 / n)
    conditions = _conditions(x, n, len(space))
    loss = float((potential.value(y, w, x) * share).sum())
    w_bar = potential.adjoint(y, w, x, share)[1]
    groups = 1 if x is None else n
    for x_n in conditions:
        F = potential.value(space, w, x_n)
        loss += float(np.log(measure.sum()) / beta - softmin(F, beta, p=measure)) / groups
        w_bar = w_bar - potential.adjoint(space, w, x_n, softargmin(F, beta, p=measure) / groups)[1]
    return loss, w_bar


def negative_log_likelihood_hessian(
    potential: Potential,
    y: ArrayLike,
    w: ArrayLike,
    space: ArrayLike,
    measure: ArrayLike = 1.0,
    x: ArrayLike | None = None,
) -> Array:
    """Second derivatives ``<F''>_data - <F''>_model + beta Cov_model(F')`` of the loss, primes for derivatives in w  (L6).

    Arguments as in `negative_log_likelihood`, the potential one with a `curvature` and a finite beta. Where F is linear in w
    only the covariance is left: the loss is convex.

    Returns
    -------
    hessian : ndarray, (size, size)

    Raises
    ------
    TypeError, ValueError
        As `negative_log_likelihood`; also for a potential without a curvature or at beta = inf.
    """
    if potential.curvature is None or potential.beta == np.inf:
        raise ValueError(f"potential: expected a curvature and a finite beta, got {checks.describe(potential)}")
    y, w, x = potential.check(y, w, x)
    space, measure = _space(potential, space, measure)
    second = potential.curvature(y, w, x, np.full(len(y), 1 / len(y)))[1]
    groups = 1 if x is None else len(x)
    for x_n in _conditions(x, len(y), len(space)):
        P = softargmin(potential.value(space, w, x_n), potential.beta, p=measure)
        slopes, model = potential.curvature(space, w, x_n, P)
        slopes = np.sqrt(P)[:, None] * (slopes - P @ slopes)
        second = second + (potential.beta * slopes.T @ slopes - model) / groups
    return second


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
        one). The spread of their means, each counted by its size, is the error's estimate, and allows for correlation within
        batches, as of Markov chains.

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
    y, w, x = potential.check(y, w, x)
    y_hat, _, x_hat = potential.check(y_hat, w, x_hat, "y_hat")
    s = len(y_hat)
    for name, rows, count in (("x", x, len(y)), ("x_hat", x_hat, s)):
        if (rows is None) != (x is None) or (rows is not None and len(rows) != count):
            what = "none, as x has" if x is None else f"{count}, a row for each"
            raise ValueError(f"{name}: expected {what}, got {'none' if rows is None else len(rows)}")
    batches = min(checks.count(batches, "batches"), s)
    down = potential.adjoint(y, w, x, np.full(len(y), 1 / len(y)))[1]
    parts = np.array_split(np.arange(s), batches)
    n = np.array([len(i) for i in parts])[:, None]
    means = np.array(
        [
            potential.adjoint(y_hat[i], w, None if x_hat is None else x_hat[i], np.full(len(i), 1 / len(i)))[1]
            for i in parts
        ]
    )
    up = (n * means).sum(axis=0) / s
    if batches == 1:
        return down - up, np.full(len(w), np.inf)
    # A mean of n draws has the variance sigma^2 / n: sum n (mean - up)^2 / (batches - 1) estimates sigma^2.
    return down - up, np.sqrt((n * np.square(means - up)).sum(axis=0) / (batches - 1) / s)


def learn_likelihood(
    potential: Potential,
    y: ArrayLike,
    w: ArrayLike,
    space: ArrayLike,
    measure: ArrayLike = 1.0,
    x: ArrayLike | None = None,
    decay: float = 0.0,
    check: tuple[ArrayLike, ArrayLike] | None = None,
    agree: float = 1e-6,
    **options: Any,
) -> OptimizeResult:
    """Parameters of least negative log-likelihood plus weight decay ``(decay/2) |w|^2``, from the start w  (L8, L9).

    A learner finds the gaps between the nodes of a quadrature: it lowers the energy where no node sees it. So the integral is
    believed only where a second rule, which shares no node, confirms it at the w that was found. Two rules that agree are
    evidence, no bound.

    Parameters
    ----------
    potential, y, w, space, measure, x
        As in `negative_log_likelihood`.
    decay : float
    check : (space, measure), optional
        Another rule for the same integral, finer if anything. An enumeration, whose measure counts its states in whole
        numbers, is exact and needs none; any other space without one is no success.
    agree : float
        How far apart the losses of the two rules may be, in the unit of F.
    **options
        `method`, `steps`, `tol`, `rate`, as in `learn`. "lbfgs" is the default; "gd" is the lecture's update (L8); "newton" is
        for potentials with a curvature.

    Returns
    -------
    OptimizeResult
        As `learn`, with ``discrepancy``, the loss by `check` minus the loss by `space`: 0 for an enumeration, inf where there
        is nothing to compare with. ``success`` needs a gradient within tol and a discrepancy within `agree`.

    Raises
    ------
    TypeError, ValueError
        As `negative_log_likelihood`; and for a check that shares nodes with the space.
    """
    decay, agree = checks.number(decay, "decay"), checks.positive(agree, "agree")
    if not 0 <= decay < np.inf:
        raise ValueError(f"decay: expected a finite number from 0 up, got {decay}")
    if options.get("method") == "adam":
        raise ValueError("method: expected lbfgs, gd or newton, as the likelihood is exact, got 'adam'")
    rule = _space(potential, space, measure)
    other = None if check is None else _other_rule(potential, check, rule[0])

    def objective(w: Array) -> tuple[float, Array]:
        loss, w_bar = negative_log_likelihood(potential, y, w, *rule, x)
        return loss + decay / 2 * float(w @ w), w_bar + decay * w

    def hessian(w: Array) -> Array:
        return negative_log_likelihood_hessian(potential, y, w, *rule, x) + decay * np.eye(len(w))

    if options.get("method") == "newton":
        options["hessian"] = hessian
    found = descend(objective, checks.vector(w, potential.size, "w").copy(), **options)
    if other is not None:
        losses = [negative_log_likelihood(potential, y, found.w, *nodes, x)[0] for nodes in (other, rule)]
        found.discrepancy = losses[0] - losses[1]
        found.message += f"; by another rule the loss is {found.discrepancy:+.1e}"
    elif (rule[1] % 1 == 0).all():
        found.discrepancy = 0.0
    else:
        found.discrepancy = np.inf
        found.message += "; no other rule confirms the integral (check)"
    found.success = found.success and bool(abs(found.discrepancy) <= agree)
    return found


def _other_rule(potential: Potential, check: tuple[ArrayLike, ArrayLike], space: Array) -> tuple[Array, Array]:
    if not isinstance(check, tuple) or len(check) != 2:
        raise TypeError(f"check: expected a pair (space, measure), got {checks.describe(check)}")
    nodes, measure = _space(potential, *check, "check")
    shared = len({*map(tuple, nodes.tolist())} & {*map(tuple, space.tolist())})
    if shared:
        raise ValueError(f"check: expected nodes of which the space has none, got {shared} that it has")
    return nodes, measure
