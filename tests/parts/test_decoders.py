"""Decoders, regularisers, and the energies made of them: energies II and III, gradients in x, y, z and every parameter."""

import pickle

import numpy as np
import pytest
from gradients import check_adjoint
from hypothesis import given, settings
from hypothesis import strategies as st

import refebm as r
from refebm import (
    circle_decoder,
    decoded,
    ellipse,
    free_energy,
    free_energy_and_adjoint,
    horn,
    latent_grid,
    mlp,
    network_decoder,
)
from refebm.models.ellipse_energy import ellipse_decoder, ellipse_decoder_adjoint
from refebm.parts.chains import states
from refebm.parts.costs import l1_norm, l1_norm_adjoint, squared_norm, squared_norm_adjoint
from refebm.parts.decoders import network, network_adjoint

RNG = np.random.default_rng
N, K = 3, 4
Y, X = RNG(0).normal(size=(N, 2)), RNG(1).uniform(0.1, 1, (N, 1))
TANH = mlp([1, 5, 2], "tanh")

ENERGIES = {
    "C27 horn, smooth": decoded(circle_decoder(), TANH),
    "C28 energy II": decoded(network_decoder(mlp([3, 4, 2], "softplus"), code=2), TANH),
    "C29 energy III": decoded(network_decoder(mlp([5, 4, 2], "tanh"), code=2, latent=3), TANH, "squared", 0.7),
    "C29 with L1": decoded(network_decoder(mlp([4, 4, 2], "tanh"), code=2, latent=2), TANH, "l1", 0.3),
    "no predictor": decoded(network_decoder(mlp([3, 4, 2], "tanh"), code=1, latent=2), None, "squared", 2.0),
    "scalar with R": decoded(network_decoder(mlp([2, 4, 2], "tanh"), code=1), None, "squared", 0.4),
}


def latents(energy, own, seed=2):
    return RNG(seed).uniform(0.2, 2, (*((N, K) if own else (K,)), energy.latent))


@pytest.mark.parametrize("own", [False, True], ids=["shared", "own"])
@pytest.mark.parametrize("name", ENERGIES)
def test_C28_C29_energy_adjoint(name, own):
    energy = ENERGIES[name]
    z, w = latents(energy, own), RNG(3).normal(size=energy.size)
    if energy.boxes.predictor is None:
        check_adjoint(energy, energy.slopes, [Y, z, w], RNG(4), directions=1)
    else:
        check_adjoint(
            lambda y, z, w, x: energy(y, z, w, x),
            lambda y, z, w, x, bar: energy.slopes(y, z, w, bar, x),
            [Y, z, w, X],
            RNG(4),
            directions=1,
            complex_step=energy.boxes.regulariser != "l1",
        )


@pytest.mark.parametrize("beta", [0.0, 0.8, np.inf])
@pytest.mark.parametrize("name", ENERGIES)
def test_C28_C29_free_energy_adjoint(name, beta):
    energy = ENERGIES[name]
    z, w = latents(energy, False), RNG(3).normal(size=energy.size)
    arguments = [Y, w] if energy.boxes.predictor is None else [Y, w, X]
    check_adjoint(
        lambda y, w, *x: free_energy(energy, y, z, w, beta, *x),
        lambda y, w, *rest: free_energy_and_adjoint(energy, y, z, w, beta, rest[-1], *rest[:-1])[1:],
        arguments,
        RNG(4),
        directions=1,
    )


