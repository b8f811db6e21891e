"""The contract's small parts: a free run ends when its time is over, and a pace lets through what is due."""

from __future__ import annotations

import time

import pytest

from engine.experiment import FreeRun, Pace, Stopped


def test_a_free_run_changes_nothing_and_ends_in_time():
    assert FreeRun().before_batch(new_epoch=True) == {}
    control = FreeRun(seconds=0.05)
    assert control.before_batch() == {}
    time.sleep(0.06)
    with pytest.raises(Stopped):
        control.before_batch()


def test_a_pace_lets_the_first_through_and_then_one_per_interval(monkeypatch):
    now = 100.0
    monkeypatch.setattr(time, "monotonic", lambda: now)
    pace = Pace(1.0)
    assert [pace.due(), pace.due()] == [True, False]
    now = 100.9
    assert not pace.due()
    now = 101.0
    assert [pace.due(), pace.due()] == [True, False]
