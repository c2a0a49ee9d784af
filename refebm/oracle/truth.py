"""The truth in many digits: each function of the contract by two routes, written apart from the package  (mpmath).

Arguments are arrays of mpmath numbers. The first route is the definition; the second is another formula, an identity, or
the numerical derivative of the first.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

Array = Any


def _each(name: str) -> Callable[[Array], Array]:
    import mpmath

    return np.vectorize(lambda v: getattr(mpmath, name)(v), otypes=[object])


def exp(v: Array) -> Array:
    return _each("exp")(v)


def log(v: Array) -> Array:
    return _each("log")(v)


def _slope(f: Callable[[Array], Array], x: Array) -> Array:
    """Numerical derivative of the number f in every entry of x, by central differences of a tiny step."""
    import mpmath

    h, out = mpmath.mpf(10) ** (-mpmath.mp.dps // 3), np.empty(x.shape, object)
    for i in np.ndindex(x.shape):
        up, down = x.copy(), x.copy()
        up[i], down[i] = up[i] + h, down[i] - h
        out[i] = (f(up) - f(down)) / (2 * h)
    return out


def softmin(E: Array, beta: Any) -> Array:
    return -log(exp(-beta * E).sum(axis=1) / E.shape[1]) / beta


def softmin_2(E: Array, beta: Any) -> Array:
    """Two energies at a time, each pair about its own first."""
    total = E[:, 0]
    for column in E.T[1:]:
        total = total - log(1 + exp(-beta * (column - total))) / beta
    return total + log(np.array([E.shape[1]], object)) / beta


def softmax(s: Array, beta: Any) -> Array:
    return log(exp(beta * s).sum(axis=1) / s.shape[1]) / beta


def softmax_2(s: Array, beta: Any) -> Array:
    return -softmin_2(-s, beta)


def softargmin(E: Array, beta: Any) -> Array:
    e = exp(-beta * E)
    return e / e.sum(axis=1)[:, None]


def softargmin_2(E: Array, beta: Any) -> Array:
    """1 / sum of ratios."""
    return 1 / exp(-beta * (E[:, None, :] - E[:, :, None])).sum(axis=2)


def softargmax(s: Array, beta: Any) -> Array:
    e = exp(beta * s)
    return e / e.sum(axis=1)[:, None]


def softargmax_2(s: Array, beta: Any) -> Array:
    return softargmin_2(-s, beta)


def softmin_prior(E: Array, beta: Any, p: Array) -> Array:
    return -log((p / p.sum() * exp(-beta * E)).sum(axis=1)) / beta


def softmin_prior_2(E: Array, beta: Any, p: Array) -> Array:
    """The free energy of energies E - log(p)/beta, less the count."""
    return softmin_2(E - log(p / p.sum()) / beta, beta) - log(np.array([E.shape[1]], object)) / beta


def softplus(u: Array) -> Array:
    return _each("log1p")(exp(u))  # 1 + exp(u) would lose all digits where u is below -700


def softplus_2(u: Array) -> Array:
    """By its symmetry, and ``log((1 + t)/(1 - t)) = 2 artanh t``."""
    e = exp(-abs(u))
    return _relu(u) + 2 * _each("atanh")(e / (2 + e))


def ellipse_decoder(z: Array, w: Array) -> Array:
    return np.stack([w[0] * _each("cos")(z), w[1] * _each("sin")(z)], axis=1)


def ellipse_decoder_2(z: Array, w: Array) -> Array:
    """By the half angle's tangent."""
    t = _each("tan")(z / 2)
    return np.stack([w[0] * (1 - t * t) / (1 + t * t), w[1] * 2 * t / (1 + t * t)], axis=1)


def ellipse_energy(y: Array, z: Array, w: Array) -> Array:
    g = ellipse_decoder(z, w)
    return (y[:, None, 0] - g[:, 0]) ** 2 + (y[:, None, 1] - g[:, 1]) ** 2


def ellipse_energy_2(y: Array, z: Array, w: Array) -> Array:
    """Multiplied out."""
    g = ellipse_decoder_2(z, w)
    return (y * y).sum(axis=1)[:, None] - 2 * (y[:, None, :] * g).sum(axis=2) + (g * g).sum(axis=1)


def ellipse_free_energy(y: Array, z: Array, w: Array, beta: Any) -> Array:
    return softmin(ellipse_energy(y, z, w), beta)


