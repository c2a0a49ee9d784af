"""Losses on the free energies of data (y, pushed down) and contrastive points (y_hat, pushed up), elementwise  (C22-C24)."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from ..numerics import checks
from ..numerics.checks import Array
from ..numerics.hinges import hinge, hinge_adjoint, softplus, softplus_adjoint

LOSSES = ("energy", "hinge", "log")


def energy_loss(F: ArrayLike) -> Array:
    """``l = F(y)``  (C22).  F (...) -> (...), in the unit of F."""
    return checks.numbers(F, "F").copy()


def energy_loss_adjoint(F: ArrayLike, l_bar: ArrayLike) -> Array:
    """Adjoint of F: l_bar itself  (C22)."""
    return checks.cotangent(l_bar, checks.numbers(F, "F").shape, "l_bar").copy()


def hinge_loss(F: ArrayLike, F_hat: ArrayLike, margin: float = 1.0) -> Array:
    """``l = [m - (F(y_hat) - F(y))]+``  (C23).  F, F_hat (...) -> (...), all and the margin m > 0 in the unit of F."""
    return hinge(checks.positive(margin, "margin") - gap(F, F_hat))


def hinge_loss_adjoint(F: ArrayLike, F_hat: ArrayLike, margin: float, l_bar: ArrayLike) -> tuple[Array, Array]:
    """Adjoints of (F, F_hat): +l_bar and -l_bar where the margin is not reached, else 0; 0 at the kink  (C23)."""
    u = checks.positive(margin, "margin") - gap(F, F_hat)
    u_bar = hinge_adjoint(u, checks.cotangent(l_bar, u.shape, "l_bar"))
    return u_bar, -u_bar


def log_loss(F: ArrayLike, F_hat: ArrayLike) -> Array:
    """``l = log(1 + exp(F(y) - F(y_hat))) = softplus(F(y) - F(y_hat))``  (C24).  F, F_hat (...) -> (...), in nats.

    Its energy scale is 1 in the unit of F, whatever beta F was computed at; for a scale of 1 / beta give it beta F.
    """
    return softplus(-gap(F, F_hat))


def log_loss_adjoint(F: ArrayLike, F_hat: ArrayLike, l_bar: ArrayLike) -> tuple[Array, Array]:
    """Adjoints of (F, F_hat): ``+-l_bar sigmoid(F(y) - F(y_hat))``  (C24)."""
    u = -gap(F, F_hat)
    u_bar = softplus_adjoint(u, checks.cotangent(l_bar, u.shape, "l_bar"))
    return u_bar, -u_bar


def gap(F: ArrayLike, F_hat: ArrayLike) -> Array:
    """``F(y_hat) - F(y)`` of finite free energies of one shape: how much higher the contrastive point lies."""
    largest = np.finfo(float).max / 4
    F, F_hat = checks.finite(F, "F", largest=largest), checks.finite(F_hat, "F_hat", largest=largest)
    if F.shape != F_hat.shape:
        raise ValueError(f"F_hat: expected F's shape {F.shape}, got {F_hat.shape}")
    return F_hat - F
