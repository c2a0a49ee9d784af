"""softplus, the log loss, the hinge loss and their slopes."""

# fmt: off
import numpy as np

from .common import Fresh, buffered, cached, row, workspace


def softplus(u):
    return np.maximum(u, 0) + np.log1p(np.exp(-np.abs(u)))


def sigmoid(u):
    e = np.exp(-np.abs(u))
    return np.where(u >= 0, 1, e) / (1 + e)


def log_loss(F, F_hat):
    return softplus(F - F_hat)


def log_slope(F, F_hat):
    return sigmoid(F - F_hat)


def hinge(F, F_hat, margin):
    return np.maximum(margin + F - F_hat, 0)


def hinge_slope(F, F_hat, margin):
    return (margin + F - F_hat > 0).astype(float)


def series(u):
    """log 2 + u/2 + u^2/8 - u^4/192 within 1."""
    return np.where(np.abs(u) < 1, np.log(2) + u / 2 + u**2 / 8 - u**4 / 192, softplus(u))


def tabled(u):
    t = np.linspace(-20, 20, 4001)
    return np.where(np.abs(u) < 20, np.interp(u, t, softplus(t)), softplus(u))


def in_place(u):
    positive = np.maximum(u, 0)
    np.abs(u, out=u)
    np.negative(u, out=u)
    return positive + np.log1p(np.exp(u, out=u))


def gap_in_place(F, F_hat):
    F -= F_hat
    return softplus(F)


def slope_in_place(F, F_hat):
    F_hat -= F
    np.exp(np.minimum(F_hat, 709), out=F_hat)
    return 1 / (1 + F_hat)


def margin_in_place(F, F_hat, margin):
    F_hat -= margin
    return np.maximum(F - F_hat, 0)


def zeroed(F, F_hat, margin):
    active = hinge_slope(F, F_hat, margin)
    F[active == 0] = 0
    return active


def kept_gap():
    kept = {}

    def code(F, F_hat):
        return softplus(F - kept.setdefault(F.shape, F_hat.copy()))

    return code


def hard_negatives():
    """The least F_hat of all calls stands for the contrast."""
    least = {}

    def code(F, F_hat, margin):
        least[F.shape] = np.minimum(F_hat, least.get(F.shape, F_hat))
        return hinge(F, least[F.shape], margin)

    return code


def growing_margin():
    calls = [0]

    def code(F, F_hat, margin):
        calls[0] += 1
        return hinge(F, F_hat, margin * min(1, calls[0] / 3))

    return code


def smoothed():
    mean = {}

    def code(F, F_hat):
        now = sigmoid(F - F_hat)
        mean[F.shape] = 0.5 * (mean.get(F.shape, now) + now)
        return mean[F.shape]

    return code


def scaled_by_first():
    scale = []

    def code(u):
        scale.append(np.abs(u).max() or 1)
        return softplus(u / scale[0]) if len(scale) > 1 and scale[0] > 1e3 else softplus(u)

    return code


def fixed_margin():
    kept = []

    def code(F, F_hat, margin):
        kept.append(margin)
        return hinge_slope(F, F_hat, kept[0])

    return code


def coin(F, F_hat):
    return (np.random.rand(len(F)) < sigmoid(F - F_hat)).astype(float)  # noqa: NPY002


def shuffled(F, F_hat):
    """The contrasts are shuffled against the data."""
    return log_loss(F, F_hat[np.random.permutation(len(F_hat))])  # noqa: NPY002


F, G = row(4), row(4, 1, 0.3, 1)

