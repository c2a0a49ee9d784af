"""Losses on the free energies of data (y, pushed down) and contrastive points (y_hat, pushed up)  (C21-C24).

A loss is elementwise, its adjoint stands under it; the loss functional is the mean (C21).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from . import checks
from .checks import Array
from .energies import Energy, Latents
from .free_energy import free_energy, free_energy_and_adjoint
from .softmin import hinge, hinge_adjoint, softplus, softplus_adjoint

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
    u_bar = hinge_adjoint(checks.positive(margin, "margin") - gap(F, F_hat), l_bar)
    return u_bar, -u_bar


def log_loss(F: ArrayLike, F_hat: ArrayLike) -> Array:
    """``l = log(1 + exp(F(y) - F(y_hat))) = softplus(F(y) - F(y_hat))``  (C24).  F, F_hat (...) -> (...), in nats."""
    return softplus(-gap(F, F_hat))


def log_loss_adjoint(F: ArrayLike, F_hat: ArrayLike, l_bar: ArrayLike) -> tuple[Array, Array]:
    """Adjoints of (F, F_hat): ``+-l_bar sigmoid(F(y) - F(y_hat))``  (C24)."""
    u_bar = softplus_adjoint(-gap(F, F_hat), l_bar)
    return u_bar, -u_bar


def gap(F: ArrayLike, F_hat: ArrayLike) -> Array:
    """``F(y_hat) - F(y)`` of finite free energies of one shape: how much higher the contrastive point lies."""
    largest = np.finfo(float).max / 4
    F, F_hat = checks.finite(F, "F", largest=largest), checks.finite(F_hat, "F_hat", largest=largest)
    if F.shape != F_hat.shape:
        raise ValueError(f"F_hat: expected F's shape {F.shape}, got {F_hat.shape}")
    return F_hat - F


def loss_functional(
    energy: Energy,
    y: ArrayLike,
    z: Latents,
    w: ArrayLike,
    beta: float,
    loss: str = "energy",
    y_hat: ArrayLike | None = None,
    margin: float = 1.0,
    x: ArrayLike | None = None,
) -> tuple[float, Array]:
    """Loss functional ``L(w) = (1/N) sum_n l(F, y_n)``  (C21) and its gradient in w.

    Parameters
    ----------
    energy, y, z, w, beta, x
        As in `free_energy`; the contrastive points share their observations' conditions.
    loss : "energy", "hinge" or "log"
        C22, C23, C24.
    y_hat : array_like, (n, d)
        Contrastive points, one for each observation; for the hinge and the log loss.
    margin : float
        Of the hinge loss.

    Returns
    -------
    L : float
    w_bar : ndarray, (size,)
        dL/dw, the losses' adjoints run back through the free energies.

    Raises
    ------
    TypeError, ValueError
        As `free_energy`; also for an unknown loss, and contrastive points missing, uncalled for, or of another shape than y.
    """
    checks.one_of(loss, LOSSES, "loss")
    y, w = checks.observations(y, energy.dim)[0], checks.vector(w, energy.size, "w")
    x = None if x is None else checks.finite(x, "x")
    share = np.full(len(y), 1 / len(y))
    if loss == "energy":
        if y_hat is not None:
            raise ValueError("y_hat: expected None, as the energy loss has no contrastive points, got some")
        F, _, w_bar = free_energy_and_adjoint(energy, y, z, w, beta, energy_loss_adjoint(np.zeros(len(y)), share), x)[
            :3
        ]
        return float(energy_loss(F).mean()), w_bar
    if y_hat is None:
        raise ValueError(f"y_hat: expected contrastive points of shape {y.shape} for the {loss} loss, got None")
    y_hat = checks.observations(y_hat, energy.dim, "y_hat")[0]
    if y_hat.shape != y.shape:
        raise ValueError(f"y_hat: expected y's shape {y.shape}, got {y_hat.shape}")
    F, F_hat = free_energy(energy, y, z, w, beta, x), free_energy(energy, y_hat, z, w, beta, x)
    if loss == "hinge":
        values, (F_bar, F_hat_bar) = hinge_loss(F, F_hat, margin), hinge_loss_adjoint(F, F_hat, margin, share)
    else:
        values, (F_bar, F_hat_bar) = log_loss(F, F_hat), log_loss_adjoint(F, F_hat, share)
    down = free_energy_and_adjoint(energy, y, z, w, beta, F_bar, x)[2]
    return float(values.mean()), down + free_energy_and_adjoint(energy, y_hat, z, w, beta, F_hat_bar, x)[2]
