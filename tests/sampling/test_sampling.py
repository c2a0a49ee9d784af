"""Samplers: exactly stationary where they should be, exactly biased where they are, then statistics."""

import numpy as np
import pytest
from scipy import stats

import refebm as r
from refebm.energies.marginals import marginal
from refebm.energies.networks import network_potential
from refebm.energies.potentials import Potential
from refebm.sampling.langevin import langevin, langevin_log_density
from refebm.sampling.metropolis import KERNELS, log_acceptance, walk

LOG_DENSITIES = {"mala": langevin_log_density, "walk": lambda y_new, y, s, alpha: np.zeros(len(y))}
WELL = Potential(  # two wells of different depth, F grows like 2 y^2 and the score like a line
    lambda y, w, x: 2 * y[:, 0] ** 2 - np.log(np.cosh(4 * y[:, 0] - 0.3)),
    lambda y, w, x, b: (b[:, None] * (4 * y - 4 * np.tanh(4 * y - 0.3)), np.zeros(1)),
    dim=1,
    size=1,
    beta=1.5,
)
STEEP = Potential(  # F grows like y^4, and the score more than a line
    lambda y, w, x: (y[:, 0] ** 2 - 1) ** 2 + 0.3 * y[:, 0],
    lambda y, w, x, b: (b[:, None] * (4 * y * (y**2 - 1) + 0.3), np.zeros(1)),
    dim=1,
    size=1,
    beta=1.5,
)
BOWL = Potential(  # normal, of standard deviations 1 and 0.5
    lambda y, w, x: y[:, 0] ** 2 / 2 + 2 * y[:, 1] ** 2,
    lambda y, w, x, b: (b[:, None] * y * [1, 4], np.zeros(1)),
    dim=2,
    size=1,
)
NET = network_potential(r.mlp([2, 6, 1], "tanh"), beta=1.5, spring=0.8)
W = np.random.default_rng(1).normal(size=NET.size)


def kernel(method, alpha, y, F=WELL):
    """Transition densities of a well on a fine grid, and the chance to stay where a move is refused."""
    s = r.score(F, y, [0.0])[:, 0]
    mean = y[:, 0] + (0 if method == "walk" else alpha * s)
    T = np.exp(-((y[:, 0] - mean[:, None]) ** 2) / (4 * alpha)) / np.sqrt(4 * np.pi * alpha) * (y[1, 0] - y[0, 0])
    if method == "langevin":
        return T
    log_p = -F.beta * F(y, [0.0])
    log_density = LOG_DENSITIES[method]
    n = len(y)
    rows, columns = (i.ravel() for i in np.indices((n, n)))
    forth = log_density(y[columns], y[rows], s[rows, None], alpha)
    back = log_density(y[rows], y[columns], s[columns, None], alpha)
    T = T * np.exp(log_acceptance(log_p[rows], log_p[columns], forth, back)).reshape(n, n)
    return T + np.diag(1 - T.sum(axis=1))


LINE = np.linspace(-3.2, 3.2, 641)[:, None]
EXACT = r.softargmin(WELL(LINE, [0.0]), WELL.beta)


@pytest.mark.parametrize("alpha", [0.02, 0.1, 0.4])
@pytest.mark.parametrize("method", ["mala", "walk"])
@pytest.mark.parametrize("F", [WELL, STEEP], ids=["line", "steep"])
def test_W12_metropolis_leaves_p_as_it_is(F, method, alpha):
    T, exact = kernel(method, alpha, LINE, F), r.softargmin(F(LINE, [0.0]), F.beta)
    assert (T >= -1e-13).all()
    assert exact @ T == pytest.approx(exact, abs=1e-16, rel=1e-12)  # pi P = pi
    flow = exact[:, None] * T
    assert np.allclose(flow, flow.T, rtol=1e-10, atol=1e-20)  # and in detail


