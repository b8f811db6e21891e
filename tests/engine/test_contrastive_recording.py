"""Runs written down and read back; what became of them in a word."""

import numpy as np
import pytest

from engine import stored_runs
from engine.contrastive.recording import MOST, Recording, keep_only
from engine.contrastive.verdict import verdict

AXES = {"examples": 64, "epoch": 0.25, "seconds": 1.5}
TEST = {
    "knn_h": 0.4,
    "knn_z": 0.3,
    "probe_h": 0.5,
    "probe_z": 0.4,
    "alignment": 0.5,
    "uniformity": -2.0,
    "rank_h": 20.0,
    "rank_z": 10.0,
    "spread": 0.9,
    "positive": 0.8,
    "negative": 0.1,
}


def factor(value):
    return {"linear": value, "neighbours": value / 2, "kept": value, "kept_neighbours": value / 2}


def recorded():
    record = Recording()
    for step in range(3 * MOST):
        record("train", {**AXES, "loss": 5 - step / 100, "positive": 0.5, "negative": 0.1, "speed": 1.0})
    for index in range(3):
        record("test", {**AXES, **TEST, "epoch": float(index), "full": True})
        arrays = {name: np.linspace(0, 1, 4) for name in ("positive", "negative", "spectrum_h", "spectrum_z")}
        record(
            "picture", {**arrays, "factors": {"shape": factor(0.2 * index), "hue": factor(1 - 0.3 * index)}}
        )
    record("test", {**AXES, "full": False})  # an examination that was left out
    record("marker", {"text": "temperature"})
    return record


def test_a_recording_comes_back_from_a_stored_run(tmp_path):
    record = recorded()
    arrays = record.arrays()
    stored_runs.write(
        "run",
        arrays,
        command="python -m engine.studies.nothing",
        settings={},
        seed=0,
        headline={"factors": record.factors},
        bits=keep_only(arrays),
        folder=tmp_path,
    )
    found = stored_runs.load("run", folder=tmp_path)
    points = Recording.points(found.arrays)
    assert len(points["train"]) == MOST
    assert points["train"][0]["loss"] == pytest.approx(5, abs=1e-3)
    assert points["train"][-1]["loss"] == pytest.approx(5 - (3 * MOST - 1) / 100, abs=1e-3)
    assert [point["epoch"] for point in points["test"]] == [0, 1, 2]
    for name, value in TEST.items():
        assert points["test"][1][name] == pytest.approx(value, abs=1e-3)
    picture = Recording.picture(found.arrays, found.headline["factors"])
    assert picture["factors"]["hue"]["linear"] == pytest.approx(0.4, abs=1e-3)
    assert Recording.picture(found.arrays, ["shape", "hue"], 1)["factors"]["shape"]["kept"] == pytest.approx(
        0.2, abs=1e-3
    )
    np.testing.assert_allclose(picture["positive"], np.linspace(0, 1, 4), atol=1e-4)


def test_a_run_without_factors_and_pictures_is_fine():
    record = Recording()
    record("test", {**AXES, **TEST})
    arrays = record.arrays()
    assert record.factors == []
    assert not any(name.startswith(("factor", "last")) for name in arrays)
    assert set(keep_only(arrays)) <= set(arrays)
    assert Recording.points(arrays)["train"] == []


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, "healthy"),
        ({"spread": 0.05}, "point"),
        ({"rank_z": 1.5}, "narrow"),
        ({"knn_h": 0.21}, "useless"),
        ({"knn_h": 0.21, "epoch": 0.1}, "early"),
    ],
)
def test_the_verdict_names_the_way_it_failed(changes, expected):
    first = {**TEST, "knn_h": 0.2, "epoch": 0.0}
    assert verdict({**TEST, "epoch": 3.0, **changes}, first, 64) == expected
