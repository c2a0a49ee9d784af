"""What mistakes make of an operation: another one, of the same operands."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import scipy.special

from .formula import Way, logsumexp, relu, softmax, softplus

BINARY: dict[str, tuple[str, Callable[[Any, Any], Any]]] = {
    "+": ("{} + {}", lambda a, b: a + b),
    "-": ("{} - {}", lambda a, b: a - b),
    "*": ("{} * {}", lambda a, b: a * b),
    "/": ("{} / {}", lambda a, b: a / b),
    "swapped -": ("{1} - {0}", lambda a, b: b - a),
    "swapped /": ("{1} / {0}", lambda a, b: b / a),
    "both negative": ("-{} - {}", lambda a, b: -a - b),
    "left": ("{0}", lambda a, b: a),
    "right": ("{1}", lambda a, b: b),
    "larger": ("np.maximum({}, {})", np.maximum),
    "smaller": ("np.minimum({}, {})", np.minimum),
}
MATRIX: dict[str, tuple[str, Callable[[Any, Any], Any]]] = {
    "right turned": ("{} @ {}.T", lambda a, b: a @ b.T),
    "left turned": ("{}.T @ {}", lambda a, b: a.T @ b),
    "turned": ("({} @ {}).T", lambda a, b: (a @ b).T),
    "swapped": ("{1} @ {0}", lambda a, b: b @ a),
    "product": ("{} * {}", lambda a, b: a * b),
}
FUNCTIONS: dict[str, tuple[str, Way]] = {
    "exp": ("np.exp({})", np.exp),
    "expm1": ("np.expm1({})", np.expm1),
    "exp2": ("np.exp2({})", np.exp2),
    "log": ("np.log({})", np.log),
    "log2": ("np.log2({})", np.log2),
    "log10": ("np.log10({})", np.log10),
    "log1p": ("np.log1p({})", np.log1p),
    "sqrt": ("np.sqrt({})", np.sqrt),
    "cos": ("np.cos({})", np.cos),
    "sin": ("np.sin({})", np.sin),
    "tan": ("np.tan({})", np.tan),
    "tanh": ("np.tanh({})", np.tanh),
    "abs": ("np.abs({})", np.abs),
    "sigmoid": ("sigmoid({})", scipy.special.expit),
    "softplus": ("softplus({})", softplus),
    "-softplus": ("softplus(-{})", lambda v: softplus(-v)),
    "log2 softplus": ("np.log2(1 + np.exp({}))", lambda v: softplus(v) / np.log(2)),
    "naive softplus": ("np.log(1 + np.exp({}))", lambda v: np.log(1 + np.exp(v))),
    "relu": ("relu({})", relu),
    "leaky 0.01": ("np.where({0} > 0, {0}, 0.01 * {0})", lambda v: np.where(v > 0, v, 0.01 * v)),
    "leaky 0.1": ("np.where({0} > 0, {0}, 0.1 * {0})", lambda v: np.where(v > 0, v, 0.1 * v)),
    "leaky 0.2": ("np.where({0} > 0, {0}, 0.2 * {0})", lambda v: np.where(v > 0, v, 0.2 * v)),
    "leaky step": ("np.where({} > 0, 1, 0.01)", lambda v: np.where(v > 0, 1, 0.01)),
    "elu": (
        "np.where({0} > 0, {0}, np.expm1({0}))",
        lambda v: np.where(v > 0, v, np.expm1(np.minimum(v, 0))),
    ),
    "silu": ("{0} * sigmoid({0})", lambda v: v * scipy.special.expit(v)),
    "gelu": ("{0} * Phi({0})", lambda v: v * scipy.special.ndtr(v)),
    "gelu tanh": (
        "gelu({0}) by tanh",
        lambda v: v / 2 * (1 + np.tanh(np.sqrt(2 / np.pi) * (v + 0.044715 * v**3))),
    ),
    "relu6": ("np.clip({}, 0, 6)", lambda v: np.clip(v, 0, 6)),
    "squared relu": ("relu({})**2", lambda v: relu(v) ** 2),
    "hard sigmoid": ("np.clip({} / 6 + 1 / 2, 0, 1)", lambda v: np.clip(v / 6 + 0.5, 0, 1)),
    "probit": ("Phi({})", scipy.special.ndtr),
    "step": ("({} > 0)", lambda v: (v > 0) * 1.0),
    "step at 0": ("({} >= 0)", lambda v: (v >= 0) * 1.0),
    "half step": ("np.heaviside({}, 1 / 2)", lambda v: np.heaviside(v, 0.5)),
    "sign": ("np.sign({})", np.sign),
    "itself": ("{}", lambda v: v),
}
REDUCED: dict[str, tuple[str, Callable[[Any, Any], Any]]] = {
    "sum": ("{}.sum(axis={})", lambda v, a: np.sum(v, axis=a)),
    "mean": ("{}.mean(axis={})", lambda v, a: np.mean(v, axis=a)),
    "max": ("{}.max(axis={})", lambda v, a: np.max(v, axis=a)),
    "min": ("{}.min(axis={})", lambda v, a: np.min(v, axis=a)),
    "prod": ("{}.prod(axis={})", lambda v, a: np.prod(v, axis=a)),
    "median": ("np.median({}, axis={})", lambda v, a: np.median(v, axis=a)),
    "var": ("{}.var(axis={})", lambda v, a: np.var(v, axis=a)),
    "length": ("np.sqrt(({}**2).sum(axis={}))", lambda v, a: np.sqrt(np.sum(v**2, axis=a))),
    "logsumexp": ("logsumexp({}, axis={})", lambda v, a: logsumexp(v, axis=a)),
    "logmeanexp": (
        "(logsumexp({0}, axis={1}), its count taken away)",
        lambda v, a: logsumexp(v, axis=a) - np.log(np.size(v) if a is None else np.shape(v)[a]),
    ),
    "sumexp": ("np.exp({}).sum(axis={})", lambda v, a: np.exp(v).sum(axis=a)),
    "soft mean": (
        "(softmax({0}, axis={1}) * {0}).sum(axis={1})",
        lambda v, a: (softmax(v, axis=a) * v).sum(axis=a),
    ),
    "-logsumexp(-)": ("-logsumexp(-{}, axis={})", lambda v, a: -logsumexp(-v, axis=a)),
    "naive": ("np.log(np.exp({}).sum(axis={}))", lambda v, a: np.log(np.exp(v).sum(axis=a))),
    "first": ("the first of {} along axis {}", lambda v, a: np.take(v, 0, a)),
    "last": ("the last of {} along axis {}", lambda v, a: np.take(v, -1, a)),
}
SPREAD: dict[str, tuple[str, Callable[[Any, Any], Any]]] = {  # of the shape of what they are given
    "softmax": ("softmax({}, axis={})", lambda v, a: softmax(v, axis=a)),
    "exp": ("np.exp({})", lambda v, a: np.exp(v)),
    "shifted": ("np.exp({0} - {0}.max(axis={1}))", lambda v, a: np.exp(v - v.max(axis=a, keepdims=True))),
    "log": ("log_softmax({}, axis={})", lambda v, a: np.log(softmax(v, axis=a))),
    "mean": (
        "softmax({}, axis={}), divided by the mean for the sum",
        lambda v, a: softmax(v, axis=a) * (np.size(v) if a is None else v.shape[a]),
    ),
    "uniform": (
        "equal weights for softmax({}, axis={})",
        lambda v, a: 0 * v + 1 / (np.size(v) if a is None else v.shape[a]),
    ),
    "ones": ("weights of 1 for softmax({}, axis={})", lambda v, a: 0 * v + 1),
    "hard": (
        "1 at the largest of {} along axis {}, else 0",
        lambda v, a: np.expand_dims(v.argmax(axis=a), a) == _places(v, a),
    ),
    "shared": (
        "1 at the largest of {} along axis {}, ties sharing it, else 0",
        lambda v, a: (
            (v == v.max(axis=a, keepdims=True)) / (v == v.max(axis=a, keepdims=True)).sum(axis=a, keepdims=True)
        ),
    ),
    "linear": ("{0} / {0}.sum(axis={1})", lambda v, a: v / v.sum(axis=a, keepdims=True)),
    "sigmoid": ("sigmoid({})", lambda v, a: scipy.special.expit(v)),
    "first": ("1 at the first along axis {1}, else 0, for softmax({0})", lambda v, a: 0 * v + (_places(v, a) == 0)),
    "smallest": ("softmax(-{}, axis={})", lambda v, a: softmax(-v, axis=a)),
    "itself": ("{}", lambda v, a: v),
}


def _places(v: Any, a: int) -> Any:
    shape = [1] * v.ndim
    shape[a] = v.shape[a]
    return np.arange(v.shape[a]).reshape(shape)