@pytest.mark.parametrize("method", ["mala", "walk"])
def test_W12_detailed_balance_for_random_pairs(method):
    rng = np.random.default_rng(2)
    y, y_new = rng.normal(size=(2, 50, 2))
    s, s_new = r.score(NET, y, W), r.score(NET, y_new, W)
    log_p, log_p_new = -NET.beta * NET(y, W), -NET.beta * NET(y_new, W)
    q = LOG_DENSITIES[method]
    forth, back = q(y_new, y, s, 0.3), q(y, y_new, s_new, 0.3)
    there = log_p + forth + log_acceptance(log_p, log_p_new, forth, back)
    again = log_p_new + back + log_acceptance(log_p_new, log_p, back, forth)
    assert there == pytest.approx(again, abs=1e-12)


@pytest.mark.parametrize("method", ["mala", "walk"])
def test_W12_a_move_is_taken_with_the_probability_that_metropolis_gives_it(method):
    """Proposed and tested by the kernel itself, its exponential noise just on either side of the ratio's log."""
    rng, alpha = np.random.default_rng(13), 0.4
    y, xi = rng.normal(size=(2, 200, 2))
    y_new = y + np.sqrt(2 * alpha) * xi + (alpha * r.score(NET, y, W) if method == "mala" else 0)
    log_ratio = NET.beta * (NET(y, W) - NET(y_new, W))
    if method == "mala":
        s, s_new, width = r.score(NET, y, W), r.score(NET, y_new, W), np.sqrt(2 * alpha)
        log_ratio += stats.norm(y_new + alpha * s_new, width).logpdf(y).sum(axis=1)
        log_ratio -= stats.norm(y + alpha * s, width).logpdf(y_new).sum(axis=1)
    e, up = -np.minimum(log_ratio, 0), log_ratio >= 0
    assert 20 < up.sum() < 180
    kernel = KERNELS[method](NET, W, None, alpha)
    start = kernel.start(y)
    for factor in (1 - 1e-9, 1 + 1e-9):
        state, taken = kernel.move(start, (xi, e * factor))
        assert np.array_equal(taken, up | (factor > 1))
        assert state[0] == pytest.approx(np.where(taken[:, None], y_new, y), rel=1e-13, abs=1e-15)
        for kept, known in zip(state, kernel.start(state[0]), strict=True):  # what a state carries belongs to its y
            assert kept == pytest.approx(known, rel=1e-12)


def test_W12_the_proposals_density_is_the_moves():
    rng = np.random.default_rng(3)
    y, s = np.full((200_000, 1), 0.4), np.full((200_000, 1), -1.3)
    moved = langevin(y, s, 0.2, rng.normal(size=y.shape))
    assert stats.kstest(moved[:, 0], stats.norm(0.4 - 0.26, np.sqrt(0.4)).cdf).pvalue > 1e-3
    a, b = np.array([[0.3], [1.0]]), np.array([[0.1], [0.1]])
    ratio = np.diff(langevin_log_density(a, b, np.array([[0.5], [0.5]]), 0.2))
    assert ratio == pytest.approx(np.diff(stats.norm(0.2, np.sqrt(0.4)).logpdf(a[:, 0])))
    assert np.array_equal(walk(y, 0.2, 0 * y), y)


def test_W12_langevin_step_by_hand():
    y, s, xi = np.array([[1.0, -2.0]]), np.array([[0.5, 3.0]]), np.array([[1.0, -0.5]])
    assert langevin(y, s, 0.08, xi) == pytest.approx(np.array([[1 + 0.04 + 0.4, -2 + 0.24 - 0.2]]))


def stationary(T):
    p = EXACT.copy()
    for _ in range(60):
        T = T @ T / (T @ T).sum(axis=1, keepdims=True)
        if np.abs(p @ T - p).max() < 1e-15:
            break
        p = p @ T
    return p


def test_W12_the_bias_of_plain_langevin_shrinks_with_the_step():
    """Its stationary law, of the transition matrix: off by O(alpha) in total variation, while Metropolis's is off by nothing."""
    alphas = [0.005, 0.01, 0.02]
    off = [0.5 * np.abs(stationary(kernel("langevin", a, LINE)) - EXACT).sum() for a in alphas]
    assert np.diff(off).min() > 0
    assert off[0] > 5e-4
    assert np.array(off[1:]) / off[:-1] == pytest.approx([2, 2], abs=0.2)


