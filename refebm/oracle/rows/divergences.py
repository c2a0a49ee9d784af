"""The relative entropy of two distributions, and the entropy of one  (L11, L17)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import scipy

from ...numerics import information as own
from ...numerics.checks import Array
from ..bugs import naive_kl
from ..digits import log
from ..domains.tables import DIVERGENCE, ENTROPY
from ..inputs import ONE, SMALL_SQUARE, SQUARE, TINY, parts, simplex
from ..row import BITS, Case, Function, Rngs, log_size

TINY_Q = "tiny probabilities in q, and the same as p"
KERAS = ("Probabilities are cut at 1e-7.", "Leave states with q = 0 out, and small ones small (L11).")


# --- inputs


def kl_cases(rng: np.random.Generator) -> Iterator[Case]:
    yield "plain", {"q": simplex(rng.uniform(0.1, 1, (3, 5))), "p": simplex(rng.uniform(0.1, 1, (3, 5)))}
    yield "skewed", {"q": simplex(rng.uniform(0, 1, (2, 4)) ** 6), "p": simplex(rng.uniform(0, 1, (2, 4)) ** 6)}
    q = simplex(rng.uniform(0.2, 1, (2, 6)))
    near = q + np.array([[1, -1, 0, 2, -2, 0], [0, 3, -1, -1, 0, -1]]) * 2.0**-22
    yield "close", {"q": q, "p": near}
    zero = np.array([[0.5, 0, 0.25, 0.25], [0, 0, 1, 0], [0.125, 0.125, 0, 0.75]])
    yield "zeros in q", {"q": zero, "p": simplex(rng.uniform(0.1, 1, (3, 4)))}
    other = np.array([[0, 0.0625, 0.4375, 0, 0.5], [0.25, 0.75, 0, 0, 0]])
    yield "more zeros in q", {"q": other, "p": simplex(rng.uniform(0.1, 1, (2, 5)))}


def entropy_cases(rng: np.random.Generator) -> Iterator[Case]:
    for why, case in kl_cases(rng):
        if why != "close":
            yield why, {"q": case["q"]}


def kl_regimes(rngs: Rngs) -> Iterator[Case]:
    for why, n, k in ((SQUARE, 4, 4), (SMALL_SQUARE, 2, 2), ("one row", 1, 9), ("two", 5, 2)):
        yield why, {"q": parts(rngs(why), n, k), "p": parts(rngs(why + " p"), n, k)}
    yield ONE, {"q": [[1.0]], "p": [[1.0]]}
    yield TINY, {"q": parts(rngs(TINY), 3, 5), "p": parts(rngs(TINY + " p"), 3, 5, tiny=2)}
    tiny = parts(rngs(TINY_Q), 2, 6, tiny=4)
    yield TINY_Q, {"q": tiny, "p": np.stack([tiny[0], np.roll(tiny[1], 2)])}


def entropy_regimes(rngs: Rngs) -> Iterator[Case]:
    for why, case in kl_regimes(rngs):
        yield why, {"q": case["p"]}
    yield "equal", {"q": np.full((2, 8), 0.125)}


# --- truth, in many digits


def kl(q: Array, p: Array) -> Array:
    return np.where(q > 0, q * log(np.where(q > 0, q / p, 1 + 0 * q)), 0 * q).sum(axis=1)


def kl_2(q: Array, p: Array) -> Array:
    """With - q + p, which sum to 0: q times x - 1 - log x, at x = p/q."""
    import mpmath

    def one(a: Any, b: Any) -> Any:
        return b if a == 0 else (b - a) - a * mpmath.log1p((b - a) / a)

    return np.vectorize(one, otypes=[object])(q, p).sum(axis=1)


def entropy(q: Array) -> Array:
    return -(q * log(np.where(q > 0, q, 1 + 0 * q))).sum(axis=1)


def entropy_2(q: Array) -> Array:
    """log k less the divergence from equal weights."""
    k = q.shape[1]
    equal = np.full(q.shape, 1 / (q.flat[0] * 0 + k), object)
    return log(np.array([k], object)) * q.sum(axis=1) - kl(q, equal)


# --- the size of its terms


def information_size(q: Array, p: Array) -> Array:
    return np.asarray((q * (1 + log_size(q) + log_size(p))).sum(axis=1))


# --- what mistakes are made of


def S(q: Array) -> Array:
    return -(q * np.log(np.where(q > 0, q, 1))).sum(axis=1)


def keras(p: Array) -> Array:
    return np.clip(p, 1e-7, 1)


# --- the rows

ROWS = {
    "kl": Function(
        "L11", "sum q log(q/p)",
        {"q": "(n, k)", "p": "(n, k)"}, "(n,)",
        seed=14, cases=kl_cases, domain=DIVERGENCE, drawn=(4, 141), regimes=kl_regimes, truth=(kl, kl_2),
        conventions=BITS,
        adds=lambda a, S: information_size(a["q"], a["p"]),
        keeps="np.where(q > 0, q * np.log(np.where(q > 0, q, 1) / p) - q + p, p).sum(axis=1)",
        bugs=[
            ("reversed", "KL(p, q).", "The mean under q of log(q/p) (L11).", lambda q, p: (p * np.log(p / q)).sum(axis=1)),
            ("sign", "The sign is wrong.", "log(q/p), not log(p/q) (L11).", lambda q, p: -naive_kl(q, p)),
            ("cross-entropy", "The entropy of q is missing.", "q log q - q log p (L11).", lambda q, p: -(q * np.log(p)).sum(axis=1)),
            ("symmetric", "The mean of both directions.", "Only KL(q, p) (L11).", lambda q, p: (naive_kl(q, p) + (p * np.log(p / q)).sum(axis=1)) / 2),
            ("no-weight", "The sum of log ratios.", "Weighted by q (L11).", lambda q, p: np.log(np.where(q > 0, q, 1) / p).sum(axis=1)),
            ("mean", "The mean over the states.", "The sum (L11).", lambda q, p: naive_kl(q, p) / q.shape[1]),
            ("zero-times-log-zero", "0 log 0 is not a number.", "A state with q = 0 adds nothing (L11).", lambda q, p: (q * np.log(q / p)).sum(axis=1)),
            ("epsilon", "A small number is added to both before dividing.", "Leave states with q = 0 out (L11).", lambda q, p: (q * np.log((q + 1e-4) / (p + 1e-4))).sum(axis=1)),
            ("squares", "Half the chi-squared distance.", "Right only near q = p (L11).", lambda q, p: (np.square(q - p) / np.where(q > 0, q, 1)).sum(axis=1) / 2),
            ("total-variation", "Half the sum of absolute differences.", "sum q log(q/p) (L11).", lambda q, p: np.abs(q - p).sum(axis=1) / 2),
            ("whole-batch", "Summed over all rows.", "One number a row.", lambda q, p: naive_kl(q, p).sum()),
            ("clipped", *KERAS, lambda q, p: naive_kl(keras(q), keras(p))),
        ],
    ),
    "entropy": Function(
        "L17", "-sum q log q",
        {"q": "(n, k)"}, "(n,)",
        seed=7, cases=entropy_cases, domain=ENTROPY, drawn=(5, 260), regimes=entropy_regimes, truth=(entropy, entropy_2),
        conventions=BITS,
        adds=lambda a, S: 1 + np.log(a["q"].shape[1]),
        bugs=[
            ("sign", "The sign is wrong.", "-sum q log q (L17).", lambda q: -S(q)),
            ("zero-times-log-zero", "0 log 0 is not a number.", "A state with q = 0 adds nothing.", lambda q: -(q * np.log(q)).sum(axis=1)),
            ("normalised", "Divided by log k.", "-sum q log q (L17).", lambda q: S(q) / np.log(q.shape[1])),
            ("information", "log k - S, the divergence from equal weights.", "-sum q log q (L17).", lambda q: np.log(q.shape[1]) - S(q)),
            ("mean", "The mean over the states.", "The sum (L17).", lambda q: S(q) / q.shape[1]),
            ("no-weight", "Minus the sum of logarithms.", "Weighted by q (L17).", lambda q: -np.log(np.where(q > 0, q, 1)).sum(axis=1)),
            ("perplexity", "exp S.", "S itself.", lambda q: np.exp(S(q))),
            ("collision", "Minus log sum q^2.", "-sum q log q (L17).", lambda q: -np.log(np.square(q).sum(axis=1))),
            ("clipped", *KERAS, lambda q: S(keras(q))),
            ("epsilon", "A small number is added before the logarithm.", "Leave states with q = 0 out (L17).", lambda q: -(q * np.log(q + 1e-6)).sum(axis=1)),
        ],
    ),
}  # fmt: skip

# --- as it is written

FORMULAS = {
    "kl": "xlogy(q, q / p).sum(axis=1)",
    "entropy": "-xlogy(q, q).sum(axis=1)",
}  # fmt: skip

# --- right ways


def by_excess(q: Array, p: Array) -> Any:
    some = np.where(q > 0, q, 1)
    t = np.where(q > 0, (p - q) / some, 0)
    log = np.where(np.abs(t) < 0.5, np.log1p(np.where(np.abs(t) < 0.5, t, 0)), np.log(p / some))
    return np.where(q > 0, q * (t - log), p).sum(axis=1).astype(q.dtype)


RIGHT = {
    "kl": [
        lambda q, p: scipy.special.rel_entr(q, p).sum(axis=1),
        by_excess,
        lambda q, p: scipy.special.kl_div(q, p).sum(axis=1),
        lambda q, p: (q * np.log(np.where(q > 0, q / p, 1))).sum(axis=1),
        lambda q, p: (scipy.special.xlogy(q, q) - scipy.special.xlogy(q, p)).sum(axis=1),
    ],
    "entropy": [lambda q: -scipy.special.xlogy(q, q).sum(axis=1), lambda q: np.log(q.dtype.type(q.shape[1])) - scipy.special.rel_entr(q, 1 / q.dtype.type(q.shape[1])).sum(axis=1)],
}  # fmt: skip

# --- refebm's own

PACKAGE = {
    "kl": own.kl,
    "entropy": own.entropy,
}
