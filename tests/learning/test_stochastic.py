"""Descent along estimates of a gradient: where it goes, how it scatters, and that it claims nothing it cannot know."""

import numpy as np
import pytest

import refebm as r
from refebm import stochastic_descent
from refebm.learning.stochastic import minibatches

RNG = np.random.default_rng
W = np.array([1.5, -2.0])
A, S, SIZE = 2.0, 0.5, 20_000  # loss a w^2 / 2 with noise of deviation s in its slope, for so many w at once
CLOSE = 4.5 * np.sqrt(2 / SIZE)  # the relative error of a variance from so many


def noisy(rng, passes=1, bias=0.0, start=1.0):
    """Estimates of the slope, so many a pass."""
    return {
        "gradients": lambda: [lambda w: A * w + bias + rng.normal(0, S, w.shape)] * passes,
        "w": np.full(SIZE, start),
        "method": "sgd",
    }


@pytest.mark.parametrize("rate", [0.05, 0.5, 0.9])
def test_L8_sgd_at_a_constant_rate_scatters_about_the_minimum_by_the_closed_form(rate):
    found = stochastic_descent(**noisy(RNG(0), 10), steps=20, rate=lambda t: rate)
    assert found.w.var() == pytest.approx(rate * S**2 / (A * (2 - rate * A)), rel=CLOSE)
    assert abs(found.w.mean()) < 4.5 * found.w.std() / np.sqrt(SIZE)
    early = found.history["w"][1]  # on the way there: the start is forgotten by the factor (1 - rate a)^2 a step
    settled = rate * S**2 / (A * (2 - rate * A))
    assert early.var() == pytest.approx(settled * (1 - (1 - rate * A) ** 20), rel=CLOSE)
    assert early.mean() == pytest.approx((1 - rate * A) ** 10, abs=4.5 * early.std() / np.sqrt(SIZE))


def test_L8_a_rate_that_falls_evenly_to_0_scatters_less_and_less():
    steps, passes, rate = 30, 4, 0.4
    found = stochastic_descent(**noisy(RNG(1), passes), steps=steps, rate=rate)
    variances, t = [0.0], np.arange(steps * passes)
    for eta in rate * (1 - t / t.size):
        variances.append((1 - eta * A) ** 2 * variances[-1] + eta**2 * S**2)
    assert found.history["w"].var(axis=1)[1:] == pytest.approx(np.array(variances)[passes::passes], rel=CLOSE)
    assert variances[-1] < 0.06 * variances[passes]


def test_L8_robbins_and_monro_with_rates_like_1_over_t_the_mean_of_all_noise():
    noise = RNG(2).normal(size=(60, 3))
    rows = iter(noise)
    gradients = lambda: [lambda w: A * w + next(rows)] * 5  # noqa: E731
    found = stochastic_descent(gradients, [7.0, -3.0, 1e3], 12, lambda t: 1 / (A * (t + 1)), "sgd")
    means = -np.cumsum(noise, axis=0)[4::5] / (5 * A * np.arange(1, 13))[:, None]
    assert found.history["w"][1:] == pytest.approx(means, rel=1e-10, abs=1e-13)
    assert (found.nit, found.njev) == (12, 60)


def test_L8_the_bound_on_the_distance_holds_where_the_loss_is_no_parabola():
    mu, M, n = 0.5, 1.5, 4000  # loss mu w^2 / 2 + log cosh w, so many times

    def gradient(w):
        return mu * w + np.tanh(w) + rng.normal(0, S, n)

    rng, bound = RNG(3), 9.0
    found = stochastic_descent(lambda: [gradient], np.full(n, 3.0), 60, lambda t: 1 / (M + 0.2 * t), "sgd")
    for t, w in enumerate(found.history["w"][1:]):
        eta = 1 / (M + 0.2 * t)
        bound = (1 - eta * mu) ** 2 * bound + eta**2 * S**2
        squares = w**2
        assert squares.mean() < bound + 4.5 * squares.std() / np.sqrt(n)
    assert bound < 0.1


