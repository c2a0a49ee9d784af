"""Gibbs sweeps of a restricted Boltzmann machine, by the exact transition matrix  (W9, W12)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ...models.boltzmann_learning import rbm_gibbs as own_kernel
from ...numerics.checks import Array
from ...sampling.loop import sample_chain as own_chain
from ..chance.binary import (
    MeanField,
    Reused,
    Sweeping,
    bernoulli,
    certain,
    drawn,
    hidden,
    one_number,
    sigmoid,
    states,
    stationary_law,
    visible,
)
from ..chance.distributions import Discrete
from ..chance.draws import MANY, Draws, Question, Wrong, float32, in_blocks
from ..row import Arguments, Code
from .chains import any_chain

# --- inputs

STARTS = np.array([[0.0, 1.0, 1.0], [1.0, 0.0, 0.0], [1.0, 1.0, 0.0], [0.0, 0.0, 1.0]])
SQUARE_MACHINE = {
    "W": float32([[1.5, -2.0, 0.5], [-0.75, 1.25, 2.0], [2.5, 0.5, -1.0]]),
    "b": float32([0.75, -1.0, 0.25]),
    "c": float32([-0.5, 1.0, -1.25]),
}
WIDE_MACHINE = {
    "W": float32([[1.0, -1.5, 0.75, 2.0], [-2.25, 0.5, 1.25, -0.5]]),
    "b": float32([-0.25, 0.5, -1.0, 0.75]),
    "c": float32([0.5, -0.75]),
}


def square(rng: np.random.Generator) -> Arguments:
    return {"v": in_blocks(STARTS), **SQUARE_MACHINE}


def stationary(rng: np.random.Generator) -> Arguments:
    """Rows of ``P(v) ~ sum_h exp(-E(v, h))``, drawn from the list of all v."""
    v = states(4)
    p = stationary_law(**WIDE_MACHINE)
    return {"v": v[rng.choice(len(v), MANY, p=p)], **WIDE_MACHINE}


# --- mistakes


def wrong(name: str, what: str, mend: str, **changes: Any) -> Wrong:
    way = Sweeping(**changes)
    return Wrong(name, what, mend, way.run, way.law)


def half_law(why: str, given: Arguments) -> Discrete | None:
    """h in place of v, where there are as many."""
    v, *machine = given.values()
    if why.startswith("from"):
        return None
    return Discrete(states(len(machine[2])), bernoulli(hidden(v[:: MANY // 4], *machine)), in_blocks(np.arange(4)))


def half_run(v: Array, W: Array, b: Array, c: Array, seed: int) -> Array:
    p = hidden(v, W, b, c)
    h = (np.random.default_rng(seed).random(p.shape) < p).astype(float)
    return h if h.shape == v.shape else v


def means_law(why: str, given: Arguments) -> Discrete | None:
    """v's probabilities given h, not drawn."""
    v, *machine = given.values()
    h = states(len(machine[2]))
    p = stationary_law(*machine) @ bernoulli(hidden(states(v.shape[1]), *machine)) if why.startswith("from") else None
    starts, which = (v[:1], np.zeros(len(v), int)) if p is not None else (v[:: MANY // 4], in_blocks(np.arange(4)))
    return Discrete(visible(h, *machine), bernoulli(hidden(starts, *machine)) if p is None else p[None], which)


def means_run(v: Array, W: Array, b: Array, c: Array, seed: int) -> Array:
    return visible(drawn(bernoulli, hidden(v, W, b, c), np.random.default_rng(seed)), W, b, c)


def same_rows(v: Array, W: Array, b: Array, c: Array, seed: int) -> Array:
    rng = np.random.default_rng(seed)
    h = (rng.random((1, len(c))) < hidden(v, W, b, c)).astype(float)
    return np.asarray((rng.random((1, len(b))) < visible(h, W, b, c)).astype(float))


def turned(W: Array) -> Array:
    return W.T if W.shape[0] == W.shape[1] else W


# --- the rows

SIGMOID = "P(h_i = 1 | v) = sigmoid(c + W v), P(v_j = 1 | h) = sigmoid(b + W^T h) (W9)."
DRAWN = "Each unit is 1 where u < p, u a uniform number of its own (W9)."

DRAWS = {
    "gibbs_sweep": Draws(
        "W9", "v after one sweep of an RBM: h drawn given v, then v given h", {"v": "(n, d)", "W": "(m, d)", "b": "(d,)", "c": "(m,)", "seed": "()"}, "(n, d)",
        questions=[Question("one sweep", square, 4), Question("from draws of P", stationary)],
        law=Sweeping().law,
        bugs=[
            wrong("mean-field-v", "Every unit is 1 where its probability is above 1/2.", DRAWN, draw_h=certain, draw_v=certain),
            wrong("threshold-h", "h is 1 where its probability is above 1/2, not drawn.", DRAWN, draw_h=certain),
            wrong("threshold-v", "v is 1 where its probability is above 1/2, not drawn.", DRAWN, draw_v=certain),
            Wrong("mean-h", "v is drawn given h's probabilities, not given h.", DRAWN, MeanField().run, MeanField().law),
            Wrong("mean-v", "v's probabilities are given, not v.", DRAWN, means_run, means_law),
            Wrong("half-sweep", "h is given in place of v: half a sweep.", "h given v, then v given h (W12).", half_run, half_law),
            wrong("two-sweeps", "Two sweeps.", "One sweep.", sweeps=2),
            wrong("no-sweep", "v comes back as it was.", "One sweep.", sweeps=0),
            wrong("no-b", "b is missing.", SIGMOID, p_v=lambda h, W, b, c: sigmoid(h @ W)),
            wrong("no-c", "c is missing.", SIGMOID, p_h=lambda v, W, b, c: sigmoid(v @ W.T)),
            wrong("no-biases", "b and c are missing.", SIGMOID, p_v=lambda h, W, b, c: sigmoid(h @ W), p_h=lambda v, W, b, c: sigmoid(v @ W.T)),
            wrong("biases-exchanged", "b and c are exchanged where there are as many.", SIGMOID, p_h=lambda v, W, b, c: hidden(v, W, c, b if len(b) == len(c) else c), p_v=lambda h, W, b, c: visible(h, W, c if len(b) == len(c) else b, b)),
            wrong("transposed", "W is transposed where it is square.", SIGMOID, p_h=lambda v, W, b, c: hidden(v, turned(W), b, c), p_v=lambda h, W, b, c: visible(h, turned(W), b, c)),
            wrong("exchanged", "v is taken for h where there are as many: v' given v, and so on.", "h given v, then v given h (W12).", p_h=lambda v, W, b, c: hidden(v, turned(W), c, b if len(b) == len(c) else c), p_v=lambda h, W, b, c: visible(h, turned(W), c if len(b) == len(c) else b, b)),
            wrong("sign", "The energy's sign: sigmoid(-(c + W v)).", SIGMOID, p_h=lambda v, W, b, c: 1 - hidden(v, W, b, c), p_v=lambda h, W, b, c: 1 - visible(h, W, b, c)),
            wrong("sign-h", "h is 1 where u > p.", DRAWN, p_h=lambda v, W, b, c: 1 - hidden(v, W, b, c)),
            wrong("sign-v", "v is 1 where u > p.", DRAWN, p_v=lambda h, W, b, c: 1 - visible(h, W, b, c)),
            wrong("spins", "sigmoid(2u), which is for units -1 and 1.", SIGMOID, p_h=lambda v, W, b, c: hidden(v, 2 * W, b, 2 * c), p_v=lambda h, W, b, c: visible(h, 2 * W, 2 * b, c)),
            wrong("halved", "sigmoid(u/2).", SIGMOID, p_h=lambda v, W, b, c: hidden(v, W / 2, b, c / 2), p_v=lambda h, W, b, c: visible(h, W / 2, b / 2, c)),
            wrong("same-units", "One uniform number for all units of a row.", DRAWN, draw_h=one_number, draw_v=one_number),
            wrong("same-visible", "One uniform number for all visible units of a row.", DRAWN, draw_v=one_number),
            Wrong("same-numbers", "The same uniform numbers for h and for v.", DRAWN, Reused().run, Reused().law),
            Wrong("same-rows", "One set of uniform numbers for all rows.", DRAWN, same_rows),
            *any_chain(Sweeping().run),
        ],
    ),
}  # fmt: skip

# --- right ways


def sweep(source: Callable[[int], np.random.Generator], kind: Any = float) -> Code:
    """u < p, or u against the odds."""

    def run(v: Array, W: Array, b: Array, c: Array, seed: int) -> Array:
        rng, (v, W, b, c) = source(seed), (np.asarray(part, kind) for part in (v, W, b, c))
        h = rng.random((len(v), len(c)), kind) < 1 / (1 + np.exp(-(c + v @ W.T)))
        return np.asarray(rng.random(v.shape, kind) * (1 + np.exp(-(b + h @ W))) < 1, kind)

    return run


def checkerboard(v: Array, W: Array, b: Array, c: Array, seed: int) -> Array:
    """Units one after another, in an odd order: of a layer, given the other, the order does not matter."""
    rng, h, out = np.random.default_rng(seed), np.zeros((len(v), len(c))), np.zeros(v.shape)
    for i in [*range(0, len(c), 2), *range(1, len(c), 2)]:
        h[:, i] = rng.binomial(1, 1 / (1 + np.exp(-(c[i] + v @ W[i]))))
    for j in reversed(range(len(b))):
        out[:, j] = rng.binomial(1, 1 / (1 + np.exp(-(b[j] + h @ W[:, j]))))
    return out


def by_table(v: Array, W: Array, b: Array, c: Array, seed: int) -> Array:
    """The row of the transition matrix, by the inverse of its CDF."""
    out = states(len(b))
    cdf = Sweeping().matrix(v, W, b, c).cumsum(axis=1)
    return np.asarray(out[(np.random.default_rng(seed).random((len(v), 1)) > cdf[:, :-1]).sum(axis=1)])


RIGHT = {
    "gibbs_sweep": [
        sweep(np.random.default_rng),
        sweep(lambda seed: np.random.Generator(np.random.MT19937(seed))),
        sweep(lambda seed: np.random.Generator(np.random.Philox(seed))),
        sweep(np.random.default_rng, np.float32),
        checkerboard,
        by_table,
    ],
}  # fmt: skip

# --- refebm's own


def own_sweep(v: Array, W: Array, b: Array, c: Array, seed: int) -> Array:
    both = np.concatenate([v, np.zeros((len(v), len(c)))], axis=1)
    return np.asarray(own_chain(own_kernel(W, b, c), both, 1, np.random.default_rng(seed)).last[:, : v.shape[1]])


PACKAGE = {"gibbs_sweep": own_sweep}
