"""A network for an energy, one hidden layer of tanh and a spring: its value and its slopes  (L4, W6)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from ...energies import networks as own
from ...numerics.checks import Array
from ...parts.networks import mlp as own_mlp
from ..bugs import SQUARE_W, relu, turned
from ..digits import derivative, each, exp
from ..domains.slopes import NETWORK, only
from ..inputs import ONE, SMALL_SQUARE, SQUARE
from ..row import SUM, Case, Function, Rngs, Slope

# --- inputs

ENERGY = {"y": "(n, d)", "W": "(m, d)", "b": "(m,)", "v": "(m,)", "spring": "()"}


def energy_regimes(rngs: Rngs) -> Iterator[Case]:
    for why, (n, d, m), size, unit, spring in (
        ("plain", (4, 2, 5), 1, 1, 0.5),
        ("one unit", (3, 4, 1), 1, 1, 1.5),
        ("one dimension", (5, 1, 3), 2, 1, 0.25),
        ("nearly linear units", (2, 3, 4), 1e-3, 1, 0.75),
        ("saturated units", (4, 3, 2), 30, 1, 1.25),
        ("far away", (3, 2, 6), 0.5, 50, 0.125),
        ("a weak spring", (6, 3, 4), 1, 1, 1e-4),
        ("a strong spring", (2, 5, 3), 1, 1, 3e3),
        (SQUARE, (3, 3, 3), 1, 1, 0.75),
        (SMALL_SQUARE, (2, 2, 2), 1, 1, 2.5),
        (ONE, (1, 1, 1), 1, 1, 0.75),
    ):
        rng = rngs(why)
        case = {"y": unit * rng.normal(size=(n, d)), "W": size * rng.normal(size=(m, d))}
        case |= {"b": size * (rng.normal(size=m) + 0.3), "v": 2 * rng.normal(size=m)}
        yield why, {**case, "spring": spring}


def weight_regimes(rngs: Rngs) -> Iterator[Case]:
    """Without the spring, on which the slope in W does not depend."""
    for why, case in energy_regimes(rngs):
        yield why, {name: case[name] for name in "yWbv"}


# --- truth, in many digits


def network_energy(y: Array, W: Array, b: Array, v: Array, spring: Any) -> Array:
    return each("tanh")(y.dot(W.T) + b).dot(v) + spring * (y * y).sum(axis=1) / 2


def network_energy_2(y: Array, W: Array, b: Array, v: Array, spring: Any) -> Array:
    """By exponentials, a unit at a time."""
    total = spring * (y * y).sum(axis=1) / 2
    for row, bias, weight in zip(W, b, v, strict=True):
        e = exp(-2 * (y.dot(row) + bias))
        total = total + weight * (1 - e) / (1 + e)
    return total


def inside(y: Array, W: Array, b: Array, v: Array) -> Array:
    """The hidden units' multipliers, ``v / cosh^2`` (n, m)."""
    return v * each("sech")(y.dot(W.T) + b) ** 2


def slope_y(y: Array, W: Array, b: Array, v: Array, spring: Any) -> Array:
    return inside(y, W, b, v).dot(W) + spring * y


def slope_y_2(y: Array, *rest: Any) -> Array:
    return derivative(lambda u: network_energy(u, *rest).sum(), y)


def slope_W(y: Array, W: Array, b: Array, v: Array) -> Array:
    return inside(y, W, b, v).T.dot(y) / len(y)


def slope_W_2(y: Array, W: Array, b: Array, v: Array) -> Array:
    return derivative(lambda u: network_energy(y, u, b, v, 0).sum() / len(y), W)


# --- what mistakes are made of


def F(y: Array, W: Array, b: Array, v: Array, k: float, unit: Any = np.tanh) -> Array:
    return unit(y @ W.T + b) @ v + k / 2 * np.square(y).sum(axis=1)


def sech2(u: Array) -> Array:
    return np.asarray(1 / np.cosh(u) ** 2)


def back(y: Array, W: Array, b: Array, v: Array, bend: Any = sech2) -> Array:
    """The hidden units' multipliers, with another derivative if need be."""
    return np.asarray(v * bend(y @ W.T + b))