@pytest.mark.parametrize("name", ENERGIES)
def test_C28_C29_the_energy_is_the_sum_of_its_parts(name):
    energy = ENERGIES[name]
    z, w = latents(energy, False), RNG(3).normal(size=energy.size)
    w_f, w_g = energy.boxes.packing.split(w)
    E = energy(Y, z, w, None if energy.boxes.predictor is None else X)
    for n in range(N):
        h = w_f
        if energy.boxes.predictor is not None:
            (W1, b1), _, (W2, b2) = energy.boxes.predictor.parameters(w_f)
            h = W2 @ np.tanh(W1 @ X[n] + b1) + b2
        for k in range(K):
            if energy.boxes.decoder.chain is None:
                g = h * [np.cos(z[k, 0]), np.sin(z[k, 0])]
            else:
                (V1, c1), act, (V2, c2) = energy.boxes.decoder.chain.parameters(w_g)
                act = energy.boxes.decoder.chain.stages[1].forward
                g = V2 @ act(V1 @ np.append(h, z[k]) + c1) + c2
            R = {"squared": np.sum(z[k] ** 2), "l1": np.abs(z[k]).sum(), None: 0.0}[energy.boxes.regulariser]
            assert E[n, k] == pytest.approx(np.sum((Y[n] - g) ** 2) + energy.boxes.strength * R, rel=1e-13)


def test_C27_the_ellipse_is_the_horn_with_a_constant_code():
    chain = mlp([1, 2])
    constant = decoded(circle_decoder(), chain)
    w = np.array([0.0, 0.0, 1.5, 2.0])  # weights 0, biases the radii
    z = latent_grid()
    assert np.array_equal(constant(Y, z, w, X), ellipse(Y, z, w[2:]))
    a = free_energy_and_adjoint(constant, Y, z, w, 1.3, x=X)
    b = free_energy_and_adjoint(ellipse, Y, z, w[2:], 1.3)
    assert a[1] == pytest.approx(b[1], rel=1e-14)
    assert a[2][2:] == pytest.approx(b[2], rel=1e-13)


def test_C27_decoder_adjoint_with_own_codes():
    h = RNG(5).normal(size=(N, 2))
    for z in (RNG(6).uniform(0, 6, K), RNG(6).uniform(0, 6, (N, K))):
        check_adjoint(ellipse_decoder, ellipse_decoder_adjoint, [z, h], RNG(7))


@pytest.mark.parametrize("latent", [1, 2])
@pytest.mark.parametrize("shared_code", [False, True])
@pytest.mark.parametrize("own", [False, True])
def test_C28_network_adjoint(latent, shared_code, own):
    chain = mlp([3 + latent, 4, 2], "tanh")
    h, z = RNG(5).normal(size=(1 if shared_code else N, 3)), RNG(6).normal(size=(N if own else 1, K, latent))
    check_adjoint(
        lambda z, h, w: network(z, h, w, chain),
        lambda z, h, w, bar: network_adjoint(z, h, w, bar, chain),
        [z, h, RNG(7).normal(size=chain.size)],
        RNG(8),
        directions=1,
    )


def test_C29_regularisers():
    z = RNG(0).normal(size=(3, 4, 2))
    check_adjoint(squared_norm, squared_norm_adjoint, [z], RNG(1))
    check_adjoint(l1_norm, l1_norm_adjoint, [z], RNG(1), complex_step=False)
    assert np.array_equal(l1_norm_adjoint(np.array([[-2.0, 0.0]]), np.ones(1)), [[-1.0, 0.0]])  # 0 at the kink


def test_C29_a_regulariser_is_a_prior():
    # a linear decoder g = z with R = r |z|^2: F_inf = r/(1+r) |y|^2, and at finite beta F is that plus a constant of y
    chain = mlp([3, 2])
    energy = decoded(network_decoder(chain, code=1, latent=2), None, "squared", 0.5)
    w = np.concatenate([[0.0], np.array([[0, 1, 0], [0, 0, 1]]).ravel(), [0, 0]])
    axis = np.linspace(-8, 8, 161)
    z = np.stack(np.meshgrid(axis, axis), -1).reshape(-1, 2)
    y = RNG(0).normal(size=(6, 2))
    F = free_energy(energy, y, z, w, 2.0)
    assert np.ptp(F - np.square(y).sum(1) * 0.5 / 1.5) < 1e-9


