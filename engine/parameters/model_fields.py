"""Receptive fields inside any model: how many pixels of the input one value of a layer can see, rows and columns.

The fields follow the tensors of one traced run: a window widens them (Araujo et al. 2019), branches that meet
keep the widest, a mean over the picture, a dense layer behind a flatten and attention over all tokens see
everything; so does whatever a squeeze-and-excitation block scales. What mixes only some places by plain
tensor arithmetic (windowed attention) is unknown and stays so behind it. Tested against the published fields
of known networks and against gradients.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from torch import nn

from engine.parameters.counting import without_batch
from engine.parameters.tracing import INPUT, Call, trace

_WINDOWS = (nn.Conv2d, nn.MaxPool2d, nn.AvgPool2d)
_ADAPTIVE = (nn.AdaptiveAvgPool2d, nn.AdaptiveMaxPool2d)
_WHOLE_FUNCTIONS = {"mean", "sum", "amax", "adaptive_avg_pool2d", "scaled_dot_product_attention"}
_UNKNOWN_FUNCTIONS = {"matmul", "bmm", "einsum", "interpolate"}


@dataclass(frozen=True)
class _Axis:
    side: int = 1
    jump: int = 1

    def slid(self, kernel: int, stride: int, dilation: int = 1) -> _Axis:
        return _Axis(self.side + dilation * (kernel - 1) * self.jump, self.jump * stride)


@dataclass(frozen=True)
class _Seen:
    rows: _Axis = _Axis()
    columns: _Axis = _Axis()
    whole: bool = False
    unknown: bool = False


@dataclass(frozen=True)
class View:
    """What comes out of a module, and (rows, columns) of the input that one value of it sees; None: unknown."""

    output_shape: tuple[int, ...]
    sees: tuple[int, int] | None


def views(model: nn.Module, input_shape: Sequence[int]) -> dict[str, View]:
    """The view of every module that ran, layers and blocks, by its path ("" is the whole model).

    A layer that sees everything has the size of the picture, which may be less than the windows add up to.

    Raises:
        CountingError: the model does not accept this shape.
    """
    record = trace(model, input_shape)
    picture = (record.input_shape[-2], record.input_shape[-1])
    seen = {INPUT: _Seen()}
    found: dict[str, View] = {}
    for number, call in enumerate(record.calls):
        field = seen[number] = _after(call, _meet([seen[source] for source in call.inputs]))
        reach = picture if field.whole else (field.rows.side, field.columns.side)
        view = View(without_batch(call.output_shape), None if field.unknown else reach)
        for path in (call.path, *(scope.partition("#")[0] for scope in call.scopes)):
            found[path] = view  # a block gives what its last call gives
    return found


def _meet(fields: list[_Seen]) -> _Seen:
    if not fields:
        return _Seen()
    return _Seen(
        rows=max((field.rows for field in fields), key=lambda axis: axis.side),
        columns=max((field.columns for field in fields), key=lambda axis: axis.side),
        whole=any(field.whole for field in fields),
        unknown=any(field.unknown for field in fields),
    )


def _after(call: Call, field: _Seen) -> _Seen:
    module = call.module
    if isinstance(module, _WINDOWS):
        return _slid(field, module)
    if isinstance(module, _ADAPTIVE):
        return field if call.output_shape[-2:] == call.input_shapes[0][-2:] else _whole(field)
    flat = isinstance(module, nn.Linear) and len(call.input_shapes[0]) == 2
    if (
        flat
        or isinstance(module, nn.MultiheadAttention)
        or (module is None and call.name in _WHOLE_FUNCTIONS)
    ):
        return _whole(field)
    if module is None and call.name in _UNKNOWN_FUNCTIONS:
        return _Seen(field.rows, field.columns, field.whole, unknown=not field.whole)
    return field


def _whole(field: _Seen) -> _Seen:
    return _Seen(field.rows, field.columns, whole=True)


def _slid(field: _Seen, module: nn.Module) -> _Seen:
    kernel, stride, dilation = (
        _pair(getattr(module, name, 1)) for name in ("kernel_size", "stride", "dilation")
    )
    return _Seen(
        field.rows.slid(kernel[0], stride[0], dilation[0]),
        field.columns.slid(kernel[1], stride[1], dilation[1]),
        field.whole,
        field.unknown,
    )


def _pair(value: int | tuple[int, int]) -> tuple[int, int]:
    return (value, value) if isinstance(value, int) else value
