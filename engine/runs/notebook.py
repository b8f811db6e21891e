"""A run as a Jupyter notebook that does it again: same experiment, same settings, same knobs turned at the same batch.

Generic over experiments: a notebook names the experiment's module and its settings and calls its `run`. Written
as plain JSON (nbformat 4.5); tested by executing one with nbclient and comparing the figures.
"""

from __future__ import annotations

import json
import pprint
from collections.abc import Mapping
from typing import Any

from engine.runs.exporting import escape
from engine.runs.store import Run

_HOW = (
    "Start this notebook in the folder of Deep Vision Explorer, with its packages installed. On the same kind of "
    "device and with as many threads the numbers come out the same; otherwise they agree up to rounding."
)


def to_notebook(run: Run) -> str:
    """The notebook's file."""
    cells = [
        _text(_introduction(run)),
        _code(_setting_up(run)),
        _code(_RUNNING.format(control=_control(run))),
        _code(_comparing(run)),
        _code(_DRAWING),
        _text(
            "## Your turn\n\nChange **one** hyperparameter, run the cell, and note in a line what changed and why "
            "you think it did."
        ),
        _code(
            'changed = settings  # for example: settings.change("NAME", VALUE)\n'
            "# again, _ = run(changed, FreeRun())\n"
            "# print(figures(again))"
        ),
    ]
    for number, cell in enumerate(cells):
        cell["id"] = f"cell-{number}"
    return json.dumps(
        {
            "cells": cells,
            "metadata": {
                "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
                "language_info": {"name": "python"},
            },
            "nbformat": 4,
            "nbformat_minor": 5,
        },
        indent=1,
    )


def to_script(run: Run) -> str:
    """The notebook's code up to the comparison of the figures, as one piece that runs as pasted."""
    parts = [_setting_up(run), _RUNNING.format(control=_control(run)), _comparing(run)]
    return "\n\n".join(parts) + "\n"


def _introduction(run: Run) -> str:
    when = run.created.strftime("%Y-%m-%d %H:%M UTC")
    made = ", ".join(
        f"{name} {value}" for name, value in run.provenance.items() if isinstance(value, str | float)
    )
    lines = [
        f"# {escape(run.title)}",
        f"A run of `{run.experiment}` from Deep Vision Explorer, {run.state} on {when} after {run.seconds:.1f} s"
        + (f" ({escape(made)})." if made else "."),
        _HOW,
    ]
    if run.notes:
        lines += ["**Notes**", "\n".join(f"> {escape(line)}" for line in run.notes.splitlines())]
    return "\n\n".join(lines)


def _setting_up(run: Run) -> str:
    return "\n".join(
        [
            "from engine import device",
            "from engine.experiment import FreeRun, Replay, Stopped",
            f"from {run.experiment.rpartition('.')[0]} import {run.experiment.rpartition('.')[2]} as experiment",
            "",
            "settings = experiment.Settings.from_dict(",
            _indent(pprint.pformat(dict(run.settings), width=96, sort_dicts=False)),
            ")",
        ]
    )


def _control(run: Run) -> str:
    changes: dict[int, dict[str, Any]] = {}
    for change in run.changes:
        changes.setdefault(int(change["batch"]), {})[str(change["knob"])] = change["value"]
    batches = run.metrics.get("batches") if run.state == "stopped" else None
    if not changes and batches is None:
        return "FreeRun()"
    ending = "" if batches is None else f", batches={int(batches)}"
    return f"Replay({changes!r}{ending})"


_RUNNING = """def run(settings, control):
    reports = {{}}
    try:
        result = experiment.run(
            settings,
            device.pick(),
            lambda kind, values: reports.setdefault(kind, []).append(dict(values)),
            control,
        )
    except Stopped:
        result = {{}}
    return reports, result


reports, result = run(settings, {control})"""


def _comparing(run: Run) -> str:
    recorded: Mapping[str, Any] = {
        name: value for name, value in run.metrics.items() if " " in name and isinstance(value, int | float)
    }
    return "\n".join(
        [
            "from engine.runs import figures",
            "",
            f"recorded = {pprint.pformat(dict(recorded), width=96, sort_dicts=False)}",
            "now = figures(reports)",
            "for name in recorded:",
            '    print(f"{name:32} then {recorded[name]!s:>24}   now {now.get(name)!s:>24}")',
        ]
    )


_DRAWING = """from plotly import graph_objects as go

figure = go.Figure()
for kind, found in reports.items():
    points = [values for values in found if "loss" in values and "examples" in values]
    if points:
        figure.add_scatter(
            x=[point["examples"] for point in points], y=[point["loss"] for point in points], name=kind
        )
figure.update_layout(xaxis_title="examples seen", yaxis_title="loss")"""


def _indent(text: str) -> str:
    return "\n".join(f"    {line}" for line in text.splitlines())


def _text(source: str) -> dict[str, Any]:
    return {"cell_type": "markdown", "metadata": {}, "source": source}


def _code(source: str) -> dict[str, Any]:
    return {"cell_type": "code", "metadata": {}, "source": source, "outputs": [], "execution_count": None}
