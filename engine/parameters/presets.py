"""Stacks to start from, among them the lecture's examples.

`lecture_15120` is the slide "Calculating Learnable Parameters" (490 + 1,820 + 0 + 12,810 = 15,120). The
slide names no input, only that flatten gives 1,280 values = 8 x 8 x 20; `input_sides` finds the pictures
that do this, and the preset takes the 32 x 32 of CIFAR-10, halved by each convolution. `lecture_plain` and
`lecture_cnn` are the CIFAR-10 networks of Foster, Generative Deep Learning, chapter 2. LeNet-5 is the usual
modern reading of LeCun et al. 1998, AlexNet the single column of Krizhevsky 2014 as torchvision has it (tested
layer by layer against it), the small ResNet follows He et al. 2016 with a plain strided convolution between
its stages.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from engine.parameters.analysis import analyse
from engine.parameters.layers import (
    Activation,
    BatchNorm,
    Conv,
    Dense,
    Dropout,
    Flatten,
    GlobalPool,
    Layer,
    Pool,
    Residual,
)
from engine.parameters.stack import Stack


@dataclass(frozen=True)
class Preset:
    """A named stack with one sentence about it."""

    title: str
    note: str
    stack: Stack


def input_sides(stack: Stack, values: int, limit: int = 256) -> tuple[int, ...]:
    """Sides of square pictures for which the first flatten of `stack` gives `values` values."""
    sides = []
    for side in range(1, limit + 1):
        rows = analyse(replace(stack, input=(stack.input[0], side, side))).rows
        flat = next((row for row in rows if isinstance(row.layer, Flatten) and row.state == "ok"), None)
        if flat is not None and flat.output_shape == (values,):
            sides.append(side)
    return tuple(sides)


def _activated(*layers: Layer, function: str = "relu") -> tuple[Layer, ...]:
    return tuple(item for layer in layers for item in (layer, Activation(function)))


def _normalised(layer: Layer) -> tuple[Layer, ...]:
    return (layer, BatchNorm(), Activation("leaky_relu"))


def _vgg_stage(filters: int) -> tuple[Layer, ...]:
    conv = Conv(filters, 3, padding=1)
    return (*_activated(conv, conv), Pool("max", 2))


def _alexnet() -> tuple[Layer, ...]:
    relu, pool, drop = Activation(), Pool("max", 3, 2), Dropout(0.5)
    middle = _activated(Conv(384, 3, padding=1), Conv(256, 3, padding=1), Conv(256, 3, padding=1))
    return (
        *(Conv(64, 11, stride=4, padding=2), relu, pool),
        *(Conv(192, 5, padding=2), relu, pool),
        *(*middle, pool, Flatten()),
        *(drop, Dense(4096), relu, drop, Dense(4096), relu, Dense(1000)),
    )


def _small_resnet(stages: tuple[int, ...] = (16, 32, 64), blocks: int = 2) -> tuple[Layer, ...]:
    layers: list[Layer] = []
    for stage, filters in enumerate(stages):
        first = Conv(filters, 3, stride=1 if stage == 0 else 2, padding=1, bias=False)
        layers += [first, BatchNorm(), Activation()]
        conv = Conv(filters, 3, padding=1, bias=False)
        for _ in range(blocks):
            start = len(layers)  # the output of the layer with this number is added again
            layers += [conv, BatchNorm(), Activation(), conv, BatchNorm(), Residual(start), Activation()]
    return (*layers, GlobalPool(), Dense(10))


PRESETS: dict[str, Preset] = {
    "lecture_15120": Preset(
        "The lecture's 15,120",
        "490 + 1,820 + 0 + 12,810 = 15,120: two convolutions, flatten and a dense layer.",
        Stack(
            (3, 32, 32),
            (Conv(10, 4, stride=2, padding=1), Conv(20, 3, stride=2, padding=1), Flatten(), Dense(10)),
        ),
    ),
    "lenet5": Preset(
        "LeNet-5",
        "Reads handwritten digits (1998). Most parameters sit in the first dense layer.",
        Stack(
            (1, 32, 32),
            (
                *_activated(Conv(6, 5), function="tanh"),
                Pool("average", 2),
                *_activated(Conv(16, 5), function="tanh"),
                Pool("average", 2),
                Flatten(),
                *_activated(Dense(120), Dense(84), function="tanh"),
                Dense(10),
            ),
        ),
    ),
    "lecture_plain": Preset(
        "The lecture's plain network",
        "No convolutions: the picture is flattened first. About 51% on CIFAR-10 in the lecture.",
        Stack(
            (3, 32, 32),
            (Flatten(), *_activated(Dense(200), Dense(150)), Dense(10), Activation("softmax")),
        ),
    ),
    "lecture_cnn": Preset(
        "The lecture's CNN",
        "Four convolutions, two of them halving the picture. About 70% on CIFAR-10 in the lecture.",
        Stack(
            (3, 32, 32),
            (
                *_normalised(Conv(32, 3, padding=1)),
                *_normalised(Conv(32, 3, stride=2, padding=1)),
                *_normalised(Conv(64, 3, padding=1)),
                *_normalised(Conv(64, 3, stride=2, padding=1)),
                Flatten(),
                *_normalised(Dense(128)),
                Dropout(0.5),
                Dense(10),
                Activation("softmax"),
            ),
        ),
    ),
    "small_vgg": Preset(
        "A small VGG",
        "3 x 3 convolutions in pairs, twice the filters after every pooling.",
        Stack(
            (3, 32, 32),
            (
                *_vgg_stage(32),
                *_vgg_stage(64),
                *_vgg_stage(128),
                Flatten(),
                *_activated(Dense(256)),
                Dropout(0.5),
                Dense(10),
            ),
        ),
    ),
    "alexnet": Preset(
        "AlexNet",
        "61 million, nine tenths of them in three dense layers; the convolutions do nine tenths of the work.",
        Stack((3, 224, 224), _alexnet()),
    ),
    "small_resnet": Preset(
        "A small ResNet",
        "Every block adds its input again; global pooling leaves the dense layer 650 parameters.",
        Stack((3, 32, 32), _small_resnet()),
    ),
}
