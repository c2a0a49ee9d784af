"""Inference in y: enumeration and descent, joint and marginal, and no constant matters."""

import numpy as np
import pytest

import refebm as r
from refebm.energies.marginals import marginal
from refebm.energies.networks import network_potential
from refebm.energies.potentials import Potential, joint

NET = network_potential(r.mlp([3, 6, 1], "tanh"), spring=1.0, conditions=1)
RNG = np.random.default_rng(0)
W, X = RNG.normal(size=NET.size), RNG.normal(size=(3, 1))
GRID = np.stack(np.meshgrid(*r.mesh(0.1, (-3, 3), (-3, 3))), axis=-1).reshape(-1, 2)


def test_N1_enumeration_is_the_least_of_all():
    found = r.predict(NET, GRID, W, X)
    for n, x in enumerate(X):
        F = NET(GRID, W, np.tile(x, (len(GRID), 1)))
        assert found.index[n] == F.argmin()
        assert found.fun[n] == F.min()
        assert np.array_equal(found.y[n], GRID[F.argmin()])
    alone = r.predict(NET, GRID, W, X[:1])
    assert np.array_equal(alone.y[0], found.y[0])


def test_N1_descent_ends_where_the_slope_is_0_and_below_the_grid():
    starts = GRID[RNG.integers(len(GRID), size=8)]
    found = r.predict(NET, starts, W, X, method="lbfgs")
    assert found.success.all()
    assert (found.fun <= r.predict(NET, GRID, W, X).fun).all()
    assert np.abs(NET.slope(found.y, W, X)).max() < 1e-5
    free = network_potential(r.mlp([2, 1]), spring=2.0)  # a plane on a bowl: y = -a/2
    w = np.array([0.4, -1.0, 3.0])
    assert r.predict(free, [(5, 5)], w, method="lbfgs").y == pytest.approx([-0.2, 0.5], abs=1e-8)


@pytest.mark.parametrize("method", ["enumeration", "lbfgs"])
@pytest.mark.parametrize("constant", [-7.0, 0.25, 1e3])
def test_N1_a_constant_changes_no_answer(method, constant):
    lifted = Potential(lambda y, w, x: NET.value(y, w, x) + constant, NET.adjoint, 2, NET.size)
    plain, found = (r.predict(F, GRID[::300], W, X, method=method) for F in (NET, lifted))
    if method == "enumeration":
        assert np.array_equal(found.index, plain.index)
    assert found.y == pytest.approx(plain.y, abs=1e-4 if method == "lbfgs" else 0)
    assert found.fun == pytest.approx(plain.fun + constant, rel=1e-12)


def test_N1_the_first_of_equals():
    flat = Potential(lambda y, w, x: np.zeros(len(y)), lambda y, w, x, b: (0 * y, w), 2, 1)
    assert r.predict(flat, GRID, [0.0]).index == 0


def test_N2_joint_inference_by_two_routes():
    """min over (y, z) together, and over y of min over z: on an energy of a bowl in z, whose least point is known."""
    energy = r.decoded(r.network_decoder(r.mlp([3, 5, 2], "tanh"), code=1, latent=2), None, "squared", 0.5)
    w = np.random.default_rng(1).normal(size=energy.size)
    Z = r.product_grid((-1, 1), 21, 2)
    # E = |y - g(z)|^2 + |z|^2/2 is least, 0, at z = 0 and y = g(0)
    g0 = energy.boxes.decoder.forward(np.zeros((1, 1, 2)), w[None, :1], w[1:])[0, 0]
    together = r.predict(joint(energy), [(0.3, 0.4, 0.2, -0.3), (1, 1, 0, 0)], w, method="lbfgs")
    assert together.success
    assert together.y == pytest.approx([*g0, 0, 0], abs=1e-5)
    apart = r.predict(marginal(energy, Z, np.inf), [*GRID[::400], g0], w)
    assert apart.y == pytest.approx(together.y[:2], abs=1e-5)
    assert apart.fun == pytest.approx(together.fun, abs=1e-9)


def test_N2_discrete_by_enumeration_of_pairs():
    Y, z, w = r.ellipse_data(9, np.random.default_rng(2)), r.latent_grid(12), (1.5, 2.0)
    E = r.ellipse(Y, z, w)
    pairs = np.array([(*y, angle) for y in Y for angle in z])
    found = r.predict(joint(r.ellipse), pairs, w)
    n, k = np.unravel_index(E.argmin(), E.shape)
    assert np.array_equal(found.y, [*Y[n], z[k]])
    assert r.predict(marginal(r.ellipse, z, np.inf), Y, w).index == n


def test_bad_arguments_are_refused():
    with pytest.raises(ValueError, match=r"^method: expected one of enumeration, lbfgs"):
        r.predict(NET, GRID, W, X, method="search")
    with pytest.raises(ValueError, match=r"^y: expected shape"):
        r.predict(NET, np.zeros((3, 3)), W, X)
    with pytest.raises(ValueError, match=r"^x: expected conditions of shape"):
        r.predict(NET, GRID, W)


