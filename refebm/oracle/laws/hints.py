"""What broken equalities hint at: one ratio or one difference of the two sides, everywhere."""

from __future__ import annotations

import numpy as np

from ...numerics.checks import Array
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

    def hint(self) -> str:
        """In words, or nothing."""
        if self._relation != "=" or len(self._pairs) < 3:
            return ""
        return self._ratio() or self._difference()

    def _ratio(self) -> str:
        """left = c * right, or c times (or over) n, beta, k or DIM in place of c."""
        clear = [p for p in self._pairs if abs(p[1]) > 100 * p[2]]
        if len(clear) < 3:
            return ""
        left, right, slack = (np.array([p[i] for p in clear]) for i in range(3))
        for name in ("1", "n", "beta", "k", "DIM"):
            size = np.array([p[3][name] for p in clear])
            for power in (1, -1) if np.ptp(size) else (0,) if name == "1" else ():
                c, loose = left / right / size**power, 2 * slack / np.abs(right) / size**power
                if _same(c, loose) and (power or abs(np.median(c) - 1) > loose.max()):
                    return f"left is {_product(float(np.median(c)), name, power)} times right, everywhere"
        return ""

    def _difference(self) -> str:
        """left = right + c, or c over beta."""
        left, right, slack = (np.array([p[i] for p in self._pairs]) for i in range(3))
        beta = np.array([p[3]["beta"] for p in self._pairs])
        for size, power in ((np.ones_like(beta), 0), (1 / beta, -1)):
            c, loose = (left - right) / size, 2 * slack / size
            if _same(c, loose) and abs(np.median(c)) > loose.max():
                middle = float(np.median(c))
                return f"left - right is {_product(middle, 'beta', power)} everywhere{_logarithm(middle, self._pairs[0][3])}"
        return ""


def _same(c: Array, loose: Array) -> bool:
    """Whether numbers are one, each as far as it is known."""
    return bool((np.abs(c - np.median(c)) <= loose + 1e-9 * np.abs(c)).all())


def _product(c: float, name: str, power: int) -> str:
    """c, c times a name, or c over it."""
    if power == 0:
        return f"{c:.6g}"
    number = f"{c:.6g}"
    return f"{number} / {name}" if power < 0 else name if number == "1" else f"{number} {name}"


def _logarithm(c: float, sizes: dict[str, float]) -> str:
    """Which logarithm a number is."""
    known = {f"log {int(sizes['k'])}": np.log(sizes["k"]), "(DIM/2) log(2 pi)": sizes["DIM"] / 2 * np.log(2 * np.pi)}
    for words, value in known.items():
        if value and abs(abs(c) - value) <= 1e-6 * value:
            mend = "; PRIOR = np.ones(k) if it sums over the latents (N3)" if words.startswith("log") and c < 0 else ""
            return f", which is {'-' if c < 0 else ''}{words}{mend}"
    return ""
