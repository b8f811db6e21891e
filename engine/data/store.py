"""Prepared data sets on disk: arrays that are mapped into memory, written so that a broken write leaves nothing.

A set is a folder with one .npy file per split and kind of array, and `meta.json`. It is written under another name
and renamed when it is complete. Arrays are mapped copy-on-write: several processes share one copy in memory, and
whoever writes into a tensor changes neither the file nor what others see.

Everything lies below `root()`: the folder EXPLORER_CACHE names, or the user's cache folder of the system.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import secrets
import shutil
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np
import torch
from numpy.lib import format as npy
from torch import Tensor

from engine.data.dataset import DataError

APPLICATION = "deep-vision-explorer"
STALE = 60  # seconds after which what nobody holds any more is deleted
SPARE = 64 * 2**20  # bytes that stay free on the disk
_META = "meta.json"
_DRAFT = ".draft-"
_HELD = "held"  # a file in a draft that its writer keeps locked
log = logging.getLogger("explorer")


def root() -> Path:
    """The folder for everything that is kept between starts: EXPLORER_CACHE, or the system's cache folder."""
    own = os.environ.get("EXPLORER_CACHE")
    if own:
        return Path(own) / "data"
    if sys.platform == "win32":
        base = Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
    elif sys.platform == "darwin":
        base = Path.home() / "Library" / "Caches"
    else:
        base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return base / APPLICATION / "data"


class Draft:
    """A set being written. Leaving the block without `commit` deletes what was written."""

    def __init__(self, target: Path) -> None:
        self._target = target
        self.folder = target.with_name(f"{_DRAFT}{secrets.token_hex(6)}")

    def __enter__(self) -> Self:
        try:
            self.folder.mkdir(parents=True)
            self._held = (self.folder / _HELD).open("wb")
            _lock(self._held.fileno())
        except OSError as error:
            raise DataError(f"Nothing can be stored in {root()}: {error.strerror or error}.") from error
        _sweep(self._target.parent)
        return self

    def array(self, name: str, shape: tuple[int, ...], dtype: type = np.uint8) -> np.ndarray:
        """An array on disk to be filled."""
        return npy.open_memmap(self.folder / f"{name}.npy", mode="w+", dtype=dtype, shape=shape)

    def keep(self, name: str, rows: np.ndarray, channels: int = 3) -> None:
        """Of an array of pictures keep the rows (N,) bool and the first `channels` planes, piece by piece."""
        path = self.folder / f"{name}.npy"
        whole = npy.open_memmap(path, mode="r")
        if rows.all() and channels == whole.shape[1]:
            return
        kept = np.flatnonzero(rows)
        short = self.array(f"{name}-short", (len(kept), channels, *whole.shape[2:]))
        for start in range(0, len(kept), 1024):
            short[start : start + 1024] = whole[kept[start : start + 1024], :channels]
        del whole, short
        (self.folder / f"{name}-short.npy").replace(path)

    def save(self, name: str, values: np.ndarray) -> None:
        """A whole array at once."""
        np.save(self.folder / f"{name}.npy", values, allow_pickle=False)

    def commit(self, meta: Mapping[str, Any]) -> None:
        """The set is complete: give it its name.

        Raises:
            DataError: a set of that name is there already.
        """
        text = json.dumps({**meta, "id": secrets.token_hex(6)}, ensure_ascii=False, indent=1)
        (self.folder / _META).write_text(text, "utf-8")
        self._held.close()
        (self.folder / _HELD).unlink()
        try:
            self.folder.rename(self._target)
        except OSError as error:
            raise DataError("A data set of that name is there already; choose another name.") from error

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._held.close()
        shutil.rmtree(self.folder, ignore_errors=True)


def meta(folder: Path) -> dict[str, Any] | None:
    """What is known about the set in `folder`; None where there is none or it cannot be read."""
    try:
        found = json.loads((folder / _META).read_text("utf-8"))
    except (OSError, ValueError):
        return None
    return found if isinstance(found, dict) else None


def array(folder: Path, name: str) -> Tensor:
    """One array of a set, mapped copy-on-write.

    Raises:
        DataError: it is missing or damaged.
    """
    try:
        return torch.from_numpy(np.load(folder / f"{name}.npy", mmap_mode="c", allow_pickle=False))
    except (OSError, ValueError, EOFError) as error:
        raise DataError(f"The stored data set is damaged ({name}): remove it and get it again.") from error


def delete(folder: Path) -> None:
    """Remove a set; to everybody else it is gone at once.

    Raises:
        DataError: the system does not let it go.
    """
    away = folder.with_name(f"{_DRAFT}{secrets.token_hex(6)}")
    try:
        folder.rename(away)
    except FileNotFoundError:
        return
    except OSError as error:
        raise DataError(f"It cannot be removed now: {error.strerror or error}.") from error
    shutil.rmtree(away, ignore_errors=True)


@contextmanager
def exclusive(name: str, taken: str) -> Iterator[None]:
    """Hold a lock that other processes see; it goes with the process that holds it, however it ends.

    Raises:
        DataError: somebody else holds it; the message is `taken`.
    """
    path = root() / "locks" / name
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        stream = path.open("wb")
    except OSError as error:
        raise DataError(f"Nothing can be stored in {root()}: {error.strerror or error}.") from error
    with stream:
        try:
            _lock(stream.fileno())
        except OSError as error:
            raise DataError(taken) from error
        yield


def _lock(descriptor: int) -> None:
    if sys.platform == "win32":
        import msvcrt

        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
    else:
        import fcntl

        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)


def check_room(needed: int) -> None:
    """Raise DataError where `needed` bytes do not fit on the disk."""
    free = shutil.disk_usage(root()).free
    if free < needed + SPARE:
        raise DataError(
            f"The data set needs {needed / 2**20:,.0f} MB and only {free / 2**20:,.0f} MB are free on the disk."
        )


def remember(name: str, sources: Iterable[str], make: Callable[[], Tensor]) -> Tensor:
    """A tensor that takes long to make: read from disk, or made and kept there.

    The stored copy belongs to the text of the files `sources`: where they changed it is made again. A disk that
    cannot be written costs time, nothing else.
    """
    digest = hashlib.blake2b(digest_size=8)
    for file in sources:
        digest.update(Path(file).read_bytes())
    folder = root() / "built" / f"{name}-{digest.hexdigest()}"
    with suppress(DataError):
        return array(folder, "values")
    made = make()
    try:
        with Draft(folder) as draft:
            draft.save("values", made.numpy())
            draft.commit({"name": name})
    except (DataError, OSError) as error:
        log.info("%s is not kept on disk: %s", name, error)
    for old in folder.parent.glob(f"{name}-*"):
        if old != folder and len(old.name) == len(folder.name):
            with suppress(DataError):
                delete(old)
    return made


def _sweep(parent: Path) -> None:
    """Delete what killed processes left: old drafts whose lock is free."""
    for old in parent.glob(f"{_DRAFT}*"):
        with suppress(OSError):
            if time.time() - old.stat().st_mtime < STALE:
                continue
            if (old / _HELD).exists():
                with (old / _HELD).open("r+b") as stream:
                    _lock(stream.fileno())
            shutil.rmtree(old, ignore_errors=True)
