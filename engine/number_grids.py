"""Small grids of numbers, for reading every value of an operation: the lecture's, and a few shapes.

Values are float32, (1, 1, H, W). The lecture's patches are signed; the shapes are brightnesses in [0, 1].
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from engine.kernels.lecture import LECTURE_PATCHES


@dataclass(frozen=True)
class NumberGrid:
    """A grid worth reading: its values by row."""

    name: str
    title: str
    rows: tuple[tuple[float, ...], ...]

    @property
    def signed(self) -> bool:
        """Whether some value is negative, so that it belongs on the diverging scale."""
        return any(value < 0 for row in self.rows for value in row)

    def tensor(self) -> Tensor:
        """The values as a picture of one channel, (1, 1, H, W)."""
        return torch.tensor(self.rows)[None, None]


def _edge(size: int = 8) -> tuple[tuple[float, ...], ...]:
    return tuple(tuple(float(column >= size // 2) for column in range(size)) for _ in range(size))


def _diagonal(size: int = 9) -> tuple[tuple[float, ...], ...]:
    return tuple(
        tuple(max(0.0, 1 - 0.5 * abs(row - column)) for column in range(size)) for row in range(size)
    )


def _spot(size: int = 9) -> tuple[tuple[float, ...], ...]:
    middle = size // 2
    return tuple(tuple(float(row == column == middle) for column in range(size)) for row in range(size))


GRIDS = {
    grid.name: grid
    for grid in (
        NumberGrid("lecture_1", "Numbers: the lecture's first window", LECTURE_PATCHES[0]),
        NumberGrid("lecture_2", "Numbers: the lecture's second window", LECTURE_PATCHES[1]),
        NumberGrid("edge", "Numbers: an edge", _edge()),
        NumberGrid("diagonal", "Numbers: a diagonal line", _diagonal()),
        NumberGrid("spot", "Numbers: one bright spot", _spot()),
    )
}
