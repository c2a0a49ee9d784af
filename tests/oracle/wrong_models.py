"""Wrong models: what is changed in a right one, and the law that has to notice."""

import numpy as np
from lawful_models import (
    ANGLES,
    boltzmann,
    ellipse,
    gaussian,
    gibbs,
    hard,
    kmeans,
    mixture,
    network,
    pca,
    softmin,
    well,
)
from scipy.special import logsumexp, softmax

RIGHT = {f.__name__: f() for f in (ellipse, gaussian, mixture, boltzmann, pca, network, kmeans, hard, well)}
E, G, M, B, N, K, D = (
    RIGHT[name] for name in ("ellipse", "gaussian", "mixture", "boltzmann", "network", "kmeans", "well")
)
LINE = RIGHT["pca"]
ONCE = {}


def stale(y, w, beta):
    """The first parameters that it saw."""
    return E["free_energy"](y, ONCE.setdefault("w", w.copy()), beta)


def remembered(y, w, beta):
    ONCE["calls"] = ONCE.get("calls", 0) + 1
    return E["free_energy"](y, w, beta) + 1e-9 * ONCE["calls"]


def in_place(y, w, beta):
    y -= y.mean(axis=0)
    return E["slope_y"](y, w, beta)


def seeding(n, seed):
    np.random.seed(seed)  # noqa: NPY002
    return D["sample"](n, seed)


def nearest_only(y, w, beta):
    at = E["energy"](y, ANGLES, w).argmin(axis=1)
    return 2 * (y - w * np.stack([np.cos(ANGLES), np.sin(ANGLES)], axis=1)[at])


def clipped(y, w, beta):
    return softmin(np.minimum(E["energy"](y, ANGLES, w), 50), beta)


def sample_of(factor):
    """Draws of the Gaussian at another temperature."""
    return lambda n, seed, beta: G["sample"](n, seed, beta * factor)


