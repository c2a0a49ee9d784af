"""The variational auto-encoder: its gradient exactly, its optimum in closed form, its parts' effects."""

import numpy as np
import pytest
from gradients import check_adjoint
from scipy import stats

import refebm as r
from refebm.learning.variational import expected_energy_gaussian_adjoint
from refebm.lectures import auto_encoder as lecture_vae
from refebm.models.vae import quadratic, quadratic_std
from refebm.models.vae_learning import vae_hessian

Y = r.ellipse_data(40, np.random.default_rng(0))

# good arguments, for test_arguments.py
V, RNG = r.VAE(r.mlp([2, 2]), r.mlp([1, 2])), np.random.default_rng
CODED = {"vae": V, "y": np.array([[0.3, 1.2], [-1.0, 0.4]]), "w": np.full(V.size, 0.1)}
GOOD = {
    "VAE": {"encoder": r.mlp([2, 2]), "decoder": r.mlp([1, 2]), "beta": 1.0, "r": 1.0, "spring": 1.0, "sizing": 1.0},
    "encode": CODED,
    "vae_loss": {**CODED, "eps": [[0.1], [0.2]], "weight": [0.5, 0.5]},
    "start_vae": {"vae": V, "y": CODED["y"], "rng": RNG(0), "size": 0.5},
    "learn_vae": {**CODED, "method": "gd", "order": 2, "draws": 1, "batch": 2, "rng": RNG(0)},
}
GOOD_METHODS = {"learn_vae": ("lbfgs",)}


@pytest.fixture(scope="module")
def balls():
    return lecture_vae.run(np.random.default_rng(0))


def noisy_vae(latent, **parts):
    return r.VAE(r.mlp([2, 6, 2 * latent], "tanh"), r.mlp([latent, 6, 2], "tanh"), beta=3.0, r=0.8, **parts)


@pytest.mark.parametrize("parts", [{}, {"spring": 0.3, "sizing": 2.0}, {"spring": 0.0}, {"sizing": 0.0}])
@pytest.mark.parametrize("latent", [1, 2])
def test_L19_gradient_through_the_sampling(latent, parts):
    """The noise is an argument: for every noise the loss is a smooth function of w, and its gradient exact."""
    vae, rng = noisy_vae(latent, **parts), np.random.default_rng(1)
    w = r.start_vae(vae, Y, rng)
    for eps in (rng.normal(size=(40, 3, latent)), rng.normal(size=(5, latent))):
        check_adjoint(
            lambda w, eps=eps: np.array(r.vae_loss(vae, Y, w, eps)[0]),
            lambda w, b, eps=eps: b * r.vae_loss(vae, Y, w, eps)[1],
            (w,),
            rng,
        )


def test_L19_loss_is_the_variational_free_energy():
    """In one dimension: sums over a fine grid of z, of q's density, the energies, and KL's integrand."""
    vae, rng = noisy_vae(1), np.random.default_rng(2)
    w = 0.3 * r.start_vae(vae, Y, rng)
    m, s = r.encode(vae, Y, w)
    z = np.linspace(-15, 15, 6001)
    log_q = stats.norm(m, s).logpdf(z)
    E = vae.energy(Y, z[:, None], vae.split(w)[1])
    dz = z[1] - z[0]
    expected = (np.exp(log_q) * E).sum(axis=1) * dz + r.kl_log(log_q, stats.norm(0, 0.8).logpdf(z), dz) / vae.beta
    loss, _ = r.vae_loss(vae, Y, w, *r.gauss_hermite(60))
    assert loss == pytest.approx(expected.mean(), rel=1e-9)
    # the bound: the free energy under the same prior, by quadrature (L16)
    F = r.free_energy(vae.energy, Y, z[:, None], vae.split(w)[1], vae.beta, p=stats.norm(0, 0.8).pdf(z))
    assert loss > F.mean()
    assert (expected > F).all()


