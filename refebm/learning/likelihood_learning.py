"""Learning by maximum likelihood, its integral confirmed by a rule that learning has not seen  (L8, L9)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from ..energies.potentials import Potential
from ..numerics import checks
from ..numerics.checks import Array
from .descent import descend
from .likelihood import negative_log_likelihood, negative_log_likelihood_hessian, quadrature

if TYPE_CHECKING:
    from scipy.optimize import OptimizeResult


def learn_likelihood(
    potential: Potential,
    y: ArrayLike,
    w: ArrayLike,
    space: ArrayLike,
    measure: ArrayLike = 1.0,
    x: ArrayLike | None = None,
    decay: float = 0.0,
    check: tuple[ArrayLike, ArrayLike] | str | None = None,
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
    check : (space, measure) or "enumeration", optional
        Another rule for the same integral, finer if anything; or the word that the space lists all that y can be, so that the
        sum over it is exact and needs none. Without either there is no success.
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
        As `negative_log_likelihood`; and for a check that shares nodes with the space, up to a millionth of its spacing.
    """
    checks.instance(potential, Potential, "potential")
    checks.options(options, ("method", "steps", "tol", "rate"), "learn_likelihood")
    decay, agree = checks.number(decay, "decay"), checks.positive(agree, "agree")
    if not 0 <= decay < np.inf:
        raise ValueError(f"decay: expected a finite number from 0 up, got {decay}")
    if options.get("method") == "adam":
        raise ValueError("method: expected lbfgs, gd or newton, as the likelihood is exact, got 'adam'")
    rule = quadrature(potential, space, measure)
    exact = isinstance(check, str) and checks.one_of(check, ("enumeration",), "check") == check
    other = None if check is None or exact else _other_rule(potential, check, rule[0])

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
    elif exact:
        found.discrepancy = 0.0
    else:
        found.discrepancy = np.inf
        found.message += "; no other rule confirms the integral (check)"
    found.success = found.success and bool(abs(found.discrepancy) <= agree)
    return found


@np.errstate(under="ignore")
def _other_rule(potential: Potential, check: Any, space: Array) -> tuple[Array, Array]:
    from scipy.spatial import cKDTree

    if not isinstance(check, tuple) or len(check) != 2:
        raise TypeError(f'check: expected a pair (space, measure), or "enumeration", got {checks.describe(check)}')
    nodes, measure = quadrature(potential, *check, name="check")
    spacing = np.ptp(space, axis=0).max() / len(space) ** (1 / space.shape[1])
    shared = int((cKDTree(space).query(nodes)[0] <= 1e-6 * spacing).sum())
    if shared:
        raise ValueError(f"check: expected nodes of which the space has none, got {shared} that it has")
    return nodes, measure