def half_alike(n, seed):
    y = D["sample"](n, seed)
    return np.concatenate([y[: n // 2], y[: n - n // 2]])


def uncoupled(n, seed, beta):
    """Right marginals, no dependence between the entries."""
    return np.stack([G["sample"](n, seed, beta)[:, 0], G["sample"](n, seed + 1, beta)[:, 1]], axis=1)


def mode_lost(n, seed):
    y = M["sample"](n, seed)
    return np.where(y < -0.6, 1.5, y)


WRONG = {
    # energies
    "energy: without its square": (E, "energy", lambda y, z, w: np.sqrt(E["energy"](y, z, w)), "softmin"),
    "energy: halved": (E, "energy", lambda y, z, w: E["energy"](y, z, w) / 2, "softmin"),
    "energy: rows mixed": (E, "energy", lambda y, z, w: E["energy"](y - y.mean(0), z, w), "rows of energy"),
    "energy: by the place of the latent": (
        E, "energy", lambda y, z, w: E["energy"](y, z, w) + 1e-3 * np.arange(len(z)), "order of latents"),
    "energy: below the least": (K, "energy", lambda y, z: K["energy"](y, z) - 0.5, "least energy"),
    "energy: squeezed": (E, "energy", lambda y, z, w: E["energy"](y, z, w).squeeze(), "answers of energy"),
    # free energies
    "free energy: no log N": (E, "free_energy", lambda y, w, beta: E["free_energy"](y, w, beta) - np.log(24) / beta, "softmin"),
    "free energy: the minimum": (E, "free_energy", lambda y, w, beta: E["energy"](y, ANGLES, w).min(1), "softmin"),
    "free energy: the mean": (E, "free_energy", lambda y, w, beta: E["energy"](y, ANGLES, w).mean(1), "softmin"),
    "free energy: not divided by beta": (E, "free_energy", lambda y, w, beta: E["free_energy"](y, w, beta) * beta, "softmin"),
    "free energy: beta is dropped": (E, "free_energy", lambda y, w, beta: E["free_energy"](y, w, 1.0), "softmin"),
    "free energy: sign": (E, "free_energy", lambda y, w, beta: -E["free_energy"](y, w, beta), "above the least energy"),
    "free energy: softmax": (
        E, "free_energy", lambda y, w, beta: -softmin(-E["energy"](y, ANGLES, w), beta), "below the mean energy"),
    "free energy: 1/beta for beta": (E, "free_energy", lambda y, w, beta: E["free_energy"](y, w, 1 / beta), "falling in beta"),
    "free energy: over the rows": (
        E, "free_energy", lambda y, w, beta: np.resize(softmin(E["energy"](y, ANGLES, w).T, beta), len(y)), "rows of free_energy"),
    "free energy: energies clipped": (E, "free_energy", clipped, "softmin"),
    "free energy: shifted by the batch": (
        E, "free_energy", lambda y, w, beta: E["free_energy"](y, w, beta) - E["free_energy"](y, w, beta).min(),
        "rows of free_energy"),
    "free energy: stale parameters": (E, "free_energy", stale, "softmin"),
    "free energy: remembers": (E, "free_energy", remembered, "same answer again"),
    "free energy: 1 added inside the logarithm": (
        B, "free_energy", lambda y: -logsumexp(-B["energy"](y, B["LATENTS"]) + 1e-3, axis=1), "softmin"),
    "free energy: prior forgotten": (
        M, "free_energy", lambda y: -logsumexp(-M["energy"](y, np.arange(2)), axis=1), "softmin"),
    "free energy: the least of -beta": (K, "least_energy", lambda y: K["energy"](y, K["LATENTS"]).max(1), "least energy"),
    # weights
    "posterior: beta is dropped": (E, "posterior", lambda y, w, beta: gibbs(E["energy"](y, ANGLES, w), 1.0), "Gibbs weights"),
    "posterior: sign": (E, "posterior", lambda y, w, beta: softmax(beta * E["energy"](y, ANGLES, w), axis=1), "Gibbs weights"),
    "posterior: over the rows": (
        E, "posterior", lambda y, w, beta: softmax(-beta * E["energy"](y, ANGLES, w), axis=0), "Gibbs weights"),
    "variational: log2": (
        E, "variational_free_energy",
        lambda y, w, q, beta: (q * E["energy"](y, ANGLES, w)).sum(1) + (q * np.log2(np.maximum(q, 1e-300) * 24)).sum(1) / beta,
        "variational free energy"),
    # slopes
    "slope: halved": (E, "slope_y", lambda y, w, beta: E["slope_y"](y, w, beta) / 2, "slope in y"),
    "slope: sign": (E, "slope_y", lambda y, w, beta: -E["slope_y"](y, w, beta), "slope in y"),
    "slope: times beta": (E, "slope_y", lambda y, w, beta: beta * E["slope_y"](y, w, beta), "mean slope in y"),
    "slope: of the closest latent": (E, "slope_y", nearest_only, "slope in y"),
    "slope: divided by the rows": (E, "slope_y", lambda y, w, beta: E["slope_y"](y, w, beta) / len(y), "rows of slope_y"),
    "slope: clipped": (E, "slope_y", lambda y, w, beta: np.clip(E["slope_y"](y, w, beta), -5, 5), "slope in y"),
    "slope: changes y": (E, "slope_y", in_place, "arguments stay"),
    "slope: 1e-4 off": (N, "slope_y", lambda y, w: N["slope_y"](y, w) * (1 + 1e-4), "slope in y"),
    "slope: of a kink's other side": (
        RIGHT["hard"], "slope_y", lambda y: RIGHT["hard"]["slope_y"](y) + (y[:, :1] < 1) * [1.0, 0.0], "slope in y"),
    "slope: NaN far out": (
        D, "slope_y", lambda y: np.where(np.abs(y) > 2.5, np.nan, D["slope_y"](y)), "answers of slope_y"),
    "slope at inf: all tied": (
        K, "slope_y", lambda y, beta: K["slope_y"](y, beta) if np.isfinite(beta) else K["slope_y"](y, 1e-9), "envelope"),
    "slope_w: summed": (E, "slope_w", lambda y, w, beta: len(y) * E["slope_w"](y, w, beta), "slope in w"),
    "slope_w: sign": (N, "slope_w", lambda y, w: -N["slope_w"](y, w), "slope in w"),
    "slope_w: of the first row": (N, "slope_w", lambda y, w: N["slope_w"](y[:1], w), "mean slope in w"),
    # densities and scores
    "score: without beta": (E, "score", lambda y, w, beta: -E["slope_y"](y, w, beta), "score and slope"),
    "score: sign": (G, "score", lambda y, beta: beta * G["slope_y"](y), "score and density"),
    "score: of the energy": (M, "score", lambda y: -(y - 1.5) / 0.64, "score and free energy"),
    "density: unnormalised": (G, "log_density", lambda y, beta: -beta * G["free_energy"](y), "normalised"),
    "density: beta is dropped": (G, "log_density", lambda y, beta: G["log_density"](y, 1.0), "Gibbs density"),
    "density: of one row": (
        G, "log_density", lambda y, beta: G["log_density"](y, beta) - np.log(len(y)), "rows of log_density"),
    "partition: of beta 1": (G, "log_partition", lambda beta: G["log_partition"](1.0), "partition function"),
    "partition: a state too few": (
        B, "log_partition", lambda: logsumexp(-B["free_energy"](B["STATES"][1:])), "partition function"),
    # draws
    "draws: twice as warm": (G, "sample", sample_of(0.5), "law of draws"),
    "draws: variance for deviation": (G, "sample", lambda n, seed, beta: G["sample"](n, seed, beta**2), "law of draws"),
    "draws: entries independent": (G, "sample", uncoupled, "law of draws"),
    "draws: a mode is lost": (M, "sample", mode_lost, "law of draws"),
    "draws: each row twice": (D, "sample", half_alike, "seeded draws"),
    "draws: the seed is not used": (D, "sample", lambda n, seed: D["sample"](n, 0), "seeded draws"),
    "draws: no seed": (D, "sample", lambda n, seed: D["sample"](n, None), "seeded draws"),
    "draws: global seed": (D, "sample", seeding, "random states stay"),
    "draws: states uniform": (
        B, "sample", lambda n, seed: B["STATES"][np.random.default_rng(seed).integers(16, size=n)], "law of draws"),
    # adjoints
    "vjp: transposed sign": (LINE, "vjp", lambda y, u: -LINE["vjp"](y, u), "adjoint pair"),
    "vjp: mask forgotten": (
        N, "vjp", lambda y, u: u @ np.linalg.pinv(N["jvp"](y[:1] * 0, np.eye(2)[:1])[:, :].repeat(2, 0).T).T, "adjoint pair"),
    "jvp: of the value": (N, "jvp", lambda y, v: N["forward"](y) * (v @ np.ones(2))[:, None], "forward mode"),
}  # fmt: skip
