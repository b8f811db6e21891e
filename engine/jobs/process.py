"""The server's end of one worker process: start it, speak to it, hear it, end it."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from engine.jobs import frames, machine

ROOT = Path(__file__).resolve().parents[2]


class Process:
    """One worker. `heard(process, message)` and `gone(process)` are called from its reader thread."""

    def __init__(
        self,
        setup: Mapping[str, Any],
        *,
        heard: Callable[[Process, tuple[Any, ...]], None],
        gone: Callable[[Process], None],
        environment: Mapping[str, str],
        paths: tuple[str, ...] = (),
    ) -> None:
        self.ready = False
        self.job: str | None = None
        self._idle_memory = 0  # bytes
        self.started = time.monotonic()
        self._heard, self._gone = heard, gone
        path = os.pathsep.join([str(ROOT), *paths, *filter(None, [os.environ.get("PYTHONPATH")])])
        self._popen = subprocess.Popen(
            [sys.executable, "-m", "engine.jobs.worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=ROOT,
            env={**os.environ, **environment, "PYTHONPATH": path},
        )
        assert self._popen.stdin is not None  # noqa: S101 - it is a pipe
        self._out = frames.Sender(self._popen.stdin)
        self.send(dict(setup))
        threading.Thread(target=self._read, name=f"worker-{self.pid}", daemon=True).start()

    @property
    def pid(self) -> int:
        """The process's number."""
        return self._popen.pid

    @property
    def code(self) -> int | None:
        """How it ended: exit code, minus the signal that killed it, None while it lives."""
        return self._popen.poll()

    def note_memory(self) -> None:
        """What it holds now is what it holds without a job."""
        self._idle_memory = machine.resident(self.pid) or 0

    def holds_more_than(self, extra: float) -> bool:
        """Whether it holds more than `extra` bytes beyond what it holds without a job; False where unknown."""
        held = machine.resident(self.pid)
        return held is not None and held > self._idle_memory + extra

    def send(self, *message: object) -> None:
        """Send a message; one to a worker that is gone is lost, and `gone` says so."""
        with contextlib.suppress(OSError, ValueError):
            self._out.send(*message)

    def kill(self) -> None:
        """End it now."""
        self._popen.kill()

    def close(self) -> None:
        """Let it end by itself: it does when it hears nothing more."""
        assert self._popen.stdin is not None  # noqa: S101 - it is a pipe
        with contextlib.suppress(OSError):
            self._popen.stdin.close()

    def wait(self, seconds: float) -> bool:
        """Whether it ended within `seconds`."""
        try:
            self._popen.wait(seconds)
        except subprocess.TimeoutExpired:
            return False
        return True

    def _read(self) -> None:
        assert self._popen.stdout is not None  # noqa: S101 - it is a pipe
        try:
            while True:
                self._heard(self, frames.receive(self._popen.stdout))
        except (EOFError, OSError, ValueError):
            pass
        self._popen.wait()
        self._gone(self)
