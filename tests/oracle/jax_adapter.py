"""The functions of the contract in JAX, each jitted:  refebm check tests/oracle/jax_adapter.py  (needs jax)

Right ways, as one writes them, to see how a run of everything fares where each function compiles anew for each shape.
"""

import functools

import jax
import jax.numpy as jnp
from jax.nn import log_sigmoid, logsumexp, relu, sigmoid
from jax.nn import softmax as normalised
from jax.scipy.special import rel_entr, xlogy

jax.config.update("jax_enable_x64", True)
ARRAY = jnp.asarray
INF = jnp.inf


def log1p(x):
    return jnp.where(x > -0.3, jnp.log1p(x), jnp.log(1 + x))  # XLA's log1p loses eight bits near -0.41


def softplus(u):
    return jnp.maximum(u, 0) + jnp.log1p(jnp.exp(-jnp.abs(u)))


def log_loss(F, F_hat):
    return softplus(F - F_hat)


def log_loss_slope(F, F_hat):
    return sigmoid(F - F_hat)


def hinge_loss(F, F_hat, margin):
    return relu(margin - (F_hat - F))


def hinge_loss_slope(F, F_hat, margin):
    return (margin - (F_hat - F) > 0).astype(F.dtype)


# --- softmin


def softmin(E, beta):
    m = E.min(axis=1)
    return m - log1p(jnp.expm1(-beta * (E - m[:, None])).mean(axis=1)) / beta


def softmax(s, beta):
    return -softmin(-s, beta)


def softargmin(E, beta):
    return normalised(-beta * (E - E.min(axis=1, keepdims=True)), axis=1)


def softargmax(s, beta):
    return softargmin(-s, beta)


def _gaps(E, p=1.0):
    """The least energy that counts, and how far the others lie above it: inf where they are forbidden."""
    E = jnp.where(p > 0, E, INF)
    m = E.min(axis=-1, keepdims=True)
    return m[..., 0], jnp.where(jnp.isinf(E), INF, E - jnp.where(jnp.isinf(m), 0, m))


def _inside(beta):
    return jnp.where((beta > 0) & (beta < INF), beta, 1)  # any number will do where it is not used


def softmin_limits(E, beta):
    m, gap = _gaps(E)
    b = _inside(beta)
    F = m - log1p(jnp.maximum(jnp.expm1(-b * gap).mean(axis=1), -1)) / b
    return jnp.where(beta == 0, E.mean(axis=1), jnp.where(beta == INF, m, F))


def _weights(gap, beta):
    inside = jnp.exp(-_inside(beta) * gap)
    return jnp.where(beta == 0, (gap < INF) * 1.0, jnp.where(beta == INF, (gap == 0) * 1.0, inside))


def softargmin_limits(E, beta):
    e = _weights(_gaps(E)[1], beta)
    return e / e.sum(axis=1, keepdims=True)


def softmin_betas(E, betas):
    return jax.vmap(softmin_limits, (None, 0))(E, betas)


@functools.partial(jax.jit, static_argnames="axis")
def softmin_axis(E, beta, axis):
    m = E.min(axis=axis, keepdims=True)
    return jnp.squeeze(m, axis) - log1p(jnp.expm1(-beta * (E - m)).mean(axis=axis)) / beta


def softmin_prior(E, beta, p):
    m = E.min(axis=1)
    return m - log1p(jnp.expm1(-beta * (E - m[:, None])) @ p) / beta


def softmin_prior_rows(E, beta, p):
    m, gap = _gaps(E, p)
    b = _inside(beta)
    inside = m - log1p(jnp.maximum((p * jnp.expm1(-b * gap)).sum(axis=1), -1)) / b
    return jnp.where(beta == 0, (p * jnp.where(p > 0, E, 0)).sum(axis=1), jnp.where(beta == INF, m, inside))


# --- distributions


def log_partition(F, beta, dy):
    return logsumexp(-beta * F, b=dy)


