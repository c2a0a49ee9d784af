"""A model that is not of the contract, held against laws: `check_laws`, `assert_lawful`, and `refebm check --laws`.

The command runs it in a process of its own, which may crash or end itself.
"""

from __future__ import annotations

import argparse
import multiprocessing
import signal
from collections.abc import Mapping
from multiprocessing.connection import Connection
from types import ModuleType
from typing import Any

from ...files import InputError, file, replaced, writing
from ..adapters import AdapterFailed
from .declared import Model
from .findings import LawRun
from .judge import judge_laws
from .report import as_json, as_junit, lines


def check_laws(
    target: str | ModuleType | Mapping[str, Any],
    *,
    inputs: int = 50,
    seed: int = 0,
    timeout: float | None = None,
    startup: float | None = None,
) -> LawRun:
    """Hold a model that is not of the contract against the laws of energy-based models; its ``code`` is 0 if none is broken.

    Parameters
    ----------
    target : str, module or mapping
        What declares the model, and offers some of its functions (`refebm new-adapter laws FILE` writes one to begin with).
    inputs, seed : int
        So many fresh inputs, the same ones for the same seed.
    timeout, startup : float
        Seconds for an answer and for the import.
    """
    for name, number, least in (("inputs", inputs, 1), ("seed", seed, 0)):
        if number != int(number) or number < least:
            raise ValueError(f"{name}: expected a whole number from {least} up, got {number!r}")
    try:
        model = Model(target, timeout, startup)
        return LawRun(judge_laws(model, inputs, seed), seed, inputs, model.made)
    except AdapterFailed as error:
        return LawRun([], seed, inputs, {}, str(error))


def assert_lawful(target: str | ModuleType | Mapping[str, Any], *, inputs: int = 50, seed: int = 0) -> None:
    """`check_laws`, raising an AssertionError with the report where a law is broken or none could be tested."""
    run = check_laws(target, inputs=inputs, seed=seed)
    assert run.code == 0, "\n".join(["", *lines(run)])


def run_laws(options: argparse.Namespace) -> int:
    """The command; its exit code."""
    for name, given in (("cmd", options.cmd), ("select", options.select), ("dtype", options.dtype)):
        if given is not None:
            raise InputError(f"{name}: expected none with --laws, got {given}")
    for name, number, least in (("inputs", options.inputs, 1), ("seed", options.seed, 0)):
        if number < least:
            raise InputError(f"{name}: expected a whole number from {least} up, got {number}")
    forms = (("json", options.json, as_json), ("junit", options.junit, as_junit))
    reports = [(name, file(path, name), form) for name, path, form in forms if path is not None]
    run = apart(options)
    print("\n".join(lines(run)))
    for name, path, form in reports:
        older = replaced([path])
        with writing(name, "file", path):
            path.write_text(form(run), "utf-8")
        print(f"{name} is in {path}{older}")
    return run.code


def apart(options: argparse.Namespace) -> LawRun:
    """The run of a process that imports the module."""
    ours, theirs = multiprocessing.Pipe()
    child = multiprocessing.Process(target=_run, args=(options, theirs, ours))
    child.start()
    theirs.close()
    try:
        found: LawRun = ours.recv()
    except (EOFError, OSError):
        child.join(1)
        words = f"{options.target} ended its process with code {child.exitcode}"
        found = LawRun([], options.seed, options.inputs, {}, words)
    finally:
        child.kill()
        child.join()
    return found


def _run(options: argparse.Namespace, pipe: Connection, other: Connection) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the judge, who then ends this process
    other.close()
    pipe.send(
        check_laws(
            options.target, inputs=options.inputs, seed=options.seed, timeout=options.timeout, startup=options.startup
        )
    )
