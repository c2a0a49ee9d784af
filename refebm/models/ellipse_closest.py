"""Inference: the latent of least energy on an ellipse, exactly and by four kinds of search  (C7, C8).

All of them use one fact: the least energy lies in the observation's own quadrant (reflecting the decoded point into it
lowers the distance), and inside a quadrant the energy falls, then rises. So ``E(|y|, z, |w|)`` on [0, pi/2] has one local
minimum, the global one, and no start inside is on the wrong side of a hill (an end may be: the slope is 0 there on an axis).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from ..energies.boxes import Boxes
from ..energies.energy import Energy
from ..numerics import checks
from ..numerics.checks import Array
from ..numerics.cores import tiles
from ..parts.costs import squared_error
from .ellipse_energy import circle_decoder
from .ellipse_projection import project

if TYPE_CHECKING:
    from scipy.optimize import OptimizeResult

QUARTER = np.pi / 2


@np.errstate(under="ignore")
def infer(y: ArrayLike, w: ArrayLike, method: str = "exact") -> OptimizeResult:
    """Latent of least energy of each observation, ``z = argmin_z |y - [w_1 cos z, w_2 sin z]|^2``, over the whole circle  (C7).

    Parameters
    ----------
    y : array_like, (n, 2) or (2,)
        Observations.
    w : array_like, (2,) or (n, 2)
        Radii of the ellipse, of any sign, shared or each observation's own. A zero makes it a segment or a point.
    method : str
        "exact", the closed equation of the closest point solved to the last digits; "exhaustive", grids of 48 points,
        each on the two cells about the best of the one before; "line", SciPy's bounded line search; "cg" and "lbfgs",
        SciPy's conjugate gradient and L-BFGS-B. A search by energies knows F to about 1e-15 of the size of E, and z to
        about 1e-8 since E is flat at its minimum, or 5e-4 at a cusp of the evolute, where it is flatter still.

    Returns
    -------
    OptimizeResult
        ``z`` (n,) in [0, 2 pi), ``point`` (n, 2) the closest point g(z), ``fun`` (n,) the zero-temperature free energy
        F = E(y, z)  (C8), ``nit`` and ``nfev`` (n,) iterations and evaluations, ``success`` (n,), ``method``. Without the
        axis n for a single observation. Where several latents are least (on the inner part of the major axis, at the
        centre of a circle, for a zero radius), the one with cos z >= 0 and sin z >= 0, and z = 0 where all tie.

    Raises
    ------
    TypeError, ValueError
        For wrong shapes, NaN, infinite or huge (above 1e150) values, complex numbers, an unknown method.
    """
    from scipy.optimize import OptimizeResult

    y, single = checks.observations(y, 2)
    w = checks.finite(w, "w")
    if w.shape not in ((2,), y.shape):
        raise ValueError(f"w: expected shape (2,) or one row for each observation, {y.shape}, got {w.shape}")
    checks.one_of(method, SEARCHES, "method")
    w = np.broadcast_to(w, y.shape)
    sign = np.where(np.sign(y) * np.sign(w) < 0, -1.0, 1.0)
    direction, nit, nfev, success = SEARCHES[method](np.abs(y), np.abs(w))
    direction = sign * direction
    point = w * direction
    z = np.arctan2(direction[:, 1], direction[:, 0])
    z = np.where(z < 0, z + 2 * np.pi, z)
    z[z == 2 * np.pi] = 0.0  # a negative angle below the rounding of 2 pi
    F = np.square(y - point).sum(axis=1)
    found = {
        "z": z,
        "point": point,
        "fun": F,
        "nit": nit,
        "nfev": nfev,
        "success": success,
    }
    return OptimizeResult({k: v[0] if single else v for k, v in found.items()}, method=method)


@np.errstate(under="ignore")
def argmin_z(energy: Energy, y: Array, w: Array, x: Array | None = None) -> Array:
    """Exact inference rule of ellipses, and of horns: each observation's latent of least energy, (n, 1, 1).

    It stands in the place of latents in free energies and learning. By the envelope theorem (C9) gradients take it as a constant.
    Any other energy is refused; `search` finds its latents.
    """
    checks.instance(energy, Energy, "energy")
    boxes = energy.boxes
    if not isinstance(boxes, Boxes) or boxes.decoder != circle_decoder() or boxes.regulariser is not None:
        raise ValueError(
            "energy: expected an ellipse or a horn, of circle_decoder and no regulariser, whose latents are found exactly, "
            "got another: take `search`"
        )
    y, w = checks.observations(y, 2)[0], checks.vector(w, energy.size, "w")
    x = energy.check_x(x, len(y))
    with np.errstate(all="ignore"):
        code = boxes.code(w, x)
        checks.no_overflow(w, np.square(code))
    return infer(y, np.broadcast_to(code, y.shape)).z[:, None, None]


# Each search takes |y| and |w| (n, 2) and returns (cos z, sin z) (n, 2), iterations, evaluations, converged or not, all (n,).
Found = tuple[Array, Array, Array, Array]


def _on_circle(z: Any) -> Array:
    return np.stack([np.cos(z), np.sin(z)], axis=-1)


def _exact(y: Array, w: Array) -> Found:
    """The closest point by its own equation, in tiles."""
    parts = [project(y[t], w[t]) for t in tiles(len(y), 16)]
    direction, nit, success = (np.concatenate(part) for part in zip(*parts, strict=True))
    return direction, nit, nit, success


def _exhaustive(y: Array, w: Array) -> Found:
    """48 equal steps over the quadrant, then over the two cells beside the best, until those are narrower than 1e-9."""
    direction = np.empty(y.shape)
    for t in tiles(len(y), 48):
        row = np.arange(len(y[t]))
        low, high, rounds = np.zeros(len(row)), np.full(len(row), QUARTER), 0
        while (high - low).max() > 1e-9:
            z = np.linspace(low, high, 48, axis=1)
            best = squared_error(y[t], w[t][:, None] * _on_circle(z)).argmin(axis=1)
            direction[t] = _on_circle(z[row, best])
            low, high = z[row, np.maximum(best - 1, 0)], z[row, np.minimum(best + 1, 47)]
            rounds += 1
    n = len(y)
    return direction, np.full(n, rounds), np.full(n, 48 * rounds), np.ones(n, bool)


def _each(search: Callable[..., tuple[float, int, int, bool]], y: Array, w: Array) -> Found:
    """SciPy's searches take one observation at a time.

    They minimise E less its constant, ``E - |y|^2 - w_2^2 = C cos^2 z - 2 q cos z - 2 p sin z``, over the size of its
    terms: beside a large constant a small slope would drown in rounding.
    """
    q, p = (w * y).T
    C = (w[:, 0] - w[:, 1]) * (w[:, 0] + w[:, 1])
    size = q + p + np.abs(C)
    size[size == 0] = 1.0
    found = [search(*coefficients) for coefficients in zip(q / size, p / size, C / size, strict=True)]
    z, nit, nfev, success = (np.array(part) for part in zip(*found, strict=True))
    return _on_circle(z), nit, nfev, success


def _energy(z: float, q: float, p: float, C: float) -> float:
    c, s = math.cos(z), math.sin(z)
    return C * c * c - 2 * (q * c + p * s)


def _slope(z: float, q: float, p: float, C: float) -> float:
    return 2 * (q * math.sin(z) - p * math.cos(z)) - C * math.sin(2 * z)


def _line(q: float, p: float, C: float) -> tuple[float, int, int, bool]:
    """SciPy's bounded line search over the quadrant, and the two ends, which it leaves out."""
    from scipy.optimize import minimize_scalar

    found = minimize_scalar(_energy, bounds=(0, QUARTER), args=(q, p, C), method="bounded", options={"xatol": 1e-9})
    return min([found.x, 0.0, QUARTER], key=lambda z: _energy(z, q, p, C)), found.nit, found.nfev + 2, found.success


