"""The catalogue, fourth part: what goes wrong in some regimes only: thresholds, clips, shifts, axes found by their length."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..numerics.checks import Array
from .bugs import Bug, F_of, lse, naive_kl, weights
from .bugs_models import Rows, back, energy, g, net
from .bugs_probability import S, gk, slope, vae, vfe

SHIFT = (
    "Shifted by the first energy: exp overflows where that lies far above the least.",
    "Shift by the least energy.",
)
FLOOR = ("Exponents are cut at -15: unlikely states keep a weight.", "Leave small weights small.")
SHORTCUT = ("The minimum is taken for every beta above 20.", "Only beta = inf is the minimum (C15).")
FLAT = ("The mean is taken for every beta below 0.01.", "Only beta = 0 is the mean (C14).")
KERAS = ("Probabilities are cut at 1e-7.", "Leave states with q = 0 out, and small ones small (L11).")
LENGTH = (
    "The prior's axis is found by its length: that of the observations where there are as many.",
    "p runs along the latents (L15).",
)
CLIPPED_ANGLE = ("Angles are cut to [0, 2 pi].", "The latent is any angle (C4).")
THRESHOLD = ("u itself above 20, as PyTorch's softplus has it.", "log1p(exp(-|u|)) is 2e-9 there, not 0.")
CLIPPED_U = ("u is cut to [-30, 30].", "max(u, 0) + log1p(exp(-|u|)) needs no cut.")
SQUARE_W = (
    "Weights are transposed where they fit both ways.",
    "Rows are samples and W's rows outputs: x W^T, whatever the sizes (C27).",
)


def first(f: Array) -> Array:
    """log mean exp of rows, shifted by their first entry."""
    return np.log(np.exp(f - f[..., :1]).mean(axis=-1)) + f[..., 0]


def cut(u: Array) -> Array:
    return np.clip(u, -30, 30)


def floored(f: Array) -> Array:
    """exp of rows less their largest, at least exp(-15)."""
    return np.exp(np.maximum(f - f.max(axis=-1, keepdims=True), -15))


def _soft(sign: int) -> Rows:
    return [
        ("shift-first", *SHIFT, lambda v, b: sign * first(sign * b * v) / b),
        ("floor", *FLOOR, lambda v, b: sign * np.log(floored(sign * b * v).mean(axis=1)) / b + sign * (sign * v).max(axis=1)),
        ("cold-cut", *SHORTCUT, lambda v, b: sign * (sign * v).max(axis=1) if b > 20 else sign * -F_of(-sign * v, b)),
        ("hot-cut", *FLAT, lambda v, b: v.mean(axis=1) if b < 0.01 else sign * -F_of(-sign * v, b)),
    ]  # fmt: skip


def _argsoft(sign: int) -> Rows:
    def one_hot(f: Array) -> Array:
        return np.eye(f.shape[1])[f.argmax(axis=1)]

    return [
        ("shift-first", *SHIFT, lambda v, b: np.exp(sign * b * (v - v[:, :1])) / np.exp(sign * b * (v - v[:, :1])).sum(axis=1)[:, None]),
        ("floor", *FLOOR, lambda v, b: floored(sign * b * v) / floored(sign * b * v).sum(axis=1)[:, None]),
        ("cold-cut", *SHORTCUT, lambda v, b: one_hot(sign * v) if b > 20 else weights(-sign * v, b)),
        ("hot-cut", *FLAT, lambda v, b: np.full(v.shape, 1 / v.shape[1]) if b < 0.01 else weights(-sign * v, b)),
    ]  # fmt: skip


def by_length(p: Array, E: Array) -> Array:
    return p[:, None] if len(p) == len(E) else p


def turned(W: Array) -> Array:
    return W.T if W.shape[0] == W.shape[1] else W


def turn(W: Any) -> list[Array]:
    return [turned(v) if v.ndim == 2 else v for v in W]


def angle(z: Array) -> Array:
    return np.clip(z, 0, 2 * np.pi)


def keras(p: Array) -> Array:
    return np.clip(p, 1e-7, 1)


TABLES: dict[str, Rows] = {
    "softmin": _soft(-1),
    "softmax": _soft(1),
    "softargmin": _argsoft(-1),
    "softargmax": _argsoft(1),
    "softmin_prior": [
        ("shift-first", *SHIFT, lambda E, b, p: E[:, 0] - np.log(np.exp(-b * (E - E[:, :1])) @ p) / b),
        ("cold-cut", *SHORTCUT, lambda E, b, p: E.min(axis=1) if b > 20 else -lse(np.log(p) - b * E) / b),
        ("hot-cut", *FLAT, lambda E, b, p: E @ p if b < 0.01 else -lse(np.log(p) - b * E) / b),
        ("axis-by-length", *LENGTH, lambda E, b, p: -lse(np.log(by_length(p, E)) - b * E) / b),
    ],
    "softplus": [
        ("threshold-20", *THRESHOLD, lambda u: np.where(u > 20, u, np.logaddexp(0, u))),
        ("clipped", *CLIPPED_U, lambda u: np.logaddexp(0, cut(u))),
    ],
    "ellipse_decoder": [("clipped-angle", *CLIPPED_ANGLE, lambda z, w: g(angle(z), w))],
    "ellipse_energy": [("clipped-angle", *CLIPPED_ANGLE, lambda y, z, w: energy(y, angle(z), w))],
    "ellipse_free_energy": [
        ("clipped-angle", *CLIPPED_ANGLE, lambda y, z, w, b: F_of(energy(y, angle(z), w), b)),
        ("cold-cut", *SHORTCUT, lambda y, z, w, b: energy(y, z, w).min(axis=1) if b > 20 else F_of(energy(y, z, w), b)),
        ("hot-cut", *FLAT, lambda y, z, w, b: energy(y, z, w).mean(axis=1) if b < 0.01 else F_of(energy(y, z, w), b)),
    ],
    "mlp": [
        ("relu-6", "ReLU that is cut at 6.", "max(v, 0) (C27).", lambda x, *W: net(x, W, lambda v: np.clip(v, 0, 6))),
        ("square-transposed", *SQUARE_W, lambda x, *W: net(x, turn(W))),
    ],
    "mlp_slope_x": [("square-transposed", *SQUARE_W, lambda x, *W: back(x, *turn(W[:-1]), W[-1])[0])],
    "mlp_slope_W1": [
        ("square-transposed", "The gradient is transposed where it fits both ways.", "Rows are outputs (L22).", lambda *a: turned(back(*a)[1])),
    ],
    "log_loss": [
        ("threshold-20", *THRESHOLD, lambda F, H: np.where(F - H > 20, F - H, np.logaddexp(0, F - H))),
        ("clipped", *CLIPPED_U, lambda F, H: np.logaddexp(0, cut(F - H))),
        ("clamped", "The logarithm is cut at 100, as PyTorch's binary cross-entropy has it.", "softplus of the gap (C24).", lambda F, H: np.minimum(np.logaddexp(0, F - H), 100)),
    ],
    "log_loss_slope": [
        ("threshold-20", "1 where F - F_hat is above 20, as PyTorch's softplus has it.", "1/(1 + exp(-u)) (C24).", lambda F, H: np.where(F - H > 20, 1, np.exp(-np.logaddexp(0, H - F)))),
        ("clipped", *CLIPPED_U, lambda F, H: 1 / (1 + np.exp(-cut(F - H)))),
    ],
    "log_partition": [("shift-first", *SHIFT, lambda F, b, dy: np.log((dy * np.exp(-b * (F - F[0]))).sum()) - b * F[0])],
    "gibbs_density": [
        ("shift-first", *SHIFT, lambda F, b, dy: np.exp(-b * (F - F[0])) / (dy * np.exp(-b * (F - F[0]))).sum()),
        ("floor", *FLOOR, lambda F, b, dy: floored(-b * F) / (dy * floored(-b * F)).sum()),
    ],
    "nll": [("shift-first", *SHIFT, lambda D, F, b, dy: D.mean() + np.log((dy * np.exp(-b * (F - F[0]))).sum()) / b - F[0])],
    "nll_slope": [
        ("floor", *FLOOR, lambda D, d, F, b, dy: D.mean(axis=0) - dy * floored(-b * F) @ d / (dy * floored(-b * F)).sum()),
    ],
    "kl": [("clipped", *KERAS, lambda q, p: naive_kl(keras(q), keras(p)))],
    "entropy": [
        ("clipped", *KERAS, lambda q: S(keras(q))),
        ("epsilon", "A small number is added before the logarithm.", "Leave states with q = 0 out (L17).", lambda q: -(q * np.log(q + 1e-6)).sum(axis=1)),
    ],
    "gaussian_kl": [
        ("clamped", "The log-variance is cut to [-10, 10].", "log(r/s) as it is (L14).", lambda m, s, r: gk(m, np.exp(np.clip(np.log(s), -5, 5)), r)),
        ("epsilon", "A small number is added to the variance in the logarithm.", "log(r/s) as it is (L14).", lambda m, s, r: gk(m, s, r) + np.log(s) - np.log(s * s + 1e-6) / 2),
    ],
    "box_information": [("power-first", "The logarithm of (r/s)^d: the power overflows.", "d log(r/s) (L10).", lambda s, r, d: np.log(np.power(r / s, d)))],
    "variational_free_energy": [
        ("zero-times-log-zero", "0 log 0 is not a number.", "A state with q = 0 adds nothing (L11).", lambda E, q, b, p: (q * (E + np.log(q / p) / b)).sum(axis=1)),
        ("axis-by-length", *LENGTH, lambda E, q, b, p: vfe(E, q, b, by_length(p, E))),
    ],
    "jensen_gap": [
        ("zero-times-log-zero", "0 log 0 is not a number.", "A state with q = 0 adds nothing (L11).", lambda E, q, b, p: (q * (E + np.log(q / p) / b)).sum(axis=1) + lse(np.log(p) - b * E) / b),
        ("axis-by-length", *LENGTH, lambda E, q, b, p: vfe(E, q, b, by_length(p, E)) + lse(np.log(by_length(p, E)) - b * E) / b),
        ("shift-first", *SHIFT, lambda E, q, b, p: vfe(E, q, b, p) + np.log(np.exp(-b * (E - E[:, :1])) @ p) / b - E[:, 0]),
    ],
    "vae_loss": [
        ("square-transposed", *SQUARE_W, lambda y, m, s, e, W, *a: vae(y, m, s, e, turned(W), *a)),
        ("clipped-noise", "The noise is cut at 3.", "z = m + s eps (L19).", lambda y, m, s, e, *a: vae(y, m, s, np.clip(e, -3, 3), *a)),
    ],
    "vae_slope_s": [
        ("square-transposed", *SQUARE_W, lambda y, m, s, e, W, *a: sum(slope(y, m, s, e, turned(W), *a))),
    ],
    "langevin_step": [
        ("clipped-noise", "The noise is cut at 3.", "xi is normal (W12).", lambda y, s, a, x: y + a * s + np.sqrt(2 * a) * np.clip(x, -3, 3)),
        ("clipped-score", "The score is cut at 10.", "alpha s (W12).", lambda y, s, a, x: y + a * np.clip(s, -10, 10) + np.sqrt(2 * a) * x),
    ],
}  # fmt: skip
BUGS = [Bug(function, *row) for function, rows in TABLES.items() for row in rows]
