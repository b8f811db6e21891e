"""Downloads one file that is known by its checksum: resumable, cancellable, and suspicious of what arrives.

The data go into "NAME.part" beside the target and are renamed when size and checksum are right. A connection
that breaks or stalls is taken up where it stopped, a few times; then the part stays for the next try. A
cancelled or wrong file is deleted. The network is read in a thread of its own, so that a cancel is obeyed
even while nothing arrives. Tested against a local server that stalls, truncates, lies and refuses.
"""

from __future__ import annotations

import hashlib
import http.client
import queue
import re
import shutil
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

Progress = Callable[[int, int | None], None]  # bytes so far, bytes in all where known
Cancel = Callable[[], bool]

_CHUNK = 1 << 18
_ATTEMPTS = 4
_POLL = 0.1  # seconds between looks at the cancel switch
_locks: dict[Path, threading.Lock] = {}
_locks_guard = threading.Lock()


class DownloadError(ValueError):
    """A file that could not be fetched; the message says why and what to do."""


class CancelledError(DownloadError):
    """The download was stopped on request."""


@dataclass(frozen=True)
class RemoteFile:
    """Where a file lies and how to know it.

    Attributes:
        url: its address.
        checksum: the first digits of its digest, in hexadecimal.
        megabytes: about how large it is; a server that sends a tenth more is stopped.
        algorithm: of the digest, as `hashlib` names it; publishers of older files still give MD5.
        saved_as: its name here, where the address does not end in one.
        advice: said where something else arrives than the file.
    """

    url: str
    checksum: str
    megabytes: float
    algorithm: str = "sha256"
    saved_as: str = ""
    advice: str = "A login page of the network in between is a common cause."

    @property
    def name(self) -> str:
        """The file's name."""
        return self.saved_as or Path(urllib.parse.urlsplit(self.url).path).name

    @property
    def host(self) -> str:
        """The server's name."""
        return urllib.parse.urlsplit(self.url).hostname or self.url


def download(
    file: RemoteFile,
    folder: Path,
    *,
    progress: Progress | None = None,
    cancel: Cancel | None = None,
    patience: float = 20.0,
) -> Path:
    """The path of `file` in `folder`, fetched unless a right copy is already there.

    Args:
        file: what to fetch.
        folder: where to keep it; made if missing.
        progress: called with bytes so far and in all, for every piece that arrives.
        cancel: asked several times a second; True stops the download.
        patience: seconds without data after which the connection counts as broken.

    Raises:
        CancelledError: `cancel` said so.
        DownloadError: no connection, no space, a refusal of the server, or a file that is not the right
            one.
    """
    stop = cancel or (lambda: False)
    target = folder / file.name
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with _locks_guard:
            lock = _locks.setdefault(target.resolve(), threading.Lock())
        while not lock.acquire(timeout=_POLL):  # somebody else is fetching the same file
            _obey(stop)
        try:
            if target.exists() and matches(target, file.checksum, file.algorithm):
                return target
            _fetch(file, target, progress or (lambda _done, _total: None), stop, patience)
        finally:
            lock.release()
    except OSError as error:
        raise DownloadError(f"{file.name} cannot be stored: {error.strerror or error}.") from error
    return target


def matches(path: Path, checksum: str, algorithm: str = "sha256") -> bool:
    """Whether the digest of the file at `path` starts with `checksum`."""
    digest = hashlib.new(
        algorithm, usedforsecurity=False
    )  # it tells damage; a forger needs the publisher's page
    with path.open("rb") as stream:
        while piece := stream.read(1 << 20):
            digest.update(piece)
    return digest.hexdigest().startswith(checksum)


def _fetch(file: RemoteFile, target: Path, progress: Progress, stop: Cancel, patience: float) -> None:
    part = target.with_name(f"{target.name}.part")
    try:
        for attempt in range(_ATTEMPTS):
            before = part.stat().st_size if part.exists() else 0
            try:
                _receive(file, part, progress, stop, patience)
                break
            except _BrokenError as error:
                grown = part.exists() and part.stat().st_size > before
                if attempt == _ATTEMPTS - 1 or not grown:
                    raise DownloadError(f"{error} Try again: it continues where it stopped.") from error
        if not matches(part, file.checksum, file.algorithm):
            part.unlink()
            raise DownloadError(
                f"What {file.host} sent is not {file.name}: its checksum is wrong, so it was deleted. {file.advice}"
            )
        part.replace(target)
    except CancelledError:
        part.unlink(missing_ok=True)
        raise


class _BrokenError(Exception):
    """A connection that ended too early; worth another attempt."""


