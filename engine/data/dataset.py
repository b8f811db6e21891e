"""What a data set is: pictures, labels, the factors that generated them where they are known, and a card.

Pictures are uint8 (N, C, H, W): the border of the engine, and a quarter of the memory of floats. The order is
fixed and mixed, so the first n pictures are a fair sample of all of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import torch
from torch import Tensor

Kind = Literal["categorical", "continuous", "circular"]


class DataError(ValueError):
    """Data that are not there or cannot be used; the message says why and what to do."""


@dataclass(frozen=True, eq=False)
class Factor:
    """One generating factor of every picture.

    Attributes:
        name: As in sentences: "hue".
        kind: categorical (a choice), continuous (a number), circular (a number whose ends meet).
        values: (N,) int64 indices into `categories`, or float32 in [low, high].
        categories: Names of the choices; empty for numbers.
        low: Least value; 0 for a choice.
        high: Largest value; for a circular factor it is the same point as `low`.
        unit: Of the numbers; "" for shares and choices.
        about: One sentence for readers.
    """

    name: str
    kind: Kind
    values: Tensor
    categories: tuple[str, ...] = ()
    low: float = 0.0
    high: float = 1.0
    unit: str = ""
    about: str = ""

    def describe(self, index: int) -> str:
        """The value at picture `index` as text: "star", "120°", "0.42"."""
        value = self.values[index].item()
        if self.categories:
            return self.categories[int(value)]
        return f"{value:.0f}{self.unit}" if self.high > 10 else f"{value:.2f}{self.unit}"


@dataclass(frozen=True)
class Card:
    """What one should know about a data set before using it.

    Attributes:
        name: As `load` takes it.
        title: As in menus.
        description: One or two sentences: what is in the pictures.
        source: Who made it, with an address where there is one.
        licence: Terms of use, as far as the source states them.
        counts: Split -> number of pictures.
        classes: Names of the classes.
        shape: (C, H, W) of a picture.
        origin: "here" (needs nothing), "download" (offered, kept after that) or "import" (somebody's own).
        how: How to get it, one sentence.
        megabytes: To download; 0 where nothing is.
        notes: What happened on the way in, for imported sets.
        left_out: Files that could not be read with the reason, the first of them.
    """

    name: str
    title: str
    description: str
    source: str
    licence: str
    counts: Mapping[str, int]
    classes: tuple[str, ...]
    shape: tuple[int, int, int]
    origin: Literal["here", "download", "import"]
    how: str
    megabytes: float = 0.0
    notes: tuple[str, ...] = ()
    left_out: tuple[tuple[str, str], ...] = ()

    def line(self) -> str:
        """The card in one line, for below a menu."""
        channels, height, width = self.shape
        colours = "colour" if channels == 3 else "grey"
        count = " + ".join(f"{number:,} {split}" for split, number in self.counts.items())
        classes = "1 class" if len(self.classes) == 1 else f"{len(self.classes):,} classes"
        return f"{count}, {classes}, {height} x {width} {colours}"


@dataclass(frozen=True, eq=False)
class Dataset:
    """One split of a data set. Treat the tensors as read-only: every caller gets the same ones.

    Attributes:
        name: As `load` takes it.
        images: (N, C, H, W) uint8.
        labels: (N,) int64 indices into `classes`.
        classes: Names of the classes.
        split: "train" or "test".
        card: What is known about the set.
        factors: Name -> generating factor, for rendered sets.
        captions: One sentence per picture, for rendered scenes.
    """

    name: str
    images: Tensor
    labels: Tensor
    classes: tuple[str, ...]
    split: str
    card: Card
    factors: Mapping[str, Factor] = field(default_factory=dict)
    captions: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        count = len(self.images)
        if self.images.ndim != 4 or self.images.dtype != torch.uint8 or self.images.shape[1] not in (1, 3):
            found = f"{tuple(self.images.shape)} {self.images.dtype}"
            raise DataError(f"{self.name}: expected pictures (N, 1 or 3, H, W) in uint8, got {found}.")
        if self.labels.shape != (count,) or self.labels.dtype != torch.int64:
            found = f"{tuple(self.labels.shape)} {self.labels.dtype}"
            raise DataError(f"{self.name}: expected {count} int64 labels, got {found}.")

    def __len__(self) -> int:
        return len(self.images)

    def first(self, count: int) -> Dataset:
        """The first `count` pictures with everything that belongs to them; views, no copies."""
        factors = {
            name: Factor(**{**vars(factor), "values": factor.values[:count]})
            for name, factor in self.factors.items()
        }
        return Dataset(
            self.name,
            self.images[:count],
            self.labels[:count],
            self.classes,
            self.split,
            self.card,
            factors,
            self.captions[:count],
        )
