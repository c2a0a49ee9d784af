"""The Gaussian mixture: a free energy that is minus a log density; EM as alternating descent of the variational free energy."""

import numpy as np
import pytest
from gradients import check_adjoint
from scipy import stats
from scipy.special import logsumexp

import refebm as r

RNG = np.random.default_rng
MU = np.array([[0.0, 1.0], [2.0, -1.0], [-3.0, 0.5]])
S = np.array([[[1.0, 0.6], [0.6, 0.8]], [[0.3, -0.1], [-0.1, 2.0]], [[1.5, 0.0], [0.0, 0.2]]])
PI = np.array([0.2, 0.5, 0.3])
MODEL = r.mixture(2, 3)
F = r.marginal(MODEL, MODEL.latents, 1.0)
W = MODEL.boxes.parameters(MU, S, PI)

# good arguments, for test_arguments.py
ARRAYS = {"y": np.array([[0.3, 1.2], [-1.0, 0.4]]), "mu": MU, "S": S, "pi": PI}
GOOD = {
    "mixture": {"dim": 2, "clusters": 3},
    "gmm_free_energy": {**ARRAYS, "beta": 1.0},
    "gmm_free_energy_adjoint": {**ARRAYS, "F_bar": [1.0, 2.0], "beta": 1.0},
    "gmm_responsibilities": {**ARRAYS, "beta": 1.0},
    "em_step": {**ARRAYS, "beta": 1.0},
}


def observations(n, seed=0, mu=MU, cov=S, pi=PI):
    rng = RNG(seed)
    k = rng.choice(len(pi), n, p=pi)
    return np.array([rng.multivariate_normal(mu[i], cov[i]) for i in k])


def log_joint(y, mu=MU, cov=S, pi=PI):
    """SciPy's log(pi_k N(y; mu_k, S_k))."""
    parts = zip(mu, cov, pi, strict=True)
    return np.stack([np.log(p) + np.atleast_1d(stats.multivariate_normal(m, s).logpdf(y)) for m, s, p in parts], axis=1)


Y = observations(60)


def test_N6_free_energy_is_minus_the_log_density():
    """Once as a function of the arrays, once as the marginal of the energy, whose mean over K is a prior 1/K."""
    truth = -logsumexp(log_joint(Y), axis=1)
    assert r.gmm_free_energy(Y, MU, S, PI) == pytest.approx(truth, rel=1e-12)
    assert r.gmm_free_energy(Y[0], MU, S, PI) == pytest.approx(truth[0], rel=1e-12)
    assert F(Y, W) == pytest.approx(truth, rel=1e-12)
    # the same with the weights as a prior in softmin, and without: two ways to count, one density
    E = -log_joint(Y, pi=np.ones(3))
    assert r.softmin(E, 1.0, p=PI) == pytest.approx(truth, rel=1e-12)
    assert MODEL(Y, MODEL.latents, W) == pytest.approx(-log_joint(Y) - np.log(3), rel=1e-12)


def test_N6_its_density_integrates_to_1():
    found = r.integrate(lambda y: F(y, W), 1.0, [(-12, 12), (-14, 14)], tol=1e-8)
    assert found.success
    assert found.log_z == pytest.approx(0, abs=1e-8)


def test_N6_responsibilities_are_bayes_rule():
    f = log_joint(Y)
    truth = np.exp(f - logsumexp(f, axis=1, keepdims=True))
    assert r.gmm_responsibilities(Y, MU, S, PI) == pytest.approx(truth, rel=1e-11)
    assert r.gmm_responsibilities(Y[0], MU, S, PI) == pytest.approx(truth[0], rel=1e-11)
    assert r.gibbs_weights(MODEL, Y, MODEL.latents, W, 1.0) == pytest.approx(truth, rel=1e-11)
    far = r.gmm_responsibilities([[1e4, -1e4]], MU, S, PI)
    assert far.sum() == pytest.approx(1, rel=1e-14)


@pytest.mark.parametrize("beta", [0.0, 0.3, 1.0, 4.0, np.inf])
def test_N6_other_temperatures(beta):
    E = -log_joint(Y) - np.log(3)
    assert r.gmm_free_energy(Y, MU, S, PI, beta) == pytest.approx(r.softmin(E, beta), rel=1e-11)
    assert r.gmm_responsibilities(Y, MU, S, PI, beta) == pytest.approx(r.softargmin(E, beta), rel=1e-10)
    check_adjoint(
        lambda y, mu: r.gmm_free_energy(y, mu, S, PI, beta),
        lambda y, mu, F_bar: r.gmm_free_energy_adjoint(y, mu, S, PI, F_bar, beta)[:2],
        (Y[:4], MU),
        RNG(1),
        complex_step=False,
    )


