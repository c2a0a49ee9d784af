"""Likelihood: the negative log-likelihood of a potential and its gradient, exact and by samples  (L4-L9, N10, N13, W6)."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import ArrayLike

from ..energies.potentials import Potential
from ..numerics import axes, checks
from ..numerics.checks import Array
from ..numerics.rows import softmin_rows
from ..numerics.soft import softargmin, softmin
from ..parts.costs import squared_error_slack


def quadrature(potential: Potential, space: ArrayLike, measure: ArrayLike, name: str = "space") -> tuple[Array, Array]:
    """(space, measure), all that y can be and each point's volume, as arrays (m, d) and (m,)."""
    space = checks.observations(space, potential.dim, name)[0]
    label = "measure" if name == "space" else name
    measure = axes.volumes(measure, label)
    if measure.shape not in ((), (len(space),)):
        raise ValueError(f"{label}: expected a number or shape ({len(space)},), got {measure.shape}")
    if not measure.any():
        raise ValueError(f"{label}: expected volumes of which one at least is above 0, got {checks.describe(measure)}")
    return space, np.broadcast_to(measure, (len(space),))


def _weights(F: Array, y: Array, beta: float, measure: Array) -> Array:
    """The model's own weights P(y') of the space; at beta = inf those that rounding parted, as it does squared errors, share."""
    if beta < np.inf:
        return softargmin(F, beta, p=measure)
    P = softmin_rows(F, beta, measure, 4 * squared_error_slack(y, np.broadcast_to(F.min(), len(F))))[1]
    return P / P.sum()


def _conditions(x: Array | None, n: int, m: int) -> Iterator[Array | None]:
    """The space's m conditions: each of n observations' own, or none once for all."""
    if x is not None and len(x) != n:
        raise ValueError(f"x: expected {n} conditions, one for each observation, got {len(x)}")
    return iter([None]) if x is None else (np.tile(row, (m, 1)) for row in x)


@np.errstate(under="ignore")
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
        F and beta. At beta = inf the loss is ``F(x, y) - min_y' F(x, y')``, and points of the space tie up to the rounding of
        squared errors.
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
    potential.exists()
    y, w, x = potential.check(y, w, x)
    space, measure = quadrature(potential, space, measure)
    beta, n = potential.beta, len(y)
    share = np.full(n, 1 / n)
    conditions = _conditions(x, n, len(space))
    loss = float((potential.value(y, w, x) * share).sum())
    w_bar = potential.adjoint(y, w, x, share)[1]
    groups = 1 if x is None else n
    for x_n in conditions:
        F = potential.value(space, w, x_n)
        loss += float(np.log(measure.sum()) / beta - softmin(F, beta, p=measure)) / groups
        w_bar = w_bar - potential.adjoint(space, w, x_n, _weights(F, space, beta, measure) / groups)[1]
    return loss, w_bar


@np.errstate(under="ignore")
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
    checks.instance(potential, Potential, "potential")
    potential.exists()
    if potential.curvature is None or potential.beta == np.inf:
        raise ValueError(f"potential: expected a curvature and a finite beta, got {checks.describe(potential)}")
    y, w, x = potential.check(y, w, x)
    space, measure = quadrature(potential, space, measure)
    second = potential.curvature(y, w, x, np.full(len(y), 1 / len(y)))[1]
    groups = 1 if x is None else len(x)
    for x_n in _conditions(x, len(y), len(space)):
        P = softargmin(potential.value(space, w, x_n), potential.beta, p=measure)
        slopes, model = potential.curvature(space, w, x_n, P)
        slopes = np.sqrt(P)[:, None] * (slopes - P @ slopes)
        second = second + (potential.beta * slopes.T @ slopes - model) / groups
    return second


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
    checks.instance(potential, Potential, "potential")
    potential.exists()
    y, w, x = potential.check(y, w, x)
    y_hat, _, x_hat = potential.check(y_hat, w, x_hat, "y_hat", "x_hat")
    s = len(y_hat)
    for name, rows, count in (("x", x, len(y)), ("x_hat", x_hat, s)):
        if (rows is None) != (x is None) or (rows is not None and len(rows) != count):
            what = "none, as x has" if x is None else f"{count}, a row for each"
            raise ValueError(f"{name}: expected {what}, got {'none' if rows is None else len(rows)}")
    batches = min(checks.count(batches, "batches"), s)
    down = potential.adjoint(y, w, x, np.full(len(y), 1 / len(y)))[1]  # which judges x
    if x is not None and x_hat is not None and x_hat.shape[1] != x.shape[1]:
        raise ValueError(f"x_hat: expected {x.shape[1]} entries in a row, as x has, got {x_hat.shape[1]}")
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
