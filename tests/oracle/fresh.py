"""Fresh inputs for right ways: the vectors' designs with other numbers, their truth from refebm, their scale by differences."""

import numpy as np
from scipy.special import logsumexp, rel_entr, xlogy

from refebm.oracle import reference
from refebm.oracle.contract import CONTRACT, SUBJECTS, designs, exact
from refebm.oracle.judge import deviation, most_lost

RIGHT = {name: ways for subject in SUBJECTS.values() for name, ways in subject.RIGHT.items()}
SCALED = ("E", "s", "u", "y", "w", "x", "F", "F_hat", "F_data", "dF", "dF_data", "v_bar", "m", "eps", "W", "b", "xi")
STEP = 1e-7  # a little more than float32's rounding, which the scale has to see where a unit is near its kink


def in_single(code):
    """The same, carried out in float32."""
    return lambda *a: code(*(v.astype(np.float32) if isinstance(v, np.ndarray) else np.float32(v) for v in a))


def gap(E, q, beta, p):
    return (
        (xlogy(q, q) - xlogy(q, p) + beta * q * E).sum(axis=1) + q.sum(axis=1) * logsumexp(-beta * E, b=p, axis=1)
    ) / beta


# The contract's formula where refebm has another, equal to it for sums of 1, with slopes of its own.
AS_WRITTEN = {
    "kl": lambda q, p: rel_entr(q, p).sum(axis=1),
    "variational_free_energy": lambda E, q, beta, p: (q * E + rel_entr(q, p / p.sum()) / beta).sum(axis=1),
    "jensen_gap": lambda E, q, beta, p: gap(E, q, beta, p / p.sum()),
}


def scale(function, arguments, truth):
    """``S = |f| + sum_i |x_i df/dx_i|``, by central differences."""
    code, total = AS_WRITTEN.get(function, getattr(reference, function)), np.abs(truth)
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
    """(function, values of the arguments, truth, scale) of each of a function's designs."""
    for why, arguments in designs(function, rng, lambda why: rng):
        for name, value in arguments.items():
            # by one factor, so that ties and zeros stay; two numbers that are close have to stay so
            scaled = name in SCALED and why not in ("close", "nearly the same")
            arguments[name] = exact(exact(value) * (rng.uniform(0.5, 2) if scaled else 1))
        values = tuple(arguments.values())
        truth = np.asarray(getattr(reference, function)(*values))
        yield function, values, truth, scale(function, arguments, truth)


def worst_of(way, problems):
    """{dtype: (largest error in u S, largest share of what may be lost)} of a way in both precisions, over such problems."""
    worst = {"float64": (0.0, 0.0), "float32": (0.0, 0.0)}
    for function, values, truth, size in problems:
        row = CONTRACT[function]
        summed = row.terms(dict(zip(row.arguments, values, strict=True)), size)
        for dtype, code in (("float64", way), ("float32", in_single(way))):
            with np.errstate(all="ignore"):
                answer = np.asarray(code(*values), float)
            off = deviation(answer, truth, size, dtype), deviation(answer, truth, most_lost(size, summed, dtype), dtype)
            worst[dtype] = tuple(map(max, worst[dtype], off))
    return worst
