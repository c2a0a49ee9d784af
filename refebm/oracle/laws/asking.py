"""What a law is, and how a model is asked for its sides.

A law gives two sides, which have to be equal, or the first at most the second, within a slack: the rounding that right formulas
may lose, ``near`` times the size of the terms, and of differences and integrals their own estimated error.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from ...numerics.checks import Array
from .differences import gradient

# What may be offered, and the shape of its answer: n rows, k latents, d = DIM, W shaped like W, m any size.
SHAPES = {
    "energy": "(n, k)", "least_energy": "(n,)", "free_energy": "(n,)", "slope_y": "(n, d)", "slope_w": "W", "posterior": "(n, k)",
    "variational_free_energy": "(n,)", "log_partition": "()", "log_density": "(n,)", "score": "(n, d)", "sample": "(n, d)",
    "forward": "(n, m)", "jvp": "(n, m)", "vjp": "(n, d)",
}  # fmt: skip
WARM = set(SHAPES) - {"energy", "least_energy", "forward", "jvp", "vjp"}  # whose answers depend on beta


class Sides(NamedTuple):
    """Both sides of a law, their slack, and for each row whether they are "=", "<=" or, but for chance, "~"."""

    left: Array
    right: Array
    slack: Array
    relation: str = "="

    def excess(self) -> Array:
        """By how many slacks the law is broken, in each row; NaN counts as infinite, and a slack that is none as kept."""
        with np.errstate(all="ignore"):
            off = self.left - self.right if self.relation == "<=" else np.abs(self.left - self.right)
            off = np.where((self.left == self.right) | np.isinf(self.slack), 0, off / self.slack)
        return np.asarray(np.where(np.isnan(off), np.inf, off))


class Ask:
    """A model asked at fresh numbers: those of `given` that all the functions of a law can be given."""

    def __init__(self, model: Any, given: dict[str, Any], functions: tuple[str, ...]) -> None:
        self.model, self.given = model, dict(given)
        if model.w is not None and not model.takes("w", functions):
            self.given["w"] = model.w
        if not model.takes("beta", functions):
            self.given["beta"] = model.beta
        self.y, self.beta, self.p = self.given["y"], self.given["beta"], model.prior

    def __call__(self, name: str, **changes: Any) -> Array:
        return self.model.call(name, self.given | changes)

    def E(self, **changes: Any) -> Array:
        """The energies (n, k); of a model without latents k is 1."""
        return self("energy", **changes).reshape(len(changes.get("y", self.y)), -1)

    def F(self, **changes: Any) -> Array:
        """The free energy, its own or the softmin of its energies."""
        if "free_energy" in self.model.functions:
            return self("free_energy", **changes)
        return softmin(self.E(**changes), changes.get("beta", self.beta), self.p)

    def terms(self) -> Array:
        """How large the numbers are that a free energy is summed of  (n,)."""
        size = np.abs(self.E()).max(axis=1) if "energy" in self.model.functions else 0
        own = np.abs(self.F())
        with np.errstate(divide="ignore"):
            logs = (1 + np.abs(np.log(self.p)).max() + np.log(len(self.p))) / self.beta
        return np.asarray(np.maximum(size, np.maximum(own, own.max())) + logs)

    def slope(self, f: Callable[[Array], Array], x: Array, terms: Array) -> tuple[Array, Array]:
        """Derivatives of f (n,) in x by differences, and what they may be off."""
        step = 0.125 * max(np.abs(x).max(), float(np.ptp(self.model.box)) * self.given["scale"])
        value, error = gradient(f, x, step, 4 * self.model.u * terms)
        # where they are no use they decide nothing
        rough = error > 0.2 * (np.abs(value) + np.abs(value).max(initial=0) + 1e-3 * terms[:, None] / step)
        return value, np.where(rough, np.inf, error)


def weights(E: Array, beta: float, p: Array) -> Array:
    """Gibbs weights, p exp(-beta E) over their sum; at beta = inf those of the least energies, tied ones shared."""
    low = E - E.min(axis=1)[:, None]
    w = p * (np.exp(-beta * low) if np.isfinite(beta) else low <= 1e-12 * (1 + np.abs(E).max()))
    return np.asarray(w / w.sum(axis=1)[:, None])


def softmin(E: Array, beta: float, p: Array) -> Array:
    """-(1/beta) log sum p exp(-beta E), with its digits."""
    m, total = E.min(axis=1), p.sum()
    x = np.expm1(-beta * (E - m[:, None])) @ p / total
    return np.asarray(m - (np.log1p(np.maximum(x, -1 + 1e-300)) + np.log(total)) / beta)


class Law(NamedTuple):
    """A law: its equation, what it says, what has to be offered or declared, and its sides."""

    equation: str
    name: str
    what: str
    needs: tuple[str, ...]
    sides: Callable[[Ask], Sides]
    warm: tuple[str, ...] = ()  # functions that have to take beta
