"""The catalogue, second part: the ellipse, the network, the losses  (C4-C9, C16, C22-C24, C27, L22)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..numerics.checks import Array
from .bugs import Bug, F_of, single, weights

Rows = list[tuple[str, str, str, Callable[..., Any]]]


def g(z: Array, w: Array) -> Array:
    return np.stack([w[0] * np.cos(z), w[1] * np.sin(z)], axis=1)


def energy(y: Array, z: Array, w: Array) -> Array:
    return np.square(y[:, None] - g(z, w)).sum(axis=2)


def slopes(y: Array, z: Array, w: Array, p: Array) -> tuple[Array, Array]:
    """dF/dy and each observation's dF/dw under the weights p."""
    gap = 2 * (y[:, None] - g(z, w)) * p[..., None]
    return gap.sum(axis=1), -(gap * g(z, np.ones(2))).sum(axis=1)


def best(y: Array, z: Array, w: Array) -> Array:
    E = energy(y, z, w)
    return np.eye(len(z))[E.argmin(axis=1)]


def through(E: Array, beta: float) -> Array:
    """d<E>/dE, where the weights move with E."""
    p = weights(E, beta)
    return np.asarray(p * (1 - beta * (E - (p * E).sum(axis=1, keepdims=True))))


def circle(n: int) -> Array:
    return np.arange(n) * 2 * np.pi / n


_DECODER: Rows = [
    ("swapped", "Cosine and sine are exchanged.", "[w_1 cos z, w_2 sin z] (C4).", lambda z, w: np.stack([w[0] * np.sin(z), w[1] * np.cos(z)], 1)),
    ("degrees", "The latent is taken in degrees.", "Angles are in radians (C4).", lambda z, w: g(np.radians(z), w)),
    ("radii-swapped", "The radii are exchanged.", "w_1 belongs to the cosine (C4).", lambda z, w: g(z, w[::-1])),
    ("circle", "One radius for both coordinates.", "Two radii (C4).", lambda z, w: g(z, w[[0, 0]])),
    ("clockwise", "The sine has the wrong sign.", "[w_1 cos z, w_2 sin z] (C4).", lambda z, w: g(-z, w)),
    ("transposed", "The result is transposed.", "Points are rows, (k, 2).", lambda z, w: g(z, w).T),
    ("turns", "The latent is taken in turns.", "Angles are in radians (C4).", lambda z, w: g(2 * np.pi * z, w)),
]  # fmt: skip

_ENERGY: Rows = [
    ("distance", "The distance, not its square.", "E is the squared distance (C5).", lambda y, z, w: np.sqrt(energy(y, z, w))),
    ("half", "Half the squared distance, or the mean over the coordinates.", "The sum over the coordinates, with no factor (C5).", lambda y, z, w: energy(y, z, w) / 2),
    ("l1", "Absolute differences.", "Squares (C5).", lambda y, z, w: np.abs(y[:, None] - g(z, w)).sum(axis=2)),
    ("sign", "Minus the squared distance.", "Low energy where the point is near (C5).", lambda y, z, w: -energy(y, z, w)),
    ("first-coordinate", "Only the first coordinate counts.", "Sum over both (C5).", lambda y, z, w: np.square(y[:, :1] - g(z, w)[:, 0])),
    ("plus", "Sum in place of difference.", "y - g(z) (C5).", lambda y, z, w: energy(-y, z, w)),
    ("swapped", "Cosine and sine are exchanged.", "[w_1 cos z, w_2 sin z] (C4).", lambda y, z, w: energy(y, np.pi / 2 - z, w)),
    ("transposed", "The result is transposed.", "Observations are rows, (n, k).", lambda y, z, w: energy(y, z, w).T),
    ("radii-swapped", "The radii are exchanged.", "w_1 belongs to the cosine (C4).", lambda y, z, w: energy(y, z, w[::-1])),
]  # fmt: skip

