"""Whether a mistake is one: its answer beside the package's own, and the marks of its behaviour."""

import numpy as np
from fresh import scale

from refebm.oracle import reference
from refebm.oracle.contract import CONTRACT
from refebm.oracle.judge import deviation

from .common import BEHAVIOUR, new

SIZES = {"n": 3, "k": 4, "d": 2, "l": 4, "m": 5, "p": 2, "a": 6, "b": 4, "2": 2}
FAR = 1e4  # u S: what is called right is up to 64
SHIFTED = ("softmin", "softmax", "softargmin", "softargmax", "softmin_prior", "jensen_gap", "gibbs_density", "nll")


def plain(function, seed):
    """Arguments of ordinary size, no two sizes the same unless the contract has it so."""
    rng = np.random.default_rng([seed, *function.encode()])

    def drawn(name, shape):
        size = tuple(SIZES[v] for v in shape.strip("()").replace(" ", "").split(",") if v)
        if name in ("q", "p"):
            return rng.dirichlet(np.ones(size[-1]), size[:-1])
        if name == "d":
            return float(rng.integers(2, 9))
        if name == "r":
            return rng.uniform(2.8, 5, size)  # a box's is above s
        if name in ("beta", "alpha", "margin", "dy", "w") or (name == "s" and function[:3] in ("vae", "gau", "box")):
            return rng.uniform(0.3, 2.5, size) * (0.3 if name == "dy" else 1)
        return rng.normal(size=size)

    return tuple(drawn(*pair) for pair in CONTRACT[function].arguments.items())


def copied(arguments):
    return [v.copy() if np.ndim(v) else float(v) for v in map(np.asarray, arguments)]


def answer(code, arguments):
    with np.errstate(all="ignore"):
        return np.asarray(code(*arguments), float)


def off(function, arguments, got):
    """How far an answer is from the package's own, in u S."""
    names = dict(zip(CONTRACT[function].arguments, copied(arguments), strict=True))
    truth = np.asarray(getattr(reference, function)(*copied(arguments)), float)
    assert np.isfinite(truth).all(), f"{function}: an input outside of its domain"
    if got.shape != truth.shape or not np.isfinite(got).all():
        return np.inf
    with np.errstate(all="ignore"):
        return deviation(got, truth, scale(function, names, truth))


def changed(function, arguments):
    """Inputs of the same shapes: each argument in turn exchanged within itself, or scaled, or moved far."""
    for i, name in enumerate(CONTRACT[function].arguments):
        old = np.asarray(arguments[i], float)
        if old.ndim == 0:
            others = [old + 2, old + 1] if name == "d" else [old * 1.5, old * 1.0001]
        else:
            middle = old.copy()
            middle[len(old) // 2] = old[0]
            others = [np.roll(old, 1, axis=-1), middle] if old.ndim == 2 else [np.roll(old, 1)]
            others += [old - 3000, old + 3000] if function in SHIFTED and name in "EsF" else []
        for other in others:
            yield (*arguments[:i], other, *arguments[i + 1 :])


def calls(function, arguments):
    """A sequence of inputs, the last ones of the first arrays themselves, changed in place."""
    yield from (copied(a) for a in (arguments, *changed(function, arguments), *(plain(function, s) for s in range(3))))
    same = copied(arguments)
    yield same
    for v in same:
        if np.ndim(v):
            v[...] = np.roll(v, 1, axis=-1)
    yield same
    yield copied(arguments)


def behaves(function, kind, code, arguments):
    """Whether the behaviour of this kind shows."""
    if kind == "mutates":
        given = copied(arguments)
        answer(new(code), given)
        return any(not np.array_equal(a, b) for a, b in zip(given, arguments, strict=True))
    if kind == "seeds":
        before = np.random.get_state()[1:3]  # noqa: NPY002
        answer(new(code), copied(arguments))
        return any(not np.array_equal(a, b) for a, b in zip(before, np.random.get_state()[1:3], strict=True))  # noqa: NPY002
    used = new(code)
    if kind == "aliases":
        given = copied(arguments)
        first = used(*given)
        kept = np.array(first)
        if any(np.shares_memory(first, v) for v in given if np.ndim(v)):
            return True
        later = (used(*copied(other)) for other in changed(function, arguments))
        return any(not np.array_equal(first, kept) for _ in later)
    for given in calls(function, arguments):
        here = copied(given)
        got, alone = answer(used, given), answer(new(code), copied(here))
        if not np.array_equal(got, alone) and off(function, here, got) > FAR:
            return True
    return off(function, arguments, answer(new(code), copied(arguments))) > FAR  # a warm-up: wrong at first


def shown(function, kind, what, code, *arguments):
    """Whether the mistake is wrong at the arguments that are given with it, or at any of three plain ones."""
    for given in arguments or [plain(function, seed) for seed in range(3)]:
        if kind in BEHAVIOUR:
            if behaves(function, kind, code, given):
                return True
        elif off(function, given, answer(new(code), copied(given))) > FAR:
            return True
    return False
