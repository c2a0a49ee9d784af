"""The variational auto-encoder: an encoder gives q(z|y), a decoder E; the loss is the variational free energy  (L18, L19)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from ..energies.boxes import decoded
from ..energies.energy import Energy
from ..learning.variational import expected_energy_gaussian, expected_energy_gaussian_adjoint
from ..numerics import checks
from ..numerics.checks import Array
from ..numerics.information import gaussian_kl, gaussian_kl_adjoint
from ..parts.chains import Chain, multipliers, states
from ..parts.decoders import network_decoder
from ..parts.shapes import Packing, packed


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
        for name in ("encoder", "decoder"):
            if not isinstance(getattr(self, name), Chain):
                raise TypeError(
                    f"{name}: expected a Chain, such as mlp(...), got {checks.describe(getattr(self, name))}"
                )
        for name in ("beta", "r"):
            object.__setattr__(self, name, checks.positive(getattr(self, name), name))
        for name in ("spring", "sizing"):
            if not 0 <= (weight := checks.number(getattr(self, name), name)) < np.inf:
                raise ValueError(f"{name}: expected a finite number from 0 up, got {weight}")
            object.__setattr__(self, name, weight)
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
        return decoded(network_decoder(self.decoder, code=0, latent=self.latent))

    @cached_property
    def packing(self) -> Packing:
        """w: the encoder's parameters, then the decoder's."""
        return Packing(((self.encoder.size,), (self.decoder.size,)))

    @property
    def size(self) -> int:
        """Entries of w."""
        return self.packing.size

    def split(self, w: Array) -> list[Array]:
        """The encoder's parameters and the decoder's."""
        return self.packing.split(w)


def check(vae: Any, y: ArrayLike, w: ArrayLike, complex_ok: bool = False) -> tuple[Array, Array]:
    """Observations (n, d) and parameters (size,) of a VAE, as arrays."""
    if not isinstance(vae, VAE):
        raise TypeError(f"vae: expected a VAE, got {checks.describe(vae)}")
    y = checks.observations(y, vae.encoder.inputs, "y", complex_ok)[0]
    return y, checks.vector(w, vae.size, "w", complex_ok)


@np.errstate(under="ignore")
def quadratic(z: ArrayLike, m: ArrayLike, s: float, gamma: float = 0.0) -> Array:
    """``Q = s^2 |z - m|^2 + gamma |m|^2``, the energy of q ~ exp(-beta Q)  (L18).  z, m (..., l) -> (...).

    Its second term does not depend on z, and so leaves q.
    """
    z, m = checks.finite(z, "z"), checks.finite(m, "m")
    if z.ndim == 0 or z.shape[-1:] != m.shape[-1:]:
        raise ValueError(f"m: expected as many entries in its last axis as z of shape {z.shape} has, got {m.shape}")
    try:
        np.broadcast_shapes(z.shape, m.shape)
    except ValueError:
        raise ValueError(f"m: expected a shape that broadcasts with z's {z.shape}, got {m.shape}") from None
    if not np.isfinite(gamma := checks.number(gamma, "gamma")):
        raise ValueError(f"gamma: expected a finite number, got {gamma}")
    return checks.positive(s, "s") ** 2 * np.square(z - m).sum(axis=-1) + gamma * np.square(m).sum(axis=-1)


def quadratic_std(s: float, beta: float) -> float:
    """Standard deviation ``1/(sqrt(2 beta) s)`` of q ~ exp(-beta Q): s^2 acts as a precision  (L18, erratum)."""
    with np.errstate(over="ignore", under="ignore"):  # a quotient at a time, which fits where the whole does
        return float(np.sqrt(0.5) / np.sqrt(checks.positive(beta, "beta")) / checks.positive(s, "s"))


@np.errstate(all="ignore")
def encode(vae: VAE, y: ArrayLike, w: ArrayLike) -> tuple[Array, Array]:
    """Means and standard deviations (n, l) of q(z|y), ``(m, log s) = Enc(y)``  (L18).  y (n, d), w (size,)."""
    y, w = check(vae, y, w, complex_ok=True)
    return encoded(vae, y, w)[1:]


def encoded(vae: VAE, y: Array, w: Array) -> tuple[list[Array], Array, Array]:
    """The encoder's states, and of the last the means and the standard deviations."""
    path = states(vae.encoder, y, vae.split(w)[0])
    m, log_s = path[-1][:, : vae.latent], path[-1][:, vae.latent :]
    if not np.abs(m).max() < checks.LARGEST:
        raise ValueError(f"w: expected codes below {checks.LARGEST:g} in size, got one of {np.abs(m).max():g}")
    if not np.abs(log_s.real).max() < 300:
        raise ValueError(
            f"w: expected standard deviations from e^-300 to e^300, got {np.abs(log_s.real).max():g} in the exponent"
        )
    return path, m, np.exp(log_s)


