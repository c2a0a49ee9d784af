"""The hot loop: free energies of points that are linear in their codes, by the Gibbs means of a table  (C4, C13, C16, C27).

Where the decoder is a table, ``g_i = h_i T_i(z)``, as an ellipse's [cos z, sin z], the energy ``E = sum_i (y_i - h_i T_i)^2``
needs no cosine a second time, and every gradient of F follows from the Gibbs means of T and of its square:

    dF/dy_i = 2 (y_i - h_i <T_i>),    dF/dh_i = 2 (h_i <T_i^2> - y_i <T_i>).

`moments` computes those means plainly. `Manifold` does the same in few calls, with `moments` for the rows that need its care.
y is (n, d), h (1 or n, d), T (d, k), p None or (k,).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import reduce

import numpy as np

from ..numerics.checks import Array
from ..numerics.cores import TILE, keep, on_all_cores, shares, tiles, workspace
from ..numerics.rows import softmin_rows
from ..parts.costs import squared_error_slack

GROUP = 8  # tiles at a time: threads wait for each other at every call, so the small ones are made once a group
Use = Callable[[int, slice, Array, Array, Array], None]  # of a part: its number, its rows, F (n,), <T> and <T^2> (d, n)


def rounding(turn: float, h: Array) -> Array:
    """How far latents of size `turn`, rounded, may move points of codes h, in u: ``g_i = h_i T_i(z)``, T' of size 1."""
    return turn * np.abs(h).max(axis=-1)


def moments(
    y: Array, h: Array, T: Array, beta: float, p: Array | None, turn: float = 0.0
) -> tuple[Array, Array, Array]:
    """F (n,), <T> and <T^2> (d, n) under the Gibbs weights, of latents of size `turn`  (C13, C16)."""
    E = np.square(y.T[:, :, None] - h.T[:, :, None] * T[:, None]).sum(axis=0)
    slack = squared_error_slack(y, E.min(axis=1), rounding(turn, h))[:, None] if beta == np.inf else 0.0
    F, q = softmin_rows(E, beta, p, slack)
    q = q / q.sum(axis=1, keepdims=True)
    return F, (q * T[:, None]).sum(axis=2), (q * (T * T)[:, None]).sum(axis=2)


