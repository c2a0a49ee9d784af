"""Search over latents of any dimension: it finds what is known, by every method, and says how sure it is."""

import math

import numpy as np
import pytest

import refebm as r
from refebm import decoded, ellipse, horn, infer, mlp, network_decoder, product_grid, search
from refebm.inference.searches import _best as search_best

RNG = np.random.default_rng


def linear(latent, strength):
    """Energy with decoder g = z (or its first coordinates) and a squared-norm regulariser: least at z = y / (1 + strength)."""
    chain = mlp([1 + latent, 2])
    W = np.zeros((2, 1 + latent))
    W[0, 1] = W[1, 2] = 1
    return decoded(network_decoder(chain, 1, latent), None, "squared", strength), np.concatenate(
        [[0.0], W.ravel(), [0, 0]]
    )


@pytest.mark.parametrize("method", ["grid", "lbfgs", "cg"])
@pytest.mark.parametrize("latent", [2, 3])
def test_C29_quadratic_energy_in_closed_form(method, latent):
    energy, w = linear(latent, 0.5)
    y = RNG(0).normal(size=(4, 2))
    found = search(energy, y, w, method=method, points=9, rng=RNG(1))
    expected = np.zeros((4, latent))
    expected[:, :2] = y / 1.5
    assert found.z == pytest.approx(expected, abs=1e-6)
    assert found.fun == pytest.approx(np.square(y).sum(1) / 3, rel=1e-12)
    assert found.success.all()
    assert np.all(found.agreement == 1)
    assert np.all(np.isinf(found.gap))
    assert np.all(found.nfev > 0)


@pytest.mark.parametrize("method", ["grid", "lbfgs", "cg"])
def test_C28_finds_what_the_exact_projection_knows(method):
    y = RNG(0).normal(size=(8, 2)) * 2
    found = search(ellipse, y, [2.0, 1.5], method=method, box=(0, 2 * math.pi), rng=RNG(1))
    exact = infer(y, [2.0, 1.5])
    assert found.fun == pytest.approx(exact.fun, abs=1e-9)
    if method != "cg":  # conjugate gradient stalls in one dimension from some starts
        assert found.success.all()
    x, w = RNG(2).uniform(0, 1, 8), RNG(3).normal(size=horn.size)
    exact = infer(y, horn.boxes.code(w, x[:, None]))
    assert search(horn, y, w, x, "grid", box=(0, 2 * math.pi)).fun == pytest.approx(exact.fun, abs=1e-9)


def test_C28_two_minima_are_seen():
    # inside the evolute the ellipse has two minima
    y, w = np.array([0.3, 0.1]), [2.0, 1.0]
    for method in ("grid", "lbfgs"):
        found = search(ellipse, y, w, method=method, box=(0, 2 * math.pi), rng=RNG(0))
        z = np.linspace(0, 2 * np.pi, 100_001)
        E = ellipse(y, z, w)
        inner = np.flatnonzero((E[1:-1] < E[:-2]) & (E[1:-1] < E[2:])) + 1
        assert len(inner) == 2
        assert found.gap == pytest.approx(np.ptp(E[inner]), abs=1e-6)
        assert 0 < found.agreement < 1
        if method == "grid":
            assert found.agreement == 0.5  # its candidates are the two minima, no more


def test_C29_l1_minimum_at_the_kink():
    # g = z with R = r |z|_1: soft thresholding, z = sign(y) [|y| - r/2]+
    energy, w = linear(2, 1.0)
    energy = decoded(energy.boxes.decoder, None, "l1", 0.8)
    y = np.array([[1.0, 0.3], [-0.2, -2.0]])
    found = search(energy, y, w, method="grid", points=13)
    assert found.z == pytest.approx(np.sign(y) * np.maximum(np.abs(y) - 0.4, 0), abs=1e-8)


def test_search_repeats_with_its_seed_and_takes_one_observation():
    energy, w = linear(2, 0.1)
    y = RNG(0).normal(size=(3, 2))
    many = search(energy, y, w, rng=RNG(5), starts=4)
    assert np.array_equal(many.z, search(energy, y, w, rng=RNG(5), starts=4).z)
    one = search(energy, y[0], w, method="grid", points=7)
    assert one.z.shape == (2,)
    assert one.fun.shape == ()


