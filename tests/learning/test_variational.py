"""Variational free energies: bounded below by the free energy, reached by Gibbs, the gap known by itself."""

from decimal import Decimal, getcontext

import numpy as np
import pytest
from gradients import check_adjoint
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.optimize import minimize

import refebm as r
from refebm.learning.variational import (
    expected_energy_gaussian,
    expected_energy_gaussian_adjoint,
    reparametrise,
    reparametrise_adjoint,
)

getcontext().prec = 60
rows = arrays(float, 5, elements=st.floats(-20, 20))
simplex = arrays(float, 5, elements=st.floats(0, 1)).filter(lambda v: v.sum() > 1e-3).map(lambda v: v / v.sum())
priors = arrays(float, 5, elements=st.floats(0.01, 1))
betas = st.floats(1e-3, 1e3)


def exact_gap(E, q, beta, p):
    """(1/beta) KL(q || q*) with 60 digits."""
    E, q, p = ([Decimal(float(v)) for v in a] for a in (E, q, p))
    beta = Decimal(beta)
    m = min(E)
    weights = [b * (-beta * (e - m)).exp() for e, b in zip(E, p, strict=True)]
    best = [v / sum(weights) for v in weights]
    return sum((a * (a / b).ln() if a else 0) - a + b for a, b in zip(q, best, strict=True)) / beta


@given(rows, simplex, betas, priors)
def test_L16_jensen_bound_and_its_gap(E, q, beta, p):
    F = r.softmin(E, beta, p=p)
    bound = r.variational_free_energy(E, q, beta, p=p)
    gap = r.jensen_gap(E, q, beta, p=p)
    size = np.abs(E).max() + (1 + abs(np.log(p.min()))) / beta
    assert gap >= 0
    assert bound - F >= -1e-14 * size
    assert bound - F == pytest.approx(gap, abs=1e-13 * size)


@given(rows, betas, priors)
def test_L15_gibbs_reaches_the_bound(E, beta, p):
    best = r.softargmin(E, beta, p=p)
    assert r.jensen_gap(E, best, beta, p=p) * beta < 1e-25
    size = np.abs(E).max() + 10 / beta
    assert r.variational_free_energy(E, best, beta, p=p) == pytest.approx(r.softmin(E, beta, p=p), abs=1e-14 * size)


@pytest.mark.parametrize("step", [1e-2, 1e-6, 1e-11])
def test_L16_gap_keeps_its_digits_near_gibbs(step):
    rng = np.random.default_rng(0)
    E, p, beta = rng.normal(size=6), np.full(6, 1 / 6), 1.7
    q = r.softargmin(E, beta)
    q = q * (1 + step * rng.uniform(-1, 1, 6))
    q /= q.sum()
    assert float(r.jensen_gap(E, q, beta)) == pytest.approx(float(exact_gap(E, q, beta, p)), rel=2e-15 / step)


def test_L15_gibbs_by_optimisation():
    """L-BFGS over the logits of q, with the hand-derived slope, ends at the formula, prior and all."""
    rng = np.random.default_rng(1)
    E, p, beta = rng.normal(size=7) * 2, rng.uniform(0.1, 1, 7), 1.3

    def objective(u):
        q = r.softargmax(u)
        slope = r.variational_free_energy_adjoint(E, q, beta, 1.0, p=p)[1]
        return r.variational_free_energy(E, q, beta, p=p), r.softargmax_adjoint(u, 1.0, slope)

    found = minimize(objective, np.zeros(7), jac=True, method="L-BFGS-B", options={"gtol": 1e-11, "ftol": 0})
    assert r.softargmax(found.x) == pytest.approx(r.softargmin(E, beta, p=p), abs=1e-8)
    assert found.fun == pytest.approx(r.softmin(E, beta, p=p), rel=1e-14)
    dropped = r.softargmin(E, beta)  # without the prior: another q, a higher free energy
    assert r.variational_free_energy(E, dropped, beta, p=p) > found.fun + 0.01


