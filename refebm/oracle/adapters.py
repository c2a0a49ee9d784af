"""Adapters: a Python module made to answer the contract's functions, and what every adapter needs."""

from __future__ import annotations

import contextlib
import importlib
import importlib.util
import multiprocessing
import signal
import sys
import threading
from collections.abc import Iterator, Mapping
from multiprocessing.connection import Connection
from pathlib import Path
from time import monotonic
from types import ModuleType
from typing import Any

import numpy as np

from ..numerics.checks import Array
from .contract import CONTRACT, NAMES
from .gradients import by_gradient, inherited, made
from .judge import AnswerError
from .precision import UNIT, kind_of
from .watch import Watch


class AdapterFailed(Exception):
    """The implementation as a whole can't be run any further."""


def numeric(value: Any, function: str) -> tuple[Array, str]:
    """An answer as float64 array, and the precision that it came in; torch tensors and JAX arrays convert."""
    try:
        for name in ("detach", "cpu"):
            value = getattr(value, name)() if hasattr(value, name) else value
        if isinstance(value, np.ma.MaskedArray) and np.ma.is_masked(value):
            raise TypeError("masked entries")
        kind = kind_of(getattr(value, "dtype", ""))
        if kind == "bfloat16":  # which NumPy has not
            value = value.float() if hasattr(value, "float") else value.astype(np.float32)
        array = np.asarray(value)
        if array.dtype.kind not in "fiu":
            raise TypeError(f"numbers of type {array.dtype}")
    except Exception as error:
        raise AnswerError(
            f"{function}: expected an array of real numbers, got {type(value).__name__} ({error})"
        ) from None
    return array.astype(float), kind if kind == "bfloat16" else kind_of(array.dtype)


class TooLate(BaseException):
    """No exception that an implementation would catch."""


@contextlib.contextmanager
def guarded(seconds: float | None, folder: Path | None) -> Iterator[None]:
    """Ends what runs for longer, where the system has such a clock and this is the main thread; `folder` can be imported from."""
    clock = seconds is not None and hasattr(signal, "setitimer")
    clock = clock and threading.current_thread() is threading.main_thread()

    def expire(*_: Any) -> None:
        raise TooLate

    before = signal.signal(signal.SIGALRM, expire) if clock else None
    if folder is not None:
        sys.path.insert(0, str(folder))
    try:
        if clock:
            signal.setitimer(signal.ITIMER_REAL, seconds or 0)
        yield
    finally:
        if clock:
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(signal.SIGALRM, before)
        if folder is not None and str(folder) in sys.path:
            sys.path.remove(str(folder))


class ModuleAdapter:
    """A module (or path, dotted name, or mapping of names to functions) whose functions are the contract's by name.

    It may hold ``CONVENTIONS``, a dict of function to convention, ``ARRAY``, called on every array that goes in, such
    as torch.tensor, ``DTYPE``, the precision that it has where that is not float64, and ``GRADIENT``, such as jax.grad, which
    makes the slopes that it does not offer.
    """

    def __init__(
        self, target: str | ModuleType | Mapping[str, Any], timeout: float | None = None, startup: float | None = None
    ) -> None:
        self._timeout, self._startup, self._folder = timeout, startup, None
        if isinstance(target, str):
            self._folder = Path(target).resolve().parent if target.endswith(".py") else Path.cwd()
            target = self._load(target)
        names = vars(target) if isinstance(target, ModuleType) else dict(target)
        for name, what in (("ARRAY", "to call on every array that goes in"), ("GRADIENT", "of functions")):
            if not callable(names.get(name, len)):
                raise AdapterFailed(f"{name}: expected a function {what}, got {names[name]!r}")
        self._array = names.get("ARRAY", lambda v: v)
        declared = conventions(names.get("CONVENTIONS", {}))
        self.made = made(names, declared)
        self._names = names | {name: by_gradient(name, names) for name in self.made}
        self.functions = [name for name in NAMES if callable(self._names.get(name))]
        self.conventions = inherited(self.made, declared)
        self.dtype = names.get("DTYPE", "float64")
        if self.dtype not in UNIT:
            raise AdapterFailed(f"DTYPE: expected {', '.join(UNIT)}, got {self.dtype!r}")
        self._watch = Watch()
        self.noticed = self._watch.noticed

    def call(self, function: str, arguments: dict[str, Any]) -> tuple[Array, str]:
        at = "ARRAY"
        try:
            with np.errstate(all="ignore"), guarded(self._timeout, self._folder):
                own = self._watch.arguments(arguments)
                given = {name: self._array(v) if isinstance(v, np.ndarray) else v for name, v in own.items()}
                at = function
                with self._watch.call(function, given):
                    answer = self._names[function](*given.values())
        except TooLate:
            raise AdapterFailed(f"no answer within {self._timeout:g} seconds to {function}") from None
        except (Exception, SystemExit) as error:
            words = " ".join(str(error).split())[:200]
            raise AnswerError(f"{at} raised {type(error).__name__}: {words}") from None
        numbers = numeric(answer, function)
        self._watch.hold(function, answer, given)
        return numbers

    def close(self) -> None:
        """Nothing to close."""

    def _load(self, target: str) -> ModuleType:
        try:
            with guarded(self._startup, self._folder):
                if not target.endswith(".py"):
                    return importlib.import_module(target)
                if not Path(target).is_file():
                    raise FileNotFoundError("no such file")
                spec = importlib.util.spec_from_file_location(f"checked_{Path(target).stem}", target)
                assert spec is not None
                assert spec.loader is not None
                module = sys.modules[spec.name] = importlib.util.module_from_spec(spec)  # as dataclasses look it up
                spec.loader.exec_module(module)
                return module
        except TooLate:
            raise AdapterFailed(f"{target} can't be imported within {self._startup:g} seconds") from None
        except (Exception, SystemExit) as error:
            raise AdapterFailed(f"{target} can't be imported: {type(error).__name__}: {error}") from None