_FREE: Rows = [
    ("no-count", "F without -log N_z.", "Divide the sum by the number of latents (C13).", lambda y, z, w, b: F_of(energy(y, z, w), b) - np.log(len(z)) / b),
    ("hard", "The least energy on the grid.", "Only beta = inf (C15).", lambda y, z, w, b: energy(y, z, w).min(axis=1)),
    ("mean", "The mean energy.", "Only beta = 0 (C14).", lambda y, z, w, b: energy(y, z, w).mean(axis=1)),
    ("expectation", "The mean energy under the Gibbs weights.", "F = <E> - T S + T log N (L17).", lambda y, z, w, b: (weights(energy(y, z, w), b) * energy(y, z, w)).sum(axis=1)),
    ("temperature", "beta is taken for the temperature.", "beta multiplies the energy (C11).", lambda y, z, w, b: F_of(energy(y, z, w), 1 / b)),
    ("soft-distance", "softmin of the distances.", "E is the squared distance (C5).", lambda y, z, w, b: F_of(np.sqrt(energy(y, z, w)), b)),
    ("half-energy", "The energies are halved.", "No factor 1/2 (C5).", lambda y, z, w, b: F_of(energy(y, z, w) / 2, b)),
    ("closed-form-grid", "The first latent counts twice.", "Each latent once (C3).", lambda y, z, w, b: F_of(energy(y, np.append(z, z[0]), w), b)),
    ("own-grid", "A grid of 48 latents is used, not the one that is given.", "Use the argument z.", lambda y, z, w, b: F_of(energy(y, circle(48), w), b)),
    ("of-mean-point", "The energy of the mean decoded point.", "Average exponentials of energies, not points (C13).", lambda y, z, w, b: np.square(y - g(z, w).mean(axis=0)).sum(axis=1)),
    ("float32", "It is computed in float32.", "Compute in double precision, or say that it is float32.", single(lambda y, z, w, b: F_of(energy(y, z, w), b))),
    ("over-y", "The softmin runs over the observations.", "Over the latents (C13).", lambda y, z, w, b: F_of(energy(y, z, w).T, b)),
]  # fmt: skip

_SLOPE_Y: Rows = [
    ("hard", "The slope at the best latent only.", "Weight by Gibbs at finite beta (C16).", lambda y, z, w, b: slopes(y, z, w, best(y, z, w))[0]),
    ("no-two", "The factor 2 is missing.", "d|y - g|^2/dy = 2 (y - g) (C9).", lambda y, z, w, b: slopes(y, z, w, weights(energy(y, z, w), b))[0] / 2),
    ("sign", "The sign is wrong: the pull, not the slope.", "The slope points away from the manifold (C9).", lambda y, z, w, b: -slopes(y, z, w, weights(energy(y, z, w), b))[0]),
    ("uniform", "Equal weights.", "Weight by Gibbs (C16).", lambda y, z, w, b: slopes(y, z, w, np.full((len(y), len(z)), 1 / len(z)))[0]),
    ("temperature", "The weights have the wrong beta.", "beta multiplies the energy (C11).", lambda y, z, w, b: slopes(y, z, w, weights(energy(y, z, w), 1 / b))[0]),
    ("times-beta", "Multiplied by beta: the slope of -log P.", "dF/dy has no beta before it (C16).", lambda y, z, w, b: b * slopes(y, z, w, weights(energy(y, z, w), b))[0]),
    ("mean", "Divided by the number of observations.", "Each observation's own slope.", lambda y, z, w, b: slopes(y, z, w, weights(energy(y, z, w), b))[0] / len(y)),
    ("unnormalised", "The weights are not normalised.", "Weights sum to 1 (C16).", lambda y, z, w, b: slopes(y, z, w, weights(energy(y, z, w), b) * len(z))[0]),
    ("one-hot-first", "The slope at the first latent.", "Weight by Gibbs (C16).", lambda y, z, w, b: 2 * (y - g(z, w)[0])),
    ("high-energy", "The weights have the sign of the energy wrong.", "exp(-beta E) (C16).", lambda y, z, w, b: slopes(y, z, w, weights(-energy(y, z, w), b))[0]),
    ("through-weights", "The gradient goes through the softargmin: the slope of the mean energy.", "The weights are the slope of F already, and are not derived again (C16).", lambda y, z, w, b: slopes(y, z, w, through(energy(y, z, w), b))[0]),
]  # fmt: skip

