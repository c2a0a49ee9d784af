"""Laws that every energy-based model obeys, each with its equation: what is asked where there are no vectors."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy.special import rel_entr

from ...numerics.checks import Array
from .asking import Ask, Law, Sides, softmin, weights

ROWS = ("energy", "least_energy", "free_energy", "slope_y", "posterior", "log_density", "score")


# --- shape laws


def rows_alone(name: str) -> Callable[[Ask], Sides]:
    def sides(a: Ask) -> Sides:
        together = a(name)
        alone = np.concatenate([a(name, y=row[None]) for row in a.y])
        return Sides(together, alone, a.model.near * np.abs(together).max() + np.zeros(together.shape))

    return sides


def latents_order(a: Ask) -> Sides:
    places = np.random.default_rng(0).permutation(len(a.given["z"]))
    E = a.E()
    return Sides(a.E(z=a.given["z"][places]), E[:, places], a.model.near * np.abs(E).max() + 0 * E)


def least(a: Ask) -> Sides:
    E = a.E()
    return Sides(
        a("least_energy")[:, None] + 0 * E, E, a.model.near * (np.abs(E) + np.square(a.y).sum(1)[:, None]), "<="
    )


# --- free energies


def is_softmin(a: Ask) -> Sides:
    return Sides(a("free_energy"), softmin(a.E(), a.beta, a.p), a.model.near * a.terms())


def above_least(a: Ask) -> Sides:
    low = a.E().min(axis=1) - np.log(a.p.sum()) / a.beta
    return Sides(low, a("free_energy"), a.model.near * a.terms(), "<=")


def below_mean(a: Ask) -> Sides:
    mean = a.E() @ a.p / a.p.sum() - np.log(a.p.sum()) / a.beta
    return Sides(a("free_energy"), mean, a.model.near * a.terms(), "<=")


def falling(a: Ask) -> Sides:
    """F + log(sum p)/beta, of a prior that sums to 1 F itself."""
    warmer = a.beta * a.given["factor"]
    high, low = (a("free_energy", beta=b) + np.log(a.p.sum()) / b for b in (a.beta, warmer))
    return Sides(low, high, a.model.near * a.terms(), "<=")


def at_infinity(a: Ask) -> Sides:
    low = a.E().min(axis=1)
    found = a("free_energy", beta=np.inf)
    return Sides(found, low, np.where(np.isnan(found), np.inf, a.model.near * np.abs(a.E()).max(axis=1)))


def at_zero(a: Ask) -> Sides:
    E = a.E()
    found = a("free_energy", beta=0.0)
    unusable = ~np.isfinite(found) | (abs(a.p.sum() - 1) > 1e-9)
    return Sides(found, E @ a.p / a.p.sum(), np.where(unusable, np.inf, a.model.near * np.abs(E).max(axis=1)))


def any_q(a: Ask) -> Array:
    """Anything between the Gibbs weights and weights that have nothing to do with them."""
    rng = np.random.default_rng(a.given["seed"])
    far = rng.dirichlet(np.full(len(a.p), 0.5), size=len(a.y))
    share = 10 ** rng.uniform(-4, 0)
    return np.asarray(share * far + (1 - share) * weights(a.E(), a.beta, a.p))


def variational(a: Ask, q: Array) -> Array:
    return np.asarray((q * a.E()).sum(axis=1) + rel_entr(q, a.p).sum(axis=1) / a.beta)


def jensen(a: Ask) -> Sides:
    return Sides(a("free_energy"), variational(a, any_q(a)), a.model.near * a.terms(), "<=")


def tight(a: Ask) -> Sides:
    return Sides(a("free_energy"), variational(a, weights(a.E(), a.beta, a.p)), a.model.near * a.terms())


def variational_value(a: Ask) -> Sides:
    q = any_q(a)
    return Sides(a("variational_free_energy", q=q), variational(a, q), a.model.near * a.terms())


def is_gibbs(a: Ask) -> Sides:
    q = weights(a.E(), a.beta, a.p)
    return Sides(a("posterior"), q, a.model.near * (1 + a.beta * np.abs(a.E()).max(axis=1))[:, None] + 0 * q)


# --- slopes


def slope_y(a: Ask) -> Sides:
    value, error = a.slope(lambda y: a("free_energy", y=y), a.y, a.terms())
    found = a("slope_y")
    return Sides(found, value, error + a.model.near * np.abs(found).max())


def mean_slopes(a: Ask, q: Array, x: str) -> tuple[Array, Array]:
    """Gibbs mean of the energies' slopes in y or w, by differences, and what it may be off."""
    n = len(a.y)

    def mean(v: Array) -> Array:
        return (q * a.E(**{x: v.reshape(np.shape(a.given[x]))})).sum(axis=1)

    at = a.y if x == "y" else a.given["w"].ravel()
    value, error = a.slope(mean, at, np.abs(a.E()).max(axis=1) + np.zeros(n))
    return value, error


