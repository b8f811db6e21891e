"""The shared parts of the benchmarks: turns, quartiles, and what a result file says about itself."""

from __future__ import annotations

import json
import platform

from benchmarks import common
from benchmarks.common import Timing


def test_arms_take_turns_and_the_warm_up_is_not_counted(monkeypatch):
    clock = iter(range(1000))
    monkeypatch.setattr(common, "perf_counter", lambda: next(clock))
    calls = []
    arms = {name: lambda name=name: calls.append(name) for name in "ab"}
    timings = common.interleave(arms, rounds=3, warm_up=1)
    assert calls == ["a", "b"] * 4
    assert timings["a"] == Timing(1000, 1000, 1000, 3)  # a clock that ticks once per look: one second each


def test_a_timing_is_median_and_quartiles(monkeypatch):
    durations = [5.0, 1.0, 2.0, 3.0, 4.0]
    ticks = [0.0]
    for duration in durations:
        ticks += [ticks[-1] + duration, ticks[-1] + duration]
    clock = iter(ticks)
    monkeypatch.setattr(common, "perf_counter", lambda: next(clock))
    timing = common.interleave({"a": lambda: None}, rounds=5, warm_up=0)["a"]
    assert (timing.lower_quartile_ms, timing.median_ms, timing.upper_quartile_ms) == (2000, 3000, 4000)


def test_a_result_file_says_where_it_comes_from(monkeypatch, tmp_path):
    monkeypatch.setattr(common, "RESULTS", tmp_path / "results")
    path = common.write("made_up", ["numpy"], {"timings": {"ours": Timing(2.0, 1.0, 3.0, 5)}})
    report = json.loads(path.read_text())
    assert report["command"] == "python -m benchmarks.made_up"
    assert report["versions"]["python"] == platform.python_version()
    assert report["machine"]["cores"] >= 1
    assert report["machine"]["cpu"]
    assert set(report) >= {"date", "commit", "machine", "versions", "timings"}
    assert report["timings"]["ours"]["median_ms"] == 2.0


def test_the_table_shows_losses_as_they_are():
    timings = {"ours": Timing(4.0, 3.0, 5.0, 9), "faster": Timing(1.0, 0.5, 1.5, 9)}
    _, _, ours, faster = common.table("title", timings, ours="ours").splitlines()
    assert ours.split()[-1] == "1.00"
    assert faster.split()[-1] == "0.25"
