"""What lies in a zip or a folder of unknown origin, and its bytes one by one; nothing is ever unpacked to disk.

Before anything is read a zip's table of contents is bounded and believed in nothing: entries that share bytes,
promise far more than the archive could hold, or are too many make the whole archive unreadable; links, encrypted
entries and paths that point outside are left out one by one, with the reason. Tested with crafted archives of
every such kind.
"""

from __future__ import annotations

import os
import stat
import struct
import unicodedata
import zipfile
import zlib
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Self

from engine.data.dataset import DataError
from engine.decoding import MAX_BYTES

MAX_FILES = 300_000
MAX_TOTAL = 16 * 2**30  # bytes all files may have together
MAX_RATIO = 200  # of promised to packed bytes; photographs do not pack, drawings reach about 50
RATIO_FROM = 256 * 2**20  # promised bytes below which the ratio does not matter
_TABLE_ROW = 46  # bytes an entry takes in a zip's table of contents, at least
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)


@dataclass(frozen=True)
class Item:
    """One file: where it lies, split at the slashes, its size, and how to get its bytes."""

    path: tuple[str, ...]
    size: int
    read: Callable[[], bytes]

    @property
    def name(self) -> str:
        """The path as people write it."""
        return "/".join(self.path)


class Archive:
    """The files of a zip or folder in their order; `left_out` names those that are not read, with the reason."""

    def __init__(self, path: Path) -> None:
        self.left_out: list[tuple[str, str]] = []
        self._zip: zipfile.ZipFile | None = None
        if path.is_dir():
            self.items = self._walk(path)
        else:
            self._zip = open_zip(path)
            self.items = self._list(self._zip, path.stat().st_size)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._zip is not None:
            self._zip.close()

    def _list(self, archive: zipfile.ZipFile, packed: int) -> list[Item]:
        entries = [entry for entry in archive.infolist() if not entry.is_dir()]
        _check_honesty(entries, packed)
        items, seen = [], set()
        for entry in entries:
            name = _name(entry)
            parts = tuple(part for part in name.split("/") if part not in ("", "."))
            reason = _refusal(entry, name, parts)
            if reason is None and parts in seen:
                reason = "there is another file of the same name before it"
            if reason is not None:
                self.left_out.append((name, reason))
                continue
            seen.add(parts)
            items.append(Item(parts, entry.file_size, partial(_read, archive, entry)))
        return items

    def _walk(self, folder: Path) -> list[Item]:
        items = []
        for place, below, files in os.walk(folder):
            below.sort()
            for file in sorted(files):
                path = Path(place) / file
                parts = tuple(unicodedata.normalize("NFC", part) for part in path.relative_to(folder).parts)
                reason = None
                with suppress(OSError):
                    facts = path.lstat()
                    if not stat.S_ISREG(facts.st_mode):
                        reason = "it is a link" if stat.S_ISLNK(facts.st_mode) else "it is no ordinary file"
                    elif facts.st_size > MAX_BYTES:
                        reason = _too_large(facts.st_size)
                    else:
                        items.append(Item(parts, facts.st_size, partial(_read_file, path)))
                if reason is not None:
                    self.left_out.append(("/".join(parts), reason))
                if len(items) > MAX_FILES:
                    raise DataError(
                        f"This folder holds more than {MAX_FILES:,} files, the most that are read."
                    )
        return items


def holds_arrays(path: Path) -> bool:
    """Whether the file is one of NumPy's arrays: its first entry says so, whatever it is called."""
    with suppress(OSError), path.open("rb") as stream:
        head = stream.read(30)
        return head[:4] == b"PK\3\4" and stream.read(int.from_bytes(head[26:28], "little")).endswith(b".npy")
    return False