def mean_slope_y(a: Ask) -> Sides:
    value, error = mean_slopes(a, weights(a.E(), a.beta, a.p), "y")
    found = a("slope_y")
    return Sides(
        found,
        value,
        error + a.model.near * (np.abs(found).max() + np.abs(value).max()) * (1 + a.beta * a.terms()[:, None]),
    )


def envelope(a: Ask) -> Sides:
    q = weights(a.E(), np.inf, a.p)
    value, error = mean_slopes(a, q, "y")
    found = a("slope_y", beta=np.inf)
    tied = (q.max(axis=1) < 1) | np.isnan(found).any(axis=1)
    return Sides(found, value, np.where(tied[:, None], np.inf, error + a.model.near * np.abs(value).max()))


def reduced(a: Ask, value: Array, error: Array) -> Sides:
    """A slope in the parameters, of each row, or over the rows what REDUCTION says."""
    found = a("slope_w")
    found = found.reshape(-1, value.shape[1])
    if a("slope_w").shape == a.given["w"].shape:
        total = np.mean if a.model.mean else np.sum
        value, error = (total(v, axis=0, keepdims=True) for v in (value, error))
    return Sides(found, value, error + a.model.near * (np.abs(value).max() + np.abs(found).max()))


def slope_w(a: Ask) -> Sides:
    shape = a.given["w"].shape
    return reduced(a, *a.slope(lambda w: a("free_energy", w=w.reshape(shape)), a.given["w"].ravel(), a.terms()))


def mean_slope_w(a: Ask) -> Sides:
    value, error = mean_slopes(a, weights(a.E(), a.beta, a.p), "w")
    return reduced(a, value, error + a.model.near * a.beta * a.terms()[:, None] * np.abs(value).max())


# --- densities


def score_of_slope(a: Ask) -> Sides:
    s = a("slope_y")
    return Sides(a("score"), -a.beta * s, a.model.near * a.beta * np.abs(s).max() + 0 * s)


def score_of_free_energy(a: Ask) -> Sides:
    value, error = a.slope(lambda y: a.F(y=y), a.y, a.terms())
    found = a("score")
    return Sides(found, -a.beta * value, a.beta * error + a.model.near * np.abs(found).max())


def score_of_density(a: Ask) -> Sides:
    f = a("log_density")
    value, error = a.slope(lambda y: a("log_density", y=y), a.y, 1 + np.abs(f) + np.abs(f).max())
    found = a("score")
    return Sides(found, value, error + a.model.near * np.abs(found).max())


def constant(a: Ask) -> Sides:
    """log p + beta F is the same at every y: at each row what it is at a place of the box's middle."""
    middle = a.model.box.mean(axis=1)[None] if a.model.states is None else a.model.states[:1]
    there = a("log_density", y=middle) + a.beta * a.F(y=middle)
    here, F = a("log_density"), a.beta * a.F()
    terms = np.abs(here) + np.abs(F) + np.abs(there) + a.beta * a.terms()
    return Sides(here + F, np.repeat(there, len(here)), a.model.near * terms)


# --- adjoints


def tangents(a: Ask) -> tuple[Array, Array]:
    rng = np.random.default_rng(a.given["seed"])
    v = rng.normal(size=a.y.shape)
    return v, rng.normal(size=a("jvp", v=v).shape)


