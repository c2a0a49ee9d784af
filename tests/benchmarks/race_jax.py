"""The race's work in JAX, jitted: with the gradient by hand, by automatic differentiation, and whole loops of learning."""

import numpy as np

try:
    import jax
    import jax.numpy as jnp

    jax.config.update("jax_enable_x64", True)
except ImportError:
    jax = None


def energies(y, g):
    """(n, k), by coordinate; g is (k, 2) or (n, k, 2)."""
    return (y[:, :1] - g[..., 0]) ** 2 + (y[:, 1:] - g[..., 1]) ** 2


def free_energies(E, beta):
    if beta == np.inf:
        return E.min(axis=1)
    return (np.log(E.shape[1]) - jax.nn.logsumexp(-beta * E, axis=1)) / beta


def by_hand(y, g, beta):
    """F and dF/dy = 2 (y - <g>)."""
    E = energies(y, g)
    if beta == np.inf:
        best = E.argmin(axis=1)
        return E.min(axis=1), 2 * (y - g[best])
    m = E.min(axis=1, keepdims=True)
    e = jnp.exp(-beta * (E - m))
    S = e.sum(axis=1, keepdims=True)
    return m[:, 0] - jnp.log(S[:, 0] / E.shape[1]) / beta, 2 * (y - (e @ g) / S)


def ready(code):
    return lambda *a: jax.block_until_ready(code(*a))


def as_numpy(call):
    return lambda: tuple(np.asarray(v) for v in call())


def jax_maps(Y, z, w, beta):
    if jax is None:
        return {}
    y, g = jnp.asarray(Y), jnp.asarray(np.stack([w[0] * np.cos(z), w[1] * np.sin(z)], axis=1))

    @jax.jit
    def derived(y):
        F, pull = jax.vjp(lambda y: free_energies(energies(y, g), beta), y)
        return F, pull(jnp.ones(len(y)))[0]

    hand = jax.jit(lambda y: by_hand(y, g, beta))
    return {"JAX by hand": as_numpy(lambda: ready(hand)(y)), "JAX derived": as_numpy(lambda: ready(derived)(y))}


def jax_learning(y, x, z, w, beta, rate, steps):
    if jax is None:
        return {}
    y, table = jnp.asarray(y), jnp.asarray(np.stack([np.cos(z), np.sin(z)], axis=1))
    x = None if x is None else jnp.asarray(x)

    def codes(w):
        if x is None:
            return w
        h, at = x, 0
        for i, (a, b) in enumerate(((1, 8), (8, 8), (8, 2))):
            W, at = w[at : at + a * b].reshape(b, a), at + a * b
            h, at = h @ W.T + w[at : at + b], at + b
            h = jax.nn.relu(h) if i < 2 else h
        return h[:, None]

    def step(w):
        return w - rate * jax.grad(lambda w: free_energies(energies(y, codes(w) * table), beta).mean())(w)

    one, whole = jax.jit(step), jax.jit(lambda w: jax.lax.fori_loop(0, steps, lambda _, w: step(w), w))

    def stepwise():
        v = jnp.asarray(w)
        for _ in range(steps):
            v = one(v)
        return (jax.block_until_ready(v),)

    return {"JAX step by step": as_numpy(stepwise), "JAX whole loop": as_numpy(lambda: (ready(whole)(jnp.asarray(w)),))}