def open_zip(path: Path) -> zipfile.ZipFile:
    """A zip whose table of contents is not too long to be read. Raises DataError with a sentence for anything else."""
    try:
        with path.open("rb") as stream:
            head = stream.read(4)
            if head[:2] != b"PK":
                raise DataError(
                    "This is no zip archive. Pack the folder with the class folders as .zip, or save the arrays "
                    "as .npz with x_train, y_train, x_test and y_test."
                )
        rows = _table_size(path) / _TABLE_ROW
        if rows > 2 * MAX_FILES:
            raise DataError(f"This zip lists more than {MAX_FILES:,} files, the most that are read.")
        return zipfile.ZipFile(path)
    except (zipfile.BadZipFile, NotImplementedError, struct.error, EOFError) as error:
        raise DataError("This zip is damaged or cut short: make it again, or copy it again.") from error
    except OSError as error:
        raise DataError(f"{path.name} cannot be read: {error.strerror or error}.") from error


def _table_size(path: Path) -> int:
    """Bytes of a zip's table of contents as its last record says: zipfile would read all of it, however long."""
    size = path.stat().st_size
    with path.open("rb") as stream:
        stream.seek(max(0, size - 65_557))  # the record and the longest comment
        tail = stream.read()
        at = tail.rfind(b"PK\5\6")
        if at < 0:
            raise zipfile.BadZipFile
        (length,) = struct.unpack_from("<I", tail, at + 12)
        if (
            length == 0xFFFFFFFF and tail[at - 20 : at - 16] == b"PK\6\7"
        ):  # zip64: its own record holds the number
            (offset,) = struct.unpack_from("<Q", tail, at - 12)
            stream.seek(min(offset, size))
            record = stream.read(56)
            (length,) = struct.unpack_from("<Q", record, 40)
    return int(length)


def _check_honesty(entries: list[zipfile.ZipInfo], packed: int) -> None:
    """Refuse an archive whose table of contents promises what its bytes cannot hold."""
    if len(entries) > MAX_FILES:
        raise DataError(f"This zip holds {len(entries):,} files, and at most {MAX_FILES:,} are read.")
    total = sum(entry.file_size for entry in entries)
    if total > MAX_TOTAL or (total > RATIO_FROM and total > MAX_RATIO * packed):
        raise DataError(
            f"This zip of {packed / 2**20:,.1f} MB would unpack to {total / 2**20:,.0f} MB: "
            "that is a decompression bomb, and it was not opened."
        )
    end = 0
    for entry in sorted(entries, key=lambda each: each.header_offset):
        if entry.header_offset < end:
            raise DataError(
                "Files in this zip share their bytes: that is a decompression bomb, it was not opened."
            )
        end = entry.header_offset + 30 + entry.compress_size


def _name(entry: zipfile.ZipInfo) -> str:
    """The name in NFC with slashes. Some programs write UTF-8 and do not say so."""
    name = entry.filename
    if not entry.flag_bits & 0x800:
        with suppress(UnicodeError):
            name = name.encode("cp437").decode("utf-8")
    return unicodedata.normalize("NFC", name.replace("\\", "/"))


def _refusal(entry: zipfile.ZipInfo, name: str, parts: tuple[str, ...]) -> str | None:
    """Why an entry is not read, or None."""
    if name.startswith("/") or ".." in parts or (parts and parts[0].endswith(":")) or not parts:
        return "its path points outside the archive"
    if stat.S_ISLNK(entry.external_attr >> 16):
        return "it is a link"
    if entry.flag_bits & 0x1:
        return "it is encrypted"
    if entry.compress_type not in _METHODS:
        return "it is packed in a way that is not read here"
    return _too_large(entry.file_size) if entry.file_size > MAX_BYTES else None


def _too_large(size: int) -> str:
    return f"it has {size / 10**6:,.0f} MB, and at most {MAX_BYTES / 10**6:,.0f} are read"


def _read(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> bytes:
    """The bytes of an entry: as many as it promised, no more, with the right checksum."""
    try:
        return archive.read(entry)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError) as error:
        raise DataError("it is damaged inside the archive") from error


def _read_file(path: Path) -> bytes:
    try:
        with path.open("rb") as stream:
            return stream.read(MAX_BYTES + 1)  # it may have grown; the decoder refuses what is longer
    except OSError as error:
        raise DataError(f"it cannot be read: {error.strerror or error}") from error
