"""How large the numbers are that right formulas add up on the way, where the answer may be far smaller.

``1 - sigmoid`` holds a 1, ``log(r/s) + (m^2 + s^2)/(2 r^2) - 1/2`` each of its three terms, ``-log(mean exp)/beta`` numbers
of size 1/beta. Rounding one of them costs u times its size, whatever the answer's size is: a small answer is then lost, with
no mistake in the formula.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..numerics.checks import Array

A = dict[str, Any]


def _log(p: Any) -> Any:
    """|log p|, 0 where p is 0."""
    return np.abs(np.log(np.where(p > 0, p, 1)))


def _reach(a: A) -> Array:
    """Of each observation: how far it and the curve are from the origin, together."""
    return np.sqrt(np.square(a["y"]).sum(axis=1)) + np.abs(a["w"]).max()


def _logarithm(k: int, beta: float) -> float:
    """Of the logarithm of a mean of k numbers, over beta."""
    return (1 + np.log(k)) / beta


def _information(q: Array, p: Array) -> Array:
    return np.asarray((q * (1 + _log(q) + _log(p))).sum(axis=1))


def _gaussian(m: Array, s: Array, r: float) -> Array:
    return np.asarray(_log(r) + _log(s) + (m * m + s * s) / (2 * r * r) + 0.5)


TERMS: dict[str, Callable[[A, Array], Any]] = {
    "softmin": lambda a, S: _logarithm(a["E"].shape[1], a["beta"]),
    "softmax": lambda a, S: _logarithm(a["s"].shape[1], a["beta"]),
    "softargmin": lambda a, S: 1,
    "softargmax": lambda a, S: 1,
    "softmin_prior": lambda a, S: (1 + _log(a["p"]).max()) / a["beta"],
    "softplus": lambda a, S: 1,
    "ellipse_decoder": lambda a, S: np.abs(a["w"]),
    "ellipse_energy": lambda a, S: np.square(_reach(a))[:, None],
    "ellipse_free_energy": lambda a, S: np.square(_reach(a)) + _logarithm(len(a["z"]), a["beta"]),
    "ellipse_slope_y": lambda a, S: 2 * _reach(a)[:, None],
    "ellipse_slope_w": lambda a, S: 2 * _reach(a).mean(),
    "ellipse_least_energy": lambda a, S: np.square(_reach(a)),
    "log_loss": lambda a, S: 1,
    "log_loss_slope": lambda a, S: 1,
    "log_partition": lambda a, S: 1 + _log(a["dy"]).max(),
    "gibbs_density": lambda a, S: S.max(),
    "nll": lambda a, S: (1 + _log(a["dy"]).max()) / a["beta"],
    "kl": lambda a, S: _information(a["q"], a["p"]),
    "entropy": lambda a, S: 1 + np.log(a["q"].shape[1]),
    "gaussian_kl": lambda a, S: _gaussian(a["m"], a["s"], a["r"]),
    "box_information": lambda a, S: a["d"] * (1 + _log(a["r"]) + _log(a["s"])),
    "variational_free_energy": lambda a, S: _information(a["q"], a["p"]) / a["beta"],
    "jensen_gap": lambda a, S: np.abs(a["E"]).max(axis=1) + _information(a["q"], a["p"]) / a["beta"],
    "vae_loss": lambda a, S: _gaussian(a["m"], a["s"], a["r"]).sum() / a["beta"] / len(a["y"]),
}


def terms(function: str, arguments: A, scale: Array) -> Array:
    """T, shaped like the answer: the largest of those numbers and of the scale S."""
    return np.asarray(np.maximum(scale, TERMS[function](arguments, scale) if function in TERMS else 0), float)
