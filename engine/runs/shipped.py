"""Stored runs (`engine.stored_runs`) in the form of the history, so that they stand in one list with one's own.

A study keeps its curves as arrays of equal length whose names share a beginning, one of them ending in "examples" or
"epoch": test_accuracy beside test_examples, second_train_loss beside second_train_examples, batch/loss beside
batch/examples. Whatever has no such partner (pictures, predictions, filters) is no curve and stays where it is.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from engine import stored_runs
from engine.runs.comparing import flatten
from engine.runs.recording import AXES, figures
from engine.runs.store import Run
from engine.stored_runs import StoredRun, StoredRunError

PREFIX = "stored:"  # of the id: no run of a history has a colon in its
SORTS = ("train", "test", "epoch")
METHODS = {"simclr": "SimCLR", "glo": "GLO"}  # beginnings of names that are not words
SETS = {"cifar10": "CIFAR-10", "mnist 5k": "MNIST 5k"}
_MODULE = re.compile(r"python -m ([\w.]+)")


def names(folder: Path = stored_runs.FOLDER) -> tuple[str, ...]:
    """Stored runs that are there, by name."""
    if not folder.is_dir():
        return ()
    return tuple(
        sorted(each.name for each in folder.iterdir() if stored_runs.exists(each.name, folder=folder))
    )


def read(name: str, folder: Path = stored_runs.FOLDER) -> Run:
    """One stored run with its curves. Raises StoredRunError where it is missing or damaged."""
    found = stored_runs.load(name, folder=folder)
    manifest, curves = found.manifest, curves_of(found)
    told = {key: value for key, value in flatten(found.headline).items() if isinstance(value, int | float)}
    metrics = {**figures(curves), **told}
    module = _MODULE.search(manifest["command"])
    try:
        created = datetime.fromisoformat(manifest["date"]).astimezone(UTC)
    except (KeyError, TypeError, ValueError) as error:
        raise StoredRunError(f'The manifest of the stored run "{name}" has no date.') from error
    return Run(
        id=PREFIX + name,
        experiment=module[1] if module else manifest["command"],
        title=title_of(name),
        created=created,
        seconds=float(metrics.get("seconds", 60 * metrics.get("minutes", 0))),
        state="done",
        settings=manifest.get("settings", {}),
        changes=(),
        metrics=metrics,
        provenance={
            key: manifest[key]
            for key in ("command", "seed", "commit", "hardware", "versions")
            if key in manifest
        },
        curves=curves,
    )


def title_of(name: str) -> str:
    """A stored run's name as words: "simclr-cifar10" is "SimCLR: CIFAR-10"."""
    method, _, rest = name.partition("-")
    words = rest.replace("-", " ")
    method = METHODS.get(method, method.capitalize())
    return f"{method}: {SETS.get(words, words)}" if words else method


def curves_of(run: StoredRun) -> dict[str, list[dict[str, float]]]:
    """Kind of report -> reports, as a live run has them; kinds with a lane are turned round: "test second"."""
    groups: dict[str, dict[str, np.ndarray]] = {}
    for axis in ("examples", "epoch"):
        for key, places in run.arrays.items():
            beginning = key.removesuffix(axis)
            if beginning == key or not beginning.endswith(("_", "/")) or not _column(places):
                continue
            columns = groups.setdefault(beginning, {})
            for name, values in run.arrays.items():
                if name.startswith(beginning) and _column(values) and len(values) == len(places):
                    columns[name.removeprefix(beginning)] = values
    return {
        _kind(beginning): _rows(columns) for beginning, columns in groups.items() if set(columns) - set(AXES)
    }


def _column(values: np.ndarray) -> bool:
    return values.ndim == 1 and values.dtype.kind in "fiu" and len(values) > 1


def _kind(beginning: str) -> str:
    words = re.split("[_/]", beginning.rstrip("_/"))
    sorts = [word for word in words if word in SORTS]
    return " ".join([*sorts, *(word for word in words if word not in sorts)])


def _rows(columns: Mapping[str, np.ndarray]) -> list[dict[str, Any]]:
    count = len(next(iter(columns.values())))
    return [{name: values[index].item() for name, values in columns.items()} for index in range(count)]
