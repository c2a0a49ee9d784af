"""Right ways to write the contract's functions, none of them refebm's own: the oracle has to take no offence at any."""

import math

import numpy as np
from scipy.special import expit, kl_div, log_softmax, logsumexp, rel_entr, softmax, xlogy


def lse_by_hand(x):
    m = x.max(axis=-1, keepdims=True)
    return np.log(np.exp(x - m).sum(axis=-1)) + m[..., 0]


def two_at_a_time(E, beta):
    total = E[:, 0]
    for column in E.T[1:]:
        total = -np.logaddexp(-beta * total, -beta * column) / beta
    return total + np.log(E.dtype.type(E.shape[1])) / beta


def expm1_form(E, beta):
    m = E.min(axis=1)
    return m - np.log1p(np.expm1(-beta * (E - m[:, None])).mean(axis=1)) / beta


def mean_inside(E, beta):
    m = E.min(axis=1)
    return m - np.log(np.exp(-beta * (E - m[:, None])).mean(axis=1)) / beta


def sorted_sum(E, beta):
    E = np.sort(E, axis=1)[:, ::-1]
    return E[:, -1] - np.log(np.exp(-beta * (E - E[:, -1:])).sum(axis=1) / E.dtype.type(E.shape[1])) / beta


def row_by_row(E, beta):
    out = [min(row) - math.log(math.fsum(math.exp(-beta * (e - min(row))) for e in row) / len(row)) / beta for row in E]
    return np.array(out, E.dtype)


def energy_plus_information(E, beta):
    p = softmax(-beta * E, axis=1)
    return (p * E).sum(axis=1) + (xlogy(p, p).sum(axis=1) + np.log(E.dtype.type(E.shape[1]))) / beta


SOFTMIN = [
    lambda E, beta: -(logsumexp(-beta * E, axis=1) - np.log(E.dtype.type(E.shape[1]))) / beta,
    lambda E, beta: -(lse_by_hand(-beta * E) - np.log(E.dtype.type(E.shape[1]))) / beta,
    two_at_a_time,
    expm1_form,
    mean_inside,
    sorted_sum,
    row_by_row,
    energy_plus_information,
]


def energies(y, z, w):
    return (y[:, :1] - w[0] * np.cos(z)) ** 2 + (y[:, 1:] - w[1] * np.sin(z)) ** 2


def circle(z):
    return np.stack([np.cos(z), np.sin(z)], axis=1)


def slope_y(y, z, w, beta):
    p = softmax(-beta * energies(y, z, w), axis=1)
    return 2 * (y - p @ (circle(z) * w))


def slope_w(y, z, w, beta):
    p = softmax(-beta * energies(y, z, w), axis=1)
    return 2 * np.einsum("nk,nki,ki->i", p, circle(z) * w - y[:, None], circle(z)) / y.dtype.type(len(y))


def golden(y, w):
    """Bisection of the slope over y's own quadrant."""
    a, b = np.abs(y).T
    low, high = np.zeros_like(a), np.full_like(a, np.pi / 2)
    for _ in range(80):
        z = (low + high) / 2
        rising = w[0] * np.sin(z) * (a - w[0] * np.cos(z)) > w[1] * np.cos(z) * (b - w[1] * np.sin(z))
        low, high = np.where(rising, low, z), np.where(rising, z, high)
    return (a - w[0] * np.cos(low)) ** 2 + (b - w[1] * np.sin(low)) ** 2


def newton_on_a_grid(y, w):
    """Newton's method on E from the best of 720 latents, where E is convex."""
    z = np.linspace(0, 2 * np.pi, 720, endpoint=False).astype(y.dtype)
    z = z[energies(y, z, w).argmin(axis=1)]
    for _ in range(30):
        c, s = np.cos(z), np.sin(z)
        slope = w[0] * s * (y[:, 0] - w[0] * c) - w[1] * c * (y[:, 1] - w[1] * s)
        curvature = w[0] * (c * y[:, 0] - w[0] * np.cos(2 * z)) + w[1] * (s * y[:, 1] + w[1] * np.cos(2 * z))
        z = z - np.clip(slope / np.where(curvature > 0, curvature, np.inf), -0.01, 0.01)
    return (y[:, 0] - w[0] * np.cos(z)) ** 2 + (y[:, 1] - w[1] * np.sin(z)) ** 2


def net(x, W1, b1, W2, b2, W3, b3):
    h = np.maximum(np.einsum("nd,ad->na", x, W1) + b1, 0)
    h = np.maximum(np.einsum("na,ba->nb", h, W2) + b2, 0)
    return np.einsum("nb,mb->nm", h, W3) + b3


def stages(x, W1, b1, W2, b2, W3, b3):
    h = x
    for W, b in ((W1, b1), (W2, b2)):
        h = W.dot(h.T).T + b
        h = h * (h > 0)
    return W3.dot(h.T).T + b3


def back(x, W1, b1, W2, b2, W3, b3, v):
    a1 = x @ W1.T + b1
    a2 = np.maximum(a1, 0) @ W2.T + b2
    two = np.where(a2 > 0, v @ W3, 0).astype(x.dtype)
    one = np.where(a1 > 0, two @ W2, 0).astype(x.dtype)
    return one, two


