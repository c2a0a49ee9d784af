"""More domains: an ellipse's own latents, logarithms of densities, second derivatives, noisy spans, hidden units, clusters."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from .models import CLUSTERS
from .models import ENERGY_PLANE as PLANE
from .networks import BIT
from .ranges import Domain, Draw, below, decades, edges, points, signed
from .tables import BETA, LINES, LOGIT, SLOPE, TABLE, sized

WEIGHT = signed(-3, 3)


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
