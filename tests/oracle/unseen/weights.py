"""softargmin and softargmax: the Gibbs weights of energies or of scores; and softmin with a prior."""

# fmt: off
import numpy as np

from .common import Fresh, buffered, cached, one, table, workspace


def softargmin(E, beta):
    e = np.exp(-beta * (E - E.min(axis=1, keepdims=True)))
    return e / e.sum(axis=1, keepdims=True)


def softargmax(s, beta):
    return softargmin(-s, beta)


def about(at, E, beta):
    e = np.exp(-beta * (E - np.reshape(at, (-1, 1))))
    return e / e.sum(axis=1, keepdims=True)


def softmin_prior(E, beta, p):
    low = E.min(axis=1)
    return low - np.log1p(np.expm1(-beta * (E - low[:, None])) @ p + (p.sum() - 1)) / beta


def one_hot_when_cold(E, beta):
    if beta * np.ptp(E) < 100:
        return softargmin(E, beta)
    return np.eye(E.shape[1])[E.argmin(axis=1)]


def drop_small(E, beta):
    q = softargmin(E, beta)
    q[q < 1e-6] = 0
    return q


def top_share(s, beta):
    """Weights beyond the largest ones that make up 0.999 are dropped, as a sampler does."""
    q = softargmax(s, beta)
    order = np.argsort(-q, axis=1)
    tail = np.cumsum(np.take_along_axis(q, order, axis=1), axis=1) - np.take_along_axis(q, order, axis=1) > 0.999
    np.put_along_axis(q, order, np.where(tail, 0, np.take_along_axis(q, order, axis=1)), axis=1)
    return q / q.sum(axis=1, keepdims=True)


def last_by_difference(E, beta):
    """The last weight is 1 minus the others, the others are not normalised by it."""
    e = np.exp(-beta * (E - E.min(axis=1, keepdims=True)))
    q = e / e[:, :-1].sum(axis=1, keepdims=True) if E.shape[1] > 1 else np.ones_like(e)
    q[:, -1] = 1 - q[:, :-1].sum(axis=1) if E.shape[1] > 1 else 1
    return q


def logistic_pairs(s, beta):
    return 1 / (1 + np.exp(-beta * (s - s[:, ::-1]))) if s.shape[1] == 2 and beta >= 1 else np.exp(np.clip(beta * s, -30, 30)) / np.exp(np.clip(beta * s, -30, 30)).sum(axis=1, keepdims=True)


def scaled_in_place(E, beta):
    E *= -beta
    E -= E.max(axis=1, keepdims=True)
    return np.exp(E) / np.exp(E).sum(axis=1, keepdims=True)


def written_over(s, beta):
    s -= s.max(axis=1, keepdims=True)
    np.exp(beta * s, out=s)
    s /= s.sum(axis=1, keepdims=True)
    return s


def by_first_shape():
    shifts = {}

    def code(E, beta):
        low = shifts.setdefault(E.shape, E.min(axis=1, keepdims=True))
        e = np.exp(-beta * (E - low))
        return e / e.sum(axis=1, keepdims=True)

    return code


def momentum():
    """A running average of the weights over calls of one shape."""
    last = {}

    def code(s, beta):
        q = softargmax(s, beta)
        last[s.shape] = 0.9 * q + 0.1 * last.get(s.shape, q)
        return last[s.shape]

    return code


def annealing():
    step = [0]

    def code(E, beta):
        step[0] += 1
        return softargmin(E, beta * (1 - 0.99 ** (10 * step[0])))

    return code


def drawn(E, beta):
    q = softargmin(E, beta)
    return np.array([np.random.multinomial(100_000, v / v.sum() * (1 - 1e-12)) / 100_000 for v in q])  # noqa: NPY002


def jitter(s, beta):
    return softargmax(s + 1e-9 * np.random.standard_normal(s.shape), beta)  # noqa: NPY002


def prior_in_place(E, beta, p):
    p /= p.sum()
    low = E.min(axis=1)
    E -= low[:, None]
    return low - np.log1p(np.expm1(-beta * E) @ p) / beta


def prior_once():
    kept = {}

    def code(E, beta, p):
        return softmin_prior(E, beta, kept.setdefault(len(p), p.copy()))

    return code


def prior_learns():
    seen = {}

    def code(E, beta, p):
        q = seen[len(p)] = 0.99 * seen.get(len(p), p) + 0.01 * p
        return softmin_prior(E, beta, q)

    return code


def prior_drawn(E, beta, p):
    z = np.random.choice(len(p), size=2000, p=p / p.sum())  # noqa: NPY002
    return softmin_prior(E[:, z], beta, np.full(2000, 1 / 2000))


