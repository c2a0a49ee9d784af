"""The domains of the rows whose arguments reach their limits: beta of 0 and infinity, forbidden states, zeros in priors."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np

from ...numerics.checks import Array
from .ranges import Domain, Draw, Range, below, decades, edges, points
from .tables import heights, shares, sized

INF = np.inf
SIZE = edges(1e-3, 1, 1e3, 1e6)
LEVELS = below(SIZE) + points(0) + SIZE
FORBIDDEN = LEVELS + points(INF)
WARM = edges(1e-12, 1e-6, 1e-2, 1, 100, 1e6)
BETAS = points(0) + WARM + points(INF)
SHARE = Range((points(0, 1) + edges(5e-8, 1e-4, 0.1, 1)).bins, sums=True)
VOLUME = decades(-4, 4)
TABLES = sized("nk", "3 5", "4 4", "1 1", "2 2", "2 3")


def beta_of(d: Draw, infinite: bool = True) -> float:
    """Of any size, 0, or infinity."""
    if d.often(0.4):
        return float(d.one([0.0, INF] if infinite else [0.0]))
    return d.number(WARM)


def table(d: Draw, beta: float, *letters: str) -> Array:
    """Energies in units of 1/beta, as far as it has any; at a limit some are the same."""
    inside = 0 < beta < INF
    E = heights(d, beta if inside else 1.0, *letters)
    return np.asarray(E if inside or d.often(0.5) else np.round(E))


def forbid(d: Draw, E: Array, every: bool = False) -> Array:
    """Some energies infinite; of each row one is left, or not."""
    if d.often(0.3):
        return E
    out = np.where(d.rng.random(E.shape) < d.one([0.2, 0.5, 0.9]), INF, E)
    if not (every and d.often(0.5)):
        at = E.argmin(axis=-1)[..., None]
        np.put_along_axis(out, at, np.take_along_axis(E, at, -1), -1)
    return np.asarray(out)


def warm(d: Draw, every: bool = False) -> dict[str, Any]:
    beta = beta_of(d)
    return {"E": forbid(d, table(d, beta, "n", "k"), every), "beta": beta}


def several(d: Draw) -> dict[str, Any]:
    return {"E": warm(d, every=True)["E"], "betas": np.array([beta_of(d) for _ in range(d.sizes["b"])])}


def along(d: Draw) -> dict[str, Any]:
    beta = d.number(WARM)
    return {"E": heights(d, beta, "a", "b", "c"), "beta": beta, "axis": float(d.rng.integers(-3, 3))}


def prior(d: Draw) -> dict[str, Any]:
    return warm(d, every=True) | {"p": shares(d, "n", "k", zeros=True)}


def line(d: Draw, every: bool, infinite: bool) -> dict[str, Any]:
    beta = beta_of(d, infinite)
    F = forbid(d, table(d, beta, "m"), every)
    return {"F": F, "beta": beta, "dy": d.numbers(VOLUME, "m")}


def plane(d: Draw) -> dict[str, Any]:
    """Lengths go with 1/sqrt(beta)."""
    beta = beta_of(d)
    unit = beta**-0.5 if 0 < beta < INF else 1.0
    w = d.rng.uniform(0.3, 2, 2) * d.rng.choice([-1, 1], 2)
    y, z = d.rng.normal(size=d.shape("n", 2)) * d.one([0.3, 1, 10]), d.rng.uniform(-1, 7, d.shape("n", "k"))
    return {"y": unit * y, "z": z, "w": unit * w, "beta": beta}


def both(d: Draw) -> dict[str, Any]:
    return {"q": shares(d, "n", "k", zeros=True), "p": shares(d, "n", "k", zeros=True)}


LIMITS = Domain(partial(warm, every=True), TABLES, {"E": FORBIDDEN, "beta": BETAS})
LIMIT_WEIGHTS = Domain(warm, TABLES, {"E": FORBIDDEN, "beta": BETAS})
SEVERAL = Domain(several, sized("nkb", "3 5 2", "4 4 4", "1 1 1", "2 2 2", "2 3 4"), {"E": FORBIDDEN, "betas": BETAS})
AXES = points(-3, -2, -1, 0, 1, 2)
ALONG = Domain(along, sized("abc", "2 3 5", "3 3 3", "2 2 2", "1 1 1"), {"E": LEVELS, "beta": WARM, "axis": AXES})
PRIOR_ROWS = Domain(prior, TABLES, {"E": FORBIDDEN, "beta": BETAS, "p": SHARE})
LINE = {"F": FORBIDDEN, "dy": VOLUME}
LINES = sized("m", "4", "5", "1")
PARTITION = Domain(partial(line, every=True, infinite=False), LINES, LINE | {"beta": points(0) + WARM})
DENSITY = Domain(partial(line, every=False, infinite=True), LINES, LINE | {"beta": BETAS})
SUPPORT = Domain(both, TABLES, {"q": SHARE, "p": SHARE})
OWN_LATENTS = Domain(plane, sized("nk", "3 5", "4 4", "1 1", "2 2", "2 3"), {"beta": BETAS, "z": edges(-1, 0, 3, 7)})
