"""Right models that are not of the contract, for the laws: each a mapping of names to functions and declarations."""

import numpy as np
from scipy.special import logsumexp, softmax

ANGLES = np.arange(24) * (2 * np.pi / 24)


def softmin(E, beta, p=None):
    """-(1/beta) log mean exp(-beta E), both ends included."""
    p = np.full(E.shape[1], 1 / E.shape[1]) if p is None else p
    if beta == 0:
        return E @ p
    m = E.min(axis=1)
    return m if beta == np.inf else m - np.log1p(np.expm1(-beta * (E - m[:, None])) @ p) / beta


def gibbs(E, beta):
    if beta == np.inf:
        low = E == E.min(axis=1, keepdims=True)
        return low / low.sum(axis=1, keepdims=True)
    return softmax(-beta * E, axis=1)


def ellipse():
    """The lecture's: y near a point of an ellipse, the latent its angle."""

    def g(z, w):
        return w * np.stack([np.cos(z), np.sin(z)], axis=1)

    def energy(y, z, w):
        return np.square(y[:, None] - g(z, w)).sum(axis=2)

    def slope_y(y, w, beta):
        q = gibbs(energy(y, ANGLES, w), beta)
        return 2 * (q[..., None] * (y[:, None] - g(ANGLES, w))).sum(axis=1)

    def slope_w(y, w, beta):
        q = gibbs(energy(y, ANGLES, w), beta)
        turn = np.stack([np.cos(ANGLES), np.sin(ANGLES)], axis=1)
        return -2 * (q[..., None] * (y[:, None] - g(ANGLES, w)) * turn).sum(axis=1).mean(axis=0)

    return {
        "DIM": 2, "LATENTS": ANGLES, "BOX": [(-6, 6), (-6, 6)], "BETA": 2.0, "W": lambda rng: rng.uniform(0.8, 2.0, 2),
        "energy": energy, "slope_y": slope_y, "slope_w": slope_w,
        "free_energy": lambda y, w, beta: softmin(energy(y, ANGLES, w), beta),
        "posterior": lambda y, w, beta: gibbs(energy(y, ANGLES, w), beta),
        "score": lambda y, w, beta: -beta * slope_y(y, w, beta),
        "variational_free_energy": lambda y, w, q, beta: (q * energy(y, ANGLES, w)).sum(1)
        + (np.where(q > 0, q * np.log(np.where(q > 0, q, 1) * 24), 0)).sum(1) / beta,
    }  # fmt: skip


def gaussian():
    """F = |A (y - m)|^2 / 2: its density and its draws in closed form."""
    A, m = np.array([[1.5, 0.0], [0.7, 0.8]]), np.array([0.4, -0.6])

    def free_energy(y):
        return np.square((y - m) @ A.T).sum(axis=1) / 2

    def slope_y(y):
        return (y - m) @ (A.T @ A)

    def log_partition(beta):
        return np.log(2 * np.pi / beta) - np.linalg.slogdet(A)[1]

    def sample(n, seed, beta):
        return m + np.random.default_rng(seed).normal(size=(n, 2)) @ np.linalg.inv(A).T / np.sqrt(beta)

    return {
        "DIM": 2, "BOX": [(-9, 10), (-15, 14)], "BETA": 1.3, "free_energy": free_energy, "slope_y": slope_y,
        "log_partition": log_partition, "sample": sample, "score": lambda y, beta: -beta * slope_y(y),
        "log_density": lambda y, beta: -beta * free_energy(y) - log_partition(beta),
    }  # fmt: skip


def mixture():
    """Two Gaussians of one dimension; the latent says which, with a prior."""
    m, s, p = np.array([-1.0, 1.5]), np.array([0.5, 0.8]), np.array([0.3, 0.7])

    def energy(y, z):
        i = z.astype(int)
        return np.square((y - m[i]) / s[i]) / 2 + np.log(s[i])

    def log_density(y):
        return logsumexp(np.log(p) - energy(y, np.arange(2)), axis=1) - np.log(2 * np.pi) / 2

    def score(y):
        q = softmax(np.log(p) - energy(y, np.arange(2)), axis=1)
        return -(q * (y - m) / s**2).sum(axis=1, keepdims=True)

    def sample(n, seed):
        rng = np.random.default_rng(seed)
        i = rng.choice(2, size=n, p=p)
        return (m[i] + s[i] * rng.normal(size=n))[:, None]

    return {
        "DIM": 1, "LATENTS": np.arange(2.0), "PRIOR": p, "BOX": [(-8, 10)], "energy": energy, "log_density": log_density,
        "score": score, "sample": sample, "free_energy": lambda y: -logsumexp(np.log(p) - energy(y, np.arange(2)), axis=1),
    }  # fmt: skip


