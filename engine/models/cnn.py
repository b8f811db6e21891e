"""The convolutional network: convolutions, some with stride 2, then a dense layer."""

from __future__ import annotations

from dataclasses import dataclass

from torch import nn

from engine.geometry import output_size
from engine.models.parts import ACTIVATIONS, Flatten, convolution, dense
from engine.settings import SettingError, SettingsBase, setting


@dataclass(frozen=True)
class CNN(SettingsBase):
    """The lecture's network: four convolutions with batch norm and leaky ReLU, a dense layer with dropout.

    592,554 parameters as Foster counts them, batch norm's running averages included (ch. 2); ours has no biases
    before a batch norm, which would cancel them.
    """

    channels: tuple[int, ...] = setting((32, 32, 64, 64), low=1, high=1024, why="Foster's")
    strides: tuple[int, ...] = setting((1, 2, 1, 2), low=1, high=4, why="Foster's: stride instead of pooling")
    kernel: int = setting(3, low=1, high=7)
    hidden: int = setting(128, low=0, high=4096, title="Dense layer", why="Foster's; 0 leaves it out")
    activation: str = setting("leaky_relu", words=ACTIVATIONS)
    batch_norm: bool = setting(True, title="Batch norm")
    dropout: float = setting(0.5, low=0, high=0.9, why="Foster's; it acts on the dense layer")

    def __post_init__(self) -> None:
        super().__post_init__()
        if len(self.strides) != len(self.channels) or not self.channels:
            raise SettingError(
                f"strides must have one number per convolution: {len(self.channels)}, not {len(self.strides)}."
            )


def cnn(settings: CNN, shape: tuple[int, int, int], classes: int) -> nn.Sequential:
    """(B, C, H, W) pictures of `shape` (C, H, W) to (B, classes) logits."""
    inputs, height, width = shape
    layers: list[nn.Module] = []
    for channels, stride in zip(settings.channels, settings.strides, strict=True):
        layers += convolution(
            inputs,
            channels,
            kernel=settings.kernel,
            stride=stride,
            function=settings.activation,
            batch_norm=settings.batch_norm,
        )
        inputs, padding = channels, settings.kernel // 2
        height = output_size(height, settings.kernel, stride=stride, padding=padding)
        width = output_size(width, settings.kernel, stride=stride, padding=padding)
    layers.append(Flatten())
    values = inputs * height * width
    if settings.hidden:
        layers += dense(
            values,
            settings.hidden,
            function=settings.activation,
            batch_norm=settings.batch_norm,
            dropout=settings.dropout,
        )
        values = settings.hidden
    return nn.Sequential(*layers, nn.Linear(values, classes))
