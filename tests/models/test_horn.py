"""The horn: its data, its learning by L-BFGS and by Adam to the noise floor, starts, early stopping, repetition."""

import numpy as np
import pytest

from refebm import (
    argmin_z,
    circle_decoder,
    decoded,
    ellipse,
    free_energy,
    horn,
    infer,
    latent_grid,
    learn,
    learn_from_starts,
    loss_functional,
    marginal,
    mlp,
    observe,
    radii,
    start,
)
from refebm.parts.chains import states

RNG = np.random.default_rng
COLD = marginal(horn, argmin_z, np.inf)
SECTIONS = np.arange(51) / 50  # x = [0 : 1/50 : 1]


def draw(n, seed):
    rng = RNG(seed)
    x = rng.uniform(0, 1, n)
    return observe(x, rng), x


Y, X = draw(1000, 0)
HELD_Y, HELD_X = draw(1000, 1)
FLOOR = infer(HELD_Y, radii(HELD_X)).fun.mean()


def learned_radii(w):
    return np.abs(horn.boxes.code(w, SECTIONS[:, None]))


def test_C26_the_horn_opens():
    y, x = draw(20_000, 2)
    level = np.square(y / radii(x)).sum(1)
    assert level.mean() == pytest.approx(1, abs=2e-3)
    assert np.all(np.diff(radii(SECTIONS), axis=0) > 0)
    assert radii(SECTIONS)[[0, -1]] == pytest.approx(np.array([[2, 1.5], [1.5 * np.e**2, 2 * np.e**2]]))
    again, _ = draw(20_000, 2)
    assert np.array_equal(y, again)


def test_C26_noise_floor():
    # the distance to the true ellipse is the noise across it: F averages sigma^2
    y, x = draw(50_000, 3)
    F = infer(y, radii(x)).fun
    assert F.mean() == pytest.approx(0.05**2, rel=0.02)
    assert F.std() == pytest.approx(np.sqrt(2) * 0.05**2, rel=0.03)  # chi-squared with one degree of freedom


@pytest.mark.parametrize(
    "options", [{"steps": 1500}, {"method": "adam", "steps": 150, "batch": 50}], ids=["lbfgs", "adam"]
)
def test_C27_learns_the_radii_to_the_noise_floor(options):
    found = learn_from_starts(COLD, Y, RNG(0), X, **options)
    error = np.abs(learned_radii(found.w) / radii(SECTIONS) - 1)
    assert error.max() < 0.05
    assert error.mean() < 0.01
    held = free_energy(horn, HELD_Y, argmin_z, found.w, np.inf, HELD_X).mean()
    assert held < 1.3 * FLOOR
    assert held > 0.95 * FLOOR  # nothing beats the true radii by more than chance
    assert found.fun < 1e-3 * found.history["loss"][0] or found.fun < found.trials.min()
    assert len(found.trials) == 15


def test_C27_learns_warm():
    beta, z = 20.0, latent_grid(96)
    found = learn_from_starts(marginal(horn, z, beta), Y[:300], RNG(0), X[:300], starts=3, trial=60, steps=400)
    truth = np.mean([free_energy(ellipse, y, z, rho, beta) for y, rho in zip(Y[:300], radii(X[:300]), strict=True)])
    assert found.fun < truth + 0.01
    assert np.abs(learned_radii(found.w) / radii(SECTIONS) - 1).mean() < 0.03


def test_C27_gradient_of_the_functional_through_the_predictor():
    w = start(horn, Y[:40], RNG(5), X[:40]) + RNG(7).normal(0, 0.01, horn.size)  # off any kink that a start may sit on
    direction = RNG(6).normal(size=horn.size)
    for z, beta in ((argmin_z, np.inf), (latent_grid(), 0.7)):
        _, slope = loss_functional(marginal(horn, z, beta), Y[:40], w, x=X[:40])
        ends = [loss_functional(marginal(horn, z, beta), Y[:40], w + t * direction, x=X[:40])[0] for t in (-1e-6, 1e-6)]
        assert slope @ direction == pytest.approx((ends[1] - ends[0]) / 2e-6, rel=1e-6)


@pytest.mark.parametrize("loss", ["hinge", "log"])
def test_C27_contrastive_losses_and_conditions(loss):
    w = start(horn, Y[:40], RNG(5), X[:40]) + RNG(7).normal(0, 0.01, horn.size)  # off any kink that a start may sit on
    direction = RNG(6).normal(size=horn.size)

    def value(w):
        return loss_functional(
            marginal(horn, latent_grid(), 0.7), Y[:40], w, loss=loss, y_hat=0.8 * Y[:40], margin=30.0, x=X[:40]
        )

    ends = [value(w + t * direction)[0] for t in (-1e-6, 1e-6)]
    assert value(w)[1] @ direction == pytest.approx((ends[1] - ends[0]) / 2e-6, rel=1e-5)
    found = learn(
        marginal(horn, latent_grid(), 0.7), Y[:40], w, X[:40], "adam", 5, rng=RNG(0), loss=loss, y_hat=0.8 * Y[:40]
    )
    assert found.nit == 5


