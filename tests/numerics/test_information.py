"""Relative entropies: against many digits, never negative, exact where the formula as written has no digits left."""

from decimal import Decimal, getcontext

import numpy as np
import pytest
from gradients import check_adjoint
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

import refebm as r
from refebm.numerics.information import excess

getcontext().prec = 60
U = 2.0**-53
simplex = arrays(float, st.integers(2, 7), elements=st.floats(0, 1)).filter(lambda v: v.sum() > 1e-3)


def exact_kl(q, p):
    """sum q log(q/p) - q + p, with 60 digits."""
    q, p = [Decimal(float(v)) for v in q], [Decimal(float(v)) for v in p]
    return sum((a * (a / b).ln() if a else 0) - a + b for a, b in zip(q, p, strict=True))


@pytest.mark.parametrize("t", [1e-300, 1e-16, -1e-9, 1e-3, -0.1, 0.3, -0.5, 0.5, 1.3, -0.66, 1.99])
def test_excess_keeps_its_digits(t):
    x, got = Decimal(t), Decimal(float(excess(np.array(t))))
    if abs(t) > 1e-20:  # below, 60 digits do not do either
        assert abs(got / (x - (1 + x).ln()) - 1) < 6 * Decimal(U)
    else:
        assert got == pytest.approx(x * x / 2)


@given(simplex)
def test_L11_kl_is_zero_only_for_equals_and_never_negative(v):
    q = v / v.sum()
    assert r.kl(q, q) == 0
    assert r.kl_bits(q, q) == 0
    p = np.roll(q, 1)
    assert r.kl(q, p) >= 0
    if (q > 0).all() and np.abs(q - p).max() > 1e-8:
        assert r.kl(q, p) > 0


@pytest.mark.parametrize("step", [1e-1, 1e-4, 1e-8, 1e-12, 3e-16])
@pytest.mark.parametrize("k", [2, 5, 40])
def test_L11_kl_keeps_its_digits_near_zero(step, k):
    rng = np.random.default_rng(k)
    q = rng.dirichlet(np.ones(k))
    p = q * (1 + step * rng.uniform(-1, 1, k))
    p[-1] += q.sum() - p.sum()
    truth = exact_kl(q, p)
    assert abs(Decimal(float(r.kl(q, p))) - truth) <= 10 * Decimal(U) * truth
    naive = (q * np.log(q / p)).sum()
    if step < 1e-7:  # what the function is for: the formula as written has lost everything
        assert abs(Decimal(float(naive)) - truth) > Decimal("0.01") * truth


def test_L11_kl_far_apart_and_at_zero():
    rng = np.random.default_rng(0)
    for _ in range(50):
        q, p = rng.dirichlet(np.full(6, 0.2), 2)
        q[0] = 0.0
        q /= q.sum()
        truth = exact_kl(q, p)
        assert abs(Decimal(float(r.kl(q, p))) - truth) <= 20 * Decimal(U) * truth
    assert r.kl([1, 0], [0.5, 0.5]) == pytest.approx(np.log(2), rel=1e-15)
    assert r.kl_bits([1, 0], [0.5, 0.5]) == 1
    assert r.kl([0.5, 0.5], [1, 0]) == np.inf
    assert r.kl([1.0, 0.0], [1.0, 0.0]) == 0
    assert r.kl([1.0, 5e-324], [1.0 - 1e-16, 1e-16]) == pytest.approx(1e-16, rel=0.2)


def test_L11_kl_axes_and_shapes():
    rng = np.random.default_rng(1)
    q, p = rng.dirichlet(np.ones(4), (2, 3)), rng.dirichlet(np.ones(4))
    rows = np.array([[r.kl(a, p) for a in b] for b in q])
    assert np.array_equal(r.kl(q, p), rows)
    moved = np.moveaxis(q, -1, 0)
    assert np.allclose(r.kl(moved, p[:, None, None], axis=0), rows, rtol=1e-15)
    assert np.allclose(r.kl_log(np.log(moved), np.log(p)[:, None, None], axis=0), rows, rtol=1e-12)


def test_L11_kl_bits_and_the_sum_rule_for_independent_parts():
    rng = np.random.default_rng(2)
    (a, b), (c, d) = rng.dirichlet(np.ones(3), 2), rng.dirichlet(np.ones(5), 2)
    together = r.kl(np.outer(a, c).ravel(), np.outer(b, d).ravel())
    assert together == pytest.approx(r.kl(a, b) + r.kl(c, d), rel=1e-13)
    assert r.kl_bits(a, b) * np.log(2) == pytest.approx(r.kl(a, b), rel=1e-15)


