"""Colour distortion: brightness, contrast, saturation and hue in random order (jitter), and colour dropped.

SimCLR (Chen et al. 2020, appendix A): with strength s, factors from U[max(0, 1 - 0.8 s), 1 + 0.8 s] for the first
three and U[-0.2 s, 0.2 s] turns of hue, in a random order, with probability 0.8; then grey with probability 0.2.
This is the paper's PyTorch code and torchvision's ColorJitter, where brightness multiplies; its TensorFlow code
adds to the brightness instead.

Each picture has its own order. Hue is the costly one of the four, so it is computed once for all pictures: first
come the steps that a picture has before its hue, then the hue of all, then the steps that remain. A picture that
has fewer steps than there is room for gets factor 1 there, which changes nothing.
Tested picture by picture against torchvision's functions in the drawn order.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor

from engine.augment.colours import adjust_hue, blend_, to_grey
from engine.augment.operator import Drawn, Operator, uniform
from engine.settings import setting

STEPS = ("brightness", "contrast", "saturation", "hue")  # what the numbers in `order` mean
CONTRAST, SATURATION, HUE = 1, 2, 3


@dataclass(frozen=True)
class Jitter(Operator):
    """Colour distortion (jitter)."""

    name: ClassVar[str] = "jitter"
    letter: ClassVar[str] = "e"
    title: ClassVar[str] = "Color distort. (jitter)"
    what: ClassVar[str] = (
        "Without it two crops of one picture can be matched by their colours alone, and the network learns"
        " nothing else."
    )

    strength: float = setting(
        0.5, low=0.0, high=2.0, title="Strength s", why="SimCLR B.9 for CIFAR-10; 1 for ImageNet", live=True
    )
    brightness: float = setting(
        0.8, low=0.0, high=1.0, title="Brightness", unit="times s", why="SimCLR, appendix A"
    )
    contrast: float = setting(
        0.8, low=0.0, high=1.0, title="Contrast", unit="times s", why="SimCLR, appendix A"
    )
    saturation: float = setting(
        0.8, low=0.0, high=1.0, title="Saturation", unit="times s", why="SimCLR, appendix A"
    )
    hue: float = setting(
        0.2, low=0.0, high=0.25, title="Hue", unit="turns, times s", why="SimCLR, appendix A"
    )
    probability: float = setting(0.8, low=0.0, high=1.0, title="Probability", why="SimCLR, appendix A")

    def sample(self, shape: tuple[int, ...], generator: torch.Generator) -> Drawn:
        """`brightness`, `contrast`, `saturation` (factors), `hue` (turns), (B,), and `order` (B, 4) into STEPS."""
        batch = shape[0]
        factors = {}
        for name in STEPS[:HUE]:
            reach = self.strength * getattr(self, name)
            factors[name] = uniform(batch, max(0.0, 1 - reach), 1 + reach, generator)
        reach = self.strength * self.hue
        turns = uniform(batch, -reach, reach, generator)
        order = torch.rand(batch, len(STEPS), generator=generator, device=generator.device).argsort(1)
        return {**factors, "hue": turns, "order": order}

    def change_pictures(self, images: Tensor, drawn: Drawn) -> Tensor:
        """The four steps in each picture's own order, clipped after each."""
        return distort(images, drawn)


def distort(images: Tensor, drawn: Drawn) -> Tensor:
    """Apply jitter as drawn to every picture (B, C, H, W), in exact HSV, clipped to [0, 1] after each step."""
    order = drawn["order"]
    place = (order == HUE).byte().argmax(1, keepdim=True)  # where each picture's hue comes, (B, 1)
    factors = torch.stack([drawn[name] for name in STEPS[:HUE]], 1).to(images.dtype)  # (B, 3)
    result = images.clone()
    for slot in range(HUE):
        _blend_step_(result, factors, order[:, slot], slot < place[:, 0])
    result = adjust_hue(result, drawn["hue"].to(images.dtype))
    for slot in range(1, HUE + 1):
        _blend_step_(result, factors, order[:, slot], slot > place[:, 0])
    return result


def _blend_step_(images: Tensor, factors: Tensor, step: Tensor, due: Tensor) -> None:
    """In place, one of brightness, contrast and saturation for each picture, or nothing where it is not due."""
    chosen = factors.gather(1, step.clamp_max(HUE - 1).unsqueeze(1)).squeeze(1)  # (B,)
    if images.shape[1] == 1:
        due = due & (step != SATURATION)
    factor = torch.where(due, chosen, 1.0)
    contrast = (step == CONTRAST).to(images.dtype)
    saturation = (step == SATURATION).to(images.dtype)
    blend_(images, factor, contrast, saturation)


@dataclass(frozen=True)
class Drop(Operator):
    """Colour distortion (drop): the picture in grey."""

    name: ClassVar[str] = "drop"
    letter: ClassVar[str] = "d"
    title: ClassVar[str] = "Color distort. (drop)"
    what: ClassVar[str] = "Colour is gone: only shapes, textures and brightness can tell the pictures apart."

    probability: float = setting(0.2, low=0.0, high=1.0, title="Probability", why="SimCLR, appendix A")

    def sample(self, shape: tuple[int, ...], generator: torch.Generator) -> Drawn:  # noqa: ARG002 - nothing to draw
        """Nothing but `applied`."""
        return {}

    def change_pictures(self, images: Tensor, drawn: Drawn) -> Tensor:  # noqa: ARG002 - nothing was drawn
        """Grey, in as many channels as before."""
        return to_grey(images)