def test_L13_with_log2_the_minimiser_is_gibbs_at_beta_log_2():
    E, beta = np.array([0.0, 0.4, 1.5, 3.0]), 2.0

    def line(u):  # the lecture's: bits beside 1/beta
        q = r.softargmax(u)
        return r.expected_energy(E, q) + r.kl_bits(q, np.full(4, 0.25)) / beta

    q = r.softargmax(minimize(line, np.zeros(4), method="BFGS", options={"gtol": 1e-9}).x)
    assert q == pytest.approx(r.softargmin(E, beta * np.log(2)), abs=1e-5)
    assert np.abs(q - r.softargmin(E, beta)).max() > 0.05


def test_L13_variational_free_energy_adjoint():
    rng = np.random.default_rng(2)
    for axis in (-1, 0):
        E = rng.normal(size=(3, 4))
        q = rng.uniform(0.5, 1.5, (3, 4))
        q /= q.sum(axis=axis, keepdims=True)
        p = rng.uniform(0.5, 1.5, 4 if axis == -1 else 3)
        share = p / p.sum() if axis == -1 else (p / p.sum())[:, None]

        def value(E, q, axis=axis, share=share):  # off the simplex too
            return (q * E + (q * np.log(q / share) - q) / 1.7).sum(axis=axis) + 1 / 1.7

        def adjoint(E, q, b, axis=axis, p=p):
            return r.variational_free_energy_adjoint(E, q, 1.7, b, axis, p if axis == -1 else p[:, None])

        plain = p if axis == -1 else p[:, None]
        assert np.allclose(value(E, q), r.variational_free_energy(E, q, 1.7, axis, plain))
        check_adjoint(value, adjoint, (E, q), rng)


def test_L12_expected_energy():
    E = np.array([[1.0, np.inf, 3.0], [0.0, 2.0, 4.0]])
    q = np.array([[0.5, 0.0, 0.5], [0.2, 0.3, 0.5]])
    assert r.expected_energy(E, q) == pytest.approx([2.0, 2.6])
    assert r.expected_energy(E.T, q.T, axis=0) == pytest.approx([2.0, 2.6])
    assert r.expected_energy(E[0], [0, 1, 0]) == np.inf


def test_L17_helmholtz():
    """F = <E> - T S under Gibbs; and S = -dF/dT, of the free energy that counts states."""
    E = np.array([0.0, 0.3, 1.0, 2.5])

    def F(T):  # N3's: not divided by the number of states
        return float(-T * r.log_partition(E, 1 / T))

    for T in (0.2, 1.0, 5.0):
        q = r.softargmin(E, 1 / T)
        assert F(T) == pytest.approx(r.expected_energy(E, q) - T * r.entropy(q), rel=1e-13)
        assert r.variational_free_energy(E, q, 1 / T) == pytest.approx(F(T) + T * np.log(4), rel=1e-13)
        h = 1e-5 * T
        assert -(F(T + h) - F(T - h)) / (2 * h) == pytest.approx(r.entropy(q), rel=1e-8)


def test_L13_ends_of_beta_and_extreme_energies():
    E, q = [1e300, -1e300, 0.0], [0.2, 0.3, 0.5]
    uniform = np.full(3, 1 / 3)
    assert r.variational_free_energy(E, q, np.inf) == pytest.approx(-1e299)
    assert r.jensen_gap(E, q, np.inf) == pytest.approx(9e299)
    for beta in (1e-300, 1.0, 1e10, 1e300):
        gap = r.jensen_gap(E, q, beta)
        assert gap == pytest.approx(r.variational_free_energy(E, q, beta) - r.softmin(E, beta), rel=1e-12)
        assert np.isfinite(gap)
    assert r.variational_free_energy(E, q, 0.0) == np.inf
    assert r.jensen_gap(E, q, 0.0) == np.inf
    assert r.variational_free_energy([1.0, 2.0, 4.5], uniform, 0.0) == pytest.approx(2.5)
    assert r.jensen_gap([1.0, 2.0, 4.5], uniform, 0.0) == 0
    for beta in (5e-324, 0.5, np.inf):  # a state that q allows and the prior forbids; a forbidden one that q leaves out
        assert r.variational_free_energy([1.0, 2.0], [0.5, 0.5], beta, p=[1, 0]) == np.inf
        assert r.jensen_gap([1.0, 2.0], [0.5, 0.5], beta, p=[1, 0]) == np.inf
        assert r.jensen_gap([1.0, np.inf], [0.5, 0.5], beta) == np.inf
    assert r.jensen_gap([1.0, np.inf], [1.0, 0.0], np.inf) == 0
    assert r.jensen_gap([1.0, np.inf], [1.0, 0.0], 0.5) == pytest.approx(0, abs=1e-15)


