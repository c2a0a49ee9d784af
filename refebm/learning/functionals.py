"""The loss functional: the mean loss of a potential over the observations, and its gradient  (C21)."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from ..energies.potentials import Potential
from ..numerics import checks
from ..numerics.checks import Array
from .losses import LOSSES, hinge_loss, hinge_loss_adjoint, log_loss, log_loss_adjoint


@np.errstate(under="ignore")
def loss_functional(
    F: Potential,
    y: ArrayLike,
    w: ArrayLike,
    x: ArrayLike | None = None,
    loss: str = "energy",
    y_hat: ArrayLike | None = None,
    margin: float = 1.0,
) -> tuple[float, Array]:
    """Loss functional ``L(w) = (1/N) sum_n l(F, y_n)``  (C21) and its gradient in w.

    Parameters
    ----------
    F : Potential
        The model's free energy, such as `marginal` makes.
    y, w, x : array_like
        Observations (n, d), parameters (size,), and for a conditional model conditions (n, d_x), which the contrastive points
        share.
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
        For wrong shapes, NaN, infinite or huge values; also for an unknown loss, and contrastive points missing, uncalled for, or
        of another shape than y.
    """
    checks.instance(F, Potential, "F")
    y, w, x = F.check(y, w, x, paired=True)
    value, w_bar = mean_loss(F, y, w, x, *contrast(y, loss, y_hat, margin))
    checks.no_overflow(w, np.asarray(value), w_bar)
    return value, w_bar


def contrast(y: Array, loss: str, y_hat: ArrayLike | None, margin: float) -> tuple[str, Array | None, float]:
    """(loss, y_hat, margin), checked beside the observations y (n, d)."""
    checks.one_of(loss, LOSSES, "loss")
    margin = checks.positive(margin, "margin", checks.LARGEST)
    if loss == "energy":
        if y_hat is not None:
            raise ValueError("y_hat: expected None, as the energy loss has no contrastive points, got some")
        return loss, None, margin
    if y_hat is None:
        raise ValueError(f"y_hat: expected contrastive points of shape {y.shape} for the {loss} loss, got None")
    other = checks.observations(y_hat, y.shape[1], "y_hat")[0]
    if other.shape != y.shape:
        raise ValueError(f"y_hat: expected y's shape {y.shape}, got {other.shape}")
    return loss, other, margin


def mean_loss(
    F: Potential, y: Array, w: Array, x: Array | None, loss: str, y_hat: Array | None, margin: float
) -> tuple[float, Array]:
    """`loss_functional` without its checks: what learning calls at every step."""
    share = np.empty(len(y))
    share.fill(1 / len(y))
    if y_hat is None:
        F_y, w_bar = F.value_and_gradient(y, w, x, share)  # l = F, and its adjoint is what comes from above (C22)
        return float(F_y @ share), w_bar
    F_y, F_hat = F.value(y, w, x), F.value(y_hat, w, x)
    if not (np.isfinite(F_y).all() and np.isfinite(F_hat).all()):
        return np.nan, np.full(w.shape, np.nan)  # which is for the caller to name
    if loss == "hinge":
        values, (F_bar, F_hat_bar) = hinge_loss(F_y, F_hat, margin), hinge_loss_adjoint(F_y, F_hat, margin, share)
    else:
        values, (F_bar, F_hat_bar) = log_loss(F_y, F_hat), log_loss_adjoint(F_y, F_hat, share)
    down, up = F.value_and_gradient(y, w, x, F_bar)[1], F.value_and_gradient(y_hat, w, x, F_hat_bar)[1]
    return float(values.mean()), down + up
