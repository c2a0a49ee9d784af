"""Right ways: the ellipse's free energy and its slopes."""

import numpy as np
from scipy.special import softmax

from .ellipse import circle, energies
from .soft import SOFTMIN, expm1_form


def slope_y(y, z, w, beta):
    p = softmax(-beta * energies(y, z, w), axis=1)
    return 2 * (y - p @ (circle(z) * w))


def slope_w(y, z, w, beta):
    p = softmax(-beta * energies(y, z, w), axis=1)
    return 2 * np.einsum("nk,nki,ki->i", p, circle(z) * w - y[:, None], circle(z)) / y.dtype.type(len(y))


RESTS_ON = {
    "ellipse_free_energy": ["free_energy"],
    "ellipse_slope_y": ["free_energy_and_adjoint"],
    "ellipse_slope_w": ["free_energy_and_adjoint"],
}
RIGHT = {
    "ellipse_free_energy": [
        lambda y, z, w, beta: SOFTMIN[0](energies(y, z, w), beta),
        lambda y, z, w, beta: expm1_form(energies(y, z, w), beta),
    ],
    "ellipse_slope_y": [
        slope_y,
        lambda y, z, w, beta: (softmax(-beta * energies(y, z, w), axis=1)[..., None] * 2 * (y[:, None] - circle(z) * w)).sum(axis=1),
    ],
    "ellipse_slope_w": [
        slope_w,
        lambda y, z, w, beta: np.mean(
            [2 * (p[:, None] * (circle(z) * w - a) * circle(z)).sum(axis=0) for a, p in zip(y, softmax(-beta * energies(y, z, w), axis=1), strict=True)],
            axis=0,
        ),
    ],
}  # fmt: skip
