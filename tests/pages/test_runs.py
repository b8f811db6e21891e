"""The Runs page without a browser: one's own runs beside the shipped ones, two compared, described, removed."""

from __future__ import annotations

import pytest
import torch
from job_cases import training

from engine.experiment import FreeRun
from engine.runs import HistoryError, Runs, curves, figures, shipped
from pages.lab import runs_list
from pages.lab import runs_words as words
from pages.shared import history
from tests.pages.listings import listings

ME = "me"


@pytest.fixture(autouse=True)
def kept(tmp_path, monkeypatch):
    """The history of this test."""
    store = Runs(f"sqlite:///{tmp_path}/runs.sqlite")
    monkeypatch.setattr(history, "runs", lambda: store)
    monkeypatch.setattr(runs_list, "visitor", lambda: ME)
    yield store
    store.close()


def add(store, seed=0, owner=ME, title="A run", notes=""):
    """A real run, as a page would keep it."""
    settings, points = training.Settings().change("plan", training.PLAN.change("seed", seed)), {}
    training.run(
        settings, torch.device("cpu"), lambda kind, v: points.setdefault(kind, []).append(v), FreeRun()
    )
    return store.add(
        owner,
        experiment="job_cases.training",
        title=title,
        settings=settings.to_dict(),
        metrics=figures(points),
        curves={
            kind: [{k: x for k, x in v.items() if isinstance(x, int | float)} for v in found]
            for kind, found in points.items()
        },
        seconds=1.0,
        notes=notes,
    )


def said(test):
    return "\n".join(element.value for kind in (test.markdown, test.info, test.warning) for element in kind)


def execute(test):
    space = {"__name__": "pasted"}
    exec(compile(listings(test)[-1], "code", "exec"), space)
    return space


def test_without_runs_of_ones_own_the_shipped_ones_are_compared(app, capsys):
    test = app("runs", runs_a=shipped.PREFIX + shipped.names()[0], runs_b="none")
    assert not test.exception
    assert "Pick a second run" in said(test)
    run = shipped.read(shipped.names()[0])
    assert test.code[0].value == run.provenance["command"]
    assert execute(test)["run"].metrics == run.metrics
    assert run.provenance["command"] in capsys.readouterr().out


def test_two_runs_side_by_side(app, kept, capsys):
    first = add(kept, title="Seed | none", notes="a note")
    second = add(kept, seed=1)
    test = app("runs", runs_a=first.id, runs_b=second.id)
    assert not test.exception
    table = next(element.value for element in test.markdown if element.value.startswith("|  |"))
    assert "| Setting `plan.seed` | 0 | 1 |" in table
    gap = second.metrics["test accuracy"] - first.metrics["test accuracy"]
    assert words.difference("test accuracy", gap) in table
    assert "Only plan" in said(test)
    now = execute(test)["now"]
    assert now["test accuracy"] == pytest.approx(first.metrics["test accuracy"], abs=1e-6)
    capsys.readouterr()


def test_notes_and_title_are_kept_and_a_run_can_go(app, kept):
    run, other = add(kept), add(kept, title="Stays")
    test = app("runs", runs_a=run.id)
    test.text_area(key=f"runs_notes_{run.id}").set_value("Expected less.").run()
    test.text_input(key=f"runs_title_{run.id}").set_value("Mine").run()
    again = kept.get(run.id, ME)
    assert (again.title, again.notes) == ("Mine", "Expected less.")
    test.button(key=f"runs_delete_{run.id}").click().run()
    assert not test.exception
    assert [each.id for each in kept.all(ME)] == [other.id]


def test_nobody_sees_anybody_elses_run(app, kept):
    theirs = add(kept, owner="somebody else", title="Secret")
    test = app("runs", runs_a=theirs.id)
    assert "runs are private" in said(test)
    assert "Secret" not in said(test)


def test_a_history_that_cannot_be_read_is_said_and_the_shipped_runs_stay(app, kept, monkeypatch):
    def refuse(*_):
        raise HistoryError("The run history is damaged.")

    monkeypatch.setattr(kept, "all", refuse)
    test = app("runs")
    assert not test.exception
    assert "The run history is damaged." in said(test)
    first = next(run for run in map(shipped.read, shipped.names()) if curves.names(run))
    assert first.title in said(test)  # with curves, though runs without sort before it


def test_the_choice_of_two():
    ids = ("new", "old", "stored:x")
    assert runs_list._chosen(ids, None, None) == ("new", "old")
    assert runs_list._chosen(ids, "old", None) == ("old", "new")
    assert runs_list._chosen(ids, "old", "none") == ("old", "")
    assert runs_list._chosen(ids, None, "new") == ("old", "new")
    assert runs_list._chosen(ids, "gone", "gone") == ("new", "old")
    assert runs_list._chosen((), "a", "b") == ("", "")
    assert runs_list._chosen(ids, "stored:x", None) == (
        "stored:x",
        "",
    )  # nothing of one's own to compare it with
    assert runs_list._chosen(("stored:x", "stored:y"), None, None) == ("stored:x", "")


def keep(store, title="A run", experiment="one", **settings):
    return store.add(
        ME, experiment=experiment, title=title, settings=settings, metrics={}, curves={}, seconds=1.0
    )


def test_a_run_says_what_it_changed_against_the_one_before_it(kept):
    first = keep(kept, rate=0.1, seed=0, widths=[16])
    other = keep(kept, experiment="another", rate=9.0)
    second = keep(kept, rate=0.2, seed=0, widths=[16])
    third = keep(kept, rate=0.2, seed=1, widths=list(range(30)))
    fourth = keep(kept, rate=0.2, seed=1, widths=list(range(30)))
    fifth = keep(kept, rate=0.3, seed=2, widths=[])
    assert runs_list.changed(kept.all(ME)) == {
        first.id: "",
        other.id: "",
        second.id: "rate 0.2, was 0.1",
        third.id: "seed and widths changed",
        fourth.id: "the same settings again",
        fifth.id: "3 settings changed",
    }


def test_a_legend_tells_runs_of_one_title_apart(kept):
    first = keep(kept, first={"learning_rate": 0.1}, second={"learning_rate": 0.1})
    second = keep(kept, first={"learning_rate": 0.2}, second={"learning_rate": 0.2})
    named = keep(kept, title="Mine", first={"learning_rate": 0.2}, second={"learning_rate": 0.2})
    assert words.legend([first, second]) == ["A: learning rate 0.1", "B: learning rate 0.2"]
    assert words.legend([first, named]) == ["A: A run", "B: Mine"]
    assert words.legend([first, first]) == ["A: A run", "B: A run"]
    assert words.legend([first]) == ["A: A run"]
    assert words.legend([]) == []


def test_figures_in_words():
    assert words.figure("test second accuracy") == "Test accuracy, second network"
    assert words.figure("test knn_h") == "Test kNN on h"
    assert words.number("test accuracy", 0.5) == "50.00 %"
    assert words.number("loss", 1.23456) == "1.235"
    assert words.number("examples", 30000.0) == "30,000"
    assert words.difference("test accuracy", -0.015) == "\u22121.50\u00a0points"
    assert words.difference("loss", 0.0) == "0"
    assert words.difference("loss", None) == "–"
    assert words.best({"train loss": 1.0, "test accuracy": 0.25, "examples": 3}) == [("accuracy", "25.00 %")]
    assert words.plain("a|b*") == "a\\|b\\*"
