"""Descent of a loss in its parameters: L-BFGS, Newton, gradient descent, Adam, with the whole path kept  (C25, L8)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from ..numerics import checks
from ..numerics.checks import Array
from ..numerics.exact import power_of_two

if TYPE_CHECKING:
    from scipy.optimize import OptimizeResult

METHODS = ("lbfgs", "gd", "adam")
Objective = Callable[[Array], tuple[float, Array]]
Epoch = Callable[[], Iterator[Callable[[Array], Array]]]


def descend(
    objective: Objective,
    w: Array,
    method: str = "lbfgs",
    steps: int = 1000,
    tol: float = 1e-8,
    rate: float | None = None,
    epoch: Epoch | None = None,
    watch: Callable[[Array], float] | None = None,
    patience: int = 20,
    hessian: Callable[[Array], Array] | None = None,
) -> OptimizeResult:
    """Parameters that minimise `objective`, from the start w.

    Parameters
    ----------
    objective : callable
        (loss, gradient) at w.
    method, steps, tol, rate, patience
        As in `learn`; with a `hessian` also "newton".
    epoch : callable, for "adam"
        Yields the gradients of one pass, functions of w, such as those of minibatches; each is taken at the w of its turn.
    watch : callable, optional
        Loss on what is held out, at w.
    hessian : callable, for "newton"
        The loss's second derivatives (size, size) at w; of products it is ``np.array([product(w, v) for v in np.eye(size)])``.

    Returns
    -------
    OptimizeResult
        As `learn`.
    """
    from scipy.optimize import OptimizeResult

    checks.one_of(method, METHODS if hessian is None else (*METHODS, "newton"), "method")
    steps, patience, tol = checks.count(steps, "steps"), checks.count(patience, "patience"), checks.positive(tol, "tol")
    rate = checks.positive({"gd": 0.5}.get(method, 0.01) if rate is None else rate, "rate")
    evaluations: dict[bytes, tuple[float, Array]] = {}

    def once(w: Array) -> tuple[float, Array]:
        if (key := w.tobytes()) not in evaluations:
            try:
                with np.errstate(all="ignore"):
                    loss, slope = objective(w)
            except ValueError as error:
                if method == "lbfgs" or not evaluations or not str(error).startswith("w: "):
                    raise
                loss, slope = np.nan, np.full_like(w, np.nan)  # a step led where something overflows
            evaluations[key] = loss, slope
            if not np.isfinite(loss) or not np.isfinite(slope).all():
                if method == "newton" and len(evaluations) > 1:
                    evaluations[key] = np.inf, slope  # a step too far, which it takes back
                    return evaluations[key]
                if method != "lbfgs" and len(evaluations) > 1:
                    raise _diverged(method, rate)
                raise ValueError(f"w: expected a start from which losses stay finite, got a loss of {loss:g}")
        return evaluations[key]

    path, watched = [w], list[float]()

    def enough(w: Array) -> bool:
        """Take note of an iterate; whether to stop there."""
        if w is not path[0]:
            path.append(w.copy())
        if watch is not None:
            watched.append(watch(w))
        stale = len(watched) - 1 - int(np.argmin(watched)) if watched else 0
        return np.abs(once(w)[1]).max() <= tol or stale >= patience or len(path) > steps

    if not enough(w):
        if method == "lbfgs":
            _lbfgs(once, enough, w, tol)
        elif method == "gd":
            _gradient_descent(once, enough, w, rate)
        elif method == "newton" and hessian is not None:
            _newton(once, hessian, enough, w)
        elif epoch is not None:
            _adam(epoch, enough, w, steps, rate)
    values, slopes = zip(*(once(w) for w in path), strict=True)
    largest = np.abs(slopes).max(axis=1)
    best = int(np.argmin(watched)) if watched else len(path) - 1
    grown = np.abs(path[best]).max() > 1e3 * np.abs(w).max() and values[best] - values[0] > 1e6 * abs(values[0])
    if method in ("gd", "adam") and grown:  # Adam's falling rate may hide it
        raise _diverged(method, rate)
    success = bool(largest[best] <= tol)
    message = f"gradient {largest[best]:.1e} {'within' if success else 'not within'} {tol:g} after {best} iterations"
    history = {"loss": np.array(values), "gradient": largest, "w": np.array(path)}
    history |= {"held_out": np.array(watched)} if watched else {}
    found = {"w": path[best], "fun": values[best], "jac": slopes[best], "nit": len(path) - 1, "nfev": len(evaluations)}
    return OptimizeResult(**found, success=success, message=message, history=history)


def minibatches(n: int, batch: int, rng: np.random.Generator) -> Iterator[Array]:
    """Rows 0 to n - 1 in random order, `batch` at a time."""
    order = rng.permutation(n)
    return (order[i : i + batch] for i in range(0, n, batch))


def _gradient_descent(objective: Objective, enough: Callable[[Array], bool], w: Array, rate: float) -> None:
    while True:
        with np.errstate(under="ignore"):
            w = w - rate * objective(w)[1]
        if not np.abs(w).max() < checks.LARGEST:
            raise _diverged("gd", rate)
        if enough(w):
            return


def _diverged(method: str, rate: float) -> ValueError:
    name = "gradient descent" if method == "gd" else method.capitalize()
    return ValueError(f"rate: expected a step at which {name} converges, got {rate:g}, at which w diverges")


def _lbfgs(objective: Objective, enough: Callable[[Array], bool], w: Array, tol: float) -> None:
    """SciPy's, whose first step has length 1: where the loss is far from 1, w and the slope are in units of the start's.

    These are powers of two, which round nothing, and 1 for losses from 1e-16 to 1e16 (squares of data from 1e-8 to 1e8).
    """
    from scipy.optimize import minimize

    loss, slope = objective(w)
    unit, steep = 1.0, 1.0
    if not 1e-16 <= abs(loss) <= 1e16:
        steep = power_of_two(np.abs(slope).max())
        unit = power_of_two(np.abs(w).max() or abs(loss) / steep)

    def scaled(v: Array) -> tuple[float, Array]:
        loss, slope = objective(unit * v)
        return loss / steep / unit, slope / steep

    def callback(intermediate_result: Any) -> None:
        if enough(unit * intermediate_result.x):
            raise StopIteration

    options = {"maxiter": 10**9, "maxfun": 10**9, "gtol": tol / steep, "ftol": 0.0}
    minimize(scaled, w / unit, jac=True, method="L-BFGS-B", callback=callback, options=options)


def _newton(objective: Objective, hessian: Callable[[Array], Array], enough: Callable[[Array], bool], w: Array) -> None:
    """``w <- w - Q (|lambda| + shift)^-1 Q^T dL/dw`` with the Hessian's ``Q lambda Q^T``  (Levenberg, 1944; Dauphin et al., 2014).

    |lambda| leaves saddles, where lambda itself would seek them. The shift falls when a step gains, and rises until one does;
    it keeps directions without curvature where they are. Close to a minimum the loss's rounding hides what a step gains, the
    slope does not: there it is the slope that has to fall.
    """
    shift = 1.0
    loss, slope = objective(w)
    while True:
        curvature, Q = np.linalg.eigh(hessian(w))
        curvature = np.abs(curvature)
        while True:
            shift = max(shift, 1e-10 * curvature.max())
            new = w - Q @ (Q.T @ slope / (curvature + shift))
            if np.array_equal(new, w):
                return
            new_loss, new_slope = objective(new)
            gain, blind = loss - new_loss, 1e-14 * abs(loss)
            if gain > blind or (gain > -blind and np.abs(new_slope).max() < np.abs(slope).max()):
                break
            shift *= 4
        w, loss, slope, shift = new, new_loss, new_slope, shift / 4
        if enough(w):
            return


def _adam(epoch: Epoch, enough: Callable[[Array], bool], w: Array, steps: int, rate: float) -> None:
    """``m <- b_1 m + (1 - b_1) g``, ``v <- b_2 v + (1 - b_2) g^2``, ``w <- w - rate m^ / (sqrt(v^) + eps)``, m^ and v^ unbiased.

    The rate falls evenly to 0 from pass to pass.
    """
    t, b1, b2, eps = 0, 0.9, 0.999, 1e-8
    m, v, w = np.zeros_like(w), np.zeros_like(w), w.copy()
    for done in range(steps):
        gradients = list(epoch())
        for i, gradient in enumerate(gradients):
            with np.errstate(all="ignore"):
                try:
                    g = gradient(w)
                except ValueError as error:
                    if t == 0 or not str(error).startswith("w: "):
                        raise
                    raise _diverged("adam", rate) from None
                t += 1
                m, v, step = (
                    b1 * m + (1 - b1) * g,
                    b2 * v + (1 - b2) * g * g,
                    rate * (1 - (done + i / len(gradients)) / steps),
                )
                w -= step * (m / (1 - b1**t)) / (np.sqrt(v / (1 - b2**t)) + eps)
            if not np.abs(w).max() < checks.LARGEST:
                raise _diverged("adam", rate)
        if enough(w):
            return
