"""Tasks with real processes: one that works, one that fails, one that is stopped, one that is killed."""

import sys
import time

import pytest
from archive_kit import classes, pack

from engine import data
from engine.data import tasks
from engine.data.dataset import DataError
from engine.data.tasks import Tasks

# A stand-in for `python -m engine.data` that starts in no time.
SCRIPT = """
import json, sys
print(json.dumps({"stage": "Working", "done": 3, "total": 10, "unit": "MB"}), flush=True)
what = sys.argv[1]
if what == "finish":
    print("a line of something else")
    print(json.dumps({"finished": "pets"}))
elif what == "fail":
    print(json.dumps({"error": "It does not fit.", "cancelled": False}))
elif what == "die":
    raise SystemExit(3)
elif what == "listen":
    sys.stdin.readline()
    print(json.dumps({"error": "It was stopped.", "cancelled": True}))
else:
    import time
    time.sleep(600)
"""


@pytest.fixture
def pool():
    found = Tasks((sys.executable, "-c", SCRIPT))
    yield found
    for task in found._tasks.values():
        if task.process is not None and task.process.poll() is None:
            task.process.kill()


def _wait(condition, seconds=60):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it took too long"
        time.sleep(0.01)


def test_a_task_reports_and_ends(pool, tmp_path):
    upload = tmp_path / "upload"
    upload.write_text("x")
    task = pool.start("import pets", "me", ["finish"], delete=upload)
    _wait(lambda: task.over)
    assert (task.state, task.result, task.sentence) == ("done", "pets", "")
    assert task.step.words() == "Working: 0.0 of 0.0 MB"
    assert task.step.share == 0.3
    assert not upload.exists()
    assert pool.of("me") == (task,)
    assert pool.of("you") == ()
    pool.forget("import pets")
    assert pool.look("import pets") is None


@pytest.mark.parametrize(("how", "words"), [("fail", "It does not fit."), ("die", "ended unexpectedly")])
def test_a_task_that_fails_says_why(pool, how, words):
    task = pool.start("x", "me", [how])
    _wait(lambda: task.over)
    assert task.state == "failed"
    assert words in task.sentence


def test_only_the_owner_stops_a_task(pool):
    task = pool.start("x", "me", ["listen"])
    _wait(lambda: task.step.stage == "Working")
    pool.stop("x", "somebody else")
    pool.stop("no such task", "me")
    time.sleep(0.2)
    assert not task.over
    pool.stop("x", "me")
    _wait(lambda: task.over)
    assert (task.state, task.sentence) == ("stopped", "It was stopped.")


def test_a_task_that_does_not_listen_is_killed(pool, monkeypatch):
    monkeypatch.setattr(tasks, "GRACE", 0.2)
    task = pool.start("x", "me", ["sleep"])
    _wait(lambda: task.step.stage == "Working")
    pool.stop("x", "me")
    _wait(lambda: task.over)  # the default is far below what it would sleep
    assert task.state == "stopped"


def test_a_killed_process_is_reported(pool):
    task = pool.start("x", "me", ["sleep"])
    _wait(lambda: task.step.stage == "Working")
    task.process.kill()
    _wait(lambda: task.over)
    assert task.state == "failed"
    assert "perhaps for lack of memory" in task.sentence


def test_a_second_start_joins_the_first_and_there_is_a_limit(pool):
    first = pool.start("x", "me", ["sleep"])
    assert pool.start("x", "you", ["sleep"]) is first
    for number in range(tasks.MOST - 1):
        pool.start(str(number), "me", ["sleep"])
    with pytest.raises(DataError, match="are running; start this one when"):
        pool.start("one more", "me", ["sleep"])


def test_a_command_that_cannot_be_started_is_told_in_words():
    with pytest.raises(DataError, match="could not be started"):
        Tasks(("/nowhere/python",)).start("x", "me", ["import"])


def test_the_real_command_imports(tmp_path, monkeypatch):
    monkeypatch.setenv("EXPLORER_CACHE", str(tmp_path / "cache"))
    path = pack(tmp_path / "a.zip", classes("cat", "dog"))
    pool = Tasks()
    task = pool.start("import", "me", ["import", "--called=mine.zip", "--", str(path), "-pets-"])
    _wait(lambda: task.over, 120)
    assert (task.state, task.result) == ("done", "-pets-"), task.sentence
    assert len(data.load("-pets-")) == 8
    assert data.card("-pets-").description == "Imported from mine.zip."
    assert task.step.stage == "Putting them in order"
