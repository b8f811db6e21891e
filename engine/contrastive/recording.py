"""A run written down: what it reported, as small arrays for a stored run, and read back as the same reports.

    record = Recording()
    result = run(settings, device, record, FreeRun())
    stored_runs.write(name, record.arrays(), bits=record.bits(), ...)
    points = Recording.points(stored.arrays)

Curves keep at most `MOST` points. Factors are kept for every examination, histograms and spectra for the last one.
Tested by a round trip.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

MOST = 200  # points of a curve
AXES = ("examples", "epoch", "seconds")
TRAIN = ("loss", "positive", "negative")
TEST = (
    *("knn_h", "knn_z", "probe_h", "probe_z", "alignment", "uniformity", "rank_h", "rank_z"),
    *("spread", "positive", "negative"),
)
LAST = ("positive", "negative", "spectrum_h", "spectrum_z")
READERS = ("linear", "neighbours", "kept", "kept_neighbours")


class Recording:
    """A progress function that keeps what pages draw. `factors`: their names, in the order of the arrays."""

    def __init__(self) -> None:
        self.train: list[dict[str, float]] = []
        self.tests: list[dict[str, float]] = []
        self.pictures: list[Mapping[str, Any]] = []

    def __call__(self, kind: str, values: Mapping[str, Any]) -> None:
        """Take a report."""
        if kind == "train":
            self.train.append({name: float(values[name]) for name in (*AXES, *TRAIN)})
        elif kind == "test" and "knn_h" in values:
            self.tests.append({name: float(values[name]) for name in (*AXES, *TEST)})
        elif kind == "picture":
            self.pictures.append(values)

    @property
    def factors(self) -> list[str]:
        """Names of the factors that were read."""
        return list(self.pictures[-1]["factors"]) if self.pictures else []

    def arrays(self) -> dict[str, np.ndarray]:
        """Everything for `stored_runs.write`."""
        train = [self.train[index] for index in thin(len(self.train))]
        found = {f"train_{name}": _column(train, name) for name in (*AXES, *TRAIN)}
        found |= {f"test_{name}": _column(self.tests, name) for name in (*AXES, *TEST)}
        if self.pictures:
            found |= {f"last_{name}": np.asarray(self.pictures[-1][name]) for name in LAST}
        for reader in READERS if self.factors else ():
            rows = [[picture["factors"][name][reader] for name in self.factors] for picture in self.pictures]
            found[f"factor_{reader}"] = np.array(rows, np.float32)
        return found

    @staticmethod
    def bits() -> dict[str, int]:
        """How finely arrays may be quantised: curves and bars are drawn on a thousand pixels."""
        names = [f"train_{name}" for name in TRAIN] + [f"test_{name}" for name in TEST]
        names += [f"last_{name}" for name in LAST] + [f"factor_{reader}" for reader in READERS]
        return dict.fromkeys(names, 16)

    @staticmethod
    def points(arrays: Mapping[str, np.ndarray]) -> dict[str, list[dict[str, float]]]:
        """Kind of report ("train", "test") -> its reports, as a live run has them."""
        return {
            kind: _rows({name: arrays[f"{kind}_{name}"] for name in (*AXES, *names)})
            for kind, names in (("train", TRAIN), ("test", TEST))
        }

    @staticmethod
    def picture(arrays: Mapping[str, np.ndarray], factors: Sequence[str], at: int = -1) -> dict[str, Any]:
        """The picture report of examination `at`: factors then, histograms and spectra at the end."""
        found: dict[str, Any] = {name: arrays[f"last_{name}"] for name in LAST if f"last_{name}" in arrays}
        found["factors"] = {
            name: {reader: float(arrays[f"factor_{reader}"][at, column]) for reader in READERS}
            for column, name in enumerate(factors)
        }
        return found


def keep_only(arrays: Mapping[str, np.ndarray]) -> dict[str, int]:
    """`Recording.bits` for the arrays that are there."""
    return {name: bits for name, bits in Recording.bits().items() if name in arrays}


def _column(rows: Sequence[Mapping[str, float]], name: str) -> np.ndarray:
    return np.array([row[name] for row in rows], np.float32)


def _rows(columns: Mapping[str, np.ndarray]) -> list[dict[str, float]]:
    count = len(next(iter(columns.values())))
    return [{name: float(values[index]) for name, values in columns.items()} for index in range(count)]


def thin(count: int) -> list[int]:
    """Which of `count` points a curve keeps: evenly spaced, the first and the last among them."""
    if count <= MOST:
        return list(range(count))
    return [round(index * (count - 1) / (MOST - 1)) for index in range(MOST)]
