"""Losses: their definitions, limits and gradients, alone and through the free energies."""

import math

import numpy as np
import pytest
from gradients import check_adjoint
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from refebm import (
    argmin_z,
    ellipse,
    ellipse_data,
    energy_loss,
    energy_loss_adjoint,
    free_energy,
    hinge_loss,
    hinge_loss_adjoint,
    latent_grid,
    log_loss,
    log_loss_adjoint,
    loss_functional,
    marginal,
)

RNG = np.random.default_rng
Y, Z, W = ellipse_data(24, RNG(0)), latent_grid(), np.array([1.5, 2.0])
Y_HAT = RNG(1).normal(size=(24, 2))
F, F_HAT = RNG(2).normal(size=6), RNG(3).normal(size=6)

values = arrays(float, 5, elements=st.floats(-50, 50))


def test_C22_energy_loss():
    assert np.array_equal(energy_loss(F), F)
    assert not np.shares_memory(energy_loss(F), F)
    check_adjoint(energy_loss, energy_loss_adjoint, [F], RNG(0), complex_step=False)


@given(values, values, st.floats(0.01, 10))
def test_C23_hinge_loss(F, F_hat, m):
    loss = hinge_loss(F, F_hat, m)
    assert loss == pytest.approx(np.array([max(0, m - (b - a)) for a, b in zip(F, F_hat, strict=True)]))
    # zero, gradient and all, once the contrastive point is m above
    down, up = hinge_loss_adjoint(F, F + m * 1.001 + 1e-12, m, np.ones(5))
    assert not down.any()
    assert not up.any()
    assert np.array_equal(hinge_loss_adjoint(F, F_hat, m, np.ones(5))[0], (F_hat - F < m).astype(float))


def test_C23_hinge_loss_adjoint():
    check_adjoint(
        lambda a, b: hinge_loss(a, b, 0.4),
        lambda a, b, v: hinge_loss_adjoint(a, b, 0.4, v),
        [F, F_HAT],
        RNG(0),
        complex_step=False,
    )
    down, up = hinge_loss_adjoint([0.0], [0.5], 0.5, [1.0])  # the kink: subgradient 0
    assert down == up == 0


@given(values, values)
def test_C24_log_loss(F, F_hat):
    loss = log_loss(F, F_hat)
    assert loss == pytest.approx(np.logaddexp(0, F - F_hat), rel=1e-15)
    # softplus is above the hinge without margin by at most log 2
    above = loss - np.maximum(F - F_hat, 0)
    assert np.all((above >= 0) & (above <= math.log(2) + 1e-15))
    down, up = log_loss_adjoint(F, F_hat, np.ones(5))
    assert np.array_equal(up, -down)
    assert np.all((down >= 0) & (down <= 1))


def test_C24_log_loss_adjoint():
    check_adjoint(log_loss, log_loss_adjoint, [F, F_HAT], RNG(0), complex_step=False)
    assert log_loss([1e4], [-1e4]) == 2e4
    assert log_loss([-1e4], [1e4]) == 0


@pytest.mark.parametrize("beta", [0.0, 0.7, 20.0, np.inf])
def test_C21_functional_is_the_mean(beta):
    F, F_hat = free_energy(ellipse, Y, Z, W, beta), free_energy(ellipse, Y_HAT, Z, W, beta)
    assert loss_functional(marginal(ellipse, Z, beta), Y, W)[0] == pytest.approx(F.mean(), rel=1e-14)
    for name, loss in (("hinge", hinge_loss(F, F_hat, 2.0)), ("log", log_loss(F, F_hat))):
        found = loss_functional(marginal(ellipse, Z, beta), Y, W, loss=name, y_hat=Y_HAT, margin=2.0)[0]
        assert found == pytest.approx(loss.mean(), rel=1e-14)
    # doubling the data changes nothing
    twice = loss_functional(marginal(ellipse, Z, beta), np.vstack([Y, Y]), W)
    once = loss_functional(marginal(ellipse, Z, beta), Y, W)
    assert twice[0] == pytest.approx(once[0], rel=1e-14)
    assert twice[1] == pytest.approx(once[1], rel=1e-12)


@pytest.mark.parametrize("z", [Z, argmin_z], ids=["grid", "exact"])
@pytest.mark.parametrize("beta", [0.7, 20.0, np.inf])
@pytest.mark.parametrize("loss", ["energy", "hinge", "log"])
def test_C21_gradient_in_w(loss, beta, z):
    contrast = {} if loss == "energy" else {"y_hat": Y_HAT, "margin": 1.3}
    check_adjoint(
        lambda w: loss_functional(marginal(ellipse, z, beta), Y, w, loss=loss, **contrast)[0],
        lambda w, bar: bar * loss_functional(marginal(ellipse, z, beta), Y, w, loss=loss, **contrast)[1],
        [W],
        RNG(0),
        complex_step=False,
    )


def test_C21_errors():
    with pytest.raises(ValueError, match="loss: expected one of energy, hinge, log, got 'nll'"):
        loss_functional(marginal(ellipse, Z, 1.0), Y, W, loss="nll")
    with pytest.raises(
        ValueError, match=r"y_hat: expected contrastive points of shape \(24, 2\) for the log loss, got None"
    ):
        loss_functional(marginal(ellipse, Z, 1.0), Y, W, loss="log")
    with pytest.raises(ValueError, match="y_hat: expected None"):
        loss_functional(marginal(ellipse, Z, 1.0), Y, W, loss="energy", y_hat=Y_HAT)
    with pytest.raises(ValueError, match=r"y_hat: expected y's shape \(24, 2\), got \(5, 2\)"):
        loss_functional(marginal(ellipse, Z, 1.0), Y, W, loss="hinge", y_hat=Y_HAT[:5])
    with pytest.raises(ValueError, match="margin: expected a finite number above 0, got -1"):
        hinge_loss(F, F_HAT, -1.0)
    with pytest.raises(ValueError, match=r"F_hat: expected F's shape \(6,\), got \(5,\)"):
        log_loss(F, F_HAT[:5])
