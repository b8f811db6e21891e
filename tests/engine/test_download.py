"""Downloading from a local server that works, stalls, breaks off, lies and refuses."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator
from http.server import ThreadingHTTPServer
from pathlib import Path

import pytest
from lying_server import CHECKSUM, CONTENT, Handler, serving

from engine.download import CancelledError, DownloadError, RemoteFile, download, matches


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    monkeypatch.setenv("no_proxy", "*")
    with serving() as address:
        yield address


def remote(server: str, behaviour: str, *, megabytes: float = 0.9) -> RemoteFile:
    return RemoteFile(f"{server}/{behaviour}/net-{CHECKSUM}.pth", CHECKSUM, megabytes)


def left_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_file_arrives_with_progress_and_is_not_fetched_again(server: str, tmp_path: Path) -> None:
    seen: list[tuple[int, int | None]] = []
    file = remote(server, "ok")
    path = download(file, tmp_path / "new", progress=lambda done, total: seen.append((done, total)))
    assert path.read_bytes() == CONTENT
    assert seen[0] == (0, len(CONTENT))
    assert seen[-1] == (len(CONTENT), len(CONTENT))
    assert [done for done, _ in seen] == sorted(done for done, _ in seen)
    assert download(file, tmp_path / "new") == path
    assert len(Handler.requests) == 1
    assert left_in(tmp_path / "new") == [file.name]


@pytest.mark.parametrize("behaviour", ["breaks-once", "breaks"])
def test_a_broken_connection_is_taken_up_where_it_stopped(
    server: str, tmp_path: Path, behaviour: str
) -> None:
    if behaviour == "breaks":  # half of the rest every time: never done, but what came is kept
        with pytest.raises(DownloadError, match="continues where it stopped"):
            download(remote(server, behaviour), tmp_path)
        assert (tmp_path / f"net-{CHECKSUM}.pth.part").stat().st_size == pytest.approx(
            900_000 * 15 / 16, rel=0.01
        )
    path = download(remote(server, "breaks-once"), tmp_path)
    assert path.read_bytes() == CONTENT
    assert Handler.requests[-1][1] in ("bytes=450000-", "bytes=843750-")
    assert left_in(tmp_path) == [path.name]


def test_a_server_that_knows_no_ranges_starts_over(server: str, tmp_path: Path) -> None:
    assert download(remote(server, "no-ranges"), tmp_path).read_bytes() == CONTENT
    assert Handler.requests[-1] == ("no-ranges", "bytes=450000-")


def test_a_part_longer_than_the_file_starts_over(server: str, tmp_path: Path) -> None:
    (tmp_path / f"net-{CHECKSUM}.pth.part").write_bytes(CONTENT + b"more")
    with pytest.raises(DownloadError):
        download(remote(server, "ok"), tmp_path)
    assert download(remote(server, "ok"), tmp_path).read_bytes() == CONTENT


def test_a_stalled_server_is_given_up_with_the_part_kept(server: str, tmp_path: Path) -> None:
    with pytest.raises(DownloadError, match="sent nothing for"):
        download(remote(server, "stall"), tmp_path, patience=0.4)
    assert left_in(tmp_path) == [f"net-{CHECKSUM}.pth.part"]


def test_cancel_is_obeyed_while_nothing_arrives_and_leaves_nothing(server: str, tmp_path: Path) -> None:
    arrived: list[int] = []
    with pytest.raises(CancelledError, match="cancelled"):
        download(
            remote(server, "stall"),
            tmp_path,
            progress=lambda done, _: arrived.append(done),
            cancel=lambda: bool(arrived) and arrived[-1] >= 200_000,
            patience=30,
        )
    assert left_in(tmp_path) == []


@pytest.mark.parametrize(
    ("behaviour", "words"),
    [
        ("portal", "checksum is wrong"),
        ("short", "checksum is wrong"),
        ("endless", "sends more than"),
        ("refuse", r"refuses net-.*: 404"),
        ("never-grows", "broke after 0.0 MB"),
    ],
)
def test_servers_that_lie_or_refuse_leave_nothing(
    server: str, tmp_path: Path, behaviour: str, words: str
) -> None:
    with pytest.raises(DownloadError, match=words) as caught:
        download(remote(server, behaviour), tmp_path)
    assert str(caught.value).endswith(".")
    assert [path for path in tmp_path.iterdir() if path.stat().st_size] == []


def test_without_a_network_the_sentence_says_so(server: str, tmp_path: Path) -> None:
    closed = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    port = closed.server_port
    closed.server_close()
    with pytest.raises(DownloadError, match=r"no connection to 127.0.0.1"):
        download(remote(f"http://127.0.0.1:{port}", "ok"), tmp_path)
    with pytest.raises(DownloadError, match="no connection"):
        download(RemoteFile("file:///etc/passwd", "0", 1), tmp_path)


def test_a_full_disk_is_noticed_before_writing(server: str, tmp_path: Path) -> None:
    with pytest.raises(DownloadError, match="are free on the disk"):
        download(remote(server, "short", megabytes=1e9), tmp_path)
    assert left_in(tmp_path) == []


def test_a_folder_that_cannot_be_written_is_named_in_words(server: str, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(DownloadError, match="cannot be stored"):
        download(remote(server, "ok"), tmp_path / "file")


def test_a_damaged_copy_is_replaced(server: str, tmp_path: Path) -> None:
    file = remote(server, "ok")
    (tmp_path / file.name).write_bytes(b"damaged")
    assert download(file, tmp_path).read_bytes() == CONTENT
    assert matches(tmp_path / file.name, CHECKSUM)


def test_a_publishers_md5_and_a_name_of_ones_own(server: str, tmp_path: Path) -> None:
    checksum = hashlib.md5(CONTENT, usedforsecurity=False).hexdigest()
    file = RemoteFile(f"{server}/ok/download?id=7", checksum, 0.9, algorithm="md5", saved_as="set.zip")
    assert download(file, tmp_path) == tmp_path / "set.zip"
    assert (tmp_path / "set.zip").read_bytes() == CONTENT
    wrong = RemoteFile(
        file.url, "0" * 32, 0.9, algorithm="md5", saved_as="other.zip", advice="Come back tomorrow."
    )
    with pytest.raises(DownloadError, match=r"is not other\.zip: its checksum .* Come back tomorrow\."):
        download(wrong, tmp_path)
    assert left_in(tmp_path) == ["set.zip"]


def test_two_sessions_fetch_one_file_once(server: str, tmp_path: Path) -> None:
    paths: list[Path] = []
    fetch = [
        threading.Thread(target=lambda: paths.append(download(remote(server, "ok"), tmp_path)))
        for _ in range(3)
    ]
    for thread in fetch:
        thread.start()
    for thread in fetch:
        thread.join()
    assert len(paths) == 3
    assert len(Handler.requests) == 1
