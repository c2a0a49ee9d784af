"""The pieces that the catalogue's mutants are made of, and what is said of mistakes that several functions share."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product

import numpy as np
import scipy

from ..numerics.checks import Array

FLOAT32 = (
    "It is computed in float32.",
    "Compute in double precision, or say that it is float32 and be judged as such.",
)
SHIFT = (
    "Shifted by the first energy: exp overflows where that lies far above the least.",
    "Shift by the least energy.",
)
FLOOR = ("Exponents are cut at -15: unlikely states keep a weight.", "Leave small weights small.")
SHORTCUT = ("The minimum is taken for every beta above 20.", "Only beta = inf is the minimum (C15).")
FLAT = ("The mean is taken for every beta below 0.01.", "Only beta = 0 is the mean (C14).")
LENGTH = (
    "The prior's axis is found by its length: that of the observations where there are as many.",
    "p runs along the latents (L15).",
)
SQUARE_W = (
    "Weights are transposed where they fit both ways.",
    "Rows are samples and W's rows outputs: x W^T, whatever the sizes (C27).",
)


def lse(x: Array, axis: int = -1) -> Array:
    """log sum exp, shifted."""
    m = x.max(axis=axis, keepdims=True, initial=-np.inf)  # of no state, a sum of 0
    return np.log(np.exp(x - m).sum(axis=axis)) + np.squeeze(m, axis)


def F_of(E: Array, beta: float) -> Array:
    """softmin of rows."""
    return -(lse(-beta * E) - np.log(E.shape[1])) / beta


def weights(E: Array, beta: float) -> Array:
    """softargmin of rows."""
    return np.exp(-beta * E - lse(-beta * E)[..., None])


def single(code: Callable[..., Array]) -> Callable[..., Array]:
    """The same, carried out in float32."""
    return lambda *a: np.asarray(code(*(np.asarray(v, np.float32)[()] for v in a)), np.float32)


def naive_kl(q: Array, p: Array, base: float = np.e) -> Array:
    return (q * np.log(np.where(q > 0, q / p, 1))).sum(axis=1) / np.log(base)


def relu(v: Array) -> Array:
    return np.maximum(v, 0)


def floored(f: Array) -> Array:
    """exp of rows less their largest, at least exp(-15)."""
    return np.exp(np.maximum(f - f.max(axis=-1, keepdims=True), -15))


def by_length(p: Array, E: Array) -> Array:
    return p[:, None] if len(p) == len(E) else p


def turned(W: Array) -> Array:
    return W.T if W.shape[0] == W.shape[1] else W


def on(u: Array) -> Array:
    return scipy.special.expit(u)


def everything(units: int) -> Array:
    return np.array(list(product([0.0, 1.0], repeat=units)))


def exchanged(b: Array, c: Array) -> tuple[Array, Array]:
    """Each bias stretched or cut to the other side's size."""
    return np.resize(c, len(b)), np.resize(b, len(c))