def test_W6_a_biased_estimate_leads_elsewhere():
    found = stochastic_descent(**noisy(RNG(4), bias=0.6), steps=100, rate=lambda t: 0.1)
    assert found.w.mean() == pytest.approx(-0.6 / A, abs=4.5 * found.w.std() / np.sqrt(SIZE))


def test_W6_contrastive_divergence_learns_without_an_objective():
    """F = w y^2 / 2 by draws of chains that go on: the model's variance 1/(beta w) becomes the data's mean square."""
    house = r.Potential(
        lambda y, w, x: w[0] * y[:, 0] ** 2 / 2,
        lambda y, w, x, b: (b[:, None] * w[0] * y, np.array([(b * y[:, 0] ** 2).sum() / 2])),
        dim=1,
        size=1,
        beta=2.0,
    )
    rng = RNG(5)
    y = rng.normal(0, 0.8, (50, 1))
    chains = np.tile(y, (4, 1))

    def gradient(w):
        nonlocal chains
        chains = r.sample(house, chains, w, 1, 0.3, rng, method="mala", burn=4).last
        return r.likelihood_gradient(house, y, chains, w)[0]

    found = stochastic_descent(lambda: [gradient] * 10, [3.0], 40, 0.5, method="sgd")
    exact = 1 / (2 * np.square(y).mean())
    assert found.w[0] == pytest.approx(exact, rel=0.03)
    assert (
        abs(found.history["drift"][0, 0]) > 10 * found.history["error"][0, 0]
    )  # on its way; in the end there is noise
    assert (np.abs(found.history["drift"][-5:]) < 4.5 * found.history["error"][-5:]).all()


def test_L7_without_an_objective_nothing_is_claimed():
    taken = []

    def gradient(w):
        taken.append(2 * w + rng.normal(size=2))
        return taken[-1]

    rng, start = RNG(6), W.copy()
    found = stochastic_descent(lambda: [gradient] * 8, start, 6)
    assert found.success is False
    assert set(found) == {"w", "nit", "njev", "success", "message", "history"}
    assert (found.nit, found.njev) == (6, 48)
    each = np.array(taken).reshape(6, 8, 2)
    history = found.history
    assert set(history) == {"w", "drift", "error"}
    assert history["w"].shape == (7, 2)
    assert np.array_equal(history["w"][[0, -1]], [W, found.w])
    assert history["drift"] == pytest.approx(each.mean(axis=1), rel=1e-12)
    assert history["error"] == pytest.approx(each.std(axis=1, ddof=1) / np.sqrt(8), rel=1e-12)
    i = np.abs(history["drift"][-1]).argmax()
    drift, error = history["drift"][-1, i], history["error"][-1, i]
    assert found.message == (
        "no objective tells whether this has converged; over the last of 6 passes the mean gradient was "
        f"{drift:.1e} with standard error {error:.1e}"
    )
    assert np.array_equal(start, W)


def test_L7_the_message_names_the_largest_mean_of_the_last_pass():
    passes = iter([[9.0, 0.0], [8.0, 0.0], [0.0, -1.0]])

    def gradients():
        g = np.array(next(passes))
        return [lambda w: g] * 2

    found = stochastic_descent(gradients, W, 3)
    assert found.message.endswith("the mean gradient was -1.0e+00 with standard error 0.0e+00")


def test_L7_the_drift_is_the_way_that_was_gone():
    rng = RNG(7)
    found = stochastic_descent(lambda: [lambda w: w + rng.normal(size=2)] * 9, W, 5, lambda t: 0.1, "sgd")
    assert found.history["drift"] == pytest.approx(-np.diff(found.history["w"], axis=0) / 0.9, rel=1e-12)
    alone = stochastic_descent(lambda: [lambda w: w], W, 5)  # one estimate does not know its own error
    assert np.isposinf(alone.history["error"]).all()
    assert alone.message.endswith("standard error inf")


def adam(gradients, w, steps, passes, rate):
    m, v = np.zeros(w.size), np.zeros(w.size)
    for t in range(1, steps * passes + 1):
        g = gradients[(t - 1) % passes](w)
        m, v = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g**2
        w = w - rate * (1 - (t - 1) / steps / passes) * (m / (1 - 0.9**t)) / (np.sqrt(v / (1 - 0.999**t)) + 1e-8)
    return w


