"""Gibbs distributions with forbidden states and from beta = 0  (L1)."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

import numpy as np
import scipy

from ...numerics import tables as own
from ...numerics.checks import Array
from ..bugs import lse
from ..digits import exp, far, limit, log, tends
from ..domains import limits as at_limits
from ..inputs import HIGH_FIRST, LAST, ONE, SQUARE, betas
from ..row import Case, Function, Rngs, log_size
from .gibbs import gibbs_density_2, log_partition_2
from .limits import COLD, FREE, INF, LARGE, SMALL, STAND_IN, UNLIMITED, large, weights_at

# --- inputs


def forbidden_lines(first: int, rngs: Rngs) -> Iterator[Case]:
    """The last state is forbidden, or the first."""
    for why, beta, rng in betas(first, rngs):
        yield why, {"F": [*rng.normal(size=3) / beta, INF], "beta": beta, "dy": 10 ** rng.uniform(-4, 2, 4)}
    for why, F, beta in (
        ("plain", [INF, 0.5, -1.25, 2, 0.75], 1.75),
        ("several", [1.5, INF, INF, 2.25, INF], 0.625),
        (SQUARE, [0.5, INF, 3, -0.125], 2.5),
        (HIGH_FIRST, [INF, 900, -250, 3000, 8], 2.5),
        (LAST, [1200, INF, 650, -20.25], 1.5),
        ("beta of 0", [1.5, INF, -2, 0.5, INF], 0),
        ("beta of 0 again", [INF, 40, 3, 7], 0),
        ("beta of 0, none forbidden", [-5, 40, 3, 7], 0),
        ("one is left", [INF, INF, 2.5, INF], 3.5),
        (ONE, [-1.375], 1.5),
        (f"{ONE}, beta of 0", [2.375], 0),
    ):
        yield why, {"F": F, "beta": beta, "dy": rngs(why).uniform(0.1, 2, len(F))}


def partition_cases(first: int, rngs: Rngs) -> Iterator[Case]:
    yield from forbidden_lines(first, rngs)
    for beta in (1.25, 0):
        why = f"all forbidden, beta {beta:g}"
        yield why, {"F": [INF] * 4, "beta": beta, "dy": rngs(why).uniform(0.1, 2, 4)}


def density_cases(first: int, rngs: Rngs) -> Iterator[Case]:
    yield from forbidden_lines(first, rngs)
    for why, F in (
        ("beta of infinity", [0.5, 1.5, INF, 0.75]),
        ("beta of infinity, ties", [2, -1.5, INF, -1.5, -1.5]),
        ("beta of infinity, the least at both ends", [0.25, 7, 3, 0.25]),
        ("beta of infinity, the least nearly tied", [0.5, 0.503, INF, 9]),
        ("beta of infinity, nearly tied again", [4, -3, -2.996, 8, INF]),
    ):
        yield why, {"F": F, "beta": INF, "dy": rngs(why).uniform(0.1, 2, len(F))}


# --- truth, in many digits


def log_partition_forbidden(F: Array, beta: Any, dy: Array) -> Any:
    e = np.where(F < INF, 1 + 0 * dy, 0 * dy) if beta == 0 else exp(-beta * F)
    total = (dy * e).sum()
    return log(total)[()] if total > 0 else -INF * dy.sum()


def log_partition_forbidden_2(F: Array, beta: Any, dy: Array) -> Any:
    return tends(log_partition_2(far(F), limit(beta), dy))[()]


def gibbs_density_forbidden(F: Array, beta: Any, dy: Array) -> Array:
    limits = {0: F < INF, INF: F == F.min()}
    e = np.where(limits[beta], 1 + 0 * dy, 0 * dy) if beta in limits else exp(-beta * F)
    return e / (dy * e).sum()


def gibbs_density_forbidden_2(F: Array, beta: Any, dy: Array) -> Array:
    return tends(gibbs_density_2(far(F), limit(beta), dy))


# --- what mistakes are made of


def volumes(F: Array, b: float) -> Array:
    """exp(-beta (F - min F)), its limits included."""
    if b == 0:
        return np.isfinite(F).astype(float)
    return (F == F.min()).astype(float) if b == INF else np.exp(-b * (F - F.min()))


def density(F: Array, b: float, dy: Array) -> Array:
    e = volumes(F, b)
    return np.asarray(e / (e @ dy))


def log_z(F: Array, b: float, dy: Array) -> Any:
    if np.isinf(F).all():
        return -INF
    return np.log(volumes(F, b) @ dy) - b * F.min()


def allowed(F: Array, code: Any) -> Any:
    """NaN where a formula takes forbidden states' 0 * inf along."""
    return np.nan * code if np.isinf(F).any() else code


