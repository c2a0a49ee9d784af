"""Likelihood: the gradient three ways, samples whose error bars are right, the fits, the canyon."""

import numpy as np
import pytest
from gradients import check_adjoint
from scipy import stats

import refebm as r
from refebm.energies.marginals import marginal
from refebm.energies.networks import network_potential
from refebm.energies.potentials import Potential, joint
from refebm.parts.chains import Chain

BOX = [(-4, 4), (-4, 4)]
WIDE = r.gauss_grid([(-12, 12)], 12), r.gauss_grid([(-12, 12)], 17, 9)
Y = r.ellipse_data(24, np.random.default_rng(0))
SPACE, MEASURE = r.gauss_grid(BOX, 6)
NET = network_potential(r.mlp([2, 6, 1], "tanh"), beta=1.5, spring=0.8)
W = np.random.default_rng(1).normal(size=NET.size)
FEATURES, U = Chain(r.mlp([2, 60, 1], "tanh").stages[:2]), np.random.default_rng(11).normal(size=180)
FEATURED = r.feature_potential(FEATURES, U, beta=1.5, spring=0.4)
HOUSE = Potential(  # F = w y^2 / 2 in one dimension: everything in closed form
    lambda y, w, x: w[0] * y[:, 0] ** 2 / 2,
    lambda y, w, x, b: (b[:, None] * w[0] * y, np.array([(b * y[:, 0] ** 2).sum() / 2])),
    dim=1,
    size=1,
    beta=2.0,
)


@pytest.mark.parametrize("spring", [0.0, 0.8])
def test_L4_potential_adjoints(spring):
    rng = np.random.default_rng(2)
    net = network_potential(r.mlp([3, 5, 1], "tanh"), spring=spring, conditions=1)
    x, y, w = rng.normal(size=(4, 1)), rng.normal(size=(4, 2)), rng.normal(size=net.size)
    check_adjoint(lambda y, w: net.value(y, w, x), lambda y, w, b: net.adjoint(y, w, x, b), (y, w), rng)
    warm = marginal(r.ellipse, r.latent_grid(16), 2.0, p=1 + np.cos(r.latent_grid(16)) ** 2)
    check_adjoint(
        lambda y, w: warm.value(y, w, None), lambda y, w, b: warm.adjoint(y, w, None, b), (y, [1.5, 2.0]), rng
    )
    both = joint(r.ellipse)
    v = rng.normal(size=(4, 3))
    check_adjoint(lambda v, w: both.value(v, w, None), lambda v, w, b: both.adjoint(v, w, None, b), (v, [1.5, 2]), rng)


def test_L4_likelihood_is_minus_log_p():
    loss, _ = r.negative_log_likelihood(NET, Y, W, SPACE, MEASURE)
    log_z = r.integrate(lambda y: NET(y, W), NET.beta, BOX).log_z
    assert loss == pytest.approx((NET(Y, W) + log_z / NET.beta).mean(), rel=1e-10)
    # a shift of the energy leaves P and so the loss
    shifted = Potential(lambda y, w, x: NET.value(y, w, x) + 17.0, NET.adjoint, 2, NET.size, NET.beta)
    assert r.negative_log_likelihood(shifted, Y, W, SPACE, MEASURE)[0] == pytest.approx(loss, rel=1e-12)


def test_L4_enumerated_space_and_conditions():
    labels = np.eye(3)[:, :2]  # three things y can be
    net = network_potential(r.mlp([3, 4, 1], "tanh"), conditions=1)
    rng = np.random.default_rng(3)
    w, x = rng.normal(size=net.size), rng.normal(size=(5, 1))
    y = labels[rng.integers(3, size=5)]
    loss, w_bar = r.negative_log_likelihood(net, y, w, labels, x=x)
    each = [r.negative_log_likelihood(net, y[i : i + 1], w, labels, x=x[i : i + 1]) for i in range(5)]
    assert loss == pytest.approx(np.mean([e[0] for e in each]), rel=1e-14)
    assert w_bar == pytest.approx(np.mean([e[1] for e in each], axis=0), rel=1e-12, abs=1e-15)
    flat = r.negative_log_likelihood(net, y, w, labels, x=x[:, 0])  # scalar conditions may come without their axis
    assert flat[0] == loss
    P = [np.exp(-net(np.array([c]), w, x[:1])[0]) for c in labels]
    i = int(np.argmax((labels == y[0]).all(axis=1)))
    assert each[0][0] == pytest.approx(-np.log(P[i] / sum(P)), rel=1e-13)


