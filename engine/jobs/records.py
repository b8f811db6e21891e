"""What the pool writes down about one job, and in which order the waiting ones are served."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from engine.jobs.contract import OVER, State
from engine.jobs.history import History
from engine.jobs.process import Process
from engine.jobs.switch import Words
from engine.settings import SettingsBase


@dataclass(eq=False)
class Record:
    """One job. Times are `time.monotonic()`.

    Attributes:
        number: Rises with every submitted job.
        initial: The settings it started with.
        words: What was told while it waited, passed on with its start.
        ending: Why it has been asked to stop, for the reader; None while it has not.
        deadline: When a job that was asked to stop is ended by force.
        idle_since: Since when it has been paused.
    """

    number: int
    name: str
    owner: str
    experiment: str
    settings: SettingsBase
    paused: bool
    initial: SettingsBase | None = None
    words: list[Words] = field(default_factory=list)
    state: State = "queued"
    history: History = field(default_factory=History)
    process: Process | None = None
    started: float | None = None
    ended: float | None = None
    ending: str | None = None
    deadline: float | None = None
    idle_since: float | None = None
    sentence: str = ""
    result: Mapping[str, Any] | None = None

    @property
    def over(self) -> bool:
        """Whether nothing more will come."""
        return self.state in OVER

    @property
    def seconds(self) -> float:
        """How long it has been, or was, running."""
        return 0.0 if self.started is None else (self.ended or time.monotonic()) - self.started


def in_turn(waiting: Iterable[Record], busy: Iterable[Record]) -> list[Record]:
    """The waiting jobs, next one first: first come, first served, but nobody twice before everybody once.

    A job's turn is how many jobs its owner has running or ahead of it; within a turn the older job goes first.
    """
    taken = Counter(record.owner for record in busy)
    turns = []
    for record in sorted(waiting, key=lambda record: record.number):
        turns.append((taken[record.owner], record.number, record))
        taken[record.owner] += 1
    return [record for _, _, record in sorted(turns, key=lambda turn: turn[:2])]
