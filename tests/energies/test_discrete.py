"""Energies made by hand whose latent is one of finitely many: their free energies, the exhaustive rule, learning, refusals."""

from dataclasses import replace

import numpy as np
import pytest
from gradients import check_adjoint

import refebm as r

RNG = np.random.default_rng
BETA, HOT = 0.7, np.eye(3)  # one-hot latents


def centres(conditions=0):
    """``E = |y - x z M|^2`` with z one-hot and the rows of M, the centres, learned; x = 1 where there are no conditions."""

    def parts(y, z, w, x):
        M, scale = w.reshape(3, 2), 1 if x is None else x[:, None]
        return M, scale, y[:, None] - scale * (z @ M)

    def value(y, z, w, x):
        return np.square(parts(y, z, w, x)[2]).sum(axis=-1)

    def adjoint(y, z, w, x, E_bar):
        M, scale, gap = parts(y, z, w, x)
        down = 2 * E_bar[..., None] * gap
        z_bar = -scale * down @ M.T
        w_bar = -np.einsum("nkl,nkd->ld", np.broadcast_to(z, z_bar.shape), scale * down)
        x_bar = () if x is None else (-(down * (z @ M)).sum(axis=(1, 2))[:, None],)
        return down.sum(axis=1), z_bar.sum(axis=0, keepdims=True) if len(z) == 1 else z_bar, w_bar.ravel(), *x_bar

    def start(y, rng, x):
        return y[rng.choice(len(y), 3, replace=False)].ravel()

    return r.Energy(value, adjoint, dim=2, latent=3, size=6, conditions=conditions, latents=HOT, start=start)


CLUSTERS, GIVEN = centres(), centres(1)
M = np.array([[2.0, 0.0], [-1.0, 2.0], [-1.0, -2.0]])
Y = M[RNG(0).integers(3, size=60)] + 0.3 * RNG(1).normal(size=(60, 2))
X, W = RNG(2).normal(size=(60, 1)), RNG(3).normal(size=6)
E = np.square(Y[:, None] - W.reshape(3, 2)).sum(axis=2)


def bars(energy, y, z, w, *rest):
    """All adjoints but that of a latent, which has no neighbours."""
    y_bar, _, *others = energy.slopes(y, z, w, rest[-1], *rest[:-1])
    return y_bar, *others


@pytest.mark.parametrize("own", [False, True], ids=["shared", "own"])
def test_C5_an_energy_by_hand_and_its_slopes(own):
    label = RNG(4).integers(3, size=(60, 4) if own else 4)
    z = HOT[label]
    assert CLUSTERS(Y, z, W) == pytest.approx(np.take_along_axis(E, np.broadcast_to(label, (60, 4)), 1))
    assert CLUSTERS.slopes(Y, z, W, np.ones((60, 4)))[1].shape == z.shape
    for energy, x in ((CLUSTERS, ()), (GIVEN, (X,))):
        check_adjoint(
            lambda y, w, *x, energy=energy: energy(y, z, w, *x),
            lambda y, w, *rest, energy=energy: bars(energy, y, z, w, *rest),
            (Y, W, *x),
            RNG(5),
        )


@pytest.mark.parametrize("beta", [0.0, BETA, 50.0, np.inf])
def test_C10_the_free_energy_over_all_latents_by_hand(beta):
    F = r.marginal(CLUSTERS, CLUSTERS.latents, beta)
    p = np.array([0.5, 0.2, 0.3])
    for weights, prior in ((np.full(3, 1 / 3), None), (p, p)):
        if beta in (0.0, np.inf):
            expected = E @ weights if beta == 0 else E.min(axis=1)
        else:
            expected = -np.log(np.exp(-beta * E) @ weights) / beta
        found = r.free_energy(CLUSTERS, Y, CLUSTERS.latents, W, beta, p=prior)
        assert found == pytest.approx(expected, rel=1e-12)
    assert F(Y, W) == pytest.approx(r.softmin(E, beta, axis=1), rel=1e-12)
    q = r.gibbs_weights(CLUSTERS, Y, HOT, W, beta)
    assert q == pytest.approx(r.softargmin(E, beta, axis=1), rel=1e-12)
    y_bar, w_bar = F.adjoint(Y, W, None, np.ones(60))
    gap = Y[:, None] - W.reshape(3, 2)
    assert y_bar == pytest.approx(2 * np.einsum("nk,nkd->nd", q, gap), rel=1e-11, abs=1e-12)
    assert w_bar.reshape(3, 2) == pytest.approx(-2 * np.einsum("nk,nkd->kd", q, gap), rel=1e-11, abs=1e-12)


