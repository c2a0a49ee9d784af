"""Learning the variational auto-encoder: where it starts, how its loss bends, where it ends  (L19)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from ..learning.descent import METHODS, descend
from ..learning.stochastic import minibatches, stochastic_descent
from ..learning.variational import gauss_hermite, reparametrise, reparametrise_adjoint
from ..numerics import checks
from ..numerics.checks import Array
from ..parts.chains import multipliers, multipliers_tangent, states, states_tangent
from ..parts.shapes import packed
from ..parts.starts import start_chain
from .vae import VAE, check, draws_of_noise, encoded, price_adjoint, price_adjoint_tangent, vae_loss

if TYPE_CHECKING:
    from scipy.optimize import OptimizeResult


@np.errstate(under="ignore")
def start_vae(vae: VAE, y: ArrayLike, rng: np.random.Generator, size: float = 0.5) -> Array:
    """Random parameters to start from: codes about the origin, balls of `size` r, decoded about the data's mean."""
    if not isinstance(vae, VAE):
        raise TypeError(f"vae: expected a VAE, got {checks.describe(vae)}")
    y = checks.observations(y, vae.encoder.inputs)[0]
    checks.generator(rng)
    outputs = np.concatenate([np.zeros(vae.latent), np.full(vae.latent, np.log(checks.positive(size, "size") * vae.r))])
    encoder = start_chain(vae.encoder, y, outputs, rng)
    decoder = start_chain(vae.decoder, rng.normal(0, vae.r, (len(y), vae.latent)), y.mean(axis=0), rng)
    return packed([encoder, decoder])


@np.errstate(all="ignore")
def vae_hessian(vae: VAE, y: ArrayLike, w: ArrayLike, eps: ArrayLike, weight: ArrayLike | None = None) -> Array:
    """Second derivatives of `vae_loss` in w (size, size): each row is how the gradient moves with one entry of w  (L19, L22).

    Each stage of the loss and of its adjoint is differentiated along w_dot, a dot marking the derivative (Pearlmutter, 1994).
    Arguments as in `vae_loss`, real; raises as it does.
    """
    y, w = check(vae, y, w)
    eps, weight = draws_of_noise(vae, len(y), eps, weight)
    (w_e, w_d), latent, share = vae.split(w), vae.latent, np.full(len(y), 1 / len(y))
    path, m, s = encoded(vae, y, w)
    z = reparametrise(m, s, eps)
    decoded = states(vae.decoder, z.reshape(-1, latent), w_d)
    C_bar = np.outer(share, weight).reshape(-1, 1)
    g_bar = 2 * C_bar * (decoded[-1] - np.repeat(y, z.shape[1], axis=0))
    lam_d = multipliers(vae.decoder, decoded, w_d, g_bar)[0]
    m_bar, s_bar = np.add(reparametrise_adjoint(m, s, eps, lam_d[0].reshape(z.shape)), price_adjoint(vae, m, s, share))
    lam_e = multipliers(vae.encoder, path, w_e, np.concatenate([m_bar, s_bar * s], axis=1))[0]

    def row(w_dot: Array) -> Array:
        w_e_dot, w_d_dot = vae.split(w_dot)
        path_dot = states_tangent(vae.encoder, path, w_e, np.zeros_like(y), w_e_dot)
        m_dot, s_dot = path_dot[-1][:, :latent], s * path_dot[-1][:, latent:]
        z_dot = reparametrise(m_dot, s_dot, eps)  # it is linear, and so is its adjoint
        decoded_dot = states_tangent(vae.decoder, decoded, w_d, z_dot.reshape(-1, latent), w_d_dot)
        lam_d_dot, w_d_bar_dot = multipliers_tangent(
            vae.decoder, decoded, lam_d, w_d, decoded_dot, w_d_dot, 2 * C_bar * decoded_dot[-1]
        )
        m_bar_dot, s_bar_dot = np.add(
            reparametrise_adjoint(m, s, eps, lam_d_dot[0].reshape(z.shape)),
            price_adjoint_tangent(vae, s, m_dot, s_dot, share),
        )
        out_bar_dot = np.concatenate([m_bar_dot, s_bar_dot * s + s_bar * s_dot], axis=1)
        w_e_bar_dot = multipliers_tangent(vae.encoder, path, lam_e, w_e, path_dot, w_e_dot, out_bar_dot)[1]
        return packed([w_e_bar_dot, w_d_bar_dot])

    H = np.array([row(w_dot) for w_dot in np.eye(vae.size)])
    checks.no_overflow(w, H)
    return H


@np.errstate(under="ignore")
def learn_vae(
    vae: VAE,
    y: ArrayLike,
    w: ArrayLike,
    method: str = "lbfgs",
    order: int = 8,
    draws: int = 1,
    batch: int = 32,
    rng: np.random.Generator | None = None,
    **options: Any,
) -> OptimizeResult:
    """Parameters of least mean variational free energy, from the start w  (L19).

    Parameters
    ----------
    vae, y, w
        As in `vae_loss`.
    method : "lbfgs", "newton", "gd" or "adam"
        All but the last on the expectation itself, by Gauss's rule of `order` nodes in each latent dimension; Newton by
        `vae_hessian`, for small networks. Adam on minibatches of `batch` observations with `draws` fresh draws of noise each
        from `rng`, as usual where l is large.
    **options
        `steps`, `tol`, `rate`, as in `learn`.

    Returns
    -------
    OptimizeResult
        As `learn`; losses are those of Gauss's rule. `discrepancy` is how far the loss is by another rule, none of whose nodes
        are the first's: what learns a sum over nodes may find the gaps between them. `success` also asks that it is at most
        a thousandth of the loss.
    """
    y, w = check(vae, y, w)
    checks.options(options, ("steps", "tol", "rate"), "learn_vae")
    rule, other = gauss_hermite(order, vae.latent), _neighbour(order, vae.latent)
    batch, draws = checks.count(batch, "batch"), checks.count(draws, "draws")
    checks.room(len(y) * len(rule[0]) * vae.decoder.widest, "order")
    checks.room(min(batch, len(y)) * draws * vae.decoder.widest, "draws")
    if rng is not None:
        checks.generator(rng)

    def noisy(rows: Array, w: Array) -> Array:
        eps = checks.generator(rng).normal(size=(len(rows), draws, vae.latent))
        return vae_loss(vae, y[rows], w, eps)[1]

    def epoch() -> Iterator[Callable[[Array], Array]]:
        return (partial(noisy, rows) for rows in minibatches(len(y), batch, checks.generator(rng)))

    def objective(w: Array) -> tuple[float, Array]:
        return vae_loss(vae, y, w, *rule)

    if checks.one_of(method, (*METHODS, "adam", "newton"), "method") == "adam":
        found = stochastic_descent(epoch, w, objective=objective, **options)
    else:
        found = descend(objective, w.copy(), method, hessian=lambda w: vae_hessian(vae, y, w, *rule), **options)
    found.discrepancy = abs(vae_loss(vae, y, found.w, *other)[0] - found.fun)
    found.success &= bool(found.discrepancy <= 1e-3 * found.fun)
    found.message += f"; by another rule the loss is {found.discrepancy:.1e} off"
    return found


def _neighbour(order: int, latent: int) -> tuple[Array, Array]:
    """A rule that shares no node with Gauss's: Hermite polynomials of consecutive degrees have no common zero."""
    more = order < 128 and (order + 1) ** latent <= 10**6
    return gauss_hermite(order + 1 if more else order - 1, latent)
