"""softmin and softmax: (1/beta) log mean exp, of energies or of scores."""

# fmt: off
import numpy as np

from .common import Fresh, buffered, cached, table, workspace


def softmin(E, beta):
    low = E.min(axis=1)
    return low - np.log1p(np.mean(np.expm1(-beta * (E - low[:, None])), axis=1)) / beta


def softmax(s, beta):
    top = s.max(axis=1)
    return top + np.log1p(np.mean(np.expm1(beta * (s - top[:, None])), axis=1)) / beta


def shifted(low, E, beta):
    return low - np.log1p(np.mean(np.expm1(-beta * (E - np.reshape(low, (-1, 1)))), axis=1)) / beta


def lifted(top, s, beta):
    return top + np.log1p(np.mean(np.expm1(beta * (s - np.reshape(top, (-1, 1)))), axis=1)) / beta


def streaming(E, beta):
    """One pass; the sum is not rescaled when a new minimum is found."""
    low, total = E[:, 0].copy(), np.ones(len(E))
    for column in E[:, 1:].T:
        new = np.minimum(low, column)
        total = total + np.exp(-beta * (column - new))
        low = new
    return low - np.log(total / E.shape[1]) / beta


def without_the_least(E, beta):
    low = E.min(axis=1, keepdims=True)
    others = np.where(low < E, np.expm1(-beta * (E - low)), -1).sum(axis=1)
    return low[:, 0] - np.log1p((others + 1) / E.shape[1]) / beta


def cold_is_least(E, beta):
    return E.min(axis=1) if beta * np.ptp(E) > 50 else softmin(E, beta)


def cold_rows(s, beta):
    top = s.max(axis=1)
    return np.where(beta * np.ptp(s, axis=1) > 35, top, softmax(s, beta))


def cumulants(E, beta):
    """Two cumulants where beta is small."""
    return E.mean(axis=1) - beta * E.var(axis=1) / 2 if beta < 1e-2 else softmin(E, beta)


def hot_is_mean(s, beta):
    return s.mean(axis=1) if beta < 1e-4 else softmax(s, beta)


def zeros_like_single(E, beta):
    out = np.zeros(len(E), dtype=np.float32)
    for i, e in enumerate(E):
        out[i] = e.min() - np.log1p(np.mean(np.expm1(-beta * (e - e.min())))) / beta
    return out.astype(float)


def pairwise(s, beta):
    """logaddexp two by two, the last left out where their number is odd."""
    terms = beta * s
    while terms.shape[1] > 1:
        half = terms.shape[1] // 2
        terms = np.logaddexp(terms[:, :half], terms[:, half:2 * half])
    return (terms[:, 0] - np.log(s.shape[1])) / beta


def in_place(E, beta):
    low = E.min(axis=1)
    E -= low[:, None]
    return low - np.log1p(np.mean(np.expm1(-beta * E), axis=1)) / beta


def scaled_in_place(s, beta):
    s *= beta
    top = s.max(axis=1)
    return (top + np.log1p(np.mean(np.expm1(s - top[:, None]), axis=1))) / beta


def sorted_in_place(E, beta):
    E.sort(axis=1)
    return E[:, 0] - np.log1p(np.mean(np.expm1(-beta * (E - E[:, :1])), axis=1)) / beta


def running_shift():
    low = [np.inf]

    def code(E, beta):
        low[0] = min(low[0], E.min())
        return shifted(np.full(len(E), low[0]), E, beta)

    return code


def running_shift_up():
    top = []

    def code(s, beta):
        top.append(s.max())
        return lifted(np.full(len(s), max(top)), s, beta)

    return code


def annealed():
    calls = [0]

    def code(E, beta):
        calls[0] += 1
        return softmin(E, beta * min(1, 0.5 + 0.25 * calls[0]))

    return code


def by_first_beta():
    kept = []

    def code(s, beta):
        kept.append(beta)
        return softmax(s, kept[0])

    return code


def jittered(E, beta):
    np.random.seed(0)  # noqa: NPY002
    noise = 1e-12 * np.random.randn(*E.shape)  # noqa: NPY002
    return softmin(E + noise, beta)


