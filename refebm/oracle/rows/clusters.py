"""k-means: Lloyd's step, and the slope in the clusters  (N5)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import scipy

from ...models import linear as own
from ...numerics.checks import Array
from ..bugs import turned, weights
from ..digits import derivative, exp
from ..domains.spaces import ALONE
from ..inputs import ONE, SMALL_SQUARE, SQUARE
from ..row import SUM, Case, Function, Rngs
from .linear import apart, kmeans_free_energy, squares

# --- inputs

MEANS = {"y": "(n, d)", "M": "(k, d)"}


def cluster_regimes(rngs: Rngs) -> Iterator[Case]:
    """No observation is at a border, but where 0 keeps it there: rounding would move it to one side."""
    for why, (n, d, k), y_unit, M_unit in (
        ("plain", (7, 3, 2), 2, 2),
        ("one cluster", (4, 2, 1), 1, 1),
        ("more clusters than observations", (5, 2, 9), 3, 3),
        ("one observation", (1, 5, 3), 1, 1),
        ("far outliers", (4, 3, 2), 1e4, 1),
        ("small data", (6, 5, 3), 1e-6, 1e-6),
        ("clusters all around", (9, 1, 5), 1, 20),
        ("many observations", (12, 2, 3), 2, 1),
        (SQUARE, (4, 4, 4), 1, 1),
        (SMALL_SQUARE, (2, 2, 2), 1, 1),
    ):
        yield why, {"y": rngs(why).normal(size=(n, d)) * y_unit, "M": rngs(why + " M").normal(size=(k, d)) * M_unit}
    yield "at a distance", {"y": rngs("at a distance").normal(size=(5, 2)) + 100, "M": [[101, 99], [99.5, 100.25]]}
    why = "nearest by squares, not by absolute values"
    yield why, {"y": [[1, 1], [1.125, 0.875], [-3, 2]], "M": [[0, 0], [1, 2.625]]}
    yield "two clusters at 0", {"y": [[0.5, 0.25], [-1, 0.75], [4, 4]], "M": [[0, 0], [3, 5], [0, 0]]}
    yield "two clusters at 0, one entry", {"y": [[0.5], [-1.25], [0.125], [40]], "M": [[0], [30], [0], [55]]}
    yield ONE, {"y": [[0.75]], "M": [[-2.5]]}


# --- truth, in many digits


def shares(y: Array, M: Array) -> Array:
    D = y[:, None] - M
    D = (D * D).sum(axis=2)
    near = np.where(D == D.min(axis=1)[:, None], 1 + 0 * D, 0 * D)
    return near / near.sum(axis=1)[:, None]


def shares_2(y: Array, M: Array) -> Array:
    """The Gibbs weights of the scores y.m - |m|^2/2, so cold that all but the best are below 1e-1000."""
    import mpmath

    s = y.dot(M.T) - (M * M).sum(axis=1) / 2
    e = exp((s - s.max(axis=1)[:, None]) * mpmath.mpf(10) ** 40)
    return e / e.sum(axis=1)[:, None]


def lloyd_step(y: Array, M: Array) -> Array:
    q = shares(y, M)
    return np.array([c.dot(y) / c.sum() if c.sum() else m for c, m in zip(q.T, M, strict=True)], object)


def lloyd_step_2(y: Array, M: Array) -> Array:
    """Each cluster moved by the mean of what is left of its observations; 1e-1000 of one is none."""
    import mpmath

    q, out = shares_2(y, M), M.copy()
    for k, m in enumerate(M):
        if q[:, k].sum() > mpmath.mpf(10) ** -1000:
            out[k] = m + q[:, k].dot(y - m) / q[:, k].sum()
    return out


def kmeans_slope_M(y: Array, M: Array) -> Array:
    q = shares(y, M)
    return -2 * (q.T.dot(y) - q.sum(axis=0)[:, None] * M) / len(y)


def kmeans_slope_M_2(y: Array, M: Array) -> Array:
    """The derivative, halves at 0 from both sides."""
    return derivative(lambda v: kmeans_free_energy(y, v).sum() / len(y), M)


# --- what mistakes are made of


def nearest(score: Array) -> Array:
    """Shares of the least, equal ones sharing."""
    near = score == score.min(axis=1, keepdims=True)
    return near / near.sum(axis=1, keepdims=True)


def first(score: Array) -> Array:
    return np.eye(score.shape[1])[score.argmin(axis=1)]


def absolute(y: Array, M: Array) -> Array:
    return np.abs(y[:, None] - M).sum(axis=2)


def moved(q: Array, y: Array, M: Array) -> Array:
    N = q.sum(axis=0)[:, None]
    return np.where(N > 0, q.T @ y / np.where(N > 0, N, 1), M)


def pull(q: Array, y: Array, M: Array) -> Array:
    """The slope that shares make."""
    return 2 * (q.sum(axis=0)[:, None] * M - q.T @ y) / len(y)


def median(y: Array, M: Array) -> Array:
    q = first(apart(y, M)) > 0
    return np.array([np.median(y[c], axis=0) if c.any() else m for c, m in zip(q.T, M, strict=True)])


FARTHEST = ("The farthest cluster's in place of the nearest's.", "The least distance (N5).")
SOFT = ("Shares at beta = 1.", "The nearest alone: beta = inf (N5, C15).")
ABSOLUTE = ("The nearest by the sum of absolute values.", "By squares (N5).")
INNER = ("The cluster of the largest y.m.", "|m|^2 counts too: the nearest is that of the largest y.m - |m|^2/2 (N5).")
ENTRY = ("The nearest by the first entry alone.", "All entries (N5).")
TRANSPOSED = ("M is transposed where it fits both ways.", "Its rows are the clusters (N5).")
FIRST = ("Of equally near clusters the first has it all.", "They share equally (C16).")

# --- the rows

ROWS = {
    "lloyd_step": Function(
        "N5", "each row of M moved to the mean of the observations nearest to it; equally near rows share, rows without any stay",
        MEANS, "(k, d)",
        domain=ALONE, drawn=(7, 181, 3176), regimes=cluster_regimes, truth=(lloyd_step, lloyd_step_2),
        adds=lambda a, S: np.abs(a["y"]).max() + np.abs(a["M"]).max(),
        bugs=[
            ("farthest", *FARTHEST, lambda y, M: moved(nearest(-apart(y, M)), y, M)),
            ("soft", *SOFT, lambda y, M: moved(weights(apart(y, M), 1.0), y, M)),
            ("absolute-choice", *ABSOLUTE, lambda y, M: moved(nearest(absolute(y, M)), y, M)),
            ("inner-product", *INNER, lambda y, M: moved(nearest(-y @ M.T), y, M)),
            ("first-entry", *ENTRY, lambda y, M: moved(nearest(apart(y[:, :1], M[:, :1])), y, M)),
            ("first-of-equals", *FIRST, lambda y, M: moved(first(apart(y, M)), y, M)),
            ("empty-nan", "0/0 where a cluster has no observation.", "It stays where it is (N5).", lambda y, M: nearest(apart(y, M)).T @ y / nearest(apart(y, M)).sum(axis=0)[:, None]),
            ("empty-zero", "A cluster without observations goes to 0.", "It stays where it is (N5).", lambda y, M: moved(nearest(apart(y, M)), y, 0 * M)),
            ("sum", "The sum of the observations.", "Their mean: divide by their number (N5).", lambda y, M: np.where(nearest(apart(y, M)).sum(axis=0)[:, None] > 0, nearest(apart(y, M)).T @ y, M)),
            ("over-n", "Divided by the number of all observations.", "By that of the cluster's own (N5).", lambda y, M: np.where(nearest(apart(y, M)).sum(axis=0)[:, None] > 0, nearest(apart(y, M)).T @ y / len(y), M)),
            ("half-way", "Half-way to the mean.", "The whole step (N5).", lambda y, M: (M + moved(nearest(apart(y, M)), y, M)) / 2),
            ("step", "The step without the old place.", "The new place (N5).", lambda y, M: moved(nearest(apart(y, M)), y, M) - M),
            ("counts-itself", "The old place counts as one more observation.", "The mean of the observations (N5).", lambda y, M: (nearest(apart(y, M)).T @ y + M) / (nearest(apart(y, M)).sum(axis=0)[:, None] + 1)),
            ("one-step", "A step of the slope with rate 1/2, divided by n.", "The mean: each cluster's slope by its own count (N5).", lambda y, M: M - pull(nearest(apart(y, M)), y, M) / 2),
            ("median", "The median of each entry.", "The mean (N5).", median),
            ("transposed", *TRANSPOSED, lambda y, M: moved(nearest(apart(y, turned(M))), y, turned(M))),
        ],
    ),
    "kmeans_slope_M": Function(
        "N5", "mean of dF/dM, -2 (y - m_k) at the nearest m_k; equally near ones share",
        MEANS, "(k, d)",
        domain=ALONE, drawn=(154, 287, 1365), regimes=cluster_regimes, truth=(kmeans_slope_M, kmeans_slope_M_2), conventions=SUM,
        adds=lambda a, S: 2 * (np.abs(a["y"]).max() + np.abs(a["M"]).max()),
        bugs=[
            ("farthest", *FARTHEST, lambda y, M: pull(nearest(-apart(y, M)), y, M)),
            ("soft", *SOFT, lambda y, M: pull(weights(apart(y, M), 1.0), y, M)),
            ("absolute-choice", *ABSOLUTE, lambda y, M: pull(nearest(absolute(y, M)), y, M)),
            ("inner-product", *INNER, lambda y, M: pull(nearest(-y @ M.T), y, M)),
            ("first-entry", *ENTRY, lambda y, M: pull(nearest(apart(y[:, :1], M[:, :1])), y, M)),
            ("first-of-equals", *FIRST, lambda y, M: pull(first(apart(y, M)), y, M)),
            ("sign", "The sign is wrong: clusters are pushed away.", "2 (m - y) (N5).", lambda y, M: -pull(nearest(apart(y, M)), y, M)),
            ("no-two", "The factor 2 is missing.", "|y - m|^2 has no 1/2 (N5).", lambda y, M: pull(nearest(apart(y, M)), y, M) / 2),
            ("over-cluster", "Divided by each cluster's own number.", "By n: the mean over all observations (C21).", lambda y, M: 2 * (M - moved(nearest(apart(y, M)), y, M))),
            ("over-entries", "Divided by the number of entries too.", "F sums them (C5).", lambda y, M: pull(nearest(apart(y, M)), y, M) / y.shape[1]),
            ("every", "Each cluster is pulled by all observations.", "By those nearest to it (C9).", lambda y, M: pull(np.ones((len(y), len(M))), y, M)),
            ("no-cluster", "m is missing: -2 y.", "-2 (y - m) (N5).", lambda y, M: -2 * nearest(apart(y, M)).T @ y / len(y)),
            ("distance", "The slope of the distance, not of its square.", "|y - m|^2 (N5).", lambda y, M: pull(nearest(apart(y, M)) / np.sqrt(apart(y, M)) / 2, y, M)),
            ("signs", "The slope of absolute values.", "Of squares (N5).", lambda y, M: (nearest(apart(y, M))[..., None] * np.sign(M - y[:, None])).mean(axis=0)),
            ("last-sample", "Only the last observation counts.", "The mean over all (C21).", lambda y, M: pull(nearest(apart(y, M))[-1:], y[-1:], M)),
            ("transposed", *TRANSPOSED, lambda y, M: pull(nearest(apart(y, turned(M))), y, turned(M))),
        ],
    ),
}  # fmt: skip

# --- as it is written

FORMULAS = {
    "lloyd_step": "D = ((y[:, None] - M) ** 2).sum(axis=2); q = one_hot(-D, axis=1); (q.T @ y) / q.sum(axis=0)[:, None]",
    "kmeans_slope_M": "D = ((y[:, None] - M) ** 2).sum(axis=2); q = one_hot(-D, axis=1); -2 * (q.T @ y - q.sum(axis=0)[:, None] * M) / n",
}  # fmt: skip

# --- right ways


def by_distances(y: Array, M: Array) -> Any:
    """Shares (n, k) by SciPy's distances."""
    D = scipy.spatial.distance.cdist(y, M, "sqeuclidean").astype(y.dtype)
    near = (D <= D.min(axis=1, keepdims=True)).astype(y.dtype)
    return near / near.sum(axis=1, keepdims=True)


