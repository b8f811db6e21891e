"""Which pictures train and which test, where a source does not say: the same for everybody, for ever."""

from __future__ import annotations

import torch
from torch import Tensor

TEST_SHARE = 0.2
SEED = 0


def mixed(count: int, seed: int = SEED) -> Tensor:
    """The numbers 0 to count - 1 in a fixed mixed order, (count,) int64."""
    return torch.randperm(count, generator=torch.Generator().manual_seed(seed))


def split(labels: Tensor, share: float = TEST_SHARE, seed: int = SEED) -> tuple[Tensor, Tensor]:
    """Indices (train, test) into `labels` (N,), both in mixed order, the classes in the same proportion in both.

    `share` of every class is for testing, rounded; a class keeps at least one picture for training.
    """
    order = mixed(len(labels), seed).to(labels.device)
    tests = torch.zeros(len(labels), dtype=torch.bool, device=labels.device)
    for label in labels.unique():
        members = order[labels[order] == label]
        tests[members[: min(round(share * len(members)), len(members) - 1)]] = True
    train, test = order[~tests[order]], order[tests[order]]
    # Mixed once more: the test pictures were taken from the front, which left the classes in turn behind it.
    return train[mixed(len(train), seed + 1)], test[mixed(len(test), seed + 2)]
