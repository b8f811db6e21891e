"""Which class and split a file belongs to, from its path alone.

Understood: `train/ test/` with class folders in them (also validation folders, other spellings), class folders
without a split, and any number of folders around either. Files that are no pictures, or lie in no class folder, are
named with the reason. Tested by literal examples of each form.
"""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from engine.data.archives import Item
from engine.data.dataset import DataError

PICTURES = (".jpg", ".jpeg", ".jfif", ".png", ".webp", ".gif", ".bmp", ".tif", ".tiff")
ARCHIVES = (".zip", ".tar", ".gz", ".tgz", ".bz2", ".xz", ".7z", ".rar", ".npz")
SPLIT_FOLDERS = {
    "train": "train", "training": "train", "train_set": "train", "training_set": "train",
    "test": "test", "testing": "test", "test_set": "test",
    "val": "val", "valid": "val", "validation": "val", "dev": "val",
}  # fmt: skip
MAX_CLASSES = 1000
_JUNK = ("__macosx", "thumbs.db", "desktop.ini")
_LONGEST = 60  # characters of a class name


@dataclass(frozen=True)
class Place:
    """One picture: the file, its class by name, and "train", "test" or "val"; "" where the source does not say."""

    item: Item
    label: str
    split: str


@dataclass(frozen=True)
class Layout:
    """All pictures, what was left out with the reason, and notes for the reader."""

    places: tuple[Place, ...]
    left_out: tuple[tuple[str, str], ...]
    notes: tuple[str, ...]

    @property
    def classes(self) -> tuple[str, ...]:
        """Class names in the order of the alphabet, numbers by value."""
        return tuple(sorted({place.label for place in self.places}, key=_order))


def arrange(items: Sequence[Item]) -> Layout:
    """Find class and split of every picture.

    Raises:
        DataError: there is no picture, no class folder, or there are too many classes.
    """
    left_out: list[tuple[str, str]] = []
    pictures = []
    for item in items:
        if any(part.startswith(".") or part.lower() in _JUNK for part in item.path):
            continue
        reason = _no_picture(item.path[-1])
        if reason is None:
            pictures.append(item)
        else:
            left_out.append((item.name, reason))
    if not pictures:
        raise DataError(_nothing(left_out))
    start = _unwrap([item.path for item in pictures])
    split_level = _has_splits([item.path[start:] for item in pictures])
    places, strays = [], []
    for item in pictures:
        path = item.path[start:]
        split = SPLIT_FOLDERS.get(path[0].lower(), "") if split_level else ""
        folders = path[1:-1] if split_level else path[:-1]
        if not folders or (split_level and not split):
            strays.append((item.name, "it lies in no class folder"))
        else:
            places.append(Place(item, _clean(folders[0]), split))
    labels = {place.label.lower() for place in places}
    if not places or (len(labels) > 1 and labels <= set(SPLIT_FOLDERS)):
        raise DataError(
            "There are pictures but no class folders. Put the pictures of each class into a folder with the "
            "name of the class (cat/1.jpg, dog/2.jpg), with or without train/ and test/ around them."
        )
    found = Layout(tuple(places), tuple(left_out + strays), ())
    if len(found.classes) > MAX_CLASSES:
        raise DataError(
            f"There are {len(found.classes):,} class folders, and at most {MAX_CLASSES:,} are read."
        )
    return _settle(found)


def _settle(found: Layout) -> Layout:
    """Decide what validation pictures are, and say what a reader should know."""
    splits = {place.split for place in found.places}
    notes, becomes = [], "val"
    if "val" in splits:
        becomes = "train" if "test" in splits else "test"
        notes.append(
            f"The validation folder counts as {'training' if becomes == 'train' else 'test'} pictures."
        )
    places = tuple(
        Place(place.item, place.label, becomes if place.split == "val" else place.split)
        for place in found.places
    )
    splits = {place.split for place in places}
    if splits != {"train", "test"}:
        places = tuple(Place(place.item, place.label, "") for place in places)
        notes.append("There was no split: a fifth of each class was put aside for testing, always the same.")
    if len(found.classes) == 1:
        notes.append("There is one class: good for generators and embeddings, nothing to tell apart.")
    return Layout(places, found.left_out, tuple(notes))


def _no_picture(name: str) -> str | None:
    lower = name.lower()
    if lower.endswith(PICTURES):
        return None
    return "an archive inside is not opened" if lower.endswith(ARCHIVES) else "it is no picture file"


def _nothing(left_out: list[tuple[str, str]]) -> str:
    if any("archive inside" in reason for _, reason in left_out):
        return "There are only archives inside this archive: unpack it, and give the one with the pictures."
    return f"There is no picture in it. Read are {', '.join(ending[1:].upper() for ending in PICTURES)}."


def _unwrap(paths: list[tuple[str, ...]]) -> int:
    """How many folders lie around everything."""
    start = 0
    while True:
        rest = [path[start:] for path in paths if len(path) > start]
        first = {path[0] for path in rest}
        deeper = sum(len(path) > 2 for path in rest)
        one_folder = len(first) == 1 and len(rest) == len(paths) and deeper > len(rest) / 2
        if not one_folder or next(iter(first)).lower() in SPLIT_FOLDERS:
            return start
        start += 1


def _has_splits(paths: list[tuple[str, ...]]) -> bool:
    """Whether the first folders are train and test. A class may be called "train" as well."""
    first = Counter(path[0].lower() for path in paths if len(path) > 1)
    named = {SPLIT_FOLDERS[name] for name in first if name in SPLIT_FOLDERS}
    deep = any(len(path) > 2 and path[0].lower() in SPLIT_FOLDERS for path in paths)
    return deep and (len(named) > 1 or len(first) == 1)


def _clean(name: str) -> str:
    """A class name that can be shown: no control characters, not too long."""
    shown = "".join(sign for sign in name if unicodedata.category(sign)[0] != "C").strip()
    return shown[:_LONGEST] or "unnamed"


def _order(name: str) -> tuple[int, int, str]:
    return (0, int(name), "") if name.isascii() and name.isdigit() and len(name) < 10 else (1, 0, name)