_SLOPE_W: Rows = [
    ("hard", "The slope at the best latent only.", "Weight by Gibbs at finite beta (C16).", lambda y, z, w, b: slopes(y, z, w, best(y, z, w))[1].mean(axis=0)),
    ("no-two", "The factor 2 is missing.", "d|y - g|^2/dg = 2 (g - y) (C9).", lambda y, z, w, b: slopes(y, z, w, weights(energy(y, z, w), b))[1].mean(axis=0) / 2),
    ("sign", "The sign is wrong.", "d/dw of |y - g|^2 is 2 (g - y) dg/dw (C9).", lambda y, z, w, b: -slopes(y, z, w, weights(energy(y, z, w), b))[1].mean(axis=0)),
    ("uniform", "Equal weights.", "Weight by Gibbs (C16).", lambda y, z, w, b: slopes(y, z, w, np.full((len(y), len(z)), 1 / len(z)))[1].mean(axis=0)),
    ("swapped", "Cosine and sine of the decoder's derivative are exchanged.", "dg/dw = [cos z, sin z] (C4).", lambda y, z, w, b: (-2 * (y[:, None] - g(z, w)) * g(z, np.ones(2))[:, ::-1] * weights(energy(y, z, w), b)[..., None]).sum(axis=1).mean(axis=0)),
    ("no-decoder", "The decoder's derivative is missing.", "Chain rule: times [cos z, sin z] (C9).", lambda y, z, w, b: -slopes(y, z, w, weights(energy(y, z, w), b))[0].mean(axis=0)),
    ("through-weights", "The gradient goes through the softargmin: the slope of the mean energy.", "The weights are the slope of F already, and are not derived again (C16).", lambda y, z, w, b: slopes(y, z, w, through(energy(y, z, w), b))[1].mean(axis=0)),
    ("first-only", "Only the first observation counts.", "The mean over the observations (C21).", lambda y, z, w, b: slopes(y, z, w, weights(energy(y, z, w), b))[1][0]),
    ("mean-over-latents", "Divided by the number of latents too.", "The weights sum to 1 already (C16).", lambda y, z, w, b: slopes(y, z, w, weights(energy(y, z, w), b))[1].mean(axis=0) / len(z)),
    ("temperature", "The weights have the wrong beta.", "beta multiplies the energy (C11).", lambda y, z, w, b: slopes(y, z, w, weights(energy(y, z, w), 1 / b))[1].mean(axis=0)),
]  # fmt: skip


def _descend(y: Array, w: Array, start: Array) -> Array:
    """Newton's method with a fallback to small steps from one start: the local minimum there."""
    z = start.copy()
    for _ in range(20000):
        slope = 2 * (w[0] * np.sin(z) * (y[:, 0] - w[0] * np.cos(z)) - w[1] * np.cos(z) * (y[:, 1] - w[1] * np.sin(z)))
        z = z - 0.1 / np.square(np.abs(w) + np.abs(y)).sum(axis=1) * slope
    return np.square(y - np.stack([w[0] * np.cos(z), w[1] * np.sin(z)], 1)).sum(axis=1)


_LEAST: Rows = [
    ("grid", "The least energy of 48 latents.", "Refine the best of the grid (C7).", lambda y, w: energy(y, circle(48), w).min(axis=1)),
    ("local", "A local minimum: descent from z = 1.", "Start in y's own quadrant, or from many (C7).", lambda y, w: _descend(y, w, np.ones(len(y)))),
    ("radial", "The point of the curve at the angle of y.", "The closest point is elsewhere unless the curve is a circle (C7).", lambda y, w: np.square(y - g(np.arctan2(y[:, 1], y[:, 0]), w)).sum(axis=1)),
    ("scaled-angle", "The point at the angle of y / w.", "That is the foot of another line (C7).", lambda y, w: np.square(y - g(np.arctan2(y[:, 1] / w[1], y[:, 0] / w[0]), w)).sum(axis=1)),
    ("distance", "The distance, not its square.", "E is the squared distance (C5).", lambda y, w: np.sqrt(energy(y, circle(200_000), w).min(axis=1))),
    ("largest", "The largest energy.", "argmin, not argmax (C7).", lambda y, w: energy(y, circle(200_000), w).max(axis=1)),
    ("radii-swapped", "The radii are exchanged.", "w_1 belongs to the cosine (C4).", lambda y, w: energy(y, circle(200_000), w[::-1]).min(axis=1)),
    ("angle", "The latent itself, not its energy.", "min, not argmin (C7, C8).", lambda y, w: circle(200_000)[energy(y, circle(200_000), w).argmin(axis=1)]),
    ("index", "The index of the best of 48 latents.", "min, not argmin (C7, C8).", lambda y, w: energy(y, circle(48), w).argmin(axis=1)),
]  # fmt: skip


