"""Decoder, cost, energy: values by the definition, partial derivatives three ways."""

import numpy as np
import pytest
from gradients import check_adjoint
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from refebm import ellipse, latent_grid
from refebm.models.ellipse_energy import ellipse_curvature, ellipse_decoder, ellipse_decoder_adjoint, ellipse_slope
from refebm.numerics.cores import tiles
from refebm.parts.costs import squared_error, squared_error_adjoint

RNG = np.random.default_rng
Y, Z, W = RNG(0).normal(size=(5, 2)), RNG(1).uniform(0, 7, 4), np.array([1.5, -2.0])

points = arrays(float, 2, elements=st.floats(-10, 10))


def test_C4_decoder_draws_the_ellipse():
    g = ellipse_decoder(latent_grid(), np.array([2.0, 1.5]))
    assert np.square(g / [2, 1.5]).sum(-1) == pytest.approx(np.ones(48), rel=1e-15)
    assert g[0] == pytest.approx([2, 0])
    assert g[12] == pytest.approx([0, 1.5])


@pytest.mark.parametrize("shape", [(4,), (5, 4)])
def test_C4_decoder_adjoint(shape):
    check_adjoint(ellipse_decoder, ellipse_decoder_adjoint, [RNG(2).uniform(0, 7, shape), W], RNG(3))


@pytest.mark.parametrize("shape", [(4, 2), (5, 4, 2)])
def test_C5_cost_adjoint(shape):
    check_adjoint(squared_error, squared_error_adjoint, [Y, RNG(2).normal(size=shape)], RNG(3))


@given(points, st.floats(-10, 10), points)
def test_C5_energy_is_the_squared_distance(y, z, w):
    expected = (y[0] - w[0] * np.cos(z)) ** 2 + (y[1] - w[1] * np.sin(z)) ** 2
    assert ellipse(y, [z], w)[0] == pytest.approx(expected, rel=1e-13, abs=1e-300)


def test_C5_no_cancellation_near_the_manifold():
    # y^2 - 2 y g + g^2 would leave nothing of an energy of 1e-20
    y = np.array([1e3 + 2.0**-30, 0.0])
    assert ellipse(y, [0.0], [1e3, 1.0])[0] == 2.0**-60


@pytest.mark.parametrize("z", [Z, RNG(2).uniform(0, 7, (5, 4, 1))], ids=["shared", "own"])
def test_C5_energy_adjoint(z):
    check_adjoint(ellipse, ellipse.slopes, [Y, z, W], RNG(3))
    if z.ndim == 1:
        check_adjoint(ellipse, ellipse.slopes, [Y[0], z, W], RNG(3))


@settings(max_examples=25)
@given(points, st.floats(-7, 7), points, st.integers(0, 2**32))
def test_C5_energy_adjoint_anywhere(y, z, w, seed):
    check_adjoint(ellipse, ellipse.slopes, [y, [z], w], RNG(seed), directions=1, size=1 + y @ y + w @ w)


def test_C5_partial_derivatives_are_one_hot_adjoints():
    E_bar = np.zeros((5, 4))
    E_bar[2, 1] = 1
    y_bar, z_bar, w_bar = ellipse.slopes(Y, Z, W, E_bar)
    c, s = np.cos(Z[1]), np.sin(Z[1])
    difference = Y[2] - W * [c, s]
    assert y_bar[2] == pytest.approx(2 * difference)
    assert w_bar == pytest.approx(-2 * difference * [c, s])
    assert z_bar[1] == pytest.approx(ellipse_slope(Y[2], Z[1], W))
    assert not np.delete(y_bar, 2, axis=0).any()
    assert not np.delete(z_bar, 1).any()


@given(points, st.floats(-7, 7), points)
def test_C5_slope_and_curvature(y, z, w):
    scale = 1 + np.abs(w).max() * (np.abs(y).max() + np.abs(w).max())
    step = 1e-100j
    assert ellipse_slope(y, z, w) == pytest.approx(ellipse(y, [z + step], w)[0].imag / 1e-100, abs=1e-13 * scale)
    assert ellipse_curvature(y, z, w) == pytest.approx(ellipse_slope(y, z + step, w).imag / 1e-100, abs=1e-13 * scale)


def test_C6_the_24_curves():
    Y = RNG(0).normal(size=(24, 2))
    z, w = latent_grid(), np.array([1.5, 2.0])
    E = ellipse(Y, z, w)
    assert E.shape == (24, 48)
    for n in (0, 9, 22):
        assert np.array_equal(E[n], ellipse(Y[n], z, w))
    # mirrored observation, mirrored curve; period 2 pi
    assert ellipse(Y * [1, -1], -z, w) == pytest.approx(E, rel=1e-13)
    assert ellipse(Y, z + 2 * np.pi, w) == pytest.approx(E, rel=1e-13)
    # each observation with its own latents, the paired form
    assert np.array_equal(ellipse(Y, np.tile(z[:, None], (24, 1, 1)), w), E)


@given(st.integers(1, 10**7), st.integers(1, 10**6))
def test_tiles_cover_the_rows_once_and_stay_small(n, k):
    first = next(tiles(n, k))
    assert (first.stop - first.start) * k <= max(k, 1 << 17)
    if n // (first.stop - first.start) < 100 and n < 10**5:
        assert np.array_equal(np.concatenate([np.arange(n)[t] for t in tiles(n, k)]), np.arange(n))