def test_C27_adam_repeats_to_the_bit():
    w = start(horn, Y, RNG(1), X)
    a, b = (learn(COLD, Y, w, X, "adam", 3, rng=RNG(2)) for _ in range(2))
    assert np.array_equal(a.history["w"], b.history["w"])
    c = learn(COLD, Y, w, X, "adam", 3, rng=RNG(3))
    assert not np.array_equal(a.w, c.w)
    assert np.array_equal(start(horn, Y, RNG(1), X), w)


def test_C27_adam_is_adam():
    # two steps on one batch, written out
    w, rate = start(horn, Y[:20], RNG(1), X[:20]), 0.01
    found = learn(COLD, Y[:20], w, X[:20], "adam", 2, rate=rate, batch=20, rng=RNG(0))
    m = v = np.zeros(horn.size)
    for t in (1, 2):
        g = loss_functional(COLD, Y[:20], w, x=X[:20])[1]
        m, v = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g**2
        w = w - rate * (1 - (t - 1) / 2) * (m / (1 - 0.9**t)) / (np.sqrt(v / (1 - 0.999**t)) + 1e-8)
        assert found.history["w"][t] == pytest.approx(w, rel=1e-9, abs=1e-12)


@pytest.mark.parametrize("method", ["lbfgs", "adam", "gd"])
def test_C27_early_stop_keeps_the_best(method):
    # 12 samples overfit: the held-out loss turns up again
    w = start(horn, Y[:12], RNG(1), X[:12])
    options = {"rate": 0.01} if method == "gd" else {"batch": 4} if method == "adam" else {}
    found = learn(COLD, Y[:12], w, X[:12], method, 400, held_out=(HELD_Y, HELD_X), patience=15, rng=RNG(0), **options)
    watched = found.history["held_out"]
    assert len(watched) == found.nit + 1
    assert loss_functional(COLD, HELD_Y, found.w, x=HELD_X)[0] == watched.min()
    assert found.nit - watched.argmin() == 15 or found.nit == 400
    if method == "lbfgs":
        assert found.nit < 400


def test_C27_a_dead_network_stays_dead_and_a_start_is_alive():
    chain = horn.boxes.predictor
    w = np.zeros(horn.size)
    (W1, b1), _, (W2, _), _, (W3, b3) = chain.parameters(w)
    W1[:], b1[:], W2[:], W3[:], b3[:] = 1, -2, 1, 1, 3  # no x in [0, 1] reaches a unit
    slope = loss_functional(COLD, Y[:50], w, x=X[:50])[1]
    assert not slope[:-2].any()
    assert slope[-2:].any()
    for seed in range(20):
        w = start(horn, Y, RNG(seed), X)
        z = states(chain, X[:, None], w)
        first, radii_now = z[2], z[-1]
        assert np.all((first > 0).any(axis=0) | (np.abs(first).max(axis=0) == 0))
        assert (first > 0).any(axis=0).sum() >= 7
        assert radii_now.mean(axis=0) == pytest.approx(np.sqrt(2 * np.square(Y).mean(0)), rel=1e-9)


def test_C27_a_dead_unit_of_the_second_layer_can_come_alive():
    def highest(w):
        return states(horn.boxes.predictor, X[:, None], w)[3][:, 0].max()

    back = []
    for seed in (3, 4, 5):
        w = start(horn, Y, RNG(seed), X)
        horn.boxes.predictor.parameters(w)[2][1][0] -= highest(w) + 0.02
        assert highest(w) < 0
        slope = horn.boxes.predictor.parameters(loss_functional(COLD, Y, w, x=X)[1])
        assert not slope[2][0][0].any()
        assert slope[2][1][0] == 0
        found = learn(COLD, Y, w, X, "gd", 60, rate=0.003)
        back.append(max(map(highest, found.history["w"])) > 0.01)
    assert back == [False, True, False]  # where the first layer moved its inputs up


def test_C27_zero_biases_leave_negative_first_weights_dead():
    w = start(horn, Y, RNG(0), X)
    for parameters in horn.boxes.predictor.parameters(w)[::2]:
        parameters[1][:] = 0
    dead = horn.boxes.predictor.parameters(w)[0][0][:, 0] < 0
    found = learn(COLD, Y, w, X, steps=30)
    for before, after in zip(*(horn.boxes.predictor.parameters(v)[0] for v in (w, found.w)), strict=True):
        assert np.array_equal(before[dead], after[dead])
        assert not np.array_equal(before[~dead], after[~dead])
    assert dead.any()


def test_C27_zero_biases_make_a_straight_line():
    w = start(horn, Y, RNG(0), X)
    for parameters in horn.boxes.predictor.parameters(w):
        if parameters:
            parameters[1][:] = 0
    f = horn.boxes.code(w, SECTIONS[1:, None])
    assert np.diff(f, 2, axis=0) == pytest.approx(np.zeros((48, 2)), abs=1e-12)


