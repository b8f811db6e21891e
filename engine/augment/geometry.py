"""Original, rotation by quarter turns, and cutout."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor
from torch.nn import functional

from engine.augment.operator import Drawn, Operator, uniform
from engine.settings import setting


@dataclass(frozen=True)
class Original(Operator):
    """The picture as it is."""

    name: ClassVar[str] = "original"
    letter: ClassVar[str] = "a"
    title: ClassVar[str] = "Original"
    what: ClassVar[str] = (
        "Nothing is changed: two views would be the same picture, and there would be nothing to learn."
    )

    def sample(self, shape: tuple[int, ...], generator: torch.Generator) -> Drawn:  # noqa: ARG002 - nothing to draw
        """Nothing."""
        return {}

    def apply(self, images: Tensor, drawn: Drawn) -> Tensor:  # noqa: ARG002 - nothing was drawn
        """The very same tensor."""
        return images

    def change_pictures(self, images: Tensor, drawn: Drawn) -> Tensor:  # noqa: ARG002 - nothing was drawn
        """The very same tensor."""
        return images


@dataclass(frozen=True)
class Rotate(Operator):
    """A quarter, half or three-quarter turn, counterclockwise. Tested against torchvision's `rotate`."""

    name: ClassVar[str] = "rotate"
    letter: ClassVar[str] = "f"
    title: ClassVar[str] = "Rotate {90°, 180°, 270°}"
    what: ClassVar[str] = "Up is no longer up. Most pictures in the world have an up, so this asks for much."

    def sample(self, shape: tuple[int, ...], generator: torch.Generator) -> Drawn:
        """`quarters` (B,): 1, 2 or 3 quarter turns, each as likely."""
        return {"quarters": torch.randint(1, 4, shape[:1], generator=generator, device=generator.device)}

    def change_pictures(self, images: Tensor, drawn: Drawn) -> Tensor:
        """See `rotate`."""
        return rotate(images, drawn["quarters"])


def rotate(images: Tensor, quarters: Tensor) -> Tensor:
    """Turn each picture (B, C, H, W) by its own number of quarters (B,), 0 to 3, counterclockwise.

    A picture that is not square is resized to its old height and width after a quarter turn, so that nothing
    is cut off and the batch keeps one shape.
    """
    size = tuple(images.shape[-2:])
    which = quarters.view(-1, 1, 1, 1)
    result = images
    for count in (1, 2, 3):
        turned = torch.rot90(images, count, (-2, -1))
        if turned.shape[-2:] != size:
            turned = functional.interpolate(turned, size=size, mode="bilinear", antialias=True)
        result = torch.where(which == count, turned, result)
    return result


@dataclass(frozen=True)
class Cutout(Operator):
    """A grey square over a random place (DeVries and Taylor 2017, https://arxiv.org/abs/1708.04552).

    Its centre is anywhere in the picture, so the square may hang over the edge. Tested against torchvision's
    `erase`.
    """

    name: ClassVar[str] = "cutout"
    letter: ClassVar[str] = "g"
    title: ClassVar[str] = "Cutout"
    what: ClassVar[str] = "A part is missing: what is left must be enough to know the picture by."

    side: float = setting(
        0.5,
        low=0.05,
        high=1.0,
        title="Side",
        unit="of the shorter side",
        why="16 of 32: the paper on CIFAR-10",
    )
    fill: float = setting(
        0.5, low=0.0, high=1.0, title="Brightness of the square", why="the paper fills with the mean colour"
    )

    def sample(self, shape: tuple[int, ...], generator: torch.Generator) -> Drawn:
        """`top`, `left`, `height`, `width`, int64 (B,): the square, cut off at the edge of the picture."""
        side = max(1, round(self.side * min(shape[-2:])))
        found = {}
        for start, length, size in (("top", "height", shape[-2]), ("left", "width", shape[-1])):
            centre = uniform(shape[0], 0, size, generator).long().clamp_max_(size - 1)
            first = (centre - side // 2).clamp_min(0)
            found[start] = first
            found[length] = (centre - side // 2 + side).clamp_max(size) - first
        return found

    def change_pictures(self, images: Tensor, drawn: Drawn) -> Tensor:
        """See `erase`."""
        return erase(images, drawn, self.fill)


def erase(images: Tensor, boxes: Drawn, fill: float) -> Tensor:
    """Paint each picture's box with one brightness: (B, C, H, W) -> (B, C, H, W)."""
    rows = _within(boxes["top"], boxes["height"], images.shape[-2])  # (B, H)
    columns = _within(boxes["left"], boxes["width"], images.shape[-1])  # (B, W)
    return images.masked_fill((rows[:, :, None] & columns[:, None, :]).unsqueeze(1), fill)


def _within(start: Tensor, length: Tensor, size: int) -> Tensor:
    place = torch.arange(size, device=start.device)
    return (place >= start[:, None]) & (place < (start + length)[:, None])


@dataclass(frozen=True)
class Flip(Operator):
    """Left and right exchanged; not one of the figure's ten by itself. Tested against torchvision's `hflip`."""

    name: ClassVar[str] = "flip"
    letter: ClassVar[str] = ""
    title: ClassVar[str] = "Flip"
    what: ClassVar[str] = "Seen in a mirror: left and right stop to matter."

    probability: float = setting(0.5, low=0.0, high=1.0, title="Probability", why="SimCLR, appendix A")

    def sample(self, shape: tuple[int, ...], generator: torch.Generator) -> Drawn:  # noqa: ARG002 - nothing to draw
        """Nothing but `applied`."""
        return {}

    def change_pictures(self, images: Tensor, drawn: Drawn) -> Tensor:  # noqa: ARG002 - nothing was drawn
        """Mirrored."""
        return images.flip(-1)