def test_L15_softmin_with_a_prior():
    rng = np.random.default_rng(3)
    E, p = rng.normal(size=(4, 5)), rng.uniform(0.1, 1, 5)
    share = p / p.sum()
    assert r.softmin(E, 1.3, p=p) == pytest.approx(-np.log((share * np.exp(-1.3 * E)).sum(axis=1)) / 1.3, rel=1e-14)
    assert r.softmin(E, 0, p=p) == pytest.approx(E @ share, rel=1e-14)
    assert r.softmin(E, 1e-9, p=p) == pytest.approx(
        E @ share - 0.5e-9 * (np.square(E) @ share - (E @ share) ** 2), rel=1e-15
    )
    assert r.softmin(E, np.inf, p=[1, 1, 0, 1, 1]) == pytest.approx(np.delete(E, 2, axis=1).min(axis=1))
    assert r.softargmin([0.0, 0.0, 1.0], np.inf, p=[1, 3, 1]) == pytest.approx([0.25, 0.75, 0])
    assert r.softargmin(E[0], 0, p=p) == pytest.approx(share)
    # equal weights are no prior; a doubled weight is a state twice
    for beta in (0.0, 1e-12, 0.7, 300.0, np.inf):
        assert r.softmin(E, beta, p=np.ones(5)) == pytest.approx(r.softmin(E, beta), rel=1e-15, abs=1e-15)
        twice = r.softmin(np.column_stack([E, E[:, 2]]), beta)
        assert r.softmin(E, beta, p=[1, 1, 2, 1, 1]) == pytest.approx(twice, rel=1e-14)
    check_adjoint(lambda e: r.softmin(e, 1.3, p=p), lambda e, b: r.softmin_adjoint(e, 1.3, b, p=p), (E,), rng)
    assert np.array_equal(r.softmin(E.T, 1.3, axis=0, p=p), r.softmin(E, 1.3, p=p))
    assert r.softmin([5.0, np.inf, -1e300], 2.0, p=[1, 0, 0]) == 5.0
    for bad in ([1, -1, 1, 1, 1], [0] * 5, [1, 2], np.ones((3, 5))):
        with pytest.raises(ValueError, match=r"^p: expected"):
            r.softmin(E, 1.0, p=bad)


def test_L15_free_energy_with_a_prior():
    """Hermite nodes and weights are a normal prior: a linear decoder then has a normal y, in closed form."""
    node, weight = r.gauss_hermite(40)
    energy = r.decoded(r.network_decoder(r.mlp([1, 2]), code=0))
    w, beta, r_z = np.array([0.7, -0.4, 0.1, 0.2]), 2.0, 0.8
    y = np.array([(0.3, 0.5), (-1.0, 0.4)])
    F = r.free_energy(energy, y, r_z * node[:, 0], w, beta, p=weight)
    from scipy.stats import multivariate_normal

    law = multivariate_normal([0.1, 0.2], r_z**2 * np.outer(w[:2], w[:2]) + np.eye(2) / (2 * beta))
    assert F == pytest.approx(-(law.logpdf(y) - np.log(beta / np.pi)) / beta, rel=1e-10)
    rng = np.random.default_rng(4)

    def adjoint(y, w, b):
        return r.free_energy_and_adjoint(energy, y, r_z * node[:, 0], w, beta, b, p=weight)[1:]

    check_adjoint(lambda y, w: r.free_energy(energy, y, r_z * node[:, 0], w, beta, p=weight), adjoint, (y, w), rng)
    q = r.gibbs_weights(energy, y, r_z * node[:, 0], w, beta, p=weight)
    assert q.sum(axis=1) == pytest.approx(1)


