"""The restricted Boltzmann machine's other conditional, and its slope in the visible units  (W8, W9)."""

from __future__ import annotations

from functools import partial

import numpy as np
import scipy

from ...models import boltzmann as own
from ...numerics.checks import Array
from ..bugs import on, turned
from ..digits import derivative
from ..domains.networks import machine
from ..domains.spaces import HIDDEN
from ..row import Function, Slope
from .boltzmann import HARD, MACHINE, TRANSPOSED, free_energy, hidden_probability, hidden_probability_2, machines

# --- truth, in many digits


def visible_probability(h: Array, W: Array, b: Array) -> Array:
    return hidden_probability(h, W.T, b)


def visible_probability_2(h: Array, W: Array, b: Array) -> Array:
    return hidden_probability_2(h, W.T, b)


def slope_v(v: Array, W: Array, b: Array, c: Array) -> Array:
    return -b - hidden_probability(v, W, c).dot(W)


def slope_v_2(v: Array, W: Array, b: Array, c: Array) -> Array:
    return derivative(lambda v: free_energy(v, W, b, c).sum(), v)


# --- what mistakes are made of


def once(v: Array, W: Array, b: Array, c: Array) -> Array:
    """The reconstruction of v by means alone."""
    return on(b + on(c + v @ W.T) @ W)


NO_C = ("The hidden bias is missing.", "p = sigmoid(c + Wv) (W9).")
NO_B = ("The visible bias is missing.", "b is in the energy: -b.v (W7).")
TWICE = ("sigmoid of twice the input, as of units that are -1 or 1.", "Units are 0 or 1 (W9).")

# --- the rows

ROWS = {
    "rbm_visible_probability": Function(
        "W9", "1/(1 + exp(-b - hW)) of each visible unit",
        {"h": "(n, m)", "W": "(m, d)", "b": "(d,)"}, "(n, d)",
        domain=HIDDEN, drawn=(14, 154, 180, 459, 581, 1236, 1404, 1873, 3329), regimes=partial(machines, ("h", "W", "b")), truth=(visible_probability, visible_probability_2),
        adds=lambda a, S: 1, keeps="np.exp(-np.logaddexp(0, -b - h @ W))",
        bugs=[
            ("no-b", "The bias is missing.", "sigmoid(b + hW) (W9).", lambda h, W, b: on(h @ W)),
            ("b-sign", "The bias is subtracted.", "sigmoid(b + hW) (W9).", lambda h, W, b: on(h @ W - b)),
            ("W-sign", "The weights' sign is wrong.", "sigmoid(b + hW) (W9).", lambda h, W, b: on(b - h @ W)),
            ("off", "The probability that the unit is 0.", "P(v = 1|h) (W9).", lambda h, W, b: on(-b - h @ W)),
            ("twice", *TWICE, lambda h, W, b: on(2 * (b + h @ W))),
            ("tanh", "tanh: the mean of a unit that is -1 or 1.", "sigmoid (W9).", lambda h, W, b: np.tanh(b + h @ W)),
            ("linear", "The input itself, as of Gaussian units.", "Units are 0 or 1: sigmoid (W9).", lambda h, W, b: b + h @ W),
            ("hard", *HARD, lambda h, W, b: 1.0 * (b + h @ W > 0)),
            ("unshifted", "exp(u)/(1 + exp(u)): inf/inf.", "1/(1 + exp(-u)).", lambda h, W, b: np.exp(b + h @ W) / (1 + np.exp(b + h @ W))),
            ("softmax", "A softmax over the units.", "Each unit by itself (W9).", lambda h, W, b: scipy.special.softmax(b + h @ W, axis=1)),
            ("result-transposed", "The result is transposed.", "Observations are rows.", lambda h, W, b: on(b + h @ W).T),
            ("transposed", *TRANSPOSED, lambda h, W, b: on(b + h @ turned(W))),
        ],
    ),
    "rbm_slope_v": Function(
        "W8", "dF/dv of each observation, -b - P(h = 1|v) W",
        {"v": "(n, d)", **MACHINE}, "(n, d)",
        domain=machine("v", "W", "b", "c"), drawn=(29, 132, 146, 180, 263, 297, 358, 569, 580, 818, 864, 895, 1042, 1094, 1181, 1346), regimes=partial(machines, ("v", "W", "b", "c")), truth=(slope_v, slope_v_2),
        adds=lambda a, S: np.abs(a["b"]) + np.abs(a["W"]).sum(axis=0),
        slope=Slope(("rbm_free_energy",), "v"),
        bugs=[
            ("sign", "The sign is wrong: the score's.", "dF/dv = -b - pW (W8, W11).", lambda v, W, b, c: b + on(c + v @ W.T) @ W),
            ("no-b", *NO_B, lambda v, W, b, c: -on(c + v @ W.T) @ W),
            ("b-sign", "The visible bias is added.", "-b - pW (W8).", lambda v, W, b, c: b - on(c + v @ W.T) @ W),
            ("no-c", *NO_C, lambda v, W, b, c: -b - on(v @ W.T) @ W),
            ("c-sign", "The hidden bias is subtracted.", "p = sigmoid(c + Wv) (W9).", lambda v, W, b, c: -b - on(v @ W.T - c) @ W),
            ("hard", *HARD, lambda v, W, b, c: -b - (c + v @ W.T > 0) @ W),
            ("twice", *TWICE, lambda v, W, b, c: -b - on(2 * (c + v @ W.T)) @ W),
            ("sigmoid-slope", "Times the sigmoid's derivative.", "softplus's derivative is the sigmoid itself (W8).", lambda v, W, b, c: -b - (on(c + v @ W.T) * on(-c - v @ W.T)) @ W),
            ("inputs", "The inputs in place of the probabilities.", "p = sigmoid(c + Wv) (W8).", lambda v, W, b, c: -b - (c + v @ W.T) @ W),
            ("reconstruction", "The next visible probabilities, less v.", "-b - pW (W8).", lambda v, W, b, c: once(v, W, b, c) - v),
            ("mean", "Divided by the number of observations.", "Each observation's own (W8).", lambda v, W, b, c: (-b - on(c + v @ W.T) @ W) / len(v)),
            ("over-hidden", "The mean over the hidden units.", "Their sum (W9).", lambda v, W, b, c: -b - on(c + v @ W.T) @ W / len(c)),
            ("transposed", *TRANSPOSED, lambda v, W, b, c: -b - on(c + v @ turned(W).T) @ turned(W)),
        ],
    ),
}  # fmt: skip

# --- as it is written

FORMULAS = {
    "rbm_visible_probability": "sigmoid(b + h @ W)",
    "rbm_slope_v": "-b - sigmoid(c + v @ W.T) @ W",
}  # fmt: skip

# --- right ways


RIGHT = {
    "rbm_visible_probability": [lambda h, W, b: np.exp(-np.logaddexp(0, -b - h @ W)), lambda h, W, b: (1 + np.tanh((b + h @ W) / 2)) / 2],
    "rbm_slope_v": [
        lambda v, W, b, c: -(b + on(v @ W.T + c) @ W),
        lambda v, W, b, c: -b - np.einsum("ni,ij->nj", np.exp(-np.logaddexp(0, -c - v @ W.T)), W),
    ],
}  # fmt: skip

# --- refebm's own


PACKAGE = {
    "rbm_visible_probability": own.rbm_visible_probability,
    "rbm_slope_v": lambda v, W, b, c: own.rbm_free_energy_adjoint(v, W, b, c, 1.0)[0],
}
RESTS_ON = {
    "rbm_slope_v": ["rbm_free_energy_adjoint"],
}
