"""The run history: kept, bounded, private, compared, exported, and a notebook that really does the run again."""

from __future__ import annotations

import csv
import io
import json
import os
import threading
from pathlib import Path

import nbclient
import nbformat
import pytest
import torch
from job_cases import training

from engine.classifier.settings import LANES
from engine.experiment import FreeRun, Replay, Stopped
from engine.runs import (
    HistoryError,
    NoSuchRun,
    Runs,
    compare,
    comparing,
    figures,
    flatten,
    to_csv,
    to_markdown,
    to_notebook,
    turned,
)
from engine.runs import store as stores

HERE = Path(__file__).parent


@pytest.fixture
def runs(tmp_path):
    made = Runs(f"sqlite:///{tmp_path / 'folder' / 'runs.sqlite'}")
    yield made
    made.close()


def add(runs, owner="ann", **changes):
    facts = {
        "experiment": "engine.something",
        "title": "A run",
        "settings": {"plan": {"epochs": 3}, "rate": 0.1},
        "metrics": {"test accuracy": 0.5, "batches": 7},
        "seconds": 1.5,
    }
    return runs.add(owner, **facts | changes)


def test_a_run_comes_back_as_it_was_kept(runs):
    curves = {"train": [{"loss": 2.0, "examples": 1}, {"loss": 1.0, "examples": 2}]}
    kept = add(
        runs,
        curves=curves,
        changes=[{"batch": 3, "knob": "rate", "value": 0.2}],
        provenance={"commit": "abc", "versions": {"torch": "2"}},
        notes="first\nsecond",
        state="stopped",
    )
    found = runs.get(kept.id, "ann")
    assert found == kept
    assert found.curves == curves
    assert (found.settings["plan"]["epochs"], found.notes, found.seconds) == (3, "first\nsecond", 1.5)
    assert found.created.tzinfo is not None
    assert runs.all("ann")[0].curves == {}


def test_the_history_is_there_after_a_new_start(tmp_path):
    url = f"sqlite:///{tmp_path / 'runs.sqlite'}"
    first = Runs(url)
    kept = add(first)
    first.close()
    assert Runs(url).get(kept.id, "ann").title == "A run"


def test_the_same_job_is_kept_once(runs):
    first = add(runs, job="abc", title="first")
    assert add(runs, job="abc", title="again") == first
    assert add(runs, job="abd").id != first.id
    assert add(runs, "bob", job="abc").id != first.id
    assert len(runs.all("ann")) == 2


def test_newest_first_by_experiment_and_only_ones_own(runs):
    old, new, other = add(runs), add(runs, experiment="engine.other"), add(runs, "bob")
    assert [run.id for run in runs.all("ann")] == [new.id, old.id]
    assert [run.id for run in runs.all("ann", experiment="engine.something")] == [old.id]
    assert [run.id for run in runs.all("bob")] == [other.id]
    assert runs.all("cid") == []
    for call in (lambda: runs.get(old.id, "bob"), lambda: runs.describe(old.id, "bob", notes="mine")):
        with pytest.raises(NoSuchRun, match="not in the history"):
            call()
    runs.remove(old.id, "bob")
    assert runs.get(old.id, "ann").notes == ""


def test_titles_and_notes_change_are_cleaned_and_bounded(runs):
    run = add(runs, title="  \0\x1b[31m  ")
    assert run.title == "[31m"
    runs.describe(run.id, "ann", title="New", notes="x" * 9999)
    found = runs.get(run.id, "ann")
    assert (found.title, len(found.notes)) == ("New", stores.LONGEST_NOTE)
    runs.remove(run.id, "ann")
    with pytest.raises(NoSuchRun):
        runs.get(run.id, "ann")


def test_the_oldest_without_a_note_goes_first(runs, monkeypatch):
    monkeypatch.setattr(stores, "MOST", 3)
    noted = add(runs, notes="keep me")
    for number in range(4):
        add(runs, title=f"run {number}")
    assert {run.title for run in runs.all("ann")} == {"A run", "run 2", "run 3"}
    assert runs.get(noted.id, "ann")
    add(runs, "bob")
    assert len(runs.all("ann")) == 3


def test_large_curves_are_thinned_and_keep_their_end(runs):
    points = [{"loss": 1 / (1 + index), "examples": index * 7919 % 104729} for index in range(60_000)]
    kept = runs.get(add(runs, curves={"train": points}).id, "ann").curves["train"]
    assert 1000 < len(kept) < 60_000
    assert (kept[0], kept[-1]) == (points[0], points[-1])


