"""The restricted Boltzmann machine's partition function, and the slopes by which it learns  (W6-W8)."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
import scipy

from ...learning import likelihood as own
from ...models import boltzmann as own_rbm
from ...models import boltzmann_learning as own_learning
from ...numerics.checks import Array
from ..bugs import everything, exchanged, lse, on, turned
from ..digits import exp, log
from ..domains.networks import machine
from ..row import Convention, Function, Slope, mean
from .boltzmann import HARD, MACHINE, TRANSPOSED, F, every, free_energy, hidden_probability, joint, machines

SUM = {"sum": Convention("summed over the observations in place of their mean", lambda answer, a: answer * len(a["v"]))}

# --- truth, in many digits


def log_partition(W: Array, b: Array, c: Array) -> Array:
    return log(exp(-free_energy(every(len(b), W), W, b, c)).sum())[()]


def log_partition_2(W: Array, b: Array, c: Array) -> Array:
    """The sum over all pairs of states."""
    return log(joint(every(len(b), W), W, b, c).sum())[()]


def slope_W(v: Array, W: Array, b: Array, c: Array) -> Array:
    return -hidden_probability(v, W, c).T.dot(v) / len(v)


def slope_W_2(v: Array, W: Array, b: Array, c: Array) -> Array:
    """By the weights of all hidden states."""
    return -np.stack([p.dot(every(len(c), W)) / p.sum() for p in joint(v, W, b, c)]).T.dot(v) / len(v)


def nll_slope_W(v: Array, W: Array, b: Array, c: Array) -> Array:
    """Data minus model, the model's term over all pairs of states."""
    all_v, all_h = every(len(b), W), every(len(c), W)
    P = joint(all_v, W, b, c)
    return slope_W(v, W, b, c) + all_h.T.dot(P.T).dot(all_v) / P.sum()


def nll_slope_W_2(v: Array, W: Array, b: Array, c: Array) -> Array:
    """The model's term over all hidden states, the visible units of each by their probabilities."""
    h, P = every(len(c), W), exp(-free_energy(every(len(c), W), W.T, c, b))
    return slope_W_2(v, W, b, c) + (h * P[:, None]).T.dot(hidden_probability(h, W.T, b)) / P.sum()


def cd_slope_W(v: Array, v_model: Array, W: Array, c: Array) -> Array:
    return slope_W(v, W, 0 * W[0], c) - slope_W(v_model, W, 0 * W[0], c)


def cd_slope_W_2(v: Array, v_model: Array, W: Array, c: Array) -> Array:
    return slope_W_2(v, W, 0 * W[0], c) - slope_W_2(v_model, W, 0 * W[0], c)


# --- what mistakes are made of


def log_z(W: Array, b: Array, c: Array) -> Any:
    return lse(-F(everything(len(b)), W, b, c))


def model(W: Array, b: Array, c: Array, hidden: Any = None, v: Any = None) -> Array:
    """The mean of h v^T under the model, h by its probability or by another function of its input."""
    all_v = everything(len(b))
    P = np.exp(-F(all_v, W, b, c) - log_z(W, b, c))[:, None]
    return (hidden or on)(c + all_v @ W.T).T @ (P * (all_v if v is None else v))


def data(v: Array, W: Array, c: Array) -> Array:
    return on(c + v @ W.T).T @ v / len(v)


# --- the rows