def by_loop(y: Array, M: Array) -> Any:
    total, count = np.zeros_like(M), np.zeros(len(M), y.dtype)
    for row in y:
        D = squares(row - M)
        near = np.flatnonzero(D == D.min())
        total[near] += row / y.dtype.type(len(near))
        count[near] += 1 / y.dtype.type(len(near))
    M = M.copy()
    M[count > 0] = total[count > 0] / count[count > 0, None]
    return M


def slope_by_rows(y: Array, M: Array) -> Any:
    q = by_distances(y, M)
    return (q[..., None] * 2 * (M - y[:, None])).mean(axis=0)


RIGHT = {
    "lloyd_step": [
        by_loop,
        lambda y, M: np.array([np.average(y, axis=0, weights=c) if c.any() else m for c, m in zip(by_distances(y, M).T, M, strict=True)], y.dtype),
    ],
    "kmeans_slope_M": [
        slope_by_rows,
        lambda y, M: np.einsum("nk,nkd->kd", by_distances(y, M), M - y[:, None]) / y.dtype.type(len(y) / 2),
    ],
}  # fmt: skip

# --- refebm's own

PACKAGE = {
    "lloyd_step": own.lloyd_step,
    "kmeans_slope_M": lambda y, M: own.kmeans_free_energy_adjoint(y, M, np.full(len(y), 1 / len(y)))[1],
}
RESTS_ON = {
    "kmeans_slope_M": ["kmeans_free_energy_adjoint", "free_energy_and_adjoint"],
}
NO_PART = {
    "lloyd_step": ["kmeans", "gibbs_weights"],
    "kmeans_slope_M": ["kmeans", "marginal"],
}