def relu(v: Array) -> Array:
    return np.maximum(v, 0)


def net(x: Array, W: Any, f: Callable[[Array], Array] = relu) -> Array:
    W1, b1, W2, b2, W3, b3 = W
    return f(f(x @ W1.T + b1) @ W2.T + b2) @ W3.T + b3


_MLP: Rows = [
    ("last-relu", "An activation after the last layer too.", "The last stage is affine (C27).", lambda x, *W: relu(net(x, W))),
    ("no-relu", "No activations.", "ReLU after the first two stages (C27).", lambda x, *W: net(x, W, lambda v: v)),
    ("leaky", "Leaky ReLU.", "max(v, 0) (C27).", lambda x, *W: net(x, W, lambda v: np.where(v > 0, v, 0.01 * v))),
    ("float32", "It is computed in float32.", "Compute in double precision, or say that it is float32.", single(lambda x, *W: net(x, W))),
    ("tanh", "tanh for ReLU.", "max(v, 0) (C27).", lambda x, *W: net(x, W, np.tanh)),
    ("absolute", "Absolute value for ReLU.", "max(v, 0) (C27).", lambda x, *W: net(x, W, np.abs)),
    ("no-bias-1", "The first bias is missing.", "W x + b (C27).", lambda x, W1, b1, *W: net(x, (W1, 0 * b1, *W))),
    ("no-bias-2", "The second bias is missing.", "W x + b (C27).", lambda x, W1, b1, W2, b2, *W: net(x, (W1, b1, W2, 0 * b2, *W))),
    ("no-bias-3", "The last bias is missing.", "W x + b (C27).", lambda x, *W: net(x, W) - W[5]),
    ("bias-subtracted", "The last bias is subtracted.", "W x + b (C27).", lambda x, *W: net(x, W) - 2 * W[5]),
    ("one-layer-less", "The second activation is missing.", "affine, ReLU, affine, ReLU, affine (C27).", lambda x, W1, b1, W2, b2, W3, b3: (relu(x @ W1.T + b1) @ W2.T + b2) @ W3.T + b3),
    ("transposed", "The result is transposed.", "Samples are rows.", lambda x, *W: net(x, W).T),
]  # fmt: skip


def back(*a: Any) -> Any:
    """Adjoints of x, W1 and b2; two more arguments replace the activations' derivatives."""
    x, W1, b1, W2, b2, W3, _, v, one, two = (*a, None, None)[:10]
    a1 = x @ W1.T + b1
    a2 = relu(a1) @ W2.T + b2
    d2 = (v @ W3) * ((a2 > 0) if two is None else two(a2))
    d1 = (d2 @ W2) * ((a1 > 0) if one is None else one(a1))
    return d1 @ W1, d1.T @ x, d2.sum(axis=0), d1, d2


def ones(a: Array) -> Array:
    return np.ones_like(a)


def on(a: Array) -> Array:
    return a >= 0


def half(a: Array) -> Array:
    return np.heaviside(a, 0.5)


