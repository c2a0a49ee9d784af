"""The Gaussian information's slopes in both deviations, and its bound on a linear decoder's free energy  (L13, L14)."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

import numpy as np

from ...learning import variational as own
from ...models import linear as own_linear
from ...numerics import information as own_information
from ...numerics.checks import Array
from ..bugs import SQUARE_W, turned
from ..digits import derivative
from ..domains.slopes import BOUND
from ..domains.tables import GAUSSIAN
from ..row import Case, Function, Rngs, Slope
from .auto_encoder import vae_cases, vae_regimes
from .gaussians import gaussian, gaussian_cases, gaussian_kl, gaussian_kl_2, gaussian_regimes, gaussian_size, gk

# --- inputs

CODES = {"y": "(n, d)", "m": "(n, l)", "s": "(n, l)", "W": "(d, l)", "beta": "()", "r": "()"}


def slope_cases(rng: np.random.Generator) -> Iterator[Case]:
    return ((why, case) for why, case in gaussian_cases(rng) if why != "close")


def slope_regimes(rngs: Rngs) -> Iterator[Case]:
    yield from gaussian_regimes(rngs)
    yield "close", {"m": [0.25, -0.5, 2.0**-6], "s": [1.5 + 2.0**-8, 1.5 + 2.0**-20, 1.5 - 2.0**-14], "r": 1.5}
    yield "a few", {"m": rngs("a few").normal(size=2), "s": [0.5, 3.25], "r": 0.75}


def bound_cases(rng: np.random.Generator) -> Iterator[Case]:
    for why, case in vae_cases(rng):
        yield why, {name: case[name] for name in CODES}


def bound_regimes(first: int, rngs: Rngs) -> Iterator[Case]:
    for why, case in vae_regimes(first, rngs):
        if why != "large noise":
            yield why, {name: case[name] for name in CODES}


# --- truth, in many digits


def gaussian_kl_slope_s(m: Array, s: Array, r: Any) -> Array:
    return (s - r) * (s + r) / (r * r * s)


def gaussian_kl_slope_s_2(m: Array, s: Array, r: Any) -> Array:
    return derivative(lambda v: gaussian_kl_2(m, v, r).sum(), s)


def gaussian_kl_slope_r(m: Array, s: Array, r: Any) -> Array:
    return (r * r - m * m - s * s) / r**3


def gaussian_kl_slope_r_2(m: Array, s: Array, r: Any) -> Array:
    """By scaling, ``m F_m + s F_s + r F_r = 0``."""
    return (
        -(
            m * derivative(lambda v: gaussian_kl(v, s, r).sum(), m)
            + s * derivative(lambda v: gaussian_kl(m, v, r).sum(), s)
        )
        / r
    )


def gaussian_bound(y: Array, m: Array, s: Array, W: Array, beta: Any, r: Any) -> Array:
    residual = y - m.dot(W.T)
    return (
        (residual * residual).sum(axis=1) + (s * s).dot((W * W).sum(axis=0)) + gaussian_kl(m, s, r).sum(axis=1) / beta
    )


def gaussian_bound_2(y: Array, m: Array, s: Array, W: Array, beta: Any, r: Any) -> Array:
    """The mean over the corners ``m +- s`` of the cube, which have N(m, s^2)'s first two moments."""
    from itertools import product

    corners = list(product([-1, 1], repeat=m.shape[1]))
    left = [y - (m + s * np.array(eps, object)).dot(W.T) for eps in corners]
    return sum((v * v).sum(axis=1) for v in left) / len(corners) + gaussian_kl_2(m, s, r).sum(axis=1) / beta


# --- what mistakes are made of


def bound(
    y: Array, m: Array, s: Array, W: Array, beta: float, r: float, spread: float = 1.0, price: float = 1.0
) -> Array:
    """Its parts: the mean code's reconstruction, the noise's, the information's."""
    noise = spread * (s * s) @ np.square(W).sum(axis=0)
    return np.square(y - m @ W.T).sum(axis=1) + noise + price * gk(m, s, r).sum(axis=1) / beta


