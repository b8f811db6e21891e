"""Downloads a data set: every file checked, resumed where it broke, turned into a stored set, deleted.

A download that breaks keeps what came and goes on from there the next time; one that is cancelled leaves nothing.
EXPLORER_MIRROR names an address where the files lie under their own names, in a lecture hall's network say: it is
asked instead of the publishers, and the checksums stay theirs.
Tested against a local server that stalls, breaks off, lies and refuses.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from engine import download
from engine.data import library, store
from engine.data.dataset import DataError
from engine.data.progress import Cancel, CancelledError, Report, Step, never, silent
from engine.data.sources import SOURCES, Source


def fetch(name: str, *, report: Report = silent, cancel: Cancel = never, patience: float = 20.0) -> None:
    """Download the data set `name` unless it is here.

    Args:
        name: one of the downloadable sets.
        report: called with every step.
        cancel: asked several times a second; True stops.
        patience: seconds without data after which a connection counts as broken.

    Raises:
        CancelledError: `cancel` said so; nothing is left.
        DataError: it cannot be downloaded, no connection, no space, or a file that is not the right one.
    """
    source = SOURCES.get(name)
    if source is None:
        raise DataError(f'"{name[:40]}" cannot be downloaded; what can: {", ".join(SOURCES)}.')
    if library.meta(name, "download") is not None:
        return
    folder = store.root() / "downloads" / name
    with store.exclusive(f"download-{name}", f"{source.card.title} is being downloaded already."):
        try:
            _fetch(source, folder, report, cancel, patience)
        except download.CancelledError as error:
            shutil.rmtree(folder, ignore_errors=True)
            raise CancelledError("The download was stopped; nothing of it was kept.") from error
        except CancelledError:
            shutil.rmtree(folder, ignore_errors=True)
            raise
        except download.DownloadError as error:
            raise DataError(str(error)) from error
        except OSError as error:
            raise DataError(f"{source.card.title} cannot be stored: {error.strerror or error}.") from error
        shutil.rmtree(folder, ignore_errors=True)


def _fetch(source: Source, folder: Path, report: Report, cancel: Cancel, patience: float) -> None:
    card = source.card
    report(Step("Looking for the files"))
    folder.mkdir(parents=True, exist_ok=True)
    channels, height, width = card.shape
    there = sum(file.stat().st_size for file in folder.iterdir())
    pictures = sum(card.counts.values()) * channels * height * width
    store.check_room(max(0, int(card.megabytes * 2**20) - there) + pictures)
    for mirrors in source.files():
        _get(_nearest(mirrors), folder, report, cancel, patience)
    with store.Draft(library.folder(card.name, "download")) as draft:
        more = source.fill(folder, draft, report, cancel)
        if cancel():
            raise CancelledError("The download was stopped; nothing of it was kept.")
        draft.commit(
            {
                "name": card.name,
                "date": datetime.now(UTC).isoformat(timespec="seconds"),
                "classes": card.classes,
                "shape": card.shape,
                "counts": dict(card.counts),
                **more,
            }
        )


def _nearest(mirrors: Sequence[download.RemoteFile]) -> Sequence[download.RemoteFile]:
    """The same file at the address that was named for all, if one was."""
    own = os.environ.get("EXPLORER_MIRROR", "").rstrip("/")
    file = mirrors[0]
    return [replace(file, url=f"{own}/{file.name}", saved_as=file.name)] if own else mirrors


def _get(
    mirrors: Sequence[download.RemoteFile], folder: Path, report: Report, cancel: Cancel, patience: float
) -> None:
    """One file from the first of its addresses that gives it."""

    def tell(done: int, total: int | None) -> None:
        report(Step(f"Downloading {mirrors[0].name}", done, total, "MB"))

    for number, file in enumerate(mirrors):
        try:
            download.download(file, folder, progress=tell, cancel=cancel, patience=patience)
        except download.CancelledError:
            raise
        except download.DownloadError:
            if number == len(mirrors) - 1:
                raise
        else:
            return
