"""The generator backwards, as in DCGAN: pictures to numbers by convolutions that halve the side, then a dense layer.

With as many numbers as a code it is the encoder of an autoencoder; with one it is the discriminator of a GAN.
"""

from __future__ import annotations

from torch import nn

from engine.models.generator import MOST_WIDER, Shape, start
from engine.models.parts import activation


def mirror(shape: Shape, outputs: int, *, width: int = 32, function: str = "leaky_relu") -> nn.Sequential:
    """(B, C, H, W) pictures in [0, 1] to (B, outputs).

    As many halvings as a generator for this `shape` has doublings, with the channels of its maps in reverse.
    """
    channels, height, breadth = shape
    rows, columns, doublings = start(height, breadth)
    layers: list[nn.Module] = []
    inputs = channels
    for index in range(doublings):
        wider = width * min(2**index, MOST_WIDER)
        layers += [nn.Conv2d(inputs, wider, 3, stride=2, padding=1), activation(function)]
        inputs = wider
    return nn.Sequential(*layers, nn.Flatten(), nn.Linear(inputs * rows * columns, outputs))
