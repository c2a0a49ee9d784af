"""Large work in tiles that stay in the cache, on all cores, in memory that is kept: what the hot loop runs on."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache

import numpy as np

from .checks import Array

TILE = 1 << 17  # numbers at a time: 1 MiB an array
ALONE = 1 << 16  # up to so many energies for each thread, a second one costs more than it gives
CORES = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
_KEPT = threading.local()
_POOL: list[ThreadPoolExecutor] = []
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_POOL.clear)  # threads do not survive a fork


def tiles(n: int, k: int, size: int = TILE) -> Iterator[slice]:
    """Slices of n rows such that one (rows, k) array takes about 1 MiB: working memory stays small and in cache."""
    rows = max(1, size // k)
    return (slice(i, min(i + rows, n)) for i in range(0, n, rows))


def shares(n: int, k: int, size: int) -> tuple[slice, ...]:
    """n rows of k in parts of at most `size`, equal ones for all cores where the work is large enough."""
    return _even(n, k, size, min(CORES, n * k // ALONE + 1))


@lru_cache(64)
def _even(n: int, k: int, size: int, cores: int) -> tuple[slice, ...]:
    return tuple(tiles(n, 1, -(-n // (cores * -(-n * k // (cores * size))))))


def workspace(entries: int) -> Array:
    """So many numbers, of any value, in this thread's own memory: new memory costs more than what is done in it.

    Nobody else finds it while it is in use, no signal's handler either: who is done hands it back to `keep`.
    """
    kept, _KEPT.array = getattr(_KEPT, "array", None), None
    return np.empty(entries) if kept is None or kept.size < entries else kept


def keep(space: Array) -> None:
    """Take back a workspace of at most a few tiles for the next who asks."""
    _KEPT.array = space if space.size <= 8 * TILE else None


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
