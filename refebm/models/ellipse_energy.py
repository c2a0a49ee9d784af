"""The ellipse and the horn: their decoder with its adjoint, slope and curvature in z, and their energies  (C4, C5, C27).

z is in radians, (k,) shared or (n, k) each observation's own; the code h, the radii, is (2,) or each observation's own (n, 2).
"""

from __future__ import annotations

import numpy as np

from ..energies.boxes import decoded
from ..numerics.checks import Array
from ..parts.decoders import Decoder
from ..parts.networks import mlp
from ..parts.shapes import summed_to


@np.errstate(under="ignore")
def circle(z: Array) -> tuple[Array, Array]:
    """cos z and sin z; on the lecture's grid ``z = 2 pi j / k`` mirror images to the last bit  (C3, C4).

    The rounding of z hides that z and 2 pi - z are images of each other; so the grid's are made of its indices, folded into
    one eighth of the circle.
    """
    k = np.shape(z)[-1] if np.ndim(z) else 0
    if k == 0 or z[..., 0].any() or z.dtype != float or not (z == np.arange(k) * (2 * np.pi / k)).all():
        return np.cos(z), np.sin(z)
    turn = 4 * np.arange(k)  # in units of 1/(4k) of the circle
    half = np.minimum(turn, 4 * k - turn)
    quarter = np.minimum(half, 2 * k - half)
    eighth = np.minimum(quarter, k - quarter)
    c, s = np.cos(eighth * (np.pi / 2 / k)), np.sin(eighth * (np.pi / 2 / k))
    s = np.where(2 * eighth == k, c, s)
    c, s = np.where(quarter == eighth, (c, s), (s, c))
    c, s = np.where(half == quarter, c, -c), np.where(turn == half, s, -s)
    return np.broadcast_to(c, z.shape), np.broadcast_to(s, z.shape)


def ellipse_decoder(z: Array, h: Array) -> Array:
    """``g(z) = [h_1 cos z, h_2 sin z]``  (C4 with h = w, C27 with h = f(x)).  z (..., k) in radians, h (2,) or (n, 2)."""
    c, s = circle(z)
    h = h if h.ndim == 1 else h[:, None]
    return np.stack([h[..., 0] * c, h[..., 1] * s], axis=-1)


def ellipse_decoder_adjoint(z: Array, h: Array, g_bar: Array) -> tuple[Array, Array]:
    """Adjoints of (z, h) given g_bar (..., k, 2)  (C4, C27)."""
    c, s = circle(z)
    h_bar = np.stack([c * g_bar[..., 0], s * g_bar[..., 1]], axis=-1)
    own = h if h.ndim == 1 else h[:, None]
    z_bar = own[..., 1] * c * g_bar[..., 1] - own[..., 0] * s * g_bar[..., 0]
    return summed_to(z_bar, z.shape), summed_to(h_bar, own.shape).reshape(h.shape)


def ellipse_slope(y: Array, z: Array, w: Array) -> Array:
    """``dE/dz = 2 w_1 sin z (y_1 - w_1 cos z) - 2 w_2 cos z (y_2 - w_2 sin z)``  (C5).  y (..., 2), z (...), w (..., 2)."""
    c, s = circle(z)
    return 2 * (w[..., 0] * s * (y[..., 0] - w[..., 0] * c) - w[..., 1] * c * (y[..., 1] - w[..., 1] * s))


def ellipse_curvature(y: Array, z: Array, w: Array) -> Array:
    """``d2E/dz2 = 2 [w_1 y_1 cos z + w_2 y_2 sin z - (w_1^2 - w_2^2) cos 2z]``  (C5).  Shapes as in `ellipse_slope`."""
    c, s = circle(z)
    w1, w2 = w[..., 0], w[..., 1]
    return 2 * (w1 * y[..., 0] * c + w2 * y[..., 1] * s - (w1 - w2) * (w1 + w2) * (c - s) * (c + s))


def _circle(z: Array, h: Array, w: Array) -> Array:
    return ellipse_decoder(z[..., 0], h)


def _circle_adjoint(z: Array, h: Array, w: Array, g_bar: Array) -> tuple[Array, Array, Array]:
    z_bar, h_bar = ellipse_decoder_adjoint(z[..., 0], h, g_bar)
    return z_bar[..., None], h_bar, np.zeros_like(w)


def _circle_table(z: Array) -> Array:
    return np.array(circle(z[:, 0]))


def circle_decoder() -> Decoder:
    """The ellipse of radii h; it has no parameters of its own  (C4, C27)."""
    return Decoder(_circle, _circle_adjoint, dim=2, code=2, table=_circle_table)


ellipse = decoded(circle_decoder())
horn = decoded(circle_decoder(), mlp([1, 8, 8, 2]))
