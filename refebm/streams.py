"""What a command says on its streams, and that a stream which is closed, full or no longer read does no harm."""

from __future__ import annotations

import io
import os
import sys
from contextlib import suppress
from typing import TextIO


def progress(text: str) -> None:
    """One line that overwrites itself, on a terminal only."""
    if sys.stderr.isatty():
        say(f"\r\x1b[K{text}", end="")


def say(text: str, end: str = "\n") -> None:
    """On the error stream, if it can still be heard there."""
    try:
        print(text, end=end, file=sys.stderr, flush=True)
    except OSError:
        silence(sys.stderr)


def silence(stream: TextIO) -> None:
    """What is still to be written there is dropped, or Python would try again at its end, and fail."""
    with suppress(OSError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def prepare() -> None:
    """Closed streams are opened, on nothing, or the next file opened would be in their place; no letter is too odd to print."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, mode, errors="backslashreplace"))  # noqa: SIM115
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")
