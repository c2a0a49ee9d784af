"""The data's law, the grids' points."""

import numpy as np
import pytest

from refebm import ellipse_data, latent_grid, mesh, observe, radii


def test_C1_radii_at_the_ends_and_between():
    assert np.array_equal(radii(0.0), [2, 1.5])
    assert radii(1.0) == pytest.approx(np.array([1.5, 2.0]) * np.exp(2), rel=1e-15)
    assert radii(0.5) == pytest.approx(np.full(2, 1.75) * np.e, rel=1e-15)
    assert radii([[0.0, 1.0]], a=3.0, b=4.0)[0, 0] == pytest.approx([4, 3])


def test_C1_noise_and_angle_have_the_stated_law():
    x = np.full(20_000, 0.3)
    y = observe(x, np.random.default_rng(0), sigma=1e-9) / radii(0.3)
    assert np.hypot(*y.T) == pytest.approx(np.ones(len(x)), abs=1e-8)
    theta = np.sort(np.arctan2(y[:, 1], y[:, 0])) / (2 * np.pi) + 0.5
    assert np.abs(theta - (np.arange(len(x)) + 0.5) / len(x)).max() < 1.95 / np.sqrt(len(x))  # Kolmogorov, p = 1e-3
    # second moments: rho^2/2 + sigma^2 for each coordinate, and no correlation
    y = observe(x, np.random.default_rng(1), sigma=0.5)
    expected = radii(0.3) ** 2 / 2 + 0.25
    assert np.square(y).mean(0) == pytest.approx(expected, rel=0.03)
    assert abs((y[:, 0] * y[:, 1]).mean()) < 0.03 * expected.max()
    residual = np.square(observe(np.zeros(20_000), np.random.default_rng(2)) - 0).mean(0) - np.array([2, 1.125])
    assert np.all(np.abs(residual) < 0.05)


def test_C1_each_coordinate_has_its_own_noise():
    # the same angles with and without noise
    quiet, loud = (observe(np.zeros(5000), np.random.default_rng(3), sigma=s) for s in (1e-12, 0.05))
    noise = loud - quiet
    assert noise.std(0) == pytest.approx([0.05, 0.05], rel=0.05)
    default = observe(np.zeros(50_000), np.random.default_rng(3)) - observe(
        np.zeros(50_000), np.random.default_rng(3), sigma=1e-12
    )
    assert default.std() == pytest.approx(1 / 20, rel=0.01)
    assert abs(np.corrcoef(noise.T)[0, 1]) < 0.05


def test_C2_training_set():
    Y = ellipse_data(24, np.random.default_rng(0))
    assert Y.shape == (24, 2)
    assert np.array_equal(Y, ellipse_data(24, np.random.default_rng(0)))
    assert not np.array_equal(Y, ellipse_data(24, np.random.default_rng(1)))
    many = ellipse_data(20_000, np.random.default_rng(0))
    level = np.square(many / [2, 1.5]).sum(1)
    assert level.mean() == pytest.approx(1 + 0.05**2 * (1 / 4 + 1 / 2.25), abs=3e-3)


def test_C3_grid_leaves_the_right_end_out():
    z = latent_grid()
    assert len(z) == 48
    assert z[0] == 0
    assert np.diff(z) == pytest.approx(np.full(47, np.pi / 24))
    assert z[-1] == pytest.approx(2 * np.pi - np.pi / 24)
    assert len(latent_grid(1)) == 1
    # leaving the end out, the grid integrates every harmonic below k exactly
    for harmonic in range(1, 48):
        assert abs(np.exp(1j * harmonic * z).mean()) < 1e-14


def test_mesh_has_the_decks_425_points():
    y1, y2 = mesh()
    assert (len(y1), len(y2)) == (17, 25)
    assert (y1[0], y1[-1], y2[0], y2[-1]) == (-2, 2, -3, 3)
    assert y1[1] - y1[0] == y2[1] - y2[0] == 0.25