ROWS = {
    "rbm_log_partition": Function(
        "W7", "log of the sum of exp(-E) over all v and h",
        MACHINE, "()", rows="m",
        domain=machine("W", "b", "c"), drawn=(37, 55, 143, 181, 237, 403, 523, 561, 614, 615, 655, 690, 895, 1320), regimes=partial(machines, ("W", "b", "c")), truth=(log_partition, log_partition_2),
        adds=lambda a, S: 1 + len(a["b"]) + len(a["c"]),
        bugs=[
            ("mean", "The mean over all states: (d + m) log 2 is missing.", "Their sum (W7).", lambda W, b, c: log_z(W, b, c) - (len(b) + len(c)) * np.log(2)),
            ("mean-hidden", "The mean over the hidden states: m log 2 is missing.", "Their sum (W7).", lambda W, b, c: log_z(W, b, c) - len(c) * np.log(2)),
            ("mean-visible", "The mean over the visible states: d log 2 is missing.", "Their sum (W7).", lambda W, b, c: log_z(W, b, c) - len(b) * np.log(2)),
            ("minus", "Minus log Z.", "log Z (W7).", lambda W, b, c: -log_z(W, b, c)),
            ("sign", "The sign of the energy is wrong.", "exp(-E) (W7).", lambda W, b, c: log_z(-W, -b, -c)),
            ("b-sign", "The visible bias has the wrong sign.", "E = -h.Wv - b.v - c.h (W7).", lambda W, b, c: log_z(W, -b, c)),
            ("c-sign", "The hidden bias has the wrong sign.", "E = -h.Wv - b.v - c.h (W7).", lambda W, b, c: log_z(W, b, -c)),
            ("no-b", "The visible bias is missing.", "E = -h.Wv - b.v - c.h (W7).", lambda W, b, c: log_z(W, 0 * b, c)),
            ("no-c", "The hidden bias is missing.", "E = -h.Wv - b.v - c.h (W7).", lambda W, b, c: log_z(W, b, 0 * c)),
            ("swapped", "The biases are exchanged.", "b is the visible units', c the hidden ones' (W7).", lambda W, b, c: log_z(W, *exchanged(b, c))),
            ("no-zero", "The state all off is left out of the visible ones.", "All 2^d states (W7).", lambda W, b, c: lse(-F(everything(len(b))[1:], W, b, c))),
            ("spins", "Units are taken for -1 and 1.", "Units are 0 or 1 (W7).", lambda W, b, c: log_z(4 * W, 2 * b - 2 * W.sum(axis=0), 2 * c - 2 * W.sum(axis=1)) + W.sum() - b.sum() - c.sum()),
            ("unshifted", "exp of the energies as they are.", "Subtract the least before exp.", lambda W, b, c: np.log(np.exp(-F(everything(len(b)), W, b, c)).sum())),
            ("least", "Minus the least free energy.", "The sum over all v (W7).", lambda W, b, c: -F(everything(len(b)), W, b, c).min()),
            ("transposed", *TRANSPOSED, lambda W, b, c: log_z(turned(W), b, c)),
        ],
    ),
    "rbm_slope_W": Function(
        "W8", "mean of dF/dW, -P(h = 1|v) v^T",
        {"v": "(n, d)", **MACHINE}, "(m, d)",
        domain=machine("v", "W", "b", "c"), drawn=(80, 186, 407, 409, 537, 694, 734, 779, 967, 1224, 1259, 1261, 1292, 1378), regimes=partial(machines, ("v", "W", "b", "c")), truth=(slope_W, slope_W_2), conventions=SUM,
        adds=lambda a, S: 1,
        slope=Slope(("rbm_free_energy",), "W", mean),
        bugs=[
            ("sign", "The slope of log p, not of F.", "dF/dW = -p v^T (W8).", lambda v, W, b, c: data(v, W, c)),
            ("no-c", "The hidden bias is missing.", "p = sigmoid(c + Wv) (W9).", lambda v, W, b, c: -data(v, W, 0 * c)),
            ("c-sign", "The hidden bias is subtracted.", "p = sigmoid(c + Wv) (W9).", lambda v, W, b, c: -data(v, W, -c)),
            ("hard", *HARD, lambda v, W, b, c: -(1.0 * (c + v @ W.T > 0)).T @ v / len(v)),
            ("twice", "sigmoid of twice the input.", "sigmoid(c + Wv) (W9).", lambda v, W, b, c: -on(2 * (c + v @ W.T)).T @ v / len(v)),
            ("sigmoid-slope", "Times the sigmoid's derivative.", "softplus's derivative is the sigmoid itself (W8).", lambda v, W, b, c: -(on(c + v @ W.T) * on(-c - v @ W.T)).T @ v / len(v)),
            ("means-apart", "The product of the means of p and of v.", "The mean of the product p v^T (W8).", lambda v, W, b, c: -np.outer(on(c + v @ W.T).mean(axis=0), v.mean(axis=0))),
            ("no-v", "v is missing: the slope of the hidden bias.", "p v^T (W8).", lambda v, W, b, c: -np.tile(on(c + v @ W.T).mean(axis=0)[:, None], (1, len(b)))),
            ("over-units", "Divided by the number of hidden units.", "By the number of observations (W8).", lambda v, W, b, c: -data(v, W, c) * len(v) / len(c)),
            ("result-transposed", "The result is transposed.", "Shaped like W (m, d).", lambda v, W, b, c: -data(v, W, c).T),
            ("transposed", *TRANSPOSED, lambda v, W, b, c: -data(v, turned(W), c)),
        ],
    ),
    "rbm_nll_slope_W": Function(
        "W8", "slope in W of the mean of -log P(v), exact: <h v^T>_model - <h v^T>_data",
        {"v": "(n, d)", **MACHINE}, "(m, d)",
        domain=machine("v", "W", "b", "c", small=True), drawn=(1630, 2021, 2402), regimes=partial(machines, ("v", "W", "b", "c")), truth=(nll_slope_W, nll_slope_W_2),
        adds=lambda a, S: 1,
        slope=Slope(("rbm_free_energy", "rbm_log_partition"), "W", lambda F, Z, v, *a: F(v, *a).mean() + Z(*a)),
        bugs=[
            ("sign", "The slope of the log-likelihood, not of its negative.", "Descent is on -log P: model minus data (W8).", lambda v, W, b, c: data(v, W, c) - model(W, b, c)),
            ("data-only", "The model's term is missing.", "Minus the mean under the model (W8).", lambda v, W, b, c: -data(v, W, c)),
            ("plus", "The model's term has the data's sign.", "model minus data (W8).", lambda v, W, b, c: -data(v, W, c) - model(W, b, c)),
            ("uniform", "All visible states have the same weight.", "Weights P(v) (W8).", lambda v, W, b, c: data(everything(len(b)), W, c) - data(v, W, c)),
            ("sum", "The sum over the data, and the model once, as the lecture's line has it.", "The mean over the data (W8).", lambda v, W, b, c: model(W, b, c) - len(v) * data(v, W, c)),
            ("no-b", "The visible bias is missing in P(v).", "E = -h.Wv - b.v - c.h (W7).", lambda v, W, b, c: model(W, 0 * b, c) - data(v, W, c)),
            ("b-sign", "The visible bias has the wrong sign.", "E = -h.Wv - b.v - c.h (W7).", lambda v, W, b, c: model(W, -b, c) - data(v, W, c)),
            ("no-c", "The hidden bias is missing.", "p = sigmoid(c + Wv) (W9).", lambda v, W, b, c: model(W, b, 0 * c) - data(v, W, 0 * c)),
            ("means-apart", "The model's term is the product of means.", "The mean of the product h v^T (W8).", lambda v, W, b, c: np.outer(model(W, b, c, v=1)[:, 0], model(W, b, c, np.ones_like)[0]) - data(v, W, c)),
            ("hard", *HARD, lambda v, W, b, c: model(W, b, c, lambda u: 1.0 * (u > 0)) - (1.0 * (c + v @ W.T > 0)).T @ v / len(v)),
            ("reconstruction", "Means go once to and fro: contrastive divergence, not the exact slope.", "The mean under the model (W8).", lambda v, W, b, c: data(on(b + on(c + v @ W.T) @ W), W, c) - data(v, W, c)),
            ("result-transposed", "The result is transposed.", "Shaped like W (m, d).", lambda v, W, b, c: (model(W, b, c) - data(v, W, c)).T),
            ("transposed", *TRANSPOSED, lambda v, W, b, c: model(turned(W), b, c) - data(v, turned(W), c)),
        ],
    ),
    "cd_slope_W": Function(
        "W6", "contrastive divergence: mean of dF/dW over v minus that over v_model",
        {"v": "(n, d)", "v_model": "(s, d)", "W": "(m, d)", "c": "(m,)"}, "(m, d)",
        domain=machine("v", "v_model", "W", "c"), drawn=(39, 47, 76, 234, 318, 327, 358, 666, 954, 974, 1007, 1017, 1085, 1289), regimes=partial(machines, ("v", "v_model", "W", "c")), truth=(cd_slope_W, cd_slope_W_2),
        adds=lambda a, S: 1,
        slope=Slope(("rbm_free_energy",), "W", lambda F, v, u, W, c: F(v, W, 0 * v[0], c).mean() - F(u, W, 0 * v[0], c).mean()),
        bugs=[
            ("sign", "Pushes the data up and the draws down.", "data minus model, of dF/dW = -p v^T (W6).", lambda v, r, W, c: data(v, W, c) - data(r, W, c)),
            ("plus", "The draws' term is added.", "data minus model (W6).", lambda v, r, W, c: -data(v, W, c) - data(r, W, c)),
            ("data-only", "The draws' term is missing.", "data minus model (W6).", lambda v, r, W, c: -data(v, W, c)),
            ("no-c", "The hidden bias is missing.", "p = sigmoid(c + Wv) (W9).", lambda v, r, W, c: data(r, W, 0 * c) - data(v, W, 0 * c)),
            ("c-sign", "The hidden bias is subtracted.", "p = sigmoid(c + Wv) (W9).", lambda v, r, W, c: data(r, W, -c) - data(v, W, -c)),
            ("sum", "Sums in place of means.", "Means, as there may be more draws than data (W6).", lambda v, r, W, c: len(r) * data(r, W, c) - len(v) * data(v, W, c)),
            ("one-count", "Both sums are divided by the number of data.", "Each by its own number (W6).", lambda v, r, W, c: len(r) / len(v) * data(r, W, c) - data(v, W, c)),
            ("hard", *HARD, lambda v, r, W, c: (1.0 * (c + r @ W.T > 0)).T @ r / len(r) - (1.0 * (c + v @ W.T > 0)).T @ v / len(v)),
            ("first-draw", "Only the first draw counts.", "The mean over the draws (W6).", lambda v, r, W, c: data(r[:1], W, c) - data(v, W, c)),
            ("result-transposed", "The result is transposed.", "Shaped like W (m, d).", lambda v, r, W, c: (data(r, W, c) - data(v, W, c)).T),
            ("transposed", *TRANSPOSED, lambda v, r, W, c: data(r, turned(W), c) - data(v, turned(W), c)),
        ],
    ),
}  # fmt: skip