def test_product_grid():
    assert np.array_equal(product_grid((-1, 1), 3, 1), [[-1], [0], [1]])
    grid = product_grid((0, 1), 2, 3)
    assert grid.shape == (8, 3)
    assert len(np.unique(grid, axis=0)) == 8


def test_search_errors():
    energy, w = linear(3, 1.0)
    y = np.zeros((1, 2))
    with pytest.raises(ValueError, match="points: expected a grid of at most 1000000 latents, got 1000 to the power 3"):
        search(energy, y, w, method="grid", points=1000)
    with pytest.raises(ValueError, match="method: expected one of grid, lbfgs, cg, got 'newton'"):
        search(energy, y, w, method="newton")
    with pytest.raises(TypeError, match=r"rng: expected a numpy.random.Generator"):
        search(energy, y, w)
    with pytest.raises(ValueError, match="box: expected two ends in ascending order"):
        search(energy, y, w, method="grid", box=(1, 1))
    with pytest.raises(TypeError, match="y: expected real numbers"):
        search(energy, y + 1j, w, rng=RNG(0))


@pytest.mark.parametrize(("method", "kind"), [("lbfgs", "L-BFGS-B"), ("cg", "CG")])
def test_search_reports_what_was_done(monkeypatch, method, kind):
    import scipy.optimize

    runs, plain = [], scipy.optimize.minimize

    def spy(*args, **options):
        runs.append((options["method"], plain(*args, **options)))
        return runs[-1][1]

    monkeypatch.setattr("scipy.optimize.minimize", spy)
    energy = decoded(r.network_decoder(r.mlp([2, 4, 2], "tanh"), code=1))
    found = r.search(energy, [[0.3, 0.4]], np.ones(energy.size) / 3, method=method, rng=np.random.default_rng(0))
    ends = [end for _, end in runs]
    assert {name for name, _ in runs} == {kind}
    assert len(runs) == 16
    assert found.method == method
    assert found.nit == sum(end.nit for end in ends)
    assert found.nfev == sum(end.nfev for end in ends)
    assert found.fun == pytest.approx(energy([[0.3, 0.4]], [[found.z[0]]], np.ones(energy.size) / 3)[0, 0], rel=1e-15)
    assert np.abs(found.z[0] / 6 - [end.x[0] for end in ends]).min() < 1e-15


def test_search_of_a_grid_halves_its_steps_to_1e_10():
    bowl = decoded(r.network_decoder(r.mlp([1, 1]), code=0))  # E = (y - z)^2
    w, box = np.array([1.0, 0.0]), (-2.0, 2.0)
    on_grid = r.search(bowl, [[0.5]], w, method="grid", box=box, points=9)  # steps of 1/2: nothing to refine
    halvings = int(np.ceil(np.log2(0.25 / (1e-10 * 4))))
    assert on_grid.nit == halvings
    assert on_grid.nfev == 9 + 3 * halvings
    assert (on_grid.z, on_grid.fun, on_grid.success, on_grid.method) == (0.5, 0.0, True, "grid")
    assert (on_grid.agreement, on_grid.gap) == (1.0, np.inf)
    off_grid = r.search(bowl, [[0.3]], w, method="grid", box=box)  # 25 points by default
    assert off_grid.z == pytest.approx(0.3, abs=1e-9)
    assert r.search(bowl, [[0.3]], w, method="grid", box=box, points=25).nfev == off_grid.nfev


@pytest.mark.parametrize("method", ["lbfgs", "cg"])
def test_C28_a_descent_that_ends_on_a_kink_is_no_success(method):
    """|y - g(z)|^2 for g = [z]+ + [-z]+ and y = -1 is least at the kink z = 0, where slopes are +-2."""
    energy = decoded(r.network_decoder(r.mlp([1, 2, 1]), code=0))
    w = np.array([1.0, -1.0, 0.0, 0.0, 1.0, 1.0, 0.0])
    found = r.search(energy, [[-1.0]], w, method=method, starts=3, rng=np.random.default_rng(1))
    assert 1 <= found.fun < 1.5
    assert not found.success
    smooth = r.search(energy, [[2.0]], w, method=method, starts=3, rng=np.random.default_rng(0))
    assert smooth.success
    assert np.abs(smooth.z) == pytest.approx(2, rel=1e-9)


