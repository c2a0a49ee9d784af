"""Inference in y: the observation of least potential, by enumeration or by descent  (N1, N2)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from ..energies.potentials import Potential
from ..numerics import checks
from ..numerics.checks import Array
from ..numerics.exact import power_of_two

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
        ``success`` says so: the slope has fallen below 1e-6 of what it is at the starts or half their size from them.

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
    """SciPy's descent from every start, in units of the starts and of F, which its slopes tell: constants do not count."""
    from scipy.optimize import minimize

    condition = None if x is None else x[None]

    def slope(v: Array) -> Array:
        return potential.adjoint(v[None], w, condition, np.ones(1))[0][0]

    def steepness(unit: float) -> float:
        """Slopes at the starts, which may be 0 there, and half a unit off."""
        around = np.concatenate([y, np.where(np.abs(y) < unit / 4, unit, y) / 2])
        return power_of_two(max(np.abs(slope(v)).max() for v in around))

    def descent(start: Array, unit: float, steep: float) -> tuple[float, Array, int, bool]:
        found = minimize(
            lambda v: float(potential.value(unit * v[None], w, condition)[0] / steep / unit),
            start / unit,
            jac=lambda v: slope(unit * v) / steep,
            method="L-BFGS-B",
            options={"gtol": 1e-10, "ftol": 0.0, "maxiter": 1000},
        )
        return found.fun * steep * unit, unit * found.x, found.nfev, bool(np.abs(found.jac).max() <= 1e-6)

    # The first step has the length of a unit: the starts' size, or 1 where they may be close to 0 for what F is made of.
    size = power_of_two(np.abs(y).max())
    units = [size] if 1e-4 <= size <= 1e4 else [size, 1.0]
    with np.errstate(all="ignore"):
        scales = [(unit, steepness(unit)) for unit in units]
        F, ends, nfev, converged = zip(*(descent(start, *s) for s in scales for start in y), strict=True)
    i = int(np.argmin(F))
    if not converged[i]:  # another end may be as low to rounding, and have converged
        i = next((j for j, end in enumerate(F) if converged[j] and end - F[i] <= 1e-14 * abs(F[i])), i)
    return ends[i], F[i], i % len(y), sum(nfev), converged[i]
