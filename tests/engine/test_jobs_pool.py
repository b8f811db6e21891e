"""Real worker processes, and every fault provoked: what a page is told, and that the next job runs."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import numpy as np
import pytest

from engine.jobs import JobError, Limits, NoSuchJob, Pool, QueueFull, machine
from engine.jobs.process import Process
from engine.settings import SettingError

COUNTING = "job_cases.counting"
HERE = Path(__file__).parent
LIMITS = Limits(lease=1.0, grace=0.5, memory=400 * 2**20, queue=32, per_owner=40)


def make(count=2, limits=LIMITS):
    return Pool(count, limits=limits, roots=("job_cases", "engine"), paths=(str(HERE),))


@pytest.fixture(scope="module")
def pool():
    made = make()
    made.start()
    wait(lambda: made.ready() == 2)
    yield made
    made.close()


def wait(condition, seconds=120.0):
    deadline = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.02)
    return found


def reached(pool, job, owner, *states, seconds=120.0):
    """The first look in one of these states."""
    looks = []

    def there():
        looks.append(pool.look(job, owner))
        return looks[-1].state in states

    wait(there, seconds)
    return looks[-1]


def over(pool, job, owner="ann", seconds=120.0):
    return reached(pool, job, owner, "done", "stopped", "failed", seconds=seconds)


def counts(look):
    return [event.values["count"] for event in look.events if event.kind == "count"]


def submit(pool, owner="ann", paused=False, **settings):
    return pool.submit(COUNTING, settings, owner=owner, paused=paused)


def endless(pool, owner="ann", **settings):
    return submit(pool, owner, epochs=1000, batches=1000, pause=0.01, **settings)


def test_a_job_runs_reports_and_returns(pool):
    look = over(pool, submit(pool))
    assert (look.state, look.sentence, look.place) == ("done", "", None)
    assert counts(look) == list(range(1, 9))
    assert look.result["count"] == 8
    assert np.array_equal(look.result["array"], [0, 1, 2])
    assert not look.result["array"].flags.writeable
    assert [event.number for event in look.events] == sorted({event.number for event in look.events})


def test_a_cursor_gives_only_what_is_new(pool):
    job = submit(pool, paused=True)
    reached(pool, job, "ann", "paused")
    pool.tell(job, "ann", "batch")
    first = wait(lambda: look if (look := pool.look(job, "ann")).events else None)
    assert counts(first) == [1]
    assert pool.look(job, "ann", first.cursor).events == ()
    pool.tell(job, "ann", "resume")
    over(pool, job)
    assert counts(pool.look(job, "ann", first.cursor)) == list(range(2, 9))


def test_the_switch_pauses_steps_and_stops(pool):
    job = submit(pool, epochs=1000, batches=5, paused=True)
    assert counts(reached(pool, job, "ann", "paused")) == []
    for steps, command, expected in ((1, "batch", 1), (2, "batch", 3), (1, "epoch", 5), (1, "epoch", 10)):
        for _ in range(steps):
            pool.tell(job, "ann", command)
        wait(lambda expected=expected: counts(pool.look(job, "ann"))[-1:] == [expected])
        time.sleep(0.1)
        look = pool.look(job, "ann")
        assert counts(look)[-1] == expected
        assert look.state == "paused"
    pool.tell(job, "ann", "stop")
    look = over(pool, job)
    assert (look.state, look.sentence, look.result) == ("stopped", "Stopped.", None)


def test_a_knob_is_checked_and_reaches_the_next_batch(pool):
    job = submit(pool, paused=True)
    pool.tell(job, "ann", "change", knob="knob", value=7)
    pool.tell(job, "ann", "change", knob="inner.rate", value=0.5)
    for knob, value, words in (
        ("knob", 11, "knob must be a number from 0 to 10"),
        ("batches", 3, "batches takes effect with a new start; while it runs, knob can change"),
        ("inner.size", 3, "size takes effect with a new start"),
        ("nothing", 3, "There is no setting 'nothing'"),
        ("inner.", 3, "There is no setting"),
    ):
        with pytest.raises(SettingError, match=words):
            pool.tell(job, "ann", "change", knob=knob, value=value)
    with pytest.raises(JobError, match="A run knows pause"):
        pool.tell(job, "ann", "explode")
    pool.tell(job, "ann", "resume")
    look = over(pool, job)
    changed = {}
    for event in look.events:
        if event.kind == "changed":
            changed |= event.values
    assert look.settings["knob"] == 7.0
    assert changed in ({"knob": 7.0, "inner.rate": 0.5}, {})  # turned before its start, it starts with them


def test_what_is_told_while_it_waits_counts(pool, monkeypatch):
    send = Process.send

    def slowly(self, *message):  # a word that came after the start would come batches later
        if message[0] == "tell" and message[2] != "stop":
            time.sleep(0.2)
        send(self, *message)

    monkeypatch.setattr(Process, "send", slowly)
    busy = [endless(pool, owner) for owner in ("bob", "cid")]
    job = submit(pool)
    assert pool.look(job, "ann").place == 1
    pool.tell(job, "ann", "change", knob="knob", value=2)
    pool.tell(job, "ann", "batch")
    for owner, other in zip(("bob", "cid"), busy, strict=True):
        pool.tell(other, owner, "stop")
    look = reached(pool, job, "ann", "paused")
    assert counts(look) == [1]
    assert look.settings["knob"] == 2.0
    pool.tell(job, "ann", "stop")
    over(pool, job)


@pytest.mark.parametrize(
    ("fault", "state", "words"),
    [
        ("raise", "failed", "It met an error of ours (CountingError); the server's log has the details."),
        ("own error", "failed", "knob is too loud."),
        ("memory", "failed", "It needed more memory than one run may have: try a smaller batch or network."),
        ("unplain", "failed", "It could not hand over what it found"),
        ("tensor", "failed", "It could not hand over what it found"),
        ("huge event", "done", "Some reports were too large to show: huge (16 MB)."),
        ("exit", "failed", "The worker process ended by itself (code 3). What was shown stays"),
        ("greedy", "failed", "It needed more memory than the 0.4 GB one run may have, and was ended"),
    ],
)
def test_a_fault_is_told_in_words_and_the_next_job_runs(pool, fault, state, words):
    look = over(pool, submit(pool, fault=fault))
    assert look.state == state
    assert look.sentence.startswith(words)
    assert "/" not in look.sentence.replace("knob", "")
    assert counts(look)[:2] == [1, 2]  # what was shown stays
    assert over(pool, submit(pool)).state == "done"


def test_a_killed_worker_is_told_replaced_and_takes_nothing_of_others(pool):
    wait(lambda: pool.ready() == 2)
    other = endless(pool, "bob")
    job = endless(pool)
    # Both are looked at each time: a fresh worker takes longer to begin than bob's lease lasts.
    wait(lambda: all([counts(pool.look(job, "ann")), counts(pool.look(other, "bob"))]))
    pid = next(process.pid for process in pool._processes if process.job == job)
    os.kill(pid, signal.SIGKILL)
    look = over(pool, job)
    assert look.state == "failed"
    assert look.sentence.startswith("The worker process was killed (signal 9). What was shown stays")
    assert counts(look)
    assert pool.look(other, "bob").state == "running"
    pool.tell(other, "bob", "stop")
    over(pool, other, "bob")
    wait(lambda: pool.ready() == 2)
    assert pid not in pool.pids()


def test_a_job_that_does_not_listen_is_ended_by_force(pool):
    job = submit(pool, fault="deaf")
    wait(lambda: len(counts(pool.look(job, "ann"))) == 2)
    pool.tell(job, "ann", "stop")
    assert pool.look(job, "ann").state == "stopping"
    look = over(pool, job, seconds=15)
    assert (look.state, look.sentence) == ("stopped", "Stopped.")


def test_nothing_of_a_job_is_left_for_the_next(pool):
    first, second = over(pool, submit(pool)), over(pool, submit(pool))
    assert first.result["random"] == second.result["random"]


def test_nobody_sees_anothers_job(pool):
    wait(lambda: pool.ready() == 2)  # an earlier test has ended a worker
    job = endless(pool)
    for call in (
        lambda: pool.look(job, "bob"),
        lambda: pool.tell(job, "bob", "stop"),
        lambda: pool.look("nothing", "ann"),
    ):
        with pytest.raises(NoSuchJob, match="not known any more"):
            call()
    pool.forget(job, "bob")
    assert pool.look(job, "ann").state == "running"
    pool.forget(job, "ann")
    with pytest.raises(NoSuchJob):
        pool.look(job, "ann")
    wait(lambda: not pool._busy())


def test_a_vanished_owner_ends_its_jobs_and_a_brief_silence_does_not(pool):
    wait(lambda: pool.ready() == 2)
    gone, there = endless(pool, "gone"), endless(pool, "there")
    start = time.monotonic()
    while time.monotonic() < start + 2.5:
        pool.renew("there")
        time.sleep(0.5)  # shorter than the lease of one second
    assert pool.look(there, "there").state == "running"
    look = pool.look(gone, "gone")
    assert (look.state, look.sentence) == ("stopped", "Stopped because its browser went away.")
    pool.tell(there, "there", "stop")
    over(pool, there, "there")


def test_thirty_jobs_wait_in_a_visible_queue_nobody_twice_before_everybody_once(pool):
    wait(lambda: pool.ready() == 2)
    greedy = [endless(pool, "greedy") for _ in range(4)]
    others = [submit(pool, f"student {number}") for number in range(28)]
    assert [pool.look(job, "greedy").place for job in greedy] == [None, None, 29, 30]
    assert [pool.look(job, f"student {number}").place for number, job in enumerate(others)] == list(
        range(1, 29)
    )
    assert pool.look(others[0], "student 0").waiting == 30
    for job in [submit(pool, "late") for _ in range(2)]:
        assert pool.look(job, "late").place > 28
    with pytest.raises(QueueFull, match="32 runs are waiting already"):
        submit(pool, "too late")
    for job in greedy[:2]:
        pool.tell(job, "greedy", "stop")

    def all_over():
        for number in range(28):
            pool.renew(f"student {number}")
        return all(pool.look(job, f"student {number}").over for number, job in enumerate(others))

    wait(all_over)
    assert {pool.look(job, f"student {n}").state for n, job in enumerate(others)} == {"done"}
    for job in greedy:
        pool.forget(job, "greedy")
    wait(lambda: not pool._busy() and not pool._waiting())


def test_every_worker_computes_with_its_share_of_the_cores(pool):
    look = over(pool, submit(pool))
    assert {event.values["threads"] for event in look.events} == {max(1, machine.cores() // 2)}


@pytest.mark.parametrize(
    "name", ["os", "os.path", "engine.device", "engine.nothing", "job_cases.counting.run", "../x", ""]
)
def test_only_experiments_can_be_named(pool, name):
    with pytest.raises(JobError, match="There is no experiment called"):
        pool.submit(name, {}, owner="ann")


def test_settings_are_checked_before_anything_waits(pool):
    with pytest.raises(SettingError, match="epochs must be"):
        submit(pool, epochs=0)
    with pytest.raises(SettingError, match="There is no setting 'depth'"):
        submit(pool, depth=1)


def test_limits_of_one_owner_time_and_pause():
    limits = Limits(lease=None, grace=0.5, running=0.6, paused=0.3, per_owner=2, kept=1, kept_seconds=0.5)
    pool = make(1, limits)
    try:
        slow, paused = endless(pool), submit(pool, paused=True)
        with pytest.raises(QueueFull, match="You have 2 runs already"):
            submit(pool)
        look = over(pool, slow)
        assert (look.state, look.sentence) == ("stopped", "Stopped at the time limit of 0.6 seconds.")
        waiting = submit(pool, "bob")
        look = over(pool, paused)
        assert look.sentence == "Stopped: it was paused for 0.3 seconds while others waited."
        assert over(pool, waiting, "bob").state == "done"
        over(pool, submit(pool))
        with pytest.raises(NoSuchJob):  # only the newest is kept
            pool.look(slow, "ann")
        wait(lambda: not pool.owners())
    finally:
        pool.close()
    with pytest.raises(JobError, match="The server is stopping"):
        submit(pool)


SERVER = textwrap.dedent(
    """
    import sys, time
    from engine.jobs import Limits, Pool
    if __name__ == "__main__":
        pool = Pool(1, limits=Limits(lease=None), roots=("job_cases",), paths=(sys.argv[1],))
        job = pool.submit("job_cases.counting", {"epochs": 1000, "batches": 1000, "pause": 0.01}, owner="ann")
        while not pool.look(job, "ann").events:
            time.sleep(0.05)
        print(*pool.pids(), flush=True)
        sys.stdin.read()
    """
)


@pytest.mark.parametrize("how", ["kill -9", "end"])
def test_no_worker_outlives_its_server(tmp_path, how):
    script = tmp_path / "server.py"
    script.write_text(SERVER)
    server = subprocess.Popen(
        [sys.executable, str(script), str(HERE)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(HERE.parents[1]), str(HERE)])},
    )
    pids = [int(word) for word in server.stdout.readline().split()]
    assert len(pids) == 1
    if how == "end":
        server.stdin.close()
    else:
        server.kill()
    server.wait(60)
    wait(lambda: not any(alive(pid) for pid in pids), 30)


def alive(pid):
    try:
        status = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except FileNotFoundError:
        return False
    return status != "Z"
