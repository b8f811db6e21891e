"""Operators one after another: the views of SimCLR, and any other composition in any order.

`augment` gives the result, `trace` every step with what was drawn. Both draw the same numbers from the same seed,
and so do the exact and the fast mode: only the colours differ. No gradient flows through a view.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from engine.augment.crops import CropAndResize, CropResizeFlip
from engine.augment.filters import GaussianBlur
from engine.augment.folding import FOLDABLE, apply_folded
from engine.augment.geometry import Flip
from engine.augment.jitter import Drop, Jitter
from engine.augment.operator import Drawn, Operator, check


@dataclass(frozen=True, eq=False)
class Step:
    """One operator of a composition: what it drew, and the pictures after it (B, C, H, W)."""

    operator: Operator
    drawn: Drawn
    images: Tensor


def recipe(
    strength: float = 0.5,
    *,
    crop: bool = True,
    flip: bool = True,
    jitter: bool = True,
    drop: bool = True,
    blur: bool = False,
) -> tuple[Operator, ...]:
    """SimCLR's operators in its order: crop and flip, jitter, grey, blur (Chen et al. 2020, appendix A and B.9).

    On CIFAR-10 the paper uses strength 0.5 and no blur. Each can be switched off.
    Raises SettingError for a strength out of range.
    """
    chosen: list[Operator] = []
    if crop:
        chosen.append(CropResizeFlip() if flip else CropAndResize())
    elif flip:
        chosen.append(Flip())
    if jitter:
        chosen.append(Jitter(strength=strength))
    if drop:
        chosen.append(Drop())
    if blur:
        chosen.append(GaussianBlur())
    return tuple(chosen)


def simclr_views(
    images: Tensor, generator: torch.Generator, *, strength: float = 0.5, exact: bool = True
) -> Tensor:
    """One random view of every picture, as SimCLR makes them for CIFAR-10 (Chen et al. 2020, B.9).

    A random crop of 8 to 100 % of the area resized to the picture's size, mirrored with probability 0.5; with
    probability 0.8 brightness, contrast, saturation and hue distorted in random order; grey with probability 0.2;
    no blur. Call it twice for the two views of a pair.

    Args:
        images: (B, 1 or 3, H, W), float in [0, 1], on any device.
        generator: Where all chance comes from; the same state gives the same views.
        strength: Of the colour distortion, the paper's s.
        exact: True equals torchvision picture by picture; False is faster and clips only once (`folding`).

    Raises:
        ImageError: The pictures have another shape or are not float.
        SettingError: The strength is out of range.
    """
    return augment(images, recipe(strength), generator, exact=exact)


@torch.no_grad()
def augment(
    images: Tensor, operators: Sequence[Operator], generator: torch.Generator, *, exact: bool = True
) -> Tensor:
    """Apply `operators` in order, each with parameters of its own for every picture: (B, C, H, W) -> same shape.

    Raises ImageError where the pictures have another shape or are not float.
    """
    check(images)
    colours: list[tuple[Operator, Drawn]] = []  # drawn, but not applied yet
    for operator in operators:
        drawn = operator.draw(tuple(images.shape), generator)
        if not exact and images.shape[1] == 3 and isinstance(operator, FOLDABLE):
            colours.append((operator, drawn))
            continue
        if colours:
            images, colours = apply_folded(images, colours), []
        images = operator.apply(images, drawn)
    return apply_folded(images, colours) if colours else images


def mean_change(before: Tensor, after: Tensor) -> Tensor:
    """Mean absolute difference of the values of each picture: (B, C, H, W) twice -> (B,)."""
    return (before - after).abs().mean((1, 2, 3))


@torch.no_grad()
def trace(images: Tensor, operators: Sequence[Operator], generator: torch.Generator) -> list[Step]:
    """The steps of `augment` with the same seed, in exact mode; the last one holds its result. Raises as `augment`."""
    check(images)
    steps: list[Step] = []
    for operator in operators:
        drawn = operator.draw(tuple(images.shape), generator)
        images = operator.apply(images, drawn)
        steps.append(Step(operator, drawn, images))
    return steps
