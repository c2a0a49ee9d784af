"""The catalogue, third part: Gibbs, likelihood, information, variational free energies, the auto-encoder, Langevin  (L1-L19, W12)."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..numerics.checks import Array
from .bugs import Bug, lse, naive_kl, weights
from .bugs_models import Rows

_LOG_Z: Rows = [
    ("no-measure", "The volumes are missing.", "Each state counts by its volume (L1).", lambda F, b, dy: lse(-b * F)),
    ("mean", "The mean over the states, not the integral.", "Times the whole volume (L1).", lambda F, b, dy: lse(-b * F + np.log(dy)) - np.log(dy.sum())),
    ("sign", "The sign of the energy is wrong.", "exp(-beta F) (L1).", lambda F, b, dy: lse(b * F + np.log(dy))),
    ("free-energy", "Minus log Z over beta.", "log Z itself (L1).", lambda F, b, dy: -lse(-b * F + np.log(dy)) / b),
    ("minus", "Minus log Z.", "log Z (L1).", lambda F, b, dy: -lse(-b * F + np.log(dy))),
    ("no-beta", "beta is ignored.", "exp(-beta F) (L1).", lambda F, b, dy: lse(-F + np.log(dy))),
    ("temperature", "beta is taken for the temperature.", "beta multiplies the energy (C11).", lambda F, b, dy: lse(-F / b + np.log(dy))),
    ("unshifted", "exp of the energies as they are.", "Subtract the minimum before exp.", lambda F, b, dy: np.log((dy * np.exp(-b * F)).sum())),
    ("base-2", "The logarithm has base 2.", "Natural logarithm.", lambda F, b, dy: lse(-b * F + np.log(dy)) / np.log(2)),
    ("uniform-measure", "The mean volume for each.", "Each state its own volume (L1).", lambda F, b, dy: lse(-b * F) + np.log(dy.mean())),
    ("least", "Minus beta times the least energy.", "Only for beta to infinity (C15).", lambda F, b, dy: -b * F.min()),
]  # fmt: skip
_DENSITY: Rows = [
    ("probability", "Probabilities, not a density: the volume is in it.", "Divide by dy (L1).", lambda F, b, dy: weights((F - np.log(dy) / b)[None], b)[0]),
    ("no-measure", "The volumes are missing.", "Normalise by sum exp(-beta F) dy (L1).", lambda F, b, dy: weights(F[None], b)[0]),
    ("sign", "The sign of the energy is wrong.", "exp(-beta F) (L1).", lambda F, b, dy: np.exp(b * F - lse(b * F + np.log(dy)))),
    ("no-beta", "beta is ignored.", "exp(-beta F) (L1).", lambda F, b, dy: np.exp(-F - lse(-F + np.log(dy)))),
    ("temperature", "beta is taken for the temperature.", "beta multiplies the energy (C11).", lambda F, b, dy: np.exp(-F / b - lse(-F / b + np.log(dy)))),
    ("unnormalised", "Not normalised.", "Divide by Z (L1).", lambda F, b, dy: np.exp(-b * (F - F.min()))),
    ("unshifted", "exp of the energies as they are: 0/0 and inf/inf.", "Subtract the minimum before exp.", lambda F, b, dy: np.exp(-b * F) / (dy * np.exp(-b * F)).sum()),
    ("divided-twice", "The volume is divided out twice.", "exp(-beta F)/Z is the density already (L1).", lambda F, b, dy: np.exp(-b * F - lse(-b * F + np.log(dy))) / dy),
    ("logarithm", "The logarithm of the density.", "Exponentiate.", lambda F, b, dy: -b * F - lse(-b * F + np.log(dy))),
]  # fmt: skip


def log_z(F: Array, b: float, dy: Array) -> Any:
    return lse(-b * F + np.log(dy))


def P(F: Array, b: float, dy: Array) -> Array:
    return weights((F - np.log(dy) / b)[None], b)[0]


_NLL: Rows = [
    ("minus-log-z", "The log partition function is subtracted.", "F + (1/beta) log Z (L4).", lambda D, F, b, dy: D.mean() - log_z(F, b, dy) / b),
    ("no-log-z", "The energy alone: nothing pushes up.", "Add (1/beta) log Z (L4).", lambda D, F, b, dy: D.mean()),
    ("no-beta-outside", "log Z is not divided by beta.", "(1/beta) log Z (L4).", lambda D, F, b, dy: D.mean() + log_z(F, b, dy)),
    ("likelihood", "The log-likelihood, not its negative.", "The loss is minus the mean of log P (L4).", lambda D, F, b, dy: -(D.mean() + log_z(F, b, dy) / b)),
    ("no-measure", "The volumes are missing.", "sum exp(-beta F) dy (L4).", lambda D, F, b, dy: D.mean() + lse(-b * F) / b),
    ("normalised-measure", "The integral is divided by the volume, as in C10.", "L4 has the integral itself.", lambda D, F, b, dy: D.mean() + (log_z(F, b, dy) - np.log(dy.sum())) / b),
    ("sum", "The sum over the data, with log Z once.", "The mean over the data (L4).", lambda D, F, b, dy: D.sum() + log_z(F, b, dy) / b),
    ("sign-in-z", "The energies in Z have the wrong sign.", "exp(-beta F) (L4).", lambda D, F, b, dy: D.mean() + lse(b * F + np.log(dy)) / b),
    ("perceptron", "The least energy in place of -(1/beta) log Z.", "Only for beta to infinity (L4).", lambda D, F, b, dy: D.mean() - F.min()),
    ("first-datum", "Only the first datum counts.", "The mean over the data (L4).", lambda D, F, b, dy: D[0] + log_z(F, b, dy) / b),
]  # fmt: skip
_NLL_SLOPE: Rows = [
    ("sign", "Pushes up the data and down the rest.", "data minus model (L6).", lambda D, d, F, b, dy: P(F, b, dy) @ d - D.mean(axis=0)),
    ("plus", "The model's term is added.", "data minus model (L6).", lambda D, d, F, b, dy: D.mean(axis=0) + P(F, b, dy) @ d),
    ("data-only", "The model's term is missing.", "data minus model (L6).", lambda D, d, F, b, dy: D.mean(axis=0)),
    ("uniform", "The model's term has equal weights.", "Weights P dy (L5).", lambda D, d, F, b, dy: D.mean(axis=0) - d.mean(axis=0)),
    ("no-measure", "The volumes are missing.", "P dy (L5).", lambda D, d, F, b, dy: D.mean(axis=0) - weights(F[None], b)[0] @ d),
    ("density-summed", "Densities are summed without their volumes.", "P dy (L5).", lambda D, d, F, b, dy: D.mean(axis=0) - (P(F, b, dy) / dy) @ d),
    ("times-beta", "Multiplied by beta: the slope of -log P, not over beta.", "L4 is divided by beta.", lambda D, d, F, b, dy: b * (D.mean(axis=0) - P(F, b, dy) @ d)),
    ("model-over-beta", "The model's term is divided by beta.", "beta cancels (L5, N13).", lambda D, d, F, b, dy: D.mean(axis=0) - P(F, b, dy) @ d / b),
    ("sum", "The sum over the data.", "The mean over the data (L6).", lambda D, d, F, b, dy: D.sum(axis=0) - P(F, b, dy) @ d),
    ("hard", "The slope at the least energy.", "Only for beta to infinity.", lambda D, d, F, b, dy: D.mean(axis=0) - d[F.argmin()]),
    ("high-energy", "The weights have the sign of the energy wrong.", "exp(-beta F) (L5).", lambda D, d, F, b, dy: D.mean(axis=0) - weights((-F - np.log(dy) / b)[None], b)[0] @ d),
]  # fmt: skip
_KL: Rows = [
    ("reversed", "KL(p, q).", "The mean under q of log(q/p) (L11).", lambda q, p: (p * np.log(p / q)).sum(axis=1)),
    ("sign", "The sign is wrong.", "log(q/p), not log(p/q) (L11).", lambda q, p: -naive_kl(q, p)),
    ("cross-entropy", "The entropy of q is missing.", "q log q - q log p (L11).", lambda q, p: -(q * np.log(p)).sum(axis=1)),
    ("symmetric", "The mean of both directions.", "Only KL(q, p) (L11).", lambda q, p: (naive_kl(q, p) + (p * np.log(p / q)).sum(axis=1)) / 2),
    ("no-weight", "The sum of log ratios.", "Weighted by q (L11).", lambda q, p: np.log(np.where(q > 0, q, 1) / p).sum(axis=1)),
    ("mean", "The mean over the states.", "The sum (L11).", lambda q, p: naive_kl(q, p) / q.shape[1]),
    ("zero-times-log-zero", "0 log 0 is not a number.", "A state with q = 0 adds nothing (L11).", lambda q, p: (q * np.log(q / p)).sum(axis=1)),
    ("epsilon", "A small number is added to both before dividing.", "Leave states with q = 0 out (L11).", lambda q, p: (q * np.log((q + 1e-4) / (p + 1e-4))).sum(axis=1)),
    ("squares", "Half the chi-squared distance.", "Right only near q = p (L11).", lambda q, p: (np.square(q - p) / np.where(q > 0, q, 1)).sum(axis=1) / 2),
    ("total-variation", "Half the sum of absolute differences.", "sum q log(q/p) (L11).", lambda q, p: np.abs(q - p).sum(axis=1) / 2),
    ("whole-batch", "Summed over all rows.", "One number a row.", lambda q, p: naive_kl(q, p).sum()),
]  # fmt: skip


def S(q: Array) -> Array:
    return -(q * np.log(np.where(q > 0, q, 1))).sum(axis=1)


_ENTROPY: Rows = [
    ("sign", "The sign is wrong.", "-sum q log q (L17).", lambda q: -S(q)),
    ("zero-times-log-zero", "0 log 0 is not a number.", "A state with q = 0 adds nothing.", lambda q: -(q * np.log(q)).sum(axis=1)),
    ("normalised", "Divided by log k.", "-sum q log q (L17).", lambda q: S(q) / np.log(q.shape[1])),
    ("information", "log k - S, the divergence from equal weights.", "-sum q log q (L17).", lambda q: np.log(q.shape[1]) - S(q)),
    ("mean", "The mean over the states.", "The sum (L17).", lambda q: S(q) / q.shape[1]),
    ("no-weight", "Minus the sum of logarithms.", "Weighted by q (L17).", lambda q: -np.log(np.where(q > 0, q, 1)).sum(axis=1)),
    ("perplexity", "exp S.", "S itself.", lambda q: np.exp(S(q))),
    ("collision", "Minus log sum q^2.", "-sum q log q (L17).", lambda q: -np.log(np.square(q).sum(axis=1))),
]  # fmt: skip


def gk(m: Array, s: Array, r: Any) -> Array:
    return np.log(r / s) + (m * m + s * s) / (2 * r * r) - 0.5


_GAUSSIAN: Rows = [
    ("no-half", "The -1/2 is missing.", "log(r/s) + (m^2 + s^2)/(2 r^2) - 1/2 (L14).", lambda m, s, r: gk(m, s, r) + 0.5),
    ("half-missing", "Twice the value: the outer 1/2 is missing.", "Half the bracket (L14).", lambda m, s, r: 2 * gk(m, s, r)),
    ("log-sign", "log(s/r) in place of log(r/s).", "log(r/s) (L14).", lambda m, s, r: gk(m, s, r) - 2 * np.log(r / s)),
    ("no-log", "The logarithm is missing.", "log(r/s) (L14).", lambda m, s, r: gk(m, s, r) - np.log(r / s)),
    ("variance", "s and r are taken for variances.", "They are standard deviations (L14).", lambda m, s, r: gk(m, np.sqrt(s), np.sqrt(r))),
    ("log-variance", "s is taken for a log-variance.", "It is a standard deviation (L14).", lambda m, s, r: gk(m, np.exp(s / 2), r)),
    ("log-std", "s is taken for a logarithm of a standard deviation.", "It is a standard deviation (L14).", lambda m, s, r: gk(m, np.exp(s), r)),
    ("reversed", "KL(p, q).", "q first (L14).", lambda m, s, r: np.log(s / r) + (m * m + r * r) / (2 * s * s) - 0.5),
    ("sign", "The sign is wrong.", "From 0 up (L14).", lambda m, s, r: -gk(m, s, r)),
    ("unit-prior", "r is taken for 1.", "Use the argument (L14).", lambda m, s, r: gk(m, s, 1.0)),
    ("mean-unscaled", "m^2/2, not divided by r^2.", "(m^2 + s^2)/(2 r^2) (L14).", lambda m, s, r: gk(0 * m, s, r) + m * m / 2),
    ("log2-inside", "log2 in the bracket, the rest in nats.", "One unit throughout; natural logarithm (L14, erratum).", lambda m, s, r: (m * m / r**2 + s * s / r**2 - np.log2(s * s / r**2) - 1) / 2),
    ("no-mean", "The mean's part is missing.", "(m^2 + s^2)/(2 r^2) (L14).", lambda m, s, r: gk(0 * m, s, r)),
    ("mean-not-squared", "|m| for m^2.", "m^2 (L14).", lambda m, s, r: gk(np.sqrt(np.abs(m)), s, r)),
    ("no-two", "(m^2 + s^2)/r^2, without the 2.", "(m^2 + s^2)/(2 r^2) (L14).", lambda m, s, r: gk(m, s, r) + (m * m + s * s) / (2 * r * r)),
]  # fmt: skip
_BOX: Rows = [
    ("reversed", "log(s/r).", "d log(r/s) (L10).", lambda s, r, d: d * np.log(s / r)),
    ("no-dimension", "d is ignored.", "d log(r/s) (L10).", lambda s, r, d: np.log(r / s)),
    ("entropy", "d log s, the entropy.", "d log(r/s), relative to the large box (L10, erratum).", lambda s, r, d: d * np.log(s)),
    ("count", "(r/s)^d, not its logarithm.", "d log(r/s) (L10).", lambda s, r, d: np.power(r / s, d)),
    ("power", "log(r/s)^d, the power outside.", "d log(r/s) (L10).", lambda s, r, d: np.log(r / s) ** d),
    ("difference", "d log(1 + r - s).", "d log(r/s) (L10).", lambda s, r, d: d * np.log(1 + r - s)),
]  # fmt: skip
_EXPECTED: Rows = [
    ("uniform", "The plain mean.", "Weighted by q (L12).", lambda E, q: E.mean(axis=1)),
    ("mean", "The mean of q E.", "The sum (L12).", lambda E, q: (q * E).mean(axis=1)),
    ("least", "The least energy.", "The mean under q (L12).", lambda E, q: E.min(axis=1)),
    ("likeliest", "The energy of the likeliest state.", "The mean under q (L12).", lambda E, q: E[np.arange(len(E)), q.argmax(axis=1)]),
    ("sign", "The sign is wrong.", "sum q E (L12).", lambda E, q: -(q * E).sum(axis=1)),
    ("wrong-axis", "Summed over the observations.", "Over the states (L12).", lambda E, q: (q * E).sum(axis=0)),
    ("all-pairs", "Every row of q with every row of E.", "Row by row (L12).", lambda E, q: q @ E.T),
]  # fmt: skip


def vfe(E: Array, q: Array, b: float, p: Array) -> Array:
    return (q * E).sum(axis=1) + naive_kl(q, p) / b


def gibbs(E: Array, b: float, p: Array) -> Array:
    return weights(E - np.log(p) / b, b)


_VFE: Rows = [
    ("beta-on-energy", "beta multiplies the energy, KL is undivided.", "<E> + KL/beta: divide it all by beta (L13).", lambda E, q, b, p: b * (q * E).sum(axis=1) + naive_kl(q, p)),
    ("beta-on-kl", "beta multiplies KL.", "KL/beta (L13).", lambda E, q, b, p: (q * E).sum(axis=1) + b * naive_kl(q, p)),
    ("no-beta", "KL is not divided by beta.", "KL/beta (L13).", lambda E, q, b, p: (q * E).sum(axis=1) + naive_kl(q, p)),
    ("minus-kl", "KL is subtracted.", "<E> + KL/beta (L13).", lambda E, q, b, p: (q * E).sum(axis=1) - naive_kl(q, p) / b),
    ("no-kl", "The expected energy alone.", "<E> + KL/beta (L13).", lambda E, q, b, p: (q * E).sum(axis=1)),
    ("log2", "KL in bits beside the energy.", "Natural logarithm (L13, erratum).", lambda E, q, b, p: (q * E).sum(axis=1) + naive_kl(q, p, 2) / b),
    ("prior-dropped", "The entropy of q in place of KL: the prior is dropped.", "q log(q/p) (L13).", lambda E, q, b, p: (q * E).sum(axis=1) - S(q) / b),
    ("uniform-prior", "A uniform prior, whatever is given.", "Use p (L13).", lambda E, q, b, p: vfe(E, q, b, np.full(len(p), 1 / len(p)))),
    ("kl-reversed", "KL(p, q).", "KL(q, p) (L13).", lambda E, q, b, p: (q * E).sum(axis=1) + (p * np.log(p / q)).sum(axis=1) / b),
    ("free-energy", "The free energy, whatever q is.", "q is given (L13, L15).", lambda E, q, b, p: -lse(np.log(p) - b * E) / b),
    ("prior-energy", "The mean energy under the prior.", "Under q (L12).", lambda E, q, b, p: E @ p + naive_kl(q, p) / b),
]  # fmt: skip
_GAP: Rows = [
    ("no-beta", "KL(q, q*) is not divided by beta.", "(1/beta) KL (L16).", lambda E, q, b, p: naive_kl(q, gibbs(E, b, p))),
    ("reversed", "KL(q*, q).", "KL(q, q*) (L16).", lambda E, q, b, p: (lambda t: (t * np.log(np.where(t > 0, t, 1) / q)).sum(axis=1) / b)(gibbs(E, b, p))),
    ("prior-dropped", "q* without the prior.", "q* is p exp(-beta E), normalised (L15).", lambda E, q, b, p: naive_kl(q, weights(E, b)) / b),
    ("from-prior", "KL(q, p).", "KL(q, q*) (L16).", lambda E, q, b, p: naive_kl(q, p) / b),
    ("sign", "The sign is wrong.", "From 0 up (L16).", lambda E, q, b, p: -(vfe(E, q, b, p) + lse(np.log(p) - b * E) / b)),
    ("energy-gap", "The difference of the expected energies.", "Of the free energies (L16).", lambda E, q, b, p: ((q - gibbs(E, b, p)) * E).sum(axis=1)),
    ("underflow", "q* underflows to 0, and the gap is infinite.", "Take log q* = log p - beta E - log sum, not the log of q*.", lambda E, q, b, p: (q * (np.log(q) - np.log(gibbs(E, b, p)))).sum(axis=1) / b),
    ("count", "F with -log N_z on top of the prior.", "p takes the place of 1/N (L15).", lambda E, q, b, p: vfe(E, q, b, p) + (lse(np.log(p) - b * E) - np.log(len(p))) / b),
]  # fmt: skip


def vae(*a: Any, kl: Any = gk) -> Any:
    y, m, s, e, W, b, beta, r = a
    return (np.square(y - (m + s * e) @ W.T - b).sum() + kl(m, s, r).sum() / beta) / len(y)


def slope(*a: Any) -> tuple[Array, Array]:
    """The reconstruction's and the information's part of the derivative in s."""
    y, m, s, e, W, b, beta, r = a
    return -2 * (y - (m + s * e) @ W.T - b) @ W * e / len(y), (s / r**2 - 1 / s) / beta / len(y)


_VAE: Rows = [
    ("no-kl", "The information is missing.", "<E> + KL/beta (L19).", lambda *a: vae(*a, kl=lambda m, s, r: 0 * m)),
    ("beta-on-kl", "beta multiplies KL.", "KL/beta (L19).", lambda *a: vae(*a, kl=lambda m, s, r: a[6] ** 2 * gk(m, s, r))),
    ("no-beta", "KL is not divided by beta.", "KL/beta (L19).", lambda *a: vae(*a, kl=lambda m, s, r: a[6] * gk(m, s, r))),
    ("unit-prior", "The prior has deviation 1.", "Use r (L18).", lambda *a: vae(*a, kl=lambda m, s, r: gk(m, s, 1.0))),
    ("variance-noise", "The noise is scaled by s^2.", "z = m + s eps (L19).", lambda y, m, s, e, *a: vae(y, m, s, s * e, *a)),
    ("no-noise", "The mean code alone.", "z = m + s eps (L19).", lambda y, m, s, e, *a: vae(y, m, s, 0 * e, *a)),
    ("unscaled-noise", "The noise is not scaled.", "z = m + s eps (L19).", lambda y, m, s, e, *a: vae(y, m, s, e / s, *a)),
    ("noise-subtracted", "The noise is subtracted.", "z = m + s eps: the same law, another number (L19).", lambda y, m, s, e, *a: vae(y, m, s, -e, *a)),
    ("mean-over-coordinates", "The mean over the coordinates.", "The sum (C5).", lambda y, m, s, e, W, b, beta, r: np.square(y - (m + s * e) @ W.T - b).mean() + gk(m, s, r).sum() / beta / len(y)),
    ("half-reconstruction", "Half the squared error.", "No factor 1/2 (C5).", lambda y, m, s, e, W, b, beta, r: (np.square(y - (m + s * e) @ W.T - b).sum() / 2 + gk(m, s, r).sum() / beta) / len(y)),
    ("no-bias", "The decoder's bias is missing.", "W z + b.", lambda y, m, s, e, W, b, *a: vae(y, m, s, e, W, 0 * b, *a)),
    ("kl-sign", "KL is subtracted.", "<E> + KL/beta (L19).", lambda *a: vae(*a, kl=lambda m, s, r: -gk(m, s, r))),
    ("log-sign", "The logarithm in KL has the wrong sign.", "log(r/s) (L14).", lambda *a: vae(*a, kl=lambda m, s, r: gk(m, s, r) - 2 * np.log(r / s))),
    ("no-minus-one", "The -1/2 in KL is missing.", "-1/2 for each entry (L14).", lambda *a: vae(*a, kl=lambda m, s, r: gk(m, s, r) + 0.5)),
    ("kl-mean", "KL is averaged over the latents.", "Summed (L18).", lambda *a: vae(*a, kl=lambda m, s, r: gk(m, s, r) / m.shape[1])),
]  # fmt: skip
_VAE_SLOPE: Rows = [
    ("no-noise", "The noise is missing.", "dz/ds = eps (L19).", lambda y, m, s, e, *a: slope(y, m, s, e, *a)[0] / e + slope(y, m, s, e, *a)[1]),
    ("no-kl", "The information's part is missing.", "+ (s/r^2 - 1/s)/beta (L14).", lambda *a: slope(*a)[0]),
    ("no-reconstruction", "The reconstruction's part is missing.", "eps times dE/dz (L19).", lambda *a: slope(*a)[1]),
    ("sign", "The reconstruction's sign is wrong.", "d|y - g|^2/dg = 2 (g - y) (C9).", lambda *a: slope(*a)[1] - slope(*a)[0]),
    ("kl-sign", "The information's sign is wrong.", "s/r^2 - 1/s (L14).", lambda *a: slope(*a)[0] - slope(*a)[1]),
    ("no-two", "The factor 2 is missing.", "d|y - g|^2/dg = 2 (g - y) (C9).", lambda *a: slope(*a)[0] / 2 + slope(*a)[1]),
    ("no-inverse", "The -1/s is missing.", "s/r^2 - 1/s (L14).", lambda *a: slope(*a)[0] + a[2] / a[7] ** 2 / a[6] / len(a[0])),
    ("log-slope", "The derivative in log s.", "In s: no factor s (L19).", lambda *a: a[2] * sum(slope(*a))),
    ("no-beta", "The information is not divided by beta.", "KL/beta (L19).", lambda *a: slope(*a)[0] + a[6] * slope(*a)[1]),
    ("unit-prior", "The prior has deviation 1.", "Use r (L18).", lambda *a: slope(*a)[0] + (a[2] - 1 / a[2]) / a[6] / len(a[0])),
    ("slope-in-m", "The derivative in m.", "In s: times eps (L19).", lambda *a: slope(*a)[0] / a[3] + a[1] / a[7] ** 2 / a[6] / len(a[0])),
]  # fmt: skip
_LANGEVIN: Rows = [
    ("no-root-two", "sqrt(alpha) for sqrt(2 alpha).", "sqrt(2 alpha) (W12).", lambda y, s, a, x: y + a * s + np.sqrt(a) * x),
    ("no-root", "alpha for sqrt(2 alpha).", "sqrt(2 alpha) (W12).", lambda y, s, a, x: y + a * s + a * x),
    ("two-alpha", "2 alpha for sqrt(2 alpha).", "sqrt(2 alpha) (W12).", lambda y, s, a, x: y + a * s + 2 * a * x),
    ("sign", "Down the score: away from the modes.", "+ alpha s (W12).", lambda y, s, a, x: y - a * s + np.sqrt(2 * a) * x),
    ("no-score", "The score is missing: a random walk.", "+ alpha s (W12).", lambda y, s, a, x: y + np.sqrt(2 * a) * x),
    ("no-noise", "The noise is missing: gradient ascent.", "+ sqrt(2 alpha) xi (W12).", lambda y, s, a, x: y + a * s),
    ("half-step", "alpha/2 on the score, sqrt(2 alpha) on the noise: another temperature.", "alpha and sqrt(2 alpha), or alpha/2 and sqrt(alpha) (W12).", lambda y, s, a, x: y + a / 2 * s + np.sqrt(2 * a) * x),
    ("other-scaling", "alpha/2 and sqrt(alpha): a step of half the size.", "alpha and sqrt(2 alpha) (W12).", lambda y, s, a, x: y + a / 2 * s + np.sqrt(a) * x),
    ("no-start", "The present point is missing.", "y + ... (W12).", lambda y, s, a, x: a * s + np.sqrt(2 * a) * x),
    ("noise-subtracted", "The noise is subtracted.", "The same law, another number (W12).", lambda y, s, a, x: y + a * s - np.sqrt(2 * a) * x),
    ("unit-step", "The score is not scaled by alpha.", "alpha s (W12).", lambda y, s, a, x: y + s + np.sqrt(2 * a) * x),
]  # fmt: skip

TABLES = {
    "log_partition": _LOG_Z,
    "gibbs_density": _DENSITY,
    "nll": _NLL,
    "nll_slope": _NLL_SLOPE,
    "kl": _KL,
    "entropy": _ENTROPY,
    "gaussian_kl": _GAUSSIAN,
    "box_information": _BOX,
    "expected_energy": _EXPECTED,
    "variational_free_energy": _VFE,
    "jensen_gap": _GAP,
    "vae_loss": _VAE,
    "vae_slope_s": _VAE_SLOPE,
    "langevin_step": _LANGEVIN,
}
BUGS = [Bug(function, *row) for function, rows in TABLES.items() for row in rows]
