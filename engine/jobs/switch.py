"""The hand on the switch, inside the worker: what the page asked for meets the experiment before each batch."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from typing import Any

from engine.experiment import Stopped
from engine.jobs.contract import Command

Words = tuple[Command, str | None, object]  # what `tell` takes: command, knob, value


class Switch:
    """An `engine.experiment.Control` that another thread operates.

    Args:
        paused: Whether to wait before the first batch.
        told: Called with True and False where the experiment begins to wait and goes on.
        between: Called before every batch, in the experiment's own thread.
    """

    def __init__(
        self,
        *,
        paused: bool = False,
        told: Callable[[bool], None] = lambda _: None,
        between: Callable[[], None] = lambda: None,
    ) -> None:
        self._condition = threading.Condition()
        self._paused = paused
        self._batches = 0  # still to run while paused
        self._to_epoch = False  # run until the next epoch begins, then pause
        self._in_epoch = False  # has a batch run since that was asked
        self._stopped = False
        self._changes: dict[str, Any] = {}
        self._told = told
        self._between = between

    def tell(self, command: Command, knob: str | None = None, value: object = None) -> None:
        """Obey, from another thread. Steps pause a running experiment after the batch or epoch they ask for."""
        with self._condition:
            if command == "stop":
                self._stopped = True
            elif command == "change" and knob is not None:
                self._changes[knob] = value
            elif command == "epoch":
                self._paused, self._batches, self._to_epoch, self._in_epoch = False, 0, True, False
            else:
                self._to_epoch = False
                self._paused = command != "resume"
                self._batches = self._batches + 1 if command == "batch" else 0
            self._condition.notify_all()

    def before_batch(self, *, new_epoch: bool = False) -> Mapping[str, Any]:
        """As `engine.experiment.Control` says."""
        self._between()
        with self._condition:
            if self._to_epoch and new_epoch and self._in_epoch:
                self._to_epoch, self._paused = False, True
            self._in_epoch = True
            if self._paused and not self._batches and not self._stopped:
                self._told(True)
                self._condition.wait_for(lambda: self._stopped or self._batches or not self._paused)
                self._told(False)
            if self._stopped:
                raise Stopped
            self._batches = max(0, self._batches - 1)
            changes, self._changes = self._changes, {}
            return changes
