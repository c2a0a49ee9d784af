"""The hot loop: free energies of points that are linear in their codes, in tiles and on all cores  (C4, C13, C16, C27).

Where the decoder is a table, ``g_i = h_i T_i(z)``, as an ellipse's [cos z, sin z], the energy ``E = sum_i (y_i - h_i T_i)^2``
needs no cosine a second time, and every gradient of F follows from the Gibbs means of T and of its square:

    dF/dy_i = 2 (y_i - h_i <T_i>),    dF/dh_i = 2 (h_i <T_i^2> - y_i <T_i>).

`moments` computes those means plainly. `Manifold` does the same in few calls, on arrays that are kept, with `moments` for the
rows that need its care. y is (n, d), h (d,) or each observation's own (n, d), T (d, 1 or n, k), p None or (k,).
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import reduce

import numpy as np

from ..numerics.checks import Array
from ..numerics.soft import softmin_rows
from ..parts.costs import squared_error_slack
from .energy import tiles

TILE = 1 << 17  # energies at a time: 1 MiB an array
GROUP = 8  # tiles at a time: threads wait for each other at every call, so the small ones are made once a group
ALONE = 1 << 16  # up to so many energies for each thread, a second one costs more than it gives
CORES = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
_KEPT = threading.local()
_POOL: list[ThreadPoolExecutor] = []
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_POOL.clear)  # threads do not survive a fork


def ties(y: Array, E: Array, beta: float, reach: Array | float) -> Array | float:
    """Within what of the least the energies E (n, k) tie at beta = inf, as a column: mirror images differ by rounding."""
    return squared_error_slack(y, E.real.min(axis=1), reach)[:, None] if beta == np.inf else 0.0


def largest(turn: float, h: Array) -> Array:
    """How far latents of size `turn`, rounded, may move points of codes h, in u: ``g_i = h_i T_i(z)``, T' of size 1."""
    return turn * np.abs(h).max(axis=-1)


def moments(
    y: Array, h: Array, T: Array, beta: float, p: Array | None, turn: float = 0.0
) -> tuple[Array, Array, Array]:
    """F (n,), <T> and <T^2> (d, n) under the Gibbs weights, of latents of size `turn`  (C13, C16)."""
    E = np.square(y.T[:, :, None] - np.atleast_2d(h).T[:, :, None] * T).sum(axis=0)
    F, q = softmin_rows(E, beta, p, ties(y, E, beta, largest(turn, h)))
    q = q / q.sum(axis=1, keepdims=True)
    return F, (q * T).sum(axis=2), (q * T * T).sum(axis=2)


