"""Draws of a variational auto-encoder's latents: normal, with a mean and a deviation for each  (L19)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ...learning.variational import reparametrise as own_reparametrise
from ...numerics.checks import Array
from ..chance.distributions import LAPLACE, NORMAL, SPREAD, Noise, Scaled, uniform
from ..chance.draws import MANY, Draws, Law, Question, Wrong, float32, in_blocks
from ..row import Arguments, Code
from .chains import SOURCES, any_chain, singles

# --- inputs


def few(rng: np.random.Generator) -> Arguments:
    m = float32([[0.5, -2.0, 1.0], [-1.25, 0.75, 3.0], [0.25, 0.5, -0.75], [40.0, -1.5, 0.125]])
    s = float32([[0.5, 2.0, 1.25], [3.0, 0.25, 0.75], [0.125, 1.5, 0.5], [0.75, 0.375, 6.0]])
    return {"m": in_blocks(m), "s": in_blocks(s)}


def many(rng: np.random.Generator) -> Arguments:
    return {"m": float32(2 * rng.normal(size=(MANY, 2))), "s": float32(np.exp(rng.normal(size=(MANY, 2))))}


# --- the law, and mistakes


def scaled(
    spread: Callable[[Array], Array], noise: Noise = NORMAL, shared: bool = False, mean: float = 1.0
) -> tuple[Code, Any]:
    """``mean m + spread(s) noise``, as code and as a law."""

    def run(m: Array, s: Array, seed: int) -> Array:
        u = np.random.default_rng(seed).random((len(m), 1 if shared else m.shape[1]))
        return mean * m + spread(s) * noise.quantile(u)

    return run, lambda why, given: Scaled(mean * given["m"], spread(given["s"]), noise, shared)


def law(why: str, given: Arguments) -> Law:
    return Scaled(given["m"], given["s"])


def same_rows(m: Array, s: Array, seed: int) -> Array:
    return m + s * np.random.default_rng(seed).normal(size=m.shape[1])


# --- the rows

RIGHT_NOISE = "eps is standard normal, of shape (n, l) (L19)."
DEVIATION = "z = m + s eps, s the deviation (L19)."


def wrong(name: str, what: str, mend: str, *way: Any, **changes: Any) -> Wrong:
    return Wrong(name, what, mend, *scaled(*way, **changes))


def as_it_is(s: Array) -> Array:
    return s


DRAWS = {
    "posterior_draw": Draws(
        "L19", "m + s eps, eps standard normal", {"m": "(n, l)", "s": "(n, l)", "seed": "()"}, "(n, l)",
        questions=[Question("few rows", few, 4), Question("many rows", many)],
        law=law,
        bugs=[
            wrong("variance", "s is taken for the variance: sqrt(s).", DEVIATION, np.sqrt),
            wrong("squared", "s^2 for s.", DEVIATION, np.square),
            wrong("exp-half", "s is taken for the variance's logarithm: exp(s/2).", DEVIATION, lambda s: np.exp(s / 2)),
            wrong("exp", "s is taken for the deviation's logarithm: exp(s).", DEVIATION, np.exp),
            wrong("softplus", "s is sent through softplus.", DEVIATION, lambda s: np.logaddexp(0, s)),
            wrong("precision", "s is taken for the precision: 1/sqrt(s).", DEVIATION, lambda s: 1 / np.sqrt(s)),
            wrong("inverse", "1/s for s.", DEVIATION, lambda s: 1 / s),
            wrong("root-two", "sqrt(2) s.", DEVIATION, lambda s: np.sqrt(2) * s),
            wrong("no-s", "The deviation is 1.", DEVIATION, np.ones_like),
            wrong("no-noise", "The mean is given.", DEVIATION, np.zeros_like),
            wrong("no-m", "The mean is 0.", DEVIATION, as_it_is, mean=0.0),
            wrong("minus-m", "The mean's sign.", DEVIATION, as_it_is, mean=-1.0),
            wrong("one-deviation", "The first latent's deviation for all.", DEVIATION, lambda s: np.broadcast_to(s[:, :1], s.shape)),
            wrong("uniform-noise", "The noise is uniform, of variance 1.", RIGHT_NOISE, as_it_is, SPREAD),
            wrong("rand-for-randn", "The noise is uniform in [0, 1[.", RIGHT_NOISE, as_it_is, uniform(0.0, 1.0)),
            wrong("laplace-noise", "The noise is Laplace's.", RIGHT_NOISE, as_it_is, LAPLACE),
            wrong("same-coordinates", "One noise for all latents of a row.", RIGHT_NOISE, as_it_is, shared=True),
            Wrong("same-rows", "One noise for all rows.", RIGHT_NOISE, same_rows),
            *any_chain(scaled(as_it_is)[0]),
        ],
    ),
}  # fmt: skip

# --- right ways


def textbook(source: Any) -> Code:
    return lambda m, s, seed: m + s * source(seed, m.shape)()


RIGHT = {
    "posterior_draw": [
        *[textbook(source) for source in SOURCES],
        lambda m, s, seed: np.random.default_rng(seed).normal(m, s),
        lambda m, s, seed: textbook(singles)(np.asarray(m, np.float32), np.asarray(s, np.float32), seed),
    ],
}  # fmt: skip

# --- refebm's own


def own_draw(m: Array, s: Array, seed: int) -> Array:
    return own_reparametrise(m, s, np.random.default_rng(seed).normal(size=(len(m), 1, m.shape[1])))[:, 0]


PACKAGE = {"posterior_draw": own_draw}