def gibbs_density(F, beta, dy):
    e = jnp.exp(-beta * (F - F.min()))
    return e / (e @ dy)


def log_partition_forbidden(F, beta, dy):
    m, gap = _gaps(F)
    return jnp.log(_weights(gap, beta) @ dy) - jnp.where(jnp.isinf(m), INF, beta * m)


def gibbs_density_forbidden(F, beta, dy):
    e = _weights(_gaps(F)[1], beta)
    return e / (e @ dy)


def nll(F_data, F, beta, dy):
    return F_data.mean() + logsumexp(-beta * F, b=dy) / beta


def nll_slope(dF_data, dF, F, beta, dy):
    return dF_data.mean(axis=0) - (gibbs_density(F, beta, dy) * dy) @ dF


def kl(q, p):
    return rel_entr(q, p).sum(axis=1)


kl_support = kl


def entropy(q):
    return -xlogy(q, q).sum(axis=1)


def expected_energy(E, q):
    return (q * E).sum(axis=1)


def variational_free_energy(E, q, beta, p):
    return expected_energy(E, q) + kl(q, p) / beta


def jensen_gap(E, q, beta, p):
    log_z = logsumexp(-beta * E, b=p, axis=1, keepdims=True)
    return (rel_entr(q, p) + q * (beta * E + log_z)).sum(axis=1) / beta


def gaussian_kl(m, s, r):
    d = (s - r) / r
    return (m / r) ** 2 / 2 + d + d**2 / 2 - jnp.where(d > -0.5, jnp.log1p(d), jnp.log(s / r))


def box_information(s, r, d):
    return d * jnp.log(r / s)


def langevin_step(y, s, alpha, xi):
    return y + alpha * s + jnp.sqrt(2 * alpha) * xi


# --- the ellipse


def ellipse_decoder(z, w):
    return w * jnp.stack([jnp.cos(z), jnp.sin(z)], axis=-1)


def ellipse_energy(y, z, w):
    return ((y[:, None] - ellipse_decoder(z, w)) ** 2).sum(axis=-1)


def ellipse_free_energy(y, z, w, beta):
    return softmin(ellipse_energy(y, z, w), beta)


def ellipse_slope_y(y, z, w, beta):
    q = softargmin(ellipse_energy(y, z, w), beta)
    return 2 * (q[..., None] * (y[:, None] - ellipse_decoder(z, w))).sum(axis=1)


def ellipse_slope_w(y, z, w, beta):
    q = softargmin(ellipse_energy(y, z, w), beta)
    points, circle = ellipse_decoder(z, w), ellipse_decoder(z, jnp.ones(2))
    return 2 * jnp.einsum("nk,nki,ki->i", q, points - y[:, None], circle) / len(y)


def ellipse_free_energy_rows(y, z, w, beta):
    return softmin_limits(ellipse_energy(y, z, w), beta)


def ellipse_slope_y_rows(y, z, w, beta):
    q = softargmin_limits(ellipse_energy(y, z, w), beta)
    return 2 * (q[..., None] * (y[:, None] - ellipse_decoder(z, w))).sum(axis=1)


def ellipse_least_energy(y, w):
    a, b = jnp.abs(y).T

    def halve(_, ends):
        low, high = ends
        z = (low + high) / 2
        rising = w[0] * jnp.sin(z) * (a - w[0] * jnp.cos(z)) > w[1] * jnp.cos(z) * (b - w[1] * jnp.sin(z))
        return jnp.where(rising, low, z), jnp.where(rising, z, high)

    z, _ = jax.lax.fori_loop(0, 80, halve, (jnp.zeros_like(a), jnp.full_like(a, jnp.pi / 2)))
    return (a - w[0] * jnp.cos(z)) ** 2 + (b - w[1] * jnp.sin(z)) ** 2


# --- linear models and mixtures


