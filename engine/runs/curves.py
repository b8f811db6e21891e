"""The curves of a run by name: which figures were reported more than once, and each along an axis of the run."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from engine.runs.recording import AXES, MARKER
from engine.runs.store import Run

Axis = tuple[list[float], list[float]]
SKIPPED = frozenset((*AXES, "at", "batch"))
WISHED = ("accuracy", "knn", "probe", "psnr", "loss")  # what a reader looks for first


def names(run: Run) -> tuple[str, ...]:
    """Figures with a curve, as "kind figure" ("test accuracy"): those with two different places on some axis."""
    found = []
    for kind, points in run.curves.items():
        if kind == MARKER or len(points) < 2 or not _axes_of(points):
            continue
        labels = dict.fromkeys(label for point in points for label in point if label not in SKIPPED)
        found += [f"{kind} {label}" for label in labels if sum(map(_has(label), points)) > 1]
    return tuple(found)


def axes(run: Run, name: str) -> tuple[str, ...]:
    """The axes along which the reports of a figure say where they stand."""
    return _axes_of(_points(run, name)[0])


def series(run: Run, name: str, axis: str) -> Axis:
    """(places, values) of a figure, in the order of its reports; both empty where the run does not have it."""
    points, label = _points(run, name)
    pairs = [(point[axis], point[label]) for point in points if _has(label)(point) and _has(axis)(point)]
    return [float(x) for x, _ in pairs], [float(y) for _, y in pairs]


def foremost(found: Sequence[str]) -> str | None:
    """The figure to show first: a quality measured on test pictures, else a loss, else whatever there is."""
    ranked = sorted(found, key=lambda name: (_rank(name), not name.startswith("test")))
    return ranked[0] if ranked else None


def _rank(name: str) -> int:
    label = name.rsplit(" ", 1)[-1]
    return next((place for place, wish in enumerate(WISHED) if wish in label), len(WISHED))


def _points(run: Run, name: str) -> tuple[Sequence[Mapping[str, Any]], str]:
    kind, _, label = name.rpartition(" ")
    return run.curves.get(kind, ()), label


def _axes_of(points: Sequence[Mapping[str, Any]]) -> tuple[str, ...]:
    return tuple(axis for axis in AXES if len({point[axis] for point in points if _has(axis)(point)}) > 1)


def _has(label: str) -> Any:  # noqa: ANN401 - a test of one report
    def test(point: Mapping[str, Any]) -> bool:
        value = point.get(label)
        return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)

    return test
