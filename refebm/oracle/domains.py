"""The domains of the rows, a family of functions each: how their arguments are drawn, and what has to be met on the way."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..numerics.checks import Array
from .ranges import Domain, Draw, Range, below, decades, edges, points, signed

BETA = decades(-12, 6)
# Where exp leaves float32's or float64's range, or is lost beside 1: 16.6, 36.7, 88.7, 104, 709.8, 745.1.
FADES = edges(1, 5, 10, 15, 20, 30, 36.5, 50, 88, 104, 300, 709, 746, 1e3, 1e4, 1e5)
GAP = points(0) + decades(-9, 0) + FADES
LOGIT = below(GAP) + GAP
ENERGY = signed(-6, 9)
LEVEL = signed(-1, 5)


def nk(**sizes: int) -> list[dict[str, int]]:
    """Sizes of two letters: some different, some the same, of 1 and of 2, and more rows or columns than loops are unrolled for."""
    (n, a), (k, b) = sizes.items()
    pairs = ((a, b), (4, 4), (1, 1), (2, 2), (9, 2), (2, 17), (1, 3), (3, 1))
    return [{n: i, k: j} for i, j in pairs]


# --- energies and temperatures


def heights(d: Draw, beta: float, *letters: Any) -> Array:
    """Energies: gaps of every size in units of 1/beta above a least one anywhere, the rows at heights of their own."""
    gap = d.numbers(GAP, *letters)
    least = d.rng.integers(gap.shape[-1], size=(*gap.shape[:-1], 1))
    np.put_along_axis(gap, least, 0, axis=-1)
    level = d.numbers(LEVEL, *letters[:-1], 1) if d.often(0.6) else 0
    return np.asarray((gap + level) / beta)


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