def pca_free_energy(y, W):
    U, s, _ = jnp.linalg.svd(W, full_matrices=False)
    U = jnp.where(s > s.max() * max(W.shape) * jnp.finfo(W.dtype).eps, U, 0)
    return ((y - y @ U @ U.T) ** 2).sum(axis=1)


def kmeans_free_energy(y, M):
    return ((y[:, None] - M) ** 2).sum(axis=2).min(axis=1)


def _log_joint(y, mu, S, pi):
    L = jnp.linalg.cholesky(S)
    u = jax.scipy.linalg.solve_triangular(L, (y[:, None] - mu).transpose(1, 2, 0), lower=True)
    log_det = jnp.log(jnp.diagonal(L, axis1=1, axis2=2)).sum(axis=1)
    return jnp.log(pi) - (u**2).sum(axis=1).T / 2 - log_det - y.shape[1] * jnp.log(2 * jnp.pi) / 2


def gmm_free_energy(y, mu, S, pi):
    return -logsumexp(_log_joint(y, mu, S, pi), axis=1)


def gmm_responsibilities(y, mu, S, pi):
    return normalised(_log_joint(y, mu, S, pi), axis=1)


def gmm_em_mu(y, mu, S, pi):
    log_q = jax.nn.log_softmax(_log_joint(y, mu, S, pi), axis=1)
    q = jnp.exp(log_q - log_q.max(axis=0))  # of a component that nobody is near
    return q.T @ y / q.sum(axis=0)[:, None]


# --- networks


def mlp(x, W1, b1, W2, b2, W3, b3):
    return relu(relu(x @ W1.T + b1) @ W2.T + b2) @ W3.T + b3


def _adjoint(argument):
    def adjoint(*a):
        *a, v_bar = a

        def total(u):
            return (mlp(*a[:argument], u, *a[argument + 1 :]) * v_bar).sum()

        return jax.grad(total)(a[argument])

    return adjoint


mlp_slope_x, mlp_slope_W1, mlp_slope_b2 = _adjoint(0), _adjoint(1), _adjoint(4)


def vae_loss(y, m, s, eps, W, b, beta, r):
    return (((y - (m + s * eps) @ W.T - b) ** 2).sum(axis=1) + gaussian_kl(m, s, r).sum(axis=1) / beta).mean()


def vae_slope_s(y, m, s, eps, W, b, beta, r):
    residual = (m + s * eps) @ W.T + b - y
    return (2 * (residual @ W) * eps + s / (beta * r * r) - 1 / (beta * s)) / len(y)


# --- Boltzmann machines


def rbm_energy(v, h, W, b, c):
    return -((h @ W) * v).sum(axis=1) - v @ b - h @ c


def rbm_free_energy(v, W, b, c):
    return -v @ b - softplus(v @ W.T + c).sum(axis=1)


def rbm_hidden_probability(v, W, c):
    return jnp.exp(log_sigmoid(v @ W.T + c))


def _states(d):
    return (jnp.arange(2**d)[:, None] >> jnp.arange(d) & 1).astype(float)


def rbm_log_partition(W, b, c):
    return logsumexp(-rbm_free_energy(_states(len(b)), W, b, c))


def rbm_slope_W(v, W, b, c):
    return -rbm_hidden_probability(v, W, c).T @ v / len(v)


def rbm_nll_slope_W(v, W, b, c):
    all_h = _states(len(c))
    P = normalised(-rbm_free_energy(all_h, W.T, c, b))
    return (P[:, None] * all_h).T @ rbm_hidden_probability(all_h, W.T, b) + rbm_slope_W(v, W, b, c)


def cd_slope_W(v, v_model, W, c):
    return rbm_slope_W(v, W, None, c) - rbm_slope_W(v_model, W, None, c)


for _name, _code in list(globals().items()):
    if callable(_code) and getattr(_code, "__module__", "") == __name__ and _name[0] != "_" and _name != "softmin_axis":
        globals()[_name] = jax.jit(_code)
