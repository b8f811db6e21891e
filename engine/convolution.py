"""Convolution as deep learning means it: a window slides, the dot product lands in the output.

    output[b, f, i, j] = bias[f] + sum over c, u, v of weight[f, c, u, v] * image[b, c, y(i, u), x(j, v)]
    y(i, u) = i * stride + u * dilation - padding above, and x(j, v) likewise

This is cross-correlation: the kernel is not turned round (`kernels.flip` turns it, which makes it the
convolution of signal processing). Images (B, C, H, W), weight (F, C, kh, kw), output (B, F, h, w). Where the
window lands is computed in `geometry`. Tested against torch, scipy.signal.correlate2d and a literal loop.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import prod
from types import MappingProxyType
from typing import Unpack

import torch
from torch import Tensor
from torch.nn import functional

from engine import strips
from engine.geometry import (
    PADDING_MODES,
    Axis,
    GeometryError,
    Padding,
    Pair,
    Sliding,
    UnknownNameError,
    axes,
    known,
    output_size,
    pad_amounts,
)

__all__ = [
    "ACTIVATIONS",
    "PADDING_MODES",
    "Axis",
    "GeometryError",
    "UnknownNameError",
    "Window",
    "activate",
    "convolve",
    "filter_channels",
    "multiply_adds",
    "output_size",
    "pad",
    "pad_amounts",
    "window_at",
]

ACTIVATIONS: Mapping[str, Callable[[Tensor], Tensor]] = MappingProxyType(
    {
        "none": lambda values: values,
        "relu": torch.relu,
        "leaky_relu": functional.leaky_relu,  # slope 0.01 below zero
        "tanh": torch.tanh,
        "sigmoid": torch.sigmoid,
    }
)


def convolve(
    images: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    *,
    stride: Pair = 1,
    padding: Padding | tuple[int, int] = 0,
    padding_mode: str = "zeros",
    dilation: Pair = 1,
) -> Tensor:
    """Slide F filters over the images: (B, C, H, W), (F, C, kh, kw), (F,) -> (B, F, h, w).

    Stride, padding and dilation are one number or (rows, columns); padding may be "same" or "valid", which
    `geometry` defines: with stride 1 "same" is torch's, with more it is Keras's, which torch refuses.
    Raises GeometryError where shapes or window do not fit, UnknownNameError for another padding mode than
    zeros, reflect or replicate.
    """
    _check_shapes(images, weight, bias)
    rows, columns = axes(
        images.shape[-2:],
        weight.shape[-2:],
        stride=stride,
        padding=padding,
        padding_mode=padding_mode,
        dilation=dilation,
    )
    padded = pad(images, rows, columns, padding_mode)
    if strips.pays(padded, weight, rows, columns):
        output = strips.convolve_one(padded, weight, rows, columns)
        return output if bias is None else output + bias
    return functional.conv2d(
        padded,
        weight,
        bias,
        stride=(rows.stride, columns.stride),
        dilation=(rows.dilation, columns.dilation),
    )


def filter_channels(images: Tensor, kernel: Tensor, **sliding: Unpack[Sliding]) -> Tensor:
    """The same kernel (kh, kw) on every channel by itself: (B, C, H, W) -> (B, C, h, w).

    What image editors do with a colour picture. Raises as `convolve` does.
    """
    if kernel.ndim != 2:
        raise GeometryError(f"One kernel has two axes (rows, columns), not {kernel.ndim}.")
    if images.ndim != 4:
        raise GeometryError(f"Images are (batch, channels, rows, columns); got {tuple(images.shape)}.")
    batch, channels = images.shape[:2]
    single = images.reshape(batch * channels, 1, *images.shape[-2:])  # (B*C, 1, H, W)
    filtered = convolve(single, kernel[None, None], **sliding)
    return filtered.reshape(batch, channels, *filtered.shape[-2:])


def pad(images: Tensor, rows: Axis, columns: Axis, padding_mode: str = "zeros") -> Tensor:
    """Images with the padding the two axes ask for: zeros, mirrored or repeated edge cells."""
    amounts = (columns.before, columns.after, rows.before, rows.after)  # last axis first, as torch has it
    if not any(amounts):
        return images
    mode = "constant" if padding_mode == "zeros" else padding_mode
    return functional.pad(images, amounts, mode=mode)


@dataclass(frozen=True)
class Window:
    """The arithmetic of one output cell: patch times kernel, summed, plus bias."""

    rows: range  # input rows the window reads; below 0 or beyond the last is padding
    columns: range
    patch: Tensor  # (C, kh, kw) what it reads, padding included
    products: Tensor  # (C, kh, kw) patch * kernel
    channel_sums: Tensor  # (C,)
    bias: Tensor  # ()
    total: Tensor  # () the output cell


def window_at(
    images: Tensor,
    weight: Tensor,
    bias: Tensor | None,
    row: int,
    column: int,
    *,
    image: int = 0,
    unit: int = 0,
    **sliding: Unpack[Sliding],
) -> Window:
    """How output cell (row, column) of filter `unit` on picture `image` comes about.

    Shapes and settings as for `convolve`. Raises GeometryError where there is no such cell, picture or
    filter.
    """
    _check_shapes(images, weight, bias)
    vertical, horizontal = axes(images.shape[-2:], weight.shape[-2:], **sliding)
    _check_member(image, images.shape[0], "picture")
    _check_member(unit, weight.shape[0], "filter")
    rows, columns = vertical.taps(row), horizontal.taps(column)
    padding_mode = sliding.get("padding_mode", "zeros")
    padded = pad(images[image : image + 1], vertical, horizontal, padding_mode)[0]  # (C, H+, W+)
    patch = padded[:, _within(rows, vertical)][..., _within(columns, horizontal)]  # (C, kh, kw)
    products = patch * weight[unit]
    sums = products.sum((-2, -1))  # (C,)
    offset = images.new_zeros(()) if bias is None else bias[unit]
    return Window(rows, columns, patch, products, sums, offset, sums.sum() + offset)


def activate(values: Tensor, name: str) -> Tensor:
    """Apply the activation `name` (see ACTIVATIONS), cell by cell. Raises UnknownNameError for another."""
    return ACTIVATIONS[known(name, ACTIVATIONS, "activation")](values)


def multiply_adds(shape: tuple[int, ...], weight_shape: tuple[int, ...], **sliding: Unpack[Sliding]) -> int:
    """Multiplications with an addition each that `convolve` needs for images of `shape` (B, C, H, W).

    Those with padding count too, as layers are usually counted. Raises GeometryError as `convolve`.
    """
    rows, columns = axes(shape[-2:], weight_shape[-2:], **sliding)
    return shape[0] * rows.output * columns.output * prod(weight_shape)


def _within(taps: range, axis: Axis) -> slice:
    """The taps as a slice of the padded axis."""
    return slice(taps.start + axis.before, taps.stop + axis.before, taps.step)


def _check_member(number: int, count: int, what: str) -> None:
    if not 0 <= number < count:
        raise GeometryError(f"There is no {what} {number}: they run from 0 to {count - 1}.")


def _check_shapes(images: Tensor, weight: Tensor, bias: Tensor | None) -> None:
    if images.ndim != 4 or weight.ndim != 4:
        raise GeometryError(
            "Images are (batch, channels, rows, columns) and weights (filters, channels, rows, columns);"
            f" got {tuple(images.shape)} and {tuple(weight.shape)}."
        )
    if weight.shape[0] == 0:
        raise GeometryError("A convolution needs at least one filter.")
    if images.shape[1] != weight.shape[1]:
        raise GeometryError(
            f"The picture has {images.shape[1]} channels but each filter reads {weight.shape[1]}:"
            " they must be the same."
        )
    if bias is not None and bias.shape != weight.shape[:1]:
        raise GeometryError(
            f"{weight.shape[0]} filters need {weight.shape[0]} biases, not {tuple(bias.shape)}."
        )
