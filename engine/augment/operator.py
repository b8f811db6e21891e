"""What an augmentation operator is: settings with ranges, a draw of parameters per picture, and their application.

Drawing and applying are two steps, so that whoever wants to can look at what was drawn, keep it, or apply it to
other pictures. What was drawn is a dictionary of tensors whose first axis is the batch; applying it is a pure
function. All chance comes from the `torch.Generator` that is passed in: the numbers are drawn on its device and
moved to the pictures', so one seed gives the same views on every device.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor

from engine.images import ImageError
from engine.settings import SettingError, SettingsBase, setting

Drawn = Mapping[str, Tensor]  # name of a parameter -> (B, ...)
TOGETHER = (
    2**19
)  # values: 170 colour pictures of 32 x 32; larger portions cost twice the time from 96 pixels on


@dataclass(frozen=True)
class Operator(SettingsBase):
    """Base of the operators. A subclass has settings of its own and defines `sample` and `change_pictures`.

    Attributes:
        name: Short name, unique among the operators.
        letter: As in the lecture's figure (Chen et al. 2020, figure 4).
        title: As in the lecture's figure.
        what: One sentence for students.
        probability: Each picture is changed with this probability, by itself.
    """

    name: ClassVar[str]
    letter: ClassVar[str]
    title: ClassVar[str]
    what: ClassVar[str]

    probability: float = setting(
        1.0, low=0.0, high=1.0, title="Probability", why="the figure shows every change"
    )

    def draw(self, shape: tuple[int, ...], generator: torch.Generator) -> Drawn:
        """Parameters for every picture of a batch of `shape` (B, C, H, W), on the generator's device.

        `applied` (B,) bool says which pictures are changed at all; the rest is the operator's own.
        """
        check_shape(shape)
        applied = torch.rand(shape[0], generator=generator, device=generator.device) < self.probability
        return {"applied": applied, **self.sample(shape, generator)}

    def apply(self, images: Tensor, drawn: Drawn) -> Tensor:
        """The pictures (B, C, H, W) changed as drawn; those that are not `applied` come back as they were."""
        here = {name: value.to(images.device, non_blocking=True) for name, value in drawn.items()}
        together = portion(images)
        if len(images) <= together:
            return self._apply(images, here)
        parts = zip(images.split(together), _split(here, together), strict=True)
        return torch.cat([self._apply(part, its) for part, its in parts])

    def _apply(self, images: Tensor, drawn: Drawn) -> Tensor:
        changed = self.change_pictures(images, drawn)
        if self.probability >= 1:
            return changed
        return torch.where(drawn["applied"].view(-1, 1, 1, 1), changed, images)

    def sample(self, shape: tuple[int, ...], generator: torch.Generator) -> Drawn:
        """The operator's own parameters, drawn for every picture."""
        raise NotImplementedError

    def change_pictures(self, images: Tensor, drawn: Drawn) -> Tensor:
        """Every picture changed with its own parameters; `drawn` is on the pictures' device."""
        raise NotImplementedError


def portion(images: Tensor) -> int:
    """How many pictures are changed together: all of them, but on a CPU no more than its cache holds."""
    if images.device.type != "cpu" or not len(images):
        return max(len(images), 1)
    return max(1, TOGETHER // images[0].numel())


def _split(drawn: Drawn, together: int) -> list[Drawn]:
    parts = {name: value.split(together) for name, value in drawn.items()}
    return [dict(zip(parts, each, strict=True)) for each in zip(*parts.values(), strict=True)]


def uniform(count: int, low: float, high: float, generator: torch.Generator) -> Tensor:
    """(count,) numbers, evenly distributed in [low, high)."""
    return torch.rand(count, generator=generator, device=generator.device).mul_(high - low).add_(low)


def check_order(low: float, high: float, names: str) -> None:
    """Raise SettingError unless low <= high; `names` are the two settings' names."""
    if low > high:
        raise SettingError(f"{names} go from the smaller to the larger, not {low:g} to {high:g}.")


def check_shape(shape: tuple[int, ...]) -> None:
    """Raise ImageError unless `shape` is that of a batch of grey or colour pictures with pixels in them."""
    if len(shape) != 4 or shape[1] not in (1, 3) or 0 in shape[-2:]:
        raise ImageError(f"Expected pictures shaped (B, 1 or 3, H, W), got {tuple(shape)}.")


def check(images: Tensor) -> None:
    """Raise ImageError unless `images` are float pictures (B, 1 or 3, H, W)."""
    check_shape(images.shape)
    if not images.is_floating_point():
        raise ImageError(f"Expected float pictures in [0, 1], got {images.dtype}; divide by 255 first.")
