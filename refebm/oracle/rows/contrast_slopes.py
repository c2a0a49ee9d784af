"""Contrastive learning of free energies that are linear in w: the mean losses' slopes  (C21)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import scipy

from ...learning import functionals as own
from ...numerics.checks import Array
from ..digits import derivative, each, exp
from ..domains.slopes import FEATURES as LINEAR
from ..domains.slopes import MARGINS
from ..inputs import ONE, SMALL_SQUARE, SQUARE
from ..row import Case, Function, Rngs, Slope
from .likelihood_hessian import own_table

# --- inputs


def contrast_regimes(rngs: Rngs) -> Iterator[Case]:
    """Free energies ``f . w``: far apart on either side, and close."""
    for why, (n, p), unit in (
        ("plain", (5, 3), 1),
        ("one observation", (1, 4), 1),
        ("one feature", (6, 1), 2),
        ("large gaps", (4, 2), 40),
        ("very large gaps", (3, 5), 900),
        ("small gaps", (7, 2), 1e-3),
        (SQUARE, (4, 4), 1),
        (SMALL_SQUARE, (2, 2), 1),
        (ONE, (1, 1), 1),
    ):
        f, f_hat = rngs(why).normal(size=(2, n, p))
        yield why, {"f": f, "f_hat": f_hat, "w": unit * rngs(why + " w").normal(size=p)}


def margin_regimes(rngs: Rngs) -> Iterator[Case]:
    margins = (0.75, 1.5, 2.25, 30.0, 0.125, 700.0, 3e-3, 1.25, 0.625, 2.5)
    for (why, case), margin in zip(contrast_regimes(rngs), margins, strict=False):
        yield why, {**case, "margin": 4.0 if why == ONE else margin}


# --- truth, in many digits


def log_functional_slope(f: Array, f_hat: Array, w: Array) -> Array:
    return (1 / (1 + exp((f_hat - f).dot(w)))).dot(f - f_hat) / len(f)


def log_functional_slope_2(f: Array, f_hat: Array, w: Array) -> Array:
    return derivative(lambda v: each("log1p")(exp((f - f_hat).dot(v))).sum() / len(f), w)


def hinge_functional_slope(f: Array, f_hat: Array, w: Array, margin: Any) -> Array:
    near = margin > (f_hat - f).dot(w)
    return np.where(near[:, None], f - f_hat, 0 * f).sum(axis=0) / len(f)


def hinge_functional_slope_2(f: Array, f_hat: Array, w: Array, margin: Any) -> Array:
    def mean(v: Array) -> Any:
        u = margin - (f_hat - f).dot(v)
        return (u + abs(u)).sum() / 2 / len(f)

    return derivative(mean, w)


# --- what mistakes are made of


def pushed(weight: Array, f: Array, f_hat: Array) -> Array:
    """Each pair's part by its weight, over n."""
    return weight @ (f - f_hat) / len(f)


def sigmoid(u: Array) -> Array:
    return np.asarray(np.exp(-np.logaddexp(0, -u)))


def near(f: Array, f_hat: Array, w: Array, margin: float) -> Array:
    return 1.0 * (margin > (f_hat - f) @ w)


FEATURES = {"f": "(n, p)", "f_hat": "(n, p)", "w": "(p,)"}
SWAPPED = ("Data and contrastive points are exchanged.", "Data are pushed down, contrastive points up (C21).")
NO_UP = ("The contrastive points' part is missing.", "F - F_hat: both move with w (C21).")
NO_DOWN = ("The data's part is missing.", "F - F_hat: both move with w (C21).")
ADDED = ("The two parts are added.", "F - F_hat (C21).")
UNWEIGHTED = ("Every pair counts alike.", "By the loss's own slope (C23, C24).")
APART = ("The loss's slope at the mean gap.", "The mean of each pair's own (C21).")
OVER_P = ("Divided by the number of parameters.", "By that of the observations (C21).")
FIRST = ("Only the first pair counts.", "The mean over all (C21).")
HALF = ("Divided by 2 n, the number of all points.", "By n: a mean over the pairs (C21).")

# --- the rows

