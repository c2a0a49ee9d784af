"""Divergences, entropy, information  (L10, L11, L14, L17)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from ...numerics.checks import Array
from ..bugs import naive_kl
from ..digits import log
from ..inputs import ONE, SMALL_SQUARE, SQUARE, TINY, parts, simplex
from ..row import Case, Convention, Function, Rngs
from ..terms import log_size

BITS = {"bits": Convention("the same in bits", lambda answer, a: answer / np.log(2))}
KERAS = ("Probabilities are cut at 1e-7.", "Leave states with q = 0 out, and small ones small (L11).")
TINY_Q, DECADES = "tiny probabilities in q, and the same as p", "every decade of s"


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


def gaussian_cases(rng: np.random.Generator) -> Iterator[Case]:
    yield "plain", {"m": rng.normal(size=4), "s": rng.uniform(0.3, 2, 4), "r": 1.75}
    yield "narrow and wide", {"m": np.array([3.0, -0.5, 0.25]), "s": np.array([1e-3, 40, 0.01]), "r": 0.6}
    yield (
        "close",
        {"m": np.array([2.0**-14, -(2.0**-20), 0.0]), "s": np.array([1.5, 1.5 + 2.0**-20, 1.5 - 2.0**-14]), "r": 1.5},
    )


def box_cases(rng: np.random.Generator) -> Iterator[Case]:
    yield "plain", {"s": 0.3, "r": 2.2, "d": 3.0}
    yield "small", {"s": 1e-4, "r": 5.0, "d": 2.0}
    yield "nearly the same", {"s": 1 - 2.0**-20, "r": 1.0, "d": 5.0}


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


def gaussian_regimes(rngs: Rngs) -> Iterator[Case]:
    s = 10.0 ** np.arange(-10, 6)
    rng = rngs(DECADES)
    yield DECADES, {"m": rng.normal(size=16), "s": s * rng.uniform(0.5, 2, 16), "r": 1.25}
    yield "far means", {"m": [1e3, -2e4, 3e5], "s": [0.5, 30, 2], "r": 2.5}
    for r in (2e-3, 3e4):
        why = f"r of {r:g}"
        yield why, {"m": r * rngs(why).normal(size=4), "s": r * np.array([0.25, 5, 0.75, 1.5]), "r": r}
    yield ONE, {"m": [0.75], "s": [0.25], "r": 0.5}


def box_regimes(rngs: Rngs) -> Iterator[Case]:
    yield "many dimensions", {"s": 0.01, "r": 1.5, "d": 784.0}
    yield "very many dimensions", {"s": 0.75, "r": 2.0, "d": 3000.0}
    yield "one dimension", {"s": 0.0625, "r": 0.5, "d": 1.0}
    yield "far apart", {"s": 1e-12, "r": 1e9, "d": 4.0}


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


def gaussian_kl(m: Array, s: Array, r: Any) -> Array:
    return log(r / s) + (m * m + s * s) / (2 * r * r) - np.array([1], object) / 2


def gaussian_kl_2(m: Array, s: Array, r: Any) -> Array:
    """The path from r to s of the derivative in s, and the mean's square."""
    import mpmath

    spread = np.vectorize(lambda v: mpmath.log1p((r - v) / v) + (v - r) * (v + r) / (2 * r * r), otypes=[object])(s)
    return spread + (m / r) ** 2 / 2


def box_information(s: Any, r: Any, d: Any) -> Any:
    return d * (log(r)[()] - log(s)[()])


def box_information_2(s: Any, r: Any, d: Any) -> Any:
    return log((r / s) ** d)[()]


# --- the sizes of their terms


def information_size(q: Array, p: Array) -> Array:
    return np.asarray((q * (1 + log_size(q) + log_size(p))).sum(axis=1))


def gaussian_size(m: Array, s: Array, r: float) -> Array:
    return np.asarray(log_size(r) + log_size(s) + (m * m + s * s) / (2 * r * r) + 0.5)


# --- what mistakes are made of


def S(q: Array) -> Array:
    return -(q * np.log(np.where(q > 0, q, 1))).sum(axis=1)


def gk(m: Array, s: Array, r: Any) -> Array:
    return np.log(r / s) + (m * m + s * s) / (2 * r * r) - 0.5


def keras(p: Array) -> Array:
    return np.clip(p, 1e-7, 1)


# --- the rows