def _receive(file: RemoteFile, part: Path, progress: Progress, stop: Cancel, patience: float) -> None:
    done = part.stat().st_size if part.exists() else 0
    limit = int(file.megabytes * 2**20 * 1.1) + (1 << 20)
    with _Connection(file, done, patience) as connection:
        head = connection.next(stop)
        if head.status == 416:  # the part is as long as the file or longer: start over
            part.unlink(missing_ok=True)
            raise _BrokenError(f"{file.host} has no more of {file.name}.")
        resumed = head.status == 206 and head.start == done
        done = done if resumed else 0
        total = None if head.length is None else done + head.length
        _check_room(file, part.parent, (total or limit) - done)
        with part.open("ab" if resumed else "wb") as stream:
            progress(done, total)
            while (piece := connection.next(stop).data) is not None:
                stream.write(piece)
                done += len(piece)
                if done > limit:
                    stream.close()
                    part.unlink()
                    raise DownloadError(
                        f"{file.host} sends more than the {file.megabytes:.0f} MB {file.name} has, "
                        "so the download was stopped."
                    )
                progress(done, total)
    if total is not None and done < total:
        raise _BrokenError(f"The connection to {file.host} broke after {done / 2**20:.1f} MB.")


@dataclass(frozen=True)
class _News:
    """What the reading thread tells: a response (`status`), a piece of `data`, the end (neither), or an
    `error`.
    """

    status: int = 0
    length: int | None = None
    start: int = 0
    data: bytes | None = None
    error: Exception | None = None


class _Connection:
    """One request, read by a thread into a short queue."""

    def __init__(self, file: RemoteFile, start: int, patience: float) -> None:
        self._file, self._start, self._patience = file, start, patience
        self._news: queue.Queue[_News] = queue.Queue(maxsize=8)
        self._closed = threading.Event()

    def __enter__(self) -> _Connection:
        threading.Thread(target=self._read, name=f"download {self._file.name}", daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._closed.set()

    def next(self, stop: Cancel) -> _News:
        """The next news, waiting at most `patience` seconds for it."""
        deadline = time.monotonic() + self._patience
        while time.monotonic() < deadline:
            _obey(stop)
            with suppress(queue.Empty):
                news = self._news.get(timeout=_POLL)
                if news.error is not None:
                    raise _explain(news.error, self._file) from news.error
                return news
        raise _BrokenError(f"{self._file.host} sent nothing for too long.")

    def _read(self) -> None:
        try:
            headers = {"User-Agent": "deep-vision-explorer"}
            if self._start:
                headers["Range"] = f"bytes={self._start}-"
            if urllib.parse.urlsplit(self._file.url).scheme not in ("http", "https"):
                raise urllib.error.URLError("not a web address")
            request = urllib.request.Request(self._file.url, headers=headers)  # noqa: S310  (scheme checked above)
            with urllib.request.urlopen(request, timeout=self._patience) as response:  # noqa: S310  (as above)
                listened = self._tell(_head(response))
                while listened and (piece := response.read(_CHUNK)):
                    listened = self._tell(_News(data=piece))
            self._tell(_News())
        except urllib.error.HTTPError as error:
            self._tell(_News(status=416) if error.code == 416 else _News(error=error))
        except http.client.IncompleteRead as error:
            self._tell(_News(data=error.partial))
            self._tell(_News())
        except (OSError, http.client.HTTPException, ValueError) as error:
            self._tell(_News(error=error))

    def _tell(self, news: _News) -> bool:
        """Hand over one piece of news; False where nobody listens any more."""
        while not self._closed.is_set():
            with suppress(queue.Full):
                self._news.put(news, timeout=_POLL)
                return True
        return False


def _head(response: http.client.HTTPResponse) -> _News:
    length = response.headers.get("Content-Length", "")
    start = re.match(r"bytes (\d+)-", response.headers.get("Content-Range", ""))
    return _News(
        status=response.status,
        length=int(length) if length.isdigit() else None,
        start=int(start.group(1)) if start else 0,
    )


def _explain(error: Exception, file: RemoteFile) -> Exception:
    if isinstance(error, urllib.error.HTTPError):
        return DownloadError(f"{file.host} refuses {file.name}: {error.code} {error.reason}.")
    if isinstance(error, TimeoutError) or isinstance(getattr(error, "reason", None), TimeoutError):
        return _BrokenError(f"{file.host} sent nothing for too long.")
    if isinstance(error, urllib.error.URLError):
        return DownloadError(
            f"There is no connection to {file.host}. Check the network; everything that is here works without it."
        )
    return _BrokenError(f"The connection to {file.host} broke.")


def _check_room(file: RemoteFile, folder: Path, needed: int) -> None:
    free = shutil.disk_usage(folder).free
    if free < needed + (16 << 20):
        raise DownloadError(
            f"{file.name} needs {needed / 2**20:.0f} MB and only {free / 2**20:.0f} MB are free on the disk."
        )


def _obey(stop: Cancel) -> None:
    if stop():
        raise CancelledError("The download was cancelled.")
