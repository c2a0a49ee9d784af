"""Chains in a separable quartic potential: Langevin's, by the exact law of a step, and of many where F is a parabola  (W12)."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from ...energies.potentials import Potential
from ...numerics.checks import Array
from ...sampling.metropolis import sample as own_sample
from ..chance.distributions import LAPLACE, NORMAL, SPREAD, uniform
from ..chance.draws import MANY, Draws, Question, Wrong, float32, in_blocks
from ..chance.ways import CHAIN, Stepping
from ..row import Arguments, Code

# --- inputs

STARTS = float32([[-1.5, 0.75], [0.5, -0.25], [1.25, 1.5], [-0.25, -1.75]])


def double_well(alpha: float, rng: np.random.Generator) -> Arguments:
    wells = {"a": float32([-1.5, 0.75]), "b": float32([1.25, 0.5])}
    return {"y": in_blocks(STARTS), **wells, "beta": 1.75, "alpha": alpha, "steps": 1}


def parabola(rng: np.random.Generator) -> Arguments:
    cups = {"a": float32([0.5, 2.0]), "b": np.zeros(2)}
    return {"y": in_blocks(STARTS), **cups, "beta": 1.5, "alpha": 0.125, "steps": 5}


def settled(rng: np.random.Generator) -> Arguments:
    """Rows of the chain's own stationary law: of variance ``2 alpha / (1 - (1 - alpha beta a)^2)``."""
    a, beta, alpha = float32([0.75, 1.5, 4.0]), 0.75, 0.25
    deviation = np.sqrt(2 * alpha / (1 - np.square(1 - alpha * beta * a)))
    y = float32(deviation * rng.normal(size=(MANY, 3)))
    return {"y": y, "a": a, "b": np.zeros(3), "beta": beta, "alpha": alpha, "steps": 3}


# --- mistakes


def wrong(name: str, what: str, mend: str, **changes: Any) -> Wrong:
    way = Stepping(**changes)
    return Wrong(name, what, mend, way.run, None if way.same else way.law)


# --- mistakes of any chain


def by_row(code: Code, seeds: Callable[[int, int], int]) -> Code:
    """Each row with a generator of its own."""

    def run(y: Array, *rest: Any) -> Array:
        *given, seed = rest
        parted = [np.ndim(v) > 0 and len(v) == len(y) for v in given]

        def row(i: int) -> Array:
            parts = (v[i : i + 1] if part else v for v, part in zip(given, parted, strict=True))
            return np.asarray(code(y[i : i + 1], *parts, seeds(seed, i)))

        return np.concatenate([row(i) for i in range(len(y))])

    return run


def any_chain(code: Code) -> list[Wrong]:
    """Mistakes that are seen without a law: of seeds, for all that draws."""
    return [
        Wrong("seed-ignored", "The seed is not used: every call gives the same rows.", "Make the generator of the seed that is given.", lambda *a: code(*a[:-1], 7)),
        Wrong("seed-plus-row", "Row i has the seed s + i: the next seed gives the same rows, moved by one.", "One generator for all rows; or SeedSequence(seed).spawn(n).", by_row(code, lambda s, i: s + i)),
    ]  # fmt: skip


# --- the rows

NOISE = "xi is standard normal (W12)."
EACH = "Noise of shape (n, d), drawn at each step."

