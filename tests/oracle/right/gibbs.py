"""Right ways: the Gibbs density and the likelihood."""

import numpy as np
from scipy.special import logsumexp, softmax


def nll(D, F, beta, dy):
    return -(-beta * D - logsumexp(-beta * F, b=dy)).mean() / beta


def nll_slope(D, d, F, beta, dy):
    return D.mean(axis=0) - softmax(np.log(dy) - beta * F) @ d


RESTS_ON = {
    "gibbs_density": ["log_gibbs"],
    "nll": ["negative_log_likelihood", "softmin"],
    "nll_slope": ["negative_log_likelihood", "softargmin"],
}
RIGHT = {
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
}  # fmt: skip
