"""The domains of the rows, a family of functions each: how their arguments are drawn, and what has to be met on the way."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np

from ...numerics.checks import Array
from .ranges import Domain, Draw, Range, Sizes, below, decades, edges, points, signed

BETA = decades(-12, 6)
# Where exp leaves float32's or float64's range, or is lost beside 1: 16.6, 36.7, 88.7, 104, 709.8, 745.1.
FADES = edges(1, 5, 10, 15, 20, 30, 36.5, 50, 88, 104, 300, 709, 746, 1e3, 1e4, 1e5)
GAP = points(0) + decades(-9, 0) + FADES
LOGIT = below(GAP) + GAP
ENERGY = signed(-6, 13)
LEVEL = signed(-1, 5)


def nk(**sizes: int) -> list[dict[str, int]]:
    """Sizes of two letters: some different, some the same, of 1 and of 2, and more rows or columns than loops are unrolled for."""
    (n, a), (k, b) = sizes.items()
    pairs = ((a, b), (4, 4), (1, 1), (2, 2), (9, 2), (2, 17), (1, 3), (3, 1))
    return [{n: i, k: j} for i, j in pairs]


def sized(letters: str, *sizes: str) -> list[Sizes]:
    """Sizes by letter, written as digits."""
    return [dict(zip(letters, map(int, digits.split()), strict=True)) for digits in sizes]


# --- energies and temperatures


def heights(d: Draw, beta: float, *letters: Any, level: Range = LEVEL) -> Array:
    """Energies: gaps of every size in units of 1/beta above a least one anywhere, the rows at heights of their own."""
    gap = d.numbers(GAP, *letters)
    least = d.rng.integers(gap.shape[-1], size=(*gap.shape[:-1], 1))
    np.put_along_axis(gap, least, 0, axis=-1)
    height = d.numbers(level, *letters[:-1], 1) if d.often(0.6) else 0
    return np.asarray((gap + height) / beta)


def gaps(name: str, sign: int = 1) -> Any:
    """beta times the energies above the least of each row."""

    def of(a: dict[str, Any]) -> Array:
        E = sign * np.asarray(a[name])
        return np.asarray(a["beta"] * (E - E.min(axis=-1, keepdims=True)))

    return GAP, of


def table(d: Draw) -> dict[str, Any]:
    beta = d.number(BETA)
    return {"E": heights(d, beta, "n", "k"), "beta": beta}


def scores(d: Draw) -> dict[str, Any]:
    beta = d.number(BETA)
    return {"s": -heights(d, beta, "n", "k"), "beta": beta}


WARM = nk(n=3, k=5)
MANY = [{"n": 40, "k": 33}]
TABLE = Domain(table, WARM, {"E": ENERGY, "beta": BETA}, {"beta (E - min E)": gaps("E")}, MANY)
SCORES = Domain(scores, WARM, {"s": ENERGY, "beta": BETA}, {"beta (max s - s)": gaps("s", -1)}, MANY)


# --- pairs of energies


def logits(d: Draw) -> dict[str, Any]:
    return {"u": d.numbers(LOGIT, "n")}


def pairs(d: Draw) -> dict[str, Any]:
    u, F_hat = d.numbers(LOGIT, "n"), d.numbers(LEVEL, "n") if d.often(0.6) else np.zeros(d.sizes["n"])
    return {"F": F_hat + u, "F_hat": F_hat}


ROW = [{"n": n} for n in (7, 4, 1, 2, 10)]
LONG = [{"n": 100}]
LOGITS = Domain(logits, ROW, {"u": LOGIT}, {}, LONG)
PAIR: dict[str, Range] = {"F": LEVEL, "F_hat": LEVEL}
PAIRS = Domain(pairs, ROW, PAIR, {"F - F_hat": (LOGIT, lambda a: a["F"] - a["F_hat"])}, LONG)


# --- margins


def margins(d: Draw, slack: Range) -> dict[str, Any]:
    margin = d.number(MARGIN)
    F_hat = d.numbers(LEVEL, "n") if d.often(0.6) else np.zeros(d.sizes["n"])
    F = F_hat + margin * (d.numbers(slack, "n") - 1)
    below = F if d.often(0.2) else 0
    return {"F": F - below, "F_hat": F_hat - below, "margin": margin}


MARGIN, SLACK = decades(-5, 5), signed(-4, 4)


def hinges(slack: Range) -> Domain:
    ranges = {"F": signed(-4, 8), "F_hat": LEVEL, "margin": MARGIN}
    of = {"slack over margin": (slack, lambda a: (a["margin"] + a["F"] - a["F_hat"]) / a["margin"])}
    return Domain(partial(margins, slack=slack), ROW, ranges, of, LONG)


MARGINS, OFF_MARGINS = hinges(SLACK), hinges(below(decades(-4, 4)) + decades(-4, 4))


# --- probabilities

PRIOR = points(1) + edges(5e-8, 1e-7, 1e-6, 1e-5, 1e-4, 1e-3, 0.01, 0.1, 1)
SHARES = Range((points(0) + PRIOR).bins, sums=True)
PRIOR = Range(PRIOR.bins, sums=True)


def shares(d: Draw, *letters: Any, zeros: bool = False) -> Array:
    """Rows of multiples of 2^-24 that sum to exactly 1."""
    rows = d.numbers(decades(-7, 0), *letters) if d.often(0.6) else d.rng.uniform(0.3, 1, d.shape(*letters))
    counts = np.maximum(np.round(rows / rows.sum(axis=-1, keepdims=True) * 2**24), 1)
    if zeros and d.often(0.4):
        counts = counts * (d.rng.random(counts.shape) < (0.7 if d.often(0.7) else 0.1))
    at = counts.argmax(axis=-1)[..., None]
    rest = 2**24 - counts.sum(axis=-1, keepdims=True)
    np.put_along_axis(counts, at, np.take_along_axis(counts, at, -1) + rest, -1)
    return np.asarray(counts / 2**24)


def divergence(d: Draw) -> dict[str, Any]:
    q = shares(d, "n", "k", zeros=True)
    return {"q": q, "p": q if (q > 0).all() and d.often(0.1) else shares(d, "n", "k")}


def prior(d: Draw) -> dict[str, Any]:
    return table(d) | {"p": shares(d, "k")}


def variational(d: Draw) -> dict[str, Any]:
    case = table(d)
    return {"E": case["E"], "q": shares(d, "n", "k", zeros=True), "beta": case["beta"], "p": shares(d, "k")}


WARMTH = {"beta (E - min E)": gaps("E")}
DIVERGENCE = Domain(divergence, WARM, {"q": SHARES, "p": PRIOR}, {}, MANY)
ENTROPY = Domain(lambda d: {"q": shares(d, "n", "k", zeros=True)}, WARM, {"q": SHARES}, {}, MANY)
PRIORS = Domain(prior, WARM, {"E": ENERGY, "beta": BETA, "p": PRIOR}, WARMTH, MANY)
VARIATIONAL = Domain(variational, WARM, {"E": ENERGY, "q": SHARES, "beta": BETA, "p": PRIOR}, WARMTH, MANY)
EXPECTED = Domain(
    lambda d: {"E": table(d)["E"], "q": shares(d, "n", "k", zeros=True)}, WARM, {"E": ENERGY, "q": SHARES}, {}, MANY
)


# --- densities

VOLUME = decades(-6, 4)
SLOPE = signed(-3, 4)
LINE = {"F": ENERGY, "beta": BETA, "dy": VOLUME}


def line(d: Draw) -> dict[str, Any]:
    beta = d.number(BETA)
    return {"F": heights(d, beta, "m", level=signed(-1, 3)), "beta": beta, "dy": d.numbers(VOLUME, "m")}


def data(d: Draw) -> dict[str, Any]:
    case = line(d)
    return {"F_data": heights(d, case["beta"], "n"), **case}


def data_slopes(d: Draw) -> dict[str, Any]:
    return {"dF_data": d.numbers(SLOPE, "n", "p"), "dF": d.numbers(SLOPE, "m", "p"), **line(d)}


THREE = [
    {"n": n, "m": m, "p": p}
    for n, m, p in ((3, 5, 2), (4, 4, 4), (1, 1, 1), (2, 2, 2), (9, 4, 3), (2, 17, 1), (5, 3, 9))
]
BELOW = {"beta (F - min F)": gaps("F")}
LINES = Domain(line, [{"m": s["m"]} for s in THREE if s["m"] != 3], LINE, BELOW, [{"m": 60}])
DATA = Domain(data, [{k: s[k] for k in "nm"} for s in THREE], {"F_data": ENERGY, **LINE}, BELOW, [{"n": 30, "m": 20}])
DATA_SLOPES = Domain(data_slopes, THREE, {"dF_data": SLOPE, "dF": SLOPE, **LINE}, BELOW, [{"n": 12, "m": 20, "p": 3}])


# --- Gaussians and boxes

RATIO = decades(-6, 5) + edges(0.9, 0.999, 0.99999, 1.00001, 1.001, 1.1)
MEAN = signed(-5, 4)
WIDTH = decades(-3, 5)
COUNT = Range(edges(1, 2, 3, 10, 100, 1000, 10000).bins, whole=True)
EXCESS = edges(1e-6, 1e-4, 0.01, 0.1, 1, 10) + decades(1, 12)


def gaussian(d: Draw) -> dict[str, Any]:
    r = d.number(WIDTH)
    return {"m": r * d.numbers(MEAN, "n"), "s": r * d.numbers(RATIO, "n"), "r": r}


def box(d: Draw) -> dict[str, Any]:
    r = d.number(decades(-4, 9))
    return {"s": r / (1 + d.number(EXCESS)), "r": r, "d": np.floor(d.number(COUNT))}


GAUSSIAN = Domain(
    gaussian,
    ROW,
    {"m": signed(-6, 8), "s": decades(-8, 9), "r": WIDTH},
    {"m / r": (MEAN, lambda a: a["m"] / a["r"]), "s / r": (RATIO, lambda a: a["s"] / a["r"])},
    LONG,
)
BOX = Domain(
    box,
    [{}],
    {"s": decades(-8, 8), "r": decades(-4, 9), "d": COUNT},
    {"r / s - 1": (EXCESS, lambda a: a["r"] / a["s"] - 1)},
)
