"""Inference in y: the observation of least potential, by enumeration or by descent  (N1, N2)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from ..energies.potentials import Potential
from ..numerics import checks
from ..numerics.checks import Array

if TYPE_CHECKING:
    from scipy.optimize import OptimizeResult

METHODS = ("enumeration", "lbfgs")


@np.errstate(under="ignore")
def predict(
    potential: Potential,
    y: ArrayLike,
    w: ArrayLike,
    x: ArrayLike | None = None,
    method: str = "enumeration",
) -> OptimizeResult:
    """``y(x) = argmin_y F(x, y)``  (N1); of the `joint` potential, ``argmin_y min_z E(x, y, z)`` in one search  (N2).

    A constant added to F changes no answer, only ``fun``.

    Parameters
    ----------
    potential : Potential
        F, such as `marginal`, `joint` or `network_potential` makes.
    y : array_like, (m, d)
        All that y can be, to enumerate, the first of equals winning; or where descents start.
    w : array_like, (size,)
        Parameters.
    x : array_like, (n, d_x), optional
        Conditions, each with an answer of its own.
    method : "enumeration" or "lbfgs"
        Try all; or SciPy's L-BFGS-B from every start, the least end winning, which is a local minimum at least where
        ``success`` says so: the slope has fallen below 1e-6, or 1e-6 of the start's.

    Returns
    -------
    OptimizeResult
        ``y`` (n, d), ``fun`` (n,) the potential there, ``index`` (n,) of the candidate or start, ``nfev`` (n,) and
        ``success`` (n,); without the axis n where there are no conditions.

    Raises
    ------
    TypeError, ValueError
        For wrong shapes, NaN, infinite or huge values, an unknown method.
    """
    from scipy.optimize import OptimizeResult

    checks.instance(potential, Potential, "potential")
    checks.one_of(method, METHODS, "method")
    y, w, x = potential.check(y, w, x)
    search = _enumerate if method == "enumeration" else _descend
    rows = [search(potential, y, w, x_n) for x_n in ([None] if x is None else x)]
    names = ("y", "fun", "index", "nfev", "success")
    found = {name: np.array(values) for name, values in zip(names, zip(*rows, strict=True), strict=True)}
    return OptimizeResult({name: v[0] if x is None else v for name, v in found.items()}, method=method)


def _enumerate(potential: Potential, y: Array, w: Array, x: Array | None) -> tuple[Any, ...]:
    F = potential.value(y, w, None if x is None else np.tile(x, (len(y), 1)))
    i = int(F.argmin())
    return y[i], F[i], i, len(y), True


def _descend(potential: Potential, y: Array, w: Array, x: Array | None) -> tuple[Any, ...]:
    from scipy.optimize import minimize

    condition = None if x is None else x[None]

    def value(v: Array) -> float:
        return float(potential.value(v[None], w, condition)[0])

    def slope(v: Array) -> Array:
        return potential.slope(v[None], w, condition)[0]

    options = {"gtol": 1e-10, "ftol": 0.0, "maxiter": 1000}
    found = [minimize(value, start, jac=slope, method="L-BFGS-B", options=options) for start in y]
    i = int(np.argmin([r.fun for r in found]))
    converged = bool(np.abs(found[i].jac).max() <= 1e-6 * max(1.0, np.abs(slope(y[i])).max()))
    return found[i].x, found[i].fun, i, sum(r.nfev for r in found), converged
