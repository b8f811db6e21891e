"""Multiply-accumulates of torch functions, as factors that can be multiplied or printed, and shapes of the
common ones.

A piece of work is a label and the factors whose product is its MACs: ("", (7, 7, 3, 64, 112, 112)). What
counts are convolutions and matrix products, whichever function they hide in (linear, einsum, attention,
recurrent layers); normalisation, activations, pooling, softmax and additions count none. That is the
convention of torchvision's published `_ops` and of fvcore.

`SHAPES` gives the result of the most frequent functions on the meta device directly. PyTorch would compute
the same through its dispatcher, some ten times slower; a test runs whole networks both ways.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import prod
from typing import Any, NamedTuple

import torch
from torch import Tensor
from torch.nn import functional


class Work(NamedTuple):
    """One multiplication of matrices or convolution: what it is for, and the factors of its MACs."""

    label: str
    factors: tuple[int, ...]

    @property
    def macs(self) -> int:
        """The product of the factors."""
        return prod(self.factors)


def _sizes(*sizes: int) -> tuple[int, ...]:
    """Leading factors (batch, positions) without the ones that say nothing."""
    return tuple(size for size in sizes if size != 1)


def _conv(out: Tensor, _: Tensor, weight: Tensor, *__: object, **___: object) -> list[Work]:
    outputs, inputs, *kernel = weight.shape
    spatial = out.shape[-len(kernel) :]
    return [Work("", (*kernel, inputs, outputs, *spatial, *_sizes(*out.shape[: -len(kernel) - 1])))]


def _conv_transpose(_: Tensor, x: Tensor, weight: Tensor, *__: object, **___: object) -> list[Work]:
    inputs, outputs, *kernel = weight.shape
    spatial = x.shape[-len(kernel) :]
    return [Work("", (*kernel, inputs, outputs, *spatial, *_sizes(*x.shape[: -len(kernel) - 1])))]


def _linear(_: Tensor, x: Tensor, weight: Tensor, *__: object, **___: object) -> list[Work]:
    return [Work("", (weight.shape[-1], *_sizes(*weight.shape[:-1]), *_sizes(*x.shape[:-1])))]


def _bilinear(out: Tensor, _: Tensor, __: Tensor, weight: Tensor, *___: object) -> list[Work]:
    outputs, left, right = weight.shape
    return [Work("", (left, right, outputs, *_sizes(*out.shape[:-1])))]


def _matmul(out: Tensor, left: Tensor, *_: object, **__: object) -> list[Work]:
    return [Work("", (left.shape[-1], *_sizes(*out.shape)))]


def _add_matmul(out: Tensor, _: Tensor, left: Tensor, *__: object, **___: object) -> list[Work]:
    return _matmul(out, left)


def _einsum(_: Tensor, equation: str, *operands: Tensor | list[Tensor], **__: object) -> list[Work]:
    tensors = [t for item in operands for t in ([item] if isinstance(item, Tensor) else item)]
    if len(tensors) < 2 or "." in equation:
        return []
    sizes: dict[str, int] = {}
    for letters, tensor in zip(equation.replace(" ", "").split("->")[0].split(","), tensors, strict=True):
        sizes |= dict(zip(letters, tensor.shape, strict=True))
    return [Work("", _sizes(*sizes.values()))]


def _attention(
    _: Tensor, query: Tensor, key: Tensor, value: Tensor, *__: object, label: str = "", **___: object
) -> list[Work]:
    *outer, length, width = query.shape
    return [
        Work(f"{label}scores", (width, length, key.shape[-2], *_sizes(*outer))),
        Work(f"{label}weighted values", (value.shape[-1], length, key.shape[-2], *_sizes(*outer))),
    ]


def _multi_head_attention(
    _: object,
    query: Tensor,
    key: Tensor,
    value: Tensor,
    width: int,
    heads: int,
    *rest: object,
    **__: object,
) -> list[Work]:
    extra = (rest[2] is not None) + bool(rest[4])  # bias_k appends a key, add_zero_attn another
    batch = _sizes(*query.shape[1:-1])
    length, keys, each = query.shape[0], key.shape[0] + extra, width // heads
    if query.shape[-1] == key.shape[-1] == value.shape[-1] and query.shape[0] == key.shape[0]:
        projections = [Work("query, key, value", (3, width, width, length, *batch))]
    else:
        projections = [
            Work(name, (tensor.shape[-1], width, tensor.shape[0], *batch))
            for name, tensor in (("query", query), ("key", key), ("value", value))
        ]
    return [
        *projections,
        Work("scores", (each, length, keys, heads, *batch)),
        Work("weighted values", (each, length, keys, heads, *batch)),
        Work("output", (width, width, length, *batch)),
    ]


def _recurrent(_: object, x: Tensor, *rest: object, **__: object) -> list[Work]:
    weights = next(item for item in rest if isinstance(item, list | tuple) and item[0].dim() == 2)
    steps = x.shape[0] * x.shape[1] if x.dim() == 3 else x.shape[0]
    return [Work("", (*weight.shape, steps)) for weight in weights if weight.dim() == 2]


WORK: dict[Callable[..., Any], Callable[..., list[Work]]] = {
    **dict.fromkeys((torch.conv1d, torch.conv2d, torch.conv3d), _conv),
    **dict.fromkeys(
        (torch.conv_transpose1d, torch.conv_transpose2d, torch.conv_transpose3d), _conv_transpose
    ),
    functional.linear: _linear,
    functional.bilinear: _bilinear,
    **dict.fromkeys((torch.matmul, torch.bmm, torch.mm, torch.mv), _matmul),
    **dict.fromkeys((Tensor.matmul, Tensor.bmm, Tensor.mm, Tensor.mv, Tensor.__matmul__), _matmul),
    **dict.fromkeys((torch.addmm, torch.baddbmm, Tensor.addmm, Tensor.baddbmm), _add_matmul),
    torch.einsum: _einsum,
    functional.scaled_dot_product_attention: _attention,
    functional.multi_head_attention_forward: _multi_head_attention,
    **dict.fromkeys((torch.lstm, torch.gru, torch.rnn_tanh, torch.rnn_relu), _recurrent),
}


_LEADING = ("input", "query", "weight", "key", "value", "other")


def positional(args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """Tensors given by keyword moved to their place among the positional arguments."""
    named = [name for name in _LEADING if name in kwargs]
    rest = {name: value for name, value in kwargs.items() if name not in named}
    return (*args, *(kwargs[name] for name in named)), rest


_Size = int | Sequence[int]


def _new(like: Tensor, shape: tuple[int, ...] | torch.Size) -> Tensor:
    return torch.empty(shape, dtype=like.dtype, device="meta")


def _same_shape(x: Tensor, *args: object, inplace: bool = False, **_: object) -> Tensor:
    return x if inplace or args[2:] == (True,) else _new(x, x.shape)


def _switchable(x: Tensor, inplace: bool = False) -> Tensor:
    return x if inplace else _new(x, x.shape)


def _conv2d(
    x: Tensor,
    weight: Tensor,
    _: Tensor | None = None,
    stride: _Size = 1,
    padding: _Size | str = 0,
    dilation: _Size = 1,
    groups: int = 1,
    **__: object,
) -> Tensor | None:
    if isinstance(padding, str) or x.dim() != 4 or x.shape[1] != weight.shape[1] * groups:
        return None
    out = [x.shape[0], weight.shape[0]]
    for axis, (step, pad, gap) in enumerate(
        zip(_pair(stride), _pair(padding), _pair(dilation), strict=True), 2
    ):
        size = (x.shape[axis] + 2 * pad - gap * (weight.shape[axis] - 1) - 1) // step + 1
        if size < 1:
            return None  # PyTorch's own error names the sizes
        out.append(size)
    return _new(x, tuple(out))


def _pair(value: _Size) -> tuple[int, int]:
    if isinstance(value, int):
        return value, value
    return value[0], value[-1]


def _linear_shape(x: Tensor, weight: Tensor, *_: object, **__: object) -> Tensor | None:
    if weight.dim() != 2 or x.shape[-1] != weight.shape[1]:
        return None
    return _new(x, (*x.shape[:-1], weight.shape[0]))


def _cat(tensors: Sequence[Tensor], dim: int = 0) -> Tensor | None:
    shapes = [list(tensor.shape) for tensor in tensors]
    axis = dim % len(shapes[0])
    if any(shape[:axis] + shape[axis + 1 :] != shapes[0][:axis] + shapes[0][axis + 1 :] for shape in shapes):
        return None
    return _new(tensors[0], (*shapes[0][:axis], sum(shape[axis] for shape in shapes), *shapes[0][axis + 1 :]))


def _attended(
    query: Tensor, *_: object, need_weights: bool = True, **__: object
) -> tuple[Tensor, None] | None:
    return None if need_weights else (_new(query, query.shape), None)


def _batch_norm(x: Tensor, mean: Tensor | None, *_: object, **__: object) -> Tensor | None:
    return _new(x, x.shape) if mean is not None and x.dim() > 1 and x.shape[1] == mean.shape[0] else None


def _layer_norm(x: Tensor, shape: Sequence[int], *_: object, **__: object) -> Tensor | None:
    return _new(x, x.shape) if tuple(x.shape[-len(shape) :]) == tuple(shape) else None


def _added(x: object, other: object, *rest: object, **named: object) -> Tensor | None:
    if rest or named or not isinstance(x, Tensor) or not isinstance(other, Tensor):
        return None
    return _new(x, x.shape) if other.shape == x.shape and other.dtype == x.dtype else None


def _added_in_place(x: Tensor, other: object, *_: object, **__: object) -> Tensor | None:
    return x if isinstance(other, Tensor) and other.shape == x.shape and other.dtype == x.dtype else None


SHAPES: dict[Callable[..., Any], Callable[..., object]] = {
    torch.conv2d: _conv2d,
    functional.linear: _linear_shape,
    functional.batch_norm: _batch_norm,
    functional.layer_norm: _layer_norm,
    functional.multi_head_attention_forward: _attended,
    torch.cat: _cat,
    **dict.fromkeys((torch.add, torch.mul, Tensor.add, Tensor.mul, Tensor.__add__, Tensor.__mul__), _added),
    **dict.fromkeys((Tensor.__iadd__, Tensor.add_, Tensor.__imul__, Tensor.mul_), _added_in_place),
    **dict.fromkeys(
        (functional.relu, functional.relu6, functional.silu, functional.hardswish, functional.hardsigmoid),
        _switchable,
    ),
    **dict.fromkeys(
        (functional.hardtanh, functional.dropout, functional.gelu, torch.sigmoid, torch.tanh), _same_shape
    ),
}
