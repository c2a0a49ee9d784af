"""The oracle: certified vectors, and the judgement of other implementations by them.

`check` judges a module's functions; `assert_right` is the same as one line of a test.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import ModuleType
from typing import Any

from .adapters import ModuleAdapter
from .report import Run, execute, lines


def check(target: str | ModuleType | Mapping[str, Any], select: Sequence[str] = ()) -> Run:
    """Judge the functions of a module, a .py file, or a mapping of names to functions; its ``code`` is 0 if all is right."""
    return execute(ModuleAdapter(target), select)


def assert_right(target: str | ModuleType | Mapping[str, Any], select: Sequence[str] = ()) -> None:
    """`check`, raising an AssertionError with the report unless all that was planned ran and passed."""
    run = check(target, select)
    assert run.code == 0, "\n".join(["", *lines(run)])


__all__ = ["Run", "assert_right", "check"]
