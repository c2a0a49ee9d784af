"""Descent along estimates of a gradient, with an objective or without: stochastic gradient descent and Adam  (L7, L8, W6)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from ..numerics import checks, guards
from ..numerics.checks import Array
from .paths import ExactPath, Objective, Path, Watch

if TYPE_CHECKING:
    from scipy.optimize import OptimizeResult

Gradient = Callable[[Array], Array]
Gradients = Callable[[], Iterable[Gradient]]
Move = Callable[[Array, float], Array]
Rate = Callable[[int], float]
OVERFLOW = ("w: ", "gradients: expected finite numbers", "gradients: expected a function that gives finite numbers")


def stochastic_descent(
    gradients: Gradients,
    w: ArrayLike,
    steps: int = 1000,
    rate: float | Rate | None = None,
    method: str = "adam",
    objective: Objective | None = None,
    tol: float = 1e-8,
    watch: Watch | None = None,
    patience: int = 20,
) -> OptimizeResult:
    """Parameters at which the expectation of a gradient vanishes, from estimates of it, sought from the start w  (L7, L8, W6).

    It is enough that estimates are right on average: of a minibatch, of draws of the model (contrastive divergence), of data
    with noise (denoising). Where the loss is strongly convex, its gradient Lipschitz and the estimates' variance bounded, "sgd"
    converges with rates such that ``sum rate = inf`` and ``sum rate^2 < inf`` (Robbins and Monro, 1951; Blum, 1954); at a
    constant rate w keeps moving about the minimum. Adam may fail even there (Reddi, Kale and Kumar, 2018).

    Parameters
    ----------
    gradients : callable
        ``gradients()`` gives the estimates of one pass, functions of w (size,) that return (size,). All are listed, then each is
        taken at the w of its turn.
    w : array_like, (size,)
    steps : int
        At most so many passes.
    rate : float or callable
        The first, 0.01 by default, from which the rate falls evenly to 0 at the end of all passes; or the rate of step t = 0,
        1, ..., counted through all passes.
    method : "adam" or "sgd"
        Adam (Kingma and Ba, 2015), or ``w <- w - rate g``.
    objective : callable, optional
        (loss, gradient) at w, exact, evaluated after each pass: learning ends when no entry of that gradient is above `tol`.
    watch : callable, optional
        A number at w after each pass, such as a loss on what is held out: the result is the w where it is least, and learning
        ends when it has not fallen for `patience` passes.

    Returns
    -------
    OptimizeResult
        With an objective as `learn`. Without one nobody can tell convergence: ``success`` is False, and there is no ``fun`` and
        no ``jac``; but ``w``, ``nit`` passes, ``njev`` estimates taken, ``message``, and ``history``: ``w`` (nit + 1, size), the
        start first, with a watch ``held_out`` (nit + 1,), and ``drift`` (nit, size), the mean of each pass's estimates, with its
        standard error ``error`` (nit, size) if these are independent, inf for a pass of one. A drift of many errors is no
        noise; one within them may be.

    Raises
    ------
    TypeError, ValueError
        For bad arguments; for a function that gives something else than it should; for a rate at which w or an estimate leaves
        all bounds. A function may say so itself, after the first step, by a ValueError that begins with "w: ".
    """
    w = checks.finite(w, "w").copy()
    if w.ndim != 1:
        raise ValueError(f"w: expected shape (size,), got {w.shape}")
    checks.function(gradients, "gradients")
    checks.one_of(method, MOVES, "method")
    tol, rate = checks.positive(tol, "tol"), 0.01 if rate is None else rate
    plain = (None if watch is None else _watched(watch), steps, patience, method, rate(0) if callable(rate) else rate)
    path = Path(*plain) if objective is None else ExactPath(*plain, _exact(objective), tol)
    drifts, move, taken = list[list[Array]](), MOVES[method](), 0
    while not path.ends(w):
        listed = _listed(gradients)
        w, *drift = _pass(path, listed, _rates(rate, path, taken, len(listed)), move, w)
        drifts.append(drift)
        taken += len(listed)
    return path.result() if isinstance(path, ExactPath) else _undecided(path, drifts, taken)


def minibatches(n: int, batch: int, rng: np.random.Generator) -> Iterator[Array]:
    """Rows 0 to n - 1 in random order, `batch` at a time."""
    order = rng.permutation(n)
    return (order[i : i + batch] for i in range(0, n, batch))


@np.errstate(all="ignore")
def _pass(
    path: Path, gradients: list[Gradient], rates: Iterator[float], move: Move, w: Array
) -> tuple[Array, Array, Array]:
    """w at a pass's end, the mean of its estimates, and the standard error of that (Welford, 1962)."""
    mean, squares = np.zeros_like(w), np.zeros_like(w)
    for i, (gradient, rate) in enumerate(zip(gradients, rates, strict=True)):
        g = _estimate(path, gradient, w, first=i == 0 and len(path.iterates) == 1)
        w = path.bounded(w - move(g, rate))
        change = g - mean
        mean = mean + change / (i + 1)
        squares = squares + change * (g - mean)
    return w, mean, np.sqrt(squares / (i * (i + 1))) if i else np.full_like(w, np.inf)


