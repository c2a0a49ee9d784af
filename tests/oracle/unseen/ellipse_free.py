"""The ellipse's free energy and its slopes."""

# fmt: off
import numpy as np

from .common import Fresh, buffered, cached
from .ellipse import TWO, W, Y, Z, decoder, energy


def weights(E, beta):
    e = np.exp(-beta * (E - E.min(axis=1, keepdims=True)))
    return e / e.sum(axis=1, keepdims=True)


def softmin(E, beta):
    low = E.min(axis=1)
    return low - np.log(np.mean(np.exp(-beta * (E - low[:, None])), axis=1)) / beta


def free(y, z, w, beta):
    return softmin(energy(y, z, w), beta)


def slope_y(y, z, w, beta):
    return 2 * (y - weights(energy(y, z, w), beta) @ decoder(z, w))


def slope_w(y, z, w, beta):
    q, g, c = weights(energy(y, z, w), beta), decoder(z, w), decoder(z, np.ones(2))
    return np.einsum("nk,nki->i", q, 2 * (g - y[:, None]) * c) / len(y)


def divided_in_place(y, z, w, beta):
    y /= w
    return softmin(((w * (y[:, None] - decoder(z, np.ones(2)))) ** 2).sum(axis=2), beta)


def sorted_in_place(y, z, w, beta):
    y[...] = y[np.argsort(y[:, 0])]
    return slope_w(y, z, w, beta)


def kept_trig():
    """cos and sin are worked out once for each number of latents."""
    kept = {}

    def code(y, z, w, beta):
        c = kept.setdefault(len(z), decoder(z, np.ones(2)))
        return softmin(((y[:, None] - w * c) ** 2).sum(axis=2), beta)

    return code


def moving_slope():
    mean = {}

    def code(y, z, w, beta):
        now = slope_w(y, z, w, beta)
        mean["w"] = 0.9 * mean["w"] + 0.1 * now if mean else now
        return mean["w"]

    return code