def test_L19_noise_estimates_are_unbiased():
    vae, rng = noisy_vae(2), np.random.default_rng(3)
    w = r.start_vae(vae, Y, rng)
    loss, w_bar = r.vae_loss(vae, Y, w, *r.gauss_hermite(12, 2))
    draws = [r.vae_loss(vae, Y, w, rng.normal(size=(40, 1, 2))) for _ in range(600)]
    for values, exact in (([d[0] for d in draws], loss), ([d[1] for d in draws], w_bar)):
        error = np.std(values, axis=0) / np.sqrt(600)
        assert (np.abs(np.mean(values, axis=0) - exact) < 4.5 * error + 1e-12).all()


@pytest.mark.parametrize("beta", [2.0, 10.0])
def test_L19_a_linear_decoder_is_probabilistic_pca(beta):
    """Closed form (Tipping and Bishop, 1999): W r = U (Lambda - 1/(2 beta))^(1/2), posterior included, up to signs."""
    rng = np.random.default_rng(4)
    y = rng.normal(size=(300, 3)) @ np.diag([2.0, 1.0, 0.1]) @ np.linalg.qr(rng.normal(size=(3, 3)))[0] + [1, 2, 3]
    vae = r.VAE(r.mlp([3, 4]), r.mlp([2, 3]), beta=beta)
    found = r.learn_vae(vae, y, r.start_vae(vae, y, rng), order=2, steps=3000, tol=1e-6)
    assert found.success
    noise = 1 / (2 * beta)
    lam, U = np.linalg.eigh(np.cov(y.T, bias=True))
    kept = np.clip(lam - noise, 0, None) * [0, 1, 1]
    W, b = vae.decoder.parameters(vae.split(found.w)[1])[0]
    assert vae.r**2 * W @ W.T == pytest.approx((U * kept) @ U.T, abs=1e-4)
    assert b == pytest.approx(y.mean(axis=0), abs=1e-4)
    model = stats.multivariate_normal(y.mean(axis=0), (U * (kept + noise)) @ U.T)
    evidence = -(model.logpdf(y).mean() - 1.5 * np.log(beta / np.pi)) / beta
    assert found.fun == pytest.approx(evidence, rel=1e-8)  # the bound is reached
    m, s = r.encode(vae, y, found.w)
    posterior = np.linalg.inv(2 * beta * W.T @ W + np.eye(2) / vae.r**2)
    assert s == pytest.approx(np.tile(np.sqrt(np.diag(posterior)), (300, 1)), abs=1e-4)
    assert m == pytest.approx(2 * beta * (y - b) @ W @ posterior, abs=1e-3)


def test_L19_a_hot_linear_auto_encoder_collapses():
    """Where the data's spread is below 1/(2 beta) in every direction the codes all sit at the origin, of size r."""
    rng = np.random.default_rng(5)
    y = rng.normal(size=(100, 2)) * 0.3
    vae = r.VAE(r.mlp([2, 2]), r.mlp([1, 2]), beta=1.0)
    found = r.learn_vae(vae, y, r.start_vae(vae, y, rng), order=2, steps=3000)
    m, s = r.encode(vae, y, found.w)
    assert np.abs(m).max() < 1e-3
    assert s == pytest.approx(np.full_like(s, np.sqrt(0.5)), abs=1e-3)


def test_L19_second_derivatives():
    """Row by row the complex step of the gradient, and symmetric; the noise shared or each observation's own."""
    rng = np.random.default_rng(8)
    for latent, parts in ((1, {"spring": 0.3, "sizing": 2.0}), (2, {"spring": 1.7, "sizing": 0.4})):
        vae = noisy_vae(latent, **parts)
        w = r.start_vae(vae, Y, rng)
        for eps, weight in (r.gauss_hermite(5, latent), (rng.normal(size=(40, 3, latent)), None)):
            H = vae_hessian(vae, Y, w, eps, weight)
            step = 1e-30j * np.eye(vae.size)
            rows = [r.vae_loss(vae, Y, w + dot, eps, weight)[1].imag / 1e-30 for dot in step]
            assert np.abs(H - rows).max() < 1e-13 * np.abs(H).max()
            assert np.abs(H - H.T).max() < 1e-13 * np.abs(H).max()


