"""A race of the homework written down, as small arrays for a stored run, and read back as the same reports.

Tested by a round trip.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from engine.contrastive.recording import AXES, thin

TRAIN, TEST = ("loss",), ("knn", "probe", "rank", "uniformity")
Points = dict[str, list[dict[str, float]]]


class Record:
    """A progress function that keeps what the page draws of every run of a race."""

    def __init__(self) -> None:
        self.points: Points = {}
        self.pictures: dict[str, Mapping[str, Any]] = {}

    def __call__(self, kind: str, values: Mapping[str, Any]) -> None:
        """Take a report."""
        what, _, arm = kind.partition(" ")
        names = {"train": TRAIN, "test": TEST}.get(what, ())
        if names and all(name in values for name in names):
            self.points.setdefault(kind, []).append({name: float(values[name]) for name in (*AXES, *names)})
        elif what == "picture":
            self.pictures[arm] = values

    def arrays(self, arms: Sequence[str]) -> dict[str, np.ndarray]:
        """Everything for `stored_runs.write`; arms by their places."""
        found: dict[str, np.ndarray] = {}
        for place, arm in enumerate(arms):
            for what, names in (("train", TRAIN), ("test", TEST)):
                rows = self.points[f"{what} {arm}"]
                kept = [rows[index] for index in thin(len(rows))]
                for name in (*AXES, *names):
                    found[f"{place}_{what}_{name}"] = np.array([row[name] for row in kept], np.float32)
            found[f"{place}_layout"] = np.asarray(self.pictures[arm]["layout"], np.float32)
        return found


def points(arrays: Mapping[str, np.ndarray], arms: Sequence[str]) -> Points:
    """Kind of report -> its reports, as a live run has them."""
    found: Points = {}
    for place, arm in enumerate(arms):
        for what, names in (("train", TRAIN), ("test", TEST)):
            columns = {name: arrays[f"{place}_{what}_{name}"] for name in (*AXES, *names)}
            count = len(next(iter(columns.values())))
            found[f"{what} {arm}"] = [
                {name: float(values[row]) for name, values in columns.items()} for row in range(count)
            ]
    return found


def layouts(arrays: Mapping[str, np.ndarray], arms: Sequence[str]) -> dict[str, np.ndarray]:
    """Arm -> the plane of h at the end, (N, 2)."""
    return {arm: arrays[f"{place}_layout"] for place, arm in enumerate(arms)}
