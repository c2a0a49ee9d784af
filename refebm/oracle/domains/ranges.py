"""Domains: which numbers a function is asked about, said once, used to draw fresh inputs and to see what the vectors visit.

A range is a list of bins. A number of it is drawn by its bin, so that all of them are met alike: the tiny, the huge, 0 itself,
both sides of a threshold. An array holds plain numbers, or a bin's throughout, or one row, column or entry of another bin among
plain ones, since a mistake may show in such company only.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
Sizes = dict[str, int]
SIZES = (1, 2, 3, 9, 17)  # where the sizes' bins begin


class Range(NamedTuple):
    """Bins (low, high), a point where both are the same; `sums` is for rows of probabilities, which sum to 1."""

    bins: tuple[tuple[float, float], ...]
    sums: bool = False
    whole: bool = False

    def __add__(self, other: Any) -> Range:
        return Range(tuple(dict.fromkeys(self.bins + other.bins)))

    def labels(self) -> list[str]:
        return [f"{a:g}" if a == b else f"{a:g}..{b:g}" for a, b in self.bins]

    def visited(self, values: Array) -> set[str]:
        """Labels of the bins in which some of the numbers lie; an edge belongs to the side away from 0."""
        v = np.unique(values)
        inside = ((v == a) if a == b else (v >= a) & (v < b) if b > 0 else (v > a) & (v <= b) for a, b in self.bins)
        return {label for label, some in zip(self.labels(), inside, strict=True) if some.any()}

    def holds(self, values: Array) -> bool:
        """Whether all numbers are between the ends, 0 only if it is a bin, whole where they have to be, and sum to 1 likewise."""
        low, high = min(a for a, _ in self.bins), max(b for _, b in self.bins)
        inside = (values >= low) & (values <= high) & ((values != 0) | ((0, 0) in self.bins or low == 0))
        whole = not self.whole or (values % 1 == 0).all()
        return bool(inside.all() and whole and (not self.sums or (values.sum(axis=-1) == 1).all()))


def edges(*ends: float) -> Range:
    """Bins between neighbours."""
    return Range(tuple(zip(ends[:-1], ends[1:], strict=True)))


def points(*values: float) -> Range:
    return Range(tuple((v, v) for v in values))


def decades(first: int, last: int) -> Range:
    """From 10^first to 10^last."""
    return edges(*(float(f"1e{k}") for k in range(first, last + 1)))


def below(r: Range) -> Range:
    """The same, below 0."""
    return Range(tuple((-b, -a) for a, b in r.bins))


def signed(first: int, last: int) -> Range:
    """Decades of both signs, and 0."""
    return below(decades(first, last)) + points(0) + decades(first, last)


class Draw:
    """Draws the numbers of one input; shapes are letters, whose numbers `sizes` holds, and numbers."""

    def __init__(self, rng: np.random.Generator, sizes: Sizes) -> None:
        self.rng, self.sizes = rng, sizes

    def shape(self, *letters: Any) -> tuple[int, ...]:
        return tuple(self.sizes[v] if isinstance(v, str) else v for v in letters)

    def often(self, share: float) -> bool:
        return bool(self.rng.random() < share)

    def one(self, choices: Sequence[Any]) -> Any:
        return choices[int(self.rng.integers(len(choices)))]

    def number(self, r: Range) -> float:
        """A number, of any bin; a plain one every third time."""
        return float(self.plain(r, ()) if self.often(1 / 3) else self.of_bin(self.one(r.bins), ()))

    def of_bin(self, bin: tuple[float, float], shape: tuple[int, ...]) -> Array:
        return np.asarray(bin[0] + (bin[1] - bin[0]) * self.rng.random(shape))

    def plain(self, r: Range, shape: tuple[int, ...]) -> Array:
        """Numbers of size 1, of any sign that the range has; of a range that has none, of any bin."""
        v = self.rng.uniform(0.1, 3, shape)
        low, high = min(a for a, _ in r.bins), max(b for _, b in r.bins)
        if low > 0.1 or high < 3:
            return self.of_bin(self.one(r.bins), shape)
        return np.asarray(v * self.rng.choice([-1, 1], shape) if low < -1 and not self.often(0.2) else v)

    def numbers(self, r: Range, *letters: Any) -> Array:
        """An array of them, by one of several designs."""
        shape = self.shape(*letters)
        out, bin, design = self.plain(r, shape), self.one(r.bins), self.rng.integers(6)
        if design == 0:  # all of one bin
            out = self.of_bin(bin, shape)
        elif design == 1:  # each of its own
            ends = np.array([self.one(r.bins) for _ in range(int(np.prod(shape)))]).reshape(*shape, 2)
            out = np.asarray(ends[..., 0] + (ends[..., 1] - ends[..., 0]) * self.rng.random(shape))
        elif design in (2, 3) and shape:  # one row, column or entry among plain ones
            at = tuple(int(self.rng.integers(n)) for n in shape)
            keep = self.rng.integers(-1, len(shape))
            where = at if keep < 0 else tuple(slice(None) if i == keep else a for i, a in enumerate(at))
            out[where] = self.of_bin(bin, out[where].shape)
        if shape and out.size > 1 and self.often(0.1):  # ties
            axis = int(self.rng.integers(len(shape)))
            out[:] = np.take(out, self.rng.integers(shape[axis], size=shape[axis]), axis)
        if (0, 0) in r.bins and self.often(0.1):
            out = out * (self.rng.random(shape) < 0.7)
        return np.asarray(out)


Measure = tuple[Range, Callable[[dict[str, Any]], Any]]


@dataclass(frozen=True)
class Domain:
    """The inputs of a function.

    Parameters
    ----------
    draw : callable
        Arguments in the contract's order, of a `Draw`.
    sizes : sequence of dicts
        Letters, in the shapes, to numbers; a few, as some frameworks compile for each.
    ranges : dict
        The range of each argument.
    measures : dict
        Ranges of what is made of the arguments, such as the gap of two energies in units of 1/beta.
    large : sequence of dicts
        More sizes, for fresh inputs only: too large for vectors.
    """

    draw: Callable[[Draw], dict[str, Any]]
    sizes: Sequence[Sizes]
    ranges: dict[str, Range]
    measures: dict[str, Measure] = field(default_factory=dict)
    large: Sequence[Sizes] = ()

    def at(self, i: int, rng: np.random.Generator, large: bool = False) -> dict[str, Any]:
        """The i-th input: sizes come round and round, and what lies outside the ranges is drawn again."""
        sizes = [*self.sizes, *(self.large if large else ())]
        drawn = self.draw(Draw(rng, sizes[i % len(sizes)]))
        return drawn if self.holds(drawn) else self.at(i, rng, large)

    def holds(self, arguments: dict[str, Any]) -> bool:
        return all(r.holds(np.asarray(arguments[name])) for name, r in self.ranges.items())

    def coverage(
        self, shapes: dict[str, str], inputs: Iterable[dict[str, Any]]
    ) -> Iterator[tuple[str, list[str], set[str]]]:
        """(what, its bins, those visited) of each argument, each measure, each size and how sizes compare."""
        inputs = list(inputs)
        everything: dict[str, Measure] = {n: (r, lambda a, n=n: a[n]) for n, r in self.ranges.items()}  # type: ignore[misc]
        for name, (r, of) in (everything | self.measures).items():
            values = np.concatenate([np.ravel(np.asarray(of(a), float)) for a in inputs] or [np.zeros(0)])
            yield name, r.labels(), r.visited(values)
        own, met = list(self.sizes), [sizes_of(shapes, a) for a in inputs]
        for letter in own[0]:
            yield f"size {letter}", *_of_sizes([s[letter] for s in own], [s[letter] for s in met if letter in s])
        if own[0]:
            labels = list(dict.fromkeys(map(compared, own)))
            yield "sizes", labels, {compared(s) for s in met} & set(labels)


def _of_sizes(own: list[int], met: list[int]) -> tuple[list[str], set[str]]:
    def label(n: int) -> str:
        return f"{max(v for v in SIZES if v <= n)}+" if n > 2 else str(n)

    labels = list(dict.fromkeys(map(label, sorted(own))))
    return labels, {label(n) for n in met} & set(labels)


def compared(sizes: Sizes) -> str:
    """How they compare."""
    n = set(sizes.values())
    same = "all 1" if n == {1} else "all the same" if len(n) == 1 else "some the same"
    return "all different" if len(n) == len(sizes) > 1 else same


def sizes_of(shapes: dict[str, str], arguments: dict[str, Any]) -> Sizes:
    """The letters in the shapes of arguments, to numbers."""
    found: Sizes = {}
    for name, shape in shapes.items():
        letters = [v.strip() for v in shape.strip("()").split(",") if v.strip()]
        found |= {v: n for n, v in zip(np.shape(arguments[name]), letters, strict=True) if v.isalpha()}
    return found
