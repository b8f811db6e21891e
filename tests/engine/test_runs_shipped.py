"""Stored runs in the form of the history, and the curves of any run by name."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import numpy as np
import pytest

from engine import stored_runs
from engine.runs import Run, compare, curves, shipped
from engine.stored_runs import StoredRunError


def write(folder, name="study", **arrays):
    stored_runs.write(
        name,
        arrays,
        command="python -m engine.studies.something --data shapes",
        settings={"plan": {"epochs": 2}},
        seed=3,
        headline={"accuracy": 0.75, "minutes": 2.5, "classes": ["a", "b"]},
        folder=folder,
    )
    return folder


def run_with(**found):
    empty = {"experiment": "x", "title": "x", "created": datetime.now(UTC), "seconds": 1.0, "state": "done"}
    return Run("id", **empty, settings={}, changes=(), metrics={}, provenance={}, curves=found)


def test_arrays_that_share_a_beginning_become_curves(tmp_path):
    places = np.array([10, 20, 30])
    write(
        tmp_path,
        second_test_examples=places,
        second_test_accuracy=np.array([0.25, 0.5, 0.75]),
        **{"batch/epoch": np.array([0.0, 1.0]), "batch/loss": np.array([2.0, 1.0])},
        labels=np.arange(3),  # as long, but of no group
        second_test_matrix=np.zeros((3, 3)),
        lonely_examples=places,  # nothing beside it
    )
    run = shipped.read("study", tmp_path)
    assert run.curves == {
        "test second": [
            {"examples": 10, "accuracy": 0.25},
            {"examples": 20, "accuracy": 0.5},
            {"examples": 30, "accuracy": 0.75},
        ],
        "batch": [{"epoch": 0.0, "loss": 2.0}, {"epoch": 1.0, "loss": 1.0}],
    }
    assert run.metrics == {
        "examples": 30,
        "test second accuracy": 0.75,
        "epoch": 1.0,
        "batch loss": 1.0,
        "accuracy": 0.75,
        "minutes": 2.5,
    }
    assert (run.experiment, run.seconds, run.provenance["seed"]) == ("engine.studies.something", 150.0, 3)
    assert compare(run, run).settings == ()


def test_what_is_not_there_or_damaged_is_said_in_words(tmp_path):
    write(tmp_path)
    assert shipped.names(tmp_path) == ("study",)
    assert shipped.names(tmp_path / "nowhere") == ()
    with pytest.raises(StoredRunError, match="no stored run"):
        shipped.read("other", tmp_path)
    manifest = tmp_path / "study" / stored_runs.MANIFEST
    told = json.loads(manifest.read_text())
    manifest.write_text(json.dumps(told | {"date": "yesterday"}))
    with pytest.raises(StoredRunError, match="has no date"):
        shipped.read("study", tmp_path)


def test_every_run_that_is_shipped_can_be_read():
    for name in shipped.names():
        run = shipped.read(name)
        assert run.provenance["command"].startswith("python -m engine.studies.")
        for each in curves.names(run):
            for axis in curves.axes(run, each):
                x, y = curves.series(run, each, axis)
                assert len(x) == len(y) > 1


def test_a_figure_has_a_curve_where_it_was_reported_at_two_places():
    run = run_with(
        test=[
            {"accuracy": 0.5, "examples": 1, "seconds": 0.0, "full": True},
            {"accuracy": 0.75, "examples": 2, "seconds": 0.0, "loss": float("nan")},
            {"loss": 1.0, "examples": 3},
        ],
        once=[{"loss": 1.0, "examples": 1}],
        marker=[{"examples": 1, "value": 3}, {"examples": 2, "value": 4}],
    )
    assert curves.names(run) == ("test accuracy",)  # the loss has one finite value, the seconds stand still
    assert curves.axes(run, "test accuracy") == ("examples",)
    assert curves.series(run, "test accuracy", "examples") == ([1.0, 2.0], [0.5, 0.75])
    assert curves.series(run, "train loss", "examples") == ([], [])


def test_a_test_of_quality_comes_first():
    assert curves.foremost(["train accuracy", "test loss", "test accuracy"]) == "test accuracy"
    assert curves.foremost(["train loss", "test glo psnr"]) == "test glo psnr"
    assert curves.foremost(["train rate"]) == "train rate"
    assert curves.foremost([]) is None


@pytest.mark.parametrize(
    ("name", "title"),
    [
        ("simclr-cifar10", "SimCLR: CIFAR-10"),
        ("glo-mnist-5k", "GLO: MNIST 5k"),
        ("simclr-shapes-plain-no-colour", "SimCLR: shapes plain no colour"),
        ("augmentation-matrix", "Augmentation: matrix"),
        ("study", "Study"),
    ],
)
def test_a_stored_runs_name_is_read_as_words(name, title):
    assert shipped.title_of(name) == title
