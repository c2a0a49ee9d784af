"""The network's adjoints  (L22)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from ...numerics.checks import Array
from ...parts import chains as own
from ..bugs import SQUARE_W, relu, turned
from ..digits import derivative, positive
from ..domains.networks import MLP_SLOPE
from ..row import Case, Function, Rngs, Slope, seeded
from .networks import NETWORK, mlp, network, network_regimes, networks, own_network, turn

# --- inputs


def slope_cases(rng: np.random.Generator) -> Iterator[Case]:
    for why, case in networks(rng):
        if why != "a unit exactly at its kink":  # its numerical derivative would not be the subgradient
            yield why, {**case, "v_bar": rng.normal(size=(len(case["x"]), len(case["b3"])))}
    for why, sizes in (
        ("units and a sample at 0", (4, 3, 5, 6, 2)),
        ("units and a sample at 0, other sizes", (6, 2, 4, 7, 3)),
    ):
        case = network(rng, sizes)
        # 0 whatever the other numbers are, so that rounding them moves no unit off its kink
        for name in ("x", "W1", "W2", "b2"):
            case[name][0] = 0
        yield why, {**case, "b1": np.zeros(sizes[2]), "v_bar": rng.normal(size=(sizes[0], sizes[4]))}


def slope_regimes(rngs: Rngs) -> Iterator[Case]:
    for why, case in network_regimes(rngs):
        yield why, {**case, "v_bar": rngs(why + " v").normal(size=(len(case["x"]), len(case["b3"])))}


# --- truth, in many digits


def adjoints(x: Array, W: tuple[Array, ...]) -> tuple[Array, Array, Array]:
    W1, b1, W2, b2, W3, _b3, v_bar = W
    a1 = x.dot(W1.T) + b1
    a2 = positive(a1).dot(W2.T) + b2
    two = np.where(a2 > 0, v_bar.dot(W3), 0 * a2)
    one = np.where(a1 > 0, two.dot(W2), 0 * a1)
    return one.dot(W1), one.T.dot(x), two.sum(axis=0)


def just_off(W: tuple[Array, ...]) -> tuple[Array, ...]:
    """The network with its units at 0 just below it, where the derivative is the subgradient 0; elsewhere it is the same."""
    W1, b1, W2, b2, *last = W[:-1]
    below = type(b1.flat[0])(10) ** -9
    return W1, b1 - below, W2, b2 - below, *last


def mlp_slope_x(x: Array, *W: Array) -> Array:
    return adjoints(x, W)[0]


def mlp_slope_x_2(x: Array, *W: Array) -> Array:
    return derivative(lambda v: (mlp(v, *just_off(W)) * W[-1]).sum(), x)


def mlp_slope_W1(x: Array, *W: Array) -> Array:
    return adjoints(x, W)[1]


def mlp_slope_W1_2(x: Array, *W: Array) -> Array:
    return derivative(lambda v: (mlp(x, v, *just_off(W)[1:]) * W[-1]).sum(), W[0])


def mlp_slope_b2(x: Array, *W: Array) -> Array:
    return adjoints(x, W)[2]


def mlp_slope_b2_2(x: Array, *W: Array) -> Array:
    return derivative(lambda v: (mlp(x, *just_off(W)[:3], v, *W[4:-1]) * W[-1]).sum(), just_off(W)[3])


# --- what mistakes are made of


def back(*a: Any) -> Any:
    """Adjoints of x, W1 and b2; two more arguments replace the activations' derivatives."""
    x, W1, b1, W2, b2, W3, _, v, one, two = (*a, None, None)[:10]
    a1 = x @ W1.T + b1
    a2 = relu(a1) @ W2.T + b2
    d2 = (v @ W3) * ((a2 > 0) if two is None else two(a2))
    d1 = (d2 @ W2) * ((a1 > 0) if one is None else one(a1))
    return d1 @ W1, d1.T @ x, d2.sum(axis=0), d1, d2


def ones(a: Array) -> Array:
    return np.ones_like(a)


def on(a: Array) -> Array:
    return a >= 0


def half(a: Array) -> Array:
    return np.heaviside(a, 0.5)


# --- the rows