# --- the rows

LINE = {"F": "(m,)", "beta": "()", "dy": "(m,)"}
ROWS = {
    "log_partition_forbidden": Function(
        "L1", "log sum_y exp(-beta F) dy with forbidden states, from beta = 0",
        LINE, "()", rows="m", limits={"F": "inf", "beta": "0"},
        regimes=partial(partition_cases, -12), domain=at_limits.PARTITION, drawn=(1,), truth=(log_partition_forbidden, log_partition_forbidden_2),
        adds=lambda a, S: 1 + log_size(np.asarray(a["dy"])).max(),
        bugs=[
            ("no-limits", *UNLIMITED, lambda F, b, dy: lse(-b * F + np.log(dy))),
            ("all-forbidden-nan", "Where all is forbidden, NaN: inf - inf in the shift.", "Z is 0, its logarithm -inf.", lambda F, b, dy: log_z(F, b, dy) if np.isfinite(F).any() else np.nan),
            ("all-forbidden-zero", "Where all is forbidden, log Z = 0.", "Z is 0, its logarithm -inf.", lambda F, b, dy: log_z(F, b, dy) if np.isfinite(F).any() else 0),
            ("all-forbidden-inf", "Where all is forbidden, +inf.", "Z is 0, its logarithm -inf.", lambda F, b, dy: abs(log_z(F, b, dy)) if np.isinf(F).all() else log_z(F, b, dy)),
            ("whole-volume", "At beta = 0 the whole volume, forbidden states included.", "Forbidden states count at no beta.", lambda F, b, dy: np.log(dy.sum()) if b == 0 else log_z(F, b, dy)),
            ("count", "At beta = 0 the number of states, not their volume.", "The sum of dy.", lambda F, b, dy: np.log(np.isfinite(F).sum()) if b == 0 and np.isfinite(F).any() else log_z(F, b, dy)),
            ("forbidden-large", *LARGE, lambda F, b, dy: log_z(large(F, 1e10), b, dy)),
            ("forbidden-free", *FREE, lambda F, b, dy: log_z(large(F, 0), b, dy)),
            ("zero-as-small", *SMALL, lambda F, b, dy: log_z(F, b or 1e-3, dy)),
            ("zero-is-one", "beta = 0 is taken for no beta, and 1 in its place.", "At beta = 0 all allowed states count alike.", lambda F, b, dy: log_z(F, b or 1.0, dy)),
            ("nan-to-num", "Forbidden states make NaN: 0 * inf.", "Their weight is 0.", lambda F, b, dy: allowed(F, log_z(F, b, dy))),
            ("mean", "Divided by the volume of the allowed states.", "The integral itself (L1).", lambda F, b, dy: log_z(F, b, dy) - np.log(dy[np.isfinite(F)].sum() or 1)),
        ],
    ),
    "gibbs_density_forbidden": Function(
        "L1", "exp(-beta F) / sum_y exp(-beta F) dy with forbidden states, beta from 0 to inf",
        LINE, "(m,)", rows="m", limits={"F": "inf", "beta": "0, inf"},
        regimes=partial(density_cases, -11), domain=at_limits.DENSITY, drawn=(96,), truth=(gibbs_density_forbidden, gibbs_density_forbidden_2),
        adds=lambda a, S: S.max(),
        bugs=[
            ("no-limits", *UNLIMITED, lambda F, b, dy: np.exp(-b * F - lse(-b * F + np.log(dy)))),
            ("probability", "Probabilities, not a density: the volume is in it.", "Divide by dy (L1).", lambda F, b, dy: density(F, b, dy) * dy),
            ("no-measure", "The volumes are missing.", "Normalise by sum exp(-beta F) dy (L1).", lambda F, b, dy: weights_at(F[None], b)[0]),
            ("uniform", "At beta = 0 the same density for forbidden states.", "Their density is 0 at every beta.", lambda F, b, dy: np.full(F.shape, 1 / dy.sum()) if b == 0 else density(F, b, dy)),
            ("equal-shares", "At beta = 0 an equal probability for each allowed state.", "An equal density: by volume (L1).", lambda F, b, dy: np.isfinite(F) / np.isfinite(F).sum() / dy if b == 0 else density(F, b, dy)),
            ("ties-first", "At beta = inf the first of equal minima gets all.", "Equal minima share, by their volumes.", lambda F, b, dy: np.eye(len(F))[F.argmin()] / dy if b == INF else density(F, b, dy)),
            ("near-ties", "At beta = inf energies within 0.01 of the least count as least.", "Only equal ones tie.", lambda F, b, dy: density(np.where(F < F.min() + 0.01, F.min(), F), b, dy) if b == INF else density(F, b, dy)),
            ("forbidden-large", *LARGE, lambda F, b, dy: density(large(F, 1e10), b, dy)),
            ("forbidden-free", *FREE, lambda F, b, dy: density(large(F, 0), b, dy)),
            ("zero-as-small", *SMALL, lambda F, b, dy: density(F, b or 1e-3, dy)),
            ("infinity-as-large", *STAND_IN, lambda F, b, dy: density(F, 1e3 if b == INF else b, dy)),
            ("zero-is-cold", *COLD, lambda F, b, dy: density(F, b or INF, dy)),
            ("nan-to-num", "Forbidden states make NaN: 0 * inf.", "Their density is 0.", lambda F, b, dy: allowed(F, density(F, b, dy))),
        ],
    ),
}  # fmt: skip

