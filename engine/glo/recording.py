"""A run's reports as a few arrays, for a stored run, and back again as the reports a page draws.

Points (reports of plain numbers) become one array per kind and name. Moments ("moment 000", "moment 001" ...) and
layouts ("layout 000" ...) become arrays with a first axis of time. Of the batches those are kept that double the
examples seen: as many early as late.

Tested by a round trip.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

MOMENT, LAYOUT, BATCH = "moment", "layout", "batch"
NUMBERED = (MOMENT, LAYOUT)  # kinds that carry their number, so that a page keeps them all
SKIPPED = ("model", "marker")
Event = tuple[str, Mapping[str, Any]]


class Recorder:
    """A progress function that keeps what it hears."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self._next_batch = 0.0

    def __call__(self, kind: str, values: Mapping[str, Any]) -> None:
        """Keep a report."""
        if kind in SKIPPED:
            return
        if kind == BATCH:
            if values["examples"] < self._next_batch:
                return
            self._next_batch = 2 * values["examples"]
        self.events.append((kind, dict(values)))

    def arrays(self) -> dict[str, np.ndarray]:
        """Everything heard, as `unpack` takes it."""
        return pack(self.events)


def pack(events: Iterable[Event]) -> dict[str, np.ndarray]:
    """Reports as arrays named "kind/name"; texts and lists are left out."""
    found: dict[str, dict[str, list[Any]]] = {}
    for kind, values in events:
        group = found.setdefault(kind.split()[0] if kind.startswith(NUMBERED) else kind, {})
        for name, value in values.items():
            if isinstance(value, int | float | np.ndarray) and not isinstance(value, bool):
                group.setdefault(name, []).append(value)
    return {
        f"{kind}/{name}": np.stack(column)
        if isinstance(column[0], np.ndarray)
        else np.asarray(column, np.float64)
        for kind, group in found.items()
        for name, column in group.items()
    }


def unpack(arrays: Mapping[str, np.ndarray]) -> list[Event]:
    """The reports in the order of their examples (or their own order, where they count nothing)."""
    groups: dict[str, dict[str, np.ndarray]] = {}
    for key, values in arrays.items():
        kind, name = key.rsplit("/", 1)
        groups.setdefault(kind, {})[name] = values
    events: list[tuple[float, Event]] = []
    for kind, group in groups.items():
        for index in range(len(next(iter(group.values())))):
            row = {name: _plain(values[index]) for name, values in group.items()}
            title = f"{kind} {index:03d}" if kind in NUMBERED else kind
            events.append((float(row.get("examples", index)), (title, row)))
    events.sort(key=lambda item: item[0])
    return [event for _, event in events]


def _plain(value: Any) -> Any:  # noqa: ANN401 - a number or an array
    return value if isinstance(value, np.ndarray) and value.ndim else float(value)
