"""A program's process, and the lines that it writes."""

from __future__ import annotations

import contextlib
import os
import queue
import shlex
import signal
import subprocess
import threading


class Child:
    """A program with its standard streams, read as they fill; OSError or ValueError where it can't be started."""

    def __init__(self, command: str) -> None:
        self._process = subprocess.Popen(
            shlex.split(command),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,  # its own children can then be ended with it
        )
        self._lines: queue.Queue[str | None] = queue.Queue()
        self._words: list[str] = []
        self._rest = b""
        self._threads = [threading.Thread(target=t, daemon=True) for t in (self._read, self._listen)]
        for thread in self._threads:
            thread.start()

    def _read(self) -> None:
        assert self._process.stdout is not None
        stream = self._process.stdout.fileno()
        while chunk := os.read(stream, 1 << 16):
            *whole, self._rest = (self._rest + chunk).split(b"\n")
            for line in whole:
                self._lines.put(line.decode("utf-8", "replace"))
        self._lines.put(None)

    def _listen(self) -> None:
        assert self._process.stderr is not None
        for line in self._process.stderr:
            self._words = [*self._words[-4:], line.decode("utf-8", "replace").rstrip()]

    @property
    def rest(self) -> str:
        """What it has written since its last newline."""
        return self._rest.decode("utf-8", "replace")

    def write(self, line: str) -> None:
        """Give it a line; if it has ended, there will be no reply."""
        assert self._process.stdin is not None
        with contextlib.suppress(OSError, ValueError):
            self._process.stdin.write(line.encode() + b"\n")
            self._process.stdin.flush()

    def line(self, seconds: float) -> str | None:
        """Its next line, None at its end; queue.Empty if none comes."""
        return self._lines.get(timeout=seconds)

    def how_it_ended(self, at: str) -> str:
        """Its code, its last words on standard error, and a last line that is none."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(timeout=1)
        self._threads[1].join(timeout=1)
        code = self._process.returncode
        how = "closed its output" if code is None else f"ended with code {code}"
        cut = f"; what it wrote last ends without a newline: {self.rest[:80]!r}" if self.rest else ""
        return f"it {how} at {at}: {' | '.join(self._words) or 'it said nothing'}{cut}"

    def close(self) -> None:
        """End it, if it does not end by itself, with all that it has started."""
        assert self._process.stdin is not None
        with contextlib.suppress(OSError):
            self._process.stdin.close()
        try:
            self._process.wait(timeout=1)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        if hasattr(os, "killpg"):
            with contextlib.suppress(OSError):  # nobody is left in it, as a rule
                os.killpg(self._process.pid, signal.SIGKILL)
        for thread in self._threads:
            thread.join(timeout=2)
        for stream in (self._process.stdout, self._process.stderr):
            if stream is not None:
                stream.close()
