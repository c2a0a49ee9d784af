"""Inference: the exact projection against multi-precision arithmetic, the searches against it, ties and traps."""

import json
import math
from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from projections import hard_cases

import refebm
from refebm import argmin_z, ellipse, free_energy_and_adjoint, infer, latent_grid
from refebm.models.ellipse_closest import SEARCHES

METHODS = sorted(SEARCHES)
SEARCHED = [m for m in METHODS if m != "exact"]
coordinates = arrays(float, 2, elements=st.floats(-10, 10))
CERTIFIED = json.loads((Path(__file__).parent / "projection_certified.json").read_text())


def test_C7_exact_projection_to_1e_15():
    Y, W = (np.array([case[name] for case in CERTIFIED]) for name in ("y", "w"))
    found = infer(Y, W)
    assert found.success.all()
    assert 3 < found.nit.max() <= 12
    assert found.nit.min() >= 0
    for case, point in zip(CERTIFIED, found.point, strict=True):
        truth = [Decimal(t) for t in case["point"]]  # in 40 digits, in the first quadrant
        error = math.hypot(*(float(Decimal(abs(float(p))) - t) for p, t in zip(point, truth, strict=True)))
        assert error <= 1e-15 * math.hypot(*map(float, truth))
    # the point lies on the ellipse, at the angle that is returned, in the observation's quadrant
    assert found.point == pytest.approx(
        W * np.stack([np.cos(found.z), np.sin(found.z)], 1), abs=1e-15 * np.abs(W).max()
    )
    assert np.all((found.z >= 0) & (found.z < 2 * np.pi))
    assert np.all(found.point * Y >= 0)


def test_C7_exact_beats_every_latent_of_a_fine_grid():
    rng = np.random.default_rng(0)
    for w in ([2.0, 1.5], [1.0, 1.0 + 1e-9], [0.01, 3.0], [-1.0, 2.0], [0.0, 1.0]):
        Y = rng.normal(size=(300, 2)) * 2
        F = infer(Y, w).fun
        best = ellipse(Y, latent_grid(4096), w).min(axis=1)
        assert np.all(best >= F - 1e-15 * (1 + F))
        assert np.all(best - F <= (2 * np.pi / 4096) ** 2 * 20 + 1e-15)


@pytest.mark.parametrize("method", SEARCHED)
def test_C7_every_search_finds_the_global_minimum(method):
    Y, W = hard_cases(480, seed=1)
    keep = np.abs(W).max(1) / np.abs(W).min(1) < 1e3
    Y, W = Y[keep], W[keep]
    exact, found = infer(Y, W), infer(Y, W, method)
    assert found.success.all()
    size = np.maximum(np.square(Y).max(1), np.square(W).max(1))
    assert np.all(np.abs(found.fun - exact.fun) <= 1e-12 * size)
    assert found.method == method
    assert np.all(found.nfev >= found.nit)


@pytest.mark.parametrize("method", SEARCHED)
def test_C7_a_search_that_fails_says_so(method):
    Y, W = hard_cases(400, seed=2)
    exact, found = infer(Y, W), infer(Y, W, method)
    size = np.maximum(np.square(Y).max(1), np.square(W).max(1))
    wrong = np.abs(found.fun - exact.fun) > 1e-12 * size
    assert not np.any(wrong & found.success)
    assert wrong.mean() < 0.02