def test_what_is_too_large_or_wrong_is_refused_in_words(runs):
    with pytest.raises(HistoryError, match="more settings and figures than a history should hold"):
        add(runs, settings={"x": "y" * 300_000})
    with pytest.raises(HistoryError, match="A run that is kept is done, stopped, failed, not 'running'"):
        add(runs, state="running")


def test_sixteen_threads_at_once(runs):
    problems = []

    def work(number):
        try:
            for _ in range(5):
                add(runs, f"owner {number % 4}")
                runs.all(f"owner {number % 4}")
        except HistoryError as error:
            problems.append(error)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not problems
    assert sum(len(runs.all(f"owner {number}")) for number in range(4)) == 80


def test_a_damaged_file_is_answered_in_words_and_left_as_it_is(tmp_path):
    path = tmp_path / "runs.sqlite"
    path.write_bytes(b"this is no database" * 100)
    with pytest.raises(HistoryError, match=r"runs\.sqlite is damaged\. Runs go on, but are not kept"):
        Runs(f"sqlite:///{path}").all("ann")
    assert path.read_bytes() == b"this is no database" * 100


def test_a_file_damaged_in_the_middle_is_answered_in_words(tmp_path):
    path = tmp_path / "runs.sqlite"
    first = Runs(f"sqlite:///{path}")
    for _ in range(20):
        add(first, notes="n" * 3000)
    first.close()
    data = bytearray(path.read_bytes())
    data[8192:] = os.urandom(len(data) - 8192)
    path.write_bytes(bytes(data))
    with pytest.raises(HistoryError, match="Runs go on, but are not kept"):
        Runs(f"sqlite:///{path}").all("ann")


def test_another_version_is_not_touched(tmp_path):
    url = f"sqlite:///{tmp_path / 'runs.sqlite'}"
    first = Runs(url)
    add(first)
    with first._engine.begin() as connection:
        connection.execute(stores._ABOUT.update().values(version=99))
    first.close()
    with pytest.raises(HistoryError, match="its format is 99, ours is 1"):
        add(Runs(url))


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("nonsense", "EXPLORER_DATABASE names no database"),
        ("oracle+nothing://x", "EXPLORER_DATABASE names no database"),
        ("sqlite:////proc/nowhere/runs.sqlite", "The run history cannot be kept"),
        ("sqlite:////proc/runs.sqlite", "cannot be written here"),
    ],
)
def test_a_database_out_of_reach_is_answered_in_words(url, words):
    with pytest.raises(HistoryError, match=words):
        Runs(url).all("ann")


def test_the_address_comes_from_the_environment(monkeypatch, tmp_path):
    monkeypatch.setenv("EXPLORER_DATABASE", "sqlite:///somewhere.db")
    assert stores.default_url() == "sqlite:///somewhere.db"
    monkeypatch.delenv("EXPLORER_DATABASE")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    monkeypatch.setattr("sys.platform", "linux")
    assert stores.default_url() == f"sqlite:///{tmp_path}/deep-vision-explorer/runs.sqlite"


# Two side by side


def test_one_changed_setting_explains_several_do_not(runs):
    first = add(runs)
    second = add(
        runs, settings={"plan": {"epochs": 5}, "rate": 0.1}, metrics={"test accuracy": 0.75, "note": "x"}
    )
    found = compare(first, second)
    assert found.settings == (("plan.epochs", 3, 5),)
    assert found.metrics == (
        ("test accuracy", 0.5, 0.75, 0.25),
        ("batches", 7, None, None),
        ("note", None, "x", None),
    )
    assert found.sentence().startswith("Only plan.epochs differs, 3 and 5")
    assert "what differs is chance" in compare(first, first).sentence()
    third = add(runs, settings={"plan": {"epochs": 5}}, changes=[{"batch": 4, "knob": "rate", "value": 1}])
    found = compare(first, third)
    assert [name for name, _, _ in found.settings] == ["plan.epochs", "rate", "rate from batch 4"]
    assert found.sentence().startswith("3 settings differ (plan.epochs, rate, rate from batch 4)")