def by_sample(x, W1, b1, W2, b2, W3, b3, v):
    """Jacobians of each sample, multiplied from the right."""
    out = []
    for row, bar in zip(x, v, strict=True):
        a1 = W1 @ row + b1
        a2 = W2 @ np.maximum(a1, 0) + b2
        out.append(((W3 * (a2 > 0)) @ (W2 * (a1 > 0)) @ W1).T @ bar)
    return np.array(out)


def binary_cross_entropy_with_logits(F, H):
    """Of the class 1 and the logit F_hat - F, with the sum inside the logarithm: small losses are lost."""
    m = np.maximum(F - H, 0)
    return m + np.log(np.exp(-m) + np.exp(F - H - m))


def by_excess(q, p):
    some = np.where(q > 0, q, 1)
    t = np.where(q > 0, (p - q) / some, 0)
    log = np.where(np.abs(t) < 0.5, np.log1p(np.where(np.abs(t) < 0.5, t, 0)), np.log(p / some))
    return np.where(q > 0, q * (t - log), p).sum(axis=1).astype(q.dtype)


def nll(D, F, beta, dy):
    return -(-beta * D - logsumexp(-beta * F, b=dy)).mean() / beta


def nll_slope(D, d, F, beta, dy):
    return D.mean(axis=0) - softmax(np.log(dy) - beta * F) @ d


def gaussian(m, s, r):
    return ((m / r) ** 2 + (s / r) ** 2 - 1 - 2 * np.log(s / r)) / 2


def vae(y, m, s, eps, W, b, beta, r):
    z = m + s * eps
    return np.mean([((a - W @ c - b) ** 2).sum() for a, c in zip(y, z, strict=True)]) + gaussian(
        m, s, r
    ).sum() / beta / y.dtype.type(len(y))


def vae_slope_s(y, m, s, eps, W, b, beta, r):
    residual = (m + s * eps) @ W.T + b - y
    return (2 * (residual @ W) * eps + s / (beta * r * r) - 1 / (beta * s)) / y.dtype.type(len(y))


def vae_slope_by_parts(y, m, s, eps, W, b, beta, r):
    """The reconstruction's part a sample at a time, and the divergence's."""
    fit = np.array([2 * W.T @ (W @ (c + t * e) + b - a) * e for a, c, t, e in zip(y, m, s, eps, strict=True)])
    return fit / y.dtype.type(len(y)) + ((s / r) ** 2 - 1) / s / beta / y.dtype.type(len(y))


