"""Receptive fields: which cells of the picture, and of every map between, one cell of a deep map has read.

Size, jump and start follow the recursion of Araujo, Norris and Sim 2019
(https://distill.pub/2019/computing-receptive-fields): a window of `span` cells widens the field by
(span - 1) * jump and a stride s multiplies the jump by s. One axis at a time. Tested against the gradient of
one output cell of a stack of all-ones convolutions.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from engine.geometry import Axis, GeometryError, Padding


@dataclass(frozen=True)
class Field:
    """Receptive field of every cell of one map, in input cells: cell i sees start + i * jump and on."""

    size: int = 1
    jump: int = 1  # how far the fields of neighbouring cells lie apart
    start: int = 0  # first input cell of cell 0; negative where it begins in the padding

    @property
    def centre(self) -> float:
        """Middle of the field of cell 0 (the `start` of the Distill article, counted from 0)."""
        return self.start + (self.size - 1) / 2

    def of(self, position: int) -> Interval:
        """Input cells from the first to the last seen by cell `position`, padding included."""
        first = self.start + position * self.jump
        return Interval(first, first + self.size - 1)


@dataclass(frozen=True)
class Interval:
    """Cells from `first` to `last`, both included; empty where last < first."""

    first: int
    last: int

    def clip(self, size: int) -> Interval:
        """The part that lies on a map of `size` cells."""
        return Interval(max(self.first, 0), min(self.last, size - 1))

    def __len__(self) -> int:
        return max(self.last - self.first + 1, 0)


def chain(size: int, layers: Iterable[tuple[int, int, Padding, int]]) -> list[Axis]:
    """The axes of a stack of (kernel, stride, padding, dilation) layers on `size` input cells.

    Raises GeometryError, naming the layer, where a window does not fit its map any more.
    """
    stack: list[Axis] = []
    for number, (kernel, stride, padding, dilation) in enumerate(layers, start=1):
        try:
            stack.append(Axis(size, kernel, stride, padding, dilation))
        except GeometryError as error:
            raise GeometryError(f"Layer {number}: {error}") from error
        size = stack[-1].output
    return stack


def fields(stack: Iterable[Axis]) -> list[Field]:
    """Receptive field after every layer: the first entry is the input itself, so one more than layers."""
    seen = [Field()]
    for axis in stack:
        last = seen[-1]
        seen.append(
            Field(
                size=last.size + (axis.span - 1) * last.jump,
                jump=last.jump * axis.stride,
                start=last.start - axis.before * last.jump,
            )
        )
    return seen


def field_of(stack: Sequence[Axis], layer: int, position: int, *, clipped: bool = True) -> list[Interval]:
    """Interval that cell `position` of the output of `layer` (0 = first) reads in the input and each map.

    Entry 0 is the input, entry k the output of layer k - 1, the last one the cell itself. Clipped, each
    interval keeps to its map, so that padding read on the way widens nothing; an interval may then be empty.
    Raises GeometryError where there is no such layer or cell.
    """
    _check(stack, layer, position)
    intervals = [Interval(position, position)]
    for axis in reversed(stack[: layer + 1]):
        upper = intervals[0]
        lower = Interval(
            upper.first * axis.stride - axis.before,
            upper.last * axis.stride - axis.before + axis.span - 1,
        )
        if clipped:
            lower = lower.clip(axis.size) if len(upper) else Interval(0, -1)
        intervals.insert(0, lower)
    return intervals


def cells_of(stack: Sequence[Axis], layer: int, position: int) -> list[list[int]]:
    """The very cells read in the input and in each map, with the gaps that dilation leaves; padding left out.

    Entries as for `field_of`. Raises GeometryError where there is no such layer or cell.
    """
    _check(stack, layer, position)
    cells = [[position]]
    for axis in reversed(stack[: layer + 1]):
        read = {cell for upper in cells[0] for cell in axis.taps(upper) if 0 <= cell < axis.size}
        cells.insert(0, sorted(read))
    return cells


def _check(stack: Sequence[Axis], layer: int, position: int) -> None:
    if not 0 <= layer < len(stack):
        raise GeometryError(f"There is no layer {layer}: they run from 0 to {len(stack) - 1}.")
    stack[layer].taps(position)  # raises for a cell that is not there
