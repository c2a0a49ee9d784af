"""The mixture's responsibilities, and the means after a step of EM  (N6)."""

from __future__ import annotations

import numpy as np
import scipy

from ...models import mixtures as own
from ...numerics.checks import Array
from ..bugs import lse
from ..digits import exp
from ..domains.models import MIXTURES, NEAR_MIXTURES
from ..row import Function
from .mixtures import (
    EPSILON,
    MIXTURE,
    UNSHIFTED,
    all_of,
    by_cholesky,
    by_inverse,
    densities,
    energies,
    joint,
    mixture_regimes,
    soft,
)

# --- truth, in many digits


def gmm_responsibilities(y: Array, mu: Array, S: Array, pi: Array) -> Array:
    p = densities(y, mu, S, pi)
    return p / p.sum(axis=1)[:, None]


def gmm_responsibilities_2(y: Array, mu: Array, S: Array, pi: Array) -> Array:
    E = energies(y, mu, S, pi)
    return 1 / exp(E[:, :, None] - E[:, None]).sum(axis=2)


def gmm_em_mu(y: Array, mu: Array, S: Array, pi: Array) -> Array:
    q = gmm_responsibilities(y, mu, S, pi)
    return q.T.dot(y) / q.sum(axis=0)[:, None]


def gmm_em_mu_2(y: Array, mu: Array, S: Array, pi: Array) -> Array:
    """mu moved by ``S N^-1`` times minus the slope of the summed free energy in mu, ``q S^-1 (y - mu)``."""
    import mpmath

    q, out = gmm_responsibilities_2(y, mu, S, pi), np.empty(mu.shape, object)
    for k, m in enumerate(mu):
        A = mpmath.matrix(S[k].tolist())
        pull = sum(q[n, k] * mpmath.lu_solve(A, mpmath.matrix((y[n] - m).tolist())) for n in range(len(y)))
        out[k] = m + np.array(list(A * pull), object) / q[:, k].sum()
    return out


# --- what mistakes are made of


def means(q: Array, y: Array) -> Array:
    return q.T @ y / q.sum(axis=0)[:, None]


def hard(f: Array) -> Array:
    return (f == f.max(axis=1, keepdims=True)) * 1.0


# --- the rows

