"""The expected energy, the variational free energy and its gap  (L12, L13, L16)."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

import numpy as np
import scipy

from ...learning import variational as own
from ...numerics.checks import Array
from ..bugs import LENGTH, SHIFT, by_length, lse, naive_kl, weights
from ..digits import exp
from ..domains.tables import EXPECTED, VARIATIONAL
from ..inputs import ONE, TINY, parts, simplex, tables, warm_tables
from ..row import Case, Function, Rngs
from .divergences import S, information_size, kl
from .priors import softmin_prior_2

Q = {"E": "(n, k)", "q": "(n, k)", "beta": "()", "p": "(k,)"}
ZEROS, MORE_ZEROS = "zeros in q", "more zeros in q"


# --- inputs


def distributions(rng: np.random.Generator) -> Iterator[Case]:
    for why, E, beta in tables(rng):
        q, p = simplex(rng.uniform(0.1, 1, E.shape)), simplex(rng.uniform(0.1, 1, E.shape[1]))
        yield why, {"E": E, "q": q, "beta": beta, "p": p}


def expected_cases(rng: np.random.Generator) -> Iterator[Case]:
    for why, case in distributions(rng):
        yield why, {"E": case["E"], "q": case["q"]}


def distribution_regimes(first: int, rngs: Rngs) -> Iterator[Case]:
    for why, E, beta in warm_tables(first, rngs):
        if why != ONE:
            q, p = parts(rngs(why + " q"), *E.shape), parts(rngs(why + " p"), E.shape[1])
            yield why, {"E": E, "q": q, "beta": beta, "p": p}
    yield "a single row", {"E": [[0.5, -1.25]], "q": [[0.25, 0.75]], "beta": 1.5, "p": [0.625, 0.375]}
    one = [[0.5, 0, 0.25, 0.25], [0, 0, 1, 0], [0.125, 0.125, 0, 0.75]]
    yield ZEROS, {"E": rngs(ZEROS).normal(size=(3, 4)), "q": one, "beta": 1.25, "p": parts(rngs(ZEROS + " p"), 4)}
    other = [[0, 0.0625, 0.4375, 0, 0.5], [0.25, 0.75, 0, 0, 0]]
    E = 3 * rngs(MORE_ZEROS).normal(size=(2, 5))
    yield MORE_ZEROS, {"E": E, "q": other, "beta": 0.75, "p": parts(rngs(MORE_ZEROS + " p"), 5)}
    case = {"E": rngs(TINY).normal(size=(3, 5)), "q": parts(rngs(TINY + " q"), 3, 5, tiny=1)}
    yield TINY, {**case, "beta": 2.25, "p": parts(rngs(TINY + " p"), 5, tiny=3)}


def expected_regimes(rngs: Rngs) -> Iterator[Case]:
    for why, case in distribution_regimes(-12, rngs):
        if not why.startswith("beta") and "first" not in why:
            yield why, {"E": case["E"], "q": case["q"]}
    yield ONE, {"E": [[-0.75]], "q": [[1.0]]}


# --- truth, in many digits


def expected_energy(E: Array, q: Array) -> Array:
    return (q * E).sum(axis=1)


def expected_energy_2(E: Array, q: Array) -> Array:
    return np.array([sum(a * b for a, b in zip(*rows, strict=True)) for rows in zip(E, q, strict=True)], object)


def variational_free_energy(E: Array, q: Array, beta: Any, p: Array) -> Array:
    return expected_energy(E, q) + kl(q, np.broadcast_to(p / p.sum(), q.shape)) / beta


def variational_free_energy_2(E: Array, q: Array, beta: Any, p: Array) -> Array:
    """The free energy and the gap."""
    return softmin_prior_2(E, beta, p) * q.sum(axis=1) + jensen_gap(E, q, beta, p)


def jensen_gap(E: Array, q: Array, beta: Any, p: Array) -> Array:
    e = p * exp(-beta * E)
    return kl(q, e / e.sum(axis=1)[:, None]) / beta


def jensen_gap_2(E: Array, q: Array, beta: Any, p: Array) -> Array:
    F = softmin_prior_2(E, beta, p)
    return variational_free_energy(E, q, beta, p) - F * q.sum(axis=1)


# --- what mistakes are made of


def vfe(E: Array, q: Array, b: float, p: Array) -> Array:
    return (q * E).sum(axis=1) + naive_kl(q, p) / b


def gibbs(E: Array, b: float, p: Array) -> Array:
    return weights(E - np.log(p) / b, b)


# --- the rows

ROWS = {
    "expected_energy": Function(
        "L12", "sum_z q E",
        {"E": "(n, k)", "q": "(n, k)"}, "(n,)",
        seed=8, cases=expected_cases, domain=EXPECTED, drawn=(8, 159, 259, 293, 327, 764, 1060), regimes=expected_regimes, truth=(expected_energy, expected_energy_2),
        bugs=[
            ("uniform", "The plain mean.", "Weighted by q (L12).", lambda E, q: E.mean(axis=1)),
            ("mean", "The mean of q E.", "The sum (L12).", lambda E, q: (q * E).mean(axis=1)),
            ("least", "The least energy.", "The mean under q (L12).", lambda E, q: E.min(axis=1)),
            ("likeliest", "The energy of the likeliest state.", "The mean under q (L12).", lambda E, q: E[np.arange(len(E)), q.argmax(axis=1)]),
            ("sign", "The sign is wrong.", "sum q E (L12).", lambda E, q: -(q * E).sum(axis=1)),
            ("wrong-axis", "Summed over the observations.", "Over the states (L12).", lambda E, q: (q * E).sum(axis=0)),
            ("all-pairs", "Every row of q with every row of E.", "Row by row (L12).", lambda E, q: q @ E.T),
        ],
    ),
    "variational_free_energy": Function(
        "L13", "sum_z q E + (1/beta) KL(q, p)",
        Q, "(n,)",
        seed=33, cases=distributions, domain=VARIATIONAL, drawn=(58, 122, 130, 218, 247, 281, 306, 346, 778, 921, 1356, 1381, 1474), regimes=partial(distribution_regimes, -10), truth=(variational_free_energy, variational_free_energy_2),
        adds=lambda a, S: information_size(a["q"], a["p"]) / a["beta"],
        bugs=[
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
            ("zero-times-log-zero", "0 log 0 is not a number.", "A state with q = 0 adds nothing (L11).", lambda E, q, b, p: (q * (E + np.log(q / p) / b)).sum(axis=1)),
            ("axis-by-length", *LENGTH, lambda E, q, b, p: vfe(E, q, b, by_length(p, E))),
        ],
    ),
    "jensen_gap": Function(
        "L16", "(1/beta) KL(q, q*), q* Gibbs with the prior",
        Q, "(n,)",
        seed=13, cases=distributions, domain=VARIATIONAL, drawn=(34, 82, 252, 382, 457, 474, 698, 805, 1023, 1031, 1104, 1168), regimes=partial(distribution_regimes, -10), truth=(jensen_gap, jensen_gap_2),
        adds=lambda a, S: np.abs(a["E"]).max(axis=1) + information_size(a["q"], a["p"]) / a["beta"],
        bugs=[
            ("no-beta", "KL(q, q*) is not divided by beta.", "(1/beta) KL (L16).", lambda E, q, b, p: naive_kl(q, gibbs(E, b, p))),
            ("reversed", "KL(q*, q).", "KL(q, q*) (L16).", lambda E, q, b, p: (lambda t: (t * np.log(np.where(t > 0, t, 1) / q)).sum(axis=1) / b)(gibbs(E, b, p))),
            ("prior-dropped", "q* without the prior.", "q* is p exp(-beta E), normalised (L15).", lambda E, q, b, p: naive_kl(q, weights(E, b)) / b),
            ("from-prior", "KL(q, p).", "KL(q, q*) (L16).", lambda E, q, b, p: naive_kl(q, p) / b),
            ("sign", "The sign is wrong.", "From 0 up (L16).", lambda E, q, b, p: -(vfe(E, q, b, p) + lse(np.log(p) - b * E) / b)),
            ("energy-gap", "The difference of the expected energies.", "Of the free energies (L16).", lambda E, q, b, p: ((q - gibbs(E, b, p)) * E).sum(axis=1)),
            ("underflow", "q* underflows to 0, and the gap is infinite.", "Take log q* = log p - beta E - log sum, not the log of q*.", lambda E, q, b, p: (q * (np.log(q) - np.log(gibbs(E, b, p)))).sum(axis=1) / b),
            ("count", "F with -log N_z on top of the prior.", "p takes the place of 1/N (L15).", lambda E, q, b, p: vfe(E, q, b, p) + (lse(np.log(p) - b * E) - np.log(len(p))) / b),
            ("zero-times-log-zero", "0 log 0 is not a number.", "A state with q = 0 adds nothing (L11).", lambda E, q, b, p: (q * (E + np.log(q / p) / b)).sum(axis=1) + lse(np.log(p) - b * E) / b),
            ("axis-by-length", *LENGTH, lambda E, q, b, p: vfe(E, q, b, by_length(p, E)) + lse(np.log(by_length(p, E)) - b * E) / b),
            ("shift-first", *SHIFT, lambda E, q, b, p: vfe(E, q, b, p) + np.log(np.exp(-b * (E - E[:, :1])) @ p) / b - E[:, 0]),
        ],
    ),
}  # fmt: skip

# --- as it is written

FORMULAS = {
    "expected_energy": "(q * E).sum(axis=1)",
    "variational_free_energy": "(q * E).sum(axis=1) + xlogy(q, q / p).sum(axis=1) / beta",
    "jensen_gap": "(q * E).sum(axis=1) + xlogy(q, q / p).sum(axis=1) / beta + logsumexp(np.log(p) - beta * E, axis=1) / beta",
}  # fmt: skip

# --- right ways

RIGHT = {
    "expected_energy": [lambda E, q: np.einsum("nk,nk->n", E, q), lambda E, q: np.array([a @ b for a, b in zip(E, q, strict=True)])],
    "variational_free_energy": [
        lambda E, q, beta, p: (q * E).sum(axis=1) + scipy.special.rel_entr(q, p).sum(axis=1) / beta,
        lambda E, q, beta, p: (q * (E + np.log(np.where(q > 0, q / p, 1)) / beta)).sum(axis=1),
    ],
    "jensen_gap": [
        lambda E, q, beta, p: (q * (np.log(np.where(q > 0, q / p, 1)) + beta * E + scipy.special.logsumexp(-beta * E, b=p, axis=1)[:, None])).sum(axis=1) / beta,
        lambda E, q, beta, p: (q * E + scipy.special.rel_entr(q, p) / beta).sum(axis=1) + scipy.special.logsumexp(-beta * E, b=p, axis=1) / beta,
    ],
}  # fmt: skip

# --- refebm's own

PACKAGE = {
    "expected_energy": own.expected_energy,
    "variational_free_energy": lambda E, q, beta, p: own.variational_free_energy(E, q, beta, p=p),
    "jensen_gap": lambda E, q, beta, p: own.jensen_gap(E, q, beta, p=p),
}
RESTS_ON = {
    "variational_free_energy": ["kl"],
    "jensen_gap": ["softargmin"],
}
