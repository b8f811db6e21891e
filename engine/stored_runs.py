"""Stored runs: what a real run found, small, with a manifest that says how to make it again.

A stored run is a folder below `assets/runs`: `arrays.npz`, and `manifest.json` with the command, settings, seed,
date, commit, versions, hardware and the headline figures. Studies (`python -m engine.studies.NAME`) write them,
pages read them. Arrays of floats may be quantised to 8 or 16 bits; they come back as float32, off by at most half
a step of their range. A page shows what is there and nothing else: where a run is missing, it is not shown.

Tested by a round trip over every kind of array and by what a damaged folder is answered with.
"""

from __future__ import annotations

import json
import platform
import shutil
import subprocess
import zipfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from engine import device as devices

FOLDER = Path(__file__).resolve().parents[1] / "assets" / "runs"
MANIFEST, ARRAYS = "manifest.json", "arrays.npz"
RANGE = "__range"  # behind the name of a quantised array: its least and largest value
TYPES: Mapping[int, type[np.unsignedinteger]] = {8: np.uint8, 16: np.uint16}


class StoredRunError(RuntimeError):
    """A stored run that is not there or cannot be read; the message says which and what to do."""


@dataclass(frozen=True, eq=False)
class StoredRun:
    """One run, read. `manifest` as it stands in its file; `arrays` by name, floats as float32."""

    name: str
    manifest: Mapping[str, Any]
    arrays: Mapping[str, np.ndarray]

    @property
    def headline(self) -> Mapping[str, Any]:
        """The few figures the run is about."""
        return self.manifest["headline"]

    def provenance(self) -> dict[str, str]:
        """The manifest as text, for the page's chip: command first, headline figures left out."""
        return _told(self.manifest)


def exists(name: str, *, folder: Path = FOLDER) -> bool:
    """Whether there is a stored run of this name."""
    return (folder / name / MANIFEST).is_file() and (folder / name / ARRAYS).is_file()


def load(name: str, *, folder: Path = FOLDER) -> StoredRun:
    """Read a stored run. Raises StoredRunError where it is missing or damaged."""
    found = manifest(name, folder=folder)
    try:
        with np.load(folder / name / ARRAYS, allow_pickle=False) as packed:
            kept = {key: packed[key] for key in packed.files}
    except (OSError, ValueError, zipfile.BadZipFile) as error:
        raise _damaged(name) from error
    arrays = {key: _expand(kept, key) for key in kept if not key.endswith(RANGE)}
    return StoredRun(name, found, arrays)