@pytest.mark.parametrize("beta", [0.3, 1.5, 40.0])
def test_L6_gradient(beta):
    net = network_potential(r.mlp([2, 6, 1], "tanh"), beta=beta, spring=0.8)
    rng = np.random.default_rng(4)
    space, measure = r.gauss_grid(BOX, 3)

    def value(w):
        F = net.value(space, w, None)
        shift = F.real.min()
        return net.value(Y, w, None).mean() - shift + np.log((measure * np.exp(-beta * (F - shift))).sum()) / beta

    def adjoint(w, bar):
        return bar * r.negative_log_likelihood(net, Y, w, space, measure)[1]

    assert value(W) == pytest.approx(r.negative_log_likelihood(net, Y, W, space, measure)[0], rel=1e-12)
    check_adjoint(value, adjoint, (W,), rng)


def test_L5_gradient_of_the_log_partition_is_an_expectation():
    w, h = 0.7, 1e-6
    y, measure = r.gauss_grid([(-15, 15)], 24)

    def free(w):
        return float(r.log_partition(HOUSE(y, [w]), 2.0, measure)) / 2.0

    P = r.softargmin(HOUSE(y, [w]), 2.0, p=measure)
    expectation = P @ y[:, 0] ** 2 / 2
    assert -(free(w + h) - free(w - h)) / (2 * h) == pytest.approx(expectation, rel=1e-8)
    assert expectation == pytest.approx(1 / (2 * 2.0 * w), rel=1e-10)  # the variance is 1/(beta w)


def test_N13_at_the_ends_of_beta():
    F = NET(SPACE, W)
    cold = network_potential(r.mlp([2, 6, 1], "tanh"), beta=np.inf, spring=0.8)
    loss, w_bar = r.negative_log_likelihood(cold, Y, W, SPACE, MEASURE)
    assert loss == pytest.approx(NET(Y, W).mean() - F.min(), rel=1e-13)  # the least energy is pushed up
    least = SPACE[[F.argmin()]]
    share = np.full(24, 1 / 24)
    assert w_bar == pytest.approx(NET.adjoint(Y, W, None, share)[1] - NET.adjoint(least, W, None, np.ones(1))[1])


def test_N10_push_up_everywhere_is_nothing_where_the_volume_is_fixed():
    """The ellipse's partition function does not depend on w: its likelihood is its energy loss, gradient and all."""
    warm = marginal(r.ellipse, r.latent_grid(128), 8.0)
    space, measure = r.gauss_grid([(-6, 6), (-6, 6)], 24)
    for w in ([1.8, 1.6], [2.5, 0.7]):
        loss, w_bar = r.negative_log_likelihood(warm, Y, w, space, measure)
        energy, slope = r.loss_functional(r.marginal(r.ellipse, r.latent_grid(128), 8.0), Y, w)
        assert loss == pytest.approx(energy + np.log(np.pi / 8) / 8, abs=1e-8)
        assert w_bar == pytest.approx(slope, abs=1e-7)


def exact_draws(n, rng):
    P = r.softargmin(NET(SPACE, W), NET.beta, p=MEASURE)
    return SPACE[rng.choice(len(SPACE), n, p=P)]


def test_L7_monte_carlo_gradient_is_unbiased_and_its_error_bars_cover():
    """(estimate - exact)/error follows Student's t: half, and nine of ten, of 400 repeats are within its quantiles."""
    rng = np.random.default_rng(5)
    _, exact = r.negative_log_likelihood(NET, Y, W, SPACE, MEASURE)
    scores = []
    for _ in range(400):
        w_bar, error = r.likelihood_gradient(NET, Y, exact_draws(100, rng), W, batches=10)
        scores.append((w_bar - exact)[:-1] / error[:-1])  # the last bias shifts F by a constant: its gradient is 0
    scores = np.array(scores)
    for level in (0.5, 0.9):
        covered = np.abs(scores) < stats.t.ppf((1 + level) / 2, df=9)
        spread = 4 * np.sqrt(level * (1 - level) / 400)
        assert np.abs(covered.mean(axis=0) - level).max() < spread
    # all draws in one: the mean of many one-sample gradients is the exact one
    w_bar, error = r.likelihood_gradient(NET, Y, exact_draws(40_000, rng), W, batches=100)
    assert (np.abs(w_bar - exact) < 4.5 * error + 1e-12).all()
    assert (error < 0.02 * np.abs(exact).max() + 0.02).all()


