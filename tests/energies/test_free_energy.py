"""Free energies: limits, bounds, the circle's closed form, gradients three ways, memory."""

import math
import tracemalloc

import numpy as np
import pytest
from gradients import check_adjoint
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.integrate import quad
from scipy.special import i0e, ive

from refebm import (
    Energy,
    argmin_z,
    ellipse,
    free_energy,
    free_energy_and_adjoint,
    gibbs_weights,
    horn,
    infer,
    latent_grid,
    marginal,
)
from refebm.models.ellipse_energy import circle

RNG = np.random.default_rng
Z, W = latent_grid(), np.array([1.5, 2.0])
BETAS = [0.0, 0.1, 0.3, 1.0, 3.2, 10.0, 200.0, np.inf]

observations = arrays(float, st.tuples(st.integers(1, 4), st.just(2)), elements=st.floats(-10, 10))
radii = arrays(float, 2, elements=st.floats(-5, 5))
betas = st.floats(0, math.inf)


def circle_free_energy(y, r, beta):
    """F_beta of the circle of radius r in closed form: the integral is the modified Bessel function I_0 (scaled, no overflow)."""
    distance = np.hypot(*np.transpose(y))
    return (distance - r) ** 2 - np.log(i0e(2 * beta * r * distance)) / beta


def test_C10_free_energy_is_the_integral():
    y, beta = np.array([0.4, -1.1]), 1.7
    integral = quad(lambda z: np.exp(-beta * ellipse(y, [z], W)[0]), 0, 2 * np.pi, epsabs=0, epsrel=1e-13)[0]
    assert free_energy(ellipse, y, latent_grid(64), W, beta) == pytest.approx(
        -math.log(integral / (2 * np.pi)) / beta, rel=1e-12
    )


@pytest.mark.parametrize("beta", [0.03, 0.1, 1.0, 10.0, 1000.0])
def test_C10_circle_in_closed_form(beta):
    Y, r = RNG(0).normal(size=(50, 2)) * 2, 1.3
    F = free_energy(ellipse, Y, latent_grid(2048), [r, r], beta)
    assert F == pytest.approx(circle_free_energy(Y, r, beta), rel=1e-11, abs=1e-13)


def test_C12_the_grid_rule_converges_geometrically():
    # the error of K points is the aliased Fourier coefficient 2 I_K(kappa)/I_0(kappa) of exp(kappa cos z), over beta
    y, r, beta = np.array([1.1, 0.7]), 1.3, 1.0
    kappa = 2 * beta * r * np.hypot(*y)
    truth = circle_free_energy(y, r, beta)
    direction = math.atan2(y[1], y[0])  # a grid point there sees the whole error, whatever K
    for K in range(8, 17):
        error = truth - free_energy(ellipse, y, latent_grid(K) + direction, [r, r], beta)
        assert error == pytest.approx(2 * ive(K, kappa) / i0e(kappa) / beta, rel=0.05, abs=1e-14)
    assert abs(truth - free_energy(ellipse, y, latent_grid(48), [r, r], beta)) < 4e-15


@given(observations, radii, betas)
def test_C13_tiles_change_nothing(Y, w, beta):
    # each observation by itself, and among others, and with its own copy of the latents; products sum in an order of theirs
    F = free_energy(ellipse, Y, Z, w, beta)
    for other in (
        [free_energy(ellipse, y, Z, w, beta) for y in Y],
        free_energy(ellipse, Y, np.tile(Z[:, None], (len(Y), 1, 1)), w, beta),
    ):
        assert np.array_equal(F, other) if beta in (0, np.inf) else F == pytest.approx(other, rel=2e-15, abs=1e-320)


def test_C13_many_tiles():
    Y = RNG(0).normal(size=(300, 2))
    z = latent_grid(3000)  # 43 rows a tile
    F, y_bar, w_bar = free_energy_and_adjoint(ellipse, Y, z, W, 1.0, RNG(1).normal(size=300))
    assert F == pytest.approx(free_energy(ellipse, Y, z, W, 1.0), rel=2e-15)
    parts = [
        free_energy_and_adjoint(ellipse, y, z, W, 1.0, [b]) for y, b in zip(Y, RNG(1).normal(size=300), strict=True)
    ]
    assert y_bar == pytest.approx(np.array([p[1] for p in parts]), rel=1e-13, abs=1e-14)
    assert w_bar == pytest.approx(sum(p[2] for p in parts), rel=1e-12)


def test_C13_many_tiles_of_own_latents():
    Y, z = RNG(0).normal(size=(300, 2)), RNG(1).uniform(0, 6, (300, 3000, 1))
    F = free_energy(ellipse, Y, z, W, 1.0)
    _, y_bar, _ = free_energy_and_adjoint(ellipse, Y, z, W, 1.0)
    for n in (0, 60, 150, 299):
        assert F[n] == pytest.approx(free_energy(ellipse, Y[n], z[n], W, 1.0), rel=1e-15)
        assert y_bar[n] == pytest.approx(free_energy_and_adjoint(ellipse, Y[n], z[n], W, 1.0)[1], rel=1e-13)


