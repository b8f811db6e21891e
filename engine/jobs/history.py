"""The reports of one job, as many as a reader needs and no more.

Two kinds of report, told apart by their content: a point (small numbers and texts: one place on a curve) is kept,
a picture (anything with an array, or large) replaces the picture of the same kind before it. Points beyond the
limit are thinned: of the older half every second one goes, so a curve of any length keeps its shape and its end.
An experiment that wants several pictures kept names their kinds apart: "epoch 3", "epoch 4".
"""

from __future__ import annotations

from typing import Any

from engine.jobs import plain
from engine.jobs.contract import Event

POINTS = 4000  # per kind: more than the pixels of any curve
POINT_SIZE = 2048  # bytes
KINDS = 400
TOTAL = 64 * 2**20  # bytes of one job's pictures


class History:
    """Reports in order. Not locked: its owner is."""

    def __init__(self) -> None:
        self._events: dict[int, Event] = {}  # in order of number
        self._points: dict[str, list[int]] = {}
        self._pictures: dict[str, tuple[int, int]] = {}  # kind -> number, bytes
        self._last = 0

    def add(self, kind: str, seconds: float, values: dict[str, Any]) -> None:
        """Take a report. Its arrays become read-only."""
        plain.freeze(values)
        self._last += 1
        self._events[self._last] = Event(self._last, kind, seconds, values)
        size = plain.size(values)
        if size <= POINT_SIZE and not plain.has_array(values):
            self._add_point(kind)
        else:
            self._add_picture(kind, size)

    def since(self, cursor: int) -> tuple[tuple[Event, ...], int]:
        """The reports after `cursor`, oldest first, and the next cursor."""
        found = []
        for number in reversed(self._events):
            if number <= cursor:
                break
            found.append(self._events[number])
        return tuple(reversed(found)), self._last

    def _add_point(self, kind: str) -> None:
        if kind not in self._points and len(self._points) >= KINDS:
            self._drop_points(next(iter(self._points)))
        numbers = self._points.setdefault(kind, [])
        numbers.append(self._last)
        if len(numbers) > POINTS:
            half = len(numbers) // 2
            for number in numbers[1:half:2]:
                del self._events[number]
            self._points[kind] = numbers[0:half:2] + numbers[half:]

    def _drop_points(self, kind: str) -> None:
        for number in self._points.pop(kind):
            del self._events[number]

    def _add_picture(self, kind: str, size: int) -> None:
        if kind in self._pictures:
            del self._events[self._pictures.pop(kind)[0]]
        self._pictures[kind] = (self._last, size)
        while len(self._pictures) > 1 and (
            len(self._pictures) > KINDS or sum(held for _, held in self._pictures.values()) > TOTAL
        ):
            oldest = next(iter(self._pictures))
            del self._events[self._pictures.pop(oldest)[0]]
