"""PCA: the codes, and the slope in the matrix whose columns span  (N5)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from ...models import linear as own
from ...numerics.checks import Array
from ..bugs import turned
from ..digits import derivative
from ..inputs import ONE, SMALL_SQUARE, SQUARE
from ..row import SUM, Case, Function, Rngs
from .linear import direct, pca_free_energy, rest

# --- inputs


def tall_regimes(rngs: Rngs) -> Iterator[Case]:
    """Columns that are independent, or 0."""
    for why, (n, d, k), y_unit, W_unit in (
        ("plain", (3, 5, 2), 1, 1),
        ("many observations", (7, 4, 3), 2, 0.5),
        ("one component", (4, 3, 1), 1, 3),
        ("one observation", (1, 4, 2), 3, 1),
        ("large data", (3, 6, 2), 1e5, 1e-3),
        ("small data", (3, 4, 2), 1e-6, 20),
        ("columns of very different lengths", (5, 6, 3), 1, [6, 1, 0.25]),
        ("a column of zeros", (5, 6, 2), 1, [0, 1]),
        (SQUARE, (3, 3, 3), 1, [1, 1, 0]),
        (SMALL_SQUARE, (2, 2, 2), 1, [0, 1]),
    ):
        y, W = rngs(why).normal(size=(n, d)), rngs(why + " W").normal(size=(d, k))
        yield why, {"y": (y + 0.5) * y_unit, "W": W * W_unit}
    for step in (7, 10):
        why = f"columns that differ by 2^-{step}"
        a, b = rngs(why + " W").normal(size=(2, 6, 1))
        yield why, {"y": rngs(why).normal(size=(2, 6)), "W": np.concatenate([a, a + 2.0**-step * b], axis=1)}
    why = "data near the span"
    W, rng = rngs(why + " W").normal(size=(5, 2)), rngs(why)
    yield why, {"y": rng.normal(size=(4, 2)) @ W.T + rng.normal(size=(4, 5)) / 64, "W": W}
    yield ONE, {"y": [[0.75]], "W": [[0.0]]}


def code_regimes(rngs: Rngs) -> Iterator[Case]:
    for why, case in tall_regimes(rngs):
        if why != ONE:
            yield why, case
    for why, (n, d, k) in (
        ("more columns than entries", (4, 2, 5)),
        ("one more column than entries", (2, 3, 4)),
        ("all sizes the same, and 4", (4, 4, 4)),
        (ONE, (1, 1, 1)),
    ):
        yield why, {"y": rngs(why).normal(size=(n, d)), "W": rngs(why + " W").normal(size=(d, k)) + 2 * np.eye(d, k)}


# --- truth, in many digits


def solved(A: Array, B: Array) -> Array:
    """``A^-1 B``."""
    import mpmath

    A = mpmath.matrix(A.tolist())
    return np.array([list(mpmath.lu_solve(A, mpmath.matrix(column.tolist()))) for column in B.T], object).T


def pca_codes(y: Array, W: Array) -> Array:
    """By the normal equations of the columns that are not 0, or where they are more than y's entries, those of their span."""
    kept = (W != 0).any(axis=0)
    V, z = W[:, kept], np.zeros((len(y), W.shape[1]), object) + 0 * y[0, 0]
    tall = V.shape[1] <= len(V)
    if kept.any():
        z[:, kept] = (solved(V.T.dot(V), V.T.dot(y.T)) if tall else V.T.dot(solved(V.dot(V.T), y.T))).T
    return z


def pca_codes_2(y: Array, W: Array) -> Array:
    """The limit of least squares with a penalty: ``W^T (eps I + W W^T)^-1 y``."""
    import mpmath

    return W.T.dot(solved(np.eye(len(W)) * mpmath.mpf(10) ** -80 + W.dot(W.T), y.T)).T


def pca_slope_W(y: Array, W: Array) -> Array:
    z = pca_codes(y, W)
    return -2 * (y - z.dot(W.T)).T.dot(z) / len(y)


def pca_slope_W_2(y: Array, W: Array) -> Array:
    return derivative(lambda V: pca_free_energy(y, V).sum() / len(y), W)


# --- what mistakes are made of


