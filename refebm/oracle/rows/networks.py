"""The network of three affine stages  (C27)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from ...numerics.checks import Array
from ...parts import chains as own
from ...parts.networks import mlp as chain_of
from ..bugs import FLOAT32, SQUARE_W, relu, single, turned
from ..digits import positive
from ..domains.networks import MLP
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


def network_regimes(rngs: Rngs) -> Iterator[Case]:
    one = {"x": [[1.5]], "W1": [[0.75]], "b1": [0.25], "W2": [[1.25]], "b2": [-0.5], "W3": [[-0.75]], "b3": [2.0]}
    yield ONE, {name: np.array(v) for name, v in one.items()}
    yield SQUARE, network(rngs(SQUARE), (4, 4, 4, 4, 4))
    yield SQUARE_5, network(rngs(SQUARE_5), (5, 5, 5, 5, 5))
    case = network(rngs(OFF), (4, 3, 2, 6, 5))
    yield OFF, {**case, "b1": case["b1"] - 40, "b2": -np.abs(case["b2"])}
    case = network(rngs(LARGE), (2, 6, 3, 4, 3))
    yield LARGE, {**case, "x": 1e4 * case["x"]}


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


# --- what mistakes are made of


def net(x: Array, W: Any, f: Callable[[Array], Array] = relu) -> Array:
    W1, b1, W2, b2, W3, b3 = W
    return f(f(x @ W1.T + b1) @ W2.T + b2) @ W3.T + b3


def turn(W: Any) -> list[Array]:
    return [turned(v) if v.ndim == 2 else v for v in W]


# --- the rows

ROWS = {
    "mlp": Function(
        "C27", "affine, ReLU, affine, ReLU, affine",
        NETWORK, "(n, m)",
        seed=19, cases=networks, domain=MLP, drawn=(6, 147, 220, 356, 709, 1403), regimes=network_regimes, truth=(mlp, mlp_2),
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
}  # fmt: skip

# --- as it is written

FORMULAS = {
    "mlp": "relu(relu(x @ W1.T + b1) @ W2.T + b2) @ W3.T + b3",
}  # fmt: skip

# --- right ways


def by_einsum(x: Array, W1: Array, b1: Array, W2: Array, b2: Array, W3: Array, b3: Array) -> Any:
    h = np.maximum(np.einsum("nd,ad->na", x, W1) + b1, 0)
    h = np.maximum(np.einsum("na,ba->nb", h, W2) + b2, 0)
    return np.einsum("nb,mb->nm", h, W3) + b3


def stages(x: Array, W1: Array, b1: Array, W2: Array, b2: Array, W3: Array, b3: Array) -> Any:
    h = x
    for W, b in ((W1, b1), (W2, b2)):
        h = W.dot(h.T).T + b
        h = h * (h > 0)
    return W3.dot(h.T).T + b3


RIGHT = {
    "mlp": [by_einsum, stages],
}  # fmt: skip

# --- refebm's own


def own_network(x: Array, W: tuple[Array, ...]) -> tuple[Any, Array]:
    chain = chain_of([x.shape[1], *(len(v) for v in W[1::2])])
    return chain, np.concatenate([v.ravel() for v in W])


def own_mlp(x: Array, *W: Array) -> Array:
    chain, w = own_network(x, W)
    return own.states(chain, x, w)[-1]


PACKAGE = {
    "mlp": own_mlp,
}
RESTS_ON = {
    "mlp": ["states"],
}