def test_L11_kl_of_logarithms_where_probabilities_underflow():
    # two tails at e^-2000 that carry nothing; a third state that q has and p nearly lacks
    log_q = np.array([np.log(0.5), np.log(0.5), -2000.0])
    log_p = np.array([np.log(0.5), -1000.0, np.log(0.5)])
    assert r.kl_log(log_q, log_p) == pytest.approx(0.5 * (np.log(0.5) + 1000), rel=1e-14)
    assert r.kl_log([0.0, -np.inf], [0.0, -np.inf]) == 0
    assert r.kl_log([np.log(0.5)] * 2, [0.0, -np.inf]) == np.inf


def test_L11_kl_of_densities_is_the_integrals():
    z = np.linspace(-12, 12, 4001)
    dz = z[1] - z[0]
    log_q = -((z - 0.7) ** 2) / (2 * 0.6**2) - np.log(0.6 * np.sqrt(2 * np.pi))
    log_p = -(z**2) / (2 * 1.3**2) - np.log(1.3 * np.sqrt(2 * np.pi))
    assert r.kl_log(log_q, log_p, dz) == pytest.approx(r.gaussian_kl(0.7, 0.6, 1.3), rel=1e-12)


def test_L11_kl_adjoint():
    rng = np.random.default_rng(3)
    for axis in (-1, 0):
        q, p = (np.moveaxis(v / v.sum(axis=1, keepdims=True), -1, axis) for v in rng.uniform(0.5, 1.5, (2, 3, 4)))

        def along(x, y, axis=axis):  # tangents off the simplex: the generalised divergence, whose sums need not be 1
            x, y = np.asarray(x), np.asarray(y)
            d = np.log(x / y)
            return (x * d - x + y).sum(axis=axis)

        assert np.allclose(along(q, p), r.kl(q, p, axis))
        check_adjoint(along, lambda x, y, b, axis=axis: r.kl_adjoint(x, y, b, axis), (q, p), rng)


@given(st.floats(-3, 3), st.floats(0.01, 20), st.floats(0.05, 20))
def test_L14_gaussian_kl_against_the_formula(m, s, sigma):
    M, S, R = Decimal(m), Decimal(s), Decimal(sigma)
    truth = (R / S).ln() + (M * M + S * S) / (2 * R * R) - Decimal("0.5")
    got = Decimal(float(r.gaussian_kl(m, s, sigma)))
    assert got >= 0
    assert abs(got - truth) <= 12 * Decimal(U) * abs(truth) + Decimal("1e-50")


def test_L14_gaussian_kl_of_extreme_deviations():
    assert r.gaussian_kl(0.0, 1.0, 1e-280) == np.inf
    m_bar, s_bar, r_bar = r.gaussian_kl_adjoint([0.0], [1.0], [1e-280], [1.0])
    assert (m_bar[0], s_bar[0], r_bar[0]) == (0, np.inf, -np.inf)
    for tiny in (5e-324, 1e-301 + 0j):
        with pytest.raises(ValueError, match=r"^r: expected standard deviations above 0, from 1e-300, got one of"):
            r.gaussian_kl(0.0, 1.0, tiny)


def test_L14_gaussian_kl_keeps_its_digits_between_near_and_far():
    """Where either formula begins to cancel: to 9 u at ratios from 1/5 to 5."""
    rng = np.random.default_rng(0)
    ratios = np.exp(np.concatenate([rng.uniform(a, b, 4000) for a, b in ((-1.6, 1.6), (-0.5, -0.34), (0.2, 0.3))]))
    for ratio, sigma in zip(ratios, rng.uniform(1, 2, len(ratios)), strict=True):
        s = ratio * sigma
        S, R = Decimal(s), Decimal(sigma)
        truth = (R / S).ln() + S * S / (2 * R * R) - Decimal("0.5")
        assert abs(Decimal(float(r.gaussian_kl(0.0, s, sigma))) - truth) <= 9 * Decimal(U) * truth


@pytest.mark.parametrize("gap", [1e-3, 1e-8, 1e-12, 2.0**-52])
@pytest.mark.parametrize("m", [0.0, 1e-9])
def test_L14_gaussian_kl_keeps_its_digits_near_zero(gap, m):
    s, sigma = 1.7 * (1 + gap), 1.7
    M, S, R = Decimal(m), Decimal(s), Decimal(sigma)
    truth = (R / S).ln() + (M * M + S * S) / (2 * R * R) - Decimal("0.5")
    assert abs(Decimal(float(r.gaussian_kl(m, s, sigma))) - truth) <= 10 * Decimal(U) * truth