def test_the_same_change_to_networks_side_by_side_is_one_change(runs):
    def both(first, second, **more):
        return {"first": {"rate": first}, "second": {"rate": second}, "plan": {"seed": 0} | more}

    start = add(runs, settings=both(0.1, 0.1))
    together = compare(start, add(runs, settings=both(0.2, 0.2)))
    assert together.changes == (("rate", 0.1, 0.2),)
    assert [name for name, _, _ in together.settings] == ["first.rate", "second.rate"]
    assert together.sentence().startswith("Only rate differs, 0.1 and 0.2")
    apart = compare(start, add(runs, settings=both(0.2, 0.3)))  # two knobs, turned by different amounts
    assert apart.changes == apart.settings
    assert apart.sentence().startswith("2 settings differ (first.rate, second.rate)")
    one = compare(start, add(runs, settings=both(0.1, 0.3)))
    assert one.changes == (("second.rate", 0.1, 0.3),)
    more = compare(start, add(runs, settings=both(0.2, 0.2, seed=1)))
    assert more.changes == (("rate", 0.1, 0.2), ("plan.seed", 0, 1))


def test_two_knobs_of_one_name_stay_two_changes(runs):
    assert comparing.LANES == LANES
    start, other = (
        add(runs, settings={"encoder": {"kind": kind}, "head": {"kind": kind}}) for kind in ("linear", "none")
    )
    assert [name for name, _, _ in compare(start, other).changes] == ["encoder.kind", "head.kind"]


# Exports


def test_markdown_shows_both_and_escapes(runs):
    first = add(runs, title="a | b <script>", notes="line\n| two")
    text = to_markdown([first, add(runs, settings={"plan": {"epochs": 9}, "rate": 0.1})])
    assert "| plan.epochs | 3 | 9 |" in text
    assert "## a \\| b &lt;script>" in text
    assert "> \\| two" in text
    assert "Side by side" not in to_markdown([first])


def test_csv_has_a_column_for_everything_and_no_formula(runs):
    rows = list(
        csv.DictReader(io.StringIO(to_csv([add(runs, title="=1+1"), add(runs, metrics={"other": 1.0})])))
    )
    assert rows[0]["title"] == "'=1+1"
    assert (rows[0]["setting plan.epochs"], rows[0]["figure test accuracy"]) == ("3", "0.5")
    assert (rows[1]["figure test accuracy"], rows[1]["figure other"]) == ("", "1.0")


def recorded(control):
    """A run of the small training, as a page would have seen it."""
    points, state = {}, "done"
    try:
        training.run(
            training.Settings(),
            torch.device("cpu"),
            lambda kind, v: points.setdefault(kind, []).append(v),
            control,
        )
    except Stopped:
        state = "stopped"
    return points, state


CASES = {
    "plain": FreeRun(),
    "knobs turned, then stopped": Replay(
        {3: {"optimisation.learning_rate": 0.1}, 6: {"changes.flip": False}}, 13
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_a_notebook_does_the_run_again_with_the_same_numbers(runs, case, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(HERE.parents[1]), str(HERE)]))
    points, state = recorded(CASES[case])
    kept = add(
        runs,
        experiment="job_cases.training",
        settings=training.Settings().to_dict(),
        metrics=figures(points),
        changes=turned(points),
        state=state,
        notes="Ours",
    )
    notebook = nbformat.reads(to_notebook(kept), as_version=4)
    nbformat.validate(notebook)
    if state == "stopped":
        assert turned(points) == [
            {"batch": 3, "knob": "optimisation.learning_rate", "value": 0.1},
            {"batch": 6, "knob": "changes.flip", "value": False},
        ]
    notebook.cells.append(
        nbformat.v4.new_code_cell("import json; print(json.dumps({'now': now, 'recorded': recorded}))")
    )
    nbclient.NotebookClient(notebook, timeout=120, kernel_name="python3").execute()
    found = json.loads(notebook.cells[-1].outputs[-1]["text"].splitlines()[-1])
    assert found["recorded"].keys() == {"epoch loss", "epoch accuracy", "test accuracy"}
    for name, value in found["recorded"].items():
        assert found["now"][name] == pytest.approx(value, abs=1e-6), name


def test_figures_are_those_that_come_out_the_same_again():
    points = {
        "train cnn": [{"loss": 1.0, "examples": 5}],
        "epoch cnn": [{"loss": 2.0, "examples": 4}],
        "train mlp": [{"loss": 3.0}],
        "test cnn": [{"accuracy": 0.5, "full": True, "at": 9.5}, {"accuracy": 0.6, "full": False}],
        "marker": [{"value": 7}],
    }
    assert figures(points) == {
        "epoch cnn loss": 2.0,
        "examples": 4,
        "train mlp loss": 3.0,
        "test cnn accuracy": 0.5,
    }


def test_settings_are_flattened_with_dots():
    assert flatten({"a": {"b": {"c": 1}}, "d": [1, 2]}) == {"a.b.c": 1, "d": [1, 2]}
