"""The unseen mistakes are mistakes, and the right ways beside them are right."""

from collections import Counter

import numpy as np
import pytest
from unseen import BUGS, RIGHT
from unseen.common import KINDS
from unseen.shown import answer, off, plain, shown

from refebm.oracle import reference
from refebm.oracle.contract import CONTRACT


def number(function, items):
    return sum(item[0] == function for item in items)


FUNCTIONS = [name for name in CONTRACT if number(name, BUGS)]  # those that there were when the set was written


def test_they_are_many_of_every_function_and_kind():
    kinds = Counter(kind for _, kind, *_ in BUGS)
    assert len(BUGS) >= 320
    assert len(FUNCTIONS) == 34
    assert set(kinds) == set(KINDS)
    assert min(kinds.values()) >= 5
    assert min(number(name, BUGS) for name in FUNCTIONS) >= 10
    assert {number(name, RIGHT) for name in FUNCTIONS} == {2}
    assert len({bug[:3] for bug in BUGS}) == len(BUGS)


@pytest.mark.parametrize("function", FUNCTIONS)
def test_each_is_wrong(function):
    """By 10,000 times u S, or its behaviour shows."""
    np.random.seed(0)  # noqa: NPY002
    assert not [what for name, kind, what, *rest in BUGS if name == function and not shown(name, kind, what, *rest)]


@pytest.mark.parametrize("function", FUNCTIONS)
def test_right_ways_are_right(function):
    for name, code in RIGHT:
        if name == function:
            for given in (plain(function, seed) for seed in range(5)):
                assert off(function, given, answer(code, given)) <= 64


@pytest.mark.parametrize("kind", ["operation", "mutates", "remembers", "aliases", "seeds"])
def test_what_is_right_shows_no_mistake(kind):
    for function in FUNCTIONS:
        assert not shown(function, kind, "", getattr(reference, function))
