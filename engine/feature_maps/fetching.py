"""Downloads of pretrained weights in the background: shared by everybody who waits for the same file.

A download runs in a thread of its own and belongs to its owners, the sessions that asked for it. An owner looks
at it regularly, which is also how it says that it is still there; when the last owner has left, or has not looked
for `lease` seconds, the download is cancelled. Two run at a time, others wait their turn.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from engine.download import Cancel, CancelledError, DownloadError, Progress
from engine.feature_maps.weights import fetch

State = Literal["waiting", "running", "done", "failed", "cancelled"]
Source = Callable[[str, Progress, Cancel], Path]
log = logging.getLogger("explorer")


@dataclass(frozen=True)
class Fetch:
    """A download as an owner sees it: bytes so far and in all (None: unknown), and why it failed."""

    state: State
    done: int = 0
    total: int | None = None
    problem: str = ""

    @property
    def over(self) -> bool:
        """Whether nothing more will come."""
        return self.state in ("done", "failed", "cancelled")


@dataclass
class _Job:
    """A download with its owners: session -> when it looked last."""

    owners: dict[str, float]
    state: State = "waiting"
    done: int = 0
    total: int | None = None
    problem: str = ""


class Fetching:
    """All downloads of one process.

    Args:
        source: fetches one network's weights.
        lease: seconds an owner may be silent. Browsers slow hidden tabs down to one look a minute.
        at_once: how many run at a time.
    """

    def __init__(self, source: Source = fetch, *, lease: float = 90.0, at_once: int = 2) -> None:
        self._source, self._lease = source, lease
        self._jobs: dict[str, _Job] = {}
        self._guard = threading.Lock()
        self._turns = threading.Semaphore(at_once)

    def start(self, name: str, owner: str) -> None:
        """Begin to fetch the weights of the network `name`, or join whoever is fetching them already."""
        with self._guard:
            job = self._jobs.get(name)
            if job is not None and job.state in ("waiting", "running"):
                job.owners[owner] = time.monotonic()
                return
            job = self._jobs[name] = _Job({owner: time.monotonic()})
        threading.Thread(target=self._run, args=(name, job), name=f"weights {name}", daemon=True).start()

    def look(self, name: str, owner: str) -> Fetch | None:
        """How far the download is that `owner` waits for; None if it waits for none."""
        with self._guard:
            job = self._jobs.get(name)
            if job is None or owner not in job.owners:
                return None
            job.owners[owner] = time.monotonic()
            return Fetch(job.state, job.done, job.total, job.problem)

    def leave(self, name: str, owner: str) -> None:
        """`owner` no longer wants it. The last one to leave cancels the download."""
        with self._guard:
            job = self._jobs.get(name)
            if job is not None:
                job.owners.pop(owner, None)

    def _forsaken(self, job: _Job) -> bool:
        now = time.monotonic()
        with self._guard:
            return all(now - seen > self._lease for seen in job.owners.values())

    def _run(self, name: str, job: _Job) -> None:
        def progress(done: int, total: int | None) -> None:
            job.done, job.total = done, total

        while not self._turns.acquire(timeout=0.1):
            if self._forsaken(job):
                job.state = "cancelled"
                return
        try:
            job.state = "running"
            self._source(name, progress, lambda: self._forsaken(job))
            job.state = "done"
        except CancelledError:
            job.state = "cancelled"
        except DownloadError as error:
            job.problem, job.state = str(error), "failed"
        except Exception:  # the page must hear of it, whatever it is
            log.exception("Fetching the weights of %s failed.", name)
            job.problem = "The download met an error of ours; the server's log has the details."
            job.state = "failed"
        finally:
            self._turns.release()
