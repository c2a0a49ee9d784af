"""The domains of the rows of ellipse, mixtures, spans and clusters, and of Langevin's step."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np

from ...numerics.checks import Array
from .ranges import Domain, Draw, below, decades, edges, points, signed
from .tables import BETA, PRIOR, gaps, shares, sized


def lengths(values: Any) -> Array:
    return np.asarray(np.sqrt(np.square(values).sum(axis=-1)))


# --- the ellipse

TURN = np.pi / 2
FAR = edges(1e-6, 1e-3, TURN, 2 * TURN, 3 * TURN, 4 * TURN, 10, 100, 1e3, 1e4, 1e5)
ANGLE = below(FAR) + points(0) + FAR
RADIUS = below(decades(-3, 4)) + decades(-3, 4)
PLACE = signed(-4, 5)
OFF = decades(-6, 3)


def around(d: Draw, z: Array, w: Array) -> Array:
    """Observations: at the curve, at a distance of every size from it, anywhere; some on an axis."""
    t = d.one(list(z)) if d.often(0.3) else d.rng.uniform(0, 4 * TURN, d.sizes["n"])
    on = w * np.stack(np.broadcast_arrays(np.cos(t), np.sin(t)), axis=-1)
    off = np.abs(w).max() * d.numbers(below(OFF) + points(0) + OFF, "n", 2)
    y = np.broadcast_to(on, off.shape) + off if d.often(0.7) else off
    return np.asarray(y * (d.rng.random(y.shape) < 0.7) if d.often(0.15) else y)


def angles(d: Draw) -> Array:
    return np.asarray(d.rng.uniform(0, 4 * TURN, d.sizes["k"]) if d.often(0.4) else d.numbers(ANGLE, "k"))


def plane(d: Draw) -> dict[str, Any]:
    z, w = angles(d), d.numbers(RADIUS, 2)
    return {"y": around(d, z, w), "z": z, "w": w}


def decoded(d: Draw) -> dict[str, Any]:
    return {"z": angles(d), "w": d.numbers(RADIUS, 2)}


def warm_plane(d: Draw) -> dict[str, Any]:
    """Lengths go with 1/sqrt(beta), and the energies' gaps are of every size in units of 1/beta."""
    beta, case = d.number(BETA), plane(d)
    unit = np.sqrt(d.number(decades(-2, 4)) / beta) / np.abs(case["w"]).max()
    y = unit * case["y"]
    if beta * np.square(y).max() > 1e4:  # the rounding of so far a point's energies is beyond float32
        y = y / np.sqrt(beta * np.square(y).max()) * d.rng.uniform(10, 100)
    return {"y": y, "z": case["z"], "w": unit * case["w"], "beta": beta}


def least_plane(d: Draw) -> dict[str, Any]:
    w = d.number(decades(-4, 5)) * np.array([1, d.number(ASPECT)])[:: d.one([1, -1])]
    return {"y": around(d, np.zeros(1), w), "w": w}


def squared(a: dict[str, Any]) -> Array:
    on = a["w"] * np.stack([np.cos(a["z"]), np.sin(a["z"])], axis=1)
    return np.asarray(np.square(a["y"][:, None] - on).sum(axis=2))


def gap_of_energies(a: dict[str, Any]) -> Array:
    return np.asarray(gaps("E")[1]({"E": squared(a), "beta": a["beta"]}))


ASPECT = edges(1, 1.001, 1.1, 2, 10, 100, 1000)
PAIRS_NK = sized("nk", "3 6", "4 4", "1 1", "2 2", "9 2", "2 17", "1 3", "3 1")
EVERY = sized("nk", "40 33")
NEAR = (decades(-5, 3), lambda a: np.sqrt(squared(a)) / np.abs(a["w"]).max())
DECODER = Domain(decoded, sized("k", "6", "1", "2", "9", "17"), {"z": ANGLE, "w": RADIUS}, {}, sized("k", "33"))
ENERGY_PLANE = Domain(plane, PAIRS_NK, {"y": PLACE, "z": ANGLE, "w": RADIUS}, {"distance over radius": NEAR}, EVERY)
SPREAD = edges(1e-3, 0.1, 1, 5, 20, 50, 104, 746, 1e4)
WARM_PLANE = Domain(
    warm_plane,
    PAIRS_NK,
    {"y": signed(-4, 8), "z": ANGLE, "w": below(decades(-4, 7)) + decades(-4, 7), "beta": BETA},
    {"beta (E - min E)": (SPREAD, gap_of_energies)},
    EVERY,
)
LEAST = Domain(
    least_plane,
    sized("n", "4", "1", "2", "9"),
    {"y": signed(-5, 8), "w": decades(-4, 7)},
    {
        "aspect": (ASPECT, lambda a: a["w"].max() / a["w"].min()),
        "reach": (decades(-3, 3), lambda a: lengths(a["y"]) / a["w"].max()),
    },
    sized("n", "60"),
)


# --- mixtures, spans and clusters

NEARBY = below(edges(0.1, 1, 2)) + points(0) + edges(0.1, 1, 2)  # float32 holds the shares that are left
COVARIANCE = edges(1e-9, 1e-6, 1e-3, 1, 1e3, 1e6, 1e9)
UNIT, AWAY, CONDITION = decades(-4, 4), edges(1e-3, 0.1, 1, 3, 10, 30, 100, 1000), edges(1, 2, 10, 100, 1e3, 1e4)


