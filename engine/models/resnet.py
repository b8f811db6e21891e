"""A small residual network for small pictures (He et al. 2015, section 4.2), whose skip connections can be cut."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from engine.models.parts import activation, convolution
from engine.settings import SettingsBase, setting


@dataclass(frozen=True)
class ResNet(SettingsBase):
    """Depth is 2 * sum(blocks) + 2. The default, ResNet-8, trains live on two cores; (3, 3, 3) is the paper's 20."""

    widths: tuple[int, ...] = setting((16, 32, 64), low=1, high=512, why="the paper's for CIFAR-10")
    blocks: int = setting(
        1, low=1, high=9, title="Blocks per stage", why="one stays live; the paper's has 3 to 18"
    )
    skip: bool = setting(True, title="Skip connections")
    activation: str = setting("relu", words=("relu", "leaky_relu", "gelu", "silu", "tanh"))
    batch_norm: bool = setting(True, title="Batch norm")


class Block(nn.Module):
    """Two convolutions C(x), and the input added to them: f(x) = C(x) + x."""

    def __init__(self, inputs: int, outputs: int, stride: int, settings: ResNet) -> None:
        super().__init__()
        look = {"batch_norm": settings.batch_norm}
        self.path = nn.Sequential(
            *convolution(inputs, outputs, stride=stride, function=settings.activation, **look),
            *convolution(outputs, outputs, function="none", **look)[:-1],
        )
        self.skip = self._skip(inputs, outputs, stride) if settings.skip else None
        self.activation = activation(settings.activation)

    @staticmethod
    def _skip(inputs: int, outputs: int, stride: int) -> nn.Module:
        """The input itself, or where shapes differ a 1 x 1 convolution of it (the paper's option B)."""
        if inputs == outputs and stride == 1:
            return nn.Identity()
        return nn.Sequential(nn.Conv2d(inputs, outputs, 1, stride, bias=False), nn.BatchNorm2d(outputs))

    def forward(self, images: Tensor) -> Tensor:
        """(B, C, H, W) to (B, C', H / stride, W / stride)."""
        changed = self.path(images)
        if self.skip is not None:
            changed = changed + self.skip(images)
        return torch.as_tensor(self.activation(changed))


def stages(settings: ResNet, inputs: int) -> nn.Sequential:
    """The network without its end: (B, C, H, W) to (B, widths[-1], H', W')."""
    first = settings.widths[0]
    layers: list[nn.Module] = convolution(
        inputs, first, function=settings.activation, batch_norm=settings.batch_norm
    )
    inputs = first
    for stage, width in enumerate(settings.widths):
        for block in range(settings.blocks):
            stride = 2 if stage and not block else 1
            layers.append(Block(inputs, width, stride, settings))
            inputs = width
    return nn.Sequential(*layers)


def resnet(settings: ResNet, shape: tuple[int, int, int], classes: int) -> nn.Sequential:
    """(B, C, H, W) pictures of `shape` (C, H, W) to (B, classes) logits."""
    end = [nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(settings.widths[-1], classes)]
    return nn.Sequential(*stages(settings, shape[0]), *end)