DEVIATION = ("The derivative in the variance.", "In the deviation: times 2 s (L14).")
LOG = ("The derivative in its logarithm.", "In the deviation itself (L14).")
SIGN = ("The sign is wrong.", "d/ds [log(r/s) + (m^2 + s^2)/(2 r^2)] (L14).")
UNIT = ("The prior has deviation 1.", "Use r (L18).")
MEAN = ("Divided by their number.", "Each its own (L14).")
HALF = ("Half of it.", "(m^2 + s^2)/(2 r^2): the square's 2 cancels the 1/2 (L14).")
VARIANCE = ("s and r are taken for variances.", "Standard deviations (L14).")

# --- the rows

ROWS = {
    "gaussian_kl_slope_s": Function(
        "L14", "d/ds KL(N(m, s^2), N(0, r^2)), s/r^2 - 1/s",
        {"m": "(n,)", "s": "(n,)", "r": "()"}, "(n,)",
        cases=slope_cases, domain=GAUSSIAN, drawn=(27, 42, 319, 367, 467, 729, 940, 1114), regimes=slope_regimes, truth=(gaussian_kl_slope_s, gaussian_kl_slope_s_2),
        adds=lambda a, S: a["s"] / a["r"] ** 2 + 1 / a["s"],
        keeps="(s - r) * (s + r) / (r * r * s)",
        slope=Slope(("gaussian_kl",), "s"),
        bugs=[
            ("sign", *SIGN, lambda m, s, r: 1 / s - s / r**2),
            ("no-inverse", "The -1/s is missing.", "s/r^2 - 1/s (L14).", lambda m, s, r: s / r**2),
            ("inverse-only", "-1/s alone.", "s/r^2 - 1/s (L14).", lambda m, s, r: -1 / s),
            ("plus", "1/s is added.", "s/r^2 - 1/s (L14).", lambda m, s, r: s / r**2 + 1 / s),
            ("unit-prior", *UNIT, lambda m, s, r: s - 1 / s),
            ("r", "s/r: r is not squared.", "s/r^2 - 1/s (L14).", lambda m, s, r: s / r - 1 / s),
            ("two", "The 1/2 is missing: 2 s/r^2.", "(m^2 + s^2)/(2 r^2) (L14).", lambda m, s, r: 2 * s / r**2 - 1 / s),
            ("half", *HALF, lambda m, s, r: (s / r**2 - 1 / s) / 2),
            ("variance-slope", *DEVIATION, lambda m, s, r: (s / r**2 - 1 / s) / (2 * s)),
            ("log-slope", *LOG, lambda m, s, r: s * s / r**2 - 1),
            ("variances", *VARIANCE, lambda m, s, r: (1 / r - 1 / s) / 2),
            ("reverse", "Of KL(p || q).", "q's information over p (L14).", lambda m, s, r: 1 / s - (r * r + m * m) / s**3),
            ("slope-in-m", "The derivative in m.", "In s (L14).", lambda m, s, r: m / r**2),
            ("mean", *MEAN, lambda m, s, r: (s / r**2 - 1 / s) / len(s)),
        ],
    ),
    "gaussian_kl_slope_r": Function(
        "L14", "d/dr KL(N(m, s^2), N(0, r^2)) of each, 1/r - (m^2 + s^2)/r^3",
        {"m": "(n,)", "s": "(n,)", "r": "()"}, "(n,)",
        cases=slope_cases, domain=GAUSSIAN, drawn=(290, 566, 645, 662, 709, 747, 1125), regimes=slope_regimes, truth=(gaussian_kl_slope_r, gaussian_kl_slope_r_2),
        adds=lambda a, S: 1 / a["r"] + (a["m"] ** 2 + a["s"] ** 2) / a["r"] ** 3,
        keeps="(np.where(s > r / 2, (r - s) * (r + s), r * r - s * s) - m * m) / r**3",
        bugs=[
            ("sign", *SIGN, lambda m, s, r: (m * m + s * s) / r**3 - 1 / r),
            ("no-log", "1/r is missing.", "log(r/s) has it (L14).", lambda m, s, r: -(m * m + s * s) / r**3),
            ("log-only", "1/r alone.", "- (m^2 + s^2)/r^3 (L14).", lambda m, s, r: 1 / r + 0 * s),
            ("no-mean", "m is missing.", "m^2 + s^2 (L14).", lambda m, s, r: 1 / r - s * s / r**3),
            ("no-deviation", "s is missing.", "m^2 + s^2 (L14).", lambda m, s, r: 1 / r - m * m / r**3),
            ("plus", "(m^2 + s^2)/r^3 is added.", "1/r - (m^2 + s^2)/r^3 (L14).", lambda m, s, r: 1 / r + (m * m + s * s) / r**3),
            ("r-squared", "(m^2 + s^2)/r^2: one r is missing.", "1/r - (m^2 + s^2)/r^3 (L14).", lambda m, s, r: 1 / r - (m * m + s * s) / r**2),
            ("half", *HALF, lambda m, s, r: (1 / r - (m * m + s * s) / r**3) / 2),
            ("half-squares", "The squares' part is halved.", "The 2 of r^-2's slope cancels the 1/2 (L14).", lambda m, s, r: 1 / r - (m * m + s * s) / r**3 / 2),
            ("variance-slope", *DEVIATION, lambda m, s, r: (1 / r - (m * m + s * s) / r**3) / (2 * r)),
            ("log-slope", *LOG, lambda m, s, r: 1 - (m * m + s * s) / r**2),
            ("of-sum", "(m + s)^2.", "m^2 + s^2 (L14).", lambda m, s, r: 1 / r - (m + s) ** 2 / r**3),
            ("slope-in-s", "The derivative in s.", "In r (L14).", lambda m, s, r: s / r**2 - 1 / s),
            ("mean", *MEAN, lambda m, s, r: (1 / r - (m * m + s * s) / r**3) / len(s)),
        ],
    ),
    "gaussian_free_energy": Function(
        "L13", "mean of |y - W z|^2 under N(m, s^2), + (1/beta) sum KL(N(m, s^2), N(0, r^2)), of each observation",
        CODES, "(n,)",
        cases=bound_cases, domain=BOUND, drawn=(30, 86, 100, 187, 198, 399, 491, 513, 891, 942, 1182, 1380), regimes=partial(bound_regimes, -10), truth=(gaussian_bound, gaussian_bound_2),
        adds=lambda a, S: gaussian_size(a["m"], a["s"], a["r"]).sum(axis=1) / a["beta"],
        bugs=[
            ("no-noise", "The mean code alone is decoded.", "+ sum s_j^2 |W_j|^2 (L12).", lambda y, m, s, W, b, r: bound(y, m, s, W, b, r, 0)),
            ("deviation", "s, not s^2, scales the noise's part.", "+ sum s_j^2 |W_j|^2 (L12).", lambda y, m, s, W, b, r: bound(y, m, s, W, b, r, 0) + s @ np.square(W).sum(axis=0)),
            ("no-columns", "|W|^2 is missing in the noise's part.", "+ sum s_j^2 |W_j|^2 (L12).", lambda y, m, s, W, b, r: bound(y, m, s, W, b, r, 0) + (s * s).sum(axis=1)),
            ("all-columns", "All of |W|^2 for each latent.", "+ sum s_j^2 |W_j|^2 (L12).", lambda y, m, s, W, b, r: bound(y, m, s, W, b, r, 0) + (s * s).sum(axis=1) * np.square(W).sum()),
            ("half-noise", "The noise's part is halved.", "|y - W z|^2 has no 1/2 (L12).", lambda y, m, s, W, b, r: bound(y, m, s, W, b, r, 0.5)),
            ("noise-sign", "The noise's part is subtracted.", "+ sum s_j^2 |W_j|^2 (L12).", lambda y, m, s, W, b, r: bound(y, m, s, W, b, r, -1)),
            ("no-kl", "The information is missing.", "<E> + KL/beta (L13).", lambda y, m, s, W, b, r: bound(y, m, s, W, b, r, 1, 0)),
            ("kl-sign", "KL is subtracted: the bound is no bound.", "<E> + KL/beta (L13).", lambda y, m, s, W, b, r: bound(y, m, s, W, b, r, 1, -1)),
            ("no-beta", "KL is not divided by beta.", "KL/beta (L13).", lambda y, m, s, W, b, r: bound(y, m, s, W, b, r, 1, b)),
            ("beta-on-kl", "beta multiplies KL.", "KL/beta (L13).", lambda y, m, s, W, b, r: bound(y, m, s, W, b, r, 1, b * b)),
            ("unit-prior", *UNIT, lambda y, m, s, W, b, r: bound(y, m, s, W, b, 1.0)),
            ("variances", *VARIANCE, lambda y, m, s, W, b, r: bound(y, m, np.sqrt(s), W, b, np.sqrt(r))),
            ("half-reconstruction", "Half the squared error.", "No factor 1/2 (C5).", lambda y, m, s, W, b, r: bound(y, m, s, W, b, r) / 2 + bound(0 * y, 0 * m, s, W, b, r, 0) / 2 + (gk(m, s, r) - gk(0 * m, s, r)).sum(axis=1) / b / 2),
            ("kl-mean", "KL is averaged over the latents.", "Summed (L14).", lambda y, m, s, W, b, r: bound(y, m, s, W, b, r, 1, 1 / m.shape[1])),
            ("nats", "Times beta: in nats.", "F has the unit of E (L13).", lambda y, m, s, W, b, r: b * bound(y, m, s, W, b, r)),
            ("square-transposed", *SQUARE_W, lambda y, m, s, W, b, r: bound(y, m, s, turned(W), b, r)),
        ],
    ),
}  # fmt: skip

