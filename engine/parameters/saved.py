"""What a forward pass keeps for the backward pass, byte by byte.

Autograd keeps the tensors its formulas need: a convolution its input, ReLU its output (which the next layer
keeps as its input: one tensor, counted once), max pooling also the place of every winner (8 bytes each),
dropout its mask. `of_stack` applies these rules to a stack; `of_module` asks autograd itself, on the meta
device, where tensors have sizes and no content. Each is tested against the tensors that autograd saves on
real tensors, and `of_stack` against `of_module`, to the byte.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod

import torch
from torch import Tensor, nn

from engine.parameters.analysis import BYTES, Analysis, LayerRow
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
    TransposedConv,
)
from engine.parameters.tracing import CountingError, shadow_of

_KEEPS_INPUT = ("leaky_relu", "gelu", "silu", "elu")  # the other activations keep their output
_WHOLE = 8  # bytes of an index


@dataclass(frozen=True)
class Saved:
    """Kept for backward per image: numbers (4 bytes in float32) and indices (8 bytes, whatever the precision)."""

    values: int = 0
    indices: int = 0

    def bytes(self, size: int = BYTES) -> int:
        """Bytes per image with numbers of `size` bytes."""
        return self.values * size + self.indices * _WHOLE


def of_stack(analysis: Analysis) -> Saved:
    """What a stack in training keeps per image; the loss on top of it is left out."""
    holders = [0]  # the tensor that holds the output after each layer: a flatten only looks at its input
    sizes: dict[tuple[str, int], int] = {}
    indices = 0
    for row in analysis.rows:
        if row.state != "ok":
            break
        given = holders[-1]
        holders.append(given if _is_view(row.layer) else row.index)
        made = holders[-1]
        if _keeps_input(row.layer):
            key, size = ("output", given), prod(row.input_shape)
            if odd := _odd_same(row):
                key, size = ("padded", row.index), odd
            sizes[key] = size
        if isinstance(row.layer, Activation) and row.layer.function not in _KEEPS_INPUT:
            sizes["output", made] = prod(row.output_shape)
        if isinstance(row.layer, Dropout) and row.layer.rate > 0:
            sizes["mask", row.index] = prod(row.output_shape)
        if isinstance(row.layer, Pool | GlobalPool) and row.layer.mode == "max":
            indices += prod(row.output_shape)
    return Saved(sum(sizes.values()), indices)


def _is_view(layer: Layer) -> bool:
    return isinstance(layer, Flatten) or (isinstance(layer, Dropout) and layer.rate == 0)


def _keeps_input(layer: Layer) -> bool:
    match layer:
        case GlobalPool(mode):
            return mode == "max"  # a mean needs nothing but the size
        case Activation(function):
            return function in _KEEPS_INPUT
    return isinstance(layer, Conv | DepthwiseConv | TransposedConv | Pool | BatchNorm | Dense)


def _odd_same(row: LayerRow) -> int:
    """Values of the padded copy an even kernel with "same" padding makes; 0 where there is none."""
    layer = row.layer
    if not isinstance(layer, Conv | DepthwiseConv) or layer.padding != "same":
        return 0
    dilation = layer.dilation if isinstance(layer, Conv) else 1
    odd = dilation * (layer.kernel - 1) % 2
    channels, height, width = row.input_shape
    return channels * (height + 1) * (width + 1) if odd else 0


def of_module(model: nn.Module, input_shape: Sequence[int]) -> Saved:
    """What any model in training keeps per image of shape (C, H, W), as autograd says on the meta device.

    Statistics per channel, which do not grow with the batch, are left out. The model is not touched.

    Raises:
        CountingError: the model cannot run on this input without data.
    """
    shadow = shadow_of(model, {}).to("meta").train()
    sizes = {batch: _saved(shadow, (batch, *input_shape)) for batch in (2, 4)}
    (values, indices), (more_values, more_indices) = sizes[2], sizes[4]
    return Saved((more_values - values) // 2, (more_indices - indices) // 2)


def _saved(model: nn.Module, shape: tuple[int, ...]) -> tuple[int, int]:
    known = {tensor.untyped_storage()._cdata for tensor in (*model.parameters(), *model.buffers())}  # noqa: SLF001 - the identity of a storage; on meta all addresses are 0
    alive: list[Tensor] = []
    found: dict[int, Tensor] = {}

    def keep(tensor: Tensor) -> Tensor:
        storage = tensor.untyped_storage()
        if storage._cdata not in known:  # noqa: SLF001
            alive.append(tensor)
            found[storage._cdata] = tensor  # noqa: SLF001
        return tensor

    try:
        with torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor):
            output = model(torch.empty(shape, device="meta"))
    except (RuntimeError, ValueError, TypeError, NotImplementedError) as error:
        raise CountingError(
            f"The model cannot be trained without data: {str(error).splitlines()[0]}."
        ) from error
    del output
    sizes = {True: 0, False: 0}
    for tensor in found.values():
        sizes[tensor.dtype == torch.int64] += tensor.untyped_storage().nbytes()
    return sizes[False] // BYTES, sizes[True] // _WHOLE
