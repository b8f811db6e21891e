"""The views of the Contrastive page that train, without a browser: their numbers are the run's, their code runs."""

from dataclasses import replace

import pytest

from engine import data
from engine.contrastive import experiment, homework
from engine.contrastive.findings import FINDINGS
from engine.models import Encoder
from engine.studies import contrastive_findings
from engine.training import Plan
from pages.contrastive import con_code, stored
from pages.contrastive.con_controls import RECIPES, recipe
from pages.contrastive.con_lesson import STEPS
from pages.contrastive.homework_words import WORDS
from pages.shared import workers
from tests.pages.inline_jobs import Inline

SMALL = {
    "con_data": "digits",
    "con_width": 8,
    "con_depth": 2,
    "con_epochs": 1,
    "con_batch": 512,
    "con_outputs": 8,
}


@pytest.fixture
def jobs(monkeypatch):
    """Experiments run at once, in this process, on few pictures."""
    inline = Inline()
    monkeypatch.setattr(workers, "pool", lambda make=None: inline)
    return inline


def _open(app, **state):
    test = app("contrastive", con_view=state.pop("con_view", "Train"))
    for key, value in state.items():
        test.session_state[key] = value
    test.run()
    assert not test.exception
    return test


def _facts(test):
    table = next(element.value for element in test.markdown if element.value.startswith("| "))
    rows = [line.strip("| ").split("|") for line in table.splitlines()[2:]]
    return {row[0].strip(): row[-1].strip().strip("*") for row in rows}


def _press(test, label):
    next(button for button in test.button if button.label == label).click().run()
    assert not test.exception
    return test


def _said(test):
    return " ".join(element.value for element in (*test.markdown, *test.caption))


def test_a_run_shows_the_numbers_the_worker_found(app, jobs):
    test = _press(_open(app, **SMALL), "Train")
    numbers = next(iter(jobs.looks.values())).result["numbers"]
    test.run()
    facts = _facts(test)
    assert facts["kNN accuracy on h (%)"] == f"{100 * numbers['knn_h']:.1f}"
    assert facts["Effective rank of z"] == f"{numbers['rank_z']:.2f}"
    assert facts["Negatives per view"] == "1,022"
    settings = experiment.Settings.from_dict(jobs.submitted[0][1])
    assert (settings.data, settings.encoder.width, settings.plan.epochs) == ("digits", 8, 1)
    for view in ("What was kept", "Collapse"):
        test.session_state["con_view"] = view
        test.run()
        assert not test.exception
    assert "Rank" in _said(test) or "rank" in _said(test)


def test_an_encoder_trained_here_is_offered_by_the_loss_view(app, jobs):
    test = _press(_open(app, **SMALL), "Train")
    test.session_state["con_view"] = "Loss"
    test.session_state["con_l_data"] = "digits"
    test.run()
    assert not test.exception
    box = next(box for box in test.selectbox if box.label == "Encoder and head")
    assert "Trained in this session" in box.options


def test_a_broken_run_has_the_settings_its_button_promises(app, jobs):
    test = _open(app, con_view="Collapse", **SMALL)
    _press(test, "No negatives")
    _press(test, "Train")
    settings = experiment.Settings.from_dict(jobs.submitted[0][1])
    assert not settings.negatives
    assert "Only the pull is left" in _said(test)


@pytest.mark.parametrize("notebook", WORDS)
def test_a_notebook_races_its_correction(app, jobs, notebook, monkeypatch):
    few = homework.data.load("digits", "train", 128)
    monkeypatch.setattr(homework.data, "load", lambda *_: few)
    test = _open(
        app,
        con_view="Homework",
        con_hw_notebook=notebook,
        con_hw_data="digits",
        con_hw_epochs=1,
        con_hw_batch=64,
    )
    _press(test, "Run side by side")
    numbers = next(iter(jobs.looks.values())).result["numbers"]
    test.run()
    facts = _facts(test)
    for arm, title in (("as written", "As written"), ("corrected", "Corrected")):
        assert facts[f"{title}: kNN accuracy on h (%)"] == f"{100 * numbers[arm]['knn']:.1f}"


@pytest.mark.parametrize("notebook", WORDS)
def test_the_homeworks_code_runs_as_pasted(notebook, monkeypatch):
    few = data.load("digits", "train", 128)
    monkeypatch.setattr(data, "load", lambda *_: few)
    settings = homework.Settings(notebook=notebook, data="digits", plan=Plan(epochs=1, batch_size=64))
    space = {}
    exec(compile(con_code.homework(settings), "code", "exec"), space)
    assert space["loss"].item() > 0


def test_the_trainings_code_runs_as_pasted(monkeypatch):
    few = data.load("digits", "train", 128)
    monkeypatch.setattr(data, "load", lambda *_: few)
    settings = experiment.Settings(
        data="digits", encoder=Encoder(depth=2, width=8), plan=Plan(epochs=1, batch_size=64)
    )
    space = {}
    exec(compile(con_code.training(settings), "code", "exec"), space)
    assert 0 <= space["accuracy"].item() <= 1


@pytest.mark.parametrize("name", ["head", "labels"])
def test_a_findings_code_runs_as_pasted(name, monkeypatch):
    few = replace(FINDINGS["head"].arms[-1].settings, data="digits", pictures=128, plan=Plan(epochs=1))
    arms = replace(FINDINGS["head"], arms=(replace(FINDINGS["head"].arms[-1], settings=few),))
    monkeypatch.setattr("engine.contrastive.findings.FINDINGS", {"head": arms})
    monkeypatch.setattr("engine.contrastive.findings.BASE", few)
    monkeypatch.setattr(contrastive_findings.fewer_labels, "UPDATES", 2)
    space = {}
    exec(compile(con_code.finding(name), "code", "exec"), space)
    assert space["found"]


def test_every_set_has_defaults_that_suit_it():
    assert recipe("shapes-plain") is RECIPES["shapes"]
    assert recipe("photo-crops") is RECIPES["photographs"]
    assert recipe("digits") is RECIPES["signs"]


def test_every_step_of_the_lesson_opens(app, jobs):
    views = [step.state["view"] for step in STEPS]
    for view in dict.fromkeys(views):
        _open(app, con_view=view)


def test_a_missing_stored_run_is_no_error(app, jobs, monkeypatch):
    monkeypatch.setattr(stored, "load", lambda _: None)
    for view in ("Train", "What was kept", "Collapse"):
        assert "Press Train" in _said(_open(app, con_view=view))
