"""Learning: it converges, to what the derivation says, by both methods, and says when it did not."""

import numpy as np
import pytest

from refebm import (
    VAE,
    argmin_z,
    decoded,
    ellipse,
    ellipse_data,
    free_energy,
    horn,
    infer,
    latent_grid,
    learn,
    learn_from_starts,
    learn_vae,
    loss_functional,
    marginal,
    mlp,
    network_decoder,
    start_vae,
)
from refebm import start as random_start
from refebm.learning.descent import descend

RNG = np.random.default_rng
Y, Z, W = ellipse_data(24, RNG(0)), latent_grid(), np.array([1.5, 2.0])
COLD, WARM = marginal(ellipse, argmin_z, np.inf), marginal(ellipse, Z, 1.0)


@pytest.mark.parametrize("method", ["lbfgs", "gd"])
@pytest.mark.parametrize(
    ("z", "beta"), [(argmin_z, np.inf), (Z, 1.0), (Z, 10.0), (Z, 200.0)], ids=["cold", "1", "10", "200"]
)
def test_C25_learning_converges(method, z, beta):
    found = learn(marginal(ellipse, z, beta), Y, W, method=method)
    assert found.success
    assert np.abs(found.jac).max() <= 1e-8
    value, gradient = loss_functional(marginal(ellipse, z, beta), Y, found.w)
    assert (value, *gradient) == (found.fun, *found.jac)
    # a minimum: higher all round
    for angle in np.linspace(0, 2 * np.pi, 8):
        assert (
            loss_functional(marginal(ellipse, z, beta), Y, found.w + 0.01 * np.array([np.cos(angle), np.sin(angle)]))[0]
            > value
        )


def test_C25_methods_agree():
    for z, beta in ((argmin_z, np.inf), (Z, 1.0)):
        a, b = (learn(marginal(ellipse, z, beta), Y, W, method=m, tol=1e-10) for m in ("lbfgs", "gd"))
        assert a.w == pytest.approx(b.w, abs=1e-8)


def test_C25_history():
    found = learn(COLD, Y, W, method="gd")
    history = found.history
    assert len(history["loss"]) == len(history["gradient"]) == len(history["w"]) == found.nit + 1
    assert np.array_equal(history["w"][0], W)
    assert np.array_equal(history["w"][-1], found.w)
    assert np.all(np.diff(history["loss"]) <= 1e-16)  # rate 1/2 always descends
    # each step is w - rate dL/dw
    gradient = loss_functional(COLD, Y, W)[1]
    assert history["w"][1] == pytest.approx(W - 0.5 * gradient, rel=1e-15)


def test_C25_zero_temperature_finds_the_radii():
    # orthogonal distance regression: consistent but for a bias of the order of sigma^2 / radius
    many = ellipse_data(20_000, RNG(1))
    found = learn(COLD, many, W)
    assert found.w == pytest.approx([2, 1.5], abs=4e-3)
    # noise-free data on an ellipse: exactly its radii, loss 0
    exact = learn(
        COLD,
        np.array([2.0, 1.5]) * np.stack([np.cos(Z + 0.1), np.sin(Z + 0.1)], 1),
        W,
        tol=1e-12,
    )
    assert exact.w == pytest.approx([2, 1.5], rel=1e-11)
    assert exact.fun < 1e-20


@pytest.mark.parametrize("ratio", [0.2, 1.0, 1.5, 2.3, 2.5, 4.0])
def test_C25_the_cold_fit_is_off_by_the_closed_form(ratio):
    # four noises for each of 360 angles stand for all of them; inside the true ellipse beyond a ratio of 1 + sqrt 2
    t, sigma, rho = np.arange(360) * np.pi / 180, 0.02 * min(ratio, 1) ** 2, np.array([ratio, 1.0])
    noise = sigma * np.array([(1, 1), (1, -1), (-1, 1), (-1, -1)])
    y = (rho * np.stack([np.cos(t), np.sin(t)], 1) + noise[:, None]).reshape(-1, 2)
    a, b = rho
    v = np.array([(a**2 + 2 * a * b - b**2) / (4 * a * b**2), (b**2 + 2 * a * b - a**2) / (4 * a**2 * b)])
    shift = (learn(COLD, y, rho, tol=1e-11).w - rho) / sigma**2
    assert shift == pytest.approx(v, abs=0.01 * np.abs(v).max())
    assert (v > 0).tolist() == [ratio > np.sqrt(2) - 1, ratio < np.sqrt(2) + 1]


