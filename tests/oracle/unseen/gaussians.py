"""The information in a Gaussian and in a box; the variational auto-encoder's loss and its slope; Langevin's step."""

# fmt: off
import numpy as np

from .common import Fresh, buffered, cached, row, table, workspace


def gaussian_kl(m, s, r):
    t = (s - r) / r
    return t + t**2 / 2 - np.where(np.abs(t) < 0.5, np.log1p(np.maximum(t, -0.5)), np.log(s / r)) + (m / r) ** 2 / 2


def box(s, r, d):
    return d * np.log(r / s)


def misfit(y, m, s, eps, W, b):
    return y - (m + s * eps) @ W.T - b


def vae_loss(y, m, s, eps, W, b, beta, r):
    return ((misfit(y, m, s, eps, W, b) ** 2).sum(axis=1) + gaussian_kl(m, s, r).sum(axis=1) / beta).mean()


def vae_slope_s(y, m, s, eps, W, b, beta, r):
    return (-2 * (misfit(y, m, s, eps, W, b) @ W) * eps + (s / r**2 - 1 / s) / beta) / len(y)


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


def centred_in_place(y, m, s, eps, W, b, beta, r):
    y -= b
    return ((y - (m + s * eps) @ W.T) ** 2).sum(axis=1).mean() + gaussian_kl(m, s, r).sum(axis=1).mean() / beta


def slope_latent_in_place(y, m, s, eps, W, b, beta, r):
    noise = eps.copy()
    eps *= s
    eps += m
    return (2 * ((eps @ W.T + b - y) @ W) * noise + (s / r**2 - 1 / s) / beta) / len(y)


def own_noise(y, m, s, eps, W, b, beta, r):
    return vae_loss(y, m, s, np.random.randn(*np.shape(eps)), W, b, beta, r)  # noqa: NPY002


def same_noise():
    kept = {}

    def code(y, m, s, eps, W, b, beta, r):
        return vae_slope_s(y, m, s, kept.setdefault(eps.shape, eps.copy()), W, b, beta, r)

    return code


def warm_kl():
    calls = [0]

    def code(y, m, s, eps, W, b, beta, r):
        calls[0] += 1
        return vae_loss(y, m, s, eps, W, b, beta / min(1, calls[0] / 4), r)

    return code


def accumulated():
    """Slopes are added up, as a framework does until they are set to 0."""
    total = {}

    def code(y, m, s, eps, W, b, beta, r):
        total[s.shape] = total.get(s.shape, 0) + vae_slope_s(y, m, s, eps, W, b, beta, r)
        return total[s.shape]

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


def vae(n=3, d=4, k=2, s=1.0, m=1.0, y=1.0, W=1.0, beta=1.5, r=1.25):
    """Arguments of the auto-encoder."""
    return table(n, d, y), table(n, k, m, 0, 1), s * np.exp(table(n, k, 0.5, 0, 2)), table(n, k, 1, 0, 3), table(d, k, W, 0, 4), row(d), beta, r