@pytest.mark.parametrize("n", [1, 60, 60_000])  # the last in several tiles
def test_C7_exhaustion_finds_the_least_and_the_first_of_equals(n):
    y, x = np.resize(Y, (n, 2)), np.resize(X, (n, 1))
    for energy, given in ((CLUSTERS, None), (GIVEN, x)):
        scale = 1 if given is None else given[:, None]
        least = np.square(y[:, None] - scale * W.reshape(3, 2)).sum(axis=2)
        z = r.exhaustive(energy, y, W, given)
        assert z.shape == (n, 1, 3)
        assert np.array_equal(z[:, 0], HOT[least.argmin(axis=1)])
        assert r.free_energy(energy, y, r.exhaustive, W, np.inf, given) == pytest.approx(least.min(axis=1), rel=1e-14)
    assert np.array_equal(r.exhaustive(CLUSTERS, np.zeros((1, 2)), np.tile([1.0, 0.0], 3))[0, 0], HOT[0])
    assert np.array_equal(r.gibbs_weights(CLUSTERS, [0.0, 0.0], HOT, np.tile([1.0, 0.0], 3), np.inf), np.full(3, 1 / 3))


def test_C25_learning_by_exhaustion_ends_with_centres_that_are_means():
    found = r.learn_from_starts(r.marginal(CLUSTERS, r.exhaustive, np.inf), Y, RNG(6))
    label = r.exhaustive(CLUSTERS, Y, found.w)[:, 0].argmax(axis=1)
    means = np.array([Y[label == k].mean(axis=0) for k in range(3)])
    assert found.success
    assert found.w.reshape(3, 2) == pytest.approx(means, abs=1e-7)
    assert found.fun == pytest.approx(np.square(Y - means[label]).sum(axis=1).mean(), rel=1e-12)
    assert np.abs(np.sort(means, axis=0) - np.sort(M, axis=0)).max() < 0.3
    # warm: each centre is the mean that the Gibbs weights give
    warm = r.learn(r.marginal(CLUSTERS, HOT, BETA), Y, found.w)
    q = r.gibbs_weights(CLUSTERS, Y, HOT, warm.w, BETA)
    assert warm.success
    assert warm.w.reshape(3, 2) == pytest.approx(q.T @ Y / q.sum(axis=0)[:, None], abs=1e-6)
    batches = r.learn(
        r.marginal(CLUSTERS, r.exhaustive, np.inf), Y, found.w + 0.3, method="adam", batch=10, steps=300, rng=RNG(7)
    )
    assert batches.w == pytest.approx(found.w, abs=0.02)


def test_C7_searches_and_rules_that_do_not_fit_are_refused():
    for method in ("grid", "lbfgs", "cg"):
        with pytest.raises(
            ValueError, match=r"^energy: expected latents that are real numbers, got a finite set of them"
        ):
            r.search(CLUSTERS, Y, W, method=method, rng=RNG(0))
    with pytest.raises(ValueError, match=r"^energy: expected one with a finite set of latents, got one without"):
        r.exhaustive(r.ellipse, Y, [2.0, 1.5])
    with pytest.raises(ValueError, match=r"^energy: expected one with a finite set of latents"):
        r.learn(r.marginal(r.ellipse, r.exhaustive, np.inf), Y, [2.0, 1.5])
    with pytest.raises(ValueError, match=r"^energy: expected an ellipse or a horn"):
        r.marginal(CLUSTERS, r.argmin_z, np.inf)(Y, W)
    with pytest.raises(TypeError, match=r"^energy: expected an Energy, got 5"):
        r.exhaustive(5, Y, W)


def test_C7_a_latent_that_is_none_of_them_is_refused_whoever_gives_it():
    words = r"^z: expected some of the 3 latents that there are, got 1 others$"
    strange = np.array([HOT[0], [0.5, 0.5, 0.0]])
    for run in (
        lambda: CLUSTERS(Y, strange, W),
        lambda: CLUSTERS.slopes(Y, strange, W, np.ones((60, 2))),
        lambda: r.marginal(CLUSTERS, strange, BETA),
        lambda: r.gibbs_weights(CLUSTERS, Y, strange, W, BETA),
        lambda: r.free_energy(CLUSTERS, Y[:1], lambda *_: strange[None, 1:], W, BETA),
        lambda: r.learn(r.marginal(CLUSTERS, lambda *_: strange[None, 1:], BETA), Y, W),
    ):
        with pytest.raises(ValueError, match=words):
            run()
    some = -0.0 + HOT[[2, 0]] * [1, -0.0, 1]  # some of them, in another order, zeros of either sign
    for energy in (CLUSTERS, made(latents=-(0.0 - HOT))):  # their own zeros too
        assert np.array_equal(energy(Y, some, W), E[:, [2, 0]])
    with pytest.raises(ValueError, match="read-only"):
        CLUSTERS.latents[0] = 7


