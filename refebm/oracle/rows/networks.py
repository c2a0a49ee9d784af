"""The network of three affine stages, and its adjoints  (C27, L22)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from ...numerics.checks import Array
from ..bugs import FLOAT32, SQUARE_W, relu, single, turned
from ..digits import derivative, positive
from ..inputs import ONE, SQUARE
from ..row import Case, Function, Rngs

NETWORK = {"x": "(n, d)", "W1": "(a, d)", "b1": "(a,)", "W2": "(b, a)", "b2": "(b,)", "W3": "(m, b)", "b3": "(m,)"}
SQUARE_5, OFF, LARGE = f"{SQUARE}, and 5", "no unit is on", "large inputs"


# --- inputs


def network(rng: np.random.Generator, sizes: tuple[int, ...], scale: float = 1.0) -> dict[str, Any]:
    n, d, a, b, m = sizes
    case: dict[str, Any] = {"x": rng.normal(size=(n, d))}
    for i, (rows, columns) in enumerate(((a, d), (b, a), (m, b)), 1):
        case |= {f"W{i}": scale * rng.normal(size=(rows, columns)), f"b{i}": scale * (rng.normal(size=rows) + 0.5)}
    return case


def networks(rng: np.random.Generator) -> Iterator[Case]:
    kinds = (
        ("plain", (7, 3, 5, 6, 2), 1.0),
        ("large weights", (6, 2, 7, 4, 5), 30.0),
        ("small weights", (5, 4, 8, 6, 3), 0.1),
    )
    for why, sizes, scale in kinds:
        yield why, network(rng, sizes, scale)
    yield (
        "a unit exactly at its kink",
        {
            "x": [[1.0, 2.0], [-0.5, 3.0], [2.0, 0.25]],
            "W1": [[2.0, -1.0], [0.5, 1.5], [-1.0, 0.75]],
            "b1": [0.0, -0.25, 0.5],
            "W2": [[1.0, 0.5, -2.0], [0.25, -1.5, 1.0], [2.0, 0.75, 0.5], [-1.0, 1.25, -0.5]],
            "b2": [0.125, 0.5, -0.75, 2.0],
            "W3": [[1.5, -0.5, 2.0, 0.25], [-1.0, 0.75, 0.5, 1.25]],
            "b3": [0.25, -1.0],
        },
    )


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


def network_regimes(rngs: Rngs) -> Iterator[Case]:
    one = {"x": [[1.5]], "W1": [[0.75]], "b1": [0.25], "W2": [[1.25]], "b2": [-0.5], "W3": [[-0.75]], "b3": [2.0]}
    yield ONE, {name: np.array(v) for name, v in one.items()}
    yield SQUARE, network(rngs(SQUARE), (4, 4, 4, 4, 4))
    yield SQUARE_5, network(rngs(SQUARE_5), (5, 5, 5, 5, 5))
    case = network(rngs(OFF), (4, 3, 2, 6, 5))
    yield OFF, {**case, "b1": case["b1"] - 40, "b2": -np.abs(case["b2"])}
    case = network(rngs(LARGE), (2, 6, 3, 4, 3))
    yield LARGE, {**case, "x": 1e4 * case["x"]}


def slope_regimes(rngs: Rngs) -> Iterator[Case]:
    for why, case in network_regimes(rngs):
        yield why, {**case, "v_bar": rngs(why + " v").normal(size=(len(case["x"]), len(case["b3"])))}


# --- truth, in many digits


def mlp(x: Array, *W: Array) -> Array:
    W1, b1, W2, b2, W3, b3 = W
    return positive(positive(x.dot(W1.T) + b1).dot(W2.T) + b2).dot(W3.T) + b3


def mlp_2(x: Array, W1: Array, b1: Array, W2: Array, b2: Array, W3: Array, b3: Array) -> Array:
    """One output of one sample at a time, unit by unit."""
    out = np.empty((len(x), len(b3)), object)
    for n, row in enumerate(x):
        h1 = [max(sum(a * b for a, b in zip(W1[i], row, strict=True)) + b1[i], 0 * b1[i]) for i in range(len(b1))]
        h2 = [max(sum(a * b for a, b in zip(W2[i], h1, strict=True)) + b2[i], 0 * b2[i]) for i in range(len(b2))]
        out[n] = [sum(a * b for a, b in zip(W3[i], h2, strict=True)) + b3[i] for i in range(len(b3))]
    return out


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


def net(x: Array, W: Any, f: Callable[[Array], Array] = relu) -> Array:
    W1, b1, W2, b2, W3, b3 = W
    return f(f(x @ W1.T + b1) @ W2.T + b2) @ W3.T + b3


def turn(W: Any) -> list[Array]:
    return [turned(v) if v.ndim == 2 else v for v in W]


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
    "mlp": Function(
        "C27", "affine, ReLU, affine, ReLU, affine",
        NETWORK, "(n, m)",
        seed=19, cases=networks, regimes=network_regimes, truth=(mlp, mlp_2),
        bugs=[
            ("last-relu", "An activation after the last layer too.", "The last stage is affine (C27).", lambda x, *W: relu(net(x, W))),
            ("no-relu", "No activations.", "ReLU after the first two stages (C27).", lambda x, *W: net(x, W, lambda v: v)),
            ("leaky", "Leaky ReLU.", "max(v, 0) (C27).", lambda x, *W: net(x, W, lambda v: np.where(v > 0, v, 0.01 * v))),
            ("float32", *FLOAT32, single(lambda x, *W: net(x, W))),
            ("tanh", "tanh for ReLU.", "max(v, 0) (C27).", lambda x, *W: net(x, W, np.tanh)),
            ("absolute", "Absolute value for ReLU.", "max(v, 0) (C27).", lambda x, *W: net(x, W, np.abs)),
            ("no-bias-1", "The first bias is missing.", "W x + b (C27).", lambda x, W1, b1, *W: net(x, (W1, 0 * b1, *W))),
            ("no-bias-2", "The second bias is missing.", "W x + b (C27).", lambda x, W1, b1, W2, b2, *W: net(x, (W1, b1, W2, 0 * b2, *W))),
            ("no-bias-3", "The last bias is missing.", "W x + b (C27).", lambda x, *W: net(x, W) - W[5]),
            ("bias-subtracted", "The last bias is subtracted.", "W x + b (C27).", lambda x, *W: net(x, W) - 2 * W[5]),
            ("one-layer-less", "The second activation is missing.", "affine, ReLU, affine, ReLU, affine (C27).", lambda x, W1, b1, W2, b2, W3, b3: (relu(x @ W1.T + b1) @ W2.T + b2) @ W3.T + b3),
            ("transposed", "The result is transposed.", "Samples are rows.", lambda x, *W: net(x, W).T),
            ("relu-6", "ReLU that is cut at 6.", "max(v, 0) (C27).", lambda x, *W: net(x, W, lambda v: np.clip(v, 0, 6))),
            ("square-transposed", *SQUARE_W, lambda x, *W: net(x, turn(W))),
        ],
    ),
    "mlp_slope_x": Function(
        "L22", "adjoint of x given v_bar; ReLU's slope at 0 is 0",
        {**NETWORK, "v_bar": "(n, m)"}, "(n, d)",
        seed=22, cases=slope_cases, regimes=slope_regimes, truth=(mlp_slope_x, mlp_slope_x_2),
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
        seed=20, cases=slope_cases, regimes=slope_regimes, truth=(mlp_slope_W1, mlp_slope_W1_2),
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
        seed=21, cases=slope_cases, regimes=slope_regimes, truth=(mlp_slope_b2, mlp_slope_b2_2),
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