def _rates(rate: float | Rate, path: Path, taken: int, n: int) -> Iterator[float]:
    """Those of the n steps of the next pass, after so many that were `taken`."""
    if callable(rate):
        return (checks.positive(rate(taken + i), "rate") for i in range(n))
    passes = len(path.iterates) - 1
    return (path.rate * (1 - (passes + i / n) / path.steps) for i in range(n))


def _sgd() -> Move:
    return lambda g, rate: rate * g


def _adam() -> Move:
    """``rate m^ / (sqrt(v^) + eps)`` with ``m <- b_1 m + (1 - b_1) g``, ``v <- b_2 v + (1 - b_2) g^2``, m^ and v^ unbiased."""
    t, b1, b2, eps = 0, 0.9, 0.999, 1e-8
    m = v = np.zeros(())

    def move(g: Array, rate: float) -> Array:
        nonlocal t, m, v
        t, m, v = t + 1, b1 * m + (1 - b1) * g, b2 * v + (1 - b2) * g * g
        return rate * (m / (1 - b1**t)) / (np.sqrt(v / (1 - b2**t)) + eps)

    return move


MOVES = {"adam": _adam, "sgd": _sgd}


def _undecided(path: Path, drifts: list[list[Array]], taken: int) -> OptimizeResult:
    """What there is to say without an objective."""
    from scipy.optimize import OptimizeResult

    drift, error = (np.array(part) for part in zip(*drifts, strict=True))
    i = int(np.abs(drift[-1]).argmax())
    message = (
        f"no objective tells whether this has converged; over the last of {len(drift)} passes the mean gradient was "
        f"{drift[-1, i]:.1e} with standard error {error[-1, i]:.1e}"
    )
    history = path.history() | {"drift": drift, "error": error}
    w = path.iterates[path.best]
    return OptimizeResult(w=w, nit=len(drift), njev=taken, success=False, message=message, history=history)


# What comes from outside is held to what was promised, and cannot change w.


def _listed(gradients: Gradients) -> list[Gradient]:
    """Those of a pass."""
    given = gradients()
    if not isinstance(given, Iterable):
        raise TypeError(f"gradients: expected a function that gives those of a pass, got {checks.describe(given)}")
    listed = list(given)
    for gradient in listed:
        checks.function(gradient, "gradients")
    if not listed:
        raise ValueError("gradients: expected at least one in a pass, got none")
    return listed


def _estimate(path: Path, gradient: Gradient, w: Array, first: bool) -> Array:
    """What a gradient gives at w; where it overflows, after the first, a step led too far."""
    try:
        return checks.finite(guards.array(gradient, "gradients", (w,), w.shape), "gradients")
    except ValueError as error:
        if first or not str(error).startswith(OVERFLOW):
            raise
        raise path.diverged() from None


def _exact(objective: Objective) -> Objective:
    """The objective, held to a loss and a slope like w, which is copied: it may be written into again."""
    checks.function(objective, "objective")

    def checked(w: Array) -> tuple[float, Array]:
        loss, slope = guards.several(objective(*guards.kept(w)), 2, "objective")
        if not isinstance(slope, np.ndarray) or slope.dtype.kind != "f" or slope.shape != w.shape:
            raise ValueError(
                f"objective: expected a function that gives a loss and a gradient of shape {w.shape}, "
                f"got {checks.describe(slope)}"
            )
        return checks.number(loss, "objective", "a function that gives one real number"), slope.astype(float)

    return checked


def _watched(watch: Watch) -> Watch:
    checks.function(watch, "watch")

    def checked(w: Array) -> float:
        with np.errstate(all="ignore"):
            value = checks.number(watch(*guards.kept(w)), "watch", "a function that gives one real number")
        if np.isnan(value):
            raise ValueError("watch: expected a function that gives numbers, got nan")
        return value

    return checked
