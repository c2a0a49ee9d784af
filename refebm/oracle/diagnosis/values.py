"""What mistakes make of a value, whatever it is: what stands in the place of {}, how far-fetched that is, and the change itself."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import numpy as np
import scipy.special

from .formula import Way, relu, softmax, softplus

LIKELY: list[tuple[str, Way]] = [
    ("{}**2", np.square),
    ("np.sqrt({})", np.sqrt),
    ("np.exp({})", np.exp),
    ("np.log({})", np.log),
    ("-{}", np.negative),
    ("{} / 2", lambda v: v / 2),
    ("2 * {}", lambda v: 2 * v),
    ("1 / {}", lambda v: 1 / v),
    ("1 - {}", lambda v: 1 - v),
    ("np.abs({})", np.abs),
    ("0", lambda v: 0.0 * v),
    ("1", lambda v: 0.0 * v + 1),
]
RARE: list[tuple[str, Way]] = [
    ("1 / {}**2", lambda v: 1 / v**2),
    ("1 / np.sqrt({})", lambda v: 1 / np.sqrt(v)),
    ("{}**3", lambda v: v**3),
    ("{}**4", lambda v: v**4),
    ("4 * {}", lambda v: 4 * v),
    ("{} / 4", lambda v: v / 4),
    ("np.sqrt(2) * {}", lambda v: np.sqrt(2) * v),
    ("{} / np.sqrt(2)", lambda v: v / np.sqrt(2)),
    ("{} / np.log(2)", lambda v: v / np.log(2)),
    ("{} * np.log(2)", lambda v: v * np.log(2)),
    ("{} / np.log(10)", lambda v: v / np.log(10)),
    ("np.pi * {}", lambda v: np.pi * v),
    ("2 * np.pi * {}", lambda v: 2 * np.pi * v),
    ("{} / np.pi", lambda v: v / np.pi),
    ("{} / (2 * np.pi)", lambda v: v / (2 * np.pi)),
    ("np.deg2rad({})", np.deg2rad),
    ("np.rad2deg({})", np.rad2deg),
    ("np.log1p({})", np.log1p),
    ("np.expm1({})", np.expm1),
    ("1 + {}", lambda v: 1 + v),
    ("{} - 1", lambda v: v - 1),
    ("{} + 1 / 2", lambda v: v + 0.5),
    ("{} - 1 / 2", lambda v: v - 0.5),
    ("relu({})", relu),
    ("np.minimum({}, 0)", lambda v: np.minimum(v, 0)),
    ("sigmoid({})", scipy.special.expit),
    ("softplus({})", softplus),
    ("np.tanh({})", np.tanh),
    ("np.sign({})", np.sign),
    ("np.round({})", np.round),
    ("np.floor({})", np.floor),
    ("np.ceil({})", np.ceil),
    ("np.exp({} / 2)", lambda v: np.exp(v / 2)),
    ("np.sqrt(1 + {}**2)", lambda v: np.sqrt(1 + v**2)),
    ("({} > 0)", lambda v: (v > 0) * 1.0),
    ("({} > 1 / 2)", lambda v: (v > 0.5) * 1.0),
    ("np.minimum({}, 1)", lambda v: np.minimum(v, 1)),
    ("np.maximum({}, 1)", lambda v: np.maximum(v, 1)),
    ("np.clip({}, 0, 1)", lambda v: np.clip(v, 0, 1)),
    ("np.clip({}, -1, 1)", lambda v: np.clip(v, -1, 1)),
    ("{} * (1 - {})", lambda v: v * (1 - v)),
    ("1 - {}**2", lambda v: 1 - v**2),
]
ALONG: list[tuple[str, Callable[[Any, int], Any]]] = [
    ("its mean over {}", lambda v, a: v.mean(axis=a, keepdims=True) + 0 * v),
    ("its sum over {}", lambda v, a: v.sum(axis=a, keepdims=True) + 0 * v),
    ("its maximum over {}", lambda v, a: v.max(axis=a, keepdims=True) + 0 * v),
    ("its minimum over {}", lambda v, a: v.min(axis=a, keepdims=True) + 0 * v),
    ("the first along {} alone", lambda v, a: np.take(v, [0], a) + 0 * v),
    ("the last along {} alone", lambda v, a: np.take(v, [-1], a) + 0 * v),
    ("itself less its mean over {}", lambda v, a: v - v.mean(axis=a, keepdims=True)),
    ("itself less its minimum over {}", lambda v, a: v - v.min(axis=a, keepdims=True)),
    ("itself less its maximum over {}", lambda v, a: v - v.max(axis=a, keepdims=True)),
    ("itself less the first along {}", lambda v, a: v - np.take(v, [0], a)),
    ("itself over its sum along {}", lambda v, a: v / v.sum(axis=a, keepdims=True)),
    ("itself over its mean along {}", lambda v, a: v / v.mean(axis=a, keepdims=True)),
    ("itself over its length along {}", lambda v, a: v / np.sqrt((v * v).sum(axis=a, keepdims=True))),
    ("itself over its largest along {}", lambda v, a: v / v.max(axis=a, keepdims=True)),
    ("itself over its deviation along {}", lambda v, a: v / v.std(axis=a, keepdims=True)),
    ("itself standardised along {}", lambda v, a: (v - v.mean(axis=a, keepdims=True)) / v.std(axis=a, keepdims=True)),
    ("itself reversed along {}", np.flip),
    ("itself one further along {}", lambda v, a: np.roll(v, 1, a)),
    ("itself one back along {}", lambda v, a: np.roll(v, -1, a)),
    ("itself sorted along {}", np.sort),
    ("itself sorted downwards along {}", lambda v, a: np.flip(np.sort(v, a), a)),
    ("its running sum along {}", np.cumsum),
    ("its softmax over {}", lambda v, a: softmax(v, axis=a)),
    ("1 at its largest along {}, else 0", lambda v, a: (v == v.max(axis=a, keepdims=True)) * 1.0),
    ("1 at its smallest along {}, else 0", lambda v, a: (v == v.min(axis=a, keepdims=True)) * 1.0),
    ("itself, its last along {} 0", lambda v, a: v * _but(v, a, -1)),
    ("itself, its first along {} 0", lambda v, a: v * _but(v, a, 0)),
]
WHOLE: list[tuple[str, Way]] = [
    ("its mean over everything", lambda v: v.mean() + 0 * v),
    ("its sum over everything", lambda v: v.sum() + 0 * v),
    ("its maximum over everything", lambda v: v.max() + 0 * v),
    ("its minimum over everything", lambda v: v.min() + 0 * v),
    ("itself over its sum over everything", lambda v: v / v.sum()),
    ("itself less its maximum over everything", lambda v: v - v.max()),
    ("itself less its mean over everything", lambda v: v - v.mean()),
    ("itself in column-major order", lambda v: v.ravel().reshape(v.shape, order="F")),
    ("its first entry", lambda v: v.flat[0] + 0 * v),
]
SQUARES: list[tuple[str, Way]] = [  # of the last two axes, where these have one length; itself elsewhere
    ("itself transposed where it fits", lambda v: np.swapaxes(v, -1, -2)),
    ("its diagonal alone, where it is square", lambda v: v * np.eye(v.shape[-1])),
    ("its upper triangle, where it is square", np.triu),
    ("its lower triangle, where it is square", np.tril),
    ("its symmetric part, where it is square", lambda v: (v + np.swapaxes(v, -1, -2)) / 2),
]


def _but(v: Any, a: int, place: int) -> Any:
    shape = [1] * v.ndim
    shape[a] = v.shape[a]
    mask = np.ones(v.shape[a])
    mask[place] = 0
    return mask.reshape(shape)


def _array(way: Way, axes: int = 1) -> Way:
    return lambda v: way(v) if np.ndim(v) >= axes else None


def _along(way: Callable[[Any, int], Any], a: int) -> Way:
    return lambda v: way(v, a) if np.ndim(v) > a and v.shape[a] else None


def _where_square(way: Way) -> Way:
    return lambda v: None if np.ndim(v) < 2 else way(v) if v.shape[-1] == v.shape[-2] else v


def of_value() -> Iterator[tuple[str, float, Way]]:
    """(what stands in the place of {}, its cost, the change)."""
    yield from ((what, 1, way) for what, way in LIKELY)
    yield from ((what, 2, way) for what, way in RARE)
    for a in range(3):
        yield from ((what.format(f"axis {a}"), 2, _along(way, a)) for what, way in ALONG)
    yield from ((what, 2.5, _array(way)) for what, way in WHOLE)
    yield from ((what, 1.5, _where_square(way)) for what, way in SQUARES)
    for size in (10.0**-i for i in range(1, 17)):
        yield f"{{}} + {size:g}", 2.5, partial(np.add, size)
        yield f"np.maximum({{}}, {size:g})", 2.5, partial(np.maximum, size)
        yield f"np.clip({{}}, {size:g}, 1 - {size:g})", 2.6, partial(np.clip, a_min=size, a_max=1 - size)
        yield f"np.clip({{}}, {size:g}, {1 / size:g})", 2.7, partial(np.clip, a_min=size, a_max=1 / size)


VALUE = tuple(of_value())


def by_number(name: str) -> Iterator[tuple[str, float, Callable[[Any, Any], Any]]]:
    """(what stands in the place of {}, its cost, the change by the number of a size or of an argument)."""
    yield name, 1.2, lambda v, c: c if np.ndim(v) == 0 else None
    yield f"{{}} * {name}", 1.5, lambda v, c: v * c
    yield f"{{}} / {name}", 1.5, lambda v, c: v / c
    yield f"{{}} * np.sqrt({name})", 2.5, lambda v, c: v * np.sqrt(c)
    yield f"{{}} / np.sqrt({name})", 2.5, lambda v, c: v / np.sqrt(c)
    yield f"{{}} * {name}**2", 2.5, lambda v, c: v * c**2
    yield f"{{}} / {name}**2", 2.5, lambda v, c: v / c**2
    yield f"{{}} + np.log({name})", 2.5, lambda v, c: v + np.log(c)
    yield f"{{}} - np.log({name})", 2.5, lambda v, c: v - np.log(c)
    yield f"{{}} + {name}", 2.5, lambda v, c: v + c
    yield f"{{}} - {name}", 2.5, lambda v, c: v - c
    yield f"{{}} / ({name} - 1)", 2.5, lambda v, c: v / (c - 1)
    yield f"{{}} / ({name} + 1)", 2.6, lambda v, c: v / (c + 1)
