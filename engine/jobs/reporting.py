"""An experiment's reports on their way out of the worker: checked, bounded in size and in rate.

An experiment may report after every batch. Each kind has a budget of reports that refills with time; what comes
while it is empty waits, replaced by what comes next, and leaves as soon as there is budget or the run ends. So the
newest report always arrives, and a page is never flooded.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from engine.jobs import plain

LARGEST = 8 * 2**20  # bytes of one report
RATE = 12.0  # reports of a kind per second, in the long run
BURST = 40.0  # reports of a kind at once


@dataclass
class _Budget:
    left: float = BURST
    at: float = field(default_factory=time.monotonic)

    def spend(self) -> bool:
        now = time.monotonic()
        self.left = min(BURST, self.left + (now - self.at) * RATE)
        self.at = now
        if self.left < 1:
            return False
        self.left -= 1
        return True


class Reporter:
    """The `progress` function of a job in a worker. `send(kind, seconds, values)` takes what may leave."""

    def __init__(self, send: Callable[[str, float, dict[str, Any]], None]) -> None:
        self._send = send
        self._start = time.monotonic()
        self._budgets: dict[str, _Budget] = {}
        self._held: dict[str, tuple[float, dict[str, Any]]] = {}
        self.left_out: dict[str, int] = {}  # kind -> bytes of a report too large to send

    def __call__(self, kind: str, values: Mapping[str, Any]) -> None:
        """Report. Raises NotPlain where the values are not plain data."""
        data = plain.plain(values, kind)
        seconds = time.monotonic() - self._start
        if (size := plain.size(data)) > LARGEST:
            self.left_out[kind] = size
            return
        if kind in self._held or not self._budgets.setdefault(kind, _Budget()).spend():
            self._held[kind] = (seconds, data)
        else:
            self._send(kind, seconds, data)
        self.release()

    def release(self, *, everything: bool = False) -> None:
        """Let go what waited for its budget; everything at the end of a run or before a pause."""
        for kind in list(self._held):
            if everything or self._budgets[kind].spend():
                seconds, data = self._held.pop(kind)
                self._send(kind, seconds, data)
