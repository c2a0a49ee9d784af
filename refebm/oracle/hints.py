"""What broken equalities hint at: one ratio or one difference of the two sides, everywhere."""

from __future__ import annotations

from typing import Any

import numpy as np

from .asking import Ask, Sides

MOST = 400  # pairs kept


class Pairs:
    """Pairs of sides, each with the sizes that a factor may be made of."""

    def __init__(self) -> None:
        self._pairs: list[tuple[float, float, float, dict[str, float]]] = []
        self._relation = "="

    def add(self, sides: Sides, ask: Ask) -> None:
        self._relation = sides.relation
        k, d = len(ask.p), ask.model.dim
        sizes = {"1": 1.0, "n": float(len(ask.y)), "beta": ask.beta, "k": float(k), "DIM": float(d)}
        for left, right, slack in zip(*(np.ravel(v).tolist() for v in np.broadcast_arrays(*sides[:3])), strict=True):
            if len(self._pairs) < MOST and np.isfinite([left, right, slack]).all():
                self._pairs.append((left, right, slack, sizes))

    def hint(self, _: Any = None) -> str:
        """In words, or nothing."""
        if self._relation != "=" or len(self._pairs) < 3:
            return ""
        return self._ratio() or self._difference()

    def _ratio(self) -> str:
        """left = c * right, or c times (or over) n, beta, k or DIM."""
        clear = [p for p in self._pairs if abs(p[1]) > 100 * p[2]]
        if len(clear) < 3:
            return ""
        right = np.array([p[1] for p in clear])
        ratio = np.array([p[0] for p in clear]) / right
        loose = np.array([2 * p[2] for p in clear]) / np.abs(right)
        for name in ("1", "n", "beta", "k", "DIM"):
            size = np.array([p[3][name] for p in clear])
            for power, words in ((1, f" times {name}"), (-1, f" over {name}")):
                c = ratio / size**power
                middle = float(np.median(c))
                if name != "1" and np.ptp(size) == 0:
                    continue
                if (np.abs(c - middle) <= loose / size**power + 1e-9 * abs(middle)).all() and abs(middle - 1) > 1e-9 * (
                    name == "1"
                ):
                    return f"the left side is {middle:.6g}{words if name != '1' else ''} of the right one everywhere"
        return ""

    def _difference(self) -> str:
        """left = right + c, or c over beta."""
        left, right, slack = (np.array([p[i] for p in self._pairs]) for i in range(3))
        beta = np.array([p[3]["beta"] for p in self._pairs])
        for size, words in ((np.ones_like(beta), ""), (1 / beta, " / beta")):
            c = (left - right) / size
            middle = float(np.median(c))
            if (np.abs(c - middle) <= 2 * slack / size + 1e-9 * abs(middle)).all():
                return f"left - right is {middle:.6g}{words} everywhere{_logarithm(middle, self._pairs[0][3])}"
        return ""


def _logarithm(c: float, sizes: dict[str, float]) -> str:
    """Which logarithm a number is."""
    known = {f"log {int(sizes['k'])}": np.log(sizes["k"]), "(DIM/2) log(2 pi)": sizes["DIM"] / 2 * np.log(2 * np.pi)}
    for words, value in known.items():
        if value and abs(abs(c) - value) <= 1e-6 * value:
            return f", which is {'-' if c < 0 else ''}{words}"
    return ""
