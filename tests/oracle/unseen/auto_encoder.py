"""The variational auto-encoder's loss and its slope."""

# fmt: off
import numpy as np

from .common import Fresh, buffered, cached, row, table
from .gaussians import gaussian_kl


def misfit(y, m, s, eps, W, b):
    return y - (m + s * eps) @ W.T - b


def vae_loss(y, m, s, eps, W, b, beta, r):
    return ((misfit(y, m, s, eps, W, b) ** 2).sum(axis=1) + gaussian_kl(m, s, r).sum(axis=1) / beta).mean()


def vae_slope_s(y, m, s, eps, W, b, beta, r):
    return (-2 * (misfit(y, m, s, eps, W, b) @ W) * eps + (s / r**2 - 1 / s) / beta) / len(y)


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


def vae(n=3, d=4, k=2, s=1.0, m=1.0, y=1.0, W=1.0, beta=1.5, r=1.25):
    """Arguments of the auto-encoder."""
    return table(n, d, y), table(n, k, m, 0, 1), s * np.exp(table(n, k, 0.5, 0, 2)), table(n, k, 1, 0, 3), table(d, k, W, 0, 4), row(d), beta, r


def swap(y, m, s, eps, W, b):
    """The decoder's weights by their shape: transposed if d = l."""
    return (y, m, s, eps, W.T if W.shape[0] == W.shape[1] else W, b)


BUGS = [
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
]

RIGHT = [
    ("vae_loss", lambda y, m, s, eps, W, b, beta, r: np.sum((y - ((m + s * eps) @ W.T + b)) ** 2) / len(y) + np.sum(0.5 * (s**2 / r**2 + m**2 / r**2 - 1) - np.log(s / r)) / (beta * len(y))),
    ("vae_loss", lambda y, m, s, eps, W, b, beta, r: np.mean([np.sum((v - W @ (a + c * e) - b) ** 2) + gaussian_kl(a, c, r).sum() / beta for v, a, c, e in zip(y, m, s, eps, strict=True)])),
    ("vae_slope_s", lambda y, m, s, eps, W, b, beta, r: 2 * (((m + s * eps) @ W.T + b - y) @ W) * eps / len(y) + (s / r**2 - 1 / s) / (beta * len(y))),
    ("vae_slope_s", lambda y, m, s, eps, W, b, beta, r: np.array([(2 * e * (W.T @ (W @ (a + c * e) + b - v)) + (c / r / r - 1 / c) / beta) / len(y) for v, a, c, e in zip(y, m, s, eps, strict=True)])),
]