ROWS = {
    "log_functional_slope": Function(
        "C21", "mean of sigmoid(F - F_hat) (f - f_hat), F = f . w and F_hat = f_hat . w: the mean log loss's slope in w",
        FEATURES, "(p,)",
        domain=LINEAR, drawn=(4, 628, 1155, 1490), regimes=contrast_regimes, truth=(log_functional_slope, log_functional_slope_2),
        adds=lambda a, S: np.abs(a["f"]).max() + np.abs(a["f_hat"]).max(),
        slope=Slope(("log_loss",), "w", lambda L, f, g, w: L(f @ w, g @ w).mean()),
        bugs=[
            ("swapped", *SWAPPED, lambda f, g, w: pushed(sigmoid((g - f) @ w), g, f)),
            ("sign", "The sign is wrong.", "sigmoid(F - F_hat) (f - f_hat) (C24).", lambda f, g, w: -pushed(sigmoid((f - g) @ w), f, g)),
            ("weight-swapped", "sigmoid(F_hat - F).", "Pairs that are wrong weigh: sigmoid(F - F_hat) (C24).", lambda f, g, w: pushed(sigmoid((g - f) @ w), f, g)),
            ("no-contrast", *NO_UP, lambda f, g, w: sigmoid((f - g) @ w) @ f / len(f)),
            ("no-data", *NO_DOWN, lambda f, g, w: -sigmoid((f - g) @ w) @ g / len(f)),
            ("plus", *ADDED, lambda f, g, w: sigmoid((f - g) @ w) @ (f + g) / len(f)),
            ("unweighted", *UNWEIGHTED, lambda f, g, w: pushed(np.ones(len(f)), f, g)),
            ("hard", "A step for the sigmoid.", "That is the hinge's (C23).", lambda f, g, w: pushed(1.0 * (f @ w > g @ w), f, g)),
            ("sigmoid-slope", "The sigmoid's derivative.", "The loss's derivative is the sigmoid (C24).", lambda f, g, w: pushed(sigmoid((f - g) @ w) * sigmoid((g - f) @ w), f, g)),
            ("at-mean", *APART, lambda f, g, w: pushed(np.full(len(f), sigmoid(((f - g) @ w).mean())), f, g)),
            ("alone", "Each energy's own sigmoid: no pair.", "Of their difference (C24).", lambda f, g, w: sigmoid(f @ w) @ f / len(f) - sigmoid(g @ w) @ g / len(f)),
            ("over-p", *OVER_P, lambda f, g, w: pushed(sigmoid((f - g) @ w), f, g) * len(f) / len(w)),
            ("first-pair", *FIRST, lambda f, g, w: pushed(sigmoid((f - g) @ w)[:1], f[:1], g[:1])),
            ("over-points", *HALF, lambda f, g, w: pushed(sigmoid((f - g) @ w), f, g) / 2),
            ("decay", "0.01 w is added: weight decay.", "The loss's own slope (C21).", lambda f, g, w: pushed(sigmoid((f - g) @ w), f, g) + 0.01 * w),
            ("sum", "Summed over the pairs.", "Their mean (C21).", lambda f, g, w: pushed(sigmoid((f - g) @ w), f, g) * len(f)),
        ],
    ),
    "hinge_functional_slope": Function(
        "C21", "mean of f - f_hat over the pairs short of the margin, F = f . w: the mean hinge loss's slope in w",
        {**FEATURES, "margin": "()"}, "(p,)",
        domain=MARGINS, drawn=(11, 61, 177, 1285), regimes=margin_regimes, truth=(hinge_functional_slope, hinge_functional_slope_2),
        adds=lambda a, S: np.abs(a["f"]).max() + np.abs(a["f_hat"]).max(),
        slope=Slope(("hinge_loss",), "w", lambda L, f, g, w, margin: L(f @ w, g @ w, margin).mean()),
        bugs=[
            ("swapped", *SWAPPED, lambda f, g, w, m: pushed(near(g, f, w, m), g, f)),
            ("sign", "The sign is wrong.", "f - f_hat: data down, contrastive points up (C23).", lambda f, g, w, m: -pushed(near(f, g, w, m), f, g)),
            ("inverted", "Pairs beyond the margin count.", "Those short of it (C23).", lambda f, g, w, m: pushed(1 - near(f, g, w, m), f, g)),
            ("no-margin", "The margin is missing.", "m > F_hat - F (C23).", lambda f, g, w, m: pushed(near(f, g, w, 0), f, g)),
            ("margin-sign", "The margin has the wrong sign.", "m > F_hat - F (C23).", lambda f, g, w, m: pushed(near(f, g, w, -m), f, g)),
            ("margin-1", "The margin is 1, whatever is given.", "Use the argument.", lambda f, g, w, m: pushed(near(f, g, w, 1), f, g)),
            ("no-contrast", *NO_UP, lambda f, g, w, m: near(f, g, w, m) @ f / len(f)),
            ("no-data", *NO_DOWN, lambda f, g, w, m: -near(f, g, w, m) @ g / len(f)),
            ("plus", *ADDED, lambda f, g, w, m: near(f, g, w, m) @ (f + g) / len(f)),
            ("unweighted", *UNWEIGHTED, lambda f, g, w, m: pushed(np.ones(len(f)), f, g)),
            ("squared", "The slope of the squared hinge.", "[.]+ (C23).", lambda f, g, w, m: pushed(2 * near(f, g, w, m) * (m - (g - f) @ w), f, g)),
            ("value", "Weighted by the loss.", "By its slope, 0 or 1 (C23).", lambda f, g, w, m: pushed(near(f, g, w, m) * (m - (g - f) @ w), f, g)),
            ("active-mean", "The mean over the pairs short of the margin alone.", "Over all pairs (C21).", lambda f, g, w, m: pushed(near(f, g, w, m), f, g) * len(f) / max(near(f, g, w, m).sum(), 1)),
            ("over-p", *OVER_P, lambda f, g, w, m: pushed(near(f, g, w, m), f, g) * len(f) / len(w)),
            ("over-points", *HALF, lambda f, g, w, m: pushed(near(f, g, w, m), f, g) / 2),
            ("decay", "0.01 w is added: weight decay.", "The loss's own slope (C21).", lambda f, g, w, m: pushed(near(f, g, w, m), f, g) + 0.01 * w),
        ],
    ),
}  # fmt: skip

