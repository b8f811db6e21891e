"""Background downloads: progress, several owners of one file, leaving, silence, failure; against a local server."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from lying_server import CHECKSUM, CONTENT, Handler, serving

from engine.download import CancelledError, RemoteFile
from engine.feature_maps import Fetch, Fetching, fetch

GENEROUS = 15.0  # seconds; nothing here takes more than one


def until(found: Callable[[], object]) -> object:
    deadline = time.monotonic() + GENEROUS
    while time.monotonic() < deadline:
        value = found()
        if value:
            return value
        time.sleep(0.01)
    raise AssertionError("It did not happen.")


def over(fetching: Fetching, name: str, owner: str) -> Fetch:
    return until(lambda: (seen := fetching.look(name, owner)) and seen.over and seen)


class Slow:
    """A source that hands out 10 of 100 bytes, then waits until it is released or cancelled."""

    def __init__(self) -> None:
        self.calls: list[str] = []
        self.go = threading.Event()

    def __call__(self, name: str, progress, cancel) -> Path:
        self.calls.append(name)
        progress(10, 100)
        while not self.go.is_set():
            if cancel():
                raise CancelledError("The download was cancelled.")
            time.sleep(0.01)
        progress(100, 100)
        return Path(name)


@pytest.fixture
def source() -> Iterator[Slow]:
    slow = Slow()
    yield slow
    slow.go.set()


def test_owners_share_one_download_and_see_its_progress(source: Slow) -> None:
    fetching = Fetching(source)
    fetching.start("resnet18", "ann")
    fetching.start("resnet18", "bob")
    for owner in ("ann", "bob"):
        until(lambda o=owner: fetching.look("resnet18", o) == Fetch("running", 10, 100))
    assert fetching.look("resnet18", "eve") is None
    assert fetching.look("alexnet", "ann") is None
    source.go.set()
    assert over(fetching, "resnet18", "ann") == Fetch("done", 100, 100)
    assert source.calls == ["resnet18"]


def test_the_last_one_to_leave_cancels(source: Slow) -> None:
    fetching = Fetching(source)
    fetching.start("resnet18", "ann")
    fetching.start("resnet18", "bob")
    fetching.leave("resnet18", "ann")
    assert fetching.look("resnet18", "ann") is None
    time.sleep(0.1)
    assert fetching.look("resnet18", "bob").state == "running"
    fetching.leave("resnet18", "bob")
    until(lambda: not [t for t in threading.enumerate() if t.name == "weights resnet18"])
    source.go.set()
    fetching.start("resnet18", "bob")  # a cancelled download can be started again
    assert over(fetching, "resnet18", "bob").state == "done"
    assert source.calls == ["resnet18", "resnet18"]


def test_a_silent_owner_counts_as_gone(source: Slow) -> None:
    fetching = Fetching(source, lease=0.3)
    fetching.start("resnet18", "ann")
    until(lambda: not [t for t in threading.enumerate() if t.name == "weights resnet18"])
    assert fetching.look("resnet18", "ann").state == "cancelled"


def test_only_so_many_run_at_once_and_one_that_waits_can_be_left(source: Slow) -> None:
    fetching = Fetching(source, at_once=1)
    fetching.start("a", "ann")
    until(lambda: source.calls)
    fetching.start("b", "ann")
    fetching.start("c", "ann")
    time.sleep(0.1)
    assert source.calls == ["a"]
    assert fetching.look("b", "ann").state == "waiting"
    fetching.leave("c", "ann")
    until(lambda: not [t for t in threading.enumerate() if t.name == "weights c"])
    source.go.set()
    assert over(fetching, "b", "ann").state == "done"
    assert source.calls == ["a", "b"]


def test_an_unexpected_error_is_reported_in_words() -> None:
    def broken(*_: object) -> Path:
        raise ZeroDivisionError

    fetching = Fetching(broken)
    fetching.start("resnet18", "ann")
    seen = over(fetching, "resnet18", "ann")
    assert seen.state == "failed"
    assert "error of ours" in seen.problem


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[str]:
    monkeypatch.setenv("no_proxy", "*")
    monkeypatch.setenv("EXPLORER_CACHE", str(tmp_path))
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "torch"))
    with serving() as address:
        yield address


def of(server: str, behaviour: str) -> Fetching:
    file = RemoteFile(f"{server}/{behaviour}/net-{CHECKSUM}.pth", CHECKSUM, 0.9)
    return Fetching(lambda name, progress, cancel: fetch(name, progress, cancel, file=file))


def test_a_real_download_arrives_in_the_cache(server: str, tmp_path: Path) -> None:
    fetching = of(server, "ok")
    fetching.start("resnet18", "ann")
    assert over(fetching, "resnet18", "ann") == Fetch("done", len(CONTENT), len(CONTENT))
    assert (tmp_path / "weights" / f"net-{CHECKSUM}.pth").read_bytes() == CONTENT
    fetching.start("resnet18", "ann")
    assert over(fetching, "resnet18", "ann").state == "done"
    assert len(Handler.requests) == 1


def test_leaving_a_stalled_download_leaves_no_file(server: str, tmp_path: Path) -> None:
    fetching = of(server, "stall")
    fetching.start("resnet18", "ann")
    until(lambda: fetching.look("resnet18", "ann").done >= 200_000)
    fetching.leave("resnet18", "ann")
    until(lambda: list((tmp_path / "weights").iterdir()) == [])


@pytest.mark.parametrize(("behaviour", "words"), [("portal", "checksum is wrong"), ("refuse", "404")])
def test_a_lying_or_refusing_server_is_named(server: str, behaviour: str, words: str) -> None:
    fetching = of(server, behaviour)
    fetching.start("resnet18", "ann")
    seen = over(fetching, "resnet18", "ann")
    assert seen.state == "failed"
    assert words in seen.problem


def test_a_network_without_published_weights_is_refused(server: str) -> None:
    fetching = Fetching()
    fetching.start("mobilenet_v1", "ann")
    assert "no published weights" in over(fetching, "mobilenet_v1", "ann").problem
