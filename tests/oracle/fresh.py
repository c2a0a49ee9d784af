"""Fresh inputs for right ways: the vectors' designs with other numbers, their truth from refebm, their scale by differences."""

import numpy as np
from right import in_single

from refebm.oracle import reference
from refebm.oracle.cases import CASES, HARD, exact
from refebm.oracle.judge import deviation

SCALED = ("E", "s", "u", "y", "w", "x", "F", "F_hat", "F_data", "dF", "dF_data", "v_bar", "m", "eps", "W", "b", "xi")
STEP = 1e-7  # a little more than float32's rounding, which the scale has to see where a unit is near its kink


def scale(code, arguments):
    """``S = |f| + sum_i |x_i df/dx_i|``, by central differences."""
    total = np.abs(code(*arguments.values()))
    for name, value in arguments.items():
        for i in np.argwhere(value) if name != "d" else ():  # d is a count
            ends = []
            for step in (1 + STEP, 1 - STEP):
                moved = np.array(value)
                moved[tuple(i)] *= step
                ends.append(code(*(arguments | {name: moved[()]}).values()))
            total = total + np.abs(ends[0] - ends[1]) / (2 * STEP)
    return total


def draws(function, rng):
    """(values of the arguments, truth, scale, whether plain formulas cancel) of each of a function's designs."""
    code = getattr(reference, function)
    for why, arguments in CASES[function](rng):
        for name, value in arguments.items():
            # by one factor, so that ties and zeros stay; two numbers that are close have to stay so
            scaled = name in SCALED and why not in ("close", "nearly the same")
            arguments[name] = exact(exact(value) * (rng.uniform(0.5, 2) if scaled else 1))
        values = tuple(arguments.values())
        yield values, np.asarray(code(*values)), scale(code, arguments), HARD.get(function) == why


def worst_of(way, problems):
    """{(hard, dtype): largest error in u S} of a way in both precisions, over such problems."""
    worst = {}
    for values, truth, size, hard in problems:
        for dtype, code in (("float64", way), ("float32", in_single(way))):
            with np.errstate(all="ignore"):
                off = deviation(np.asarray(code(*values), float), truth, size, dtype)
            worst[hard, dtype] = max(worst.get((hard, dtype), 0), off)
    return worst
