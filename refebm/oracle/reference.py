"""refebm's own functions in the contract's form: the first implementation that the oracle judges.

Shapes are adapted here, and nothing is computed that the package computes.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..energies.marginals import free_energy, free_energy_and_adjoint
from ..energies.potentials import Potential
from ..learning.likelihood import negative_log_likelihood
from ..learning.losses import hinge_loss as hinge_loss
from ..learning.losses import hinge_loss_adjoint, log_loss_adjoint
from ..learning.losses import log_loss as log_loss
from ..learning.variational import expected_energy as expected_energy
from ..learning.variational import jensen_gap as _jensen_gap
from ..learning.variational import variational_free_energy as _variational_free_energy
from ..models.ellipse_closest import infer
from ..models.ellipse_energy import ellipse
from ..models.ellipse_energy import ellipse_decoder as _decoder
from ..models.vae import VAE
from ..models.vae import vae_loss as _vae_loss
from ..numerics.checks import Array
from ..numerics.information import box_information as _box_information
from ..numerics.information import entropy as entropy
from ..numerics.information import gaussian_kl as gaussian_kl
from ..numerics.information import kl as kl
from ..numerics.soft import softargmax as softargmax
from ..numerics.soft import softargmin as softargmin
from ..numerics.soft import softmax as softmax
from ..numerics.soft import softmin as softmin
from ..numerics.soft import softplus as softplus
from ..numerics.tables import log_gibbs
from ..numerics.tables import log_partition as log_partition
from ..parts.chains import Chain, Stage, multipliers, states
from ..parts.networks import mlp as _chain
from ..sampling.langevin import langevin


def softmin_prior(E: Array, beta: float, p: Array) -> Array:
    return softmin(E, beta, p=p)


def ellipse_decoder(z: Array, w: Array) -> Array:
    return _decoder(z, w)


def ellipse_energy(y: Array, z: Array, w: Array) -> Array:
    return ellipse(y, z, w)


def ellipse_free_energy(y: Array, z: Array, w: Array, beta: float) -> Array:
    return free_energy(ellipse, y, z, w, beta)


def ellipse_slope_y(y: Array, z: Array, w: Array, beta: float) -> Array:
    return free_energy_and_adjoint(ellipse, y, z, w, beta)[1]


def ellipse_slope_w(y: Array, z: Array, w: Array, beta: float) -> Array:
    return free_energy_and_adjoint(ellipse, y, z, w, beta, 1 / len(y))[2]


def ellipse_least_energy(y: Array, w: Array) -> Array:
    return np.asarray(infer(y, w).fun)


def _network(x: Array, W: tuple[Array, ...]) -> tuple[Any, Array]:
    chain = _chain([x.shape[1], *(len(v) for v in W[1::2])])
    return chain, np.concatenate([v.ravel() for v in W])


def mlp(x: Array, *W: Array) -> Array:
    chain, w = _network(x, W)
    return states(chain, x, w)[-1]


def _slopes(x: Array, W: tuple[Array, ...], v_bar: Array) -> tuple[Array, list[list[Array]]]:
    chain, w = _network(x, W)
    lam, w_bar = multipliers(chain, states(chain, x, w), w, v_bar)
    return lam[0], chain.parameters(w_bar)


def mlp_slope_x(x: Array, *rest: Array) -> Array:
    return _slopes(x, rest[:-1], rest[-1])[0]


def mlp_slope_W1(x: Array, *rest: Array) -> Array:
    return _slopes(x, rest[:-1], rest[-1])[1][0][0]


def mlp_slope_b2(x: Array, *rest: Array) -> Array:
    return _slopes(x, rest[:-1], rest[-1])[1][2][1]


def hinge_loss_slope(F: Array, F_hat: Array, margin: float) -> Array:
    return hinge_loss_adjoint(F, F_hat, margin, np.ones_like(F))[0]


def log_loss_slope(F: Array, F_hat: Array) -> Array:
    return log_loss_adjoint(F, F_hat, np.ones_like(F))[0]


def gibbs_density(F: Array, beta: float, dy: Array) -> Array:
    return np.exp(log_gibbs(F, beta, dy))


def _likelihood(F: Array, dF: Array, beta: float, dy: Array) -> tuple[float, Array]:
    """The loss and its slope, of energies and slopes in w that stand in tables: the data's, then the space's."""

    def value(y: Array, w: Array, x: Array | None) -> Array:
        return F[y[:, 0].astype(int)]

    def adjoint(y: Array, w: Array, x: Array | None, F_bar: Array) -> tuple[Array, Array]:
        return np.zeros_like(y), F_bar @ dF[y[:, 0].astype(int)]

    rows, n = np.arange(len(F))[:, None], len(F) - len(dy)
    table = Potential(value, adjoint, 1, dF.shape[1], beta)
    return negative_log_likelihood(table, rows[:n], np.zeros(dF.shape[1]), rows[n:], dy)


def nll(F_data: Array, F: Array, beta: float, dy: Array) -> float:
    F = np.concatenate([F_data, F])
    return _likelihood(F, np.zeros((len(F), 1)), beta, dy)[0]


def nll_slope(dF_data: Array, dF: Array, F: Array, beta: float, dy: Array) -> Array:
    F = np.concatenate([np.zeros(len(dF_data)), F])
    return _likelihood(F, np.concatenate([dF_data, dF]), beta, dy)[1]


def box_information(s: float, r: float, d: float) -> float:
    return _box_information(s, r, int(d))


def variational_free_energy(E: Array, q: Array, beta: float, p: Array) -> Array:
    return _variational_free_energy(E, q, beta, p=p)


def jensen_gap(E: Array, q: Array, beta: float, p: Array) -> Array:
    return _jensen_gap(E, q, beta, p=p)


def _auto_encoder(
    y: Array, m: Array, s: Array, eps: Array, W: Array, b: Array, beta: float, r: float
) -> tuple[float, Array]:
    """The loss and its slope in s; the encoder is a table whose parameters are (m, log s) themselves, whatever y is."""
    n, (d, latent) = len(y), W.shape
    unused = np.zeros((2 * latent, d))
    encoder = Chain(
        (
            Stage(
                lambda y, _, rows: rows,
                lambda y, _, rows, v_bar: (0 * y, unused, v_bar),
                (unused.shape, (n, 2 * latent)),
            ),
        )
    )
    codes = np.concatenate([m, np.log(s)], axis=1)
    w = np.concatenate([v.ravel() for v in (unused, codes, W, b)])
    loss, w_bar = _vae_loss(VAE(encoder, _chain([latent, d]), beta, r), y, w, eps[:, None])
    return loss, encoder.parameters(w_bar)[0][1][:, latent:] / s


def vae_loss(*arguments: Any) -> float:
    return _auto_encoder(*arguments)[0]


def vae_slope_s(*arguments: Any) -> Array:
    return _auto_encoder(*arguments)[1]


def langevin_step(y: Array, s: Array, alpha: float, xi: Array) -> Array:
    return langevin(y, s, alpha, xi)
