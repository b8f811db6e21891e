"""What a page knows of jobs: submit, look, tell, renew, forget.

A job belongs to its owner, a session's secret name: every call names it, and for anybody else the job does not
exist. A job whose owner has not been heard of for the length of its lease is stopped.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, Protocol

State = Literal["queued", "running", "paused", "stopping", "done", "stopped", "failed"]
Command = Literal["pause", "resume", "batch", "epoch", "stop", "change"]
COMMANDS: tuple[Command, ...] = ("pause", "resume", "batch", "epoch", "stop", "change")
OVER: tuple[State, ...] = ("done", "stopped", "failed")


class JobError(Exception):
    """A job that cannot be had; the message is a sentence for the reader."""


class NoSuchJob(JobError):  # noqa: N818 - read as a sentence where it is raised
    """The job never existed, was forgotten, or belongs to somebody else: the three look the same."""


class QueueFull(JobError):  # noqa: N818 - read as a sentence where it is raised
    """No place left in the queue, for everybody or for this owner."""


@dataclass(frozen=True)
class Event:
    """One report of an experiment. Arrays are read-only.

    Attributes:
        number: Position in the job's stream, from 1, always rising; superseded reports leave gaps.
        kind: What the experiment calls it.
        seconds: Since the job started.
        values: Plain data and NumPy arrays.
    """

    number: int
    kind: str
    seconds: float
    values: Mapping[str, Any]


@dataclass(frozen=True)
class Look:
    """A job at one moment.

    Attributes:
        state: Where it stands.
        place: 1 is next in the queue; None once it has left the queue.
        waiting: How many jobs the queue holds.
        events: The reports after the cursor that was given, oldest first.
        cursor: Give it with the next look.
        sentence: For the reader: why it waits, stopped or failed. "" where there is nothing to say.
        result: What `run` returned, once it is done.
        seconds: How long it has been running, pauses included.
        settings: The settings in force: those it started with, and the knobs changed since.
        started: The settings it started with.
    """

    state: State
    place: int | None
    waiting: int
    events: tuple[Event, ...]
    cursor: int
    sentence: str
    result: Mapping[str, Any] | None
    seconds: float
    settings: Mapping[str, Any]
    started: Mapping[str, Any]

    @property
    def over(self) -> bool:
        """Whether nothing more will come."""
        return self.state in OVER


class Jobs(Protocol):
    """Where experiments run. Safe to call from any thread; no call waits for an experiment."""

    def submit(
        self, experiment: str, settings: Mapping[str, Any], *, owner: str, paused: bool = False
    ) -> str:
        """Queue an experiment, named by its module; the job's name.

        Raises QueueFull, JobError (no such experiment) or SettingError, each with a sentence for the reader.
        """
        ...

    def look(self, job: str, owner: str, since: int = 0) -> Look:
        """The job now, with what was reported after `since`; renews the owner's lease. Raises NoSuchJob."""
        ...

    def tell(
        self,
        job: str,
        owner: str,
        command: Command,
        *,
        knob: str | None = None,
        value: object = None,
    ) -> None:
        """Pause, resume, run one more batch or epoch, stop, or change a knob. A job that is over ignores it.

        Raises NoSuchJob; SettingError where the knob does not exist, cannot change, or not to this value.
        """
        ...

    def renew(self, owner: str) -> None:
        """Say that the owner is still there: renews the lease of all its jobs."""
        ...

    def owners(self) -> frozenset[str]:
        """Everybody with a job that is still known."""
        ...

    def forget(self, job: str, owner: str) -> None:
        """Stop the job if it runs, and drop all that is known of it. Unknown jobs are no error."""
        ...
