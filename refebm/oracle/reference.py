"""refebm's own functions in the contract's form: the first implementation that the oracle judges."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..checks import Array
from ..decoders import ellipse_decoder as _decoder
from ..energies import ellipse
from ..free_energy import free_energy, free_energy_and_adjoint
from ..gibbs import log_partition as log_partition
from ..inference import infer
from ..information import box_information as _box_information
from ..information import entropy as entropy
from ..information import gaussian_kl as gaussian_kl
from ..information import gaussian_kl_adjoint
from ..information import kl as kl
from ..lagrangian import mlp as _chain
from ..lagrangian import multipliers, states
from ..losses import hinge_loss as hinge_loss
from ..losses import hinge_loss_adjoint, log_loss_adjoint
from ..losses import log_loss as log_loss
from ..sampling import langevin
from ..softmin import softargmax as softargmax
from ..softmin import softargmin as softargmin
from ..softmin import softmax as softmax
from ..softmin import softmin as softmin
from ..softmin import softplus as softplus
from ..variational import expected_energy as expected_energy
from ..variational import jensen_gap as _jensen_gap
from ..variational import variational_free_energy as _variational_free_energy


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
    return softargmin(F, beta, p=dy) / dy


def nll(F_data: Array, F: Array, beta: float, dy: Array) -> Array:
    return F_data.mean() - softmin(F, beta, p=dy) + np.log(dy.sum()) / beta


def nll_slope(dF_data: Array, dF: Array, F: Array, beta: float, dy: Array) -> Array:
    return dF_data.mean(axis=0) - softargmin(F, beta, p=dy) @ dF


def box_information(s: float, r: float, d: float) -> float:
    return _box_information(s, r, int(d))


def variational_free_energy(E: Array, q: Array, beta: float, p: Array) -> Array:
    return _variational_free_energy(E, q, beta, p=p)


def jensen_gap(E: Array, q: Array, beta: float, p: Array) -> Array:
    return _jensen_gap(E, q, beta, p=p)


def vae_loss(y: Array, m: Array, s: Array, eps: Array, W: Array, b: Array, beta: float, r: float) -> Array:
    residual = y - (m + s * eps) @ W.T - b
    return (np.square(residual).sum(axis=1) + gaussian_kl(m, s, r).sum(axis=1) / beta).mean()


def vae_slope_s(y: Array, m: Array, s: Array, eps: Array, W: Array, b: Array, beta: float, r: float) -> Array:
    z_bar = -2 * (y - (m + s * eps) @ W.T - b) @ W
    price = gaussian_kl_adjoint(m, s, np.full_like(m, r), np.full_like(m, 1 / beta))[1]
    return (z_bar * eps + price) / len(y)


def langevin_step(y: Array, s: Array, alpha: float, xi: Array) -> Array:
    return langevin(y, s, alpha, xi)
