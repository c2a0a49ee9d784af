"""softmin with a prior of each row, whose zeros take states out  (L15)."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

import numpy as np
import scipy

from ...numerics import soft as own
from ...numerics.checks import Array
from ..bugs import lse
from ..digits import exp, far, limit, log, tends
from ..domains import limits as at_limits
from ..inputs import HIGH_FIRST, TINY, parts, simplex, warm_tables
from ..row import Case, Function, Rngs, log_size
from .limits import INF, F_at
from .soft import softmin_2

# --- inputs


def prior_rows_cases(first: int, rngs: Rngs) -> Iterator[Case]:
    for why, E, beta in warm_tables(first, rngs):
        if why != HIGH_FIRST:
            yield why, {"E": E, "beta": beta, "p": parts(rngs(why + " p"), *E.shape)}
    for beta, words in ((2.25, "2"), (0, "0"), (INF, "infinity")):
        why = f"zeros in the prior, beta of {words}"
        p = simplex(rngs(why + " p").uniform(0.1, 1, (4, 4))) * 0.5
        p[[0, 1, 2, 3], [1, 0, 3, 3]] += 0.5
        p[0, 1], p[0, 0], p[3] = p[0, 0] + p[0, 1], 0, [0, 0.25, 0, 0.75]
        E = rngs(why).normal(size=(4, 4)) * 2
        E[0, 0], E[1, 2], E[3, :3] = -1e4, INF, [-3e3, INF if beta else 1.5, INF]
        yield why, {"E": E, "beta": beta, "p": p}
        why += ", two rows"
        E, p = rngs(why).normal(size=(2, 3)), np.array([[0, 0.25, 0.75], [1.0, 0, 0]])
        E[:, 0] = -40, 7
        yield why, {"E": E, "beta": beta, "p": p}
    yield (
        "what counts is forbidden",
        {"E": [[INF, 1.5, 2], [0.5, INF, 3]], "beta": 0.75, "p": [[1.0, 0, 0], [0.5, 0, 0.5]]},
    )
    wide = np.array([[700, 40, 2500, -300, -20], [900, -250, 30, 3000, 8], [1200, 650, -20, 10, 1500]])
    yield HIGH_FIRST, {"E": wide, "beta": 2.5, "p": parts(rngs(HIGH_FIRST), 3, 5)}
    yield TINY, {"E": rngs(TINY).normal(size=(3, 5)), "beta": 1.6, "p": parts(rngs(TINY + " p"), 3, 5, tiny=3)}


# --- truth, in many digits


def softmin_prior_rows(E: Array, beta: Any, p: Array) -> Array:
    p, one = p / p.sum(axis=1)[:, None], 1 + 0 * p
    seen = np.where(p > 0, E, np.inf)
    if beta == INF:
        return np.asarray(seen.min(axis=1))
    if beta == 0:
        return (np.where(p > 0, p, 0 * one) * np.where(p > 0, E, 0 * one)).sum(axis=1)
    total = (p * exp(-beta * seen)).sum(axis=1)
    return np.where(total > 0, -log(np.where(total > 0, total, 1 + total)) / beta, INF * (1 + total))


def softmin_prior_rows_2(E: Array, beta: Any, p: Array) -> Array:
    """Of energies E - log(p)/beta, less the count, where beta tends to it."""
    b, some = limit(beta), p > 0
    shifted = far(np.where(some, E - log(np.where(some, p / p.sum(axis=1)[:, None], 1 + p)) / b, INF * (1 + p)))
    return tends(softmin_2(shifted, b) - log(np.array([E.shape[1]], object)) / b)


# --- what mistakes are made of


def prior_at(E: Array, b: float, p: Array, counts: Array | None = None) -> Array:
    """softmin with the weights p, its limits included; what counts may be said apart."""
    counts = p > 0 if counts is None else counts
    if b == INF:
        return np.where(counts, E, INF).min(axis=1)
    if b == 0:
        return np.asarray((p * np.where(p > 0, E, 0)).sum(axis=1))
    return np.asarray(-lse(np.where(counts, np.log(np.where(p > 0, p, 1)) - b * np.where(counts, E, 0), -INF)) / b)


def exchanged(p: Array) -> Array:
    return p.T if p.shape[0] == p.shape[1] else p


# --- the rows

ROWS = {
    "softmin_prior_rows": Function(
        "L15", "softmin with a prior of each row, whose zeros take states out",
        {"E": "(n, k)", "beta": "()", "p": "(n, k)"}, "(n,)", limits={"E": "inf", "beta": "0, inf", "p": "0"},
        regimes=partial(prior_rows_cases, -9), domain=at_limits.PRIOR_ROWS, drawn=(3,), truth=(softmin_prior_rows, softmin_prior_rows_2),
        adds=lambda a, S: (1 + log_size(np.asarray(a["p"])).max()) / a["beta"] if 0 < a["beta"] < INF else 0,
        bugs=[
            ("first-prior", "The first row's prior is used for all.", "Each row has its own.", lambda E, b, p: prior_at(E, b, np.broadcast_to(p[0], p.shape))),
            ("mean-prior", "The mean of the priors is used for all.", "Each row has its own.", lambda E, b, p: prior_at(E, b, np.broadcast_to(p.mean(axis=0), p.shape))),
            ("dropped", "The prior is ignored.", "Weight each latent by p (L15).", lambda E, b, p: F_at(E, b)),
            ("over-rows", "The prior is divided by its sum over the rows.", "It sums to 1 over the latents (L15).", lambda E, b, p: prior_at(E, b, p / np.where(p.any(axis=0), p.sum(axis=0), 1))),
            ("over-all", "The prior is divided by its sum over rows and latents.", "It sums to 1 over the latents (L15).", lambda E, b, p: prior_at(E, b, p / p.sum())),
            ("turned", "The prior is transposed, where it fits both ways.", "p[i] is that of row i.", lambda E, b, p: prior_at(E, b, exchanged(p))),
            ("zero-times-infinity", "0 * inf of a state that does not count is NaN.", "What has weight 0 does not count, whatever its energy.", lambda E, b, p: np.where(((p == 0) & (np.isinf(E) | (b == 0))).any(axis=1), np.nan, prior_at(E, b, p))),
            ("minimum-of-all", "At beta = inf the minimum over all states.", "Over those that the prior allows (C15, L15).", lambda E, b, p: E.min(axis=1) if b == INF else prior_at(E, b, p)),
            ("plain-mean", "At beta = 0 the plain mean.", "The mean under the prior (C14, L15).", lambda E, b, p: E.mean(axis=1) if b == 0 else prior_at(E, b, p)),
            ("epsilon", "1e-8 is added to the prior before its logarithm.", "Zeros take states out.", lambda E, b, p: prior_at(E, b, p + 1e-8)),
            ("zeros-as-ones", "log p of 0 is set to 0.", "It is -inf: the state does not count.", lambda E, b, p: prior_at(E, b, p, p >= 0)),
            ("prior-and-count", "The sum is divided by N as well.", "p takes the place of 1/N (L15).", lambda E, b, p: prior_at(E, b, p) + (np.log(len(p[0])) / b if 0 < b < INF else 0)),
            ("prior-inside-beta", "log p is multiplied by beta too.", "p stands before exp (L15).", lambda E, b, p: -lse(np.where(p > 0, b * (np.log(np.where(p > 0, p, 1)) - np.where(p > 0, E, 0)), -INF)) / b if 0 < b < INF else prior_at(E, b, p)),
        ],
    ),
}  # fmt: skip

# --- as it is written

FORMULAS = {
    "softmin_prior_rows": "-logsumexp(np.log(p) - beta * E, axis=1) / beta",
}  # fmt: skip

# --- right ways


def prior_by_scipy(E: Array, beta: Any, p: Array) -> Any:
    seen = np.where(p > 0, E, INF)
    if beta == INF:
        return seen.min(axis=1)
    if beta == 0:
        return (p * np.where(p > 0, E, 0)).sum(axis=1)
    return -scipy.special.logsumexp(-beta * seen, b=p, axis=1) / beta


def prior_by_hand(E: Array, beta: Any, p: Array) -> Any:
    out = []
    for e, q in zip(E, p, strict=True):
        e, q = e[q > 0], q[q > 0]
        m = e.min()
        if beta in (0, INF) or np.isinf(m):
            out.append(m if beta else q @ e)
        else:
            out.append(m - np.log1p(q @ np.expm1(-beta * (e - m))) / beta)
    return np.array(out, E.dtype)


RIGHT = {
    "softmin_prior_rows": [prior_by_scipy, prior_by_hand],
}

# --- refebm's own

PACKAGE = {
    "softmin_prior_rows": lambda E, beta, p: own.softmin(E, beta, p=p),
}
RESTS_ON = {
    "softmin_prior_rows": ["softmin"],
}