def test_N6_energy_adjoint():
    rng = RNG(2)
    w = W + 0.3 * rng.normal(size=W.size)
    for shape in ((1, 4, 3), (5, 2, 3)):
        check_adjoint(
            lambda y, z, w: MODEL.value(y, z, w, None),
            lambda y, z, w, E_bar: MODEL.adjoint(y, z, w, None, E_bar),
            (Y[:5], rng.normal(size=shape), w),
            rng,
        )
    check_adjoint(lambda y, w: F.value(y, w, None), lambda y, w, b: F.adjoint(y, w, None, b), (Y[:5], w), rng)


def test_N6_adjoint_in_means_covariances_and_weights():
    """S moves by symmetric matrices, made of any A; the weights each by itself, which SciPy's formula can."""
    rng = RNG(3)

    def adjoint_in_S(A, F_bar):
        S_bar = r.gmm_free_energy_adjoint(Y[:4], MU, S + A + A.swapaxes(1, 2), PI, F_bar)[2]
        return S_bar + S_bar.swapaxes(1, 2)

    check_adjoint(
        lambda A: r.gmm_free_energy(Y[:4], MU, S + A + A.swapaxes(1, 2), PI),
        adjoint_in_S,
        (0.01 * rng.normal(size=(3, 2, 2)),),
        rng,
        complex_step=False,
    )
    check_adjoint(
        lambda y, mu: r.gmm_free_energy(y, mu, S, PI),
        lambda y, mu, F_bar: r.gmm_free_energy_adjoint(y, mu, S, PI, F_bar)[:2],
        (Y[:4], MU),
        rng,
        complex_step=False,
    )
    f = log_joint(Y[:4], pi=np.ones(3))
    check_adjoint(
        lambda pi: -np.log(np.exp(f) @ pi),
        lambda pi, F_bar: r.gmm_free_energy_adjoint(Y[:4], MU, S, PI, F_bar)[3],
        (PI,),
        rng,
    )
    single = r.gmm_free_energy_adjoint(Y[0], MU, S, PI, 2.0)
    rows = r.gmm_free_energy_adjoint(Y[:1], MU, S, PI, [2.0])
    for one, row in zip(single, rows, strict=True):
        assert np.array_equal(one, row.reshape(one.shape))


def test_N6_parameters_and_arrays_are_each_others_inverse():
    for back, there in zip(MODEL.boxes.arrays(W), (MU, S, PI), strict=True):
        assert back == pytest.approx(there, rel=1e-13, abs=1e-15)
    assert MODEL.size == W.size == 3 * 2 + 3 * 3 + 3
    assert not any(np.shares_memory(back, W) for back in MODEL.boxes.arrays(W))
    moved = W + np.concatenate([np.zeros(15), np.full(3, 1000.0)])  # a constant on the logarithms of the weights
    assert F(Y, moved) == pytest.approx(F(Y, W), rel=1e-11)


# --- EM


def variational(y, q, mu, S, pi, beta=1.0):
    """<E>_q + KL(q || 1/K)/beta, in the mean over the data: the energies are SciPy's."""
    return r.variational_free_energy(-log_joint(y, mu, S, pi) - np.log(len(pi)), q, beta).mean()


@pytest.mark.parametrize("beta", [1.0, 0.4, 3.0])
@pytest.mark.parametrize("seed", range(4))
def test_N6_em_is_alternating_descent_that_never_rises(seed, beta):
    """L13, L15: the responsibilities make the bound tight, the new arrays make it lower."""
    y = observations(80, seed)
    arrays = MODEL.boxes.arrays(r.start(F, y, RNG(seed)))
    last = np.inf
    for _ in range(40):
        q = r.gmm_responsibilities(y, *arrays, beta)
        tight = r.gmm_free_energy(y, *arrays, beta).mean()
        assert variational(y, q, *arrays, beta) == pytest.approx(tight, rel=1e-12)
        new = r.em_step(y, *arrays, beta)
        lower = variational(y, q, *new, beta)
        assert tight <= last + 1e-13 * abs(last)
        assert lower <= tight + 1e-13 * abs(tight)
        # and no other arrays near the new ones are lower still: each is the best for this q
        for other in range(4):
            rng = RNG(other)
            A = 0.05 * rng.normal(size=S.shape)
            pi = new[2] * np.exp(0.05 * rng.normal(size=3))
            for moved in (
                (new[0] + 0.05 * rng.normal(size=MU.shape), *new[1:]),
                (new[0], new[1] + A @ A.swapaxes(1, 2), new[2]),
                (*new[:2], pi / pi.sum()),
            ):
                assert variational(y, q, *moved, beta) > lower
        arrays, last = new, lower
    assert last < r.gmm_free_energy(y, *MODEL.boxes.arrays(r.start(F, y, RNG(seed))), beta).mean()


