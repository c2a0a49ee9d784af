"""The relative entropy where p has zeros  (L11)."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import scipy

from ...numerics import information as own
from ...numerics.checks import Array
from ..bugs import naive_kl
from ..digits import far, log, tends
from ..domains import limits as at_limits
from ..inputs import ONE, SQUARE, TINY, parts, simplex
from ..row import BITS, Case, Function, Rngs

INF = np.inf

# --- inputs


def support_cases(rngs: Rngs) -> Iterator[Case]:
    def table(why: str, *shape: int) -> Array:
        return simplex(rngs(why).uniform(0.1, 1, shape))

    q = np.array([[0.5, 0, 0.25, 0.25, 0], [0, 0, 1, 0, 0], [0.125, 0.125, 0, 0.5, 0.25]])
    p = np.array([[0.25, 0, 0.5, 0.25, 0], [0.25, 0, 0.5, 0.125, 0.125], [0.5, 0, 0, 0.25, 0.25]])
    yield "plain", {"q": q, "p": p}
    yield "exchanged", {"q": p, "p": q}
    q, p = table("both 0", 2, 3), table("both 0 p", 2, 3)
    q[:, 0], p[:, 0], q[:, 1], p[:, 1] = 0, 0, 0.25, 0.625
    q[:, 2], p[:, 2] = 0.75, 0.375
    yield "both 0", {"q": q, "p": p}
    q, p = table(SQUARE, 4, 4), table(SQUARE + " p", 4, 4)
    p[1, 3] += p[1, 0]
    p[1, 0] = 0
    q[2, 1] += q[2, 2]
    q[2, 2] = 0
    yield SQUARE, {"q": q, "p": p}
    yield "apart", {"q": [[1.0, 0], [0.5, 0.5]], "p": [[0, 1.0], [0.25, 0.75]]}
    yield "a single row, apart", {"q": [[0, 0.25, 0.75]], "p": [[0.5, 0.5, 0]]}
    yield "a single row, the same", {"q": [[0.25, 0, 0.75]], "p": [[0.25, 0, 0.75]]}
    yield ONE, {"q": [[1.0]], "p": [[1.0]]}
    yield TINY, {"q": parts(rngs(TINY), 3, 5, tiny=2), "p": parts(rngs(TINY + " p"), 3, 5, tiny=1)}


# --- truth, in many digits


def kl_support(q: Array, p: Array) -> Array:
    both = (q > 0) & (p > 0)
    finite = np.where(both, q * log(np.where(both, q, 1 + q) / np.where(both, p, 1 + q)), 0 * q).sum(axis=1)
    return np.where(((q > 0) & (p == 0)).any(axis=1), INF * (1 + 0 * finite), finite)


def kl_support_2(q: Array, p: Array) -> Array:
    """The cross entropy less the entropy, with log 0 far below all others."""
    entropy = -q * log(np.where(q > 0, q, 1 + q))
    cross = q * np.where(p > 0, log(np.where(p > 0, p, 1 + p)), -far(INF * (1 + p)))
    return tends((-entropy - cross).sum(axis=1))


# --- the rows

ROWS = {
    "kl_support": Function(
        "L11", "sum q log(q/p): inf where p is 0 and q is not",
        {"q": "(n, k)", "p": "(n, k)"}, "(n,)", limits={"q": "0", "p": "0"},
        regimes=support_cases, domain=at_limits.SUPPORT, drawn=(1,), truth=(kl_support, kl_support_2),
        conventions=BITS, adds=lambda a, S: 1,
        bugs=[
            ("zero-times-log", "0 log 0 is NaN.", "0 log 0 = 0 (L11).", lambda q, p: np.sum(q * np.log(q / p), axis=1)),
            ("both-zero", "0 log(0/0) is NaN, though 0 log 0 is seen to.", "Leave out where q is 0, before p is looked at (L11).", lambda q, p: np.where(((q == 0) & (p == 0)).any(axis=1), np.nan, naive_kl(q, p))),
            ("skipped", "States with p = 0 are left out: the answer is finite.", "KL is inf where q has what p forbids (L11).", lambda q, p: naive_kl(np.where(p > 0, q, 0), np.where(p > 0, p, 1))),
            ("clipped", "Probabilities are cut at 1e-7.", "inf is the answer (L11).", lambda q, p: np.sum(q * np.log(np.maximum(q, 1e-7) / np.maximum(p, 1e-7)), axis=1)),
            ("epsilon", "1e-8 is added to p.", "inf is the answer (L11).", lambda q, p: naive_kl(q, p + 1e-8)),
            ("reversed", "KL(p || q).", "q stands before (L11).", lambda q, p: naive_kl(p, q)),
            ("any-zero", "inf wherever p has a zero.", "Only where q is above 0 there (L11).", lambda q, p: np.where((p == 0).any(axis=1), INF, naive_kl(q, np.where(p > 0, p, 1)))),
            ("any-zero-of-q", "inf wherever q has a zero.", "0 log 0 = 0 (L11).", lambda q, p: np.where((q == 0).any(axis=1), INF, naive_kl(q, p))),
            ("batch", "inf for all rows if for one.", "Each row by itself.", lambda q, p: naive_kl(q, p) + 0 * q[:, 0] + (INF if np.isinf(naive_kl(q, p)).any() else 0)),
            ("nan-to-num", "inf becomes the largest double.", "inf is the answer (L11).", lambda q, p: np.nan_to_num(naive_kl(q, p))),
            ("zeroed", "inf becomes 0.", "inf is the answer (L11).", lambda q, p: np.where(np.isinf(naive_kl(q, p)), 0, naive_kl(q, p))),
            ("minus", "The sign is wrong.", "KL is never below 0 (L11).", lambda q, p: -naive_kl(q, p)),
        ],
    ),
}  # fmt: skip

# --- as it is written

FORMULAS = {
    "kl_support": "xlogy(q, q / p).sum(axis=1)",
}  # fmt: skip

# --- right ways

RIGHT = {
    "kl_support": [
        lambda q, p: scipy.special.rel_entr(q, p).sum(axis=1),
        lambda q, p: scipy.special.kl_div(q, p).sum(axis=1),
    ],
}

# --- refebm's own

PACKAGE = {
    "kl_support": own.kl,
}
RESTS_ON = {
    "kl_support": ["kl"],
}