class Manifold:
    """F and its slopes as functions of observations and codes; what depends on neither is made once.

    Parameters
    ----------
    T : ndarray, (d, k)
    beta : float in [0, inf]
    p : ndarray, (k,), optional
        Prior weights that sum to 1.
    turn : float
        The largest latent's size, whose rounding parts what ties.
    """

    def __init__(self, T: Array, beta: float, p: Array | None = None, turn: float = 0.0) -> None:
        if p is not None:
            T, p = T[:, p > 0], p[p > 0]
        self.T, self.p, self.beta, self.turn, k = T, p, beta, turn, T.shape[1]
        least = 1 / k if p is None else p.min()
        self.fast = beta > 0 and least > 1e-100
        # beta E at which exp(-beta E), times p and the squares of small T, still has all its digits
        self.depth = 600 + np.log(least) if self.fast else 0.0
        weight = np.full(k, 1 / k) if p is None else p
        self.tables = np.concatenate([weight[None], weight * T, weight * T * T])  # p, p T, p T^2

    def value(self, y: Array, h: Array) -> Array:
        """F (n,)."""
        F = np.empty(len(y))

        def use(i: int, t: slice, F_t: Array, *_: Array) -> None:
            F[t] = F_t

        self._each(y, h, 0, use, self._parts(y))
        return F

    def slope(self, y: Array, h: Array, F_bar: Array) -> tuple[Array, Array]:
        """F (n,) and y_bar (n, d)."""
        F, y_bar = np.empty(len(y)), np.empty(y.shape)

        def use(i: int, t: slice, F_t: Array, first: Array, _: Array) -> None:
            F[t], y_bar[t] = F_t, 2 * F_bar[t, None] * (y[t] - own(h, t) * first.T)

        self._each(y, h, 1, use, self._parts(y))
        return F, y_bar

    def gradient(self, y: Array, h: Array, F_bar: Array, y_bar: Array | None = None) -> tuple[Array, Array]:
        """F (n,) and h_bar, shaped like h; y_bar (n, d) too, into the array given for it."""
        F, shared, parts = np.empty(len(y)), len(h) == 1, self._parts(y)
        h_bar = np.empty((len(parts) if shared else len(y), y.shape[1]))

        def use(i: int, t: slice, F_t: Array, first: Array, second: Array) -> None:
            F[t], scale = F_t, 2 * F_bar[t]
            if shared:
                h_bar[i] = h[0] * (second @ scale) - (y[t].T * first) @ scale
            else:
                h_bar[t] = scale[:, None] * (h[t] * second.T - y[t] * first.T)
            if y_bar is not None:
                y_bar[t] = scale[:, None] * (y[t] - own(h, t) * first.T)

        self._each(y, h, 2, use, parts)
        return F, h_bar.sum(axis=0, keepdims=True) if shared else h_bar

    def _parts(self, y: Array) -> tuple[slice, ...]:
        return shares(len(y), self.T.shape[1], GROUP * TILE if self.fast else TILE // 4)

    def _each(self, y: Array, h: Array, powers: int, use: Use, parts: tuple[slice, ...]) -> None:
        """Hand each part's F, and the means of as many powers of T, to `use`."""

        def work(i: int) -> None:
            with np.errstate(all="ignore"):
                use(i, parts[i], *self._moments(y[parts[i]], own(h, parts[i]), powers))

        on_all_cores(work, len(parts))

    def _moments(self, y: Array, h: Array, powers: int) -> tuple[Array, Array, Array]:
        """`moments`, of as many powers of T."""
        if not self.fast:
            return moments(y, h, self.T, self.beta, self.p, self.turn)
        if self.beta == np.inf:
            F, first, odd = self._least(y, h)
            second = first * first
        else:
            m, sums = self._sums(y, h, powers)
            d, S, means = len(self.T), sums[0], sums[1:] / sums[0]
            F, first, second = m - np.log(S) / self.beta, means[:d], means[d:]
            # the logarithm of nearly 1 has no digits left, which shows in a small F
            odd = (S > 0.3) & (self.beta * m < 1)
        if odd.any():
            rows = np.flatnonzero(odd)
            for s in tiles(len(rows), self.T.shape[1]):
                exact = moments(y[rows[s]], own(h, rows[s]), self.T, self.beta, self.p, self.turn)
                for whole, some in zip((F, first, second), exact, strict=True):
                    if len(whole):
                        whole[..., rows[s]] = some
        return F, first, second

    def _energies(self, y: Array, h: Array) -> Iterator[tuple[slice, Array]]:
        """E (n, k), a tile at a time, in this thread's workspace.

        y_i - h_i T_i is the product of [y_i, 1] with [1, -h_i T_i], or of [y_i, h_i] with [1, -T_i]: faster than NumPy's
        broadcasting. In the first g = h T is rounded, as the decoder does.
        """
        (d, k), shared = self.T.shape, len(h) == 1
        A, B, space = np.empty((d, len(y), 2)), np.empty((d, 2, k)), workspace(d * max(k, TILE))
        A[:, :, 0], A[:, :, 1], B[:, 0] = y.T, 1 if shared else h.T, 1
        np.multiply(self.T, -h.T if shared else -1, out=B[:, 1])
        for s in tiles(len(y), k):
            W = space[: d * (s.stop - s.start) * k].reshape(d, -1, k)
            np.matmul(A[:, s], B, out=W)
            E, *others = np.square(W, out=W)
            for other in others:
                np.add(E, other, out=E)
            yield s, E
        keep(space)

    def _least(self, y: Array, h: Array) -> tuple[Array, Array, Array]:
        """F (n,) at beta = inf, T (d, n) where E is least, and the rows where several tie, and share their weight."""
        n = len(y)
        F, best, ties = np.empty(n), np.empty(n, int), np.zeros(n, bool)
        reach = np.broadcast_to(rounding(self.turn, h), n)
        for s, E in self._energies(y, h):
            best[s] = E.argmin(axis=1)  # NumPy's argmin is faster than its min
            F[s] = E[np.arange(len(E)), best[s]]
            hits = np.less_equal(E, (F[s] + squared_error_slack(y[s], F[s], reach[s]))[:, None])
            if np.count_nonzero(hits) > len(E):
                ties[s] = hits.sum(axis=1) > 1
        return F, self.T[:, best], ties

    def _sums(self, y: Array, h: Array, powers: int) -> tuple[Array, Array]:
        """m (n,), and the means over p of exp(-beta (E - m)) and of its products with T and T^2 (1 + powers d, n).

        m is the least energy in tiles where 0 might let all exponentials of a row underflow.
        """
        tables = self.tables[: 1 + powers * len(self.T)]
        m, sums = np.zeros(len(y)), np.empty((len(tables), len(y)))
        for s, E in self._energies(y, h):
            some = E.T[:: -(-E.shape[1] // 4)]  # four latents: their least energy is no less than that of all
            if self.beta * reduce(np.minimum, some).max() > self.depth:  # of the columns, faster than NumPy's reduce
                m[s] = E[np.arange(len(E)), E.argmin(axis=1)]
                np.subtract(E, m[s, None], out=E)
            np.exp(np.multiply(E, -self.beta, out=E), out=E)
            for table, total in zip(tables, sums, strict=True):
                np.matmul(E, table, out=total[s])
        return m, sums


def own(h: Array, rows: slice | Array) -> Array:
    """The codes of these rows, or the one of all."""
    return h if len(h) == 1 else h[rows]