def test_L14_gaussian_kl_extremes_and_bits():
    assert r.gaussian_kl(0, 1, 1) == 0
    assert r.gaussian_kl(0, 1e-140, 1e140) == pytest.approx(280 * np.log(10) - 0.5, rel=1e-15)
    assert r.gaussian_kl(0, 1e100, 1e-100) == np.inf  # (s/r)^2/2 is past the largest number
    assert r.gaussian_kl_bits(0.3, 0.5) * np.log(2) == pytest.approx(r.gaussian_kl(0.3, 0.5), rel=1e-15)
    assert r.gaussian_kl(np.zeros((2, 1)), np.ones(3)).shape == (2, 3)


def test_L14_least_at_m_0_and_s_r():
    s = np.linspace(0.5, 2, 301)
    for m in (0.0, 1.3):
        assert s[np.argmin(r.gaussian_kl(m, s))] == pytest.approx(1, abs=1e-12)
    with_log2 = 0.5 * (s**2 - np.log2(s**2) - 1)  # the lecture's line
    assert s[np.argmin(with_log2)] == pytest.approx(1 / np.sqrt(np.log(2)), abs=0.005)
    assert with_log2.min() < 0


def test_L14_gaussian_kl_adjoint():
    rng = np.random.default_rng(4)
    m, s, sigma = rng.normal(size=5), rng.uniform(0.3, 2, 5), rng.uniform(0.3, 2, 5)
    s[0] = sigma[0] * (1 + 1e-9)
    check_adjoint(r.gaussian_kl, r.gaussian_kl_adjoint, (m, s, sigma), rng)
    with pytest.raises(ValueError, match=r"^s: expected m, s and r of one shape, got \(5,\), \(5,\) and \(\)"):
        r.gaussian_kl_adjoint(m, s, 1.0, m)


def test_L10_boxes():
    assert r.box_information_bits(1, 8, 3) == 9
    assert r.box_information(1, 8, 3) == pytest.approx(9 * np.log(2), rel=1e-15)
    assert r.box_information(2.0, 2.0) == 0
    assert r.box_information(2.0, 1.0) == np.inf
    assert r.box_information(1 - 1e-12, 1) == pytest.approx(1e-12, rel=1e-4)
    assert r.box_information_bits(1e-300, 1e300) == pytest.approx(600 * np.log2(10), rel=1e-14)
    # two scales of cubes: the information adds; and it is KL of the counted cells
    assert r.box_information(0.3, 5, 2) == pytest.approx(r.box_information(0.3, 1, 2) + r.box_information(1, 5, 2))
    q = np.where(np.arange(12) < 3, 1 / 3, 0)
    assert r.box_information(3, 12) == pytest.approx(r.kl(q, np.full(12, 1 / 12)), rel=1e-14)


@given(simplex)
def test_L17_entropy_between_certainty_and_the_uniform(v):
    q = v / v.sum()
    assert -1e-15 <= r.entropy(q) <= np.log(len(q)) + 1e-14
    assert r.kl(q, np.full(len(q), 1 / len(q))) == pytest.approx(np.log(len(q)) - r.entropy(q), abs=1e-14)


def test_L17_entropy_ends():
    assert r.entropy([0, 1, 0]) == 0
    assert r.entropy(np.full((2, 4), 0.25)) == pytest.approx([np.log(4)] * 2)
    assert r.entropy(np.full((4, 2), 0.25), axis=0) == pytest.approx([np.log(4)] * 2)


def test_bad_distributions_are_refused():
    for bad in ([0.5, 0.6], [-0.1, 1.1], 1.0, [np.nan, 1]):
        with pytest.raises(ValueError, match=r"^q: expected"):
            r.kl(bad, [0.5, 0.5])
        with pytest.raises(ValueError, match=r"^p: expected"):
            r.kl([0.5, 0.5], bad)
    with pytest.raises(ValueError, match=r"^p: expected a shape"):
        r.kl([0.5, 0.5], [0.2, 0.3, 0.5])
    with pytest.raises(ValueError, match=r"^p: expected a shape"):
        r.kl([1.0], [0.5, 0.5])
    with pytest.raises(ValueError, match=r"^q: expected probabilities above 0"):
        r.kl_adjoint([1.0, 0.0], [0.5, 0.5], 1.0)
    with pytest.raises(ValueError, match=r"^log_q: expected probabilities that sum to 1"):
        r.kl_log([0.0, 0.0], [-1.0, -1.0])
    with pytest.raises(ValueError, match=r"^s: expected standard deviations above 0"):
        r.gaussian_kl(0, 0.0)
    with pytest.raises(ValueError, match=r"^s: expected shapes that broadcast"):
        r.gaussian_kl(np.zeros(2), np.ones(3))


def test_L11_the_adjoint_keeps_its_digits_near_equality():
    t = 2.0**-40
    q, p = np.array([0.5, 0.5]), np.array([0.5 * (1 + t), 0.5 * (1 - t)])
    q_bar, p_bar = r.kl_adjoint(q, p, 1.0)
    assert q_bar == pytest.approx([-np.log1p(t), -np.log1p(-t)], rel=1e-15)
    assert p_bar == pytest.approx([t / (1 + t), -t / (1 - t)], rel=1e-15)


