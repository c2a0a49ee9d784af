"""Layers: each with its adjoints, at their kinks, and where the plain formulas lose their digits."""

import math

import numpy as np
import pytest
from gradients import check_adjoint

from refebm.parts import layers

RNG = np.random.default_rng


def test_C27_affine():
    z, W, b = RNG(0).normal(size=(5, 3)), RNG(1).normal(size=(2, 3)), RNG(2).normal(size=2)
    check_adjoint(layers.affine, layers.affine_adjoint, [z, W, b], RNG(3))
    for n in range(5):
        assert layers.affine(z, W, b)[n] == pytest.approx(W @ z[n] + b, rel=1e-14)


@pytest.mark.parametrize("name", ["tanh", "softplus"])
@pytest.mark.parametrize("scale", [1e-8, 1.0, 5.0])
def test_C27_smooth_activations(name, scale):
    f, f_adjoint = getattr(layers, name), getattr(layers, f"{name}_adjoint")
    check_adjoint(f, f_adjoint, [scale * RNG(0).normal(size=(4, 3))], RNG(1), differences=scale >= 1)


def test_C27_relu_and_its_kink():
    z = np.array([[-2.0, -0.0, 0.0, 1e-300, 3.0]])
    assert np.array_equal(layers.relu(z), [[0, 0, 0, 1e-300, 3]])
    assert np.array_equal(layers.relu_adjoint(z, np.full((1, 5), 7.0))[0], [[0, 0, 0, 7, 7]])
    check_adjoint(layers.relu, layers.relu_adjoint, [z[:, [0, 4]]], RNG(0), complex_step=False)


@pytest.mark.parametrize("z", [-300.0, -30.0, -1.0, 0.0, 1e-9, 19.0, 30.0, 300.0])
def test_C27_tanh_adjoint_keeps_its_digits(z):
    # 1 - tanh^2 is 0 from 19 on
    assert layers.tanh_adjoint(np.array(z), np.array(1.0))[0] == pytest.approx(math.cosh(z) ** -2, rel=1e-14)
    assert layers.tanh_adjoint(np.array(1e4), np.array(1.0))[0] == 0


def test_C27_softplus_far_out():
    z = np.array([-1e4, -700.0, 700.0, 1e300])
    assert layers.softplus(z) == pytest.approx([0, math.exp(-700), 700, 1e300], rel=1e-15)
    assert layers.softplus_adjoint(z, np.ones(4))[0] == pytest.approx([0, math.exp(-700), 1, 1], rel=1e-15)
