"""Learning the parameters of an energy by gradient descent and L-BFGS on hand-derived gradients  (C25)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from . import checks
from .checks import Array
from .energies import Energy, Latents
from .losses import loss_functional

if TYPE_CHECKING:
    from scipy.optimize import OptimizeResult

METHODS = ("lbfgs", "gd")


def learn(
    energy: Energy,
    y: ArrayLike,
    z: Latents,
    w: ArrayLike,
    beta: float,
    method: str = "lbfgs",
    steps: int = 1000,
    tol: float = 1e-8,
    rate: float = 0.5,
    **loss: Any,
) -> OptimizeResult:
    """Parameters that minimise the loss functional on the observations, from the start `w`  (C21, C25).

    Parameters
    ----------
    energy, y, z, beta
        As in `free_energy`. For the ellipse at zero temperature, ``z=argmin_z, beta=inf`` infers each observation's latent
        anew at every step, exactly; a grid restricts it to the grid.
    w : array_like, (size,)
        Where to start. At w = 0 the ellipse's gradient vanishes at every finite beta, so do not start there.
    method : "lbfgs" or "gd"
        SciPy's L-BFGS-B, or gradient descent ``w <- w - rate dL/dw``; both on the same gradients.
    steps : int
        At most so many iterations.
    tol : float
        Converged when no entry of dL/dw is larger.
    rate : float
        Gradient descent's step. For the ellipse's energy loss 1/2 always descends: F is a softmin, concave in energies
        whose second derivative in w is at most 2.
    **loss
        `loss`, `y_hat` and `margin`, as in `loss_functional`; the energy loss by default.

    Returns
    -------
    OptimizeResult
        ``w``, ``fun`` the loss there and ``jac`` its gradient, ``nit``, ``nfev``, ``success`` whether `tol` was reached,
        ``message``, and ``history``: arrays ``loss`` (nit + 1,), ``gradient`` (nit + 1,) its largest entry, and ``w``
        (nit + 1, size), the start first.

    Raises
    ------
    TypeError, ValueError
        As `loss_functional`; also for an unknown method and a rate, tol or number of steps that is not positive.
    """
    from scipy.optimize import OptimizeResult, minimize

    checks.one_of(method, METHODS, "method")
    steps, tol, rate = checks.count(steps, "steps"), checks.positive(tol, "tol"), checks.positive(rate, "rate")
    w = checks.vector(w, energy.size, "w").copy()
    y = checks.observations(y, energy.dim)[0]
    evaluations: dict[bytes, tuple[float, Array]] = {}

    def objective(w: Array) -> tuple[float, Array]:
        evaluations[w.tobytes()] = found = loss_functional(energy, y, z, w, beta, **loss)
        return found

    path = [w]
    if method == "lbfgs":
        options = {"maxiter": steps, "gtol": tol, "ftol": 0.0}
        minimize(objective, w, jac=True, method="L-BFGS-B", callback=lambda w: path.append(w.copy()), options=options)
    else:
        while len(path) <= steps and np.abs(slope := objective(path[-1])[1]).max() > tol:
            path.append(path[-1] - rate * slope)
        objective(path[-1])
    values, slopes = zip(*(evaluations[w.tobytes()] for w in path), strict=True)
    largest = np.abs(slopes).max(axis=1)
    success = bool(largest[-1] <= tol)
    message = (
        f"gradient {largest[-1]:.1e} {'within' if success else 'not within'} {tol:g} after {len(path) - 1} iterations"
    )
    history = {"loss": np.array(values), "gradient": largest, "w": np.array(path)}
    return OptimizeResult(
        w=path[-1],
        fun=values[-1],
        jac=slopes[-1],
        nit=len(path) - 1,
        nfev=len(evaluations),
        success=success,
        message=message,
        history=history,
    )
