"""Learning the parameters of an energy: gradient descent, L-BFGS and Adam on hand-derived gradients  (C25, C27)."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from . import checks
from .checks import Array
from .energies import Energy, Latents
from .losses import loss_functional
from .start import start

if TYPE_CHECKING:
    from scipy.optimize import OptimizeResult

METHODS = ("lbfgs", "gd", "adam")
Objective = Callable[[Array], tuple[float, Array]]


def learn(
    energy: Energy,
    y: ArrayLike,
    z: Latents,
    w: ArrayLike,
    beta: float,
    x: ArrayLike | None = None,
    method: str = "lbfgs",
    steps: int = 1000,
    tol: float = 1e-8,
    rate: float | None = None,
    batch: int = 32,
    rng: np.random.Generator | None = None,
    held_out: tuple[ArrayLike, ArrayLike | None] | None = None,
    patience: int = 20,
    **loss: Any,
) -> OptimizeResult:
    """Parameters that minimise the loss functional on the observations, from the start `w`  (C21, C25).

    Parameters
    ----------
    energy, y, z, beta, x
        As in `free_energy`. For ellipses and horns at zero temperature, ``z=argmin_z, beta=inf`` infers each observation's
        latent anew at every step, exactly; a grid restricts it to the grid.
    w : array_like, (size,)
        Where to start, such as `start` gives. At w = 0 the ellipse's gradient vanishes at every finite beta.
    method : "lbfgs", "gd" or "adam"
        SciPy's L-BFGS-B; gradient descent ``w <- w - rate dL/dw``; Adam (Kingma and Ba, 2015) on minibatches, its rate
        falling evenly to 0. All on the same gradients.
    steps : int
        At most so many iterations; for Adam, passes through the data.
    tol : float
        Converged when no entry of dL/dw is larger.
    rate : float, optional
        Step of gradient descent, 0.5 by default: for the ellipse's energy loss 1/2 always descends, since F is a softmin,
        concave in energies whose second derivative in w is at most 2. Step of Adam, 0.01 by default.
    batch : int
        Observations in a minibatch of Adam.
    rng : numpy.random.Generator
        Shuffles the minibatches; needed by Adam.
    held_out : (y, x), optional
        Observations (and conditions, or None) to stop by: the result is then the w of least loss on them, and learning
        ends when that has not fallen for `patience` iterations. With inferred or shared latents only.
    **loss
        `loss`, `y_hat` and `margin`, as in `loss_functional`; the energy loss by default.

    Returns
    -------
    OptimizeResult
        ``w``, ``fun`` the loss there and ``jac`` its gradient, ``nit``, ``nfev`` (whole evaluations), ``success``
        whether `tol` was reached, ``message``, and ``history``: arrays ``loss`` (nit + 1,), ``gradient`` (nit + 1,) its
        largest entry, ``w`` (nit + 1, size), the start first, and with held_out ``held_out`` (nit + 1,).

    Raises
    ------
    TypeError, ValueError
        As `loss_functional`; also for an unknown method, and a rate, tol or number that is not positive.
    """
    from scipy.optimize import OptimizeResult

    checks.one_of(method, METHODS, "method")
    steps, patience = checks.count(steps, "steps"), checks.count(patience, "patience")
    batch, tol = checks.count(batch, "batch"), checks.positive(tol, "tol")
    rate = checks.positive({"gd": 0.5}.get(method, 0.01) if rate is None else rate, "rate")
    if held_out is not None and not (isinstance(held_out, (tuple, list)) and len(held_out) == 2):
        raise TypeError(
            f"held_out: expected a pair (y, x), x None without a predictor, got {checks.describe(held_out)}"
        )
    w = checks.vector(w, energy.size, "w").copy()
    y = checks.observations(y, energy.dim)[0]
    evaluations: dict[bytes, tuple[float, Array]] = {}

    def objective(w: Array) -> tuple[float, Array]:
        if w.tobytes() not in evaluations:
            evaluations[w.tobytes()] = loss_functional(energy, y, z, w, beta, x=x, **loss)
        return evaluations[w.tobytes()]

    path, watched = [w], list[float]()

    def enough(w: Array) -> bool:
        """Take note of an iterate; whether to stop there."""
        if w is not path[0]:
            path.append(w.copy())
        if held_out is not None:
            watched.append(loss_functional(energy, held_out[0], z, w, beta, x=held_out[1])[0])
        stale = len(watched) - 1 - int(np.argmin(watched)) if watched else 0
        return np.abs(objective(w)[1]).max() <= tol or stale >= patience or len(path) > steps

    if not enough(w):
        if method == "lbfgs":
            _lbfgs(objective, enough, w, tol)
        elif method == "gd":
            _descend(objective, enough, w, rate)
        else:
            own = not callable(z) and np.ndim(z) == 2 + bool(energy.decoder.latent)
            data = {"y": y, "x": x, "y_hat": loss.get("y_hat"), "z": z if own else None}

            def gradient(rows: Array, w: Array) -> Array:
                part = {name: np.asarray(value)[rows] for name, value in data.items() if value is not None}
                return loss_functional(**({"energy": energy, "z": z, "w": w, "beta": beta} | loss | part))[1]

            _adam(gradient, enough, w, len(y), batch, steps, rate, checks.generator(rng))
    values, slopes = zip(*(objective(w) for w in path), strict=True)
    largest = np.abs(slopes).max(axis=1)
    best = int(np.argmin(watched)) if watched else len(path) - 1
    success = bool(largest[best] <= tol)
    message = f"gradient {largest[best]:.1e} {'within' if success else 'not within'} {tol:g} after {best} iterations"
    history = {"loss": np.array(values), "gradient": largest, "w": np.array(path)}
    history |= {"held_out": np.array(watched)} if watched else {}
    found = {"w": path[best], "fun": values[best], "jac": slopes[best], "nit": len(path) - 1, "nfev": len(evaluations)}
    return OptimizeResult(**found, success=success, message=message, history=history)


def _descend(objective: Objective, enough: Callable[[Array], bool], w: Array, rate: float) -> None:
    while True:
        w = w - rate * objective(w)[1]
        if not np.abs(w).max() < checks.LARGEST:
            raise ValueError(
                f"rate: expected a step at which gradient descent converges, got {rate:g}, at which w diverges"
            )
        if enough(w):
            return


def _lbfgs(objective: Objective, enough: Callable[[Array], bool], w: Array, tol: float) -> None:
    from scipy.optimize import minimize

    def callback(intermediate_result: Any) -> None:
        if enough(intermediate_result.x):
            raise StopIteration

    options = {"maxiter": 10**9, "maxfun": 10**9, "gtol": tol, "ftol": 0.0}
    minimize(objective, w, jac=True, method="L-BFGS-B", callback=callback, options=options)


def _adam(
    gradient: Callable[[Array, Array], Array],
    enough: Callable[[Array], bool],
    w: Array,
    n: int,
    batch: int,
    steps: int,
    rate: float,
    rng: np.random.Generator,
) -> None:
    """``m <- b_1 m + (1 - b_1) g``, ``v <- b_2 v + (1 - b_2) g^2``, ``w <- w - rate m^ / (sqrt(v^) + eps)``, m^ and v^ unbiased."""
    t, b1, b2, eps = 0, 0.9, 0.999, 1e-8
    m, v, w = np.zeros_like(w), np.zeros_like(w), w.copy()
    total = steps * -(-n // batch)
    while True:
        order = rng.permutation(n)
        for rows in (order[i : i + batch] for i in range(0, n, batch)):
            g = gradient(rows, w)
            m, v, step = b1 * m + (1 - b1) * g, b2 * v + (1 - b2) * g * g, rate * (1 - t / total)
            t += 1
            w -= step * (m / (1 - b1**t)) / (np.sqrt(v / (1 - b2**t)) + eps)
        if enough(w):
            return


def learn_from_starts(
    energy: Energy,
    y: ArrayLike,
    z: Latents,
    beta: float,
    rng: np.random.Generator,
    x: ArrayLike | None = None,
    starts: int = 15,
    trial: int = 100,
    **options: Any,
) -> OptimizeResult:
    """`learn` from the best of several random starts: each is tried for `trial` iterations of L-BFGS, the best goes on  (C27).

    One start can stick: units that no observation reaches have no gradient, and a radius whose sign changes along x has to
    pass through 0 to mend it. The result of `learn` also has ``trials`` (starts,), the loss that each start reached.
    Raises as `learn`.
    """
    kept = {name: options[name] for name in ("loss", "y_hat", "margin") if name in options}
    tried = [
        learn(energy, y, z, start(energy, y, rng, x), beta, x, steps=checks.count(trial, "trial"), **kept)
        for _ in range(checks.count(starts, "starts"))
    ]
    losses = np.array([found.fun for found in tried])
    found = learn(energy, y, z, tried[int(losses.argmin())].w, beta, x, rng=rng, **options)
    found.trials = losses
    return found