def test_L19_what_the_lecture_prints_has_converged(balls):
    """The slope is 0, the loss bends up in every direction, and another rule gives the same loss."""
    for run in balls.runs.values():
        assert run.fit.success, run.fit.message
        assert np.abs(run.fit.jac).max() < 1e-10
        assert run.fit.discrepancy < 1e-5 * run.fit.fun
        H = vae_hessian(run.vae, balls.y, run.fit.w, *r.gauss_hermite(8, 2))
        assert np.linalg.eigvalsh(H)[0] > 1e-7 * np.linalg.eigvalsh(H)[-1]


@pytest.mark.parametrize("seed", [1, 2])
def test_L19_the_lecture_prints_the_same_from_another_start(balls, monkeypatch, seed):
    """From starts that a rounding apart would be within, and from a start of its own: one optimum, up to signs."""
    near = np.random.default_rng(seed)

    def moved(vae, y, rng):
        w = r.start_vae(vae, y, rng)
        return w * (1 + 1e-9 * near.normal(size=w.shape)) if seed == 1 else r.start_vae(vae, y, near)

    monkeypatch.setattr(lecture_vae, "start_vae", moved)
    again = lecture_vae.run(np.random.default_rng(0))
    assert list(lecture_vae.report(again)) == list(lecture_vae.report(balls))


def test_L19_the_balls_together_have_the_priors_moments(balls):
    """Where the loss is stationary: means of 0, spring <m^2> + sizing <s^2> = sizing r^2, and noise's price by equipartition."""
    for name, run in balls.runs.items():
        if name == "overlap":
            continue
        vae, (m, s) = run.vae, (run.m, run.s)
        assert np.abs(m.mean(axis=0)).max() < 1e-6
        squares = vae.spring * np.square(m).mean(axis=0) + vae.sizing * np.square(s).mean(axis=0)
        assert squares == pytest.approx(np.full(2, vae.sizing * vae.r**2), rel=1e-6)
        assert (np.square(s).mean(axis=0) < vae.r**2).all()
        w_d, rule = vae.split(run.fit.w)[1], r.gauss_hermite(8, 2)
        s_bar = expected_energy_gaussian_adjoint(vae.energy, balls.y, m, s, w_d, *rule, None, np.full(24, 1 / 24))[2]
        share = vae.sizing / vae.beta * (1 - np.square(s).mean(axis=0) / vae.r**2)
        assert (s * s_bar).sum(axis=0) == pytest.approx(share, rel=1e-6)


def test_L19_what_the_spring_and_the_size_do(balls):
    """A weaker spring lets the codes out and a weaker price makes them points; either way their distance over their size grows."""
    runs = balls.runs
    spread = {name: np.sqrt(np.square(run.m).sum(axis=1).mean()) for name, run in runs.items()}
    size = {name: run.s.mean() for name, run in runs.items()}
    assert spread["spring and size"] < spread["a tenth of spring"] / 2 < spread["flight"] / 4
    assert size["spring and size"] < size["a tenth of spring"] < size["flight"] < np.sqrt(0.5)
    assert size["spring and size"] > 2 * size["a tenth of both"] > 4 * size["points"]
    assert spread["points"] < 1 < spread["spring and size"] + 0.1  # each entry's prior is r, two of them 1


