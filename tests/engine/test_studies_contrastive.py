"""The studies of the Contrastive page, small: they train, ask, go on where they were, and store what pages read."""

import json
from dataclasses import replace

import numpy as np
import pytest
import torch

from engine import stored_runs
from engine.contrastive import fewer_labels, portable
from engine.contrastive.findings import BASE, FINDINGS, LABELS_PAPER, SHARES, Arm, Finding
from engine.contrastive.homework import ARMS
from engine.contrastive.homework import Settings as Homework
from engine.contrastive.recording import Recording
from engine.models import Encoder, Head
from engine.studies import contrastive_findings, homework, simclr
from engine.training import Plan

PLAN = Plan(epochs=1, batch_size=64)
SMALL = replace(
    BASE, data="digits", pictures=128, encoder=Encoder(depth=2, width=8), head=Head(outputs=8), plan=PLAN
)


@pytest.fixture(autouse=True)
def _one_thread(monkeypatch):
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    monkeypatch.setattr(fewer_labels, "UPDATES", 3)
    yield
    torch.set_num_threads(threads)


def test_a_run_is_stored_with_its_encoder_and_comes_back(tmp_path, monkeypatch):
    monkeypatch.setattr(stored_runs, "FOLDER", tmp_path)
    monkeypatch.setattr(simclr, "path_of", lambda name: tmp_path / f"{name}.safetensors")
    monkeypatch.setattr(simclr.stored_runs, "write", _into(tmp_path, stored_runs.write))
    monkeypatch.setitem(simclr.SETTINGS, "photo-crops", SMALL)
    assert simclr.main(["photo-crops", "--quiet"]) == 0
    run = stored_runs.load("simclr-photo-crops", folder=tmp_path)
    assert run.manifest["command"] == "python -m engine.studies.simclr photo-crops --quiet"
    tests = Recording.points(run.arrays)["test"]
    assert [round(point["epoch"]) for point in tests] == [0, 1]
    assert run.arrays["embedding_layouts"].shape[0] == 2
    assert {"knn_h", "probe_h", "knn_h_random", "minutes"} <= set(run.headline)
    found = portable.from_bytes((tmp_path / "photo-crops.safetensors").read_bytes())
    assert found.settings == SMALL
    assert found.about["knn_h"] == run.headline["knn_h"]


