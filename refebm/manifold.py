"""The hot loop: free energies of points that are linear in their codes, in tiles and on all cores  (C4, C13, C16, C27).

Where the decoder is a table, ``g_i = h_i T_i(z)``, as an ellipse's [cos z, sin z], the energy ``E = sum_i (y_i - h_i T_i)^2``
needs no cosine a second time, and every gradient of F follows from the Gibbs means of T and of its square:

    dF/dy_i = 2 (y_i - h_i <T_i>),    dF/dh_i = 2 (h_i <T_i^2> - y_i <T_i>).

`moments` computes those means plainly. `fast_moments` is the same in arrays that are allocated once, with `moments` for the
rows that need its care. y is (n, d), h (d,) shared or (n, d) each observation's own, T (d, 1 or n, k), p None or (k,).
"""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from .checks import Array
from .energies import tiles
from .softmin import softmin_rows

TILE = 1 << 15  # energies at a time: two arrays of them stay in a core's cache
ALONE = 40_000  # up to so many energies a second thread costs more than it gives


def moments(y: Array, h: Array, T: Array, beta: float, p: Array | None) -> tuple[Array, Array, Array]:
    """F (n,), <T> and <T^2> (n, d) under the Gibbs weights  (C13, C16)."""
    E = np.square(y.T[:, :, None] - np.atleast_2d(h).T[:, :, None] * T).sum(axis=0)
    F, q = softmin_rows(E, beta, p)
    q = q / q.sum(axis=1, keepdims=True)
    return F, (q * T).sum(axis=2).T, (q * T * T).sum(axis=2).T


def fast_moments(
    y: Array, h: Array, T: Array, beta: float, p: Array | None, E: Array, D: Array
) -> tuple[Array, Array, Array]:
    """`moments` for a shared T (d, 1, k), with E and D (n, k) to work in."""
    for i, (t, out) in enumerate(zip(T[:, 0], [E, *[D] * (len(T) - 1)], strict=True)):
        if h.ndim == 1:
            np.subtract(y[:, i, None], h[i] * t, out=out)
        else:
            np.multiply(h[:, i, None], t, out=out)
            np.subtract(out, y[:, i, None], out=out)
        np.square(out, out=out)
        if i:
            np.add(E, D, out=E)
    best = E.argmin(axis=1)  # NumPy's argmin is faster than its min
    m = E[np.arange(len(E)), best]
    if beta == np.inf:
        F, first = m.copy(), T[:, 0, best].T
        second = first * first
        hits = np.equal(E, m[:, None])
        odd = hits.sum(axis=1) > 1 if np.count_nonzero(hits) > len(m) else None
    else:
        np.subtract(E, m[:, None], out=E)
        np.multiply(E, -beta, out=E)
        e = np.exp(E, out=E)
        q = np.full(T.shape[2], 1 / T.shape[2]) if p is None else p
        S = e @ q
        F = m - np.log(S) / beta
        first = np.stack([e @ (q * t) for t in T[:, 0]], axis=1) / S[:, None]
        second = np.stack([e @ (q * t * t) for t in T[:, 0]], axis=1) / S[:, None]
        odd = S > 0.5 if S.max() > 0.5 else None  # log of nearly 1 has no digits left
    if odd is not None:
        F[odd], first[odd], second[odd] = moments(y[odd], h if h.ndim == 1 else h[odd], T, beta, p)
    return F, first, second


def free_energies(
    y: Array, h: Array, T: Array, beta: float, p: Array | None = None, F_bar: Array | None = None
) -> tuple[Array, Array | None, Array | None]:
    """F (n,), and given F_bar (n,) also y_bar (n, d) and h_bar, shaped like h."""
    if p is not None and T.shape[1] == 1:
        T, p = T[:, :, p > 0], p[p > 0]
    (n, d), k, shared = y.shape, T.shape[2], h.ndim == 1
    parts = list(tiles(n, k, TILE))
    F, y_bar, h_bar = np.empty(n), None, None
    if F_bar is not None:
        y_bar, h_bar = np.empty((n, d)), np.empty((len(parts) if shared else n, d))

    def work(mine: range) -> None:
        E, D = np.empty((2, parts[0].stop, k))
        for i in mine:
            t = parts[i]
            own, rows = h if shared else h[t], t.stop - t.start
            with np.errstate(over="ignore", under="ignore"):
                if beta == 0 or T.shape[1] > 1:
                    F[t], first, second = moments(y[t], own, T if T.shape[1] == 1 else T[:, t], beta, p)
                else:
                    F[t], first, second = fast_moments(y[t], own, T, beta, p, E[:rows], D[:rows])
            if F_bar is not None and y_bar is not None and h_bar is not None:
                y_bar[t] = 2 * F_bar[t, None] * (y[t] - own * first)
                slope = 2 * F_bar[t, None] * (own * second - y[t] * first)
                h_bar[i if shared else t] = slope.sum(axis=0) if shared else slope

    on_all_cores(work, len(parts), n * k)
    return F, y_bar, h_bar.sum(axis=0) if shared and h_bar is not None else h_bar


def on_all_cores(work: Callable[[range], None], count: int, size: int) -> None:
    """Give every core its share of `count` tiles, where the work is large enough."""
    threads = min(os.cpu_count() or 1, count) if size > ALONE else 1
    if threads == 1:
        return work(range(count))
    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(work, (range(i, count, threads) for i in range(threads))))