ROWS = {
    "gmm_responsibilities": Function(
        "N6", "pi_k N(y; mu_k, S_k) / sum_j pi_j N(y; mu_j, S_j)",
        MIXTURE, "(n, k)",
        domain=MIXTURES, drawn=(25, 80, 241, 656, 837, 1116), regimes=mixture_regimes, truth=(gmm_responsibilities, gmm_responsibilities_2),
        adds=lambda a, S: S.max(),
        bugs=[
            *all_of(lambda f, y: soft(f)),
            ("over-observations", "Normalised over the observations.", "Each observation's sum to 1 (N6).", lambda y, mu, S, pi: soft(joint(y, mu, S, pi), 0)),
            ("unnormalised", "The joint densities themselves.", "Divide by their sum over the components (N6).", lambda y, mu, S, pi: np.exp(joint(y, mu, S, pi))),
            ("sign", "The largest energy gets the weight.", "exp(-E) (C16).", lambda y, mu, S, pi: soft(-joint(y, mu, S, pi))),
            ("hard", "1 for the best component, 0 for the others.", "Only for beta to infinity (C15).", lambda y, mu, S, pi: hard(joint(y, mu, S, pi))),
            ("prior", "The weights pi, whatever y is.", "Given y: Bayes' rule (L3, N6).", lambda y, mu, S, pi: np.tile(pi, (len(y), 1))),
            ("logarithm", "Their logarithms.", "Exponentiate.", lambda y, mu, S, pi: joint(y, mu, S, pi) - lse(joint(y, mu, S, pi))[:, None]),
            ("unshifted", *UNSHIFTED, lambda y, mu, S, pi: np.exp(joint(y, mu, S, pi)) / np.exp(joint(y, mu, S, pi)).sum(axis=1, keepdims=True)),
            ("epsilon", *EPSILON, lambda y, mu, S, pi: np.exp(joint(y, mu, S, pi)) / (np.exp(joint(y, mu, S, pi)).sum(axis=1, keepdims=True) + 1e-12)),
        ],
    ),
    "gmm_em_mu": Function(
        "N6", "sum_n q_nk y_n / sum_n q_nk, q the responsibilities",
        MIXTURE, "(k, d)",
        domain=NEAR_MIXTURES, drawn=(377, 542, 1200, 1565, 2441), regimes=mixture_regimes, truth=(gmm_em_mu, gmm_em_mu_2),
        adds=lambda a, S: np.abs(a["y"]).max(),
        bugs=[
            *all_of(lambda f, y: means(soft(f), y)),
            ("over-n", "Divided by n, not by the component's share N_k.", "N_k = sum_n q_nk (N6).", lambda y, mu, S, pi: soft(joint(y, mu, S, pi)).T @ y / len(y)),
            ("undivided", "Not divided at all.", "Divide by N_k = sum_n q_nk (N6).", lambda y, mu, S, pi: soft(joint(y, mu, S, pi)).T @ y),
            ("old-weights", "Divided by n pi_k, the old weights.", "N_k = sum_n q_nk (N6).", lambda y, mu, S, pi: soft(joint(y, mu, S, pi)).T @ y / (len(y) * pi[:, None])),
            ("over-observations", "Densities normalised over the observations.", "Over the components first, then over the observations (N6).", lambda y, mu, S, pi: soft(joint(y, mu, S, pi), 0).T @ y),
            ("hard", "Each observation counts for its best component alone.", "That is k-means: by its share, for all (N6).", lambda y, mu, S, pi: means(hard(joint(y, mu, S, pi)), y)),
            ("mean", "The data's mean for all components.", "Weighted by the responsibilities (N6).", lambda y, mu, S, pi: np.tile(y.mean(axis=0), (len(mu), 1))),
            ("half-way", "Half-way from the old means.", "The whole step (N6).", lambda y, mu, S, pi: (mu + means(soft(joint(y, mu, S, pi)), y)) / 2),
            ("step", "The step without the old means.", "mu + the step (N6).", lambda y, mu, S, pi: means(soft(joint(y, mu, S, pi)), y) - mu),
            ("squared", "The responsibilities enter squared.", "Once (N6).", lambda y, mu, S, pi: means(soft(joint(y, mu, S, pi)) ** 2, y)),
            ("unshifted", *UNSHIFTED, lambda y, mu, S, pi: means(np.exp(joint(y, mu, S, pi)) / np.exp(joint(y, mu, S, pi)).sum(axis=1, keepdims=True), y)),
        ],
    ),
}  # fmt: skip

# --- as it is written

FORMULAS = {
    "gmm_responsibilities": "D = y[:, None] - mu; f = np.log(pi) - (quadratic(D, np.linalg.inv(S)) + log_det(S) + d * np.log(2 * np.pi)) / 2; softmax(f, axis=1)",
    "gmm_em_mu": "D = y[:, None] - mu; f = np.log(pi) - (quadratic(D, np.linalg.inv(S)) + log_det(S) + d * np.log(2 * np.pi)) / 2; q = softmax(f, axis=1); (q.T @ y) / q.sum(axis=0)[:, None]",
}  # fmt: skip

# --- right ways

RIGHT = {
    "gmm_responsibilities": [
        lambda *a: scipy.special.softmax(by_cholesky(*a), axis=1),
        lambda *a: np.exp(by_inverse(*a) - scipy.special.logsumexp(by_inverse(*a), axis=1, keepdims=True)),
    ],
    "gmm_em_mu": [
        lambda y, *a: means(scipy.special.softmax(by_cholesky(y, *a), axis=1), y),
        lambda y, *a: means(scipy.special.softmax(by_inverse(y, *a), axis=1), y),
    ],
}  # fmt: skip

# --- refebm's own

PACKAGE = {
    "gmm_responsibilities": own.gmm_responsibilities,
    "gmm_em_mu": lambda y, mu, S, pi: own.em_step(y, mu, S, pi)[0],
}
RESTS_ON = {"gmm_responsibilities": ["softargmin"], "gmm_em_mu": ["em_step"]}
NO_PART = {"gmm_em_mu": ["softargmin"]}