@given(observations, radii)
def test_C14_beta_0_is_the_mean_in_closed_form(Y, w):
    # <E> = |y|^2 + (w_1^2 + w_2^2)/2 over the whole circle
    expected = np.square(Y).sum(1) + np.square(w).sum() / 2
    assert free_energy(ellipse, Y, Z, w, 0.0) == pytest.approx(expected, rel=1e-13, abs=1e-300)
    assert free_energy(ellipse, Y, Z, w, 1e-12) == pytest.approx(expected, rel=1e-9, abs=1e-12)


@given(observations, radii, betas)
def test_C15_bounds_and_order(Y, w, beta):
    F, F_grid = free_energy(ellipse, Y, Z, w, beta), free_energy(ellipse, Y, Z, w, np.inf)
    F_exact = free_energy(ellipse, Y, argmin_z, w, np.inf)
    slack = 1e-14 * (1 + F)
    assert np.all(F_exact <= F_grid + slack)
    assert np.all(F_grid <= F + slack)
    if beta > 0:
        assert np.all(F <= F_grid + math.log(48) / beta + slack)
    assert np.all(F <= free_energy(ellipse, Y, Z, w, 0.0) + slack)


@given(observations, radii)
def test_C15_beta_infinite_is_the_least_on_the_grid(Y, w):
    assert np.array_equal(free_energy(ellipse, Y, Z, w, np.inf), ellipse(Y, Z, w).min(axis=1))
    cold = free_energy(ellipse, Y, Z, w, 1e6)
    assert np.all(np.abs(cold - ellipse(Y, Z, w).min(axis=1)) <= math.log(48) / 1e6 + 1e-12)


@given(observations, radii)
def test_C8_an_inference_rule_gives_the_exact_free_energy(Y, w):
    assert free_energy(ellipse, Y, argmin_z, w, np.inf) == pytest.approx(
        infer(Y, w).fun, rel=1e-12, abs=1e-14 * (1 + np.square(Y).max() + np.square(w).max())
    )


@pytest.mark.parametrize("beta", BETAS)
@pytest.mark.parametrize("own", [False, True])
def test_C16_gradients(beta, own):
    Y = RNG(0).normal(size=(5, 2)) + [0, 3]
    z = np.tile(Z[:, None], (5, 1, 1)) + 0.01 * np.arange(5)[:, None, None] if own else Z

    def adjoint(y, w, F_bar):
        return free_energy_and_adjoint(ellipse, y, z, w, beta, F_bar)[1:]

    check_adjoint(
        lambda y, w: free_energy(ellipse, y, z, w, beta), adjoint, [Y, W], RNG(1), differences=beta < 100, directions=1
    )


@settings(max_examples=20)
@given(arrays(float, 2, elements=st.floats(-5, 5)), radii, st.floats(0, 20), st.integers(0, 2**32))
def test_C16_gradients_anywhere(y, w, beta, seed):
    check_adjoint(
        lambda y, w: free_energy(ellipse, y, Z, w, beta)[()],
        lambda y, w, F_bar: free_energy_and_adjoint(ellipse, y, Z, w, beta, [F_bar])[1:],
        [y, w],
        RNG(seed),
        directions=1,
        size=1 + y @ y + w @ w,
    )


@pytest.mark.parametrize("beta", [0.5, 5.0])
def test_C16_gradient_on_the_circle_in_closed_form(beta):
    # dF/dy = 2 (|y| - r I_1/I_0) y/|y|
    y, r = np.array([0.6, -0.8]) * 1.7, 1.3
    kappa = 2 * beta * r * 1.7
    expected = 2 * (1.7 - r * ive(1, kappa) / ive(0, kappa)) * y / 1.7
    assert free_energy_and_adjoint(ellipse, y, latent_grid(256), [r, r], beta)[1] == pytest.approx(expected, rel=1e-13)


def test_C16_gradient_keeps_its_digits_near_the_manifold():
    # at an inflection-free distance of 2^-30 from the manifold, beta so large that one latent counts
    y = np.array([1.5 + 2.0**-30, 0.0])
    assert np.array_equal(free_energy_and_adjoint(ellipse, y, Z, W, np.inf)[1], [2.0**-29, 0.0])
    assert free_energy_and_adjoint(ellipse, y, Z, W, 1e5)[1][0] == pytest.approx(2.0**-29, rel=1e-12)


