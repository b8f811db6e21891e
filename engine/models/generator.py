"""Generators: codes z to pictures, as in DCGAN (Radford et al. 2015): a dense layer, then the side doubles to the end.

The side starts at 4 to 7 values, whichever reaches the wanted size: 7 doubles to 14 and 28, 4 to 8, 16, 32 and 64.
What is larger than the picture is cut off all around (25 from 28). There is no normalisation over the batch: a
picture comes from its own code alone, also while the codes learn. Measured on MNIST it costs nothing (the same error
after the same time), once the last bias starts at the data's brightness; see `set_brightness`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from engine.models.doubling import KINDS, doubling
from engine.models.parts import activation
from engine.settings import SettingsBase, setting

Shape = tuple[int, int, int]
LARGEST_START = 7
MOST_WIDER = 8  # times `width`: further away from the picture maps do not get thicker


@dataclass(frozen=True)
class Generator(SettingsBase):
    """How large, and of which parts."""

    latent: int = setting(32, low=1, high=1024, title="Code length", why="the paper's for MNIST")
    width: int = setting(
        32,
        low=4,
        high=512,
        title="Generator width",
        why="channels before the last doubling; doubled towards the code",
    )
    upsampling: str = setting("nearest", words=KINDS, why="no checkerboard")
    activation: str = setting("leaky_relu", words=("relu", "leaky_relu", "tanh"))


class Brightness(nn.Module):
    """Sigmoid in full precision: bfloat16 near 1 has steps as coarse as a byte."""

    def forward(self, images: Tensor) -> Tensor:
        """Any numbers to (0, 1), float32."""
        return images.float().sigmoid()


class Crop(nn.Module):
    """The middle of each picture: (B, C, h, w) to (B, C, height, width)."""

    def __init__(self, height: int, width: int) -> None:
        super().__init__()
        self.height, self.width = height, width

    def forward(self, images: Tensor) -> Tensor:
        """Cut off all around; one more below and right where the rest is odd."""
        top, left = (images.shape[2] - self.height) // 2, (images.shape[3] - self.width) // 2
        return images[:, :, top : top + self.height, left : left + self.width]

    def extra_repr(self) -> str:
        """As torch prints it."""
        return f"{self.height}, {self.width}"


def start(height: int, width: int) -> tuple[int, int, int]:
    """Rows and columns of the first map, and how often they double (at least once) to reach this size."""
    doublings = 1
    while -(-max(height, width) // 2**doublings) > LARGEST_START:
        doublings += 1
    return -(-height // 2**doublings), -(-width // 2**doublings), doublings


def generator(settings: Generator, shape: Shape) -> nn.Sequential:
    """(B, latent) codes to (B, C, H, W) pictures in (0, 1), for a `shape` of (C, H, W)."""
    channels, height, width = shape
    rows, columns, doublings = start(height, width)
    widths = [settings.width * min(2**index, MOST_WIDER) for index in reversed(range(doublings))]
    layers: list[nn.Module] = [
        nn.Linear(settings.latent, widths[0] * rows * columns),
        nn.Unflatten(1, (widths[0], rows, columns)),
    ]
    for inputs, outputs in zip(widths, [*widths[1:], channels], strict=True):
        layers += [activation(settings.activation), doubling(settings.upsampling, inputs, outputs)]
    return nn.Sequential(*layers, Brightness(), Crop(height, width))


@torch.no_grad()
def set_brightness(network: nn.Sequential, images: Tensor) -> None:
    """Start the last bias where the picture without any features is the mean brightness of `images` (N, C, H, W).

    Without this a generator for mostly black digits spends its first epoch learning black, and may never leave it.
    """
    mean = images.float().mean(dim=(0, 2, 3)).clamp(0.01, 0.99)  # (C,)
    last = network[-3]
    if not isinstance(last, nn.Conv2d | nn.ConvTranspose2d) or last.bias is None:
        raise TypeError("The network is no generator of `engine.models.generator`.")
    last.bias.copy_(torch.log(mean / (1 - mean)))


def multiply_adds(settings: Generator, shape: Shape) -> int:
    """Of one picture: dense layer, then 4 products per output value, input channel and output channel."""
    channels, height, width = shape
    rows, columns, doublings = start(height, width)
    widths = [settings.width * min(2**index, MOST_WIDER) for index in reversed(range(doublings))]
    total = settings.latent * widths[0] * rows * columns
    for index, (inputs, outputs) in enumerate(zip(widths, [*widths[1:], channels], strict=True)):
        total += 4 * rows * columns * 4 ** (index + 1) * inputs * outputs
    return total


def parameters(settings: Generator, shape: Shape) -> int:
    """How many weights and biases the generator has."""
    with torch.device("meta"):
        network = generator(settings, shape)
    return sum(math.prod(weight.shape) for weight in network.parameters())