@pytest.mark.parametrize("method", METHODS)
def test_C7_traps(method):
    # the stationary maximum of the inner major axis, whichever axis that is: cos z = a y / (a^2 - b^2)
    for y, w, z in [
        ([0.2, 0.0], [2.0, 1.0], math.acos(2 * 0.2 / 3)),
        ([-0.2, 0.0], [2.0, 1.0], math.pi - math.acos(2 * 0.2 / 3)),
        ([0.0, 0.2], [1.0, 2.0], math.asin(2 * 0.2 / 3)),
        # beyond the cusp, on it, on the minor axis
        ([1.6, 0.0], [2.0, 1.0], 0.0),
        ([0.0, 0.3], [2.0, 1.0], math.pi / 2),
        ([0.0, -0.3], [2.0, 1.0], 3 * math.pi / 2),
        # the centre: the end of the minor axis
        ([0.0, 0.0], [2.0, 1.0], math.pi / 2),
        ([0.0, 0.0], [1.0, 2.0], 0.0),
        # a circle: the direction of y
        ([3.0, 4.0], [2.0, 2.0], math.atan2(4, 3)),
        # negative radii turn the angle
        ([3.0, 4.0], [-2.0, 2.0], math.atan2(4, -3)),
        ([3.0, 4.0], [-2.0, -2.0], math.atan2(-4, -3) + 2 * math.pi),
    ]:
        found = infer(y, w, method)
        assert found.success
        assert found.z == pytest.approx(z, abs=1e-7)
        assert found.fun == pytest.approx(ellipse(y, [z], w)[0], rel=1e-13, abs=1e-15)
    cusp = infer([1.5, 0.0], [2.0, 1.0], method)  # E is flat to third order there
    assert cusp.z == pytest.approx(0, abs=5e-4 if method != "exact" else 0)
    assert cusp.fun == pytest.approx(0.25, rel=1e-15 if method == "exact" else 1e-12)


@pytest.mark.parametrize("method", METHODS)
def test_C7_zero_radii_and_the_centre_of_a_circle(method):
    segment = infer([[0.5, 0.7], [3.0, 0.7], [-3.0, -0.7], [0.0, 1.0]], [1.0, 0.0], method)
    assert segment.point == pytest.approx(np.array([[0.5, 0], [1, 0], [-1, 0], [0, 0]]), abs=1e-7)
    assert segment.fun == pytest.approx([0.49, 4.49, 4.49, 1.0], rel=1e-13)
    assert infer([3.0, 4.0], [0.0, 0.0], method).fun == 25.0
    centre = infer([0.0, 0.0], [2.0, 2.0], method)
    assert centre.fun == pytest.approx(4.0, rel=1e-15)
    assert 0 <= centre.z <= math.pi / 2
    if method == "exact":
        assert infer([3.0, 4.0], [0.0, 0.0]).z == 0
        assert centre.z == 0


@given(coordinates, coordinates)
def test_C7_symmetries(y, w):
    found = infer(y, w)
    for flip in ([-1, 1], [1, -1], [-1, -1]):
        assert infer(y * flip, w).fun == found.fun
        assert infer(y, w * flip).fun == found.fun
    size = np.square(y).sum() + np.square(w).sum()
    assert infer(y[::-1], w[::-1]).fun == pytest.approx(found.fun, abs=1e-15 * size)
    # 1024 y on 1024 w is the same picture, exactly, as long as no square is subnormal
    assert infer(1024 * y, 1024 * w).fun == pytest.approx(1024**2 * found.fun, abs=1e-310)


@given(coordinates, coordinates)
def test_C7_stationary_and_a_minimum(y, w):
    found = infer(y, w)
    size = np.abs(w).max() * (np.abs(y).max() + np.abs(w).max())
    _, z_bar, _ = ellipse.slopes(y, [found.z], w, [1.0])
    assert abs(z_bar[0]) <= 1e-14 * size + 1e-320


@given(coordinates, coordinates)
def test_C8_zero_temperature_free_energy(y, w):
    found = infer(y, w)
    assert found.fun == pytest.approx(ellipse(y, [found.z], w)[0], rel=1e-12, abs=1e-14 * (1 + np.square([y, w]).max()))
    assert found.fun <= ellipse(y, latent_grid(), w).min() + 1e-14 * (1 + np.square([y, w]).max())
    # the distance is 1-Lipschitz
    other = y + [0.3, -0.4]
    assert abs(math.sqrt(infer(other, w).fun) - math.sqrt(found.fun)) <= 0.5 + 1e-9