def test_W12_where_the_score_outgrows_a_line_plain_langevin_is_lost_and_metropolis_is_not():
    far, alpha = np.array([[5.0], [-20.0], [300.0]]), 0.1
    y = far
    for _ in range(4):  # without noise each step doubles the distance at least; and noise is far smaller than that
        moved = y + alpha * r.score(STEEP, y, [0.0])
        assert (np.abs(moved) > 3 * np.abs(y) + 100 * np.sqrt(2 * alpha)).all()
        assert (np.abs(y + alpha * r.score(WELL, y, [0.0])) < np.abs(y)).all()
        y = moved
    start = np.ones((200, 1))
    with np.errstate(over="ignore"), pytest.raises(ValueError, match=r"^alpha: expected a step at which chains stay"):
        r.sample(STEEP, start, [0.0], 3000, alpha, np.random.default_rng(12))
    found = r.sample(STEEP, start, [0.0], 3000, alpha, np.random.default_rng(12), method="mala", burn=100)
    exact, square = r.softargmin(STEEP(LINE, [0.0]), STEEP.beta) @ LINE[:, 0] ** 2, np.square(found.y).mean(axis=(0, 2))
    assert abs(square.mean() - exact) < 4 * square.std() / np.sqrt(200)


def test_W12_divergence_falls_at_the_rate_of_the_relative_fisher_information():
    """A reversible walk to neighbours on a grid is the Fokker-Planck equation up to O(h^2)."""
    errors = []
    for h in (0.04, 0.02):
        y = np.arange(-4, 4 + h / 2, h)[:, None]
        P = r.softargmin(WELL(y, [0.0]), WELL.beta)
        uphill = np.sqrt(P[1:] / P[:-1])
        rates = np.diag(uphill, 1) + np.diag(1 / uphill, -1)
        rates = (rates - np.diag(rates.sum(axis=1))) / h**2
        rho = r.softargmin(2 * (y[:, 0] - 0.5) ** 2, 1.0)
        slope = rho @ rates @ np.log(rho / P)  # d/dt sum rho log(rho / P)
        errors.append(slope + rho @ (-4 * (y - 0.5) - r.score(WELL, y, [0.0]))[:, 0] ** 2)
        assert P @ rates == pytest.approx(np.zeros(len(y)), abs=1e-11)
        assert slope < -1
    assert abs(errors[1]) < 0.02
    assert errors[0] / errors[1] == pytest.approx(4, rel=0.1)


@pytest.mark.parametrize("f", [lambda y: y, np.square, lambda y: y > 1, np.cos], ids=["y", "square", "right", "cos"])
def test_W12_pairs_of_autocorrelations_of_a_reversible_chain_are_positive_falling_and_convex(f):
    """Geyer (1992), exactly, by the transition matrix: sum_i c_i^2 lambda_i^2k (1 + lambda_i)."""
    for alpha in (0.1, 0.4):
        T = kernel("mala", alpha, LINE[::4])
        P = r.softargmin(WELL(LINE[::4], [0.0]), WELL.beta)
        g = f(LINE[::4, 0]).astype(float)
        g -= P @ g
        gamma, moved = [], g
        for _ in range(16):
            gamma.append(P @ (g * moved))
            moved = T @ moved
        pairs = np.reshape(gamma, (-1, 2)).sum(axis=1)
        assert (pairs > 0).all()
        assert (np.diff(pairs) < 0).all()
        assert (np.diff(pairs, 2) > 0).all()


@pytest.mark.parametrize("alpha", [0.05, 0.2])
def test_W12_bias_for_a_gaussian_in_closed_form(alpha):
    """y' = (1 - alpha/v) y + sqrt(2 alpha) xi has the variance v/(1 - alpha/(2 v)), measured with its error bars."""
    rng = np.random.default_rng(4)
    found = r.sample(BOWL, rng.normal(size=(2000, 2)) * [1, 0.5], [0.0], 400, alpha, rng, burn=100)
    v = np.array([1, 0.25])
    expected = v / (1 - alpha / (2 * v))
    square = np.square(found.y)
    error = square.mean(axis=0).std(axis=0) / np.sqrt(2000)
    assert (np.abs(square.mean(axis=(0, 1)) - expected) < 4.5 * error).all()
    assert (np.abs(square.mean(axis=(0, 1)) - v) > 4.5 * error)[1]  # the bias is seen
    assert (found.acceptance == 1).all()


