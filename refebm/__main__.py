"""The command line: the lectures computed and drawn, and the oracle's commands."""

from __future__ import annotations

import argparse
import sys
import traceback
from collections.abc import Sequence

from . import __version__, streams
from .files import InputError
from .lectures import commands as lectures
from .oracle import commands as oracle


def parser() -> argparse.ArgumentParser:
    main = argparse.ArgumentParser(
        prog="refebm",
        description="Reference implementation of energy-based models.",
        epilog="Each command has its own --help.",
    )
    main.add_argument("--version", action="version", version=f"refebm {__version__}")
    commands = main.add_subparsers(title="commands", metavar="COMMAND", dest="command")
    lectures.add(commands)
    oracle.add(commands)
    return main


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command and return its exit code, 0 if all went well.

    For what the user can mend it is 2, with one line that says what; 130 after Ctrl-C; 1 after a mistake of refebm's own, with
    its traceback, or where the output can't be written. Of check, where 1 and 2 are verdicts, 4 and 3.
    """
    streams.prepare()
    arguments = list(sys.argv[1:] if arguments is None else arguments)
    failed, misuse = (3, 4) if arguments[:1] == ["check"] else (1, 2)
    name = " ".join(["refebm", *arguments[:1]])
    try:
        code = _run(arguments, misuse)
        sys.stdout.flush()
        return code
    except InputError as error:
        streams.progress("")
        streams.say(f"{name}: error: {error}".replace("\n", " "))
        return misuse
    except KeyboardInterrupt:
        streams.progress("")
        return 130
    except Exception as error:
        if not isinstance(error, OSError) or error.filename is not None:
            streams.say(traceback.format_exc())
            return failed
        streams.silence(sys.stdout)
        if not isinstance(error, BrokenPipeError):  # whoever read the output has heard enough
            streams.say(f"{name}: error: output: expected somewhere to write it, got {error.strerror or error}")
        return failed
    finally:
        try:
            sys.stdout.flush()
        except OSError:
            streams.silence(sys.stdout)


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
