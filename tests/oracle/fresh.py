"""Fresh inputs for right ways: the vectors' designs with other numbers, their truth from refebm, their scale by differences."""

import numpy as np

from refebm.oracle import reference
from refebm.oracle.cases import CASES, HARD, exact

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
    """(arguments, truth, scale, whether plain formulas cancel) of each of a function's designs."""
    code = getattr(reference, function)
    for why, arguments in CASES[function](rng):
        for name, value in arguments.items():
            # by one factor, so that ties and zeros stay; two numbers that are close have to stay so
            scaled = name in SCALED and why not in ("close", "nearly the same")
            arguments[name] = exact(exact(value) * (rng.uniform(0.5, 2) if scaled else 1))
        hard = HARD.get(function) == why
        yield arguments, np.asarray(code(*arguments.values())), scale(code, arguments), hard
