"""The domains of the rows of restricted Boltzmann machines, networks and auto-encoders."""

from __future__ import annotations

from typing import Any

from .ranges import Domain, Draw, Range, decades, points, signed
from .tables import BETA, LOGIT, sized

# --- restricted Boltzmann machines

BIT = Range(points(0, 1).bins, whole=True)
WEIGHT, SMALL = signed(-3, 3), signed(-3, 2)
MACHINE = {"v": BIT, "v_model": BIT, "h": BIT, "W": WEIGHT, "b": WEIGHT, "c": LOGIT}
UNITS = "4 6 3 2", "5 3 2 4", "1 1 1 1", "2 2 2 2", "3 3 3 3", "10 2 9 3", "2 9 2 9", "1 2 1 5"


def machine(*names: str, small: bool = False) -> Domain:
    """The domain of a machine's function of these arguments; sizes are n, d, s, m; of small weights where large ones cancel."""
    shapes = {"v": "nd", "v_model": "sd", "h": "nm", "W": "md", "b": "d", "c": "m"}
    ranges = {name: SMALL if small and MACHINE[name] is not BIT else MACHINE[name] for name in names}
    letters = [v for v in "ndsm" if v not in "ns" or {"n": "v", "s": "v_model"}[v] in names]
    sizes = [{v: s[v] for v in letters} for s in sized("ndsm", *UNITS)]
    if "v" not in names or ({"b", "c"} <= set(names) and "h" not in names):  # sums over all states
        sizes = [s for s in sizes if s["d"] + s["m"] < 13]
    inputs = {"c + W v": (ranges["c"], lambda a: a["c"] + a["v"] @ a["W"].T)} if {"v", "c"} <= set(names) else {}
    large = {"n": 12, "d": 6, "s": 11, "m": 5}
    return Domain(
        lambda d: {name: d.numbers(ranges[name], *shapes[name]) for name in names},
        sizes,
        ranges,
        inputs,
        [{v: large[v] for v in letters}],
    )


# --- networks

INPUT, SEED = signed(-3, 5), signed(-3, 4)
LAYER = signed(-3, 3)
NETWORK = {"x": INPUT} | {f"{v}{i}": LAYER for i in (1, 2, 3) for v in "Wb"}
LAYERS = (
    "7 3 5 6 2",
    "4 4 4 4 4",
    "1 1 1 1 1",
    "2 2 2 2 2",
    "9 2 3 4 1",
    "2 9 1 3 4",
    "3 1 9 2 5",
    "1 5 2 9 3",
    "2 3 4 5 9",
)


def network(d: Draw) -> dict[str, Any]:
    case = {"x": d.numbers(INPUT, "n", "d")}
    for i, (rows, columns) in enumerate((("a", "d"), ("b", "a"), ("m", "b")), 1):
        case |= {f"W{i}": d.numbers(LAYER, rows, columns), f"b{i}": d.numbers(LAYER, rows)}
    if d.often(0.2):  # units at 0 whatever x is
        case["W1"][0] = case["b1"][0] = 0
    return case


def seeded(d: Draw) -> dict[str, Any]:
    return network(d) | {"v_bar": d.numbers(SEED, "n", "m")}


ON = {"first units' input": (signed(-2, 6), lambda a: a["x"] @ a["W1"].T + a["b1"])}
WIDE = sized("ndabm", "20 3 18 4 2")
MLP = Domain(network, sized("ndabm", *LAYERS), NETWORK, ON, WIDE)
MLP_SLOPE = Domain(seeded, sized("ndabm", *LAYERS), NETWORK | {"v_bar": SEED}, ON, WIDE)


# --- the auto-encoder

CODE, NOISE, DEVIATION, PRIOR_WIDTH = signed(-3, 3), signed(-3, 4), decades(-5, 3), decades(-3, 4)
AUTO = signed(-4, 7)


def auto(d: Draw) -> dict[str, Any]:
    beta, r = d.number(BETA), d.number(PRIOR_WIDTH)
    unit = beta**-0.5 if d.often(0.7) else 1.0  # so that reconstructions and information are alike
    return {
        "y": unit * d.numbers(CODE, "n", "d"),
        "m": d.numbers(CODE, "n", "l"),
        "s": d.numbers(DEVIATION, "n", "l"),
        "eps": d.numbers(NOISE, "n", "l"),
        "W": unit * d.numbers(CODE, "d", "l"),
        "b": unit * d.numbers(CODE, "d"),
        "beta": beta,
        "r": r,
    }


CODES = {"m": CODE, "s": DEVIATION, "eps": NOISE}
AUTO_ENCODER = Domain(
    auto,
    sized("ndl", "4 3 2", "3 3 3", "1 1 1", "2 2 2", "9 2 1", "2 9 3", "1 2 9"),
    {"y": AUTO, **CODES, "W": AUTO, "b": AUTO, "beta": BETA, "r": PRIOR_WIDTH},
    {},
    sized("ndl", "10 3 2"),
)
