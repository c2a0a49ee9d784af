"""Error-free transformations are exact, in rational arithmetic."""

from fractions import Fraction

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from refebm.numerics.exact import accurate_sum, two_product, two_sum

numbers = st.floats(-1e100, 1e100).filter(lambda a: a == 0 or abs(a) > 1e-100)


@given(numbers, numbers)
def test_two_sum_is_exact(a, b):
    s, e = two_sum(a, b)
    assert s == a + b
    assert Fraction(s) + Fraction(e) == Fraction(a) + Fraction(b)


@given(numbers, numbers)
def test_two_product_is_exact(a, b):
    p, e = two_product(a, b)
    assert p == a * b
    assert Fraction(p) + Fraction(e) == Fraction(a) * Fraction(b)


@given(st.lists(st.floats(-1e6, 1e6).filter(lambda a: a == 0 or abs(a) > 1e-6), min_size=2, max_size=6), st.booleans())
def test_accurate_sum_survives_cancellation(terms, cancel):
    terms = terms + [-sum(terms)] if cancel else terms
    truth = sum(map(Fraction, terms))
    error = abs(Fraction(float(accurate_sum(*map(np.float64, terms)))) - truth)
    assert error <= abs(truth) * Fraction(2) ** -52 + sum(abs(Fraction(t)) for t in terms) * Fraction(2) ** -140
