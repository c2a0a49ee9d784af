"""The effective sample size of chains' draws  (W12)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from ...numerics.checks import Array
from ...sampling import diagnostics as own
from ..inputs import ONE, SQUARE
from ..row import Case, Function, Rngs

# --- inputs


def chain_regimes(rngs: Rngs) -> Iterator[Case]:
    """Chains (t, m) whose next draw holds a share of the last, of either sign; and chains that disagree."""
    for why, (t, m), share, apart, size in (
        ("independent", (24, 3), 0.0, 0, 1),
        ("correlated", (40, 2), 0.8, 0, 1),
        ("anti-correlated", (30, 4), -0.6, 0, 1),
        ("one chain", (32, 1), 0.6, 0, 1),
        ("an odd number of steps", (21, 5), 0.5, 0, 1),
        ("chains that disagree", (20, 6), 0.3, 3, 1),
        ("short", (5, 3), 0.2, 0, 1),
        ("large", (16, 2), 0.7, 1, 1e5),
        ("small", (18, 4), 0.4, 0, 1e-5),
        ("strongly anti-correlated", (36, 2), -0.8, 0, 1),
        ("slow", (36, 2), 0.93, 0, 1),
        ("slow, many chains", (28, 3), 0.9, 0, 1),
        (SQUARE, (12, 12), 0.3, 0, 1),
        ("all sizes the same, and 8", (8, 8), 0.6, 1, 1),
    ):
        noise = rngs(why).normal(size=(t, m))
        for i in range(1, t):
            noise[i] += share * noise[i - 1]
        yield why, {"draws": size * (noise + 0.5 + apart * rngs(why + " places").normal(size=m))}
    ramp = np.arange(14).reshape(2, 7)
    yield "rising", {"draws": ramp.reshape(-1, 1) ** 2}
    yield "the same numbers, low and high in turns", {"draws": ramp.T.reshape(-1, 1) ** 2}
    yield ONE, {"draws": [[0.75]]}


# --- truth, in many digits


def pairs_of(rho: list[Any], limit: Any, total: int) -> Any:
    """The size that autocorrelations give: pairs of them, positive and falling."""
    tau, least = -1, None
    for a, b in zip(rho[::2], rho[1::2], strict=False):
        if a + b <= 0:
            break
        least = a + b if least is None else min(least, a + b)
        tau = tau + 2 * least
    return total / max(tau, limit)


def effective_sample_size(draws: Array) -> Any:
    import mpmath

    n, m = draws.shape
    if n < 4:
        return mpmath.mpf(m) + 0 * draws[0, 0]
    mean = draws.sum(axis=0) / n
    D = draws - mean
    lags = [(D[: n - t] * D[t:]).sum() / (n * m) for t in range(n)]
    between = ((mean - mean.sum() / m) ** 2).sum() / (m - 1) if m > 1 else 0
    total, unbiased = lags[0] + between, mpmath.mpf(n) / (n - 1)
    rho = [1 - (lags[0] - c) * unbiased / total for c in lags]
    return pairs_of([1, *rho[1:]], 1 / mpmath.log10(n * m), n * m)


def effective_sample_size_2(draws: Array) -> Any:
    """Autocorrelations from the squares of differences: no mean is taken."""
    import mpmath

    n, m = draws.shape
    if n < 4:
        return mpmath.mpf(m) + 0 * draws[0, 0]
    apart = [((draws[:, None, j] - draws[None, :, j]) ** 2).sum() / (2 * n * n) for j in range(m)]
    ends = [
        [draws[: n - t, j].sum() + draws[t:, j].sum() - 2 * draws[:, j].sum() * (n - t) / n for j in range(m)]
        for t in range(n)
    ]
    within, sums = sum(apart) / m, draws.sum(axis=0) / n
    lags = []
    for t in range(n):
        products = (draws[: n - t] * draws[t:]).sum()
        centre = sum(sums[j] * ends[t][j] + (n - t) * sums[j] ** 2 for j in range(m))
        lags.append((products - centre) / (n * m))
    between = sum((a - b) ** 2 for a in sums for b in sums) / (2 * m * (m - 1)) if m > 1 else 0
    total = within + between
    rho = [(between + (n * c - within) / (n - 1)) / total for c in lags]
    return pairs_of([1, *rho[1:]], mpmath.log(10) / mpmath.log(n * m), n * m)


# --- what mistakes are made of


def autocorrelations(x: Array, between: float = 1.0, fade: bool = False) -> Array:
    """Of all chains together; `fade` divides by the number of pairs at a lag in place of all steps."""
    n, m = x.shape
    D = x - x.mean(axis=0)
    lags = np.array([(D[: n - t] * D[t:]).sum() / m / (n - t if fade else n) for t in range(n)])
    total = lags[0] + (between * x.mean(axis=0).var(ddof=1) if m > 1 else 0)
    rho = 1 - (lags[0] - lags) * n / (n - 1) / total
    return np.concatenate([[1], rho[1:]])


def size_of(x: Array, rho: Array | None = None, falling: bool = True, least: float | None = None) -> Any:
    n, m = x.shape
    if n < 4:
        return float(m)
    rho = autocorrelations(x) if rho is None else rho
    pairs = rho[: n // 2 * 2].reshape(-1, 2).sum(axis=1)
    pairs = pairs[: int(np.argmax(pairs <= 0)) if (pairs <= 0).any() else len(pairs)]
    tau = -1 + 2 * (np.minimum.accumulate(pairs) if falling else pairs).sum()
    return n * m / max(tau, 1 / np.log10(n * m) if least is None else least)


def summed(x: Array, of: Any) -> Any:
    """A size from all autocorrelations at lags above 0."""
    return len(x) * x.shape[1] / of(autocorrelations(x)[1:]) if len(x) > 3 else float(x.shape[1])


def until_negative(rho: Array) -> Any:
    return 1 + 2 * rho[: int(np.argmax(rho <= 0)) if (rho <= 0).any() else len(rho)].sum()


# --- the rows

ROWS = {
    "effective_sample_size": Function(
        "W12", "m n / (1 + 2 sum rho) of draws of m chains, summed over pairs of lags while positive and falling",
        {"draws": "(t, m)"}, "()", rows="m",
        regimes=chain_regimes, truth=(effective_sample_size, effective_sample_size_2),
        adds=lambda a, S: S.max(),
        bugs=[
            ("all-lags", "All lags are summed.", "Only while pairs of them are positive: the rest is noise (W12).", lambda x: summed(x, lambda rho: 1 + 2 * rho.sum())),
            ("no-fall", "Pairs that rise again are counted as they are.", "Each at most as the one before: a falling sum (W12).", lambda x: size_of(x, falling=False)),
            ("first-negative", "The sum ends at the first lag below 0.", "At the first pair of them (W12).", lambda x: summed(x, until_negative)),
            ("one-lag", "(1 - rho_1)/(1 + rho_1): of an autoregression.", "The sum of the autocorrelations (W12).", lambda x: summed(x, lambda rho: (1 + rho[0]) / (1 - rho[0]))),
            ("no-two", "1 + sum rho: each lag once.", "Lags of both signs: twice (W12).", lambda x: size_of(x, np.concatenate([[1], autocorrelations(x)[1:] / 2])) if len(x) > 3 else 1.0),
            ("no-between", "The chains' disagreement is left out.", "It is in the whole variance (W12).", lambda x: size_of(x, autocorrelations(x, 0)) if len(x) > 3 else 1.0),
            ("biased", "The variance between the chains is over m, not m - 1.", "m - 1 (W12).", lambda x: size_of(x, autocorrelations(x, 1 - 1 / x.shape[1])) if len(x) > 3 else 1.0),
            ("per-chain", "Each chain's own size, summed.", "Of all together, about one mean (W12).", lambda x: sum(size_of(x[:, i : i + 1]) for i in range(x.shape[1]))),
            ("one-chain", "Of the first chain alone.", "Of all (W12).", lambda x: size_of(x[:, :1])),
            ("pooled", "Chains are laid end to end.", "Side by side (W12).", lambda x: size_of(x.T.reshape(-1, 1))),
            ("fade", "Divided by the number of pairs at each lag.", "By the number of steps: far lags are noisy (W12).", lambda x: size_of(x, autocorrelations(x, fade=True)) if len(x) > 3 else 1.0),
            ("count", "The number of draws.", "Over 1 + 2 sum rho (W12).", lambda x: float(x.size)),
            ("tau", "1 + 2 sum rho itself.", "m n over it (W12).", lambda x: x.size / size_of(x)),
            ("capped", "At most the number of draws.", "Anti-correlated draws are worth more (W12).", lambda x: min(size_of(x), x.size)),
            ("steps", "n over it, not m n.", "All chains count (W12).", lambda x: size_of(x) / x.shape[1]),
            ("transposed", "Chains and steps are exchanged where there are as many.", "Steps are rows (W12).", lambda x: size_of(x.T if x.shape[0] == x.shape[1] else x)),
        ],
    ),
}  # fmt: skip

# --- as it is written

FORMULAS = {
    "effective_sample_size": "by_matrix(draws)",
}  # fmt: skip

# --- right ways


def by_matrix(x: Array) -> Any:
    """Autocovariances as sums along the diagonals of the draws' products."""
    n, m = x.shape
    if n < 4:
        return float(m)
    x = x / np.abs(x).max()
    D = x - x.mean(axis=0)
    lags = np.array([np.trace(D @ D.T, t) for t in range(n)]) / (n * m)
    whole = lags[0] + (np.var(x.mean(axis=0)) * m / (m - 1) if m > 1 else 0)
    rho, total, last = (whole - (lags[0] - lags) * n / (n - 1)) / whole, 0.0, np.inf
    rho[0] = 1
    for k in range(n // 2):
        if (pair := rho[2 * k] + rho[2 * k + 1]) <= 0:
            break
        last = min(last, pair)
        total += last
    return n * m / max(2 * total - 1, 1 / np.log10(n * m))


def by_correlate(x: Array) -> Any:
    n, m = x.shape
    if n < 4:
        return float(m)
    x = x / np.std(x)
    covariances = np.mean([np.correlate(c - c.mean(), c - c.mean(), "full")[n - 1 :] / (n - 1) for c in x.T], axis=0)
    whole = covariances[0] * (n - 1) / n + (np.var([c.mean() for c in x.T], ddof=1) if m > 1 else 0)
    rho = 1 - (covariances[0] - covariances) / whole
    rho[0] = 1
    pairs = rho[0 : n - 1 : 2] + rho[1::2]
    kept = np.minimum.accumulate(pairs) * (np.cumprod(pairs > 0) > 0)
    return min(n * m / (2 * kept.sum() - 1), n * m * np.log10(n * m)) if kept.sum() > 0.5 else n * m * np.log10(n * m)


RIGHT = {
    "effective_sample_size": [by_matrix, by_correlate],
}  # fmt: skip

# --- refebm's own

PACKAGE = {
    "effective_sample_size": own.effective_sample_size,
}