# --- as it is written

FORMULAS = {
    "rbm_log_partition": "V = states(d); logsumexp(V @ b + softplus(c + V @ W.T).sum(axis=1), axis=0)",
    "rbm_slope_W": "-(sigmoid(c + v @ W.T).T @ v) / n",
    "rbm_nll_slope_W": "V = states(d); P = softmax(V @ b + softplus(c + V @ W.T).sum(axis=1), axis=0); sigmoid(c + V @ W.T).T @ (P[:, None] * V) - sigmoid(c + v @ W.T).T @ v / n",
    "cd_slope_W": "sigmoid(c + v_model @ W.T).T @ v_model / s - sigmoid(c + v @ W.T).T @ v / n",
}  # fmt: skip

# --- right ways


def by_all_pairs(W: Array, b: Array, c: Array) -> Any:
    v, h = everything(len(b)).astype(W.dtype), everything(len(c)).astype(W.dtype)
    return scipy.special.logsumexp(h @ W @ v.T + v @ b + (h @ c)[:, None])


def by_softmax(v: Array, W: Array, b: Array, c: Array) -> Any:
    all_v, all_h = everything(len(b)).astype(W.dtype), everything(len(c)).astype(W.dtype)
    P = scipy.special.softmax(all_h @ W @ all_v.T + all_v @ b + (all_h @ c)[:, None])
    return np.einsum("hi,hv,vj->ij", all_h, P, all_v) - on(c + v @ W.T).T @ v / v.dtype.type(len(v))


