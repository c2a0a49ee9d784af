"""The hinge loss and its slope  (C23)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from ...learning import losses as own
from ...numerics.checks import Array
from ..bugs import relu
from ..digits import derivative, positive
from ..domains.tables import MARGINS, OFF_MARGINS
from ..inputs import ONE
from ..row import Case, Function, Rngs, Slope
from .logistic import LOSS, losses

# --- inputs


def hinge_cases(rng: np.random.Generator) -> Iterator[Case]:
    for (why, case), margin in zip(losses(rng), (0.75, 70.0, 45.5, 3.25), strict=True):
        yield why, {**case, "margin": margin}


def hinge_regimes(rngs: Rngs) -> Iterator[Case]:
    for margin in (1e-4, 1e4):
        why = f"margin {margin:g}"
        F, F_hat = margin * rngs(why).normal(size=(2, 5))
        yield why, {"F": F, "F_hat": F_hat, "margin": margin}
    yield ONE, {"F": [0.75], "F_hat": [0.5], "margin": 2.5}


# --- truth, in many digits


def hinge_loss(F: Array, F_hat: Array, margin: Any) -> Array:
    return positive(margin - (F_hat - F))


def hinge_loss_2(F: Array, F_hat: Array, margin: Any) -> Array:
    u = margin + F - F_hat
    return (u + abs(u)) / 2


def hinge_loss_slope(F: Array, F_hat: Array, margin: Any) -> Array:
    return np.where(margin > F_hat - F, 1 + 0 * F, 0 * F)


def hinge_loss_slope_2(F: Array, F_hat: Array, margin: Any) -> Array:
    return derivative(lambda v: hinge_loss(v, F_hat, margin).sum(), F)


# --- the rows

ROWS = {
    "hinge_loss": Function(
        "C23", "[m - (F_hat - F)]+ of each",
        {**LOSS, "margin": "()"}, "(n,)",
        seed=11, cases=hinge_cases, domain=MARGINS, drawn=(22, 421, 571, 628, 739, 895, 982, 1129), regimes=hinge_regimes, truth=(hinge_loss, hinge_loss_2),
        bugs=[
            ("swapped", "Data and contrastive point are exchanged.", "m - (F_hat - F) (C23).", lambda F, H, m: relu(m - (F - H))),
            ("margin-sign", "The margin is subtracted.", "m - (F_hat - F) (C23).", lambda F, H, m: relu(-m - (H - F))),
            ("no-margin", "The margin is missing.", "m - (F_hat - F) (C23).", lambda F, H, m: relu(F - H)),
            ("no-hinge", "Not cut at 0.", "[.]+ (C23).", lambda F, H, m: m - (H - F)),
            ("squared", "The hinge is squared.", "[.]+ (C23).", lambda F, H, m: relu(m - (H - F)) ** 2),
            ("margin-1", "The margin is 1, whatever is given.", "Use the argument.", lambda F, H, m: relu(1 - (H - F))),
            ("soft", "softplus for the hinge.", "That is the log loss (C24).", lambda F, H, m: np.logaddexp(0, m - (H - F))),
            ("mean", "The mean over the pairs.", "One loss for each pair.", lambda F, H, m: relu(m - (H - F)).mean()),
        ],
    ),
    "hinge_loss_slope": Function(
        "C23", "its derivative in F",
        {**LOSS, "margin": "()"}, "(n,)",
        seed=12, cases=hinge_cases, domain=OFF_MARGINS, drawn=(40, 94, 113, 803, 956, 1196, 1249), regimes=hinge_regimes, truth=(hinge_loss_slope, hinge_loss_slope_2),
        slope=Slope(("hinge_loss",), "F"),
        bugs=[
            ("sign", "The sign is wrong: data are pushed up.", "+1 where the margin is not reached (C23).", lambda F, H, m: -1.0 * (m > H - F)),
            ("everywhere", "1 everywhere.", "0 where the margin is reached (C23).", lambda F, H, m: np.ones(len(F))),
            ("inverted", "1 where the margin is reached.", "1 where it is not (C23).", lambda F, H, m: 1.0 * (m < H - F)),
            ("no-margin", "The margin is missing.", "m > F_hat - F (C23).", lambda F, H, m: 1.0 * (F > H)),
            ("value", "The loss itself.", "Its derivative is 0 or 1 (C23).", lambda F, H, m: relu(m - (H - F))),
            ("mean", "Divided by the number of pairs.", "Each pair's own (C23).", lambda F, H, m: (m > H - F) / len(F)),
            ("margin-sign", "The margin has the wrong sign.", "m > F_hat - F (C23).", lambda F, H, m: 1.0 * (-m > H - F)),
        ],
    ),
}  # fmt: skip

# --- as it is written

FORMULAS = {
    "hinge_loss": "relu(margin - (F_hat - F))",
    "hinge_loss_slope": "step(margin - (F_hat - F))",
}  # fmt: skip

# --- right ways

RIGHT = {
    "hinge_loss": [lambda F, H, m: np.maximum(m - (H - F), 0), lambda F, H, m: np.clip(F - H + m, 0, None)],
    "hinge_loss_slope": [lambda F, H, m: (m - (H - F) > 0).astype(F.dtype), lambda F, H, m: np.heaviside(m + F - H, 0)],
}  # fmt: skip

# --- refebm's own

PACKAGE = {
    "hinge_loss": own.hinge_loss,
    "hinge_loss_slope": lambda F, F_hat, margin: own.hinge_loss_adjoint(F, F_hat, margin, np.ones_like(F))[0],
}
RESTS_ON = {
    "hinge_loss": ["hinge"],
    "hinge_loss_slope": ["hinge_loss_adjoint", "hinge_adjoint"],
}
