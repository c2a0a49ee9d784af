"""The command that computes and draws a lecture, and the parts that each lecture has."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ..files import InputError, folder, replaced, writing
from ..streams import progress

LECTURE = """\
Compute and draw a lecture. The numbers are printed, and each figure is written as a PNG file.

ellipse      unconditional (C1 to C25): inference by every method, the radii fitted at zero temperature and warmer, the
             losses; conditional (C26, C27): the horn, learned
variational  (L1 to L19, W11, W12) Gibbs distributions, an energy learned by exact maximum likelihood and the
             canyon that it digs, Langevin dynamics and its bias, the variational bound, and the code balls of a
             variational auto-encoder
all          every lecture, each into a folder of its own in one
"""
EXAMPLE = """\
examples:
  refebm lecture                        the ellipse lecture's own 24 samples, figures into ./lecture
  refebm lecture --seed 7 --out /tmp/7  another draw of the samples
  refebm lecture --data points.csv      your own observations: two numbers a line, a comma, a semicolon or blanks
                                        between, with or without a line of names; or an NPY array of shape (n, 2)
  refebm lecture variational            the variational lecture, figures into ./variational
  refebm lecture all                    both, into ./lecture/ellipse and ./lecture/variational
"""
FOLDERS = {"ellipse": "lecture", "all": "lecture"}  # other lectures go into a folder of their name
Parts = list[tuple[Any, Any]]


def _ellipse(rng: np.random.Generator, file: str | None = None) -> Parts:
    from . import ellipse_inference, ellipse_learning, horn
    from .observations import draw, read

    given = draw(rng) if file is None else read(file)
    return [(ellipse_inference, given), (ellipse_learning, given), (horn, rng)]


def _variational(rng: np.random.Generator) -> Parts:
    from . import auto_encoder, likelihood

    return [(likelihood, rng), (auto_encoder, rng)]


# The parts of each lecture in their order, and what each is given. A part is a module with `run(given)`, which computes,
# `report(found)`, lines of text, and `FIGURES`, functions of what was found, in the order in which they are drawn.
LECTURES: dict[str, Callable[..., Parts]] = {"ellipse": _ellipse, "variational": _variational}


def add(commands: Any) -> None:
    """Add the lectures' command to the command line."""
    raw = argparse.RawDescriptionHelpFormatter
    lecture = commands.add_parser(
        "lecture", help="compute and draw a lecture", description=LECTURE, epilog=EXAMPLE, formatter_class=raw
    )
    lecture.add_argument(
        "lecture",
        metavar="LECTURE",
        nargs="?",
        choices=[*LECTURES, "all"],
        default="ellipse",
        help=f"{', '.join(LECTURES)} or all (default: %(default)s)",
    )
    lecture.add_argument(
        "--out",
        metavar="DIR",
        help="folder for the figures, made if need be (default: lecture; a lecture's name for others than the ellipse)",
    )
    lecture.add_argument(
        "--seed", metavar="N", type=_seed, default=0, help="seed of the generated samples (default: %(default)s)"
    )
    lecture.add_argument(
        "--data",
        metavar="FILE",
        help="of the ellipse: your observations, CSV or NPY, in place of the 24 generated ones",
    )
    lecture.set_defaults(run=run_lecture, parser=lecture)


def _seed(text: str) -> int:
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"expected a whole number from 0 up, got {text!r}")
    return int(text)


def run_lecture(options: argparse.Namespace) -> None:
    """One lecture, or each after the other, from the same seed; all that can be refused is, before the work."""
    chosen = options.lecture
    names = list(LECTURES) if chosen == "all" else [chosen]
    if options.data is not None and names != ["ellipse"]:
        raise InputError(f"data: expected none but for the ellipse lecture, got {options.data} for {chosen}")
    data = [] if options.data is None else [options.data]
    parts = [LECTURES[name](np.random.default_rng(options.seed), *data) for name in names]
    out = folder(FOLDERS.get(chosen, chosen) if options.out is None else options.out, "out")
    places = [folder(out / name, "out") for name in names] if chosen == "all" else [out]
    for i, place in enumerate(places):
        if i:
            print()
        _write(place, *_compute(parts[i]))


def _compute(parts: Parts) -> tuple[list[str], Parts]:
    """The report of all parts, printed as it comes, and each figure's function with what it draws."""
    numbers, drawings = list[str](), []
    for part, given in parts:
        progress(f"computing: {part.__name__.rpartition('.')[2].replace('_', ' ')}")
        found = part.run(given)
        lines = [*([""] if numbers else []), *part.report(found)]
        progress("")
        print("\n".join(lines))
        numbers += lines
        drawings += [(draw, found) for draw in part.FIGURES]
    return numbers, drawings


def _write(out: Path, numbers: Sequence[str], drawings: Parts) -> None:
    """The numbers as text, and each drawing (function, data) as a PNG file, into the folder."""
    import matplotlib

    from .style import STYLE

    names = [f"{i:02}-{draw.__name__.replace('_', '-')}.png" for i, (draw, _) in enumerate(drawings, 1)]
    older = replaced(out / name for name in ("numbers.txt", *names))
    with writing("out", "folder", out):
        (out / "numbers.txt").write_text("\n".join(numbers) + "\n", "utf-8")
    for number, (name, (draw, data)) in enumerate(zip(names, drawings, strict=True), 1):
        progress(f"drawing {number} of {len(drawings)}: {name}")
        with matplotlib.rc_context(STYLE):
            figure = draw(data)
            with writing("out", "folder", out):
                figure.savefig(out / name, dpi=120, metadata={"Software": None})
    progress("")
    print(f"\n{len(drawings)} figures and numbers.txt are in {out}{older}")
