"""What a minute of live SimCLR teaches on rendered shapes, and whether the same seed gives the same curve.

python -m benchmarks.simclr

The run is the page's: its default settings, examined as it goes, all within the time. The clock starts with the first
batch; getting the data and the network ready, which a warm worker has behind it, is told apart.
"""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from time import perf_counter
from typing import Any

import torch

from benchmarks.common import write
from engine import data
from engine import device as devices
from engine.contrastive.experiment import Run, Settings
from engine.experiment import FreeRun, Stopped, ignore
from engine.training import Plan

SECONDS = 60.0
PICTURES, EPOCHS = 1024, 3  # of the runs whose curves are compared


class Reports:
    """Keeps what a run says of itself."""

    def __init__(self) -> None:
        self.tests: list[Mapping[str, Any]] = []
        self.losses: list[float] = []

    def __call__(self, kind: str, values: Mapping[str, Any]) -> None:
        """A progress function."""
        if kind == "test" and "knn_h" in values:
            self.tests.append({**values, "at": perf_counter()})
        elif kind == "train":
            self.losses.append(values["loss"])


def minute() -> dict[str, Any]:
    """kNN accuracy on shape before training and when the time is over."""
    settings, begun = Settings(), perf_counter()
    train, test = data.load(settings.data, "train"), data.load(settings.data, "test")
    reports = Reports()
    run = Run(settings, train, test, devices.pick(), reports)
    before = run.examine()
    start = perf_counter()
    with contextlib.suppress(Stopped):
        run.loop.run(FreeRun(SECONDS), reports)
    trained, epochs = perf_counter() - start, run.loop.axes(run.learner)["epoch"]
    after = run.examine()
    gains = {round(each["at"] - start, 1): round(each["knn_h"], 4) for each in reports.tests}
    reached = [seconds for seconds, value in gains.items() if value >= before["knn_h"] + 0.25]
    return {
        "ready_seconds": round(start - begun, 1),
        "trained_seconds": round(trained, 1),
        "epochs": round(epochs, 2),
        "knn_h_before": before["knn_h"],
        "knn_h_after": after["knn_h"],
        "gained_points": round(100 * (after["knn_h"] - before["knn_h"]), 1),
        "knn_h_by_seconds": gains,
        "seconds_to_25_points": reached[0] if reached else None,
        "pictures_per_second": round(run.loop.examples / trained),
    }


def curve(seed: int) -> list[float]:
    """The mean loss of each of some short epochs."""
    settings = Settings(pictures=PICTURES, plan=Plan(epochs=EPOCHS, batch_size=256, seed=seed))
    train, test = data.load(settings.data, "train", PICTURES), data.load(settings.data, "test", 512)
    losses: list[float] = []

    def listen(kind: str, values: Mapping[str, Any]) -> None:
        if kind == "epoch":
            losses.append(float(values["loss"]))

    Run(settings, train, test, devices.pick(), ignore).loop.run(FreeRun(), listen)
    return losses


def main() -> None:
    """Measure, print, write results/simclr.json."""
    first, again, other = curve(0), curve(0), curve(1)
    found = minute()
    same = first == again
    print(found)
    print(f"Same seed, same curve: {same}; another seed, another curve: {first != other}.")
    path = write(
        "simclr",
        ("torch", "numpy"),
        {
            "setting": {"settings": Settings().to_dict(), "threads": torch.get_num_threads()},
            "minute": found,
            "curves": {"same_seed_equal": same, "other_seed_differs": first != other, "loss_by_epoch": first},
        },
    )
    print(f"Written to {path.relative_to(path.parents[2])}.")


if __name__ == "__main__":
    main()
