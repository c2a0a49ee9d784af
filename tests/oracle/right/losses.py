"""Right ways: softplus, the hinge and the log loss."""

import numpy as np
from scipy.special import expit


def binary_cross_entropy_with_logits(F, H):
    """Of the class 1 and the logit F_hat - F, with the sum inside the logarithm: small losses are lost."""
    m = np.maximum(F - H, 0)
    return m + np.log(np.exp(-m) + np.exp(F - H - m))


RESTS_ON = {
    "hinge_loss": ["hinge"],
    "hinge_loss_slope": ["hinge_loss_adjoint", "hinge_adjoint"],
    "log_loss": ["softplus"],
    "log_loss_slope": ["log_loss_adjoint", "softplus_adjoint"],
}
RIGHT = {
    "softplus": [
        lambda u: np.logaddexp(0, u),
        lambda u: np.where(u > 0, u, 0) + np.log1p(np.exp(-np.abs(u))),
        lambda u: np.maximum(u, 0) + np.log(1 + np.exp(-np.abs(u))),  # small answers lost
    ],
    "hinge_loss": [lambda F, H, m: np.maximum(m - (H - F), 0), lambda F, H, m: np.clip(F - H + m, 0, None)],
    "hinge_loss_slope": [lambda F, H, m: (m - (H - F) > 0).astype(F.dtype), lambda F, H, m: np.heaviside(m + F - H, 0)],
    "log_loss": [
        lambda F, H: np.logaddexp(0, F - H),
        lambda F, H: np.maximum(F - H, 0) + np.log1p(np.exp(-np.abs(F - H))),
        binary_cross_entropy_with_logits,
    ],
    "log_loss_slope": [lambda F, H: expit(F - H), lambda F, H: np.exp(-np.logaddexp(0, H - F)), lambda F, H: 1 - expit(H - F)],
}  # fmt: skip