# --- q a Gaussian


def test_L12_gauss_hermite_is_exact_for_polynomials():
    node, weight = r.gauss_hermite(4, 2)
    assert weight.sum() == pytest.approx(1, rel=1e-15)
    assert weight @ (node[:, 0] ** 6 * node[:, 1] ** 2) == pytest.approx(15, rel=1e-13)
    with pytest.raises(ValueError, match=r"^order: expected at most a million nodes"):
        r.gauss_hermite(40, 4)


@pytest.mark.parametrize("latent", [1, 2])
def test_L12_gaussian_expectation_and_its_adjoint(latent):
    rng = np.random.default_rng(5)
    energy = r.decoded(r.network_decoder(r.mlp([1 + latent, 4, 2], "tanh"), 1, latent), None, "squared", 0.7)
    y, m, s = rng.normal(size=(3, 2)), rng.normal(size=(3, latent)), rng.uniform(0.5, 1.5, (3, latent))
    w = rng.normal(size=energy.size)
    rule = r.gauss_hermite(12, latent)
    own = rng.normal(size=(3, 5, latent)), np.full(5, 0.2)
    for eps, weight in (rule, own):
        check_adjoint(
            lambda y, m, s, w, e=eps, v=weight: expected_energy_gaussian(energy, y, m, s, w, e, v),
            lambda y, m, s, w, b, e=eps, v=weight: expected_energy_gaussian_adjoint(energy, y, m, s, w, e, v, None, b),
            (y, m, s, w),
            rng,
        )
    # the rule, and many draws
    exact = expected_energy_gaussian(energy, y, m, s, w, *rule)
    draws = [
        expected_energy_gaussian(energy, y, m, s, w, rng.normal(size=(200, latent)), np.full(200, 1 / 200))
        for _ in range(60)
    ]
    error = np.std(draws, axis=0) / np.sqrt(60)
    assert (np.abs(np.mean(draws, axis=0) - exact) < 4.5 * error).all()


@pytest.mark.parametrize("latent", [1, 2])
def test_L13_gaussian_free_energy(latent):
    """A bound for every m and s, reached where the posterior is a Gaussian of independent entries: a linear decoder."""
    rng, chain = np.random.default_rng(7), r.mlp([latent, 2])
    energy = r.decoded(r.network_decoder(chain, 0, latent))
    W = np.array([[1.0, 0.0], [0.0, 0.6]])[:, :latent]
    w, y, beta, scale = np.concatenate([W.ravel(), [0.1, -0.2]]), rng.normal(size=(3, 2)), 1.5, 0.8
    precision = 2 * beta * np.diag(W.T @ W) + 1 / scale**2
    best_m, best_s = 2 * beta * (y - w[-2:]) @ W / precision, np.tile(precision**-0.5, (3, 1))
    node, weight = r.gauss_hermite(60, latent)
    exact = r.free_energy(energy, y, scale * node, w, beta, p=weight)
    F, m_bar, s_bar, _ = r.gaussian_free_energy(energy, y, best_m, best_s, w, beta, scale)
    assert exact == pytest.approx(F, rel=1e-9)
    assert np.abs(m_bar).max() < 1e-13
    assert np.abs(s_bar).max() < 1e-13
    m, s = rng.normal(size=(3, latent)), rng.uniform(0.3, 1, (3, latent))
    assert (r.gaussian_free_energy(energy, y, m, s, w, beta, scale)[0] > exact).all()


