"""Downloads and imports in processes of their own: a page starts one, looks at it, stops it, and never waits.

A task belongs to the machine, not to the page that started it: it goes on when the reader looks at another page.
Its process ends with the server, because it reads the server's end of a pipe. Tasks that are over are kept until
somebody has read how they ended. Tested with real processes that work, fail, are stopped and are killed.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from engine.data.dataset import DataError
from engine.data.progress import Step

MOST = 3  # tasks at a time
KEPT = 50  # ended tasks that are remembered
GRACE = 5.0  # seconds a stopped task gets to clean up
_ROOT = Path(__file__).resolve().parents[2]

State = Literal["running", "done", "failed", "stopped"]


@dataclass
class Task:
    """One download or import: `key` tells it from others, `owner` started it, `title` is what it works on, `sentence`
    how it ended, `result` the name of the set it made.
    """

    key: str
    owner: str
    title: str
    step: Step = field(default_factory=lambda: Step("Starting"))
    state: State = "running"
    sentence: str = ""
    result: str = ""
    delete: Path | None = None
    process: subprocess.Popen[str] | None = field(default=None, repr=False)
    stopping: bool = False

    @property
    def over(self) -> bool:
        """Whether it has ended."""
        return self.state != "running"


class Tasks:
    """All tasks of this server. `command` is what the arguments of a task are given to."""

    def __init__(self, command: tuple[str, ...] = (sys.executable, "-m", "engine.data")) -> None:
        self._command = command
        self._tasks: dict[str, Task] = {}
        self._lock = threading.Lock()

    def start(
        self, key: str, owner: str, arguments: list[str], *, title: str = "", delete: Path | None = None
    ) -> Task:
        """Run `python -m engine.data ARGUMENTS` as the task `key`; one that runs already is returned as it is.

        Args:
            key: what it works on; one task per key.
            owner: who may stop it.
            arguments: of the command line.
            title: what it works on, for people.
            delete: a file that is deleted when the task is over, however it ends.

        Raises:
            DataError: too many tasks run, or no process can be started.
        """
        with self._lock:
            running = self._tasks.get(key)
            if running is not None and not running.over:
                return running
            if sum(not task.over for task in self._tasks.values()) >= MOST:
                raise DataError(
                    f"{MOST} downloads or imports are running; start this one when one of them is over."
                )
            task = Task(key, owner, title or key, delete=delete)
            self._tasks.pop(key, None)
            self._tasks[key] = task
            for old in [name for name, each in self._tasks.items() if each.over][:-KEPT]:
                del self._tasks[old]
        command = [*self._command, arguments[0], "--events", *arguments[1:]]
        try:
            task.process = subprocess.Popen(  # noqa: S603 - our own command
                command,
                cwd=_ROOT,
                env={**os.environ, "OMP_NUM_THREADS": "1", "PYTHONUNBUFFERED": "1"},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                text=True,
                encoding="utf-8",
            )
        except OSError as error:
            self._end(task, "failed", f"It could not be started: {error.strerror or error}.")
            raise DataError(task.sentence) from error
        threading.Thread(target=self._follow, args=(task,), name=f"follow {key}", daemon=True).start()
        return task

    def look(self, key: str) -> Task | None:
        """The task `key`, running or over."""
        return self._tasks.get(key)

    def of(self, owner: str) -> tuple[Task, ...]:
        """All tasks `owner` started, in their order."""
        with self._lock:
            return tuple(task for task in self._tasks.values() if task.owner == owner)

    def forget(self, key: str) -> None:
        """Its end has been read."""
        with self._lock:
            if key in self._tasks and self._tasks[key].over:
                del self._tasks[key]

    def stop(self, key: str, owner: str) -> None:
        """Ask a task to stop; it cleans up and ends. Only who started it can stop it."""
        task = self._tasks.get(key)
        if task is None or task.over or task.owner != owner or task.process is None:
            return
        task.stopping = True
        with suppress(OSError):
            assert task.process.stdin is not None  # noqa: S101 - it was opened as a pipe
            task.process.stdin.close()
        threading.Timer(GRACE, _kill, [task]).start()

    def _follow(self, task: Task) -> None:
        """Read what the process says until it ends."""
        process = task.process
        assert process is not None  # noqa: S101 - started just before
        assert process.stdout is not None  # noqa: S101 - a pipe
        said: dict[str, object] = {}
        for line in process.stdout:
            with suppress(ValueError, TypeError):
                event = json.loads(line)
                if "stage" in event:
                    task.step = Step(**event)
                else:
                    said = event
        process.wait()
        if "finished" in said:
            task.result = str(said["finished"])
            self._end(task, "done", "")
        elif task.stopping or said.get("cancelled"):
            self._end(task, "stopped", str(said.get("error", "It was stopped; nothing of it was kept.")))
        else:
            lost = "It ended unexpectedly, perhaps for lack of memory; nothing of it was kept. Try it again."
            self._end(task, "failed", str(said.get("error", lost)))

    def _end(self, task: Task, state: State, sentence: str) -> None:
        if task.delete is not None:
            task.delete.unlink(missing_ok=True)
        task.sentence = sentence
        task.state = state


def _kill(task: Task) -> None:
    if not task.over and task.process is not None:
        task.process.kill()


TASKS = Tasks()