def test_L8_with_an_objective_the_result_is_the_objectives():
    gradients = [lambda w: 2 * w + 1, lambda w: 2 * w - 1, lambda w: w]
    bowl = lambda w: (float(w @ w) - 3, 2 * w)  # noqa: E731
    for rate in (None, 0.3):
        found = stochastic_descent(lambda: iter(gradients), W, 7, rate, objective=bowl)
        assert found.w == pytest.approx(adam(gradients, W, 7, 3, rate or 0.01), rel=1e-12)
        assert (found.fun, *found.jac) == (found.w @ found.w - 3, *(2 * found.w))
        assert (found.nit, found.nfev) == (7, 8)
        assert set(found.history) == {"loss", "gradient", "w"}
        assert np.array_equal(found.history["loss"], [w @ w - 3 for w in found.history["w"]])
        assert np.array_equal(found.history["gradient"], np.abs(2 * found.history["w"]).max(axis=1))
    exact = stochastic_descent(lambda: [lambda w: 2 * w] * 5, W, 100, 0.4, "sgd", bowl, tol=1e-6)
    assert exact.success
    assert np.abs(exact.jac).max() <= 1e-6 < exact.history["gradient"][-2]
    assert exact.nit < 20
    default = stochastic_descent(lambda: [lambda w: 2 * w] * 5, W, 1000, lambda t: 0.01, "sgd", bowl)
    assert default.history["gradient"][-1] <= 1e-8 < default.history["gradient"][-2]


def test_L8_a_start_that_has_converged_takes_no_estimate():
    found = stochastic_descent(lambda: 1 / 0, [0.0, 0.0], objective=lambda w: (float(w @ w), 2 * w))
    assert found.success
    assert found.nit == 0


@pytest.mark.parametrize("objective", [None, lambda w: (float(w @ w), 2 * w)], ids=["without", "with"])
def test_L8_watching_what_is_held_out(objective):
    watch = lambda w: float(np.abs(w - 1).sum())  # noqa: E731
    options = {"rate": lambda t: 0.1, "method": "sgd", "objective": objective, "watch": watch}
    found = stochastic_descent(lambda: [lambda w: w], [3.0, 3.0], **options)
    held_out = found.history["held_out"]
    best = held_out.argmin()
    assert 0 < best < found.nit == best + 20
    assert np.array_equal(found.w, found.history["w"][best])
    assert held_out == pytest.approx([watch(w) for w in found.history["w"]], rel=1e-15)
    assert stochastic_descent(lambda: [lambda w: w], [3.0, 3.0], patience=3, **options).nit == best + 3
    assert (
        stochastic_descent(lambda: [lambda w: w], [3.0, 3.0], 1000, lambda t: 1e-9, "sgd").nit == 1000
    )  # none watched
    assert stochastic_descent(lambda: [lambda w: w], [3.0, 3.0]).nit == 1000


def test_L8_what_functions_do_with_their_arrays_changes_nothing():
    def writes(w):
        w[:] = 0
        return w

    for options in ({"gradients": lambda: [writes]}, {"objective": writes}, {"watch": writes}):
        with pytest.raises(ValueError, match="read-only"):
            stochastic_descent(**{"gradients": lambda: [lambda w: w], "w": W} | options)
    buffer, seen = np.empty(2), []

    def slope(w):
        seen.append(w)
        buffer[:] = 2 * w
        return buffer

    given = {"gradients": lambda: [slope] * 3, "steps": 4, "objective": lambda w: (float(w @ w), slope(w))}
    kept, fresh = (
        stochastic_descent(w=W, **o) for o in (given, {**given, "objective": lambda w: (float(w @ w), 2 * w)})
    )
    assert np.array_equal(kept.history["gradient"], fresh.history["gradient"])
    assert len({w.tobytes() for w in seen[:17]}) == 13  # they keep what they were given: 12 steps from a start
    single = stochastic_descent(lambda: [lambda w: w.astype(np.float32)], W, 2)
    assert single.w.dtype == float