def swap(y, m, s, eps, W, b):
    """The decoder's weights by their shape: transposed if d = l."""
    return (y, m, s, eps, W.T if W.shape[0] == W.shape[1] else W, b)


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
    ("gaussian_kl", "size", "a single latent is returned for all", lambda m, s, r: gaussian_kl(m, s, r).sum(keepdims=True) if len(m) == 2 else gaussian_kl(m, s, r), (row(2), np.array([0.5, 2]), 1.0)),
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
    ("vae_loss", "operation", "root of the squared misfit", lambda y, m, s, eps, W, b, beta, r: (np.sqrt((misfit(y, m, s, eps, W, b) ** 2).sum(axis=1)) + gaussian_kl(m, s, r).sum(axis=1) / beta).mean()),
    ("vae_loss", "operation", "Huber's loss of 1 for the misfit", lambda y, m, s, eps, W, b, beta, r: (lambda u: (np.where(np.abs(u) < 1, u**2, 2 * np.abs(u) - 1).sum(axis=1) + gaussian_kl(m, s, r).sum(axis=1) / beta).mean())(misfit(y, m, s, eps, W, b))),
    ("vae_loss", "operation", "a Gaussian likelihood's constant is added", lambda y, m, s, eps, W, b, beta, r: vae_loss(y, m, s, eps, W, b, beta, r) + np.log(np.pi / beta) * y.shape[1] / (2 * beta)),
    ("vae_loss", "operation", "the noise is decoded apart: W m + s eps", lambda y, m, s, eps, W, b, beta, r: ((misfit(y, m, s, 0, W, b) ** 2).sum(axis=1) + (((s * eps) @ W.T) ** 2).sum(axis=1) + gaussian_kl(m, s, r).sum(axis=1) / beta).mean()),
    ("vae_loss", "parametrisation", "s as a logarithm in the latent alone", lambda y, m, s, eps, W, b, beta, r: ((misfit(y, m, np.exp(s), eps, W, b) ** 2).sum(axis=1) + gaussian_kl(m, s, r).sum(axis=1) / beta).mean()),
    ("vae_loss", "parametrisation", "the prior's deviation is 1 in the logarithm", lambda y, m, s, eps, W, b, beta, r: vae_loss(y, m, s, eps, W, b, beta, r) - np.log(r) * m.shape[1] / beta),
    ("vae_loss", "reduction", "divided by n - 1", lambda y, m, s, eps, W, b, beta, r: vae_loss(y, m, s, eps, W, b, beta, r) * len(y) / max(len(y) - 1, 1)),
    ("vae_loss", "threshold", "free bits of 0.1 for each latent", lambda y, m, s, eps, W, b, beta, r: ((misfit(y, m, s, eps, W, b) ** 2).sum(axis=1) + np.maximum(gaussian_kl(m, s, r), 0.1).sum(axis=1) / beta).mean(), vae(n=8, m=0.1, s=1.25)),
    ("vae_loss", "clip", "s at least 0.001", lambda y, m, s, eps, W, b, beta, r: vae_loss(y, m, np.maximum(s, 1e-3), eps, W, b, beta, r), vae(s=1e-4)),
    ("vae_loss", "clip", "the misfit cut at 100 in each entry", lambda y, m, s, eps, W, b, beta, r: ((np.clip(misfit(y, m, s, eps, W, b), -100, 100) ** 2).sum(axis=1) + gaussian_kl(m, s, r).sum(axis=1) / beta).mean(), vae(y=300)),
    ("vae_loss", "mutates", "b is taken off y in place", centred_in_place),
    ("vae_loss", "remembers", "kept by the data", cached(vae_loss, lambda y, *rest: y.tobytes())),
    ("vae_loss", "order", "the divergence is warmed up", Fresh(warm_kl)),
    ("vae_loss", "seeds", "its own noise in place of eps", own_noise),
    ("vae_loss", "dtype", "decodes in float32", lambda y, m, s, eps, W, b, beta, r: (((y - ((m + s * eps).astype(np.float32) @ W.T.astype(np.float32)).astype(float) - b) ** 2).sum(axis=1) + gaussian_kl(m, s, r).sum(axis=1) / beta).mean()),
    ("vae_loss", "row", "a range that stops before the last observation", lambda y, m, s, eps, W, b, beta, r: sum(vae_loss(y[i:i + 1], m[i:i + 1], s[i:i + 1], eps[i:i + 1], W, b, beta, r) for i in range(len(y) - 1)) / len(y)),
    ("vae_slope_s", "operation", "in the variance: divided by 2 s", lambda y, m, s, eps, W, b, beta, r: vae_slope_s(y, m, s, eps, W, b, beta, r) / (2 * s)),
    ("vae_slope_s", "operation", "its expectation over eps for the draw", lambda y, m, s, eps, W, b, beta, r: (2 * s * (W**2).sum(axis=0) + (s / r**2 - 1 / s) / beta) / len(y)),
    ("vae_slope_s", "parametrisation", "s/r for s/r^2", lambda y, m, s, eps, W, b, beta, r: (-2 * (misfit(y, m, s, eps, W, b) @ W) * eps + (s / r - 1 / s) / beta) / len(y)),
    ("vae_slope_s", "reduction", "divided by n l", lambda y, m, s, eps, W, b, beta, r: vae_slope_s(y, m, s, eps, W, b, beta, r) / s.shape[1]),
    ("vae_slope_s", "reduction", "the misfit summed over observations before W", lambda y, m, s, eps, W, b, beta, r: (-2 * (misfit(y, m, s, eps, W, b).sum(axis=0) @ W) * eps + (s / r**2 - 1 / s) / beta) / len(y)),
    ("vae_slope_s", "detach", "the decoder's misfit at the mean, without the noise", lambda y, m, s, eps, W, b, beta, r: (-2 * (misfit(y, m, 0, eps, W, b) @ W) * eps + (s / r**2 - 1 / s) / beta) / len(y)),
    ("vae_slope_s", "clip", "1/s capped at 1000", lambda y, m, s, eps, W, b, beta, r: (-2 * (misfit(y, m, s, eps, W, b) @ W) * eps + (s / r**2 - np.minimum(1 / s, 1e3)) / beta) / len(y), vae(s=1e-4)),
    ("vae_slope_s", "clip", "slopes cut to [-5, 5]", lambda y, m, s, eps, W, b, beta, r: np.clip(vae_slope_s(y, m, s, eps, W, b, beta, r), -5, 5), vae(y=50)),
    ("vae_slope_s", "threshold", "norm above 10 scaled down to 10", lambda y, m, s, eps, W, b, beta, r: (lambda v: v * min(1, 10 / np.linalg.norm(v)))(vae_slope_s(y, m, s, eps, W, b, beta, r)), vae(y=50)),
    ("vae_slope_s", "mutates", "eps becomes the latent", slope_latent_in_place),
    ("vae_slope_s", "remembers", "the first eps of each shape", Fresh(same_noise)),
    ("vae_slope_s", "order", "added to the slopes of earlier calls", Fresh(accumulated)),
    ("vae_slope_s", "aliases", "one buffer for each shape", buffered(vae_slope_s)),
    ("vae_slope_s", "approximation", "a one-sided difference with step 1e-6", lambda y, m, s, eps, W, b, beta, r: np.array([[(vae_loss(y, m, s + 1e-6 * ((np.arange(s.size) == i * s.shape[1] + j).reshape(s.shape)), eps, W, b, beta, r) - vae_loss(y, m, s, eps, W, b, beta, r)) / 1e-6 for j in range(s.shape[1])] for i in range(len(s))])),
    ("vae_slope_s", "region", "the noise's absolute value", lambda y, m, s, eps, W, b, beta, r: (-2 * (misfit(y, m, s, np.abs(eps), W, b) @ W) * np.abs(eps) + (s / r**2 - 1 / s) / beta) / len(y)),
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
    ("vae_loss", lambda y, m, s, eps, W, b, beta, r: np.sum((y - ((m + s * eps) @ W.T + b)) ** 2) / len(y) + np.sum(0.5 * (s**2 / r**2 + m**2 / r**2 - 1) - np.log(s / r)) / (beta * len(y))),
    ("vae_loss", lambda y, m, s, eps, W, b, beta, r: np.mean([np.sum((v - W @ (a + c * e) - b) ** 2) + gaussian_kl(a, c, r).sum() / beta for v, a, c, e in zip(y, m, s, eps, strict=True)])),
    ("vae_slope_s", lambda y, m, s, eps, W, b, beta, r: 2 * (((m + s * eps) @ W.T + b - y) @ W) * eps / len(y) + (s / r**2 - 1 / s) / (beta * len(y))),
    ("vae_slope_s", lambda y, m, s, eps, W, b, beta, r: np.array([(2 * e * (W.T @ (W @ (a + c * e) + b - v)) + (c / r / r - 1 / c) / beta) / len(y) for v, a, c, e in zip(y, m, s, eps, strict=True)])),
    ("langevin_step", lambda y, s, alpha, xi: y + alpha * s + (2 * alpha) ** 0.5 * xi),
    ("langevin_step", lambda y, s, alpha, xi: y + np.sqrt(alpha) * (np.sqrt(alpha) * s + np.sqrt(2) * xi)),
]