def test_L19_reconstruction_repels():
    """<E_1> + <E_2> >= |y_1 - y_2|^2 / 2 times what the balls share, at any parameters."""
    vae, rng = noisy_vae(1), np.random.default_rng(9)
    w = r.start_vae(vae, Y, rng)
    m, s = r.encode(vae, Y, w)
    z = np.linspace(-25, 25, 5001)
    q = stats.norm(m, s).pdf(z) * (z[1] - z[0])
    E = (q * vae.energy(Y, z[:, None], vae.split(w)[1])).sum(axis=1)
    shared = np.minimum(q[:, None], q).sum(axis=2)
    floor = np.square(Y[:, None] - Y).sum(axis=2) / 2 * shared
    apart = ~np.eye(len(Y), dtype=bool)
    assert (E[:, None] + E - floor)[apart].min() > 0
    assert (floor / (E[:, None] + E))[apart].max() > 0.5  # and the bound is worth something
    # balls of one size share 2 Phi(-d / 2s)
    pair = np.minimum(*stats.norm([[-0.7], [0.7]], 0.4).pdf(z)).sum() * (z[1] - z[0])
    assert pair == pytest.approx(2 * stats.norm.cdf(-1.4 / 0.8), rel=1e-3)


@pytest.mark.parametrize("parts", [{"spring": 0.0}, {"sizing": 0.0}, {"spring": 0.0, "sizing": 0.0}])
def test_L19_without_spring_or_size_no_loss_is_the_least(parts):
    """Losses as near to 0 as one likes, by codes c y of size s; 0 itself only where a decoder gives every y at once."""
    vae = r.VAE(r.mlp([2, 4]), r.mlp([2, 3, 2], "tanh"), beta=10.0, **parts)
    spring, sizing = vae.spring > 0, vae.sizing > 0
    last, d = np.inf, 1e-4
    for tiny in (1e-1, 1e-2, 1e-3):
        # without the spring codes grow; without the size balls shrink, and with the spring the codes shrink too
        c, s = (1 / tiny, vae.r) if sizing else (tiny if spring else 1.0, tiny**2)
        encoder = np.concatenate([c * np.eye(4, 2).ravel(), [0, 0, np.log(s), np.log(s)]])
        decoder = [d / c * np.eye(3, 2).ravel(), np.zeros(3), np.eye(2, 3).ravel() / d, np.zeros(2)]
        loss = r.vae_loss(vae, Y, np.concatenate([encoder, *decoder]), *r.gauss_hermite(4, 2))[0]
        assert 0 < loss < 0.02 * last
        last = loss
    assert last < 1e-4


def test_L19_a_rule_that_shares_no_node_judges_what_was_learned():
    """One node sees no noise at all, which two do."""
    vae, rng = noisy_vae(1), np.random.default_rng(10)
    w = r.start_vae(vae, Y, rng)
    blind, seeing = (r.learn_vae(vae, Y, w, order=order, tol=1e3) for order in (1, 16))  # any slope is small enough
    assert seeing.success
    assert not blind.success
    exact = r.vae_loss(vae, Y, w, *r.gauss_hermite(2))[0]
    assert blind.discrepancy == pytest.approx(abs(exact - blind.fun), rel=1e-12)
    assert "another rule" in blind.message
    assert r.learn_vae(vae, Y, w, order=128, tol=1e3).success  # the largest rule has a smaller neighbour


def test_L19_adam_learns_what_lbfgs_learns():
    vae, rng = noisy_vae(1), np.random.default_rng(7)
    w = r.start_vae(vae, Y, rng)
    exact = r.learn_vae(vae, Y, w, steps=200)
    noisy = r.learn_vae(vae, Y, w, method="adam", rng=rng, steps=300, batch=10, rate=0.02)
    start = r.vae_loss(vae, Y, w, *r.gauss_hermite(8))[0]
    assert noisy.fun - exact.fun < 0.15 * (start - exact.fun)
    again = r.learn_vae(vae, Y, w, method="adam", rng=np.random.default_rng(1), steps=3)
    assert np.array_equal(again.w, r.learn_vae(vae, Y, w, method="adam", rng=np.random.default_rng(1), steps=3).w)


