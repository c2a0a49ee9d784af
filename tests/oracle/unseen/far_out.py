"""Caps, floors and thresholds that ordinary numbers do not reach."""

# fmt: off
import numpy as np

from . import auto_encoder as ae
from . import ellipse as el
from . import ellipse_free as ef
from . import gaussians as ga
from . import likelihoods as li
from . import losses as lo
from . import networks as ne
from . import soft as so
from . import variational as va
from . import weights as we
from .common import row, shares, table

COLD = np.array([[0.0, 0.5, 900], [1, 3, 1.25]])
SHORT = np.array([[0.0, 1e-5, 3e-5]])
PAIR = np.array([[0.5, 0.5]])
RARE = np.array([[1e-15, 1 - 1e-15]])
LATE = np.concatenate([np.zeros((2, 10)), [[1500.0, 3], [2, 900]]], axis=1)


def cut_norm(v, most):
    return v * np.minimum(1, most / np.linalg.norm(v, axis=-1, keepdims=True))


def near_uniform(s, beta):
    flat = beta * np.ptp(s, axis=1, keepdims=True) < 1e-6
    return np.where(flat, 1 / s.shape[1], we.softargmax(s, beta))


def only_least(E, beta):
    """One term is left where beta times the range passes 700."""
    return np.where(beta * np.ptp(E, axis=1) > 700, E.min(axis=1) + np.log(E.shape[1]) / beta, so.softmin(E, beta))


def thin(y, w):
    """An ellipse thinner than 1 in 100 is a segment."""
    if min(w) > max(w) / 100:
        return el.least(y, w)
    i = int(w[1] > w[0])
    return np.maximum(np.abs(y[:, i]) - w[i], 0) ** 2 + y[:, 1 - i] ** 2


def centre(y, w):
    return np.where((y**2).sum(axis=1) < 1e-12, min(w) ** 2, el.least(y, w))


def wrapped(z, w):
    turn = 2 * 3.14159265
    return el.decoder(np.where(np.abs(z) > turn, np.mod(z, turn), z), w)


def far_single(z, w):
    return el.decoder(np.where(np.abs(z) > 1e3, np.mod(z.astype(np.float32), np.float32(2 * np.pi)), z).astype(float), w)


def saturated(x, W1, b1, W2, b2, W3, b3, v):
    return ne.back(x, W1, b1, W2, b2, W3, v, lambda u: (u > 0) & (u < 1e3))[1].sum(axis=0)


