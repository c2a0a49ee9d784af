"""The one loop of every sampler: n Markov chains at once, a chain in a row, of real numbers or of discrete ones  (W12)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from ..numerics import checks
from ..numerics.checks import Array
from .diagnostics import effective_sample_size

if TYPE_CHECKING:
    from scipy.optimize import OptimizeResult

State = tuple[Array, ...]


@dataclass(frozen=True)
class Kernel:
    """A step of n chains at once, ``state, taken = move(state, noise(rng, n))``  (W12).

    All randomness is in `noise`, so that a move is a function that can be checked exactly.

    Parameters
    ----------
    start : callable
        ``start(y) -> state`` for y (n, d), finite floats: a tuple of arrays with a row for each chain. Its first is y, of any
        type; what follows is what a step knows of y, so that the next need not compute it again.
    noise : callable
        ``noise(rng, n)``: all random numbers of a step, in the form that `move` takes.
    move : callable
        ``move(state, noise) -> (state, taken)``: new arrays, and of each chain whether it took what was proposed (n,).
    """

    start: Callable[[Array], State]
    noise: Callable[[np.random.Generator, int], Any]
    move: Callable[[State, Any], tuple[State, Array]]

    def __post_init__(self) -> None:
        for name in ("start", "noise", "move"):
            checks.function(getattr(self, name), name)


@np.errstate(under="ignore")
def sample_chain(
    kernel: Kernel, y: ArrayLike, steps: int, rng: np.random.Generator, burn: int = 0, thin: int = 1
) -> OptimizeResult:
    """Draws by many chains of one kernel  (W12).

    Parameters
    ----------
    kernel : Kernel
        Such as `block_gibbs` or `single_site_gibbs` make.
    y : array_like, (n, d)
        Where the n chains start.
    steps : int
        Steps that are kept, before thinning.
    rng : numpy.random.Generator
    burn, thin : int
        Steps thrown away first; of the kept ones every thin-th is returned.

    Returns
    -------
    OptimizeResult
        ``y`` (steps // thin, n, d), of the kernel's type; ``acceptance`` (n,), the share of kept steps that each chain took;
        ``ess`` (d,), the effective sample size of each coordinate's mean over all that is returned; ``last`` (n, d), the end.

    Raises
    ------
    TypeError, ValueError
        For wrong arguments, and for a kernel whose y changes its shape or type on the way.
    """
    from scipy.optimize import OptimizeResult

    checks.instance(kernel, Kernel, "kernel")
    given = checks.finite(y, "y")
    if given.ndim not in (1, 2):
        raise ValueError(f"y: expected shape (n, d), got {given.shape}")
    checks.generator(rng)
    burn, thin = checks.count(burn, "burn", 0), checks.count(thin, "thin")
    if checks.count(steps, "steps") < thin:
        raise ValueError(f"steps: expected at least thin = {thin}, got {steps}")
    checks.room(steps // thin * given.size, "steps")
    state = kernel.start(given := np.atleast_2d(given))
    now = _position(state, given.shape)
    kept, taken = np.empty((steps // thin, *now.shape), now.dtype), np.zeros(len(now))
    for t in range(-burn, steps):
        state, accepted = kernel.move(state, kernel.noise(rng, len(now)))
        now = _position(state, now.shape, now.dtype)
        if t >= 0:
            taken += accepted
            if (t + 1) % thin == 0:
                kept[(t + 1) // thin - 1] = now
    ess = effective_sample_size(kept.astype(float, copy=False))
    return OptimizeResult(y=kept, acceptance=taken / steps, ess=ess, last=now.copy())


def _position(state: State, shape: tuple[int, ...], dtype: Any = None) -> Array:
    """y of a state, if it is of the shape, and from the first on of the type, that the chains have."""
    y = state[0] if isinstance(state, tuple) and state else state
    if not isinstance(y, np.ndarray) or y.shape != shape or (dtype is not None and y.dtype != dtype):
        kind = f" and type {dtype}" if dtype is not None else ""
        raise ValueError(
            f"kernel: expected states (y, ...), y an array of shape {shape}{kind}, got {checks.describe(y)}"
        )
    return y
