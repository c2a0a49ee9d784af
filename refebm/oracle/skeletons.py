"""Adapters to begin with: a runnable file for each of a few frameworks, with the contract in its comments."""

from __future__ import annotations

from importlib.resources import files
from typing import Any

from .contract import CONTRACT, DRAWS, NAMES


def signature(name: str) -> str:
    """A function's arguments with their shapes, where they are not numbers, and its result's."""
    row: Any = {**CONTRACT, **DRAWS}[name]
    arguments = ", ".join(f"{a} {shape}" if shape != "()" else a for a, shape in row.arguments.items())
    return f"{name}({arguments}) -> {row.result}"


def limits(name: str) -> str:
    """What its arguments may hold beside finite numbers, and beta beside those above 0."""
    held = CONTRACT[name].limits if name in CONTRACT else {}
    return "".join(f"; {argument} may be {which}" for argument, which in held.items())


def skeleton(kind: str, file: str) -> str:
    """The text of an adapter that two functions are filled in, for a file of this name."""
    text = (files(__package__) / "templates" / f"{kind}.txt").read_text("utf-8")
    others = [name for name in NAMES if f"def {name}(" not in text]
    rows: dict[str, Any] = {**CONTRACT, **DRAWS}
    contract = "\n".join(
        f"# {signature(name)}  {rows[name].summary}{limits(name)}  ({rows[name].equation})" for name in others
    )
    return text.format(file=file, contract=contract)
