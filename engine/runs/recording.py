"""From the reports of a run to what the history keeps of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

Points = Mapping[str, Sequence[Mapping[str, Any]]]  # kind of report -> reports, oldest first
MARKER = "marker"
AXES = ("examples", "epoch", "seconds", "macs", "batches")  # where a report stands: said once per run


def figures(points: Points) -> dict[str, Any]:
    """The newest number of every kind of report ("test accuracy"), and how far the run came ("batches")."""
    found: dict[str, Any] = {}
    for kind, reports in points.items():
        if kind == MARKER:
            continue
        for report in reports:
            for name, value in report.items():
                if isinstance(value, int | float) and not isinstance(value, bool):
                    found[name if name in AXES else f"{kind} {name}"] = value
    return found


def turned(points: Points) -> list[dict[str, Any]]:
    """The knobs that were turned: each with the batch it took effect on, counted from 1."""
    return [
        {"batch": int(report["batches"]) + 1, "knob": report["knob"], "value": report["value"]}
        for report in points.get(MARKER, ())
        if {"batches", "knob", "value"} <= report.keys()
    ]
