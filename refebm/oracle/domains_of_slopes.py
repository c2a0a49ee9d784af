"""The domains of rows that ask for slopes, or for a part, of what other rows ask for: their inputs, less or more of an argument."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from .domains import BETA, LINES, LOGIT, SLOPE, TABLE, sized, table
from .domains_of_models import CLUSTERS, LANGEVIN
from .domains_of_models import ENERGY_PLANE as PLANE
from .domains_of_networks import AUTO_ENCODER, BIT
from .ranges import Domain, Draw, below, decades, edges, points, signed

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


# --- latents of an ellipse, one for each observation


def pairs(d: Draw) -> dict[str, Any]:
    case = PLANE.draw(Draw(d.rng, {**d.sizes, "k": d.sizes["n"]}))
    return {"y": case["y"], "z": case["z"], "w": case["w"]}


PAIRS = Domain(pairs, sized("n", "6", "1", "2", "9"), PLANE.ranges, {}, sized("n", "40"))


# --- logarithms of densities

LEVEL, VOLUME = signed(-2, 4), decades(-6, 4)
DROP = points(0) + edges(1e-3, 0.1, 1, 5, 16, 37, 88, 104, 300, 709, 746, 1e3, 1e4)


def logs(d: Draw) -> dict[str, Any]:
    """Rows at any height, the largest anywhere, the others less by gaps of every size."""
    drop = d.numbers(DROP, "n", "k")
    np.put_along_axis(drop, d.rng.integers(drop.shape[1], size=(len(drop), 1)), 0, axis=1)
    return {"log_p": d.numbers(LEVEL, "n", 1) - drop, "dz": d.numbers(VOLUME, "k")}


LOGS = Domain(
    logs,
    TABLE.sizes,
    {"log_p": below(decades(-3, 5)) + points(0) + decades(-3, 4), "dz": VOLUME},
    {"max log_p - log_p": (DROP, lambda a: a["log_p"].max(axis=1, keepdims=True) - a["log_p"])},
    TABLE.large,
)


# --- slopes in a space, and the spans of a noisy model


def hessian(d: Draw) -> dict[str, Any]:
    case = LINES.draw(d)
    return {"dF": d.numbers(SLOPE, "m", "p"), **case}


HESSIAN = Domain(
    hessian,
    sized("mp", "5 2", "4 4", "1 1", "2 2", "17 1", "3 9", "9 3"),
    {"dF": SLOPE, **LINES.ranges},
    LINES.measures,
    sized("mp", "30 4"),
)
SIGNAL = edges(1e-2, 0.1, 1, 10, 100)


def noisy(d: Draw) -> dict[str, Any]:
    """Columns and observations in units of the noise, whose size is 1/sqrt(beta)."""
    beta = d.number(BETA)
    W = d.numbers(signed(-2, 1), "d", "l")
    W = W * d.number(SIGNAL) / np.sqrt(np.square(W).sum(axis=0)).max(initial=1e-2)
    y = d.numbers(signed(-2, 2), "n", "d") + d.rng.normal(size=d.shape("n", "l")) @ W.T
    return {"y": y * beta**-0.5, "W": W * beta**-0.5, "beta": beta}


NOISY = Domain(
    noisy,
    sized("ndl", "3 4 2", "3 3 3", "1 1 1", "2 2 2", "9 2 1", "2 9 3", "1 2 4"),
    {"y": signed(-4, 7), "W": signed(-4, 7), "beta": BETA},
    {"longest column over the noise": (SIGNAL, lambda a: np.sqrt(a["beta"] * np.square(a["W"]).sum(axis=0)).max())},
    sized("ndl", "20 6 4"),
)


def hidden(d: Draw) -> dict[str, Any]:
    return {"h": d.numbers(BIT, "n", "m"), "W": d.numbers(WEIGHT, "m", "d"), "b": d.numbers(LOGIT, "d")}


HIDDEN = Domain(
    hidden,
    sized("nmd", "4 2 6", "3 3 3", "1 1 1", "2 2 2", "10 3 9", "2 9 2", "1 5 3"),
    {"h": BIT, "W": WEIGHT, "b": LOGIT},
    {"b + h W": (LOGIT, lambda a: a["b"] + a["h"] @ a["W"])},
    sized("nmd", "12 5 6"),
)


def alone(d: Draw) -> dict[str, Any]:
    """No observation at a border of two clusters, where rounding says whose it is."""
    while True:
        case = CLUSTERS.draw(d)
        D = np.sqrt(np.square(case["y"][:, None] - case["M"]).sum(axis=2))
        D.sort(axis=1)
        size = np.abs(case["y"]).max(axis=1) + np.abs(case["M"]).max()
        if D.shape[1] == 1 or (D[:, 1] * (D[:, 1] - D[:, 0]) > 1e-4 * size**2).all():
            return case


ALONE = replace(CLUSTERS, draw=alone)