def by_hidden_side(v: Array, W: Array, b: Array, c: Array) -> Any:
    h = everything(len(c)).astype(W.dtype)
    P = scipy.special.softmax(-F(h, W.T, c, b))
    return h.T @ (P[:, None] * on(b + h @ W)) - on(c + v @ W.T).T @ v / v.dtype.type(len(v))


RIGHT = {
    "rbm_log_partition": [by_all_pairs, lambda W, b, c: scipy.special.logsumexp(-F(everything(len(c)).astype(W.dtype), W.T, c, b))],
    "rbm_slope_W": [
        lambda v, W, b, c: -np.einsum("ni,nj->ij", on(c + v @ W.T), v) / v.dtype.type(len(v)),
        lambda v, W, b, c: np.mean([-np.outer(np.exp(-np.logaddexp(0, -c - W @ row)), row) for row in v], axis=0),
    ],
    "rbm_nll_slope_W": [by_softmax, by_hidden_side],
    "cd_slope_W": [
        lambda v, r, W, c: np.einsum("si,sj->ij", on(c + r @ W.T), r) / v.dtype.type(len(r)) - np.einsum("ni,nj->ij", on(c + v @ W.T), v) / v.dtype.type(len(v)),
        lambda v, r, W, c: (on(c + r @ W.T)[:, :, None] * r[:, None]).mean(axis=0) - (on(c + v @ W.T)[:, :, None] * v[:, None]).mean(axis=0),
    ],
}  # fmt: skip

