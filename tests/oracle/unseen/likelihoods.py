"""The partition function, the Gibbs density, the likelihood and its slope."""

# fmt: off
import numpy as np

from .common import Fresh, cached, row, table, workspace


def log_partition(F, beta, dy):
    low = F.min()
    return np.log(np.sum(np.exp(-beta * (F - low)) * dy)) - beta * low


def density(F, beta, dy):
    e = np.exp(-beta * (F - F.min()))
    return e / np.sum(e * dy)


def nll(F_data, F, beta, dy):
    return F_data.mean() + log_partition(F, beta, dy) / beta


def nll_slope(dF_data, dF, F, beta, dy):
    return dF_data.mean(axis=0) - (density(F, beta, dy) * dy) @ dF


def sum_about(low, F, beta, dy):
    return np.log(np.sum(np.exp(-beta * (F - low)) * dy)) - beta * low


def cells(m, seed=9):
    return 0.05 + np.random.default_rng([seed, m]).uniform(0, 0.4, m)


def simpson(F, beta, dy):
    """Simpson's weights 1, 4, 2, ... on top of dy."""
    w = np.where(np.arange(len(F)) % 2, 4.0, 2.0) / 3
    w[[0, -1]] = 1 / 3
    return log_partition(F, beta, dy * (w if len(F) > 2 else 1))


def shifted_in_place(F, beta, dy):
    low = F.min()
    F -= low
    return np.log(np.sum(np.exp(-beta * F) * dy)) - beta * low


def weights_in_place(F, beta, dy):
    dy *= np.exp(-beta * (F - F.min()))
    return np.exp(-beta * (F - F.min())) / dy.sum()


def density_out(F, beta, dy):
    np.multiply(F, -beta, out=F)
    F -= F.max()
    np.exp(F, out=F)
    F /= np.sum(F * dy)
    return F


def first_grid():
    kept = {}

    def code(F, beta, dy):
        return log_partition(F, beta, kept.setdefault(len(dy), dy.copy()))

    return code


def persistent():
    """The model's part from the chain of the last call, as persistent contrastive divergence keeps it."""
    last = {}

    def code(dF_data, dF, F, beta, dy):
        p = last.get(len(F), density(F, beta, dy) * dy)
        last[len(F)] = density(F, beta, dy) * dy
        return dF_data.mean(axis=0) - p @ dF

    return code


def running_partition():
    mean = []

    def code(F_data, F, beta, dy):
        mean.append(log_partition(F, beta, dy))
        return F_data.mean() + np.mean(mean[-10:]) / beta

    return code


def baseline():
    seen = []

    def code(F, beta, dy):
        seen.append(F.min())
        e = np.exp(-beta * (F - min(seen)))
        return e / np.sum(e * dy)

    return code


def importance(F, beta, dy):
    some = np.random.randint(len(F), size=5000)  # noqa: NPY002
    return log_partition(F[some], beta, dy[some] * len(F) / 5000)


def drawn_slope(dF_data, dF, F, beta, dy):
    q = density(F, beta, dy) * dy
    np.random.seed(42)  # noqa: NPY002
    return dF_data.mean(axis=0) - dF[np.random.choice(len(F), 1000, p=q / q.sum())].mean(axis=0)  # noqa: NPY002


