"""Three checks of a hand-derived adjoint: finite differences, the complex step, and what a caller states itself.

Each pairs random tangents x_dot with a random cotangent v_bar: <v_bar, f'(x) x_dot> = <x_bar, x_dot>. The tolerance is
relative to the size of the terms of that sum, so that neither small wrong gradients pass nor large right ones fail.
"""

import numpy as np
from scipy.differentiate import derivative


def check_adjoint(f, adjoint, args, rng, complex_step=True, differences=True, directions=2, size=0.0):
    """f(*args) -> array; adjoint(*args, v_bar) -> one array for each of args (or the array alone, for one argument)."""
    args = [np.asarray(a, float) for a in args]
    v_bar = rng.normal(size=np.shape(f(*args)))
    bars = adjoint(*args, v_bar)
    bars = bars if isinstance(bars, tuple) else (bars,)
    assert len(bars) == len(args)
    for a, bar in zip(args, bars, strict=True):
        assert np.shape(bar) == a.shape
    scale = max(size, 1e-300, *(np.abs(bar).max() for bar in bars))
    # each argument alone, so that errors can't cancel, and all together
    masks = [*np.eye(len(args)), *([np.ones(len(args))] if len(args) > 1 else [])]
    for mask in masks:
        for _ in range(directions):
            dots = [
                m * rng.choice([-1.0, 1.0], a.shape) * rng.uniform(0.5, 1, a.shape)
                for m, a in zip(mask, args, strict=True)
            ]
            expected = sum(float((bar * dot).sum()) for bar, dot in zip(bars, dots, strict=True))
            terms = sum(float(np.abs(bar * dot).sum()) for bar, dot in zip(bars, dots, strict=True))

            def along(t, dots=dots):
                return (v_bar * f(*(a + t * dot for a, dot in zip(args, dots, strict=True)))).sum()

            if complex_step:
                assert abs(along(1e-100j).imag / 1e-100 - expected) <= 1e-13 * max(terms, scale)
            if differences:
                found = derivative(np.vectorize(along), 0.0, initial_step=1e-2)
                assert abs(found.df - expected) <= 1e-7 * max(terms, scale) + 3 * found.error
                assert found.error <= 1e-6 * max(terms, scale)  # the reference itself is good enough to judge
