"""softmin of several betas at once, and along any axis  (C13-C15)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import scipy

from ...numerics import soft as own
from ...numerics.checks import Array
from ..bugs import F_of, lse
from ..domains import limits as at_limits
from ..inputs import ONE, SMALL_SQUARE, SQUARE, betas
from ..row import Case, Function, Rngs, of_logarithm
from .limits import INF, UNLIMITED, F_at, by_gaps, softmin_limits, softmin_limits_2
from .soft import expm1_form, softmin, softmin_2

# --- inputs


def betas_cases(rngs: Rngs) -> Iterator[Case]:
    def table(why: str, *shape: int) -> Array:
        return rngs(why).normal(size=shape)

    yield "plain", {"E": table("plain", 3, 5), "betas": [1.75, 0.5]}
    yield "not in order", {"E": table("not in order", 2, 3), "betas": [30.0, 0.05, 2.25, 0.05]}
    yield (
        "from the mean to the minimum",
        {"E": table("from the mean to the minimum", 3, 5), "betas": [0, 1e-12, 0.75, 1e6, INF, 12]},
    )
    yield SQUARE, {"E": table(SQUARE, 4, 4) * 3, "betas": [2.75, 0, INF, 0.375]}
    E = table(f"forbidden states, {SQUARE}", 4, 4) * 3
    E[0, 1] = E[2, [0, 3]] = INF
    yield f"forbidden states, {SQUARE}", {"E": E, "betas": [0.625, INF, 3.5, 0]}
    E = table("a row of forbidden states", 2, 3)
    E[1] = INF
    yield "a row of forbidden states", {"E": E, "betas": [1.5, 0, INF, 0.875]}
    yield SMALL_SQUARE, {"E": table(SMALL_SQUARE, 2, 2), "betas": [1.25, 4]}
    yield f"{SMALL_SQUARE}, of one row", {"E": table(f"{SMALL_SQUARE}, of one row", 1, 2), "betas": [0.75, 3]}
    yield ONE, {"E": table(ONE, 1, 1), "betas": [1.5]}
    wide = np.array([[700, 40, 2500, -300, -20], [900, -250, 30, 3000, 8], [5004, 5001, 5002, 5003.5, 5001.25]])
    yield "heights that exp cannot hold", {"E": wide, "betas": [2.5, 1e-6, 40, 0.125, 1e3]}


def axis_cases(rngs: Rngs) -> Iterator[Case]:
    shapes = {"plain": (2, 3, 5), SQUARE: (3, 3, 3), SMALL_SQUARE: (2, 2, 2)}
    for why, axes in {"plain": (1, 0, 2, -1, -2, -3), SQUARE: (0, 1, -1, -3), SMALL_SQUARE: (2, 1, 0)}.items():
        for axis in axes:
            name = f"{why}, axis {axis}".replace("-", "minus ")
            beta = (1.75, 0.4, 12.0)[axis % 3]
            yield name, {"E": rngs(name).normal(size=shapes[why]), "beta": beta, "axis": axis}
    for axis in (0, 1, -1):
        name = f"rows at different heights, axis {axis}".replace("-", "minus ")
        E = rngs(name).normal(size=(2, 3, 5)) + np.array([-2000, 3000, 0.5])[:, None]
        yield name, {"E": E, "beta": 2.5, "axis": axis}
    yield ONE, {"E": rngs(ONE).normal(size=(1, 1, 1)), "beta": 1.3, "axis": 1}
    for axis, (why, beta, rng) in zip((1, 2, 0, 1, -1), betas(-12, rngs), strict=True):
        yield why, {"E": rng.normal(size=(2, 3, 5)) / beta, "beta": beta, "axis": axis}


# --- truth, in many digits


def softmin_betas(E: Array, betas: Array) -> Array:
    return np.array([softmin_limits(E, b) for b in betas])


def softmin_betas_2(E: Array, betas: Array) -> Array:
    return np.array([softmin_limits_2(E, b) for b in betas])


def softmin_axis(E: Array, beta: Any, axis: Any) -> Array:
    return np.apply_along_axis(lambda v: softmin(v[None], beta)[0], int(axis), E)


def softmin_axis_2(E: Array, beta: Any, axis: Any) -> Array:
    at = int(axis) % 3
    letters = "abc".replace("abc"[at], "")
    last = E.transpose(*("abc".index(v) for v in letters), at)
    return np.stack([softmin_2(table, beta) for table in last])


# --- what mistakes are made of


def along(E: Array, b: float, axis: Any, count: int | None = None) -> Array:
    """softmin along an axis, divided by another number if that is given."""
    f, axis = -b * E, int(axis)
    return np.asarray(-(lse(f, axis) - np.log(count or E.shape[axis])) / b)


def each_beta(E: Array, betas: Array) -> Array:
    return np.array([F_at(E, b) for b in betas])


# --- the rows

ROWS = {
    "softmin_betas": Function(
        "C13", "softmin of each row at each of several betas, 0 and inf among them",
        {"E": "(n, k)", "betas": "(b,)"}, "(b, n)", limits={"E": "inf", "betas": "0, inf"},
        regimes=betas_cases, domain=at_limits.SEVERAL, drawn=(450,), truth=(softmin_betas, softmin_betas_2),
        adds=lambda a, S: np.array([[of_logarithm(np.shape(a["E"])[1], b) if 0 < b < INF else 0] for b in a["betas"]]),
        bugs=[
            ("no-limits", *UNLIMITED, lambda E, b: np.array([F_of(E, v) for v in b])),
            ("transposed", "A row for each row of E, a column for each beta.", "A row for each beta: (b, n).", lambda E, b: each_beta(E, b).T),
            ("paired", "Each beta meets one row, where there are as many.", "Every beta meets every row.", lambda E, b: np.array([F_at(e[None], v)[0] for e, v in zip(E, b, strict=True)]) if len(E) == len(b) else each_beta(E, b)),
            ("along-latents", "beta multiplies along the latents, where there are as many.", "E[None] * beta[:, None, None].", lambda E, b: np.array([F_of(E * b, 1.0) / v for v in b]) if E.shape[1] == len(b) else each_beta(E, b)),
            ("along-rows", "beta multiplies along the rows, where there are as many, and divides along another axis.", "E[None] * beta[:, None, None].", lambda E, b: F_of(E * b[:, None], 1.0) / b[:, None] if len(E) == len(b) else each_beta(E, b)),
            ("first-only", "The first beta is used for all.", "Each beta its own softmin.", lambda E, b: np.array([F_at(E, b[0]) for _ in b])),
            ("mean-beta", "One softmin at the mean of the betas.", "Each beta its own softmin.", lambda E, b: np.array([F_at(E, b.mean()) for _ in b])),
            ("sorted", "The betas are sorted, and the answers left so.", "The order is the caller's.", lambda E, b: each_beta(E, np.sort(b))),
            ("summed", "Summed over the betas.", "A softmin for each beta.", lambda E, b: each_beta(E, b).sum(axis=0)),
            ("keepdims", "The axis of the latents stays, of length 1.", "(b, n): no axis is kept.", lambda E, b: each_beta(E, b)[..., None]),
            ("no-count", "The sum is not divided by the number of latents.", "Subtract log N_z inside the logarithm (C13).", lambda E, b: np.array([F_at(E, v) - (np.log(E.shape[1]) / v if 0 < v < INF else 0) for v in b])),
            ("temperatures", "The betas are taken for temperatures.", "beta multiplies the energy (C11).", lambda E, b: np.array([F_at(E, 1 / v if v else INF) for v in b])),
            ("joint-shift", "One shift for all betas, at the largest: others lose digits or overflow.", "Shift the energies, before beta.", lambda E, b: np.array([E.min(axis=1) if v == INF else E.mean(axis=1) if v == 0 else -np.log(np.exp(-v * E).mean(axis=1)) / v for v in b])),
            ("unbroadcast-limits", "If any beta is 0, all are.", "np.where, beta by beta.", lambda E, b: np.array([F_at(E, v) for v in b * (b != 0).all()]) if np.isfinite(b).all() else np.array([F_at(E, 0 if (b == 0).any() else v) for v in b])),
        ],
    ),
    "softmin_axis": Function(
        "C13", "softmin along an axis: 0, 1 or 2, or from the end, -1 to -3",
        {"E": "(a, b, c)", "beta": "()", "axis": "()"}, "(E's without axis)", rows="-", whole=("axis",),
        regimes=axis_cases, domain=at_limits.ALONG, drawn=(6,), truth=(softmin_axis, softmin_axis_2),
        adds=lambda a, S: of_logarithm(np.shape(a["E"])[int(a["axis"])], a["beta"]),
        bugs=[
            ("last-axis", "Always along the last axis.", "Use the argument axis.", lambda E, b, axis: along(E, b, -1)),
            ("first-axis", "Always along the first axis.", "Use the argument axis.", lambda E, b, axis: along(E, b, 0)),
            ("second-axis", "Always along the second axis.", "Use the argument axis.", lambda E, b, axis: along(E, b, 1)),
            ("sign-lost", "Axis -1 is taken for 1.", "Axis -1 is the last.", lambda E, b, axis: along(E, b, min(abs(axis), 2))),
            ("from-the-end", "Axes are counted from the end.", "Axis 0 is the first.", lambda E, b, axis: along(E, b, -1 - axis if axis >= 0 else axis)),
            ("off-by-one", "Axes are counted from 1.", "Axis 0 is the first.", lambda E, b, axis: along(E, b, max(axis - 1, 0) if axis >= 0 else axis)),
            ("keepdims", "The axis stays, of length 1.", "The result has no such axis.", lambda E, b, axis: along(E, b, axis)[..., None].swapaxes(-1, int(axis) % 3) if axis % 3 < 2 else along(E, b, axis)[..., None]),
            ("flattened", "Over all axes at once.", "Along one axis.", lambda E, b, axis: -(lse(-b * E.ravel()) - np.log(E.size)) / b),
            ("others", "Over the other axes.", "Along the axis that is given.", lambda E, b, axis: -(lse(-b * np.moveaxis(E, int(axis), 0).reshape(E.shape[int(axis)], -1)) - np.log(E.size / E.shape[int(axis)])) / b),
            ("count-of-last", "Divided by the length of the last axis.", "Divide by the length of the axis that is summed over (C12).", lambda E, b, axis: along(E, b, axis, E.shape[-1])),
            ("count-of-first", "Divided by the length of the first axis.", "Divide by the length of the axis that is summed over (C12).", lambda E, b, axis: along(E, b, axis, E.shape[0])),
            ("count-of-all", "Divided by the number of all energies.", "Divide by the length of the axis that is summed over (C12).", lambda E, b, axis: along(E, b, axis, E.size)),
            ("no-count", "The sum is not divided by its number.", "Subtract log N inside the logarithm (C13).", lambda E, b, axis: along(E, b, axis, 1)),
            ("transposed", "The axes that are left are exchanged.", "They stay in order.", lambda E, b, axis: along(E, b, axis).T),
            ("one-shift", "One shift for all: others underflow.", "Shift along the axis.", lambda E, b, axis: E.min() - np.log(np.exp(-b * (E - E.min())).mean(axis=int(axis))) / b),
        ],
    ),
}  # fmt: skip

# --- as it is written


def to_the_end(E: Array, axis: Any) -> Array:
    return np.moveaxis(E, int(axis), -1)


def length(E: Array) -> int:
    """Of the last axis."""
    return E.shape[-1]


FORMULAS = {
    "softmin_betas": "-(logsumexp(-betas[:, None, None] * E, axis=2) - np.log(k)) / betas[:, None]",
    "softmin_axis": "M = to_the_end(E, axis); -(logsumexp(-beta * M, axis=2) - np.log(length(M))) / beta",
}  # fmt: skip

# --- right ways


def moved(E: Array, beta: Any, axis: Any) -> Any:
    E = np.moveaxis(E, int(axis), -1)
    return expm1_form(E.reshape(-1, E.shape[-1]), beta).reshape(E.shape[:-1])


def together(E: Array, betas: Array) -> Any:
    """All betas in one array; 1 stands in for what has a formula of its own."""
    m, b = E.min(axis=1), np.where((betas > 0) & np.isfinite(betas), betas, betas.dtype.type(1))[:, None]
    gap = np.where(np.isinf(E), E.dtype.type(INF), E - np.where(np.isinf(m), 0, m)[:, None])
    x = np.maximum(np.expm1(-b[..., None] * gap).mean(axis=2), -1)
    F = m - np.log1p(x) / b
    return np.where(betas[:, None] == 0, E.mean(axis=1), np.where(np.isinf(betas)[:, None], m, F))


RIGHT = {
    "softmin_betas": [
        together,
        lambda E, betas: np.stack([by_gaps(E, b) for b in betas]),
    ],
    "softmin_axis": [
        moved,
        lambda E, beta, axis: -(scipy.special.logsumexp(-beta * E, axis=int(axis)) - np.log(E.dtype.type(E.shape[int(axis)]))) / beta,
    ],
}  # fmt: skip

# --- refebm's own

PACKAGE = {
    "softmin_betas": lambda E, betas: np.stack([own.softmin(E, b) for b in betas]),
    "softmin_axis": lambda E, beta, axis: own.softmin(E, beta, int(axis)),
}
RESTS_ON = {
    "softmin_betas": ["softmin"],
    "softmin_axis": ["softmin"],
}
