"""The adapter of a program in any language, which speaks JSON lines."""

from __future__ import annotations

import contextlib
import json
import os
import queue
import shlex
import signal
import subprocess
import threading
from typing import Any

import numpy as np

from ..numerics.checks import Array
from .adapters import AdapterFailed, conventions
from .contract import CONTRACT
from .judge import AnswerError, decode

# Doubles that a printer of few digits, or of fixed point, does not bring back.
ECHO = [0.1, 1 / 3, 1e-300, 1.7976931348623157e308, 123456789.12345678, 5.551115123125783e-17, -2.0000000000000004]


class CommandAdapter:
    """A child process that reads a request a line and writes a reply a line, both JSON; the README has the protocol."""

    def __init__(self, command: str, timeout: float = 10.0) -> None:
        self._command, self._timeout, self._id = command, timeout, 0
        try:
            self._child = subprocess.Popen(
                shlex.split(command),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
                encoding="utf-8",
                errors="replace",
                start_new_session=True,  # its own children can then be ended with it
            )
        except (OSError, ValueError, IndexError) as error:
            raise AdapterFailed(f"{command} can't be started: {error}") from None
        self._lines: queue.Queue[str | None] = queue.Queue()
        self._last_words: list[str] = []
        self._threads = [threading.Thread(target=t, daemon=True) for t in (self._read, self._listen)]
        for thread in self._threads:
            thread.start()
        try:
            hello = self._ask({"protocol": 1, "echo": ECHO})
            self._greet(hello)
        except BaseException:
            self.close()
            raise

    def _greet(self, hello: dict[str, Any]) -> None:
        if hello.get("protocol") != 1:
            raise AdapterFailed(f"the handshake expects protocol 1, got {hello.get('protocol')!r}")
        self.dtype = hello.get("dtype", "float64")
        if self.dtype not in ("float64", "float32"):
            raise AdapterFailed(f"the handshake expects dtype float64 or float32, got {self.dtype!r}")
        offered = hello.get("functions")
        if not isinstance(offered, list):
            raise AdapterFailed(f"the handshake expects a list of functions, got {offered!r}")
        self.functions = [name for name in CONTRACT if name in offered]
        self.unknown = [str(name) for name in offered if name not in CONTRACT]
        self.conventions = conventions(hello.get("conventions", {}))
        with np.errstate(all="ignore"):
            sent, kind = np.array(ECHO), np.float32 if self.dtype == "float32" else np.float64
            try:
                back = decode(hello.get("echo"))
            except (TypeError, ValueError):
                raise AdapterFailed(
                    f"the handshake expects the echoed numbers back, got {hello.get('echo')!r}"
                ) from None
            if back.shape != sent.shape or not np.array_equal(back.astype(kind), sent.astype(kind)):
                pairs = zip(ECHO, back.ravel().tolist(), strict=False)
                lost = next((f"{a!r} came back as {b!r}" for a, b in pairs if a != b), "some are missing")
                raise AdapterFailed(f"numbers lose digits on the way: {lost}; print 17 significant digits")

    def _read(self) -> None:
        assert self._child.stdout is not None
        for line in self._child.stdout:
            self._lines.put(line)
        self._lines.put(None)

    def _listen(self) -> None:
        assert self._child.stderr is not None
        for line in self._child.stderr:
            self._last_words = [*self._last_words[-4:], line.rstrip()]

    def _ask(self, request: dict[str, Any]) -> dict[str, Any]:
        at = request.get("function", "the handshake")
        assert self._child.stdin is not None
        try:
            self._child.stdin.write(json.dumps(request) + "\n")
            self._child.stdin.flush()
            line = self._lines.get(timeout=self._timeout)
        except (OSError, ValueError):
            line = None
        except queue.Empty:
            self.close()
            raise AdapterFailed(f"no reply within {self._timeout:g} seconds to {at}") from None
        if line is None:
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._child.wait(timeout=1)
            self._threads[1].join(timeout=1)
            words, code = " | ".join(self._last_words) or "it said nothing", self._child.returncode
            how = "closed its output" if code is None else f"ended with code {code}"
            raise AdapterFailed(f"it {how} at {at}: {words}")
        try:
            reply = json.loads(line)
        except (ValueError, RecursionError):
            raise AdapterFailed(f"a reply is no JSON: {line.strip()[:80]!r}") from None
        if not isinstance(reply, dict):
            raise AdapterFailed(f"a reply is no JSON object: {line.strip()[:80]!r}")
        return reply

    def call(self, function: str, arguments: dict[str, Any]) -> tuple[Array, str]:
        self._id += 1
        plain = {name: v.tolist() if isinstance(v, np.ndarray) else v for name, v in arguments.items()}
        reply = self._ask({"id": self._id, "function": function, "arguments": plain})
        if reply.get("id") != self._id:
            raise AdapterFailed(f"the reply to request {self._id} has the id {reply.get('id')!r}")
        if "error" in reply:
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
        assert self._child.stdin is not None
        with contextlib.suppress(OSError):
            self._child.stdin.close()
        try:
            self._child.wait(timeout=1)
        except subprocess.TimeoutExpired:
            self._child.kill()
            self._child.wait()
        if hasattr(os, "killpg"):
            with contextlib.suppress(OSError):  # nobody is left in it, as a rule
                os.killpg(self._child.pid, signal.SIGKILL)
        for thread in self._threads:
            thread.join(timeout=2)
        for stream in (self._child.stdout, self._child.stderr):
            if stream is not None:
                stream.close()