def test_C16_gibbs_weights():
    Y = np.array([[0.3, 1.9], [-1.4, 0.2], [0.0, 0.0]])
    p = gibbs_weights(ellipse, Y, Z, W, 1.0)
    E = ellipse(Y, Z, W)
    assert p == pytest.approx(np.exp(-E) / np.exp(-E).sum(1, keepdims=True), rel=1e-13)
    # at the centre the weights have the ellipse's symmetry, with two equal modes on the minor axis
    centre = p[2].reshape(4, 12)
    assert centre[0] == pytest.approx(centre[2], rel=1e-13)
    assert set(np.argsort(p[2])[-2:]) == {0, 24}
    assert gibbs_weights(ellipse, Y[0], Z, W, 1.0) == pytest.approx(p[0], rel=1e-14)


def test_C17_cross_sections():
    y2 = np.linspace(-3, 3, 61)
    section = np.stack([np.zeros(61), y2], axis=1)
    F = np.array([free_energy(ellipse, section, Z, W, beta) for beta in (0.1, 0.3, 1, 3.2, 10, np.inf)])
    assert np.all(np.diff(F, axis=0) <= 1e-14)  # colder is lower, everywhere
    assert F == pytest.approx(F[:, ::-1], rel=1e-13, abs=1e-30)  # mirror symmetry
    minima = [abs(y2[np.argmin(row)]) for row in F]
    assert minima[-1] == pytest.approx(2.0)  # cold: the minimum lies on the manifold
    assert minima[0] == pytest.approx(0.0, abs=1e-12)  # hot: at the mean of the manifold


def test_C11_beta_is_an_inverse_temperature():
    # F depends on E and T only through E/T: in joules at T kelvin, beta = 1/(k_B T), F scales as T
    k_B = 1.380649e-23
    E = np.array([1.0, 2.0, 5.0])
    from refebm import softmin

    for T in (3.0, 300.0):
        assert softmin(E * k_B * T, 1 / (k_B * T)) == pytest.approx(k_B * T * softmin(E, 1.0), rel=1e-13)


def test_a_million_observations_need_little_memory():
    n, z = 200_000, latent_grid(128)  # a fifth of the million: the working set does not depend on n
    Y = RNG(0).normal(size=(n, 2))
    free_energy_and_adjoint(ellipse, Y[:10], z, W, 1.0)
    tracemalloc.start()
    outputs = free_energy_and_adjoint(ellipse, Y, z, W, 1.0)
    peak = tracemalloc.get_traced_memory()[1] - sum(a.nbytes for a in outputs)
    tracemalloc.stop()
    assert peak < 12 * 2**20


def test_nothing_of_the_callers_is_changed_or_shared():
    Y = RNG(0).normal(size=(6, 2))
    for a in (Y, Z, W):
        a.setflags(write=False)
    copies = Y.copy(), Z.copy(), W.copy()
    for beta in (0.0, 1.0, np.inf):
        for out in free_energy_and_adjoint(ellipse, Y, Z, W, beta):
            assert not any(np.shares_memory(out, a) for a in (Y, Z, W))
    assert all(np.array_equal(a, b) for a, b in zip((Y, Z, W), copies, strict=True))


def paths(y, z, w):
    """dF/dy, w's gradient and the weights at beta = inf, each way that there is: shared latents, own ones, priors, complex."""
    own, flat = np.tile(z[:, None], (len(y), 1, 1)), np.ones((len(y), len(z)))
    calls = [(y, z, None), (y, own, None), (y, z, np.ones(len(z))), (y, z, flat), (y + 0j, z, None)]
    for Y, latents, p in calls:
        _, y_bar, w_bar = free_energy_and_adjoint(ellipse, Y, latents, w, np.inf, p=p)
        yield y_bar.real, w_bar.real, gibbs_weights(ellipse, Y.real, latents, w, np.inf, p=p)


@given(st.integers(1, 60), st.floats(1e-3, 1e3))
def test_C15_every_latent_ties_at_the_centre_of_a_circle(k, r):
    for y_bar, w_bar, q in paths(np.zeros((1, 2)), latent_grid(k), np.array([r, r])):
        assert q == pytest.approx(np.full((1, k), 1 / k), rel=1e-14)
        mean = np.exp(1j * latent_grid(k)).mean() * r
        assert y_bar[0] == pytest.approx([-2 * mean.real, -2 * mean.imag], abs=3e-15 * r)
        assert w_bar.sum() == pytest.approx(2 * r, rel=1e-13)