@pytest.mark.parametrize("side", [3.0, 0.25])
def test_L10_a_box_that_nearly_fills_the_other(side):
    t = 2.0**-36
    assert r.box_information(side * (1 - t), side, 5) == pytest.approx(-5 * np.log1p(-t), rel=1e-15)
    assert r.box_information(side / 8, side, 2) == pytest.approx(2 * np.log(8), rel=1e-15)
    assert r.box_information_bits(side / 8, side, 2) == 6
    assert r.box_information_bits(side * (1 - t), side, 5) == pytest.approx(-5 * np.log1p(-t) / np.log(2), rel=1e-15)


def test_axes_of_bits():
    rng = np.random.default_rng(3)
    q, p = rng.dirichlet(np.ones(3), 4).T, rng.dirichlet(np.ones(3), 4).T
    assert r.kl_bits(q, p, axis=0) == pytest.approx(r.kl(q.T, p.T) / np.log(2), rel=1e-15)
    assert r.gaussian_kl_bits(0.3, 0.5, 2.0) == pytest.approx(r.gaussian_kl(0.3, 0.5, 2.0) / np.log(2), rel=1e-15)


def test_L11_L10_digits_where_the_quotient_is_rounded():
    """log(p/q) of a rounded quotient near 1 has lost what log1p((p - q)/q) keeps."""
    q = np.array([0.3, 0.7])
    p = q + np.array([3e-9, -3e-9])
    exact = [float((Decimal(a) / Decimal(b)).ln()) for a, b in zip(q.tolist(), p.tolist(), strict=True)]
    assert r.kl_adjoint(q, p, 1.0)[0] == pytest.approx(exact, rel=1e-14)
    far = np.array([0.9, 0.1])
    exact = [float((Decimal(a) / Decimal(b)).ln()) for a, b in zip(q.tolist(), far.tolist(), strict=True)]
    assert r.kl_adjoint(q, far, 1.0)[0] == pytest.approx(exact, rel=1e-15)
    whole = 0.7
    side = whole - 7e-10
    exact = float(3 * (Decimal(whole) / Decimal(side)).ln())
    assert r.box_information(side, whole, 3) == pytest.approx(exact, rel=1e-14)
    assert r.box_information_bits(side, whole, 3) == pytest.approx(exact / np.log(2), rel=1e-14)


def test_L14_L10_the_logarithm_is_of_the_quotient():
    """log s and log r of tiny deviations are large and rounded; their quotient is not."""
    for tiny in (1e-140, 1e140):
        assert r.gaussian_kl(0.0, 2 * tiny, tiny) == pytest.approx(1.5 - np.log(2), rel=1e-15)
        assert r.gaussian_kl(0.0, 0.25 * tiny, tiny) == pytest.approx(np.log(4) - 15 / 32, rel=1e-15)
        assert r.box_information(0.25 * tiny, tiny) == pytest.approx(np.log(4), rel=1e-15)


def test_L11_a_distribution_lies_along_its_axis():
    q = np.array([[0.1, 0.2], [0.9, 0.8]])  # of two columns
    p = np.array([0.3, 0.7])
    each = [r.kl(q[:, i], p) for i in range(2)]
    assert r.kl(q, p, axis=0) == pytest.approx(each, rel=1e-15)
    assert r.kl(q, p[:, None], axis=0) == pytest.approx(each, rel=1e-15)
    assert r.kl_log(np.log(q), np.log(p), axis=0) == pytest.approx(each, rel=1e-14)
    volumes = np.array([0.5, 2.0])
    densities = np.log(q / volumes[:, None]), np.log(p / volumes)
    assert r.kl_log(*densities, volumes, axis=0) == pytest.approx(each, rel=1e-14)
    with pytest.raises(ValueError, match=r"^p: expected probabilities that sum to 1, got a sum that is off by 1$"):
        r.kl([0.5, 0.5], [1.0])  # [1, 1], once broadcast
    with pytest.raises(ValueError, match=r"^p: expected a shape that broadcasts to q's \(2, 2\), got \(3,\)"):
        r.kl(q, [0.3, 0.3, 0.4], axis=0)


def test_L10_scalars_of_other_widths_are_float64():
    for kind in (np.float32, np.longdouble, int):
        assert r.box_information_bits(kind(1), kind(3), 2) == r.box_information_bits(1.0, 3.0, 2)


def test_L11_a_measure_is_not_negative():
    with pytest.raises(ValueError, match=r"^measure: expected volumes from 0 up, got one of -1"):
        r.kl_log(np.log([0.5, 0.5]), np.log([0.8, 0.6]), [-1.0, 3.0])