def test_C25_no_radii_beat_zero_where_no_observation_is_beyond_the_noise():
    rng = RNG(8)
    for beta in (0.3, 5.0):
        y = rng.uniform(-1, 1, (50, 2)) / np.sqrt(2 * beta)  # 2 beta y^2 <= 1 in each coordinate
        none = free_energy(ellipse, y, Z, (0, 0), beta)
        for w in rng.exponential(1, (40, 2)) / np.sqrt(beta):
            assert (free_energy(ellipse, y, Z, w, beta) >= none - 1e-14).all()
    assert (
        free_energy(ellipse, 2 * y, Z, 0.5 * np.abs(y).max(0), beta) < free_energy(ellipse, 2 * y, Z, (0, 0), beta)
    ).any()


def test_C25_an_outlier_makes_a_second_minimum():
    y, z = np.array([(1.0, 0.0)] * 19 + [(3.0, 3.0)]), latent_grid(192)
    low, high = (learn(marginal(ellipse, z, 8.0), y, w) for w in ([2.4, 0.1], [3, 3]))
    assert low.success
    assert high.success
    assert abs(low.w[1]) < 1e-6  # stays at 0
    assert high.fun < low.fun - 0.05


def test_C24_the_log_loss_knows_no_beta():
    F, F_hat = (free_energy(ellipse, points, Z, W, 5.0) for points in (Y, 0.8 * Y))
    value = loss_functional(marginal(ellipse, Z, 5.0), Y, W, loss="log", y_hat=0.8 * Y)[0]
    assert value == pytest.approx(np.log1p(np.exp(F - F_hat)).mean(), rel=1e-14)


def test_C25_warm_is_maximum_likelihood_at_its_own_noise():
    # with noise of variance 1/(2 beta) the warm fit is consistent; with less noise than that it shrinks
    beta = 4.0
    rng = RNG(0)
    theta = rng.uniform(0, 2 * np.pi, 40_000)
    clean = np.array([2.0, 1.5]) * np.stack([np.cos(theta), np.sin(theta)], 1)
    matched = clean + rng.normal(0, np.sqrt(1 / (2 * beta)), clean.shape)
    assert learn(marginal(ellipse, Z, beta), matched, W).w == pytest.approx([2, 1.5], abs=0.01)
    shrunk = learn(marginal(ellipse, Z, beta), clean, W).w
    assert np.all(shrunk < [1.96, 1.48])
    # and at zero temperature the same noise biases the radii outward
    assert np.all(learn(COLD, matched, W).w > [2.01, 1.51])


def test_C25_hot_collapses():
    # at beta = 0, F = |y|^2 + |w|^2/2: the best radii are 0
    assert learn(marginal(ellipse, Z, 0.0), Y, W).w == pytest.approx([0, 0], abs=1e-8)
    assert learn(marginal(ellipse, Z, 0.1), Y, W).w == pytest.approx([0, 0], abs=1e-6)
    # w = 0 is stationary at every finite beta, minimum or not
    assert np.abs(loss_functional(marginal(ellipse, Z, 5.0), Y, np.zeros(2))[1]).max() < 1e-15


@pytest.mark.parametrize("loss", ["hinge", "log"])
def test_C25_contrastive_losses_learn(loss):
    y_hat = RNG(1).normal(size=Y.shape) * 0.3  # points to push up, well inside
    found = learn(marginal(ellipse, Z, 5.0), Y, W, method="gd", steps=300, rate=0.1, loss=loss, y_hat=y_hat, margin=4.0)
    assert found.fun < found.history["loss"][0]
    gap = free_energy(ellipse, y_hat, Z, found.w, 5.0).mean() - free_energy(ellipse, Y, Z, found.w, 5.0).mean()
    start = free_energy(ellipse, y_hat, Z, W, 5.0).mean() - free_energy(ellipse, Y, Z, W, 5.0).mean()
    assert gap > start


def test_C25_says_when_it_did_not_converge():
    for method in ("lbfgs", "gd"):
        found = learn(COLD, Y, W, method=method, steps=2)
        assert not found.success
        assert found.nit == 2
        assert "not within" in found.message
        assert len(found.history["loss"]) == 3


def test_C25_starts_at_the_optimum():
    w = learn(COLD, Y, W, tol=1e-12).w
    for method in ("lbfgs", "gd"):
        found = learn(COLD, Y, w, method=method)
        assert found.nit == 0
        assert found.success
        assert np.array_equal(found.w, w)


