"""The hot loop: free energies of points that are linear in their codes, in tiles and on all cores  (C4, C13, C16, C27).

Where the decoder is a table, ``g_i = h_i T_i(z)``, as an ellipse's [cos z, sin z], the energy ``E = sum_i (y_i - h_i T_i)^2``
needs no cosine a second time, and every gradient of F follows from the Gibbs means of T and of its square:

    dF/dy_i = 2 (y_i - h_i <T_i>),    dF/dh_i = 2 (h_i <T_i^2> - y_i <T_i>).

`moments` computes those means plainly. `fast_moments` is the same in few calls on arrays that are kept, with `moments` for the
rows that need its care. y is (n, d), h (d,) or each observation's own (n, d), T (d, 1 or n, k), p None or (k,).
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from .checks import Array
from .energies import tiles
from .softmin import softmin_rows

TILE = 1 << 17  # energies at a time: 1 MiB an array
GROUP = 8  # tiles at a time: threads wait for each other at every call, so the small ones are made once a group
ALONE = 1 << 16  # up to so many energies for each thread, a second one costs more than it gives
_KEPT = threading.local()
_POOL: list[ThreadPoolExecutor] = []
os.register_at_fork(after_in_child=_POOL.clear)  # threads do not survive a fork


def moments(y: Array, h: Array, T: Array, beta: float, p: Array | None) -> tuple[Array, ...]:
    """F (n,), <T> and <T^2> (n, d) under the Gibbs weights  (C13, C16)."""
    E = np.square(y.T[:, :, None] - np.atleast_2d(h).T[:, :, None] * T).sum(axis=0)
    F, q = softmin_rows(E, beta, p)
    q = q / q.sum(axis=1, keepdims=True)
    return F, (q * T).sum(axis=2).T, (q * T * T).sum(axis=2).T


def fast_moments(y: Array, h: Array, T: Array, beta: float, p: Array | None, powers: int = 2) -> tuple[Array, ...]:
    """`moments` for a shared T (d, 1, k) and beta above 0, of as many powers of T."""
    (n, d), k = y.shape, T.shape[2]
    A, B = np.ones((d, n, 2)), np.ones((d, 2, k))
    A[:, :, 0] = y.T
    if h.ndim == 1:
        np.multiply(T[:, 0], -h[:, None], out=B[:, 1])  # g is rounded, as the decoder does
    else:
        A[:, :, 1] = h.T
        np.negative(T[:, 0], out=B[:, 1])
    tables, sums = np.empty((1 + powers * d, k)), np.empty((1 + powers * d, n))
    tables[0] = 1 / k if p is None else p
    for i in range(1, len(tables)):  # p, p T, p T^2
        np.multiply(tables[max(0, i - d)], T[(i - 1) % d, 0], out=tables[i])
    F, best, odd = np.empty(n), np.empty(n, int), np.zeros(n, bool)
    for t in tiles(n, k, TILE):
        W = _workspace(d, t.stop - t.start, k)
        np.matmul(A[:, t], B, out=W)  # y_i - h_i T_i as a product of rank two: faster than NumPy's broadcasting
        E, *others = np.square(W, out=W)
        for other in others:
            np.add(E, other, out=E)
        if beta == np.inf:
            best[t] = E.argmin(axis=1)  # NumPy's argmin is faster than its min
            F[t] = E[np.arange(len(E)), best[t]]
            hits = np.equal(E, F[t, None])
            if np.count_nonzero(hits) > len(E):
                odd[t] = hits.sum(axis=1) > 1  # ties share their weight
        else:
            np.exp(np.multiply(E, -beta, out=E), out=E)
            for table, total in zip(tables, sums, strict=True):
                np.matmul(E, table, out=total[t])
    if beta == np.inf:
        first = T[:, 0, best]
        means = [first, first * first][:powers]
    else:
        S, means = sums[0], [sums[1 + i * d : 1 + (i + 1) * d] / sums[0] for i in range(powers)]
        F = -np.log(S) / beta
        odd = (S > 0.3) | (S < 1e-280)  # the logarithm of nearly 1 has no digits left; the other is about to underflow
    if odd.any():
        F[odd], *exact = moments(y[odd], h if h.ndim == 1 else h[odd], T, beta, p)
        for mean, value in zip(means, exact, strict=False):
            mean[:, odd] = value.T
    return F, *(mean.T for mean in means)


def free_energies(
    y: Array, h: Array, T: Array, beta: float, p: Array | None = None, F_bar: Array | None = None, powers: int = 2
) -> tuple[Array, ...]:
    """F (n,), and given F_bar (n,) also y_bar (n, d) and, with two powers of T, h_bar, shaped like h, (d,) where shared."""
    if p is not None and T.shape[1] == 1:
        T, p = T[:, :, p > 0], p[p > 0]
    (n, d), k, shared = y.shape, T.shape[2], h.ndim == 1
    fast = T.shape[1] == 1 and beta > 0
    powers = 0 if F_bar is None else powers
    parts = shares(n, k, GROUP * TILE if fast else TILE // 4)
    F, y_bar, h_bar = np.empty(n), np.empty((n, d)), np.empty((len(parts) if shared else n, d))

    def work(i: int) -> None:
        t = parts[i]
        own = h if shared else h[t]
        with np.errstate(over="ignore", under="ignore", divide="ignore", invalid="ignore"):
            if fast:
                F[t], *means = fast_moments(y[t], own, T, beta, p, powers)
            else:
                F[t], *means = moments(y[t], own, T if T.shape[1] == 1 else T[:, t], beta, p)
        if F_bar is not None:
            y_bar[t] = 2 * F_bar[t, None] * (y[t] - own * means[0])
        if F_bar is not None and powers == 2:
            slope = 2 * F_bar[t, None] * (own * means[1] - y[t] * means[0])
            h_bar[i if shared else t] = slope.sum(axis=0) if shared else slope

    on_all_cores(work, len(parts))
    return F, *[y_bar, h_bar.sum(axis=0) if shared else h_bar][:powers]


def _workspace(d: int, n: int, k: int) -> Array:
    """An array (d, n, k) to compute in, this thread's own; new memory costs more than what is done in it."""
    if getattr(_KEPT, "array", np.empty(0)).size < d * n * k:
        _KEPT.array = np.empty(max(d * n * k, 2 * TILE))
    return _KEPT.array[: d * n * k].reshape(d, n, k)


def shares(n: int, k: int, size: int) -> list[slice]:
    """n rows of k in parts of at most `size`, equal ones for all cores where the work is large enough."""
    cores = min(os.cpu_count() or 1, n * k // ALONE + 1)
    return list(tiles(n, 1, -(-n // (cores * -(-n * k // (cores * size))))))


def on_all_cores(work: Callable[[int], None], count: int) -> None:
    """Do the parts 0 to count - 1, on threads where there are several."""
    if count == 1:
        return work(0)
    if not _POOL:
        _POOL.append(ThreadPoolExecutor(os.cpu_count()))
    list(_POOL[0].map(work, range(count)))