ROWS = {
    "mlp_slope_x": Function(
        "L22", "adjoint of x given v_bar; ReLU's slope at 0 is 0",
        {**NETWORK, "v_bar": "(n, m)"}, "(n, d)",
        seed=22, cases=slope_cases, domain=MLP_SLOPE, drawn=(5, 286, 645, 805, 1155, 1196), regimes=slope_regimes, truth=(mlp_slope_x, mlp_slope_x_2),
        slope=Slope(("mlp",), "x", seeded),
        bugs=[
            ("no-mask", "The activations' derivatives are missing.", "Pass back where the input was above 0 (L22).", lambda *a: back(*a, ones, ones)[0]),
            ("no-mask-1", "The first activation's derivative is missing.", "Pass back where the input was above 0 (L22).", lambda *a: back(*a, ones)[0]),
            ("no-mask-2", "The second activation's derivative is missing.", "Pass back where the input was above 0 (L22).", lambda *a: back(*a, None, ones)[0]),
            ("mask-inverted", "Passed back where the unit is off.", "v > 0, not v < 0 (L22).", lambda *a: back(*a, lambda v: v < 0)[0]),
            ("value-for-mask", "The activation's value in place of its derivative.", "The derivative of ReLU is 0 or 1 (L22).", lambda *a: back(*a, relu)[0]),
            ("sign", "The sign is wrong.", "With the constraint g - z the multiplier is the gradient (L22).", lambda *a: -back(*a)[0]),
            ("mean", "Divided by the number of samples.", "The adjoint is linear in v_bar (L22).", lambda *a: back(*a)[0] / len(a[0])),
            ("summed", "Summed over the samples.", "Each sample's own (L22).", lambda *a: np.broadcast_to(back(*a)[0].sum(axis=0), a[0].shape)),
            ("relu-1-at-0", "ReLU's slope at 0 is 1.", "Pass back where the input was above 0, not at 0 (L22).", lambda *a: back(*a, on, on)[0]),
            ("relu-half-at-0", "ReLU's slope at 0 is 1/2.", "Pass back where the input was above 0, not at 0 (L22).", lambda *a: back(*a, half, half)[0]),
            ("square-transposed", *SQUARE_W, lambda x, *W: back(x, *turn(W[:-1]), W[-1])[0]),
        ],
    ),
    "mlp_slope_W1": Function(
        "L22", "adjoint of W1 given v_bar; ReLU's slope at 0 is 0",
        {**NETWORK, "v_bar": "(n, m)"}, "(a, d)",
        seed=20, cases=slope_cases, domain=MLP_SLOPE, drawn=(8, 43, 175, 456, 617), regimes=slope_regimes, truth=(mlp_slope_W1, mlp_slope_W1_2),
        slope=Slope(("mlp",), "W1", seeded),
        bugs=[
            ("no-mask-1", "The first activation's derivative is missing.", "Pass back where the input was above 0 (L22).", lambda *a: back(*a, ones)[1]),
            ("no-mask-2", "The second activation's derivative is missing.", "Pass back where the input was above 0 (L22).", lambda *a: back(*a, None, ones)[1]),
            ("transposed", "The gradient is transposed.", "Shaped like W1: adjoint times input, rows are outputs (L22).", lambda *a: back(*a)[1].T),
            ("mean", "Divided by the number of samples.", "Summed over the samples (L22).", lambda *a: back(*a)[1] / len(a[0])),
            ("first-sample", "Only the first sample counts.", "Summed over the samples (L22).", lambda *a: np.outer(back(*a)[3][0], a[0][0])),
            ("sign", "The sign is wrong.", "The multiplier is the gradient (L22).", lambda *a: -back(*a)[1]),
            ("no-input", "The input is missing.", "Outer product with the stage's input (L22).", lambda *a: np.repeat(back(*a)[3].sum(axis=0)[:, None], a[0].shape[1], 1)),
            ("relu-1-at-0", "ReLU's slope at 0 is 1.", "Pass back where the input was above 0, not at 0 (L22).", lambda *a: back(*a, on, on)[1]),
            ("relu-half-at-0", "ReLU's slope at 0 is 1/2.", "Pass back where the input was above 0, not at 0 (L22).", lambda *a: back(*a, half, half)[1]),
            ("square-transposed", "The gradient is transposed where it fits both ways.", "Rows are outputs (L22).", lambda *a: turned(back(*a)[1])),
        ],
    ),
    "mlp_slope_b2": Function(
        "L22", "adjoint of b2 given v_bar; ReLU's slope at 0 is 0",
        {**NETWORK, "v_bar": "(n, m)"}, "(b,)",
        seed=21, cases=slope_cases, domain=MLP_SLOPE, drawn=(6, 8, 316, 335, 455, 562, 1177), regimes=slope_regimes, truth=(mlp_slope_b2, mlp_slope_b2_2),
        slope=Slope(("mlp",), "b2", seeded),
        bugs=[
            ("unsummed", "Not summed over the samples.", "The bias is shared: sum (L22).", lambda *a: back(*a)[4]),
            ("mean", "Divided by the number of samples.", "Summed over the samples (L22).", lambda *a: back(*a)[2] / len(a[0])),
            ("no-mask", "The activation's derivative is missing.", "Pass back where the input was above 0 (L22).", lambda *a: back(*a, None, ones)[2]),
            ("first-sample", "Only the first sample counts.", "Summed over the samples (L22).", lambda *a: back(*a)[4][0]),
            ("sign", "The sign is wrong.", "The multiplier is the gradient (L22).", lambda *a: -back(*a)[2]),
            ("relu-1-at-0", "ReLU's slope at 0 is 1.", "Pass back where the input was above 0, not at 0 (L22).", lambda *a: back(*a, on, on)[2]),
            ("relu-half-at-0", "ReLU's slope at 0 is 1/2.", "Pass back where the input was above 0, not at 0 (L22).", lambda *a: back(*a, half, half)[2]),
        ],
    ),
}  # fmt: skip