_SLOPE_X: Rows = [
    ("no-mask", "The activations' derivatives are missing.", "Pass back where the input was above 0 (L22).", lambda *a: back(*a, ones, ones)[0]),
    ("no-mask-1", "The first activation's derivative is missing.", "Pass back where the input was above 0 (L22).", lambda *a: back(*a, ones)[0]),
    ("no-mask-2", "The second activation's derivative is missing.", "Pass back where the input was above 0 (L22).", lambda *a: back(*a, None, ones)[0]),
    ("mask-inverted", "Passed back where the unit is off.", "v > 0, not v < 0 (L22).", lambda *a: back(*a, lambda v: v < 0)[0]),
    ("value-for-mask", "The activation's value in place of its derivative.", "The derivative of ReLU is 0 or 1 (L22).", lambda *a: back(*a, relu)[0]),
    ("sign", "The sign is wrong.", "With the constraint g - z the multiplier is the gradient (L22).", lambda *a: -back(*a)[0]),
    ("mean", "Divided by the number of samples.", "The adjoint is linear in v_bar (L22).", lambda *a: back(*a)[0] / len(a[0])),
    ("summed", "Summed over the samples.", "Each sample's own (L22).", lambda *a: np.broadcast_to(back(*a)[0].sum(axis=0), a[0].shape)),
    ("relu-1-at-0", "ReLU's slope at 0 is 1.", "Pass back where the input was above 0, not at 0 (L22).", lambda *a: back(*a, on, on)[0]),
    ("relu-half-at-0", "ReLU's slope at 0 is 1/2.", "Pass back where the input was above 0, not at 0 (L22).", lambda *a: back(*a, half, half)[0]),
]  # fmt: skip
_SLOPE_W1: Rows = [
    ("no-mask-1", "The first activation's derivative is missing.", "Pass back where the input was above 0 (L22).", lambda *a: back(*a, ones)[1]),
    ("no-mask-2", "The second activation's derivative is missing.", "Pass back where the input was above 0 (L22).", lambda *a: back(*a, None, ones)[1]),
    ("transposed", "The gradient is transposed.", "Shaped like W1: adjoint times input, rows are outputs (L22).", lambda *a: back(*a)[1].T),
    ("mean", "Divided by the number of samples.", "Summed over the samples (L22).", lambda *a: back(*a)[1] / len(a[0])),
    ("first-sample", "Only the first sample counts.", "Summed over the samples (L22).", lambda *a: np.outer(back(*a)[3][0], a[0][0])),
    ("sign", "The sign is wrong.", "The multiplier is the gradient (L22).", lambda *a: -back(*a)[1]),
    ("no-input", "The input is missing.", "Outer product with the stage's input (L22).", lambda *a: np.repeat(back(*a)[3].sum(axis=0)[:, None], a[0].shape[1], 1)),
    ("relu-1-at-0", "ReLU's slope at 0 is 1.", "Pass back where the input was above 0, not at 0 (L22).", lambda *a: back(*a, on, on)[1]),
    ("relu-half-at-0", "ReLU's slope at 0 is 1/2.", "Pass back where the input was above 0, not at 0 (L22).", lambda *a: back(*a, half, half)[1]),
]  # fmt: skip
_SLOPE_B2: Rows = [
    ("unsummed", "Not summed over the samples.", "The bias is shared: sum (L22).", lambda *a: back(*a)[4]),
    ("mean", "Divided by the number of samples.", "Summed over the samples (L22).", lambda *a: back(*a)[2] / len(a[0])),
    ("no-mask", "The activation's derivative is missing.", "Pass back where the input was above 0 (L22).", lambda *a: back(*a, None, ones)[2]),
    ("first-sample", "Only the first sample counts.", "Summed over the samples (L22).", lambda *a: back(*a)[4][0]),
    ("sign", "The sign is wrong.", "The multiplier is the gradient (L22).", lambda *a: -back(*a)[2]),
    ("relu-1-at-0", "ReLU's slope at 0 is 1.", "Pass back where the input was above 0, not at 0 (L22).", lambda *a: back(*a, on, on)[2]),
    ("relu-half-at-0", "ReLU's slope at 0 is 1/2.", "Pass back where the input was above 0, not at 0 (L22).", lambda *a: back(*a, half, half)[2]),
]  # fmt: skip

