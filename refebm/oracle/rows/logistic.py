"""softplus and the log loss, and its slope  (C24)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import scipy

from ...learning import losses as own
from ...numerics.checks import Array
from ...numerics.hinges import softplus as own_softplus
from ..digits import each, exp, positive
from ..domains.tables import LOGITS, PAIRS
from ..inputs import ONE
from ..row import Case, Function, Rngs, Slope

LOSS = {"F": "(n,)", "F_hat": "(n,)"}
THRESHOLD = ("u itself above 20, as PyTorch's softplus has it.", "log1p(exp(-|u|)) is 2e-9 there, not 0.")
CLIPPED_U = ("u is cut to [-30, 30].", "max(u, 0) + log1p(exp(-|u|)) needs no cut.")
UNITS = np.arange(40) + 0.5
# Where exp leaves float32's or float64's range, or is lost beside 1, on both sides.
EDGES = np.array([16.5, 17.25, 36.25, 37.5, 88.5, 89.5, 103.5, 104.5, 709.5, 710.5, 744.5, 746.5])
NEAR_0 = np.array([0, 1e-3, -1e-3, 1e-6, -1e-6, 1e-9, -1e-9, 1e-17, -1e-17, 1e-30])


# --- inputs


def softplus_cases(rng: np.random.Generator) -> Iterator[Case]:
    yield "plain", {"u": rng.normal(size=7) * 2}
    yield "large", {"u": np.array([40.0, 800, 1e5, 3e30])}
    yield "far below 0", {"u": np.array([-21.0, -38, -45, -60, -80])}
    yield "below 0", {"u": np.array([-22.5, -7, -30.25])}


def losses(rng: np.random.Generator) -> Iterator[Case]:
    yield "plain", {"F": rng.normal(size=6), "F_hat": rng.normal(size=6) + 0.3}
    yield "large gaps", {"F": np.array([900.0, -3, 50, 0.5]), "F_hat": np.array([3.0, 800, -60, 0.75])}
    yield "far apart on the safe side", {"F": np.array([1.0, 2, 3.5]), "F_hat": np.array([25.0, 41, 60])}
    yield "very large gaps", {"F": np.array([5000.0, -2000.0, 30, 2, 1]), "F_hat": np.array([-3.5, 2500.0, 28, 1.5, 3])}


def softplus_regimes(rngs: Rngs) -> Iterator[Case]:
    for sign, why in ((-1, "every unit below 0"), (1, "every unit above 0")):
        yield why, {"u": sign * UNITS + rngs(why).uniform(-0.4, 0.4, 40)}
    yield "edges of exp", {"u": np.concatenate([EDGES, -EDGES])}
    yield "near 0", {"u": NEAR_0}
    yield ONE, {"u": np.array([20.5])}


def log_regimes(rngs: Rngs) -> Iterator[Case]:
    for why, case in softplus_regimes(rngs):
        low = np.round(4 * rngs(why).normal(size=len(case["u"]))) if why != "near 0" else 0 * NEAR_0
        yield why, {"F": case["u"] + low, "F_hat": low}


# --- truth, in many digits


def softplus(u: Array) -> Array:
    return each("log1p")(exp(u))  # 1 + exp(u) would lose all digits where u is below -700


def softplus_2(u: Array) -> Array:
    """By its symmetry, and ``log((1 + t)/(1 - t)) = 2 artanh t``."""
    e = exp(-abs(u))
    return positive(u) + 2 * each("atanh")(e / (2 + e))


def log_loss(F: Array, F_hat: Array) -> Array:
    return softplus(F - F_hat)


def log_loss_2(F: Array, F_hat: Array) -> Array:
    return softplus_2(F - F_hat)


def log_loss_slope(F: Array, F_hat: Array) -> Array:
    return 1 / (1 + exp(F_hat - F))


def log_loss_slope_2(F: Array, F_hat: Array) -> Array:
    return exp(-softplus_2(F_hat - F))


# --- what mistakes are made of


def cut(u: Array) -> Array:
    return np.clip(u, -30, 30)


# --- the rows

ROWS = {
    "softplus": Function(
        "C24", "log(1 + exp u)",
        {"u": "(n,)"}, "(n,)",
        domain=LOGITS, drawn=(79, 134, 147, 163, 941, 1174),
        seed=30, cases=softplus_cases, regimes=softplus_regimes, truth=(softplus, softplus_2),
        adds=lambda a, S: 1,
        keeps="np.maximum(u, 0) + np.log1p(np.exp(-abs(u)))",
        bugs=[
            ("unshifted", "log(1 + exp u) as written: exp overflows.", "max(u, 0) + log1p(exp(-|u|)).", lambda u: np.log(1 + np.exp(u))),
            ("relu", "The positive part.", "softplus is log(1 + exp u) (C24).", lambda u: np.maximum(u, 0)),
            ("sign", "softplus of -u.", "log(1 + exp u) (C24).", lambda u: np.logaddexp(0, -u)),
            ("sigmoid", "Its derivative.", "log(1 + exp u) (C24).", lambda u: 1 / (1 + np.exp(-u))),
            ("base-2", "The logarithm has base 2.", "Natural logarithm.", lambda u: np.logaddexp(0, u) / np.log(2)),
            ("threshold", "u itself above 20, 0 below -20.", "Keep exp u where u is far below 0.", lambda u: np.where(u < -20 + 1e-9, 0, np.logaddexp(0, u))),
            ("threshold-20", *THRESHOLD, lambda u: np.where(u > 20, u, np.logaddexp(0, u))),
            ("clipped", *CLIPPED_U, lambda u: np.logaddexp(0, cut(u))),
        ],
    ),
    "log_loss": Function(
        "C24", "log(1 + exp(F - F_hat)) of each",
        LOSS, "(n,)",
        domain=PAIRS, drawn=(28, 115, 132, 795, 995, 1384, 1490),
        seed=16, cases=losses, regimes=log_regimes, truth=(log_loss, log_loss_2),
        adds=lambda a, S: 1,
        keeps="np.logaddexp(0, F - F_hat)",
        bugs=[
            ("swapped", "Data and contrastive point are exchanged.", "F - F_hat in the exponent (C24).", lambda F, H: np.logaddexp(0, H - F)),
            ("unshifted", "log(1 + exp) as written: exp overflows.", "max(u, 0) + log1p(exp(-|u|)).", lambda F, H: np.log(1 + np.exp(F - H))),
            ("no-one", "The 1 is missing: linear in the gap.", "log(1 + exp(F - F_hat)) (C24).", lambda F, H: F - H),
            ("base-2", "The logarithm has base 2.", "Natural logarithm.", lambda F, H: np.logaddexp(0, F - H) / np.log(2)),
            ("sigmoid", "The probability, not its logarithm.", "log(1 + exp(F - F_hat)) (C24).", lambda F, H: 1 / (1 + np.exp(np.minimum(H - F, 700)))),
            ("sum-of-energies", "The energies are added.", "The gap F - F_hat (C24).", lambda F, H: np.logaddexp(0, F + H)),
            ("mean", "The mean over the pairs.", "One loss for each pair.", lambda F, H: np.logaddexp(0, F - H).mean()),
            ("threshold-20", *THRESHOLD, lambda F, H: np.where(F - H > 20, F - H, np.logaddexp(0, F - H))),
            ("clipped", *CLIPPED_U, lambda F, H: np.logaddexp(0, cut(F - H))),
            ("clamped", "The logarithm is cut at 100, as PyTorch's binary cross-entropy has it.", "softplus of the gap (C24).", lambda F, H: np.minimum(np.logaddexp(0, F - H), 100)),
        ],
    ),
    "log_loss_slope": Function(
        "C24", "its derivative in F",
        LOSS, "(n,)",
        domain=PAIRS, drawn=(383, 405, 474, 509, 1160, 1279),
        seed=17, cases=losses, regimes=log_regimes, truth=(log_loss_slope, log_loss_slope_2),
        adds=lambda a, S: 1,
        keeps="np.exp(-np.logaddexp(0, F_hat - F))",
        slope=Slope(("log_loss",), "F"),
        bugs=[
            ("sign", "The sign is wrong.", "sigmoid(F - F_hat) (C24).", lambda F, H: -1 / (1 + np.exp(np.minimum(H - F, 700)))),
            ("swapped", "Data and contrastive point are exchanged.", "sigmoid(F - F_hat) (C24).", lambda F, H: 1 / (1 + np.exp(np.minimum(F - H, 700)))),
            ("unshifted", "exp(u)/(1 + exp(u)): inf/inf.", "1/(1 + exp(-u)).", lambda F, H: np.exp(F - H) / (1 + np.exp(F - H))),
            ("hard", "A step for the sigmoid.", "That is the hinge's (C23).", lambda F, H: 1.0 * (F > H)),
            ("sigmoid-slope", "The sigmoid's derivative.", "The loss's derivative is the sigmoid (C24).", lambda F, H: 1 / (2 + np.exp(np.minimum(F - H, 700)) + np.exp(np.minimum(H - F, 700)))),
            ("mean", "Divided by the number of pairs.", "Each pair's own (C24).", lambda F, H: 1 / (1 + np.exp(np.minimum(H - F, 700))) / len(F)),
            ("threshold-20", "1 where F - F_hat is above 20, as PyTorch's softplus has it.", "1/(1 + exp(-u)) (C24).", lambda F, H: np.where(F - H > 20, 1, np.exp(-np.logaddexp(0, H - F)))),
            ("clipped", *CLIPPED_U, lambda F, H: 1 / (1 + np.exp(-cut(F - H)))),
        ],
    ),
}  # fmt: skip

# --- as it is written

FORMULAS = {
    "softplus": "softplus(u)",
    "log_loss": "softplus(F - F_hat)",
    "log_loss_slope": "sigmoid(F - F_hat)",
}  # fmt: skip

# --- right ways


def binary_cross_entropy_with_logits(F: Array, H: Array) -> Any:
    """Of the class 1 and the logit F_hat - F, with the sum inside the logarithm: small losses are lost."""
    m = np.maximum(F - H, 0)
    return m + np.log(np.exp(-m) + np.exp(F - H - m))


RIGHT = {
    "softplus": [
        lambda u: np.logaddexp(0, u),
        lambda u: np.where(u > 0, u, 0) + np.log1p(np.exp(-np.abs(u))),
        lambda u: np.maximum(u, 0) + np.log(1 + np.exp(-np.abs(u))),  # small answers lost
    ],
    "log_loss": [
        lambda F, H: np.logaddexp(0, F - H),
        lambda F, H: np.maximum(F - H, 0) + np.log1p(np.exp(-np.abs(F - H))),
        binary_cross_entropy_with_logits,
    ],
    "log_loss_slope": [lambda F, H: scipy.special.expit(F - H), lambda F, H: np.exp(-np.logaddexp(0, H - F)), lambda F, H: 1 - scipy.special.expit(H - F)],
}  # fmt: skip

# --- refebm's own

PACKAGE = {
    "softplus": own_softplus,
    "log_loss": own.log_loss,
    "log_loss_slope": lambda F, F_hat: own.log_loss_adjoint(F, F_hat, np.ones_like(F))[0],
}
RESTS_ON = {
    "log_loss": ["softplus"],
    "log_loss_slope": ["log_loss_adjoint", "softplus_adjoint"],
}
