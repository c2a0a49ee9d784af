"""The restricted Boltzmann machine of binary units: energy, conditionals, free energy  (W7-W10).

Visible units v (d,) and hidden units h (m,) are 0 or 1; weights W (m, d), biases b (d,) and c (m,). The formulas hold for real
units too, such as means of binary ones.
All that is computed here at beta = 1 holds at another beta with beta times the parameters: E is linear in them.
"""

from __future__ import annotations

from functools import partial

import numpy as np
from numpy.typing import ArrayLike

from ..energies.energy import Energy
from ..energies.potentials import Potential
from ..inference.searches import product_grid
from ..numerics import checks
from ..numerics.checks import Array
from ..numerics.hinges import smooth_hinge, smooth_hinge_adjoint
from ..parts.shapes import Packing, packed, summed_to

Machine = tuple[Array, Array, Array]


# --- formulas, on arrays that are trusted: v (n, d), h (1 or n, k, m)


def energy(v: Array, h: Array, W: Array, b: Array, c: Array) -> Array:
    return -(v @ b)[:, None] - (h @ (c + v @ W.T)[..., None])[..., 0]


def energy_adjoint(v: Array, h: Array, W: Array, b: Array, c: Array, E_bar: Array) -> tuple[Array, ...]:
    E_v, E_h = E_bar.sum(axis=1), (E_bar[:, None] @ h)[:, 0]
    h_bar = summed_to(E_bar[..., None] * (c + v @ W.T)[:, None], h.shape)
    return -E_v[:, None] * b - E_h @ W, -h_bar, -E_h.T @ v, -E_v @ v, -E_h.sum(axis=0)


def free(v: Array, W: Array, b: Array, c: Array) -> Array:
    return -v @ b - smooth_hinge(c + v @ W.T).sum(axis=1)


def free_adjoint(v: Array, W: Array, b: Array, c: Array, F_bar: Array) -> tuple[Array, ...]:
    """The energy's, at the mean of h: F is a softmin, whose adjoint is the mean under P(h|v)  (C16)."""
    v_bar, _, *bars = energy_adjoint(v, logistic(c + v @ W.T)[:, None], W, b, c, F_bar[:, None])
    return v_bar, *bars


def logistic(u: Array) -> Array:
    """The logistic function: the probability that a unit with this input is 1."""
    return smooth_hinge_adjoint(u, np.ones_like(u))


# --- the same, for whoever calls


@np.errstate(all="ignore")
def rbm_energy(v: ArrayLike, h: ArrayLike, W: ArrayLike, b: ArrayLike, c: ArrayLike) -> Array:
    """``E(v, h) = -h . W v - b . v - c . h``  (W7, W9).

    Parameters
    ----------
    v, h : array_like, (n, d) and (n, m), or (d,) and (m,)
        Pairs of visible and hidden units.
    W, b, c : array_like, (m, d), (d,) and (m,)
        Weights, visible and hidden biases, in the unit of E.

    Returns
    -------
    E : ndarray, (n,), or a scalar for a single pair

    Raises
    ------
    TypeError, ValueError
        For wrong shapes, NaN, infinite or huge values, or where the result overflows.
    """
    V, H, W, b, c = _pairs(v, h, W, b, c)
    E = energy(V, H[:, None], W, b, c)[:, 0]
    checks.no_overflow(W, E, name="W")
    return E[0] if np.ndim(v) == 1 else E


@np.errstate(all="ignore")
def rbm_energy_adjoint(
    v: ArrayLike, h: ArrayLike, W: ArrayLike, b: ArrayLike, c: ArrayLike, E_bar: ArrayLike
) -> tuple[Array, ...]:
    """Adjoints of (v, h, W, b, c), shaped like them, given E_bar: ``W_bar = -sum_n E_bar h v^T``, and so on  (W8)."""
    V, H, W, b, c = _pairs(v, h, W, b, c)
    E_bar = checks.cotangent(E_bar, (len(V),), "E_bar", scalar_ok=True)
    v_bar, h_bar, *bars = energy_adjoint(V, H[:, None], W, b, c, E_bar[:, None])
    checks.no_overflow(W, v_bar, h_bar, *bars, name="W")
    return v_bar.reshape(np.shape(v)), h_bar.reshape(np.shape(h)), *bars


