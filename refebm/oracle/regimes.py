"""More inputs of the vectors, so that no regime is left out.

Decades of beta, every unit of u, both sides of the numbers where implementations switch formulas; equal sizes, where axes are
mixed up unnoticed, and sizes of 1, which get squeezed away; minima in every place; probabilities that are 0 or tiny; angles
that are negative or far, points on the curve, equal radii, large noise. Each case draws from a generator of its own, seeded
by its name, so that a new one changes no other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from ..numerics.checks import Array

Case = tuple[str, dict[str, Any]]
Rngs = Callable[[str], np.random.Generator]  # of a case, by its name

# The place of a function decides its decades of beta: a new one goes to the end.
WARM = (
    *("softmin", "softargmax", "softmin_prior", "ellipse_slope_y", "gibbs_density", "nll", "jensen_gap", "vae_loss"),
    *("softmax", "softargmin", "ellipse_free_energy", "ellipse_slope_w", "log_partition", "nll_slope"),
    *("variational_free_energy", "vae_slope_s"),
)
ONE, SQUARE, SMALL_SQUARE = "a single one of each", "all sizes the same", "all sizes the same, and 2"
HIGH_FIRST, LAST = "the first far above, the minimum in the middle", "the first far above, the minimum last"
MANY, MORE_ZEROS, TINY_Q = f"many, {LAST}", "more zeros in q", "tiny probabilities in q, and the same as p"
SQUARE_5, OFF, LARGE, DECADES = f"{SQUARE}, and 5", "no unit is on", "large inputs", "every decade of s"
ZEROS, TINY = "zeros in q", "tiny probabilities"
UNITS = np.arange(40) + 0.5
# Where exp leaves float32's or float64's range, or is lost beside 1, on both sides.
EDGES = np.array([16.5, 17.25, 36.25, 37.5, 88.5, 89.5, 103.5, 104.5, 709.5, 710.5, 744.5, 746.5])
NEAR_0 = np.array([0, 1e-3, -1e-3, 1e-6, -1e-6, 1e-9, -1e-9, 1e-17, -1e-17, 1e-30])
FAR_ANGLES = [-0.5, -3.25, -40.75, 1234.5, 98765.25, -7000.125, 7.5]


def betas(function: str, rngs: Rngs) -> Iterator[tuple[str, float, np.random.Generator]]:
    """A beta in every fourth decade from 1e-12 to 1e6; the functions start at decades of their own."""
    for decade in range(-12 + WARM.index(function) % 4, 6, 4):
        why = f"beta of 1e{decade}"
        yield why, 2 * 10.0**decade, rngs(why)


def parts(rng: np.random.Generator, *shape: int, tiny: int = 0) -> Array:
    """Rows of multiples of 2^-24 that sum to exactly 1; the first `tiny` entries are few of them."""
    rows = rng.uniform(0.3, 1, shape)
    counts = np.round(rows / rows.sum(axis=-1, keepdims=True) * 4096) * 4096
    counts[..., :tiny] = np.arange(1, tiny + 1)
    counts[..., -1:] += 2**24 - counts.sum(axis=-1, keepdims=True)
    return np.asarray(counts / 2**24)


def tables(function: str, rngs: Rngs) -> Iterator[tuple[str, Array, float]]:
    """(why, energies (n, k), beta); the energies are of size 1/beta where it is extreme."""
    for why, beta, rng in betas(function, rngs):
        yield why, rng.normal(size=(2, 3)) / beta, beta
    yield ONE, rngs(ONE).normal(size=(1, 1)), 1.3
    yield SQUARE, rngs(SQUARE).normal(size=(4, 4)), 0.9
    yield SMALL_SQUARE, rngs(SMALL_SQUARE).normal(size=(2, 2)), 2.75
    wide = np.array([[700, 40, 2500, -300, -20], [900, -250, 30, 3000, 8], [1200, 650, -20, 10, 1500]])
    yield HIGH_FIRST, wide + rngs(HIGH_FIRST).normal(size=wide.shape), 2.5
    down = np.where(np.arange(17) == 0, 2500, np.arange(16, -1, -1) * np.array([[150], [3]]))
    yield MANY, down + rngs(MANY).normal(size=down.shape), 1.1


def softmin(function: str, rngs: Rngs) -> Iterator[Case]:
    for why, E, beta in tables(function, rngs):
        yield why, {"E": E, "beta": beta}


def softmax(function: str, rngs: Rngs) -> Iterator[Case]:
    for why, E, beta in tables(function, rngs):
        yield why, {"s": -E, "beta": beta}


def softmin_prior(function: str, rngs: Rngs) -> Iterator[Case]:
    for why, E, beta in tables(function, rngs):
        yield why, {"E": E, "beta": beta, "p": parts(rngs(why + " p"), E.shape[1])}
    yield TINY, {"E": rngs(TINY).normal(size=(3, 5)), "beta": 1.6, "p": parts(rngs(TINY + " p"), 5, tiny=3)}


def softplus(function: str, rngs: Rngs) -> Iterator[Case]:
    for sign, why in ((-1, "every unit below 0"), (1, "every unit above 0")):
        yield why, {"u": sign * UNITS + rngs(why).uniform(-0.4, 0.4, 40)}
    yield "edges of exp", {"u": np.concatenate([EDGES, -EDGES])}
    yield "near 0", {"u": NEAR_0}
    yield ONE, {"u": np.array([20.5])}


def log_loss(function: str, rngs: Rngs) -> Iterator[Case]:
    for why, case in softplus(function, rngs):
        low = np.round(4 * rngs(why).normal(size=len(case["u"]))) if why != "near 0" else 0 * NEAR_0
        yield why, {"F": case["u"] + low, "F_hat": low}


def hinge_loss(function: str, rngs: Rngs) -> Iterator[Case]:
    for margin in (1e-4, 1e4):
        why = f"margin {margin:g}"
        F, F_hat = margin * rngs(why).normal(size=(2, 5))
        yield why, {"F": F, "F_hat": F_hat, "margin": margin}
    yield ONE, {"F": [0.75], "F_hat": [0.5], "margin": 2.5}


def planes(rngs: Rngs) -> Iterator[Case]:
    yield ONE, {"y": rngs(ONE).normal(size=(1, 2)), "z": [1.25], "w": [1.75, 0.5]}
    yield SMALL_SQUARE, {"y": rngs(SMALL_SQUARE).normal(size=(2, 2)), "z": [5.75, 1.0], "w": [0.75, 1.5]}
    why = "angles below 0 and far, equal radii"
    yield why, {"y": rngs(why).normal(size=(3, 2)), "z": FAR_ANGLES, "w": [1.25, 1.25]}
    z, w = np.array([0, 0.875, 2.5, 4.25]), np.array([2.0, 0.75])
    yield "on the curve, all sizes the same", {"y": on_curve(z, w), "z": z, "w": w}
    why = "angles below 0"
    yield why, {"y": rngs(why).normal(size=(2, 2)), "z": [-5.5, -2.75, -0.75, -1.5, -4.0], "w": [0.5, 1.5]}


def on_curve(z: Array, w: Array) -> Array:
    return w * np.stack([np.cos(z), np.sin(z)], axis=1)


def ellipse_decoder(function: str, rngs: Rngs) -> Iterator[Case]:
    for why, case in planes(rngs):
        yield why, {"z": case["z"], "w": case["w"]}


def ellipse_energy(function: str, rngs: Rngs) -> Iterator[Case]:
    yield from planes(rngs)


def ellipse_free_energy(function: str, rngs: Rngs) -> Iterator[Case]:
    for (why, case), beta in zip(planes(rngs), (1.4, 0.6, 3.25, 150.0, 5.5), strict=True):
        yield why, {**case, "beta": beta}
    for why, beta, rng in betas(function, rngs):
        y, w = rng.normal(size=(2, 2)) / np.sqrt(beta), rng.uniform(0.5, 1.5, 2) / np.sqrt(beta)
        yield why, {"y": y, "z": rng.uniform(0, 6, 3), "w": w, "beta": beta}


def ellipse_least_energy(function: str, rngs: Rngs) -> Iterator[Case]:
    yield ONE, {"y": rngs(ONE).normal(size=(1, 2)), "w": [1.75, 0.5]}
    yield SMALL_SQUARE, {"y": rngs(SMALL_SQUARE).normal(size=(2, 2)), "w": [0.75, 1.5]}
    yield "equal radii", {"y": 2 * rngs("equal radii").normal(size=(5, 2)), "w": [1.25, 1.25]}
    w = np.array([2.0, 0.75])
    yield "on the curve", {"y": on_curve(np.array([0.5, 0.875, 2.5, 4.25]), w), "w": w}
    yield "thin", {"y": [[3.5, 0.25], [-1, -0.125], [0.25, 2], [-6, 1]], "w": [4.0, 0.125]}
    yield "small", {"y": 1e-3 * rngs("small").normal(size=(3, 2)), "w": [2e-3, 1e-3]}
    yield "large", {"y": 1e4 * rngs("large").normal(size=(3, 2)), "w": [1e4, 3e4]}


def network(rng: np.random.Generator, n: int, d: int, a: int, b: int, m: int) -> dict[str, Any]:
    case = {"x": rng.normal(size=(n, d))}
    for i, (rows, columns) in enumerate(((a, d), (b, a), (m, b)), 1):
        case |= {f"W{i}": rng.normal(size=(rows, columns)), f"b{i}": rng.normal(size=rows) + 0.5}
    return case


def mlp(function: str, rngs: Rngs) -> Iterator[Case]:
    one = {"x": [[1.5]], "W1": [[0.75]], "b1": [0.25], "W2": [[1.25]], "b2": [-0.5], "W3": [[-0.75]], "b3": [2.0]}
    yield ONE, {name: np.array(v) for name, v in one.items()}
    yield SQUARE, network(rngs(SQUARE), 4, 4, 4, 4, 4)
    yield SQUARE_5, network(rngs(SQUARE_5), 5, 5, 5, 5, 5)
    case = network(rngs(OFF), 4, 3, 2, 6, 5)
    yield OFF, {**case, "b1": case["b1"] - 40, "b2": -np.abs(case["b2"])}
    case = network(rngs(LARGE), 2, 6, 3, 4, 3)
    yield LARGE, {**case, "x": 1e4 * case["x"]}


def mlp_slope(function: str, rngs: Rngs) -> Iterator[Case]:
    for why, case in mlp(function, rngs):
        yield why, {**case, "v_bar": rngs(why + " v").normal(size=(len(case["x"]), len(case["b3"])))}


def log_partition(function: str, rngs: Rngs) -> Iterator[Case]:
    """Volumes of many sizes where beta is extreme."""
    for m, (why, beta, rng) in enumerate(betas(function, rngs), 2):
        yield why, {"F": rng.normal(size=m) / beta, "beta": beta, "dy": 10 ** rng.uniform(-6, 3, m)}
    yield ONE, {"F": rngs(ONE).normal(size=1), "beta": 1.3, "dy": [0.375]}
    yield SQUARE, {"F": rngs(SQUARE).normal(size=4), "beta": 0.9, "dy": rngs(SQUARE + " dy").uniform(0.1, 2, 4)}
    yield HIGH_FIRST, {"F": [900, -250, 30.5, 3000, 8], "beta": 2.5, "dy": rngs(HIGH_FIRST).uniform(0.1, 2, 5)}
    yield LAST, {"F": [1200, 40, 650, -20.25], "beta": 1.5, "dy": rngs(LAST).uniform(0.1, 2, 4)}


def nll(function: str, rngs: Rngs) -> Iterator[Case]:
    for i, (why, case) in enumerate(log_partition(function, rngs)):
        n = {ONE: 1, SQUARE: 4}.get(why, (2, 5, 8, 4, 6)[i % 5])
        data = np.min(case["F"]) + rngs(why + " data").normal(size=n) / case["beta"]
        yield why, {"F_data": data, **case}


def nll_slope(function: str, rngs: Rngs) -> Iterator[Case]:
    for i, (why, case) in enumerate(log_partition(function, rngs)):
        n, p = {ONE: (1, 1), SQUARE: (4, 4)}.get(why, ((2, 5, 8, 1, 6)[i % 5], 1 + i % 3))
        rng = rngs(why + " data")
        yield why, {"dF_data": rng.normal(size=(n, p)), "dF": rng.normal(size=(len(case["F"]), p)), **case}


def kl(function: str, rngs: Rngs) -> Iterator[Case]:
    for why, n, k in ((SQUARE, 4, 4), (SMALL_SQUARE, 2, 2), ("one row", 1, 9), ("two", 5, 2)):
        yield why, {"q": parts(rngs(why), n, k), "p": parts(rngs(why + " p"), n, k)}
    yield ONE, {"q": [[1.0]], "p": [[1.0]]}
    yield TINY, {"q": parts(rngs(TINY), 3, 5), "p": parts(rngs(TINY + " p"), 3, 5, tiny=2)}
    tiny = parts(rngs(TINY_Q), 2, 6, tiny=4)
    yield TINY_Q, {"q": tiny, "p": np.stack([tiny[0], np.roll(tiny[1], 2)])}


def entropy(function: str, rngs: Rngs) -> Iterator[Case]:
    for why, case in kl(function, rngs):
        yield why, {"q": case["p"]}
    yield "equal", {"q": np.full((2, 8), 0.125)}


def gaussian_kl(function: str, rngs: Rngs) -> Iterator[Case]:
    s = 10.0 ** np.arange(-10, 6)
    rng = rngs(DECADES)
    yield DECADES, {"m": rng.normal(size=16), "s": s * rng.uniform(0.5, 2, 16), "r": 1.25}
    yield "far means", {"m": [1e3, -2e4, 3e5], "s": [0.5, 30, 2], "r": 2.5}
    for r in (2e-3, 3e4):
        why = f"r of {r:g}"
        yield why, {"m": r * rngs(why).normal(size=4), "s": r * np.array([0.25, 5, 0.75, 1.5]), "r": r}
    yield ONE, {"m": [0.75], "s": [0.25], "r": 0.5}


def box_information(function: str, rngs: Rngs) -> Iterator[Case]:
    yield "many dimensions", {"s": 0.01, "r": 1.5, "d": 784.0}
    yield "very many dimensions", {"s": 0.75, "r": 2.0, "d": 3000.0}
    yield "one dimension", {"s": 0.0625, "r": 0.5, "d": 1.0}
    yield "far apart", {"s": 1e-12, "r": 1e9, "d": 4.0}


def variational_free_energy(function: str, rngs: Rngs) -> Iterator[Case]:
    for why, E, beta in tables(function, rngs):
        if why != ONE:
            q, p = parts(rngs(why + " q"), *E.shape), parts(rngs(why + " p"), E.shape[1])
            yield why, {"E": E, "q": q, "beta": beta, "p": p}
    yield "a single row", {"E": [[0.5, -1.25]], "q": [[0.25, 0.75]], "beta": 1.5, "p": [0.625, 0.375]}
    one = [[0.5, 0, 0.25, 0.25], [0, 0, 1, 0], [0.125, 0.125, 0, 0.75]]
    yield ZEROS, {"E": rngs(ZEROS).normal(size=(3, 4)), "q": one, "beta": 1.25, "p": parts(rngs(ZEROS + " p"), 4)}
    other = [[0, 0.0625, 0.4375, 0, 0.5], [0.25, 0.75, 0, 0, 0]]
    E = 3 * rngs(MORE_ZEROS).normal(size=(2, 5))
    yield MORE_ZEROS, {"E": E, "q": other, "beta": 0.75, "p": parts(rngs(MORE_ZEROS + " p"), 5)}
    case = {"E": rngs(TINY).normal(size=(3, 5)), "q": parts(rngs(TINY + " q"), 3, 5, tiny=1)}
    yield TINY, {**case, "beta": 2.25, "p": parts(rngs(TINY + " p"), 5, tiny=3)}


def expected_energy(function: str, rngs: Rngs) -> Iterator[Case]:
    for why, case in variational_free_energy("softmin", rngs):
        if not why.startswith("beta") and "first" not in why:
            yield why, {"E": case["E"], "q": case["q"]}
    yield ONE, {"E": [[-0.75]], "q": [[1.0]]}


def vae(function: str, rngs: Rngs) -> Iterator[Case]:
    sizes = [(ONE, (1, 1, 1), 1.5, 0.75), (SQUARE, (3, 3, 3), 2.5, 1.5), (SMALL_SQUARE, (2, 2, 2), 0.75, 0.5)]
    sizes += [("large noise", (3, 4, 2), 1.25, 2.0), ("deviations of every size", (5, 2, 3), 0.5, 0.25)]
    extreme = [(why, (2, 3, 2), beta, 0.75) for why, beta, _ in betas(function, rngs)]
    for why, (n, d, latent), beta, r in sizes + extreme:
        rng = rngs(why)
        size = beta**-0.5 if why.startswith("beta") else 1.0  # so that reconstructions and information are alike
        decades = np.arange(n * latent).reshape(n, latent) % 5 - 3 if "every" in why else 0
        s = 10.0**decades * rng.uniform(0.2, 1.5, (n, latent))
        codes = {"m": rng.normal(size=(n, latent)), "s": s, "eps": rng.normal(size=(n, latent))}
        codes["eps"] = codes["eps"] * {"large noise": 1e3, "deviations of every size": 30}.get(why, 1)
        decoder = {"W": size * rng.normal(size=(d, latent)), "b": size * (rng.normal(size=d) + 0.3)}
        yield why, {"y": size * rng.normal(size=(n, d)), **codes, **decoder, "beta": beta, "r": r}


def langevin_step(function: str, rngs: Rngs) -> Iterator[Case]:
    shapes = ((ONE, (1, 1), 0.2, 1.0), (SQUARE, (3, 3), 0.6, 1.0), (SMALL_SQUARE, (2, 2), 1.5, 1.0))
    more = (("large noise", (3, 2), 0.4, 1e3), ("tiny step, large noise", (2, 4), 1e-10, 1e5))
    for why, shape, alpha, size in (*shapes, *more, ("huge step", (4, 2), 1e4, 10.0)):
        rng = rngs(why)
        yield (
            why,
            {
                "y": rng.normal(size=shape),
                "s": 20 * rng.normal(size=shape),
                "alpha": alpha,
                "xi": size * rng.normal(size=shape),
            },
        )
