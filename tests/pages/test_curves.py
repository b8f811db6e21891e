"""Curve options: what is drawn of a long run, what a logarithmic axis leaves out, where the markers stand."""

from __future__ import annotations

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as some

from engine.jobs import Event, Look
from pages.shared import curves
from pages.shared.progress import Run


@given(some.integers(0, 5000), some.integers(2, 500))
def test_thinning_keeps_the_ends_the_order_and_the_limit(count, most):
    shown = curves.thin(count, most)
    assert len(shown) == min(count, most)
    assert shown == sorted(set(shown))
    if count:
        assert (shown[0], shown[-1]) == (0, count - 1)


def test_a_curve_takes_points_with_both_numbers_only():
    points = [
        {"examples": 1, "loss": 2.0},
        {"examples": 2},
        {"loss": 1.0},
        {"examples": 3, "loss": math.nan},
        {"examples": 4, "loss": "much"},
        {"examples": 5, "loss": 0.5},
    ]
    line = curves.curve("Loss", points, "examples", "loss")
    assert (line.x, line.y) == ([1, 5], [2.0, 0.5])


def test_an_option_is_json_with_markers_and_a_logarithm_without_zero():
    line = curves.Curve("Loss", [0, 1, 2], [0.0, 0.123456789, 10])
    spec = curves.option(
        [line, line], x_title="x", y_title="y", log=True, marked=[curves.Marker(1, "rate 0.1 to 0.01")]
    )
    assert json.loads(json.dumps(spec)) == spec
    assert spec["series"][0]["data"] == [[1, 0.12346], [2, 10.0]]
    assert spec["series"][0]["markLine"]["data"] == [{"xAxis": 1, "name": "rate 0.1 to 0.01"}]
    assert "markLine" not in spec["series"][1]
    assert spec["yAxis"]["type"] == "log"


def test_shares_are_shown_as_per_cent():
    spec = curves.option([curves.Curve("Accuracy", [1], [0.5])], x_title="x", y_title="y", percent=True)
    assert spec["series"][0]["data"] == [[1, 50.0]]
    assert spec["series"][0]["showSymbol"]


def look(events, cursor, state="running"):
    return Look(state, None, 0, tuple(events), cursor, "", None, 1.0, {"rate": 0.1}, {"rate": 0.1})


def test_a_run_collects_points_and_the_newest_picture():
    run = Run(job="a")
    assert not run.active
    run.take(look([Event(1, "train", 0.1, {"loss": 2.0}), Event(2, "picture", 0.2, {"pixels": [1, 2]})], 2))
    run.take(look([Event(3, "train", 0.3, {"loss": 1.0}), Event(4, "picture", 0.4, {"pixels": [3]})], 4))
    run.take(look([Event(5, "marker", 0.5, {"text": "rate", "examples": 9})], 5, "done"))
    assert [point["loss"] for point in run.points["train"]] == [2.0, 1.0]
    assert run.latest["picture"] == {"pixels": [3]}
    assert run.markers[0]["text"] == "rate"
    assert not run.active
    assert run.cursor == 5
    table = run.table()
    assert table["kind"].tolist() == ["train", "train", "marker"]
    assert table["at"].tolist() == pytest.approx([0.1, 0.3, 0.5])
    assert Run().table().empty


def test_on_a_projector_all_words_are_larger_and_nothing_else_changes():
    line = curves.Curve("Loss", [0, 1, 2], [0.5, 0.4, 0.3])
    spec = curves.option([line], x_title="Examples", y_title="Loss")
    spec["series"][0]["label"] = {"show": True, "fontSize": 11}
    before = json.dumps(spec)
    found = curves.larger(spec)
    assert json.dumps(spec) == before
    for axis in ("xAxis", "yAxis"):
        for words in ("axisLabel", "nameTextStyle"):
            assert found[axis][words].pop("fontSize") == curves.PROJECTED
    assert found["legend"]["textStyle"] == {"fontSize": curves.PROJECTED}
    assert found["series"][0]["label"] == {"show": True, "fontSize": curves.PROJECTED}
    assert found["series"][0]["data"] == spec["series"][0]["data"]
    assert found["xAxis"]["axisLabel"] == spec["xAxis"]["axisLabel"]
    assert found["yAxis"]["nameTextStyle"] == spec["yAxis"]["nameTextStyle"]
    assert found["grid"]["bottom"] > spec["grid"]["bottom"]
