"""What the page draws of a race, wherever it is from: the session's own run, or a stored one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import streamlit as st
import torch

from engine import data, stored_runs
from engine.classifier import Lane, Outcome, Settings
from engine.classifier.networks import titles
from engine.data import DataError, Dataset
from engine.stored_runs import StoredRun, StoredRunError
from pages.shared.progress import Run
from pages.shared.provenance import Provenance

STORED = "classifier-cifar10"  # the lecture's two networks on CIFAR-10
Points = Sequence[Mapping[str, Any]]


@dataclass(frozen=True, eq=False)
class Shown:
    """One race, as far as it is known.

    Attributes:
        provenance: Where it is from.
        settings: Of the run.
        lanes: Lane -> its title, kind, parameters and macs.
        classes: Class names.
        train: Lane -> reports of training, oldest first.
        test: Lane -> reports of tests.
        markers: Turned knobs.
        probabilities: Lane -> (N, classes) of the test pictures.
        labels: (N,) of the test pictures, None where they are not known.
        filters: Lane -> first layer's weights (units, C, h, w).
        robustness: Lane -> accuracy with the test pictures moved by 0..8 pixels.
        weights: Lane -> all weights by name.
        slow: The newest batch taken apart: its pictures, and the reports by lane.
        about: The data set's title.
    """

    provenance: Provenance
    settings: Settings
    lanes: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    classes: tuple[str, ...] = ()
    train: Mapping[str, Points] = field(default_factory=dict)
    test: Mapping[str, Points] = field(default_factory=dict)
    markers: Points = ()
    probabilities: Mapping[str, np.ndarray] = field(default_factory=dict)
    labels: np.ndarray | None = None
    filters: Mapping[str, np.ndarray] = field(default_factory=dict)
    robustness: Mapping[str, Sequence[float]] = field(default_factory=dict)
    weights: Mapping[str, Mapping[str, np.ndarray]] = field(default_factory=dict)
    slow: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    about: str = "CIFAR-10"  # the data set's title

    def lane(self, name: str) -> Lane:
        """The settings of one network."""
        return self.settings.lanes[name]

    def outcome(self, name: str) -> Outcome | None:
        """Predictions of a lane, where they and the labels are known."""
        if name not in self.probabilities or self.labels is None:
            return None
        probabilities = torch.from_numpy(np.array(self.probabilities[name], np.float32))
        return Outcome(probabilities, torch.from_numpy(self.labels.astype(np.int64)), self.classes)

    def last(self, lane: str, what: str) -> float | None:
        """The newest value of a test."""
        rows = [row for row in self.test.get(lane, ()) if what in row]
        return float(rows[-1][what]) if rows else None

    def pictures(self) -> Dataset | None:
        """The test pictures, where the set is here: by name, or any other set with just these labels in this order."""
        if self.labels is None:
            return None
        names = [
            self.settings.data,
            *(name for name in data.names() if data.card(name).classes == self.classes),
        ]
        for name in names:
            found = _test_set(name)
            if found is not None and np.array_equal(found.labels.numpy(), self.labels):
                return found
        return None


def _test_set(name: str) -> Dataset | None:
    try:
        return data.load(name, "test")
    except DataError:
        return None


def of_run(run: Run) -> Shown | None:
    """The session's run, once it has said what it is about."""
    race = run.latest.get("race")
    if race is None:
        return None
    settings = Settings.from_dict(run.settings)
    test = _test_set(settings.data)
    where = f"Trained in this session on {race['pictures']:,} pictures; tested on {race['test_pictures']:,}."

    def points(what: str) -> dict[str, Points]:
        return {lane: run.points.get(f"{what} {lane}", []) for lane in race["lanes"]}

    def newest(what: str, key: str) -> dict[str, Any]:
        found = {lane: run.latest.get(f"{what} {lane}") for lane in race["lanes"]}
        return {lane: values[key] for lane, values in found.items() if values is not None}

    slow = {
        kind.removeprefix("slow "): values for kind, values in run.latest.items() if kind.startswith("slow ")
    }
    return Shown(
        Provenance("live", where),
        settings,
        race["lanes"],
        tuple(race["classes"]),
        points("train"),
        points("test"),
        run.markers,
        newest("results", "probabilities"),
        None if test is None else test.labels.numpy(),
        newest("filters", "weights"),
        newest("robustness", "accuracy"),
        newest("network", "weights"),
        slow,
        data.card(settings.data).title,
    )


def of_stored(name: str = STORED) -> Shown | None:
    """A stored run, None where there is none."""
    try:
        return _stored(name)
    except StoredRunError:
        return None


@st.cache_resource(max_entries=4, show_spinner=False)
def _stored(name: str) -> Shown:
    run = stored_runs.load(name)
    settings = Settings.from_dict(run.manifest["settings"])
    names, headline = titles(settings.lanes), run.headline
    lanes = {
        lane: {
            "title": names[lane],
            "kind": settings.lanes[lane].kind,
            "parameters": headline[names[lane]]["parameters"],
            "macs": headline[names[lane]]["macs"],
        }
        for lane in settings.lanes
    }

    def newest(what: str) -> dict[str, Any]:
        return {lane: run.arrays[f"{lane}_{what}"] for lane in lanes if f"{lane}_{what}" in run.arrays}

    return Shown(
        Provenance("stored", "Trained earlier on the real CIFAR-10, and kept.", run.provenance()),
        settings,
        lanes,
        tuple(headline["classes"]),
        {lane: _points(run, f"{lane}_train_") for lane in lanes},
        {lane: _points(run, f"{lane}_test_") for lane in lanes},
        (),
        newest("probabilities"),
        run.arrays["labels"],
        newest("filters"),
        {lane: values.tolist() for lane, values in newest("robustness").items()},
    )


def _points(run: StoredRun, start: str) -> list[dict[str, Any]]:
    columns = {name.removeprefix(start): run.arrays[name] for name in run.arrays if name.startswith(start)}
    rows = len(next(iter(columns.values()))) if columns else 0
    return [{name: float(values[row]) for name, values in columns.items()} for row in range(rows)]