def boltzmann():
    """A restricted Boltzmann machine of 4 visible and 3 hidden units, its free energy a sum over the hidden ones (N3)."""
    rng = np.random.default_rng(5)
    W, b, c = rng.normal(size=(3, 4)), rng.normal(size=4), rng.normal(size=3)
    h = np.array([[i >> j & 1 for j in range(3)] for i in range(8)], float)
    v = np.array([[i >> j & 1 for j in range(4)] for i in range(16)], float)

    def free_energy(y):
        return -y @ b - np.logaddexp(0, c + y @ W.T).sum(axis=1)

    Z = logsumexp(-free_energy(v))

    def sample(n, seed):
        return v[np.random.default_rng(seed).choice(16, size=n, p=np.exp(-free_energy(v) - Z))]

    return {
        "DIM": 4, "LATENTS": h, "PRIOR": np.ones(8), "STATES": v, "energy": lambda y, z: -(y @ W.T + c) @ z.T - (y @ b)[:, None],
        "free_energy": free_energy, "log_partition": lambda: Z, "log_density": lambda y: -free_energy(y) - Z, "sample": sample,
        "slope_y": lambda y: -b - (1 / (1 + np.exp(-c - y @ W.T))) @ W,
        "posterior": lambda y: softmax((y @ W.T + c) @ h.T, axis=1),
    }  # fmt: skip


def pca():
    """The distance to a line in three dimensions; flat along it, so that it has no density."""
    e = np.array([1.0, 2.0, -2.0]) / 3

    def off(y):
        return y - np.outer(y @ e, e)

    return {
        "DIM": 3, "free_energy": lambda y: np.square(off(y)).sum(axis=1), "slope_y": lambda y: 2 * off(y),
        "forward": off, "jvp": lambda y, v: off(v), "vjp": lambda y, u: off(u),
    }  # fmt: skip


def network():
    """An energy that is a network of tanh units and a bowl, its slopes by the chain rule."""
    rng = np.random.default_rng(8)
    A, a = rng.normal(size=(5, 2)), rng.normal(size=5)

    def energy(y, w):
        return np.tanh(y @ A.T + a) @ w + np.square(y).sum(axis=1) / 2

    def slope_y(y, w):
        return (w * (1 - np.tanh(y @ A.T + a) ** 2)) @ A + y

    return {
        "DIM": 2, "W": lambda rng: rng.normal(size=5), "BOX": [(-12, 12), (-12, 12)], "energy": energy, "free_energy": energy,
        "slope_y": slope_y, "slope_w": lambda y, w: np.tanh(y @ A.T + a).mean(axis=0),
        "score": lambda y, w, beta: -beta * slope_y(y, w),
        "forward": lambda y: np.tanh(y @ A.T + a), "jvp": lambda y, v: (1 - np.tanh(y @ A.T + a) ** 2) * (v @ A.T),
        "vjp": lambda y, u: (u * (1 - np.tanh(y @ A.T + a) ** 2)) @ A,
    }  # fmt: skip


def kmeans():
    """The least distance to three centres: F has kinks, and at beta = inf only."""
    M = np.array([[0.0, 1.0], [2.0, -1.0], [-1.5, -0.5]])

    def energy(y, z):
        return np.square(y[:, None] - z).sum(axis=2)

    def slope_y(y, beta):
        return 2 * (gibbs(energy(y, M), beta)[..., None] * (y[:, None] - M)).sum(axis=1)

    return {
        "DIM": 2, "LATENTS": M, "energy": energy, "free_energy": lambda y, beta: softmin(energy(y, M), beta), "slope_y": slope_y,
        "posterior": lambda y, beta: gibbs(energy(y, M), beta), "least_energy": lambda y: energy(y, M).min(axis=1),
    }  # fmt: skip


def hard():
    """A minimum itself and a ReLU: the free energy has kinks where a subgradient is as good as another."""
    M = np.array([[0.0, 1.0], [2.0, -1.0], [-1.5, -0.5]])

    def free_energy(y):
        return np.square(y[:, None] - M).sum(axis=2).min(axis=1) + np.maximum(y[:, 0] - 1, 0)

    def slope_y(y):
        at = np.square(y[:, None] - M).sum(axis=2).argmin(axis=1)
        return 2 * (y - M[at]) + np.stack([y[:, 0] > 1, np.zeros(len(y))], axis=1)

    return {"DIM": 2, "free_energy": free_energy, "slope_y": slope_y, "score": lambda y: -slope_y(y)}


def well():
    """A double well of one dimension, drawn from by inverting its distribution on a grid."""
    t = np.linspace(-3, 3, 20_001)

    def free_energy(y):
        return np.square(np.square(y[:, 0]) - 1)

    F = np.cumsum(np.exp(-2 * free_energy(t[:, None])))

    def sample(n, seed):
        return np.interp(np.random.default_rng(seed).uniform(size=n), F / F[-1], t)[:, None]

    return {
        "DIM": 1, "BETA": 2.0, "free_energy": free_energy, "slope_y": lambda y: 4 * y * (y**2 - 1), "sample": sample,
        "score": lambda y: -8 * y * (y**2 - 1),
    }  # fmt: skip


RIGHT = [ellipse, gaussian, mixture, boltzmann, pca, network, kmeans, hard, well]
