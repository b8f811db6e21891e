"""Crop and resize, with and without a mirror: the operator contrastive learning cannot do without.

The box is drawn as torchvision's RandomResizedCrop draws it (the "Inception crop"): an area and an aspect ratio,
up to ten attempts until the box fits, else the largest central box whose aspect is allowed. Here all attempts of
all pictures are drawn at once and the first that fits is taken, so nothing waits for the processor to decide.

Boxes are whole pixels. Tested picture by picture against torchvision's `resized_crop` (to 1e-6) and, for the
distribution of areas, aspects and places, against its `RandomResizedCrop.get_params`.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import log
from typing import ClassVar

import torch
from torch import Tensor

from engine.augment.operator import Drawn, Operator, check_order, uniform
from engine.augment.resampling import crop_weights, one_by_one, resample
from engine.settings import setting

ATTEMPTS = 10  # as torchvision
ONE_BY_ONE = 48 * 48  # pixels from which a CPU resizes faster one by one than by matrices


def draw_boxes(
    shape: tuple[int, ...],
    generator: torch.Generator,
    *,
    areas: tuple[float, float] = (0.08, 1.0),
    aspects: tuple[float, float] = (3 / 4, 4 / 3),
) -> dict[str, Tensor]:
    """`top`, `left`, `height`, `width` of one box per picture, int64 (B,), for a batch of `shape` (B, C, H, W).

    The area is uniform in `areas` (shares of the picture), the logarithm of width / height in `aspects`.
    """
    batch, rows, columns = shape[0], shape[-2], shape[-1]
    tries = (batch, ATTEMPTS)
    area = uniform(batch * ATTEMPTS, *areas, generator).view(tries) * (rows * columns)
    aspect = uniform(batch * ATTEMPTS, log(aspects[0]), log(aspects[1]), generator).view(tries).exp()
    widths, heights = (area * aspect).sqrt().round(), (area / aspect).sqrt().round()
    fits = (widths > 0) & (widths <= columns) & (heights > 0) & (heights <= rows)
    first = fits.byte().argmax(1, keepdim=True)  # the first that fits
    found = fits.any(1)
    tall, wide = _central(rows, columns, aspects)
    height = torch.where(found, heights.gather(1, first).squeeze(1), tall).long()
    width = torch.where(found, widths.gather(1, first).squeeze(1), wide).long()
    place = torch.rand(2, batch, generator=generator, device=generator.device)
    spare_rows, spare_columns = rows - height, columns - width
    top = torch.where(found, _anywhere(place[0], spare_rows), spare_rows // 2)
    left = torch.where(found, _anywhere(place[1], spare_columns), spare_columns // 2)
    return {"top": top, "left": left, "height": height, "width": width}


def _anywhere(share: Tensor, spare: Tensor) -> Tensor:
    """A whole number from 0 to `spare`, each as likely, from a share in [0, 1)."""
    return torch.minimum((share * (spare + 1)).long(), spare)


def _central(rows: int, columns: int, aspects: tuple[float, float]) -> tuple[int, int]:
    """Height and width of the largest central box with an allowed aspect, for pictures in which no attempt fits."""
    if columns / rows < aspects[0]:
        return min(round(columns / aspects[0]), rows), columns
    if columns / rows > aspects[1]:
        return rows, min(round(rows * aspects[1]), columns)
    return rows, columns


def resized_crop(images: Tensor, boxes: Drawn, *, size: tuple[int, int] | None = None) -> Tensor:
    """Cut each picture's box out and resize it: (B, C, H, W) -> (B, C, *size); a size of None is the picture's.

    Bilinear with antialiasing where it shrinks. `boxes` as `draw_boxes` gives them; where they hold `mirrored`
    (B,) bool, those pictures are flipped left to right.
    """
    rows, columns = images.shape[-2:]
    height, width = (rows, columns) if size is None else size
    if _alone_pays(images, height, width):
        return one_by_one(images, boxes, (height, width))
    down = crop_weights(boxes["top"], boxes["height"], rows, height)
    right = crop_weights(boxes["left"], boxes["width"], columns, width, boxes.get("mirrored"))
    return resample(images, down.to(images.dtype), right.to(images.dtype))


def _alone_pays(images: Tensor, height: int, width: int) -> bool:
    """Whether torch's own resizing is faster than matrices, and able and right: not for half precision, one column."""
    able = images.dtype in (torch.float32, torch.float64) and min(images.shape[-1], width) > 1
    return able and images.device.type == "cpu" and height * width >= ONE_BY_ONE


@dataclass(frozen=True)
class CropAndResize(Operator):
    """A random box of the picture, enlarged to the picture's size."""

    name: ClassVar[str] = "crop"
    letter: ClassVar[str] = "b"
    title: ClassVar[str] = "Crop and resize"
    what: ClassVar[str] = (
        "Two crops of one picture are two questions about the same thing: what belongs to this part,"
        " and what lies beside it."
    )

    smallest: float = setting(
        0.08, low=0.01, high=1.0, title="Smallest area", unit="of the picture", why="SimCLR, appendix A"
    )
    largest: float = setting(
        1.0, low=0.01, high=1.0, title="Largest area", unit="of the picture", why="SimCLR, appendix A"
    )
    narrowest: float = setting(
        0.75,
        low=0.25,
        high=1.0,
        title="Narrowest aspect",
        unit="width / height",
        why="3/4: SimCLR, appendix A",
    )
    widest: float = setting(
        1.333, low=1.0, high=4.0, title="Widest aspect", unit="width / height", why="4/3: SimCLR, appendix A"
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        check_order(self.smallest, self.largest, "smallest and largest")

    def sample(self, shape: tuple[int, ...], generator: torch.Generator) -> Drawn:
        """`top`, `left`, `height`, `width`: see `draw_boxes`."""
        areas, aspects = (self.smallest, self.largest), (self.narrowest, self.widest)
        return draw_boxes(shape, generator, areas=areas, aspects=aspects)

    def change_pictures(self, images: Tensor, drawn: Drawn) -> Tensor:
        """See `resized_crop`."""
        return resized_crop(images, drawn)


@dataclass(frozen=True)
class CropResizeFlip(CropAndResize):
    """A random box, enlarged, and for some pictures mirrored."""

    name: ClassVar[str] = "crop_flip"
    letter: ClassVar[str] = "c"
    title: ClassVar[str] = "Crop, resize (and flip)"
    what: ClassVar[str] = (
        "The same crop, and every other picture is seen in a mirror: left and right stop to matter."
    )

    flip: float = setting(
        0.5, low=0.0, high=1.0, title="Flip probability", why="SimCLR, appendix A: 63.4 -> 64.5 % on ImageNet"
    )

    def sample(self, shape: tuple[int, ...], generator: torch.Generator) -> Drawn:
        """The box, and `mirrored` (B,) bool."""
        boxes = super().sample(shape, generator)
        return {**boxes, "mirrored": uniform(shape[0], 0, 1, generator) < self.flip}