def test_a_stored_run_goes_on_from_its_encoder_and_its_curve(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(simclr, "path_of", lambda name: tmp_path / f"{name}.safetensors")
    monkeypatch.setattr(simclr, "read", lambda name: portable.read(name, folder=tmp_path))
    monkeypatch.setattr(portable, "path_of", lambda name, folder: folder / f"{name}.safetensors")
    monkeypatch.setattr(simclr.stored_runs, "write", _into(tmp_path, stored_runs.write))
    load = stored_runs.load
    monkeypatch.setattr(simclr.stored_runs, "load", lambda name: load(name, folder=tmp_path))
    monkeypatch.setitem(simclr.SETTINGS, "cifar10", SMALL)
    assert simclr.main(["cifar10", "--quiet", "--more", "2"]) == 2
    assert "simclr-cifar10" in capsys.readouterr().err
    assert simclr.main(["cifar10", "--quiet"]) == 0
    first, trained = load("simclr-cifar10", folder=tmp_path), portable.read("cifar10", folder=tmp_path)
    began = []
    monkeypatch.setattr(
        simclr,
        "load_weights",
        lambda model, found: (began.append(found), portable.load_weights(model, found)),
    )
    assert simclr.main(["cifar10", "--quiet", "--more", "2"]) == 0
    run = load("simclr-cifar10", folder=tmp_path)
    assert all((began[0][name] == value).all() for name, value in portable.weights(trained.model).items())
    command = "python -m engine.studies.simclr cifar10 --quiet"
    assert run.manifest["command"] == f"{command} && {command} --more 2"
    assert run.manifest["settings"] == SMALL.to_dict()
    tests = Recording.points(run.arrays)["test"]
    assert [round(point["epoch"]) for point in tests] == [0, 1, 2, 3]
    assert tests[1]["knn_h"] == pytest.approx(Recording.points(first.arrays)["test"][1]["knn_h"], abs=1e-3)
    assert run.headline["knn_h_random"] == first.headline["knn_h_random"]
    assert run.headline["epochs"] == 3


def _into(folder, write):
    return lambda name, arrays, **more: write(name, arrays, **{**more, "folder": folder})


def test_names_are_listed_and_a_missing_set_is_a_sentence(capsys):
    assert simclr.main([]) == 0
    assert "cifar10" in capsys.readouterr().out
    assert simclr.main(["photo-crops", "--data", "not there"]) == 2
    assert "not there" in capsys.readouterr().err


def test_findings_are_measured_once_each_and_stored(tmp_path, monkeypatch):
    arms = (Arm("none", replace(SMALL, head=Head(kind="none"))), Arm("nonlinear", SMALL))
    small = {"head": Finding("Head", "claim", "source", "measured", "Head", arms)}
    monkeypatch.setattr(contrastive_findings, "FINDINGS", small)
    tasks = contrastive_findings._all(SMALL, [0])
    assert [kind for kind, _ in tasks] == ["random", "arm", "labels", "arm"]  # the base is one of the arms
    contrastive_findings.measure(tmp_path, tasks)
    files = {file: file.stat().st_mtime_ns for file in tmp_path.iterdir()}
    contrastive_findings.measure(tmp_path, tasks)  # nothing is left to do
    assert {file: file.stat().st_mtime_ns for file in tmp_path.iterdir()} == files
    contrastive_findings.collect(tmp_path, SMALL, [0], target=tmp_path / "runs")
    run = stored_runs.load(contrastive_findings.RUN, folder=tmp_path / "runs")
    assert run.arrays["head"].shape == (1, 2, len(contrastive_findings.MEASURES))
    base = json.loads(contrastive_findings.kept(tmp_path, "arm", SMALL).read_text())
    measures = run.headline["measures"]
    assert run.arrays["head"][0, 1, measures.index("probe_h")] == pytest.approx(base["probe_h"])
    assert run.arrays["labels"].shape == (1, 2 * len(SHARES))
    contrastive_findings.kept(tmp_path, "arm", arms[0].settings).unlink()  # of a finding that is not whole
    contrastive_findings.collect(tmp_path, SMALL, [0], target=tmp_path / "runs")
    assert stored_runs.load(contrastive_findings.RUN, folder=tmp_path / "runs").headline["findings"] == {}


def test_every_arm_differs_from_the_base_in_what_the_finding_says():
    changed = {
        "head": {"head"},
        "temperature": {"temperature"},
        "colour": {"views"},
        "batch": {"plan"},
        "epochs": {"plan"},
        "width": {"encoder"},
        "depth": {"encoder"},
    }
    for name, finding in FINDINGS.items():
        assert any(arm.settings == BASE for arm in finding.arms), name
        for arm in finding.arms:
            differences = {path.split(".")[0] for path in arm.settings.differences(BASE)}
            assert differences <= changed[name], (name, arm.title)
        assert len({str(arm.settings.to_dict()) for arm in finding.arms}) == len(finding.arms)
    assert set(LABELS_PAPER) == set(SHARES)


def test_a_race_is_stored(tmp_path):
    settings = Homework(notebook="simple", data="digits", pictures=128, plan=Plan(epochs=1, batch_size=64))
    homework.make("simple", settings, target=tmp_path)
    run = stored_runs.load("homework-simple", folder=tmp_path)
    assert set(ARMS["simple"]) < set(run.headline)
    assert np.isfinite(run.arrays["0_layout"]).all()
    assert homework.main(["4"]) == 2
