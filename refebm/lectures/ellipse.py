"""The lecture's unconditional case, computed: data, inference, and the fits at zero temperature and warmer  (C2-C25)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ..energies.marginals import free_energy
from ..files import InputError
from ..learning.learners import learn
from ..learning.losses import loss_functional
from ..models.ellipse_closest import SEARCHES, argmin_z, infer
from ..models.ellipse_energy import ellipse
from ..models.ellipse_samples import latent_grid
from ..numerics import checks
from ..numerics.checks import Array

# The data's radii exchanged: then the largest energy is (2 + 1.5)^2, the top of the deck's axis from 0 to 12.
UNTRAINED = np.array([1.5, 2.0])
BETAS = (0.1, 0.3, 1.0, 3.2, 10.0, np.inf)
TOL = 1e-8  # of the gradient, in the data's unit; radii are then known to about as much, and printed to six


@dataclass(frozen=True)
class Lecture:
    """Observations Y (n, 2), their unit (1 for the lecture's own), untrained radii, and the two fits.

    All lengths in the figures are in `unit`, all betas in 1 / unit^2.
    """

    Y: Array
    unit: float
    untrained: Array
    cold: Any
    warm: Any

    @property
    def z(self) -> Array:
        return latent_grid()

    def sample(self, number: int) -> int:
        """The index of the lecture's sample `number` (from 1), or of one in its place where there are not so many."""
        n = len(self.Y)
        return number - 1 if number <= n else n - 1 if number == 23 else n // 2


def run(Y: Array, unit: float | None = None) -> Lecture:
    """Fit the observations at zero temperature and at beta = 1 / unit^2, from exchanged radii.

    Without a unit it is half the largest size of an observation, and the start is the exchanged root-mean-square radii.
    """
    untrained = UNTRAINED
    if unit is None:
        unit = float(np.hypot(*Y.T).max()) / 2
        if unit < 1e-100:
            raise InputError(f"data: expected an observation of size 1e-100 at least, got none above {2 * unit:g}")
        untrained = np.maximum(np.sqrt(2 * np.square(Y).mean(axis=0))[::-1], unit / 10)
    fits = [
        learn(ellipse, Y, z, untrained, beta, tol=TOL * unit)
        for z, beta in ((argmin_z, np.inf), (latent_grid(), 1 / unit**2))
    ]
    return Lecture(Y, unit, untrained, *fits)


def read(file: str) -> Array:
    """Observations (n, 2) from an NPY file, or from text, two numbers a line.

    A comma, a semicolon or blanks are between the two, and the first line may be a header.

    Raises
    ------
    InputError
        If the file can't be read, or holds anything else than finite numbers of size at most 1e100.
    """
    path = Path(file)
    try:
        value: Any = _load(path) if path.suffix.lower() == ".npy" else _parse(path.read_text("utf-8-sig"))
        Y = checks.finite(value, f"data ({file})", largest=1e100)
    except OSError as error:
        raise InputError(f"data: expected a readable file, got {file} ({error.strerror or error})") from None
    except (Unreadable, UnicodeDecodeError) as error:
        raise InputError(f"data: expected two numbers a line, or an NPY array, got {file} ({error})") from None
    except (TypeError, ValueError) as error:  # not finite, say
        raise InputError(str(error)) from None
    if Y.ndim != 2 or Y.shape[1] != 2:
        raise InputError(f"data: expected observations of shape (n, 2), got {Y.shape} from {file}")
    return Y


class Unreadable(Exception):
    """Why a file holds no observations."""


def _load(path: Path) -> Array:
    with path.open("rb") as file:
        try:
            value = np.lib.format.read_array(file, allow_pickle=False)
        except Exception as error:  # a damaged header raises nearly anything
            raise Unreadable(str(error) or type(error).__name__) from None
        if file.read(1):
            raise Unreadable("it is longer than its header says")
    return np.asarray(value)


def _parse(text: str) -> list[list[float]]:
    """Two numbers from each line that is not blank; a first line in which every field begins with a letter is a header."""
    rows: list[list[float]] = []
    lines = [(number, line) for number, line in enumerate(text.splitlines(), 1) if line.strip()]
    for number, line in lines:
        fields = [field.strip(' \t"') for field in line.split(next((s for s in ";," if s in line), None))]
        bad = [i for i, field in enumerate(fields, 1) if not _is_number(field)]
        if number == lines[0][0] and len(bad) == len(fields) and all(re.match(r"#|[^\W\d]", f) for f in fields):
            continue
        if bad or len(fields) != 2:
            why = f"field {bad[0]} is no number" if bad else f"it has {len(fields)} fields"
            raise Unreadable(f"line {number} is {checks.describe(line)}: {why}")
        rows.append([float(field) for field in fields])
    return rows


def _is_number(field: str) -> bool:
    try:
        float(field)
    except ValueError:
        return False
    return "_" not in field  # Python reads 1_5 as 15


def report(lecture: Lecture) -> Iterator[str]:
    """The table of what was computed, line by line.

    It is the same on every machine: what rounding decides is no number here. Counts of iterations are left out, and gaps
    that are rounding errors are printed as bounds.
    """
    Y, unit, w = lecture.Y, lecture.unit, lecture.untrained
    yield f"{len(Y)} observations; untrained radii {_pair(w)}; lengths in the data's unit, energies in its square, angles in rad"
    yield ""
    yield "Inference (C7, C8): the latent of least energy on the untrained manifold; how far searches are from it, in z and in F"
    yield f"{'sample':>8}  {'z':>10}  {'F':>12}" + "".join(
        f"  {method:>16}" for method in SEARCHES if method != "exact"
    )
    for n in dict.fromkeys((0, lecture.sample(10), lecture.sample(23))):
        exact = infer(Y[n], w)
        others = [infer(Y[n], w, method) for method in SEARCHES if method != "exact"]
        yield f"{f'Y[{n + 1}]':>8}  {exact.z:>10.6f}  {exact.fun:>12.5e}" + "".join(
            f"  {_agreement(exact, other, unit):>16}" for other in others
        )
    yield ""
    yield f"Learning (C25): energy loss, L-BFGS; warm is beta = {1 / unit**2:.4g}"
    yield f"{'fit':<10}  {'w_1':>12}  {'w_2':>12}  {'loss before':>12}  {'after':>12}  converged"
    for name, fit in (("cold", lecture.cold), ("warm", lecture.warm)):
        w = visible(fit.w, unit)
        numbers = f"{w[0]:>12.6g}  {w[1]:>12.6g}  {fit.history['loss'][0]:>12.6g}  {fit.fun:>12.6g}"
        yield f"{name:<10}  {numbers}  {f'gradient below {TOL:g}' if fit.success else 'no'}"
    if np.abs(lecture.warm.w).min() < 1e-3 * unit:
        yield "A radius of the warm fit is 0: at this beta the data's spread along it is no more than the model's own noise."
    yield ""
    yield "Losses (C22 to C24) against contrastive points at half the radius, hinge margin 1 in the same energy unit"
    yield f"{'loss':<10}  {'untrained, cold':>16}  {'cold fit, cold':>16}  {'untrained, warm':>16}  {'warm fit, warm':>16}"
    for loss in ("energy", "hinge", "log"):
        yield f"{loss:<10}  " + "  ".join(f"{value:>16.6g}" for value in _losses(lecture, loss))


def _losses(lecture: Lecture, loss: str) -> Iterator[float]:
    """One loss in units of energy unit^2, before and after, cold and warm."""
    Y = lecture.Y / lecture.unit
    contrast: dict[str, Any] = {} if loss == "energy" else {"y_hat": Y / 2}
    for z, beta, fit in ((argmin_z, np.inf, lecture.cold), (lecture.z, 1.0, lecture.warm)):
        for w in (lecture.untrained, fit.w):
            yield loss_functional(ellipse, Y, z, w / lecture.unit, beta, loss, **contrast)[0]


def _agreement(exact: Any, found: Any, unit: float) -> str:
    """How far a search's z and F are from the exact ones: 1e-6 and 1e-12 unit^2 are what searches by energies can promise."""
    turn = abs(found.z - exact.z)
    turn, F = min(turn, 2 * np.pi - turn), abs(found.fun - exact.fun) / unit**2
    return "  ".join(f"{'<' if gap < bound else '>'}{bound:.0e}" for gap, bound in ((turn, 1e-6), (F, 1e-12)))


def visible(w: Array, unit: float) -> Array:
    """Radii to print: one that has shrunk below a millionth of the unit is 0."""
    return np.where(np.abs(w) < 1e-6 * unit, 0.0, w)


def _pair(w: Array) -> str:
    return f"({w[0]:.6g}, {w[1]:.6g})"


def energy_map(lecture: Lecture, w: Array, beta: float, step: float, wide: float = 2) -> tuple[Array, Array, Array]:
    """Axes of a mesh of step `step` in units, [-wide, wide] by [-3, 3], and the free energy on it (C8, C13), rows along y_2."""
    y1, y2 = (np.linspace(-end, end, round(2 * end / step) + 1) * lecture.unit for end in (wide, 3))
    z = argmin_z if beta == np.inf else lecture.z
    Y = np.stack(np.meshgrid(y1, y2), axis=-1)
    return y1, y2, free_energy(ellipse, Y.reshape(-1, 2), z, w, beta / lecture.unit**2).reshape(Y.shape[:2])