@pytest.mark.parametrize(("draws", "batches"), [(1003, 20), (29, 20), (47, 10)])
def test_L7_error_bars_cover_at_draw_counts_that_fit_nothing_evenly(draws, batches):
    """Normal slopes: (estimate - exact)/error is Student's t exactly; what has no noise has no error."""
    line = Potential(  # F = w_1 y + w_2
        lambda y, w, x: w[0] * y[:, 0] + w[1],
        lambda y, w, x, b: (b[:, None] * w[0], np.array([b @ y[:, 0], b.sum()])),
        dim=1,
        size=2,
    )
    rng, repeats = np.random.default_rng(12), 800
    found = [
        r.likelihood_gradient(line, [[5.0]], rng.normal(5, 1, (draws, 1)), [1.0, 1.0], batches=batches)
        for _ in range(repeats)
    ]
    gaps, errors = np.array([w_bar for w_bar, _ in found]), np.array([error for _, error in found])
    assert errors[:, 1].max() < 1e-15
    assert np.abs(gaps[:, 1]).max() < 1e-14
    # The square of the error is quadratic in the draws: its expectation, 1/draws for those of variance 1, is its trace.
    each = [r.likelihood_gradient(line, [[5.0]], e[:, None], [1.0, 1.0], batches=batches)[1][0] for e in np.eye(draws)]
    assert np.square(each).sum() == pytest.approx(1 / draws, rel=1e-12)
    ratio = np.sqrt(np.square(gaps[:, 0]).mean() / np.square(errors[:, 0]).mean())
    assert ratio == pytest.approx(1, abs=4 * np.sqrt((1 + 1 / (batches - 1)) / (2 * repeats)))
    for level in (0.5, 0.9):
        covered = (np.abs(gaps[:, 0] / errors[:, 0]) < stats.t.ppf((1 + level) / 2, df=batches - 1)).mean()
        assert covered == pytest.approx(level, abs=4 * np.sqrt(level * (1 - level) / repeats))


def test_L7_each_draw_has_its_own_condition():
    net = network_potential(r.mlp([2, 4, 1], "tanh"), conditions=1)
    free = Potential(net.value, net.adjoint, 1, net.size)  # says nothing of its conditions
    w, y, x = np.ones(net.size), np.zeros((5, 1)), np.zeros((5, 1))
    for F, x_y, x_hat, words in (
        (net, x, np.zeros((9, 1)), "x_hat: expected 5, a row for each, got 9"),
        (net, x, None, r"x_hat: expected conditions of shape \(n, 1\), got None"),
        (net, None, x, r"x: expected conditions of shape \(n, 1\), got None"),
        (net, x[:3], x, "x: expected 5, a row for each, got 3"),
        (net, x, np.zeros((5, 2)), r"x_hat: expected one condition for each observation, shape \(n, 1\), got \(5, 2\)"),
        (free, x, None, "x_hat: expected 5, a row for each, got none"),
        (free, None, x, "x_hat: expected none, as x has, got 5"),
        (free, x, np.zeros((5, 2)), "x_hat: expected 1 entries in a row, as x has, got 2"),
    ):
        with pytest.raises(ValueError, match=f"^{words}"):
            r.likelihood_gradient(F, y, y, w, x_y, x_hat)


def test_L7_one_sample_form():
    y_hat = Y[:1] * 0.3
    w_bar, error = r.likelihood_gradient(NET, Y, y_hat, W)
    share = np.full(24, 1 / 24)
    assert np.allclose(w_bar, NET.adjoint(Y, W, None, share)[1] - NET.adjoint(y_hat, W, None, np.ones(1))[1])
    assert np.isposinf(error).all()
    _, error = r.likelihood_gradient(NET, Y, Y * 0.3, W, batches=24)
    each = np.array([NET.adjoint(v[None] * 0.3, W, None, np.ones(1))[1] for v in Y])
    assert error == pytest.approx(each.std(axis=0, ddof=1) / np.sqrt(24), rel=1e-10)