@pytest.mark.parametrize("method", ["mala", "walk"])
def test_W12_metropolis_meets_the_exact_distribution(method):
    rng = np.random.default_rng(5)
    found = r.sample(NET, rng.normal(size=(500, 2)), W, 600, 0.3, rng, method=method, burn=200)
    y, measure = r.gauss_grid([(-6, 6), (-6, 6)], 8)
    P = r.softargmin(NET(y, W), NET.beta, p=measure)
    for f in (lambda v: v, np.square, np.cos):
        exact, chains = P @ f(y), f(found.y).mean(axis=0)
        assert (np.abs(chains.mean(axis=0) - exact) < 4.5 * chains.std(axis=0) / np.sqrt(500)).all()
    assert 0.3 < found.acceptance.mean() < 0.97
    spread = found.y.mean(axis=0).std(axis=0)
    assert found.y.std(axis=(0, 1)) / np.sqrt(found.ess / 500) == pytest.approx(
        spread, rel=0.15
    )  # the ess is what it says


def test_W12_smaller_steps_are_taken_more_often():
    rng = np.random.default_rng(6)
    start = rng.normal(size=(300, 2))
    rates = [r.sample(NET, start, W, 50, a, rng, method="mala").acceptance.mean() for a in (0.01, 0.1, 1.0)]
    assert 1 > rates[0] > rates[1] > rates[2]
    assert rates[0] > 0.99


@pytest.mark.parametrize("method", ["mala", "walk"])
def test_W12_where_beta_times_the_energy_overflows_no_chain_goes(method):
    cliff = Potential(
        lambda y, w, x: np.where(y[:, 0] > 0, 1.7e308, 0.0), lambda y, w, x, b: (0 * y, np.zeros(1)), 1, 1, 1.5
    )
    with np.errstate(all="raise"):
        found = r.sample(cliff, np.full((50, 1), -0.1), [0.0], 30, 0.1, np.random.default_rng(14), method=method)
    assert (found.y <= 0).all()
    assert 0.3 < found.acceptance.mean() < 0.95


def test_W12_seeds_repeat_thinning_and_going_on():
    start = np.zeros((3, 2))
    runs = [r.sample(NET, start, W, 20, 0.1, np.random.default_rng(7), method="mala") for _ in range(2)]
    assert np.array_equal(runs[0].y, runs[1].y)
    thin = r.sample(NET, start, W, 20, 0.1, np.random.default_rng(7), method="mala", thin=5)
    assert np.array_equal(thin.y, runs[0].y[4::5])
    rng = np.random.default_rng(7)
    first = r.sample(NET, start, W, 12, 0.1, rng, method="mala")
    second = r.sample(NET, first.last, W, 8, 0.1, rng, method="mala")
    assert np.array_equal(np.concatenate([first.y, second.y]), runs[0].y)
    burnt = r.sample(NET, start, W, 8, 0.1, np.random.default_rng(7), method="mala", burn=12)
    assert np.array_equal(burnt.y, second.y)
    assert (start == 0).all()


def test_W11_score_is_the_slope_of_log_p():
    y, h = np.array([[0.3, -0.8], [1.0, 0.2]]), 1e-6
    warm = marginal(r.ellipse, r.latent_grid(64), 2.0)
    for F, w in ((NET, W), (warm, np.array([2, 1.5]))):
        for i in range(2):
            step = h * np.eye(2)[i]
            slope = -F.beta * (F(y + step, w) - F(y - step, w)) / (2 * h)
            assert r.score(F, y, w)[:, i] == pytest.approx(slope, rel=1e-7, abs=1e-8)
    # log P itself, on a grid, normalised: the partition function has gone
    grid = np.linspace(-2, 2, 4001)[:, None]
    log_p = r.log_gibbs(WELL(grid, [0.0]), WELL.beta, 1e-3)
    assert np.gradient(log_p, 1e-3)[1:-1] == pytest.approx(r.score(WELL, grid, [0.0])[1:-1, 0], abs=1e-4)


