"""The expected energy, the variational free energy and its gap; the relative entropy and the entropy."""

# fmt: off
import numpy as np

from .common import Fresh, buffered, cached, one, shares, table, workspace


def xlogy(q, p):
    return np.where(q > 0, q * np.log(np.where(q > 0, p, 1)), 0)


def kl(q, p):
    return (xlogy(q, q) - xlogy(q, p)).sum(axis=1)


def entropy(q):
    return -xlogy(q, q).sum(axis=1)


def expected_energy(E, q):
    return (q * E).sum(axis=1)


def free(E, q, beta, p):
    return expected_energy(E, q) + kl(q, np.broadcast_to(p, q.shape)) / beta


def gibbs(E, beta, p):
    e = p * np.exp(-beta * (E - E.min(axis=1, keepdims=True)))
    return e / e.sum(axis=1, keepdims=True)


def softmin(E, beta, p):
    low = E.min(axis=1)
    return low - np.log(np.exp(-beta * (E - low[:, None])) @ p) / beta


def gap(E, q, beta, p):
    return free(E, q, beta, p) - softmin(E, beta, p)


def terms_in_place(q, p):
    q[...] = xlogy(q, q) - xlogy(q, p)
    return q.sum(axis=1)


def zeros_filled(q):
    q[q == 0] = 1
    return -(q * np.log(q)).sum(axis=1)


def energy_times(E, q):
    E *= q
    return E.sum(axis=1)


def logs_in_place(E, q, beta, p):
    np.log(p, out=p)
    return expected_energy(E, q) + (xlogy(q, q) - q * p).sum(axis=1) / beta


def centred(E, q, beta, p):
    E -= E.min(axis=1, keepdims=True)
    return gap(E, q, beta, p)


def last_p():
    kept = {}

    def code(q, p):
        return kl(q, kept.setdefault(p.shape, p.copy()))

    return code


def baseline():
    """Energies less a running mean over calls, which is given back of the present call alone."""
    mean = [None]

    def code(E, q):
        mean[0] = E.mean() if mean[0] is None else 0.9 * mean[0] + 0.1 * E.mean()
        return expected_energy(E - mean[0], q) + E.mean()

    return code


def warm_up():
    calls = [0]

    def code(E, q, beta, p):
        calls[0] += 1
        return expected_energy(E, q) + min(1, calls[0] / 5) * kl(q, np.broadcast_to(p, q.shape)) / beta

    return code


def floor_of_all():
    least = [np.inf]

    def code(E, q, beta, p):
        least[0] = min(least[0], E.min())
        shifted = np.exp(-beta * (E - least[0])) @ p
        return free(E, q, beta, p) - least[0] + np.log(shifted) / beta

    return code


def drawn_entropy(q):
    np.random.seed(1)  # noqa: NPY002
    return np.array([-np.log(v[np.random.choice(len(v), 5000, p=v / v.sum())]).mean() for v in q])  # noqa: NPY002


def drawn_energy(E, q):
    return np.array([e[np.random.choice(len(e), 5000, p=v / v.sum())].mean() for e, v in zip(E, q, strict=True)])  # noqa: NPY002


def series(q, p):
    """chi-square halves where the two are within a tenth."""
    near = (np.abs(q - p) < 0.1 * p).all(axis=1)
    return np.where(near, ((q - p) ** 2 / p).sum(axis=1) / 2, kl(q, p))


Q, P, E0 = shares(3, 4), one(4, 1), table(3, 4)
TINY = np.array([[1e-9, 1 - 1e-9], [0.5, 0.5]])
ZERO = np.array([[0.0, 0.25, 0.75], [0.5, 0.5, 0]])