def sigmoid(u: Array) -> Array:
    return np.asarray((1 + np.tanh(u / 2)) / 2)


NO_SPRING = ("The spring is missing.", "+ spring |y|^2 / 2 (L4).")
WHOLE = ("The spring's 1/2 is missing.", "spring |y|^2 / 2 (L4).")
NO_B = ("The hidden bias is missing.", "tanh(W y + b).")
NO_MASK = ("The activation's derivative is missing.", "Times 1 - tanh^2 (L22).")
VALUE = ("1 - tanh: the square is missing.", "1 - tanh^2 (L22).")
OUTPUT = ("The derivative's formula for outputs is given the input: 1 - u^2.", "1 - tanh(u)^2 (L22).")
SIGMOID = ("The sigmoid's derivative.", "tanh's is 1 - tanh^2 (L22).")
TANH = ("tanh itself for its derivative.", "1 - tanh^2 (L22).")
SIGN = ("The sign is wrong.", "dF, not the score (L22, W11).")
CLIPPED = ("Inputs are cut to [-5, 5].", "tanh of any input.")

# --- the rows

ROWS = {
    "network_energy": Function(
        "L4", "v . tanh(W y + b) + spring |y|^2 / 2",
        ENERGY, "(n,)",
        domain=NETWORK, drawn=(116, 333, 411, 874, 1073, 1286), regimes=energy_regimes, truth=(network_energy, network_energy_2),
        adds=lambda a, S: S.max(),
        bugs=[
            ("no-spring", *NO_SPRING, lambda y, W, b, v, k: F(y, W, b, v, 0)),
            ("whole-spring", *WHOLE, lambda y, W, b, v, k: F(y, W, b, v, 2 * k)),
            ("spring-sign", "The spring is subtracted.", "+ spring |y|^2 / 2: it keeps P normalisable (L4).", lambda y, W, b, v, k: F(y, W, b, v, -k)),
            ("spring-mean", "The mean of the squares.", "Their sum (L4).", lambda y, W, b, v, k: F(y, W, b, v, k / y.shape[1])),
            ("decay", "spring on the weights: |W|^2.", "On y (L4).", lambda y, W, b, v, k: F(y, W, b, v, 0) + k / 2 * np.square(W).sum()),
            ("spring-length", "|y|, not squared.", "spring |y|^2 / 2 (L4).", lambda y, W, b, v, k: F(y, W, b, v, 0) + k / 2 * np.sqrt(np.square(y).sum(axis=1))),
            ("no-bias", *NO_B, lambda y, W, b, v, k: F(y, W, 0 * b, v, k)),
            ("sign", "Minus the network.", "The output is the energy (L4).", lambda y, W, b, v, k: F(y, W, b, -v, k)),
            ("sigmoid", "Sigmoids for tanh.", "tanh(W y + b).", lambda y, W, b, v, k: F(y, W, b, v, k, sigmoid)),
            ("relu", "ReLU for tanh.", "tanh(W y + b).", lambda y, W, b, v, k: F(y, W, b, v, k, relu)),
            ("linear", "No activation.", "tanh(W y + b).", lambda y, W, b, v, k: F(y, W, b, v, k, lambda u: u)),
            ("mean", "The mean over the hidden units.", "v weights their sum.", lambda y, W, b, v, k: F(y, W, b, v / len(v), k)),
            ("activated-output", "tanh of the output too.", "The output is linear (C27).", lambda y, W, b, v, k: np.tanh(F(y, W, b, v, 0)) + F(y, W, b, 0 * v, k)),
            ("square-transposed", *SQUARE_W, lambda y, W, b, v, k: F(y, turned(W), b, v, k)),
        ],
    ),
    "network_energy_slope_y": Function(
        "L22", "dF/dy of each observation, W^T (v (1 - tanh^2(W y + b))) + spring y",
        ENERGY, "(n, d)",
        domain=NETWORK, drawn=(134, 154, 213, 473, 1063, 1180), regimes=energy_regimes, truth=(slope_y, slope_y_2),
        adds=lambda a, S: S.max() + np.abs(a["v"]) @ np.abs(a["W"]),
        keeps="(v / np.cosh(y @ W.T + b) ** 2) @ W + spring * y",
        slope=Slope(("network_energy",), "y"),
        bugs=[
            ("no-spring", *NO_SPRING, lambda y, W, b, v, k: back(y, W, b, v) @ W),
            ("half-spring", "spring y / 2.", "The 1/2 cancels the square's 2 (L4).", lambda y, W, b, v, k: back(y, W, b, v) @ W + k / 2 * y),
            ("double-spring", "2 spring y.", "The 1/2 cancels the square's 2 (L4).", lambda y, W, b, v, k: back(y, W, b, v) @ W + 2 * k * y),
            ("spring-sign", "The spring's part is subtracted.", "+ spring y (L4).", lambda y, W, b, v, k: back(y, W, b, v) @ W - k * y),
            ("no-bias", *NO_B, lambda y, W, b, v, k: back(y, W, 0 * b, v) @ W + k * y),
            ("no-mask", *NO_MASK, lambda y, W, b, v, k: back(y, W, b, v, np.ones_like) @ W + k * y),
            ("no-square", *VALUE, lambda y, W, b, v, k: back(y, W, b, v, lambda u: 1 - np.tanh(u)) @ W + k * y),
            ("of-input", *OUTPUT, lambda y, W, b, v, k: back(y, W, b, v, lambda u: 1 - u * u) @ W + k * y),
            ("sigmoid-slope", *SIGMOID, lambda y, W, b, v, k: back(y, W, b, v, lambda u: sigmoid(u) * sigmoid(-u)) @ W + k * y),
            ("value", *TANH, lambda y, W, b, v, k: back(y, W, b, v, np.tanh) @ W + k * y),
            ("sign", *SIGN, lambda y, W, b, v, k: -back(y, W, b, v) @ W - k * y),
            ("no-output", "The output's weights are missing.", "Times v (L22).", lambda y, W, b, v, k: back(y, W, b, 1 + 0 * v) @ W + k * y),
            ("mean", "Divided by the number of observations.", "Each observation's own (L22).", lambda y, W, b, v, k: (back(y, W, b, v) @ W + k * y) / len(y)),
            ("clipped", *CLIPPED, lambda y, W, b, v, k: back(y, W, b, v, lambda u: sech2(np.clip(u, -5, 5))) @ W + k * y),
            ("square-transposed", *SQUARE_W, lambda y, W, b, v, k: back(y, turned(W), b, v) @ turned(W) + k * y),
        ],
    ),
    "network_energy_slope_W": Function(
        "L22", "mean of dF/dW, v (1 - tanh^2(W y + b)) y^T",
        {name: ENERGY[name] for name in "yWbv"}, "(m, d)",
        domain=only(NETWORK, *"yWbv"), drawn=(8, 372, 517, 790, 969, 1119), regimes=weight_regimes, truth=(slope_W, slope_W_2), conventions=SUM,
        adds=lambda a, S: S.max() + np.abs(a["v"]).max() * np.abs(a["y"]).max(),
        keeps="(v / np.cosh(y @ W.T + b) ** 2).T @ y / len(y)",
        slope=Slope(("network_energy",), "W", lambda f, *a: f(*a, 0.0).mean()),
        bugs=[
            ("no-bias", *NO_B, lambda y, W, b, v: back(y, W, 0 * b, v).T @ y / len(y)),
            ("no-mask", *NO_MASK, lambda y, W, b, v: back(y, W, b, v, np.ones_like).T @ y / len(y)),
            ("no-square", *VALUE, lambda y, W, b, v: back(y, W, b, v, lambda u: 1 - np.tanh(u)).T @ y / len(y)),
            ("of-input", *OUTPUT, lambda y, W, b, v: back(y, W, b, v, lambda u: 1 - u * u).T @ y / len(y)),
            ("sigmoid-slope", *SIGMOID, lambda y, W, b, v: back(y, W, b, v, lambda u: sigmoid(u) * sigmoid(-u)).T @ y / len(y)),
            ("value", *TANH, lambda y, W, b, v: back(y, W, b, v, np.tanh).T @ y / len(y)),
            ("sign", *SIGN, lambda y, W, b, v: -back(y, W, b, v).T @ y / len(y)),
            ("no-output", "The output's weights are missing.", "Times v (L22).", lambda y, W, b, v: back(y, W, b, 1 + 0 * v).T @ y / len(y)),
            ("decay", "0.01 W is added: weight decay.", "The slope of F alone (C21).", lambda y, W, b, v: back(y, W, b, v).T @ y / len(y) + 0.01 * W),
            ("over-units", "Divided by the number of units.", "By that of the observations (C21).", lambda y, W, b, v: back(y, W, b, v).T @ y / len(v)),
            ("means-apart", "The product of the means of multiplier and input.", "The mean of the product (L22).", lambda y, W, b, v: np.outer(back(y, W, b, v).mean(axis=0), y.mean(axis=0))),
            ("no-input", "The input is missing: the bias's slope.", "Outer product with y (L22).", lambda y, W, b, v: np.tile(back(y, W, b, v).mean(axis=0)[:, None], (1, y.shape[1]))),
            ("clipped", *CLIPPED, lambda y, W, b, v: back(y, W, b, v, lambda u: sech2(np.clip(u, -5, 5))).T @ y / len(y)),
            ("transposed", "The slope is transposed where it fits both ways.", "Rows are units (m, d).", lambda y, W, b, v: turned(back(y, W, b, v).T @ y / len(y))),
        ],
    ),
}  # fmt: skip

