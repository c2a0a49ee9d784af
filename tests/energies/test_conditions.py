"""Conditions x reach everything that takes them, each observation its own: potentials, samplers, likelihoods, weights."""

import numpy as np
import pytest

import refebm as r
from refebm.energies.marginals import marginal
from refebm.energies.potentials import joint
from refebm.parts.costs import squared_error_adjoint
from refebm.sampling.langevin import langevin, langevin_log_density
from refebm.sampling.metropolis import walk

RNG = np.random.default_rng(0)
X, Y, Z, BETA = RNG.uniform(0, 1, (5, 1)), RNG.normal(size=(5, 2)) * 2, r.latent_grid(7), 1.7
W = RNG.normal(size=r.horn.size)
NET = r.network_potential(r.mlp([4, 5, 1], "tanh"), beta=BETA, spring=0.9, conditions=2)
W_NET, X_NET = RNG.normal(size=NET.size), RNG.normal(size=(5, 2))


def test_C27_marginal_of_a_conditional_energy():
    F = marginal(r.horn, Z, BETA)
    assert F(Y, W, X) == pytest.approx(r.free_energy(r.horn, Y, Z, W, BETA, X), rel=1e-15)
    assert np.ptp(F(Y, W, X) - F(Y, W, X[::-1])) > 0.1
    F_bar = RNG.normal(size=5)
    y_bar, w_bar, x_bar = F.adjoint(Y, W, X, F_bar)
    _, y_exact, w_exact, x_exact = r.free_energy_and_adjoint(r.horn, Y, Z, W, BETA, F_bar, X)
    assert np.array_equal(y_bar, y_exact)
    assert np.array_equal(w_bar, w_exact)
    assert np.array_equal(x_bar, x_exact)
    assert F(Y, W, X[:, 0]) == pytest.approx(F(Y, W, X), rel=0)


@pytest.mark.parametrize("latent", [1, 2])
def test_C29_joint_of_a_conditional_energy(latent):
    energy = r.decoded(r.network_decoder(r.mlp([2 + latent, 4, 2], "tanh"), 2, latent), r.mlp([1, 3, 2]))
    w, z = RNG.normal(size=energy.size), RNG.normal(size=(5, latent))
    F = joint(energy, BETA)
    assert F.beta == BETA
    rows = np.hstack([Y, z])
    E = energy(Y, z[:, None], w, X)[:, 0]
    assert F(rows, w, X) == pytest.approx(E, rel=1e-15)
    v_bar, w_bar, x_bar = F.adjoint(rows, w, X, np.ones(5))
    assert np.array_equal(x_bar, energy.slopes(Y, z[:, None], w, np.ones((5, 1)), X)[3])
    h = 1e-30
    for i in range(rows.shape[1]):
        step = np.zeros(rows.shape[1])
        step[i] = h
        assert v_bar[:, i] == pytest.approx(F.value(rows + 1j * step, w, X).imag / h, rel=1e-12, abs=1e-13)
    direction = RNG.normal(size=w.size)
    assert w_bar @ direction == pytest.approx(F.value(rows, w + 1j * h * direction, X).imag.sum() / h, rel=1e-12)


def test_C16_gibbs_weights_with_conditions_and_a_prior():
    p = np.array([0.1, 0.3, 0.05, 0.15, 0.2, 0.0, 0.2])
    q = p * np.exp(-BETA * r.horn(Y, Z, W, X))
    assert r.gibbs_weights(r.horn, Y, Z, W, BETA, X, p) == pytest.approx(q / q.sum(axis=1, keepdims=True), rel=1e-12)


def test_W11_score_with_conditions():
    assert r.score(NET, Y, W_NET, X_NET) == pytest.approx(-BETA * NET.slope(Y, W_NET, X_NET), rel=1e-15)
    assert not np.allclose(r.score(NET, Y, W_NET, X_NET), r.score(NET, Y, W_NET, X_NET[::-1]))


