"""Probabilistic PCA: its closed form against quadrature over the latent, SciPy's density, and Tipping and Bishop's solution."""

import numpy as np
import pytest
from gradients import check_adjoint
from scipy import stats

import refebm as r

RNG = np.random.default_rng
Y = RNG(0).normal(size=(200, 4)) * [3, 2, 1, 0.4] @ np.linalg.qr(RNG(1).normal(size=(4, 4)))[0]

# good arguments, for test_arguments.py
GOOD = {"probabilistic_pca": {"dim": 3, "latent": 2, "beta": 1.5}}


@pytest.mark.parametrize("beta", [0.05, 0.5, 2.0])
def test_N5_it_is_pcas_free_energy_with_a_normal_latent(beta):
    """The latent integrated by Gauss's rule: the nodes are the latents, the rule's weights the prior."""
    W = 0.4 * RNG(2).normal(size=(4, 2))
    nodes, weights = r.gauss_hermite(60, 2)
    y = Y[:9] / 3
    truth = r.free_energy(r.pca(4, 2), y, nodes, W.ravel(), beta, p=weights)
    assert r.probabilistic_pca(4, 2, beta)(y, W.ravel()) == pytest.approx(truth, rel=1e-9)


@pytest.mark.parametrize("beta", [1e-3, 0.5, 7.0, 1e3])
@pytest.mark.parametrize("latent", [1, 3, 5])
def test_N5_its_density_is_normal(beta, latent):
    W = RNG(3).normal(size=(4, latent))
    F = r.probabilistic_pca(4, latent, beta)
    log_p = stats.multivariate_normal(np.zeros(4), W @ W.T + np.eye(4) / (2 * beta)).logpdf(Y)
    expected = -(log_p + 2 * np.log(np.pi / beta)) / beta  # e^(-beta |y - W z|^2) is a density times (pi/beta)^(d/2)
    assert F(Y, W.ravel()) == pytest.approx(expected, rel=1e-10)


def test_N5_probabilistic_adjoint():
    rng = RNG(4)
    for latent in (1, 2, 6):
        F = r.probabilistic_pca(4, latent, 0.7)
        check_adjoint(
            lambda y, w, F=F: F.value(y, w, None),
            lambda y, w, F_bar, F=F: F.adjoint(y, w, None, F_bar),
            (Y[:5], rng.normal(size=F.size)),
            rng,
        )


def test_N5_cold_it_is_pca():
    W = RNG(5).normal(size=(4, 2))
    cold = r.pca_free_energy(Y, W)
    gaps = [np.abs(r.probabilistic_pca(4, 2, beta)(Y, W.ravel()) - cold).max() for beta in (1e2, 1e4, 1e6)]
    assert gaps[0] > gaps[1] > gaps[2]
    assert gaps[2] < 1e-4


@pytest.mark.parametrize("beta", [0.2, 1.0, 10.0])
@pytest.mark.parametrize("latent", [1, 2, 3])
def test_N5_learning_finds_tipping_and_bishops_solution(latent, beta):
    """W W^T = U (Lambda - tau)_+ U^T of the largest eigenvalues, from any start; directions below the noise are not used."""
    lam, U = np.linalg.eigh(Y.T @ Y / 200)
    lam, U, tau = lam[::-1], U[:, ::-1], 1 / (2 * beta)
    kept = np.clip(lam[:latent] - tau, 0, None)
    F = r.probabilistic_pca(4, latent, beta)
    c = np.concatenate([kept + tau, np.full(4 - latent, tau)])
    for seed in range(3):
        found = r.learn(F, Y, r.start(F, Y, RNG(seed)))
        W = found.w.reshape(4, latent)
        assert pytest.approx((U[:, :latent] * kept) @ U[:, :latent].T, abs=2e-4) == W @ W.T
        assert found.fun == pytest.approx(tau * (lam / c + np.log(c / tau)).sum(), rel=1e-8)
    if beta == 0.2 and latent == 3:
        assert kept[2] == 0  # one of the three is noise


def test_N5_start_is_of_the_datas_size():
    F = r.probabilistic_pca(4, 100)
    assert r.start(F, 1e3 * Y, RNG(0)).std() == pytest.approx(1e3 * np.sqrt(np.square(Y).mean()), rel=0.2)
    with pytest.raises(ValueError, match=r"^beta: expected a finite number above 0, got inf"):
        r.probabilistic_pca(4, 2, np.inf)
    with pytest.raises(ValueError, match=r"^w: expected columns that the noise can tell apart, got some that"):
        r.probabilistic_pca(4, 2, 1e20)(Y, np.ones(8))
    with pytest.raises(ValueError, match=r"^w: expected parameters at which nothing overflows"):
        r.probabilistic_pca(4, 2, 1e149)(Y, RNG(0).normal(size=8) * 1e149)
