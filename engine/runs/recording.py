"""From the reports of a run to what the history keeps of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

Points = Mapping[str, Sequence[Mapping[str, Any]]]  # kind of report -> reports, oldest first
MARKER = "marker"
AXES = ("examples", "epoch", "seconds", "macs", "batches")  # where a report stands: said once per run


def figures(points: Points) -> dict[str, Any]:
    """The figures of a run: the newest number of every kind of report ("test accuracy"), and how far it came.

    Where there are reports that do not depend on the moment they were made, of a whole epoch or of a full test at
    its end, only those count, so that the same run has the same figures again. "at", when a report was heard, is none.
    """
    found: dict[str, Any] = {}
    for kind, reports in points.items():
        sort, _, name = kind.partition(" ")
        if kind == MARKER or (sort == "train" and f"epoch {name}".strip() in points):
            continue
        whole = [report for report in reports if report.get("full") is True]
        for report in whole or reports:
            for label, value in report.items():
                if isinstance(value, int | float) and not isinstance(value, bool) and label != "at":
                    found[label if label in AXES else f"{kind} {label}"] = value
    return found


def turned(points: Points) -> list[dict[str, Any]]:
    """The knobs that were turned: each with the batch it took effect on, counted from 1."""
    return [
        {"batch": int(report["batches"]) + 1, "knob": report["knob"], "value": report["value"]}
        for report in points.get(MARKER, ())
        if {"batches", "knob", "value"} <= report.keys()
    ]
