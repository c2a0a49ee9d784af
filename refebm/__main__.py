"""The command line: the two lectures computed and drawn, and the oracle's commands."""

from __future__ import annotations

import argparse
import io
import os
import sys
import traceback
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, TextIO

from . import __version__
from .files import InputError, folder, replaced, writing
from .oracle import commands as oracle

LECTURE = """\
Compute and draw the ellipse lecture. Unconditional (C1 to C25): inference by every method, the radii fitted at zero
temperature and warmer, the losses. Conditional (C26, C27): the horn, learned. The numbers are printed, and each of the
deck's figures is written as a PNG file.
"""
EXAMPLE = """\
examples:
  refebm lecture                        the lecture's own 24 samples, figures into ./lecture
  refebm lecture --seed 7 --out /tmp/7  another draw of the samples
  refebm lecture --data points.csv      your own observations: two numbers a line, a comma, a semicolon or blanks
                                        between, with or without a line of names; or an NPY array of shape (n, 2)
"""

VARIATIONAL = """\
Compute and draw the variational lecture (L1 to L19, W11, W12): Gibbs distributions, a network energy learned by exact
maximum likelihood and the canyon that it digs, Langevin dynamics and its bias, the variational bound, and the code balls
of a variational auto-encoder. The numbers are printed, and each figure is written as a PNG file.
"""


def parser() -> argparse.ArgumentParser:
    main = argparse.ArgumentParser(
        prog="refebm",
        description="Reference implementation of energy-based models.",
        epilog="Each command has its own --help.",
    )
    main.add_argument("--version", action="version", version=f"refebm {__version__}")
    commands = main.add_subparsers(title="commands", metavar="COMMAND", dest="command")
    raw = argparse.RawDescriptionHelpFormatter
    lecture = commands.add_parser(
        "lecture", help="compute and draw the ellipse lecture", description=LECTURE, epilog=EXAMPLE, formatter_class=raw
    )
    variational = commands.add_parser(
        "variational", help="compute and draw the variational lecture", description=VARIATIONAL, formatter_class=raw
    )
    for command in (lecture, variational):
        name = command.prog.split()[-1]
        command.add_argument(
            "--out", metavar="DIR", default=name, help="folder for the figures, made if need be (default: %(default)s)"
        )
        command.add_argument(
            "--seed", metavar="N", type=_seed, default=0, help="seed of the generated samples (default: %(default)s)"
        )
    lecture.add_argument(
        "--data", metavar="FILE", help="your observations, CSV or NPY, in place of the 24 generated ones"
    )
    oracle.add(commands)
    lecture.set_defaults(run=run_lecture, parser=lecture)
    variational.set_defaults(run=run_variational, parser=variational)
    return main


def _seed(text: str) -> int:
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"expected a whole number from 0 up, got {text!r}")
    return int(text)


def run_lecture(options: argparse.Namespace) -> None:
    import numpy as np

    from .lectures import ellipse as lecture
    from .lectures import figures, figures_free, figures_horn
    from .lectures import horn as lecture_horn
    from .models.ellipse_samples import ellipse_data

    rng = np.random.default_rng(options.seed)
    Y, unit = (ellipse_data(24, rng), 1.0) if options.data is None else (lecture.read(options.data), None)
    out = folder(options.out, "out")
    found = lecture.run(Y, unit)
    print("\n".join(lecture.report(found)))
    _progress("learning the horn")
    horn = lecture_horn.run(1000, rng)
    _progress("")
    print("\n".join(["", *lecture_horn.report(horn)]))
    drawings: list[tuple[Any, Any]] = [(draw, found) for draw in figures.ALL + figures_free.ALL]
    drawings += [(draw, horn) for draw in figures_horn.ALL]
    _write(out, [*lecture.report(found), "", *lecture_horn.report(horn)], drawings)


