"""The numerical core against certified values, its limits, its symmetries, and its adjoints."""

import json
import math
from decimal import Decimal, localcontext
from pathlib import Path

import numpy as np
import pytest
from gradients import check_adjoint
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

import refebm
from refebm import softargmax, softargmin, softargmin_adjoint, softmax, softmin, softmin_adjoint
from refebm.numerics.hinges import hinge, hinge_adjoint, softplus, softplus_adjoint
from refebm.numerics.rows import softmin_rows

CERTIFIED = json.loads((Path(__file__).parent / "softmin_certified.json").read_text())
U = 2.0**-53

energies = arrays(float, array_shapes(max_dims=2, max_side=6), elements=st.floats(-1e3, 1e3))
rows = arrays(float, st.integers(1, 8), elements=st.floats(-1e150, 1e150))
betas = st.floats(0, math.inf)
some_betas = st.floats(1e-6, 1e3)


def difference(value, decimal):
    """value minus a 40-digit decimal; the subtraction itself rounds at 60 digits."""
    with localcontext(prec=60):
        return float(Decimal(float(value)) - Decimal(decimal))


@pytest.mark.parametrize("case", CERTIFIED, ids=lambda c: f"beta={c['beta']},k={len(c['E'])}")
def test_C13_softmin_is_certified_to_4_ulp(case):
    beta, E = float(case["beta"]), np.array(case["E"])
    reference = max(abs(float(case["F"])), abs(E.min()))
    assert abs(difference(softmin(E, beta), case["F"])) <= 4 * np.spacing(reference)


@pytest.mark.parametrize("case", CERTIFIED, ids=lambda c: f"beta={c['beta']},k={len(c['E'])}")
def test_C16_weights_are_certified_to_8_u(case):
    p = softargmin(np.array(case["E"]), float(case["beta"]))
    for value, decimal in zip(p, case["p"], strict=True):
        assert abs(difference(value, decimal)) <= max(8 * U * float(decimal), 5e-324)


@pytest.mark.parametrize("beta", [1e-9, 1e-3, 0.3, 1.0, 13.8, 100.0])
def test_C13_a_million_terms_keep_their_digits(beta):
    # A few distinct energies many times each: the truth is a short sum, done in whole numbers of 2^-1074 by math.fsum.
    rng = np.random.default_rng(0)
    values = np.append(0.0, rng.exponential(1, 63))
    index = rng.integers(0, 64, 10**6)
    counts = np.bincount(index, minlength=64)
    lost = math.fsum(np.expm1(-beta * values) * counts) / 10**6
    F = (
        -math.log1p(lost) / beta
        if lost > -0.5
        else -math.log(math.fsum(np.exp(-beta * values) * counts) / 10**6) / beta
    )
    for axis, E in ((0, values[index]), (0, np.stack([values[index]] * 2, axis=1)), (1, values[index][None])):
        assert np.all(np.abs(softmin(E, beta, axis) - F) <= 6 * np.spacing(F))


def test_C12_the_discrete_form_is_softmin():
    E, beta, dz = np.array([0.3, 1.7, 0.9, 2.2]), 1.3, 0.25
    assert softmin(E, beta) == pytest.approx(-np.log(np.sum(np.exp(-beta * E)) * dz / (4 * dz)) / beta, rel=1e-14)


@given(rows)
def test_C14_beta_0_is_the_mean(E):
    # the mean in a way that cannot overflow, and exactly rounded; E / len(E) may be subnormal
    slack = 1e-14 * np.abs(E).max() + 1e-320
    assert softmin(E, 0.0) == pytest.approx(math.fsum(E / len(E)), rel=1e-14, abs=slack)
    assert softmin(E, 0.0) == pytest.approx(softmin(E, 1e-320), rel=1e-14, abs=slack)


@given(rows)
def test_C15_beta_infinite_is_the_minimum(E):
    assert softmin(E, np.inf) == E.min()
    assert softmin(E, 1e308) == pytest.approx(E.min(), rel=1e-15, abs=1e-307)


@given(energies, some_betas)
def test_C14_small_beta_approaches_the_mean_at_the_known_rate(E, beta):
    # F = <E> - (beta/2) var(E) + O(beta^2 spread^3): the error falls as beta.
    beta = 1e-3 * beta / (1 + np.ptp(E)) / 1e3
    expansion = E.mean(-1) - beta / 2 * E.var(-1)
    assert np.all(np.abs(softmin(E, beta) - expansion) <= beta**2 * np.ptp(E) ** 3 + 1e-12 * (1 + np.abs(E).max()))