@np.errstate(under="ignore")
def rbm_free_energy(v: ArrayLike, W: ArrayLike, b: ArrayLike, c: ArrayLike) -> Array:
    """``F(v) = -log sum_h exp(-E(v, h)) = -b . v - sum_i log(1 + exp(c_i + W_i . v))``, (n,)  (W7, W9).

    The sum over all 2^m hidden states falls apart into a factor for each unit, as none is joined to another. It is not divided
    by their number: ``marginal(rbm(d, m), ...)`` is, and lies m log 2 above it (N3). Arguments and errors as of `rbm_energy`.
    """
    V, W, b, c = _given(v, W, b, c)
    F = free(V, W, b, c)
    return F[0] if np.ndim(v) == 1 else F


@np.errstate(under="ignore")
def rbm_free_energy_adjoint(
    v: ArrayLike, W: ArrayLike, b: ArrayLike, c: ArrayLike, F_bar: ArrayLike
) -> tuple[Array, ...]:
    """Adjoints of (v, W, b, c) given F_bar (n,) or a number: ``W_bar = -sum_n F_bar p v^T`` with p = P(h = 1|v)  (W8)."""
    V, W, b, c = _given(v, W, b, c)
    F_bar = checks.cotangent(F_bar, (len(V),), "F_bar", scalar_ok=True)
    v_bar, *bars = free_adjoint(V, W, b, c, F_bar)
    return v_bar.reshape(np.shape(v)), *bars


@np.errstate(under="ignore")
def rbm_hidden_probability(v: ArrayLike, W: ArrayLike, c: ArrayLike) -> Array:
    """``P(h_i = 1|v) = 1/(1 + exp(-c_i - W_i . v))``, each hidden unit by itself  (W9).  (n, m) or (m,)."""
    W = _matrix(W)
    V, c = _rows(v, W.shape[1], "v"), checks.vector(c, len(W), "c", complex_ok=True)
    return logistic(c + V @ W.T).reshape(*np.shape(v)[:-1], len(W))


@np.errstate(under="ignore")
def rbm_visible_probability(h: ArrayLike, W: ArrayLike, b: ArrayLike) -> Array:
    """``P(v_j = 1|h) = 1/(1 + exp(-b_j - sum_i h_i W_ij))``, each visible unit by itself  (W9).  (n, d) or (d,)."""
    W = _matrix(W)
    H, b = _rows(h, len(W), "h"), checks.vector(b, W.shape[1], "b", complex_ok=True)
    return logistic(b + H @ W).reshape(*np.shape(h)[:-1], W.shape[1])


# --- as an energy, and as a potential


def rbm_packing(visible: int, hidden: int) -> Packing:
    """How w holds the machine: ``W, b, c = rbm_packing(d, m).split(w)``."""
    d, m = checks.count(visible, "visible"), checks.count(hidden, "hidden")
    return Packing(((m, d), (d,), (m,)))


def rbm(visible: int, hidden: int) -> Energy:
    """The machine as an energy: v is observed, h the latent, all 2^m states of which are its ``latents``  (W7, W9).

    At most 16 hidden units; `rbm_potential`, their sum in closed form, has no limit. w as `rbm_packing` has it.
    """
    parts = rbm_packing(visible, checks.count(hidden, "hidden", most=16))

    def value(y: Array, z: Array, w: Array, x: Array | None) -> Array:
        return energy(y, z, *parts.split(w))

    def adjoint(y: Array, z: Array, w: Array, x: Array | None, E_bar: Array) -> tuple[Array, ...]:
        W, b, c = parts.split(w)
        v_bar, h_bar, *bars = energy_adjoint(y, z, W, b, c, E_bar)
        return v_bar, h_bar, packed(bars)

    def slack(y: Array, z: Array, w: Array, x: Array | None, m: Array) -> Array:
        """A rounding of every term's size for each of the terms that are added up."""
        W, b, c = parts.split(np.abs(w))
        return np.finfo(float).eps * (visible + hidden) * (np.abs(y) @ b + (c + np.abs(y) @ W.T).sum(axis=1))

    latents, start = product_grid((0, 1), 2, hidden), partial(_start, parts)
    return Energy(value, adjoint, visible, hidden, parts.size, latents=latents, start=start, slack=slack)


