"""Inference by search for any energy: product grids for few latent dimensions, many-start descents for more  (C7, C28, C29)."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from ..energies.energy import Energy
from ..numerics import checks
from ..numerics.checks import Array
from ..numerics.cores import tiles

if TYPE_CHECKING:
    from scipy.optimize import OptimizeResult

METHODS = ("grid", "lbfgs", "cg")
LARGEST_GRID = 10**6
MOST_ROUNDS = 500  # of refinement; 32 halve a step to 1e-10


def product_grid(box: tuple[float, float], points: int, latent: int) -> Array:
    """All combinations of `points` equal steps over the box (low, high), ends included, in each of `latent` dimensions.

    (points^latent, latent); a million at most. Made for search: a mean over it
    counts the ends whole. On a circle (C3), and for integrals over the box, leave the upper end out:
    ``product_grid((low, high - step), k, latent)`` with ``step = (high - low) / k``.
    """
    low, high = checks.interval(box, "box")
    checks.count(latent, "latent", most=20)
    if checks.count(points, "points", 2) ** latent > LARGEST_GRID:
        raise ValueError(
            f"points: expected a grid of at most {LARGEST_GRID} latents, got {points} to the power {latent}"
        )
    axis = np.linspace(low, high, points)
    return np.stack(np.meshgrid(*[axis] * latent, indexing="ij"), axis=-1).reshape(-1, latent)


@np.errstate(under="ignore")
def exhaustive(energy: Energy, y: Array, w: Array, x: Array | None = None) -> Array:
    """Inference rule of discrete latents: each observation's latent of least energy among all there are, (n, 1, l)  (C7).

    The first of equals; `marginal` with ``energy.latents`` and beta = inf lets equals share instead. An energy whose latents are
    real numbers is refused; `search` finds them.
    """
    checks.instance(energy, Energy, "energy")
    if energy.latents is None:
        raise ValueError("energy: expected one with a finite set of latents, got one without: take `search`")
    y, w, x = energy.check_rest(y, w, x)
    z = energy.latents[None]
    parts = [
        energy.value(y[t], z, w, None if x is None else x[t]).real.argmin(axis=1) for t in tiles(len(y), z.shape[1])
    ]
    return z[0, np.concatenate(parts)][:, None]


@np.errstate(under="ignore")
def search(
    energy: Energy,
    y: ArrayLike,
    w: ArrayLike,
    x: ArrayLike | None = None,
    method: str = "lbfgs",
    box: tuple[float, float] = (-3.0, 3.0),
    points: int = 25,
    starts: int = 16,
    rng: np.random.Generator | None = None,
) -> OptimizeResult:
    """Latent of least energy of each observation, for any decoder  (C7 for C28, C29).

    From several candidates each is refined to a local minimum; the least is returned, with how far the candidates agree.

    Parameters
    ----------
    energy, y, w, x
        As in `free_energy`.
    method : "grid", "lbfgs" or "cg"
        "grid": the candidates are the local minima of a product grid over the box, refined on ever finer grids of the
        neighbours; for one to three latent dimensions. "lbfgs" and "cg": the candidates are random points of the box,
        refined by SciPy's L-BFGS-B or conjugate gradient, which may leave the box.
    box : (low, high)
        Where candidates are taken in each latent dimension, in the unit of z.
    points : int
        Grid points in each dimension.
    starts : int
        Random candidates for each observation.
    rng : numpy.random.Generator
        Draws the candidates; needed by "lbfgs" and "cg".

    Returns
    -------
    OptimizeResult
        ``z`` (n, l); ``fun`` (n,) the least energy; ``nit``, ``nfev`` (n,); ``success`` (n,)
        whether it is finite and the best candidate converged: on the grid within 500 refinements, else to a slope below
        1e-6 of the energy's size over the box's; and how sure the minimum is: ``agreement`` (n,), the share of candidates
        that reached it to 1e-6 of its size (where it is 0, to 1e-12 of the median candidate's energy), ``gap`` (n,), by how
        much the next lower minimum that was found lies above it (inf where all agree). Without the axis n for a single
        observation.

    Raises
    ------
    TypeError, ValueError
        For wrong shapes, NaN, infinite or huge values, complex numbers, an unknown method, a grid of over a million.
    """
    from scipy.optimize import OptimizeResult

    checks.instance(energy, Energy, "energy")
    checks.one_of(method, METHODS, "method")
    if energy.latents is not None:
        raise ValueError("energy: expected latents that are real numbers, got a finite set of them: take `exhaustive`")
    latent, box = energy.latent, checks.interval(box, "box")
    points, starts = checks.count(points, "points", 2), checks.count(starts, "starts", most=LARGEST_GRID)
    if rng is not None or method != "grid":
        rng = checks.generator(rng)
    Y, single = checks.observations(y, energy.dim)
    X = energy.check_x(x, len(Y))
    w = checks.vector(w, energy.size, "w")
    rows = []
    for n in range(len(Y)):
        y_n, x_n = Y[n : n + 1], None if X is None else X[n : n + 1]

        def E(z: Array, y_n: Array = y_n, x_n: Array | None = x_n) -> Array:
            values = energy.value(y_n, z[None], w, x_n)[0]
            return np.where(np.isnan(values), np.inf, values)  # where a layer overflows

        def slope(z: Array, y_n: Array = y_n, x_n: Array | None = x_n) -> Array:
            return energy.adjoint(y_n, z[None], w, x_n, np.ones((1, 1)))[1][0]

        with np.errstate(all="ignore"):
            if method == "grid":
                rows.append(_grid(E, product_grid(box, points, latent), points, latent))
            elif rng is not None:
                draws = rng.uniform(*box, (starts, latent))
                rows.append(_descents(E, slope, draws, "L-BFGS-B" if method == "lbfgs" else "CG", box[1] - box[0]))
    names = ("z", "fun", "nit", "nfev", "success", "agreement", "gap")
    found = {name: np.array(values) for name, values in zip(names, zip(*rows, strict=True), strict=True)}
    return OptimizeResult({name: v[0] if single else v for name, v in found.items()}, method=method)


def _best(z: Array, F: Array, nit: int, nfev: int, success: Array, scale: float) -> tuple[Any, ...]:
    """The least of the refined candidates, and how far they agree; what is as near 0 as a millionth of `scale` is 0."""
    best = int(np.argmin(F))
    near = F <= F[best] + 1e-6 * (1e-6 * scale + abs(F[best]))
    gap = (F[~near] - F[best]).min(initial=np.inf)
    return z[best], F[best], nit, nfev, bool(success[best] and np.isfinite(F[best])), near.mean(), gap


def _scale(F: Array) -> float:
    """The energy's own: that of its median over the candidates."""
    middle = float(np.sort(F)[len(F) // 2])
    return middle if 0 < middle < np.inf else 1.0


def _grid(E: Callable[[Array], Array], grid: Array, points: int, latent: int) -> tuple[Any, ...]:
    """Local minima of the grid (no lower neighbour along an axis), each refined by halving steps to all its neighbours."""
    all_values = E(grid)
    values = all_values.reshape([points] * latent)
    lowest = np.ones(values.shape, bool)
    for axis in range(values.ndim):
        v, low = np.moveaxis(values, axis, 0), np.moveaxis(lowest, axis, 0)
        low[1:] &= v[1:] <= v[:-1]
        low[:-1] &= v[:-1] <= v[1:]
    z = grid[lowest.ravel()]
    z = z[np.argsort(all_values[lowest.ravel()], kind="stable")[:16]]
    F, nit, nfev = E(z), 0, len(grid)
    step = np.ptp(grid) / (points - 1) / 2
    around = product_grid((-1, 1), 3, latent)
    while step > 1e-10 * np.ptp(grid) and nit < MOST_ROUNDS:
        trials = z[:, None] + step * around  # (candidates, neighbours, l)
        values = E(trials.reshape(-1, latent)).reshape(trials.shape[:2])
        best, row = values.argmin(axis=1), np.arange(len(z))
        nit, nfev = nit + 1, nfev + values.size
        lower = values[row, best] < F
        z[lower], F[lower] = trials[row, best][lower], values[row, best][lower]
        if not lower.any():
            step /= 2
    return _best(z, F, nit, nfev, np.full(len(z), nit < MOST_ROUNDS), _scale(all_values))


def _descents(
    E: Callable[[Array], Array], slope: Callable[[Array], Array], draws: Array, kind: str, width: float
) -> tuple[Any, ...]:
    """SciPy's descent from every draw, in units of the box and of the energy's size; converged where the slope is below 1e-6."""
    from scipy.optimize import minimize

    scale = _scale(E(draws))
    found = [
        minimize(
            lambda v: float(E(width * v[None])[0] / scale),
            start / width,
            jac=lambda v: slope(width * v[None])[0] * (width / scale),
            method=kind,
            options={"gtol": 1e-9},
        )
        for start in draws
    ]
    z = np.array([width * r.x for r in found])
    F = E(z)
    success = np.array([np.abs(r.jac).max() <= 1e-6 * (1 + abs(r.fun)) for r in found])
    return _best(z, F, sum(r.nit for r in found), sum(r.nfev for r in found), success, scale)