@given(rows, betas)
def test_C15_bounds(E, beta):
    F, m = softmin(E, beta), E.min()
    slack = 8 * U * max(abs(F), abs(m))
    assert F >= m - slack
    if beta > 0:
        assert F <= m + math.log(len(E)) / beta + slack
    mean = math.fsum(E / len(E))
    assert F <= mean + 8 * U * max(abs(mean), abs(m)) + 1e-320  # E / len(E) may be subnormal


@given(energies, some_betas, some_betas)
def test_C15_softmin_falls_as_beta_grows(E, a, b):
    low, high = sorted((a, b))
    assert np.all(softmin(E, high) <= softmin(E, low) + 1e-13 * (1 + np.abs(E).max()))


@given(energies, some_betas, st.floats(-100, 100))
def test_C13_shift_and_permutation(E, beta, c):
    assert softmin(E + c, beta) == pytest.approx(softmin(E, beta) + c, abs=1e-12 * (1 + np.abs(E).max() + abs(c)))
    assert softmin(E[..., ::-1], beta) == pytest.approx(softmin(E, beta), abs=1e-12 * (1 + np.abs(E).max()))


@given(energies, some_betas, st.floats(1e-3, 1e3))
def test_C13_units(E, beta, s):
    # energies in another unit, beta in its inverse
    assert softmin(s * E, beta / s) == pytest.approx(
        s * softmin(E, beta), rel=1e-10, abs=1e-10 * s * (1 + np.abs(E).max())
    )


def test_C13_grouping():
    # softmin of equal groups' softmins is the softmin of all
    E = np.random.default_rng(0).normal(size=(6, 8))
    assert softmin(softmin(E, 1.7), 1.7) == pytest.approx(softmin(E.ravel(), 1.7), rel=1e-14)


@given(energies, betas)
def test_C19_softmin_is_minus_softmax_of_minus(E, beta):
    assert np.array_equal(softmin(E, beta), -softmax(-E, beta))


def test_C18_softmax_keeps_the_count():
    s, beta = np.array([0.2, -1.0, 3.0]), 2.0
    assert softmax(s, beta) == pytest.approx(np.log(np.exp(beta * s).sum()) / beta - np.log(3) / beta, rel=1e-14)
    assert softmax(np.full(7, 5.0), beta) == 5.0  # logsumexp alone would give 5 + log(7)/2


def test_C20_library_softmax_is_softargmax_at_beta_1():
    from scipy.special import softmax as library

    s = np.random.default_rng(0).normal(size=(4, 5)) * 10
    for axis in (0, 1):
        assert softargmax(s, axis=axis) == pytest.approx(library(s, axis=axis), rel=1e-13)


def test_W5_the_lectures_example():
    p = softargmax([1.3, 7.2, 2.4, 0.5, 1.1])
    assert np.array_equal(np.round(p, 4), [0.0027, 0.9858, 0.0081, 0.0012, 0.0022])


@given(energies, betas)
def test_C16_weights_sum_to_one_and_favour_low_energy(E, beta):
    p = softargmin(E, beta)
    assert p.shape == E.shape
    assert np.all(np.abs(p.sum(-1) - 1) <= 4 * U * E.shape[-1])
    order = np.argsort(E, axis=-1)
    assert np.all(np.diff(np.take_along_axis(p, order, -1), axis=-1) <= 4 * U)


@given(energies, some_betas)
def test_C16_free_energy_is_energy_plus_information(E, beta):
    # F = <E>_p + KL(p || uniform) / beta, with the uniform weights 1/N
    p = softargmin(E, beta)
    kl = (p * np.log(np.where(p > 0, p, 1) * E.shape[-1])).sum(-1)
    assert softmin(E, beta) == pytest.approx((p * E).sum(-1) + kl / beta, abs=1e-11 * (1 + np.abs(E).max() + 1 / beta))


def test_C16_ties_share_at_infinite_beta():
    E = [[1.0, 2.0, 1.0], [3.0, 3.0, 3.0], [0.0, -1.0, 5.0]]
    assert np.array_equal(softargmin(E, np.inf), [[0.5, 0, 0.5], [1 / 3, 1 / 3, 1 / 3], [0, 1, 0]])


