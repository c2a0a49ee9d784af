"""Boxes, and grids of Gauss's nodes in them  (L1, L4)."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from . import checks
from .checks import Array

LARGEST_GRID = 1 << 21


def box_ends(box: ArrayLike, most: int = 20) -> Array:
    """The ends (d, 2) of each dimension, d at most `most`, of a volume that is a number."""
    box = checks.finite(box, "box")
    if box.ndim != 2 or box.shape[1] != 2 or not (box[:, 0] < box[:, 1]).all():
        raise ValueError(
            f"box: expected rows (low, high) in ascending order, one for each dimension, got {checks.describe(box)}"
        )
    if len(box) > most:
        raise ValueError(f"box: expected at most {most} dimensions, got {len(box)}")
    if not abs(np.log(np.ptp(box, axis=1)).sum()) < 700:
        raise ValueError("box: expected a volume between 1e-304 and 1e304, got one outside")
    return box


def product(node: Array, d: int) -> Array:
    """All combinations (m^d, d) of m numbers, the last coordinate running first."""
    return np.stack(np.meshgrid(*[node] * d, indexing="ij"), axis=-1).reshape(-1, d)


@np.errstate(under="ignore")
def gauss_grid(box: ArrayLike, panels: int, order: int = 8) -> tuple[Array, Array]:
    """Nodes (m, d) and weights (m,) of a product rule: `panels` equal panels of a Gauss-Legendre rule in each dimension.

    box (d, 2) holds the ends of each dimension; m = (panels order)^d, about two million at most. The order is at most 256.
    """
    box = box_ends(box)
    order, panels = checks.count(order, "order", most=256), checks.count(panels, "panels", most=LARGEST_GRID)
    if (panels * order) ** len(box) > LARGEST_GRID:
        raise ValueError(
            f"panels: expected at most {LARGEST_GRID} nodes, got {panels} panels of {order} to the power {len(box)}"
        )
    node, weight = np.polynomial.legendre.leggauss(order)
    node = ((np.arange(panels)[:, None] + (node + 1) / 2) / panels).ravel()
    weight = np.tile(weight / 2 / panels, panels)
    size = np.ptp(box, axis=1)
    return box[:, 0] + size * product(node, len(box)), np.prod(size * product(weight, len(box)), axis=1)