def test_N6_one_em_step_in_sums():
    mu, cov, pi = r.em_step(Y, MU, S, PI)
    f = log_joint(Y)
    q = np.exp(f - logsumexp(f, axis=1, keepdims=True))
    for k in range(3):
        N = q[:, k].sum()
        m = sum(q[n, k] * Y[n] for n in range(60)) / N
        assert mu[k] == pytest.approx(m, rel=1e-12)
        assert cov[k] == pytest.approx(sum(q[n, k] * np.outer(Y[n] - m, Y[n] - m) for n in range(60)) / N, rel=1e-11)
        assert pi[k] == pytest.approx(N / 60, rel=1e-12)
        assert np.array_equal(cov[k], cov[k].T)
    assert pi.sum() == pytest.approx(1, rel=1e-14)
    assert r.em_step(Y[:1], MU, S, PI)[0] == pytest.approx(np.tile(Y[0], (3, 1)), rel=1e-13)  # a share each, below 1


def test_N6_where_em_stays_the_gradient_is_0_and_learning_agrees():
    y = observations(300, 5)
    arrays = (MU, S, PI)
    for _ in range(3000):
        arrays = r.em_step(y, *arrays)
    w = MODEL.boxes.parameters(*arrays)
    loss, w_bar = r.loss_functional(F, y, w)
    assert np.abs(w_bar).max() < 1e-12
    found = r.learn(F, y, W)
    assert found.fun == pytest.approx(loss, rel=1e-12)
    for learned, fixed in zip(MODEL.boxes.arrays(found.w), arrays, strict=True):
        assert learned == pytest.approx(fixed, abs=1e-5)


def test_N6_one_component_is_the_gaussian_fit():
    start = np.zeros((1, 2)), np.eye(2)[None], [1.0]
    mu, cov, pi = r.em_step(Y, *start)
    assert mu[0] == pytest.approx(Y.mean(axis=0), rel=1e-13)
    assert cov[0] == pytest.approx(np.cov(Y.T, bias=True), rel=1e-12)
    assert pi == pytest.approx([1.0], rel=1e-15)
    energy = r.mixture(2, 1)
    found = r.learn(r.marginal(energy, energy.latents, 1.0), Y, energy.boxes.parameters(*start))
    for learned, known in zip(energy.boxes.arrays(found.w), (mu, cov, pi), strict=True):
        assert learned == pytest.approx(known, abs=1e-7)


def test_N6_a_component_without_observations_stays_where_it_is():
    mu = np.vstack([MU, [[1e5, 1e5]]])
    cov, pi = np.concatenate([S, np.eye(2)[None]]), np.append(PI * 0.75, 0.25)
    new = r.em_step(Y, mu, cov, pi)
    assert np.array_equal(new[0][3], mu[3])
    assert np.array_equal(new[1][3], np.eye(2))
    assert new[2][3] == 0
    # at weight 0 it is as if it were not there
    three = [part[:3] for part in new]
    assert r.gmm_free_energy(Y, *new) == pytest.approx(r.gmm_free_energy(Y, *three), rel=1e-13)
    with pytest.raises(ValueError, match=r"^pi: expected weights above 0, for their logarithms"):
        r.gmm_free_energy_adjoint(Y, *new, np.ones(60))
    with pytest.raises(ValueError, match=r"^pi: expected weights above 0, for their logarithms"):
        r.mixture(2, 4).boxes.parameters(*new)
    with pytest.raises(ValueError, match=r"^mu: expected shape \(4, 2\), got \(3, 2\)"):
        r.mixture(2, 4).boxes.parameters(*three)


# --- the limit


@pytest.mark.parametrize("sigma", [1.0, 0.3, 1e-3])
def test_N6_round_and_alike_it_is_kmeans_at_finite_beta(sigma):
    """2 sigma^2 (F - (d/2) log(2 pi sigma^2)) is k-means' free energy at beta = 1/(2 sigma^2), which goes to F_inf (C15)."""
    clusters, beta = r.kmeans(2, 3), 1 / (2 * sigma**2)
    round_ones = np.tile(sigma**2 * np.eye(2), (3, 1, 1))
    warm = 2 * sigma**2 * (r.gmm_free_energy(Y, MU, round_ones, np.full(3, 1 / 3)) - np.log(2 * np.pi * sigma**2))
    assert warm == pytest.approx(r.free_energy(clusters, Y, np.eye(3), MU.ravel(), beta), rel=1e-10, abs=1e-14)
    cold = r.kmeans_free_energy(Y, MU)
    assert (warm >= cold - 1e-12).all()
    assert (warm <= cold + np.log(3) / beta + 1e-12).all()


