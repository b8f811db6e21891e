"""Which pictures come next: a new order every epoch, the same for the same seed, on any device.

The order of epoch e is a permutation drawn from the seed and e alone, so a run can be taken up anywhere, runs that
race see the same batches, and a batch size that changes in the middle of an epoch goes on from the same place. A
rest smaller than a batch is left out of its epoch; the next order leaves out others.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

_SPREAD = 1_000_003  # a prime: seeds and epochs do not fall on one another


def permutation(count: int, seed: int, epoch: int) -> Tensor:
    """The order of `count` examples in an epoch, int64 (count,), drawn on the CPU: equal on every device."""
    generator = torch.Generator().manual_seed(seed * _SPREAD + epoch)
    return torch.randperm(count, generator=generator)


@dataclass(frozen=True)
class Place:
    """Where a run stands in its data: `epoch` counts from 0, `position` the examples of it already taken."""

    epoch: int = 0
    position: int = 0


class Batches:
    """The batches of one run, one after the other, without end."""

    def __init__(self, count: int, seed: int, device: torch.device, place: Place | None = None) -> None:
        if count < 1:
            raise ValueError("There is nothing to learn from: the data set is empty.")
        self.count, self.seed, self.device = count, seed, device
        self.place = place or Place()
        self._order: tuple[int, Tensor] | None = None  # epoch, its order on the device

    def upcoming(self, size: int) -> Place:
        """Where the next batch of this size starts: here, or at the beginning of the next epoch."""
        if self.place.position + min(size, self.count) > self.count:
            return Place(self.place.epoch + 1)
        return self.place

    def next(self, size: int) -> Tensor:
        """Indices of the next batch, int64 (min(size, count),). Moves on to the next epoch by itself."""
        start = self.upcoming(size)
        if self._order is None or self._order[0] != start.epoch:
            self._order = (start.epoch, permutation(self.count, self.seed, start.epoch).to(self.device))
        end = start.position + min(size, self.count)
        self.place = Place(start.epoch, end)
        return self._order[1][start.position : end]
