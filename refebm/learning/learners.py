"""Learning a potential's parameters: gradient descent, L-BFGS and Adam on hand-derived gradients  (C25, C27)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from ..energies.energy import Energy
from ..energies.potentials import Potential
from ..numerics import checks, guards
from ..numerics.checks import Array
from .descent import METHODS, descend
from .functionals import contrast, mean_loss
from .stochastic import minibatches, stochastic_descent

if TYPE_CHECKING:
    from scipy.optimize import OptimizeResult

OPTIONS = ("loss", "y_hat", "margin")
ALL_OPTIONS = ("method", "steps", "tol", "rate", "batch", "held_out", "patience", *OPTIONS)
# Checked observations, conditions, and what `contrast` gives.
Data = tuple[Array, Array | None, str, Array | None, float]


@np.errstate(under="ignore")
def start(model: Energy | Potential, y: ArrayLike, rng: np.random.Generator, x: ArrayLike | None = None) -> Array:
    """Random parameters to start learning from  (C25, C27).

    An ellipse's or horn's radii start at the data's root mean square, away from 0 and of one sign; networks with weights of
    variance 2 / inputs (He et al., 2015) and hardly a unit dead on the data. Other models say themselves where.

    Parameters
    ----------
    model : Energy or Potential
        One that has a `start`.
    y : array_like, (n, d)
        Observations.
    rng : numpy.random.Generator
    x : array_like, (n, d_x), optional
        Conditions.

    Returns
    -------
    w : ndarray, (size,)
    """
    if not isinstance(model, (Energy, Potential)):
        raise TypeError(f"model: expected an Energy or a Potential, got {checks.describe(model)}")
    checks.generator(rng)
    y = checks.observations(y, model.dim)[0]
    x = checks.conditions(x, "x", len(y), model.conditions)
    if model.start is None:
        raise ValueError("model: expected one that knows where to start, got one without a start")
    return guards.came_back(model.start(y, rng, x), (model.size,), "start", (y,))


@np.errstate(under="ignore")
def learn(
    F: Potential,
    y: ArrayLike,
    w: ArrayLike,
    x: ArrayLike | None = None,
    method: str = "lbfgs",
    steps: int = 1000,
    tol: float = 1e-8,
    rate: float | None = None,
    batch: int = 32,
    rng: np.random.Generator | None = None,
    held_out: tuple[ArrayLike | None, ...] | None = None,
    patience: int = 20,
    **loss: Any,
) -> OptimizeResult:
    """Parameters that minimise the loss functional on the observations, from the start `w`  (C21, C25).

    Parameters
    ----------
    F : Potential
        The model's free energy. For ellipses and horns at zero temperature ``marginal(ellipse, argmin_z, np.inf)`` infers each
        observation's latent anew at every step, exactly; a grid restricts it to the grid.
    y : array_like, (n, d)
        Observations.
    w : array_like, (size,)
        Where to start, such as `start` gives. At w = 0 the ellipse's gradient vanishes at every finite beta.
    x : array_like, (n, d_x), optional
        Conditions.
    method : "lbfgs", "gd" or "adam"
        SciPy's L-BFGS-B; gradient descent ``w <- w - rate dL/dw``; Adam (Kingma and Ba, 2015) on minibatches, its rate
        falling evenly to 0. All on the same gradients.
    steps : int
        At most so many iterations; for Adam, passes through the data.
    tol : float
        Converged when no entry of dL/dw is larger, in its own unit: the data's, for an ellipse.
    rate : float, optional
        Step of gradient descent, 0.5 by default: for the ellipse's energy loss 1/2 always descends, since F is a softmin,
        concave in energies whose second derivative in w is at most 2. Step of Adam, 0.01 by default.
    batch : int
        Observations in a minibatch of Adam.
    rng : numpy.random.Generator
        Shuffles the minibatches; needed by Adam.
    held_out : (y, x) or (y, x, y_hat), optional
        Observations, conditions or None, and for the hinge and the log loss contrastive points, to stop by: the result is
        then the w of least loss on them, the same loss as is learned by, and learning ends when that has not fallen for
        `patience` iterations.
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
    checks.options(loss, OPTIONS, "learn")
    checks.instance(F, Potential, "F")
    checks.one_of(method, (*METHODS, "adam"), "method")
    if rng is not None or method == "adam":
        rng = checks.generator(rng)
    batch = checks.count(batch, "batch")
    w = checks.vector(w, F.size, "w").copy()
    data = _data(F, y, x, **loss)
    held = None if held_out is None else _held_out(F, loss, held_out)

    def epoch() -> Iterator[Callable[[Array], Array]]:
        """The gradients of a pass through the data in minibatches."""
        n = len(data[0])
        # all in one keep their order, which is that of their own latents where F has some
        rows = [np.arange(n)] if batch >= n else minibatches(n, batch, checks.generator(rng))
        return (partial(_gradient, F, _rows(data, i)) for i in rows)

    watch = None if held is None else lambda w: _loss(F, held, w)[0]
    options: dict[str, Any] = {"steps": steps, "tol": tol, "rate": rate, "watch": watch, "patience": patience}
    if method == "adam":
        return stochastic_descent(epoch, w, objective=partial(_loss, F, data), **options)
    return descend(partial(_loss, F, data), w, method, **options)


def _data(
    F: Potential,
    y: ArrayLike,
    x: ArrayLike | None,
    y_hat: ArrayLike | None = None,
    loss: str = "energy",
    margin: float = 1.0,
) -> Data:
    y = checks.observations(y, F.dim)[0]
    return y, checks.conditions(x, "x", len(y), F.conditions), *contrast(y, loss, y_hat, margin)


def _rows(data: Data, rows: Array) -> Data:
    y, x, loss, y_hat, margin = data
    return y[rows], None if x is None else x[rows], loss, None if y_hat is None else y_hat[rows], margin


def _loss(F: Potential, data: Data, w: Array) -> tuple[float, Array]:
    y, x, loss, y_hat, margin = data
    return mean_loss(F, y, w, x, loss, y_hat, margin)


def _gradient(F: Potential, data: Data, w: Array) -> Array:
    return _loss(F, data, w)[1]


def _held_out(F: Potential, loss: dict[str, Any], held_out: Any) -> Data:
    """The same loss, of what is held out."""
    parts = 2 if loss.get("loss", "energy") == "energy" else 3
    if not isinstance(held_out, (tuple, list)) or len(held_out) != parts:
        raise TypeError(
            f"held_out: expected a {'pair (y, x)' if parts == 2 else 'triple (y, x, y_hat)'}, x None without a predictor, "
            f"got {checks.describe(held_out)}"
        )
    others = {name: value for name, value in loss.items() if name != "y_hat"}
    try:
        return _data(F, *held_out, **others)
    except (TypeError, ValueError) as error:
        raise type(error)(f"held_out: expected (y, x), and y_hat for a contrast, as learned by, got {error}") from None


@np.errstate(under="ignore")
def learn_from_starts(
    F: Potential,
    y: ArrayLike,
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
    checks.options(options, ALL_OPTIONS, "learn_from_starts")
    checks.instance(F, Potential, "F")
    kept = {name: options[name] for name in OPTIONS if name in options}
    tried = [
        learn(F, y, start(F, y, rng, x), x, steps=checks.count(trial, "trial"), **kept)
        for _ in range(checks.count(starts, "starts"))
    ]
    losses = np.array([found.fun for found in tried])
    found = learn(F, y, tried[int(losses.argmin())].w, x, rng=rng, **options)
    found.trials = losses
    return found