def test_N6_its_steps_become_lloyds():
    round_ones = np.tile(1e-4 * np.eye(2), (3, 1, 1))
    mu, _, pi = r.em_step(Y, MU, round_ones, np.full(3, 1 / 3))
    assert mu == pytest.approx(r.lloyd_step(Y, MU), rel=1e-12)
    assert pi == pytest.approx(np.bincount(np.square(Y[:, None] - MU).sum(axis=2).argmin(axis=1)) / 60, abs=1e-14)
    assert r.em_step(Y, MU, np.tile(np.eye(2), (3, 1, 1)), np.full(3, 1 / 3), np.inf)[0] == pytest.approx(mu, rel=1e-12)


def test_N6_the_volume_of_low_energy_is_at_most_e_to_the_c():
    axis = np.linspace(-8, 8, 401)
    grid = np.stack(np.meshgrid(axis, axis), axis=-1).reshape(-1, 2)
    energies = r.gmm_free_energy(grid, MU, S, PI)
    for c in (2.5, 3.0, 4.0, 5.0):
        assert 0 < (energies <= c).sum() * (axis[1] - axis[0]) ** 2 <= np.exp(c)


def test_N6_a_component_on_one_observation_has_no_bound():
    """The likelihood is not bounded: F at the observation falls like log sigma, and the others keep the rest."""
    losses = []
    for sigma in (1e-2, 1e-4, 1e-8):
        cov = S.copy()
        cov[0] = sigma**2 * np.eye(2)
        mu = MU.copy()
        mu[0] = Y[0]
        losses.append(r.gmm_free_energy(Y, mu, cov, PI).mean())
    assert np.diff(losses) == pytest.approx([-2 * np.log(1e2) / 60, -2 * np.log(1e4) / 60], abs=1e-2)


# --- starts, and what is refused


def test_N6_starts():
    w = r.start(F, Y, RNG(0))
    mu, cov, pi = MODEL.boxes.arrays(w)
    assert {tuple(m.round(12)) for m in mu} <= {tuple(v.round(12)) for v in Y}
    assert len({tuple(m) for m in mu}) == 3
    assert cov == pytest.approx(np.tile(Y.var(axis=0).mean() * np.eye(2), (3, 1, 1)), rel=1e-12)
    assert pi == pytest.approx(np.full(3, 1 / 3), rel=1e-14)
    assert np.isfinite(r.start(F, Y[:2], RNG(0))).all()
    assert len({tuple(m) for seed in range(9) for m in MODEL.boxes.arrays(r.start(F, Y[:3], RNG(seed)))[0]}) == 3
    assert all(len(np.unique(r.start(F, Y[:3], RNG(seed))[:6])) == 6 for seed in range(9))
    assert MODEL.boxes.arrays(r.start(F, Y[:1], RNG(0)))[1] == pytest.approx(np.tile(np.eye(2), (3, 1, 1)), rel=1e-14)


def test_what_is_no_mixture_is_refused_by_name():
    small = np.array([S[0], 1e-9 * S[1], S[2]])
    small[1, 0, 1] *= 1.01
    bent = S.copy()
    bent[1, 0, 1] += 1e-3
    flat = S.copy()
    flat[2] = [[1, 2], [2, 4]]
    for words, changes in (
        (r"^S: expected positive definite matrices, got one that is not", {"S": flat}),
        (r"^S: expected positive definite matrices, got one that is not", {"S": -S}),
        (r"^S: expected symmetric matrices, got one that is off by 0.001", {"S": bent}),
        (r"^S: expected symmetric matrices, got one that is off by 1e-12", {"S": small}),
        (r"^S: expected shape \(3, 2, 2\), got \(3, 2\)", {"S": MU}),
        (r"^S: expected covariances at which no energy overflows", {"S": S * 1e-320}),
        (r"^mu: expected shape \(k, d\), got \(2,\)", {"mu": MU[0]}),
        (r"^pi: expected probabilities that sum to 1", {"pi": 2 * PI}),
        (r"^pi: expected probabilities from 0 up", {"pi": [-0.5, 1.0, 0.5]}),
        (r"^pi: expected shape \(3,\), got \(2,\)", {"pi": [0.5, 0.5]}),
        (r"^y: expected shape \(2,\) or \(n, 2\)", {"y": [1.0, 2.0, 3.0]}),
    ):
        with pytest.raises(ValueError, match=words):
            r.gmm_free_energy(**{"y": Y, "mu": MU, "S": S, "pi": PI, **changes})
    with pytest.raises(ValueError, match=r"^S: expected covariances at which no slope overflows"):
        r.gmm_free_energy_adjoint(MU[:1], MU[:1], 1e-310 * S[:1], [1.0], [1.0])
    single = S.astype(np.float32) + np.float32(1e-8)
    assert np.isfinite(r.gmm_free_energy(Y, MU, single, PI)).all()
    w = W.copy()
    w[6] = 1e4
    with pytest.raises(ValueError, match=r"^w: expected parameters at which nothing overflows"):
        F(Y, w)
