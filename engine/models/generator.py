"""Generators: codes z to pictures, by transposed convolutions or by enlarging and convolving."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise

from torch import nn

from engine.models.parts import activation, convolution
from engine.settings import SettingError, SettingsBase, setting

LEAST = 4  # side of the map the code becomes, as in DCGAN


@dataclass(frozen=True)
class Generator(SettingsBase):
    """The DCGAN generator (Radford et al. 2015), lecture-sized: a dense layer, then the size doubles to the end."""

    latent: int = setting(32, low=1, high=1024, title="Code length")
    width: int = setting(32, low=4, high=512, why="channels of the last map; doubled towards the code")
    size: int = setting(32, low=8, high=128, unit="px", why="4 times a power of two")
    upsampling: str = setting(
        "transposed",
        words=("transposed", "nearest", "bilinear"),
        why="DCGAN's; the others show no checkerboard",
    )
    activation: str = setting("relu", words=("relu", "leaky_relu", "gelu", "silu"))
    batch_norm: bool = setting(True, title="Batch norm")

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.size % LEAST or (self.size // LEAST) & (self.size // LEAST - 1):
            raise SettingError(f"size must be 8, 16, 32, 64 or 128, not {self.size}.")


def generator(settings: Generator, channels: int) -> nn.Sequential:
    """(B, latent) codes to (B, channels, size, size) pictures in [0, 1]."""
    doublings = int(math.log2(settings.size // LEAST))
    widths = [settings.width * 2 ** min(doublings - index, 3) for index in range(doublings + 1)]
    layers: list[nn.Module] = [
        nn.Linear(settings.latent, widths[0] * LEAST * LEAST, bias=not settings.batch_norm),
        nn.Unflatten(1, (widths[0], LEAST, LEAST)),
        *([nn.BatchNorm2d(widths[0])] if settings.batch_norm else []),
        activation(settings.activation),
    ]
    for inputs, outputs in pairwise(widths):
        layers += _doubled(inputs, outputs, settings)
    return nn.Sequential(*layers, nn.Conv2d(widths[-1], channels, 3, padding=1), nn.Sigmoid())


def _doubled(inputs: int, outputs: int, settings: Generator) -> list[nn.Module]:
    """(B, inputs, S, S) to (B, outputs, 2 S, 2 S)."""
    function, batch_norm = settings.activation, settings.batch_norm
    if settings.upsampling == "transposed":
        # Kernel 4 with stride 2: every output value sees the same number of inputs.
        conv = nn.ConvTranspose2d(inputs, outputs, 4, 2, 1, bias=not batch_norm)
        norm = [nn.BatchNorm2d(outputs)] if batch_norm else []
        return [conv, *norm, activation(function)]
    corners = None if settings.upsampling == "nearest" else False
    larger = nn.Upsample(scale_factor=2, mode=settings.upsampling, align_corners=corners)
    return [larger, *convolution(inputs, outputs, function=function, batch_norm=batch_norm)]
