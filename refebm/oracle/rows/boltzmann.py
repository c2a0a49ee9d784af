"""The restricted Boltzmann machine: energy, free energy, conditional  (W7, W9)."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from itertools import product
from typing import Any

import numpy as np
import scipy

from ...models import boltzmann as own
from ...numerics.checks import Array
from ..bugs import FLOAT32, everything, exchanged, on, single, turned
from ..digits import each, exp, log
from ..domains.networks import machine
from ..inputs import ONE, SMALL_SQUARE
from ..row import Case, Function, Rngs

MACHINE = {"W": "(m, d)", "b": "(d,)", "c": "(m,)"}
CUBE, WIDE, TALL = "all sizes the same, and 3", "more visible units than hidden", "more hidden units than visible"
OVER, BOTH = "inputs that exp cannot hold", "inputs that exp cannot hold, and far below 0"
FAR, SQUARE_W = "hidden units far off", "as many hidden units as visible ones"

# --- inputs


def machines(names: tuple[str, ...], rngs: Rngs) -> Iterator[Case]:
    """Each of these arguments, of sizes n, s, d, m; biases far from 0, so that none is taken for another."""
    kinds = (
        (WIDE, (4, 6, 3, 2), 1.0, 1.0),
        (TALL, (5, 3, 2, 4), 1.0, 1.0),
        ("cold", (3, 5, 2, 4), 9.0, 4.0),
        ("hot", (2, 6, 4, 3), 0.05, 0.3),
        (ONE, (1, 1, 1, 1), 1.0, 1.0),
        (SMALL_SQUARE, (2, 2, 2, 2), 1.5, 1.0),
        (CUBE, (3, 3, 3, 3), 1.0, 1.0),
        (SQUARE_W, (5, 4, 3, 3), 2.0, 1.0),
    )
    for why, sizes, weight, bias in kinds:
        yield why, named(names, drawn(rngs(why), sizes, weight, bias))
    case = drawn(rngs(FAR), (6, 2, 4, 3), 1.0, 1.0)
    yield FAR, named(names, {**case, "c": case["c"] - np.array([45, 20, 70])})
    for why, sizes in ((OVER, (3, 4, 2, 5)), (BOTH, (4, 3, 3, 2))):
        case = drawn(rngs(why), sizes, 100.0, 20.0)
        yield why, named(names, {**case, "W": np.abs(case["W"]) + 800, "c": case["c"] + (-250 if why == BOTH else 100)})


def named(names: tuple[str, ...], case: dict[str, Any]) -> dict[str, Any]:
    return {name: case[name] for name in names}


def drawn(rng: np.random.Generator, sizes: tuple[int, ...], weight: float, bias: float) -> dict[str, Any]:
    n, s, d, m = sizes
    signs = rng.choice([-1.0, 1.0], size=(2, max(d, m)))
    return {
        "v": states(rng, n, d),
        "v_model": 1 - states(rng, s, d)[::-1],
        "h": states(rng, n, m),
        "W": weight * rng.normal(size=(m, d)),
        "b": bias * signs[0, :d] * rng.uniform(0.3, 1.2, d),
        "c": bias * signs[1, :m] * rng.uniform(0.3, 1.2, m),
    }


def states(rng: np.random.Generator, n: int, units: int) -> Array:
    """Random states, the last all off, the first all on: all off alone tells of no weight."""
    v = rng.integers(0, 2, (n, units)).astype(float)
    v[-1] = 0
    v[0] = 1
    return v


# --- truth, in many digits


def every(units: int, like: Array) -> Array:
    """All states of so many units, as many-digit numbers."""
    return np.array(list(product([0, 1], repeat=units)), object) + 0 * like.flat[0]


def energy(v: Array, h: Array, W: Array, b: Array, c: Array) -> Array:
    return -(h * v.dot(W.T)).sum(axis=1) - v.dot(b) - h.dot(c)


def energy_2(v: Array, h: Array, W: Array, b: Array, c: Array) -> Array:
    """Pair by pair, unit by unit."""
    out = np.empty(len(v), object)
    for n in range(len(v)):
        joined = [h[n, i] * W[i, j] * v[n, j] for i in range(len(c)) for j in range(len(b))]
        alone = [v[n, j] * b[j] for j in range(len(b))] + [h[n, i] * c[i] for i in range(len(c))]
        out[n] = -sum(joined + alone)
    return out


def free_energy(v: Array, W: Array, b: Array, c: Array) -> Array:
    return -v.dot(b) - each("log1p")(exp(c + v.dot(W.T))).sum(axis=1)


def joint(v: Array, W: Array, b: Array, c: Array) -> Array:
    """exp(-E) of every row of v with every hidden state, (n, 2^m)."""
    h = every(len(c), W)
    return exp(np.array([-energy(v, np.tile(row, (len(v), 1)), W, b, c) for row in h]).T)


def free_energy_2(v: Array, W: Array, b: Array, c: Array) -> Array:
    """Minus the logarithm of the sum over all hidden states."""
    return -log(joint(v, W, b, c).sum(axis=1))


def hidden_probability(v: Array, W: Array, c: Array) -> Array:
    return 1 / (1 + exp(-c - v.dot(W.T)))


def hidden_probability_2(v: Array, W: Array, c: Array) -> Array:
    """The mean of h over all its states."""
    e = joint(v, W, 0 * W[0], c)
    return e.dot(every(len(c), W)) / e.sum(axis=1)[:, None]


# --- what mistakes are made of


def E(v: Array, h: Array, W: Array, b: Array, c: Array) -> Array:
    return -(h * (v @ W.T)).sum(axis=1) - v @ b - h @ c


def F(v: Array, W: Array, b: Array, c: Array) -> Array:
    return -v @ b - np.logaddexp(0, c + v @ W.T).sum(axis=1)


TRANSPOSED = ("W is read transposed where it is square.", "W's rows are the hidden units': W v (W9).")
HARD = ("A threshold where the mean of h belongs.", "P(h = 1|v), a number between 0 and 1 (W8).")


# --- the rows

ROWS = {
    "rbm_energy": Function(
        "W7", "-h.Wv - b.v - c.h",
        {"v": "(n, d)", "h": "(n, m)", **MACHINE}, "(n,)",
        domain=machine("v", "h", "W", "b", "c"), drawn=(10, 26, 66, 167, 279, 285, 311, 336, 423, 537, 618, 1038, 1142, 1159), regimes=partial(machines, ("v", "h", "W", "b", "c")), truth=(energy, energy_2),
        bugs=[
            ("sign", "Minus the energy.", "Likely states have low energy: E = -h.Wv - b.v - c.h (W7).", lambda v, h, W, b, c: -E(v, h, W, b, c)),
            ("b-sign", "The visible bias is added.", "-b.v (W7).", lambda v, h, W, b, c: E(v, h, W, -b, c)),
            ("c-sign", "The hidden bias is added.", "-c.h (W7).", lambda v, h, W, b, c: E(v, h, W, b, -c)),
            ("W-sign", "The weights' term is added.", "-h.Wv (W7).", lambda v, h, W, b, c: E(v, h, -W, b, c)),
            ("no-b", "The visible bias is missing.", "-b.v (W7).", lambda v, h, W, b, c: E(v, h, W, 0 * b, c)),
            ("no-c", "The hidden bias is missing.", "-c.h (W7).", lambda v, h, W, b, c: E(v, h, W, b, 0 * c)),
            ("half", "Half the weights' term, as for a symmetric matrix of all units.", "Each pair is joined once: -h.Wv (W7).", lambda v, h, W, b, c: E(v, h, W / 2, b, c)),
            ("spins", "Units are taken for -1 and 1.", "Units are 0 or 1 (W7).", lambda v, h, W, b, c: E(2 * v - 1, 2 * h - 1, W, b, c)),
            ("swapped", "The biases are exchanged.", "b is the visible units', c the hidden ones' (W7).", lambda v, h, W, b, c: E(v, h, W, *exchanged(b, c))),
            ("transposed", *TRANSPOSED, lambda v, h, W, b, c: E(v, h, turned(W), b, c)),
        ],
    ),
    "rbm_free_energy": Function(
        "W9", "-b.v - sum_i log(1 + exp(c_i + W_i.v))",
        {"v": "(n, d)", **MACHINE}, "(n,)",
        domain=machine("v", "W", "b", "c"), drawn=(34, 307, 342, 377, 804, 818, 852, 1066, 1119, 1122, 1140, 1156, 1161, 1169), regimes=partial(machines, ("v", "W", "b", "c")), truth=(free_energy, free_energy_2),
        adds=lambda a, S: len(a["c"]),
        bugs=[
            ("unshifted", "log(1 + exp u) as written: exp overflows.", "max(u, 0) + log1p(exp(-|u|)).", lambda v, W, b, c: -v @ b - np.log(1 + np.exp(c + v @ W.T)).sum(axis=1)),
            ("no-c", "softplus without the hidden bias.", "softplus(c + Wv) (W9).", lambda v, W, b, c: F(v, W, b, 0 * c)),
            ("no-b", "The visible bias is missing.", "-b.v (W9).", lambda v, W, b, c: F(v, W, 0 * b, c)),
            ("b-sign", "The visible bias is added.", "-b.v (W9).", lambda v, W, b, c: F(v, W, -b, c)),
            ("c-sign", "The hidden bias is subtracted.", "softplus(c + Wv) (W9).", lambda v, W, b, c: F(v, W, b, -c)),
            ("W-sign", "The weights' sign is wrong.", "softplus(c + Wv) (W9).", lambda v, W, b, c: F(v, -W, b, c)),
            ("sign", "Minus the free energy: log of the unnormalised probability.", "P(v) is proportional to exp(-F) (W7).", lambda v, W, b, c: -F(v, W, b, c)),
            ("plus-softplus", "The sum of softplus is added.", "-b.v - sum softplus (W9).", lambda v, W, b, c: -v @ b + np.logaddexp(0, c + v @ W.T).sum(axis=1)),
            ("mean-over-states", "The mean over the hidden states: m log 2 is added.", "Their sum (W7).", lambda v, W, b, c: F(v, W, b, c) + len(c) * np.log(2)),
            ("mean-over-units", "The mean over the hidden units.", "Their sum (W9).", lambda v, W, b, c: -v @ b - np.logaddexp(0, c + v @ W.T).mean(axis=1)),
            ("relu", "The positive part: the least energy over h.", "softplus, the sum over h (W9).", lambda v, W, b, c: -v @ b - np.maximum(c + v @ W.T, 0).sum(axis=1)),
            ("mean-field", "The energy at the mean of h, without its entropy.", "-log of the sum over h (W7).", lambda v, W, b, c: E(v, on(c + v @ W.T), W, b, c)),
            ("swapped", "The biases are exchanged.", "b is the visible units', c the hidden ones' (W9).", lambda v, W, b, c: F(v, W, *exchanged(b, c))),
            ("spins", "Hidden units are taken for -1 and 1.", "Units are 0 or 1 (W7).", lambda v, W, b, c: -v @ b - np.logaddexp(c + v @ W.T, -c - v @ W.T).sum(axis=1)),
            ("transposed", *TRANSPOSED, lambda v, W, b, c: F(v, turned(W), b, c)),
            ("float32", *FLOAT32, single(lambda v, W, b, c: F(v, W, b, c))),
        ],
    ),
    "rbm_hidden_probability": Function(
        "W9", "1/(1 + exp(-c - Wv)) of each hidden unit",
        {"v": "(n, d)", "W": "(m, d)", "c": "(m,)"}, "(n, m)",
        domain=machine("v", "W", "c"), drawn=(31, 52, 309, 406, 407, 422, 522, 764, 890, 914, 983, 1246), regimes=partial(machines, ("v", "W", "c")), truth=(hidden_probability, hidden_probability_2),
        adds=lambda a, S: 1, keeps="np.exp(-np.logaddexp(0, -c - v @ W.T))",
        bugs=[
            ("no-c", "The bias is missing.", "sigmoid(c + Wv) (W9).", lambda v, W, c: on(v @ W.T)),
            ("c-sign", "The bias is subtracted.", "sigmoid(c + Wv) (W9).", lambda v, W, c: on(v @ W.T - c)),
            ("W-sign", "The weights' sign is wrong.", "sigmoid(c + Wv) (W9).", lambda v, W, c: on(c - v @ W.T)),
            ("off", "The probability that the unit is 0.", "P(h = 1|v) (W9).", lambda v, W, c: on(-c - v @ W.T)),
            ("twice", "sigmoid of twice the input, as of units that are -1 or 1.", "Units are 0 or 1: sigmoid(c + Wv) (W9).", lambda v, W, c: on(2 * (c + v @ W.T))),
            ("tanh", "tanh: the mean of a unit that is -1 or 1.", "sigmoid (W9).", lambda v, W, c: np.tanh(c + v @ W.T)),
            ("hard", *HARD, lambda v, W, c: 1.0 * (c + v @ W.T > 0)),
            ("unshifted", "exp(u)/(1 + exp(u)): inf/inf.", "1/(1 + exp(-u)).", lambda v, W, c: np.exp(c + v @ W.T) / (1 + np.exp(c + v @ W.T))),
            ("softmax", "A softmax over the units.", "Each unit by itself (W9).", lambda v, W, c: scipy.special.softmax(c + v @ W.T, axis=1)),
            ("result-transposed", "The result is transposed.", "Observations are rows.", lambda v, W, c: on(c + v @ W.T).T),
            ("transposed", *TRANSPOSED, lambda v, W, c: on(c + v @ turned(W).T)),
        ],
    ),
}  # fmt: skip

# --- as it is written

FORMULAS = {
    "rbm_energy": "-(h * (v @ W.T)).sum(axis=1) - v @ b - h @ c",
    "rbm_free_energy": "-(v @ b) - softplus(c + v @ W.T).sum(axis=1)",
    "rbm_hidden_probability": "sigmoid(c + v @ W.T)",
}  # fmt: skip

# --- right ways


def by_hidden_states(v: Array, W: Array, b: Array, c: Array) -> Any:
    h = everything(len(c))
    return -scipy.special.logsumexp(v @ W.T @ h.T + (v @ b)[:, None] + h @ c, axis=1)


def by_one_matrix(v: Array, h: Array, W: Array, b: Array, c: Array) -> Any:
    """All units, and one that is always on, as a quadratic form."""
    s = np.concatenate([v, h, np.ones((len(v), 1), v.dtype)], axis=1)
    d, m = len(b), len(c)
    J = np.zeros((d + m + 1, d + m + 1), W.dtype)
    J[d:-1, :d], J[-1, :d], J[-1, d:-1] = W, b, c
    return -np.einsum("na,ab,nb->n", s, J, s)


RIGHT = {
    "rbm_energy": [by_one_matrix, lambda v, h, W, b, c: -np.einsum("ni,ij,nj->n", h, W, v) - v @ b - h @ c],
    "rbm_free_energy": [by_hidden_states, lambda v, W, b, c: -v.dot(b) + scipy.special.log_expit(-c - v.dot(W.T)).sum(axis=1)],
    "rbm_hidden_probability": [lambda v, W, c: np.exp(-np.logaddexp(0, -c - v @ W.T)), lambda v, W, c: (1 + np.tanh((c + v @ W.T) / 2)) / 2],
}  # fmt: skip

# --- refebm's own


PACKAGE = {
    "rbm_energy": own.rbm_energy,
    "rbm_free_energy": own.rbm_free_energy,
    "rbm_hidden_probability": own.rbm_hidden_probability,
}