def _descent(q: float, p: float, C: float, kind: str, **options: float) -> tuple[float, int, int, bool]:
    """Descents from 16 points inside the quadrant, the best first, until one converges.

    From an end none would leave an axis: the slope is 0 there, minimum or not. In one dimension conjugate gradient, which
    has no second direction to be conjugate to, at times rejects every step from a start; hence the others. What leaves
    the quadrant is put back as its mirror image, which is lower. Converged is a slope below 1e-8 of its terms:
    below that rounding may hide the descent.
    """
    from scipy.optimize import minimize

    args, nit, nfev = (q, p, C), 0, 16
    starts = (np.arange(16) + 0.5) * (QUARTER / 16)
    best = math.inf, 0.0
    for start in sorted(starts, key=lambda z: _energy(z, *args)):
        found = minimize(
            lambda z: _energy(z[0], *args), [start], jac=lambda z: _slope(z[0], *args), method=kind, options=options
        )
        nit, nfev = nit + found.nit, nfev + found.nfev
        z = math.atan2(abs(math.sin(found.x[0])), abs(math.cos(found.x[0])))
        best = min(best, (_energy(z, *args), z))
        if success := abs(_slope(z, *args)) < 1e-8:
            break
    return best[1], nit, nfev, success


SEARCHES: dict[str, Callable[[Array, Array], Found]] = {
    "exact": _exact,
    "exhaustive": _exhaustive,
    "line": partial(_each, _line),
    "cg": partial(_each, partial(_descent, kind="CG", gtol=1e-10)),
    "lbfgs": partial(_each, partial(_descent, kind="L-BFGS-B", gtol=1e-10, ftol=0.0)),
}
