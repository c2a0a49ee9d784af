"""The global random states of a process, which a function that only answers leaves as they are."""

from __future__ import annotations

import random
import sys
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

State = tuple[Callable[[], Any], Callable[[Any], Any], Callable[[], Any]]  # get it, set it, draw a number


def states() -> Iterator[tuple[str, State]]:
    """The global random states of this process."""
    yield "NumPy's", (lambda: np.random.get_state(legacy=False), np.random.set_state, np.random.random)  # noqa: NPY002
    yield "Python's", (random.getstate, random.setstate, random.random)
    torch: Any = sys.modules.get("torch")
    if hasattr(torch, "get_rng_state"):
        get = lambda: torch.get_rng_state().numpy()  # noqa: E731  a tensor is not pickled alike twice
        yield "PyTorch's", (get, lambda state: torch.set_rng_state(torch.from_numpy(state)), lambda: torch.rand(1))
