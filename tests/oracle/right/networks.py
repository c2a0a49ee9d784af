"""Right ways: the network and its adjoints."""

import numpy as np


def net(x, W1, b1, W2, b2, W3, b3):
    h = np.maximum(np.einsum("nd,ad->na", x, W1) + b1, 0)
    h = np.maximum(np.einsum("na,ba->nb", h, W2) + b2, 0)
    return np.einsum("nb,mb->nm", h, W3) + b3


def stages(x, W1, b1, W2, b2, W3, b3):
    h = x
    for W, b in ((W1, b1), (W2, b2)):
        h = W.dot(h.T).T + b
        h = h * (h > 0)
    return W3.dot(h.T).T + b3


def back(x, W1, b1, W2, b2, W3, b3, v):
    a1 = x @ W1.T + b1
    a2 = np.maximum(a1, 0) @ W2.T + b2
    two = np.where(a2 > 0, v @ W3, 0).astype(x.dtype)
    one = np.where(a1 > 0, two @ W2, 0).astype(x.dtype)
    return one, two


def by_sample(x, W1, b1, W2, b2, W3, b3, v):
    """Jacobians of each sample, multiplied from the right."""
    out = []
    for row, bar in zip(x, v, strict=True):
        a1 = W1 @ row + b1
        a2 = W2 @ np.maximum(a1, 0) + b2
        out.append(((W3 * (a2 > 0)) @ (W2 * (a1 > 0)) @ W1).T @ bar)
    return np.array(out)


RESTS_ON = {
    "mlp": ["states"],
    "mlp_slope_x": ["multipliers"],
    "mlp_slope_W1": ["multipliers", "states"],
    "mlp_slope_b2": ["multipliers"],
}
RIGHT = {
    "mlp": [net, stages],
    "mlp_slope_x": [lambda x, W1, *a: back(x, W1, *a)[0] @ W1, by_sample],
    "mlp_slope_W1": [lambda x, *a: back(x, *a)[0].T @ x, lambda x, *a: np.einsum("na,nd->ad", back(x, *a)[0], x)],
    "mlp_slope_b2": [lambda x, *a: back(x, *a)[1].sum(axis=0), lambda x, *a: np.ones(len(x), x.dtype) @ back(x, *a)[1]],
}  # fmt: skip