def test_C27_predictor_shapes():
    assert horn.size == (8 + 8) + (64 + 8) + (16 + 2)
    for widths in ([1, 2], [3, 5, 4, 2]):
        chain = mlp(widths)
        assert chain.inputs == widths[0]
        assert chain.outputs == widths[-1]
        assert chain.size == sum(m * (d + 1) for d, m in zip(widths, widths[1:], strict=False))


def test_C25_the_ellipse_learns_by_adam_too():
    y = observe(np.zeros(24), RNG(0))
    exact = learn(marginal(ellipse, argmin_z, np.inf), y, (1.5, 2))
    found = learn(
        marginal(ellipse, argmin_z, np.inf),
        y,
        start(ellipse, y, RNG(0)),
        method="adam",
        steps=400,
        rate=0.02,
        batch=6,
        rng=RNG(0),
    )
    assert found.w == pytest.approx(exact.w, abs=2e-3)


def test_C27_start_has_the_stated_variance():
    wide = decoded(circle_decoder(), mlp([1, 300, 200, 2]))
    (_, _), _, (W2, b2), _, (W3, _) = wide.boxes.predictor.parameters(start(wide, Y, RNG(0), X))
    assert W2.std() == pytest.approx(np.sqrt(2 / 300), rel=0.02)
    assert W3.std() == pytest.approx(np.sqrt(2 / 200), rel=0.1)
    assert b2.std() > 0.1


def test_C27_minibatches_take_their_own_rows():
    # conditions and contrastive points go with their observations: two batches a pass, written out
    w, F, y_hat = start(horn, Y[:6], RNG(1), X[:6]), marginal(horn, RNG(2).uniform(0, 6, 4), 0.5), 0.5 * Y[:6]
    options = {"loss": "log", "y_hat": y_hat}
    found = learn(F, Y[:6], w, X[:6], "adam", 1, rate=0.01, batch=4, rng=RNG(0), **options)
    order = RNG(0).permutation(6)
    m = v = np.zeros(horn.size)
    for t, rows in enumerate((order[:4], order[4:]), 1):
        g = loss_functional(F, Y[rows], w, X[rows], "log", y_hat[rows])[1]
        m, v = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g**2
        w = w - 0.01 * (1 - (t - 1) / 2) * (m / (1 - 0.9**t)) / (np.sqrt(v / (1 - 0.999**t)) + 1e-8)
    assert found.w == pytest.approx(w, rel=1e-9, abs=1e-12)


@pytest.mark.parametrize("batch", [1, 4, 5])
def test_C27_minibatches_of_a_marginal_over_own_latents_are_refused(batch):
    """Such a potential is of its observations, in their order; one of shared latents, or of a rule, is of any."""
    w, options = start(horn, Y[:6], RNG(1), X[:6]), {"method": "adam", "steps": 1, "batch": batch, "rng": RNG(0)}
    z, p = RNG(2).uniform(0, 6, (6, 4, 1)), RNG(3).dirichlet(np.ones(4), 6)
    for F, words in (
        (marginal(horn, z, 0.5), rf"^z: expected latents of .* with n = {batch} observations, got \(6, 4, 1\)"),
        (marginal(horn, z[0], 0.5, p), rf"^p: expected a shape that broadcasts to E's \({batch}, 4\), got \(6, 4\)"),
    ):
        with pytest.raises(ValueError, match=words):
            learn(F, Y[:6], w, X[:6], **options)
        with pytest.raises(ValueError, match=words):
            loss_functional(F, Y[:batch], w, X[:batch])
        assert learn(F, Y[:6], w, X[:6], **options | {"batch": 6}).nit == 1
    for F in (marginal(horn, z[0], 0.5), marginal(horn, z[:1], 0.5, p[0]), COLD):
        assert learn(F, Y[:6], w, X[:6], **options).nit == 1


def test_C27_kinks_lie_between_observations_each_on_a_line_of_its_own():
    """Of two observations alone: at x = 0 or 1 where both ends are the same one, else at a share of the way that is its own."""
    wide = decoded(circle_decoder(), mlp([1, 300, 2]))
    W1, b1 = wide.boxes.predictor.parameters(start(wide, Y[:2], RNG(0), [0.0, 1.0]))[0]
    kinks = -b1 / W1[:, 0]
    assert kinks.min() >= -1e-12
    assert kinks.max() <= 1 + 1e-12
    assert len(np.unique(kinks.round(9))) > 100


def test_C27_documented_default_of_a_trial():
    plain, told = (
        learn_from_starts(marginal(horn, latent_grid(), 1.0), Y[:10], RNG(0), X[:10], starts=1, steps=1, **o).trials
        for o in ({}, {"trial": 100})
    )
    other = learn_from_starts(
        marginal(horn, latent_grid(), 1.0), Y[:10], RNG(0), X[:10], starts=1, steps=1, trial=101
    ).trials
    assert plain == told != other
