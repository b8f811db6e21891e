"""The command line twin: the page's race, printed and stored, and what a wrong word is answered with."""

from __future__ import annotations

import json

import numpy as np
import pytest
import torch

from engine import data, stored_runs
from engine.classifier import Outcome, shipped
from engine.studies import classifier

QUICK = [
    "--data",
    "digits",
    "--set",
    "limit=300",
    "--set",
    "plan.epochs=4",
    "--set",
    "plan.batch_size=25",
    "--set",
    "second.cnn.channels=[8]",
    "--set",
    "second.cnn.strides=[2]",
    "--set",
    "changes.shift=0",
]


@pytest.fixture(scope="module")
def stored(tmp_path_factory):
    folder = tmp_path_factory.mktemp("assets")
    patch = pytest.MonkeyPatch()
    patch.setattr(stored_runs.write, "__kwdefaults__", {**stored_runs.write.__kwdefaults__, "folder": folder})
    patch.setattr(shipped.save, "__kwdefaults__", {**shipped.save.__kwdefaults__, "folder": folder})
    assert classifier.main([*QUICK, "--store", "tiny"]) == 0
    yield folder
    patch.undo()


def test_a_stored_run_holds_curves_predictions_and_how_to_make_it_again(stored):
    run = stored_runs.load("tiny", folder=stored)
    assert run.manifest["command"].startswith("python -m engine.studies.classifier --data digits")
    assert run.manifest["settings"]["second"]["cnn"]["channels"] == [8]
    labels = torch.from_numpy(run.arrays["labels"].astype(np.int64))
    assert torch.equal(labels, data.load("digits", "test").labels)
    for lane, title in (("first", "Plain network"), ("second", "CNN")):
        outcome = Outcome(torch.from_numpy(run.arrays[f"{lane}_probabilities"]), labels, tuple("0123456789"))
        assert outcome.scores.accuracy == pytest.approx(run.headline[title]["accuracy"], abs=0.01)
        assert run.arrays[f"{lane}_test_accuracy"][-1] == pytest.approx(
            run.headline[title]["accuracy"], abs=1e-3
        )
        assert len(run.arrays[f"{lane}_train_loss"]) == len(run.arrays[f"{lane}_train_seconds"])


def test_shipped_weights_are_the_trained_network(stored):
    assert shipped.names(stored) == ("tiny-cnn", "tiny-plain")
    test = data.load("digits", "test")
    for kind, title in (("plain", "Plain network"), ("cnn", "CNN")):
        trained = shipped.load(f"tiny-{kind}", stored)
        found = trained.probabilities(test.images.float() / 255)
        accuracy = (found.argmax(1) == test.labels).float().mean().item()
        reported = stored_runs.load("tiny", folder=stored).headline[title]["accuracy"]
        assert accuracy == pytest.approx(reported, abs=0.015)  # halves instead of the run's numbers
        assert trained.about["data"] == "digits"
        assert trained.probabilities(torch.rand(2, 1, 20, 30)).shape == (2, 10)  # any size


@pytest.mark.parametrize("content", [b"", b"nonsense", b"\x08\0\0\0\0\0\0\0{}      "])
def test_damaged_weights_are_answered_in_words(tmp_path, content):
    (tmp_path / "broken.safetensors").write_bytes(content)
    with pytest.raises(shipped.WeightsError, match=r"damaged|no classifier"):
        shipped.load("broken", tmp_path)
    with pytest.raises(shipped.WeightsError, match="There are no weights called missing"):
        shipped.load("missing", tmp_path)
    assert shipped.names(tmp_path) == ()


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--data", "nothing"], 'There is no data set "nothing"'),
        (["--set", "plan.epochs=0"], "epochs must be a whole number from 1"),
        (["--set", "plan.speed=3"], "There is no setting 'plan.speed'"),
        (["--set", "data.x=3"], "There is no setting 'data.x'"),
        (["--settings", "/nowhere.json"], "No such file"),
        (["--device", "cuda:99"], "cuda:99"),
    ],
)
def test_a_wrong_word_is_answered_in_words(arguments, sentence, capsys):
    assert classifier.main(arguments) == 2
    assert sentence in capsys.readouterr().err


def test_settings_come_from_a_file(tmp_path):
    settings = classifier.settings_of(classifier.parse(QUICK))
    path = tmp_path / "settings.json"
    path.write_text(json.dumps(settings.to_dict()))
    assert classifier.settings_of(classifier.parse(["--settings", str(path)])) == settings