@settings(max_examples=50)
@given(coordinates, arrays(float, 2, elements=st.floats(0.5, 3)), st.integers(0, 2**32))
def test_C9_envelope_theorem(y, w, seed):
    # dF/dy and dF/dw are E's partial derivatives at the minimiser: the minimiser's own motion does not show
    _, y_bar, w_bar = free_energy_and_adjoint(ellipse, y, argmin_z, w, np.inf)
    z = infer(y, w).z
    assert y_bar == pytest.approx(2 * (y - w * [np.cos(z), np.sin(z)]), abs=1e-13 * (1 + np.abs(y).max()))
    rng, h = np.random.default_rng(seed), 1e-5
    y_dot, w_dot = rng.normal(size=2), rng.normal(size=2)
    ends = [infer(y + t * y_dot, w + t * w_dot) for t in (-h, h)]
    jump = np.abs(ends[1].point - ends[0].point).max() > 1e3 * h
    slope = (ends[1].fun - ends[0].fun) / (2 * h)
    if not jump:  # at a jump of the minimiser F has a crease
        assert y_bar @ y_dot + w_bar @ w_dot == pytest.approx(slope, abs=1e-6 * (1 + np.abs(y).max()))


def test_C9_a_crease_has_two_slopes_and_the_tie_their_mean():
    # on the inner major axis two latents tie; from either side one of them gives the slope
    w, y, h = np.array([2.0, 1.0]), np.array([0.2, 0.0]), 1e-7
    z = infer(y, w).z
    above = free_energy_and_adjoint(ellipse, y + [0, h], argmin_z, w, np.inf)[1]
    below = free_energy_and_adjoint(ellipse, y - [0, h], argmin_z, w, np.inf)[1]
    tied = free_energy_and_adjoint(ellipse, y, [z, -z], w, np.inf)[1]
    assert above[1] == pytest.approx(-below[1], rel=1e-6)
    assert abs(above[1]) > 0.5
    assert tied == pytest.approx((above + below) / 2, abs=1e-6)
    assert tied[1] == 0


@pytest.mark.parametrize("y_1", [0.0, 0.3, -0.6, 0.875, 1.4])
def test_C9_one_sided_slopes_are_the_least_over_all_minimisers(y_1):
    # Danskin: two minimisers on the inner major axis, one beyond; at the cusp, 0.875, one that moves infinitely fast
    w, y, h = np.array([2.0, 1.5]), np.array([y_1, 0.0]), 1e-7
    here = infer(y, w)
    slopes = 2 * (y - w * [(np.cos(z), np.sin(z)) for z in (here.z, -here.z)])
    off = 2 * h ** (1 / 3) if y_1 == 0.875 else 1e-5  # E is flat to fourth order there
    for v in np.random.default_rng(0).normal(size=(10, 2)):
        quotient = (infer(y + h * v, w).fun - here.fun) / h
        assert quotient == pytest.approx((slopes @ v).min(), abs=off * (1 + np.hypot(*v)))


@pytest.mark.parametrize("method", METHODS)
def test_C7_one_or_many_observations(method):
    Y = np.random.default_rng(0).normal(size=(7, 2))
    many = infer(Y, [2.0, 1.5], method)
    for n, y in enumerate(Y):
        one = infer(y, [2.0, 1.5], method)
        for name in ("z", "fun", "nit", "nfev", "success"):
            assert one[name] == many[name][n]
        assert np.array_equal(one.point, many.point[n])
    assert np.array_equal(infer(Y, np.tile([2.0, 1.5], (7, 1)), method).z, many.z)
    assert argmin_z(ellipse, Y, np.array([2.0, 1.5])).shape == (7, 1, 1)


def test_C7_sizes_from_1e_150_to_1e150():
    for scale in (1e-150, 1e-50, 1.0, 1e50, 1e150):
        found = infer(np.array([0.3, 0.4]) * scale, np.array([1.0, 0.5]) * scale)
        assert found.z == pytest.approx(infer([0.3, 0.4], [1.0, 0.5]).z, rel=1e-15)
    assert infer([3e-150, 4e-150], [1.0, 1.0]).z == pytest.approx(math.atan2(4, 3), rel=1e-15)
    assert infer([3e140, 4e140], [1e-10, 1e-10]).z == pytest.approx(math.atan2(4, 3), rel=1e-15)


