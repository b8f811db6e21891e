"""Principal components of a table of numbers: for first codes, for PCA as a rival of GLO, and for directions to walk.

The smaller of the two Gram matrices is decomposed, in float64: exact, and quick for N or D up to a few thousand.
The sign of a component is arbitrary; it is fixed so that the largest entry is positive, and the same data give the
same components on every machine. Tested against scikit-learn.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True, eq=False)
class Principal:
    """k principal components of (N, D) data.

    Attributes:
        mean: (D,).
        axes: (k, D), orthonormal rows, most variance first.
        deviations: (k,) standard deviations along them (denominator N).
        coordinates: (N, k) of the data.
        share: (k,) of the total variance.
    """

    mean: Tensor
    axes: Tensor
    deviations: Tensor
    coordinates: Tensor
    share: Tensor

    def encode(self, rows: Tensor) -> Tensor:
        """Coordinates (B, k) of rows (B, D)."""
        return (rows - self.mean) @ self.axes.T

    def decode(self, coordinates: Tensor) -> Tensor:
        """Rows (B, D) from coordinates (B, k)."""
        return coordinates @ self.axes + self.mean


def principal_components(rows: Tensor, count: int) -> Principal:
    """The first `count` components of rows (N, D), or fewer where the data have fewer (at most N - 1 and D)."""
    values = rows.double()
    mean = values.mean(dim=0)
    centred = values - mean
    size, width = centred.shape
    wide = width > size
    gram = centred @ centred.T if wide else centred.T @ centred
    squares, vectors = torch.linalg.eigh(gram)  # ascending
    count = min(count, size - 1, width)
    squares = squares.flip(0)[:count].clamp_min(0)
    vectors = vectors.flip(1)[:, :count]
    axes = (centred.T @ vectors / squares.sqrt().clamp_min(1e-12)).T if wide else vectors.T  # (k, D)
    largest = axes.abs().argmax(dim=1, keepdim=True)
    axes = axes * axes.gather(1, largest).sign()
    total = centred.square().sum().clamp_min(1e-30)
    return Principal(
        mean.to(rows.dtype),
        axes.to(rows.dtype),
        (squares / size).sqrt().to(rows.dtype),
        (centred @ axes.T).to(rows.dtype),
        (squares / total).to(rows.dtype),
    )