def ellipse_free_energy_2(y: Array, z: Array, w: Array, beta: Any) -> Array:
    return softmin_2(ellipse_energy_2(y, z, w), beta)


def ellipse_slope_y(y: Array, z: Array, w: Array, beta: Any) -> Array:
    p, g = softargmin(ellipse_energy(y, z, w), beta), ellipse_decoder(z, w)
    return 2 * (p[:, :, None] * (y[:, None, :] - g)).sum(axis=1)


def ellipse_slope_y_2(y: Array, z: Array, w: Array, beta: Any) -> Array:
    return _slope(lambda v: ellipse_free_energy(v, z, w, beta).sum(), y)


def ellipse_slope_w(y: Array, z: Array, w: Array, beta: Any) -> Array:
    p, g = softargmin(ellipse_energy(y, z, w), beta), ellipse_decoder(z, w)
    circle = ellipse_decoder(z, w / w)
    return 2 * (p[:, :, None] * (g - y[:, None, :]) * circle).sum(axis=1).sum(axis=0) / len(y)


def ellipse_slope_w_2(y: Array, z: Array, w: Array, beta: Any) -> Array:
    return _slope(lambda v: ellipse_free_energy(y, z, v, beta).sum() / len(y), w)


def ellipse_least_energy(y: Array, w: Array) -> Array:
    """Stationary points, ``w_1 a sin z - w_2 b cos z = (w_1^2 - w_2^2) sin z cos z``, as the roots of a quartic in tan(z/2)."""
    import mpmath

    out = np.empty(len(y), object)
    for n, (a, b) in enumerate(y):
        A, B, C = w[0] * a, w[1] * b, w[0] ** 2 - w[1] ** 2
        quartic = [-B, 2 * (A - C), 0, 2 * (A + C), B]  # ascending powers
        while quartic[-1] == 0:
            quartic.pop()
        roots = mpmath.polyroots(quartic, maxsteps=2000, extraprec=2000, asc=True)
        real = [mpmath.re(t) for t in roots if abs(mpmath.im(t)) < mpmath.mpf(10) ** -30]
        angles = [2 * mpmath.atan(t) for t in real] + [mpmath.mpf(0), mpmath.pi]
        out[n] = min((w[0] * mpmath.cos(z) - a) ** 2 + (w[1] * mpmath.sin(z) - b) ** 2 for z in angles)
    return out


def ellipse_least_energy_2(y: Array, w: Array) -> Array:
    """Bisection of the slope over y's own quadrant, where it has the one sign change."""
    import mpmath

    out = np.empty(len(y), object)
    for n, (a, b) in enumerate(abs(y)):
        low, high = mpmath.mpf(0), mpmath.pi / 2
        for _ in range(int(3.4 * mpmath.mp.dps)):
            z = (low + high) / 2
            c, s = mpmath.cos(z), mpmath.sin(z)
            rising = w[0] * s * (a - w[0] * c) - w[1] * c * (b - w[1] * s) > 0
            low, high = (low, z) if rising else (z, high)
        out[n] = (w[0] * mpmath.cos(low) - a) ** 2 + (w[1] * mpmath.sin(low) - b) ** 2
    return out


def _relu(v: Array) -> Array:
    return np.where(v > 0, v, 0 * v)


def mlp(x: Array, *W: Array) -> Array:
    W1, b1, W2, b2, W3, b3 = W
    return _relu(_relu(x.dot(W1.T) + b1).dot(W2.T) + b2).dot(W3.T) + b3


def mlp_2(x: Array, W1: Array, b1: Array, W2: Array, b2: Array, W3: Array, b3: Array) -> Array:
    """One output of one sample at a time, unit by unit."""
    out = np.empty((len(x), len(b3)), object)
    for n, row in enumerate(x):
        h1 = [max(sum(a * b for a, b in zip(W1[i], row, strict=True)) + b1[i], 0 * b1[i]) for i in range(len(b1))]
        h2 = [max(sum(a * b for a, b in zip(W2[i], h1, strict=True)) + b2[i], 0 * b2[i]) for i in range(len(b2))]
        out[n] = [sum(a * b for a, b in zip(W3[i], h2, strict=True)) + b3[i] for i in range(len(b3))]
    return out


def _back(x: Array, W: tuple[Array, ...]) -> tuple[Array, Array, Array]:
    W1, b1, W2, b2, W3, _b3, v_bar = W
    a1 = x.dot(W1.T) + b1
    a2 = _relu(a1).dot(W2.T) + b2
    two = np.where(a2 > 0, v_bar.dot(W3), 0 * a2)
    one = np.where(a1 > 0, two.dot(W2), 0 * a1)
    return one.dot(W1), one.T.dot(x), two.sum(axis=0)


