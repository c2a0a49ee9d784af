"""Conditions x reach everything that takes them, each observation its own: potentials, samplers, likelihoods, weights."""

import numpy as np
import pytest

import refebm as r
from refebm.potentials import joint, marginal
from refebm.sampling import langevin, langevin_log_density, walk

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
    y_bar, w_bar = F.adjoint(Y, W, X, F_bar)
    _, y_exact, w_exact, _ = r.free_energy_and_adjoint(r.horn, Y, Z, W, BETA, F_bar, X)
    assert np.array_equal(y_bar, y_exact)
    assert np.array_equal(w_bar, w_exact)
    assert F(Y, W, X[:, 0]) == pytest.approx(F(Y, W, X), rel=0)


@pytest.mark.parametrize("latent", [0, 2])
def test_C29_joint_of_a_conditional_energy(latent):
    energy = r.Energy(r.network_decoder(r.mlp([2 + max(latent, 1), 4, 2], "tanh"), 2, latent), r.mlp([1, 3, 2]))
    w, z = RNG.normal(size=energy.size), RNG.normal(size=(5, max(latent, 1)))
    F = joint(energy, BETA)
    assert F.beta == BETA
    rows = np.hstack([Y, z])
    E = energy(Y, z[:, None] if latent else z, w, X)[:, 0]
    assert F(rows, w, X) == pytest.approx(E, rel=1e-15)
    v_bar, w_bar = F.adjoint(rows, w, X, np.ones(5))
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
            new = (walk if method == "walk" else langevin)(here, s, alpha, xi[i : i + 1])
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
    for x, words in ((X_NET[:3], "got an array of shape"), (None, "got None"), (X_NET[:, :1], "got an array of shape")):
        with pytest.raises(ValueError, match=rf"^x: expected 2 conditions for each of 5 rows, {words}"):
            NET(Y, W_NET, x)
    with pytest.raises(ValueError, match=r"^x: expected 0 conditions"):
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
    own = np.tile(Z, (5, 1))
    assert r.free_energy_and_slope(r.horn, Y, own, W, BETA, X, p)[1] == pytest.approx(
        r.free_energy_and_slope(r.horn, Y, Z, W, BETA, X, p)[1], rel=1e-12, abs=1e-14
    )


def test_L13_gaussian_free_energy_with_conditions():
    """With conditions, and of documented defaults: the prior's deviation 1, Gauss's rule of 16 nodes."""
    m, s = RNG.normal(size=(5, 1)), np.full((5, 1), 0.3)
    found = r.gaussian_free_energy(r.horn, Y, m, s, W, BETA, x=X)
    told = r.gaussian_free_energy(r.horn, Y, m, s, W, BETA, x=X, r=1.0, order=16)
    node, weight = r.gauss_hermite(16, 1)
    E = np.array(
        [r.horn(y[None], (c + t * node[:, 0])[None], W, x[None])[0] for y, x, c, t in zip(Y, X, m, s, strict=True)]
    )
    for result in (found, told):
        F = result[0] if isinstance(result, tuple) else result
        assert F == pytest.approx(E @ weight + r.gaussian_kl(m, s)[:, 0] / BETA, rel=1e-12)
