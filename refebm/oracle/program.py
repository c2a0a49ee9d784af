"""The adapter of a program in any language, which speaks JSON lines."""

from __future__ import annotations

import json
import queue
from typing import Any

import numpy as np

from ..numerics.checks import Array
from .adapters import AdapterFailed, conventions
from .child import Child
from .contract import NAMES
from .judge import AnswerError, decode
from .precision import UNIT, comes_back, nested, printed

# Doubles that a printer of few digits, or of fixed point, does not bring back.
ECHO = [0.1, 1 / 3, 1e-300, 1.7976931348623157e308, 123456789.12345678, 5.551115123125783e-17, -2.0000000000000004]


class CommandAdapter:
    """A child process that reads a request a line and writes a reply a line, both JSON; the README has the protocol.

    What goes wrong at a function is this function's error: the program is started again for the next.
    """

    def __init__(self, command: str, timeout: float = 10.0, startup: float = 60.0) -> None:
        self._command, self._timeout, self._startup, self._id = command, timeout, startup, 0
        self._start()

    def _start(self) -> None:
        try:
            self._child: Child | None = Child(self._command)
        except (OSError, ValueError, IndexError) as error:
            raise AdapterFailed(f"{self._command} can't be started: {error}") from None
        try:
            self._greet(self._ask(self._child, {"protocol": 1, "echo": ECHO}, "the handshake", self._startup))
        except BaseException:
            self.close()
            raise

    def _greet(self, hello: dict[str, Any]) -> None:
        if hello.get("protocol") != 1:
            raise AdapterFailed(f"the handshake expects protocol 1, got {hello.get('protocol')!r}")
        self.dtype = hello.get("dtype", "float64")
        if self.dtype not in UNIT:
            raise AdapterFailed(f"the handshake expects dtype {', '.join(UNIT)}, got {self.dtype!r}")
        offered = hello.get("functions")
        if not isinstance(offered, list):
            raise AdapterFailed(f"the handshake expects a list of functions, got {offered!r}")
        self.functions = [name for name in NAMES if name in offered]
        self.unknown = [str(name) for name in offered if name not in NAMES]
        self.conventions = conventions(hello.get("conventions", {}))
        self._compare(hello.get("echo"))

    def _compare(self, echo: Any) -> None:
        sent = np.array(ECHO)
        try:
            back = decode(echo)
        except (TypeError, ValueError):
            raise AdapterFailed(f"the handshake expects the echoed numbers back, got {echo!r}") from None
        if back.shape != sent.shape:
            raise AdapterFailed(f"the handshake expects {len(ECHO)} numbers back, got {echo!r}")
        with np.errstate(all="ignore"):
            same = comes_back(sent, back, self.dtype)
        if not same.all():
            i = int(same.argmin())
            words = ", ".join(filter(None, [f"{ECHO[i]!r} came back as {float(back[i])!r}", printed(sent, back)]))
            raise AdapterFailed(f"numbers lose digits on the way: {words}; print 17 significant digits (%.17g)")

    def _ask(self, child: Child, request: dict[str, Any], at: str, seconds: float) -> dict[str, Any]:
        child.write(json.dumps(request))
        try:
            line = child.line(seconds)
        except queue.Empty:
            raise AdapterFailed(_why_silent(child, at, seconds)) from None
        if line is None:
            raise AdapterFailed(child.how_it_ended(at))
        reply = _parsed(line)
        if isinstance(reply, dict):
            return reply
        try:
            after = child.line(min(1.0, seconds))
        except queue.Empty:
            after = None
        if after is not None and isinstance(_parsed(after), dict):
            said = line.strip()[:80]
            raise AdapterFailed(
                f"a line of its own comes before the reply to {at}: {said!r}; write it to standard error"
            )
        raise AdapterFailed(f"a reply is no JSON{'' if reply is None else ' object'}: {line.strip()[:80]!r}")

    def call(self, function: str, arguments: dict[str, Any]) -> tuple[Array, str]:
        if self._child is None:
            self._start()
        assert self._child is not None
        self._id += 1
        plain = {name: v if isinstance(v, int) else nested(np.asarray(v)) for name, v in arguments.items()}
        request = {"id": self._id, "function": function, "arguments": plain}
        try:
            reply = self._ask(self._child, request, function, self._timeout)
            if reply.get("id") != self._id:
                raise AdapterFailed(f"the reply to request {self._id} has the id {reply.get('id')!r}")
        except AdapterFailed as error:
            self.close()
            raise AnswerError(str(error)) from None
        if reply.get("error") is not None:
            raise AnswerError(f"{function}: the program says {str(reply['error'])[:200]}")
        try:
            return decode(reply.get("result")), self.dtype
        except (TypeError, ValueError):
            raise AnswerError(
                f"{function}: expected numbers in nested lists, got {str(reply.get('result'))[:80]}"
            ) from None

    def noticed(self) -> dict[str, dict[str, str]]:
        """Nothing: its memory is its own."""
        return {}

    def close(self) -> None:
        """End the child, if it has not ended by itself."""
        if self._child is not None:
            self._child.close()
        self._child = None


def _parsed(line: str) -> Any:
    try:
        return json.loads(line)
    except (ValueError, RecursionError):
        return None


def _why_silent(child: Child, at: str, seconds: float) -> str:
    """A line that is not ended, one that waits in a buffer, or none."""
    if child.rest:
        return f"the reply to {at} ends without a newline: {child.rest[:80]!r}"
    child.close()  # its input ends, and a buffer is written
    try:
        late = child.line(0) or child.rest
    except (queue.Empty, ValueError):
        late = child.rest
    after = ": it came when the input had ended; flush after each line" if late else ""
    return f"no reply within {seconds:g} seconds to {at}{after}"