def test_L18_q_of_the_quadratic_is_gaussian_with_s_squared_a_precision():
    """exp(-beta Q) normalised on a grid has the variance 1/(2 beta s^2), and gamma leaves it."""
    z = np.linspace(-20, 20, 40_001)
    for s, beta, gamma in ((0.5, 1.0, 0.0), (2.0, 3.0, 0.7)):
        log_q = r.log_gibbs(quadratic(z[:, None], [0.4], s, gamma), beta, 1e-3)
        q = np.exp(log_q) * 1e-3
        assert q @ z == pytest.approx(0.4, rel=1e-10)
        assert np.sqrt(q @ (z - 0.4) ** 2) == pytest.approx(quadratic_std(s, beta), rel=1e-10)
        assert np.allclose(log_q, r.log_gibbs(quadratic(z[:, None], [0.4], s), beta, 1e-3), atol=1e-12)


def test_L18_prior_sizes_the_balls_to_its_own_deviation():
    z = np.linspace(-9, 9, 20_001)
    p = np.exp(-(z**2))
    p /= p.sum()
    assert np.sqrt(p @ z**2) == pytest.approx(r.VAE(r.mlp([2, 2]), r.mlp([1, 2])).r, rel=1e-12)
    s = np.linspace(0.3, 1.2, 901)
    assert s[np.argmin(r.gaussian_kl(0, s, np.sqrt(0.5)))] == pytest.approx(np.sqrt(0.5), abs=1e-3)


def test_L18_encode():
    vae = r.VAE(r.mlp([2, 2]), r.mlp([1, 2]))
    w = np.array([1.0, 2.0, 0.1, -0.3, 0.5, -0.7, 0, 0, 0, 0])  # W (2, 2), b (2,), decoder
    m, s = r.encode(vae, [[1.0, -1.0]], w)
    assert m == pytest.approx(np.array([[1 - 2 + 0.5]]))
    assert s == pytest.approx(np.exp([[0.1 + 0.3 - 0.7]]))


def test_bad_arguments_are_refused():
    with pytest.raises(ValueError, match=r"^encoder: expected 2 inputs and 4 outputs"):
        r.VAE(r.mlp([2, 2]), r.mlp([2, 2]))
    with pytest.raises(ValueError, match=r"^spring: expected"):
        r.VAE(r.mlp([2, 2]), r.mlp([1, 2]), spring=-1.0)
    vae = r.VAE(r.mlp([2, 2]), r.mlp([1, 2]))
    w = np.zeros(vae.size)
    with pytest.raises(ValueError, match=r"^eps: expected noise of shape"):
        r.vae_loss(vae, Y, w, np.zeros((4, 2)))
    with pytest.raises(ValueError, match=r"^weight: expected shape"):
        r.vae_loss(vae, Y, w, np.zeros((4, 1)), np.ones(3))
    with pytest.raises(TypeError, match=r"^encoder: expected a Chain, such as mlp"):
        r.VAE(None, r.mlp([1, 2]))
    for call in (r.vae_loss, r.learn_vae, vae_hessian, r.encode):
        with pytest.raises(TypeError, match=r"^vae: expected a VAE, got 'no model'"):
            call("no model", Y, w, *([] if call in (r.learn_vae, r.encode) else [np.zeros((4, 1))]))
    with pytest.raises(TypeError, match=r"^vae: expected a VAE"):
        r.start_vae(r.mlp([2, 2]), Y, np.random.default_rng(0))
    for bad_y, bad_w, name in ((Y + 0j, w, "y"), (Y, w + 0j, "w")):
        with pytest.raises(TypeError, match=f"^{name}: expected real numbers"):
            r.learn_vae(vae, bad_y, bad_w)
    with pytest.raises(TypeError, match=r"^rng: expected a numpy.random.Generator"):
        r.learn_vae(vae, Y, w, rng=7)  # though L-BFGS would not use it
    for z, m in ((np.zeros((5, 3)), np.zeros((5, 1))), (0.5, [0.5]), (np.zeros((5, 2)), np.zeros((4, 2)))):
        with pytest.raises(ValueError, match=r"^m: expected"):
            quadratic(z, m, 1.0)
    with pytest.raises(ValueError, match=r"^gamma: expected a finite number"):
        quadratic([0.5], [0.5], 1.0, np.nan)
    with pytest.raises(ValueError, match=r"^w: expected standard deviations"):
        r.encode(vae, Y, np.where(np.arange(vae.size) == 5, 400.0, w))


