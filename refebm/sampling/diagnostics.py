"""What correlated draws are worth  (W12)."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from ..numerics import checks
from ..numerics.checks import Array


@np.errstate(under="ignore")
def effective_sample_size(draws: ArrayLike) -> Array:
    """Independent draws that would know the mean as well as these correlated ones do.

    ``m n / (1 + 2 sum_t rho_t)``, the autocorrelations of all chains together, with the chains' disagreement counted in and
    summed over pairs t = 2k, 2k + 1 while these are positive and falling (Geyer, 1992; Gelman et al., BDA 3, 11.5).

    Parameters
    ----------
    draws : array_like, (steps, chains) or (steps, chains, d)

    Returns
    -------
    ess : ndarray, () or (d,)
        For m n draws at most m n log10(m n), which anti-correlated chains reach. One for each chain where there are fewer than
        4 steps, or nothing moves.
    """
    draws = checks.finite(draws, "draws")
    if draws.ndim not in (2, 3):
        raise ValueError(f"draws: expected shape (steps, chains) or (steps, chains, d), got {draws.shape}")
    if draws.ndim == 3:
        return np.array([float(effective_sample_size(draws[..., i])) for i in range(draws.shape[2])])
    n, m = draws.shape
    scaled: Array = draws / (np.abs(draws).max() or 1.0)  # squares of small draws would vanish
    centred = scaled - scaled.mean(axis=0)
    if n < 4 or not centred.any():
        return np.asarray(float(m))
    spectrum = np.fft.rfft(centred, 2 * n, axis=0)
    covariance = np.fft.irfft(np.abs(spectrum) ** 2, axis=0)[:n].mean(axis=1) / n
    within = covariance[0] * n / (n - 1)
    total = covariance[0] + (scaled.mean(axis=0).var(ddof=1) if m > 1 else 0.0)
    rho = 1 - (within - covariance * n / (n - 1)) / total
    rho[0] = 1.0
    pairs = rho[: n // 2 * 2].reshape(-1, 2).sum(axis=1)
    stop = int(np.argmax(pairs <= 0)) if (pairs <= 0).any() else len(pairs)
    tau = max(-1 + 2 * np.minimum.accumulate(pairs[:stop]).sum(), 1 / np.log10(n * m))
    return np.asarray(n * m / tau)
