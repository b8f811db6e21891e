"""A page with a live run: start, pause, step, knobs, faults, and what stays. The jobs are real."""

from __future__ import annotations

import hashlib
import time
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from engine.runs import HistoryError, Runs
from pages.shared import history, workers

PAGE = str(Path(__file__).with_name("live_page.py"))


@pytest.fixture(autouse=True)
def kept(tmp_path, monkeypatch):
    """The history of this test, and how a session is named in it."""
    store = Runs(f"sqlite:///{tmp_path}/runs.sqlite")
    monkeypatch.setattr(history, "runs", lambda: store)
    yield store
    store.close()


def owner(test):
    return hashlib.sha256(test.session_state["visitor"].encode()).hexdigest()[:40]


@pytest.fixture(scope="module", autouse=True)
def _end_the_workers():
    workers.close()
    yield
    workers.close()


def open_page(**state):
    test = AppTest.from_file(PAGE, default_timeout=60)
    for name, value in state.items():
        test.session_state[name] = value
    return test.run()


def press(test, name):
    return test.button(key=f"count_run_{name}").click().run()


def heard(test):
    return int(next(text.value for text in test.text if text.value.startswith("heard")).split()[1])


def words(test):
    return " ".join(element.value for element in (*test.caption, *test.warning))


def until(test, condition, seconds=120):
    deadline = time.monotonic() + seconds
    while not condition(test):
        assert time.monotonic() < deadline, words(test)
        time.sleep(0.05)
        test.run()
        assert not test.exception
    return test


def names(test):
    return {button.key.removeprefix("count_run_") for button in test.button}


def test_a_run_from_start_to_end():
    test = open_page()
    assert names(test) == {"start", "batch", "epoch"}
    until(press(test, "start"), lambda test: "Finished" in words(test))
    assert heard(test) == 10
    assert names(test) == {"start", "batch", "epoch"}
    assert [text.value for text in test.text if text.value.startswith("rows")] == ["rows 10"]


def test_one_batch_one_epoch_pause_and_stop():
    test = open_page(count_epochs=100)
    until(press(test, "batch"), lambda test: "Paused" in words(test) and heard(test) == 1)
    assert names(test) == {"go", "batch", "epoch", "stop"}
    until(press(test, "epoch"), lambda test: "Paused" in words(test) and heard(test) == 5)
    until(press(test, "go"), lambda test: "Running" in words(test) and heard(test) > 6)
    until(press(test, "go"), lambda test: "Paused" in words(test))
    count = heard(test)
    time.sleep(0.2)
    assert heard(test.run()) == count
    until(press(test, "stop"), lambda test: "Stopped" in words(test))
    assert heard(test) == count


def test_a_live_knob_is_turned_and_others_wait_for_a_new_start():
    test = open_page(count_epochs=100)
    until(press(test, "start"), lambda test: heard(test) > 0)
    test.slider(key="count_knob").set_value(3.0).run()

    def marked(test):
        spec = test.get("echarts_chart")[0].proto.spec
        return "knob 3" in spec

    until(test, marked)
    test.slider(key="count_epochs").set_value(90).run()
    assert "Changed for the next start: epochs." in words(test)
    press(test, "again")
    until(test, lambda test: "Changed for" not in words(test) and "Running" in words(test))
    until(press(test, "stop"), lambda test: "Stopped" in words(test))


@pytest.mark.parametrize(
    ("fault", "sentence"),
    [("raise", "It met an error of ours (CountingError)"), ("exit", "The worker process ended by itself")],
)
def test_a_fault_is_said_what_was_shown_stays_and_the_next_run_works(fault, sentence):
    test = open_page(count_fault=fault)
    until(press(test, "start"), lambda test: sentence in words(test))
    assert heard(test) == 2
    test.selectbox(key="count_fault").set_value("none").run()
    assert heard(test) == 2
    until(press(test, "start"), lambda test: "Finished" in words(test))


def test_a_second_session_waits_in_a_visible_queue_and_sees_nothing_of_the_first():
    first, second = open_page(count_epochs=100), open_page()
    until(press(first, "start"), lambda test: heard(test) > 0)
    press(second, "start")
    assert "place 1 of 1 in the queue" in words(second)
    assert heard(second) == 0
    until(press(first, "stop"), lambda test: "Stopped" in words(test))
    until(second, lambda test: "Finished" in words(test))
    assert heard(second) == 10


def test_a_lost_job_is_said(monkeypatch):
    test = open_page(count_epochs=100)
    until(press(test, "start"), lambda test: heard(test) > 0)
    workers.close()  # as if the server had been started anew
    test.run()
    assert "This run is not known any more: start it again." in words(test)
    assert heard(test) > 0


def test_a_run_that_is_over_is_kept_once_with_its_changes(kept):
    test = open_page(count_epochs=100)
    until(press(test, "start"), lambda test: heard(test) > 0)
    test.slider(key="count_knob").set_value(3.0).run()
    until(test, lambda test: "knob 3" in test.get("echarts_chart")[0].proto.spec)
    until(press(test, "stop"), lambda test: "Stopped" in words(test))
    test.run()
    runs = kept.all(owner(test))
    assert [(run.title, run.state) for run in runs] == [("Counting to 500", "stopped")]
    assert runs[0].settings["knob"] == 1.0  # as it started; the change is told apart
    # A worker in a hurry leaves reports out, so the newest count may be above the number of reports.
    newest = test.session_state["live count_run"].points["count"][-1]
    assert runs[0].metrics["count count"] == newest["count"] >= heard(test) > 0
    assert runs[0].provenance["commit"]
    assert "date" not in runs[0].provenance
    assert kept.all("somebody else") == []
    until(press(test, "start"), lambda test: heard(test) > 0)
    until(press(test, "stop"), lambda test: "Stopped" in words(test))
    assert len(kept.all(owner(test))) == 2


def test_a_history_that_cannot_be_written_is_said_and_harms_nothing(kept, monkeypatch):
    def refuse(*_args, **_more):
        raise HistoryError("The disk is full. Runs go on, but are not kept.")

    monkeypatch.setattr(kept, "add", refuse)
    test = open_page()
    until(press(test, "start"), lambda test: "Finished" in words(test))
    assert "The disk is full. Runs go on, but are not kept." in words(test)
    assert heard(test) == 10