# --- as it is written

FORMULAS = {
    "gaussian_kl_slope_s": "s / r**2 - 1 / s",
    "gaussian_kl_slope_r": "1 / r - (m**2 + s**2) / r**3",
    "gaussian_free_energy": "mean = ((y - m @ W.T) ** 2).sum(axis=1) + (s**2 * (W**2).sum(axis=0)).sum(axis=1); mean + (np.log(r / s) + (m**2 + s**2) / (2 * r**2) - 1 / 2).sum(axis=1) / beta",
}  # fmt: skip

# --- right ways


def by_rows(y: Array, m: Array, s: Array, W: Array, beta: Any, r: Any) -> Any:
    fit = [((a - W @ c) ** 2).sum() + ((W * t) ** 2).sum() for a, c, t in zip(y, m, s, strict=True)]
    return np.array(fit, y.dtype) + gaussian(m, s, r).sum(axis=1) / beta


RIGHT = {
    "gaussian_kl_slope_s": [lambda m, s, r: s / r**2 - 1 / s, lambda m, s, r: ((s / r) ** 2 - 1) / s],
    "gaussian_kl_slope_r": [lambda m, s, r: 1 / r - (m**2 + s**2) / r**3, lambda m, s, r: (1 - (m / r) ** 2 - (s / r) ** 2) / r],
    "gaussian_free_energy": [
        by_rows,
        lambda y, m, s, W, beta, r: np.square(y - m @ W.T).sum(axis=1) + ((s**2) @ (W**2).T).sum(axis=1) + gaussian(m, s, r).sum(axis=1) / beta,
    ],
}  # fmt: skip

# --- refebm's own


def own_slopes(m: Array, s: Array, r: float) -> tuple[Array, ...]:
    return own_information.gaussian_kl_adjoint(m, s, np.full_like(s, r), np.ones_like(s))


def own_bound(y: Array, m: Array, s: Array, W: Array, beta: float, r: float) -> Array:
    """Gauss's rule of two nodes in each dimension is exact: the energy is quadratic in z."""
    return own.gaussian_free_energy(own_linear.pca(*W.shape), y, m, s, W.ravel(), beta, r, 2)[0]


PACKAGE = {
    "gaussian_kl_slope_s": lambda *a: own_slopes(*a)[1],
    "gaussian_kl_slope_r": lambda *a: own_slopes(*a)[2],
    "gaussian_free_energy": own_bound,
}
RESTS_ON = {
    "gaussian_kl_slope_s": ["gaussian_kl_adjoint"],
    "gaussian_kl_slope_r": ["gaussian_kl_adjoint"],
    "gaussian_free_energy": ["gaussian_kl", "expected_energy_gaussian"],
}
NO_PART = {"gaussian_free_energy": ["pca", "gauss_hermite", "gaussian_kl_adjoint"]}
