"""The oracle: certified vectors, and the judgement of other implementations by them.

`check` judges a module's functions; `assert_right` is the same as one line of a test. `check_laws` and `assert_lawful` hold a model
that is not of the contract against laws.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import ModuleType
from typing import Any

from .adapters import ModuleAdapter
from .laws.lawful import assert_lawful, check_laws
from .precision import UNIT
from .report import Run, execute, lines


def check(
    target: str | ModuleType | Mapping[str, Any],
    select: Sequence[str] = (),
    *,
    dtype: str = "",
    allow_inaccurate: bool = False,
    fuzz: int = 0,
    seed: int = 0,
) -> Run:
    """Judge the functions of a module, a .py file, or a mapping of names to functions; its ``code`` is 0 if all is right.

    Parameters
    ----------
    target : str, module or mapping
        What holds functions by the contract's names; it may say its own ``DTYPE``, ``CONVENTIONS`` and ``ARRAY``.
    select : sequence of str
        Only these.
    dtype : str
        The precision of the answers: float64 (the default), float32, float16 or bfloat16.
    allow_inaccurate : bool
        Whether what is nearly right will do.
    fuzz, seed : int
        So many fresh inputs of each function beside the vectors; the same for the same seed.
    """
    if dtype not in ("", *UNIT):
        raise ValueError(f"dtype: expected {', '.join(UNIT)}, got {dtype!r}")
    for name, number in (("fuzz", fuzz), ("seed", seed)):
        if number != int(number) or number < 0:
            raise ValueError(f"{name}: expected a whole number from 0 up, got {number!r}")
    return execute(ModuleAdapter(target), select, dtype, allow_inaccurate, (fuzz, seed))


def assert_right(
    target: str | ModuleType | Mapping[str, Any],
    select: Sequence[str] = (),
    *,
    dtype: str = "",
    allow_inaccurate: bool = False,
    fuzz: int = 0,
    seed: int = 0,
) -> None:
    """`check`, raising an AssertionError with the report unless all that was planned ran and passed."""
    run = check(target, select, dtype=dtype, allow_inaccurate=allow_inaccurate, fuzz=fuzz, seed=seed)
    assert run.code == 0, "\n".join(["", *lines(run)])


__all__ = ["Run", "assert_lawful", "assert_right", "check", "check_laws"]