def encoded_adjoint(vae: VAE, path: list[Array], w: Array, s: Array, m_bar: Array, s_bar: Array) -> Array:
    """Adjoint of the encoder's part of w given those of m and s: log's chain rule, then the adjoint recursion  (L22)."""
    return multipliers(vae.encoder, path, vae.split(w)[0], np.concatenate([m_bar, s_bar * s], axis=1))[1]


def draws_of_noise(vae: VAE, n: int, eps: ArrayLike, weight: ArrayLike | None) -> tuple[Array, Array]:
    """Noise for n observations and its weights, checked."""
    eps = checks.finite(eps, "eps")
    if eps.ndim not in (2, 3) or eps.shape[-1] != vae.latent or (eps.ndim == 3 and len(eps) != n):
        raise ValueError(f"eps: expected noise of shape (k, {vae.latent}) or ({n}, k, {vae.latent}), got {eps.shape}")
    k = eps.shape[-2]
    return eps, np.full(k, 1 / k) if weight is None else checks.vector(weight, k, "weight")


@np.errstate(all="ignore")
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
    y, w = check(vae, y, w, complex_ok=True)
    eps, weight = draws_of_noise(vae, len(y), eps, weight)
    w_d, share = vae.split(w)[1], np.full(len(y), 1 / len(y))
    path, m, s = encoded(vae, y, w)
    F = expected_energy_gaussian(vae.energy, y, m, s, w_d, eps, weight) + price(vae, m, s)
    _, m_bar, s_bar, w_d_bar = expected_energy_gaussian_adjoint(vae.energy, y, m, s, w_d, eps, weight, None, share)
    mprice, sprice = price_adjoint(vae, m, s, share)
    w_e_bar = encoded_adjoint(vae, path, w, s, m_bar + mprice, s_bar + sprice)
    w_bar = packed([w_e_bar, w_d_bar])
    checks.no_overflow(w, F, w_bar)
    return F.mean()[()], w_bar


def price(vae: VAE, m: Array, s: Array) -> Array:
    """(1/beta) KL of each observation's q, its two halves weighted  (L14, L18).  -> (n,)."""
    r, zero = vae.r, np.zeros(1)
    halves = vae.spring * gaussian_kl(m, r, r) + vae.sizing * gaussian_kl(zero, s, r)
    return halves.sum(axis=1) / vae.beta


def price_adjoint(vae: VAE, m: Array, s: Array, bar: Array) -> tuple[Array, Array]:
    """Adjoints of (m, s) given that of the price (n,)."""
    every = np.broadcast_to(bar[:, None] / vae.beta, m.shape)
    m_bar, s_bar, _ = gaussian_kl_adjoint(m, s, np.full(m.shape, vae.r), every)
    return vae.spring * m_bar, vae.sizing * s_bar


def price_adjoint_tangent(vae: VAE, s: Array, m_dot: Array, s_dot: Array, bar: Array) -> tuple[Array, Array]:
    """How the adjoints of (m, s) move with m and s: ``spring m_dot/r^2`` and ``sizing (1/r^2 + 1/s^2) s_dot``  (L14)."""
    every, curvature = bar[:, None] / vae.beta, vae.r**-2
    return every * vae.spring * curvature * m_dot, every * vae.sizing * (curvature + s**-2) * s_dot