def codes(y: Array, W: Array, cut: float = 1e-15) -> Array:
    return y @ np.linalg.pinv(W, rcond=cut).T


def held(y: Array, W: Array) -> Array:
    """Codes of a ridge of 0.001."""
    return y @ W @ np.linalg.inv(W.T @ W + 1e-3 * np.eye(W.shape[1]))


def slope(y: Array, W: Array, z: Array) -> Array:
    return -2 * (y - z @ W.T).T @ z / len(y)


def upper(y: Array, W: Array) -> Array:
    """Sanger's rule: each column sees what those before it leave."""
    z = y @ W
    return -2 * (y.T @ z - W @ np.triu(z.T @ z)) / len(y)


ORTHONORMAL = ("z = W^T y: the columns are taken for orthonormal.", "z = W^+ y (N5).")
ALONE = ("Each column is fitted alone.", "All of them together: z = W^+ y (N5).")
RIDGE = ("W^T W + 0.001 I: z is held to 0.", "No regulariser on z: W^+ copes with any rank (N5).")
CUT = ("Singular values below a hundredth of the largest count as 0.", "Only those that are 0 up to rounding (N5).")
CENTRED = (
    "The mean of the observations is subtracted first.",
    "Each y as it is: an energy knows no other observation (N5).",
)
FIRST = ("Only the first column counts.", "All columns (N5).")
TRANSPOSED = ("W is transposed where it fits both ways.", "W is (d, l): its columns span (N5).")


def alone(y: Array, W: Array) -> Array:
    size = np.square(W).sum(axis=0)
    return y @ W / np.where(size > 0, size, 1)


def only_first(y: Array, W: Array) -> Array:
    return np.pad(codes(y, W[:, :1]), ((0, 0), (0, W.shape[1] - 1)))


# --- the rows

