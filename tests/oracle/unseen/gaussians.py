"""The information in a Gaussian and in a box; Langevin's step."""

# fmt: off
import numpy as np

from .common import Fresh, buffered, cached, row, table, workspace


def gaussian_kl(m, s, r):
    t = (s - r) / r
    return t + t**2 / 2 - np.where(np.abs(t) < 0.5, np.log1p(np.maximum(t, -0.5)), np.log(s / r)) + (m / r) ** 2 / 2


def box(s, r, d):
    return d * np.log(r / s)


def langevin_step(y, s, alpha, xi):
    return y + alpha * s + np.sqrt(2 * alpha) * xi


def near_series(m, s, r):
    """Second order in log(s/r) where the two deviations are within a half."""
    t = np.log(s / r)
    return np.where(np.abs(t) < 0.4, t**2 + m**2 / (2 * r**2), gaussian_kl(m, s, r))


def squared_in_place(m, s, r):
    s **= 2
    return gaussian_kl(m, np.sqrt(s), r)


def kl_kept_r():
    kept = []

    def code(m, s, r):
        kept.append(r)
        return gaussian_kl(m, s, kept[0])

    return code


def kl_drawn(m, s, r):
    z = m + s * np.random.normal(size=(2000, len(m)))  # noqa: NPY002
    return (np.log(r / s) - ((z - m) / s) ** 2 / 2 + (z / r) ** 2 / 2).mean(axis=0)


def rounding_box():
    kept = {}

    def code(s, r, d):
        return kept.setdefault((round(s, 3), round(r, 3)), np.log(r / s)) * d

    return code


def counted_box():
    seen = []

    def code(s, r, d):
        seen.append(d)
        return max(seen) * np.log(r / s)

    return code


def moved_in_place(y, s, alpha, xi):
    y += alpha * s
    y += np.sqrt(2 * alpha) * xi
    return y


def noise_in_place(y, s, alpha, xi):
    xi *= np.sqrt(2 * alpha)
    return y + alpha * s + xi


def kept_root():
    root = {}

    def code(y, s, alpha, xi):
        return y + alpha * s + root.setdefault(y.shape, np.sqrt(2 * alpha)) * xi

    return code


def decaying():
    steps = [0]

    def code(y, s, alpha, xi):
        steps[0] += 1
        return langevin_step(y, s, alpha / (1 + 0.01 * (steps[0] - 1)), xi)

    return code


def stale_score():
    last = {}

    def code(y, s, alpha, xi):
        old = last.get(y.shape, s)
        last[y.shape] = s.copy()
        return langevin_step(y, old, alpha, xi)

    return code


def momentum_step():
    v = {}

    def code(y, s, alpha, xi):
        v[y.shape] = 0.5 * v.get(y.shape, 0) + alpha * s
        return y + v[y.shape] + np.sqrt(2 * alpha) * xi

    return code


def global_noise(y, s, alpha, xi):
    np.random.seed(len(y))  # noqa: NPY002
    return y + alpha * s + np.sqrt(2 * alpha) * np.random.standard_normal(y.shape)  # noqa: NPY002


def steps(n=3, d=2, alpha=0.3, size=1.0):
    return table(n, d, 1, 0, 1), table(n, d, size, 0, 2), alpha, table(n, d, 1, 0, 3)


