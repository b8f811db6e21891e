"""Keras-style arrays -> the arrays of a stored set, piece by piece."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch

from engine.data import keras_arrays, sides, splitting, store
from engine.data.dataset import DataError
from engine.data.keras_arrays import Arrays, Split
from engine.data.progress import Cancel, Report, Step, obey
from engine.images import square, to_uint8

MAX_CLASSES = 1000
# Split in the file -> for each split here, the row of every picture there, -1 where it is not in it.
Rows = dict[str, dict[str, np.ndarray]]


def fill(
    path: Path, draft: store.Draft, side: int | None, report: Report, cancel: Cancel
) -> dict[str, object]:
    """Write the pictures of an .npz into `draft`; what is known about the set, for its `meta.json`.

    Raises:
        CancelledError: `cancel` said so.
        DataError: it is damaged, holds something else than pictures with labels, or does not fit on the disk.
    """
    with Arrays(path) as arrays:
        given = keras_arrays.splits(arrays)
        channels, height, width = given["train"].size
        if any(split.size != (channels, height, width) for split in given.values()):
            raise DataError("Training and test pictures have different shapes: give them the same.")
        side = side or sides.choose([(width, height)])
        classes, labels = _classes(given, keras_arrays.class_names(arrays))
        rows, counts, notes = _plan(labels)
        store.check_room(sum(counts.values()) * channels * side**2)
        _copy(arrays, given, rows, draft, (channels, side, side), counts, report, cancel)
    for split, count in counts.items():
        values = np.empty(count, np.int64)
        for source, places in rows.items():
            at = places[split]
            values[at[at >= 0]] = labels[source][at >= 0]
        draft.save(f"{split}_labels", values)
    if len(classes) == 1:
        notes.append("There is one class: good for generators and embeddings, nothing to tell apart.")
    return {
        "classes": classes,
        "shape": [channels, side, side],
        "counts": counts,
        "notes": [*notes, *sides.note({(width, height)}, side)],
        "left_out": [],
    }


def _plan(labels: dict[str, np.ndarray]) -> tuple[Rows, dict[str, int], list[str]]:
    """Where every picture goes, how many each split gets, and what to say about it."""
    if "test" in labels:
        rows = {
            split: {here: np.full(len(values), -1) for here in labels} for split, values in labels.items()
        }
        for split, values in labels.items():
            rows[split][split] = _inverse(splitting.mixed(len(values)), len(values))
        return rows, {split: len(values) for split, values in labels.items()}, []
    total = len(labels["train"])
    orders = dict(zip(("train", "test"), splitting.split(torch.from_numpy(labels["train"])), strict=True))
    rows = {"train": {split: _inverse(order, total) for split, order in orders.items()}}
    note = "There was no split: a fifth of each class was put aside for testing, always the same."
    return rows, {split: len(order) for split, order in orders.items()}, [note]


def _inverse(order: torch.Tensor, total: int) -> np.ndarray:
    """For each of `total` pictures its row, where `order` lists the pictures row by row; -1 for those not in it."""
    rows = np.full(total, -1)
    rows[order.numpy()] = np.arange(len(order))
    return rows


def _copy(
    arrays: Arrays,
    given: dict[str, Split],
    rows: Rows,
    draft: store.Draft,
    shape: tuple[int, int, int],
    counts: dict[str, int],
    report: Report,
    cancel: Cancel,
) -> None:
    stored = {split: draft.array(f"{split}_images", (count, *shape)) for split, count in counts.items()}
    done, total = 0, sum(len(split.labels) for split in given.values())
    for split, source in given.items():
        scale, start = keras_arrays.Scale(source.pictures.name), 0
        for piece in arrays.pieces(source.pictures.name):
            obey(cancel, "import")
            pictures = _fitted(scale(source.rows(piece)), shape[-1])
            for here, places in rows[split].items():
                at = places[start : start + len(piece)]
                stored[here][at[at >= 0]] = pictures[at >= 0]
            start += len(piece)
            done += len(piece)
            report(Step("Reading pictures", done, total, "pictures"))


def _classes(
    given: dict[str, Split], names: tuple[str, ...] | None
) -> tuple[list[str], dict[str, np.ndarray]]:
    """Class names, and labels that index them."""
    values = np.unique(np.concatenate([split.labels for split in given.values()]))
    if len(values) > MAX_CLASSES:
        raise DataError(
            f"There are {len(values):,} different labels, and at most {MAX_CLASSES:,} classes are read."
        )
    labels = {
        split: np.searchsorted(values, source.labels).astype(np.int64) for split, source in given.items()
    }
    if names is not None and values.dtype.kind in "ui" and values.min() >= 0 and values.max() < len(names):
        return [names[int(value)] for value in values], labels
    texts = [value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value) for value in values]
    return texts, labels


def _fitted(pictures: np.ndarray, side: int) -> np.ndarray:
    """(n, C, H, W) uint8 -> the middle square, (n, C, side, side)."""
    if pictures.shape[2:] == (side, side):
        return pictures
    floats = torch.from_numpy(np.ascontiguousarray(pictures)).float() / 255
    return to_uint8(square(floats, side)).numpy()
