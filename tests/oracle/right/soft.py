"""Right ways: softmin, softmax, softmin with a prior."""

import math

import numpy as np
from scipy.special import logsumexp, softmax, xlogy


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


RESTS_ON = {
    "softmax": ["softmin"],
    "softmin_prior": ["softmin"],
}
RIGHT = {
    "softmin": SOFTMIN,
    "softmax": [
        lambda s, beta: (logsumexp(beta * s, axis=1) - np.log(s.dtype.type(s.shape[1]))) / beta,
        lambda s, beta: -expm1_form(-s, beta),
        lambda s, beta: -row_by_row(-s, beta),
    ],
    "softmin_prior": [
        lambda E, beta, p: -logsumexp(-beta * E, b=p, axis=1) / beta,
        lambda E, beta, p: E.min(axis=1) - np.log(np.exp(-beta * (E - E.min(axis=1, keepdims=True))) @ p) / beta,
    ],
}  # fmt: skip