def made(**fields):
    given = {"value": CLUSTERS.value, "adjoint": CLUSTERS.adjoint, "dim": 2, "latent": 3, "size": 6} | fields
    return r.Energy(**given)


def test_C5_what_is_no_energy_is_refused_by_name():
    for words, run in (
        ("value: expected a function, got 5", lambda: made(value=5)),
        ("adjoint: expected a function, got None", lambda: made(adjoint=None)),
        *(
            (f"{name}: expected a function, got 5", lambda n=name: made(**{n: 5}))
            for name in ("start", "slack", "fast")
        ),
        ("dim: expected at least 1, got 0", lambda: made(dim=0)),
        ("latent: expected at least 1, got 0", lambda: made(latent=0)),
        (r"latents: expected shape \(K, 3\), got \(3, 2\)", lambda: made(latents=HOT[:, :2])),
        ("latents: expected no NaN", lambda: made(latents=HOT * np.nan)),
        (r"value: .* real floats of shape \(60, 3\), got", lambda: made(value=lambda y, z, w, x: y)(Y, HOT, W)),
        (r"value: .* real floats of shape \(60, 3\), got", lambda: made(value=lambda y, z, w, x: E + 0j)(Y, HOT, W)),
        (
            "adjoint: expected a function that gives 3 arrays",
            lambda: made(adjoint=lambda y, z, w, x, b: (y, z)).slopes(Y, HOT, W, E),
        ),
        (
            r"adjoint: .* real floats of shape \(1, 3, 3\), got",
            lambda: made(adjoint=lambda y, z, w, x, b: (y, z[0], w)).slopes(Y, HOT, W, E),
        ),
        (
            "w: expected parameters at which nothing overflows",
            lambda: made(value=lambda y, z, w, x: E * np.inf)(Y, HOT, W),
        ),
        (r"z: expected latents of shape \(k, 3\) or \(n, k, 3\) with n = 60", lambda: CLUSTERS(Y, HOT[:, :2], W)),
    ):
        with pytest.raises((TypeError, ValueError), match=f"^{words}"):
            run()

    def writes(y, z, w, x):
        y[:] = 0

    with pytest.raises(ValueError, match="read-only"):
        made(value=writes)(Y, HOT, W)


def test_C7_a_rule_gives_real_latents():
    F = r.marginal(r.ellipse, lambda energy, y, w, x: np.zeros((len(y), 1, 1)) + 1e-3j, np.inf)
    with pytest.raises(TypeError, match=r"^z: expected real numbers, got"):
        r.learn(F, Y, [1.0, 2.0])


def test_C13_a_potential_with_another_value_is_that_values():
    """What `dataclasses.replace` changes is changed in the passes that are made of it."""
    F = r.network_potential(r.mlp([2, 1]), spring=1.0)
    other = replace(F, value=lambda y, w, x: 100 + 0 * y[:, 0])
    assert r.loss_functional(other, Y, np.ones(3))[0] == pytest.approx(100, rel=1e-14)
    assert other.value_and_slope(Y, np.ones(3), None, np.ones(60))[0] == pytest.approx(np.full(60, 100.0), rel=0)


@pytest.mark.parametrize("which", [0, 1, 2])
def test_C5_a_slope_that_overflows_is_named(which):
    def adjoint(y, z, w, x, E_bar):
        bars = [0 * y, 0 * z, 0 * w]
        bars[which] += np.inf
        return tuple(bars)

    with (
        pytest.raises(ValueError, match=r"^w: expected parameters at which nothing overflows"),
        np.errstate(all="ignore"),
    ):
        made(adjoint=adjoint, latents=None).slopes(Y, HOT, W, E)


def test_C7_slopes_at_the_latents_of_a_rule_have_their_shape():
    z_bar = CLUSTERS.slopes(Y, r.exhaustive, W, np.ones((60, 1)))[1]
    assert z_bar.shape == (60, 1, 3)
    z = r.exhaustive(CLUSTERS, Y, W)
    assert np.array_equal(z_bar, CLUSTERS.slopes(Y, z, W, np.ones((60, 1)))[1])


def test_L2_joint_knows_its_conditions():
    F = r.joint(GIVEN, 2.0)
    assert F.conditions == 1
    with pytest.raises(ValueError, match=r"^x: expected conditions of shape \(60, 1\), got None"):
        F(np.hstack([Y, np.tile(HOT[0], (60, 1))]), W)