# --- as it is written

FORMULAS = {
    "log_functional_slope": "a = sigmoid(f @ w - f_hat @ w); (a[:, None] * (f - f_hat)).mean(axis=0)",
    "hinge_functional_slope": "a = step(margin - (f_hat @ w - f @ w)); (a[:, None] * (f - f_hat)).mean(axis=0)",
}  # fmt: skip

# --- right ways


RIGHT = {
    "log_functional_slope": [
        lambda f, g, w: scipy.special.expit(f @ w - g @ w) @ (f - g) / f.dtype.type(len(f)),
        lambda f, g, w: np.mean([a / (1 + np.exp(np.minimum(-(a @ w), 80 if f.dtype == np.float32 else 700))) for a in f - g], axis=0),
    ],
    "hinge_functional_slope": [
        lambda f, g, w, m: ((m + (f - g) @ w > 0)[:, None] * (f - g)).mean(axis=0),
        lambda f, g, w, m: sum((a - b for a, b in zip(f, g, strict=True) if (b - a) @ w < m), 0 * w) / f.dtype.type(len(f)),
    ],
}  # fmt: skip

# --- refebm's own


def own_loss(f: Array, f_hat: Array, w: Array, loss: str, margin: float = 1.0) -> Array:
    table, rows = own_table(np.zeros(2 * len(f)), np.concatenate([f, f_hat]), 1.0), np.arange(2 * len(f))[:, None]
    return own.loss_functional(table, rows[: len(f)], w, None, loss, rows[len(f) :], margin)[1]


PACKAGE = {
    "log_functional_slope": lambda f, f_hat, w: own_loss(f, f_hat, w, "log"),
    "hinge_functional_slope": lambda f, f_hat, w, margin: own_loss(f, f_hat, w, "hinge", margin),
}
RESTS_ON = {
    "log_functional_slope": ["loss_functional", "log_loss_adjoint"],
    "hinge_functional_slope": ["loss_functional", "hinge_loss_adjoint"],
}
NO_PART = {
    "log_functional_slope": ["log_loss", "softplus", "softplus_adjoint"],
    "hinge_functional_slope": ["hinge_loss", "hinge", "hinge_adjoint"],
}