def test_W6_contrastive_divergence_by_chains():
    """With draws of a Metropolis-adjusted chain the difference of the two expectations is the exact gradient."""
    rng = np.random.default_rng(6)
    chain = r.sample(NET, rng.normal(size=(200, 2)), W, 400, 0.15, rng, method="mala", burn=100)
    draws = np.moveaxis(chain.y, 1, 0).reshape(-1, 2)  # a chain in a batch
    w_bar, error = r.likelihood_gradient(NET, Y, draws, W, batches=200)
    _, exact = r.negative_log_likelihood(NET, Y, W, *r.gauss_grid([(-7, 7), (-7, 7)], 10))
    assert (np.abs(w_bar - exact) < 4.5 * error + 1e-12).all()


def test_L8_the_update_descends_to_the_maximum():
    rng = np.random.default_rng(7)
    y = rng.normal(0, 0.8, (50, 1))
    found = r.learn_likelihood(HOUSE, y, [1.0], *WIDE[0], check=WIDE[1], method="gd", rate=1.0, steps=2000)
    assert found.success
    assert found.w[0] == pytest.approx(1 / (2 * np.square(y).mean()), rel=1e-6)  # variance 1/(beta w) = the data's
    assert (np.diff(found.history["loss"]) <= 1e-15).all()
    quick = r.learn_likelihood(HOUSE, y, [1.0], *WIDE[0], check=WIDE[1])
    assert quick.success
    assert quick.w == pytest.approx(found.w, rel=1e-6)
    assert quick.nit < found.nit


def test_L8_learns_the_ellipse_and_a_network_by_exact_maximum_likelihood():
    warm = marginal(r.ellipse, r.latent_grid(64), 200.0)  # the data's own noise: 1/(2 beta) = 0.05^2
    space, measure = r.gauss_grid([(-3, 3), (-3, 3)], 20)
    other = r.gauss_grid([(-3, 3), (-3, 3)], 31, 7)
    found = r.learn_likelihood(warm, Y, [1.7, 1.7], space, measure, check=other, tol=1e-6)
    assert found.success
    assert found.w == pytest.approx([2, 1.5], abs=0.04)
    data, held = r.ellipse_data(200, np.random.default_rng(8)), r.ellipse_data(400, np.random.default_rng(10))
    net = network_potential(r.mlp([2, 6, 1], "tanh"), spring=0.2)
    start = np.random.default_rng(9).normal(size=net.size)
    rules = r.gauss_grid(BOX, 8), r.gauss_grid(BOX, 13, 7)
    fit = r.learn_likelihood(
        net, data, start, *rules[0], decay=1e-3, check=rules[1], method="newton", tol=1e-10, agree=1e-3
    )
    assert fit.success
    curvature = r.negative_log_likelihood_hessian(net, data, fit.w, *rules[0]) + 1e-3 * np.eye(net.size)
    assert np.linalg.eigvalsh(curvature).min() > 0  # a minimum
    loss = r.negative_log_likelihood(net, held, fit.w, *rules[1])[0]
    gaussian = -stats.multivariate_normal(data.mean(axis=0), np.cov(data.T)).logpdf(held).mean()
    assert loss < gaussian - 0.3  # it has found the ring, which a Gaussian cannot


def test_L8_a_learner_that_finds_the_gaps_between_the_nodes_is_no_success():
    """On too few nodes the gradient vanishes, at a loss that is not the likelihood's: another rule notices."""
    data = r.ellipse_data(50, np.random.default_rng(8))
    features = r.feature_potential(FEATURES, 4 * U, spring=0.2)
    few, other, many = r.gauss_grid(BOX, 3), r.gauss_grid(BOX, 5, 7), r.gauss_grid(BOX, 32)
    options = {"decay": 1e-6, "method": "newton", "tol": 1e-9}
    found = r.learn_likelihood(features, data, np.zeros(60), *few, check=other, **options)
    assert np.abs(found.jac).max() < 1e-9
    believed, true = (r.negative_log_likelihood(features, data, found.w, *rule)[0] for rule in (few, many))
    assert true > believed + 1
    assert not found.success
    assert found.discrepancy > 1
    assert f"by another rule the loss is {found.discrepancy:+.1e}" in found.message
    expected = r.negative_log_likelihood(features, data, found.w, *other)[0] - believed
    assert found.discrepancy == pytest.approx(expected, rel=1e-12)
    alone = r.learn_likelihood(features, data, np.zeros(60), *few, **options)
    assert np.array_equal(alone.w, found.w)
    assert not alone.success  # nothing confirms it
    assert np.isposinf(alone.discrepancy)
    assert "no other rule confirms the integral" in alone.message


