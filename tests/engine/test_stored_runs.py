"""Stored runs: what is written comes back, the manifest is complete, and damage is answered in words."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import numpy as np
import pytest

from engine import stored_runs
from engine.stored_runs import StoredRunError, exists, load, manifest, provenance, write
from pages.shared.provenance import Provenance

GENERATOR = np.random.default_rng(0)
ARRAYS = {
    "curve": GENERATOR.normal(size=200),
    "map": GENERATOR.random((4, 5, 6)).astype(np.float32),
    "flat": np.full(3, 2.5),
    "none": np.zeros((0, 2)),
    "labels": np.arange(10, dtype=np.int64),
    "names": np.array(["crop", "jitter"]),
}
GIVEN = {
    "command": "python -m engine.studies.made_up",
    "settings": {"epochs": 3, "operators": ["crop", "jitter"]},
    "seed": 7,
    "headline": {"accuracy": 0.5},
}


def _written(tmp_path, **more):
    write("made-up", ARRAYS, **GIVEN, folder=tmp_path, **more)
    return load("made-up", folder=tmp_path)


def test_arrays_come_back(tmp_path):
    run = _written(tmp_path)
    assert set(run.arrays) == set(ARRAYS)
    for name, values in ARRAYS.items():
        expected = values.astype(np.float32) if values.dtype.kind == "f" else values
        np.testing.assert_array_equal(run.arrays[name], expected)


@pytest.mark.parametrize("bits", [8, 16])
def test_quantised_arrays_are_off_by_half_a_step(tmp_path, bits):
    names = ("curve", "map", "flat", "none")
    run = _written(tmp_path, bits=dict.fromkeys(names, bits))
    for name in names:
        values = ARRAYS[name]
        step = np.ptp(values) / (2**bits - 1) if values.size else 0
        assert run.arrays[name].dtype == np.float32
        np.testing.assert_allclose(run.arrays[name], values, atol=step / 2 + 1e-6)


def test_the_manifest_says_how_to_make_it_again(tmp_path):
    run = _written(tmp_path)
    assert run.headline == {"accuracy": 0.5}
    assert set(run.manifest) >= {
        "command",
        "settings",
        "seed",
        "date",
        "commit",
        "versions",
        "hardware",
        "arrays",
    }
    assert run.manifest["versions"]["torch"]
    shown = run.provenance()
    assert shown["settings"] == "epochs 3, operators crop, jitter"
    assert all(isinstance(value, str) for value in shown.values())
    assert (
        Provenance("stored", "A test wrote it.", shown).line().endswith("(python -m engine.studies.made_up)")
    )


def test_the_manifest_is_read_without_the_arrays(tmp_path):
    run = _written(tmp_path)
    (tmp_path / "made-up" / "arrays.npz").write_bytes(b"this is no archive")
    assert manifest("made-up", folder=tmp_path) == run.manifest
    assert provenance("made-up", folder=tmp_path) == run.provenance()


def test_writing_again_replaces(tmp_path):
    _written(tmp_path)
    write("made-up", {"other": np.ones(2)}, **GIVEN, folder=tmp_path)
    assert set(load("made-up", folder=tmp_path).arrays) == {"other"}


def test_a_missing_run_is_said(tmp_path):
    assert not exists("nothing", folder=tmp_path)
    with pytest.raises(StoredRunError, match='no stored run "nothing"'):
        load("nothing", folder=tmp_path)


@pytest.mark.parametrize(
    ("file", "content", "sentence"),
    [
        ("arrays.npz", b"this is no archive", "is damaged"),
        ("manifest.json", b"{not json", "is damaged"),
        ("manifest.json", b'{"seed": 1}', "names no command"),
        ("manifest.json", b"[]", "names no command"),
    ],
)
def test_a_damaged_run_is_said(tmp_path, file, content, sentence):
    _written(tmp_path)
    (tmp_path / "made-up" / file).write_bytes(content)
    with pytest.raises(StoredRunError, match=sentence):
        load("made-up", folder=tmp_path)


def test_a_run_with_objects_in_it_is_refused(tmp_path):
    _written(tmp_path)
    np.savez(tmp_path / "made-up" / "arrays.npz", bad=np.array([{}], dtype=object))
    with pytest.raises(StoredRunError, match="damaged"):
        load("made-up", folder=tmp_path)


def test_what_cannot_be_quantised_is_refused(tmp_path):
    with pytest.raises(StoredRunError, match="8 or 16 bits, not 4"):
        write("made-up", ARRAYS, **GIVEN, bits={"map": 4}, folder=tmp_path)
    with pytest.raises(StoredRunError, match="not finite"):
        write("made-up", {"a": np.array([np.nan])}, **GIVEN, bits={"a": 8}, folder=tmp_path)


def test_without_git_the_commit_is_unknown(monkeypatch):
    monkeypatch.setattr(stored_runs.shutil, "which", lambda _: None)
    assert stored_runs.commit_of(Path(stored_runs.__file__).parent) == "unknown"


def test_every_stored_run_of_the_project_can_be_read_and_names_its_module():
    for folder in sorted(stored_runs.FOLDER.glob("*/manifest.json")):
        run = load(folder.parent.name)
        assert run.manifest["command"].startswith("python -m engine.studies."), folder
        assert json.dumps(run.manifest)


def test_the_commit_is_marked_where_code_was_changed_but_not_by_what_studies_and_benchmarks_write(tmp_path):
    def git(*arguments):
        who = ["-c", "user.name=x", "-c", "user.email=x@y.z"]
        subprocess.run(["git", *who, *arguments], cwd=tmp_path, check=True, capture_output=True)

    assert stored_runs.commit_of(tmp_path) == "unknown"
    code = tmp_path / "engine" / "code.py"
    outputs = tmp_path / "assets" / "weights" / "net", tmp_path / "benchmarks" / "results" / "speed.json"
    for file in (code, *outputs):
        file.parent.mkdir(parents=True)
        file.write_text("1")
    git("init", "-q")
    git("add", ".")
    git("commit", "-qm", "first")
    clean = stored_runs.commit_of(code.parent)
    assert clean not in ("", "unknown")
    for file in outputs:
        file.write_text("2")
    assert stored_runs.commit_of(code.parent) == clean
    code.write_text("2")
    assert stored_runs.commit_of(code.parent) == f"{clean}-changed"
