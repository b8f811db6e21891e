"""Every data set by name: what it is, whether it is here, and its pictures.

    load("shapes").images        (10000, 3, 32, 32) uint8, rendered
    load("mnist-5k", "test")     with .labels, .classes, .card

Embedded sets are always here; others are downloaded (`fetching`) or imported (`importing`). Loaded splits are kept
in memory, least recently used out first, and shared by all callers and threads: treat the tensors as read-only. One
that was written into all the same is noticed and loaded afresh.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from pathlib import Path

from engine.data import importing, library
from engine.data.dataset import Card, DataError, Dataset
from engine.data.progress import Cancel, Report, never, silent
from engine.data.recipes import RECIPES, SPLITS, Parts, Recipe
from engine.data.sources import SOURCES

CAPACITY = 2**30  # bytes of pictures in memory: CIFAR-10 has 184 million


class _Loaded:
    """Splits in memory, bounded; noticed when a caller wrote into one."""

    def __init__(self) -> None:
        self._items: OrderedDict[tuple[str, str], tuple[Dataset, tuple[str, int, int]]] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, name: str, split: str, stamp: str) -> Dataset | None:
        with self._lock:
            item = self._items.get((name, split))
            if item is None:
                return None
            if item[1] != _state(item[0], stamp):
                del self._items[name, split]
                return None
            self._items.move_to_end((name, split))
            return item[0]

    def put(self, dataset: Dataset, stamp: str) -> None:
        with self._lock:
            self._items[dataset.name, dataset.split] = dataset, _state(dataset, stamp)
            while (
                len(self._items) > 1
                and sum(kept.images.nbytes for kept, _ in self._items.values()) > CAPACITY
            ):
                self._items.popitem(last=False)

    def drop(self, name: str) -> None:
        with self._lock:
            for split in SPLITS:
                self._items.pop((name, split), None)


def _state(dataset: Dataset, stamp: str) -> tuple[str, int, int]:
    """Changes with the stored set, and with every write into a tensor, which torch counts."""
    return stamp, dataset.images._version, dataset.labels._version  # noqa: SLF001 - torch's only name for it


_loaded = _Loaded()
_building: dict[str, threading.Lock] = {}
_building_guard = threading.Lock()


def names() -> tuple[str, ...]:
    """Names of all data sets, here or not, in the order of a menu; private ones are in no list."""
    return (*RECIPES, *SOURCES, *library.imported())


def _recipe(name: str) -> Recipe:
    if name in RECIPES:
        return RECIPES[name]
    origin = "download" if name in SOURCES else "import"
    found = library.meta(name, origin)
    if origin == "download":
        card_ = SOURCES[name].card
        return Recipe(
            card_, lambda split: _stored(name, split, origin), (found or {}).get("id", ""), found is not None
        )
    if found is None:
        if library.is_private(name):
            raise DataError(
                "This imported data set is no longer here: it was removed, or nobody used it for a week."
            )
        raise DataError(f'There is no data set "{name[:60]}"; there are: {", ".join(names())}.')
    return Recipe(library.card(found), lambda split: _stored(name, split, origin), found.get("id", ""))


def _stored(name: str, split: str, origin: str) -> Parts:
    images, labels, factors = library.tensors(name, split, origin)
    return Parts(images, labels, factors)


def card(name: str) -> Card:
    """What is known about a data set. Raises DataError for a name that does not exist."""
    return _recipe(name).card


def available(name: str) -> bool:
    """Whether `load` works without a download. Raises DataError for a name that does not exist."""
    return _recipe(name).here


def stamp(name: str) -> str:
    """Changes when a stored set is replaced by another of the same name; "" for sets that come with the app."""
    return _recipe(name).stamp


def import_archive(
    path: str | Path,
    name: str,
    *,
    side: int | None = None,
    private: bool = False,
    called: str | None = None,
    report: Report = silent,
    cancel: Cancel = never,
) -> Dataset:
    """Make a data set of a zip or folder of class folders, or of Keras-style arrays; its training split.

    Args:
        path: the file or folder.
        name: what to call it; letters, digits, spaces and a few signs.
        side: pixels a side of every picture, 8 to 128; by default equal squares stay, others become 64 or 32.
        private: in no list, to be loaded by its full name only, which ends in a secret; see `library`.
        called: the file's own name, where `path` is a copy of it.
        report: called with every step.
        cancel: asked several times a second; True stops.

    Raises:
        CancelledError: `cancel` said so.
        DataError: the name is taken or not allowed, the archive cannot be read or holds no pictures in classes, or
            there is no room. Nothing was stored, and nothing that was there has changed.
    """
    full = library.check_name(name, names())
    if private:
        library.tidy()
        full = library.with_secret(full)
    importing.import_to_store(Path(path), full, side, called or Path(path).name, report, cancel)
    return load(full)


def remove(name: str) -> None:
    """Delete an imported set, or what was downloaded of one that can be downloaded again.

    Raises:
        DataError: it is not here, comes with the app, or cannot be deleted now.
    """
    if name in RECIPES:
        raise DataError(f"{RECIPES[name].card.title} comes with the app and cannot be removed.")
    library.remove(name, "download" if name in SOURCES else "import")
    _loaded.drop(name)


def load(name: str, split: str = "train", limit: int | None = None) -> Dataset:
    """One split of a data set.

    Args:
        name: one of `names()`.
        split: "train" or "test"; the same pictures for everybody.
        limit: the first so many; the order is mixed, so they are a fair sample. None: all.

    Raises:
        DataError: no such set or split, or it has to be downloaded first.
    """
    recipe = _recipe(name)
    if split not in SPLITS:
        raise DataError(f'A data set has the splits train and test, not "{split[:20]}".')
    if limit is not None and limit < 1:
        raise DataError(f"At least one picture must be asked for, not {limit}.")
    with _building_guard:
        lock = _building.setdefault(f"{name} {split}", threading.Lock())
    if not recipe.here:
        raise DataError(f"{recipe.card.title} is not on this machine yet. {recipe.card.how}.")
    with lock:
        dataset = _loaded.get(name, split, recipe.stamp)
        if dataset is None:
            parts = recipe.build(split)
            dataset = Dataset(
                name,
                parts.images,
                parts.labels,
                recipe.card.classes,
                split,
                recipe.card,
                parts.factors,
                parts.captions,
            )
            _loaded.put(dataset, recipe.stamp)
    return dataset if limit is None or limit >= len(dataset) else dataset.first(limit)
