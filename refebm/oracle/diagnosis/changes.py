"""The changes of a formula: of one node each, of what it works on, or of all that it is given.

A change says what stands in the place of what, and computes the node's other value from the right values of all nodes; where it
does not apply it gives None.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import lru_cache, partial
from typing import Any, NamedTuple

import numpy as np

from .formula import Formula, Given, Values, Way
from .operations import BINARY, FUNCTIONS, MATRIX, REDUCED, SPREAD
from .values import VALUE, by_number

Compute = Callable[[Values, Given], Any]


class Change(NamedTuple):
    """At a node: what is there in place of what, how far-fetched that is, and its value then."""

    at: int
    what: str
    cost: float
    compute: Compute


BARE = re.compile(r"(?<=\()\{\d?\}(?=[,)])")  # within brackets already


def fill(form: str, *texts: str) -> str:
    """A form with texts in its places, in brackets where they need them."""
    if re.fullmatch(r"\{\d?\}", form):
        return form.format(*texts)
    places = [m.start() for m in BARE.finditer(form)]
    count = -1

    def put(found: re.Match[str]) -> str:
        nonlocal count
        count += 1
        text = texts[int(found[1]) if found[1] else count]
        return text if found.start() in places else plain(text)

    return re.sub(r"\{(\d?)\}", put, form)


def plain(text: str) -> str:
    """In brackets, but for a name, a call or what has its own."""
    whole = text.replace("_", "a").replace(".", "a")
    return text if whole.isalnum() or _closed(text) else f"({text})"


def _closed(text: str) -> bool:
    """Whether the first bracket closes at the end, and a name or nothing stands before it."""
    start = text.find("(")
    if start < 0 or not text.endswith(")") or not text[:start].replace(".", "a").replace("_", "a").isalnum():
        return False
    depth = 0
    for i, letter in enumerate(text):
        depth += (letter == "(") - (letter == ")")
        if depth == 0 and i >= start and i < len(text) - 1:
            return False
    return True


@lru_cache(maxsize=4)
def changes(formula: Formula, numbers: tuple[str, ...]) -> tuple[Change, ...]:
    """All of them, the likeliest first; `numbers` are names of sizes and of arguments that are numbers."""
    return tuple(sorted(_changes(formula, numbers), key=lambda c: c.cost))


def _changes(formula: Formula, numbers: tuple[str, ...]) -> Iterator[Change]:
    """Of one node, or of one of its operands."""
    ways: list[tuple[str, float, Callable[[Any, Given], Any]]]
    ways = [(what, cost, partial(_alone, way)) for what, cost, way in VALUE]
    for name in numbers:
        ways += [(what, cost, partial(_with_number, way, name)) for what, cost, way in by_number(name)]
    for at, node in enumerate(formula.nodes):
        uses = list(formula.parents(at))
        worth = 0.3 if at == formula.root else 0.0 if node.kind == "leaf" else 0.5
        for what, cost, way in ways:
            there = _said(what, node.text)
            yield Change(at, there, cost + worth, partial(_of_value, at, way))
            for parent, place in uses if len(uses) > 1 else ():
                here = f"{there} in `{formula.nodes[parent].text}`"
                yield Change(parent, here, cost + worth + 0.4, _operand(formula, parent, place, at, way))
        yield from _operations(formula, at)
        yield from _others(formula, at)


def _alone(way: Way, v: Any, given: Given) -> Any:
    return way(v)


def _with_number(way: Callable[[Any, Any], Any], name: str, v: Any, given: Given) -> Any:
    return way(v, given[name])


def _of_value(at: int, way: Callable[[Any, Given], Any], values: Values, given: Given) -> Any:
    return way(values[at], given)


def _said(what: str, text: str) -> str:
    there = fill(what, text, text)
    return f"{there if there.startswith('it') else f'`{there}`'} in place of `{text}`"


def _operand(formula: Formula, parent: int, place: int, at: int, way: Any) -> Compute:
    def compute(values: Values, given: Given) -> Any:
        node, changed = formula.nodes[parent], way(values[at], given)
        if changed is None:
            return None
        return node.code(*(changed if i == place else values[c] for i, c in enumerate(node.children)))

    return compute


def _operations(formula: Formula, at: int) -> Iterator[Change]:
    """Other operations on the same operands."""
    node = formula.nodes[at]
    texts = [formula.nodes[c].text for c in node.children]
    axis, numbers = node.keywords.get("axis"), range(len(texts))

    def change(text: str, way: Any, cost: float = 1.0) -> Change:
        return Change(
            at,
            f"`{text}` in place of `{node.text}`",
            cost,
            lambda values, given: way(*(values[c] for c in node.children)),
        )

    if node.kind in ("+", "-", "*", "/", "@", "**", "xlogy"):
        for name, (text, way) in {**BINARY, **(MATRIX if node.kind == "@" else {})}.items():
            if name != node.kind:
                yield change(fill(text, *texts), way)
    elif node.kind in ("neg", "T", "[]"):
        yield change(texts[0], lambda v: v)
    elif node.kind in FUNCTIONS:
        for name, (text, alone) in FUNCTIONS.items():
            if name != node.kind:
                yield change(fill(text, *texts), alone, 0.9 if name == "itself" else 1.0)
    elif node.kind in REDUCED or node.kind in SPREAD:
        table = REDUCED if node.kind in REDUCED else SPREAD
        for other in (axis, *(a for a in (0, 1, 2, None) if a != axis)):
            for name, (text, way) in table.items():
                if (name, other) != (node.kind, axis):
                    cost = 1 + (other != axis) + 0.5 * (name != node.kind)
                    yield change(fill(text, texts[0], str(other)), lambda v, way=way, a=other: way(v, a), cost)
    for i in numbers if len(node.children) > 2 else ():
        yield change(texts[i], lambda *v, i=i: v[i], 2)


def _others(formula: Formula, at: int) -> Iterator[Change]:
    """Another node's value in this one's place, or with it: those that it is not made of, and that are not made of it."""
    text = formula.nodes[at].text
    for i, other in enumerate(formula.nodes):
        if i == at or other.kind in ("constant", "list"):
            continue
        worth = 1.5 if other.kind == "leaf" else 2.0
        for form, way in (("{1}", None), ("{} + {}", 0), ("{} - {}", 1), ("{} * {}", 2), ("{} / {}", 3)):
            there = fill(form, text, other.text)
            yield Change(at, f"`{there}` in place of `{text}`", worth + (way is not None), _with(at, i, way))


def _with(at: int, i: int, way: int | None) -> Compute:
    def compute(values: Values, given: Given) -> Any:
        a, b = values[at], values[i]
        if isinstance(a, list) or isinstance(b, list) or np.ndim(b) > np.ndim(a):
            return None
        if way is None:
            return b if np.shape(a) == np.shape(b) else None
        return (a + b, a - b, a * b, a / b)[way]

    return compute


def exchanged(formula: Formula) -> Iterator[tuple[int, int, str]]:
    """Two arguments in each other's place."""
    leaves = [i for i, node in enumerate(formula.nodes) if node.kind == "leaf"]
    for a in leaves:
        for b in leaves:
            if a < b:
                yield a, b, f"`{formula.nodes[a].text}` and `{formula.nodes[b].text}` exchanged"


