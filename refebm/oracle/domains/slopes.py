"""The domains of rows that ask for slopes, or for a part, of what other rows ask for: their inputs, less or more of an argument."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from .models import LANGEVIN
from .networks import AUTO_ENCODER
from .ranges import Domain, Draw, decades, signed
from .tables import TABLE, sized, table

SEED = signed(-3, 4)


def only(domain: Domain, *names: str) -> Domain:
    """The domain without its other arguments."""

    def draw(d: Draw) -> dict[str, Any]:
        case = domain.draw(d)
        return {name: case[name] for name in names}

    return replace(domain, draw=draw, ranges={name: domain.ranges[name] for name in names})


def seeded(d: Draw) -> dict[str, Any]:
    return table(d) | {"q_bar": d.numbers(SEED, "n", "k")}


SEEDED = replace(TABLE, draw=seeded, ranges=TABLE.ranges | {"q_bar": SEED})
DECODER = only(AUTO_ENCODER, "y", "m", "s", "eps", "W", "b")
BOUND = only(AUTO_ENCODER, "y", "m", "s", "W", "beta", "r")


# --- a step of Langevin's, taken

POINT, STEP = LANGEVIN.ranges["y"], LANGEVIN.ranges["alpha"]
AWAY = signed(-4, 3)


def taken(d: Draw) -> dict[str, Any]:
    """As far from where it leads as noise takes it, or farther."""
    y, s, alpha = d.numbers(POINT, "n", "d"), d.numbers(POINT, "n", "d"), d.number(STEP)
    return {"y_new": y + alpha * s + (2 * alpha) ** 0.5 * d.numbers(AWAY, "n", "d"), "y": y, "s": s, "alpha": alpha}


TAKEN = Domain(
    taken, LANGEVIN.sizes, {"y_new": signed(-4, 9), "y": POINT, "s": POINT, "alpha": STEP}, {}, LANGEVIN.large
)


# --- the horn

END, CONDITION = decades(-4, 5), signed(-3, 1)


def horn(d: Draw) -> dict[str, Any]:
    return {"x": d.numbers(CONDITION, "n"), "a": d.number(END), "b": d.number(END)}


HORN = Domain(horn, [{"n": n} for n in (5, 1, 2, 9)], {"x": CONDITION, "a": END, "b": END}, {}, [{"n": 60}])


# --- a network for an energy

WEIGHT, SPRING = signed(-3, 3), decades(-5, 4)
SHAPES = sized("ndm", "4 2 5", "3 3 3", "1 1 1", "2 2 2", "9 3 1", "2 9 3", "3 1 9", "1 4 2")


def network(d: Draw) -> dict[str, Any]:
    y, W = d.numbers(POINT, "n", "d"), d.numbers(WEIGHT, "m", "d")
    return {"y": y, "W": W, "b": d.numbers(WEIGHT, "m"), "v": d.numbers(WEIGHT, "m"), "spring": d.number(SPRING)}


NETWORK = Domain(
    network,
    SHAPES,
    {"y": POINT, "W": WEIGHT, "b": WEIGHT, "v": WEIGHT, "spring": SPRING},
    {"units' input": (signed(-2, 6), lambda a: a["y"] @ a["W"].T + a["b"])},
    sized("ndm", "20 3 18"),
)


# --- contrastive losses of features

FEATURE = signed(-3, 3)


def features(d: Draw) -> dict[str, Any]:
    """Gaps of one size, by the length of w: of 1, of many, of hardly any."""
    f, f_hat, w = d.numbers(FEATURE, "n", "p"), d.numbers(FEATURE, "n", "p"), d.numbers(FEATURE, "p")
    size = np.abs((f - f_hat) @ w).max()
    return {"f": f, "f_hat": f_hat, "w": w / (size or 1) * d.number(decades(-3, 4)) if d.often(0.6) else w}


def short(d: Draw) -> dict[str, Any]:
    return features(d) | {"margin": d.number(decades(-4, 4))}


FEATURES = Domain(
    features,
    sized("np", "5 3", "4 4", "1 1", "2 2", "9 2", "2 9", "3 1"),
    {"f": FEATURE, "f_hat": FEATURE, "w": signed(-3, 3)},
    {"F - F_hat": (signed(-2, 4), lambda a: (a["f"] - a["f_hat"]) @ a["w"])},
    sized("np", "40 5"),
)
MARGINS = replace(FEATURES, draw=short, ranges=FEATURES.ranges | {"margin": decades(-4, 4)})