def mixture(d: Draw, near: bool = False) -> dict[str, Any]:
    """Observations about the means, at distances of every size in deviations; or near, so that no component is left alone."""
    k, unit = d.sizes["k"], d.number(UNIT)
    A = d.rng.normal(size=d.shape("k", "d", "d"))
    turned, _ = np.linalg.qr(A)
    wide = d.rng.uniform(1, d.number(CONDITION) ** 0.5, d.shape("k", 1, "d"))
    half = (
        unit
        * (turned if d.often(0.8) else np.eye(d.sizes["d"]) + 0 * A)
        * wide
        * d.one([1.0, d.rng.uniform(0.2, 5, (k, 1, 1))])
    )
    mu = unit * d.numbers(signed(-1, 2), "k", "d") * wide.max()
    away = below(AWAY) + points(0) + AWAY
    if near:
        half[:] = half[:1] * d.rng.uniform(0.7, 1.4, half[:, :1, :1].shape)
        mu, away = np.einsum("ij,kj->ki", half[0], d.numbers(NEARBY, "k", "d")), NEARBY
    one = d.rng.integers(k, size=d.sizes["n"])
    y = mu[one] + np.einsum("nij,nj->ni", half[one], d.numbers(away, "n", "d"))
    S = (half @ half.swapaxes(1, 2)).astype(np.float32)
    return {"y": y, "mu": mu, "S": (S + S.swapaxes(1, 2)) / 2, "pi": shares(d, "k")}


def deviations(a: dict[str, Any]) -> Array:
    D = a["y"][:, None] - a["mu"]
    return np.asarray(np.sqrt(np.einsum("nki,kij,nkj->nk", D, np.linalg.inv(a["S"]), D)))


def mixtures(near: bool) -> Domain:
    away, place = (edges(0.1, 1, 3), signed(-5, 5)) if near else (AWAY, signed(-5, 6))
    return Domain(
        partial(mixture, near=near),
        sized("ndk", "4 3 2", "3 3 3", "1 1 1", "2 2 2", "9 2 3", "2 1 9", "3 5 1"),
        {"y": place, "mu": place, "S": below(COVARIANCE) + points(0) + COVARIANCE, "pi": PRIOR},
        {"deviations away": (away, deviations), "condition of S": (CONDITION, lambda a: np.linalg.cond(a["S"]))},
        sized("ndk", "12 4 5"),
    )


MIXTURES, NEAR_MIXTURES = mixtures(near=False), mixtures(near=True)
DATA, SPAN = signed(-5, 5), signed(-3, 3)


def span(d: Draw) -> dict[str, Any]:
    """Observations anywhere, or near the span."""
    W, rank = d.numbers(SPAN, "d", "l"), min(d.sizes["l"], d.sizes["d"] - 1)
    if rank < d.sizes["l"] or d.often(
        0.1
    ):  # powers of two times few columns: the rank is that, whatever they are rounded to
        rank = rank if rank < d.sizes["l"] else rank - 1
        W = W[:, :rank].astype(np.float32) @ (np.eye(rank, d.sizes["l"]) + 2 * np.eye(rank, d.sizes["l"], rank))
    y = d.numbers(DATA, "n", "d")
    if d.often(0.3):
        y = d.rng.normal(size=d.shape("n", "l")) @ W.T + d.number(decades(-5, 0)) * d.rng.normal(size=y.shape)
    return {"y": y, "W": W}


def clusters(d: Draw) -> dict[str, Any]:
    M = d.numbers(DATA, "k", "d")
    y = M[d.rng.integers(d.sizes["k"], size=d.sizes["n"])] + d.numbers(DATA, "n", "d")
    return {"y": y if d.often(0.7) else d.numbers(DATA, "n", "d"), "M": M}


PCA = Domain(
    span,
    sized("ndl", "3 5 2", "4 4 4", "1 1 1", "2 2 2", "9 3 1", "2 9 3", "1 2 3", "2 10 9"),
    {"y": DATA, "W": SPAN},
    {},
    sized("ndl", "40 8 5"),
)
CLUSTERS = Domain(
    clusters,
    sized("ndk", "6 3 4", "4 4 4", "1 1 1", "2 2 2", "9 2 1", "3 9 2", "1 2 9", "2 1 17"),
    {"y": DATA, "M": DATA},
    {},
    sized("ndk", "40 5 20"),
)


# --- Langevin's step

STEP, POINT = decades(-10, 5), signed(-4, 5)


def step(d: Draw) -> dict[str, Any]:
    return {
        "y": d.numbers(POINT, "n", "d"),
        "s": d.numbers(POINT, "n", "d"),
        "alpha": d.number(STEP),
        "xi": d.numbers(POINT, "n", "d"),
    }


LANGEVIN = Domain(
    step,
    sized("nd", "3 2", "4 4", "1 1", "2 2", "9 3", "2 9"),
    {"y": POINT, "s": POINT, "alpha": STEP, "xi": POINT},
    {},
    sized("nd", "60 3"),
)