def _off(W: tuple[Array, ...]) -> tuple[Array, ...]:
    """The network with its units at 0 just below it, where the derivative is the subgradient 0; elsewhere it is the same."""
    W1, b1, W2, b2, *last = W[:-1]
    below = type(b1.flat[0])(10) ** -9
    return W1, b1 - below, W2, b2 - below, *last


def mlp_slope_x(x: Array, *W: Array) -> Array:
    return _back(x, W)[0]


def mlp_slope_x_2(x: Array, *W: Array) -> Array:
    return _slope(lambda v: (mlp(v, *_off(W)) * W[-1]).sum(), x)


def mlp_slope_W1(x: Array, *W: Array) -> Array:
    return _back(x, W)[1]


def mlp_slope_W1_2(x: Array, *W: Array) -> Array:
    return _slope(lambda v: (mlp(x, v, *_off(W)[1:]) * W[-1]).sum(), W[0])


def mlp_slope_b2(x: Array, *W: Array) -> Array:
    return _back(x, W)[2]


def mlp_slope_b2_2(x: Array, *W: Array) -> Array:
    return _slope(lambda v: (mlp(x, *_off(W)[:3], v, *W[4:-1]) * W[-1]).sum(), _off(W)[3])


def hinge_loss(F: Array, F_hat: Array, margin: Any) -> Array:
    return _relu(margin - (F_hat - F))


def hinge_loss_2(F: Array, F_hat: Array, margin: Any) -> Array:
    u = margin + F - F_hat
    return (u + abs(u)) / 2


def hinge_loss_slope(F: Array, F_hat: Array, margin: Any) -> Array:
    return np.where(margin > F_hat - F, 1 + 0 * F, 0 * F)


def hinge_loss_slope_2(F: Array, F_hat: Array, margin: Any) -> Array:
    return _slope(lambda v: hinge_loss(v, F_hat, margin).sum(), F)


def log_loss(F: Array, F_hat: Array) -> Array:
    return softplus(F - F_hat)


def log_loss_2(F: Array, F_hat: Array) -> Array:
    return softplus_2(F - F_hat)


def log_loss_slope(F: Array, F_hat: Array) -> Array:
    return 1 / (1 + exp(F_hat - F))


def log_loss_slope_2(F: Array, F_hat: Array) -> Array:
    return exp(-softplus_2(F_hat - F))


def log_partition(F: Array, beta: Any, dy: Array) -> Array:
    return log((dy * exp(-beta * F)).sum())[()]


def log_partition_2(F: Array, beta: Any, dy: Array) -> Array:
    return log(dy.sum())[()] - beta * softmin_prior_2(F[None], beta, dy)[0]


def gibbs_density(F: Array, beta: Any, dy: Array) -> Array:
    e = exp(-beta * F)
    return e / (dy * e).sum()


def gibbs_density_2(F: Array, beta: Any, dy: Array) -> Array:
    return 1 / (dy * exp(-beta * (F - F[:, None]))).sum(axis=1)


def nll(F_data: Array, F: Array, beta: Any, dy: Array) -> Array:
    return F_data.sum() / len(F_data) + log_partition(F, beta, dy) / beta


def nll_2(F_data: Array, F: Array, beta: Any, dy: Array) -> Array:
    """Minus the mean of log P at the data, each as a state of its own."""
    return sum(-log(exp(-beta * f) / (dy * exp(-beta * F)).sum())[()] / beta for f in F_data) / len(F_data)


def nll_slope(dF_data: Array, dF: Array, F: Array, beta: Any, dy: Array) -> Array:
    P = gibbs_density(F, beta, dy) * dy
    return dF_data.sum(axis=0) / len(dF_data) - P.dot(dF)


def nll_slope_2(dF_data: Array, dF: Array, F: Array, beta: Any, dy: Array) -> Array:
    """Derivative of the loss of energies that move by dF."""
    zero = 0 * dF[0]
    return _slope(lambda v: dF_data.dot(v).sum() / len(dF_data) + log_partition(F + dF.dot(v), beta, dy) / beta, zero)


def kl(q: Array, p: Array) -> Array:
    return np.where(q > 0, q * log(np.where(q > 0, q / p, 1 + 0 * q)), 0 * q).sum(axis=1)


