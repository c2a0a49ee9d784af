"""The variational auto-encoder: an encoder gives q(z|y), a decoder E; the loss is the variational free energy  (L18, L19)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from . import checks
from .checks import Array
from .decoders import network_decoder
from .descent import descend, minibatches
from .energies import Energy
from .information import gaussian_kl, gaussian_kl_adjoint
from .lagrangian import Chain, multipliers, states
from .start import start_chain
from .variational import expected_energy_gaussian, expected_energy_gaussian_adjoint, gauss_hermite

if TYPE_CHECKING:
    from scipy.optimize import OptimizeResult


@dataclass(frozen=True)
class VAE:
    """``F~(y) = <|y - Dec(z)|^2>_q + (1/beta) KL(q || p)``, q(z|y) = N(m, s^2) with (m, log s) = Enc(y), p = N(0, r^2)  (L18).

    Parameters
    ----------
    encoder : Chain
        From observations (d) to 2 l outputs: l means, then l logarithms of standard deviations.
    decoder : Chain
        From latents (l) to observations (d).
    beta : float
        Inverse temperature, above 0 and finite; reconstruction noise of variance 1/(2 beta) is what it stands for.
    r : float
        Standard deviation of the prior; the lecture's ``exp(-|z|^2)`` has 1/sqrt 2.
    spring, sizing : float
        Weights of the two halves of the KL, ``(m/r)^2 / 2``, which holds the code balls to the origin, and
        ``((s/r)^2 - 1 - log (s/r)^2) / 2``, which sizes them to r. Both 1 in the lecture; 0 takes one away.
    """

    encoder: Chain
    decoder: Chain
    beta: float = 1.0
    r: float = float(np.sqrt(0.5))
    spring: float = 1.0
    sizing: float = 1.0

    def __post_init__(self) -> None:
        checks.instance(self.encoder, Chain, "encoder")
        checks.instance(self.decoder, Chain, "decoder")
        for name in ("beta", "r"):
            object.__setattr__(self, name, checks.positive(getattr(self, name), name))
        for name in ("spring", "sizing"):
            if not 0 <= checks.number(getattr(self, name), name) < np.inf:
                raise ValueError(f"{name}: expected a finite number from 0 up, got {getattr(self, name)}")
            object.__setattr__(self, name, float(getattr(self, name)))
        if self.encoder.inputs != self.decoder.outputs or self.encoder.outputs != 2 * self.decoder.inputs:
            raise ValueError(
                f"encoder: expected {self.decoder.outputs} inputs and {2 * self.decoder.inputs} outputs to fit the decoder, "
                f"got {self.encoder.inputs} and {self.encoder.outputs}"
            )

    @property
    def latent(self) -> int:
        return self.decoder.inputs

    @property
    def energy(self) -> Energy:
        """``E(y, z) = |y - Dec(z)|^2``."""
        return Energy(network_decoder(self.decoder, code=0, latent=self.latent))

    @property
    def size(self) -> int:
        """Entries of w: the encoder's, then the decoder's."""
        return self.encoder.size + self.decoder.size

    def split(self, w: Array) -> tuple[Array, Array]:
        return w[: self.encoder.size], w[self.encoder.size :]

    def check(self, y: ArrayLike, w: ArrayLike) -> tuple[Array, Array]:
        y = checks.observations(y, self.encoder.inputs, "y", complex_ok=True)[0]
        return y, checks.vector(w, self.size, "w", complex_ok=True)


def quadratic(z: ArrayLike, m: ArrayLike, s: float, gamma: float = 0.0) -> Array:
    """``Q = s^2 |z - m|^2 + gamma |m|^2``, the energy of q ~ exp(-beta Q)  (L18).  z, m (..., l) -> (...).

    Its second term does not depend on z, and so leaves q.
    """
    z, m = checks.finite(z, "z"), checks.finite(m, "m")
    return checks.positive(s, "s") ** 2 * np.square(z - m).sum(axis=-1) + gamma * np.square(m).sum(axis=-1)


def quadratic_std(s: float, beta: float) -> float:
    """Standard deviation ``1/(sqrt(2 beta) s)`` of q ~ exp(-beta Q): s^2 acts as a precision  (L18, erratum)."""
    return float(1 / (np.sqrt(2 * checks.positive(beta, "beta")) * checks.positive(s, "s")))


def encode(vae: VAE, y: ArrayLike, w: ArrayLike) -> tuple[Array, Array]:
    """Means and standard deviations (n, l) of q(z|y), ``(m, log s) = Enc(y)``  (L18).  y (n, d), w (size,)."""
    checks.instance(vae, VAE, "vae")
    y, w = vae.check(y, w)
    return _encode(vae, y, w)[1:]


def _encode(vae: VAE, y: Array, w: Array) -> tuple[list[Array], Array, Array]:
    path = states(vae.encoder, y, vae.split(w)[0])
    log_s = path[-1][:, vae.latent :]
    if not np.abs(log_s.real).max() < 300:
        raise ValueError(
            f"w: expected standard deviations from e^-300 to e^300, got {np.abs(log_s.real).max():g} in the exponent"
        )
    return path, path[-1][:, : vae.latent], np.exp(log_s)


def _encode_adjoint(vae: VAE, path: list[Array], w: Array, s: Array, m_bar: Array, s_bar: Array) -> Array:
    """Adjoint of the encoder's part of w given those of m and s: log's chain rule, then the adjoint recursion  (L22)."""
    return multipliers(vae.encoder, path, vae.split(w)[0], np.concatenate([m_bar, s_bar * s], axis=1))[1]


def _noise(vae: VAE, n: int, eps: ArrayLike, weight: ArrayLike | None) -> tuple[Array, Array]:
    eps = checks.finite(eps, "eps")
    if eps.ndim not in (2, 3) or eps.shape[-1] != vae.latent or (eps.ndim == 3 and len(eps) != n):
        raise ValueError(f"eps: expected noise of shape (k, {vae.latent}) or ({n}, k, {vae.latent}), got {eps.shape}")
    k = eps.shape[-2]
    return eps, np.full(k, 1 / k) if weight is None else checks.vector(weight, k, "weight")


def vae_loss(
    vae: VAE, y: ArrayLike, w: ArrayLike, eps: ArrayLike, weight: ArrayLike | None = None
) -> tuple[float, Array]:
    """Mean variational free energy of the observations, and its gradient in w  (L19).

    Parameters
    ----------
    vae : VAE
    y : array_like, (n, d)
        Observations.
    w : array_like, (size,)
        Parameters, the encoder's, then the decoder's.
    eps : array_like, (k, l) or (n, k, l)
        Noise, standard normal: ``z = m + s eps``. Shared by the observations, or each one's own.
    weight : array_like, (k,), optional
        Of the draws, 1/k by default. With ``eps, weight = gauss_hermite(order, l)`` the loss and its gradient are the exact
        expectation's, up to the rule's error; with random noise both are unbiased estimates.

    Returns
    -------
    loss : float
        In the unit of E.
    w_bar : ndarray, (size,)

    Raises
    ------
    TypeError, ValueError
        For wrong shapes, NaN, infinite or huge values.
    """
    checks.instance(vae, VAE, "vae")
    y, w = vae.check(y, w)
    eps, weight = _noise(vae, len(y), eps, weight)
    w_d, share = vae.split(w)[1], np.full(len(y), 1 / len(y))
    path, m, s = _encode(vae, y, w)
    F = expected_energy_gaussian(vae.energy, y, m, s, w_d, eps, weight) + _price(vae, m, s)
    _, m_bar, s_bar, w_d_bar = expected_energy_gaussian_adjoint(vae.energy, y, m, s, w_d, eps, weight, None, share)
    m_price, s_price = _price_adjoint(vae, m, s, share)
    w_e_bar = _encode_adjoint(vae, path, w, s, m_bar + m_price, s_bar + s_price)
    return F.mean()[()], np.concatenate([w_e_bar, w_d_bar])


def _price(vae: VAE, m: Array, s: Array) -> Array:
    """(1/beta) KL of each observation's q, its two halves weighted  (L14, L18).  -> (n,)."""
    r, zero = vae.r, np.zeros(1)
    halves = vae.spring * gaussian_kl(m, r, r) + vae.sizing * gaussian_kl(zero, s, r)
    return halves.sum(axis=1) / vae.beta


