"""Where a command meets the user's files: what can't be written is found before the work, and what is replaced is said."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path


class InputError(ValueError):
    """What the user of a command can mend. The command line says it in one line; any other exception is refebm's own mistake."""


@contextmanager
def writing(name: str, what: str, path: Path | str) -> Iterator[None]:
    """Words the system's refusal to write `what`, a folder or a file, that the argument `name` gives."""
    try:
        yield
    except OSError as error:
        raise InputError(
            f"{name}: expected a {what} that can be written, got {path} ({error.strerror or error})"
        ) from None


def folder(path: str | Path, name: str) -> Path:
    """The folder `path`, made if need be, after a file could be made in it.

    Raises
    ------
    InputError
        If it is no folder, or can't be made or written.
    """
    if not str(path):
        raise InputError(f"{name}: expected a folder that can be written, got ''")
    out = Path(path)
    with writing(name, "folder", out):
        out.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=out):
            pass
    return out


def file(path: str, name: str) -> Path:
    """The path of a file that can be written, if it could be by now; what it holds stays.

    Raises
    ------
    InputError
        If it is a folder, or its folder is not there or can't be written.
    """
    out = Path(path)
    with writing(name, "file", path):
        if out.is_dir() or not path:
            raise IsADirectoryError(None, "a folder")
        if out.exists():
            os.close(os.open(out, os.O_WRONLY))
        else:
            with tempfile.TemporaryFile(dir=out.parent):
                pass
    return out


def replaced(paths: Iterable[Path]) -> str:
    """What to say, before they are written, of files that are there already; nothing if there are none."""
    count = sum(path.exists() for path in paths)
    return f", {count} in place of older ones" if count else ""