def test_L8_an_enumeration_needs_no_other_rule_and_a_shared_node_is_no_other():
    states = np.array([[0.0], [1.0], [2.0]])
    for measure in (1.0, [1, 2, 3]):
        found = r.learn_likelihood(HOUSE, states, [0.3], states, measure, decay=0.1, check="enumeration")
        assert found.success
        assert found.discrepancy == 0
        # whole numbers alone don't make an enumeration: a grid of step 1 has them too
        assert not r.learn_likelihood(HOUSE, states, [0.3], states, measure, decay=0.1).success
    with pytest.raises(ValueError, match=r"^check: expected nodes of which the space has none, got 1 that it has"):
        r.learn_likelihood(HOUSE, states, [0.3], states, 0.5, check=(states[1:2], 0.5))
    with pytest.raises(ValueError, match=r"^check: expected nodes of which the space has none, got 3 that it has"):
        r.learn_likelihood(HOUSE, states, [0.3], states, 0.5, check=(np.nextafter(states, 9), 0.5))
    with pytest.raises(ValueError, match=r"^check: expected one of enumeration, got 'exact'"):
        r.learn_likelihood(HOUSE, states, [0.3], states, check="exact")
    with pytest.raises(ValueError, match=r"^check: expected shape"):
        r.learn_likelihood(HOUSE, states, [0.3], states, 0.5, check=(SPACE, MEASURE))
    with pytest.raises(ValueError, match=r"^check: expected volumes from 0 up"):
        r.learn_likelihood(HOUSE, states, [0.3], states, 0.5, check=([[5.0]], -1.0))
    with pytest.raises(ValueError, match=r"^method: expected one of"):
        r.learn_likelihood(HOUSE, states, [0.3], states, method="bfgs")
    with pytest.raises(ValueError, match=r"^potential: expected a curvature"):
        r.learn_likelihood(HOUSE, states, [0.3], states, method="newton")
    with pytest.raises(TypeError, match=r"^learn_likelihood: expected no options but .*, got epoch$"):
        r.learn_likelihood(HOUSE, states, [0.3], states, epoch=5)
    with pytest.raises(TypeError, match=r"^check: expected a pair"):
        r.learn_likelihood(HOUSE, states, [0.3], states, 0.5, check=states)


def test_L6_second_derivatives():
    """The products of the Hessian are the gradient's motions; with conditions, features, a spring, beta not 1."""
    rng = np.random.default_rng(14)
    deep = network_potential(r.mlp([3, 4, 3, 1], "tanh"), beta=1.5, spring=0.8, conditions=1)
    soft = network_potential(r.mlp([2, 4, 1], "softplus"), beta=0.7, spring=0.8)
    space, measure = r.gauss_grid(BOX, 2)
    for potential, x in ((deep, rng.normal(size=(24, 1))), (soft, None), (FEATURED, None)):
        w, direction = rng.normal(size=(2, potential.size))
        hessian = r.negative_log_likelihood_hessian(potential, Y, w, space, measure, x)
        up, down = (
            r.negative_log_likelihood(potential, Y, w + h * direction, space, measure, x)[1] for h in (1e-5, -1e-5)
        )
        assert hessian == pytest.approx(hessian.T, abs=1e-12 * np.abs(hessian).max())
        assert hessian @ direction == pytest.approx((up - down) / 2e-5, abs=1e-7 * np.abs(up).max())
    check_adjoint(
        lambda y, w: FEATURED.value(y, w, None),
        lambda y, w, b: FEATURED.adjoint(y, w, None, b),
        (Y[:4], rng.normal(size=60)),
        rng,
    )
    cold = network_potential(r.mlp([2, 4, 1], "tanh"), beta=np.inf)
    for potential in (HOUSE, cold):
        with pytest.raises(ValueError, match=r"^potential: expected a curvature and a finite beta"):
            r.negative_log_likelihood_hessian(
                potential, Y[:, : potential.dim], np.ones(potential.size), SPACE[:, : potential.dim]
            )