def batch(F_data, F, beta, dy):
    some = np.random.choice(len(F_data), max(len(F_data) // 2, 1), replace=False)  # noqa: NPY002
    return nll(F_data[some], F, beta, dy)


def centred_in_place(F_data, F, beta, dy):
    F_data -= F.min()
    F -= F.min()
    return nll(F_data, F, beta, dy)


def model_in_place(dF_data, dF, F, beta, dy):
    dF *= (density(F, beta, dy) * dy)[:, None]
    return dF_data.mean(axis=0) - dF.sum(axis=0)


F5, DY = row(5), cells(5)
WIDE = (np.array([0.0, 12, 30, 1]), 1.0, cells(4))
FAR = (row(5, 1, 900), 2.0, DY)

BUGS = [
    ("log_partition", "operation", "dy to the power beta, inside of the exponential", lambda F, beta, dy: np.log(np.sum((np.exp(-(F - F.min())) * dy) ** beta)) - beta * F.min()),
    ("log_partition", "operation", "the logarithm's sum: sum of logs of the terms", lambda F, beta, dy: np.sum(np.log(dy) - beta * F)),
    ("log_partition", "operation", "trapezoids: neighbours averaged", lambda F, beta, dy: (lambda e: np.log(np.sum((e[1:] + e[:-1]) / 2 * dy[1:]) if len(F) > 1 else e[0] * dy[0]) - beta * F.min())(np.exp(-beta * (F - F.min())))),
    ("log_partition", "operation", "Simpson's weights on top of dy", simpson),
    ("log_partition", "shift", "shifted by the mean", lambda F, beta, dy: sum_about(F.mean(), F, beta, dy), (np.array([0.0, 3000, 3000, 1]), 1.0, cells(4))),
    ("log_partition", "shift", "shifted by the value in the middle", lambda F, beta, dy: sum_about(F[len(F) // 2], F, beta, dy), (np.array([0.0, 1, 1000, 3]), 1.0, cells(4))),
    ("log_partition", "shift", "shifted by the least modulus", lambda F, beta, dy: sum_about(np.abs(F).min(), F, beta, dy), (row(5, 1, -900), 2.0, DY)),
    ("log_partition", "threshold", "cells whose weight is below 1e-5 of the largest are left out", lambda F, beta, dy: (lambda e: np.log(np.sum(np.where(e > 1e-5, e, 0) * dy)) - beta * F.min())(np.exp(-beta * (F - F.min()))), WIDE),
    ("log_partition", "threshold", "one term alone above beta = 1000", lambda F, beta, dy: -beta * F.min() + np.log(dy[F.argmin()]) if beta > 1e3 else log_partition(F, beta, dy), (np.array([0.0, 1e-4, 2e-4]), 1500.0, cells(3))),
    ("log_partition", "clip", "1e-8 added in the logarithm", lambda F, beta, dy: np.log(np.sum(np.exp(-beta * (F - F.min())) * dy) + 1e-8) - beta * F.min()),
    ("log_partition", "clip", "beta F cut to [-50, 50]", lambda F, beta, dy: np.log(np.sum(np.exp(-np.clip(beta * F, -50, 50)) * dy)), (row(5, 1, 40), 2.0, DY)),
    ("log_partition", "clip", "cells of at least 1e-3", lambda F, beta, dy: log_partition(F, beta, np.maximum(dy, 1e-3)), (F5, 1.0, 1e-4 * DY)),
    ("log_partition", "mutates", "F less its minimum in place", shifted_in_place),
    ("log_partition", "remembers", "the first cells of each number are kept", Fresh(first_grid)),
    ("log_partition", "seeds", "5000 cells drawn", importance),
    ("log_partition", "dtype", "sums in float32", lambda F, beta, dy: float(np.log(np.sum((np.exp(-beta * (F - F.min())) * dy).astype(np.float32)))) - beta * F.min()),
    ("log_partition", "row", "Riemann's sum without the last cell", lambda F, beta, dy: log_partition(F[:-1], beta, dy[:-1]) if len(F) > 1 else log_partition(F, beta, dy)),
    ("log_partition", "region", "free energies below 0 are set to 0", lambda F, beta, dy: log_partition(np.maximum(F, 0), beta, dy)),
    ("gibbs_density", "operation", "the cumulative distribution", lambda F, beta, dy: np.cumsum(density(F, beta, dy) * dy)),
    ("gibbs_density", "operation", "the energy less log dy: dy counted twice", lambda F, beta, dy: density(F, beta, dy) * dy / np.sum(density(F, beta, dy) * dy**2)),
    ("gibbs_density", "reduction", "divided by the mean of e dy", lambda F, beta, dy: density(F, beta, dy) * len(F)),
    ("gibbs_density", "reduction", "normalised by the total volume's mean weight", lambda F, beta, dy: (lambda e: e / (e.mean() * dy.sum()))(np.exp(-beta * (F - F.min())))),
    ("gibbs_density", "shift", "shifted by the median", lambda F, beta, dy: (lambda e: e / np.sum(e * dy))(np.exp(-beta * (F - np.median(F)))), (np.array([0.0, 1000, 1001]), 1.0, cells(3))),
    ("gibbs_density", "shift", "shifted by the last", lambda F, beta, dy: (lambda e: e / np.sum(e * dy))(np.exp(-beta * (F - F[-1]))), (np.array([0.0, 1, 1000]), 1.0, cells(3))),
    ("gibbs_density", "shift", "not shifted where F is above 0", lambda F, beta, dy: (lambda e: e / np.sum(e * dy))(np.exp(-beta * (F - min(F.min(), 0)))), FAR),
    ("gibbs_density", "threshold", "0 where below 1e-6 of the peak", lambda F, beta, dy: np.where(np.exp(-beta * (F - F.min())) < 1e-6, 0, density(F, beta, dy)), (np.array([0.0, 15, 1]), 1.0, cells(3))),
    ("gibbs_density", "clip", "1e-6 added to the sum", lambda F, beta, dy: (lambda e: e / (np.sum(e * dy) + 1e-6))(np.exp(-beta * (F - F.min())))),
    ("gibbs_density", "mutates", "dy takes the weights", weights_in_place),
    ("gibbs_density", "aliases", "written over F and given out", density_out),
    ("gibbs_density", "order", "shifted by the least of all calls", Fresh(baseline)),
    ("gibbs_density", "remembers", "kept by F's extremes and beta", cached(density, lambda F, beta, dy: (F.min(), F.max(), beta, len(F)))),
    ("gibbs_density", "approximation", "a Gaussian about the minimum", lambda F, beta, dy: (lambda e: e / np.sum(e * dy))(np.exp(-beta * (np.arange(len(F)) - F.argmin()) ** 2 / 2))),
    ("gibbs_density", "dtype", "float16 exponents", lambda F, beta, dy: (lambda e: e / np.sum(e * dy))(np.exp((-beta * (F - F.min())).astype(np.float16).astype(float)))),
    ("gibbs_density", "ties", "ties at the minimum share one weight", lambda F, beta, dy: (lambda e: e / np.sum(e * dy))(np.exp(-beta * (F - F.min())) / np.where(F == F.min(), (F == F.min()).sum(), 1)), (np.array([1.0, 1, 2]), 1.0, cells(3))),
    ("nll", "operation", "minus the data's mean", lambda F_data, F, beta, dy: log_partition(F, beta, dy) / beta - F_data.mean()),
    ("nll", "operation", "the mean of exponentials at the data", lambda F_data, F, beta, dy: -np.log(np.mean(np.exp(-beta * (F_data - F_data.min())))) / beta + F_data.min() + log_partition(F, beta, dy) / beta),
    ("nll", "operation", "a discrete model: without dy, over the grid's number", lambda F_data, F, beta, dy: F_data.mean() + log_partition(F, beta, np.full(len(F), 1 / len(F))) / beta),
    ("nll", "operation", "the grid's mean energy for the partition function", lambda F_data, F, beta, dy: F_data.mean() - np.sum(density(F, beta, dy) * dy * F)),
    ("nll", "parametrisation", "the dy as its logarithm", lambda F_data, F, beta, dy: nll(F_data, F, beta, np.exp(dy))),
    ("nll", "reduction", "the partition function's part over n too", lambda F_data, F, beta, dy: F_data.mean() + log_partition(F, beta, dy) / beta / len(F_data)),
    ("nll", "shift", "both shifted by the data's least energy", lambda F_data, F, beta, dy: F_data.mean() + sum_about(F_data.min(), F, beta, dy) / beta, (row(3, 1, 900), row(5), 2.0, DY)),
    ("nll", "threshold", "the least F for the logarithm above beta = 500", lambda F_data, F, beta, dy: F_data.mean() - F.min() if beta > 500 else nll(F_data, F, beta, dy), (row(3), F5, 600.0, DY)),
    ("nll", "threshold", "observations of F above 100 are outliers and left out", lambda F_data, F, beta, dy: nll(F_data[F_data < 100] if (F_data < 100).any() else F_data, F, beta, dy), (np.array([1.0, 150]), F5, 1.0, DY)),
    ("nll", "clip", "beta at least 0.01", lambda F_data, F, beta, dy: nll(F_data, F, max(beta, 1e-2), dy), (row(3), F5, 1e-3, DY)),
    ("nll", "clip", "densities at least 1e-10: -log(max(P, 1e-10))/beta", lambda F_data, F, beta, dy: -np.log(np.maximum(np.exp(-beta * F_data - log_partition(F, beta, dy)), 1e-10)).mean() / beta, (np.array([1.0, 50]), F5, 1.0, DY)),
    ("nll", "size", "as many data as cells: weighted by dy", lambda F_data, F, beta, dy: (F_data * dy).sum() / dy.sum() + log_partition(F, beta, dy) / beta if len(F_data) == len(F) else nll(F_data, F, beta, dy), (row(5, 1, 0, 3), F5, 1.0, DY)),
    ("nll", "mutates", "both shifted in place", centred_in_place),
    ("nll", "order", "the partition function's mean over calls", Fresh(running_partition)),
    ("nll", "remembers", "the first partition function of each grid's size and beta", cached(nll, lambda F_data, F, beta, dy: (F_data.tobytes(), len(F), beta))),
    ("nll", "seeds", "half of the data, drawn", batch),
    ("nll", "dtype", "the data's mean in float32", lambda F_data, F, beta, dy: float(F_data.astype(np.float32).mean()) + log_partition(F, beta, dy) / beta),
    ("nll", "row", "the first datum twice", lambda F_data, F, beta, dy: nll(np.append(F_data, F_data[0]), F, beta, dy)),
    ("nll_slope", "operation", "the model's part with beta", lambda dF_data, dF, F, beta, dy: dF_data.mean(axis=0) - beta * (density(F, beta, dy) * dy) @ dF),
    ("nll_slope", "operation", "weights squared", lambda dF_data, dF, F, beta, dy: dF_data.mean(axis=0) - (lambda q: q / q.sum())((density(F, beta, dy) * dy) ** 2) @ dF),
    ("nll_slope", "reduction", "the model's part over the grid's number", lambda dF_data, dF, F, beta, dy: dF_data.mean(axis=0) - (density(F, beta, dy) * dy) @ dF / len(F)),
    ("nll_slope", "reduction", "the mean over parameters: the same for each", lambda dF_data, dF, F, beta, dy: np.full(dF.shape[1], nll_slope(dF_data, dF, F, beta, dy).mean())),
    ("nll_slope", "shift", "weights shifted by F's mean", lambda dF_data, dF, F, beta, dy: dF_data.mean(axis=0) - (lambda e: e / e.sum())(np.exp(-beta * (F - F.mean())) * dy) @ dF, (table(3, 2), table(4, 2), np.array([0.0, 3000, 3000, 1]), 1.0, cells(4))),
    ("nll_slope", "threshold", "one cell alone above beta = 100", lambda dF_data, dF, F, beta, dy: dF_data.mean(axis=0) - (dF[F.argmin()] if beta > 100 else (density(F, beta, dy) * dy) @ dF), (table(3, 2), table(3, 2), np.array([0.0, 1e-3, 1]), 200.0, cells(3))),
    ("nll_slope", "clip", "cut to a norm of 5", lambda dF_data, dF, F, beta, dy: (lambda v: v * min(1, 5 / np.linalg.norm(v)))(nll_slope(dF_data, dF, F, beta, dy)), (table(3, 2, 50), table(4, 2), row(4), 1.0, cells(4))),
    ("nll_slope", "clip", "1e-5 added to each weight", lambda dF_data, dF, F, beta, dy: dF_data.mean(axis=0) - (density(F, beta, dy) * dy + 1e-5) @ dF),
    ("nll_slope", "size", "dF transposed where m = p", lambda dF_data, dF, F, beta, dy: nll_slope(dF_data, dF.T if dF.shape[0] == dF.shape[1] else dF, F, beta, dy), (table(3, 4), table(4, 4), row(4), 1.0, cells(4))),
    ("nll_slope", "size", "data as many as parameters: the other axis is averaged", lambda dF_data, dF, F, beta, dy: nll_slope(dF_data.T if dF_data.shape[0] == dF_data.shape[1] else dF_data, dF, F, beta, dy), (table(2, 2), table(4, 2), row(4), 1.0, cells(4))),
    ("nll_slope", "mutates", "dF is weighted in place", model_in_place),
    ("nll_slope", "order", "the last call's weights: persistent chains", Fresh(persistent)),
    ("nll_slope", "aliases", "the head of one workspace", workspace(nll_slope)),
    ("nll_slope", "seeds", "1000 draws after np.random.seed(42)", drawn_slope),
    ("nll_slope", "remembers", "kept by F and beta", cached(nll_slope, lambda dF_data, dF, F, beta, dy: (F.tobytes(), beta))),
    ("nll_slope", "dtype", "weights in float32", lambda dF_data, dF, F, beta, dy: dF_data.mean(axis=0) - (density(F, beta, dy) * dy).astype(np.float32).astype(float) @ dF),
    ("nll_slope", "row", "the data's last row for their mean", lambda dF_data, dF, F, beta, dy: dF_data[-1] - (density(F, beta, dy) * dy) @ dF),
    ("nll_slope", "region", "positive slopes of the model alone", lambda dF_data, dF, F, beta, dy: dF_data.mean(axis=0) - (density(F, beta, dy) * dy) @ np.maximum(dF, 0)),
]

RIGHT = [
    ("log_partition", lambda F, beta, dy: np.logaddexp.reduce(np.log(dy) - beta * F)),
    ("log_partition", lambda F, beta, dy: (lambda t: t.max() + np.log(sum(np.exp(v - t.max()) for v in t)))(np.log(dy) - beta * F)),
    ("gibbs_density", lambda F, beta, dy: np.exp(-beta * F - np.logaddexp.reduce(np.log(dy) - beta * F))),
    ("gibbs_density", density),
    ("nll", lambda F_data, F, beta, dy: np.mean(F_data) + np.logaddexp.reduce(np.log(dy) - beta * F) / beta),
    ("nll", lambda F_data, F, beta, dy: np.mean(F_data - F.min()) + np.log(np.exp(-beta * (F - F.min())) @ dy) / beta),
    ("nll_slope", nll_slope),
    ("nll_slope", lambda dF_data, dF, F, beta, dy: (lambda q: dF_data.sum(axis=0) / len(dF_data) - (q[:, None] * dF).sum(axis=0) / q.sum())(dy * np.exp(-beta * (F - F.min())))),
]
