"""The law of a move that is taken or refused, by quadrature  (W12)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from ...numerics.checks import Array
from .distributions import NORMAL, SURE, Noise, hits


@dataclass(frozen=True)
class Tested:
    """A move ``mean + deviation noise`` that is taken with probability ``accept(start, y)``, or else the start stays  (W12).

    Of moves that are taken the density of x is the noise's times ``accept``, and its integral the chance of a move. By the
    trapezoidal rule it is tabled on a grid, for each of the starts (s, d); row i has the start ``which[i]``. Of one or two
    coordinates; with shared noise of any number, as x is then one number.

    Parameters
    ----------
    redrawn : bool
        A move that is refused is proposed anew, until one is taken.
    """

    start: Array
    which: Array
    mean: Array
    deviation: float
    accept: Callable[[Array, Array], Array]
    noise: Noise = NORMAL
    shared: bool = False
    redrawn: bool = False
    nodes: int = 256
    error: float = 1e-4

    @cached_property
    def table(self) -> tuple[Array, Array, Array]:
        """Of each start: the chance of staying, the first number's CDF at the nodes, the second's at each node of the first."""
        D, node = 1 if self.shared else self.start.shape[1], np.linspace(*self.noise.ends, self.nodes)
        density, step = np.exp(self.noise.log_density(node)), node[1] - node[0]
        grid = np.stack(np.meshgrid(*[node] * D, indexing="ij"), axis=-1)
        y = self.mean.reshape(-1, *[1] * D, self.mean.shape[1]) + self.deviation * grid
        A = self.accept(self.start.reshape(y.shape[0], *[1] * D, -1), y) * density
        slices = _cumulative(A * density[:, None], step) if D == 2 else A[..., None]
        first = _cumulative(slices[..., -1], step)
        stays = np.maximum(1 - first[:, -1], 0)
        return (np.zeros_like(stays) if self.redrawn else stays), first, slices

    def _noise(self, y: Array) -> tuple[Array, Array, Array]:
        """The noise of a move, whether it was none, and whether it could be."""
        x = (y - self.mean[self.which]) / self.deviation
        possible = hits(x, x[:, :1]).all(axis=1) if self.shared else np.ones(len(y), bool)
        possible &= np.isfinite(self.noise.log_density(x)).all(axis=1)
        stayed = np.zeros(len(y), bool) if self.redrawn else hits(y, self.start[self.which]).all(axis=1)
        return x, np.asarray(stayed), np.asarray(possible | stayed)

    def uniforms(self, y: Array, rng: np.random.Generator) -> Array:
        x, stayed, possible = self._noise(y)
        stays, first, slices = self.table
        low, high = self.noise.ends
        at = (np.clip(np.nan_to_num(x), low, high) - low) / (high - low) * (self.nodes - 1)
        u, s = rng.random(y.shape), self.which
        one = _linear(first, s, at[:, 0])
        one = one / np.maximum(first[s, -1], 1e-300) if self.redrawn else stays[s] + one
        u[:, 0] = np.where(stayed, u[:, 0] * stays[s], one)
        if not self.shared and y.shape[1] == 2:
            i = np.minimum(at[:, 0].astype(int), self.nodes - 2)
            rows, share = slices.reshape(-1, self.nodes), at[:, 0] - i
            ends = np.stack([_linear(rows, s * self.nodes + i + k, at[:, 1]) for k in (0, 1)])
            whole = np.stack([rows[s * self.nodes + i + k, -1] for k in (0, 1)])
            part, total = ((1 - share) * v[0] + share * v[1] for v in (ends, whole))
            u[:, 1] = np.where(stayed, u[:, 1], part / np.maximum(total, 1e-300))
        return np.where((possible & (~stayed | (stays[s] > 0)))[:, None], u, np.nan)

    def log_density(self, y: Array) -> Array:
        x, stayed, possible = self._noise(y)
        stays, first, _ = self.table
        used = x[:, :1] if self.shared else x
        with np.errstate(divide="ignore"):
            accepted = np.log(self.accept(self.start[self.which], y))
            moved = (self.noise.log_density(used) - np.log(self.deviation)).sum(axis=1) + accepted
            moved += SURE * (x.shape[1] - used.shape[1])
            if self.redrawn:
                moved -= np.log(first[self.which, -1])
            moved -= SURE * hits(y, self.start[self.which]).any(axis=1)  # who moves, moves in every coordinate
            return np.where(possible, np.where(stayed, np.log(stays[self.which]), moved), -np.inf)


def _cumulative(f: Array, step: float) -> Array:
    """Integrals from the first node to each, along the last axis."""
    sums = np.cumsum((f[..., 1:] + f[..., :-1]) * (step / 2), axis=-1)
    return np.concatenate([np.zeros((*f.shape[:-1], 1)), sums], axis=-1)


def _linear(table: Array, row: Array, at: Array) -> Array:
    """Rows of a table between their entries."""
    i = np.minimum(at.astype(int), table.shape[-1] - 2)
    return np.asarray(table[row, i] + (at - i) * (table[row, i + 1] - table[row, i]))


@dataclass(frozen=True)
class Moves:
    """Some such moves of one number, one after another, by quadrature on a grid from ``-end`` to ``end``.

    ``density(x, y)`` is that of moves from x to y that are taken, by the trapezoidal rule; what it leaves of 1 stays. Of what
    starts at one point, what never moved is an atom, and the rest has a density.
    """

    start: Array
    which: Array
    steps: int
    density: Callable[[Array, Array], Array]
    end: float = 6.0
    nodes: int = 801
    error: float = 1e-4

    @cached_property
    def table(self) -> tuple[Array, Array, Array]:
        """The grid, each start's chance of never having moved (s,), and its density beside that (s, nodes)."""
        x = np.linspace(-self.end, self.end, self.nodes)
        h = x[1] - x[0]
        between, first = self.density(x[:, None], x), self.density(self.start, x)
        left, leave = 1 - between.sum(axis=1) * h, first.sum(axis=1, keepdims=True) * h
        stays, densities = np.ones_like(leave), np.zeros_like(first)
        for _ in range(self.steps):
            densities = stays * first + densities * left + densities @ between * h
            stays = stays * np.maximum(1 - leave, 0)
        return x, stays[:, 0], densities

    @property
    def lost(self) -> float:
        """How much comes to the outer third of the grid, from where moves may leave it."""
        x, _, densities = self.table
        return float(densities[:, np.abs(x) > self.end * 2 / 3].sum(axis=1).max() * (x[1] - x[0]))

    def uniforms(self, y: Array, rng: np.random.Generator) -> Array:
        x, stays, densities = self.table
        u, start = rng.random(y.shape), self.start[self.which]
        cdf = _cumulative(densities, 1.0)
        at = np.clip((y[:, 0] + self.end) / (x[1] - x[0]), 0, self.nodes - 1)
        moved = _linear(cdf / cdf[:, -1:], self.which, at) * (1 - stays[self.which])
        stayed = hits(y, start)[:, 0] & (stays[self.which] > 0)
        # who stayed comes first, as one jump
        u[:, 0] = np.where(stayed, u[:, 0] * stays[self.which], stays[self.which] + moved)
        return np.where(np.isfinite(y), u, np.nan)

    def log_density(self, y: Array) -> Array:
        x, stays, densities = self.table
        at = np.clip((y[:, 0] + self.end) / (x[1] - x[0]), 0, self.nodes - 1)
        stayed = hits(y, self.start[self.which])[:, 0]
        with np.errstate(divide="ignore"):
            return np.where(stayed, np.log(stays[self.which]), np.log(_linear(densities, self.which, at)))