@pytest.mark.parametrize("beta", [0.0, 1e-3, 0.7, 30.0, np.inf])
def test_C16_softmin_adjoint(beta):
    E = np.random.default_rng(0).normal(size=(3, 4, 5))
    E += 10 * np.arange(3)[:, None, None]  # rows of very different offsets
    for axis in (0, 1, -1):
        check_adjoint(
            lambda E, axis=axis: softmin(E, beta, axis),
            lambda E, bar, axis=axis: softmin_adjoint(E, beta, bar, axis),
            [E],
            np.random.default_rng(1),
            differences=beta < np.inf,
        )


@pytest.mark.parametrize("beta", [0.0, 1e-3, 0.7, 30.0])
def test_C16_softargmin_adjoint(beta):
    E = np.random.default_rng(0).normal(size=(3, 4))
    for axis in (0, 1):
        check_adjoint(
            lambda E, axis=axis: softargmin(E, beta, axis),
            lambda E, bar, axis=axis: softargmin_adjoint(E, beta, bar, axis),
            [E],
            np.random.default_rng(1),
        )
    assert np.array_equal(softargmin_adjoint(E, np.inf, np.ones_like(E)), np.zeros_like(E))


@pytest.mark.parametrize("axis", [0, 1])
def test_C18_softmax_adjoints(axis):
    s = np.random.default_rng(0).normal(size=(3, 4))
    rng = np.random.default_rng(1)
    check_adjoint(lambda s: softmax(s, 0.7, axis), lambda s, bar: refebm.softmax_adjoint(s, 0.7, bar, axis), [s], rng)
    check_adjoint(
        lambda s: softargmax(s, 0.7, axis), lambda s, bar: refebm.softargmax_adjoint(s, 0.7, bar, axis), [s], rng
    )


@given(arrays(float, 5, elements=st.floats(-30, 30)), st.floats(0.01, 10), st.integers(0, 2**32))
def test_C16_adjoint_against_finite_differences(E, beta, seed):
    # at a tie of the shift's minimum F is smooth, though the shift is not
    check_adjoint(
        lambda E: softmin(E, beta),
        lambda E, bar: softmin_adjoint(E, beta, bar),
        [E],
        np.random.default_rng(seed),
        directions=1,
    )


@given(energies, some_betas)
def test_C16_plain_weights_of_the_hot_loop_agree(E, beta):
    F, e = softmin_rows(np.ascontiguousarray(E), beta)
    assert np.array_equal(F, softmin(E, beta))
    p, plain = softargmin(E, beta), e / e.sum(-1, keepdims=True)
    x = beta * (E - E.min(-1, keepdims=True))
    assert np.all(np.abs(plain - p) <= 4 * U * (4 + x) * p + 1e-320)


def test_C12_forbidden_states_weigh_nothing():
    E = np.array([[1.0, np.inf, 2.0], [np.inf, np.inf, np.inf]])
    assert np.array_equal(softmin(E, np.inf), [1.0, np.inf])
    assert np.array_equal(softmin(E, 0.0), [np.inf, np.inf])
    expected = -np.log((np.exp(-1) + np.exp(-2)) / 3)
    assert softmin(E, 1.0) == pytest.approx([expected, np.inf], rel=1e-15)
    for beta in (0.0, 1e-310, 1.0, np.inf):
        assert softargmin(E[0], beta)[1] == 0.0
    assert np.array_equal(softargmin(E[0], 0.0), [0.5, 0, 0.5])
    with pytest.raises(ValueError, match=r"E: expected a finite energy in every row, got 1 row"):
        softargmin(E, 1.0)


def test_C12_axes_layouts_and_types():
    E = np.random.default_rng(0).integers(-5, 5, (3, 4, 5))
    expected = softmin(E.astype(float), 0.7, axis=1)
    assert expected.shape == (3, 5)
    assert np.array_equal(softmin(E, 0.7, axis=1), expected)
    assert np.array_equal(softmin(E.astype(np.float32), 0.7, axis=-2), expected)
    assert np.array_equal(softmin(np.asfortranarray(E), 0.7, axis=1), expected)
    assert np.array_equal(softmin(E[::-1, :, ::-1], 0.7, axis=1), expected[::-1, ::-1])
    assert isinstance(softmin([1, 2], 1), float)
    frozen = E.astype(float)
    frozen.setflags(write=False)
    for f in (softmin, softargmin, softmax, softargmax):
        f(frozen, 0.7)
        assert not np.shares_memory(f(frozen, 0.0), frozen)
        assert not np.shares_memory(f(frozen, np.inf), frozen)


