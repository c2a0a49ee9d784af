"""The information in a Gaussian and in a box  (L14, L10)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from ...numerics import information as own
from ...numerics.checks import Array
from ..digits import log
from ..domains.tables import BOX, GAUSSIAN
from ..inputs import ONE
from ..row import BITS, Case, Function, Rngs, log_size

DECADES = "every decade of s"


# --- inputs


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


# --- the size of its terms


def gaussian_size(m: Array, s: Array, r: float) -> Array:
    return np.asarray(log_size(r) + log_size(s) + (m * m + s * s) / (2 * r * r) + 0.5)


# --- what mistakes are made of


def gk(m: Array, s: Array, r: Any) -> Array:
    return np.log(r / s) + (m * m + s * s) / (2 * r * r) - 0.5


# --- the rows

ROWS = {
    "gaussian_kl": Function(
        "L14", "KL(N(m, s^2), N(0, r^2)), s and r standard deviations",
        {"m": "(n,)", "s": "(n,)", "r": "()"}, "(n,)",
        seed=9, cases=gaussian_cases, domain=GAUSSIAN, drawn=(17, 28, 162, 185, 520, 562, 927, 1019, 1337, 1361), regimes=gaussian_regimes, truth=(gaussian_kl, gaussian_kl_2),
        conventions=BITS,
        adds=lambda a, S: gaussian_size(a["m"], a["s"], a["r"]),
        keeps="(m / r)**2 / 2 + d + d**2 / 2 - np.where(d > -0.5, np.log1p(d), np.log(s / r)) with d = (s - r) / r",
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
        seed=0, cases=box_cases, domain=BOX, drawn=(2, 4, 15, 22, 29, 31, 43, 48, 63, 84, 104, 116, 239, 351, 606), regimes=box_regimes, truth=(box_information, box_information_2),
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

# --- as it is written

FORMULAS = {
    "gaussian_kl": "np.log(r / s) + (m**2 + s**2) / (2 * r**2) - 1 / 2",
    "box_information": "d * np.log(r / s)",
}  # fmt: skip

# --- right ways


def gaussian(m: Array, s: Array, r: Any) -> Any:
    return ((m / r) ** 2 + (s / r) ** 2 - 1 - 2 * np.log(s / r)) / 2


RIGHT = {
    "gaussian_kl": [gaussian, lambda m, s, r: np.log(r / s) + (m * m + s * s) / (2 * r * r) - s.dtype.type(0.5)],
    "box_information": [lambda s, r, d: d * np.log(r / s), lambda s, r, d: d * (np.log(r) - np.log(s))],
}  # fmt: skip

# --- refebm's own

PACKAGE = {
    "gaussian_kl": own.gaussian_kl,
    "box_information": lambda s, r, d: own.box_information(s, r, int(d)),
}
