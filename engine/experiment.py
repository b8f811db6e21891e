"""What an experiment is: settings in, progress out, control in between.

An experiment is a module with a `Settings` class (`engine.settings`) and one function

    run(settings, device, progress, control) -> dict

The same function serves the page (in a worker process), the study that builds a stored run, the tests, the
command line and, later, a cluster; so it knows none of them. It reports plain data through `progress(kind, values)`
and asks `control.before_batch()` before every batch, which waits while paused, hands over changed knobs and raises
`Stopped`. What it returns, and what it reports, are numbers, texts, lists, dictionaries and NumPy arrays.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any, Protocol

Progress = Callable[[str, Mapping[str, Any]], None]  # (kind of event, plain data)


class Stopped(Exception):  # noqa: N818 - a request that was obeyed, not an error
    """Somebody asked the experiment to stop. Experiments let it pass; their last report stands."""


class Control(Protocol):
    """The hand on the switch, as an experiment sees it."""

    def before_batch(self, *, new_epoch: bool = False) -> Mapping[str, Any]:
        """Called before every batch; `new_epoch` where the batch is the first of an epoch.

        Waits while the experiment is paused. Returns the knobs that were changed since the last call, with their
        new values (already checked against the settings). Raises Stopped where a stop was asked for.
        """
        ...


class FreeRun:
    """A control that never interferes: for tests, the command line and stored runs. Optionally ends after a time."""

    def __init__(self, seconds: float | None = None) -> None:
        self._deadline = None if seconds is None else time.monotonic() + seconds

    def before_batch(self, *, new_epoch: bool = False) -> Mapping[str, Any]:  # noqa: ARG002 - the protocol's
        """Nothing was changed. Raises Stopped when the time is over."""
        if self._deadline is not None and time.monotonic() > self._deadline:
            raise Stopped
        return {}


class Replay:
    """A control that turns knobs before given batches, as somebody did before; optionally stops after so many.

    Args:
        changes: Number of the batch, counted from 1 -> knobs with their new values.
        batches: How many to run; None runs to the end.
    """

    def __init__(self, changes: Mapping[int, Mapping[str, Any]], batches: int | None = None) -> None:
        self._changes, self._batches, self._batch = changes, batches, 0

    def before_batch(self, *, new_epoch: bool = False) -> Mapping[str, Any]:  # noqa: ARG002 - the protocol's
        """The knobs of this batch. Raises Stopped after the last one."""
        if self._batch == self._batches:
            raise Stopped
        self._batch += 1
        return self._changes.get(self._batch, {})


def ignore(_kind: str, _values: Mapping[str, Any]) -> None:
    """A progress function for who does not want to know."""


class Pace:
    """Says when it is time for the next report: at most one every `seconds`, the first one at once."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._last = -float("inf")

    def due(self) -> bool:
        """Whether `seconds` have passed since it last said yes."""
        now = time.monotonic()
        if now - self._last < self.seconds:
            return False
        self._last = now
        return True
