"""A race written down and read back."""

import numpy as np
import pytest

from engine import stored_runs
from engine.contrastive import homework_record
from engine.contrastive.homework_record import Record
from engine.contrastive.recording import MOST

AXES = {"examples": 64.0, "epoch": 1.0, "seconds": 2.0}
ARMS = ("as written", "corrected")


def test_a_race_comes_back_from_a_stored_run(tmp_path):
    record, layout = Record(), np.random.default_rng(0).normal(size=(5, 2))
    for arm in ARMS:
        for step in range(2 * MOST):
            record(f"train {arm}", {**AXES, "loss": 1 / (1 + step), "accuracy": 0.5})
        record(
            f"test {arm}", {**AXES, "knn": 0.25, "probe": 0.5, "rank": 3.0, "uniformity": -1.0, "full": True}
        )
        record(f"test {arm}", {**AXES, "full": False})  # none was made
        record(f"picture {arm}", {**AXES, "layout": layout, "h": np.zeros(3, np.uint8)})
    record("marker", {"text": "temperature"})
    stored_runs.write(
        "race", record.arrays(ARMS), command="c", settings={}, seed=0, headline={}, folder=tmp_path
    )
    arrays = stored_runs.load("race", folder=tmp_path).arrays
    points = homework_record.points(arrays, ARMS)
    assert set(points) == {"train as written", "train corrected", "test as written", "test corrected"}
    assert len(points["train corrected"]) == MOST
    assert points["train corrected"][-1]["loss"] == pytest.approx(1 / (2 * MOST))
    assert [point["knn"] for point in points["test as written"]] == [0.25]
    np.testing.assert_allclose(homework_record.layouts(arrays, ARMS)["corrected"], layout, atol=1e-6)
