"""Vectors that fuzzing found, kept in a file, one a line, to be asked again."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ..files import InputError, writing
from .contract import CONTRACT
from .judge import Verdict, decode
from .precision import nested


def line(vector: dict[str, Any], why: str) -> dict[str, Any]:
    """A vector as plain data, in the format of the certified ones."""
    return {
        "id": vector["id"],
        "why": why,
        "arguments": {name: nested(v) for name, v in vector["arguments"].items()},
        "truth": nested(vector["float64"]),
        "scale": nested(vector["scale"], 6),
        "terms": nested(vector["terms"], 6),
    }


def read(path: Path) -> list[dict[str, Any]]:
    """The vectors that were kept in a file, one a line."""
    found = []
    for number, row in enumerate(path.read_text("utf-8").splitlines() if path.exists() else [], 1):
        try:
            vector = json.loads(row)
            names = list(CONTRACT[vector["id"].split("/")[0]].arguments)
            good = list(vector["arguments"]) == names and all(
                decode(v).dtype == float for v in vector["arguments"].values()
            )
        except (ValueError, KeyError, TypeError, AttributeError):
            good = False
        if not good:
            raise InputError(
                f"kept: expected a vector of the contract on each line, got {row[:60]!r} on line {number} of {path}"
            )
        found.append(vector)
    return found


def add(path: Path, kept: Sequence[dict[str, Any]], verdicts: list[Verdict]) -> int:
    """Write what was found and is not there to the file; returns how many."""
    there = [vector["arguments"] for vector in kept]
    new = [v.smallest for v in verdicts if v.smallest and v.smallest["arguments"] not in there]
    with writing("kept", "file", path), path.open("a", encoding="utf-8") as file:
        file.writelines(json.dumps(vector) + "\n" for vector in new)
    return len(new)