@pytest.mark.parametrize("u", [0.0, 1e-300, -1e-300, 30.0, -30.0, 40.0, -745.0, 710.0, 1e308, -1e308])
def test_C24_softplus(u):
    expected = u if u > 36.8 else math.log1p(math.exp(u)) if u < 700 else u
    assert softplus(u) == pytest.approx(expected, rel=2 * U, abs=5e-324)
    assert softplus(u) - softplus(-u) == pytest.approx(u, rel=1e-15, abs=1e-300)


def test_C24_softplus_adjoint():
    u = np.array([-40.0, -1.0, -1e-9, 1e-9, 2.0, 40.0])
    check_adjoint(softplus, softplus_adjoint, [u], np.random.default_rng(0))
    assert softplus_adjoint(-745.0, 1.0) == pytest.approx(math.exp(-745), rel=0.5)


def test_C23_hinge_and_its_kink():
    u = np.array([-2.0, -0.0, 0.0, 1e-300, 3.0])
    assert np.array_equal(hinge(u), [0, 0, 0, 1e-300, 3])
    assert np.array_equal(hinge_adjoint(u, np.full(5, 7.0)), [0, 0, 0, 7, 7])
    check_adjoint(hinge, hinge_adjoint, [u[[0, 4]]], np.random.default_rng(0), complex_step=False)


def test_C18_forbidden_scores_are_minus_infinity():
    s = [1.0, -np.inf, 2.0]
    assert softmax(s, 1.0) == pytest.approx(np.log((np.e + np.e**2) / 3), rel=1e-15)
    assert softargmax(s)[1] == 0
    assert refebm.softmax_adjoint(s, 1.0, 1.0)[1] == 0
    assert refebm.softargmax_adjoint(s, 1.0, [1.0, 2.0, 3.0])[1] == 0
    for f in (lambda s: softmax(s, 1.0), softargmax, lambda s: refebm.softmax_adjoint(s, 1.0, 1.0)):
        with pytest.raises(ValueError, match=r"^s: expected no \+inf"):
            f([1.0, np.inf])


def test_L15_a_latent_of_no_prior_at_beta_0():
    for E in ([1e300, 1.0, 2.0], [np.inf, 1.0, 2.0]):
        assert softmin(E, 0.0, p=[0.0, 1.0, 3.0]) == 1.75
    E, p = np.arange(24.0).reshape(2, 3, 4), np.random.default_rng(0).uniform(size=(2, 3, 4))
    for axis in (0, 1, 2):
        share = p / p.sum(axis=axis, keepdims=True)
        assert softmin(E, 0.0, axis, p) == pytest.approx((share * E).sum(axis=axis), rel=1e-14)


def test_C15_complex_steps_through_ties_are_their_mean():
    E = np.array([1 + 1e-30j, 1 + 4e-30j, 2.0])
    assert softmin(E, np.inf) == pytest.approx(1 + 2.5e-30j)
    assert softmin(E, np.inf).imag == pytest.approx(2.5e-30, rel=1e-15)


@pytest.mark.parametrize("beta", [5e-324, 1e-310, 1e-300, 1e-20])
def test_C14_a_latent_of_no_weight_does_not_count_at_tiny_beta(beta):
    assert softmin([0.0, 1.0, 7.0], beta, p=[0.5, 0.5, 0.0]) == 0.5
    assert softmin([0.0, 1.0, np.inf], beta, p=[0.5, 0.5, 0.0]) == 0.5
    assert softmin([0.0, 1.0, -1e300], beta, p=[0.5, 0.5, 0.0]) == 0.5
    assert softmin([1.0, np.inf], beta, p=[0.0, 1.0]) == np.inf


def test_L15_weights_under_a_prior_keep_their_digits_down_to_underflow():
    rng = np.random.default_rng(0)
    cases = [([0.0, 760.0], 1.0, [1e-200, 1.0]), ([0.0, 1.0], 1.0, [1e-320, 1.0])]
    for _ in range(200):
        p = 10 ** rng.uniform(-300, 0, 4) * (rng.uniform(size=4) > 0.2)
        cases.append((rng.normal(size=4) * 10 ** rng.uniform(-2, 3.2), 10 ** rng.uniform(-3, 1), [1.0, *p[1:]]))
    for E, beta, p in cases:
        with localcontext(prec=60):
            terms = [Decimal(float(a)) * (-Decimal(beta) * Decimal(float(e))).exp() for a, e in zip(p, E, strict=True)]
            truth = np.array([float(term / sum(terms)) for term in terms])
        q = softargmin(E, beta, p=p)
        assert q[truth > 1e-300] == pytest.approx(truth[truth > 1e-300], rel=3e-15)
        assert (q[truth < 1e-310] < 1e-300).all()