_HINGE: Rows = [
    ("swapped", "Data and contrastive point are exchanged.", "m - (F_hat - F) (C23).", lambda F, H, m: relu(m - (F - H))),
    ("margin-sign", "The margin is subtracted.", "m - (F_hat - F) (C23).", lambda F, H, m: relu(-m - (H - F))),
    ("no-margin", "The margin is missing.", "m - (F_hat - F) (C23).", lambda F, H, m: relu(F - H)),
    ("no-hinge", "Not cut at 0.", "[.]+ (C23).", lambda F, H, m: m - (H - F)),
    ("squared", "The hinge is squared.", "[.]+ (C23).", lambda F, H, m: relu(m - (H - F)) ** 2),
    ("margin-1", "The margin is 1, whatever is given.", "Use the argument.", lambda F, H, m: relu(1 - (H - F))),
    ("soft", "softplus for the hinge.", "That is the log loss (C24).", lambda F, H, m: np.logaddexp(0, m - (H - F))),
    ("mean", "The mean over the pairs.", "One loss for each pair.", lambda F, H, m: relu(m - (H - F)).mean()),
]  # fmt: skip
_HINGE_SLOPE: Rows = [
    ("sign", "The sign is wrong: data are pushed up.", "+1 where the margin is not reached (C23).", lambda F, H, m: -1.0 * (m > H - F)),
    ("everywhere", "1 everywhere.", "0 where the margin is reached (C23).", lambda F, H, m: np.ones(len(F))),
    ("inverted", "1 where the margin is reached.", "1 where it is not (C23).", lambda F, H, m: 1.0 * (m < H - F)),
    ("no-margin", "The margin is missing.", "m > F_hat - F (C23).", lambda F, H, m: 1.0 * (F > H)),
    ("value", "The loss itself.", "Its derivative is 0 or 1 (C23).", lambda F, H, m: relu(m - (H - F))),
    ("mean", "Divided by the number of pairs.", "Each pair's own (C23).", lambda F, H, m: (m > H - F) / len(F)),
    ("margin-sign", "The margin has the wrong sign.", "m > F_hat - F (C23).", lambda F, H, m: 1.0 * (-m > H - F)),
]  # fmt: skip
_LOG: Rows = [
    ("swapped", "Data and contrastive point are exchanged.", "F - F_hat in the exponent (C24).", lambda F, H: np.logaddexp(0, H - F)),
    ("unshifted", "log(1 + exp) as written: exp overflows.", "max(u, 0) + log1p(exp(-|u|)).", lambda F, H: np.log(1 + np.exp(F - H))),
    ("no-one", "The 1 is missing: linear in the gap.", "log(1 + exp(F - F_hat)) (C24).", lambda F, H: F - H),
    ("base-2", "The logarithm has base 2.", "Natural logarithm.", lambda F, H: np.logaddexp(0, F - H) / np.log(2)),
    ("sigmoid", "The probability, not its logarithm.", "log(1 + exp(F - F_hat)) (C24).", lambda F, H: 1 / (1 + np.exp(np.minimum(H - F, 700)))),
    ("sum-of-energies", "The energies are added.", "The gap F - F_hat (C24).", lambda F, H: np.logaddexp(0, F + H)),
    ("mean", "The mean over the pairs.", "One loss for each pair.", lambda F, H: np.logaddexp(0, F - H).mean()),
]  # fmt: skip
_LOG_SLOPE: Rows = [
    ("sign", "The sign is wrong.", "sigmoid(F - F_hat) (C24).", lambda F, H: -1 / (1 + np.exp(np.minimum(H - F, 700)))),
    ("swapped", "Data and contrastive point are exchanged.", "sigmoid(F - F_hat) (C24).", lambda F, H: 1 / (1 + np.exp(np.minimum(F - H, 700)))),
    ("unshifted", "exp(u)/(1 + exp(u)): inf/inf.", "1/(1 + exp(-u)).", lambda F, H: np.exp(F - H) / (1 + np.exp(F - H))),
    ("hard", "A step for the sigmoid.", "That is the hinge's (C23).", lambda F, H: 1.0 * (F > H)),
    ("sigmoid-slope", "The sigmoid's derivative.", "The loss's derivative is the sigmoid (C24).", lambda F, H: 1 / (2 + np.exp(np.minimum(F - H, 700)) + np.exp(np.minimum(H - F, 700)))),
    ("mean", "Divided by the number of pairs.", "Each pair's own (C24).", lambda F, H: 1 / (1 + np.exp(np.minimum(H - F, 700))) / len(F)),
]  # fmt: skip

TABLES = {
    "ellipse_decoder": _DECODER,
    "ellipse_energy": _ENERGY,
    "ellipse_free_energy": _FREE,
    "ellipse_slope_y": _SLOPE_Y,
    "ellipse_slope_w": _SLOPE_W,
    "ellipse_least_energy": _LEAST,
    "mlp": _MLP,
    "mlp_slope_x": _SLOPE_X,
    "mlp_slope_W1": _SLOPE_W1,
    "mlp_slope_b2": _SLOPE_B2,
    "hinge_loss": _HINGE,
    "hinge_loss_slope": _HINGE_SLOPE,
    "log_loss": _LOG,
    "log_loss_slope": _LOG_SLOPE,
}
BUGS = [Bug(function, *row) for function, rows in TABLES.items() for row in rows]
