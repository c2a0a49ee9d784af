"""softmin and its weights at the limits of beta, and with forbidden states  (C13-C16).

At beta = 0 softmin is the mean (C14), at beta = inf the minimum (C15), which equal ones share. An energy of +inf is a forbidden
state, of weight 0; it counts in N.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

import numpy as np
import scipy

from ...numerics import soft as own
from ...numerics.checks import Array
from ..bugs import F_of, weights
from ..digits import exp, far, limit, log, tends
from ..domains import limits as at_limits
from ..inputs import ONE, warm_tables
from ..row import Case, Function, Rngs, of_logarithm
from .soft import softmin_2
from .soft_weights import softargmin, softargmin_2

INF = np.inf
FORBIDDEN = "a row of forbidden states"
LIMITS = {"E": "inf", "beta": "0, inf"}
STAND_IN = ("beta = inf is taken for 1000.", "At beta = inf take the minimum itself (C15).")
SMALL = ("beta = 0 is taken for 0.001.", "At beta = 0 take the mean itself (C14).")
LARGE = ("An infinite energy is taken for 1e10.", "A forbidden state has weight 0 at every beta.")
FREE = ("An infinite energy is taken for 0.", "A forbidden state has weight 0, not the weight of energy 0.")
COLD = ("beta = 0 is taken for no beta, or infinity.", "At beta = 0 all count alike (C14).")
NAN = "The formula of a finite beta at 0 and inf: 0/0, 0 * inf and inf - inf."
UNLIMITED = (NAN, "The limits have formulas of their own: the mean at 0, the minimum at inf (C14, C15).")


# --- inputs


def weights_cases(first: int, rngs: Rngs) -> Iterator[Case]:
    """A finite energy in every row."""
    for why, E, beta in warm_tables(first, rngs):
        if E.size > 1:
            E[0, 0] = INF
        yield why, {"E": E, "beta": beta}
    for beta, words in ((0, "0"), (INF, "infinity")):
        why = f"beta of {words}"
        E = rngs(why).normal(size=(3, 5))
        E[0, 0] = INF if beta == 0 else 0.5  # so that no answer at one limit is one at the other
        yield why, {"E": E, "beta": beta}
        turn = -1 if beta else 1
        E = np.array([[1.5, 4, 1.5, 7], [-3, 8, -3, -3], [INF, 2, 0.5, 0.625], [0.5, INF, 0.5, INF]])
        E = E * (2 - (beta == 0))
        yield f"{why}, ties and forbidden states", {"E": E[:, ::turn], "beta": beta}
        E = np.array([[INF, -900, 1200], [40.5, 40.5, 40.50390625]])
        yield f"{why}, rows at different heights", {"E": E[:, ::turn] - 2.0 * turn, "beta": beta}
        yield f"{why}, {ONE}", {"E": [[2.75]], "beta": beta}
    E = np.array([[0.75, 0.751, INF, 3, 2], [5, -2, -1.995, 8, INF], [1, 2, 3, 4, -5]])
    yield "beta of infinity, the least nearly tied", {"E": E, "beta": INF}


def limits_cases(first: int, rngs: Rngs) -> Iterator[Case]:
    yield from weights_cases(first, rngs)
    E = np.array([[INF, INF, INF, INF], [0.5, INF, 2, 1], [3, 1, 4, 1], [INF, 5, 9, 2]])
    for beta in (1.75, 0, INF):
        yield f"{FORBIDDEN}, beta {beta:g}", {"E": np.roll(E, round(min(beta, 2)), 0), "beta": beta}
    yield f"{FORBIDDEN}, {ONE}", {"E": [[INF]], "beta": 2.5}


# --- truth, in many digits


def softmin_limits(E: Array, beta: Any) -> Array:
    if beta == 0:
        return np.asarray(E.sum(axis=1) / E.shape[1])
    if beta == INF:
        return np.asarray(E.min(axis=1))
    total = exp(-beta * E).sum(axis=1)
    some = total > 0
    return np.where(some, -log(np.where(some, total, 1 + total) / E.shape[1]) / beta, INF * (1 + total))


def softmin_limits_2(E: Array, beta: Any) -> Array:
    """What it tends to."""
    return tends(softmin_2(far(E), limit(beta)))


def softargmin_limits(E: Array, beta: Any) -> Array:
    one = 1 + 0 * exp(-E)  # numbers of many digits, where E holds any
    if beta == 0:
        share = np.where(E < INF, one, 0 * one)
    elif beta == INF:
        share = np.where(E == E.min(axis=1)[:, None], one, 0 * one)
    else:
        return softargmin(E, beta)
    return np.asarray(share / share.sum(axis=1)[:, None])


def softargmin_limits_2(E: Array, beta: Any) -> Array:
    """What they tend to."""
    return tends(softargmin_2(far(E), limit(beta)))


# --- what mistakes are made of


def F_at(E: Array, b: float) -> Array:
    """softmin of rows, its limits included."""
    if b == 0:
        return np.asarray(E.mean(axis=1))
    return np.asarray(E.min(axis=1) if b == INF else F_of(E, b))


def weights_at(E: Array, b: float) -> Array:
    """softargmin of rows, its limits included."""
    if 0 < b < INF:
        return weights(E, b)
    share = (E < INF if b == 0 else E == E.min(axis=1, keepdims=True)).astype(float)
    return np.asarray(share / share.sum(axis=1, keepdims=True))


def finite_mean(E: Array) -> Array:
    finite = np.isfinite(E)
    return np.asarray(np.where(finite, E, 0).sum(axis=1) / finite.sum(axis=1))


def among(E: Array, b: float) -> Array:
    """softmin over the finite energies alone, divided by their number."""
    n = np.isfinite(E).sum(axis=1)
    return F_at(E, b) - np.log(len(E[0]) / n) / b if 0 < b < INF else finite_mean(E) if b == 0 else E.min(axis=1)


def large(E: Array, value: float) -> Array:
    return np.where(np.isinf(E), value, E)


# --- the rows

ROWS = {
    "softmin_limits": Function(
        "C15", "softmin with beta from 0, the mean, to inf, the minimum, and forbidden states",
        {"E": "(n, k)", "beta": "()"}, "(n,)", limits=LIMITS,
        regimes=partial(limits_cases, -12), domain=at_limits.LIMITS, drawn=(2,), truth=(softmin_limits, softmin_limits_2),
        adds=lambda a, S: of_logarithm(a["E"].shape[1], a["beta"]) if 0 < a["beta"] < INF else 0,
        bugs=[
            ("no-limits", *UNLIMITED, lambda E, b: F_of(E, b)),
            ("finite-count", "Divided by the number of finite energies.", "Forbidden states count in N: they weigh nothing, but they are (C12).", among),
            ("finite-mean", "At beta = 0 the mean of the finite energies.", "F tends to inf: a share of the states is forbidden (C14).", lambda E, b: finite_mean(E) if b == 0 else F_at(E, b)),
            ("all-forbidden-nan", "A row of forbidden states is NaN: inf - inf in the shift.", "Its free energy is inf.", lambda E, b: np.where(np.isinf(E).all(axis=1), np.nan, F_at(E, b))),
            ("all-forbidden-zero", "A row of forbidden states has F = 0.", "Its free energy is inf.", lambda E, b: np.where(np.isinf(E).all(axis=1), 0, F_at(E, b))),
            ("any-forbidden", "One forbidden state forbids its row.", "It has weight 0, and the others stay.", lambda E, b: np.where(np.isinf(E).any(axis=1), INF, F_at(E, b))),
            ("zero-is-cold", *COLD, lambda E, b: F_at(E, b or INF)),
            ("infinity-is-zero", "beta = inf gives the mean.", "The mean is at beta = 0, the minimum at inf (C14, C15).", lambda E, b: F_at(E, 0 if b == INF else b)),
            ("maximum", "At beta = inf the maximum.", "softmin tends to the minimum (C15).", lambda E, b: E.max(axis=1) if b == INF else F_at(E, b)),
            ("zero-sum", "At beta = 0 the sum.", "The mean (C14).", lambda E, b: E.sum(axis=1) if b == 0 else F_at(E, b)),
            ("infinity-as-large", *STAND_IN, lambda E, b: F_at(E, 1e3 if b == INF else b)),
            ("zero-as-small", *SMALL, lambda E, b: F_at(E, b or 1e-3)),
            ("forbidden-large", *LARGE, lambda E, b: F_at(large(E, 1e10), b)),
            ("forbidden-free", *FREE, lambda E, b: F_at(large(E, 0), b)),
            ("infinite-index", "At beta = inf the index of the least.", "min, not argmin (C15).", lambda E, b: E.argmin(axis=1).astype(float) if b == INF else F_at(E, b)),
        ],
    ),
    "softargmin_limits": Function(
        "C16", "softargmin with beta from 0 to inf, where ties share, and forbidden states",
        {"E": "(n, k)", "beta": "()"}, "(n, k)", limits=LIMITS,
        regimes=partial(weights_cases, -11), domain=at_limits.LIMIT_WEIGHTS, drawn=(259,), truth=(softargmin_limits, softargmin_limits_2),
        bugs=[
            ("no-limits", *UNLIMITED, lambda E, b: weights(E, b)),
            ("ties-first", "At beta = inf the first of equal minima gets all.", "Equal minima share the weight (C16).", lambda E, b: np.eye(len(E[0]))[E.argmin(axis=1)] if b == INF else weights_at(E, b)),
            ("ties-last", "At beta = inf the last of equal minima gets all.", "Equal minima share the weight (C16).", lambda E, b: np.eye(len(E[0]))[len(E[0]) - 1 - E[:, ::-1].argmin(axis=1)] if b == INF else weights_at(E, b)),
            ("ties-whole", "At beta = inf each of equal minima has weight 1.", "Weights sum to 1 (C16).", lambda E, b: (E == E.min(axis=1, keepdims=True)).astype(float) if b == INF else weights_at(E, b)),
            ("ties-of-batch", "At beta = inf the least energy of the batch.", "The least of each row (C15).", lambda E, b: (E == E.min()) / (E == E.min()).sum() if b == INF else weights_at(E, b)),
            ("near-ties", "At beta = inf energies within 0.01 of the least count as least.", "Only equal ones tie.", lambda E, b: weights_at(np.where(E < E.min(axis=1, keepdims=True) + 0.01, E.min(axis=1, keepdims=True), E), b) if b == INF else weights_at(E, b)),
            ("zero-over-all", "At beta = 0 forbidden states have a share too.", "A forbidden state has weight 0 at every beta.", lambda E, b: np.full(E.shape, 1 / len(E[0])) if b == 0 else weights_at(E, b)),
            ("zero-count", "At beta = 0 the weights are 1/k each, 0 for forbidden states, and are not divided by their sum.", "The allowed states share 1.", lambda E, b: np.isfinite(E) / len(E[0]) if b == 0 else weights_at(E, b)),
            ("zero-is-cold", *COLD, lambda E, b: weights_at(E, b or INF)),
            ("infinity-is-zero", "beta = inf gives equal weights.", "Equal weights are at beta = 0.", lambda E, b: weights_at(E, 0 if b == INF else b)),
            ("infinity-as-large", *STAND_IN, lambda E, b: weights_at(E, 1e3 if b == INF else b)),
            ("zero-as-small", *SMALL, lambda E, b: weights_at(E, b or 1e-3)),
            ("forbidden-large", *LARGE, lambda E, b: weights_at(large(E, 1e10), b)),
            ("forbidden-free", *FREE, lambda E, b: weights_at(large(E, 0), b)),
            ("maximum", "At beta = inf the highest gets the weight.", "The least energy gets it (C15).", lambda E, b: np.eye(len(E[0]))[E.argmax(axis=1)] if b == INF else weights_at(E, b)),
        ],
    ),
}  # fmt: skip

# --- as it is written

FORMULAS = {
    "softmin_limits": "-(logsumexp(-beta * E, axis=1) - np.log(k)) / beta",
    "softargmin_limits": "softmax(-beta * E, axis=1)",
}  # fmt: skip

# --- right ways


def row_by_row(E: Array, beta: Any) -> Any:
    def one(e: Array) -> Any:
        finite = e[np.isfinite(e)]
        if beta == INF or not len(finite):
            return e.min()
        if beta == 0:
            return e.mean()
        m = finite.min()
        return m + (np.log(e.dtype.type(len(e))) - np.log(np.exp(-beta * (finite - m)).sum())) / beta

    return np.array([one(e) for e in E], E.dtype)


def by_gaps(E: Array, beta: Any) -> Any:
    m = E.min(axis=1)
    if beta in (0, INF):
        return m if beta else E.mean(axis=1)
    gap = np.where(np.isinf(E), E, E - np.where(np.isinf(m), 0, m)[:, None])
    return m - np.log1p(np.maximum(np.expm1(-beta * gap).mean(axis=1), -1)) / beta


def shares(E: Array, beta: Any) -> Any:
    """exp of beta (E - m), where 0 times inf and inf times 0 are what they mean."""
    m = E.min(axis=1, keepdims=True)
    x = np.where(np.isinf(E), INF, np.where(m == E, 0, beta * (E - m)))
    e = np.exp(-x)
    return e / e.sum(axis=1, keepdims=True)


def shares_by_scipy(E: Array, beta: Any) -> Any:
    if beta == INF:
        least = (E == E.min(axis=1)[:, None]).astype(E.dtype)
        return least / least.sum(axis=1)[:, None]
    f = np.where(np.isinf(E), -INF, -beta * np.where(np.isinf(E), 0, E))
    return scipy.special.softmax(f, axis=1)


RIGHT = {
    "softmin_limits": [row_by_row, by_gaps],
    "softargmin_limits": [shares, shares_by_scipy],
}

# --- refebm's own

PACKAGE = {
    "softmin_limits": own.softmin,
    "softargmin_limits": own.softargmin,
}
RESTS_ON = {
    "softmin_limits": ["softmin"],
    "softargmin_limits": ["softargmin"],
}
