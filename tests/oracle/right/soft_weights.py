"""Right ways: softargmin and softargmax."""

import numpy as np
from scipy.special import log_softmax, softmax

RESTS_ON = {
    "softargmax": ["softargmin"],
}
RIGHT = {
    "softargmin": [
        lambda E, beta: softmax(-beta * E, axis=1),
        lambda E, beta: np.exp(log_softmax(-beta * E, axis=1)),
        lambda E, beta: 1 / np.exp(np.minimum(-beta * (E[:, None] - E[:, :, None]), 88 if E.dtype == np.float32 else 709)).sum(axis=2),
    ],
    "softargmax": [
        lambda s, beta: softmax(beta * s, axis=1),
        lambda s, beta: np.exp(log_softmax(beta * s, axis=1)),
    ],
}  # fmt: skip
