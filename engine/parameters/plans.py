"""Shape, formula, parameters and MACs of one layer for the shape that reaches it, or why it is impossible.

Shapes are per image: (channels, height, width), or (values,) after flatten. MACs count one
multiply-accumulate per weight use in convolutions and dense layers; pooling, normalisation and activations
count none, as in torchvision's published figures. Tested through `analysis` against the really built
`nn.Module`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from math import ceil, prod
from typing import Any

from engine.parameters.formulas import product_equation, shape_text, weights_and_bias
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

MAX_VALUES = 500_000_000


@dataclass(frozen=True)
class Fix:
    """A way out of an impossible layer: what a button says, and the layers to put in its place."""

    text: str
    replacement: tuple[Layer, ...]


class ImpossibleError(ValueError):
    """A layer does not fit the shape that reaches it; `fixes` are the nearest settings that would."""

    def __init__(self, reason: str, *fixes: Fix) -> None:
        super().__init__(reason)
        self.fixes = fixes


def plan(layer: Layer, shapes: list[tuple[int, ...]]) -> dict[str, Any]:
    """Output shape, formulas and counts of `layer` after `shapes` (the input and all earlier outputs)."""
    numbers = (
        _residual(layer, shapes) if isinstance(layer, Residual) else _PLANS[type(layer)](layer, shapes[-1])
    )
    if prod(numbers["output_shape"]) > MAX_VALUES:
        raise ImpossibleError(
            f"The output would be {shape_text(numbers['output_shape'])}, "
            f"more than {MAX_VALUES:,} values for one image. Make the picture or the layer smaller."
        )
    return numbers


def _picture(layer: Layer, shape: tuple[int, ...]) -> tuple[int, int, int]:
    if len(shape) != 3:
        raise ImpossibleError(
            f"{layer.label} needs a picture, but a vector of {shape[0]:,} values arrives: "
            "its place is before the layer that made the vector."
        )
    channels, height, width = shape
    return channels, height, width


def window_fits(size: int, kernel: int, *, padding: int, dilation: int = 1) -> bool:
    """Whether a window of `kernel` values, `dilation` apart, fits `size` values with `padding` on both
    sides.
    """
    return dilation * (kernel - 1) + 1 <= size + 2 * padding


def _slide(size: int, kernel: int, stride: int, padding: int | str, dilation: int = 1) -> int:
    if padding == "same":
        return size
    return (size + 2 * int(padding) - dilation * (kernel - 1) - 1) // stride + 1


def _check_window(
    layer: Conv | DepthwiseConv | Pool, kernel: int, shape: tuple[int, ...], dilation: int = 1
) -> None:
    if layer.padding == "same":
        return
    small, padding = min(shape[1:]), int(layer.padding)
    if window_fits(small, kernel, padding=padding, dilation=dilation):
        return
    largest = (small + 2 * padding - 1) // dilation + 1
    needed = ceil((dilation * (kernel - 1) + 1 - small) / 2)
    shrunk: Layer = (
        replace(layer, window=largest) if isinstance(layer, Pool) else replace(layer, kernel=largest)
    )
    name = "Window" if isinstance(layer, Pool) else "Kernel"
    fixes, ways = [Fix(f"{name} {largest}", (shrunk,))], f"the largest that fits is {largest}"
    if needed <= layer.rule("padding").high and not (isinstance(layer, Pool) and 2 * needed > kernel):
        fixes.append(Fix(f"Padding {needed}", (replace(layer, padding=needed),)))
        ways += f" or padding {needed} makes room"
    spread = f" with dilation {dilation}" if dilation > 1 else ""
    padded = f" padded by {padding}" if padding else ""
    place = f"a {shape_text(shape[1:])} input{padded}"
    raise ImpossibleError(f"{name} {kernel}{spread} does not fit {place}: {ways}.", *fixes)


def _check_same(layer: Conv | DepthwiseConv, dilation: int) -> None:
    if layer.padding != "same" or layer.stride == 1:
        return
    number = min(dilation * (layer.kernel - 1) // 2, int(layer.rule("padding").high))
    raise ImpossibleError(
        f'"same" padding keeps the size, so it cannot go with stride {layer.stride}: '
        f"use stride 1, or padding {number}.",
        Fix("Stride 1", (replace(layer, stride=1),)),
        Fix(f"Padding {number}", (replace(layer, padding=number),)),
    )


def _convolution(
    layer: Conv | DepthwiseConv, shape: tuple[int, ...], outputs: int, groups: int
) -> dict[str, Any]:
    channels, height, width = _picture(layer, shape)
    dilation = layer.dilation if isinstance(layer, Conv) else 1
    _check_same(layer, dilation)
    _check_window(layer, layer.kernel, shape, dilation)
    size = [_slide(side, layer.kernel, layer.stride, layer.padding, dilation) for side in (height, width)]
    per_output = (layer.kernel, layer.kernel, channels // groups)
    factors = (*per_output, outputs, *size)
    return {
        "output_shape": (outputs, *size),
        "formula": weights_and_bias(per_output, outputs, bias=layer.bias),
        "parameters": (prod(per_output) + layer.bias) * outputs,
        "macs_formula": product_equation(factors),
        "macs": prod(factors),
    }


def _conv(layer: Conv, shape: tuple[int, ...]) -> dict[str, Any]:
    channels = _picture(layer, shape)[0]
    if channels % layer.groups or layer.filters % layer.groups:
        both = [
            n for n in range(1, min(channels, layer.filters) + 1) if channels % n == layer.filters % n == 0
        ]
        nearest = min(both, key=lambda n: abs(n - layer.groups))
        raise ImpossibleError(
            f"{layer.groups} groups must divide both the {channels:,} input channels and the "
            f"{layer.filters:,} filters: the nearest number that does is {nearest}.",
            Fix(f"Groups {nearest}", (replace(layer, groups=nearest),)),
        )
    return _convolution(layer, shape, layer.filters, layer.groups)


def _depthwise(layer: DepthwiseConv, shape: tuple[int, ...]) -> dict[str, Any]:
    channels = _picture(layer, shape)[0]
    return _convolution(layer, shape, channels * layer.multiplier, channels)


def _transposed(layer: TransposedConv, shape: tuple[int, ...]) -> dict[str, Any]:
    channels, height, width = _picture(layer, shape)
    if layer.output_padding >= layer.stride:
        raise ImpossibleError(
            f"Output padding {layer.output_padding} must be smaller than the stride {layer.stride}.",
            Fix(f"Output padding {layer.stride - 1}", (replace(layer, output_padding=layer.stride - 1),)),
        )
    full = [(side - 1) * layer.stride + layer.kernel + layer.output_padding for side in (height, width)]
    size = [side - 2 * layer.padding for side in full]
    if min(size) < 1:
        largest = (min(full) - 1) // 2
        raise ImpossibleError(
            f"Padding {layer.padding} cuts away the whole {shape_text(full)} output: "
            f"the largest that leaves something is {largest}.",
            Fix(f"Padding {largest}", (replace(layer, padding=largest),)),
        )
    per_output = (layer.kernel, layer.kernel, channels)
    factors = (*per_output, layer.filters, height, width)  # every input value meets the whole kernel
    return {
        "output_shape": (layer.filters, *size),
        "formula": weights_and_bias(per_output, layer.filters, bias=layer.bias),
        "parameters": (prod(per_output) + layer.bias) * layer.filters,
        "macs_formula": product_equation(factors),
        "macs": prod(factors),
    }


def _pool(layer: Pool, shape: tuple[int, ...]) -> dict[str, Any]:
    channels, height, width = _picture(layer, shape)
    if 2 * layer.padding > layer.window:
        half = layer.window // 2
        raise ImpossibleError(
            f"Padding {layer.padding} is more than half the window {layer.window}, so some windows would see "
            f"nothing but padding: the most is {half}.",
            Fix(f"Padding {half}", (replace(layer, padding=half),)),
        )
    _check_window(layer, layer.window, shape)
    size = [_slide(side, layer.window, layer.step, layer.padding) for side in (height, width)]
    return {"output_shape": (channels, *size)}


def _batch_norm(_: BatchNorm, shape: tuple[int, ...]) -> dict[str, Any]:
    return {"output_shape": shape, "formula": product_equation((2, shape[0])), "parameters": 2 * shape[0]}


def _unchanged(_: Layer, shape: tuple[int, ...]) -> dict[str, Any]:
    return {"output_shape": shape}


def _flatten(_: Flatten, shape: tuple[int, ...]) -> dict[str, Any]:
    return {"output_shape": (prod(shape),)}


def _global_pool(layer: GlobalPool, shape: tuple[int, ...]) -> dict[str, Any]:
    return {"output_shape": (_picture(layer, shape)[0],)}


def _dense(layer: Dense, shape: tuple[int, ...]) -> dict[str, Any]:
    if len(shape) != 1:
        raise ImpossibleError(
            f"A dense layer needs a vector, but a picture of {shape_text(shape)} arrives: "
            "put a flatten or a global pooling before it.",
            Fix("Flatten first", (Flatten(), layer)),
            Fix("Global pooling first", (GlobalPool(), layer)),
        )
    return {
        "output_shape": (layer.units,),
        "formula": weights_and_bias(shape, layer.units, bias=layer.bias),
        "parameters": (shape[0] + layer.bias) * layer.units,
        "macs_formula": product_equation((shape[0], layer.units)),
        "macs": shape[0] * layer.units,
    }


def _residual(layer: Residual, shapes: list[tuple[int, ...]]) -> dict[str, Any]:
    here = shapes[-1]
    if layer.source < len(shapes) and shapes[layer.source] == here:
        return {"output_shape": here}
    fitting = [index for index, shape in enumerate(shapes[:-1]) if shape == here]
    if layer.source >= len(shapes):
        reason = f"Layer {layer.source} comes later than this one, so its output cannot be added yet"
    else:
        reason = (
            f"The output of {_place(layer.source)} is {shape_text(shapes[layer.source])} and cannot be "
            f"added to {shape_text(here)}"
        )
    if not fitting:
        raise ImpossibleError(f"{reason}; no earlier output has this shape.")
    nearest = min(fitting, key=lambda index: abs(index - layer.source))
    raise ImpossibleError(
        f"{reason}: the nearest output of the same shape is that of {_place(nearest)}.",
        Fix(f"Add {_place(nearest)}", (replace(layer, source=nearest),)),
    )


def _place(index: int) -> str:
    return f"layer {index}" if index else "the input"


_PLANS: dict[type[Layer], Callable[[Any, tuple[int, ...]], dict[str, Any]]] = {
    Conv: _conv,
    DepthwiseConv: _depthwise,
    TransposedConv: _transposed,
    Pool: _pool,
    BatchNorm: _batch_norm,
    Dropout: _unchanged,
    Activation: _unchanged,
    Flatten: _flatten,
    GlobalPool: _global_pool,
    Dense: _dense,
}
