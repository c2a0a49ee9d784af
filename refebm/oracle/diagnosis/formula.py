"""A formula as it is written, taken apart: each operation a node, so that one can be changed and all else kept.

Formulas are lines of plain NumPy over a function's arguments, the letters of its sizes, and the few names below. The diagnosis
changes a node, and computes again only what depends on it.
"""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Iterator
from functools import partial
from itertools import product
from typing import Any, NamedTuple

import numpy as np
import scipy.special

Array = Any
Given = dict[str, Any]  # arguments, and sizes
Values = list[Any]
Way = Callable[[Any], Any]
OPERATORS: dict[type, tuple[str, Callable[..., Any]]] = {
    ast.Add: ("+", operator.add),
    ast.Sub: ("-", operator.sub),
    ast.Mult: ("*", operator.mul),
    ast.Div: ("/", operator.truediv),
    ast.Pow: ("**", operator.pow),
    ast.MatMult: ("@", operator.matmul),
    ast.USub: ("neg", operator.neg),
}


def states(units: int) -> Array:
    """All states of so many binary units, as far as they can be listed."""
    if not 0 <= units <= 12:
        raise ValueError(f"units: expected at most 12, got {units}")
    return np.array(list(product([0.0, 1.0], repeat=int(units))))


def softplus(u: Array) -> Array:
    return np.asarray(np.logaddexp(0, u))


def relu(u: Array) -> Array:
    return np.maximum(u, 0)


def step(u: Array) -> Array:
    """1 above 0, else 0."""
    return np.heaviside(u, 0)


def logsumexp(u: Array, axis: int | None = None) -> Array:
    m = np.max(u, axis=axis, keepdims=True, initial=-np.inf)
    total = np.exp(u - m).sum(axis=axis, keepdims=True)
    return np.asarray((np.log(total) + m).sum(axis=axis))  # of length 1


def softmax(u: Array, axis: int | None = None) -> Array:
    e = np.exp(u - np.max(u, axis=axis, keepdims=True, initial=-np.inf))
    return np.asarray(e / e.sum(axis=axis, keepdims=True))


def quadratic(D: Array, A: Array) -> Array:
    """D^T A D of each row and component."""
    return np.asarray(np.einsum("nki,kij,nkj->nk", D, A, D))


def pull(D: Array, A: Array) -> Array:
    """A^T D of each row and component."""
    return np.einsum("nki,kij->nkj", D, A)


def scatter(q: Array, D: Array) -> Array:
    """Of each component, the sum of q D D^T over the rows."""
    return np.einsum("nk,nki,nkj->kij", q, D, D)


def one_hot(u: Array, axis: int) -> Array:
    """1 at the largest, which ties share, else 0."""
    best = u == np.max(u, axis=axis, keepdims=True)
    return best / best.sum(axis=axis, keepdims=True)


def log_det(S: Array) -> Array:
    return np.asarray(np.linalg.slogdet(S)[1])


NAMES: dict[str, Any] = {
    "np": np,
    "states": states,
    "softplus": softplus,
    "relu": relu,
    "step": step,
    "sigmoid": scipy.special.expit,
    "softmax": softmax,
    "logsumexp": logsumexp,
    "xlogy": scipy.special.xlogy,
    "quadratic": quadratic,
    "pull": pull,
    "scatter": scatter,
    "one_hot": one_hot,
    "log_det": log_det,
}


class Node(NamedTuple):
    """An operation: its text, what it is, the nodes that it works on, and how."""

    text: str
    kind: str
    children: tuple[int, ...]
    code: Callable[..., Any]
    keywords: dict[str, Any]


