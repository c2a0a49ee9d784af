"""The network of three affine stages and its adjoints."""

# fmt: off
import numpy as np

from .common import Fresh, buffered, cached, row, table, workspace


def relu(u):
    return np.maximum(u, 0)


def mlp(x, W1, b1, W2, b2, W3, b3):
    return relu(relu(x @ W1.T + b1) @ W2.T + b2) @ W3.T + b3


def passes(x, W1, b1, W2, b2):
    u1 = x @ W1.T + b1
    return u1, relu(u1) @ W2.T + b2


def back(x, W1, b1, W2, b2, W3, v, gate=lambda u: u > 0):
    """Adjoints of the two pre-activations."""
    u1, u2 = passes(x, W1, b1, W2, b2)
    t2 = v @ W3 * gate(u2)
    return t2 @ W2 * gate(u1), t2


def slope_x(x, W1, b1, W2, b2, W3, b3, v):
    return back(x, W1, b1, W2, b2, W3, v)[0] @ W1


def slope_W1(x, W1, b1, W2, b2, W3, b3, v):
    return back(x, W1, b1, W2, b2, W3, v)[0].T @ x


def slope_b2(x, W1, b1, W2, b2, W3, b3, v):
    return back(x, W1, b1, W2, b2, W3, v)[1].sum(axis=0)


def net(n=3, d=2, a=5, b=4, m=3, size=1.0, x=1.0):
    return table(n, d, x), size * table(a, d, 1, 0, 1), row(a, 0.5, 0, 2), size * table(b, a, 1, 0, 3), row(b, 0.5, 0, 4), size * table(m, b, 1, 0, 5), row(m, 0.5, 0, 6)


def pulled(v=1.0, **sizes):
    arguments = net(**sizes)
    return *arguments, table(len(arguments[0]), len(arguments[6]), v, 0, 7)


def turned(W):
    return W.T if W.shape[0] == W.shape[1] else W


def buffer_in_place(x, W1, b1, W2, b2, W3, b3):
    """The first product goes where x was, if it fits there."""
    u = np.matmul(x.copy(), W1.T, out=x if len(W1) == x.shape[1] else None)
    return relu(relu(u + b1) @ W2.T + b2) @ W3.T + b3


def normalised_in_place(x, W1, b1, W2, b2, W3, b3, v):
    v /= len(v)
    return slope_x(x, W1, b1, W2, b2, W3, b3, v) * len(v)


def adjoint_in_place(x, W1, b1, W2, b2, W3, b3, v):
    """The adjoint goes where v_bar was, if it fits there."""
    u1, u2 = passes(x, W1, b1, W2, b2)
    t = np.matmul(v.copy(), W3, out=v if len(b2) == len(b3) else None)
    return (t * (u2 > 0) @ W2 * (u1 > 0)).T @ x


def kept_pass():
    """The forward pass is kept by shapes; numbers that have moved since are not seen."""
    kept = {}

    def code(x, W1, b1, W2, b2, W3, b3, v):
        u1, u2 = kept.setdefault((x.shape, W1.shape, W2.shape, W3.shape), passes(x, W1, b1, W2, b2))
        return (v @ W3 * (u2 > 0) @ W2 * (u1 > 0)) @ W1

    return code


def accumulated():
    total = {}

    def code(x, W1, b1, W2, b2, W3, b3, v):
        total[W1.shape] = total.get(W1.shape, 0) + slope_W1(x, W1, b1, W2, b2, W3, b3, v)
        return total[W1.shape].copy()

    return code


def momentum():
    last = {}

    def code(x, W1, b1, W2, b2, W3, b3, v):
        last[b2.shape] = 0.9 * last.get(b2.shape, 0) + slope_b2(x, W1, b1, W2, b2, W3, b3, v)
        return last[b2.shape]

    return code


def batch_norm():
    """Running means of the first pre-activations are taken off, from the second call on."""
    mean = {}

    def code(x, W1, b1, W2, b2, W3, b3):
        u = x @ W1.T + b1
        before = mean.get(u.shape[1], 0)
        mean[u.shape[1]] = 0.9 * before + 0.1 * u.mean(axis=0)
        return relu(relu(u - before) @ W2.T + b2) @ W3.T + b3

    return code


