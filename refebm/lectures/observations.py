"""The observations of the ellipse lecture's unconditional case: its own 24, or a user's  (C2)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ..files import InputError
from ..models.ellipse_samples import ellipse_data, latent_grid
from ..numerics import checks
from ..numerics.checks import Array

# The data's radii exchanged: then the largest energy is (2 + 1.5)^2, the top of the deck's axis from 0 to 12.
UNTRAINED = np.array([1.5, 2.0])


@dataclass(frozen=True)
class Observations:
    """Observations Y (n, 2), their unit (1 for the lecture's own), and untrained radii.

    All lengths in the figures are in `unit`, all betas in 1 / unit^2.
    """

    Y: Array
    unit: float
    untrained: Array

    @property
    def z(self) -> Array:
        return latent_grid()

    def sample(self, number: int) -> int:
        """The index of the lecture's sample `number` (from 1), or of one in its place where there are not so many."""
        n = len(self.Y)
        return number - 1 if number <= n else n - 1 if number == 23 else n // 2


def draw(rng: np.random.Generator) -> Observations:
    """The lecture's own 24, and the radii exchanged."""
    return Observations(ellipse_data(24, rng), 1.0, UNTRAINED)


def scaled(Y: Array) -> Observations:
    """Any observations: their unit is half the largest size of one, and learning starts from exchanged root-mean-square radii.

    Raises
    ------
    InputError
        If the largest is below 1e-100.
    """
    unit = float(np.hypot(*Y.T).max()) / 2
    if unit < 1e-100:
        raise InputError(f"data: expected an observation of size 1e-100 at least, got none above {2 * unit:g}")
    return Observations(Y, unit, np.maximum(np.sqrt(2 * np.square(Y).mean(axis=0))[::-1], unit / 10))


def read(file: str) -> Observations:
    """Observations (n, 2), in a unit of their own, from an NPY file, or from text, two numbers a line.

    A comma, a semicolon or blanks are between the two, and the first line may be a header.

    Raises
    ------
    InputError
        If the file can't be read, or holds anything else than finite numbers of size at most 1e100, not all 0.
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
    return scaled(Y)


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
        if number == lines[0][0] and len(bad) == len(fields) and all(_is_name(f) for f in fields):
            continue
        if bad or len(fields) != 2:
            why = f"field {bad[0]} is no number" if bad else f"it has {len(fields)} fields"
            raise Unreadable(f"line {number} is {checks.describe(line)}: {why}")
        rows.append([float(field) for field in fields])
    return rows


def _is_name(field: str) -> bool:
    """It begins with a letter, and is not a number with a letter for a digit, as O.5."""
    looks = field.translate(str.maketrans("OolIi", "00111"))
    return re.match(r"#|[^\W\d]", field) is not None and not _is_number(looks)


def _is_number(field: str) -> bool:
    try:
        float(field)
    except ValueError:
        return False
    return "_" not in field  # Python reads 1_5 as 15