def pair(a: Ask) -> Sides:
    v, u = tangents(a)
    forward, back = a("jvp", v=v), a("vjp", u=u)
    size = (np.abs(u * forward).sum(axis=1)) + (np.abs(back * v).sum(axis=1))
    return Sides((u * forward).sum(axis=1), (back * v).sum(axis=1), a.model.near * (size + size.max()))


def pushed(a: Ask) -> Sides:
    v, u = tangents(a)
    value, error = a.slope(
        lambda t: (u * a("forward", y=a.y + t * v)).sum(axis=1), np.zeros(1), 1 + np.abs(u * a("forward")).sum(axis=1)
    )
    found = (u * a("jvp", v=v)).sum(axis=1, keepdims=True)
    return Sides(found, value, error + a.model.near * np.abs(found).max())


# --- the table

FE, EN, LAT, F_OR_E = "free_energy", "energy", "LATENTS", "free_energy or energy"
LAWS = [
    *(Law("C6", f"rows of {f}", "a batch's rows are those of each row alone", (f,), rows_alone(f)) for f in ROWS),
    Law("C6", "order of latents", "latents in another order give the energies in that order", (EN, LAT), latents_order),
    Law("C8", "least energy", "E(y, z) >= min_z E", (EN, "least_energy"), least),
    Law("C13", "softmin", "F = -(1/beta) log sum_z p exp(-beta E)", (FE, EN, LAT), is_softmin),
    Law("C15", "above the least energy", "F >= min_z E", (FE, EN, LAT), above_least),
    Law("C14", "below the mean energy", "F <= the mean of E", (FE, EN, LAT), below_mean),
    Law("C15", "falling in beta", "a larger beta gives no larger F", (FE, LAT), falling, (FE,)),
    Law("C15", "beta = inf", "F is the least energy", (FE, EN, LAT), at_infinity, (FE,)),
    Law("C14", "beta = 0", "F is the mean energy", (FE, EN, LAT), at_zero, (FE,)),
    Law("L16", "Jensen", "F <= sum q E + KL(q, p)/beta for any q", (FE, EN, LAT), jensen),
    Law("L15", "Gibbs is best", "F = sum q E + KL(q, p)/beta for the Gibbs weights q", (FE, EN, LAT), tight),
    Law("L13", "variational free energy", "sum q E + KL(q, p)/beta", ("variational_free_energy", EN, LAT), variational_value),
    Law("C16", "Gibbs weights", "posterior = p exp(-beta E) / their sum", ("posterior", EN, LAT), is_gibbs),
    Law("C16", "slope in y", "slope_y = dF/dy, by differences of F", ("slope_y", FE), slope_y),
    Law("C16", "mean slope in y", "slope_y = Gibbs mean of dE/dy, by differences of E", ("slope_y", EN), mean_slope_y),
    Law("C9", "envelope", "at beta = inf slope_y = dE/dy at the least", ("slope_y", EN, LAT), envelope, ("slope_y",)),
    Law("C16", "slope in w", "slope_w = dF/dw, by differences of F", ("slope_w", FE, "W"), slope_w),
    Law("C16", "mean slope in w", "slope_w = Gibbs mean of dE/dw, by differences of E", ("slope_w", EN, "W"), mean_slope_w),
    Law("W11", "score and slope", "score = -beta slope_y", ("score", "slope_y"), score_of_slope),
    Law("W11", "score and free energy", "score = -beta dF/dy, by differences of F", ("score", F_OR_E), score_of_free_energy),
    Law("W11", "score and density", "score = d log p/dy, by differences", ("score", "log_density"), score_of_density),
    Law("L1", "Gibbs density", "log p + beta F is the same everywhere", ("log_density", F_OR_E), constant),
    Law("L22", "adjoint pair", "<u, jvp v> = <vjp u, v>", ("jvp", "vjp"), pair),
    Law("L22", "forward mode", "jvp is the derivative of forward along v, by differences", ("forward", "jvp"), pushed),
]  # fmt: skip