@pytest.mark.parametrize("method", ["langevin", "mala", "walk"])
def test_W12_a_chain_by_hand_each_with_its_own_condition(method):
    """The steps, the test and the draws as written in the derivation, a chain and a step at a time."""
    n, alpha, steps = len(Y), 0.2, 30
    found = r.sample(NET, Y, W_NET, steps, alpha, np.random.default_rng(3), X_NET, method, thin=2)
    rng, y, taken = np.random.default_rng(3), Y.copy(), np.zeros(n)
    for t in range(steps):
        xi = rng.normal(size=y.shape)
        u = np.zeros(n) if method == "langevin" else rng.exponential(size=n)
        for i in range(n):
            here, x = y[i : i + 1], X_NET[i : i + 1]
            s = -BETA * NET.slope(here, W_NET, x)
            new = walk(here, alpha, xi[i : i + 1]) if method == "walk" else langevin(here, s, alpha, xi[i : i + 1])
            if method == "walk":
                assert new == pytest.approx(here + np.sqrt(2 * alpha) * xi[i : i + 1], rel=1e-15)
            log_ratio = -BETA * (NET(new, W_NET, x) - NET(here, W_NET, x))[0]
            if method == "mala":
                s_new = -BETA * NET.slope(new, W_NET, x)
                log_ratio += langevin_log_density(here, new, s_new, alpha) - langevin_log_density(new, here, s, alpha)
            if method == "langevin" or -u[i] <= log_ratio:
                y[i], taken[i] = new, taken[i] + 1
        if t % 2:
            assert found.y[t // 2] == pytest.approx(y, rel=1e-9)
    assert found.acceptance == pytest.approx(taken / steps)
    assert method == "langevin" or 0.1 < found.acceptance.min() < found.acceptance.max() <= 1


def test_L7_gradient_and_its_error_by_hand():
    y_hat, x_hat = RNG.normal(size=(10, 2)), RNG.normal(size=(10, 2))
    w_bar, error = r.likelihood_gradient(NET, Y, y_hat, W_NET, X_NET, x_hat, batches=5)

    def slope(y, x):
        return NET.adjoint(y[None], W_NET, x[None], np.ones(1))[1]

    down = np.mean([slope(*row) for row in zip(Y, X_NET, strict=True)], axis=0)
    up = np.array([slope(*row) for row in zip(y_hat, x_hat, strict=True)])
    assert w_bar == pytest.approx(down - up.mean(axis=0), rel=1e-12, abs=1e-14)
    assert error == pytest.approx(up.reshape(5, 2, -1).mean(axis=1).std(axis=0, ddof=1) / np.sqrt(5), rel=1e-12)
    assert np.isfinite(r.likelihood_gradient(NET, Y, y_hat, W_NET, X_NET, x_hat, batches=2)[1]).all()
    assert np.isinf(r.likelihood_gradient(NET, Y, y_hat, W_NET, X_NET, x_hat, batches=1)[1]).all()
    twenty = r.likelihood_gradient(NET, Y, np.tile(y_hat, (5, 1)), W_NET, X_NET, np.tile(x_hat, (5, 1)))
    again = r.likelihood_gradient(NET, Y, np.tile(y_hat, (5, 1)), W_NET, X_NET, np.tile(x_hat, (5, 1)), batches=20)
    assert np.array_equal(twenty[1], again[1])


def test_L8_learning_with_conditions():
    grid, measure = r.gauss_grid([(-4, 4), (-4, 4)], panels=2, order=8)
    found = r.learn_likelihood(NET, Y, W_NET, grid, measure, X_NET, decay=0.5, steps=5)
    loss, slope = r.negative_log_likelihood(NET, Y, found.w, grid, measure, X_NET)
    assert found.fun == pytest.approx(loss + 0.25 * found.w @ found.w, rel=1e-14)
    assert found.jac == pytest.approx(slope + 0.5 * found.w, rel=1e-12)
    free = r.network_potential(r.mlp([2, 1]), spring=1.0)
    unit = r.learn_likelihood(free, Y, np.ones(3), grid, decay=1.0, steps=1)
    assert unit.history["loss"][0] == pytest.approx(
        r.negative_log_likelihood(free, Y, np.ones(3), grid, np.ones(len(grid)))[0] + 1.5, rel=1e-14
    )


def test_conditions_that_do_not_fit_are_refused():
    with pytest.raises(ValueError, match=r"^x: expected conditions of shape \(5, 2\), got None"):
        NET(Y, W_NET)
    for x in (X_NET[:, :1], X_NET[:3], X_NET.ravel(), X_NET[None]):  # neither cut nor reshaped
        with pytest.raises(
            ValueError, match=r"^x: expected one condition for each observation, shape \(5, 2\), got \("
        ):
            NET(Y, W_NET, x)
    assert NET(Y[0], W_NET, X_NET[0]) == NET(Y[:1], W_NET, X_NET[:1])
    with pytest.raises(ValueError, match=r"^x: expected None, as there are no conditions, got"):
        r.network_potential(r.mlp([2, 1]))(Y, np.zeros(3), X)
    with pytest.raises(ValueError, match=r"^conditions: expected fewer than"):
        r.network_potential(r.mlp([2, 1]), conditions=2)
    with pytest.raises(ValueError, match=r"^spring: expected a finite number"):
        r.network_potential(r.mlp([2, 1]), spring=np.inf)
    assert r.network_potential(r.mlp([2, 1])).beta == 1


def test_C16_slope_with_conditions_and_a_prior():
    p = np.array([0.1, 0.3, 0.05, 0.15, 0.2, 0.0, 0.2])
    for beta in (0.0, BETA, np.inf):
        slope = r.free_energy_and_slope(r.horn, Y, Z, W, beta, X, p)
        whole = r.free_energy_and_adjoint(r.horn, Y, Z, W, beta, 1.0, X, p)
        assert slope[0] == pytest.approx(whole[0], rel=1e-14)
        assert slope[1] == pytest.approx(whole[1], rel=1e-13, abs=1e-14)
    own = np.tile(Z[:, None], (5, 1, 1))
    assert r.free_energy_and_slope(r.horn, Y, own, W, BETA, X, p)[1] == pytest.approx(
        r.free_energy_and_slope(r.horn, Y, Z, W, BETA, X, p)[1], rel=1e-12, abs=1e-14
    )


def test_L13_gaussian_free_energy_with_conditions():
    """With conditions, and of documented defaults: the prior's deviation 1, Gauss's rule of 16 nodes."""
    m, s = RNG.normal(size=(5, 1)), np.full((5, 1), 3.0)  # so wide that the number of nodes shows
    found = r.gaussian_free_energy(r.horn, Y, m, s, W, BETA, x=X)
    told = r.gaussian_free_energy(r.horn, Y, m, s, W, BETA, x=X, r=1.0, order=16)
    node, weight = r.gauss_hermite(16, 1)
    E = np.array([r.horn(y[None], (c + t * node)[None], W, x[None])[0] for y, x, c, t in zip(Y, X, m, s, strict=True)])
    for result in (found, told):
        F = result[0] if isinstance(result, tuple) else result
        assert F == pytest.approx(E @ weight + r.gaussian_kl(m, s)[:, 0] / BETA, rel=1e-12)


def test_L13_gaussian_slope_with_conditions():
    m, s = RNG.normal(size=(5, 1)), np.full((5, 1), 0.3)
    y_bar = r.gaussian_free_energy(r.horn, Y, m, s, W, BETA, x=X)[3]
    node, weight = r.gauss_hermite(16, 1)
    h = r.horn.boxes.code(W, X)
    for n in range(5):
        z = m[n] + s[n] * node[:, 0]
        g = h[n] * np.stack([np.cos(z), np.sin(z)], axis=1)
        assert y_bar[n] == pytest.approx(2 * (Y[n] - weight @ g), rel=1e-12)


def test_C16_curvature_by_the_complex_step_is_symmetric():
    """dF/dy and dF/dw pass complex steps on: their derivatives are second ones, which are symmetric."""
    h = 1e-30
    H = np.array([r.free_energy_and_adjoint(r.ellipse, Y + 1j * h * e, Z, W[:2], BETA)[1].imag / h for e in np.eye(2)])
    assert H[0, :, 1] == pytest.approx(H[1, :, 0], rel=1e-12)
    by_w = np.array(
        [r.free_energy_and_adjoint(r.ellipse, Y[0], Z, W[:2] + 1j * h * e, BETA)[1].imag / h for e in np.eye(2)]
    )
    by_y = np.array(
        [r.free_energy_and_adjoint(r.ellipse, Y[0] + 1j * h * e, Z, W[:2], BETA)[2].imag / h for e in np.eye(2)]
    )
    assert by_w == pytest.approx(by_y.T, rel=1e-12)
    x_by_y = r.free_energy_and_adjoint(r.horn, Y[:1] + 1j * h * np.eye(2)[0], Z, W, BETA, x=X[:1])[3].imag / h
    y_by_x = r.free_energy_and_adjoint(r.horn, Y[:1], Z, W, BETA, x=X[:1] + 1j * h)[1].imag / h
    assert x_by_y[0, 0] == pytest.approx(y_by_x[0, 0], rel=1e-12)


def test_C13_tiles_of_any_energy_with_latents_and_priors_of_their_own():
    energy = r.decoded(r.network_decoder(r.mlp([2, 4, 2], "tanh"), code=1))
    w, y, z = RNG.normal(size=energy.size), RNG.normal(size=(60, 2)), RNG.normal(size=(60, 4000, 1))
    p = RNG.uniform(size=(60, 4000))
    F, y_bar, w_bar = r.free_energy_and_adjoint(energy, y, z, w, BETA, p=p)
    each = [r.free_energy_and_adjoint(energy, y[n], z[n], w, BETA, p=p[n]) for n in (0, 31, 32, 59)]
    for n, (F_n, y_n, _) in zip((0, 31, 32, 59), each, strict=True):
        assert F[n] == pytest.approx(F_n, rel=1e-14)
        assert y_bar[n] == pytest.approx(y_n, rel=1e-12)
    halves = [r.free_energy_and_adjoint(energy, y[t], z[t], w, BETA, p=p[t])[2] for t in (slice(0, 20), slice(20, 60))]
    assert w_bar == pytest.approx(sum(halves), rel=1e-12)
    assert r.free_energy(energy, y, z, w, BETA, p=p) == pytest.approx(F, rel=1e-15)


def test_documented_defaults_of_losses_and_potentials():
    assert r.hinge_loss([1.0], [1.0]) == 1
    assert joint(r.ellipse).beta == 1
    F = marginal(r.ellipse, Z, 1.0)
    plain, told = (r.loss_functional(F, Y, [1.5, 2.0], None, "hinge", Y[::-1], **o) for o in ({}, {"margin": 1.0}))
    assert plain[0] == told[0]
    assert plain[0] != r.loss_functional(F, Y, [1.5, 2.0], None, "hinge", Y[::-1], margin=2.0)[0]


def test_complex_steps_pass_through_divergences_and_the_auto_encoder():
    h, d = 1e-30, np.array([0.3, -0.1, -0.2])
    q, p = np.array([0.2, 0.3, 0.5]), np.array([0.4, 0.35, 0.25])
    q_bar, _ = r.kl_adjoint(q, p, 1.0)
    assert r.kl(q + 1j * h * d, p).imag / h == pytest.approx(q_bar @ d, rel=1e-13)
    vae = r.VAE(r.mlp([2, 3, 2], "tanh"), r.mlp([1, 3, 2], "tanh"))
    w, eps = RNG.normal(size=vae.size), RNG.normal(size=(5, 1))
    step = RNG.normal(size=Y.shape)
    slope = (r.vae_loss(vae, Y + 1e-5 * step, w, eps)[0] - r.vae_loss(vae, Y - 1e-5 * step, w, eps)[0]) / 2e-5
    assert r.vae_loss(vae, Y + 1j * h * step, w, eps)[0].imag / h == pytest.approx(slope, rel=1e-7)


def test_L4_states_of_no_volume_are_allowed():
    free, space = r.network_potential(r.mlp([2, 1]), spring=1.0), RNG.normal(size=(4, 2))
    with_zero = r.negative_log_likelihood(free, Y, np.ones(3), space, [1.0, 0.0, 2.0, 1.0])
    without = r.negative_log_likelihood(free, Y, np.ones(3), space[[0, 2, 3]], [1.0, 2.0, 1.0])
    assert with_zero[0] == pytest.approx(without[0], rel=1e-14)
    assert with_zero[1] == pytest.approx(without[1], rel=1e-13)


def test_C16_slope_with_a_prior_of_each_observations_own():
    p = RNG.uniform(size=(5, 7))
    assert r.free_energy_and_slope(r.horn, Y, Z, W, BETA, X, p)[1] == pytest.approx(
        r.free_energy_and_adjoint(r.horn, Y, Z, W, BETA, 1.0, X, p)[1], rel=1e-15
    )


def test_C29_tiles_of_vector_latents():
    energy = r.decoded(r.network_decoder(r.mlp([2, 3, 2], "tanh"), code=0, latent=2))
    w, y, z = RNG.normal(size=energy.size), RNG.normal(size=(7, 2)), RNG.normal(size=(7, 40_000, 2))
    F = r.free_energy(energy, y, z, w, BETA)
    assert F == pytest.approx([r.free_energy(energy, y[n], z[n], w, BETA) for n in range(7)], rel=1e-14)


def test_C5_the_costs_adjoint_of_complex_arguments():
    y, g, C_bar = Y, RNG.normal(size=(5, 3, 2)), RNG.normal(size=(5, 3))
    for turn in ((1 + 0.3j, 1, 1), (1, 1 + 0.3j, 1), (1, 1, 1 + 0.3j)):
        args = [a * t for a, t in zip((y, g, C_bar), turn, strict=True)]
        y_bar, g_bar = squared_error_adjoint(*args)
        D = 2 * (args[1] - args[0][:, None]) * args[2][..., None]
        assert y_bar == pytest.approx(-D.sum(axis=1), rel=1e-14)
        assert g_bar == pytest.approx(D, rel=1e-14)


def test_C16_complex_steps_of_w_with_conditions_and_a_prior():
    p, h, direction = RNG.uniform(size=7), 1e-30, RNG.normal(size=W.size)
    w_bar = r.free_energy_and_adjoint(r.horn, Y, Z, W, BETA, 1.0, X, p)[2]
    assert r.free_energy(r.horn, Y, Z, W + 1j * h * direction, BETA, X, p).imag.sum() / h == pytest.approx(
        w_bar @ direction, rel=1e-12
    )


def test_W12_each_chain_has_its_condition():
    """Of a potential, too, to which it would not matter."""
    F = r.Potential(
        lambda y, w, x: np.square(y).sum(axis=1), lambda y, w, x, F_bar: (2 * y * F_bar[:, None], 0 * w), 2, 1
    )
    with pytest.raises(
        ValueError, match=r"^x: expected one condition for each observation, shape \(5, d_x\), got \(4, 1\)"
    ):
        r.sample(F, Y, np.ones(1), 2, 0.1, np.random.default_rng(0), X[:4])
    assert r.sample(F, Y, np.ones(1), 2, 0.1, np.random.default_rng(0), X).y.shape == (2, 5, 2)
