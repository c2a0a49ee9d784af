"""The restricted Boltzmann machine's slopes in the biases, by which it learns  (W6-W8)."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

import numpy as np
import scipy

from ...learning import likelihood as own
from ...models import boltzmann as own_rbm
from ...numerics.checks import Array
from ..bugs import everything, lse, on, turned
from ..digits import derivative
from ..row import Case, Function, Rngs, Slope
from .boltzmann import BOTH, HARD, MACHINE, OVER, TRANSPOSED, F, every, free_energy, hidden_probability, joint, machines
from .boltzmann_likelihood import SUM, log_partition, log_z
from .boltzmann_slopes import NO_B, NO_C, TWICE, once

# --- inputs


def undecided(rngs: Rngs) -> Iterator[Case]:
    """Model and data differ: units are neither all but surely on, nor all alike, under both."""
    return (
        (why, case)
        for why, case in machines(("v", "W", "b", "c"), lambda name: rngs(name + " c"))
        if why not in (OVER, BOTH, "hot", "cold")
    )


# --- truth, in many digits


def nll_slope_b(v: Array, W: Array, b: Array, c: Array) -> Array:
    """Model minus data, the model's term over all pairs of states."""
    P = joint(every(len(b), W), W, b, c).sum(axis=1)
    return P.dot(every(len(b), W)) / P.sum() - v.sum(axis=0) / len(v)


def nll_slope_b_2(v: Array, W: Array, b: Array, c: Array) -> Array:
    return derivative(lambda b: free_energy(v, W, b, c).sum() / len(v) + log_partition(W, b, c), b)


def nll_slope_c(v: Array, W: Array, b: Array, c: Array) -> Array:
    P = joint(every(len(b), W), W, b, c).sum(axis=0)
    return P.dot(every(len(c), W)) / P.sum() - hidden_probability(v, W, c).sum(axis=0) / len(v)


def nll_slope_c_2(v: Array, W: Array, b: Array, c: Array) -> Array:
    return derivative(lambda c: free_energy(v, W, b, c).sum() / len(v) + log_partition(W, b, c), c)


# --- what mistakes are made of


def model_v(W: Array, b: Array, c: Array) -> Array:
    """The mean of v under the model."""
    states = everything(len(b))
    return np.exp(-F(states, W, b, c) - log_z(W, b, c)) @ states


def model_h(W: Array, b: Array, c: Array) -> Array:
    return model_v(W.T, c, b)


def seen(v: Array, W: Array, c: Array) -> Array:
    return on(c + v @ W.T).mean(axis=0)


SIGN = ("The sign is wrong: the slope of the log-likelihood.", "That of its negative: model minus data (W6, W8).")
NO_DATA = ("The data's term is missing.", "Model minus data (W6, W8).")
NO_MODEL = ("The model's term is missing.", "Model minus data (W6, W8).")
ALIKE = ("All visible states count alike in the model's term.", "By exp(-F) (W7).")
ONE_SWEEP = ("A reconstruction by means stands for the model: CD-1.", "The mean under the model (W6).")
OVER_UNITS = ("Divided by the number of units.", "By the number of observations (W8).")

# --- the rows

