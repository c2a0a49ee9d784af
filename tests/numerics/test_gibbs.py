"""Gibbs distributions: normalised, consistent by Bayes' rule, the same by two routes, at every beta."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.special import erf

import refebm as r
from refebm.energies.marginals import marginal
from refebm.numerics.quadrature import _rules

tables = arrays(float, (3, 4), elements=st.floats(-50, 50))
betas = st.one_of(st.floats(1e-3, 1e3), st.sampled_from([0.0, 1e-300, 1e300, np.inf]))
DY, DZ = np.array([0.5, 1.0, 0.3]), np.array([1.0, 0.2, 0.7, 0.4])


def test_L1_gibbs_against_the_formula():
    F = np.array([0.3, -1.0, 2.0])
    naive = np.exp(-1.7 * F) / np.exp(-1.7 * F).sum()
    assert np.exp(r.log_gibbs(F, 1.7)) == pytest.approx(naive, rel=1e-15)
    assert r.log_partition(F, 1.7) == pytest.approx(np.log(np.exp(-1.7 * F).sum()), rel=1e-15)
    measure = np.array([0.1, 2.0, 0.3])
    assert r.log_partition(F, 1.7, measure) == pytest.approx(np.log((measure * np.exp(-1.7 * F)).sum()), rel=1e-15)
    assert np.exp(r.log_gibbs(F, 1.7, measure)) @ measure == pytest.approx(1, rel=1e-15)


@given(tables, betas)
def test_L2_joint_is_normalised_and_marginals_agree_by_two_routes(E, beta):
    joint = r.log_gibbs(E, beta, DY[:, None] * DZ, axis=(0, 1))
    assert (np.exp(joint) * DY[:, None] * DZ).sum() == pytest.approx(1, rel=1e-12)
    by_joint = r.log_marginal(joint, DZ, axis=1)
    if beta <= 1e3:  # beyond, F as a number no longer holds log N / beta; at inf the order of limit and sum matters
        by_free_energy = r.log_gibbs(r.softmin(E, beta, p=DZ), beta, DY)
        assert by_joint == pytest.approx(by_free_energy, abs=1e-14 * (1 + beta * np.abs(E).max()))
    # all of z first or all of y first, the partition function is one
    log_z = r.log_partition(E, min(beta, 1e3), DY[:, None] * DZ, axis=(0, 1))
    for axis, inner, outer in ((0, DY[:, None], DZ), (1, DZ, DY)):
        partial = r.log_partition(E, min(beta, 1e3), inner, axis=axis)
        assert r.log_partition(-partial, 1.0, outer) == pytest.approx(log_z, rel=1e-13, abs=1e-12)


def test_N4_at_infinite_beta_ties_of_the_latent_count():
    E = np.array([[0.0, 0.0, 1.0], [0.0, 2.0, 2.0]])
    from_joint = np.exp(r.log_marginal(r.log_gibbs(E, np.inf, axis=(0, 1)), axis=1))
    assert from_joint == pytest.approx([2 / 3, 1 / 3])
    assert np.exp(r.log_gibbs(r.softmin(E, np.inf), np.inf)) == pytest.approx([0.5, 0.5])
    cold = np.exp(r.log_gibbs(r.softmin(E, 200.0), 200.0))
    assert cold == pytest.approx([2 / 3, 1 / 3])


@given(tables, st.floats(1e-3, 10))
def test_L3_bayes_rule(E, beta):
    joint = r.log_gibbs(E, beta, DY[:, None] * DZ, axis=(0, 1))
    log_y, log_z = r.log_marginal(joint, DZ, axis=1), r.log_marginal(joint, DY[:, None], axis=0)
    y_given_z, z_given_y = r.log_gibbs(E, beta, DY[:, None], axis=0), r.log_gibbs(E, beta, DZ, axis=1)
    size = 1e-14 * (1 + beta * np.abs(E).max())
    assert y_given_z + log_z == pytest.approx(joint, abs=10 * size)
    assert z_given_y + log_y[:, None] == pytest.approx(joint, abs=10 * size)


def test_L2_conditional_leaves_the_axis_of_x_out():
    E = np.random.default_rng(0).normal(size=(5, 3, 4))
    conditional = r.log_gibbs(E, 2.0, axis=(1, 2))
    for x in range(5):
        assert np.allclose(conditional[x], r.log_gibbs(E[x], 2.0, axis=(0, 1)), atol=1e-14)


def test_L3_a_conditional_is_good_where_the_joint_has_underflowed():
    E = np.array([[0.0, 1.0], [5e4, 5e4 + 1.0]])  # the second y has probability e^-50000
    assert np.exp(r.log_gibbs(E, 1.0)[1]) == pytest.approx([1 / (1 + np.exp(-1)), 1 / (1 + np.exp(1))], rel=1e-11)
    assert r.log_marginal(r.log_gibbs(E, 1.0, axis=(0, 1)))[1] == pytest.approx(-5e4, rel=1e-12)


def test_L1_ends_of_beta_and_extreme_energies():
    F = np.array([1e300, -1e300, 0.0, np.inf, -1e300])
    assert np.exp(r.log_gibbs(F, np.inf)) == pytest.approx([0, 0.5, 0, 0, 0.5])
    assert np.exp(r.log_gibbs(F, 0.0)) == pytest.approx([0.25, 0.25, 0.25, 0, 0.25])
    for beta in (1e-300, 1.0, 1e300):
        p = np.exp(r.log_gibbs(F, beta))
        assert p.sum() == pytest.approx(1, rel=1e-15)
    assert np.exp(r.log_gibbs(F, 1e-300))[:3] == pytest.approx(
        np.exp([-1, 1, 0]) / np.exp([-1, 1, 0, 1]).sum(), rel=1e-14
    )
    assert r.log_partition(F, np.inf) == np.inf
    assert r.log_partition(-F[:3], 0.0) == pytest.approx(np.log(3))
    assert r.log_partition([0.0, 0.0, 1.0], np.inf) == pytest.approx(np.log(2))
    assert r.log_partition([1.0, 2.0], np.inf) == -np.inf
    assert r.log_partition([np.inf, np.inf], 1.0) == -np.inf
    with pytest.raises(ValueError, match=r"^E: expected a finite energy"):
        r.log_gibbs([np.inf, np.inf], 1.0)
    with pytest.raises(ValueError, match=r"^E: expected a finite energy"):
        r.log_gibbs([np.inf, 1.0], 1.0, [1.0, 0.0])


def test_L1_a_state_of_no_volume_does_not_count():
    for beta in (0.0, 0.5, np.inf):
        with_it = r.log_partition([1.0, -5.0, 2.0], beta, [0.4, 0.0, 0.6])
        assert with_it == r.log_partition([1.0, 2.0], beta, [0.4, 0.6])
        assert r.log_partition([0.0, -1e5], beta, [1.0, 0.0]) == 0  # nor overflow
        assert np.allclose(
            r.log_gibbs([1.0, -5.0, 2.0], beta, [0.4, 0, 0.6])[::2], r.log_gibbs([1.0, 2.0], beta, [0.4, 0.6])
        )


@pytest.mark.parametrize("beta", [0.7, 5.0])
def test_W2_partition_function_of_a_squared_error_is_known(beta):
    """Integrate exp(-beta |y - g|^2) over y first: pi/beta in the plane, whatever the decoder."""
    F = marginal(r.ellipse, r.latent_grid(200), beta)
    found = r.integrate(lambda y: F(y, (2, 1.5)), beta, [(-9, 9), (-9, 9)])
    assert found.success
    assert found.error <= 1e-10
    assert found.log_z == pytest.approx(np.log(np.pi / beta), abs=2e-10)


def test_W2_quadrature_reports_what_it_does_not_know():
    kink = r.integrate(lambda y: np.abs(y[:, 0] - 0.3), 1.0, [(-1, 1)], tol=1e-6)
    truth = np.log(2 - np.exp(-1.3) - np.exp(-0.7))
    assert abs(kink.log_z - truth) <= kink.error
    assert kink.success
    table = np.log([[0.1, 0.3], [0.4, 0.2]])
    assert np.exp(r.log_marginal(table)) == pytest.approx([0.4, 0.6])
    needle = r.integrate(lambda y: 1e12 * y[:, 0] ** 2 + y[:, 1] ** 2, 1.0, [(-1, 1), (-1, 2)])
    assert not needle.success
    assert needle.error > 1e-10
    narrow = r.integrate(lambda y: 1e12 * np.square(y).sum(axis=1), 1.0, [(-1, 1), (-1, 2)], tol=1e-6)
    assert narrow.success
    assert abs(narrow.log_z - np.log(np.pi / 1e12)) <= narrow.error  # of which most is the nodes' rounding
    nodes, weights = r.gauss_grid([(0, 2), (-1, 2)], 3, 4)
    assert nodes.shape == (144, 2)
    assert weights.sum() == pytest.approx(6, rel=1e-14)
    assert (weights * nodes[:, 0] ** 7 * nodes[:, 1] ** 6).sum() == pytest.approx(2**8 / 8 * (2**7 + 1) / 7, rel=1e-13)


def test_bad_tables_are_refused():
    with pytest.raises(ValueError, match=r"^measure: expected volumes from 0 up"):
        r.log_gibbs([0.0, 1.0], 1.0, [1.0, -1.0])
    with pytest.raises(ValueError, match=r"^measure: expected a shape"):
        r.log_gibbs([0.0, 1.0], 1.0, [1.0, 1.0, 1.0])
    with pytest.raises(ValueError, match=r"^axis: expected"):
        r.log_gibbs(np.zeros((2, 2)), 1.0, axis=(0, 2))
    with pytest.raises(ValueError, match=r"^box: expected"):
        r.integrate(lambda y: y[:, 0], 1.0, [(1, 0)])
    with pytest.raises(ValueError, match=r"^panels: expected at most"):
        r.gauss_grid([(0, 1)] * 4, 20)


def test_N3_without_the_size_of_z_nothing_that_matters_changes():
    """The notes' free energy is C10's less (1/beta) log |Z|: the same P(y), and for beta to 0 no limit."""
    z, y = r.latent_grid(96), np.array([(0.3, 0.9), (-2.0, 1.0), (0.0, 0.0)])
    E = r.ellipse(y, z, (2, 1.5))
    for beta in (1e-3, 1.7):
        notes, deck = -r.log_partition(E, beta, 2 * np.pi / 96) / beta, r.softmin(E, beta)
        assert deck - notes == pytest.approx([np.log(2 * np.pi) / beta] * 3, rel=1e-12)
        assert np.allclose(r.log_gibbs(notes, beta), r.log_gibbs(deck, beta), atol=1e-12)
    assert (notes < E.min(axis=1)).any()  # not above the least energy: C15 needs the division


def test_L1_a_table_of_one_row_keeps_its_axis():
    E = np.array([[1.0, 2.0, 4.0]])
    assert r.log_partition(E, 1.5).shape == (1,)
    assert r.log_marginal(-E).shape == (1,)
    assert r.log_marginal(-E, axis=0).shape == (3,)
    assert r.log_partition(E[..., None], 1.5, axis=1).shape == (1, 1)


def test_W2_quadrature_gives_back_its_nodes():
    found = r.integrate(lambda y: np.square(y).sum(axis=1), 2.0, [(-6, 6), (-5, 5)])
    assert found.F == pytest.approx(np.square(found.y).sum(axis=1), rel=1e-15)
    assert np.log((found.measure * np.exp(-2 * found.F)).sum()) == pytest.approx(found.log_z, rel=1e-12)
    flat = r.integrate(lambda y: 0 * y[:, 0], 1.0, [(0, 2)])
    assert (flat.success, flat.log_z) == (True, pytest.approx(np.log(2), rel=1e-14))
    assert flat.error < 1e-12
    nodes, _ = r.gauss_grid([(0, 1), (10, 11)], 2)
    assert (nodes[1] - nodes[0])[0] == 0  # the last coordinate runs first
    forbidden = r.integrate(lambda y: np.full(len(y), np.inf), 1.0, [(0, 2)])
    assert (forbidden.log_z, forbidden.error) == (-np.inf, 0.0)


def test_L1_far_from_zero():
    E = np.array([[1e308, 1e308], [-1e308, -1e308], [3e5, 3e5 + 1]])
    assert r.log_partition(E[:2], 1.0) == pytest.approx(-E[:2, 0], rel=1e-15)
    assert r.log_partition(E[2], 3.0) == pytest.approx(-9e5 + np.log1p(np.exp(-3.0)), rel=1e-15)


def spike(c, s):
    """Energy of half a uniform density on (-1, 1)^d and half a narrow normal one about c: they sum to 1."""
    d = len(c)

    def F(y):
        normal = np.exp(-np.square((y - c) / s).sum(axis=1) / 2) / (s * np.sqrt(2 * np.pi)) ** d
        return -np.log(0.5 / 2**d + 0.5 * normal)

    return F


@pytest.mark.parametrize(("d", "narrowest", "trials"), [(1, 5e-4, 60), (2, 1e-2, 12), (3, 5e-2, 2)])
def test_W2_quadrature_finds_spikes_as_narrow_as_its_start_can_see(d, narrowest, trials):
    rng = np.random.default_rng(d)
    for _ in range(trials):
        width = np.exp(rng.uniform(np.log(narrowest), np.log(0.1)))
        found = r.integrate(spike(rng.uniform(-0.4, 0.4, d), width), 1.0, [(-1, 1)] * d, tol=1e-6)
        assert found.success or found.nfev > 1e6
        assert abs(found.log_z) <= found.error
    assert abs(r.integrate(spike([0.34], 1e-3), 1.0, [(-1, 1)]).log_z) < 1e-10  # once hidden from 32 nodes, and "sure"


def test_W2_quadrature_is_honest_about_forbidden_regions_in_one_dimension():
    rng = np.random.default_rng(0)
    for edge in (*rng.uniform(-1, 1, 150), *(np.arange(-63, 64, 7) / 64 + 1e-9), *(np.arange(-63, 64, 7) / 64 - 1e-9)):
        for step in (np.inf, 1.0):  # a wall, and a step of finite height
            found = r.integrate(lambda y, e=edge, s=step: np.where(y[:, 0] < e, 0, s), 1.0, [(-1, 1)])
            assert found.success
            assert abs(found.log_z - np.log(edge + 1 + (1 - edge) * np.exp(-step))) <= found.error


def test_W2_quadrature_is_honest_about_forbidden_regions_in_the_plane():
    rng = np.random.default_rng(1)
    for _ in range(6):
        radius = rng.uniform(0.1, 0.9)
        centre = rng.uniform(-1 + radius, 1 - radius, 2)
        disc = r.integrate(
            lambda y, c=centre, s=radius: np.where(np.hypot(*(y - c).T) < s, 0, np.inf), 1.0, [(-1, 1)] * 2, tol=1e-3
        )
        assert abs(disc.log_z - np.log(np.pi * radius**2)) <= disc.error
        edge = rng.uniform(-1, 1)
        half = r.integrate(lambda y, e=edge: np.where(y[:, 0] < e, 0, np.inf), 1.0, [(-1, 1)] * 2, tol=1e-3)
        assert abs(half.log_z - np.log(2 * (edge + 1))) <= half.error
        assert half.success
    assert not r.integrate(lambda y: np.where(np.hypot(*y.T) < 1, 0, np.inf), 1.0, [(-1, 1)] * 2).success


@pytest.mark.parametrize("d", [1, 2, 3, 4])
def test_W2_quadrature_of_smooth_energies_of_any_size(d):
    truth = d * np.log(np.sqrt(np.pi) / 2 * (erf(3) + erf(2)))
    tol = 1e-10 if d < 4 else 1e-3
    for shift in (0.0, -300.0, 1e4, -1e4):
        found = r.integrate(lambda y, c=shift: c + np.square(y).sum(axis=1), 1.0, [(-2, 3)] * d, tol)
        assert found.success or (shift and found.error < 1e-10)  # rounding of F itself
        assert abs(found.log_z + shift - truth) <= found.error + 1e-15 * abs(shift)
        if d > 2:
            break
    scaled = r.integrate(lambda y: np.square(y * 1e-50).sum(axis=1), 1.0, [(-2e50, 3e50)] * d, tol)
    assert scaled.log_z - d * np.log(1e50) == pytest.approx(truth, abs=tol)


def test_W2_one_step_in_a_panel_is_missed_by_less_than_the_rules_disagree():
    node, weights = _rules(1)
    for t in np.linspace(0, 1, 4001)[1:-1]:
        gauss, lobatto = weights @ (node[:, 0] < t)
        assert abs((gauss + lobatto) / 2 - t) <= abs(gauss - lobatto)
    assert len(np.unique(node.round(12))) == len(node)  # they share no node
    for power in range(12):
        assert weights @ node[:, 0] ** power == pytest.approx([1 / (power + 1)] * 2, rel=1e-14)
    gauss, lobatto = weights @ np.exp(-8 * node[:, 0])  # all of whose derivatives have one sign
    assert gauss < (1 - np.exp(-8)) / 8 < lobatto


def test_integrals_that_cannot_be_believed_are_refused():
    def flat(y):
        return 0 * y[:, 0]

    for words, error, call in (
        (r"^beta: expected a number in \[0, inf\[, got inf", ValueError, lambda: r.integrate(flat, np.inf, [(0, 1)])),
        (r"^box: expected at most 4 dimensions, got 5", ValueError, lambda: r.integrate(flat, 1.0, [(0, 1)] * 5)),
        (r"^F: expected real numbers", TypeError, lambda: r.integrate(lambda y: y[:, 0] + 0j, 1.0, [(0, 1)])),
        (r"^F: expected a function, got an array", TypeError, lambda: r.integrate(np.ones(3), 1.0, [(0, 1)])),
        (r"^F: expected a value for each of", ValueError, lambda: r.integrate(lambda y: y, 1.0, [(0, 1)])),
        (r"^F: expected no -inf", ValueError, lambda: r.integrate(lambda y: flat(y) - np.inf, 1.0, [(0, 1)])),
        (r"^box: expected a volume", ValueError, lambda: r.integrate(flat, 1.0, [(-1e149, 1e149)] * 3)),
    ):
        with pytest.raises(error, match=words):
            call()


def test_an_integral_of_which_nothing_was_seen_is_no_success():
    found = r.integrate(lambda y: np.where(np.abs(y[:, 0] - 0.33335) < 4e-5, 0.0, np.inf), 1.0, [(-1, 1)])
    assert (found.log_z, found.success) == (-np.inf, False) or abs(found.log_z - np.log(8e-5)) <= found.error
    assert not r.integrate(lambda y: np.full(len(y), np.inf), 1.0, [(-1, 1)]).success
    assert not r.integrate(lambda y: np.full(len(y), -1e308), 10.0, [(-1, 1)]).success


def test_W2_the_nodes_own_rounding_is_counted():
    """A box far from 0: its nodes are rounded by u |y|, over the side of a panel in each dimension."""
    for box, side in (([(1e8, 1e8 + 1)], 1 / 256), ([(1e8, 1e8 + 1), (-3e9, -3e9 + 2)], 1 / 24)):
        far = sum(np.abs(ends).max() / np.ptp(ends) for ends in np.array(box))
        found = r.integrate(lambda y: 0 * y[:, 0], 1.0, box)
        assert found.error == pytest.approx(np.finfo(float).eps * far / side, rel=1e-6)
        assert not found.success
        assert found.log_z == pytest.approx(np.log(np.prod(np.ptp(box, axis=1))), abs=1e-12)
