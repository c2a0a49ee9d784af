"""The lecture's energies, composed of their boxes: predictor, decoder, cost and regulariser  (C5, C27-C29)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from ..numerics import checks
from ..numerics.checks import Array
from ..parts.chains import Chain, multipliers, states
from ..parts.costs import REGULARISERS, squared_error, squared_error_adjoint, squared_error_slack
from ..parts.decoders import Decoder
from ..parts.shapes import Packing, packed
from ..parts.starts import start_chain
from .energy import Energy
from .manifold import Manifold, rounding


@dataclass(frozen=True)
class Boxes:
    """Predictor f, decoder g, regulariser R and its strength r of ``E = C(y, g(f(x), z)) + r R(z)``. Trusts its arrays."""

    decoder: Decoder
    predictor: Chain | None = None
    regulariser: str | None = None
    strength: float = 1.0

    @cached_property
    def packing(self) -> Packing:
        """w: the predictor's parameters (or the code), then the decoder's."""
        return Packing(((self.predictor.size if self.predictor else self.decoder.code,), (self.decoder.size,)))

    def predict(self, w_f: Array, x: Array | None) -> list[Array]:
        """The predictor's states, of which the last is the code h = f(x) (n, c); or the parameter itself, (1, c)  (C27)."""
        return [w_f[None]] if self.predictor is None else states(self.predictor, np.asarray(x), w_f)

    def predict_adjoint(self, w_f: Array, z_f: list[Array], h_bar: Array) -> tuple[Array, ...]:
        """Adjoints of w_f, and of x where there is one, given that of the code."""
        if self.predictor is None:
            return (h_bar[0],)
        lam, w_f_bar = multipliers(self.predictor, z_f, w_f, h_bar)
        return w_f_bar, lam[0]

    def code(self, w: Array, x: Array | None = None) -> Array:
        """The code h (1 or n, c)."""
        return self.predict(self.packing.split(w)[0], x)[-1]

    def value(self, y: Array, z: Array, w: Array, x: Array | None) -> Array:
        """E (n, k)  (C5, C27 to C29)."""
        E = squared_error(y, self.decoder.forward(z, self.code(w, x), self.packing.split(w)[1]))
        return E if self.regulariser is None else E + self.strength * REGULARISERS[self.regulariser][0](z)

    def adjoint(self, y: Array, z: Array, w: Array, x: Array | None, E_bar: Array) -> tuple[Array, ...]:
        """The boxes' adjoints in reverse order."""
        w_f, w_g = self.packing.split(w)
        z_f = self.predict(w_f, x)
        y_bar, g_bar = squared_error_adjoint(y, self.decoder.forward(z, z_f[-1], w_g), E_bar)
        z_bar, h_bar, w_g_bar = self.decoder.adjoint(z, z_f[-1], w_g, g_bar)
        if self.regulariser is not None:
            R_bar = self.strength * (E_bar if len(z) == len(E_bar) else E_bar.sum(axis=0, keepdims=True))
            z_bar = z_bar + REGULARISERS[self.regulariser][1](z, R_bar)
        w_f_bar, *x_bar = self.predict_adjoint(w_f, z_f, h_bar)
        return y_bar, z_bar, packed([w_f_bar, w_g_bar]), *x_bar

    def slack(self, y: Array, z: Array, w: Array, x: Array | None, m: Array) -> Array:
        """How far rounding may part what ties; what it does inside a network is not known, and left out  (C15)."""
        known = self.decoder.table is not None
        return squared_error_slack(y, m, rounding(float(np.abs(z).max()), self.code(w, x)) if known else 0.0)

    def fast(self, z: Array, beta: float, p: Array | None) -> Surface | None:
        """The hot loop, for a decoder that is linear in its code."""
        if self.decoder.table is None or self.regulariser is not None:
            return None
        return Surface(self, Manifold(self.decoder.table(z), beta, p, float(np.abs(z).max())))

    def start(self, y: Array, rng: np.random.Generator, x: Array | None) -> Array:
        """Networks as `start_chain`; a predictor's last biases, or the code itself, are the data's root-mean-square radii.

        Radii then start away from 0 and of one sign.
        """
        radii = checks.finite(np.sqrt(2 * np.square(y).mean(axis=0)), "y")
        radii = np.resize(radii, self.decoder.code)
        w_f = radii if self.predictor is None else start_chain(self.predictor, np.asarray(x), radii, rng)
        if self.decoder.chain is None:
            return w_f
        rows = rng.normal(size=(len(y), self.decoder.chain.inputs))
        return packed([w_f, start_chain(self.decoder.chain, rows, y.mean(axis=0), rng)])


@dataclass(frozen=True)
class Surface:
    """Free energies of boxes whose decoder is linear in its code: `marginals.Marginal`'s methods by the hot loop."""

    boxes: Boxes
    manifold: Manifold

    def value(self, y: Array, w: Array, x: Array | None) -> Array:
        return self.manifold.value(y, self.boxes.code(w, x))

    def value_and_slope(self, y: Array, w: Array, x: Array | None, F_bar: Array) -> tuple[Array, Array]:
        return self.manifold.slope(y, self.boxes.code(w, x), F_bar)

    def value_and_gradient(
        self, y: Array, w: Array, x: Array | None, F_bar: Array, y_bar: Array | None = None
    ) -> tuple[Array, ...]:
        w_f = self.boxes.packing.split(w)[0]
        z_f = self.boxes.predict(w_f, x)
        F, h_bar = self.manifold.gradient(y, z_f[-1], F_bar, y_bar)
        return F, *self.boxes.predict_adjoint(w_f, z_f, h_bar)

    def value_and_adjoint(self, y: Array, w: Array, x: Array | None, F_bar: Array) -> tuple[Array, ...]:
        y_bar = np.empty(y.shape)
        F, *bars = self.value_and_gradient(y, w, x, F_bar, y_bar)
        return F, y_bar, *bars


def decoded(
    decoder: Decoder, predictor: Chain | None = None, regulariser: str | None = None, strength: float = 1.0
) -> Energy:
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

    Returns
    -------
    energy : Energy
        Its w is the predictor's parameters (or the code), then the decoder's; `energy.boxes` holds the parts.

    Raises
    ------
    TypeError, ValueError
        For parts of another kind, or that do not fit together.
    """
    checks.instance(decoder, Decoder, "decoder")
    if predictor is not None:
        checks.instance(predictor, Chain, "predictor")
    if regulariser is not None:
        checks.one_of(regulariser, REGULARISERS, "regulariser")
    if predictor is not None and predictor.outputs != decoder.code:
        raise ValueError(f"predictor: expected {decoder.code} outputs, the decoder's code, got {predictor.outputs}")
    made = Boxes(decoder, predictor, regulariser, checks.positive(strength, "strength"))
    return Energy(
        made.value,
        made.adjoint,
        decoder.dim,
        decoder.latent,
        made.packing.size,
        predictor.inputs if predictor else 0,
        start=made.start,
        slack=made.slack,
        fast=made.fast,
        boxes=made,
    )
