"""Runs as Markdown for a report and as CSV for a spreadsheet."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from typing import Any

from engine.runs.comparing import compare, flatten
from engine.runs.store import Run


def to_markdown(runs: Sequence[Run]) -> str:
    """One section per run; two runs also side by side."""
    parts = ["# Runs"]
    if len(runs) == 2:
        found = compare(runs[0], runs[1])
        first, second = (escape(run.title) for run in runs)
        parts += ["## Side by side", found.sentence()]
        if found.settings:
            parts.append(_table(("Setting", first, second), found.settings))
        parts.append(_table(("Figure", first, second, "Difference"), found.metrics))
    for run in runs:
        parts += _section(run)
    return "\n\n".join(parts) + "\n"


def to_csv(runs: Sequence[Run]) -> str:
    """One row per run; columns for every setting and figure any of them has."""
    rows = [
        {
            "title": run.title,
            "date": run.created.isoformat(timespec="seconds"),
            "experiment": run.experiment,
            "state": run.state,
            "seconds": round(run.seconds, 1),
            **{f"setting {name}": value for name, value in flatten(run.settings).items()},
            **{f"figure {name}": value for name, value in run.metrics.items()},
            "knobs turned": "; ".join(_change(change) for change in run.changes),
            "notes": run.notes,
        }
        for run in runs
    ]
    columns = dict.fromkeys(name for row in rows for name in row)
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([[_cell(row.get(name, "")) for name in columns] for row in rows])
    return out.getvalue()


def escape(value: object) -> str:
    """A value as one cell of a Markdown table."""
    if isinstance(value, float):
        return f"{value:.6g}"
    text = "" if value is None else str(value)
    return text.replace("\\", "\\\\").replace("|", "\\|").replace("\n", " ").replace("<", "&lt;")


def _section(run: Run) -> list[str]:
    when = run.created.strftime("%Y-%m-%d %H:%M UTC")
    parts = [
        f"## {escape(run.title)}",
        f"{run.state} on {when} after {run.seconds:.1f} s, `{run.experiment}`",
        _table(("Figure", "Value"), run.metrics.items()),
        _table(("Setting", "Value"), flatten(run.settings).items()),
    ]
    if run.changes:
        parts.append("Knobs turned: " + "; ".join(_change(change) for change in run.changes))
    if run.provenance:
        parts.append(_table(("Made with", ""), flatten(run.provenance).items()))
    if run.notes:
        parts += ["Notes", "\n".join(f"> {escape(line)}" for line in run.notes.splitlines())]
    return parts


def _change(change: Mapping[str, Any]) -> str:
    return f"{change.get('knob')} = {change.get('value')} from batch {change.get('batch')}"


def _table(head: Sequence[str], rows: Any) -> str:  # noqa: ANN401 - any rows of cells
    lines = ["| " + " | ".join(head) + " |", "|" + ":--|" * len(head)]
    lines += ["| " + " | ".join(escape(cell) for cell in row) + " |" for row in rows]
    return "\n".join(lines)


def _cell(value: object) -> object:
    """A cell that no spreadsheet takes for a formula."""
    text = " ".join(map(str, value)) if isinstance(value, list) else value
    return f"'{text}" if isinstance(text, str) and text[:1] in ("=", "+", "-", "@") else text