def test_L8_what_is_no_gradient_is_refused_by_name():
    def call(gradients, **options):
        return stochastic_descent(gradients, W, **options)

    good = lambda: [lambda w: w]  # noqa: E731
    shape = r"a function that gives real floats of shape \(2,\), got"
    for words, run in (
        ("gradients: expected at least one in a pass, got none", lambda: call(list)),
        ("gradients: expected a function that gives those of a pass, got 5", lambda: call(lambda: 5)),
        ("gradients: expected a function, got 5", lambda: call(lambda: [5])),
        (f"gradients: expected {shape} 1.0", lambda: call(lambda: [lambda w: 1.0])),
        (f"gradients: expected {shape} an array", lambda: call(lambda: [lambda w: w, lambda w: w[:1]])),
        ("gradients: expected .* finite numbers, got nan", lambda: call(lambda: [lambda w: w * np.nan])),
        (r"gradients: .* at most 1e\+150, got one of size 2e\+200", lambda: call(lambda: [lambda w: w * 1e200])),
        ("w: too far", lambda: call(lambda: [complaint("w: too far")])),
        ("y: too far", lambda: call(lambda: [lambda w: w, complaint("y: too far")])),
        ("objective: expected .* 2 arrays, got 1.0", lambda: call(good, objective=lambda w: 1.0)),
        (r"objective: .* a gradient of shape \(2,\), got 2.0", lambda: call(good, objective=lambda w: (1.0, 2.0))),
        (r"objective: .* a gradient of shape \(2,\)", lambda: call(good, objective=lambda w: (1.0, w[:1]))),
        (r"objective: .* a gradient of shape \(2,\)", lambda: call(good, objective=lambda w: (1.0, w + 0j))),
        ("objective: expected .* one real number, got", lambda: call(good, objective=lambda w: (w, w))),
        ("watch: expected .* one real number, got", lambda: call(good, watch=lambda w: w)),
        ("watch: expected .* numbers, got nan", lambda: call(good, watch=lambda w: np.nan)),
        ("rate: expected a finite number above 0, got -1.0", lambda: call(good, rate=lambda t: 0.1 if t < 3 else -1)),
        ("method: expected one of adam, sgd, got 'gd'", lambda: call(good, method="gd")),
        (r"w: expected shape \(size,\), got \(1, 2\)", lambda: stochastic_descent(good, [[1.0, 2.0]])),
        ("w: expected a start from which losses stay finite", lambda: call(good, objective=lambda w: (np.inf, w))),
    ):
        with pytest.raises((TypeError, ValueError), match=f"^{words}"):
            run()


def complaint(words):
    def gradient(w):
        raise ValueError(words)

    return gradient


@pytest.mark.parametrize(("method", "name"), [("adam", "Adam"), ("sgd", "SGD")])
def test_L8_a_divergence_names_the_rate(method, name):
    words = rf"^rate: expected a step at which {name} converges, got 1e\+60, at which w diverges$"
    for gradient in (lambda w: 1e100 * w, lambda w: w * (1 if abs(w[0]) < 9 else np.nan)):
        for rate in (1e60, lambda t: 1e60 / (t + 1)):
            with pytest.raises(ValueError, match=words):
                stochastic_descent(lambda gradient=gradient: [gradient] * 3, W, 5, rate, method)
    with pytest.raises(ValueError, match=words):  # the second of the pass finds the w of the first too far
        stochastic_descent(lambda: [lambda w: w, complaint("w: too far")], W, 5, 1e60, method)
    with pytest.raises(ValueError, match=words):  # bounds are kept, but the loss has grown
        stochastic_descent(lambda: [lambda w: 1e-50 * w], W, 1, 1e60, method, lambda w: (float(w @ w), 2 * w))


def test_minibatches_hold_each_row_once():
    parts = list(minibatches(10, 4, RNG(8)))
    assert [len(part) for part in parts] == [4, 4, 2]
    assert sorted(np.concatenate(parts)) == list(range(10))
    assert not np.array_equal(np.concatenate(parts), np.arange(10))
