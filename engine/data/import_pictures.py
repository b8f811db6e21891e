"""Picture files in class folders -> the arrays of a stored set.

Files are read one after the other, decoded by a few threads, and written where they belong, so memory stays bounded
and the order in the archive does not matter. What cannot be read is left out and named.
"""

from __future__ import annotations

import os
from collections import Counter, deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import torch

from engine.data import reading, sides, splitting, store
from engine.data.archives import Archive, Item
from engine.data.dataset import DataError
from engine.data.layout import Layout, Place, arrange
from engine.data.progress import Cancel, Report, Step, obey

SAMPLED = 200  # pictures looked at before the side is chosen
LISTED = 50  # files that were left out, by name
BATCH_FILES, BATCH_BYTES = 64, 8 * 2**20  # decoded at a time by one thread


@dataclass
class _Findings:
    """What was met on the way."""

    left_out: list[tuple[str, str]]
    notes: Counter[str] = field(default_factory=Counter)
    sizes: set[sides.Size] = field(default_factory=set)
    colour: bool = False

    def leave_out(self, name: str, reason: str) -> None:
        self.left_out.append((name, reason.rstrip(".")))


class _Target:
    """The arrays being filled: each picture has its split and row from the start."""

    def __init__(
        self, draft: store.Draft, splits: dict[str, torch.Tensor], side: int, found: _Findings
    ) -> None:
        self._found = found
        self._rows = {int(i): (split, row) for split, order in splits.items() for row, i in enumerate(order)}
        self._arrays = {
            split: draft.array(f"{split}_images", (len(order), 3, side, side))
            for split, order in splits.items()
        }
        self.filled = {split: np.zeros(len(order), bool) for split, order in splits.items()}

    def write(self, index: int, picture: reading.Read) -> None:
        split, row = self._rows[index]
        self._arrays[split][row] = picture.pixels
        self.filled[split][row] = True
        self._found.colour |= not picture.grey
        self._found.sizes.add(picture.size)
        self._found.notes.update(picture.notes)

    def close(self) -> None:
        self._arrays.clear()


def fill(
    path: Path, draft: store.Draft, side: int | None, report: Report, cancel: Cancel
) -> dict[str, object]:
    """Write the pictures of a zip or folder into `draft`; what is known about the set, for its `meta.json`.

    Raises:
        CancelledError: `cancel` said so.
        DataError: it holds no readable pictures in class folders, or does not fit on the disk.
    """
    with Archive(path) as archive:
        layout = arrange(archive.items)
        found = _Findings([*archive.left_out, *layout.left_out])
        side = side or _common_side([place.item for place in layout.places], cancel)
        label_of = {label: index for index, label in enumerate(layout.classes)}
        labels = torch.tensor([label_of[place.label] for place in layout.places])
        splits = _splits(layout, labels)
        store.check_room(len(labels) * 3 * side**2)
        target = _Target(draft, splits, side, found)
        _read_all(layout.places, side, target.write, found, report, cancel)
        target.close()
    if not found.sizes:
        name, reason = found.left_out[-1]
        raise DataError(f"None of the pictures can be read. {name}: {reason}.")
    report(Step("Putting them in order"))
    channels = 3 if found.colour else 1
    kept = {split: labels[order].numpy()[target.filled[split]] for split, order in splits.items()}
    present = np.unique(np.concatenate(list(kept.values())))
    for split, values in kept.items():
        draft.keep(f"{split}_images", target.filled[split], channels)
        draft.save(f"{split}_labels", np.searchsorted(present, values).astype(np.int64))
    return {
        "classes": [layout.classes[index] for index in present],
        "shape": [channels, side, side],
        "counts": {split: len(values) for split, values in kept.items()},
        "notes": [*layout.notes, *sides.note(found.sizes, side), *_count_notes(found)],
        "left_out": found.left_out[:LISTED],
    }


def _splits(layout: Layout, labels: torch.Tensor) -> dict[str, torch.Tensor]:
    """Split -> indices of its pictures in mixed order."""
    if layout.places[0].split == "":
        return dict(zip(("train", "test"), splitting.split(labels), strict=True))
    found = {}
    for split in ("train", "test"):
        members = torch.tensor([index for index, place in enumerate(layout.places) if place.split == split])
        found[split] = members[splitting.mixed(len(members))]
    return found


def _common_side(items: Sequence[Item], cancel: Cancel) -> int:
    """The side for all, from some of the pictures, evenly spread."""
    found = []
    for item in items[:: max(1, len(items) // SAMPLED)]:
        obey(cancel, "import")
        try:
            found.append(reading.size(item.read()))
        except DataError:
            continue  # it is met again, and named, when all are read
    return sides.choose(found)


def _read_all(
    places: Sequence[Place],
    side: int,
    write: Callable[[int, reading.Read], None],
    found: _Findings,
    report: Report,
    cancel: Cancel,
) -> None:
    """Read every picture and hand it to `write` with its index; what cannot be read goes to `found`."""
    workers = min(4, os.cpu_count() or 1)
    waiting: deque[Future[list[tuple[int, reading.Read | str]]]] = deque()
    done = 0
    with ThreadPoolExecutor(workers, thread_name_prefix="decode") as pool:

        def take() -> None:
            nonlocal done
            for index, picture in waiting.popleft().result():
                if isinstance(picture, str):
                    found.leave_out(places[index].item.name, picture)
                else:
                    write(index, picture)
                done += 1
            report(Step("Reading pictures", done, len(places), "pictures"))

        try:
            for batch in _batches(places, found):
                obey(cancel, "import")
                waiting.append(pool.submit(_decode, batch, side))
                if len(waiting) > 2 * workers:
                    take()
            while waiting:
                obey(cancel, "import")
                take()
        finally:
            pool.shutdown(cancel_futures=True)


def _batches(places: Sequence[Place], found: _Findings) -> Iterator[list[tuple[int, bytes]]]:
    """The bytes of the files, a few at a time."""
    batch: list[tuple[int, bytes]] = []
    size = 0
    for index, place in enumerate(places):
        try:
            data = place.item.read()
        except DataError as error:
            found.leave_out(place.item.name, str(error))
            continue
        batch.append((index, data))
        size += len(data)
        if len(batch) == BATCH_FILES or size > BATCH_BYTES:
            yield batch
            batch, size = [], 0
    yield batch


def _decode(batch: list[tuple[int, bytes]], side: int) -> list[tuple[int, reading.Read | str]]:
    results: list[tuple[int, reading.Read | str]] = []
    for index, data in batch:
        try:
            results.append((index, reading.read(data, side)))
        except DataError as error:
            results.append((index, str(error)))
    return results


def _count_notes(found: _Findings) -> list[str]:
    notes = [f"{sentence} ({count:,} pictures)" for sentence, count in found.notes.most_common(5)]
    if found.left_out:
        plural = "file was" if len(found.left_out) == 1 else "files were"
        notes.append(f"{len(found.left_out):,} {plural} left out.")
    return notes