def kl_2(q: Array, p: Array) -> Array:
    """With - q + p, which sum to 0: q times x - 1 - log x, at x = p/q."""
    import mpmath

    def one(a: Any, b: Any) -> Any:
        return b if a == 0 else (b - a) - a * mpmath.log1p((b - a) / a)

    return np.vectorize(one, otypes=[object])(q, p).sum(axis=1)


def entropy(q: Array) -> Array:
    return -(q * log(np.where(q > 0, q, 1 + 0 * q))).sum(axis=1)


def entropy_2(q: Array) -> Array:
    """log k less the divergence from equal weights."""
    k = q.shape[1]
    equal = np.full(q.shape, 1 / (q.flat[0] * 0 + k), object)
    return log(np.array([k], object)) * q.sum(axis=1) - kl(q, equal)


def gaussian_kl(m: Array, s: Array, r: Any) -> Array:
    return log(r / s) + (m * m + s * s) / (2 * r * r) - np.array([1], object) / 2


def gaussian_kl_2(m: Array, s: Array, r: Any) -> Array:
    """The path from r to s of the derivative in s, and the mean's square."""
    import mpmath

    spread = np.vectorize(lambda v: mpmath.log1p((r - v) / v) + (v - r) * (v + r) / (2 * r * r), otypes=[object])(s)
    return spread + (m / r) ** 2 / 2


def box_information(s: Any, r: Any, d: Any) -> Any:
    return d * (log(r)[()] - log(s)[()])


def box_information_2(s: Any, r: Any, d: Any) -> Any:
    return log((r / s) ** d)[()]


def expected_energy(E: Array, q: Array) -> Array:
    return (q * E).sum(axis=1)


def expected_energy_2(E: Array, q: Array) -> Array:
    return np.array([sum(a * b for a, b in zip(*rows, strict=True)) for rows in zip(E, q, strict=True)], object)


def variational_free_energy(E: Array, q: Array, beta: Any, p: Array) -> Array:
    return expected_energy(E, q) + kl(q, np.broadcast_to(p / p.sum(), q.shape)) / beta


def variational_free_energy_2(E: Array, q: Array, beta: Any, p: Array) -> Array:
    """The free energy and the gap."""
    return softmin_prior_2(E, beta, p) * q.sum(axis=1) + jensen_gap(E, q, beta, p)


def jensen_gap(E: Array, q: Array, beta: Any, p: Array) -> Array:
    e = p * exp(-beta * E)
    return kl(q, e / e.sum(axis=1)[:, None]) / beta


def jensen_gap_2(E: Array, q: Array, beta: Any, p: Array) -> Array:
    F = softmin_prior_2(E, beta, p)
    return variational_free_energy(E, q, beta, p) - F * q.sum(axis=1)


def vae_loss(y: Array, m: Array, s: Array, eps: Array, W: Array, b: Array, beta: Any, r: Any) -> Any:
    residual = y - (m + s * eps).dot(W.T) - b
    return ((residual * residual).sum() + gaussian_kl(m, s, r).sum() / beta) / len(y)


def vae_loss_2(y: Array, m: Array, s: Array, eps: Array, W: Array, b: Array, beta: Any, r: Any) -> Any:
    total = 0
    for n in range(len(y)):
        z = [m[n, j] + s[n, j] * eps[n, j] for j in range(m.shape[1])]
        total += sum((y[n, i] - b[i] - sum(W[i, j] * z[j] for j in range(len(z)))) ** 2 for i in range(len(b)))
        total += gaussian_kl_2(m[n], s[n], r).sum() / beta
    return total / len(y)


def vae_slope_s(y: Array, m: Array, s: Array, eps: Array, W: Array, b: Array, beta: Any, r: Any) -> Array:
    residual = y - (m + s * eps).dot(W.T) - b
    return (-2 * residual.dot(W) * eps + (s / r**2 - 1 / s) / beta) / len(y)


def vae_slope_s_2(y: Array, m: Array, s: Array, *rest: Any) -> Array:
    return _slope(lambda v: vae_loss(y, m, v, *rest), s)


def langevin_step(y: Array, s: Array, alpha: Any, xi: Array) -> Array:
    return y + alpha * s + _each("sqrt")(2 * alpha)[()] * xi


def langevin_step_2(y: Array, s: Array, alpha: Any, xi: Array) -> Array:
    root = exp(log(2 * alpha) / 2)[()]
    return y + root * (root * s / 2 + xi)
