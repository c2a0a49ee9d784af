"""The cost and the regularisers of an energy, each with its adjoint  (C5, C29). Stages trust their arrays."""

from __future__ import annotations

import numpy as np

from ..numerics.checks import Array
from .shapes import summed_to


def squared_error(y: Array, g: Array) -> Array:
    """``C(y, g) = |g - y|^2``  (C5) of every observation with every decoded point.  y (n, d), g (1 or n, k, d) -> (n, k)."""
    C = np.square(g[..., 0] - y[:, 0, None])
    for i in range(1, y.shape[1]):  # by coordinate: no (n, k, d) array
        C += np.square(g[..., i] - y[:, i, None])
    return C


def squared_error_adjoint(y: Array, g: Array, C_bar: Array) -> tuple[Array, Array]:
    """Adjoints of (y, g) given C_bar (n, k)  (C5)."""
    y_bar = np.empty(y.shape, np.result_type(y, g, C_bar))
    g_bar = np.empty(g.shape, y_bar.dtype)
    for i in range(y.shape[1]):
        D = 2 * (g[..., i] - y[:, i, None]) * C_bar
        y_bar[:, i] = -D.sum(axis=1)
        g_bar[..., i] = summed_to(D, g.shape[:-1])
    return y_bar, g_bar


def squared_error_slack(y: Array, m: Array, reach: Array | float = 0.0) -> Array:
    """How far rounding may part energies that are equal, the least being m (n,): ``8 u sqrt m (sqrt m + |y| + reach)``.

    With D = y - g, rounding the decoded point g moves D^2 by up to ``2 |D| u |g|``, and ``|g| <= |y| + |D|``; rounding its
    latent moves it by up to u reach more.
    """
    root = np.sqrt(np.abs(m))
    return 4 * np.finfo(float).eps * root * (root + np.sqrt(np.square(y.real).sum(axis=1)) + reach)


def squared_norm(z: Array) -> Array:
    """``R(z) = |z|^2``  (C29).  z (..., l) -> (...)."""
    return np.square(z).sum(axis=-1)


def squared_norm_adjoint(z: Array, R_bar: Array) -> Array:
    """Adjoint of z given R_bar (...): ``2 z R_bar``  (C29)."""
    return 2 * z * R_bar[..., None]


def l1_norm(z: Array) -> Array:
    """``R(z) = sum_i |z_i|``  (C29).  z (..., l) -> (...)."""
    return np.abs(z).sum(axis=-1)


def l1_norm_adjoint(z: Array, R_bar: Array) -> Array:
    """Adjoint of z given R_bar (...): ``sign(z) R_bar``, the subgradient 0 at the kink  (C29)."""
    return np.sign(z) * R_bar[..., None]


REGULARISERS = {"squared": (squared_norm, squared_norm_adjoint), "l1": (l1_norm, l1_norm_adjoint)}
