"""Energies, made of predictor, decoder, cost and regulariser  (C5, C27-C29).

`Energy` composes the stages of other files, checks what comes from outside, and is what inference, free energies and
learning take.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from ..numerics import checks
from ..numerics.checks import Array
from ..parts.chains import Chain, multipliers, states
from ..parts.costs import REGULARISERS, squared_error, squared_error_adjoint
from ..parts.decoders import Decoder

# Checked (y, z, w, x).
Arguments = tuple[Array, Array, Array, Array | None]
# Latents shared by all observations, each observation's own, or a rule (energy, y, w, x) -> z that infers them.
Latents = ArrayLike | Callable[["Energy", Array, Array, Array | None], Array]


def tiles(n: int, k: int, size: int = 1 << 17) -> Iterator[slice]:
    """Slices of n rows such that one (rows, k) array takes about 1 MiB: working memory stays small and in cache."""
    rows = max(1, size // k)
    return (slice(i, min(i + rows, n)) for i in range(0, n, rows))


@dataclass(frozen=True)
class Energy:
    """``E(x, y, z) = C(y, g(h, z)) + r R(z)`` with C the squared error and the code h = f(x), or h = w without a predictor.

    Parameters
    ----------
    decoder : Decoder
        g (C4, C27 to C29).
    predictor : Chain, optional
        f, a chain from conditions x (n, d_x) to codes (n, c). Without one the code itself is a parameter: the ellipse's radii.
    regulariser : "squared" or "l1", optional
        R (C29).
    strength : float
        r, in the unit of E over that of R.
    """

    decoder: Decoder
    predictor: Chain | None = None
    regulariser: str | None = None
    strength: float = 1.0

    def __post_init__(self) -> None:
        checks.instance(self.decoder, Decoder, "decoder")
        if self.predictor is not None:
            checks.instance(self.predictor, Chain, "predictor")
        if self.regulariser is not None:
            checks.one_of(self.regulariser, REGULARISERS, "regulariser")
        object.__setattr__(self, "strength", checks.positive(self.strength, "strength"))
        if self.predictor is not None and self.predictor.outputs != self.decoder.code:
            raise ValueError(
                f"predictor: expected {self.decoder.code} outputs, the decoder's code, got {self.predictor.outputs}"
            )

    @property
    def dim(self) -> int:
        """Entries of an observation."""
        return self.decoder.dim

    @property
    def size(self) -> int:
        """Entries of w: the predictor's parameters (or the code), then the decoder's."""
        return (self.predictor.size if self.predictor else self.decoder.code) + self.decoder.size

    def check(
        self, y: ArrayLike, z: Latents, w: ArrayLike, x: ArrayLike | None = None
    ) -> tuple[Array, Array, Array, Array | None, bool]:
        """(y, z, w, x) as arrays, y (n, d), x (n, d_x) or None, and whether y came as a single observation."""
        y, single = checks.observations(y, self.dim, "y", complex_ok=True)
        w = checks.vector(w, self.size, "w", complex_ok=True)
        x = self.check_x(x, len(y), complex_ok=True)
        return y, self.check_z(z(self, y, w, x) if callable(z) else z, len(y)), w, x, single

    def check_z(self, z: ArrayLike, n: int) -> Array:
        """Latents, shared by n observations or each one's own."""
        z = checks.finite(z, "z", complex_ok=True)
        tail = (self.decoder.latent,) if self.decoder.latent else ()
        own = z.ndim == 2 + len(tail)
        if (
            z.ndim not in (1 + len(tail), 2 + len(tail))
            or (own and len(z) != n)
            or z.shape[z.ndim - len(tail) :] != tail
        ):
            one = "".join(f", {d}" for d in tail)
            raise ValueError(
                f"z: expected latents of shape (k,{one[1:]}), or (n, k{one}) with n = {n} observations, got {z.shape}"
            )
        return z

    def check_x(self, x: ArrayLike | None, n: int, complex_ok: bool = False) -> Array | None:
        """Conditions (n, d_x) for a predictor, None without one."""
        if (x is None) != (self.predictor is None):
            expected = "conditions for the predictor" if x is None else "None without a predictor"
            raise ValueError(f"x: expected {expected}, got {checks.describe(x)}")
        if x is None or self.predictor is None:
            return None
        x = checks.finite(x, "x", complex_ok)
        width = self.predictor.inputs
        if (
            x.shape not in ((n, width), *([(n,)] if width == 1 else []), *([(width,), ()] if n == 1 else []))
            or x.size != n * width
        ):
            raise ValueError(f"x: expected one condition for each observation, shape ({n}, {width}), got {x.shape}")
        return x.reshape(n, width)

    def parts(self, y: Array, z: Array, w: Array, x: Array | None) -> Iterator[tuple[slice, Arguments]]:
        """Checked arguments a tile of observations at a time."""
        rank = 1 if self.decoder.latent else 0
        own = z.ndim == 2 + rank
        for t in tiles(len(y), z.shape[-1 - rank]):
            yield t, (y[t], z[t] if own else z, w, None if x is None else x[t])

    def __call__(self, y: ArrayLike, z: Latents, w: ArrayLike, x: ArrayLike | None = None) -> Array:
        """Energy of every observation with every latent.

        Parameters
        ----------
        y : array_like, (n, d) or (d,)
            Observations, in the unit of the data.
        z : array_like, (k,) or (n, k), with one axis more for vector latents; or a callable
            Latents (radians, for the ellipse), shared by all observations or each observation's own; or an inference rule
            ``(energy, y, w, x) -> z`` that gives each observation its own, such as `argmin_z`.
        w : array_like, (size,)
            Parameters.
        x : array_like, (n, d_x), or (n,) where d_x = 1
            Conditions, for an energy with a predictor.

        Returns
        -------
        E : ndarray, (n, k), or (k,) for a single observation
            In the data's unit squared.

        Raises
        ------
        TypeError, ValueError
            For wrong shapes, NaN, infinite or huge (above 1e150) values, anything that is no number.
        """
        y, z, w, x, single = self.check(y, z, w, x)
        with np.errstate(all="ignore"):
            E = self.value(y, z, w, x)
        checks.no_overflow(w, E)
        return E[0] if single else E

    def adjoint(
        self, y: ArrayLike, z: Latents, w: ArrayLike, E_bar: ArrayLike, x: ArrayLike | None = None
    ) -> tuple[Array, ...]:
        """Adjoints of (y, z, w), and of x where there is one, shaped like them, given E_bar shaped like E.

        The stages' adjoints in reverse order. With E_bar a one-hot array these are the partial derivatives of one
        E(y, z). Raises as a call does.
        """
        y, z, w, x, single = self.check(y, z, w, x)
        shape = (len(y), z.shape[-2 if self.decoder.latent else -1])
        E_bar = checks.cotangent(E_bar, shape[1:] if single else shape, "E_bar").reshape(shape)
        with np.errstate(all="ignore"):
            y_bar, *bars = self.pull_back(y, z, w, x, E_bar)
        checks.no_overflow(w, y_bar, *bars)
        return (y_bar[0] if single else y_bar), *bars

    def split(self, w: Array) -> tuple[Array, Array]:
        """w as the predictor's (or the code) and the decoder's."""
        return w[: self.size - self.decoder.size], w[self.size - self.decoder.size :]

    def predict(self, w_f: Array, x: Array | None) -> list[Array]:
        """The predictor's states, of which the last is the code h = f(x) (n, c); or the parameter (c,) itself  (C27)."""
        return [w_f] if self.predictor is None else states(self.predictor, np.asarray(x), w_f)

    def predict_adjoint(self, w_f: Array, z_f: list[Array], h_bar: Array) -> tuple[Array, ...]:
        """Adjoints of w_f, and of x where there is one, given that of the code."""
        if self.predictor is None:
            return (h_bar,)
        lam, w_f_bar = multipliers(self.predictor, z_f, w_f, h_bar)
        return w_f_bar, lam[0]

    def code(self, w: Array, x: Array | None) -> Array:
        """The code h."""
        return self.predict(self.split(w)[0], x)[-1]

    def table(self, z: Array) -> Array | None:
        """T (d, 1 or n, k) where E is ``sum_i (y_i - h_i T_i(z))^2``, else None."""
        if self.decoder.table is None or self.decoder.latent or self.regulariser is not None:
            return None
        T = self.decoder.table(z)
        return T if z.ndim == 2 else T[:, None]

    def value(self, y: Array, z: Array, w: Array, x: Array | None = None) -> Array:
        """A call without its checks."""
        E = squared_error(y, self.decoder.forward(z, self.code(w, x), self.split(w)[1]))
        if self.regulariser is not None:
            E = E + self.strength * REGULARISERS[self.regulariser][0](z if self.decoder.latent else z[..., None])
        return E

    def pull_back(self, y: Array, z: Array, w: Array, x: Array | None, E_bar: Array) -> tuple[Array, ...]:
        """`adjoint` without its checks."""
        w_f, w_g = self.split(w)
        z_f = self.predict(w_f, x)
        y_bar, g_bar = squared_error_adjoint(y, self.decoder.forward(z, z_f[-1], w_g), E_bar)
        z_bar, h_bar, w_g_bar = self.decoder.adjoint(z, z_f[-1], w_g, g_bar)
        if self.regulariser is not None:
            z_bar = z_bar + self._regulariser_adjoint(z, self.strength * E_bar)
        w_f_bar, *x_bar = self.predict_adjoint(w_f, z_f, h_bar)
        return y_bar, z_bar, np.concatenate([w_f_bar, w_g_bar]), *x_bar

    def _regulariser_adjoint(self, z: Array, R_bar: Array) -> Array:
        vectors = z if self.decoder.latent else z[..., None]
        bar: Array = REGULARISERS[str(self.regulariser)][1](vectors, R_bar if vectors.ndim == 3 else R_bar.sum(axis=0))
        return bar if self.decoder.latent else bar[..., 0]