class Manifold:
    """F and its slopes as functions of the codes; what does not depend on them is made once, as learning asks again and again.

    Parameters
    ----------
    y : ndarray, (n, d)
    T : ndarray, (d, 1 or n, k)
    beta : float in [0, inf]
    p : ndarray, (k,), optional
        Prior weights that sum to 1.
    turn : float
        The largest latent's size, whose rounding parts what ties.
    """

    def __init__(self, y: Array, T: Array, beta: float, p: Array | None = None, turn: float = 0.0) -> None:
        if p is not None and T.shape[1] == 1:
            T, p = T[:, :, p > 0], p[p > 0]
        self.y, self.T, self.beta, self.p, self.turn = y, T, beta, p, turn
        least = 1 / T.shape[2] if p is None else p.min()
        self.fast = T.shape[1] == 1 and beta > 0 and least > 1e-100
        k = T.shape[2]
        self.parts = shares(len(y), k, GROUP * TILE if self.fast else TILE // 4)
        if self.fast:
            # beta E at which exp(-beta E), times p and the squares of small T, still has all its digits
            self.depth = 600 + np.log(least)
            d, t = len(T), T[:, 0]
            self.tables = np.empty((1 + 2 * d, k))  # p, p T, p T^2
            self.tables[0] = 1 / k if p is None else p
            np.multiply(self.tables[0], t, out=self.tables[1 : d + 1])
            np.multiply(self.tables[1 : d + 1], t, out=self.tables[d + 1 :])
            self.left = self._left(self.parts[0]) if len(self.parts) == 1 else None

    def _left(self, t: slice) -> Array:
        """The columns y_i and 1: y_i - h_i T_i is their product with [1, -h_i T_i], or with h_i for 1 that with [1, -T_i]."""
        A = np.ones((len(self.T), t.stop - t.start, 2))
        A[:, :, 0] = self.y[t].T
        return A

    def __call__(
        self, h: Array, F_bar: Array | None = None, want: str = "yh"
    ) -> tuple[Array, Array | None, Array | None]:
        """F (n,), and given F_bar (n,) what is wanted of y_bar (n, d) and h_bar, for h (d,) shared or (n, d)."""
        (n, d), shared = self.y.shape, h.ndim == 1
        F = np.empty(n)
        y_bar = np.empty((n, d)) if F_bar is not None and "y" in want else None
        h_bar = np.empty((len(self.parts) if shared else n, d)) if F_bar is not None and "h" in want else None

        def work(i: int) -> None:
            t = self.parts[i]
            own = h if shared else h[t]
            with np.errstate(all="ignore"):
                if self.fast:
                    F[t], first, second = self._moments(t, own, 0 if F_bar is None else 1 + (h_bar is not None))
                else:
                    T = self.T if self.T.shape[1] == 1 else self.T[:, t]
                    F[t], first, second = moments(self.y[t], own, T, self.beta, self.p, self.turn)
            if F_bar is None:
                return
            scale = 2 * F_bar[t]
            if y_bar is not None:
                y_bar[t] = scale[:, None] * (self.y[t] - own * first.T)
            if h_bar is not None and shared:
                h_bar[i] = h * (second @ scale) - (self.y[t].T * first) @ scale
            elif h_bar is not None:
                h_bar[t] = scale[:, None] * (own * second.T - self.y[t] * first.T)

        on_all_cores(work, len(self.parts))
        return F, y_bar, h_bar if h_bar is None or not shared else h_bar.sum(axis=0)

    def _moments(self, t: slice, h: Array, powers: int) -> tuple[Array, Array, Array]:
        """`moments` of a part, of as many powers of T."""
        d, y = len(self.T), self.y[t]
        if self.beta == np.inf:
            F, first, odd = self._least(t, h)
            second = first * first
        else:
            m, sums = self._sums(t, h, powers)
            S, means = sums[0], sums[1:] / sums[0]
            F, first, second = m - np.log(S) / self.beta, means[:d], means[d:]
            # the logarithm of nearly 1 has no digits left, which shows in a small F
            odd = (S > 0.3) & (self.beta * m < 1)
        if odd.any():
            rows = np.flatnonzero(odd)
            for s in tiles(len(rows), self.T.shape[2], TILE):
                exact = moments(y[rows[s]], h if h.ndim == 1 else h[rows[s]], self.T, self.beta, self.p, self.turn)
                for whole, some in zip((F, first, second), exact, strict=True):
                    if len(whole):
                        whole[..., rows[s]] = some
        return F, first, second

    def _energies(self, t: slice, h: Array) -> Iterator[tuple[slice, Array]]:
        """E (n, k) of a part, a tile at a time, in this thread's workspace."""
        T, (d, _, k) = self.T[:, 0], self.T.shape
        A, B = self._left(t) if self.left is None else self.left, np.ones((d, 2, k))
        if h.ndim == 1:
            np.multiply(T, -h[:, None], out=B[:, 1])  # g is rounded, as the decoder does
        else:
            A = A.copy()
            A[:, :, 1] = h.T
            np.negative(T, out=B[:, 1])
        # New memory costs more than what is done in it. Nobody else finds it while it is in use, no signal's handler either.
        kept, _KEPT.array = getattr(_KEPT, "array", None), None
        space = np.empty(d * max(k, TILE)) if kept is None or kept.size < d * max(k, TILE) else kept
        for s in tiles(A.shape[1], k, TILE):
            W = space[: d * (s.stop - s.start) * k].reshape(d, -1, k)
            np.matmul(A[:, s], B, out=W)  # faster than NumPy's broadcasting
            E, *others = np.square(W, out=W)
            for other in others:
                np.add(E, other, out=E)
            yield s, E
        _KEPT.array = space if k <= TILE else None

    def _least(self, t: slice, h: Array) -> tuple[Array, Array, Array]:
        """F (n,) at beta = inf, T (d, n) where E is least, and the rows where several tie, and share their weight."""
        n = t.stop - t.start
        F, best, ties = np.empty(n), np.empty(n, int), np.zeros(n, bool)
        reach = np.broadcast_to(largest(self.turn, h), n)
        for s, E in self._energies(t, h):
            best[s] = E.argmin(axis=1)  # NumPy's argmin is faster than its min
            F[s] = E[np.arange(len(E)), best[s]]
            hits = np.less_equal(E, (F[s] + squared_error_slack(self.y[t][s], F[s], reach[s]))[:, None])
            if np.count_nonzero(hits) > len(E):
                ties[s] = hits.sum(axis=1) > 1
        return F, self.T[:, 0, best], ties

    def _sums(self, t: slice, h: Array, powers: int) -> tuple[Array, Array]:
        """m (n,), and the means over p of exp(-beta (E - m)) and of its products with T and T^2 (1 + powers d, n).

        m is the least energy in tiles where 0 might let all exponentials of a row underflow.
        """
        n, tables = t.stop - t.start, self.tables[: 1 + powers * len(self.T)]
        m, sums = np.zeros(n), np.empty((len(tables), n))
        for s, E in self._energies(t, h):
            some = E.T[:: -(-E.shape[1] // 4)]  # four latents: their least energy is no less than that of all
            if self.beta * reduce(np.minimum, some).max() > self.depth:  # of the columns, faster than NumPy's reduce
                m[s] = E[np.arange(len(E)), E.argmin(axis=1)]
                np.subtract(E, m[s, None], out=E)
            np.exp(np.multiply(E, -self.beta, out=E), out=E)
            for table, total in zip(tables, sums, strict=True):
                np.matmul(E, table, out=total[s])
        return m, sums


def shares(n: int, k: int, size: int) -> list[slice]:
    """n rows of k in parts of at most `size`, equal ones for all cores where the work is large enough."""
    cores = min(CORES, n * k // ALONE + 1)
    return list(tiles(n, 1, -(-n // (cores * -(-n * k // (cores * size))))))


def on_all_cores(work: Callable[[int], None], count: int) -> None:
    """Do the parts 0 to count - 1, on threads where there are several; this one takes its share."""
    threads = min(CORES, count)

    def share(first: int) -> None:
        for i in range(first, count, threads):
            work(i)

    if threads > 1 and not _POOL:
        _POOL.append(ThreadPoolExecutor(CORES - 1))
    try:
        others = [_POOL[0].submit(share, first) for first in range(1, threads)]
    except RuntimeError:  # the interpreter is ending, and starts no threads
        others, threads = [], 1
    share(0)
    for other in others:
        other.result()
