"""The weights' adjoint, and logarithms: of Gibbs weights, of a sum over states  (C16, C20, L1-L3)."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

import numpy as np
import scipy

from ...numerics import soft as own
from ...numerics import tables as own_tables
from ...numerics.checks import Array
from ..bugs import FLOOR, SHIFT, floored, lse, weights
from ..digits import exp, log
from ..domains.slopes import SEEDED
from ..domains.spaces import LOGS
from ..domains.tables import LINES
from ..inputs import LAST, ONE, SMALL_SQUARE, SQUARE
from ..row import Case, Function, Rngs, Slope, log_size, seeded
from .gibbs import gibbs_density_2, line_regimes, lines, log_partition
from .soft import softmin_cases, softmin_regimes
from .soft_weights import softargmin, softargmin_2

# --- inputs


def slope_regimes(first: int, rngs: Rngs) -> Iterator[Case]:
    for why, case in softmin_regimes(first, rngs):
        yield why, {**case, "q_bar": 2 * rngs(why + " bar").normal(size=np.shape(case["E"]))}


def slope_cases(rng: np.random.Generator) -> Iterator[Case]:
    for why, case in softmin_cases(rng):
        yield why, {**case, "q_bar": 2 * rng.normal(size=np.shape(case["E"]))}


def marginal_regimes(rngs: Rngs) -> Iterator[Case]:
    """Logarithms of densities and volumes of many sizes, the largest in every place."""
    for why, (n, k), low, spread, decades in (
        ("plain", (3, 5), -2, 1, 0.3),
        ("probabilities that underflow", (2, 4), -2000, 3, 0.3),
        ("densities that overflow", (4, 3), 1500, 3, 0.3),
        ("volumes of many sizes", (2, 6), 0, 2, 6),
        ("one observation", (1, 4), -3, 2, 0.3),
        ("a wide range", (5, 7), -300, 900, 0.3),
        ("nearly the same", (2, 3), -1, 1e-3, 0.1),
        (SQUARE, (4, 4), 0, 1, 0.3),
        (SMALL_SQUARE, (2, 2), -1, 1, 0.5),
        (ONE, (1, 1), -1, 1, 0.3),
    ):
        log_p = low + spread * rngs(why).normal(size=(n, k))
        yield why, {"log_p": log_p, "dz": 10 ** (decades * rngs(why + " dz").uniform(-1, 0.5, k))}
    tall = np.array([[900, -1500, 700, 2000], [-4000, 3, -8, -2]])
    yield "the first far below", {"log_p": tall[::-1], "dz": [0.25, 1.5, 0.75, 0.125]}
    yield LAST, {"log_p": tall - 1000, "dz": [2.5, 0.5, 1.25, 3]}


# --- truth, in many digits


def softargmin_slope(E: Array, beta: Any, q_bar: Array) -> Array:
    q = softargmin(E, beta)
    pairs = q[:, :, None] * q[:, None] * (q_bar[:, None] - q_bar[:, :, None])
    return beta * pairs.sum(axis=2)


def softargmin_slope_2(E: Array, beta: Any, q_bar: Array) -> Array:
    """What flows between each two, that one gains and the other loses."""
    r, out = softargmin_2(E, beta), 0 * q_bar
    for i in range(E.shape[1]):
        for j in range(i):
            flow = r[:, i] * (beta * r[:, j] * (q_bar[:, j] - q_bar[:, i]))
            out[:, i], out[:, j] = out[:, i] + flow, out[:, j] - flow
    return out


def log_gibbs(F: Array, beta: Any, dy: Array) -> Array:
    return -beta * F - log_partition(F, beta, dy)


def log_gibbs_2(F: Array, beta: Any, dy: Array) -> Array:
    return log(gibbs_density_2(F, beta, dy))


def log_marginal(log_p: Array, dz: Array) -> Array:
    return log(exp(log_p).dot(dz))


def log_marginal_2(log_p: Array, dz: Array) -> Array:
    """Two states at a time."""
    terms = log_p + log(dz)
    total = terms[:, 0]
    for column in terms.T[1:]:
        total = total + log(1 + exp(column - total))
    return total


# --- what mistakes are made of


def backward(E: Array, b: float, v: Array) -> Array:
    q = weights(E, b)
    return -b * q * (v - (q * v).sum(axis=1, keepdims=True))


def logs(F: Array, b: float, dy: Array) -> Array:
    return -b * F - lse(-b * F + np.log(dy))


SIGN = ("The sign of the energy is wrong.", "exp(-beta F) (L1).")
TEMPERATURE = ("beta is taken for the temperature.", "beta multiplies the energy (C11).")

# --- the rows

ROWS = {
    "softargmin_slope": Function(
        "C16", "adjoint of E given q_bar of its weights q, -beta q (q_bar - <q_bar>_q)",
        {"E": "(n, k)", "beta": "()", "q_bar": "(n, k)"}, "(n, k)",
        cases=slope_cases, domain=SEEDED, drawn=(10, 90, 114, 234, 236, 242, 266, 732, 839, 890, 1090, 1389, 1453), regimes=partial(slope_regimes, -10), truth=(softargmin_slope, softargmin_slope_2),
        adds=lambda a, S: a["beta"] * np.abs(a["q_bar"]).max(),
        keeps="(np.exp(np.log(beta) - x[:, :, None] - x[:, None]) * (q_bar[:, None] - q_bar[:, :, None])).sum(axis=2) / np.exp(-x).sum(axis=1)[:, None] ** 2 with x = beta * (E - E.min(axis=1)[:, None])",
        slope=Slope(("softargmin",), "E", seeded),
        bugs=[
            ("sign", "The sign is wrong: softargmax's.", "Higher energy, less weight: -beta q (q_bar - <q_bar>) (C16).", lambda E, b, v: -backward(E, b, v)),
            ("no-beta", "beta is missing before it.", "dq/dE has a factor beta (C16).", lambda E, b, v: backward(E, b, v) / b),
            ("beta-1", "beta is ignored.", "exp(-beta E), and a factor beta (C16).", lambda E, b, v: backward(E, 1.0, v)),
            ("temperature", *TEMPERATURE, lambda E, b, v: backward(E, 1 / b, v)),
            ("beta-twice", "The factor beta enters twice.", "-beta q (q_bar - <q_bar>) (C16).", lambda E, b, v: b * backward(E, b, v)),
            ("diagonal", "q (1 - q): the Jacobian's diagonal alone.", "All weights move: q_bar - <q_bar> (C16).", lambda E, b, v: -b * weights(E, b) * (1 - weights(E, b)) * v),
            ("no-mean", "<q_bar> is not subtracted.", "Weights sum to 1: q_bar - <q_bar> (C16).", lambda E, b, v: -b * weights(E, b) * v),
            ("plain-mean", "The plain mean of q_bar is subtracted.", "The mean under q (C16).", lambda E, b, v: -b * weights(E, b) * (v - v.mean(axis=1, keepdims=True))),
            ("sum", "The plain sum of q_bar is subtracted.", "The mean under q (C16).", lambda E, b, v: -b * weights(E, b) * (v - v.sum(axis=1, keepdims=True))),
            ("no-weight", "The factor q is missing.", "-beta q (q_bar - <q_bar>) (C16).", lambda E, b, v: -b * (v - (weights(E, b) * v).sum(axis=1, keepdims=True))),
            ("weights", "The weights times q_bar summed: the adjoint of a sum.", "-beta q (q_bar - <q_bar>) (C16).", lambda E, b, v: weights(E, b) * v.sum(axis=1, keepdims=True)),
            ("batch-mean", "One mean for the whole batch.", "Each row's own (C16).", lambda E, b, v: -b * weights(E, b) * (v - (weights(E, b) * v).sum())),
            ("other-softmax", "The weights of the highest energies.", "exp(-beta E) (C16).", lambda E, b, v: backward(-E, b, v)),
            ("log-softmax", "The adjoint of their logarithms.", "Of the weights themselves (C16).", lambda E, b, v: -b * (v - weights(E, b) * v.sum(axis=1, keepdims=True))),
            ("unshifted", "exp of the energies as they are: 0/0 and inf/inf.", "Subtract the minimum before exp.", lambda E, b, v: -b * np.exp(-b * E) / np.exp(-b * E).sum(axis=1, keepdims=True) * (v - (np.exp(-b * E) / np.exp(-b * E).sum(axis=1, keepdims=True) * v).sum(axis=1, keepdims=True))),
        ],
    ),
    "log_gibbs": Function(
        "L1", "-beta F - log sum_y exp(-beta F) dy",
        {"F": "(m,)", "beta": "()", "dy": "(m,)"}, "(m,)", rows="m",
        cases=lines, domain=LINES, drawn=(5, 14, 26, 69, 86, 180, 224, 392, 743, 949, 1188, 1289), regimes=partial(line_regimes, -11), truth=(log_gibbs, log_gibbs_2),
        adds=lambda a, S: S.max() + 1 + log_size(a["dy"]).max(),
        keeps="-x - np.log((dy * np.exp(-x)).sum()) with x = beta * (F - F.min())",
        bugs=[
            ("density", "The density, no logarithm of it.", "log P (L1).", lambda F, b, dy: np.exp(logs(F, b, dy))),
            ("of-density", "The logarithm of a density that has underflowed.", "-beta F - log Z, never exp first (L1).", lambda F, b, dy: np.log(np.exp(logs(F, b, dy)))),
            ("epsilon", "1e-12 is added inside the logarithm.", "-beta F - log Z, never exp first (L1).", lambda F, b, dy: np.log(np.exp(logs(F, b, dy)) + 1e-12)),
            ("clipped", "Cut at -100.", "-beta F - log Z (L1).", lambda F, b, dy: np.maximum(logs(F, b, dy), -100)),
            ("sign", *SIGN, lambda F, b, dy: logs(-F, b, dy)),
            ("minus", "Minus the logarithm.", "log P (L1).", lambda F, b, dy: -logs(F, b, dy)),
            ("no-beta", "beta is ignored.", "exp(-beta F) (L1).", lambda F, b, dy: logs(F, 1.0, dy)),
            ("temperature", *TEMPERATURE, lambda F, b, dy: logs(F, 1 / b, dy)),
            ("free-energy", "Divided by beta.", "log P itself (L1).", lambda F, b, dy: logs(F, b, dy) / b),
            ("no-measure", "The volumes are missing.", "Normalise by sum exp(-beta F) dy (L1).", lambda F, b, dy: logs(F, b, np.ones(len(F)))),
            ("probability", "Of probabilities, not of a density: the volume is in it.", "Divide by dy (L1).", lambda F, b, dy: logs(F, b, dy) + np.log(dy)),
            ("unnormalised", "Not normalised.", "- log Z (L1).", lambda F, b, dy: -b * F),
            ("mean", "Normalised to a mean of 1, not to an integral.", "log Z is of the integral (L1).", lambda F, b, dy: logs(F, b, dy) + np.log(dy.sum())),
            ("base-2", "The logarithm has base 2.", "Natural logarithm.", lambda F, b, dy: logs(F, b, dy) / np.log(2)),
            ("unshifted", "exp of the energies as they are.", "Subtract the minimum before exp.", lambda F, b, dy: -b * F - np.log((dy * np.exp(-b * F)).sum())),
            ("shift-first", *SHIFT, lambda F, b, dy: -b * (F - F[0]) - np.log((dy * np.exp(-b * (F - F[0]))).sum())),
        ],
    ),
    "log_marginal": Function(
        "L2", "log sum_z exp(log_p) dz of each row",
        {"log_p": "(n, k)", "dz": "(k,)"}, "(n,)",
        domain=LOGS, drawn=(4, 9, 41, 974, 1445), regimes=marginal_regimes, truth=(log_marginal, log_marginal_2),
        adds=lambda a, S: 1 + log_size(a["dz"]).max(),
        bugs=[
            ("unshifted", "exp as it is: over- and underflow.", "Subtract the largest before exp.", lambda a, dz: np.log(np.exp(a) @ dz)),
            ("shift-first", "Shifted by the first: exp overflows where that lies far below the largest.", "Shift by the largest.", lambda a, dz: np.log(np.exp(a - a[:, :1]) @ dz) + a[:, 0]),
            ("batch-shift", "One shift for the whole batch: other rows underflow.", "Shift each row by its own largest.", lambda a, dz: np.log(np.exp(a - a.max()) @ dz) + a.max()),
            ("shift-lost", "The shift is not added back.", "Add the row's largest after the logarithm.", lambda a, dz: np.log(np.exp(a - a.max(axis=1, keepdims=True)) @ dz)),
            ("no-measure", "The volumes are missing.", "Each state counts by its volume (L2).", lambda a, dz: lse(a)),
            ("mean", "The mean over the states, not the integral.", "Times the whole volume (L2).", lambda a, dz: lse(a + np.log(dz)) - np.log(dz.sum())),
            ("log-measure-added", "The volumes multiply the logarithms.", "They multiply the densities (L2).", lambda a, dz: lse(a * dz)),
            ("divided", "Divided by the volumes.", "Times the volumes (L2).", lambda a, dz: lse(a - np.log(dz))),
            ("sum-of-logs", "The mean of the logarithms.", "The logarithm of the sum (L2).", lambda a, dz: a @ dz / dz.sum()),
            ("largest", "The largest term alone.", "The sum over all states (L2).", lambda a, dz: (a + np.log(dz)).max(axis=1)),
            ("density", "The density, no logarithm of it.", "log P (L2).", lambda a, dz: np.exp(lse(a + np.log(dz)))),
            ("minus", "Minus the logarithm.", "log P (L2).", lambda a, dz: -lse(a + np.log(dz))),
            ("base-2", "The logarithm has base 2.", "Natural logarithm.", lambda a, dz: lse(a + np.log(dz)) / np.log(2)),
            ("epsilon", "1e-12 is added inside the logarithm.", "Subtract the largest before exp.", lambda a, dz: np.log(np.exp(np.minimum(a, 700)) @ dz + 1e-12)),
            ("floor", *FLOOR, lambda a, dz: np.log(floored(a) @ dz) + a.max(axis=1)),
            ("last-dropped", "The last state is left out.", "The sum over all states (L2).", lambda a, dz: lse((a + np.log(dz))[:, :-1])),
        ],
    ),
}  # fmt: skip

# --- as it is written

FORMULAS = {
    "softargmin_slope": "q = softmax(-beta * E, axis=1); -beta * q * (q_bar - (q * q_bar).sum(axis=1)[:, None])",
    "log_gibbs": "-beta * F - logsumexp(np.log(dy) - beta * F, axis=0)",
    "log_marginal": "logsumexp(log_p + np.log(dz), axis=1)",
}  # fmt: skip

# --- right ways


def by_jacobian(E: Array, beta: Any, q_bar: Array) -> Any:
    q = scipy.special.softmax(-beta * E, axis=1)
    J = q[:, :, None] * q[:, None] - q[:, :, None] * np.eye(E.shape[1], dtype=E.dtype)
    return beta * (J @ q_bar[..., None])[..., 0]


def by_rows(E: Array, beta: Any, q_bar: Array) -> Any:
    q = scipy.special.softmax(-beta * E, axis=1)
    return np.array([beta * p * (p @ v - v) for p, v in zip(q, q_bar, strict=True)])


RIGHT = {
    "softargmin_slope": [by_jacobian, by_rows],
    "log_gibbs": [
        lambda F, beta, dy: -beta * F - scipy.special.logsumexp(-beta * F, b=dy),
        lambda F, beta, dy: -beta * (F - F.min()) - np.log((dy * np.exp(-beta * (F - F.min()))).sum()),
    ],
    "log_marginal": [
        lambda a, dz: scipy.special.logsumexp(a, axis=1, b=dz),
        lambda a, dz: np.logaddexp.reduce(a + np.log(dz), axis=1),
    ],
}  # fmt: skip

# --- refebm's own

PACKAGE = {
    "softargmin_slope": own.softargmin_adjoint,
    "log_gibbs": own_tables.log_gibbs,
    "log_marginal": own_tables.log_marginal,
}
RESTS_ON = {"softargmin_slope": ["softargmin_adjoint", "softargmin"]}
