"""The path of a descent: where it went, what was found there, whether to stop, and what comes of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from ..numerics import checks
from ..numerics.checks import Array

if TYPE_CHECKING:
    from scipy.optimize import OptimizeResult

Objective = Callable[[Array], tuple[float, Array]]
Watch = Callable[[Array], float]
FIXED_RATES = {"gd": "gradient descent", "adam": "Adam", "sgd": "SGD"}  # methods that can diverge, and have to say so


@dataclass
class Path:
    """The iterates of a descent, the start first, and at each what is watched; nothing else is known of them."""

    watch: Watch | None
    steps: int
    patience: int
    method: str
    rate: float
    iterates: list[Array] = field(default_factory=list, init=False)
    watched: list[float] = field(default_factory=list, init=False)

    def __post_init__(self) -> None:
        self.steps, self.patience = checks.count(self.steps, "steps"), checks.count(self.patience, "patience")
        self.rate = checks.positive(self.rate, "rate")

    def ends(self, w: Array) -> bool:
        """Take note of an iterate; whether to stop there."""
        self.iterates.append(w)
        converged = self.converged(w)
        if self.watch is not None:
            self.watched.append(self.watch(w))
        stale = len(self.watched) - 1 - self.best if self.watched else 0
        return converged or stale >= self.patience or len(self.iterates) > self.steps

    def converged(self, w: Array) -> bool:
        """Without an objective nobody can tell."""
        return False

    @property
    def best(self) -> int:
        """The iterate that is the result: the last, or the one at which what is watched is least."""
        return int(np.argmin(self.watched)) if self.watched else len(self.iterates) - 1

    def history(self) -> dict[str, Array]:
        """What is known of each iterate."""
        return {"w": np.array(self.iterates)} | ({"held_out": np.array(self.watched)} if self.watched else {})

    def bounded(self, w: Array) -> Array:
        """w, where it has not left all bounds."""
        if not np.abs(w).max() < checks.LARGEST:
            raise self.diverged()
        return w

    def diverged(self) -> ValueError:
        """What to raise where steps were too long."""
        name = FIXED_RATES[self.method]
        return ValueError(f"rate: expected a step at which {name} converges, got {self.rate:g}, at which w diverges")


@dataclass
class ExactPath(Path):
    """A path whose objective is known: loss and gradient at w, computed once."""

    objective: Objective
    tol: float
    evaluations: dict[bytes, tuple[float, Array]] = field(default_factory=dict, init=False)

    def __post_init__(self) -> None:
        super().__post_init__()
        self.tol = checks.positive(self.tol, "tol")

    def evaluate(self, w: Array) -> tuple[float, Array]:
        """Loss and gradient at w."""
        if (key := w.tobytes()) not in self.evaluations:
            self.evaluations[key] = self._evaluation(w)
        return self.evaluations[key]

    def _evaluation(self, w: Array) -> tuple[float, Array]:
        first = not self.evaluations
        try:
            with np.errstate(all="ignore"):
                loss, slope = self.objective(w)
        except ValueError as error:
            if self.method == "lbfgs" or first or not str(error).startswith("w: "):
                raise
            loss, slope = np.nan, np.full_like(w, np.nan)  # a step led where something overflows
        if np.isfinite(loss) and np.isfinite(slope).all():
            return loss, slope
        if self.method == "lbfgs" or first:
            raise ValueError(f"w: expected a start from which losses stay finite, got a loss of {loss:g}")
        if self.method == "newton":
            return np.inf, slope  # a step too far, which it takes back
        raise self.diverged()

    def converged(self, w: Array) -> bool:
        """Whether no entry of the gradient is larger than `tol`."""
        return bool(np.abs(self.evaluate(w)[1]).max() <= self.tol)

    def result(self) -> OptimizeResult:
        """The best iterate, and whether it has converged."""
        from scipy.optimize import OptimizeResult

        values, slopes = zip(*map(self.evaluate, self.iterates), strict=True)
        largest, best = np.abs(slopes).max(axis=1), self.best
        w, start = self.iterates[best], self.iterates[0]
        grown = np.abs(w).max() > 1e3 * np.abs(start).max() and values[best] - values[0] > 1e6 * abs(values[0])
        if self.method in FIXED_RATES and grown:  # a falling rate may hide it
            raise self.diverged()
        success = self.converged(w)
        within = "within" if success else "not within"
        message = f"gradient {largest[best]:.1e} {within} {self.tol:g} after {best} iterations"
        history = {"loss": np.array(values), "gradient": largest} | self.history()
        found = {"w": w, "fun": values[best], "jac": slopes[best], "success": success, "message": message}
        return OptimizeResult(**found, nit=len(values) - 1, nfev=len(self.evaluations), history=history)