def test_N1_reports_what_was_done(monkeypatch):
    import scipy.optimize

    listed = r.predict(NET, GRID, W, X)
    assert listed.method == "enumeration"
    assert (listed.nfev == len(GRID)).all()
    assert listed.success.all()
    one = r.predict(network_potential(r.mlp([2, 1])), GRID, np.zeros(3))
    assert (one.nfev, one.success, one.index) == (len(GRID), True, 0)
    runs, plain = [], scipy.optimize.minimize

    def spy(*args, **options):
        runs.append((options["method"], options["jac"], plain(*args, **options)))
        return runs[-1][2]

    monkeypatch.setattr("scipy.optimize.minimize", spy)
    starts = GRID[[5, 900, 2000]]
    found = r.predict(NET, starts, W, X[:1], method="lbfgs")
    assert found.method == "lbfgs"
    assert all(kind == "L-BFGS-B" and jac is not None for kind, jac, _ in runs)
    assert found.nfev == sum(end.nfev for *_, end in runs)
    assert found.index == np.argmin([end.fun for *_, end in runs])
    assert np.frexp(found.fun / min(end.fun for *_, end in runs))[0] == 0.5  # run in a unit that is a power of two


@pytest.mark.parametrize("k", [1e-60, 1e-8, 1e3, 1e8, 1e60])
def test_N1_the_answer_has_the_units_of_the_data(k):
    y, w, z = r.ellipse_data(3, np.random.default_rng(0)) * 2, np.array([2, 1.5]), r.latent_grid(480)
    plain = r.predict(r.marginal(r.ellipse, z, 10.0), y, w, method="lbfgs")
    found = r.predict(r.marginal(r.ellipse, z, 10 / k**2), y * k, w * k, method="lbfgs")
    assert plain.success
    assert found.success
    assert np.abs(found.y / k) == pytest.approx(np.abs(plain.y), abs=1e-6)  # of mirror images, any
    assert found.fun / k**2 == pytest.approx(plain.fun, rel=1e-12)


def test_N1_starts_close_to_nothing_find_the_way():
    """What a potential is made of need not have the size of the starts."""
    F, w = r.marginal(r.ellipse, r.latent_grid(), 10.0), [2, 1.5]
    away = r.predict(F, [[1.0, 0.5]], w, method="lbfgs")
    for size in (1e-3, 1e-6, 1e-9):
        assert r.predict(F, [[size, size / 2]], w, method="lbfgs").fun == pytest.approx(away.fun, rel=1e-12)


def test_N1_a_descent_without_end_is_no_success():
    slide = Potential(lambda y, w, x: y[:, 0], lambda y, w, x, b: (np.array([[1.0, 0.0]]), w), 2, 1)
    assert not r.predict(slide, [(0.0, 0.0)], [0.0], method="lbfgs").success


def test_N1_the_best_of_several_descents():
    """Two wells, the deeper one reached by the second start alone."""
    net = r.network_potential(r.mlp([1, 2, 1], "tanh"), spring=0.1)
    w = np.array([4.0, 4.0, 8.0, -8.0, 1.0, -1.5, 0.0])
    found = r.predict(net, [[-3.0], [3.0]], w, method="lbfgs")
    back = r.predict(net, [[3.0], [-3.0]], w, method="lbfgs")
    ends = [r.predict(net, [[s]], w, method="lbfgs").fun for s in (-3.0, 3.0)]
    assert abs(ends[0] - ends[1]) > 0.1
    assert found.fun == back.fun == min(ends)
    assert found.index == 1 - back.index == int(np.argmin(ends))


@pytest.mark.parametrize("w", [(2.0, 1.5), (0.4, 1.1), (3.0, 1.0)])
def test_N1_hot_the_centre_is_best_and_cold_the_slow_ends(w):
    """F on the curve is log(2 |g'| sqrt(pi beta)) / beta + O(beta^-2); below beta = 1 / (2 a^2) it is convex."""
    w, (b, a) = np.array(w), np.sort(w)
    z = r.latent_grid(4096)
    starts = [w * (np.cos(t), np.sin(t)) for t in (0.3, 1.2)]
    hot = r.predict(r.marginal(r.ellipse, z, 0.49 / a**2), starts, w, method="lbfgs")
    assert np.abs(hot.y).max() < 1e-6
    errors = []
    for beta in (200 / b**2, 400 / b**2):
        F = r.marginal(r.ellipse, z, beta)
        t = np.linspace(0, np.pi / 2, 7)
        speed = np.hypot(w[0] * np.sin(t), w[1] * np.cos(t))
        points = w * np.stack([np.cos(t), np.sin(t)], axis=1)
        errors.append(np.abs(F(points, w) - np.log(2 * speed * np.sqrt(np.pi * beta)) / beta).max())
        cold = np.sort(np.abs(r.predict(F, starts, w, method="lbfgs").y))
        inward = (a / b**2) / (4 * beta)  # the curvature of the slow end over 4 beta
        assert cold == pytest.approx([0, a - inward], abs=0.1 * inward)
    assert errors[0] / errors[1] == pytest.approx(4, rel=0.1)