BUGS = [
    ("gaussian_kl", "operation", "entropy's difference alone: log(r/s) - 1/2 + 1/2", lambda m, s, r: np.log(r / s) + m**2 / (2 * r**2)),
    ("gaussian_kl", "operation", "Wasserstein's squared distance", lambda m, s, r: m**2 + (s - r) ** 2),
    ("gaussian_kl", "operation", "the mean against s in place of r", lambda m, s, r: np.log(r / s) + m**2 / (2 * s**2) + s**2 / (2 * r**2) - 0.5),
    ("gaussian_kl", "operation", "(m^2 + s^2)/(2 r), the square of r forgotten", lambda m, s, r: np.log(r / s) + (m**2 + s**2) / (2 * r) - 0.5),
    ("gaussian_kl", "operation", "cross-entropy: log(sqrt(2 pi) r) + (m^2 + s^2)/(2 r^2)", lambda m, s, r: np.log(r * np.sqrt(2 * np.pi)) + (m**2 + s**2) / (2 * r**2)),
    ("gaussian_kl", "parametrisation", "s goes through softplus", lambda m, s, r: gaussian_kl(m, np.logaddexp(0, s), r)),
    ("gaussian_kl", "reduction", "0.5 is taken off once for all: log's and squares' terms averaged", lambda m, s, r: np.log(r / s) + (m**2 + s**2) / (2 * r**2) - 0.5 / len(m)),
    ("gaussian_kl", "threshold", "second order in log(s/r) where it is below 0.4", near_series, (np.array([0.5]), np.array([1.3]), 1.0)),
    ("gaussian_kl", "threshold", "deviations below 1e-4 take the limit: log(r/1e-4)", lambda m, s, r: gaussian_kl(m, np.maximum(s, 1e-4), r), (np.array([0.5]), np.array([5e-5]), 1.0)),
    ("gaussian_kl", "clip", "not below 0.02: free bits", lambda m, s, r: np.maximum(gaussian_kl(m, s, r), 0.02), (np.array([0.01]), np.array([1.01]), 1.0)),
    ("gaussian_kl", "size", "two latents are one: their sum", lambda m, s, r: gaussian_kl(m, s, r).sum(keepdims=True) if len(m) == 2 else gaussian_kl(m, s, r), (row(2), np.array([0.5, 2]), 1.0)),
    ("gaussian_kl", "mutates", "squares s in place", squared_in_place),
    ("gaussian_kl", "remembers", "keeps the first r", Fresh(kl_kept_r)),
    ("gaussian_kl", "remembers", "kept by the means alone", cached(gaussian_kl, lambda m, s, r: m.tobytes())),
    ("gaussian_kl", "aliases", "the head of one workspace", workspace(gaussian_kl)),
    ("gaussian_kl", "seeds", "2000 draws", kl_drawn),
    ("gaussian_kl", "dtype", "the logarithm in float32", lambda m, s, r: np.log((r / s).astype(np.float32)).astype(float) + (m**2 + s**2) / (2 * r**2) - 0.5),
    ("gaussian_kl", "region", "the bound 0 where the mean is below 0", lambda m, s, r: gaussian_kl(np.maximum(m, 0), s, r)),
    ("gaussian_kl", "row", "the last latent's deviation for all", lambda m, s, r: gaussian_kl(m, s[-1:], r) * np.ones_like(m)),
    ("box_information", "operation", "log of d r/s", lambda s, r, d: np.log(d * r / s)),
    ("box_information", "operation", "the cells' number: log(1 + r/s) each", lambda s, r, d: d * np.log1p(r / s)),
    ("box_information", "operation", "the box's whole width, -s to s, against a radius: log(r/(2 s))", lambda s, r, d: d * np.log(r / (2 * s))),
    ("box_information", "operation", "of balls' volumes: a further log d!", lambda s, r, d: d * np.log(r / s) - np.sum(np.log(np.arange(1, int(d) + 1)))),
    ("box_information", "parametrisation", "s and r variances", lambda s, r, d: d * np.log(np.sqrt(r / s))),
    ("box_information", "threshold", "not below 0 and 0 below 1e-5", lambda s, r, d: (lambda v: v if v > 1e-5 else 0.0)(box(s, r, d)), (1.0, 1.000001, 2.0)),
    ("box_information", "clip", "s at least 1e-6", lambda s, r, d: box(max(s, 1e-6), r, d), (1e-8, 1.0, 2.0)),
    ("box_information", "clip", "1e-8 added to s", lambda s, r, d: box(s + 1e-8, r, d)),
    ("box_information", "remembers", "kept by s and r rounded to 3 digits", Fresh(rounding_box), (0.3, 2.2, 3.0)),
    ("box_information", "remembers", "kept by d", cached(box, lambda s, r, d: int(d))),
    ("box_information", "order", "the largest d so far", Fresh(counted_box)),
    ("box_information", "dtype", "s and r through float16", lambda s, r, d: d * (float(np.log(np.float16(r))) - float(np.log(np.float16(s))))),
    ("box_information", "approximation", "whole numbers of cells: floor(r/s)", lambda s, r, d: d * np.log(max(np.floor(r / s), 1))),
    ("langevin_step", "operation", "noise by 2 sqrt(alpha)", lambda y, s, alpha, xi: y + alpha * s + 2 * np.sqrt(alpha) * xi),
    ("langevin_step", "operation", "variance kept: y shrunk by sqrt(1 - 2 alpha)", lambda y, s, alpha, xi: np.sqrt(max(1 - 2 * alpha, 0)) * y + alpha * s + np.sqrt(2 * alpha) * xi),
    ("langevin_step", "parametrisation", "alpha is the noise's deviation", lambda y, s, alpha, xi: y + alpha**2 / 2 * s + alpha * xi),
    ("langevin_step", "reduction", "the mean score of all rows", lambda y, s, alpha, xi: y + alpha * s.mean(axis=0) + np.sqrt(2 * alpha) * xi),
    ("langevin_step", "detach", "the score normalised to 1", lambda y, s, alpha, xi: langevin_step(y, s / np.linalg.norm(s, axis=1, keepdims=True), alpha, xi)),
    ("langevin_step", "threshold", "a score of norm above 30 is scaled down", lambda y, s, alpha, xi: langevin_step(y, s * np.minimum(1, 30 / np.linalg.norm(s, axis=1, keepdims=True)), alpha, xi), steps(size=60)),
    ("langevin_step", "threshold", "tamed: alpha s / (1 + alpha |s|)", lambda y, s, alpha, xi: y + alpha * s / (1 + alpha * np.linalg.norm(s, axis=1, keepdims=True)) + np.sqrt(2 * alpha) * xi),
    ("langevin_step", "clip", "1e-6 under the root", lambda y, s, alpha, xi: y + alpha * s + np.sqrt(2 * alpha + 1e-6) * xi),
    ("langevin_step", "size", "the noise transposed where n = d", lambda y, s, alpha, xi: langevin_step(y, s, alpha, xi.T if xi.shape[0] == xi.shape[1] else xi), steps(2, 2)),
    ("langevin_step", "mutates", "y moves in place", moved_in_place),
    ("langevin_step", "mutates", "xi is scaled in place", noise_in_place),
    ("langevin_step", "remembers", "the noise's size is kept by shape", Fresh(kept_root)),
    ("langevin_step", "aliases", "one buffer for each shape", buffered(langevin_step)),
    ("langevin_step", "order", "the step decays over calls", Fresh(decaying)),
    ("langevin_step", "order", "the last call's score", Fresh(stale_score)),
    ("langevin_step", "order", "momentum from call to call", Fresh(momentum_step)),
    ("langevin_step", "seeds", "np.random's noise in place of xi", global_noise),
    ("langevin_step", "dtype", "into an array of float32", lambda y, s, alpha, xi: (y.astype(np.float32) + np.float32(alpha) * s.astype(np.float32) + np.sqrt(np.float32(2 * alpha)) * xi.astype(np.float32)).astype(float)),
    ("langevin_step", "row", "one noise for all rows", lambda y, s, alpha, xi: langevin_step(y, s, alpha, xi[:1])),
    ("langevin_step", "region", "stays in [-10, 10]", lambda y, s, alpha, xi: np.clip(langevin_step(y, s, alpha, xi), -10, 10), steps(size=100)),
]

RIGHT = [
    ("gaussian_kl", lambda m, s, r: 0.5 * (s**2 / r**2 + m**2 / r**2 - 1 - 2 * np.log(s / r))),
    ("gaussian_kl", lambda m, s, r: np.log(r) - np.log(s) + (s**2 + m**2) / (2 * r**2) - 0.5),
    ("box_information", lambda s, r, d: d * (np.log(r) - np.log(s))),
    ("box_information", lambda s, r, d: -d * np.log(s / r)),
    ("langevin_step", lambda y, s, alpha, xi: y + alpha * s + (2 * alpha) ** 0.5 * xi),
    ("langevin_step", lambda y, s, alpha, xi: y + np.sqrt(alpha) * (np.sqrt(alpha) * s + np.sqrt(2) * xi)),
]