def dropout(x, W1, b1, W2, b2, W3, b3):
    h = relu(x @ W1.T + b1)
    return relu(h * (np.random.rand(*h.shape) < 0.9) / 0.9 @ W2.T + b2) @ W3.T + b3  # noqa: NPY002


def kinks_by_coin(x, W1, b1, W2, b2, W3, b3, v):
    return back(x, W1, b1, W2, b2, W3, v, lambda u: u + 1e-9 * np.random.randn(*u.shape) > 0)[0] @ W1  # noqa: NPY002


KINK = (np.array([[1.0, 2]]), np.array([[2.0, -1], [1, 1]]), np.array([0.0, 0.5]), np.eye(2), np.array([0.25, -3.5]), np.array([[1.0, 2]]), np.array([0.5]), np.array([[1.0]]))

BUGS = [
    ("mlp", "operation", "inputs standardised over the batch", lambda x, W1, b1, W2, b2, W3, b3: mlp((x - x.mean(axis=0)) / (x.std(axis=0) + 1e-5), W1, b1, W2, b2, W3, b3)),
    ("mlp", "operation", "the third bias before the product", lambda x, W1, b1, W2, b2, W3, b3: mlp(x, W1, b1, W2, b2, W3, 0) + b3 * np.abs(W3).sum(axis=1)),
    ("mlp", "operation", "softplus for the second ReLU", lambda x, W1, b1, W2, b2, W3, b3: np.logaddexp(0, relu(x @ W1.T + b1) @ W2.T + b2) @ W3.T + b3),
    ("mlp", "parametrisation", "products by 1/sqrt(fan-in)", lambda x, W1, b1, W2, b2, W3, b3: mlp(x, W1 / np.sqrt(W1.shape[1]), b1, W2 / np.sqrt(W2.shape[1]), b2, W3 / np.sqrt(W3.shape[1]), b3)),
    ("mlp", "threshold", "units below 1e-3 are 0", lambda x, W1, b1, W2, b2, W3, b3: (lambda f: f(f(x @ W1.T + b1) @ W2.T + b2) @ W3.T + b3)(lambda u: np.where(u > 1e-3, u, 0)), (1e-4 * net()[0], net()[1], 0 * net()[2], *net()[3:])),
    ("mlp", "clip", "inputs cut to [-5, 5]", lambda x, *rest: mlp(np.clip(x, -5, 5), *rest), net(x=20)),
    ("mlp", "clip", "hidden units cut at 1e4", lambda x, W1, b1, W2, b2, W3, b3: np.minimum(relu(np.minimum(relu(x @ W1.T + b1), 1e4) @ W2.T + b2), 1e4) @ W3.T + b3, net(x=1e5)),
    ("mlp", "size", "a bias as long as the batch goes by rows", lambda x, W1, b1, W2, b2, W3, b3: mlp(x, W1, b1, W2, b2, W3, b3[:, None] if len(b3) == len(x) else b3), net(n=3, m=3)),
    ("mlp", "mutates", "the first product is written over x, if it fits", buffer_in_place, net(a=2)),
    ("mlp", "order", "a running mean of the first stage is taken off", Fresh(batch_norm)),
    ("mlp", "remembers", "kept by x: weights that changed are not seen", cached(mlp, lambda x, *rest: x.tobytes())),
    ("mlp", "aliases", "one buffer for each shape", buffered(mlp)),
    ("mlp", "seeds", "dropout of a tenth", dropout),
    ("mlp", "dtype", "the first product in float32", lambda x, W1, b1, W2, b2, W3, b3: relu(relu((x.astype(np.float32) @ W1.T.astype(np.float32)).astype(float) + b1) @ W2.T + b2) @ W3.T + b3),
    ("mlp", "dtype", "hidden units in float16", lambda x, W1, b1, W2, b2, W3, b3: relu(relu(x @ W1.T + b1).astype(np.float16).astype(float) @ W2.T + b2) @ W3.T + b3),
    ("mlp", "row", "the last bias on the last row only", lambda x, W1, b1, W2, b2, W3, b3: mlp(x, W1, b1, W2, b2, W3, 0) + np.where(np.arange(len(x))[:, None] == len(x) - 1, b3, 0)),
    ("mlp_slope_x", "operation", "the smooth gate: sigmoid for the step", lambda x, W1, b1, W2, b2, W3, b3, v: back(x, W1, b1, W2, b2, W3, v, lambda u: 1 / (1 + np.exp(-u)))[0] @ W1),
    ("mlp_slope_x", "operation", "guided: negative adjoints are cut at each gate", lambda x, W1, b1, W2, b2, W3, b3, v: (lambda u: relu(relu(v @ W3) * (u[1] > 0) @ W2) * (u[0] > 0) @ W1)(passes(x, W1, b1, W2, b2))),
    ("mlp_slope_x", "operation", "gated by the adjoint's own sign (deconvolution)", lambda x, W1, b1, W2, b2, W3, b3, v: relu(relu(v @ W3) @ W2) @ W1),
    ("mlp_slope_x", "operation", "times x: its relevance", lambda x, *rest: x * slope_x(x, *rest)),
    ("mlp_slope_x", "reduction", "the batch's mean for every row", lambda x, *rest: np.broadcast_to(slope_x(x, *rest).mean(axis=0), x.shape)),
    ("mlp_slope_x", "reduction", "divided by the outputs' number", lambda x, W1, b1, W2, b2, W3, b3, v: slope_x(x, W1, b1, W2, b2, W3, b3, v) / len(b3)),
    ("mlp_slope_x", "detach", "biases are left out of the gates", lambda x, W1, b1, W2, b2, W3, b3, v: slope_x(x, W1, 0 * b1, W2, 0 * b2, W3, b3, v)),
    ("mlp_slope_x", "threshold", "units on from 0.01 only", lambda x, W1, b1, W2, b2, W3, b3, v: back(x, W1, b1, W2, b2, W3, v, lambda u: u > 0.01)[0] @ W1, (np.array([[1.0, 2]]), np.array([[2.0, -1], [1, 1]]), np.array([0.005, 0.5]), *KINK[3:])),
    ("mlp_slope_x", "clip", "adjoints cut to [-1, 1]", lambda x, W1, b1, W2, b2, W3, b3, v: slope_x(x, W1, b1, W2, b2, W3, b3, np.clip(v, -1, 1)), pulled(v=5)),
    ("mlp_slope_x", "size", "v_bar transposed where n = m", lambda x, W1, b1, W2, b2, W3, b3, v: slope_x(x, W1, b1, W2, b2, W3, b3, turned(v)), pulled(n=3, m=3)),
    ("mlp_slope_x", "mutates", "v_bar over n in place", normalised_in_place),
    ("mlp_slope_x", "remembers", "the forward pass is kept by shapes", Fresh(kept_pass)),
    ("mlp_slope_x", "aliases", "one buffer for each shape", buffered(slope_x)),
    ("mlp_slope_x", "seeds", "kinks by a coin", kinks_by_coin, KINK),
    ("mlp_slope_x", "approximation", "central differences, step 0.1", lambda x, W1, b1, W2, b2, W3, b3, v: np.stack([((mlp(x + h, W1, b1, W2, b2, W3, b3) - mlp(x - h, W1, b1, W2, b2, W3, b3)) * v).sum(axis=1) / 0.2 for h in 0.1 * np.eye(x.shape[1])], axis=1), pulled(x=0.1)),
    ("mlp_slope_x", "dtype", "the gates from a float16 pass", lambda x, W1, b1, W2, b2, W3, b3, v: (v @ W3 * (passes(x, W1, b1, W2, b2)[1].astype(np.float16) > 0) @ W2 * (passes(x, W1, b1, W2, b2)[0].astype(np.float16) > 0)) @ W1, (1e-9 * net()[0], net()[1], 0 * net()[2], net()[3], np.array([1e-10, 1.0, -1e-10, 1e-9]), *net()[5:], table(3, 3, 1, 0, 7))),
    ("mlp_slope_x", "row", "the first row's gates for all", lambda x, W1, b1, W2, b2, W3, b3, v: (v @ W3 * (passes(x, W1, b1, W2, b2)[1][:1] > 0) @ W2 * (passes(x, W1, b1, W2, b2)[0][:1] > 0)) @ W1),
    ("mlp_slope_W1", "operation", "x's modulus in the outer product", lambda x, *rest: back(x, *rest[:5], rest[6])[0].T @ np.abs(x)),
    ("mlp_slope_W1", "operation", "weight decay of 1e-4 is added", lambda x, W1, *rest: slope_W1(x, W1, *rest) + 1e-4 * W1),
    ("mlp_slope_W1", "reduction", "each row normalised by its norm", lambda *a: (lambda g: g / (np.linalg.norm(g, axis=1, keepdims=True) + 1e-12))(slope_W1(*a))),
    ("mlp_slope_W1", "reduction", "over the root of the observations' number", lambda x, *rest: slope_W1(x, *rest) / np.sqrt(len(x))),
    ("mlp_slope_W1", "detach", "x centred over the batch", lambda x, *rest: back(x, *rest[:5], rest[6])[0].T @ (x - x.mean(axis=0))),
    ("mlp_slope_W1", "clip", "norm at most 1", lambda *a: (lambda g: g * min(1, 1 / np.linalg.norm(g)))(slope_W1(*a)), pulled()),
    ("mlp_slope_W1", "clip", "each entry cut to [-10, 10]", lambda *a: np.clip(slope_W1(*a), -10, 10), pulled(v=50)),
    ("mlp_slope_W1", "threshold", "entries below 1e-4 are 0", lambda *a: (lambda g: np.where(np.abs(g) < 1e-4, 0, g))(slope_W1(*a)), pulled(v=1e-5)),
    ("mlp_slope_W1", "size", "W2 transposed where square", lambda x, W1, b1, W2, b2, W3, b3, v: ((v @ W3 * (passes(x, W1, b1, W2, b2)[1] > 0)) @ turned(W2) * (passes(x, W1, b1, W2, b2)[0] > 0)).T @ x, pulled(a=4)),
    ("mlp_slope_W1", "mutates", "the adjoint is written over v_bar, if it fits", adjoint_in_place, pulled(m=4)),
    ("mlp_slope_W1", "order", "added to earlier calls' slopes", Fresh(accumulated)),
    ("mlp_slope_W1", "aliases", "the head of one workspace", workspace(slope_W1)),
    ("mlp_slope_W1", "remembers", "kept by the weights, whatever x", cached(slope_W1, lambda x, W1, *rest: W1.tobytes())),
    ("mlp_slope_W1", "dtype", "the outer product in float32", lambda x, W1, b1, W2, b2, W3, b3, v: (back(x, W1, b1, W2, b2, W3, v)[0].T.astype(np.float32) @ x.astype(np.float32)).astype(float)),
    ("mlp_slope_W1", "row", "an online update: the last observation's", lambda x, W1, b1, W2, b2, W3, b3, v: slope_W1(x[-1:], W1, b1, W2, b2, W3, b3, v[-1:])),
    ("mlp_slope_W1", "region", "positive inputs alone, as after a ReLU", lambda x, *rest: back(x, *rest[:5], rest[6])[0].T @ relu(x)),
    ("mlp_slope_b2", "operation", "the unit's value for its gate", lambda x, W1, b1, W2, b2, W3, b3, v: (v @ W3 * relu(passes(x, W1, b1, W2, b2)[1])).sum(axis=0)),
    ("mlp_slope_b2", "operation", "b2 once more: times b2", lambda x, W1, b1, W2, b2, *rest: b2 * slope_b2(x, W1, b1, W2, b2, *rest)),
    ("mlp_slope_b2", "operation", "gates without the second bias", lambda x, W1, b1, W2, b2, *rest: slope_b2(x, W1, b1, W2, 0 * b2, *rest)),
    ("mlp_slope_b2", "operation", "tanh's slope for ReLU's", lambda x, W1, b1, W2, b2, W3, b3, v: (v @ W3 * (1 - np.tanh(passes(x, W1, b1, W2, b2)[1]) ** 2)).sum(axis=0)),
    ("mlp_slope_b2", "detach", "gates of the batch's mean", lambda x, W1, b1, W2, b2, W3, b3, v: (v @ W3 * (passes(x, W1, b1, W2, b2)[1].mean(axis=0) > 0)).sum(axis=0)),
    ("mlp_slope_b2", "reduction", "over the number of active rows", lambda x, W1, b1, W2, b2, W3, b3, v: (lambda t, g: t.sum(axis=0) / np.maximum(g.sum(axis=0), 1))(back(x, W1, b1, W2, b2, W3, v)[1], passes(x, W1, b1, W2, b2)[1] > 0)),
    ("mlp_slope_b2", "threshold", "dead units revive: 0.01 below 0", lambda x, W1, b1, W2, b2, W3, b3, v: back(x, W1, b1, W2, b2, W3, v, lambda u: np.where(u > 0, 1, 0.01))[1].sum(axis=0)),
    ("mlp_slope_b2", "clip", "cut to [-5, 5]", lambda *a: np.clip(slope_b2(*a), -5, 5), pulled(v=50)),
    ("mlp_slope_b2", "size", "v_bar transposed where n = m", lambda x, W1, b1, W2, b2, W3, b3, v: slope_b2(x, W1, b1, W2, b2, W3, b3, turned(v)), pulled(n=3, m=3)),
    ("mlp_slope_b2", "size", "W3 transposed where b = m", lambda x, W1, b1, W2, b2, W3, b3, v: slope_b2(x, W1, b1, W2, b2, turned(W3), b3, v), pulled(b=3)),
    ("mlp_slope_b2", "size", "summed over units for as many units as rows", lambda x, W1, b1, W2, b2, W3, b3, v: (lambda t: t.sum(axis=int(t.shape[0] == t.shape[1])))(back(x, W1, b1, W2, b2, W3, v)[1]), pulled(n=4)),
    ("mlp_slope_b2", "order", "momentum of 0.9", Fresh(momentum)),
    ("mlp_slope_b2", "remembers", "kept by v_bar", cached(slope_b2, lambda *a: a[-1].tobytes()), (*net(), np.ones((3, 3)))),
    ("mlp_slope_b2", "dtype", "v_bar cut to whole numbers", lambda *a: slope_b2(*a[:-1], a[-1].astype(int)), pulled(v=3)),
    ("mlp_slope_b2", "row", "the first row is left out of the sum", lambda x, W1, b1, W2, b2, W3, b3, v: back(x, W1, b1, W2, b2, W3, v)[1][1:].sum(axis=0) if len(x) > 1 else slope_b2(x, W1, b1, W2, b2, W3, b3, v)),
]

RIGHT = [
    ("mlp", mlp),
    ("mlp", lambda x, W1, b1, W2, b2, W3, b3: np.array([W3 @ np.maximum(W2 @ np.maximum(W1 @ v + b1, 0) + b2, 0) + b3 for v in x])),
    ("mlp_slope_x", slope_x),
    ("mlp_slope_x", lambda x, W1, b1, W2, b2, W3, b3, v: np.array([W1.T @ ((W1 @ r + b1 > 0) * (W2.T @ ((W2 @ relu(W1 @ r + b1) + b2 > 0) * (W3.T @ g)))) for r, g in zip(x, v, strict=True)])),
    ("mlp_slope_W1", slope_W1),
    ("mlp_slope_W1", lambda x, W1, b1, W2, b2, W3, b3, v: np.einsum("na,nd->ad", back(x, W1, b1, W2, b2, W3, v)[0], x)),
    ("mlp_slope_b2", slope_b2),
    ("mlp_slope_b2", lambda x, W1, b1, W2, b2, W3, b3, v: np.einsum("nm,mb,nb->b", v, W3, (passes(x, W1, b1, W2, b2)[1] > 0).astype(float))),
]
