"""A small stack of convolutional layers whose every map can be looked at: untrained, but really computed.

A layer's weights are drawn from a seed (He et al. 2015: standard deviation sqrt(2 / fan_in)) or, for the
first layer, taken from a hand-made filter bank (see `filter_bank`). Drawing is per layer, and always for the
most filters a layer may have: one filter more leaves the others as they are.
Images (B, C, H, W), maps (B, F, h, w). Tested against torch.nn.Conv2d and the lecture's numbers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import prod, sqrt
from types import MappingProxyType
from typing import Literal, NamedTuple

import torch
from torch import Tensor
from torch.nn import functional

from engine.convolution import ACTIVATIONS, activate, convolve, pad
from engine.filter_bank import MOST_FILTERS, filter_bank
from engine.geometry import PADDING_MODES, Axis, GeometryError, Padding, axes, known

MOST_LAYERS = 4
MOST_KERNEL = 7
TIMES = "\N{MULTIPLICATION SIGN}"


class LayerError(ValueError):
    """A stack that cannot be built; the message names the layer and the allowed range."""


@dataclass(frozen=True)
class ConvLayer:
    """One convolutional layer. Raises LayerError for more filters or a larger kernel than a page can show."""

    filters: int = 4
    kernel: int = 3
    stride: int = 1
    padding: Padding = "same"
    padding_mode: str = "zeros"
    dilation: int = 1
    activation: str = "relu"
    source: Literal["random", "bank"] = "random"
    bias: float = 0.0  # the same for every filter; small and positive keeps ReLU units awake at first

    def __post_init__(self) -> None:
        for name, most in (("filters", MOST_FILTERS), ("kernel", MOST_KERNEL)):
            if not 1 <= getattr(self, name) <= most:
                raise LayerError(f"A layer's {name} is between 1 and {most}, not {getattr(self, name)}.")
        if self.source == "bank" and self.kernel < 3:
            raise LayerError("The hand-made filters need a kernel of 3 or more: take random ones instead.")
        known(self.source, ("random", "bank"), "source of weights")
        known(self.activation, ACTIVATIONS, "activation")
        known(self.padding_mode, PADDING_MODES, "padding mode")

    def axes(self, height: int, width: int) -> tuple[Axis, Axis]:
        """Where its window lands, (rows, columns). Raises GeometryError where it does not fit."""
        return axes(
            (height, width),
            (self.kernel, self.kernel),
            stride=self.stride,
            padding=self.padding,
            padding_mode=self.padding_mode,
            dilation=self.dilation,
        )


class Maps(NamedTuple):
    """What a layer computed, both (B, F, h, w): before and after its activation."""

    before: Tensor
    after: Tensor


@dataclass(frozen=True)
class LayerShape:
    """Size of a layer's output and how many numbers it learns."""

    channels: int
    height: int
    width: int
    weights: int
    biases: int
    formula: str  # the weights with their factors: k, k, input channels, filters


@dataclass(frozen=True)
class Preset:
    """A stack worth looking at."""

    title: str
    what: str  # one or two sentences for students
    layers: tuple[ConvLayer, ...]


PRESETS: Mapping[str, Preset] = MappingProxyType(
    {
        "lecture_240": Preset(
            f"Five 4{TIMES}4{TIMES}3 filters",
            f'The lecture\'s layer: five filters of 4{TIMES}4{TIMES}3 with padding "same", 240 weights.',
            (ConvLayer(5, 4),),
        ),
        # The lecture fixes the six channels between the layers and the stride of 2; the rest is ours.
        "lecture_two_layers": Preset(
            "Two layers",
            "The lecture's stack: six filters, then a layer with six input channels and a stride of 2 that"
            " halves the picture.",
            (ConvLayer(6, 4), ConvLayer(8, 4, stride=2)),
        ),
        "deep4": Preset(
            "Four layers",
            "Edges and colours first, then three layers of random filters on top: watch the receptive field"
            " grow and the maps shrink.",
            (
                ConvLayer(8, 5, source="bank"),
                ConvLayer(8, 3, stride=2),
                ConvLayer(12, 3),
                ConvLayer(16, 3, stride=2),
            ),
        ),
    }
)