BUGS = [
    ("softmin", "threshold", "one term alone where beta times the row's range passes 700", only_least, (COLD, 1.0)),
    ("softmin", "threshold", "the mean where beta is below 1e-9", lambda E, beta: E.mean(axis=1) if beta < 1e-9 else so.softmin(E, beta), (table(2, 3, 1e6), 5e-10)),
    ("softmin", "clip", "beta at most 1e5", lambda E, beta: so.softmin(E, min(beta, 1e5)), (SHORT, 4e5)),
    ("softmin", "shift", "the minimum of the first 8 latents", lambda E, beta: so.shifted(E[:, :8].min(axis=1), E, beta), (-LATE, 1.0)),
    ("softmax", "clip", "beta at least 1e-8", lambda s, beta: so.softmax(s, max(beta, 1e-8)), (table(2, 3, 1e7), 1e-9)),
    ("softmax", "threshold", "log1p(x) = x where the other terms are below 1e-4 of the largest", lambda s, beta: (lambda x: s.max(axis=1) + (np.where(x < 1e-4, x, np.log1p(x)) - np.log(s.shape[1])) / beta)(np.exp(beta * (s - s.max(axis=1, keepdims=True))).sum(axis=1) - 1), (np.array([[0.0, -10]]), 1.0)),
    ("softmax", "shift", "the last row's maximum", lambda s, beta: so.lifted(np.full(len(s), s[-1].max()), s, beta), (np.array([[1500.0, 3], [0, 1]]), 1.0)),
    ("softargmin", "clip", "weights below 1e-12 are 0", lambda E, beta: (lambda q: np.where(q < 1e-12, 0, q))(we.softargmin(E, beta)), (np.array([[0.0, 30]]), 1.0)),
    ("softargmin", "threshold", "one-hot where beta is above 1e4", lambda E, beta: we.softargmin(E, beta if beta < 1e4 else 1e30), (SHORT, 5e4)),
    ("softargmin", "shift", "the minimum of the row above", lambda E, beta: we.about(np.roll(E.min(axis=1), 1), E, beta), (np.array([[0.0, 1], [900, 901]]), 1.0)),
    ("softargmin", "shift", "a tenth of the way from the minimum to the maximum", lambda E, beta: we.about(0.9 * E.min(axis=1) + 0.1 * E.max(axis=1), E, beta), (np.array([[0.0, 1, 9000]]), 1.0)),
    ("softargmax", "clip", "beta s kept within 1000 of 0", lambda s, beta: we.softargmax(np.clip(beta * s, -1e3, 1e3), 1.0), (table(2, 3, 1, 600), 2.0)),
    ("softargmax", "threshold", "equal weights where beta times the range is below 1e-6", near_uniform, (np.array([[0.0, 5e-7]]), 1.0)),
    ("softmin_prior", "threshold", "a prior below 1e-12 counts as 0", lambda E, beta, p: we.softmin_prior(E, beta, np.where(p < 1e-12, 0, p)), (np.array([[0.0, 40]]), 1.0, np.array([1e-13, 1 - 1e-13]))),
    ("softmin_prior", "clip", "beta at most 1e4", lambda E, beta, p: we.softmin_prior(E, min(beta, 1e4), p), (SHORT, 1e5, np.array([0.25, 0.5, 0.25]))),
    ("softmin_prior", "shift", "the last latent's energy", lambda E, beta, p: E[:, -1] - np.log(np.exp(-beta * (E - E[:, -1:])) @ p) / beta, (np.array([[0.0, 3, 900]]), 1.0, np.array([0.25, 0.5, 0.25]))),
    ("kl", "clip", "the ratio's logarithm within 30 of 0", lambda q, p: (q * np.clip(np.log(np.where(q > 0, q, 1)) - np.where(q > 0, np.log(p), 0), -30, 30)).sum(axis=1), (PAIR, RARE)),
    ("kl", "clip", "p at least 1e-30", lambda q, p: va.kl(q, np.maximum(p, 1e-30)), (PAIR, np.array([[1e-40, 1.0]]))),
    ("entropy", "threshold", "0 where one weight is above 1 - 1e-6", lambda q: np.where(q.max(axis=1) > 1 - 1e-6, 0, va.entropy(q)), (np.array([[5e-7, 1 - 5e-7]]),)),
    ("expected_energy", "clip", "energies at most 1e6", lambda E, q: va.expected_energy(np.minimum(E, 1e6), q), (np.array([[1.0, 3e7]]), PAIR)),
    ("expected_energy", "threshold", "weights below 1e-8 are ignored", lambda E, q: va.expected_energy(E, np.where(q < 1e-8, 0, q)), (np.array([[1e6, 1]]), np.array([[5e-9, 1 - 5e-9]]))),
    ("variational_free_energy", "clip", "beta at most 1e4", lambda E, q, beta, p: va.free(E, q, min(beta, 1e4), p), (SHORT, shares(1, 3), 1e5, np.array([0.25, 0.5, 0.25]))),
    ("variational_free_energy", "clip", "a divergence of at most 20", lambda E, q, beta, p: va.expected_energy(E, q) + np.minimum(va.kl(q, np.broadcast_to(p, q.shape)), 20) / beta, (np.array([[1.0, 2]]), np.array([[1.0, 0]]), 1.0, np.array([1e-12, 1 - 1e-12]))),
    ("jensen_gap", "clip", "beta (E - min) at most 100", lambda E, q, beta, p: va.gap(np.minimum(E, E.min(axis=1, keepdims=True) + 100 / beta), q, beta, p), (np.array([[0.0, 300]]), PAIR, 1.0, np.array([0.25, 0.75]))),
    ("jensen_gap", "threshold", "q* one-hot where beta is above 1000: an infinite gap is set to 0", lambda E, q, beta, p: np.where(beta > 1e3, 0, va.gap(E, q, beta, p)), (1e-3 * table(2, 2), shares(2, 2), 2e3, np.array([0.25, 0.75]))),
    ("gaussian_kl", "clip", "s at least 1e-8", lambda m, s, r: ga.gaussian_kl(m, np.maximum(s, 1e-8), r), (np.array([0.5]), np.array([1e-9]), 1.0)),
    ("gaussian_kl", "clip", "m/r within 100 of 0", lambda m, s, r: ga.gaussian_kl(np.clip(m, -100 * r, 100 * r), s, r), (np.array([500.0]), np.array([1.5]), 1.0)),
    ("gaussian_kl", "threshold", "no part of s where it is within a thousandth of r", lambda m, s, r: np.where(np.abs(s / r - 1) < 1e-3, (m / r) ** 2 / 2, ga.gaussian_kl(m, s, r)), (np.array([0.01]), np.array([1.0005]), 1.0)),
    ("gaussian_kl", "clip", "r at least 0.01", lambda m, s, r: ga.gaussian_kl(m, s, max(r, 0.01)), (np.array([0.5]), np.array([1.5]), 0.001)),
    ("box_information", "clip", "s at least 1e-10", lambda s, r, d: ga.box(max(s, 1e-10), r, d), (1e-11, 1.0, 3.0)),
    ("box_information", "clip", "d at most 1024", lambda s, r, d: ga.box(s, r, min(d, 1024)), (0.5, 2.0, 2048.0)),
    ("vae_loss", "clip", "s at most 10", lambda y, m, s, *rest: ae.vae_loss(y, m, np.minimum(s, 10), *rest), ae.vae(s=30)),
    ("vae_loss", "clip", "r at least 0.1", lambda *a: ae.vae_loss(*a[:-1], max(a[-1], 0.1)), ae.vae(r=0.05)),
    ("vae_loss", "clip", "beta at most 1000", lambda *a: ae.vae_loss(*a[:-2], min(a[-2], 1e3), a[-1]), ae.vae(beta=1e4)),
    ("vae_slope_s", "clip", "1/s at most 1e6", lambda y, m, s, eps, W, b, beta, r: ae.vae_slope_s(y, m, s, eps, W, b, beta, r) + (1 / s - np.minimum(1 / s, 1e6)) / beta / len(y), ae.vae(s=1e-7)),
    ("vae_slope_s", "clip", "noise within 3 of 0", lambda y, m, s, eps, *rest: ae.vae_slope_s(y, m, s, np.clip(eps, -3, 3), *rest), (*ae.vae()[:3], 4 * ae.vae()[3], *ae.vae()[4:])),
    ("ellipse_decoder", "dtype", "angles beyond 1000 wrapped in float32", far_single, (np.array([12345.6789, 1.0]), el.W)),
    ("ellipse_decoder", "approximation", "angles beyond a turn wrapped by 2 times 3.14159265", wrapped, (np.array([70.0, 1]), el.W)),
    ("ellipse_energy", "clip", "energies at most 1e6", lambda y, z, w: np.minimum(el.energy(y, z, w), 1e6), (1e4 * el.Y, el.Z, el.W)),
    ("ellipse_energy", "clip", "y within 1000 of 0", lambda y, z, w: el.energy(np.clip(y, -1e3, 1e3), z, w), (5e3 * el.Y, el.Z, el.W)),
    ("ellipse_free_energy", "threshold", "one term alone where beta times the range passes 700", lambda y, z, w, beta: only_least(el.energy(y, z, w), beta), (20 * el.Y, np.append(el.Z, el.Z), el.W, 100.0)),
    ("ellipse_free_energy", "clip", "beta at most 1000", lambda y, z, w, beta: ef.free(y, z, w, min(beta, 1e3)), (el.Y, el.Z, el.W, 5e3)),
    ("ellipse_slope_y", "threshold", "2 y further than 1000 out", lambda y, z, w, beta: np.where((y**2).sum(axis=1, keepdims=True) > 1e6, 2 * y, ef.slope_y(y, z, w, beta)), (2e4 * el.Y, el.Z, el.W, 1.0)),
    ("ellipse_slope_y", "clip", "beta at most 1000", lambda y, z, w, beta: ef.slope_y(y, z, w, min(beta, 1e3)), (np.zeros((1, 2)), np.array([0.5, 0.501]), el.W, 1e4)),
    ("ellipse_slope_y", "size", "as many observations as latents: the weights transposed", lambda y, z, w, beta: (lambda q: 2 * (y - (q.T if q.shape[0] == q.shape[1] else q) @ el.decoder(z, w)))(ef.weights(el.energy(y, z, w), beta)), (el.Y, el.Z[:3], el.W, 1.0)),
    ("ellipse_slope_w", "threshold", "weights below 1e-4 are dropped", lambda y, z, w, beta: (lambda q, c: np.einsum("nk,nki->i", np.where(q < 1e-4, 0, q), 2 * (w * c - y[:, None]) * c) / len(y))(ef.weights(el.energy(y, z, w), beta), el.decoder(z, np.ones(2))), (np.array([[1.5, 0.0]]), np.array([0.0, 3.0]), el.W, 1.25)),
    ("ellipse_slope_w", "clip", "beta at most 1000", lambda y, z, w, beta: ef.slope_w(y, z, w, min(beta, 1e3)), (np.full((1, 2), 0.1), np.array([0.5, 0.501, 2.5]), el.W, 1e4)),
    ("ellipse_least_energy", "threshold", "an ellipse thinner than 1 in 100 is a segment", thin, (np.array([[0.5, 0.2]]), np.array([1.0, 0.005]))),
    ("ellipse_least_energy", "threshold", "within 1e-6 of the centre: the smaller radius squared", centre, (np.array([[2e-7, 3e-7]]), np.array([1.5, 0.75]))),
    ("log_partition", "clip", "cells of at least 1e-12", lambda F, beta, dy: li.log_partition(F, beta, np.maximum(dy, 1e-12)), (row(3), 1.0, np.array([1e-14, 2e-14, 1e-13]))),
    ("log_partition", "clip", "beta F within 700 of 0", lambda F, beta, dy: li.log_partition(np.clip(beta * F, -700, 700), 1.0, dy), (row(3, 1, 900), 1.0, np.array([0.1, 0.2, 0.3]))),
    ("gibbs_density", "clip", "densities of at most 1e6", lambda F, beta, dy: np.minimum(li.density(F, beta, dy), 1e6), (row(3), 1.0, np.array([1e-8, 2e-8, 3e-8]))),
    ("gibbs_density", "threshold", "all in one cell where beta times the range passes 745", lambda F, beta, dy: np.where(np.arange(len(F)) == F.argmin(), 1 / dy, 0) if beta * np.ptp(F) > 745 else li.density(F, beta, dy), (np.array([0.0, 0.5, 800]), 1.0, np.array([0.1, 0.2, 0.3]))),
    ("langevin_step", "clip", "alpha at most 1", lambda y, s, alpha, xi: ga.langevin_step(y, s, min(alpha, 1), xi), ga.steps(alpha=3.0)),
    ("langevin_step", "threshold", "no noise where alpha is below 1e-8", lambda y, s, alpha, xi: y + alpha * s + (np.sqrt(2 * alpha) * xi if alpha > 1e-8 else 0), ga.steps(alpha=1e-9)),
    ("nll", "clip", "log Z at least -100", lambda F_data, F, beta, dy: F_data.mean() + max(li.log_partition(F, beta, dy), -100) / beta, (row(3, 1, 200), row(4, 1, 200), 1.0, li.cells(4))),
    ("nll", "clip", "F at the data at most 1000", lambda F_data, F, beta, dy: li.nll(np.minimum(F_data, 1e3), F, beta, dy), (np.array([5e3, 1]), row(4), 1.0, li.cells(4))),
    ("nll_slope", "clip", "slopes within 1000 of 0", lambda dF_data, dF, *rest: li.nll_slope(np.clip(dF_data, -1e3, 1e3), np.clip(dF, -1e3, 1e3), *rest), (table(3, 2, 1e4), table(4, 2, 1e4), row(4), 1.0, li.cells(4))),
    ("nll_slope", "threshold", "cells of a weight below 1e-6 are left out", lambda dF_data, dF, F, beta, dy: dF_data.mean(axis=0) - (lambda q: np.where(q < 1e-6, 0, q))(li.density(F, beta, dy) * dy) @ dF, (table(3, 2), 1e3 * table(2, 2), np.array([0.0, 15]), 1.0, np.array([0.5, 0.5]))),
    ("softplus", "threshold", "log1p(x) = x where |u| is above 8", lambda u: np.maximum(u, 0) + np.where(np.abs(u) > 8, np.exp(-np.abs(u)), np.log1p(np.exp(-np.abs(u)))), (np.array([-8.5, 9]),)),
    ("softplus", "threshold", "log 2 + u/2 + u^2/8 within 0.01", lambda u: np.where(np.abs(u) < 1e-2, np.log(2) + u / 2 + u**2 / 8, lo.softplus(u)), (np.array([0.009, 0.0095]),)),
    ("log_loss", "clip", "the gap at most 1e4", lambda F, G: lo.softplus(np.minimum(F - G, 1e4)), (np.array([2e4]), np.array([1.0]))),
    ("log_loss", "threshold", "0 where F_hat is 40 above F", lambda F, G: np.where(G - F > 40, 0, lo.softplus(F - G)), (np.array([1.0]), np.array([45.0]))),
    ("log_loss_slope", "clip", "the gap within 40 of 0", lambda F, G: lo.sigmoid(np.clip(F - G, -40, 40)), (np.array([1.0]), np.array([55.0]))),
    ("log_loss_slope", "threshold", "u/4 + 1/2 within 0.01", lambda F, G: np.where(np.abs(F - G) < 1e-2, 0.5 + (F - G) / 4, lo.sigmoid(F - G)), (np.array([1.0]), np.array([1.009]))),
    ("hinge_loss", "clip", "a margin of at most 10", lambda F, G, m: lo.hinge(F, G, min(m, 10)), (np.array([1.0]), np.array([2.0]), 15.0)),
    ("hinge_loss", "clip", "energies within 1e5 of 0", lambda F, G, m: lo.hinge(np.clip(F, -1e5, 1e5), np.clip(G, -1e5, 1e5), m), (np.array([3e5]), np.array([2e5]), 1.0)),
    ("hinge_loss_slope", "threshold", "inactive where np.isclose finds both sides equal", lambda F, G, m: ((m + F > G) & ~np.isclose(m + F, G)).astype(float), (np.array([1000.0]), np.array([1000.499]), 0.5)),
    ("hinge_loss_slope", "clip", "a margin of at most 10", lambda F, G, m: lo.hinge_slope(F, G, min(m, 10)), (np.array([1.0]), np.array([13.0]), 15.0)),
    ("hinge_loss_slope", "clip", "energies cut at 100", lambda F, G, m: lo.hinge_slope(np.minimum(F, 100), np.minimum(G, 100), m), (np.array([200.0]), np.array([300.0]), 1.0)),
    ("mlp", "clip", "weights within 10 of 0", lambda x, W1, b1, W2, b2, W3, b3: ne.mlp(x, np.clip(W1, -10, 10), b1, np.clip(W2, -10, 10), b2, np.clip(W3, -10, 10), b3), ne.net(size=30)),
    ("mlp", "clip", "outputs within 1e6 of 0", lambda *a: np.clip(ne.mlp(*a), -1e6, 1e6), ne.net(x=1e7)),
    ("mlp_slope_x", "threshold", "v_bar below 1e-8 is dropped", lambda *a: ne.slope_x(*a[:-1], np.where(np.abs(a[-1]) < 1e-8, 0, a[-1])), ne.pulled(v=1e-9)),
    ("mlp_slope_x", "clip", "a norm of at most 100 in each row", lambda *a: cut_norm(ne.slope_x(*a), 100), ne.pulled(v=1e3)),
    ("mlp_slope_W1", "clip", "inputs within 100 of 0", lambda x, *rest: ne.back(x, *rest[:5], rest[6])[0].T @ np.clip(x, -100, 100), ne.pulled(x=500)),
    ("mlp_slope_b2", "clip", "a norm of at most 1000", lambda *a: cut_norm(ne.slope_b2(*a), 1e3), ne.pulled(v=1e4)),
    ("mlp_slope_b2", "threshold", "units above 1000 are saturated", saturated, ne.pulled(x=1e4)),
]