BUGS = [
    ("kl", "operation", "Jensen and Shannon's, against the mixture", lambda q, p: (kl(q, (q + p) / 2) + kl(p, (q + p) / 2)) / 2),
    ("kl", "operation", "Renyi's divergence of order 2", lambda q, p: np.log((q**2 / p).sum(axis=1))),
    ("kl", "parametrisation", "q normalised over the observations", lambda q, p: kl(q / q.sum(axis=0, keepdims=True).clip(1e-300), p)),
    ("kl", "reduction", "the batch mean, for every row", lambda q, p: np.full(len(q), kl(q, p).mean())),
    ("kl", "detach", "each term's absolute value", lambda q, p: np.abs(xlogy(q, q) - xlogy(q, p)).sum(axis=1)),
    ("kl", "threshold", "terms with q below 1e-6 are left out", lambda q, p: np.where(q < 1e-6, 0, xlogy(q, q) - xlogy(q, p)).sum(axis=1), (np.array([[9e-7, 1 - 9e-7]]), np.array([[0.5, 0.5]]))),
    ("kl", "threshold", "half the chi-square where q and p are within a tenth", series, (np.array([[0.5, 0.5]]), np.array([[0.52, 0.48]]))),
    ("kl", "clip", "1e-5 at least in the quotient's denominator", lambda q, p: (xlogy(q, q) - xlogy(q, np.maximum(p, 1e-5))).sum(axis=1), (np.array([[0.5, 0.5]]), np.array([[1e-7, 1 - 1e-7]]))),
    ("kl", "clip", "cut to at most 20", lambda q, p: np.minimum(kl(q, p), 20), (np.array([[1.0, 0]]), np.array([[1e-12, 1.0]]))),
    ("kl", "size", "two outcomes are a Bernoulli pair whose first column alone counts", lambda q, p: (lambda a, b: xlogy(a, a) - xlogy(a, b))(q[:, 0], p[:, 0]) if q.shape[1] == 2 else kl(q, p), (shares(3, 2), shares(3, 2, 1))),
    ("kl", "size", "sums the first axis of square tables", lambda q, p: (xlogy(q, q) - xlogy(q, p)).sum(axis=0) if q.shape[0] == q.shape[1] else kl(q, p), (shares(3, 3), shares(3, 3, 1))),
    ("kl", "mutates", "q becomes its terms in place", terms_in_place),
    ("kl", "remembers", "the first p of each shape is kept", Fresh(last_p)),
    ("kl", "aliases", "one buffer for each shape", buffered(kl)),
    ("kl", "approximation", "the estimator (r - 1) - log r without its weight", lambda q, p: (lambda r: (q * ((r - 1) - np.log(r))).mean(axis=1))(p / np.maximum(q, 1e-300))),
    ("kl", "dtype", "the quotient in float32", lambda q, p: (q * np.log(np.where(q > 0, q / p, 1).astype(np.float32)).astype(float)).sum(axis=1)),
    ("kl", "region", "terms below 0 are cut at 0", lambda q, p: np.maximum(xlogy(q, q) - xlogy(q, p), 0).sum(axis=1)),
    ("kl", "row", "p's first row for all rows", lambda q, p: kl(q, np.broadcast_to(p[0], q.shape))),
    ("entropy", "operation", "the Gini impurity", lambda q: 1 - (q**2).sum(axis=1)),
    ("entropy", "operation", "a part of the binary entropies: (1 - q) log(1 - q) too", lambda q: -(xlogy(q, q) + xlogy(1 - q, 1 - q)).sum(axis=1)),
    ("entropy", "reduction", "of the mean distribution, for every row", lambda q: np.full(len(q), entropy(q.mean(axis=0, keepdims=True))[0])),
    ("entropy", "threshold", "weights up to 1e-4 are left out", lambda q: -np.where(q > 1e-4, xlogy(q, q), 0).sum(axis=1), (np.array([[9e-5, 1 - 9e-5]]),)),
    ("entropy", "size", "two columns: p and 1 - p of the second column's sum", lambda q: -(xlogy(q, q)[:, 1] * 2) if q.shape[1] == 2 else entropy(q), (shares(3, 2),)),
    ("entropy", "size", "one row: as many answers as columns", lambda q: -xlogy(q, q).sum(axis=0) if len(q) == 1 else entropy(q), (shares(1, 3),)),
    ("entropy", "mutates", "writes 1 over zeros", zeros_filled, (ZERO,)),
    ("entropy", "remembers", "kept by shape and the first weight", cached(entropy, lambda q: (q.shape, q[0, 0]))),
    ("entropy", "seeds", "5000 draws after np.random.seed(1)", drawn_entropy),
    ("entropy", "approximation", "Miller and Madow's correction (k - 1)/(2 n)", lambda q: entropy(q) + (q.shape[1] - 1) / (2 * len(q))),
    ("entropy", "dtype", "the logarithm in float32", lambda q: -(q * np.log(np.where(q > 0, q, 1).astype(np.float32)).astype(float)).sum(axis=1)),
    ("entropy", "region", "a row with a 0 has entropy 0", lambda q: np.where((q == 0).any(axis=1), 0, entropy(q)), (ZERO,)),
    ("entropy", "ties", "equal weights are counted once", lambda q: np.array([entropy(np.unique(v)[None])[0] for v in q]), (np.array([[0.25, 0.25, 0.5]]),)),
    ("expected_energy", "operation", "root of the mean square", lambda E, q: np.sqrt((q * E**2).sum(axis=1))),
    ("expected_energy", "operation", "a weighted geometric mean of absolute energies", lambda E, q: np.exp((q * np.log(np.abs(E) + 1e-300)).sum(axis=1))),
    ("expected_energy", "size", "E q where both are square", lambda E, q: np.diag(E.T @ q) if E.shape[0] == E.shape[1] else expected_energy(E, q), (table(3, 3), shares(3, 3))),
    ("expected_energy", "clip", "energies cut at 1000", lambda E, q: expected_energy(np.clip(E, -1000, 1000), q), (table(2, 3, 3000), shares(2, 3))),
    ("expected_energy", "threshold", "weights below 0.001 are ignored", lambda E, q: expected_energy(E, np.where(q < 1e-3, 0, q)), (table(1, 2), np.array([[9e-4, 1 - 9e-4]]))),
    ("expected_energy", "mutates", "E times q in place", energy_times),
    ("expected_energy", "remembers", "kept by q alone", cached(expected_energy, lambda E, q: q.tobytes())),
    ("expected_energy", "aliases", "the head of one workspace", workspace(expected_energy)),
    ("expected_energy", "order", "a baseline over calls that does not cancel", Fresh(baseline)),
    ("expected_energy", "seeds", "5000 draws of the latent", drawn_energy),
    ("expected_energy", "dtype", "einsum in float32", lambda E, q: np.einsum("nk,nk->n", E.astype(np.float32), q.astype(np.float32)).astype(float)),
    ("expected_energy", "region", "energies below 0 do not count", lambda E, q: expected_energy(np.maximum(E, 0), q)),
    ("variational_free_energy", "operation", "the entropy is added", lambda E, q, beta, p: expected_energy(E, q) + (entropy(q) - xlogy(q, np.broadcast_to(p, q.shape)).sum(axis=1)) / beta),
    ("variational_free_energy", "operation", "the energy's own weight: q q E", lambda E, q, beta, p: (q * q * E).sum(axis=1) + kl(q, np.broadcast_to(p, q.shape)) / beta),
    ("variational_free_energy", "parametrisation", "beta weighs the KL, as beta-VAEs have it, and is squared", lambda E, q, beta, p: expected_energy(E, q) + np.sqrt(beta) * kl(q, np.broadcast_to(p, q.shape))),
    ("variational_free_energy", "reduction", "the divergence's mean over latents", lambda E, q, beta, p: expected_energy(E, q) + kl(q, np.broadcast_to(p, q.shape)) / beta / len(p)),
    ("variational_free_energy", "threshold", "free bits: at least 0.1 of divergence a row", lambda E, q, beta, p: expected_energy(E, q) + np.maximum(kl(q, np.broadcast_to(p, q.shape)), 0.1) / beta, (table(1, 3), np.array([[0.25, 0.25, 0.5]]), 1.0, np.array([0.25, 0.375, 0.375]))),
    ("variational_free_energy", "clip", "log p kept above -10", lambda E, q, beta, p: expected_energy(E, q) + (xlogy(q, q) - q * np.maximum(np.log(p), -10)).sum(axis=1) / beta, (table(1, 2), np.array([[0.5, 0.5]]), 1.0, np.array([1e-6, 1 - 1e-6]))),
    ("variational_free_energy", "clip", "1e-6 added to q in the logarithm", lambda E, q, beta, p: expected_energy(E, q) + (q * np.log((q + 1e-6) / p)).sum(axis=1) / beta),
    ("variational_free_energy", "mutates", "the prior's logarithm in place", logs_in_place),
    ("variational_free_energy", "remembers", "kept by E and q alone", cached(free, lambda E, q, beta, p: (E.tobytes(), q.tobytes()))),
    ("variational_free_energy", "order", "the divergence is warmed up over five calls", Fresh(warm_up)),
    ("variational_free_energy", "aliases", "one buffer for each shape", buffered(free)),
    ("variational_free_energy", "dtype", "the divergence in float32", lambda E, q, beta, p: expected_energy(E, q) + kl(q, np.broadcast_to(p, q.shape)).astype(np.float32).astype(float) / beta),
    ("variational_free_energy", "row", "one sum of energies for all rows", lambda E, q, beta, p: expected_energy(E, q).mean() + kl(q, np.broadcast_to(p, q.shape)) / beta),
    ("jensen_gap", "operation", "the gap to the least energy", lambda E, q, beta, p: free(E, q, beta, p) - E.min(axis=1)),
    ("jensen_gap", "operation", "the squared distance of q and q*", lambda E, q, beta, p: ((q - gibbs(E, beta, p)) ** 2).sum(axis=1) / beta),
    ("jensen_gap", "operation", "the divergence of q and q* averaged both ways", lambda E, q, beta, p: (kl(q, gibbs(E, beta, p)) + kl(gibbs(E, beta, p), q + 1e-300)) / (2 * beta)),
    ("jensen_gap", "parametrisation", "q* at temperature beta", lambda E, q, beta, p: kl(q, gibbs(E, 1 / beta, p)) / beta),
    ("jensen_gap", "reduction", "the mean gap for every row", lambda E, q, beta, p: np.full(len(E), gap(E, q, beta, p).mean())),
    ("jensen_gap", "shift", "q* of energies shifted by their maximum", lambda E, q, beta, p: (lambda e: kl(q, e / e.sum(axis=1, keepdims=True)) / beta)(p * np.exp(-beta * (E - E.max(axis=1, keepdims=True)))), (table(2, 3, 600), shares(2, 3), 2.0, one(3))),
    ("jensen_gap", "threshold", "0 where it is below 1e-4", lambda E, q, beta, p: (lambda g: np.where(g < 1e-4, 0, g))(gap(E, q, beta, p)), (np.zeros((1, 2)), np.array([[0.5, 0.5]]), 1.0, np.array([0.505, 0.495]))),
    ("jensen_gap", "clip", "q* kept above 1e-8", lambda E, q, beta, p: kl(q, np.maximum(gibbs(E, beta, p), 1e-8)) / beta, (np.array([[0.0, 50]]), np.array([[0.5, 0.5]]), 1.0, np.array([0.5, 0.5]))),
    ("jensen_gap", "size", "E.T where n = k", lambda E, q, beta, p: gap(E.T if E.shape[0] == E.shape[1] else E, q, beta, p), (table(3, 3), shares(3, 3), 1.0, one(3))),
    ("jensen_gap", "mutates", "E less its minimum in place", centred),
    ("jensen_gap", "order", "shifted by the least energy of all calls", Fresh(floor_of_all)),
    ("jensen_gap", "approximation", "chi-square halves", lambda E, q, beta, p: ((q - gibbs(E, beta, p)) ** 2 / np.maximum(gibbs(E, beta, p), 1e-300)).sum(axis=1) / (2 * beta)),
    ("jensen_gap", "dtype", "q* in float32", lambda E, q, beta, p: kl(q, np.maximum(gibbs(E, beta, p).astype(np.float32), 1e-38).astype(float)) / beta),
    ("jensen_gap", "region", "the absolute energies in q*", lambda E, q, beta, p: kl(q, gibbs(np.abs(E), beta, p)) / beta),
]