class ModuleProcess:
    """A `ModuleAdapter` in a process of its own, which may end (by `os._exit(0)`, say), crash or hang, and the judge sees it.

    Where it does so at a function, that is this function's error, and the process is started again for the next.
    """

    def __init__(self, target: str, timeout: float, startup: float = 60.0) -> None:
        self._target, self._timeout, self._startup = target, timeout, startup
        self._start()

    def _start(self) -> None:
        self._pipe, theirs = multiprocessing.Pipe()
        task = (self._target, self._timeout, self._startup, theirs, self._pipe)
        self._child, self._ended = multiprocessing.Process(target=_serve, args=task), False
        self._child.start()
        theirs.close()
        try:
            self.functions, self.made, self.conventions, self.dtype = self._reply("its import", self._startup)
        except BaseException:
            self.close()
            raise

    def call(self, function: str, arguments: dict[str, Any]) -> tuple[Array, str]:
        if self._ended:
            self._start()
        with contextlib.suppress(OSError):  # if it has ended, there will be no reply
            self._pipe.send((function, arguments))
        try:
            answer: tuple[Array, str] = self._reply(function, self._timeout)
        except AdapterFailed as error:
            self.close()
            raise AnswerError(str(error)) from None
        return answer

    def noticed(self) -> dict[str, dict[str, str]]:
        """What the child's `Watch` did; nothing of a child that has ended."""
        if self._ended:
            return {}
        with contextlib.suppress(OSError):
            self._pipe.send(None)
        seen: dict[str, dict[str, str]] = self._reply("the end", self._timeout)
        return seen

    def _reply(self, at: str, seconds: float) -> Any:
        late = monotonic() + seconds + 5  # its own clock comes first, where Python runs it
        try:
            while not self._pipe.poll(0.1):
                if not self._child.is_alive() and not self._pipe.poll():
                    raise EOFError
                if monotonic() > late:
                    raise AdapterFailed(f"no answer within {seconds:g} seconds to {at}")
            reply = self._pipe.recv()
        except (EOFError, OSError):
            self._child.join(1)
            raise AdapterFailed(f"{self._target} ended its process with code {self._child.exitcode} at {at}") from None
        if isinstance(reply, Exception):
            raise reply
        return reply

    def close(self) -> None:
        """End the process, if it does not by itself."""
        self._ended = True
        self._pipe.close()
        self._child.join(1)
        self._child.kill()
        self._child.join()


def _serve(target: str, timeout: float, startup: float, pipe: Connection, other: Connection) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the judge, who then ends this process
    other.close()  # or its end would not be seen
    try:
        adapter = ModuleAdapter(target, timeout, startup)
        pipe.send((adapter.functions, adapter.made, adapter.conventions, adapter.dtype))
        while True:
            try:
                request = pipe.recv()
                answer: Any = adapter.noticed() if request is None else adapter.call(*request)
            except AnswerError as error:
                answer = error
            pipe.send(answer)
    except AdapterFailed as error:
        pipe.send(error)
    except KeyboardInterrupt:  # its own, then
        pipe.send(AdapterFailed(f"{target} raised KeyboardInterrupt"))
    except (EOFError, OSError):
        """The judge has heard enough."""


def conventions(declared: Any) -> dict[str, str]:
    """Functions to the names of their conventions."""
    if not isinstance(declared, Mapping) or not all(isinstance(v, str) for pair in declared.items() for v in pair):
        raise AdapterFailed(f"conventions: expected names of functions to names of conventions, got {declared!r}")
    if unknown := [name for name in declared if name not in CONTRACT]:
        raise AdapterFailed(f"conventions: expected functions of the contract, got {', '.join(unknown)}")
    return dict(declared)
