"""Fresh inputs for right ways, in both precisions."""

import numpy as np

from refebm.oracle.contract import CONTRACT, SUBJECTS
from refebm.oracle.fresh import drawn, problem, problems
from refebm.oracle.fresh import scale as scale
from refebm.oracle.judge import deviation, most_lost

RIGHT = {name: ways for subject in SUBJECTS.values() for name, ways in subject.RIGHT.items()}


def in_single(code):
    """The same, carried out in float32."""
    return lambda *a: code(*(v.astype(np.float32) if isinstance(v, np.ndarray) else np.float32(v) for v in a))


def draws(function, rng):
    """(function, values of the arguments, truth, scale) of each of a function's designs."""
    for p in problems(function, rng):
        yield function, tuple(p.arguments.values()), p.truth, p.scale


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


def refused(function, numbers, seed):
    """(answers, rows, worst share of what may be lost) of each right way, in both precisions, over fresh inputs of the domain."""
    found = [(0, 0, 0.0)] * len(RIGHT[function])
    for i in numbers:
        arguments = drawn(function, i, seed)
        for dtype in ("float64", "float32"):
            p = problem(function, "", arguments, dtype)
            for j, way in enumerate(RIGHT[function]):
                with np.errstate(all="ignore"):
                    answer = np.asarray((way if dtype == "float64" else in_single(way))(*arguments.values()), float)
                share = deviation(answer, p.truth, most_lost(p.scale, p.terms, dtype), dtype)
                number, rows, worst = found[j]
                found[j] = number + 1, rows + CONTRACT[function].count(arguments), max(worst, share)
    return found
