"""Descent of an exact loss in its parameters: L-BFGS, gradient descent, Newton, with the whole path kept  (C25, L8)."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from ..numerics import checks
from ..numerics.checks import Array
from ..numerics.exact import power_of_two
from .paths import ExactPath, Objective, Watch

if TYPE_CHECKING:
    from scipy.optimize import OptimizeResult

METHODS = ("lbfgs", "gd")


def descend(
    objective: Objective,
    w: Array,
    method: str = "lbfgs",
    steps: int = 1000,
    tol: float = 1e-8,
    rate: float | None = None,
    hessian: Callable[[Array], Array] | None = None,
    watch: Watch | None = None,
    patience: int = 20,
) -> OptimizeResult:
    """Parameters that minimise `objective`, from the start w.

    Parameters
    ----------
    objective : callable
        (loss, gradient) at w, exact.
    method, steps, tol, rate, patience
        As in `learn`, without Adam; with a `hessian` also "newton".
    hessian : callable, for "newton"
        The loss's second derivatives (size, size) at w; of products it is ``np.array([product(w, v) for v in np.eye(size)])``.
    watch : callable, optional
        Loss on what is held out, at w.

    Returns
    -------
    OptimizeResult
        As `learn`.
    """
    checks.one_of(method, METHODS if hessian is None else (*METHODS, "newton"), "method")
    path = ExactPath(watch, steps, patience, method, 0.5 if rate is None else rate, objective, tol)
    if not path.ends(w):
        if method == "lbfgs":
            _lbfgs(path, w)
        elif method == "gd":
            _gradient_descent(path, w)
        elif hessian is not None:
            _newton(path, hessian, w)
    return path.result()


def _gradient_descent(path: ExactPath, w: Array) -> None:
    """``w <- w - rate dL/dw``."""
    while True:
        with np.errstate(under="ignore"):
            w = path.bounded(w - path.rate * path.evaluate(w)[1])
        if path.ends(w):
            return


def _lbfgs(path: ExactPath, w: Array) -> None:
    """SciPy's, whose first step has length 1: where the loss is far from 1, w and the slope are in units of the start's.

    These are powers of two, which round nothing, and 1 for losses from 1e-16 to 1e16 (squares of data from 1e-8 to 1e8).
    """
    from scipy.optimize import minimize

    loss, slope = path.evaluate(w)
    unit, steep = 1.0, 1.0
    if not 1e-16 <= abs(loss) <= 1e16:
        steep = power_of_two(np.abs(slope).max())
        unit = power_of_two(np.abs(w).max() or abs(loss) / steep)

    def scaled(v: Array) -> tuple[float, Array]:
        loss, slope = path.evaluate(unit * v)
        return loss / steep / unit, slope / steep

    def callback(intermediate_result: Any) -> None:
        if path.ends(unit * intermediate_result.x):
            raise StopIteration

    options = {"maxiter": 10**9, "maxfun": 10**9, "gtol": path.tol / steep, "ftol": 0.0}
    minimize(scaled, w / unit, jac=True, method="L-BFGS-B", callback=callback, options=options)


def _newton(path: ExactPath, hessian: Callable[[Array], Array], w: Array) -> None:
    """``w <- w - Q (|lambda| + shift)^-1 Q^T dL/dw`` with the Hessian's ``Q lambda Q^T``  (Levenberg, 1944; Dauphin et al., 2014).

    |lambda| leaves saddles, where lambda itself would seek them. The shift falls when a step gains, and rises until one does;
    it keeps directions without curvature where they are. Close to a minimum the loss's rounding hides what a step gains, the
    slope does not: there it is the slope that has to fall.
    """
    shift = 1.0
    loss, slope = path.evaluate(w)
    while True:
        curvature, Q = np.linalg.eigh(hessian(w))
        curvature = np.abs(curvature)
        while True:
            shift = max(shift, 1e-10 * curvature.max())
            new = w - Q @ (Q.T @ slope / (curvature + shift))
            if np.array_equal(new, w):
                return
            new_loss, new_slope = path.evaluate(new)
            gain, blind = loss - new_loss, 1e-14 * abs(loss)
            if gain > blind or (gain > -blind and np.abs(new_slope).max() < np.abs(slope).max()):
                break
            shift *= 4
        w, loss, slope, shift = new, new_loss, new_slope, shift / 4
        if path.ends(w):
            return