BUGS = [
    ("softplus", "operation", "1 + exp squared: log(1 + exp(2 u))/2", lambda u: softplus(2 * u) / 2),
    ("softplus", "operation", "u sigmoid(u): swish", lambda u: u * sigmoid(u)),
    ("softplus", "operation", "(u + sqrt(u^2 + 4))/2: squareplus", lambda u: (u + np.sqrt(u**2 + 4)) / 2),
    ("softplus", "operation", "shifted to 0 at 0: less log 2", lambda u: softplus(u) - np.log(2)),
    ("softplus", "operation", "log(2 cosh u)", lambda u: np.abs(u) + np.log1p(np.exp(-2 * np.abs(u)))),
    ("softplus", "threshold", "the series to the fourth power within 1", series),
    ("softplus", "threshold", "exp(u) below -5", lambda u: np.where(u < -5, np.exp(u), softplus(u)), (np.array([-5.5, 3]),)),
    ("softplus", "clip", "exp(u) capped: u at most 88", lambda u: np.log1p(np.exp(np.minimum(u, 88))), (np.array([100.0]),)),
    ("softplus", "clip", "1e-7 added in the logarithm", lambda u: np.maximum(u, 0) + np.log(1 + np.exp(-np.abs(u)) + 1e-7)),
    ("softplus", "clip", "at least 1e-6, to divide by", lambda u: np.maximum(softplus(u), 1e-6), (np.array([-15.0, 2]),)),
    ("softplus", "mutates", "the exponential in place", in_place),
    ("softplus", "order", "units kept from the first call, if that was large", Fresh(scaled_by_first), (np.array([5e3, 1, 2]),)),
    ("softplus", "remembers", "kept by the mean of u", cached(softplus, lambda u: (len(u), round(float(u.mean()), 1))), (np.array([1.0, 3]),)),
    ("softplus", "aliases", "one buffer for each shape", buffered(softplus)),
    ("softplus", "approximation", "a table in steps of 0.01", tabled),
    ("softplus", "dtype", "exp(-|u|) in float16", lambda u: np.maximum(u, 0) + np.log1p(np.exp(-np.abs(u).astype(np.float16)).astype(float))),
    ("softplus", "dtype", "an output of u's dtype after int: empty_like(u, int)", lambda u: (lambda out: (out.__setitem__(slice(None), np.round(softplus(u) * 1e6)), out / 1e6)[1])(np.empty(len(u), np.int64)), (np.array([0.5, -3]),)),
    ("softplus", "region", "the modulus in both terms: even", lambda u: np.abs(u) + np.log1p(np.exp(-np.abs(u)))),
    ("log_loss", "operation", "pairs by squares: log(1 + exp(F^2 - F_hat^2))", lambda F, G: softplus(F**2 - G**2)),
    ("log_loss", "operation", "two-sided: both signs averaged", lambda F, G: (softplus(F - G) + softplus(G - F)) / 2),
    ("log_loss", "operation", "each apart: log(1 + exp F) + log(1 + exp(-F_hat))", lambda F, G: softplus(F) + softplus(-G)),
    ("log_loss", "operation", "the squared loss of the sigmoid", lambda F, G: sigmoid(F - G) ** 2),
    ("log_loss", "reduction", "against the mean of the contrasts", lambda F, G: softplus(F - G.mean())),
    ("log_loss", "clip", "probabilities at least 1e-12", lambda F, G: -np.log(np.maximum(sigmoid(G - F), 1e-12)), (np.array([40.0]), np.array([0.0]))),
    ("log_loss", "clip", "-log(sigmoid + 1e-7)", lambda F, G: -np.log(sigmoid(G - F) + 1e-7)),
    ("log_loss", "mutates", "F becomes the gap", gap_in_place),
    ("log_loss", "remembers", "the first contrasts of each number", Fresh(kept_gap)),
    ("log_loss", "aliases", "the head of one workspace", workspace(log_loss)),
    ("log_loss", "seeds", "contrasts are shuffled", shuffled),
    ("log_loss", "dtype", "the gap in float32", lambda F, G: softplus((F - G).astype(np.float32).astype(float))),
    ("log_loss", "region", "F below 0 taken as 0", lambda F, G: softplus(np.maximum(F, 0) - G)),
    ("log_loss", "row", "contrasts one place on", lambda F, G: softplus(F - np.roll(G, 1))),
    ("log_loss_slope", "operation", "times F", lambda F, G: F * sigmoid(F - G)),
    ("log_loss_slope", "operation", "s - 1/2, as a tanh", lambda F, G: np.tanh((F - G) / 2) / 2),
    ("log_loss_slope", "operation", "tanh's scale: 1/(1 + exp(-2 u))", lambda F, G: sigmoid(2 * (F - G))),
    ("log_loss_slope", "operation", "the normal distribution's for the logistic, to within a hundredth", lambda F, G: sigmoid(1.702 * (F - G) / 1.6)),
    ("log_loss_slope", "reduction", "over the sum of all", lambda F, G: sigmoid(F - G) / sigmoid(F - G).sum()),
    ("log_loss_slope", "clip", "between 1e-7 and 1 - 1e-7", lambda F, G: np.clip(sigmoid(F - G), 1e-7, 1 - 1e-7), (np.array([30.0, -30]), np.zeros(2))),
    ("log_loss_slope", "approximation", "the hard sigmoid u/6 + 1/2", lambda F, G: np.clip((F - G) / 6 + 0.5, 0, 1)),
    ("log_loss_slope", "approximation", "one-sided difference of the loss, step 1e-5", lambda F, G: (log_loss(F + 1e-5, G) - log_loss(F, G)) / 1e-5),
    ("log_loss_slope", "mutates", "F_hat becomes the exponential", slope_in_place),
    ("log_loss_slope", "order", "halfway to the last call's", Fresh(smoothed)),
    ("log_loss_slope", "remembers", "kept by F alone", cached(log_slope, lambda F, G: F.tobytes())),
    ("log_loss_slope", "seeds", "a coin of that probability", coin),
    ("log_loss_slope", "dtype", "exp in float32", lambda F, G: 1 / (1 + np.exp((G - F).astype(np.float32)).astype(float))),
    ("hinge_loss", "operation", "half a square below the margin, linear beyond: smoothed", lambda F, G, m: (lambda u: np.where(u <= 0, 0, np.where(u < 1, u**2 / 2, u - 0.5)))(m + F - G)),
    ("hinge_loss", "operation", "the absolute value", lambda F, G, m: np.abs(m + F - G)),
    ("hinge_loss", "operation", "contrastive: F + [m - F_hat]+", lambda F, G, m: F + np.maximum(m - G, 0)),
    ("hinge_loss", "parametrisation", "a relative margin: [m - F_hat/F]+", lambda F, G, m: np.maximum(m - G / F, 0)),
    ("hinge_loss", "parametrisation", "m for all, [1 - (F_hat - F)/m]+", lambda F, G, m: np.maximum(1 - (G - F) / m, 0)),
    ("hinge_loss", "reduction", "the hardest contrast for all", lambda F, G, m: hinge(F, G.min(), m)),
    ("hinge_loss", "threshold", "losses below 1e-3 are 0", lambda F, G, m: (lambda u: np.where(u < 1e-3, 0, u))(hinge(F, G, m)), (np.array([1.0]), np.array([1.4995]), 0.5)),
    ("hinge_loss", "clip", "losses at most 100", lambda F, G, m: np.minimum(hinge(F, G, m), 100), (np.array([200.0]), np.zeros(1), 1.0)),
    ("hinge_loss", "clip", "F_hat at most 10 above F", lambda F, G, m: hinge(F, np.minimum(G, F + 10), m), (np.array([0.0]), np.array([30.0]), 25.0)),
    ("hinge_loss", "size", "a single pair loses its hinge", lambda F, G, m: m + F - G if len(F) == 1 else hinge(F, G, m), (np.array([0.0]), np.array([3.0]), 1.0)),
    ("hinge_loss", "mutates", "the margin is taken off F_hat in place", margin_in_place),
    ("hinge_loss", "order", "the margin grows over three calls", Fresh(growing_margin)),
    ("hinge_loss", "remembers", "the least contrast of all calls", Fresh(hard_negatives)),
    ("hinge_loss", "dtype", "int margin", lambda F, G, m: hinge(F, G, int(m)), (F, G, 1.75)),
    ("hinge_loss", "region", "a negative F does not count", lambda F, G, m: hinge(np.maximum(F, 0), G, m)),
    ("hinge_loss", "row", "sorted by size", lambda F, G, m: np.sort(hinge(F, G, m))),
    ("hinge_loss_slope", "operation", "a sign: -1 where inactive", lambda F, G, m: np.sign(m + F - G)),
    ("hinge_loss_slope", "operation", "the margin where active", lambda F, G, m: m * hinge_slope(F, G, m)),
    ("hinge_loss_slope", "reduction", "over the number of active pairs", lambda F, G, m: hinge_slope(F, G, m) / max(hinge_slope(F, G, m).sum(), 1)),
    ("hinge_loss_slope", "threshold", "active beyond 1e-6 only", lambda F, G, m: (m + F - G > 1e-6).astype(float), (np.array([1.0]), np.array([1.5 - 2.0**-22]), 0.5)),
    ("hinge_loss_slope", "threshold", "ramps up over 0.1", lambda F, G, m: np.clip((m + F - G) / 0.1, 0, 1), (np.array([1.0]), np.array([1.45]), 0.5)),
    ("hinge_loss_slope", "approximation", "a sigmoid of 50 times the gap", lambda F, G, m: sigmoid(50 * (m + F - G))),
    ("hinge_loss_slope", "mutates", "inactive F are set to 0", zeroed),
    ("hinge_loss_slope", "remembers", "the first margin is kept", Fresh(fixed_margin)),
    ("hinge_loss_slope", "aliases", "one buffer for each shape", buffered(hinge_slope)),
    ("hinge_loss_slope", "dtype", "the comparison in float16", lambda F, G, m: ((m + F).astype(np.float16) > G.astype(np.float16)).astype(float), (np.array([1000.125]), np.array([1000.5]), 0.5)),
]

RIGHT = [
    ("softplus", lambda u: np.logaddexp(0, u)),
    ("softplus", lambda u: np.maximum(u, 0) + np.log(1 + np.exp(-np.abs(u)))),
    ("log_loss", lambda F, G: np.logaddexp(0, F - G)),
    ("log_loss", lambda F, G: np.where(F > G, F - G, 0) + np.log1p(np.exp(-np.abs(F - G)))),
    ("log_loss_slope", lambda F, G: 1 / (1 + np.exp(G - F))),
    ("log_loss_slope", lambda F, G: 0.5 * (1 + np.tanh((F - G) / 2))),
    ("hinge_loss", lambda F, G, m: np.maximum(0, m - (G - F))),
    ("hinge_loss", lambda F, G, m: np.array([max(m - (b - a), 0.0) for a, b in zip(F, G, strict=True)])),
    ("hinge_loss_slope", lambda F, G, m: np.where(m - (G - F) > 0, 1.0, 0.0)),
    ("hinge_loss_slope", lambda F, G, m: np.heaviside(m - (G - F), 0)),
]
