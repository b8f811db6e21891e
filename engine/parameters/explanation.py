"""Every number of one layer, with what each factor stands for: the arithmetic of a row, taken apart.

The texts are those of the row itself (see `formulas`), cut at their numbers, so labels and count cannot drift
apart; output sizes are written by `engine.geometry`, receptive fields follow `receptive_field`. Tested by
reading the pieces back.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction
from math import prod

from engine.geometry import MINUS, Axis
from engine.parameters.analysis import BYTES, Analysis, LayerRow
from engine.parameters.formulas import TIMES, number, shape_text
from engine.parameters.layers import (
    BatchNorm,
    Conv,
    Dense,
    DepthwiseConv,
    Flatten,
    GlobalPool,
    Pool,
    Residual,
    TransposedConv,
)
from engine.parameters.receptive_field import Field, see

Piece = tuple[str, str]  # a text, and what the number in it stands for
_NUMBER = re.compile(r"[\d,]+")


@dataclass(frozen=True)
class Explanation:
    """The arithmetic of one layer; empty where the layer is impossible."""

    size: str = ""
    parameters: tuple[Piece, ...] = ()
    macs: tuple[Piece, ...] = ()
    memory: tuple[Piece, ...] = ()
    field: str = ""


def explain(analysis: Analysis, index: int) -> Explanation:
    """Takes the numbers of the layer at `index` (from 1) apart."""
    row = analysis.rows[index - 1]
    if row.state != "ok":
        return Explanation()
    return Explanation(
        size=_size(row),
        parameters=_labelled(row.formula, _parameter_labels(row)),
        macs=_labelled(row.macs_formula, _mac_labels(row)),
        memory=_memory(row),
        field=_field(analysis, row),
    )


def _labelled(formula: str, labels: tuple[str, ...]) -> tuple[Piece, ...]:
    """A formula cut into its numbers, each with its label, and the signs between them."""
    pieces: list[Piece] = []
    names = iter(labels)
    end = 0
    for match in _NUMBER.finditer(formula):
        if match.start() > end:
            pieces.append((formula[end : match.start()], ""))
        pieces.append((match[0], next(names, "")))
        end = match.end()
    return tuple(pieces)


def _parameter_labels(row: LayerRow) -> tuple[str, ...]:
    layer = row.layer
    bias = ("bias",) if getattr(layer, "bias", False) else ()
    match layer:
        case Conv(groups=groups):
            return ("kernel rows", "kernel columns", _channels(groups), *bias, "filters")
        case DepthwiseConv():
            return ("kernel rows", "kernel columns", "channel each", *bias, "filters")
        case TransposedConv():
            return ("kernel rows", "kernel columns", "channels in", *bias, "filters")
        case Dense():
            return ("inputs", *bias, "units")
        case BatchNorm():
            return ("scale and shift", "channels" if len(row.input_shape) == 3 else "values")
    return ()


def _mac_labels(row: LayerRow) -> tuple[str, ...]:
    match row.layer:
        case Conv(groups=groups):
            return ("kernel rows", "kernel columns", _channels(groups), "filters", "rows out", "columns out")
        case DepthwiseConv():
            return ("kernel rows", "kernel columns", "channel each", "filters", "rows out", "columns out")
        case TransposedConv():
            return ("kernel rows", "kernel columns", "channels in", "filters", "rows in", "columns in")
        case Dense():
            return ("inputs", "units")
    return ()


def _channels(groups: int) -> str:
    return "channels in" if groups == 1 else "channels per group"


def _memory(row: LayerRow) -> tuple[Piece, ...]:
    text = f"{shape_text(row.output_shape)} {TIMES} {BYTES} = {number(row.activation_bytes)}"
    names = ("channels", "rows", "columns") if len(row.output_shape) == 3 else ("values",)
    return _labelled(text, (*names, "bytes each"))


def _size(row: LayerRow) -> str:
    before, after = shape_text(row.input_shape), shape_text(row.output_shape)
    match row.layer:
        case Conv(kernel=kernel, stride=stride, padding=padding, dilation=dilation):
            return _slid(row, kernel, stride, padding, dilation)
        case DepthwiseConv(kernel=kernel, stride=stride, padding=padding):
            return _slid(row, kernel, stride, padding, 1)
        case Pool(window=window, padding=padding) as pool:
            return _slid(row, window, pool.step, padding, 1)
        case TransposedConv(_, kernel, stride, padding, extra):
            return "; ".join(
                f"({side} {MINUS} 1)·{stride} + {kernel} {MINUS} 2·{padding} + {extra} = {out}"
                for side, out in dict.fromkeys(zip(row.input_shape[1:], row.output_shape[1:], strict=True))
            )
        case Flatten():
            return f"{before} = {number(prod(row.input_shape))} values"
        case GlobalPool():
            return f"one value for each of {number(row.input_shape[0])} channels"
    return f"{before}, as it came" if before == after else f"{before} becomes {after}"


def _slid(row: LayerRow, kernel: int, stride: int, padding: int | str, dilation: int) -> str:
    fill = int(padding) if padding != "same" else "same"
    sides = dict.fromkeys(row.input_shape[1:])
    return "; ".join(Axis(side, kernel, stride, fill, dilation).formula() for side in sides)  # type: ignore[arg-type]  # a number or "same"


def _field(analysis: Analysis, row: LayerRow) -> str:
    views = [Field()]
    for earlier in analysis.rows[: row.index]:
        views.append(see(earlier.layer, views))
    before, after = views[-2], views[-1]
    if after.whole:
        return f"the whole picture, {shape_text(analysis.stack.input[1:])}"
    seen = f"{after.side} {TIMES} {after.side} pixels"
    if after == before or isinstance(row.layer, TransposedConv | Residual):
        return seen
    reach = _reach(row)
    if after.side == before.side or reach is None:
        return seen
    return f"{before.side} + ({reach}) {TIMES} {_jump(before.jump)} = {after.side}, so {seen}"


def _reach(row: LayerRow) -> str | None:
    match row.layer:
        case Conv(kernel=kernel, dilation=dilation) if dilation > 1:
            return f"{dilation}·({kernel} {MINUS} 1)"
        case Conv(kernel=kernel) | DepthwiseConv(kernel=kernel) | Pool(window=kernel):
            return f"{kernel} {MINUS} 1"
    return None


def _jump(jump: Fraction) -> str:
    return str(jump.numerator) if jump.denominator == 1 else f"{jump.numerator}/{jump.denominator}"