def _price_adjoint(vae: VAE, m: Array, s: Array, bar: Array) -> tuple[Array, Array]:
    """Adjoints of (m, s) given that of the price (n,)."""
    every = np.broadcast_to(bar[:, None] / vae.beta, m.shape)
    m_bar, s_bar, _ = gaussian_kl_adjoint(m, s, np.full(m.shape, vae.r), every)
    return vae.spring * m_bar, vae.sizing * s_bar


def start_vae(vae: VAE, y: ArrayLike, rng: np.random.Generator, size: float = 0.5) -> Array:
    """Random parameters to start from: codes about the origin, balls of `size` r, decoded about the data's mean."""
    checks.instance(vae, VAE, "vae")
    y = checks.observations(y, vae.encoder.inputs)[0]
    checks.generator(rng)
    outputs = np.concatenate([np.zeros(vae.latent), np.full(vae.latent, np.log(checks.positive(size, "size") * vae.r))])
    encoder = start_chain(vae.encoder, y, outputs, rng)
    decoder = start_chain(vae.decoder, rng.normal(0, vae.r, (len(y), vae.latent)), y.mean(axis=0), rng)
    return np.concatenate([encoder, decoder])


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
    method : "lbfgs", "gd" or "adam"
        The first two on the expectation itself, by Gauss's rule of `order` nodes in each latent dimension. Adam on minibatches
        of `batch` observations with `draws` fresh draws of noise each from `rng`, as usual where l is large.
    **options
        `steps`, `tol`, `rate`, as in `learn`.

    Returns
    -------
    OptimizeResult
        As `learn`; losses are those of Gauss's rule.
    """
    checks.instance(vae, VAE, "vae")
    y, w = vae.check(y, w)
    rule = gauss_hermite(order, vae.latent)
    batch, draws = checks.count(batch, "batch"), checks.count(draws, "draws")
    if rng is not None or method == "adam":
        rng = checks.generator(rng)

    def noisy(rows: Array, w: Array) -> Array:
        eps = checks.generator(rng).normal(size=(len(rows), draws, vae.latent))
        return vae_loss(vae, y[rows], w, eps)[1]

    def epoch() -> Iterator[Callable[[Array], Array]]:
        return (partial(noisy, rows) for rows in minibatches(len(y), batch, checks.generator(rng)))

    return descend(lambda w: vae_loss(vae, y, w, *rule), w.copy(), method, epoch=epoch, **options)