def test_C25_does_not_change_the_start_and_repeats():
    w = W.copy()
    first, second = (learn(COLD, Y, w) for _ in range(2))
    assert np.array_equal(w, W)
    assert np.array_equal(first.w, second.w)
    assert np.array_equal(first.history["loss"], second.history["loss"])
    assert infer(Y, first.w).fun.mean() == pytest.approx(first.fun, rel=1e-10)


def test_C25_divergence_is_an_error_not_a_nan():
    with pytest.raises(
        ValueError, match=r"rate: expected a step at which gradient descent converges, got 1e\+06, at which w diverges"
    ):
        learn(WARM, Y, W, method="gd", rate=1e6)


def test_C25_errors():
    with pytest.raises(ValueError, match="method: expected one of lbfgs, gd, adam, got 'newton'"):
        learn(WARM, Y, W, method="newton")
    for bad in (5, Y[:3], (Y,), "ab c"):
        with pytest.raises(TypeError, match=r"held_out: expected a pair"):
            learn(WARM, Y, W, held_out=bad)
    with pytest.raises(TypeError, match=r"rng: expected a numpy.random.Generator"):
        learn(WARM, Y, W, method="adam")
    with pytest.raises(ValueError, match="steps: expected at least 1, got 0"):
        learn(WARM, Y, W, steps=0)
    with pytest.raises(ValueError, match="rate: expected a finite number above 0"):
        learn(WARM, Y, W, rate=np.inf)
    with pytest.raises(ValueError, match=r"w: expected shape \(2,\), got \(3,\)"):
        learn(WARM, Y, [1, 2, 3])


@pytest.mark.parametrize("k", [1e-75, 1e-20, 1e10, 1e20, 1e75])
@pytest.mark.parametrize(("z", "beta"), [(argmin_z, np.inf), (Z, 10.0)])
def test_C25_radii_have_the_unit_of_the_data(k, z, beta):
    w = np.array([1.0, 1.2])
    plain = learn(marginal(ellipse, z, beta), Y, w)
    found = learn(marginal(ellipse, z, beta / k**2), Y * k, w * k, tol=1e-8 * k)
    assert found.success
    assert found.w / k == pytest.approx(plain.w, rel=1e-6)
    assert found.fun / k**2 == pytest.approx(plain.fun, rel=1e-12)


@pytest.mark.parametrize("rate", [1e6, 1e10, 1e80])
def test_C25_a_divergence_names_the_rate_also_where_the_rate_has_fallen(rate):
    words = r"^rate: expected a step at which (Adam|gradient descent) converges, got 1e\+"
    with pytest.raises(ValueError, match=words):
        learn(COLD, Y, W, method="adam", rate=rate, steps=20, rng=np.random.default_rng(0))
    vae, rng = VAE(mlp([2, 2]), mlp([1, 2])), np.random.default_rng(0)
    for method in ("gd", "adam"):
        with pytest.raises(ValueError, match=words):
            learn_vae(vae, Y, start_vae(vae, Y, rng), method, rate=rate, steps=20, rng=rng)


def test_options_are_refused_by_the_function_that_was_called():
    vae, rng = VAE(mlp([2, 2]), mlp([1, 2])), np.random.default_rng(0)
    with pytest.raises(TypeError, match=r"^learn: expected no options but loss, y_hat, margin, got foo$"):
        learn(WARM, Y, W, foo=1)
    for name in ("w", "trials", "hessian"):
        with pytest.raises(TypeError, match=rf"^learn_from_starts: expected no options but method, .*, got {name}$"):
            learn_from_starts(WARM, Y, rng, **{name: 1})
    for name in ("foo", "hessian", "epoch", "watch"):
        with pytest.raises(TypeError, match=rf"^learn_vae: expected no options but steps, tol, rate, got {name}$"):
            learn_vae(vae, Y, np.zeros(vae.size), **{name: 5})


def test_C27_starts_are_tried_with_the_loss_that_is_asked_for():
    y, options = Y[:12], {"loss": "hinge", "y_hat": 0.5 * Y[:12], "margin": 0.3}
    each = [learn(WARM, y, random_start(ellipse, y, np.random.default_rng(4)), steps=2, **options)] * 2
    found = learn_from_starts(WARM, y, np.random.default_rng(4), starts=2, trial=2, steps=3, **options)
    assert found.trials.tolist() == [one.fun for one in each]
    again = learn(WARM, y, each[0].w, steps=3, **options)
    assert np.array_equal(found.w, again.w)
    assert found.nit <= 3


