"""Jobs on this machine: warm worker processes, a queue in front of them, limits around them.

All of a pool's state is behind one lock, held for microseconds: nothing under it waits for a process. Three kinds
of thread use it: the pages' (the methods of `engine.jobs.contract.Jobs`), one reader per worker, and the
supervisor, which looks a few times per second for leases that ran out, limits that were passed, and dead workers.

Tested by provoking each fault: killed workers, exceptions, exhausted memory, full queues, owners who vanish, a
server that is killed.
"""

from __future__ import annotations

import atexit
import logging
import secrets
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from engine import device as devices
from engine.jobs import experiments, machine, plain
from engine.jobs.contract import COMMANDS, Command, JobError, Look, NoSuchJob, QueueFull
from engine.jobs.process import Process
from engine.jobs.records import Record, in_turn

log = logging.getLogger("explorer.jobs")


@dataclass(frozen=True)
class Limits:
    """What the pool allows. Seconds, bytes, jobs; None is no limit.

    A closed browser's job is over within `lease` + `grace`, under ten seconds; a drop of the network shorter than
    `lease` does it no harm.
    """

    lease: float | None = 7.0  # without a sign of the owner
    grace: float = 2.5  # between asking a job to stop and ending its process
    running: float = 1800.0
    paused: float = 120.0  # while others wait
    memory: int | None = None  # beyond an idle worker; None: the machine's share
    queue: int = 100  # a large class presses Train at once
    per_owner: int = 4  # not over
    kept: int = 12  # over, per owner
    kept_seconds: float = 900.0  # over, without a sign of the owner