def test_effective_sample_size_of_known_chains():
    rng = np.random.default_rng(8)
    free = rng.normal(size=(2000, 20))
    assert r.effective_sample_size(free) == pytest.approx(40_000, rel=0.1)
    for a in (0.9, 0.5, -0.4):
        chain = rng.normal(size=(3000, 20))
        chain[0] /= np.sqrt(1 - a * a)
        for t in range(1, len(chain)):
            chain[t] += a * chain[t - 1]
        assert r.effective_sample_size(chain) == pytest.approx(60_000 * (1 - a) / (1 + a), rel=0.15)
    apart = free + 30 * rng.normal(size=20)  # chains that disagree know little
    assert r.effective_sample_size(apart) < 50
    assert r.effective_sample_size(np.ones((10, 3))) == 3
    assert r.effective_sample_size(np.zeros((3, 5, 2))).shape == (2,)


def test_bad_arguments_are_refused():
    rng = np.random.default_rng(9)
    for alpha in (0.5, 1.5e308):
        with pytest.raises(ValueError, match=r"^alpha: expected a step at which chains stay finite"):
            r.sample(STEEP, np.full((5, 1), 3.0), [0.0], 50, alpha, rng)
    with pytest.raises(ValueError, match=r"^potential: expected a finite beta"):
        r.sample(marginal(r.ellipse, r.latent_grid(), np.inf), np.zeros((1, 2)), [1, 1], 5, 0.1, rng)
    with pytest.raises(ValueError, match=r"^steps: expected at least thin"):
        r.sample(BOWL, np.zeros((1, 2)), [0.0], 5, 0.1, rng, thin=6)
    with pytest.raises(ValueError, match=r"^draws: expected shape"):
        r.effective_sample_size(np.zeros(5))


def naive_ess(draws):
    """Sums as they are defined, autocovariances one lag at a time."""
    n, m = draws.shape
    centred = draws - draws.mean(axis=0)
    gamma = [np.mean([sum(c[t] * c[t + lag] for t in range(n - lag)) / n for c in centred.T]) for lag in range(n)]
    within = gamma[0] * n / (n - 1)
    total = gamma[0] + (np.var(draws.mean(axis=0), ddof=1) if m > 1 else 0)
    rho = [1.0] + [1 - (within - g * n / (n - 1)) / total for g in gamma[1:]]
    tau, last, k = -1.0, np.inf, 0
    while 2 * k + 1 < n and rho[2 * k] + rho[2 * k + 1] > 0:
        last = min(last, rho[2 * k] + rho[2 * k + 1])
        tau, k = tau + 2 * last, k + 1
    return n * m / max(tau, 1 / np.log10(n * m))


@pytest.mark.parametrize("shape", [(4, 2), (5, 1), (9, 2), (30, 1), (31, 3), (64, 2)])
@pytest.mark.parametrize("a", [-0.9, 0.0, 0.8])
def test_effective_sample_size_against_the_sums_written_out(shape, a):
    chain = np.random.default_rng(10).normal(size=shape)
    for t in range(1, len(chain)):
        chain[t] += a * chain[t - 1]
    assert r.effective_sample_size(chain) == pytest.approx(naive_ess(chain), rel=1e-9)
    two = r.effective_sample_size(np.stack([chain, chain[::-1] ** 3], axis=-1))
    assert two == pytest.approx([naive_ess(chain), naive_ess(chain[::-1] ** 3)], rel=1e-9)


def test_all_steps_may_be_thinned_to_one():
    rng = np.random.default_rng(11)
    found = r.sample(BOWL, np.zeros((3, 2)), [0.0], 4, 0.1, rng, thin=4)
    assert found.y.shape == (1, 3, 2)
    assert np.array_equal(found.last, found.y[0])
