"""Potentials made by hand: one learner for all, their passes agree, starts, and beta = 0."""

from dataclasses import replace

import numpy as np
import pytest

import refebm as r
from refebm.energies.networks import network_potential

RNG = np.random.default_rng
X = RNG(0).normal(size=(40, 3))
TRUE = RNG(1).normal(size=(3, 2))
Y = X @ TRUE + 0.1 * RNG(2).normal(size=(40, 2))
W = RNG(3).normal(size=6)


def value(y, w, x):
    return np.square(y - x @ w.reshape(3, 2)).sum(axis=1) / 2


def adjoint(y, w, x, F_bar):
    gap = F_bar[:, None] * (y - x @ w.reshape(3, 2))
    return gap, -(x.T @ gap).ravel(), -gap @ w.reshape(3, 2).T


# Regression, F = |y - x W|^2 / 2: everything in closed form.
LINE = r.Potential(value, adjoint, dim=2, size=6, conditions=3, start=lambda y, rng, x: rng.normal(size=6))
BEST = np.linalg.lstsq(X, Y)[0].ravel()


@pytest.mark.parametrize("method", ["lbfgs", "gd", "adam"])
def test_C25_a_potential_by_hand_is_learned_to_its_closed_form(method):
    options = {"rate": 0.5} if method == "gd" else {"rate": 0.05, "batch": 10, "steps": 300, "rng": RNG(4)}
    found = r.learn(LINE, Y, W, X, method=method, **({} if method == "lbfgs" else options))
    assert found.w == pytest.approx(BEST, abs=2e-3 if method == "adam" else 1e-6)
    assert found.success == (method != "adam")
    assert found.fun == pytest.approx(value(Y, found.w, X).mean(), rel=1e-14)
    assert found.jac == pytest.approx(adjoint(Y, found.w, X, np.full(40, 1 / 40))[1], abs=1e-15)


def test_C25_starts_and_what_is_held_out_of_a_potential_by_hand():
    found = r.learn_from_starts(LINE, Y, RNG(5), X, starts=3, trial=1, held_out=(Y[:10] + 0.3, X[:10]))
    tried = RNG(5)
    starts = [tried.normal(size=6) for _ in range(3)]
    assert found.trials.tolist() == [r.learn(LINE, Y, w, X, steps=1).fun for w in starts]
    watched = found.history["held_out"]
    assert watched == pytest.approx([value(Y[:10] + 0.3, w, X[:10]).mean() for w in found.history["w"]], rel=1e-13)
    assert np.array_equal(found.w, found.history["w"][watched.argmin()])


def test_C21_every_loss_on_a_potential_by_hand():
    y_hat = Y + RNG(6).normal(size=Y.shape)
    F, F_hat, share = value(Y, W, X), value(y_hat, W, X), np.full(40, 1 / 40)
    sigmoid = 1 / (1 + np.exp(F_hat - F))
    near = (0.8 - (F_hat - F) > 0).astype(float)
    assert 0 < near.sum() < 40
    for options, expected, down, up in (
        ({}, F, 1.0, 0.0),
        ({"loss": "hinge", "margin": 0.8}, np.maximum(0, 0.8 - (F_hat - F)), near, -near),
        ({"loss": "log"}, np.log1p(np.exp(F - F_hat)), sigmoid, -sigmoid),
    ):
        contrast = {"y_hat": y_hat} if options else {}
        L, w_bar = r.loss_functional(LINE, Y, W, X, **options, **contrast)
        assert L == pytest.approx(expected.mean(), rel=1e-13)
        slope = adjoint(Y, W, X, down * share)[1] + adjoint(y_hat, W, X, up * share)[1]
        assert w_bar == pytest.approx(slope, rel=1e-12)
        found = r.learn(LINE, Y, W, X, steps=2, **options, **contrast)
        assert found.history["loss"][0] == L
        assert found.fun < L