def test_C28_descents_end_where_the_slope_is_0():
    energy = decoded(r.network_decoder(r.mlp([1, 4, 2], "tanh"), code=0))
    w, y = np.random.default_rng(3).normal(size=energy.size), np.random.default_rng(4).normal(size=(5, 2))
    found = r.search(energy, y, w, method="cg", starts=4, rng=np.random.default_rng(0))
    slope = np.array([energy.slopes(y[n], found.z[n : n + 1], w, np.ones(1))[1] for n in range(5)])
    assert np.abs(slope).max() < 1e-7


def test_C29_each_condition_finds_its_own():
    energy = decoded(r.network_decoder(r.mlp([2, 4, 2], "tanh"), code=1), r.mlp([1, 1]))
    rng = np.random.default_rng(3)
    w, y, x = rng.normal(size=energy.size), rng.normal(size=(4, 2)), rng.normal(size=(4, 1))
    for method in ("grid", "lbfgs"):
        found = r.search(energy, y, w, x, method, rng=np.random.default_rng(0))
        assert found.fun == pytest.approx(energy(y, found.z[:, None], w, x)[:, 0], rel=1e-14)
        z = np.linspace(-3, 3, 20_001)
        assert (found.fun <= energy(y, z, w, x).min(axis=1) + 1e-12).all()


def test_C7_agreement_is_to_a_millionth():
    z, done = np.arange(4.0), np.ones(4, bool)
    *_, agreement, gap = search_best(z, np.array([5 + 4e-6, 5.0, 7.0, 5 + 6e-6]), 0, 0, done, 1.0)
    assert agreement == 0.5
    assert gap == pytest.approx(6e-6, rel=1e-6)
    *_, agreement, gap = search_best(z, np.array([0.0, 5e-13, 2e-12, 1.0]), 0, 0, done, 1.0)
    assert (agreement, gap) == (0.5, 2e-12)
    *_, agreement, gap = search_best(z, np.array([0.0, 5e-13, 2e-12, 1.0]) * 1e-20, 0, 0, done, 1e-20)
    assert (agreement, gap) == (0.5, pytest.approx(2e-32))


@pytest.mark.parametrize("method", ["grid", "lbfgs", "cg"])
@pytest.mark.parametrize("unit", [1e-60, 1e-5, 1e5, 1e60])
def test_C7_the_unit_of_the_data_changes_nothing(method, unit):
    """y, w and the latents in other units: the same search, step by step, up to rounding."""
    energy, w = linear(2, 0.5)
    y = RNG(0).normal(size=(3, 2))
    plain = search(energy, y, w, method=method, points=7, starts=4, rng=RNG(1))
    box = (-3 * unit, 3 * unit)
    scaled = search(energy, y * unit, w, method=method, points=7, starts=4, rng=RNG(1), box=box)
    assert scaled.z / unit == pytest.approx(plain.z, abs=1e-6)
    assert scaled.fun / unit**2 == pytest.approx(plain.fun, rel=1e-9)
    assert np.array_equal(scaled.success, plain.success)
    assert np.array_equal(scaled.agreement, plain.agreement)
    # the ellipse's latent is an angle, in whatever unit the plane is
    turn = {"method": method, "box": (0, 2 * math.pi), "starts": 6}
    small = search(ellipse, y * unit, [2 * unit, unit], rng=RNG(1), **turn)
    exact = infer(y, [2.0, 1.0])
    assert small.fun / unit**2 == pytest.approx(exact.fun, abs=1e-9)


def test_C7_a_search_without_end_stops_and_says_so():
    energy = decoded(network_decoder(mlp([1, 1]), code=0))  # E = (y - z)^2, least at z = 1e6
    far = search(energy, [[1e6]], [1.0, 0.0], method="grid", box=(-1, 1))
    assert far.nit == 500
    assert not far.success
    assert search(energy, [[3.0]], [1.0, 0.0], method="grid", box=(-1, 1)).success


@pytest.mark.parametrize("method", ["grid", "lbfgs", "cg"])
def test_C7_an_infinite_energy_is_no_success(method):
    energy = decoded(network_decoder(mlp([1, 2, 1]), code=0))
    found = search(
        energy, [[1.0]], [1e100, -1e100, 1.0, 1.0, 1e100, 1e100, 0.0], method=method, starts=2, rng=RNG(0), box=(1, 2)
    )
    assert not found.success
    assert np.isposinf(found.fun)