# --- refebm's own


def own_parts(W: Array, b: Array, c: Array) -> tuple[Any, Array]:
    return own_rbm.rbm_potential(W.shape[1], len(W)), np.concatenate([W.ravel(), b, c])


def own_nll_slope_W(v: Array, W: Array, b: Array, c: Array) -> Array:
    potential, w = own_parts(W, b, c)
    return own.negative_log_likelihood(potential, v, w, everything(len(b)))[1][: W.size].reshape(W.shape)


def own_cd_slope_W(v: Array, v_model: Array, W: Array, c: Array) -> Array:
    potential, w = own_parts(W, 0 * W[0], c)
    return own.likelihood_gradient(potential, v, v_model, w)[0][: W.size].reshape(W.shape)


PACKAGE = {
    "rbm_log_partition": own_learning.rbm_log_partition,
    "rbm_slope_W": lambda v, W, b, c: own_rbm.rbm_free_energy_adjoint(v, W, b, c, 1 / len(v))[1],
    "rbm_nll_slope_W": own_nll_slope_W,
    "cd_slope_W": own_cd_slope_W,
}
RESTS_ON = {
    "rbm_log_partition": ["log_partition"],
    "rbm_slope_W": ["rbm_free_energy_adjoint"],
    "rbm_nll_slope_W": ["negative_log_likelihood", "softargmin"],
    "cd_slope_W": ["likelihood_gradient"],
}
NO_PART = {
    "rbm_log_partition": ["product_grid"],
    "rbm_nll_slope_W": ["softmin", "rbm_potential", "rbm_packing"],
    "cd_slope_W": ["rbm_potential", "rbm_packing"],
}