def fits():
    rng, z = RNG(7), r.latent_grid(12)
    net = network_potential(r.mlp([3, 5, 1], "tanh"), spring=0.8, conditions=1)
    own = r.decoded(r.network_decoder(r.mlp([3, 4, 2], "tanh"), 1, 2), None, "squared", 0.3)
    features = r.feature_potential(r.mlp([2, 4], "tanh"), rng.normal(size=12), spring=0.4)
    return {
        "by hand": LINE,
        "shared": r.marginal(r.ellipse, z, 2.0, p=1 + np.cos(z) ** 2),
        "cold": r.marginal(r.ellipse, z, np.inf),
        "rule": r.marginal(r.ellipse, r.argmin_z, np.inf),
        "horn": r.marginal(r.horn, z, 0.7),
        "own": r.marginal(own, rng.normal(size=(40, 5, 2)), 1.3),
        "joint": r.joint(r.ellipse),
        "network": net,
        "features": features,
    }


@pytest.mark.parametrize("kind", fits())
def test_C16_one_pass_gives_what_value_and_adjoint_give(kind):
    F, rng = fits()[kind], RNG(8)
    y, w = 1.5 * rng.normal(size=(40, F.dim)), rng.normal(size=F.size)
    x = rng.uniform(size=(40, F.conditions)) if F.conditions else None
    for F_bar in (np.ones(40), rng.normal(size=40)):
        plain, (y_bar, w_bar, *_) = F.value(y, w, x), F.adjoint(y, w, x, F_bar)
        for found, expected in zip(
            (*F.value_and_slope(y, w, x, F_bar), *F.value_and_gradient(y, w, x, F_bar)),
            (plain, y_bar, plain, w_bar),
            strict=True,
        ):
            assert found == pytest.approx(expected, rel=1e-12, abs=1e-13 * np.abs(expected).max())
    assert F(y, w, x) == pytest.approx(plain, rel=1e-14)
    assert F.slope(y, w, x) == pytest.approx(F.adjoint(y, w, x, np.ones(40))[0], rel=1e-14)
    if kind != "own":  # whose latents belong to all of them
        one = None if x is None else x[0]
        assert F(y[0], w, one) == pytest.approx(plain[0], rel=1e-13)
        assert F.slope(y[0], w, one) == pytest.approx(F.slope(y, w, x)[0], rel=1e-12)


def test_C25_learning_takes_the_one_pass_that_is_given():
    calls = []

    def both(y, w, x, F_bar):
        calls.append(len(y))
        return value(y, w, x), adjoint(y, w, x, F_bar)[1]

    quick = r.Potential(refuse, refuse, 2, 6, conditions=3, gradient_pass=both)
    found, plain = (r.learn(F, Y, W, X) for F in (quick, LINE))
    assert np.array_equal(found.w, plain.w)
    assert calls == [40] * found.nfev


def refuse(*_):
    raise AssertionError


def test_W11_a_score_asks_for_no_energy():
    """Where F overflows, or is dear, its slope need not."""
    slope = r.Potential(refuse, lambda y, w, x, b: (b[:, None] * y, w), 2, 1)
    assert np.array_equal(r.score(slope, Y, [1.0]), -Y)
    assert np.array_equal(slope.slope(Y, [1.0]), Y)


def test_C25_a_start_is_the_models_own_or_missed_by_name():
    assert np.array_equal(r.start(LINE, Y, RNG(9), X), RNG(9).normal(size=6))
    for energy, x in ((r.ellipse, None), (r.horn, X[:, 0])):
        F = r.marginal(energy, r.argmin_z, np.inf)
        assert np.array_equal(r.start(F, Y, RNG(9), x), r.start(energy, Y, RNG(9), x))
    none = replace(LINE, start=None)
    for run in (lambda: r.start(none, Y, RNG(0), X), lambda: r.learn_from_starts(none, Y, RNG(0), X)):
        with pytest.raises(
            ValueError, match=r"^model: expected one that knows where to start, got one without a start"
        ):
            run()
    for wrong in (lambda *_: W[:2], lambda *_: W * np.nan, lambda *_: list(W)):
        with pytest.raises(ValueError, match=r"^start: expected a function that gives"):
            r.start(replace(LINE, start=wrong), Y, RNG(0), X)
    with pytest.raises(TypeError, match=r"^model: expected an Energy or a Potential, got 5"):
        r.start(5, Y, RNG(0))
    with pytest.raises(ValueError, match=r"^x: expected conditions of shape \(40, 3\), got None"):
        r.start(LINE, Y, RNG(0))


def test_only_a_potential_is_learned():
    for run in (
        lambda F: r.learn(F, Y, W),
        lambda F: r.loss_functional(F, Y, W),
        lambda F: r.learn_from_starts(F, Y, RNG(0)),
    ):
        with pytest.raises(TypeError, match=r"^F: expected a Potential, got Energy\("):
            run(r.ellipse)


