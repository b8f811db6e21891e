"""The real `nn.Module` of a stack, the one the analysis is tested against."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from engine.parameters.analysis import analyse
from engine.parameters.layers import (
    Activation,
    BatchNorm,
    Conv,
    Dense,
    DepthwiseConv,
    Dropout,
    Flatten,
    GlobalPool,
    Layer,
    Pool,
    Residual,
    TransposedConv,
)
from engine.parameters.stack import Stack
from engine.settings import SettingError

MAX_PARAMETERS = 500_000_000


class StackNetwork(nn.Module):
    """Runs layers in order; a residual layer adds the kept output of an earlier one (0: the input)."""

    def __init__(self, layers: list[nn.Module], sources: dict[int, int]) -> None:
        super().__init__()
        self.layers = nn.ModuleList(layers)
        self.sources = sources  # number of a residual layer -> number of the layer it adds

    def forward(self, x: Tensor) -> Tensor:
        wanted = set(self.sources.values())
        kept = {0: x} if 0 in wanted else {}
        for number, layer in enumerate(self.layers, 1):
            x = layer(x) + kept[self.sources[number]] if number in self.sources else layer(x)
            if number in wanted:
                kept[number] = x
        return x


def build(stack: Stack, device: torch.device | str | None = None) -> nn.Module:
    """The network of `stack`: (B, C, H, W) -> (B, ...). `device` "meta" builds it without memory.

    Raises:
        SettingError: a layer is impossible, or the weights would not fit in memory.
    """
    analysis = analyse(stack)
    if analysis.problem is not None:
        raise SettingError(f"{analysis.problem.name}: {analysis.problem.reason}")
    if analysis.parameters > MAX_PARAMETERS and str(device) != "meta":
        raise SettingError(
            f"This network has {analysis.parameters:,} parameters and would not fit in memory: "
            f"the limit is {MAX_PARAMETERS:,}. Counting it needs no building."
        )
    modules = [_module(row.layer, row.input_shape, device) for row in analysis.rows]
    sources = {row.index: row.layer.source for row in analysis.rows if isinstance(row.layer, Residual)}
    return StackNetwork(modules, sources) if sources else nn.Sequential(*modules)


def _module(layer: Layer, shape: tuple[int, ...], device: torch.device | str | None) -> nn.Module:
    size = shape[0]
    match layer:
        case Conv(filters, kernel, stride, padding, dilation, groups, bias):
            return nn.Conv2d(size, filters, kernel, stride, padding, dilation, groups, bias, device=device)
        case DepthwiseConv(kernel, stride, padding, multiplier, bias):
            return nn.Conv2d(
                size, size * multiplier, kernel, stride, padding, groups=size, bias=bias, device=device
            )
        case TransposedConv(filters, kernel, stride, padding, output_padding, bias):
            return nn.ConvTranspose2d(
                size, filters, kernel, stride, padding, output_padding, bias=bias, device=device
            )
        case BatchNorm():
            return (nn.BatchNorm2d if len(shape) == 3 else nn.BatchNorm1d)(size, device=device)
        case Dense(units, bias):
            return nn.Linear(size, units, bias, device=device)
    return _plain_module(layer)


def _plain_module(layer: Layer) -> nn.Module:
    """Layers without weights."""
    match layer:
        case Pool(mode, window, _, padding):
            return (nn.MaxPool2d if mode == "max" else nn.AvgPool2d)(window, layer.step, padding)
        case Dropout(rate):
            return nn.Dropout(rate)
        case Flatten():
            return nn.Flatten()
        case GlobalPool(mode):
            pool = nn.AdaptiveAvgPool2d(1) if mode == "average" else nn.AdaptiveMaxPool2d(1)
            return nn.Sequential(pool, nn.Flatten())
        case Activation(function):
            return nn.Softmax(dim=1) if function == "softmax" else _ACTIVATIONS[function]()
    return nn.Identity()  # a residual add: `StackNetwork` adds the kept output


_ACTIVATIONS: dict[str, type[nn.Module]] = {
    "relu": nn.ReLU,
    "leaky_relu": nn.LeakyReLU,
    "sigmoid": nn.Sigmoid,
    "tanh": nn.Tanh,
    "gelu": nn.GELU,
    "silu": nn.SiLU,
    "elu": nn.ELU,
}