def test_C7_searches_report_what_they_did():
    Y, w = np.array([[0.3, 1.2], [-1.0, 0.4], [3.0, 2.0]]), [2.0, 1.5]
    found = infer(Y, w, "exhaustive")
    rounds = int(np.ceil(np.log(1e-9 / (np.pi / 2)) / np.log(2 / 47)))  # each keeps two cells of 47
    assert (found.nit == rounds).all()
    assert (found.nfev == 48 * rounds).all()
    line, cg, lbfgs = (infer(Y, w, method) for method in ("line", "cg", "lbfgs"))
    assert ((line.nfev >= line.nit) & (line.nit > 3) & (line.nfev < 60)).all()
    for descent in (cg, lbfgs):
        assert ((descent.nit >= 1) & (descent.nfev >= 16 + descent.nit)).all()
        assert (descent.nfev < 16 + 60).all()
    corner = infer([[3.0, 0.0]], w, "line")
    assert corner.z[0] == 0


@pytest.mark.parametrize("method", ["line", "cg", "lbfgs"])
def test_C7_reports_what_was_done(monkeypatch, method):
    import scipy.optimize

    name = "minimize_scalar" if method == "line" else "minimize"
    plain, runs = getattr(scipy.optimize, name), []

    def spy(*args, **options):
        runs.append((args, plain(*args, **options)))
        return runs[-1][1]

    monkeypatch.setattr(f"scipy.optimize.{name}", spy)
    found = infer([1.3, 0.4], [2.0, 1.5], method)
    assert found.nit == sum(end.nit for _, end in runs)
    assert infer([1.3, 0.4], [2.0, 1.5]).nit.dtype == int
    assert found.nfev == sum(end.nfev for _, end in runs) + (2 if method == "line" else 16)  # the ends; the starts
    if method != "line":  # the best of 16 points within the quadrant
        starts = (np.arange(16) + 0.5) * np.pi / 32
        energies = ellipse([1.3, 0.4], starts, [2.0, 1.5])
        assert runs[0][0][1] == pytest.approx([starts[energies.argmin()]], rel=1e-15)


def test_C7_angles_lie_from_0_up_to_below_2_pi():
    for tiny in (1e-20, 1e-17, 1e-300):
        assert infer([1.0, -tiny], [2.0, 2.0]).z == 0
    assert infer([1.0, -1e-9], [2.0, 2.0]).z == pytest.approx(2 * np.pi - 1e-9, rel=1e-15)
    assert infer([1.0, 0.0], [2.0, 2.0]).z == 0


def test_argmin_z_refuses_what_it_cannot_answer():
    """Two-entry codes alone do not make an ellipse: energy II, springs on the latent, a decoder of one's own."""
    y = np.array([[0.3, 1.2]])
    network = refebm.decoded(refebm.network_decoder(refebm.mlp([3, 4, 2]), code=2))
    for energy, w in (
        (network, np.ones(network.size)),
        (refebm.decoded(refebm.circle_decoder(), None, "squared", 0.5), [2.0, 1.5]),
    ):
        with pytest.raises(
            ValueError, match=r"^energy: expected an ellipse or a horn, of circle_decoder and no regulariser"
        ):
            argmin_z(energy, y, w)
        with pytest.raises(ValueError, match=r"^energy: expected an ellipse or a horn"):
            refebm.free_energy(energy, y, argmin_z, w, np.inf)
    with pytest.raises(TypeError, match=r"^energy: expected an Energy, got 3$"):
        argmin_z(3, y, [2.0, 1.5])
    assert argmin_z(refebm.ellipse, y, [2.0, 1.5]) == pytest.approx(infer(y, [2.0, 1.5]).z[:, None, None])
    assert argmin_z(refebm.ellipse, [0.3, 1.2], [2.0, 1.5]).shape == (1, 1, 1)
