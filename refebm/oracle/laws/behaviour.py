"""What a model's functions do beside their answers."""

from __future__ import annotations

import pickle
from collections.abc import Iterator
from typing import Any

import numpy as np

from ..judge import AnswerError
from .asking import SHAPES, Ask
from .findings import BROKEN, HOLDS, Finding


def behaviour(model: Any, drawn: list[dict[str, Any]], kept: Any) -> Iterator[Finding]:
    """What functions do beside their answers."""
    found = Finding("", "arguments stay", "no argument is changed", HOLDS, len(model.functions))
    if model.mutated:
        found.verdict, found.message = BROKEN, "; ".join(f"{f}: {seen}" for f, seen in model.mutated.items())
    yield found
    found = Finding("", "same answer again", "the same question later has the same answer", HOLDS, 0)
    for name in [f for f in SHAPES if f in model.functions and f not in ("jvp", "vjp", "variational_free_energy")]:
        try:
            answers = [Ask(model, drawn[i], (name,))(name, n=4) for i in (0, -1, 0)]
        except AnswerError:
            continue
        found.asked += 1
        if not np.array_equal(answers[0], answers[2], equal_nan=True):
            found.verdict, found.message = BROKEN, f"{name} remembers, or draws by chance"
    yield found
    found = Finding("", "precision", f"answers come as {model.dtype}", HOLDS, len(model.functions))
    if model.coarse:
        found.verdict, found.message = (
            BROKEN,
            f"{', '.join(sorted(model.coarse))}: say DTYPE, or compute in {model.dtype}",
        )
    yield found
    found = Finding("", "random states stay", "no global random state is changed", HOLDS, len(kept))
    for name, state, before in kept:
        if pickle.dumps(state[0]()) != before:
            found.verdict, found.message = BROKEN, f"{name} global random state changed"
        state[1](pickle.loads(before))
    yield found
