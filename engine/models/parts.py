"""What the networks are put together from."""

from __future__ import annotations

import torch
from torch import Tensor, nn

ACTIVATIONS = ("relu", "leaky_relu", "gelu", "silu", "tanh", "sigmoid", "none")
MONOTONE = ("relu", "leaky_relu", "tanh", "sigmoid", "none")
LEAK = 0.2  # of leaky ReLU: Keras' 0.3 and Foster's 0.2 learn alike here; 0.01 (PyTorch) is nearly a ReLU


def activation(name: str) -> nn.Module:
    """The activation called `name`, one of `ACTIVATIONS`."""
    modules: dict[str, nn.Module] = {
        "relu": nn.ReLU(),
        "leaky_relu": nn.LeakyReLU(LEAK),
        "gelu": nn.GELU(),
        "silu": nn.SiLU(),
        "tanh": nn.Tanh(),
        "sigmoid": nn.Sigmoid(),
        "none": nn.Identity(),
    }
    return modules[name]


class Flatten(nn.Flatten):
    """(B, C, H, W) to (B, H * W * C), the channels of a place side by side, as in Keras.

    In channels-last memory that is no work, forward and backward; PyTorch's own order costs a copy of both there.
    """

    def forward(self, images: Tensor) -> Tensor:
        """One row per picture."""
        return images.permute(0, 2, 3, 1).flatten(1)


class Dropout(nn.Module):
    """Sets each value to zero with probability `share` while training, and scales the rest by 1 / (1 - share).

    As `torch.nn.Dropout`, but with random numbers of its own: set `generator` (`engine.models.randomise` does) and
    the run repeats exactly, whatever else draws random numbers beside it.
    """

    def __init__(self, share: float) -> None:
        super().__init__()
        self.share = share
        self.generator: torch.Generator | None = None

    def forward(self, values: Tensor) -> Tensor:
        """The values, thinned out while training. Same shape."""
        if not self.training or self.share == 0:
            return values
        kept = torch.empty_like(values).bernoulli_(1 - self.share, generator=self.generator)
        return values * kept.div_(1 - self.share)

    def extra_repr(self) -> str:
        """As torch prints it."""
        return f"p={self.share:g}"


def convolution(
    inputs: int,
    outputs: int,
    *,
    kernel: int = 3,
    stride: int = 1,
    function: str = "relu",
    batch_norm: bool = True,
) -> list[nn.Module]:
    """Convolution that keeps the size (before its stride), batch norm or bias, activation."""
    conv = nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, bias=not batch_norm)
    norm = [nn.BatchNorm2d(outputs)] if batch_norm else []
    return [conv, *norm, activation(function)]


def dense(
    inputs: int, outputs: int, *, function: str = "relu", batch_norm: bool = False, dropout: float = 0.0
) -> list[nn.Module]:
    """Dense layer, batch norm, activation, dropout."""
    linear = nn.Linear(inputs, outputs, bias=not batch_norm)
    norm = [nn.BatchNorm1d(outputs)] if batch_norm else []
    return [linear, *norm, activation(function), *([Dropout(dropout)] if dropout else [])]