@pytest.mark.parametrize("x", [None, X], ids=["without", "with conditions"])
def test_what_is_no_potential_is_refused_by_name(x):
    def made(**fields):
        return r.Potential(
            **{"value": lambda y, w, x: y[:, 0], "adjoint": lambda y, w, x, b: (y, w), "dim": 2, "size": 6} | fields
        )

    for name in ("value", "adjoint", "curvature", "start", "slope_pass", "gradient_pass"):
        with pytest.raises(TypeError, match=rf"^{name}: expected a function, got 5$"):
            made(**{name: 5})
    for wrong in (None, Y, (Y,), (Y, W, X, W), [Y, W]):
        with pytest.raises(ValueError, match=r"^adjoint: expected a function that gives 2 arrays, got"):
            r.loss_functional(made(adjoint=lambda *_, wrong=wrong: wrong), Y, W, x)
    three = made(adjoint=lambda *_: (Y, W, X))
    if x is None:
        with pytest.raises(ValueError, match=r"^adjoint: expected a function that gives 2 arrays, got"):
            r.loss_functional(three, Y, W)
    else:
        assert np.array_equal(r.loss_functional(three, Y, W, x)[1], W)


def test_N13_at_beta_0_there_is_a_free_energy_to_learn_but_no_likelihood_nor_samples():
    hot = replace(LINE, beta=0.0)
    assert r.learn(hot, Y, W, X).w == pytest.approx(BEST, abs=1e-6)
    flat = network_potential(r.mlp([2, 3, 1], "tanh"), beta=0.0, spring=1.0)
    w = RNG(10).normal(size=flat.size)
    assert r.predict(flat, Y, w, method="lbfgs").success
    for run in (
        lambda: r.negative_log_likelihood(flat, Y, w, Y),
        lambda: r.negative_log_likelihood_hessian(flat, Y, w, Y),
        lambda: r.likelihood_gradient(flat, Y, Y, w),
        lambda: r.learn_likelihood(flat, Y, w, Y),
        lambda: r.score(flat, Y, w),
        *(lambda m=m: r.sample(flat, Y, w, 5, 0.1, RNG(0), method=m) for m in ("langevin", "mala", "walk")),
    ):
        with pytest.raises(ValueError, match=r"^potential: expected a beta above 0, as at 0 P does not depend on it"):
            run()
    for beta in (-1.0, np.nan):
        with pytest.raises(ValueError, match=r"^beta: expected a number in \[0, inf\]"):
            replace(LINE, beta=beta)


def test_L6_random_features_with_a_spring():
    chain, rng = r.mlp([2, 4, 3], "tanh"), np.random.default_rng(0)
    u, w, y = rng.normal(size=chain.size), rng.normal(size=3), rng.normal(size=(5, 2))
    F, bare = (r.feature_potential(chain, u, spring=s) for s in (0.7, 0.0))
    assert F.conditions == bare.conditions == 0
    plain = r.feature_potential(chain, u)
    assert plain.beta == 1
    assert np.array_equal(plain(y, w), bare(y, w))
    assert F(y, w) == pytest.approx(bare(y, w) + 0.35 * np.square(y).sum(axis=1), rel=1e-14)
    assert F(y, 2 * w) - F(y, w) == pytest.approx(bare(y, w), rel=1e-12, abs=1e-14)
    h = 1e-30
    for i, e in enumerate(np.eye(2)):
        assert F.slope(y, w)[:, i] == pytest.approx(F(y + 1j * h * e, w).imag / h, rel=1e-13)
    second = np.array([F.slope(y + 1j * h * e, w).imag / h for e in np.eye(2)])
    assert second[0, :, 1] == pytest.approx(second[1, :, 0], rel=1e-11)


def test_L4_a_network_that_overflows_says_so():
    F = r.network_potential(r.mlp([2, 3, 3, 1]))
    y, w = np.ones((2, 2)), np.full(F.size, 1e149)
    for run in (lambda: F(y, w), lambda: F.adjoint(y, w, None, np.ones(2)), lambda: F.slope(y, w)):
        with pytest.raises(
            ValueError, match=r"^w: expected parameters at which nothing overflows, got one of size 1e\+149$"
        ):
            run()