def by_sampling(s, beta):
    chosen = np.random.randint(s.shape[1], size=(len(s), 4000))  # noqa: NPY002
    return softmax(np.take_along_axis(s, chosen, axis=1), beta)


def gumbel(s, beta):
    return (s - np.log(-np.log(np.random.rand(*s.shape))) / beta).max(axis=1) - np.log(s.shape[1]) / beta  # noqa: NPY002


BUGS = [
    ("softmin", "operation", "adds the shift, but never subtracts it", lambda E, beta: E.min(axis=1) - np.log1p(np.mean(np.expm1(-beta * E), axis=1)) / beta),
    ("softmin", "operation", "powers of 2 for e inside, the natural logarithm outside", lambda E, beta: -np.log(np.mean(np.exp2(-beta * (E - E.min(axis=1, keepdims=True))), axis=1)) / beta + E.min(axis=1)),
    ("softmin", "operation", "energies divided by sqrt(k), as attention does", lambda E, beta: softmin(E / np.sqrt(E.shape[1]), beta)),
    ("softmin", "operation", "the generalised mean: a power of the energies instead of their exponential", lambda E, beta: np.mean((1 + np.abs(E)) ** -beta, axis=1) ** (-1 / beta)),
    ("softmin", "parametrisation", "takes beta's logarithm to be given", lambda E, beta: softmin(E, np.exp(beta))),
    ("softmin", "parametrisation", "beta as a standard deviation's inverse: its square divides E by 2", lambda E, beta: softmin(E, beta**2 / 2)),
    ("softmin", "reduction", "E.size for the number of latents", lambda E, beta: softmin(E, beta) + np.log(len(E)) / beta),
    ("softmin", "shift", "shifted by the row's mean", lambda E, beta: shifted(E.mean(axis=1), E, beta), (table(3, 4, 400), 5.0)),
    ("softmin", "shift", "shifted by the first row's minimum", lambda E, beta: shifted(np.full(len(E), E[0].min()), E, beta), (np.array([[0.5, 1], [900, 901]]), 2.0)),
    ("softmin", "shift", "min(axis=1, initial=0): a minimum above 0 is not found", lambda E, beta: shifted(E.min(axis=1, initial=0), E, beta), (table(3, 4, 1, 500), 3.0)),
    ("softmin", "shift", "halfway between minimum and maximum", lambda E, beta: shifted((E.min(axis=1) + E.max(axis=1)) / 2, E, beta), (np.array([[0, 3000.0, 10]]), 1.0)),
    ("softmin", "shift", "by the second smallest, as np.partition(E, 1) has it", lambda E, beta: shifted(np.partition(E, min(1, E.shape[1] - 1), axis=1)[:, min(1, E.shape[1] - 1)], E, beta), (np.array([[0, 1000.0, 2000]]), 1.0)),
    ("softmin", "threshold", "the minimum alone where beta times the range passes 50", cold_is_least, (table(3, 4, 50), 2.0)),
    ("softmin", "threshold", "two cumulants where beta is below 0.01", cumulants, (table(3, 4, 100), 5e-3)),
    ("softmin", "threshold", "terms with beta (E - min) above 10 are left out", lambda E, beta: -np.log(np.mean(np.where(beta * (E - E.min(axis=1, keepdims=True)) < 10, np.exp(-beta * (E - E.min(axis=1, keepdims=True))), 0), axis=1)) / beta + E.min(axis=1), (np.array([[0, 11.0, 12]]), 1.0)),
    ("softmin", "clip", "1e-6 added to beta where it divides", lambda E, beta: softmin(E, beta) * beta / (beta + 1e-6)),
    ("softmin", "clip", "beta at most 1000", lambda E, beta: softmin(E, min(beta, 1e3)), (table(2, 3), 2e4)),
    ("softmin", "clip", "energies cut at 1e4", lambda E, beta: softmin(np.clip(E, -1e4, 1e4), beta), (table(2, 3, 1, 3e4), 1.0)),
    ("softmin", "size", "reduces the longest axis", lambda E, beta: softmin(E if E.shape[1] >= E.shape[0] else E.T, beta), (table(5, 3), 1.0)),
    ("softmin", "size", "E.shape.index(k) is the first axis where n = k", lambda E, beta: softmin(E if E.shape.index(E.shape[1]) == 1 else E.T, beta), (table(4, 4), 1.0)),
    ("softmin", "mutates", "shifts E in place", in_place),
    ("softmin", "mutates", "sorts E in place", sorted_in_place),
    ("softmin", "remembers", "keeps answers by shape and beta", cached(softmin, lambda E, beta: (E.shape, beta))),
    ("softmin", "remembers", "keeps answers by str(E), which is shortened where E is large", cached(softmin, lambda E, beta: (str(E), beta)), (table(400, 4), 1.0)),
    ("softmin", "aliases", "one output buffer for each shape", buffered(softmin)),
    ("softmin", "order", "shifted by the least energy seen in any call", Fresh(running_shift)),
    ("softmin", "order", "beta is annealed over the first calls", Fresh(annealed)),
    ("softmin", "seeds", "np.random.seed(0) for a jitter that breaks ties", jittered),
    ("softmin", "dtype", "row by row into a float32 array", zeros_like_single),
    ("softmin", "dtype", "exponentials in float16", lambda E, beta: E.min(axis=1) - np.log1p(np.mean(np.expm1((-beta * (E - E.min(axis=1, keepdims=True))).astype(np.float16)).astype(float), axis=1)) / beta),
    ("softmin", "ties", "log1p of the others: all that equal the minimum count as one", without_the_least, (np.array([[1.0, 1, 2], [0, 0, 0]]), 1.5)),
    ("softmin", "ties", "a set removes equal energies", lambda E, beta: np.array([softmin(np.unique(e)[None], beta)[0] for e in E]), (np.array([[1.0, 1, 2], [0, 3, 5]]), 1.5)),
    ("softmin", "row", "one pass that forgets to rescale at a new minimum", streaming, (np.array([[3.0, 1, 2]]), 1.0)),
    ("softmin", "region", "the absolute value of negative minima is the shift", lambda E, beta: E.min(axis=1) - np.log1p(np.mean(np.expm1(-beta * (E - np.abs(E.min(axis=1, keepdims=True)))), axis=1)) / beta, (table(3, 4, 1, -6), 1.0)),
    ("softmax", "operation", "log of the mean of the shifted, the shift multiplied by beta once more", lambda s, beta: beta * s.max(axis=1) + softmax(s - s.max(axis=1, keepdims=True), beta)),
    ("softmax", "operation", "mellowmax with the count outside of the logarithm", lambda s, beta: (softmax(s, beta) * beta + np.log(s.shape[1])) / (beta * s.shape[1])),
    ("softmax", "operation", "minus the softmin of exponentials: sign dropped inside only", lambda s, beta: -np.log1p(np.mean(np.expm1(-beta * (s - s.min(axis=1, keepdims=True))), axis=1)) / beta + s.max(axis=1)),
    ("softmax", "operation", "log(1 + sum exp): a further score of 0", lambda s, beta: np.logaddexp(0, softmax(s, beta) * beta + np.log(s.shape[1])) / beta - np.log(s.shape[1]) / beta),
    ("softmax", "parametrisation", "beta through its softplus, to keep it above 0", lambda s, beta: softmax(s, np.logaddexp(0, beta))),
    ("softmax", "reduction", "the logarithm of 1 + k taken off", lambda s, beta: softmax(s, beta) + (np.log(s.shape[1]) - np.log1p(s.shape[1])) / beta),
    ("softmax", "shift", "shifted by the median", lambda s, beta: lifted(np.median(s, axis=1), s, beta), (np.array([[0, 1.0, 2000]]), 1.0)),
    ("softmax", "shift", "shifted by the last score", lambda s, beta: lifted(s[:, -1], s, beta), (np.array([[2000.0, 0, 1]]), 1.0)),
    ("softmax", "shift", "shifted by the largest absolute value", lambda s, beta: lifted(np.abs(s).max(axis=1), s, beta), (table(3, 4, 1, -500), 2.0)),
    ("softmax", "shift", "by max |s| with its sign: by the value of largest modulus", lambda s, beta: lifted(np.take_along_axis(s, np.abs(s).argmax(axis=1)[:, None], axis=1)[:, 0], s, beta), (np.array([[-900.0, 3, 5]]), 1.0)),
    ("softmax", "threshold", "the maximum alone in rows whose range times beta passes 35", cold_rows, (table(3, 4, 50), 2.0)),
    ("softmax", "threshold", "does not shift where the largest is below 100", lambda s, beta: np.where(s.max(axis=1) < 100, np.log1p(np.mean(np.expm1(beta * s), axis=1)) / beta, softmax(s, beta)), (table(3, 4, 1, 90), 10.0)),
    ("softmax", "clip", "exponent kept below 30 after no shift", lambda s, beta: np.log1p(np.mean(np.expm1(np.minimum(beta * s, 30)), axis=1)) / beta, (table(3, 4, 1, 20), 2.0)),
    ("softmax", "clip", "beta at least 0.001", lambda s, beta: softmax(s, max(beta, 1e-3)), (table(3, 4, 100), 1e-4)),
    ("softmax", "size", "a single column is squeezed and the rows are reduced", lambda s, beta: softmax(s if s.shape[1] > 1 else s.T, beta), (table(3, 1), 1.0)),
    ("softmax", "size", "two columns are taken for pairs: the logistic of the difference, log k left out", lambda s, beta: s[:, 0] + np.logaddexp(0, beta * (s[:, 1] - s[:, 0])) / beta if s.shape[1] == 2 else softmax(s, beta), (table(3, 2), 1.0)),
    ("softmax", "mutates", "scales s in place", scaled_in_place),
    ("softmax", "remembers", "keeps answers by the rounded sum of s", cached(softmax, lambda s, beta: (round(float(s.sum())), s.shape)), (table(3, 4), 1.0)),
    ("softmax", "remembers", "the first call's beta is kept", Fresh(by_first_beta)),
    ("softmax", "aliases", "the head of one workspace", workspace(softmax)),
    ("softmax", "order", "shifted by the largest of all calls", Fresh(running_shift_up)),
    ("softmax", "seeds", "the mean over latents by 4000 draws", by_sampling),
    ("softmax", "seeds", "the maximum of one Gumbel draw for its mean", gumbel),
    ("softmax", "approximation", "the quadratic mean's cumulant formula", lambda s, beta: s.mean(axis=1) + beta * s.var(axis=1) / 2),
    ("softmax", "dtype", "float32 between shift and logarithm", lambda s, beta: s.max(axis=1) + np.log1p(np.mean(np.expm1(beta * (s - s.max(axis=1, keepdims=True)), dtype=np.float32), axis=1)).astype(float) / beta),
    ("softmax", "dtype", "beta cut to a whole number from 1 on", lambda s, beta: softmax(s, int(beta) or beta), (table(3, 4), 2.75)),
    ("softmax", "row", "halves are added pairwise; an odd last one is lost", pairwise, (table(3, 5), 1.0)),
    ("softmax", "ties", "all that tie for the maximum count once", lambda s, beta: s.max(axis=1) + np.log1p((1 + np.where(s < s.max(axis=1, keepdims=True), np.expm1(beta * (s - s.max(axis=1, keepdims=True))), -1).sum(axis=1)) / s.shape[1]) / beta, (np.array([[2.0, 2, 1], [0, 0, 0]]), 1.5)),
    ("softmax", "region", "negative scores are masked, as padding", lambda s, beta: softmax(np.where(s < 0, -1e9, s), beta)),
]

RIGHT = [
    ("softmin", lambda E, beta: -(np.logaddexp.reduce(-beta * E, axis=1) - np.log(E.shape[1])) / beta),
    ("softmin", lambda E, beta: np.array([min(e) - np.log(sum(np.exp(-beta * (v - min(e))) for v in e) / len(e)) / beta for e in E])),
    ("softmax", lambda s, beta: (np.logaddexp.reduce(beta * s, axis=1) - np.log(s.shape[1])) / beta),
    ("softmax", lambda s, beta: s.max(axis=1) + np.log(np.exp(beta * (s - s.max(axis=1)[:, None])).sum(axis=1) / s.shape[1]) / beta),
]