@given(st.integers(1, 40), st.tuples(st.floats(0.01, 100), st.floats(0.01, 100)), st.floats(-3, 3), st.booleans())
def test_C15_mirror_latents_share_on_the_axes(quarter, w, a, upright):
    # the model is the same upside down, so on an axis F has no slope across it
    y, w, z = np.array([[a, 0.0][:: -1 if upright else 1]]), np.array(w), latent_grid(4 * quarter)
    for y_bar, _, q in paths(y, z, w):
        assert abs(y_bar[0, 0 if upright else 1]) <= 1e-14 * w[0 if upright else 1]
        image = np.roll(q[0, ::-1], 2 * quarter + 1 if upright else 1)
        assert q[0] == pytest.approx(image, abs=1e-14)
    exact = free_energy_and_adjoint(ellipse, y, z, w, np.inf)[1][0, 0 if upright else 1]
    assert exact == 0 or (gibbs_weights(ellipse, y, z, w, np.inf) > 0).sum() > 2  # of two images, to the last bit


@given(st.tuples(st.floats(0.1, 10), st.floats(0.1, 10)), st.floats(-3, 3), st.integers(1, 40), st.integers(0, 3))
def test_C15_mirror_latents_share_on_any_symmetric_grid(w, a, half, turned):
    # between the lecture's angles, about 0, backwards, or turns further: angles are rounded before they are used
    y, k = np.array([[a, 0.0]]), 2 * half
    z = latent_grid(k) + np.pi / k
    z = [z, z - np.pi, z[::-1], z + 20 * np.pi][turned]
    for y_bar, _, _ in paths(y, z, np.array(w)):
        assert abs(y_bar[0, 1]) <= 1e-13 * w[1] * (1 + np.abs(z).max())


def test_C15_what_only_looks_like_a_tie_is_none():
    # energies apart by a thousand roundings are apart, also far out and close to the curve
    z = np.array([0.5, -0.5])
    for y, w in (([0.5, 1e-12], W), ([1e6, 1.0], W), ([1.5 * np.cos(0.5) + 1e-9, 1e-4], np.array([1.5, 1e-4]))):
        for _, _, q in paths(np.array([y]), z, w):
            assert np.array_equal(q, [[1, 0]]), (y, q)


def test_C3_C4_the_circle_is_its_own_mirror_image():
    for k in (1, 2, 3, 4, 6, 8, 12, 48, 60, 1000, 12345):
        z, j = latent_grid(k), np.arange(k)
        c, s = circle(z)
        assert np.abs(c + 1j * s - np.exp(1j * z)).max() < 1.3e-15  # 2 pi / k and its multiples are rounded
        assert np.array_equal(c + 1j * s, c[-j] - 1j * s[-j])
        if k % 2 == 0:
            assert np.array_equal(c + 1j * s, -c[(k // 2 - j) % k] + 1j * s[(k // 2 - j) % k])
        if k % 4 == 0:
            assert np.array_equal(c, s[(k // 4 - j) % k])
    for other in (z + 1e-15, z[1:], z[::-1], np.array(0.3), 0.3j):
        assert np.array_equal(circle(other), [np.cos(other), np.sin(other)])


def test_C8_a_call_takes_a_rule_in_the_place_of_latents():
    Y, w = RNG(0).normal(size=(5, 2)), np.array([1.5, 2.0])
    assert ellipse(Y, argmin_z, w)[:, 0] == pytest.approx(free_energy(ellipse, Y, argmin_z, w, np.inf), rel=1e-14)
    x, w = RNG(1).uniform(size=(5, 1)), RNG(2).normal(size=horn.size)
    assert horn(Y, argmin_z, w, x)[:, 0] == pytest.approx(free_energy(horn, Y, argmin_z, w, np.inf, x), rel=1e-14)


def test_C16_a_single_observations_free_energy_is_a_number():
    F, y_bar, w_bar = free_energy_and_adjoint(ellipse, [0.3, 1.2], Z, [1.5, 2.0], 1.0)
    assert np.shape(F) == ()
    assert (y_bar.shape, w_bar.shape) == ((2,), (2,))
    assert F == free_energy(ellipse, [0.3, 1.2], Z, [1.5, 2.0], 1.0)


@pytest.mark.parametrize("which", [0, 1, 2])
def test_C16_whatever_overflows_is_named(which):
    """The energy, its slope in y, or that in w."""
    bad = [np.inf if i == which else 0.0 for i in range(3)]
    energy = Energy(
        lambda y, z, w, x: np.full((len(y), z.shape[1]), bad[0]),
        lambda y, z, w, x, E_bar: (y + bad[1], 0 * z, w + bad[2]),
        dim=2,
        size=1,
    )
    y, F = np.ones((3, 2)), marginal(energy, [0.0, 1.0], 1.0)
    for run in (
        lambda: free_energy_and_adjoint(energy, y, [0.0, 1.0], [1.0], 1.0),
        *([] if which == 0 else [lambda: F.adjoint(y, np.ones(1), None, np.ones(3))]),
    ):
        with pytest.raises(ValueError, match=r"^w: expected parameters at which nothing overflows, got one of size 1$"):
            run()
