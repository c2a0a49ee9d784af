"""A model that is not of the contract: what a module declares of it, what it offers, and how it is asked.

Functions are given what their arguments' names say: ``y`` observations (n, DIM), ``z`` the latents, ``w`` the parameters, ``beta``
the inverse temperature. So ``free_energy(y, beta)``, ``free_energy(y, w, beta)`` and ``free_energy(y)`` are all understood.
"""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from types import ModuleType
from typing import Any

import numpy as np

from ...numerics.checks import Array
from ..adapters import AdapterFailed, ModuleAdapter, TooLate, guarded, numeric
from ..judge import AnswerError
from ..precision import UNIT
from ..watch import bits
from .asking import SHAPES, WARM

ARGUMENTS = ("y", "z", "w", "beta", "q", "n", "seed", "u", "v")
# slopes that GRADIENT makes, each of the first of these that is offered
BY_GRADIENT = {"slope_y": ("free_energy",), "slope_w": ("free_energy",), "score": ("log_density",)}


class Model:
    """A module, path, or mapping of names to functions and declarations; AdapterFailed where it declares what can't be."""

    def __init__(
        self, target: str | ModuleType | Mapping[str, Any], timeout: float | None = None, startup: float | None = None
    ) -> None:
        self._adapter = ModuleAdapter(target, timeout, startup)
        self.names = names = self._adapter._names
        self.dtype, self.mutated, self.coarse = self._adapter.dtype, dict[str, str](), set[str]()
        self.functions = {name: _arguments(name, names[name]) for name in SHAPES if callable(names.get(name))}
        self.made = self._make(names.get("GRADIENT"))
        self.dim = int(_number("DIM", names.get("DIM")))
        self.latents = None if names.get("LATENTS") is None else _numbers("LATENTS", names["LATENTS"])
        k = 1 if self.latents is None else len(self.latents)
        self.prior = _numbers("PRIOR", names.get("PRIOR", np.full(k, 1 / k)), (k,))
        self.w = None if names.get("W") is None else self.parameters(np.random.default_rng(0))
        self.beta = _number("BETA", names.get("BETA", 1.0))
        self.box = _numbers("BOX", names.get("BOX", [(-3.0, 3.0)] * self.dim), (self.dim, 2))
        self.states = None if names.get("STATES") is None else _numbers("STATES", names["STATES"], (None, self.dim))
        self.mean = {"mean": True, "sum": False}.get(names.get("REDUCTION", "mean"))
        if self.mean is None:
            raise AdapterFailed(f"REDUCTION: expected 'mean' or 'sum', got {names['REDUCTION']!r}")
        if self.dtype not in ("float64", "float32"):
            raise AdapterFailed(f"DTYPE: expected float64 or float32, got {self.dtype!r}")
        self.u = UNIT[self.dtype]
        self.near = (
            2.0**-33 if self.dtype == "float64" else 2.0**-13
        )  # what right formulas lose, of the size of their terms
        for letter, name, value in (("w", "W", self.w), ("z", "LATENTS", self.latents)):
            if needy := [f for f, arguments in self.functions.items() if letter in arguments and value is None]:
                raise AdapterFailed(f"{name}: expected what {', '.join(needy)} takes as {letter}, got none")

    def _make(self, gradient: Any) -> dict[str, str]:
        """Slopes by the module's own differentiation, into the functions; of what each is made."""
        made: dict[str, str] = {}
        for name, sources in BY_GRADIENT.items() if callable(gradient) else ():
            f = next((f for f in sources if f in self.functions and name not in self.functions), None)
            if f and (name != "slope_w" or "w" in self.functions[f]):
                made[name], self.functions[name] = f, self.functions[f]
        return made

    def parameters(self, rng: np.random.Generator) -> Array | None:
        """W, or a draw of it where it is a function of a generator."""
        w = self.names.get("W")
        return None if w is None else _numbers("W", w(rng) if callable(w) else w)

    def has(self, name: str) -> bool:
        """Whether a function is offered, or latents or parameters declared."""
        declared = {"LATENTS": self.latents, "W": self.w}
        return name in self.functions or declared.get(name) is not None

    def takes(self, argument: str, names: Any) -> bool:
        """Whether all of these functions that depend on it take this argument."""
        depends = [f for f in names if f in self.functions and (argument != "beta" or f in WARM)]
        return all(argument in self.functions[f] for f in depends)

    def call(self, name: str, given: dict[str, Any]) -> Array:
        """An answer as float64 array of the right shape; AnswerError where it is none."""
        arguments = {key: given[key] for key in self.functions[name]}
        own = {key: v.copy() if isinstance(v, np.ndarray) else v for key, v in arguments.items()}
        answer, came = numeric(self._answer(name, own), name)
        if UNIT[came] > self.u:
            self.coarse.add(f"{name} comes as {came}")
        if changed := [key for key, v in own.items() if bits(v) != bits(arguments[key])]:
            self.mutated[name] = f"{', '.join(changed)} came back changed"
        self._shaped(name, answer, given)
        return answer

    def _answer(self, name: str, own: dict[str, Any]) -> Any:
        at = "ARRAY"
        try:
            with np.errstate(all="ignore"), guarded(self._adapter._timeout, self._adapter._folder):
                put = {key: self._adapter._array(v) if isinstance(v, np.ndarray) else v for key, v in own.items()}
                at = name
                if name not in self.made:
                    return self.names[name](**put)
                f, by = self.names[self.made[name]], "w" if name == "slope_w" else "y"

                def scalar(x: Any) -> Any:
                    value = f(**(put | {by: x}))
                    return value.mean() if by == "w" and self.mean else value.sum()

                return self.names["GRADIENT"](scalar)(put[by])
        except TooLate:
            raise AdapterFailed(f"no answer within {self._adapter._timeout:g} seconds to {name}") from None
        except (Exception, SystemExit) as error:
            raise AnswerError(f"{at} raised {type(error).__name__}: {' '.join(str(error).split())[:200]}") from None

    def _shaped(self, name: str, answer: Array, given: dict[str, Any]) -> None:
        sizes = {"n": len(given["y"]) if name != "sample" else given["n"], "d": self.dim}
        if SHAPES[name] == "W":
            assert self.w is not None
            wanted: Any = (self.w.shape, (sizes["n"], *self.w.shape))
        else:
            letters = SHAPES[name].strip("()").replace(",", " ").split()
            letters = [v for v in letters if v != "k" or self.latents is not None]
            sizes["k"] = len(given["z"]) if self.latents is not None else 1
            sizes["m"] = answer.shape[-1] if answer.ndim else 0
            wanted = (tuple(sizes[v] for v in letters),)
        if answer.shape not in wanted:
            raise AnswerError(f"{name}: expected an array of shape {wanted[0]}, got {answer.shape}")