ROWS = {
    "pca_codes": Function(
        "N5", "W^+ y, of all z of least |y - W z|^2 the shortest",
        {"y": "(n, d)", "W": "(d, l)"}, "(n, l)",
        regimes=code_regimes, truth=(pca_codes, pca_codes_2),
        adds=lambda a, S: S.max(),
        bugs=[
            ("orthonormal", *ORTHONORMAL, lambda y, W: y @ W),
            ("orthogonal", *ALONE, alone),
            ("ridge", *RIDGE, held),
            ("cut", *CUT, lambda y, W: codes(y, W, 0.01)),
            ("centred", *CENTRED, lambda y, W: codes(y - y.mean(axis=0), W)),
            ("first-column", *FIRST, only_first),
            ("transposed", *TRANSPOSED, lambda y, W: codes(y, turned(W))),
            ("directions", "The columns are scaled to length 1.", "W z, not its direction: z = W^+ y (N5).", lambda y, W: codes(y, direct(W))),
            ("projection", "z = W^T y in the columns' directions.", "z = W^+ y (N5).", lambda y, W: y @ direct(W)),
            ("basis", "Codes in an orthonormal basis of the span.", "In W's own columns (N5).", lambda y, W: codes(y, W) @ np.linalg.qr(np.pad(W, ((0, max(W.shape[1] - len(W), 0)), (0, 0))))[1].T),
            ("no-inverse", "(W^T W) W^T y.", "(W^T W)^-1 W^T y (N5).", lambda y, W: y @ W @ W.T @ W),
            ("half", "Half of them.", "The factors 2 of the slope cancel (N5).", lambda y, W: codes(y, W) / 2),
            ("positive", "Codes below 0 are cut.", "z is any vector (N5).", lambda y, W: np.maximum(codes(y, W), 0)),
            ("sign", "The sign is wrong.", "z = W^+ y (N5).", lambda y, W: -codes(y, W)),
            ("fewest", "Of many the codes of the first columns alone.", "The shortest: W^+ y (N5).", lambda y, W: np.pad(codes(y, W[:, : len(W)]), ((0, 0), (0, max(W.shape[1] - len(W), 0))))),
        ],
    ),
    "pca_slope_W": Function(
        "N5", "mean of dF/dW, -2 (y - W z) z^T at z = W^+ y",
        {"y": "(n, d)", "W": "(d, l)"}, "(d, l)",
        regimes=tall_regimes, truth=(pca_slope_W, pca_slope_W_2), conventions=SUM,
        adds=lambda a, S: S.max(),
        bugs=[
            ("sign", "The sign is wrong: away from the data.", "-2 (y - W z) z^T (N5).", lambda y, W: -slope(y, W, codes(y, W))),
            ("no-two", "The factor 2 is missing.", "|y - W z|^2 has no 1/2 (N5).", lambda y, W: slope(y, W, codes(y, W)) / 2),
            ("over-entries", "Divided by the number of entries too.", "F sums them (C5).", lambda y, W: slope(y, W, codes(y, W)) / y.shape[1]),
            ("no-residual", "-2 y z^T.", "The residual y - W z (N5).", lambda y, W: -2 * y.T @ codes(y, W) / len(y)),
            ("no-code", "-2 times the residual: z is missing.", "Outer product with z (N5).", lambda y, W: -2 * rest(y, W).mean(axis=0)[:, None] * np.ones(W.shape[1])),
            ("means-apart", "The product of the means of residual and code.", "The mean of the product (N5).", lambda y, W: -2 * np.outer(rest(y, W).mean(axis=0), codes(y, W).mean(axis=0))),
            ("oja", "Oja's rule: codes z = W^T y.", "z = W^+ y, the least over z (C9, N5).", lambda y, W: slope(y, W, y @ W)),
            ("sanger", "Sanger's rule: codes z = W^T y, column by column.", "z = W^+ y, the least over z (C9, N5).", upper),
            ("orthogonal", *ALONE, lambda y, W: slope(y, W, alone(y, W))),
            ("ridge", *RIDGE, lambda y, W: slope(y, W, held(y, W))),
            ("cut", *CUT, lambda y, W: slope(y, W, codes(y, W, 0.01))),
            ("centred", *CENTRED, lambda y, W: slope(y - y.mean(axis=0), W, codes(y - y.mean(axis=0), W))),
            ("decay", "0.001 W is added: weight decay.", "The slope of F alone (C21).", lambda y, W: slope(y, W, codes(y, W)) + 1e-3 * W),
            ("first-sample", "Only the first observation counts.", "The mean over all (C21).", lambda y, W: slope(y[:1], W, codes(y[:1], W))),
            ("transposed", "The slope is transposed where it fits both ways.", "Shaped like W (d, l).", lambda y, W: turned(slope(y, W, codes(y, W)))),
        ],
    ),
}  # fmt: skip

# --- as it is written

FORMULAS = {
    "pca_codes": "y @ np.linalg.pinv(W).T",
    "pca_slope_W": "z = y @ np.linalg.pinv(W).T; -2 * (y - z @ W.T).T @ z / n",
}  # fmt: skip

# --- right ways


def least(y: Array, W: Array) -> Any:
    return np.linalg.lstsq(W, y.T, rcond=None)[0].T


def by_svd(y: Array, W: Array) -> Any:
    U, s, V = np.linalg.svd(W, full_matrices=False)
    kept = s > s.max() * max(W.shape) * np.finfo(W.dtype).eps
    return y @ U[:, kept] / s[kept] @ V[kept]


def by_rows(y: Array, W: Array) -> Any:
    z = by_svd(y, W)
    return np.mean([-2 * np.outer(a - W @ c, c) for a, c in zip(y, z, strict=True)], axis=0)


RIGHT = {
    "pca_codes": [least, by_svd],
    "pca_slope_W": [by_rows, lambda y, W: 2 * (W @ least(y, W).T - y.T) @ least(y, W) / y.dtype.type(len(y))],
}  # fmt: skip

# --- refebm's own


def own_codes(y: Array, W: Array) -> Array:
    return own.least_squares(own.pca(*W.shape), y, W.ravel())[:, 0]


PACKAGE = {
    "pca_codes": own_codes,
    "pca_slope_W": lambda y, W: own.pca_free_energy_adjoint(y, W, np.full(len(y), 1 / len(y)))[1],
}
RESTS_ON = {"pca_codes": ["least_squares"], "pca_slope_W": ["pca_free_energy_adjoint"]}
NO_PART = {"pca_codes": ["pca"]}