def adam(gradient, w, steps, rate=0.01):
    m, v = np.zeros(w.size), np.zeros(w.size)
    for t in range(1, steps + 1):
        g = gradient(w)
        m, v = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g**2
        w = w - rate * (1 - (t - 1) / steps) * (m / (1 - 0.9**t)) / (np.sqrt(v / (1 - 0.999**t)) + 1e-8)
    return w


@pytest.mark.parametrize("latent", [1, 2])
@pytest.mark.parametrize("own", [False, True], ids=["shared", "own"])
def test_C25_a_batch_of_all_is_the_whole_in_its_order(latent, own):
    energy = decoded(network_decoder(mlp([2, 3, 2], "tanh"), code=0, latent=2)) if latent == 2 else ellipse
    z = RNG(3).normal(size=(24 if own else 1, 40, latent))
    w = RNG(4).normal(size=energy.size)
    found = learn(marginal(energy, z, 0.7), Y, w, method="adam", steps=4, batch=24, rng=RNG(5))
    whole = adam(lambda w: loss_functional(marginal(energy, z, 0.7), Y, w)[1], w, 4)
    assert found.w == pytest.approx(whole, rel=1e-9)


def test_C25_documented_defaults():
    assert learn(WARM, Y, W, method="gd", rate=1e-9).nit == 1000
    y = np.concatenate([Y, 1.1 * Y])
    assert np.array_equal(*(learn(WARM, y, W, method="adam", steps=3, rng=RNG(1), **o).w for o in ({}, {"batch": 32})))
    away = learn(WARM, Y, W, method="gd", rate=1e-3, held_out=(Y * [0.5, 2.0], None))
    assert away.nit == 20  # iterations in which the loss on what is held out has not fallen
    assert np.array_equal(away.w, W)
    hinge = {"loss": "hinge", "y_hat": 0.95 * Y, "steps": 2}
    plain, told, other = (
        learn(WARM, Y, W, **hinge, **o).history["loss"][0] for o in ({}, {"margin": 1.0}, {"margin": 2.0})
    )
    assert plain == told != other


@pytest.mark.parametrize("method", ["lbfgs", "gd", "adam"])
def test_C25_one_observation_alone(method):
    options = {"method": method, "steps": 2, "rng": RNG(0)}
    found = learn(WARM, [1.0, 2.0], W, loss="hinge", y_hat=[0.5, 0.5], **options)
    assert np.array_equal(found.w, learn(WARM, [[1.0, 2.0]], W, loss="hinge", y_hat=[[0.5, 0.5]], **options).w)
    w = RNG(1).normal(size=horn.size)
    found = learn(marginal(horn, Z, 1.0), [1.0, 2.0], w, 0.5, **options)
    assert np.array_equal(found.w, learn(marginal(horn, Z, 1.0), [[1.0, 2.0]], w, [[0.5]], **options).w)


def test_C21_complex_latents_are_refused():
    with pytest.raises(TypeError, match="z: expected real numbers"):
        loss_functional(marginal(ellipse, Z + 0.1j, 1.0), Y, W)


def test_C25_descend_alone_and_what_it_reports():
    def bowl(w):
        return float(w @ w), 2 * w

    assert descend(bowl, W, "gd", rate=1e-9).nit == 1000
    found = descend(bowl, W, "gd", rate=0.1, steps=30, patience=1)
    assert (found.nit, found.nfev) == (30, 31)  # without a watch there is nothing to be patient for
    assert set(found.history) == {"loss", "gradient", "w"}
    rising = iter(range(100))
    assert descend(bowl, W, "gd", rate=0.1, watch=lambda w: float(next(rising))).nit == 20
    with pytest.raises(ValueError, match=r"^method: expected one of lbfgs, gd, got 'sgd'"):
        descend(bowl, W, "sgd")


def test_C25_a_step_too_far_is_taken_back_by_newton_and_named_by_gradient_descent():
    def well(w):  # w - log w, which is nowhere below 0: 0.1 is far from 1, where it is least
        if w[0] < 0:
            raise ValueError("w: expected a number above 0")
        return float(w[0] - np.log(w[0])), 1 - 1 / w

    found = descend(well, np.array([3.0]), "newton", hessian=lambda w: np.diag(1 / w**2) / 9)  # steps that are too long
    assert found.success
    assert found.w == pytest.approx([1], rel=1e-7)
    assert found.nfev > found.nit + 1
    for far in (well, lambda w: well(w) if w[0] > 0 else (np.inf, w)):
        with pytest.raises(ValueError, match=r"^rate: expected a step at which gradient descent converges, got 5, "):
            descend(far, np.array([3.0]), "gd", rate=5.0)
    with pytest.raises(ValueError, match=r"^y: expected"):
        descend(lambda w: complain() if w[0] < 2 else well(w), np.array([3.0]), "gd")