def weights(layer_index: int, in_channels: int, layer: ConvLayer, seed: int = 0) -> tuple[Tensor, Tensor]:
    """Weight (F, C, k, k) and bias (F,) of the layer at `layer_index` (0 = first) of a stack with this seed.

    Raises LayerError for a filter bank behind the first layer.
    """
    bias = torch.full((layer.filters,), layer.bias)
    if layer.source == "bank":
        if layer_index > 0:
            raise LayerError("The hand-made filters read a picture: only the first layer can use them.")
        return filter_bank(in_channels, layer.kernel)[: layer.filters], bias
    generator = torch.Generator().manual_seed(seed * MOST_LAYERS + layer_index)
    shape = (MOST_FILTERS, in_channels, layer.kernel, layer.kernel)
    drawn = torch.randn(shape, generator=generator)[: layer.filters]
    return drawn * sqrt(2 / prod(shape[1:])), bias


def forward(images: Tensor, layers: Sequence[ConvLayer], seed: int = 0) -> list[Maps]:
    """Every layer's maps for images (B, C, H, W), first layer first.

    Raises LayerError for no or more than four layers, GeometryError, naming the layer, where a window does
    not fit its map any more.
    """
    channels, height, width = images.shape[-3:]
    shapes((channels, height, width), layers)
    computed: list[Maps] = []
    current = images
    for number, layer in enumerate(layers):
        weight, bias = (values.to(images) for values in weights(number, current.shape[1], layer, seed))
        before = convolve(
            current,
            weight,
            bias,
            stride=layer.stride,
            padding=layer.padding,
            padding_mode=layer.padding_mode,
            dilation=layer.dilation,
        )
        computed.append(Maps(before, activate(before, layer.activation)))
        current = computed[-1].after
    return computed


def shapes(image_shape: tuple[int, int, int], layers: Sequence[ConvLayer]) -> list[LayerShape]:
    """Sizes and counts of every layer for a picture of (channels, height, width), without computing it.

    Raises as `forward`.
    """
    if not 1 <= len(layers) <= MOST_LAYERS:
        raise LayerError(f"A stack has 1 to {MOST_LAYERS} layers, not {len(layers)}.")
    channels, height, width = image_shape
    found: list[LayerShape] = []
    for number, layer in enumerate(layers, start=1):
        try:
            rows, columns = layer.axes(height, width)
        except GeometryError as error:
            raise GeometryError(f"Layer {number}: {error}") from error
        factors = (layer.kernel, layer.kernel, channels, layer.filters)
        formula = f"{f' {TIMES} '.join(map(str, factors))} = {prod(factors)}"
        height, width, channels = rows.output, columns.output, layer.filters
        found.append(LayerShape(channels, height, width, prod(factors), layer.filters, formula))
    return found


def contributions(inputs: Tensor, weight: Tensor, unit: int, layer: ConvLayer) -> Tensor:
    """What each input channel adds to the map of filter `unit`: (1, C, H, W), (F, C, k, k) -> (C, h, w).

    Their sum plus the filter's bias is the map before the activation. Raises GeometryError where there is no
    such filter or the shapes do not fit.
    """
    if inputs.ndim != 4 or inputs.shape[0] != 1 or inputs.shape[1] != weight.shape[1]:
        raise GeometryError(
            f"Expected one picture with {weight.shape[1]} channels, (1, {weight.shape[1]}, H, W);"
            f" got {tuple(inputs.shape)}."
        )
    if not 0 <= unit < weight.shape[0]:
        raise GeometryError(f"There is no filter {unit}: they run from 0 to {weight.shape[0] - 1}.")
    rows, columns = layer.axes(*inputs.shape[-2:])
    parts = functional.conv2d(
        pad(inputs, rows, columns, layer.padding_mode),
        weight[unit].unsqueeze(1),  # (C, 1, k, k)
        stride=layer.stride,
        dilation=layer.dilation,
        groups=inputs.shape[1],
    )
    return parts[0]