class Formula:
    """The nodes of a formula, each after its children; the last is the result."""

    def __init__(self, text: str, names: dict[str, Any], leaves: set[str]) -> None:
        self.nodes: list[Node] = []
        self._names, self._leaves, self._at = names, leaves, dict[str, int]()
        for line in ast.parse(text).body:
            if isinstance(line, ast.Assign):
                assert isinstance(line.targets[0], ast.Name)
                self._at[line.targets[0].id] = self._visit(line.value)
            else:
                assert isinstance(line, ast.Expr)
                root = self._visit(line.value)
        assert root == len(self.nodes) - 1, text
        self.root = root
        self._above = [self._dependents(at) for at in range(len(self.nodes))]

    def _dependents(self, at: int) -> list[int]:
        """The nodes that are made of one, each after its children."""
        found = {at}
        for i, node in enumerate(self.nodes):
            if found.intersection(node.children):
                found.add(i)
        return sorted(found - {at})

    def _visit(self, tree: ast.expr) -> int:
        text = ast.unparse(tree)
        if isinstance(tree, ast.Name):
            if tree.id not in self._at:
                assert tree.id in self._leaves, f"{tree.id} is no argument and no size"
                self._at[tree.id] = self._add(text, "leaf", (), operator.itemgetter(tree.id))
            return self._at[tree.id]
        if isinstance(tree, ast.Constant) or text.startswith("np.pi"):
            value = eval(text, self._names)
            return self._add(text, "constant", (), lambda _: value)
        if isinstance(tree, (ast.BinOp, ast.UnaryOp)):
            kind, code = OPERATORS[type(tree.op)]
            operands = (tree.left, tree.right) if isinstance(tree, ast.BinOp) else (tree.operand,)
            return self._add(text, kind, tuple(map(self._visit, operands)), code)
        if isinstance(tree, ast.List):
            return self._add(text, "list", tuple(map(self._visit, tree.elts)), lambda *v: list(v))
        if isinstance(tree, ast.Attribute):
            assert tree.attr == "T", text
            return self._add(text, "T", (self._visit(tree.value),), np.transpose)
        if isinstance(tree, ast.Subscript):
            places = eval("np.s_" + text.removeprefix(ast.unparse(tree.value)), self._names)
            return self._add(text, "[]", (self._visit(tree.value),), lambda v: v[places])
        assert isinstance(tree, ast.Call), text
        keywords = {k.arg or "": ast.literal_eval(k.value) for k in tree.keywords}
        name = ast.unparse(tree.func)
        method = isinstance(tree.func, ast.Attribute) and not name.startswith("np.")
        parts = list(tree.args)
        if method:  # x.sum(axis=1)
            assert isinstance(tree.func, ast.Attribute)
            parts, name = [tree.func.value, *parts], f"np.{tree.func.attr}"
        code = eval(name, self._names)
        return self._add(text, name.split(".")[-1], tuple(map(self._visit, parts)), code, keywords)

    def _add(
        self, text: str, kind: str, children: tuple[int, ...], code: Any, keywords: dict[str, Any] | None = None
    ) -> int:
        self.nodes.append(Node(text, kind, children, partial(code, **keywords) if keywords else code, keywords or {}))
        return len(self.nodes) - 1

    def values(self, given: Given, rounding: Way = lambda v: v) -> Values:
        """Of all nodes, for arguments and sizes; each of them rounded."""
        out: Values = []
        for node in self.nodes:
            out.append(rounding(node.code(*[out[i] for i in node.children]) if node.children else node.code(given)))
        return out

    def changed(self, values: Values, at: int, value: Any, rounding: Way = lambda v: v) -> Values:
        """All values, were one of them another."""
        out = list(values)
        out[at] = value
        for i in self._above[at]:
            node = self.nodes[i]
            out[i] = rounding(node.code(*[out[j] for j in node.children]))
        return out

    def parents(self, at: int) -> Iterator[tuple[int, int]]:
        """Where a node is used: (node, place)."""
        for i, node in enumerate(self.nodes):
            for place, child in enumerate(node.children):
                if child == at:
                    yield i, place


def sizes(shapes: dict[str, str], arguments: Given) -> dict[str, float]:
    """The letters of shapes to the sizes that arguments have."""
    found: dict[str, float] = {}
    for name, shape in shapes.items():
        letters = [part.strip() for part in shape.strip("()").split(",") if part.strip()]
        found |= dict(zip(letters, np.shape(arguments[name]), strict=True))
    return {letter: size for letter, size in found.items() if letter.isalpha() and letter not in arguments}


def taken_apart(text: str, shapes: dict[str, str], names: dict[str, Any]) -> Formula:
    """A formula of arguments of such shapes; other names than those above may stand for functions."""
    letters = {part.strip() for shape in shapes.values() for part in shape.strip("()").split(",")}
    return Formula(text, names | NAMES, set(shapes) | letters)