class Pool:
    """`engine.jobs.contract.Jobs` with local worker processes.

    Args:
        count: Workers; None asks the machine (and `EXPLORER_WORKERS`).
        limits: What jobs may do.
        modules: Imported by every worker before it is ready.
        roots: Packages experiments may come from.
        paths: Folders the workers import from besides this project's.
    """

    def __init__(
        self,
        count: int | None = None,
        *,
        limits: Limits | None = None,
        modules: tuple[str, ...] = (),
        roots: tuple[str, ...] = experiments.ROOTS,
        paths: tuple[str, ...] = (),
    ) -> None:
        gpus = sum(name.startswith("cuda") for name in devices.available())
        memory = devices.describe(devices.pick("cpu")).memory_total
        self.count = count if count is not None else machine.workers(gpus, memory)
        self.limits = limits or Limits()
        self._memory = self.limits.memory or machine.memory_limit(self.count, memory)
        self._gpus, self._modules, self._roots, self._paths = gpus, modules, roots, paths
        self._cores = machine.cores()
        self._lock = threading.RLock()
        self._wake = threading.Condition(self._lock)
        self._records: dict[str, Record] = {}
        self._seen: dict[str, float] = {}  # owner -> last sign
        self._processes: list[Process | None] = [None] * self.count
        self._submitted = 0
        self._failed_starts = 0
        self._next_start = 0.0
        self._memory_due = 0.0
        self._closed = False
        self._started = False

    # The contract

    def submit(
        self, experiment: str, settings: Mapping[str, Any], *, owner: str, paused: bool = False
    ) -> str:
        """As the contract says."""
        found = experiments.find(experiment, self._roots)
        checked = found.settings.from_dict(settings)
        self.start()
        with self._lock:
            if self._closed:
                raise JobError("The server is stopping: it takes no new runs.")
            mine = [record for record in self._records.values() if record.owner == owner and not record.over]
            if len(mine) >= self.limits.per_owner:
                raise QueueFull(f"You have {len(mine)} runs already: stop one of them first.")
            waiting = self._waiting()
            if len(waiting) >= self.limits.queue:
                raise QueueFull(f"{len(waiting)} runs are waiting already: try again in a few minutes.")
            self._submitted += 1
            record = Record(self._submitted, secrets.token_urlsafe(12), owner, experiment, checked, paused)
            self._records[record.name] = record
            self._seen[owner] = time.monotonic()
            self._drop_oldest(owner)
            self._dispatch()
            return record.name

    def look(self, job: str, owner: str, since: int = 0) -> Look:
        """As the contract says."""
        with self._lock:
            record = self._get(job, owner)
            self._seen[owner] = time.monotonic()
            waiting = self._waiting()
            place = waiting.index(record) + 1 if record.state == "queued" else None
            events, cursor = record.history.since(since)
            sentence = record.sentence
            if place is not None and not any(process and process.ready for process in self._processes):
                sentence = "A worker process is getting ready."
                if self._failed_starts > 2:
                    sentence = "No worker process can be started; the server's log has the details."
            return Look(
                state=record.state,
                place=place,
                waiting=len(waiting),
                events=events,
                cursor=cursor,
                sentence=sentence,
                result=record.result,
                seconds=record.seconds,
                settings=record.settings.to_dict(),
                started=(record.initial or record.settings).to_dict(),
            )

    def tell(
        self, job: str, owner: str, command: Command, *, knob: str | None = None, value: object = None
    ) -> None:
        """As the contract says."""
        if command not in COMMANDS:
            raise JobError(f"A run knows {', '.join(COMMANDS)}, not {command!r}.")
        with self._lock:
            record = self._get(job, owner)
            self._seen[owner] = time.monotonic()
            if record.over:
                return
            if command == "stop":
                self._stop(record, "Stopped.")
            elif command == "change":
                record.settings = record.settings.turned(knob or "", value)
                if record.process is not None:
                    record.process.send("tell", job, command, knob, record.settings.at(knob or ""))
            elif record.process is None:
                record.words.append((command, knob, value))
            else:
                record.process.send("tell", job, command, None, None)

    def renew(self, owner: str) -> None:
        """As the contract says."""
        with self._lock:
            self._seen[owner] = time.monotonic()

    def owners(self) -> frozenset[str]:
        """As the contract says."""
        with self._lock:
            return frozenset(record.owner for record in self._records.values())

    def forget(self, job: str, owner: str) -> None:
        """As the contract says."""
        with self._lock:
            record = self._records.get(job)
            if record is None or record.owner != owner:
                return
            if not record.over:
                self._stop(record, "Stopped.")
            record.owner = secrets.token_urlsafe()  # nobody's: it goes once it is over

    # The machine room

    def start(self) -> None:
        """Start the workers, once; a pool that was not started does so with its first job."""
        with self._lock:
            if self._started or self._closed:
                return
            self._started = True
            self._fill()
        threading.Thread(target=self._supervise, name="jobs", daemon=True).start()
        atexit.register(self.close)

    def ready(self) -> int:
        """How many workers are warm."""
        with self._lock:
            return sum(process is not None and process.ready for process in self._processes)

    def pids(self) -> list[int]:
        """The workers' process numbers."""
        with self._lock:
            return [process.pid for process in self._processes if process is not None]

    def close(self) -> None:
        """Stop all jobs and workers. Nothing is left behind when it returns."""
        with self._lock:
            if self._closed:
                return
            self._closed = True
            for record in self._records.values():
                if not record.over:
                    self._end(record, "stopped", "Stopped because the server is stopping.")
            processes = [process for process in self._processes if process is not None]
            self._wake.notify_all()
        for process in processes:
            process.close()
        for process in processes:
            if not process.wait(1.0):
                process.kill()
                process.wait(5.0)

    def _get(self, job: str, owner: str) -> Record:
        record = self._records.get(job)
        if record is None or not secrets.compare_digest(record.owner.encode(), owner.encode()):
            raise NoSuchJob("This run is not known any more: start it again.")
        return record

    def _busy(self) -> list[Record]:
        return [record for record in self._records.values() if record.process is not None and not record.over]

    def _waiting(self) -> list[Record]:
        queued = [record for record in self._records.values() if record.state == "queued"]
        return in_turn(queued, self._busy())

    def _dispatch(self) -> None:
        """Give waiting jobs to free workers."""
        free = [
            process
            for process in self._processes
            if process is not None and process.ready and not process.job
        ]
        for process, record in zip(free, self._waiting(), strict=False):
            process.job, record.process = record.name, process
            record.state, record.started = "running", time.monotonic()
            record.initial = record.settings
            settings = record.settings.to_dict()
            process.send("run", record.name, record.experiment, settings, record.paused, record.words)

    def _stop(self, record: Record, reason: str) -> None:
        if record.process is None:
            self._end(record, "stopped", reason)
        elif record.ending is None:
            record.ending, record.deadline = reason, time.monotonic() + self.limits.grace
            record.state = "stopping"
            record.process.send("tell", record.name, "stop", None, None)

    def _end(self, record: Record, state: str, sentence: str) -> None:
        record.state = state  # type: ignore[assignment]  # one of OVER, from a worker's message or from here
        record.sentence, record.ended = sentence, time.monotonic()

    def _heard(self, process: Process, message: tuple[Any, ...]) -> None:
        """A worker said something; called by its reader."""
        kind, *rest = message
        with self._lock:
            if kind == "ready":
                process.ready = True
                process.note_memory()
                self._failed_starts = 0
                self._fill()
                self._dispatch()
                return
            record = self._records.get(rest[0])
            if kind == "over":
                self._over(process, record, *rest[1:])
            elif record is None or record.over:
                return
            elif kind == "event":
                name, seconds, values = rest[1:]
                record.history.add(name, seconds, values)
            elif kind == "waiting" and record.ending is None:
                record.state = "paused" if rest[1] else "running"
                record.idle_since = time.monotonic() if rest[1] else None

    def _over(
        self,
        process: Process,
        record: Record | None,
        state: str,
        what: Any,  # noqa: ANN401 - a result or a sentence
        left_out: dict[str, int],
    ) -> None:
        process.job = None
        if record is not None and not record.over:
            if state == "done":
                plain.freeze(what)
                record.result = what
            sentence = what if state == "failed" else record.ending or ""
            if left_out and not sentence:
                sizes = ", ".join(f"{kind} ({size / 2**20:.0f} MB)" for kind, size in left_out.items())
                sentence = f"Some reports were too large to show: {sizes}."
            self._end(record, state, sentence)
        if process.holds_more_than(max(self._memory // 4, 2**29)):
            log.info("Worker %d kept memory of its job and is replaced.", process.pid)
            self._replace(process)
        self._dispatch()

    def _replace(self, process: Process) -> None:
        process.close()
        self._processes[self._processes.index(process)] = None
        self._fill()

    def _gone(self, process: Process) -> None:
        """A worker process has ended; called by its reader."""
        with self._lock:
            if self._closed or process not in self._processes:
                return
            code = process.code or 0
            log.warning("Worker %d ended (%s).", process.pid, _how(code))
            if not process.ready:
                self._failed_starts += 1
                self._next_start = time.monotonic() + min(30.0, 2.0**self._failed_starts)
            record = self._records.get(process.job or "")
            if record is not None and not record.over:
                if record.ending is not None:
                    self._end(record, "stopped", record.ending)
                else:
                    self._end(
                        record,
                        "failed",
                        f"The worker process {_how(code)}. What was shown stays; start it again to go on.",
                    )
            self._processes[self._processes.index(process)] = None
            self._fill()

    def _fill(self) -> None:
        """Start a process for a worker that has none; one at a time, as each takes a core to get warm."""
        starting = any(process is not None and not process.ready for process in self._processes)
        if self._closed or starting or None not in self._processes or time.monotonic() < self._next_start:
            return
        index = self._processes.index(None)
        self._processes[index] = self._spawn(index)

    def _spawn(self, index: int) -> Process:
        environment = {}
        if self._gpus > 1 and devices.pick().type == "cuda" and devices.pick() == devices.pick("cuda"):
            environment["EXPLORER_DEVICE"] = f"cuda:{index % self._gpus}"
        setup = {
            "threads": max(1, self._cores // self.count),
            "nice": 2,  # the pages answer first, and a busy machine does not starve the runs
            "modules": list(self._modules),
            "memory": self._memory,
            "cpu_only": devices.pick().type == "cpu",
        }
        return Process(setup, heard=self._heard, gone=self._gone, environment=environment, paths=self._paths)

    def _supervise(self) -> None:
        while True:
            with self._lock:
                self._wake.wait(0.2 if self._busy() else 0.5)
                if self._closed:
                    return
                now = time.monotonic()
                for record in list(self._records.values()):
                    if record.over:
                        if now - self._seen.get(record.owner, 0) > self.limits.kept_seconds:
                            del self._records[record.name]
                    else:
                        self._check(record, now)
                if now > self._memory_due:
                    self._memory_due = now + 1.0
                for owner in set(self._seen) - {record.owner for record in self._records.values()}:
                    del self._seen[owner]
                self._fill()

    def _check(self, record: Record, now: float) -> None:
        limits = self.limits
        if record.deadline is not None and now > record.deadline and record.process is not None:
            record.deadline = None
            record.process.kill()
        if record.ending is not None:
            return
        if limits.lease is not None and now - self._seen.get(record.owner, 0) > limits.lease:
            self._stop(record, "Stopped because its browser went away.")
        elif record.process is None:
            return
        elif record.seconds > limits.running:
            self._stop(record, f"Stopped at the time limit of {_duration(limits.running)}.")
        elif record.idle_since is not None and now - record.idle_since > limits.paused and self._waiting():
            self._stop(record, f"Stopped: it was paused for {_duration(limits.paused)} while others waited.")
        elif now > self._memory_due and record.process.holds_more_than(1.25 * self._memory):
            self._end(
                record,
                "failed",
                f"It needed more memory than the {self._memory / 2**30:.1f} GB one run may have, and was ended: "
                "try a smaller batch or network. What was shown stays.",
            )
            record.process.kill()

    def _drop_oldest(self, owner: str) -> None:
        over = [record for record in self._records.values() if record.owner == owner and record.over]
        for record in over[: max(0, len(over) - self.limits.kept)]:
            del self._records[record.name]


def _how(code: int) -> str:
    return f"was killed (signal {-code})" if code < 0 else f"ended by itself (code {code})"


def _duration(seconds: float) -> str:
    return f"{seconds / 60:.0f} minutes" if seconds >= 60 else f"{seconds:.3g} seconds"
