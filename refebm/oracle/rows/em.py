"""Covariances and weights after a step of EM  (N6)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import scipy

from ...models import mixtures as own
from ...numerics.checks import Array
from ..bugs import lse
from ..domains.models import MIXTURES
from ..row import Case, Function, Rngs
from .mixtures import (
    MIXTURE,
    UNSHIFTED,
    all_of,
    by_cholesky,
    by_inverse,
    diagonal,
    joint,
    mixture_regimes,
    soft,
)
from .responsibilities import gmm_responsibilities, gmm_responsibilities_2, hard, means

# --- inputs


def spread_regimes(rngs: Rngs) -> Iterator[Case]:
    """One observation has no spread, and an outlier's own component none but rounding."""
    for why, case in mixture_regimes(rngs):
        if why != "one observation" and "outlier" not in why:
            yield why, case
    why = "an outlier of a wide component"
    case = dict(mixture_regimes(lambda name: rngs(f"{why}, {name}")))["wide"]
    yield why, {**case, "y": case["y"] * np.where(np.arange(len(case["y"])) == 0, 4, 1)[:, None]}


# --- truth, in many digits


def gmm_em_S(y: Array, mu: Array, S: Array, pi: Array) -> Array:
    """About the new means."""
    q, out = gmm_responsibilities(y, mu, S, pi), np.empty(S.shape, object)
    for k in range(len(mu)):
        share = q[:, k] / q[:, k].sum()
        D = y - share.dot(y)
        out[k] = (D.T * share).dot(D)
    return out


def gmm_em_S_2(y: Array, mu: Array, S: Array, pi: Array) -> Array:
    """Half the mean square of the difference of two observations, no mean taken."""
    q, out = gmm_responsibilities_2(y, mu, S, pi), np.empty(S.shape, object)
    D = y[:, None] - y
    for k in range(len(mu)):
        share = q[:, k] / q[:, k].sum()
        pairs = share[:, None] * share
        out[k] = (pairs[..., None, None] * D[..., :, None] * D[..., None, :]).sum(axis=(0, 1)) / 2
    return out


def gmm_em_pi(y: Array, mu: Array, S: Array, pi: Array) -> Array:
    return gmm_responsibilities(y, mu, S, pi).sum(axis=0) / len(y)


def gmm_em_pi_2(y: Array, mu: Array, S: Array, pi: Array) -> Array:
    return gmm_responsibilities_2(y, mu, S, pi).sum(axis=0) / len(y)


# --- what mistakes are made of


def spread(q: Array, y: Array, about: Array | None = None) -> Array:
    """Weighted covariances (k, d, d) about the weighted means, or about these."""
    D = y[:, None] - (means(q, y) if about is None else about)
    return np.einsum("nk,nki,nkj->kij", q, D, D) / q.sum(axis=0)[:, None, None]


def Q(y: Array, mu: Array, S: Array, pi: Array) -> Array:
    return soft(joint(y, mu, S, pi))


def unshifted(y: Array, mu: Array, S: Array, pi: Array) -> Array:
    e = np.exp(joint(y, mu, S, pi))
    return e / e.sum(axis=1, keepdims=True)


OVER = ("Densities are normalised over the observations.", "Over the components (N6).")
BEST = ("Each observation counts for its best component alone.", "By its share, for all (N6).")

# --- the rows