def manifest(name: str, *, folder: Path = FOLDER) -> dict[str, Any]:
    """The manifest of a stored run; its arrays are not read. Raises StoredRunError as `load` does."""
    if not exists(name, folder=folder):
        raise StoredRunError(f'There is no stored run "{name}"; a study in engine.studies makes it.')
    try:
        found = json.loads((folder / name / MANIFEST).read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise _damaged(name) from error
    if not isinstance(found, dict) or not isinstance(found.get("command"), str):
        raise StoredRunError(f'The manifest of the stored run "{name}" names no command.')
    return {"headline": {}, **found}


def provenance(name: str, *, folder: Path = FOLDER) -> dict[str, str]:
    """The manifest of a stored run as text, as `StoredRun.provenance`; its arrays are not read."""
    return _told(manifest(name, folder=folder))


def write(
    name: str,
    arrays: Mapping[str, np.ndarray],
    *,
    command: str,
    settings: Mapping[str, Any],
    seed: int,
    headline: Mapping[str, Any],
    bits: Mapping[str, int] | None = None,
    packages: Iterable[str] = ("torch", "torchvision", "numpy"),
    folder: Path = FOLDER,
) -> Path:
    """Store a run, over the one of the same name; its folder.

    Args:
        name: Folder below `assets/runs`.
        arrays: What the page draws. Floats that are not quantised are kept as float32.
        command: What makes the run again, as typed: "python -m engine.studies.NAME".
        settings: Everything the run depends on, as plain data.
        seed: Of all chance in it.
        headline: The few figures the run is about.
        bits: Array name -> 8 or 16, for float arrays that may be quantised.
        packages: Whose versions matter.
        folder: Where stored runs lie.

    Raises:
        StoredRunError: A number of bits other than 8 or 16, or a quantised array with values that are not finite.
    """
    packed: dict[str, np.ndarray] = {}
    for key, values in arrays.items():
        packed |= _pack(key, np.asarray(values), (bits or {}).get(key))
    written = {
        "command": command,
        "settings": dict(settings),
        "seed": seed,
        **circumstances(packages),
        "headline": dict(headline),
        "arrays": {key: [list(np.shape(values)), str(packed[key].dtype)] for key, values in arrays.items()},
    }
    target = folder / name
    target.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(target / ARRAYS, **packed)  # type: ignore[arg-type]  # names are free, numpy's stubs differ
    (target / MANIFEST).write_text(json.dumps(written, indent=2) + "\n", "utf-8")
    return target


def circumstances(packages: Iterable[str] = ("torch", "torchvision", "numpy")) -> dict[str, Any]:
    """When and with what a run is being made: date, commit, versions, hardware."""
    return {
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "commit": commit_of(Path(__file__).parent),
        "versions": {"python": platform.python_version()} | {each: version(each) for each in packages},
        "hardware": devices.describe(devices.pick()).title,
    }


def _told(found: Mapping[str, Any]) -> dict[str, str]:
    shown = {key: value for key, value in found.items() if key not in ("headline", "arrays")}
    return {key: value if isinstance(value, str) else _line(value) for key, value in shown.items()}


def _damaged(name: str) -> StoredRunError:
    return StoredRunError(f'The stored run "{name}" is damaged: run {name} again or restore it.')


def _pack(key: str, values: np.ndarray, bits: int | None) -> dict[str, np.ndarray]:
    if bits is None:
        return {key: values.astype(np.float32) if values.dtype.kind == "f" else values}
    if bits not in TYPES:
        raise StoredRunError(f"{key} can be quantised to 8 or 16 bits, not {bits}.")
    if not np.isfinite(values).all():
        raise StoredRunError(f"{key} holds values that are not finite: they cannot be quantised.")
    low, high = (float(values.min()), float(values.max())) if values.size else (0.0, 0.0)
    steps = 2**bits - 1
    scaled = (values.astype(np.float64) - low) * (steps / (high - low) if high > low else 0.0)
    return {key: np.rint(scaled).astype(TYPES[bits]), key + RANGE: np.array([low, high])}


def _expand(kept: Mapping[str, np.ndarray], key: str) -> np.ndarray:
    if key + RANGE not in kept:
        return kept[key]
    low, high = kept[key + RANGE]
    steps = np.iinfo(kept[key].dtype).max
    return (low + kept[key].astype(np.float64) * ((high - low) / steps)).astype(np.float32)


def commit_of(folder: Path) -> str:
    """The commit of the clone around `folder`, marked where tracked files were changed since; "unknown" outside one.

    What studies and benchmarks write is no change: one after another would mark itself.
    """
    outputs = [f":(top,exclude){name}" for name in ("assets/runs", "assets/weights", "benchmarks/results")]
    commit = _git(folder, "rev-parse", "--short", "HEAD")
    changed = _git(folder, "status", "--porcelain", "--untracked-files=no", "--", ":(top)", *outputs)
    return f"{commit}-changed" if commit and changed else commit or "unknown"


def _git(folder: Path, *arguments: str) -> str:
    git = shutil.which("git")
    if git is None:
        return ""
    found = subprocess.run(  # noqa: S603 - fixed commands
        [git, *arguments], cwd=folder, capture_output=True, text=True, check=False
    )
    return found.stdout.strip() if found.returncode == 0 else ""


def _line(value: object) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{key} {_line(each)}" for key, each in value.items())
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
