"""Right ways: the variational free energy."""

import numpy as np
from scipy.special import logsumexp, rel_entr

RESTS_ON = {
    "variational_free_energy": ["kl"],
    "jensen_gap": ["softargmin"],
}
RIGHT = {
    "expected_energy": [lambda E, q: np.einsum("nk,nk->n", E, q), lambda E, q: np.array([a @ b for a, b in zip(E, q, strict=True)])],
    "variational_free_energy": [
        lambda E, q, beta, p: (q * E).sum(axis=1) + rel_entr(q, p).sum(axis=1) / beta,
        lambda E, q, beta, p: (q * (E + np.log(np.where(q > 0, q / p, 1)) / beta)).sum(axis=1),
    ],
    "jensen_gap": [
        lambda E, q, beta, p: (q * (np.log(np.where(q > 0, q / p, 1)) + beta * E + logsumexp(-beta * E, b=p, axis=1)[:, None])).sum(axis=1) / beta,
        lambda E, q, beta, p: (q * E + rel_entr(q, p) / beta).sum(axis=1) + logsumexp(-beta * E, b=p, axis=1) / beta,
    ],
}  # fmt: skip