ROWS = {
    "gmm_em_S": Function(
        "N6", "sum_n q_nk D D^T / sum_n q_nk, D = y_n - mu_k with the new mu_k, q the responsibilities",
        MIXTURE, "(k, d, d)",
        regimes=spread_regimes, truth=(gmm_em_S, gmm_em_S_2),
        adds=lambda a, S: np.square(a["y"]).max(),
        bugs=[
            *all_of(lambda f, y: spread(soft(f), y)),
            ("old-means", "About the old means.", "D = y - mu with the new mu (N6).", lambda y, mu, S, pi: spread(Q(y, mu, S, pi), y, mu)),
            ("no-means", "Second moments about 0.", "About the new means (N6).", lambda y, mu, S, pi: spread(Q(y, mu, S, pi), y, 0 * mu)),
            ("data-mean", "About the mean of all observations.", "About the component's own new mean (N6).", lambda y, mu, S, pi: spread(Q(y, mu, S, pi), y, y.mean(axis=0))),
            ("over-n", "Divided by n, not by the component's share N_k.", "N_k = sum_n q_nk (N6).", lambda y, mu, S, pi: spread(Q(y, mu, S, pi), y) * Q(y, mu, S, pi).mean(axis=0)[:, None, None]),
            ("undivided", "Not divided at all.", "Divide by N_k = sum_n q_nk (N6).", lambda y, mu, S, pi: spread(Q(y, mu, S, pi), y) * Q(y, mu, S, pi).sum(axis=0)[:, None, None]),
            ("bessel", "Times n/(n - 1), as an unbiased variance.", "The maximum of the likelihood: over N_k (N6).", lambda y, mu, S, pi: spread(Q(y, mu, S, pi), y) * len(y) / max(len(y) - 1, 1)),
            ("kept-diagonal", "Only the diagonals.", "The whole matrix (N6).", lambda y, mu, S, pi: diagonal(spread(Q(y, mu, S, pi), y))),
            ("spherical", "The mean variance times I.", "The whole matrix (N6).", lambda y, mu, S, pi: np.trace(spread(Q(y, mu, S, pi), y), axis1=1, axis2=2)[:, None, None] * np.eye(y.shape[1]) / y.shape[1]),
            ("tied", "One covariance for all components.", "Each its own (N6).", lambda y, mu, S, pi: np.tensordot(np.ones((len(mu), 1)) * Q(y, mu, S, pi).mean(axis=0), spread(Q(y, mu, S, pi), y), 1)),
            ("ridge", "1e-6 is added to the diagonal.", "No regulariser (N6).", lambda y, mu, S, pi: spread(Q(y, mu, S, pi), y) + 1e-6 * np.eye(y.shape[1])),
            ("squared", "The responsibilities enter squared.", "Once (N6).", lambda y, mu, S, pi: spread(Q(y, mu, S, pi) ** 2, y)),
            ("over-observations", *OVER, lambda y, mu, S, pi: spread(soft(joint(y, mu, S, pi), 0), y)),
            ("hard", *BEST, lambda y, mu, S, pi: spread(hard(joint(y, mu, S, pi)), y)),
        ],
    ),
    "gmm_em_pi": Function(
        "N6", "mean over the observations of the responsibilities",
        MIXTURE, "(k,)",
        domain=MIXTURES, drawn=(236, 372, 942, 1024, 1046), regimes=mixture_regimes, truth=(gmm_em_pi, gmm_em_pi_2),
        adds=lambda a, S: S.max(),
        bugs=[
            *all_of(lambda f, y: soft(f).mean(axis=0)),
            ("undivided", "N_k, not divided by n.", "pi sums to 1 (N6).", lambda y, mu, S, pi: Q(y, mu, S, pi).sum(axis=0)),
            ("over-k", "Divided by the number of components.", "By that of the observations (N6).", lambda y, mu, S, pi: Q(y, mu, S, pi).sum(axis=0) / len(pi)),
            ("kept", "The weights stay as they are.", "N_k / n (N6).", lambda y, mu, S, pi: pi),
            ("uniform", "1/K each.", "N_k / n (N6).", lambda y, mu, S, pi: np.full(len(pi), 1 / len(pi))),
            ("half-way", "Half-way from the old weights.", "The whole step (N6).", lambda y, mu, S, pi: (pi + Q(y, mu, S, pi).mean(axis=0)) / 2),
            ("smoothed", "(N_k + 1)/(n + K): a prior.", "N_k / n (N6).", lambda y, mu, S, pi: (Q(y, mu, S, pi).sum(axis=0) + 1) / (len(y) + len(pi))),
            ("squared", "The responsibilities enter squared, normalised.", "Once (N6).", lambda y, mu, S, pi: (Q(y, mu, S, pi) ** 2).sum(axis=0) / (Q(y, mu, S, pi) ** 2).sum()),
            ("geometric", "The softmax of the mean logarithms.", "The mean of the responsibilities (N6).", lambda y, mu, S, pi: soft(joint(y, mu, S, pi).mean(axis=0)[None])[0]),
            ("logarithm", "Their logarithms.", "Exponentiate.", lambda y, mu, S, pi: lse(joint(y, mu, S, pi) - lse(joint(y, mu, S, pi))[:, None], 0) - np.log(len(y))),
            ("over-observations", "Densities normalised over the observations, then over the components.", "Over the components (N6).", lambda y, mu, S, pi: soft(lse(joint(y, mu, S, pi), 0)[None])[0]),
            ("hard", *BEST, lambda y, mu, S, pi: hard(joint(y, mu, S, pi)).mean(axis=0)),
            ("unshifted", *UNSHIFTED, lambda y, mu, S, pi: unshifted(y, mu, S, pi).mean(axis=0)),
        ],
    ),
}  # fmt: skip

# --- as it is written

FORMULAS = {
    "gmm_em_S": "D = y[:, None] - mu; f = np.log(pi) - (quadratic(D, np.linalg.inv(S)) + log_det(S) + d * np.log(2 * np.pi)) / 2; q = softmax(f, axis=1); share = q / q.sum(axis=0); scatter(share, y[:, None] - share.T @ y)",
    "gmm_em_pi": "D = y[:, None] - mu; f = np.log(pi) - (quadratic(D, np.linalg.inv(S)) + log_det(S) + d * np.log(2 * np.pi)) / 2; softmax(f, axis=1).mean(axis=0)",
}  # fmt: skip

# --- right ways


def by_weights(y: Array, q: Array) -> Any:
    """As NumPy's covariances with weights."""
    out = []
    for share in (q / q.sum(axis=0)).T:
        D = y - share @ y
        out.append((share[:, None] * D).T @ D)
    return np.array(out)


def by_pairs(y: Array, q: Array) -> Any:
    share, D = q / q.sum(axis=0), y[:, None] - y
    return np.einsum("nk,mk,nmi,nmj->kij", share, share, D, D) / 2


RIGHT = {
    "gmm_em_S": [
        lambda y, *a: by_weights(y, scipy.special.softmax(by_cholesky(y, *a), axis=1)),
        lambda y, *a: by_pairs(y, scipy.special.softmax(by_inverse(y, *a), axis=1)),
    ],
    "gmm_em_pi": [
        lambda *a: scipy.special.softmax(by_cholesky(*a), axis=1).mean(axis=0),
        lambda *a: np.exp(by_inverse(*a) - scipy.special.logsumexp(by_inverse(*a), axis=1, keepdims=True)).mean(axis=0),
    ],
}  # fmt: skip

# --- refebm's own

PACKAGE = {
    "gmm_em_S": lambda *a: own.em_step(*a)[1],
    "gmm_em_pi": lambda *a: own.em_step(*a)[2],
}
RESTS_ON = {"gmm_em_S": ["em_step"], "gmm_em_pi": ["em_step"]}
NO_PART = {"gmm_em_S": ["softargmin"], "gmm_em_pi": ["softargmin"]}
