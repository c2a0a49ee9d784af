"""The inputs of the vectors: few, and each chosen to tell a mistake from the truth.

Here all sizes differ and are at least 2, beta is neither 0 nor 1, no weight is symmetric, no bias 0; rows lie at very different
heights, ranges go beyond what exp can hold, some minima are tied. `regimes` has the rest. Every number is exact in float32, so
that a float32 implementation is not judged by its rounding of the inputs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from ..numerics.checks import Array
from . import regimes

Case = tuple[str, dict[str, Any]]
CANCELS = "beta so small that the logarithm cancels"


def exact(value: Any) -> Any:
    """The nearest float32 numbers, as float64."""
    rounded = np.asarray(value, np.float32).astype(np.float64)
    return rounded if rounded.ndim else float(rounded)


def simplex(rows: Any) -> Array:
    """Rows of multiples of 2^-12 that sum to exactly 1, none 0."""
    parts = np.maximum(np.round(rows / rows.sum(axis=-1, keepdims=True) * 4096), 1)
    largest = parts.argmax(axis=-1)[..., None]
    np.put_along_axis(
        parts, largest, np.take_along_axis(parts, largest, -1) + 4096 - parts.sum(axis=-1, keepdims=True), -1
    )
    return np.asarray(parts / 4096)


def tables(rng: np.random.Generator) -> Iterator[tuple[str, Array, float]]:
    """(why, energies (n, k), beta)."""
    yield "plain", rng.normal(size=(3, 5)), 1.7
    yield "hot", rng.normal(size=(2, 7)), 0.05
    yield "cold", rng.normal(size=(4, 6)), 30.0
    yield "rows at very different heights", rng.normal(size=(3, 4)) + np.array([[-2000], [3000], [0.5]]), 0.8
    yield "a range that exp cannot hold", np.array([[0, 900, 1800, 2500, 40], [-1500, 3, 700, -1499, 8]]), 2.5
    yield "high energies: exp underflows unshifted", rng.normal(size=(2, 4)) + 5000, 3.0
    yield "low energies: exp overflows unshifted", rng.normal(size=(3, 6)) - 4000, 0.6
    yield "tied minima", np.array([[1.5, 1.5, 4, 7], [2, 9, -3, -3], [0.25, 0.25, 0.25, 0.25]]), 2.25
    yield CANCELS, rng.normal(size=(2, 5)) * 3, 1e-12
    yield "one energy far below the rest", np.array([[50, 60, -30, 55, 70, 65], [80, -44, 91, 85, 99, 93]]), 1.3
    yield "a wide range again", np.array([[-700, 1000, 33, 2000, -650, 12, 0.5], [9, 8, 7, 3000, -5, 1500, 900]]), 1.75
    yield "small differences", 3 + rng.normal(size=(2, 4)) * 1e-3, 0.7
    yield "between 1/N and 1", np.array([[0, 0.5, 2, 0.25, 1, 3, 0.125], [5, 5.5, 4.75, 6, 5.25, 5.125, 7]]), 1.25


def softmin(rng: np.random.Generator) -> Iterator[Case]:
    for why, E, beta in tables(rng):
        yield why, {"E": E, "beta": beta}


def softmax(rng: np.random.Generator) -> Iterator[Case]:
    for why, E, beta in tables(rng):
        yield why, {"s": -E + 0.125, "beta": beta}


def softmin_prior(rng: np.random.Generator) -> Iterator[Case]:
    for why, E, beta in tables(rng):
        yield why, {"E": E, "beta": beta, "p": simplex(rng.uniform(0.1, 1, E.shape[1]))}


def softplus(rng: np.random.Generator) -> Iterator[Case]:
    yield "plain", {"u": rng.normal(size=7) * 2}
    yield "large", {"u": np.array([40.0, 800, 1e5, 3e30])}
    yield "far below 0", {"u": np.array([-21.0, -38, -45, -60, -80])}
    yield "below 0", {"u": np.array([-22.5, -7, -30.25])}


def planes(rng: np.random.Generator) -> Iterator[tuple[str, dict[str, Any]]]:
    angles = rng.uniform(0, 2 * np.pi, 6)
    yield "plain", {"y": rng.normal(size=(3, 2)), "z": angles, "w": [1.5, 2.25]}
    yield "far away", {"y": 40 * rng.normal(size=(2, 2)), "z": angles[:5], "w": [3.0, 0.7]}
    yield (
        "near the curve",
        {"y": [[1.9, 0.1], [0.2, -1.4], [-1.2, 1.1], [1.0, -1.3]], "z": np.arange(7) * 0.875, "w": [2.0, 1.5]},
    )
    yield "a radius below 0", {"y": rng.normal(size=(2, 2)), "z": angles[1:6], "w": [-1.25, 0.5]}


def ellipse_decoder(rng: np.random.Generator) -> Iterator[Case]:
    for why, case in planes(rng):
        yield why, {"z": case["z"], "w": case["w"]}


def ellipse_energy(rng: np.random.Generator) -> Iterator[Case]:
    yield from planes(rng)


def ellipse_free_energy(rng: np.random.Generator) -> Iterator[Case]:
    for beta in (0.4, 2.5, 60.0):
        for why, case in planes(rng):
            yield f"{why}, beta {beta:g}", {**case, "beta": beta}


def ellipse_least_energy(rng: np.random.Generator) -> Iterator[Case]:
    yield "plain", {"y": rng.normal(size=(4, 2)), "w": [1.5, 2.25]}
    yield (
        "two minima: the nearer is not downhill from every start",
        {"y": [[0.3, -0.2], [-0.4, 0.1], [0.1, 0.3]], "w": [3.0, 1.0]},
    )
    yield "on the axes", {"y": [[0.5, 0], [0, 0.75], [-4, 0], [0, -3], [2.9, 0]], "w": [3.0, 1.25]}
    yield "outside", {"y": 30 * rng.normal(size=(3, 2)), "w": [0.7, 2.0]}


def _network(rng: np.random.Generator, sizes: tuple[int, ...], scale: float = 1.0) -> dict[str, Any]:
    n, d, a, b, m = sizes
    case: dict[str, Any] = {"x": rng.normal(size=(n, d))}
    for i, (rows, columns) in enumerate(((a, d), (b, a), (m, b)), 1):
        case |= {f"W{i}": scale * rng.normal(size=(rows, columns)), f"b{i}": scale * (rng.normal(size=rows) + 0.5)}
    return case


def networks(rng: np.random.Generator) -> Iterator[tuple[str, dict[str, Any]]]:
    kinds = (
        ("plain", (7, 3, 5, 6, 2), 1.0),
        ("large weights", (6, 2, 7, 4, 5), 30.0),
        ("small weights", (5, 4, 8, 6, 3), 0.1),
    )
    for why, sizes, scale in kinds:
        yield why, _network(rng, sizes, scale)
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


def mlp(rng: np.random.Generator) -> Iterator[Case]:
    yield from networks(rng)


def mlp_slope(rng: np.random.Generator) -> Iterator[Case]:
    for why, case in networks(rng):
        if why != "a unit exactly at its kink":  # its numerical derivative would not be the subgradient
            yield why, {**case, "v_bar": rng.normal(size=(len(case["x"]), len(case["b3"])))}
    for why, sizes in (
        ("units and a sample at 0", (4, 3, 5, 6, 2)),
        ("units and a sample at 0, other sizes", (6, 2, 4, 7, 3)),
    ):
        case = _network(rng, sizes)
        # 0 whatever the other numbers are, so that rounding them moves no unit off its kink
        for name in ("x", "W1", "W2", "b2"):
            case[name][0] = 0
        yield why, {**case, "b1": np.zeros(sizes[2]), "v_bar": rng.normal(size=(sizes[0], sizes[4]))}


def losses(rng: np.random.Generator) -> Iterator[tuple[str, dict[str, Any]]]:
    yield "plain", {"F": rng.normal(size=6), "F_hat": rng.normal(size=6) + 0.3}
    yield "large gaps", {"F": np.array([900.0, -3, 50, 0.5]), "F_hat": np.array([3.0, 800, -60, 0.75])}
    yield "far apart on the safe side", {"F": np.array([1.0, 2, 3.5]), "F_hat": np.array([25.0, 41, 60])}
    yield "very large gaps", {"F": np.array([5000.0, -2000.0, 30, 2, 1]), "F_hat": np.array([-3.5, 2500.0, 28, 1.5, 3])}


def hinge_loss(rng: np.random.Generator) -> Iterator[Case]:
    for (why, case), margin in zip(losses(rng), (0.75, 70.0, 45.5, 3.25), strict=True):
        yield why, {**case, "margin": margin}


def log_loss(rng: np.random.Generator) -> Iterator[Case]:
    yield from losses(rng)


def lines(rng: np.random.Generator) -> Iterator[tuple[str, dict[str, Any]]]:
    for why, E, beta in tables(rng):
        yield why, {"F": E[0], "beta": beta, "dy": rng.uniform(0.1, 2, E.shape[1])}


def log_partition(rng: np.random.Generator) -> Iterator[Case]:
    yield from lines(rng)


def nll(rng: np.random.Generator) -> Iterator[Case]:
    for why, case in lines(rng):
        if why != CANCELS:  # there the mean of log(sum dy)/beta is all there is
            yield why, {"F_data": case["F"][0] + rng.normal(size=3), **case}


def nll_slope(rng: np.random.Generator) -> Iterator[Case]:
    for why, case in lines(rng):
        yield why, {"dF_data": rng.normal(size=(3, 2)), "dF": rng.normal(size=(len(case["F"]), 2)), **case}


def kl(rng: np.random.Generator) -> Iterator[Case]:
    yield "plain", {"q": simplex(rng.uniform(0.1, 1, (3, 5))), "p": simplex(rng.uniform(0.1, 1, (3, 5)))}
    yield "skewed", {"q": simplex(rng.uniform(0, 1, (2, 4)) ** 6), "p": simplex(rng.uniform(0, 1, (2, 4)) ** 6)}
    q = simplex(rng.uniform(0.2, 1, (2, 6)))
    near = q + np.array([[1, -1, 0, 2, -2, 0], [0, 3, -1, -1, 0, -1]]) * 2.0**-22
    yield "close", {"q": q, "p": near}
    zero = np.array([[0.5, 0, 0.25, 0.25], [0, 0, 1, 0], [0.125, 0.125, 0, 0.75]])
    yield "zeros in q", {"q": zero, "p": simplex(rng.uniform(0.1, 1, (3, 4)))}
    other = np.array([[0, 0.0625, 0.4375, 0, 0.5], [0.25, 0.75, 0, 0, 0]])
    yield "more zeros in q", {"q": other, "p": simplex(rng.uniform(0.1, 1, (2, 5)))}


def entropy(rng: np.random.Generator) -> Iterator[Case]:
    for why, case in kl(rng):
        if why != "close":
            yield why, {"q": case["q"]}


def gaussian_kl(rng: np.random.Generator) -> Iterator[Case]:
    yield "plain", {"m": rng.normal(size=4), "s": rng.uniform(0.3, 2, 4), "r": 1.75}
    yield "narrow and wide", {"m": np.array([3.0, -0.5, 0.25]), "s": np.array([1e-3, 40, 0.01]), "r": 0.6}
    yield (
        "close",
        {"m": np.array([2.0**-14, -(2.0**-20), 0.0]), "s": np.array([1.5, 1.5 + 2.0**-20, 1.5 - 2.0**-14]), "r": 1.5},
    )


def box_information(rng: np.random.Generator) -> Iterator[Case]:
    yield "plain", {"s": 0.3, "r": 2.2, "d": 3.0}
    yield "small", {"s": 1e-4, "r": 5.0, "d": 2.0}
    yield "nearly the same", {"s": 1 - 2.0**-20, "r": 1.0, "d": 5.0}


def distributions(rng: np.random.Generator) -> Iterator[tuple[str, dict[str, Any]]]:
    for why, E, beta in tables(rng):
        q, p = simplex(rng.uniform(0.1, 1, E.shape)), simplex(rng.uniform(0.1, 1, E.shape[1]))
        yield why, {"E": E, "q": q, "beta": beta, "p": p}


def expected_energy(rng: np.random.Generator) -> Iterator[Case]:
    for why, case in distributions(rng):
        yield why, {"E": case["E"], "q": case["q"]}


def variational_free_energy(rng: np.random.Generator) -> Iterator[Case]:
    yield from distributions(rng)


def vae(rng: np.random.Generator) -> Iterator[Case]:
    sizes = (("plain", (4, 3, 2), 1.5, 0.75), ("cold", (3, 2, 5), 12.0, 1.25), ("hot", (2, 4, 3), 0.2, 0.5))
    for why, (n, d, latent), beta, r in sizes:
        codes = {
            "m": rng.normal(size=(n, latent)),
            "s": rng.uniform(0.2, 1.5, (n, latent)),
            "eps": rng.normal(size=(n, latent)),
        }
        decoder = {"W": rng.normal(size=(d, latent)), "b": rng.normal(size=d) + 0.3}
        yield why, {"y": rng.normal(size=(n, d)), **codes, **decoder, "beta": beta, "r": r}


def langevin_step(rng: np.random.Generator) -> Iterator[Case]:
    for why, shape, alpha in (("plain", (3, 2), 0.3), ("small step", (4, 3), 1e-4), ("large step", (2, 5), 7.0)):
        yield (
            why,
            {
                "y": rng.normal(size=shape),
                "s": 3 * rng.normal(size=shape),
                "alpha": alpha,
                "xi": rng.normal(size=shape),
            },
        )


CASES: dict[str, Callable[[np.random.Generator], Iterator[Case]]] = {
    "softmin": softmin,
    "softmax": softmax,
    "softargmin": softmin,
    "softargmax": softmax,
    "softmin_prior": softmin_prior,
    "softplus": softplus,
    "ellipse_decoder": ellipse_decoder,
    "ellipse_energy": ellipse_energy,
    "ellipse_free_energy": ellipse_free_energy,
    "ellipse_slope_y": ellipse_free_energy,
    "ellipse_slope_w": ellipse_free_energy,
    "ellipse_least_energy": ellipse_least_energy,
    "mlp": mlp,
    "mlp_slope_x": mlp_slope,
    "mlp_slope_W1": mlp_slope,
    "mlp_slope_b2": mlp_slope,
    "hinge_loss": hinge_loss,
    "hinge_loss_slope": hinge_loss,
    "log_loss": log_loss,
    "log_loss_slope": log_loss,
    "log_partition": log_partition,
    "gibbs_density": log_partition,
    "nll": nll,
    "nll_slope": nll_slope,
    "kl": kl,
    "entropy": entropy,
    "gaussian_kl": gaussian_kl,
    "box_information": box_information,
    "expected_energy": expected_energy,
    "variational_free_energy": variational_free_energy,
    "jensen_gap": variational_free_energy,
    "vae_loss": vae,
    "vae_slope_s": vae,
    "langevin_step": langevin_step,
}


def designs(name: str, rng: np.random.Generator, rngs: regimes.Rngs) -> Iterator[Case]:
    """(why, arguments in the contract's order) of a function, as drawn."""
    yield from CASES[name](rng)
    design = CASES[name].__name__
    yield from getattr(regimes, design)(name, rngs)


def cases(name: str) -> Iterator[Case]:
    """(why, arguments in the contract's order) of a function, the same on every call."""
    rng = np.random.default_rng(sorted(CASES).index(name))
    for why, arguments in designs(name, rng, lambda why: np.random.default_rng(list(f"{name}/{why}".encode()))):
        yield why, {key: exact(value) for key, value in arguments.items()}