# --- as it is written

FORMULAS = {
    "network_energy": "np.tanh(y @ W.T + b) @ v + spring * (y**2).sum(axis=1) / 2",
    "network_energy_slope_y": "t = np.tanh(y @ W.T + b); ((1 - t**2) * v) @ W + spring * y",
    "network_energy_slope_W": "t = np.tanh(y @ W.T + b); ((1 - t**2) * v).T @ y / n",
}  # fmt: skip

# --- right ways


def by_squares(y: Array, W: Array, b: Array, v: Array) -> Any:
    """Multipliers by 1 - tanh^2, as it is written everywhere: saturated units lose digits."""
    return v * (1 - np.tanh(y @ W.T + b) ** 2)


def by_rows(y: Array, W: Array, b: Array, v: Array) -> Any:
    return np.array([v / np.cosh(W @ row + b) ** 2 for row in y], y.dtype)


RIGHT = {
    "network_energy": [
        lambda y, W, b, v, k: np.array([v @ np.tanh(W @ row + b) + k * (row @ row) / 2 for row in y]),
        lambda y, W, b, v, k: np.einsum("nm,m->n", np.tanh(np.einsum("md,nd->nm", W, y) + b), v) + (k * y * y).sum(axis=1) / 2,
    ],
    "network_energy_slope_y": [lambda y, W, b, v, k: by_squares(y, W, b, v) @ W + k * y, lambda y, W, b, v, k: k * y + by_rows(y, W, b, v) @ W],
    "network_energy_slope_W": [
        lambda y, W, b, v: by_squares(y, W, b, v).T @ y / y.dtype.type(len(y)),
        lambda y, W, b, v: (by_rows(y, W, b, v)[:, :, None] * y[:, None]).mean(axis=0),
    ],
}  # fmt: skip

# --- refebm's own


def own_potential(y: Array, W: Array, b: Array, v: Array, spring: float) -> tuple[Any, Array]:
    """The network, its output's bias 0."""
    F = own.network_potential(own_mlp([W.shape[1], len(W), 1], "tanh"), spring=spring)
    return F, np.concatenate([W.ravel(), b, v, [0.0]])


def own_parts(y: Array, W: Array, *rest: Any) -> tuple[Any, Any, Any]:
    """F, and its slopes in y and W."""
    F, w = own_potential(y, W, *rest)
    return F(y, w), F.slope(y, w), F.adjoint(y, w, None, np.full(len(y), 1 / len(y)))[1][: W.size].reshape(W.shape)


PACKAGE = {
    "network_energy": lambda *a: own_parts(*a)[0],
    "network_energy_slope_y": lambda *a: own_parts(*a)[1],
    "network_energy_slope_W": lambda *a: own_parts(*a, 0.0)[2],
}
RESTS_ON = {"network_energy": ["states"]} | {f"network_energy_slope_{v}": ["multipliers", "states"] for v in "yW"}
NO_PART = {name: ["network_potential"] for name in PACKAGE}