def test_L6_an_energy_linear_in_its_parameters_has_one_optimum():
    """Its loss is convex: from anywhere, learning ends at the same w."""
    rng = np.random.default_rng(15)
    space, measure = r.gauss_grid(BOX, 4)
    ends = []
    for start in rng.normal(0, 3, (3, 60)):
        hessian = r.negative_log_likelihood_hessian(FEATURED, Y, start, space, measure)
        assert np.linalg.eigvalsh(hessian).min() > -1e-12 * np.abs(hessian).max()
        options = {"decay": 0.01, "method": "newton", "tol": 1e-11}
        found = r.learn_likelihood(FEATURED, Y, start, space, measure, **options)
        ends.append(found.w)
        assert found.history["gradient"][-1] < 1e-11
        assert found.nit < 25  # the Hessian is the loss's, decay and all
    assert np.ptp(ends, axis=0).max() < 1e-8


@pytest.mark.parametrize("decay", [1e-1, 1e-3, 1e-5])
def test_L9_the_canyon_is_as_deep_as_the_decay_allows(decay):
    """All data at 0: w* = (2 beta decay)^(-1/2), the slope's curvature w* grows without end as the decay goes to 0."""
    space, other = r.gauss_grid([(-60, 60)], 600), r.gauss_grid([(-60, 60)], 801, 7)
    found = r.learn_likelihood(HOUSE, np.zeros((3, 1)), [1.0], *space, decay=decay, check=other, tol=1e-10)
    assert found.success
    assert found.w[0] == pytest.approx((2 * 2.0 * decay) ** -0.5, rel=1e-4)


def test_L9_without_decay_there_is_no_least_loss():
    space = r.gauss_grid([(-60, 60)], 600)
    losses = [r.negative_log_likelihood(HOUSE, np.zeros((1, 1)), [w], *space)[0] for w in (1.0, 10.0, 100.0)]
    assert np.diff(losses) == pytest.approx([-np.log(10) / 4] * 2, rel=1e-6)  # for ever


def test_bad_arguments_are_refused():
    with pytest.raises(ValueError, match=r"^space: expected shape"):
        r.negative_log_likelihood(NET, Y, W, np.zeros((5, 3)))
    with pytest.raises(ValueError, match=r"^measure: expected a number or shape"):
        r.negative_log_likelihood(NET, Y, W, SPACE, np.ones(3))
    with pytest.raises(ValueError, match=r"^measure: expected volumes"):
        r.negative_log_likelihood(NET, Y, W, SPACE, 0.0)
    with pytest.raises(ValueError, match=r"^decay: expected"):
        r.learn_likelihood(NET, Y, W, SPACE, MEASURE, decay=-1.0)
    with pytest.raises(ValueError, match=r"^method: expected lbfgs, gd or newton"):
        r.learn_likelihood(NET, Y, W, SPACE, MEASURE, method="adam")
    with pytest.raises(ValueError, match=r"^x: expected None, as there are no conditions, got an array"):
        r.negative_log_likelihood(NET, Y, W, SPACE, MEASURE, x=np.zeros((24, 1)))
    open_to_any = Potential(NET.value, NET.adjoint, 2, NET.size)
    with pytest.raises(ValueError, match=r"^x: expected 24 conditions"):
        r.negative_log_likelihood(open_to_any, Y, W, SPACE, MEASURE, x=np.zeros((3, 1)))
    with pytest.raises(ValueError, match=r"^chain: expected 1 output"):
        network_potential(r.mlp([2, 2]))


@pytest.mark.parametrize("distance", [0.0, 1e-6, 0.1, 1.0, 30.0])
def test_L6_cold_ties_of_the_space_share_their_weight(distance):
    """Points at one distance from a circle tie; rounding parts their energies, not their weights."""
    ring = np.exp(2j * np.pi * (np.arange(8) + 0.3) / 8)
    space = (1 + distance) * np.stack([ring.real, ring.imag], axis=1)
    cold = marginal(r.ellipse, r.argmin_z, np.inf)
    _, w_bar = r.negative_log_likelihood(cold, space, [1.0, 1.0], space)
    assert np.abs(w_bar).max() < 1e-14 * (1 + distance)  # data everywhere alike, the model too
