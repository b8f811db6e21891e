"""Arrays handed from the page to a worker: a vector table or a picture a visitor uploaded.

Settings of experiments are plain words and numbers, so the array is kept in a file and the settings carry its
token: 128 bits of the content's digest, which nobody guesses. The folder is bounded, the oldest files go first.
Nothing is unpickled.
"""

from __future__ import annotations

import hashlib
import re
from contextlib import suppress
from pathlib import Path

import numpy as np

from engine.data.store import root
from engine.embedding.vectors import EmbeddingError

KEPT = 64
BYTES = 512 * 2**20
_TOKEN = re.compile(r"[0-9a-f]{32}")


def keep(array: np.ndarray) -> str:
    """Store an array of numbers; its token. Raises EmbeddingError where there is no place to write."""
    digest = hashlib.blake2b(np.ascontiguousarray(array).tobytes(), digest_size=16)
    digest.update(f"{array.shape} {array.dtype}".encode())
    token = digest.hexdigest()
    target = _folder() / f"{token}.npy"
    try:
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        if not target.exists():
            draft = target.with_suffix(".part.npy")
            np.save(draft, array, allow_pickle=False)
            draft.replace(target)
        target.touch()
        _sweep(target)
    except OSError as error:
        raise EmbeddingError(
            f"The upload cannot be stored on this server: {error.strerror or error}."
        ) from error
    return token


def fetch(token: str) -> np.ndarray:
    """The array again. Raises EmbeddingError where it is not held any more."""
    if _TOKEN.fullmatch(token):
        with suppress(OSError, ValueError):
            return np.load(_folder() / f"{token}.npy", allow_pickle=False)
    raise EmbeddingError("The upload is no longer held here: upload the file again.")


def _folder() -> Path:
    return root().parent / "handed-over"


def _sweep(newest: Path) -> None:
    """Forget the oldest beyond the limits."""
    files = sorted(newest.parent.glob("*.npy"), key=lambda file: file.stat().st_mtime, reverse=True)
    total = 0
    for place, file in enumerate(files):
        total += file.stat().st_size
        if file != newest and (place >= KEPT or total > BYTES):
            file.unlink(missing_ok=True)