def rbm_potential(visible: int, hidden: int, beta: float = 1.0) -> Potential:
    """``F_beta(v) = -b . v - (1/beta) sum_i log(1 + exp(beta (c_i + W_i . v)))``: P(v) is proportional to exp(-beta F)  (W7, W9).

    w as `rbm_packing` has it; beta above 0 and finite. It has a `start` (weights small and random, visible biases those of
    units that are as often on as in the data: Hinton, 2012), and a `curvature` for Newton's method.
    """
    parts, beta = rbm_packing(visible, hidden), checks.positive(beta, "beta")
    m, d = parts.shapes[0]
    W_at, _, c_at = parts.split(np.arange(parts.size))
    of_unit = np.concatenate([W_at, c_at[:, None]], axis=1)

    @np.errstate(all="ignore")
    def value(y: Array, w: Array, x: Array | None) -> Array:
        F = free(y, *parts.split(beta * w)) / beta
        checks.no_overflow(w, F)
        return F

    @np.errstate(all="ignore")
    def adjoint(y: Array, w: Array, x: Array | None, F_bar: Array) -> tuple[Array, Array]:
        W, b, c = parts.split(beta * w)
        v_bar, *bars = free_adjoint(y, W, b, c, F_bar)
        checks.no_overflow(w, v_bar, *bars)
        return v_bar / beta, packed(bars)

    def curvature(y: Array, w: Array, x: Array | None, F_bar: Array) -> tuple[Array, Array]:
        W, _, c = parts.split(beta * w)
        p, one = logistic(c + y @ W.T), np.concatenate([y, np.ones((len(y), 1))], axis=1)
        slopes, second = np.empty((len(y), parts.size)), np.zeros((parts.size, parts.size))
        slopes[:, m * d : m * d + d] = -y
        slopes[:, of_unit] = -p[..., None] * one[:, None]
        spread = beta * F_bar[:, None] * p * (1 - p)
        second[of_unit[:, :, None], of_unit[:, None]] = -np.einsum("ni,na,nb->iab", spread, one, one)
        return slopes, second

    return Potential(value, adjoint, d, parts.size, beta, curvature, 0, partial(_start, parts))


def _start(parts: Packing, y: Array, rng: np.random.Generator, x: Array | None) -> Array:
    (m, d), *_ = parts.shapes
    if (outside := (y < 0) | (y > 1)).any():
        raise ValueError(f"y: expected units in [0, 1], got one of {y[outside][0]:g}")
    on = y.sum(axis=0)
    return packed([rng.normal(0, 0.01, (m, d)), np.log((on + 1) / (len(y) - on + 1)), np.zeros(m)])


# --- checks


def _matrix(W: ArrayLike) -> Array:
    W = checks.finite(W, "W", complex_ok=True)
    if W.ndim != 2:
        raise ValueError(f"W: expected shape (m, d), got {W.shape}")
    return W


def machine(W: ArrayLike, b: ArrayLike, c: ArrayLike) -> Machine:
    W = _matrix(W)
    return W, checks.vector(b, W.shape[1], "b", complex_ok=True), checks.vector(c, len(W), "c", complex_ok=True)


def _rows(v: ArrayLike, units: int, name: str) -> Array:
    return checks.observations(v, units, name, complex_ok=True)[0]


def _given(v: ArrayLike, W: ArrayLike, b: ArrayLike, c: ArrayLike) -> tuple[Array, ...]:
    W, b, c = machine(W, b, c)
    return _rows(v, len(b), "v"), W, b, c


def _pairs(v: ArrayLike, h: ArrayLike, W: ArrayLike, b: ArrayLike, c: ArrayLike) -> tuple[Array, ...]:
    V, W, b, c = _given(v, W, b, c)
    H = _rows(h, len(c), "h")
    if len(H) != len(V):
        raise ValueError(f"h: expected {len(V)} rows, as v has, got {len(H)}")
    return V, H, W, b, c