PARTS: list[tuple[str, Callable[[int], list[int]]]] = [
    ("the last {} left out", lambda n: list(range(n - 1))),
    ("the first {} left out", lambda n: list(range(1, n))),
    ("the last {} counted twice", lambda n: [*range(n), n - 1]),
    ("the first {} counted twice", lambda n: [*range(n), 0]),
    ("the first {} alone", lambda n: [0]),
    ("the last {} alone", lambda n: [n - 1]),
    ("every second {} alone", lambda n: list(range(0, n, 2))),
    ("each {} counted twice", lambda n: [*range(n), *range(n)]),
]


def whole(shapes: dict[str, str]) -> Iterator[tuple[str, Callable[[Given], Given]]]:
    """Other arguments in the place of all: of each letter of the shapes other entries, or a matrix transposed."""
    letters = {name: [part.strip() for part in shape.strip("()").split(",")] for name, shape in shapes.items()}
    for letter in sorted({part for parts in letters.values() for part in parts if part.isalpha()}):
        axes = {name: parts.index(letter) for name, parts in letters.items() if letter in parts}
        names = " and ".join(f"`{name}`" for name in axes)
        for what, places in PARTS:
            yield f"{what.format(letter)} in {names}", partial(_taken, axes, places)
    for name, parts in letters.items():
        if len(parts) == 2 and parts[1]:
            yield f"`{name}.T` in place of `{name}`", partial(_turned, name)


def _taken(axes: dict[str, int], places: Callable[[int], list[int]], given: Given) -> Given:
    taken = {name: np.take(given[name], places(np.shape(given[name])[at]), at) for name, at in axes.items()}
    return given | taken


def _turned(name: str, given: Given) -> Given:
    return given | {name: np.transpose(given[name])}