def test_L13_gaussian_free_energy_slopes():
    rng = np.random.default_rng(8)
    y, m, s = rng.normal(size=(3, 2)), rng.normal(size=(3, 1)), rng.uniform(0.3, 1, (3, 1))

    def value(m, s, y):
        return r.gaussian_free_energy(r.ellipse, y, m, s, (2, 1.5), 1.3, 0.9)[0]

    def adjoint(m, s, y, bar):
        return tuple(bar[:, None] * v for v in r.gaussian_free_energy(r.ellipse, y, m, s, (2, 1.5), 1.3, 0.9)[1:])

    check_adjoint(value, adjoint, (m, s, y), rng, complex_step=False)


def test_L19_reparametrise_adjoint():
    rng = np.random.default_rng(6)
    m, s, eps = rng.normal(size=(3, 2)), rng.uniform(0.5, 1, (3, 2)), rng.normal(size=(3, 7, 2))
    check_adjoint(
        lambda m, s: reparametrise(m, s, eps), lambda m, s, b: reparametrise_adjoint(m, s, eps, b), (m, s), rng
    )


def test_bad_arguments_are_refused():
    with pytest.raises(ValueError, match=r"^q: expected E's shape"):
        r.expected_energy([1.0, 2.0, 3.0], [0.5, 0.5])
    with pytest.raises(ValueError, match=r"^q: expected probabilities that sum to 1"):
        r.variational_free_energy([1.0, 2.0], [0.5, 0.6], 1.0)
    with pytest.raises(ValueError, match=r"^q: expected q, p and beta above 0"):
        r.variational_free_energy_adjoint([1.0, 2.0], [0.0, 1.0], 1.0, 1.0)


def test_L16_a_table_of_rows_is_each_row_alone():
    """Also along another axis, with rows whose least energies lie far apart, and at both ends of beta."""
    rng = np.random.default_rng(12)
    E = rng.normal(size=(4, 5)) + 1e3 * rng.normal(size=(4, 1))
    q, p = rng.dirichlet(np.ones(5), 4), rng.dirichlet(np.ones(5))
    for f in (r.variational_free_energy, r.jensen_gap):
        for beta in (0.0, 0.7, np.inf):
            together = f(E, q, beta, p=p)
            assert together == pytest.approx([f(*row, beta, p=p) for row in zip(E, q, strict=True)], rel=1e-13)
            assert f(E.T, q.T, beta, axis=0, p=p[:, None]) == pytest.approx(together, rel=1e-13)
    assert r.expected_energy(E, q) == pytest.approx([e @ v for e, v in zip(E, q, strict=True)], rel=1e-13)


def test_L16_a_latent_of_no_prior_does_not_move_the_gap():
    E, q, p = np.array([-1e4, 1.0, 2.0]), np.array([0.0, 0.4, 0.6]), np.array([0.0, 0.5, 0.5])
    assert r.jensen_gap(E, q, 2.0, p=p) == pytest.approx(r.jensen_gap(E[1:], q[1:], 2.0, p=p[1:]), rel=1e-14)


def test_L13_the_adjoint_is_refused_where_a_slope_is_infinite():
    E, q = np.array([1.0, 2.0]), np.array([0.4, 0.6])
    for bad in (
        (E, np.array([0.0, 1.0]), 1.0, None),
        (E, q, 1.0, np.array([0.0, 1.0])),
        (E, q, 0.0, None),
        (np.array([1.0, np.inf]), q, 1.0, None),
    ):
        with pytest.raises(ValueError, match="expected"):
            r.variational_free_energy_adjoint(*bad[:3], 1.0, p=bad[3])
    r.variational_free_energy_adjoint(E, q, 1.0, 1.0)


def test_L12_the_limits_of_gauss_hermite():
    assert len(r.gauss_hermite(128, 1)[1]) == 128
    assert len(r.gauss_hermite(100, 3)[1]) == 10**6
    for order, latent in ((129, 1), (101, 3)):
        with pytest.raises(ValueError, match="order: expected"):
            r.gauss_hermite(order, latent)
