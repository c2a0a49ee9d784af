"""The race's work in PyTorch: eager, and compiled where that works. Written as one would, with automatic differentiation."""

import numpy as np

try:
    import torch
except ImportError:
    torch = None


def energies(y, g):
    """(n, k), by coordinate; g is (k, 2) or (n, k, 2)."""
    return (y[:, :1] - g[..., 0]) ** 2 + (y[:, 1:] - g[..., 1]) ** 2


def free_energies(E, beta):
    if beta == np.inf:
        return E.min(dim=1).values
    return (np.log(E.shape[1]) - torch.logsumexp(-beta * E, dim=1)) / beta


def torch_maps(Y, z, w, beta):
    if torch is None:
        return {}
    torch.set_num_threads(2)
    y, g = torch.tensor(Y, requires_grad=True), torch.tensor(np.stack([w[0] * np.cos(z), w[1] * np.sin(z)], axis=1))
    forward = torch.compile(lambda y: free_energies(energies(y, g), beta), dynamic=False)

    def run(code):
        def call():
            F = code(y)
            return F.detach().numpy(), torch.autograd.grad(F.sum(), y)[0].numpy()

        return call

    contenders = {"torch": run(lambda y: free_energies(energies(y, g), beta))}
    try:
        run(forward)()
        contenders["torch.compile"] = run(forward)
    except Exception as error:
        print(f"torch.compile: {type(error).__name__}, skipped")
    return contenders


def torch_learning(y, x, z, w, beta, rate, steps):
    if torch is None:
        return {}
    y, table = torch.tensor(y), torch.tensor(np.stack([np.cos(z), np.sin(z)], axis=1))
    x = None if x is None else torch.tensor(x)

    def codes(w):
        if x is None:
            return w
        h, at = x, 0
        for i, (a, b) in enumerate(((1, 8), (8, 8), (8, 2))):
            W, at = w[at : at + a * b].reshape(b, a), at + a * b
            h, at = h @ W.T + w[at : at + b], at + b
            h = torch.relu(h) if i < 2 else h
        return h[:, None]

    def call():
        v = torch.tensor(w, requires_grad=True)
        for _ in range(steps):
            L = free_energies(energies(y, codes(v) * table), beta).mean()
            (slope,) = torch.autograd.grad(L, v)
            with torch.no_grad():
                v -= rate * slope
        return (v.detach().numpy(),)

    return {"torch": call}
