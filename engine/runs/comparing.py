"""Two runs side by side: the settings that differ, and the figures of both."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from engine.runs.store import Run

LANES = ("first", "second", "third", "fourth")  # of the classifier's settings, which would import torch


@dataclass(frozen=True)
class Comparison:
    """What distinguishes two runs.

    Attributes:
        settings: (name, first, second) of every setting that differs; None where a run does not have it.
        metrics: (name, first, second, second - first) of every figure; None where there is no number.
    """

    settings: tuple[tuple[str, Any, Any], ...]
    metrics: tuple[tuple[str, Any, Any, float | None], ...]

    @property
    def changes(self) -> tuple[tuple[str, Any, Any], ...]:
        """The settings as they were chosen: the same change to networks that train side by side is one change.

        `first.optimisation.learning_rate` and `second.optimisation.learning_rate`, both from 0.002 to 0.0003, are
        `optimisation.learning_rate`.
        """
        groups: dict[tuple[str, str], list[tuple[str, Any, Any]]] = {}
        for setting in self.settings:
            name, first, second = setting
            lane, _, rest = name.partition(".")
            shared = rest if lane in LANES else name
            groups.setdefault((shared, repr((first, second))), []).append(setting)
        return tuple(
            found[0] if len(found) == 1 else (name, *found[0][1:]) for (name, _), found in groups.items()
        )

    def sentence(self) -> str:
        """What may be concluded: one changed setting explains a difference, several do not."""
        if not self.changes:
            return "The settings are the same: what differs is chance, or the machine."
        if len(self.changes) == 1:
            name, first, second = self.changes[0]
            return f"Only {name} differs, {first} and {second}: it explains the difference, up to chance."
        names = ", ".join(name for name, _, _ in self.changes)
        return f"{len(self.changes)} settings differ ({names}): no single one explains the difference."


def flatten(settings: Mapping[str, Any], path: str = "") -> dict[str, Any]:
    """Settings within settings with dotted names: {"plan": {"epochs": 3}} to {"plan.epochs": 3}."""
    found: dict[str, Any] = {}
    for name, value in settings.items():
        if isinstance(value, Mapping):
            found |= flatten(value, f"{path}{name}.")
        else:
            found[path + name] = value
    return found


def compare(first: Run, second: Run) -> Comparison:
    """The differences, in the order the first run has them."""
    ours, theirs = (
        {"experiment": run.experiment, **flatten(run.settings), **_turned(run)} for run in (first, second)
    )
    names = dict.fromkeys([*ours, *theirs])
    figures = dict.fromkeys([*first.metrics, *second.metrics])
    return Comparison(
        tuple(
            (name, ours.get(name), theirs.get(name)) for name in names if ours.get(name) != theirs.get(name)
        ),
        tuple(
            (name, first.metrics.get(name), second.metrics.get(name), _difference(first, second, name))
            for name in figures
        ),
    )


def _turned(run: Run) -> dict[str, Any]:
    """Knobs turned while it ran, as settings of their own."""
    return {
        f"{change.get('knob')} from batch {change.get('batch')}": change.get("value")
        for change in run.changes
    }


def _difference(first: Run, second: Run, name: str) -> float | None:
    pair = first.metrics.get(name), second.metrics.get(name)
    if all(isinstance(value, int | float) and not isinstance(value, bool) for value in pair):
        return pair[1] - pair[0]  # type: ignore[operator]  # both are numbers
    return None