ROWS = {
    "kl": Function(
        "L11", "sum q log(q/p)",
        {"q": "(n, k)", "p": "(n, k)"}, "(n,)",
        seed=14, cases=kl_cases, regimes=kl_regimes, truth=(kl, kl_2),
        conventions=BITS,
        adds=lambda a, S: information_size(a["q"], a["p"]),
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
        seed=7, cases=entropy_cases, regimes=entropy_regimes, truth=(entropy, entropy_2),
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
    "gaussian_kl": Function(
        "L14", "KL(N(m, s^2), N(0, r^2)), s and r standard deviations",
        {"m": "(n,)", "s": "(n,)", "r": "()"}, "(n,)",
        seed=9, cases=gaussian_cases, regimes=gaussian_regimes, truth=(gaussian_kl, gaussian_kl_2),
        conventions=BITS,
        adds=lambda a, S: gaussian_size(a["m"], a["s"], a["r"]),
        bugs=[
            ("no-half", "The -1/2 is missing.", "log(r/s) + (m^2 + s^2)/(2 r^2) - 1/2 (L14).", lambda m, s, r: gk(m, s, r) + 0.5),
            ("half-missing", "Twice the value: the outer 1/2 is missing.", "Half the bracket (L14).", lambda m, s, r: 2 * gk(m, s, r)),
            ("log-sign", "log(s/r) in place of log(r/s).", "log(r/s) (L14).", lambda m, s, r: gk(m, s, r) - 2 * np.log(r / s)),
            ("no-log", "The logarithm is missing.", "log(r/s) (L14).", lambda m, s, r: gk(m, s, r) - np.log(r / s)),
            ("variance", "s and r are taken for variances.", "They are standard deviations (L14).", lambda m, s, r: gk(m, np.sqrt(s), np.sqrt(r))),
            ("log-variance", "s is taken for a log-variance.", "It is a standard deviation (L14).", lambda m, s, r: gk(m, np.exp(s / 2), r)),
            ("log-std", "s is taken for a logarithm of a standard deviation.", "It is a standard deviation (L14).", lambda m, s, r: gk(m, np.exp(s), r)),
            ("reversed", "KL(p, q).", "q first (L14).", lambda m, s, r: np.log(s / r) + (m * m + r * r) / (2 * s * s) - 0.5),
            ("sign", "The sign is wrong.", "From 0 up (L14).", lambda m, s, r: -gk(m, s, r)),
            ("unit-prior", "r is taken for 1.", "Use the argument (L14).", lambda m, s, r: gk(m, s, 1.0)),
            ("mean-unscaled", "m^2/2, not divided by r^2.", "(m^2 + s^2)/(2 r^2) (L14).", lambda m, s, r: gk(0 * m, s, r) + m * m / 2),
            ("log2-inside", "log2 in the bracket, the rest in nats.", "One unit throughout; natural logarithm (L14, erratum).", lambda m, s, r: (m * m / r**2 + s * s / r**2 - np.log2(s * s / r**2) - 1) / 2),
            ("no-mean", "The mean's part is missing.", "(m^2 + s^2)/(2 r^2) (L14).", lambda m, s, r: gk(0 * m, s, r)),
            ("mean-not-squared", "|m| for m^2.", "m^2 (L14).", lambda m, s, r: gk(np.sqrt(np.abs(m)), s, r)),
            ("no-two", "(m^2 + s^2)/r^2, without the 2.", "(m^2 + s^2)/(2 r^2) (L14).", lambda m, s, r: gk(m, s, r) + (m * m + s * s) / (2 * r * r)),
            ("clamped", "The log-variance is cut to [-10, 10].", "log(r/s) as it is (L14).", lambda m, s, r: gk(m, np.exp(np.clip(np.log(s), -5, 5)), r)),
            ("epsilon", "A small number is added to the variance in the logarithm.", "log(r/s) as it is (L14).", lambda m, s, r: gk(m, s, r) + np.log(s) - np.log(s * s + 1e-6) / 2),
        ],
    ),
    "box_information": Function(
        "L10", "d log(r/s)",
        {"s": "()", "r": "()", "d": "()"}, "()",
        seed=0, cases=box_cases, regimes=box_regimes, truth=(box_information, box_information_2),
        conventions=BITS,
        adds=lambda a, S: a["d"] * (1 + log_size(a["r"]) + log_size(a["s"])),
        bugs=[
            ("reversed", "log(s/r).", "d log(r/s) (L10).", lambda s, r, d: d * np.log(s / r)),
            ("no-dimension", "d is ignored.", "d log(r/s) (L10).", lambda s, r, d: np.log(r / s)),
            ("entropy", "d log s, the entropy.", "d log(r/s), relative to the large box (L10, erratum).", lambda s, r, d: d * np.log(s)),
            ("count", "(r/s)^d, not its logarithm.", "d log(r/s) (L10).", lambda s, r, d: np.power(r / s, d)),
            ("power", "log(r/s)^d, the power outside.", "d log(r/s) (L10).", lambda s, r, d: np.log(r / s) ** d),
            ("difference", "d log(1 + r - s).", "d log(r/s) (L10).", lambda s, r, d: d * np.log(1 + r - s)),
            ("power-first", "The logarithm of (r/s)^d: the power overflows.", "d log(r/s) (L10).", lambda s, r, d: np.log(np.power(r / s, d))),
        ],
    ),
}  # fmt: skip
