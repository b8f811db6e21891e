"""What a session has seen of a run: the curve points, the newest picture of each kind, the turned knobs.

It is kept in the session, so it stays when the student goes to another page, and when the worker dies.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from engine.jobs import Look, State
from engine.runs import MARKER


@dataclass
class Run:
    """One run, as far as it was heard of.

    Attributes:
        job: Its name in the pool, None before the first start.
        settings: In force: those it was started with, and the knobs turned since.
        started: Those it was started with.
        state: Where it stands.
        sentence: Why it waits, stopped or failed.
        place: In the queue, 1 is next.
        waiting: Jobs in the queue.
        seconds: How long it has been running.
        points: Kind of report -> its reports, oldest first, each with the values that are plain numbers or texts.
        latest: Kind of report -> the newest report of it.
        result: What the experiment returned.
        kept: Whether the history has it.
    """

    job: str | None = None
    settings: dict[str, Any] = field(default_factory=dict)
    started: dict[str, Any] = field(default_factory=dict)
    state: State | None = None
    sentence: str = ""
    place: int | None = None
    waiting: int = 0
    seconds: float = 0.0
    cursor: int = 0
    points: dict[str, list[Mapping[str, Any]]] = field(default_factory=dict)
    latest: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    result: Mapping[str, Any] | None = None
    kept: bool = False

    @property
    def active(self) -> bool:
        """Whether there is more to come."""
        return self.state in ("queued", "running", "paused", "stopping")

    @property
    def markers(self) -> list[Mapping[str, Any]]:
        """The turned knobs: each with its place on every x axis and its text."""
        return self.points.get(MARKER, [])

    def numbered(self, kind: str) -> list[Mapping[str, Any]]:
        """The reports of a kind that carries its number ("layout 000", "layout 001", ...), oldest first."""
        return [self.latest[name] for name in sorted(self.latest) if name.startswith(f"{kind} ")]

    def take(self, look: Look) -> None:
        """Add what a look brought."""
        self.state, self.sentence, self.place = look.state, look.sentence, look.place
        self.waiting, self.seconds, self.cursor = look.waiting, look.seconds, look.cursor
        self.settings, self.started = dict(look.settings), dict(look.started)
        self.result = look.result
        for event in look.events:
            self.latest[event.kind] = event.values
            row = {
                name: value for name, value in event.values.items() if isinstance(value, int | float | str)
            }
            if row:
                self.points.setdefault(event.kind, []).append({**row, "at": round(event.seconds, 3)})

    def table(self) -> pd.DataFrame:
        """Every curve point and marker in the order it happened, for export."""
        rows = [{"kind": kind, **row} for kind, found in self.points.items() for row in found]
        frame = pd.DataFrame(rows)
        return frame.sort_values("at", kind="stable", ignore_index=True) if rows else frame
