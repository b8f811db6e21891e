"""Trained generators by name: those that come with the app, and those a visitor trained in this installation.

Stored ones lie in `assets/weights` as `glo-NAME.safetensors`, made by `python -m engine.studies.glo NAME`. A model a
visitor has trained is kept below the cache under the digest of its bytes, so that a worker process finds it by name;
the oldest ones go when there are many.
"""

from __future__ import annotations

import hashlib
import os
import re
from pathlib import Path

import torch

from engine.data import store
from engine.glo import portable
from engine.glo.portable import ModelError, Portable

WEIGHTS = Path(__file__).resolve().parents[2] / "assets" / "weights"
PREFIX, ENDING = "glo-", ".safetensors"
OWN = re.compile(r"own-[0-9a-f]{32}")
MOST_OWN = 40  # files, below a megabyte each


def cache() -> Path:
    """Where visitors' models are kept."""
    return store.root().parent / "models"


def names() -> tuple[str, ...]:
    """The stored models, by the data they were trained on."""
    found = sorted(WEIGHTS.glob(f"{PREFIX}*{ENDING}"))
    return tuple(path.name.removeprefix(PREFIX).removesuffix(ENDING) for path in found)


def path_of(name: str) -> Path:
    """The file of a stored or own model. Raises ModelError for names that are neither."""
    if OWN.fullmatch(name):
        return cache() / f"{name}{ENDING}"
    if name not in names():
        raise ModelError(f"There is no model {name[:40]!r}; there are {', '.join(names()) or 'none'}.")
    return WEIGHTS / f"{PREFIX}{name}{ENDING}"


def load(name: str, device: torch.device | None = None) -> Portable:
    """Read a model. Raises ModelError where it is missing, went with age, or is damaged."""
    path = path_of(name)
    if not path.is_file():
        raise ModelError("This model is no longer held: train it again, or choose a stored one.")
    return portable.read(path, device)


def keep(content: bytes) -> str:
    """Keep the file of a visitor's model; its name. Raises ModelError where it is none."""
    portable.from_bytes(content)
    name = f"own-{hashlib.blake2b(content, digest_size=16).hexdigest()}"
    folder = cache()
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}{ENDING}"
    if not path.exists():
        part = path.with_suffix(f".{os.getpid()}.part")
        part.write_bytes(content)
        part.replace(path)
    kept = sorted(folder.glob(f"own-*{ENDING}"), key=lambda file: file.stat().st_mtime)
    for old in kept[:-MOST_OWN]:
        old.unlink(missing_ok=True)
    return name
