"""Right ways: divergences, entropy, information."""

import numpy as np
from scipy.special import kl_div, rel_entr, xlogy


def by_excess(q, p):
    some = np.where(q > 0, q, 1)
    t = np.where(q > 0, (p - q) / some, 0)
    log = np.where(np.abs(t) < 0.5, np.log1p(np.where(np.abs(t) < 0.5, t, 0)), np.log(p / some))
    return np.where(q > 0, q * (t - log), p).sum(axis=1).astype(q.dtype)


def gaussian(m, s, r):
    return ((m / r) ** 2 + (s / r) ** 2 - 1 - 2 * np.log(s / r)) / 2


RIGHT = {
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
}  # fmt: skip