def test_huge_parameters_name_w_and_never_overflow_silently():
    vae, rng = noisy_vae(1), np.random.default_rng(11)
    start, rule = r.start_vae(vae, Y, rng), r.gauss_hermite(3)
    calls = [
        lambda w: r.vae_loss(vae, Y, w, *rule),
        lambda w: r.encode(vae, Y, w),
        lambda w: vae_hessian(vae, Y, w, *rule),
    ]
    refused = 0
    for at in (0, 12, 17, 20, 25, 32, vae.size - 1):
        for huge in (50.0, 310.0, 1e100, -1e149):
            w = np.where(np.arange(vae.size) == at, huge, start)
            for call in calls:
                with np.errstate(all="raise"):
                    try:
                        found = call(w)
                    except ValueError as error:
                        assert str(error).startswith("w: expected")
                        refused += 1
                    else:
                        assert all(np.isfinite(v).all() for v in (found if isinstance(found, tuple) else [found]))
    assert refused > 5


def test_numbers_of_other_types_do_not_change_the_results():
    other = r.VAE(
        r.mlp([2, 2]), r.mlp([1, 2]), np.longdouble(2), r=np.float32(0.5), spring=np.longdouble(1), sizing=np.float16(1)
    )
    same = r.VAE(r.mlp([2, 2]), r.mlp([1, 2]), 2.0, r=0.5)
    w = np.random.default_rng(12).normal(size=same.size)
    (loss, w_bar), expected = (r.vae_loss(vae, Y, w, *r.gauss_hermite(3)) for vae in (other, same))
    assert type(loss) is np.float64
    assert w_bar.dtype == np.float64
    assert loss == expected[0]


def test_L19_defaults_are_the_documented_ones():
    vae, rng = r.VAE(r.mlp([2, 2]), r.mlp([1, 2])), np.random.default_rng
    Y = rng(0).normal(size=(70, 2))
    w = r.start_vae(vae, Y, rng(1))
    for method, options in (("lbfgs", {"order": 8}), ("adam", {"draws": 1, "batch": 32})):
        plain, told = (r.learn_vae(vae, Y, w, method=method, steps=3, rng=rng(2), **o) for o in ({}, options))
        assert np.array_equal(plain.w, told.w)
    steepest = r.learn_vae(vae, Y, w, method="gd", steps=3, rate=0.01)
    assert not np.array_equal(steepest.w, r.learn_vae(vae, Y, w, steps=3).w)
    assert steepest.history["w"][1] == pytest.approx(w - 0.01 * r.vae_loss(vae, Y, w, *r.gauss_hermite(8, 1))[1])


def test_L19_draws_weigh_alike():
    vae = r.VAE(r.mlp([2, 2]), r.mlp([1, 2]))
    rng = np.random.default_rng(3)
    Y, w, eps = rng.normal(size=(4, 2)), rng.normal(size=vae.size), rng.normal(size=(4, 3, 1))
    each = [r.vae_loss(vae, Y, w, eps[:, k : k + 1])[0] for k in range(3)]
    assert r.vae_loss(vae, Y, w, eps)[0] == pytest.approx(np.mean(each), rel=1e-13)


def test_L18_quadratic_by_hand():
    z, m = np.array([[1.0, 2.0], [0.5, -1.0]]), np.array([[0.3, -0.2], [2.0, 1.0]])
    exact = [4 * sum((a - b) ** 2) + 0.7 * sum(b**2) for a, b in zip(z, m, strict=True)]
    assert quadratic(z, m, 2.0, 0.7) == pytest.approx(exact, rel=1e-15)
    assert quadratic(z, m, 2.0) == pytest.approx([4 * sum((a - b) ** 2) for a, b in zip(z, m, strict=True)], rel=1e-15)