def complain():
    raise ValueError("y: expected something else")


def test_C25_to_go_far_or_to_rise_is_no_divergence():
    def bowl(w):
        return float((w - 1) @ (w - 1)), 2 * (w - 1)

    found = descend(bowl, np.array([1e-5]), "gd", rate=0.1)  # w grows by the factor 1e5
    assert found.success
    assert found.w == pytest.approx([1], abs=1e-8)
    found = descend(bowl, np.array([1 + 1e-7]), "gd", rate=1.5, steps=12)  # the loss grows by 4^12
    assert not found.success
    assert found.fun > 1e6 * found.history["loss"][0]
    with pytest.raises(ValueError, match=r"^rate: expected a step at which gradient descent converges, got 1.5, "):
        descend(bowl, np.array([1 + 1e-7]), "gd", rate=1.5, steps=50)


@pytest.mark.parametrize(
    ("end", "before", "after", "diverged"),
    [
        (2001, 1, 1e6 + 2, True),
        (1999, 1, 1e9, False),  # w has to grow a thousandfold
        (600, 1, 1e9, False),
        (2001, 1, 1e6, False),  # and the loss by a million times what it was
        (2001, 3, 2e6, False),
        (2001, -1, 1e6, True),
        (2001, -1, 1e6 - 2, False),
    ],
)
def test_C25_where_a_divergence_begins(end, before, after, diverged):
    def step(w):  # from 2 to the end
        return (before, 2 - w * 0 - end) if w[0] == 2 else (after, w)

    if diverged:
        with pytest.raises(ValueError, match=r"^rate: expected a step at which gradient descent converges, got 1, "):
            descend(step, np.array([2.0]), "gd", steps=1, rate=1.0)
    else:
        assert descend(step, np.array([2.0]), "gd", steps=1, rate=1.0).w == end


def test_C25_a_gradient_of_just_tol_is_within():
    found = descend(lambda w: (float(w @ w), 2 * w), W, tol=4.0)
    assert found.success
    assert found.nit == 0


def rosenbrock(offset):
    """Loss, gradient and Hessian of ``(1 - a)^2 + 100 (b - a^2)^2 + offset``."""

    def objective(w):
        a, b = w
        slope = [-2 * (1 - a) - 400 * a * (b - a * a), 200 * (b - a * a)]
        return float((1 - a) ** 2 + 100 * (b - a * a) ** 2 + offset), np.array(slope)

    return objective, lambda w: np.array([[2 - 400 * (w[1] - 3 * w[0] ** 2), -400 * w[0]], [-400 * w[0], 200.0]])


def test_C25_newton_converges_where_the_loss_is_blind():
    for offset in (0.0, 1e9):  # beside the second the loss's last digits are worth 1e-7
        objective, hessian = rosenbrock(offset)
        found = descend(objective, np.array([-1.2, 1.0]), "newton", tol=1e-12, hessian=hessian)
        assert found.success
        assert found.w == pytest.approx([1, 1], rel=1e-12)
        assert found.nit < 60
        assert len(found.history["loss"]) == found.nit + 1
        assert (np.diff(found.history["loss"]) <= 1e-6).all()
    objective, hessian = rosenbrock(0.0)
    assert descend(objective, np.array([-1.2, 1.0]), "newton", steps=3, hessian=hessian).nit == 3
    flat = descend(
        lambda w: (w[0] ** 4, np.array([4 * w[0] ** 3, 0.0])),
        W,
        "newton",
        hessian=lambda w: np.diag([12 * w[0] ** 2, 0]),
    )
    assert flat.success
    assert flat.w[1] == W[1]  # nothing moves where the loss does not
    # slow in the first entry, so that there are many steps; the third has no curvature, and a slope of rounding errors
    found = descend(
        lambda w: (w[0] ** 4 + 50 * w[1] ** 2, np.array([4 * w[0] ** 3, 100 * w[1], 1e-14])),
        np.ones(3),
        "newton",
        tol=1e-12,
        hessian=lambda w: np.diag([12 * w[0] ** 2, 100, 0]),
    )
    assert found.success
    assert found.nit > 20
    assert abs(found.w[2] - 1) < 1e-4
    with pytest.raises(ValueError, match=r"^method: expected one of lbfgs, gd, got 'newton'"):
        descend(objective, W, "newton")
