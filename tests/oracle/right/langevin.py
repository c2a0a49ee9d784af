"""Right ways: Langevin's step."""

import numpy as np

RESTS_ON = {
    "langevin_step": ["langevin"],
}
RIGHT = {
    "langevin_step": [
        lambda y, s, alpha, xi: y + alpha * s + np.sqrt(2 * alpha) * xi,
        lambda y, s, alpha, xi: y + np.sqrt(2 * alpha) * (np.sqrt(alpha / 2) * s + xi),
    ],
}  # fmt: skip