def test_C27_shapes_of_conditions():
    w, z = RNG(3).normal(size=horn.size), latent_grid(5)
    E = horn(Y, z, w, X)
    assert np.array_equal(horn(Y, z, w, X[:, 0]), E)
    for x in (X[1, 0], X[1], X[1:2]):
        assert horn(Y[1], z, w, x) == pytest.approx(E[1], rel=1e-14)
    for x in (0.3, [0.3], [[0.3]], X.T, np.ones((3, 2)), np.ones((4, 1)), np.ones((3, 1, 1))):
        with pytest.raises(ValueError, match=r"x: expected one condition for each observation, shape \(3, 1\), got"):
            horn(Y, z, w, x)
    wide = decoded(circle_decoder(), mlp([2, 2]))
    x = RNG(4).normal(size=(3, 2))
    assert wide(Y[0], z, np.ones(wide.size), x[0]).shape == (5,)
    for bad in (x[:, 0], x.T, x[:2], x[:, :1]):
        with pytest.raises(ValueError, match=r"shape \(3, 2\), got"):
            wide(Y, z, np.ones(wide.size), bad)


def test_C28_errors():
    with pytest.raises(ValueError, match=r"chain: expected 3 inputs \(code and latent\), got 4"):
        network_decoder(mlp([4, 2]), code=2)
    with pytest.raises(ValueError, match="predictor: expected 2 outputs, the decoder's code, got 3"):
        decoded(circle_decoder(), mlp([1, 3]))
    with pytest.raises(ValueError, match="regulariser: expected one of squared, l1, got 'l2'"):
        decoded(circle_decoder(), regulariser="l2")
    with pytest.raises(ValueError, match=r"x: expected conditions of shape \(3, 1\), got None"):
        horn(Y, latent_grid(), np.zeros(horn.size))
    with pytest.raises(ValueError, match="x: expected None, as there are no conditions, got "):
        ellipse(Y, latent_grid(), [1.0, 2.0], X)
    with pytest.raises(ValueError, match=r"x: expected one condition for each observation, shape \(3, 1\), got \(2,\)"):
        horn(Y, latent_grid(), np.zeros(horn.size), [0.0, 1.0])
    energy = ENERGIES["C29 energy III"]
    with pytest.raises(
        ValueError, match=r"z: expected latents of shape \(k, 3\) or \(n, k, 3\) with n = 3 observations, got \(4,\)"
    ):
        energy(Y, np.zeros(4), np.zeros(energy.size), X)


@settings(max_examples=15)
@given(st.sampled_from(sorted(ENERGIES)), st.floats(0.0, 20.0), st.integers(0, 2**32))
def test_C28_C29_free_energy_adjoint_anywhere(name, beta, seed):
    energy, rng = ENERGIES[name], RNG(seed)
    z, w = latents(energy, False, seed), rng.normal(size=energy.size)
    arguments = [3 * rng.normal(size=(2, 2)), w] + ([] if energy.boxes.predictor is None else [rng.normal(size=(2, 1))])
    check_adjoint(
        lambda y, w, *x: free_energy(energy, y, z, w, beta, *x),
        lambda y, w, *rest: free_energy_and_adjoint(energy, y, z, w, beta, rest[-1], *rest[:-1])[1:],
        arguments,
        rng,
        directions=1,
        size=1.0,
    )


@pytest.mark.parametrize("energy", [ellipse, horn, *ENERGIES.values()])
def test_energies_can_be_pickled(energy):
    again = pickle.loads(pickle.dumps(energy))
    x = None if energy.boxes.predictor is None else X
    z, w = latents(energy, False), RNG(3).normal(size=energy.size)
    assert np.array_equal(again(Y, z, w, x), energy(Y, z, w, x))


def test_C27_a_decoder_starts_at_the_mean_of_the_data():
    energy = decoded(r.network_decoder(r.mlp([3, 5, 2], "tanh"), code=2))
    y = np.random.default_rng(1).normal(size=(20, 2)) + [3.0, -1.0]
    w = r.start(energy, y, np.random.default_rng(5))
    assert w[:2] == pytest.approx(np.sqrt(2 * np.square(y).mean(axis=0)), rel=1e-15)
    seen = np.random.default_rng(5).normal(size=(20, 3))
    out = states(energy.boxes.decoder.chain, seen, w[2:])[-1]
    assert out.mean(axis=0) == pytest.approx(y.mean(axis=0), rel=1e-13)
    assert np.ptp(out, axis=0).min() > 0.1