def run_variational(options: argparse.Namespace) -> None:
    import numpy as np

    from .lectures import auto_encoder as lecture_vae
    from .lectures import figures_likelihood, figures_variational
    from .lectures import likelihood as lecture_likelihood

    rng = np.random.default_rng(options.seed)
    out = folder(options.out, "out")
    _progress("learning a network energy by maximum likelihood")
    likelihood = lecture_likelihood.run(rng)
    _progress("training auto-encoders")
    balls = lecture_vae.run(rng)
    _progress("")
    numbers = [*lecture_likelihood.report(likelihood), "", *lecture_vae.report(balls)]
    print("\n".join(numbers))
    drawings: list[tuple[Any, Any]] = [(draw, likelihood) for draw in figures_likelihood.ALL]
    drawings += [(draw, balls) for draw in figures_variational.ALL]
    _write(out, numbers, drawings)


def _write(out: Path, numbers: Sequence[str], drawings: Sequence[tuple[Any, Any]]) -> None:
    """The numbers as text, and each drawing (function, data) as a PNG file, into the folder."""
    import matplotlib

    from .lectures.figures import STYLE

    names = [f"{i:02}-{draw.__name__.replace('_', '-')}.png" for i, (draw, _) in enumerate(drawings, 1)]
    older = replaced(out / name for name in ("numbers.txt", *names))
    with writing("out", "folder", out):
        (out / "numbers.txt").write_text("\n".join(numbers) + "\n", "utf-8")
    for number, (name, (draw, data)) in enumerate(zip(names, drawings, strict=True), 1):
        _progress(f"drawing {number} of {len(drawings)}: {name}")
        with matplotlib.rc_context(STYLE):
            figure = draw(data)
            with writing("out", "folder", out):
                figure.savefig(out / name, dpi=120, metadata={"Software": None})
    _progress("")
    print(f"\n{len(drawings)} figures and numbers.txt are in {out}{older}")


def _progress(text: str) -> None:
    """One line that overwrites itself, on a terminal only."""
    if sys.stderr.isatty():
        _say(f"\r\x1b[K{text}", end="")


def _say(text: str, end: str = "\n") -> None:
    """On the error stream, if it can still be heard there."""
    try:
        print(text, end=end, file=sys.stderr, flush=True)
    except OSError:
        _silence(sys.stderr)


def _silence(stream: TextIO) -> None:
    """What is still to be written there is dropped, or Python would try again at its end, and fail."""
    with suppress(OSError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def _streams() -> None:
    """Closed streams are opened, on nothing, or the next file opened would be in their place; no letter is too odd to print."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, mode, errors="backslashreplace"))  # noqa: SIM115
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command and return its exit code, 0 if all went well.

    For what the user can mend it is 2, with one line that says what; 130 after Ctrl-C; 1 after a mistake of refebm's own, with
    its traceback, or where the output can't be written. Of check, where 1 and 2 are verdicts, 4 and 3.
    """
    _streams()
    arguments = list(sys.argv[1:] if arguments is None else arguments)
    failed, misuse = (3, 4) if arguments[:1] == ["check"] else (1, 2)
    name = " ".join(["refebm", *arguments[:1]])
    try:
        code = _run(arguments, misuse)
        sys.stdout.flush()
        return code
    except InputError as error:
        _progress("")
        _say(f"{name}: error: {error}".replace("\n", " "))
        return misuse
    except KeyboardInterrupt:
        _progress("")
        return 130
    except Exception as error:
        if not isinstance(error, OSError) or error.filename is not None:
            _say(traceback.format_exc())
            return failed
        _silence(sys.stdout)
        if not isinstance(error, BrokenPipeError):  # whoever read the output has heard enough
            _say(f"{name}: error: output: expected somewhere to write it, got {error.strerror or error}")
        return failed
    finally:
        try:
            sys.stdout.flush()
        except OSError:
            _silence(sys.stdout)


def _run(arguments: Sequence[str], misuse: int) -> int:
    try:
        options = parser().parse_args(arguments)
    except SystemExit as end:
        sys.stdout.flush()
        raise SystemExit(misuse if end.code == 2 else end.code) from None
    if options.command is None:
        parser().print_help()
        return misuse
    return int(options.run(options) or 0)


if __name__ == "__main__":
    sys.exit(main())