def _arguments(name: str, function: Any) -> tuple[str, ...]:
    """Names of what a function is to be given."""
    try:
        found = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):
        raise AdapterFailed(f"{name}: expected a function whose arguments have names") from None
    wanted = [v.name for v in found if v.default is v.empty and v.kind not in (v.VAR_POSITIONAL, v.VAR_KEYWORD)]
    wanted += [v.name for v in found if v.name in ARGUMENTS and v.name not in wanted]
    if unknown := [v for v in wanted if v not in ARGUMENTS]:
        raise AdapterFailed(f"{name}: expected arguments out of {', '.join(ARGUMENTS)}, got {', '.join(unknown)}")
    return tuple(wanted)


def _number(name: str, value: Any) -> float:
    found = 0.0 if value is None else float(_numbers(name, value, ()))
    if not found > 0:
        raise AdapterFailed(f"{name}: expected a number above 0, got {value!r}")
    return found


def _numbers(name: str, value: Any, shape: Any = None) -> Array:
    """Finite numbers of a declaration, of this shape; None fits any size."""
    try:
        found = numeric(value, name)[0]
    except AnswerError as error:
        raise AdapterFailed(str(error)) from None
    fits = shape is None or (
        found.ndim == len(shape) and all(s in (None, t) for s, t in zip(shape, found.shape, strict=True))
    )
    if not fits or not np.isfinite(found).all() or not found.size:
        raise AdapterFailed(f"{name}: expected finite numbers{f' of shape {shape}' if shape else ''}, got {value!r}")
    return found
