"""The command line: what it prints, what it returns, and the lines of JSON that pages read."""

import json
import threading

import pytest
from archive_kit import classes, pack

from engine import data
from engine.data import command


@pytest.fixture(autouse=True)
def _own_folder(monkeypatch, tmp_path):
    monkeypatch.setenv("EXPLORER_CACHE", str(tmp_path / "cache"))


def test_import_list_and_remove(tmp_path, capsys):
    path = pack(tmp_path / "a.zip", classes("cat", "dog", each=10))
    assert command.main(["import", str(path), "my pets", "--side", "16"]) == 0
    printed = capsys.readouterr().out
    assert "Reading pictures: 20 of 20 pictures" in printed
    assert printed.rstrip().endswith("16 train + 4 test, 2 classes, 16 x 16 colour")
    assert command.main(["list"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == len(data.names())
    assert any(line.startswith("cifar10") and "163 MB to download" in line for line in lines)
    assert command.main(["remove", "my pets"]) == 0
    assert "my pets" not in data.names()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["remove", "shapes"], "comes with the app"),
        (["fetch", "nothing"], "cannot be downloaded"),
        (["import", "nowhere.zip", "x"], "no file or folder"),
    ],
)
def test_what_fails_says_why_and_returns_one(capsys, monkeypatch, arguments, words):
    monkeypatch.setattr(command, "_listen", lambda stop: None)
    assert command.main(arguments) == 1
    assert words in capsys.readouterr().out
    assert command.main([*arguments, "--events"]) == 1
    event = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert words in event["error"]
    assert event["cancelled"] is False


def test_events_are_lines_of_json(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(command, "_listen", lambda stop: None)
    path = pack(tmp_path / "a.zip", classes("cat", "dog"))
    assert command.main(["import", str(path), "pets", "--private", "--events"]) == 0
    events = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert events[0]["stage"] == "Looking into the archive"
    assert {"stage": "Reading pictures", "done": 10, "total": 10, "unit": "pictures"} in events
    assert events[-1]["finished"].startswith("pets~")


def test_the_end_of_the_input_stops_the_work(tmp_path, capsys, monkeypatch):
    ended = threading.Event()
    monkeypatch.setattr(command, "_listen", lambda stop: (stop.set(), ended.set()))
    path = pack(tmp_path / "a.zip", classes("cat", "dog"))
    original = command._run
    monkeypatch.setattr(command, "_run", lambda *arguments: (ended.wait(5), original(*arguments))[1])
    assert command.main(["import", str(path), "pets", "--events"]) == 1
    event = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert event["cancelled"] is True
    assert "nothing of it was kept" in event["error"]
    assert "pets" not in data.names()


def test_reports_are_a_few_a_second():
    seen = []
    report = command._paced(seen.append)
    for done in range(1, 1001):
        report(data.Step("Reading", done, 1000, "pictures"))
    assert seen[0].done == 1
    assert seen[-1].done == 1000
    assert len(seen) < 20