# --- as it is written

FORMULAS = {
    "log_partition_forbidden": "logsumexp(np.log(dy) - beta * F, axis=0)",
    "gibbs_density_forbidden": "softmax(np.log(dy) - beta * F, axis=0) / dy",
}  # fmt: skip

# --- right ways


def shares(F: Array, beta: Any, dy: Array) -> Any:
    m = F.min()
    gap = np.where(np.isinf(F), F.dtype.type(INF), F - m)
    e = np.exp(-beta * gap) if 0 < beta < INF else (gap == 0 if beta else gap < INF).astype(F.dtype)
    return e / (e @ dy)


def shares_of_some(F: Array, beta: Any, dy: Array) -> Any:
    """The allowed ones by themselves."""
    some = (F < INF) if beta < INF else (F == F.min())
    f = (F[some] - F.min()) * (beta if beta < INF else 0)
    out = np.zeros_like(F)
    out[some] = np.exp(-f - scipy.special.logsumexp(-f, b=dy[some]))
    return out


def log_of_some(F: Array, beta: Any, dy: Array) -> Any:
    some = F < INF
    return scipy.special.logsumexp(-beta * F[some], b=dy[some]) if some.any() else -INF


def log_shifted(F: Array, beta: Any, dy: Array) -> Any:
    m = F.min()
    if np.isinf(m):
        return -m
    return np.log(dy @ np.where(F < INF, np.exp(-beta * np.where(F < INF, F - m, 0)), 0)) - beta * m


RIGHT = {
    "log_partition_forbidden": [log_of_some, log_shifted],
    "gibbs_density_forbidden": [shares, shares_of_some],
}

# --- refebm's own

PACKAGE = {
    "log_partition_forbidden": own.log_partition,
    "gibbs_density_forbidden": lambda F, beta, dy: np.exp(own.log_gibbs(F, beta, dy)),
}
RESTS_ON = {
    "log_partition_forbidden": ["log_partition"],
    "gibbs_density_forbidden": ["log_gibbs"],
}
