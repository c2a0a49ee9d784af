"""Learning the parameters of an energy: gradient descent, L-BFGS and Adam on hand-derived gradients  (C25, C27)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from ..energies.energy import Energy, Latents
from ..numerics import checks
from ..numerics.checks import Array
from .descent import METHODS, descend
from .losses import functional
from .starts import start
from .stochastic import minibatches, stochastic_descent

if TYPE_CHECKING:
    from scipy.optimize import OptimizeResult

OPTIONS = ("loss", "y_hat", "margin")
ALL_OPTIONS = ("method", "steps", "tol", "rate", "batch", "held_out", "patience", *OPTIONS)


@np.errstate(under="ignore")
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
    held_out: tuple[ArrayLike | None, ...] | None = None,
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
        `patience` iterations. With inferred or shared latents only.
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
    checks.instance(energy, Energy, "energy")
    checks.one_of(method, (*METHODS, "adam"), "method")
    if rng is not None or method == "adam":
        rng = checks.generator(rng)
    batch = checks.count(batch, "batch")
    w = checks.vector(w, energy.size, "w").copy()
    y = checks.observations(y, energy.dim)[0]

    objective = functional(energy, y, z, beta, x=x, **loss)
    parts = 2 if loss.get("loss", "energy") == "energy" else 3
    if held_out is not None and not (isinstance(held_out, (tuple, list)) and len(held_out) == parts):
        raise TypeError(
            f"held_out: expected a {'pair (y, x)' if parts == 2 else 'triple (y, x, y_hat)'}, x None without a predictor, "
            f"got {checks.describe(held_out)}"
        )
    held = None if held_out is None else _held_out(energy, z, beta, loss, *held_out)

    own = not callable(z) and np.ndim(z) == 2 + bool(energy.decoder.latent)
    y_hat = loss.get("y_hat")
    y_hat = None if y_hat is None else checks.observations(y_hat, energy.dim, "y_hat")[0]
    data = {"y": y, "x": energy.check_x(x, len(y)), "y_hat": y_hat, "z": z if own else None}

    def gradient(options: dict[str, Any], w: Array) -> Array:
        return functional(**options)(w)[1]

    def epoch() -> Iterator[Callable[[Array], Array]]:
        """The gradients of a pass through the data in minibatches."""
        for rows in minibatches(len(y), batch, checks.generator(rng)):
            part = {name: np.asarray(value)[rows] for name, value in data.items() if value is not None}
            yield partial(gradient, {"energy": energy, "z": z, "beta": beta} | loss | part)

    watch = None if held is None else lambda w: held(w)[0]
    options: dict[str, Any] = {"steps": steps, "tol": tol, "rate": rate, "watch": watch, "patience": patience}
    if method == "adam":
        return stochastic_descent(epoch, w, objective=objective, **options)
    return descend(objective, w, method, **options)


def _held_out(
    energy: Energy, z: Latents, beta: float, loss: dict[str, Any], y: Any, x: Any, y_hat: Any = None
) -> Callable[[Array], tuple[float, Array]]:
    """The same loss, of what is held out."""
    try:
        return functional(energy, y, z, beta, x=x, **(loss | {"y_hat": y_hat}))
    except (TypeError, ValueError) as error:
        raise type(error)(f"held_out: expected (y, x), and y_hat for a contrast, as learned by, got {error}") from None


@np.errstate(under="ignore")
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
    checks.options(options, ALL_OPTIONS, "learn_from_starts")
    kept = {name: options[name] for name in OPTIONS if name in options}
    tried = [
        learn(energy, y, z, start(energy, y, rng, x), beta, x, steps=checks.count(trial, "trial"), **kept)
        for _ in range(checks.count(starts, "starts"))
    ]
    losses = np.array([found.fun for found in tried])
    found = learn(energy, y, z, tried[int(losses.argmin())].w, beta, x, rng=rng, **options)
    found.trials = losses
    return found
