"""Energies: a decoder, a cost, and the energy made of them  (C4, C5).

A stage is a plain function with its adjoint under it; stages trust their arrays. `Energy` composes them, checks what
comes from outside, and is what inference, free energies and learning take.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from . import checks
from .checks import Array

# Latents shared by all observations (k,), each observation's own (n, k), or a rule (y, w) -> z (n, k) that infers them.
Latents = ArrayLike | Callable[[Array, Array], Array]


def tiles(n: int, k: int) -> Iterator[slice]:
    """Slices of n rows such that one (rows, k) array takes about 1 MiB: working memory stays small and in cache."""
    rows = max(1, (1 << 17) // k)
    return (slice(i, min(i + rows, n)) for i in range(0, n, rows))


def ellipse_decoder(z: Array, w: Array) -> Array:
    """``g(z) = [w_1 cos z, w_2 sin z]``  (C4).  z (..., k) in radians, w (2,) -> (..., k, 2)."""
    return np.stack([w[0] * np.cos(z), w[1] * np.sin(z)], axis=-1)


def ellipse_decoder_adjoint(z: Array, w: Array, g_bar: Array) -> tuple[Array, Array]:
    """Adjoints of (z, w) given g_bar (..., k, 2)  (C4)."""
    c, s = np.cos(z), np.sin(z)
    z_bar = w[1] * c * g_bar[..., 1] - w[0] * s * g_bar[..., 0]
    return z_bar, np.array([(c * g_bar[..., 0]).sum(), (s * g_bar[..., 1]).sum()])


def squared_error(y: Array, g: Array) -> Array:
    """``C(y, g) = |g - y|^2``  (C5) of every observation with every decoded point.  y (n, d), g (k, d) or (n, k, d) -> (n, k)."""
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
        g_bar[..., i] = D if g.ndim == 3 else D.sum(axis=0)
    return y_bar, g_bar


@dataclass(frozen=True)
class Energy:
    """``E(y, z) = C(y, g(z))``, made of a decoder g(z; w) and the squared-error cost  (C5).

    Parameters
    ----------
    decoder, decoder_adjoint : callables
        ``(z, w) -> g`` and ``(z, w, g_bar) -> (z_bar, w_bar)``.
    dim : int
        Dimension d of an observation.
    size : int
        Number of parameters in w.
    """

    decoder: Callable[..., Any]
    decoder_adjoint: Callable[..., Any]
    dim: int
    size: int

    def check(self, y: ArrayLike, z: Latents, w: ArrayLike) -> tuple[Array, Array, Array, bool]:
        """(y, z, w) as arrays y (n, d), z (k,) or (n, k), w (size,), and whether y came as a single observation."""
        y, single = checks.observations(y, self.dim, "y", complex_ok=True)
        w = checks.vector(w, self.size, "w", complex_ok=True)
        z = checks.finite(z(y, w) if callable(z) else z, "z", complex_ok=True)
        if z.ndim not in (1, 2) or (z.ndim == 2 and len(z) != len(y)):
            raise ValueError(
                f"z: expected latents of shape (k,), or (n, k) with n = {len(y)} observations, got {z.shape}"
            )
        return y, z, w, single

    def __call__(self, y: ArrayLike, z: Latents, w: ArrayLike) -> Array:
        """Energy of every observation with every latent.

        Parameters
        ----------
        y : array_like, (n, d) or (d,)
            Observations, in the unit of the data.
        z : array_like, (k,) or (n, k), or a callable
            Latents (radians, for the ellipse), shared by all observations or each observation's own; or an inference rule
            ``(y, w) -> z``, y (n, d) and z (n, k), such as `argmin_z`.
        w : array_like, (size,)
            Parameters.

        Returns
        -------
        E : ndarray, (n, k), or (k,) for a single observation
            In the data's unit squared.

        Raises
        ------
        TypeError, ValueError
            For wrong shapes, NaN, infinite or huge (above 1e150) values, anything that is no number.
        """
        y, z, w, single = self.check(y, z, w)
        E = self.value(y, z, w)
        return E[0] if single else E

    def adjoint(self, y: ArrayLike, z: Latents, w: ArrayLike, E_bar: ArrayLike) -> tuple[Array, Array, Array]:
        """Adjoints of (y, z, w), shaped like them, given E_bar shaped like E; the stages' adjoints in reverse order.

        With E_bar a one-hot array these are the partial derivatives of one E(y, z). Raises as a call does.
        """
        y, z, w, single = self.check(y, z, w)
        shape = (len(y), z.shape[-1])
        E_bar = checks.cotangent(E_bar, shape[1:] if single else shape, "E_bar").reshape(shape)
        y_bar, z_bar, w_bar = self.pull_back(y, z, w, E_bar)
        return (y_bar[0] if single else y_bar), z_bar, w_bar

    def value(self, y: Array, z: Array, w: Array) -> Array:
        """A call without its checks."""
        return squared_error(y, self.decoder(z, w))

    def pull_back(self, y: Array, z: Array, w: Array, E_bar: Array) -> tuple[Array, Array, Array]:
        """`adjoint` without its checks."""
        y_bar, g_bar = squared_error_adjoint(y, self.decoder(z, w), E_bar)
        return y_bar, *self.decoder_adjoint(z, w, g_bar)


ellipse = Energy(ellipse_decoder, ellipse_decoder_adjoint, dim=2, size=2)


def ellipse_slope(y: Array, z: Array, w: Array) -> Array:
    """``dE/dz = 2 w_1 sin z (y_1 - w_1 cos z) - 2 w_2 cos z (y_2 - w_2 sin z)``  (C5).  y (..., 2), z (...), w (..., 2)."""
    c, s = np.cos(z), np.sin(z)
    return 2 * (w[..., 0] * s * (y[..., 0] - w[..., 0] * c) - w[..., 1] * c * (y[..., 1] - w[..., 1] * s))


def ellipse_curvature(y: Array, z: Array, w: Array) -> Array:
    """``d2E/dz2 = 2 [w_1 y_1 cos z + w_2 y_2 sin z - (w_1^2 - w_2^2) cos 2z]``  (C5).  Shapes as in `ellipse_slope`."""
    c, s = np.cos(z), np.sin(z)
    w1, w2 = w[..., 0], w[..., 1]
    return 2 * (w1 * y[..., 0] * c + w2 * y[..., 1] * s - (w1 - w2) * (w1 + w2) * (c - s) * (c + s))
