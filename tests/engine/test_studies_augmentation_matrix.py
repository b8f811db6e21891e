"""The study of pairs of augmentations, small: it trains, keeps its cells, goes on where it was, and stores the run."""

from __future__ import annotations

import json

import numpy as np
import pytest

from engine import stored_runs
from engine.studies import augmentation_matrix as study

SMALL = study.Settings(pictures=96, epochs=1, batch_size=32, labelled=96, operators=("crop", "drop"))


@pytest.fixture(scope="module")
def cells(tmp_path_factory):
    folder = tmp_path_factory.mktemp("cells")
    study.measure(SMALL, folder)
    return folder


def test_every_cell_is_measured_once_and_an_interrupted_study_goes_on(cells, monkeypatch):
    assert len(list(cells.iterdir())) == 4  # two alone, one pair, and the untrained network
    gone = study.kept(cells, SMALL, 0, "crop", "drop")
    before = json.loads(gone.read_text())["accuracy"]
    gone.unlink()
    asked = []
    right = study.cell
    monkeypatch.setattr(study, "cell", lambda *given, **more: asked.append(given[2]) or right(*given, **more))
    study.measure(SMALL, cells)
    assert [[each.name for each in operators] for operators in asked] == [["crop", "drop"]]
    assert json.loads(gone.read_text())["accuracy"] == pytest.approx(before, abs=1e-6)  # the same seed


def test_the_run_is_stored_as_the_page_reads_it(cells, tmp_path):
    study.collect(SMALL, cells, target=tmp_path)
    run = stored_runs.load(study.RUN, folder=tmp_path)
    assert run.arrays["accuracy"].shape == (2, 2)
    assert run.manifest["settings"]["operators"] == ["crop", "drop"]
    assert run.manifest["settings"]["operator_settings"]["crop"]["smallest"] == 0.4
    assert run.manifest["command"] == "python -m engine.studies.augmentation_matrix"
    for row, first in enumerate(SMALL.operators):
        for column, second in enumerate(SMALL.operators):
            pair = (first, second) if row <= column else (second, first)
            told = json.loads(study.kept(cells, SMALL, 0, *pair).read_text())
            assert run.arrays["accuracy"][row, column] == pytest.approx(told["accuracy"])
    assert run.headline["best"][2] == pytest.approx(np.max(run.arrays["accuracy"]), abs=1e-4)


def test_both_views_are_changed_each_by_a_draw_of_its_own():
    train = study.data.load(SMALL.data, "train", 8)
    run = study.Pair(study.Experiment(data=SMALL.data), train, train, study.devices.pick("cpu"), study.ignore)
    run.family = (study.operator("crop"), study.OPERATORS["drop"].from_dict({"probability": 1.0}))
    views = run.fetch(study.torch.arange(8), study.torch.Generator().manual_seed(0))
    for view in views:
        assert (view - view.mean(1, keepdim=True)).abs().max() < 1e-3  # grey
    assert (views[0] - views[1]).abs().mean() > 0.01


def test_other_settings_have_other_files(tmp_path):
    one = study.kept(tmp_path, SMALL, 0, "crop", "drop")
    other = study.kept(tmp_path, SMALL.change("epochs", 2), 0, "crop", "drop")
    assert one != other
    assert study.kept(tmp_path, SMALL.change("operators", ("crop",)), 0, "crop", "drop") == one


def test_a_pair_of_the_same_operator_is_one_operator():
    assert [each.name for each in study.family("blur", "blur")] == ["blur"]
    assert [each.name for each in study.family("blur", "crop")] == ["blur", "crop"]
