"""Functions that users give cannot change their arguments, and give what they promised."""

import re

import numpy as np
import pytest

from refebm.numerics.guards import array, arrays

V, W = np.array([[1.0, 2.0]]), np.array([3.0])


def test_arguments_stay_as_they_are():
    def writes(v, w):
        v[0] = 0
        return w, w

    for call in (lambda: array(writes, "f", (V, W), (1,)), lambda: arrays(writes, "f", (V, W), [(1,), (1,)])):
        with pytest.raises(ValueError, match="read-only"):
            call()
    assert V.flags.writeable
    assert np.array_equal(V, [[1, 2]])


def test_the_last_arrays_may_be_left_out_where_that_is_said():
    for count in (2, 3):
        found = arrays(lambda v, w, n=count: (v, w, v)[:n], "f", (V, W), [(1, 2), (1,), (1, 2)], least=2)
        assert [a.shape for a in found] == [(1, 2), (1,), (1, 2)][:count]


@pytest.mark.parametrize(
    ("given", "least", "words"),
    [
        (None, 2, "a function that gives 2 arrays, got None"),
        ([V, W], 2, "a function that gives 2 arrays, got [array"),
        ((V,), 2, "a function that gives 2 arrays, got (array"),
        ((V, W, V, W), 2, "a function that gives 2 arrays, got (array"),
        ((V, W), 0, "a function that gives 3 arrays, got (array"),
        ((V, W, W), 2, "a function that gives real floats of shape (1, 2), got an array of shape (1,)"),
        ((V, W, V * np.inf), 2, "a function that gives finite numbers, got inf"),
        ((V, W, V * 1j), 2, "a function that gives real floats of shape (1, 2), got an array of shape (1, 2)"),
    ],
)
def test_what_was_not_promised_is_refused(given, least, words):
    with pytest.raises(ValueError, match=f"^f: expected {re.escape(words)}"):
        arrays(lambda v, w: given, "f", (V, W), [(1, 2), (1,), (1, 2)], least=least)


def test_complex_numbers_come_of_complex_numbers():
    assert array(lambda v: v * 1j, "f", (V + 0j,), (1, 2)).dtype == complex
    assert array(lambda v, x: v, "f", (V.astype(np.float32), None), (1, 2)).dtype == float