ROWS = {
    "rbm_nll_slope_b": Function(
        "W8", "d/db of minus the mean log-likelihood: mean of v under the model, less that of the data",
        {"v": "(n, d)", **MACHINE}, "(d,)",
        regimes=partial(machines, ("v", "W", "b", "c")), truth=(nll_slope_b, nll_slope_b_2), conventions=SUM,
        adds=lambda a, S: 1,
        slope=Slope(("rbm_free_energy", "rbm_log_partition"), "b", lambda F, Z, v, *a: F(v, *a).mean() + Z(*a)),
        bugs=[
            ("sign", *SIGN, lambda v, W, b, c: v.mean(axis=0) - model_v(W, b, c)),
            ("no-data", *NO_DATA, lambda v, W, b, c: model_v(W, b, c)),
            ("no-model", *NO_MODEL, lambda v, W, b, c: -v.mean(axis=0)),
            ("plus", "The two terms are added.", "Model minus data (W6, W8).", lambda v, W, b, c: model_v(W, b, c) + v.mean(axis=0)),
            ("no-b", *NO_B, lambda v, W, b, c: model_v(W, 0 * b, c) - v.mean(axis=0)),
            ("no-c", *NO_C, lambda v, W, b, c: model_v(W, b, 0 * c) - v.mean(axis=0)),
            ("W-sign", "The weights' sign is wrong.", "E = -h.Wv - b.v - c.h (W7).", lambda v, W, b, c: model_v(-W, b, c) - v.mean(axis=0)),
            ("alone", "The units' probabilities without the hidden ones.", "exp(-F) has them (W7).", lambda v, W, b, c: on(b) - v.mean(axis=0)),
            ("uniform", *ALIKE, lambda v, W, b, c: 0.5 - v.mean(axis=0)),
            ("mode", "The most likely state stands for the model.", "The mean under the model (W6).", lambda v, W, b, c: everything(len(b))[F(everything(len(b)), W, b, c).argmin()] - v.mean(axis=0)),
            ("one-sweep", *ONE_SWEEP, lambda v, W, b, c: once(v, W, b, c).mean(axis=0) - v.mean(axis=0)),
            ("over-units", *OVER_UNITS, lambda v, W, b, c: model_v(W, b, c) - v.sum(axis=0) / len(b)),
            ("unshifted", "exp of the free energies as they are.", "Subtract the least before exp.", lambda v, W, b, c: np.exp(-F(everything(len(b)), W, b, c)) @ everything(len(b)) / np.exp(-F(everything(len(b)), W, b, c)).sum() - v.mean(axis=0)),
            ("transposed", *TRANSPOSED, lambda v, W, b, c: model_v(turned(W), b, c) - v.mean(axis=0)),
        ],
    ),
    "rbm_nll_slope_c": Function(
        "W8", "d/dc of minus the mean log-likelihood: mean of h under the model, less that given the data",
        {"v": "(n, d)", **MACHINE}, "(m,)",
        regimes=undecided, truth=(nll_slope_c, nll_slope_c_2), conventions=SUM,
        adds=lambda a, S: 1,
        slope=Slope(("rbm_free_energy", "rbm_log_partition"), "c", lambda F, Z, v, *a: F(v, *a).mean() + Z(*a)),
        bugs=[
            ("sign", *SIGN, lambda v, W, b, c: seen(v, W, c) - model_h(W, b, c)),
            ("no-data", *NO_DATA, lambda v, W, b, c: model_h(W, b, c)),
            ("no-model", *NO_MODEL, lambda v, W, b, c: -seen(v, W, c)),
            ("plus", "The two terms are added.", "Model minus data (W6, W8).", lambda v, W, b, c: model_h(W, b, c) + seen(v, W, c)),
            ("no-b", *NO_B, lambda v, W, b, c: model_h(W, 0 * b, c) - seen(v, W, c)),
            ("no-c", *NO_C, lambda v, W, b, c: model_h(W, b, 0 * c) - seen(v, W, 0 * c)),
            ("hard", *HARD, lambda v, W, b, c: model_h(W, b, c) - (c + v @ W.T > 0).mean(axis=0)),
            ("twice", *TWICE, lambda v, W, b, c: model_h(W, b, c) - seen(v, 2 * W, 2 * c)),
            ("mean-field", "P(h = 1) at the mean of v.", "The mean of P(h = 1|v) (W8).", lambda v, W, b, c: model_h(W, b, c) - on(c + W @ v.mean(axis=0))),
            ("alone", "The units' probabilities without the visible ones.", "exp(-E) has them (W7).", lambda v, W, b, c: on(c) - seen(v, W, c)),
            ("uniform", *ALIKE, lambda v, W, b, c: seen(everything(len(b)), W, c) - seen(v, W, c)),
            ("one-sweep", *ONE_SWEEP, lambda v, W, b, c: seen(once(v, W, b, c), W, c) - seen(v, W, c)),
            ("over-units", *OVER_UNITS, lambda v, W, b, c: model_h(W, b, c) - seen(v, W, c) * len(v) / len(c)),
            ("transposed", *TRANSPOSED, lambda v, W, b, c: model_h(turned(W), b, c) - seen(v, turned(W), c)),
        ],
    ),
}  # fmt: skip

# --- as it is written

FORMULAS = {
    "rbm_nll_slope_b": "V = states(d); P = softmax(V @ b + softplus(c + V @ W.T).sum(axis=1), axis=0); P @ V - v.mean(axis=0)",
    "rbm_nll_slope_c": "V = states(d); P = softmax(V @ b + softplus(c + V @ W.T).sum(axis=1), axis=0); P @ sigmoid(c + V @ W.T) - sigmoid(c + v @ W.T).mean(axis=0)",
}  # fmt: skip

# --- right ways


def by_states(W: Array, b: Array, c: Array) -> tuple[Any, Any]:
    """Means of v and of h under the model, over all states of v."""
    v = everything(len(b)).astype(W.dtype)
    P = scipy.special.softmax(-F(v, W, b, c))
    return P @ v, P @ on(c + v @ W.T)


def by_pairs(W: Array, b: Array, c: Array) -> tuple[Any, Any]:
    v, h = everything(len(b)).astype(W.dtype), everything(len(c)).astype(W.dtype)
    f = v @ W.T @ h.T + (v @ b)[:, None] + h @ c
    P = np.exp(f - lse(f.ravel()))
    return P.sum(axis=1) @ v, P.sum(axis=0) @ h


RIGHT = {
    "rbm_nll_slope_b": [lambda v, *a: by_states(*a)[0] - v.mean(axis=0), lambda v, *a: by_pairs(*a)[0] - v.mean(axis=0)],
    "rbm_nll_slope_c": [
        lambda v, W, b, c: by_states(W, b, c)[1] - on(c + v @ W.T).mean(axis=0),
        lambda v, W, b, c: by_pairs(W, b, c)[1] - on(c + v @ W.T).mean(axis=0),
    ],
}  # fmt: skip

# --- refebm's own


def own_nll_slopes(v: Array, W: Array, b: Array, c: Array) -> list[Array]:
    potential, w = own_rbm.rbm_potential(W.shape[1], len(W)), np.concatenate([W.ravel(), b, c])
    w_bar = own.negative_log_likelihood(potential, v, w, everything(len(b)))[1]
    return own_rbm.rbm_packing(W.shape[1], len(W)).split(w_bar)


PACKAGE = {
    "rbm_nll_slope_b": lambda *a: own_nll_slopes(*a)[1],
    "rbm_nll_slope_c": lambda *a: own_nll_slopes(*a)[2],
}
RESTS_ON = {name: ["negative_log_likelihood", "softargmin"] for name in PACKAGE}
NO_PART = {name: ["softmin", "rbm_potential", "rbm_packing"] for name in PACKAGE}