# --- as it is written

FORMULAS = {
    "mlp_slope_x": "u = x @ W1.T + b1; v = relu(u) @ W2.T + b2; d2 = v_bar @ W3 * step(v); d1 = d2 @ W2 * step(u); d1 @ W1",
    "mlp_slope_W1": "u = x @ W1.T + b1; v = relu(u) @ W2.T + b2; d2 = v_bar @ W3 * step(v); d1 = d2 @ W2 * step(u); d1.T @ x",
    "mlp_slope_b2": "u = x @ W1.T + b1; v = relu(u) @ W2.T + b2; d2 = v_bar @ W3 * step(v); d2.sum(axis=0)",
}  # fmt: skip

# --- right ways


def masked(x: Array, W1: Array, b1: Array, W2: Array, b2: Array, W3: Array, b3: Array, v: Array) -> Any:
    a1 = x @ W1.T + b1
    a2 = np.maximum(a1, 0) @ W2.T + b2
    two = np.where(a2 > 0, v @ W3, 0).astype(x.dtype)
    one = np.where(a1 > 0, two @ W2, 0).astype(x.dtype)
    return one, two


def by_sample(x: Array, W1: Array, b1: Array, W2: Array, b2: Array, W3: Array, b3: Array, v: Array) -> Any:
    """Jacobians of each sample, multiplied from the right."""
    out = []
    for row, bar in zip(x, v, strict=True):
        a1 = W1 @ row + b1
        a2 = W2 @ np.maximum(a1, 0) + b2
        out.append(((W3 * (a2 > 0)) @ (W2 * (a1 > 0)) @ W1).T @ bar)
    return np.array(out)


RIGHT = {
    "mlp_slope_x": [lambda x, W1, *a: masked(x, W1, *a)[0] @ W1, by_sample],
    "mlp_slope_W1": [lambda x, *a: masked(x, *a)[0].T @ x, lambda x, *a: np.einsum("na,nd->ad", masked(x, *a)[0], x)],
    "mlp_slope_b2": [lambda x, *a: masked(x, *a)[1].sum(axis=0), lambda x, *a: np.ones(len(x), x.dtype) @ masked(x, *a)[1]],
}  # fmt: skip

# --- refebm's own


def own_slopes(x: Array, *rest: Array) -> tuple[Array, list[list[Array]]]:
    chain, w = own_network(x, rest[:-1])
    lam, w_bar = own.multipliers(chain, own.states(chain, x, w), w, rest[-1])
    return lam[0], chain.parameters(w_bar)


PACKAGE = {
    "mlp_slope_x": lambda *a: own_slopes(*a)[0],
    "mlp_slope_W1": lambda *a: own_slopes(*a)[1][0][0],
    "mlp_slope_b2": lambda *a: own_slopes(*a)[1][2][1],
}
RESTS_ON = {
    "mlp_slope_x": ["multipliers"],
    "mlp_slope_W1": ["multipliers", "states"],
    "mlp_slope_b2": ["multipliers"],
}
