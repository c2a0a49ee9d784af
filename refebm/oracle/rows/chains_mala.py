"""Chains whose moves are tested by Metropolis's ratio: Langevin's moves  (W12)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

from ...numerics.checks import Array
from ...sampling.metropolis import sample as own_sample
from ..chance.distributions import SPREAD, quartic
from ..chance.draws import MANY, Draws, Question, Wrong, float32, in_blocks
from ..chance.ways import CHAIN, Proposing, metropolis
from ..row import Arguments, Code
from .chains import SOURCES, any_chain, double_well, own_chain, singles

# --- inputs


def three_steps(alpha: float, rng: np.random.Generator) -> Arguments:
    well = {"a": float32([-1.0]), "b": float32([0.75])}
    return {"y": in_blocks(float32([[-1.25], [0.25], [1.75], [2.5]])), **well, "beta": 1.5, "alpha": alpha, "steps": 3}


def stationary(alpha: float, rng: np.random.Generator) -> Arguments:
    """Rows of ``P ~ exp(-beta F)``."""
    a, b, beta = float32([-1.0, 0.5, 2.0]), float32([0.5, 1.0, 0.0]), 1.25
    u = rng.random((MANY, 3))
    y = np.stack([quartic(*c, beta).quantile(u[:, j]) for j, c in enumerate(zip(a, b, strict=True))], axis=1)
    return {"y": float32(y), "a": a, "b": b, "beta": beta, "alpha": alpha, "steps": 8}


# --- mistakes


def changed(way: Proposing) -> Callable[..., Wrong]:
    def wrong(name: str, what: str, mend: str, **changes: Any) -> Wrong:
        other = replace(way, **changes)
        return Wrong(name, what, mend, other.run, None if other.same or other.one_test else other.law)

    return wrong


def mistakes(way: Proposing) -> list[Wrong]:
    """Those of both chains."""
    wrong = changed(way)
    return [
        wrong("no-test", "Every move is taken.", "Accept with min(1, ratio) (W12).", rule=np.ones_like),
        wrong("upside-down", "The ratio is upside down.", "P(y') q(y|y') / (P(y) q(y'|y)) (W12).", ratio=lambda p, q, beta: -p - q),
        wrong("no-beta-in-ratio", "beta is missing in the ratio.", "log P = -beta F (W1).", ratio=lambda p, q, beta: p / beta + q),
        wrong("greedy", "Only moves uphill are taken.", "A move down is taken with probability ratio (W12).", rule=lambda r: (r >= 0).astype(float)),
        wrong("half-is-enough", "The ratio is held against 1/2, not against a uniform number.", "u < ratio, u uniform (W12).", rule=lambda r: (r > np.log(0.5)).astype(float)),
        wrong("no-logarithm", "A uniform number is held against the ratio's logarithm.", "log u < log ratio (W12).", rule=lambda r: np.clip(r, 0, 1)),
        wrong("root-of-ratio", "The square root of the ratio.", "min(1, ratio) (W12).", rule=lambda r: metropolis(r / 2)),
        wrong("barker", "Barker's probability 1 / (1 + 1/ratio): P is stationary, but it is not Metropolis's test.", "min(1, ratio) (W12).", rule=lambda r: 1 / (1 + np.exp(-r))),
        wrong("redrawn", "A move that is refused is drawn anew.", "The chain stays where it is (W12).", redrawn=True),
        wrong("each-coordinate", "Coordinates are tested one by one.", "One test a row.", each=True),
        wrong("no-root-two", "Moves of sqrt(alpha) for sqrt(2 alpha).", "sqrt(2 alpha) (W12).", spread=np.sqrt),
        wrong("two-alpha", "Moves of 2 alpha for sqrt(2 alpha).", "sqrt(2 alpha) (W12).", spread=lambda alpha: 2 * alpha),
        wrong("uniform-noise", "The noise is uniform, of variance 1.", "xi is standard normal (W12).", noise=SPREAD),
        wrong("same-noise", "Each step has the same noise.", "Noise of shape (n, d), drawn at each step.", frozen=True),
        wrong("too-few", "One step too few.", "`steps` steps.", more=-1),
        wrong("too-many", "One step too many.", "`steps` steps.", more=1),
        wrong("same-coordinates", "One noise for all coordinates of a row.", "Noise of shape (n, d).", shared=True),
        wrong("same-rows", "One noise and one test for all rows.", "Noise of shape (n, d), and n tests.", same=True),
        wrong("one-test", "One uniform number for the tests of all rows.", "n uniform numbers.", one_test=True),
        *any_chain(way.run),
    ]  # fmt: skip


# --- the rows


def questions(alpha: float) -> list[Question]:
    return [
        Question("one step in a double well", partial(double_well, alpha), 4),
        Question("three steps of one coordinate", partial(three_steps, alpha), 4),
        Question("eight steps from draws of P", partial(stationary, alpha)),
    ]


WAY, WRONG = Proposing(), changed(Proposing())
DRAWS = {
    "mala_chain": Draws(
        "W12", "the rows after `steps` of Langevin's moves, tested", CHAIN, "(n, d)",
        questions=questions(0.3125), law=WAY.law,
        bugs=[
            *mistakes(WAY),
            WRONG("no-correction", "The ratio is without the proposal's densities.", "P(y') q(y|y') / (P(y) q(y'|y)) (W12).", ratio=lambda p, q, beta: p),
            WRONG("correction-upside-down", "The proposal's densities are exchanged.", "q(y|y') above, q(y'|y) below (W12).", ratio=lambda p, q, beta: p - q),
            WRONG("half-correction", "The proposal's variance is taken for 4 alpha.", "|y' - y - alpha s|^2 / (4 alpha) (W12).", ratio=lambda p, q, beta: p + q / 2),
            WRONG("double-correction", "The proposal's variance is taken for alpha.", "|y' - y - alpha s|^2 / (4 alpha) (W12).", ratio=lambda p, q, beta: p + 2 * q),
            WRONG("only-correction", "P is missing in the ratio.", "P(y') q(y|y') / (P(y) q(y'|y)) (W12).", ratio=lambda p, q, beta: q),
            WRONG("no-beta-in-score", "beta is missing in the score.", "s = -beta dF/dy (W11).", cold=1.0),
            WRONG("no-beta", "beta is missing in the score and in the ratio.", "s = -beta dF/dy, log P = -beta F (W11).", cold=1.0, ratio=lambda p, q, beta: p / beta + q),
            WRONG("half-step", "alpha/2 on the score, sqrt(2 alpha) on the noise.", "alpha and sqrt(2 alpha) (W12).", drift=0.5),
            WRONG("sign", "Down the score.", "+ alpha s (W12).", drift=-1.0),
            WRONG("no-score", "The score is missing: a random walk.", "+ alpha s (W12).", drift=0.0),
            WRONG("stale-score", "The score of the start is kept for all steps.", "The score at where the chain is.", stale=True),
        ],
    ),
}  # fmt: skip

# --- right ways


def textbook(drift: float, normals: Any, log: bool = True) -> Code:
    """All rows at once; held against log u, or u."""

    def run(y: Array, a: Array, b: Array, beta: float, alpha: float, steps: int, seed: Any) -> Array:
        draw, rng = (
            normals(seed, y.shape),
            np.random.default_rng([seed, 1]),
        )

        def at(y: Array) -> tuple[Array, Array]:
            return -beta * ((a / 2 + b / 4 * y * y) * y * y).sum(axis=1), -drift * beta * y * (a + b * y * y)

        for _ in range(steps):
            xi, (log_p, s) = draw(), at(y)
            new = y + alpha * s + np.sqrt(2 * alpha) * xi
            new_p, new_s = at(new)
            back = (y - new - alpha * new_s) / np.sqrt(2 * alpha)
            ratio = new_p - log_p + ((xi**2 - back**2) / 2).sum(axis=1)
            u = rng.random(len(y), y.dtype)
            with np.errstate(over="ignore", divide="ignore"):
                y = np.where((np.log(u) < ratio if log else u < np.exp(ratio))[:, None], new, y)
        return y

    return run


def all_ways(drift: float) -> list[Code]:
    in_float32 = textbook(drift, singles)
    return [
        *[textbook(drift, source) for source in SOURCES],
        textbook(drift, SOURCES[0], log=False),
        lambda y, a, b, beta, alpha, steps, seed: in_float32(*(np.asarray(v, np.float32) for v in (y, a, b, beta, alpha)), steps, seed),
    ]  # fmt: skip


RIGHT = {"mala_chain": all_ways(1.0)}

# --- refebm's own

PACKAGE = {"mala_chain": own_chain(own_sample, "mala")}