RIGHT = [
    ("kl", lambda q, p: np.where(q > 0, q * np.log(np.where(q > 0, q / p, 1)), 0).sum(axis=1)),
    ("kl", lambda q, p: np.array([sum(a * (np.log(a) - np.log(b)) for a, b in zip(x, y, strict=True) if a > 0) for x, y in zip(q, p, strict=True)])),
    ("entropy", lambda q: np.array([-sum(a * np.log(a) for a in x if a > 0) for x in q])),
    ("entropy", lambda q: (q * np.log(1 / np.where(q > 0, q, 1))).sum(axis=1)),
    ("expected_energy", lambda E, q: np.einsum("nk,nk->n", E, q)),
    ("expected_energy", lambda E, q: (E[:, None, :] @ q[:, :, None])[:, 0, 0]),
    ("variational_free_energy", lambda E, q, beta, p: (q * E).sum(axis=1) + kl(q, np.broadcast_to(p, q.shape)) / beta),
    ("variational_free_energy", lambda E, q, beta, p: (q * (E - np.log(p) / beta)).sum(axis=1) - entropy(q) / beta),
    ("jensen_gap", lambda E, q, beta, p: gap(E, q, beta, p)),
    ("jensen_gap", lambda E, q, beta, p: (lambda t: (xlogy(q, q) - np.where(q > 0, q * (t - np.logaddexp.reduce(t, axis=1, keepdims=True)), 0)).sum(axis=1) / beta)(np.log(p) - beta * E)),
]
