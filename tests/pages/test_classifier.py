"""The Classifier page without a browser: settings from controls and links, code that trains, runs drawn as reported."""

from __future__ import annotations

import re

import numpy as np
import pytest
import torch

from engine.classifier import Settings
from engine.classifier.experiment import run as race
from engine.experiment import FreeRun
from engine.jobs.contract import Event, Look
from pages.networks import classifier_results, classifier_shown, classifier_train
from pages.networks.classifier_lesson import STEPS
from pages.registry import BY_SLUG
from pages.shared.progress import Run
from tests.pages.listings import listings

QUICK = {"data": "digits", "limit": 200, "plan": {"epochs": 2, "batch_size": 50}, "changes": {"shift": 0}}


@pytest.fixture(scope="module")
def finished():
    """A session's run as it stands when it is over, from a real race."""
    events = []

    def hear(kind, values):
        events.append(Event(len(events) + 1, kind, float(len(events)), dict(values)))

    settings = Settings.from_dict(QUICK)
    result = race(settings, torch.device("cpu"), hear, FreeRun())
    found = Run(job="x")
    found.take(
        Look(
            "done",
            None,
            0,
            tuple(events),
            len(events),
            "",
            result,
            1.0,
            settings.to_dict(),
            settings.to_dict(),
        )
    )
    return found


def test_what_is_shown_is_what_was_reported(finished):
    shown = classifier_shown.of_run(finished)
    outcome = shown.outcome("second")
    assert outcome.scores.accuracy == pytest.approx(shown.last("second", "accuracy"), abs=1e-6)
    assert shown.pictures() is not None
    table = classifier_train.figures(shown)
    assert list(table["Network"]) == ["Plain network", "CNN"]
    assert table["Test accuracy"][1] == f"{100 * outcome.scores.accuracy:.2f} %"
    speeds = [float(text.replace(",", "")) for text in table["Pictures / s"]]
    assert all(speed > 0 for speed in speeds)
    scores = classifier_results.scores(outcome)
    assert scores["Pictures"].iloc[-1] == "359"
    assert scores["Recall"][0] == f"{float(outcome.scores.recall[0]):.3f}"


@pytest.mark.parametrize("view", ["Train", "Results", "Why the CNN wins", "Slow motion", "Try a picture"])
def test_every_view_opens_with_and_without_a_run(app, finished, view):
    test = app("classifier", clf_view=view, clf_data="Digits 8 x 8")
    assert not test.exception
    test.session_state["live clf_run"] = finished
    test.run()
    assert not test.exception
    words = "\n".join(element.value for element in (*test.markdown, *test.caption))
    assert "Finished" in words
    if view == "Train":
        assert "Test accuracy" in words


def test_controls_become_settings(app):
    test = app(
        "classifier",
        clf_data="MNIST 5k",
        clf_rate="0.01",
        clf_batch="64",
        clf_1_kind="CNN",
        clf_1_cnn_channels="8, 16",
        clf_2_kind="ResNet",
        clf_2_factor="0.1",
        clf_epochs="3",
    )
    assert not test.exception
    facts = "\n".join(element.value for element in test.markdown)
    assert "ResNet-8: parameters" in facts
    assert "× 64 MACs" in facts
    code = next(block for block in listings(test) if "import torch" in block)
    assert "lr=0.001" in code  # 0.01 times the second network's 0.1
    assert "range(3)" in code


def test_a_wrong_list_is_answered_in_words(app):
    test = app("classifier", clf_1_plain_widths="12, many")
    assert not test.exception
    assert any("whole numbers with commas" in warning.value for warning in test.warning)


@pytest.mark.parametrize("kind", ["Plain network", "CNN", "ResNet"])
def test_the_code_trains_as_pasted(app, kind, capsys):
    query = {
        "clf_data": "Digits 8 x 8",
        "clf_2_kind": kind,
        "clf_epochs": "2",
        "clf_limit": "200",
        "clf_method": "Nesterov",
    }
    test = app("classifier", **query)
    code = next(block for block in listings(test) if "import torch" in block)
    exec(compile(code, "snippet", "exec"), {})
    found = re.findall(r"epoch (\d): (\d+\.\d+)% of the test pictures", capsys.readouterr().out)
    assert [epoch for epoch, _ in found] == ["1", "2"]
    assert any("Conv2D" in block or "Dense" in block for block in listings(test)) == (kind != "ResNet")


@pytest.mark.parametrize("index", range(len(STEPS)))
def test_every_lecture_step_opens(app, index):
    test = app("classifier")
    page = BY_SLUG["classifier"]
    state = {page.prefix + key: value for key, value in STEPS[index].state.items()}
    for key, value in state.items():
        test.session_state[key] = value
    test.run()
    assert not test.exception


def test_probabilities_of_a_stored_run_are_drawn_where_the_pictures_are_missing(monkeypatch, finished):
    shown = classifier_shown.of_run(finished)
    monkeypatch.setattr(classifier_shown, "_test_set", lambda _: None)
    assert shown.pictures() is None
    assert np.isclose(float(shown.outcome("first").probabilities[0].sum()), 1, atol=5e-3)