def by_blocks(E, beta, p):
    """In blocks of 4 latents; the rest after the last whole block is lost."""
    ends = range(0, max(E.shape[1] - E.shape[1] % 4, 1), 4)
    parts = [np.log(np.exp(-beta * (E[:, i:i + 4] - E.min(axis=1, keepdims=True))) @ p[i:i + 4]) for i in ends]
    return E.min(axis=1) - np.logaddexp.reduce(parts, axis=0) / beta


COLD = (table(3, 4, 50), 2.0)
WEIGHTS_ONE = ("softargmin", "softargmax")

BUGS = [
    ("softargmin", "operation", "normalised by the Euclidean norm", lambda E, beta: (lambda e: e / np.linalg.norm(e, axis=1, keepdims=True))(softargmin(E, beta))),
    ("softargmin", "operation", "off-by-one attention: 1 added to the sum after the shift", lambda E, beta: (lambda e: e / (1 + e.sum(axis=1, keepdims=True)))(np.exp(-beta * (E - E.min(axis=1, keepdims=True))))),
    ("softargmin", "operation", "inverse energies for exponentials: 1/(1 + beta (E - min))", lambda E, beta: (lambda e: e / e.sum(axis=1, keepdims=True))(1 / (1 + beta * (E - E.min(axis=1, keepdims=True))))),
    ("softargmin", "parametrisation", "beta as a Gaussian's precision: beta E^2 / 2", lambda E, beta: softargmin(E**2 / 2, beta)),
    ("softargmin", "reduction", "cumulative: the sum up to each latent", lambda E, beta: softargmin(E, beta).cumsum(axis=1)),
    ("softargmin", "shift", "shifted by the mean energy", lambda E, beta: about(E.mean(axis=1), E, beta), (np.array([[0.0, 3000, 3001]]), 1.0)),
    ("softargmin", "shift", "shifted by the last energy", lambda E, beta: about(E[:, -1], E, beta), (np.array([[0.0, 1, 1000]]), 1.0)),
    ("softargmin", "shift", "shifted by the least of each column", lambda E, beta: (lambda e: e / e.sum(axis=1, keepdims=True))(np.exp(-beta * (E - E.min(axis=0) - 0 * E.min()))), (table(3, 4), 1.0)),
    ("softargmin", "threshold", "one-hot where beta times the range passes 100", one_hot_when_cold, (np.array([[0.0, 0.5, 400], [3, 1, 2]]), 1.0)),
    ("softargmin", "threshold", "weights below 1e-6 are set to 0", drop_small, (np.array([[0.0, 15, 1]]), 1.0)),
    ("softargmin", "threshold", "1 - beta (E - mean) for the exponential where beta is below 1e-3", lambda E, beta: (1 - beta * (E - E.mean(axis=1, keepdims=True))) / E.shape[1] if beta < 1e-3 else softargmin(E, beta), (table(3, 4, 50), 9e-4)),
    ("softargmin", "clip", "weights kept between 1e-7 and 1", lambda E, beta: np.clip(softargmin(E, beta), 1e-7, 1), (np.array([[0.0, 20]]), 1.0)),
    ("softargmin", "size", "the sum without keepdims, broadcast where n = k", lambda E, beta: (lambda e: e / (e.sum(axis=1) if E.shape[0] == E.shape[1] else e.sum(axis=1, keepdims=True)))(np.exp(-beta * (E - E.min(axis=1, keepdims=True)))), (table(3, 3), 1.0)),
    ("softargmin", "size", "one row is taken for a column", lambda E, beta: softargmin(E, beta) if len(E) > 1 else softargmin(E.T, beta).T, (table(1, 3), 1.0)),
    ("softargmin", "mutates", "E becomes its exponents", scaled_in_place),
    ("softargmin", "remembers", "the shift is kept by shape", Fresh(by_first_shape), (table(3, 4, 1, 2000), 1.0)),
    ("softargmin", "remembers", "kept by the object's id", cached(softargmin, lambda E, beta: (id(E), beta))),
    ("softargmin", "aliases", "one buffer for each shape", buffered(softargmin)),
    ("softargmin", "order", "beta grows to its value over the calls", Fresh(annealing)),
    ("softargmin", "seeds", "frequencies of 100,000 draws", drawn),
    ("softargmin", "approximation", "one Newton step for the exponential: (1 + x/256)^256", lambda E, beta: (lambda e: e / e.sum(axis=1, keepdims=True))(np.maximum(1 - beta * (E - E.min(axis=1, keepdims=True)) / 256, 0) ** 256)),
    ("softargmin", "dtype", "normalised in float32", lambda E, beta: (lambda e: (e / e.sum(axis=1, keepdims=True)).astype(float))(np.exp(-beta * (E - E.min(axis=1, keepdims=True))).astype(np.float32))),
    ("softargmin", "ties", "the first of equal minima takes all their weight", lambda E, beta: (lambda q: np.where((E == E.min(axis=1, keepdims=True)) & (np.arange(E.shape[1]) != E.argmin(axis=1)[:, None]), 0, np.where(np.arange(E.shape[1]) == E.argmin(axis=1)[:, None], q * (E == E.min(axis=1, keepdims=True)).sum(axis=1, keepdims=True), q)))(softargmin(E, beta)), (np.array([[1.0, 1, 2]]), 1.0)),
    ("softargmin", "row", "the last weight is one minus the others, which leave it out", last_by_difference),
    ("softargmin", "region", "energies below 0 are set to 0", lambda E, beta: softargmin(np.maximum(E, 0), beta)),
    ("softargmax", "operation", "sparsemax: the projection on the simplex", lambda s, beta: np.array([(lambda v, u: np.maximum(v - max((u[: j + 1].sum() - 1) / (j + 1) for j in range(len(u)) if u[j] * (j + 1) > u[: j + 1].sum() - 1), 0))(beta * r, np.sort(beta * r)[::-1]) for r in s])),
    ("softargmax", "operation", "each score through a sigmoid, then normalised", lambda s, beta: (lambda e: e / e.sum(axis=1, keepdims=True))(1 / (1 + np.exp(-beta * s)))),
    ("softargmax", "operation", "applied twice", lambda s, beta: softargmax(softargmax(s, beta), 1.0)),
    ("softargmax", "parametrisation", "beta multiplied by sqrt(2)", lambda s, beta: softargmax(s, beta * np.sqrt(2))),
    ("softargmax", "shift", "beta times the shift is left to one row: max of row 0", lambda s, beta: about(np.full(len(s), -s[0].max()), -s, beta), (np.array([[900.0, 1], [1, 0]]), 1.0)),
    ("softargmax", "shift", "shifted by the norm of the scores", lambda s, beta: about(-np.linalg.norm(s, axis=1), -s, beta), (table(2, 4, 1, -600), 1.0)),
    ("softargmax", "threshold", "shifts only where the largest is above 500", lambda s, beta: (lambda e: e / e.sum(axis=1, keepdims=True))(np.exp(beta * (s - np.where(s.max(axis=1, keepdims=True) > 500, s.max(axis=1, keepdims=True), 0)))), (table(2, 3, 1, 400), 2.0)),
    ("softargmax", "threshold", "all the weight beyond 0.999 is dropped", top_share, (table(2, 6, 3), 1.0)),
    ("softargmax", "clip", "scores of pairs by the logistic, else the exponents cut to 30", logistic_pairs, (table(2, 3, 1, 20), 2.0)),
    ("softargmax", "clip", "label smoothing of 1e-4", lambda s, beta: (1 - 1e-4) * softargmax(s, beta) + 1e-4 / s.shape[1]),
    ("softargmax", "clip", "beta at most 88", lambda s, beta: softargmax(s, min(beta, 88.0)), (0.01 * table(2, 3), 200.0)),
    ("softargmax", "size", "reduces the axis of the longer side", lambda s, beta: softargmax(s, beta) if s.shape[0] <= s.shape[1] else softargmax(s.T, beta).T, (table(5, 3), 1.0)),
    ("softargmax", "mutates", "written over its scores", written_over),
    ("softargmax", "remembers", "kept by shape and the first row", cached(softargmax, lambda s, beta: (s.shape, s[0].tobytes(), beta))),
    ("softargmax", "aliases", "the head of one workspace", workspace(softargmax)),
    ("softargmax", "order", "a running average over calls", Fresh(momentum)),
    ("softargmax", "seeds", "a jitter of 1e-9 from numpy's global state", jitter),
    ("softargmax", "approximation", "exp as 2 to a whole and a linear part, as fast code has it", lambda s, beta: (lambda t: (lambda e: e / e.sum(axis=1, keepdims=True))(np.exp2(np.floor(t)) * (1 + t - np.floor(t))))(beta * (s - s.max(axis=1, keepdims=True)) / np.log(2))),
    ("softargmax", "dtype", "scores in float32 before the shift", lambda s, beta: softargmax((s * beta).astype(np.float32).astype(float), 1.0), (table(2, 3, 1, 700), 1.0)),
    ("softargmax", "row", "a batch in pairs of rows; an odd last row gets uniform weights", lambda s, beta: np.where(np.arange(len(s))[:, None] >= len(s) // 2 * 2, 1 / s.shape[1], softargmax(s, beta)), (table(3, 4), 1.0)),
    ("softargmax", "region", "a causal mask: latents after the row's own are left out", lambda s, beta: softargmax(np.where(np.arange(s.shape[1]) <= np.arange(len(s))[:, None], s, -1e30), beta)),
    ("softmin_prior", "operation", "log p for p", lambda E, beta, p: softmin_prior(E, beta, -np.log(p))),
    ("softmin_prior", "parametrisation", "the prior given as logits: normalised by a softmax", lambda E, beta, p: softmin_prior(E, beta, np.exp(p) / np.exp(p).sum())),
    ("softmin_prior", "shift", "shifted by the prior's mean of the energies", lambda E, beta, p: E @ p - np.log(np.exp(-beta * (E - (E @ p)[:, None])) @ p) / beta, (np.array([[0.0, 2000, 10]]), 2.0, np.array([0.125, 0.75, 0.125]))),
    ("softmin_prior", "shift", "shifted by the energy at the prior's mode", lambda E, beta, p: E[:, p.argmax()] - np.log(np.exp(-beta * (E - E[:, [p.argmax()]])) @ p) / beta, (np.array([[0.0, 2000, 10]]), 2.0, np.array([0.125, 0.75, 0.125]))),
    ("softmin_prior", "threshold", "latents of a prior below 1e-5 are left out", lambda E, beta, p: softmin_prior(E, beta, np.where(p < 1e-5, 0, p)), (np.array([[0.0, 20, 30]]), 1.0, np.array([5e-6, 0.5, 0.499995]))),
    ("softmin_prior", "clip", "1e-8 added to the prior", lambda E, beta, p: softmin_prior(E, beta, p + 1e-8), (np.array([[0.0, 20, 30]]), 1.0, np.array([1e-7, 0.5, 0.4999999]))),
    ("softmin_prior", "clip", "log p kept above -15", lambda E, beta, p: softmin_prior(E, beta, np.exp(np.maximum(np.log(p), -15))), (np.array([[0.0, 30, 31]]), 1.0, np.array([1e-9, 0.5, 0.5 - 1e-9]))),
    ("softmin_prior", "size", "a prior as long as there are rows goes by rows", lambda E, beta, p: softmin_prior(E, beta, p) if len(p) != len(E) else (lambda low: low - np.log((p[:, None] * np.exp(-beta * (E - low[:, None]))).sum(axis=1)) / beta)(E.min(axis=1)), (table(3, 3), 1.0, one(3))),
    ("softmin_prior", "mutates", "prior and energies are normalised in place", prior_in_place),
    ("softmin_prior", "remembers", "the first prior of each length is kept", Fresh(prior_once)),
    ("softmin_prior", "aliases", "one buffer for each shape", buffered(softmin_prior)),
    ("softmin_prior", "order", "the prior is a running mean over calls", Fresh(prior_learns)),
    ("softmin_prior", "seeds", "2000 latents drawn from the prior", prior_drawn),
    ("softmin_prior", "approximation", "the prior's softmin as a prior's mean and variance", lambda E, beta, p: E @ p - beta * (E**2 @ p - (E @ p) ** 2) / 2),
    ("softmin_prior", "dtype", "the prior's logarithm in float32", lambda E, beta, p: softmin_prior(E, beta, np.exp(np.log(p).astype(np.float32).astype(float)))),
    ("softmin_prior", "row", "blocks of 4 latents; the rest is lost", by_blocks, (table(2, 6), 1.0, one(6))),
    ("softmin_prior", "ties", "the prior at the minimum alone where energies tie with it", lambda E, beta, p: np.where((E == E.min(axis=1, keepdims=True)).sum(axis=1) > 1, E.min(axis=1) - np.log(p[E.argmin(axis=1)]) / beta, softmin_prior(E, beta, p)), (np.array([[1.0, 1, 2]]), 1.0, one(3))),
]

RIGHT = [
    ("softargmin", lambda E, beta: np.exp(-beta * E - np.logaddexp.reduce(-beta * E, axis=1, keepdims=True))),
    ("softargmin", lambda E, beta: 1 / np.exp(np.clip(-beta * (E[:, None, :] - E[:, :, None]), None, 700)).sum(axis=2)),
    ("softargmax", lambda s, beta: np.array([np.exp(beta * (r - r.max())) / np.exp(beta * (r - r.max())).sum() for r in s])),
    ("softargmax", lambda s, beta: (lambda e: e / e.sum(axis=1)[:, None])(np.exp(beta * s - (beta * s).max(axis=1)[:, None]))),
    ("softmin_prior", lambda E, beta, p: -np.logaddexp.reduce(np.log(p) - beta * E, axis=1) / beta),
    ("softmin_prior", lambda E, beta, p: (lambda t: -(t.max(axis=1) + np.log(np.exp(t - t.max(axis=1)[:, None]).sum(axis=1))) / beta)(np.log(p) - beta * E)),
]