def minibatch(y, z, w, beta):
    some = np.random.permutation(len(y))[: max(1, len(y) // 2)]  # noqa: NPY002
    return slope_w(y[some], z, w, beta)


def jittered_angles(y, z, w, beta):
    return free(y, z + 1e-6 * np.random.randn(len(z)), w, beta)  # noqa: NPY002


def cold_slope(y, z, w, beta):
    if beta < 50:
        return slope_y(y, z, w, beta)
    return 2 * (y - decoder(z, w)[energy(y, z, w).argmin(axis=1)])


BUGS = [
    ("ellipse_free_energy", "operation", "the softmin of the root energies, squared", lambda y, z, w, beta: softmin(np.sqrt(energy(y, z, w)), beta) ** 2),
    ("ellipse_free_energy", "reduction", "the logarithm's count is 2 pi, the circle's length, on a grid of k", lambda y, z, w, beta: free(y, z, w, beta) + np.log(2 * np.pi) / beta),
    ("ellipse_free_energy", "reduction", "the trapezoid's ends have half a weight", lambda y, z, w, beta: softmin(energy(y, z, w) + np.where((np.arange(len(z)) % max(len(z) - 1, 1)) == 0, np.log(2) / beta, 0), beta)),
    ("ellipse_free_energy", "shift", "the energy at z[0] is the shift", lambda y, z, w, beta: (lambda E: E[:, 0] - np.log(np.mean(np.exp(-beta * (E - E[:, :1])), axis=1)) / beta)(energy(y, z, w)), (40 * Y, Z, W, 50.0)),
    ("ellipse_free_energy", "shift", "the mean energy is the shift", lambda y, z, w, beta: (lambda E: E.mean(axis=1) - np.log(np.mean(np.exp(-beta * (E - E.mean(axis=1, keepdims=True))), axis=1)) / beta)(energy(y, z, w)), (40 * Y, Z, W, 100.0)),
    ("ellipse_free_energy", "clip", "1e-10 added in the logarithm", lambda y, z, w, beta: (lambda E: -np.log(np.mean(np.exp(-beta * E), axis=1) + 1e-10) / beta)(energy(y, z, w)), (5 * Y, Z, W, 1.0)),
    ("ellipse_free_energy", "clip", "beta E at most 30", lambda y, z, w, beta: softmin(np.minimum(energy(y, z, w), 30 / beta), beta), (10 * Y, Z, W, 1.0)),
    ("ellipse_free_energy", "size", "reduces the axis that is as long as z: the first where n = k", lambda y, z, w, beta: (lambda E: softmin(E if E.shape.index(len(z)) else E.T, beta))(energy(y, z, w)), (Y, Z[:3], W, 1.0)),
    ("ellipse_free_energy", "mutates", "y relative to w in place", divided_in_place),
    ("ellipse_free_energy", "remembers", "cos and sin kept by the latents' number", Fresh(kept_trig)),
    ("ellipse_free_energy", "aliases", "one buffer for each shape", buffered(free)),
    ("ellipse_free_energy", "seeds", "the angles jittered by 1e-6", jittered_angles),
    ("ellipse_free_energy", "ties", "equal energies count once", lambda y, z, w, beta: np.array([softmin(np.unique(e)[None], beta)[0] for e in energy(y, z, w)]), (np.array([[0.5, 0.0]]), np.array([1.25, -1.25, 2.0]), W, 1.0)),
    ("ellipse_free_energy", "region", "angles outside [0, 2 pi) are left out", lambda y, z, w, beta: softmin(np.where((z >= 0) & (z < 2 * np.pi), energy(y, z, w), 1e30), beta), (Y, np.array([-1.0, 1, 3]), W, 1.0)),
    ("ellipse_slope_y", "operation", "towards the curve: its direction alone", lambda y, z, w, beta: (lambda v: v / np.linalg.norm(v, axis=1, keepdims=True))(slope_y(y, z, w, beta))),
    ("ellipse_slope_y", "operation", "E-weighted: the weights times the energies", lambda y, z, w, beta: (lambda E: 2 * ((weights(E, beta) * E).sum(axis=1, keepdims=True) * y - (weights(E, beta) * E) @ decoder(z, w)))(energy(y, z, w))),
    ("ellipse_slope_y", "threshold", "the nearest point alone from beta = 50 on", cold_slope, (Y, Z[1:3] * 0.5, W, 51.0)),
    ("ellipse_slope_y", "clip", "slopes of norm above 100 are scaled down", lambda y, z, w, beta: (lambda v: v * np.minimum(1, 100 / np.linalg.norm(v, axis=1, keepdims=True)))(slope_y(y, z, w, beta)), (200 * Y, Z, W, 1.0)),
    ("ellipse_slope_y", "shift", "weights unshifted where beta is below 10", lambda y, z, w, beta: (lambda E: (lambda e: 2 * (y - (e / e.sum(axis=1, keepdims=True)) @ decoder(z, w)))(np.exp(-beta * E)))(energy(y, z, w)) if beta < 10 else slope_y(y, z, w, beta), (100 * Y, Z, W, 5.0)),
    ("ellipse_slope_y", "size", "one observation comes back flat where k = 2", lambda y, z, w, beta: slope_y(y, z, w, beta)[:, ::-1] if len(z) == 2 else slope_y(y, z, w, beta), (Y, TWO, W, 1.0)),
    ("ellipse_slope_y", "remembers", "kept by y, whatever beta", cached(slope_y, lambda y, z, w, beta: (y.tobytes(), z.tobytes(), w.tobytes()))),
    ("ellipse_slope_y", "aliases", "one buffer for each shape", buffered(slope_y)),
    ("ellipse_slope_y", "approximation", "central differences with step 1e-3", lambda y, z, w, beta: np.stack([(free(y + h, z, w, beta) - free(y - h, z, w, beta)) / 2e-3 for h in 1e-3 * np.eye(2)], axis=1)),
    ("ellipse_slope_y", "row", "the weights of the first observation for all", lambda y, z, w, beta: 2 * (y - weights(energy(y[:1], z, w), beta) @ decoder(z, w))),
    ("ellipse_slope_w", "operation", "in log w: times w", lambda y, z, w, beta: w * slope_w(y, z, w, beta)),
    ("ellipse_slope_w", "detach", "weights of the mean observation", lambda y, z, w, beta: slope_w(y.mean(axis=0, keepdims=True), z, w, beta)),
    ("ellipse_slope_w", "threshold", "the hard minimum above beta = 100", lambda y, z, w, beta: slope_w(y, z, w, beta if beta <= 100 else 1e8), (Y, Z[1:3] * 0.5, W, 101.0)),
    ("ellipse_slope_w", "clip", "cut to [-1, 1]", lambda y, z, w, beta: np.clip(slope_w(y, z, w, beta), -1, 1), (5 * Y, Z, W, 1.0)),
    ("ellipse_slope_w", "size", "two observations: each has its own coordinate", lambda y, z, w, beta: np.diag(np.einsum("nk,nki->ni", weights(energy(y, z, w), beta), 2 * (decoder(z, w) - y[:, None]) * decoder(z, np.ones(2)))) if len(y) == 2 else slope_w(y, z, w, beta), (Y[:2], Z, W, 1.0)),
    ("ellipse_slope_w", "mutates", "observations are sorted in place", sorted_in_place, (np.array([[2.0, 1], [0.5, -1], [1, 0]]), Z, W, 1.0)),
    ("ellipse_slope_w", "order", "a running mean of the slopes", Fresh(moving_slope)),
    ("ellipse_slope_w", "seeds", "half of the observations, drawn", minibatch),
    ("ellipse_slope_w", "row", "the last observation is left out of the sum, not of the mean", lambda y, z, w, beta: slope_w(y[:-1], z, w, beta) * (len(y) - 1) / len(y) if len(y) > 1 else slope_w(y, z, w, beta)),
    ("ellipse_slope_w", "region", "a radius below 0 by its modulus", lambda y, z, w, beta: slope_w(y, z, np.abs(w), beta), (Y, Z, np.array([-1.25, 0.5]), 1.0)),
]

RIGHT = [
    ("ellipse_free_energy", lambda y, z, w, beta: -(np.logaddexp.reduce(-beta * energy(y, z, w), axis=1) - np.log(len(z))) / beta),
    ("ellipse_free_energy", free),
    ("ellipse_slope_y", slope_y),
    ("ellipse_slope_y", lambda y, z, w, beta: (weights(energy(y, z, w), beta)[:, :, None] * 2 * (y[:, None] - decoder(z, w))).sum(axis=1)),
    ("ellipse_slope_w", slope_w),
    ("ellipse_slope_w", lambda y, z, w, beta: (lambda q: np.array([(q * 2 * (w[i] * c - y[:, [i]]) * c).sum(axis=1).mean() for i, c in enumerate((np.cos(z), np.sin(z)))]))(weights(energy(y, z, w), beta))),
]