DRAWS = {
    "langevin_chain": Draws(
        "W12", "the rows after `steps` of y + alpha s(y) + sqrt(2 alpha) xi, s = -beta (a y + b y^3)", CHAIN, "(n, d)",
        questions=[
            Question("one step in a double well", partial(double_well, 0.125), 4),
            Question("five steps in a parabola", parabola, 4),
            Question("three steps from draws of its own law", settled),
        ],
        law=Stepping().law,
        bugs=[
            wrong("no-root-two", "sqrt(alpha) for sqrt(2 alpha): half the temperature.", "sqrt(2 alpha) (W12).", spread=np.sqrt),
            wrong("no-root", "alpha for sqrt(2 alpha).", "sqrt(2 alpha) (W12).", spread=lambda alpha: alpha),
            wrong("two-alpha", "2 alpha for sqrt(2 alpha).", "sqrt(2 alpha) (W12).", spread=lambda alpha: 2 * alpha),
            wrong("half-step", "alpha/2 on the score, sqrt(2 alpha) on the noise: twice the temperature.", "alpha and sqrt(2 alpha) (W12).", drift=lambda alpha: alpha / 2),
            wrong("other-scaling", "alpha/2 and sqrt(alpha): a step of half the size.", "alpha and sqrt(2 alpha) (W12).", drift=lambda alpha: alpha / 2, spread=np.sqrt),
            wrong("sign", "Down the score: away from the modes.", "+ alpha s (W12).", drift=lambda alpha: -alpha),
            wrong("no-score", "The score is missing: a random walk.", "+ alpha s (W12).", drift=lambda alpha: 0.0),
            wrong("no-noise", "The noise is missing: gradient descent.", "+ sqrt(2 alpha) xi (W12).", spread=lambda alpha: 0.0),
            wrong("no-beta", "beta is missing in the score.", "s = -beta dF/dy (W11).", beta=lambda beta: 1.0),
            wrong("beta-squared", "beta is twice in the score.", "s = -beta dF/dy (W11).", beta=lambda beta: beta**2),
            wrong("temperature", "The score is divided by beta.", "beta is an inverse temperature (W11).", beta=lambda beta: 1 / beta),
            wrong("uniform-noise", "The noise is uniform, of variance 1.", NOISE, noise=SPREAD),
            wrong("rand-for-randn", "The noise is uniform in [0, 1[.", NOISE, noise=uniform(0.0, 1.0)),
            wrong("laplace-noise", "The noise is Laplace's.", NOISE, noise=LAPLACE),
            wrong("wrong-power", "b y^2 for b y^3 in the slope.", "d(b y^4 / 4)/dy = b y^3.", power=2),
            wrong("stale-score", "The score of the start is kept for all steps.", "The score at where the chain is.", stale=True),
            wrong("same-noise", "Each step has the same noise.", EACH, frozen=True),
            wrong("too-few", "One step too few.", "`steps` steps.", more=-1),
            wrong("too-many", "One step too many.", "`steps` steps.", more=1),
            wrong("same-coordinates", "One noise for all coordinates of a row.", EACH, shared=True),
            wrong("same-rows", "One noise for all rows.", EACH, same=True),
            *any_chain(Stepping().run),
        ],
    ),
}  # fmt: skip

# --- right ways


def slope(y: Array, a: Array, b: Array) -> Array:
    return y * (a + b * y * y)


def loop(normals: Callable[[int, tuple[int, ...]], Callable[[], Array]]) -> Code:
    """All rows at once, the noise of any source."""

    def run(y: Array, a: Array, b: Array, beta: float, alpha: float, steps: int, seed: int) -> Array:
        draw = normals(seed, y.shape)
        for _ in range(steps):
            y = y - alpha * beta * slope(y, a, b) + (2 * alpha) ** 0.5 * draw()
        return y

    return run


def bits(kind: Any) -> Any:
    return lambda seed, shape: partial(np.random.Generator(kind(seed)).normal, size=shape)


def box_muller(seed: int, shape: tuple[int, ...]) -> Callable[[], Array]:
    rng = np.random.default_rng(seed)
    return lambda: np.sqrt(-2 * np.log1p(-rng.random(shape))) * np.cos(2 * np.pi * rng.random(shape))


def quantiles(seed: int, shape: tuple[int, ...]) -> Callable[[], Array]:
    rng = np.random.default_rng(seed)
    return lambda: NORMAL.quantile(rng.random(shape))


def singles(seed: int, shape: tuple[int, ...]) -> Callable[[], Array]:
    rng = np.random.default_rng(seed)
    return lambda: rng.standard_normal(shape, np.float32)


def spawned(code: Code) -> Code:
    def row_by_row(y: Array, *rest: Any) -> Array:
        """Each with a generator of its own."""
        *given, seed = rest
        ways = np.random.SeedSequence(seed).spawn(len(y))
        return np.concatenate([code(y[i : i + 1], *given, way) for i, way in enumerate(ways)])

    return row_by_row


SOURCES = [
    bits(np.random.PCG64),
    bits(np.random.MT19937),
    bits(np.random.Philox),
    bits(np.random.SFC64),
    box_muller,
    quantiles,
]
RIGHT = {
    "langevin_chain": [
        *[loop(source) for source in SOURCES],
        lambda y, a, b, beta, alpha, steps, seed: loop(singles)(*(np.asarray(v, np.float32) for v in (y, a, b, beta, alpha)), steps, seed),
        spawned(loop(SOURCES[0])),
    ],
}  # fmt: skip

# --- refebm's own


def own_chain(sample: Code, method: str) -> Code:
    def run(y: Array, a: Array, b: Array, beta: float, alpha: float, steps: int, seed: int) -> Array:
        def value(y: Array, w: Array, x: Array | None) -> Array:
            return np.asarray((a * y**2 / 2 + b * y**4 / 4).sum(axis=1))

        def adjoint(y: Array, w: Array, x: Array | None, F_bar: Array) -> tuple[Array, ...]:
            return (a * y + b * y**3) * F_bar[:, None], w

        F = Potential(value, adjoint, y.shape[1], 1, beta)
        return np.asarray(sample(F, y, np.zeros(1), steps, alpha, np.random.default_rng(seed), method=method).last)

    return run


PACKAGE = {"langevin_chain": own_chain(own_sample, "langevin")}