RIGHT = {
    "softmin": SOFTMIN,
    "softmax": [
        lambda s, beta: (logsumexp(beta * s, axis=1) - np.log(s.dtype.type(s.shape[1]))) / beta,
        lambda s, beta: -expm1_form(-s, beta),
        lambda s, beta: -row_by_row(-s, beta),
    ],
    "softargmin": [
        lambda E, beta: softmax(-beta * E, axis=1),
        lambda E, beta: np.exp(log_softmax(-beta * E, axis=1)),
        lambda E, beta: 1 / np.exp(np.minimum(-beta * (E[:, None] - E[:, :, None]), 88 if E.dtype == np.float32 else 709)).sum(axis=2),
    ],
    "softargmax": [
        lambda s, beta: softmax(beta * s, axis=1),
        lambda s, beta: np.exp(log_softmax(beta * s, axis=1)),
    ],
    "softmin_prior": [
        lambda E, beta, p: -logsumexp(-beta * E, b=p, axis=1) / beta,
        lambda E, beta, p: E.min(axis=1) - np.log(np.exp(-beta * (E - E.min(axis=1, keepdims=True))) @ p) / beta,
    ],
    "softplus": [
        lambda u: np.logaddexp(0, u),
        lambda u: np.where(u > 0, u, 0) + np.log1p(np.exp(-np.abs(u))),
        lambda u: np.maximum(u, 0) + np.log(1 + np.exp(-np.abs(u))),  # small answers lost
    ],
    "ellipse_decoder": [lambda z, w: circle(z) * w, lambda z, w: np.array([[w[0] * np.cos(t), w[1] * np.sin(t)] for t in z], z.dtype)],
    "ellipse_energy": [
        energies,
        lambda y, z, w: np.square(y[:, None] - circle(z) * w).sum(axis=-1),
        lambda y, z, w: np.square(y).sum(axis=1)[:, None] - 2 * y @ (circle(z) * w).T + np.square(circle(z) * w).sum(axis=1),
    ],
    "ellipse_free_energy": [
        lambda y, z, w, beta: SOFTMIN[0](energies(y, z, w), beta),
        lambda y, z, w, beta: expm1_form(energies(y, z, w), beta),
    ],
    "ellipse_slope_y": [
        slope_y,
        lambda y, z, w, beta: (softmax(-beta * energies(y, z, w), axis=1)[..., None] * 2 * (y[:, None] - circle(z) * w)).sum(axis=1),
    ],
    "ellipse_slope_w": [
        slope_w,
        lambda y, z, w, beta: np.mean(
            [2 * (p[:, None] * (circle(z) * w - a) * circle(z)).sum(axis=0) for a, p in zip(y, softmax(-beta * energies(y, z, w), axis=1), strict=True)],
            axis=0,
        ),
    ],
    "ellipse_least_energy": [golden, newton_on_a_grid],
    "mlp": [net, stages],
    "mlp_slope_x": [lambda x, W1, *a: back(x, W1, *a)[0] @ W1, by_sample],
    "mlp_slope_W1": [lambda x, *a: back(x, *a)[0].T @ x, lambda x, *a: np.einsum("na,nd->ad", back(x, *a)[0], x)],
    "mlp_slope_b2": [lambda x, *a: back(x, *a)[1].sum(axis=0), lambda x, *a: np.ones(len(x), x.dtype) @ back(x, *a)[1]],
    "hinge_loss": [lambda F, H, m: np.maximum(m - (H - F), 0), lambda F, H, m: np.clip(F - H + m, 0, None)],
    "hinge_loss_slope": [lambda F, H, m: (m - (H - F) > 0).astype(F.dtype), lambda F, H, m: np.heaviside(m + F - H, 0)],
    "log_loss": [
        lambda F, H: np.logaddexp(0, F - H),
        lambda F, H: np.maximum(F - H, 0) + np.log1p(np.exp(-np.abs(F - H))),
        binary_cross_entropy_with_logits,
    ],
    "log_loss_slope": [lambda F, H: expit(F - H), lambda F, H: np.exp(-np.logaddexp(0, H - F)), lambda F, H: 1 - expit(H - F)],
    "log_partition": [
        lambda F, beta, dy: logsumexp(-beta * F, b=dy),
        lambda F, beta, dy: np.log((dy * np.exp(-beta * (F - F.min()))).sum()) - beta * F.min(),
    ],
    "gibbs_density": [
        lambda F, beta, dy: np.exp(-beta * F - logsumexp(-beta * F, b=dy)),
        lambda F, beta, dy: softmax(np.log(dy) - beta * F) / dy,
    ],
    "nll": [nll, lambda D, F, beta, dy: D.mean() + logsumexp(-beta * F, b=dy) / beta],
    "nll_slope": [
        nll_slope,
        lambda D, d, F, beta, dy: np.einsum("np->p", D) / D.dtype.type(len(D)) - np.einsum("m,mp->p", softmax(np.log(dy) - beta * F), d),
    ],
    "kl": [
        lambda q, p: rel_entr(q, p).sum(axis=1),
        by_excess,
        lambda q, p: kl_div(q, p).sum(axis=1),
        lambda q, p: (q * np.log(np.where(q > 0, q / p, 1))).sum(axis=1),
        lambda q, p: (xlogy(q, q) - xlogy(q, p)).sum(axis=1),
    ],
    "entropy": [lambda q: -xlogy(q, q).sum(axis=1), lambda q: np.log(q.dtype.type(q.shape[1])) - rel_entr(q, 1 / q.dtype.type(q.shape[1])).sum(axis=1)],
    "gaussian_kl": [gaussian, lambda m, s, r: np.log(r / s) + (m * m + s * s) / (2 * r * r) - s.dtype.type(0.5)],
    "box_information": [lambda s, r, d: d * np.log(r / s), lambda s, r, d: d * (np.log(r) - np.log(s))],
    "expected_energy": [lambda E, q: np.einsum("nk,nk->n", E, q), lambda E, q: np.array([a @ b for a, b in zip(E, q, strict=True)])],
    "variational_free_energy": [
        lambda E, q, beta, p: (q * E).sum(axis=1) + rel_entr(q, p).sum(axis=1) / beta,
        lambda E, q, beta, p: (q * (E + np.log(np.where(q > 0, q / p, 1)) / beta)).sum(axis=1),
    ],
    "jensen_gap": [
        lambda E, q, beta, p: (q * (np.log(np.where(q > 0, q / p, 1)) + beta * E + logsumexp(-beta * E, b=p, axis=1)[:, None])).sum(axis=1) / beta,
        lambda E, q, beta, p: (q * E + rel_entr(q, p) / beta).sum(axis=1) + logsumexp(-beta * E, b=p, axis=1) / beta,
    ],
    "vae_loss": [vae, lambda y, m, s, e, W, b, beta, r: (((y - (m + s * e) @ W.T - b) ** 2).sum(axis=1) + gaussian(m, s, r).sum(axis=1) / beta).mean()],
    "vae_slope_s": [vae_slope_s, vae_slope_by_parts],
    "langevin_step": [
        lambda y, s, alpha, xi: y + alpha * s + np.sqrt(2 * alpha) * xi,
        lambda y, s, alpha, xi: y + np.sqrt(2 * alpha) * (np.sqrt(alpha / 2) * s + xi),
    ],
}  # fmt: skip


def in_single(code):
    """The same, carried out in float32."""
    return lambda *a: code(*(v.astype(np.float32) if isinstance(v, np.ndarray) else np.float32(v) for v in a))
