"""PCA and k-means: the distance from a span, and from the nearest of some points  (N5)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import scipy

from ...models import linear as own
from ...numerics.checks import Array
from ..bugs import lse, turned
from ..domains.models import CLUSTERS, PCA
from ..inputs import ONE, SMALL_SQUARE, SQUARE
from ..row import Case, Function, Rngs

# --- inputs

# Multiples of these columns by powers of two keep the rank, whatever they are rounded to.
SPANS = {
    "columns that depend on each other": (2, 4, [1, 0, 0], [0, 1, -2]),
    "more columns than entries": (2, 3, [1, 0, 2, 0, -0.5], [0, 1, 0, 4, 0]),
    "more columns than anything, one direction": (3, 2, [1, -2, 0.5, 8], [0, 0, 0, 0]),
    SQUARE: (4, 4, [1, 0, 2, 0], [0, 1, 0, -0.5]),
    SMALL_SQUARE: (2, 2, [1, 4], [0, 0]),
}


def span_regimes(rngs: Rngs) -> Iterator[Case]:
    for why, (n, *shape), y_unit, W_unit in (
        ("plain", (3, 5, 2), 1, 1),
        ("many observations", (7, 4, 3), 2, 0.5),
        ("one component", (4, 3, 1), 1, 3),
        ("one observation", (1, 4, 2), 3, 1),
        ("large data", (2, 6, 4), 1e5, 1e-3),
        ("small data", (3, 4, 2), 1e-6, 20),
        ("columns of very different lengths", (5, 6, 3), 1, [100, 1, 0.01]),
        ("no column at all but zeros", (2, 3, 2), 1, 0),
    ):
        y, W = rngs(why).normal(size=(n, shape[0])), rngs(why + " W").normal(size=shape)
        yield why, {"y": (y + 0.5) * y_unit, "W": W * W_unit}
    for why, (n, d, first, second) in SPANS.items():
        a, b = rngs(why + " W").normal(size=(2, d, 1)).astype(np.float32)
        yield why, {"y": rngs(why).normal(size=(n, d)), "W": a * first + b * second}
    why = "columns nearly the same"
    a, b = rngs(why + " W").normal(size=(2, 6, 1))
    yield why, {"y": rngs(why).normal(size=(2, 6)), "W": np.concatenate([a, a + 2.0**-10 * b], axis=1)}
    why = "data near the span"
    W, rng = rngs(why + " W").normal(size=(5, 2)), rngs(why)
    yield why, {"y": rng.normal(size=(4, 2)) @ W.T + rng.normal(size=(4, 5)) / 64, "W": W}
    yield ONE, {"y": [[0.75]], "W": [[0.0]]}


def means_regimes(rngs: Rngs) -> Iterator[Case]:
    for why, (n, d, k), y_unit, M_unit in (
        ("plain", (6, 3, 4), 2, 2),
        ("one cluster", (4, 2, 1), 1, 1),
        ("many clusters", (5, 2, 9), 3, 3),
        ("one observation", (1, 5, 3), 1, 1),
        ("far outliers", (4, 3, 2), 1e4, 1),
        ("small data", (3, 5, 2), 1e-6, 1e-6),
        ("clusters all around", (7, 1, 5), 1, 20),
        (SQUARE, (4, 4, 4), 1, 1),
        (SMALL_SQUARE, (2, 2, 2), 1, 1),
    ):
        yield why, {"y": rngs(why).normal(size=(n, d)) * y_unit, "M": rngs(why + " M").normal(size=(k, d)) * M_unit}
    yield "at equal distances", {"y": [[0.5, 0], [0, 3]], "M": [[1, 0], [0, 0], [1, 0.5]]}
    yield "two clusters at one place", {"y": [[1.5, 2], [-1, 0], [4, 4]], "M": [[1, 1], [-3, 1], [1, 1], [5, 6]]}
    yield "at a distance", {"y": rngs("at a distance").normal(size=(3, 2)) + 100, "M": [[101, 99], [99.5, 100.25]]}
    yield ONE, {"y": [[0.75]], "M": [[-2.5]]}


# --- truth, in many digits


def pca_free_energy(y: Array, W: Array) -> Array:
    """What Gram and Schmidt leave of y; a column that adds less than 1e-60 of its length to the others adds nothing."""
    import mpmath

    basis: list[Array] = []
    for column in W.T:
        rest = column
        for _ in range(2):
            rest = rest - sum((e * (e * rest).sum() for e in basis), 0 * rest)
        if (rest * rest).sum() > mpmath.mpf(10) ** -120 * (column * column).sum():
            basis.append(rest / mpmath.sqrt((rest * rest).sum()))
    for e in basis:
        y = y - (y * e).sum(axis=1)[:, None] * e
    return (y * y).sum(axis=1)


def pca_free_energy_2(y: Array, W: Array) -> Array:
    """The limit of least squares with a penalty: ``y^T (I + W W^T / eps)^-1 y``."""
    import mpmath

    d = len(W)
    A = mpmath.matrix((np.eye(d) + W.dot(W.T) * mpmath.mpf(10) ** 120).tolist())
    rest = [np.array(list(mpmath.lu_solve(A, mpmath.matrix(row.tolist()))), object) for row in y]
    return np.array([(row * r).sum() for row, r in zip(y, rest, strict=True)], object)


def kmeans_free_energy(y: Array, M: Array) -> Array:
    D = y[:, None] - M
    return (D * D).sum(axis=2).min(axis=1)


def kmeans_free_energy_2(y: Array, M: Array) -> Array:
    """|y|^2 less twice the best of the scores y.m - |m|^2/2, which is linear in y."""
    return (y * y).sum(axis=1) - 2 * (y.dot(M.T) - (M * M).sum(axis=1) / 2).max(axis=1)


# --- what mistakes are made of


def rest(y: Array, W: Array, ridge: float = 0.0) -> Array:
    return (
        y
        - (y @ np.linalg.pinv(W).T if not ridge else y @ W @ np.linalg.inv(W.T @ W + ridge * np.eye(W.shape[1]))) @ W.T
    )


def squares(v: Array) -> Array:
    return np.square(v).sum(axis=-1)


def apart(y: Array, M: Array) -> Array:
    """Squared distances (n, k)."""
    return squares(y[:, None] - M)


def chosen(score: Array, y: Array, M: Array) -> Array:
    """Squared distance from the row of least score."""
    return squares(y - M[score.argmin(axis=1)])


def direct(W: Array) -> Array:
    """Columns of length 1, or 0."""
    return W / np.where(squares(W.T) > 0, np.sqrt(squares(W.T)), 1)


# --- the rows

ROWS = {
    "pca_free_energy": Function(
        "N5", "min over z of |y - W z|^2",
        {"y": "(n, d)", "W": "(d, l)"}, "(n,)",
        domain=PCA, drawn=(175, 540), regimes=span_regimes, truth=(pca_free_energy, pca_free_energy_2),
        adds=lambda a, S: squares(a["y"]),
        bugs=[
            ("norm", "The distance, not its square.", "|y - W z|^2 (N5).", lambda y, W: np.sqrt(squares(rest(y, W)))),
            ("half", "Half of it.", "|y - W z|^2 has no 1/2 (N5).", lambda y, W: squares(rest(y, W)) / 2),
            ("mean", "The mean over the entries.", "Their sum (C5).", lambda y, W: np.square(rest(y, W)).mean(axis=1)),
            ("absolute", "The sum of absolute values.", "The sum of squares (C5).", lambda y, W: np.abs(rest(y, W)).sum(axis=1)),
            ("centred", "The mean of the observations is subtracted first.", "Each y as it is: an energy knows no other observation (N5).", lambda y, W: squares(rest(y - y.mean(axis=0), W))),
            ("orthonormal", "z = W^T y: the columns are taken for orthonormal.", "z = W^+ y (N5).", lambda y, W: squares(y - y @ W @ W.T)),
            ("pythagoras", "|y|^2 - |W^T y|^2: the columns are taken for orthonormal.", "z = W^+ y (N5).", lambda y, W: squares(y) - squares(y @ W)),
            ("orthogonal", "Each column is fitted alone.", "All of them together: z = W^+ y (N5).", lambda y, W: squares(y - y @ direct(W) @ direct(W).T)),
            ("explained", "|W z|^2: what the span explains.", "What it leaves, |y - W z|^2 (N5).", lambda y, W: squares(y - rest(y, W))),
            ("codes", "|y|^2 - |z|^2.", "|y|^2 - |W z|^2, if a difference it must be (N5).", lambda y, W: squares(y) - squares(y @ np.linalg.pinv(W).T)),
            ("first-column", "Only the first column counts.", "All columns (N5).", lambda y, W: squares(rest(y, W[:, :1]))),
            ("last-dropped", "The last column is left out.", "All columns (N5).", lambda y, W: squares(rest(y, W[:, :-1])) if W.shape[1] > 1 else squares(y)),
            ("ridge", "W^T W + 0.001 I: z is held to 0.", "No regulariser on z: W^+ copes with any rank (N5).", lambda y, W: squares(rest(y, W, 1e-3))),
            ("transposed", "W is transposed where it fits both ways.", "W is (d, l): its columns span (N5).", lambda y, W: squares(rest(y, turned(W)))),
            ("no-inference", "z = 0: the length of y.", "The least over z (N5).", lambda y, W: squares(y)),
        ],
    ),
    "kmeans_free_energy": Function(
        "N5", "min over k of |y - M_k|^2",
        {"y": "(n, d)", "M": "(k, d)"}, "(n,)",
        domain=CLUSTERS, drawn=(92, 1223, 1261), regimes=means_regimes, truth=(kmeans_free_energy, kmeans_free_energy_2),
        adds=lambda a, S: squares(a["y"]) + squares(a["M"]).max(),
        bugs=[
            ("norm", "The distance, not its square.", "|y - m|^2 (N5).", lambda y, M: np.sqrt(apart(y, M).min(axis=1))),
            ("half", "Half of it.", "|y - m|^2 has no 1/2 (N5).", lambda y, M: apart(y, M).min(axis=1) / 2),
            ("mean", "The mean over the entries.", "Their sum (C5).", lambda y, M: np.square(y[:, None] - M).mean(axis=2).min(axis=1)),
            ("absolute", "The least sum of absolute values.", "The sum of squares (C5).", lambda y, M: np.abs(y[:, None] - M).sum(axis=2).min(axis=1)),
            ("absolute-choice", "The nearest by the sum of absolute values, then its squared distance.", "One distance for both (N5).", lambda y, M: chosen(np.abs(y[:, None] - M).sum(axis=2), y, M)),
            ("farthest", "The farthest in place of the nearest.", "The least over k (N5).", lambda y, M: apart(y, M).max(axis=1)),
            ("average", "The mean over the clusters, as at beta = 0.", "The least: beta = inf (N5, C15).", lambda y, M: apart(y, M).mean(axis=1)),
            ("sum", "The sum over the clusters.", "The least over k (N5).", lambda y, M: apart(y, M).sum(axis=1)),
            ("soft", "The softmin at beta = 1.", "The least: beta = inf (N5, C15).", lambda y, M: -lse(-apart(y, M)) + np.log(len(M))),
            ("logsumexp", "-log sum exp of minus the distances.", "The least: beta = inf (N5, C15).", lambda y, M: -lse(-apart(y, M))),
            ("inner-product", "The cluster of the largest y.m.", "|m|^2 counts too: the nearest is that of the largest y.m - |m|^2/2 (N5).", lambda y, M: chosen(-y @ M.T, y, M)),
            ("by-entry", "The nearest for each entry by itself.", "One cluster for the whole observation (N5).", lambda y, M: np.square(y[:, None] - M).min(axis=1).sum(axis=1)),
            ("first-entry", "The nearest by the first entry alone.", "All entries (N5).", lambda y, M: chosen(np.abs(y[:, :1] - M[:, 0]), y, M)),
            ("centroid", "The distance from the mean of the clusters.", "From the nearest (N5).", lambda y, M: squares(y - M.mean(axis=0))),
            ("first-cluster", "The distance from the first cluster.", "From the nearest (N5).", lambda y, M: squares(y - M[0])),
            ("transposed", "M is transposed where it fits both ways.", "Its rows are the clusters (N5).", lambda y, M: apart(y, turned(M)).min(axis=1)),
        ],
    ),
}  # fmt: skip

# --- as it is written

FORMULAS = {
    "pca_free_energy": "z = y @ np.linalg.pinv(W).T; ((y - z @ W.T) ** 2).sum(axis=1)",
    "kmeans_free_energy": "((y[:, None] - M) ** 2).sum(axis=2).min(axis=1)",
}  # fmt: skip

# --- right ways


def by_svd(y: Array, W: Array) -> Any:
    U, s, _ = np.linalg.svd(W, full_matrices=False)
    U = U[:, s > s.max() * max(W.shape) * np.finfo(W.dtype).eps]
    return ((y - y @ U @ U.T) ** 2).sum(axis=1)


RIGHT = {
    "pca_free_energy": [by_svd, lambda y, W: ((y.T - W @ np.linalg.lstsq(W, y.T, rcond=None)[0]) ** 2).sum(axis=0)],
    "kmeans_free_energy": [
        lambda y, M: ((y[:, None, :] - M[None]) ** 2).sum(axis=2).min(axis=1),
        lambda y, M: scipy.spatial.distance.cdist(y, M, "sqeuclidean").astype(y.dtype).min(axis=1),
    ],
}  # fmt: skip

# --- refebm's own

PACKAGE = {
    "pca_free_energy": own.pca_free_energy,
    "kmeans_free_energy": own.kmeans_free_energy,
}
RESTS_ON = {
    "kmeans_free_energy": ["free_energy"],
}
NO_PART = {
    "kmeans_free_energy": ["kmeans", "marginal"],
}
