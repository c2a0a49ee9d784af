"""Learning by free energies that are linear in w: the likelihood's second derivatives, contrastive losses' slopes  (L6, C21)."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

import numpy as np
import scipy

from ...energies.potentials import Potential
from ...learning import functionals as own_functionals
from ...learning import likelihood as own
from ...numerics.checks import Array
from ..digits import derivative, exp
from ..inputs import ONE, SMALL_SQUARE, SQUARE
from ..row import Case, Function, Rngs
from .gibbs import gibbs_density, line_regimes, lines, log_partition
from .likelihood import P

# --- inputs


def table_cases(rng: np.random.Generator) -> Iterator[Case]:
    for why, case in lines(rng):
        yield why, {"dF": rng.normal(size=(len(case["F"]), 2)), **case}


def table_regimes(first: int, rngs: Rngs) -> Iterator[Case]:
    """Slopes of the energies' size."""
    for i, (why, case) in enumerate(line_regimes(first, rngs)):
        p = {ONE: 1, SQUARE: 4}.get(why, 1 + i % 4)
        yield why, {"dF": rngs(why + " slopes").normal(size=(len(case["F"]), p)) / case["beta"], **case}


def contrast_regimes(rngs: Rngs) -> Iterator[Case]:
    """Free energies ``f . w``: far apart on either side, and close."""
    for why, (n, p), unit in (
        ("plain", (5, 3), 1),
        ("one observation", (1, 4), 1),
        ("one feature", (6, 1), 2),
        ("large gaps", (4, 2), 40),
        ("very large gaps", (3, 5), 900),
        ("small gaps", (7, 2), 1e-3),
        (SQUARE, (4, 4), 1),
        (SMALL_SQUARE, (2, 2), 1),
        (ONE, (1, 1), 1),
    ):
        f, f_hat = rngs(why).normal(size=(2, n, p))
        yield why, {"f": f, "f_hat": f_hat, "w": unit * rngs(why + " w").normal(size=p)}


def margin_regimes(rngs: Rngs) -> Iterator[Case]:
    margins = (0.75, 1.5, 2.25, 30.0, 0.125, 700.0, 3e-3, 1.25, 0.625, 2.5)
    for (why, case), margin in zip(contrast_regimes(rngs), margins, strict=False):
        yield why, {**case, "margin": 4.0 if why == ONE else margin}


# --- truth, in many digits


def nll_hessian(dF: Array, F: Array, beta: Any, dy: Array) -> Array:
    q = gibbs_density(F, beta, dy) * dy
    D = dF - q.dot(dF)
    return beta * (D.T * q).dot(D)


def nll_hessian_2(dF: Array, F: Array, beta: Any, dy: Array) -> Array:
    """Half the mean product of the differences of two states, no mean taken."""
    q, out = gibbs_density(F, beta, dy) * dy, np.zeros((dF.shape[1],) * 2, object) + 0 * F[0]
    for i in range(len(F)):
        for j in range(i):
            D = dF[i] - dF[j]
            out = out + beta * q[i] * q[j] * D[:, None] * D
    return out


def log_functional_slope(f: Array, f_hat: Array, w: Array) -> Array:
    return (1 / (1 + exp((f_hat - f).dot(w)))).dot(f - f_hat) / len(f)


def log_functional_slope_2(f: Array, f_hat: Array, w: Array) -> Array:
    """Feature by feature, of the mean of log(1 + exp(gap)); the sigmoid as 1 - 1/(1 + exp(gap))."""
    total = 0 * w
    for a, b in zip(f, f_hat, strict=True):
        e = exp(np.array([sum((a - b) * w)], object))[0]
        total = total + e / (1 + e) * (a - b)
    return total / len(f)


def hinge_functional_slope(f: Array, f_hat: Array, w: Array, margin: Any) -> Array:
    near = margin > (f_hat - f).dot(w)
    return np.where(near[:, None], f - f_hat, 0 * f).sum(axis=0) / len(f)


def hinge_functional_slope_2(f: Array, f_hat: Array, w: Array, margin: Any) -> Array:
    def mean(v: Array) -> Any:
        u = margin - (f_hat - f).dot(v)
        return (u + abs(u)).sum() / 2 / len(f)

    return derivative(mean, w)


# --- what mistakes are made of


def covariance(q: Array, D: Array) -> Array:
    D = D - q @ D
    return (q[:, None] * D).T @ D


def pushed(weight: Array, f: Array, f_hat: Array) -> Array:
    """Each pair's part by its weight, over n."""
    return weight @ (f - f_hat) / len(f)


def sigmoid(u: Array) -> Array:
    return np.asarray(np.exp(-np.logaddexp(0, -u)))


def near(f: Array, f_hat: Array, w: Array, margin: float) -> Array:
    return 1.0 * (margin > (f_hat - f) @ w)
