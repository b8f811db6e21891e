"""What pictures have or have not, for arithmetic with their codes.

Where the data set knows its factors (rendered shapes) or classes (digits), those are asked. For grey pictures some
more are measured on the pixels: how much ink, how slanted, how wide, on which side the light is. Of a number, the
pictures "with" are the third with most of it, those "without" the third with least.

Tested on pictures whose ink, slant, width and light are known.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from engine.data import Dataset, Factor
from engine.glo.latent import direction

LEAST = 5  # pictures on each side


@dataclass(frozen=True, eq=False)
class Attribute:
    """Something some pictures have.

    Attributes:
        title: "thick", "a 7", "circle": what those with it are.
        other: What those without it are.
        source: "measured", or the factor or class it comes from.
        rows: (M,) int64, pictures that count.
        having: (M,) bool, which of them have it.
    """

    title: str
    other: str
    source: str
    rows: Tensor
    having: Tensor

    def direction(self, codes: Tensor) -> Tensor:
        """Mean code with it minus mean code without it: (N, d) -> (d,)."""
        return direction(codes[self.rows], self.having)

    def means(self, codes: Tensor) -> tuple[Tensor, Tensor]:
        """Mean code with and without it, (d,) each."""
        some = codes[self.rows]
        return some[self.having].mean(dim=0), some[~self.having].mean(dim=0)


def of(dataset: Dataset) -> list[Attribute]:
    """Every attribute the pictures of a data set are known or measured to have, most telling first."""
    found: list[Attribute] = []
    if dataset.factors:
        for factor in dataset.factors.values():
            found += _of_factor(factor)
    else:
        if dataset.images.shape[1] == 1:
            found += measured(dataset.images, strokes=len(dataset.classes) > 1)
        if len(dataset.classes) > 1:
            found += [
                _flag(f"{_article(name)}", "the others", "class", dataset.labels == label)
                for label, name in enumerate(dataset.classes)
            ]
    return [each for each in found if LEAST <= int(each.having.sum()) <= len(each.rows) - LEAST]


def measured(images: Tensor, *, strokes: bool = True) -> list[Attribute]:
    """Attributes of grey pictures (N, 1, H, W), uint8, read off their pixels; of `strokes` or of photographs."""
    ink = images[:, 0].float() / 255  # (N, H, W)
    bright = ink.mean(dim=(1, 2))
    if strokes:
        return [
            _thirds("thick", "thin", "measured: mean brightness", bright),
            _thirds("slanted right", "slanted left", "measured: moments", slant(ink)),
            _thirds("wide", "narrow", "measured: spread", spread(ink)),
        ]
    half = ink.shape[-1] // 2
    light = ink[..., -half:].mean(dim=(1, 2)) - ink[..., :half].mean(dim=(1, 2))
    return [
        _thirds("lit from the right", "lit from the left", "measured: halves", light),
        _thirds("bright", "dark", "measured: mean brightness", bright),
        _thirds("high contrast", "low contrast", "measured: deviation", ink.std(dim=(1, 2))),
    ]


def slant(ink: Tensor) -> Tensor:
    """By how many columns the ink leans to the right per row upwards, (N, H, W) -> (N,)."""
    mass, x, y = _centred(ink)
    covariance = (ink * x * y).sum(dim=(1, 2)) / mass
    variance = (ink * y * y).sum(dim=(1, 2)) / mass
    return -covariance / variance.clamp_min(1e-6)


def spread(ink: Tensor) -> Tensor:
    """Standard deviation of the ink's columns, (N, H, W) -> (N,)."""
    mass, x, _ = _centred(ink)
    return ((ink * x * x).sum(dim=(1, 2)) / mass).sqrt()


def _centred(ink: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Total ink (N,), and columns and rows from the centre of the ink, (N, H, W) each."""
    mass = ink.sum(dim=(1, 2)).clamp_min(1e-6)
    columns = torch.arange(ink.shape[2], device=ink.device, dtype=ink.dtype)[None, None, :]
    rows = torch.arange(ink.shape[1], device=ink.device, dtype=ink.dtype)[None, :, None]
    middle_x = ((ink * columns).sum(dim=(1, 2)) / mass)[:, None, None]
    middle_y = ((ink * rows).sum(dim=(1, 2)) / mass)[:, None, None]
    return mass, (columns - middle_x).expand_as(ink), (rows - middle_y).expand_as(ink)


def _of_factor(factor: Factor) -> list[Attribute]:
    if factor.kind == "categorical":
        return [
            _flag(name, f"other {factor.name}", factor.name, factor.values == index)
            for index, name in enumerate(factor.categories)
        ]
    if factor.kind == "circular":  # thirds of the circle: of hues, around red, green and blue
        share = (factor.values - factor.low) / (factor.high - factor.low)
        names = ("red", "green", "blue") if factor.name == "hue" else ("first", "second", "third")
        return [
            _flag(
                name if factor.name == "hue" else f"{factor.name}: {name} third",
                f"other {factor.name}s",
                factor.name,
                torch.cos(2 * math.pi * (share - place / 3)) > 0.5,
            )
            for place, name in enumerate(names)
        ]
    return [_thirds(f"more {factor.name}", f"less {factor.name}", factor.name, factor.values)]


def _flag(title: str, other: str, source: str, having: Tensor) -> Attribute:
    return Attribute(title, other, source, torch.arange(len(having)), having)


def _thirds(title: str, other: str, source: str, values: Tensor) -> Attribute:
    order = values.argsort()
    third = max(len(values) // 3, 1)
    rows = torch.cat([order[-third:], order[:third]])
    return Attribute(title, other, source, rows, torch.arange(len(rows)) < third)


def _article(name: str) -> str:
    return f"an {name}" if name[:1] in "8aeiou" else f"a {name}"
