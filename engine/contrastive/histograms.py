"""Similarities of positives and negatives as two histograms over the same bins."""

from __future__ import annotations

import torch
from torch import Tensor

from engine.contrastive.nt_xent import unit_rows

BINS = 40  # over [-1, 1]: 0.05 each


def similarity_histograms(z_a: Tensor, z_b: Tensor, bins: int = BINS) -> tuple[Tensor, Tensor]:
    """Shares of the positive and of the negative pairs whose cosine falls into each bin, (bins,) each, sums 1.

    z_a, z_b: (N, d), N > 1. Positives are the N pairs of views; negatives all pairs of views of two pictures.
    """
    unit = unit_rows(z_a, z_b)
    count = len(z_a)
    cosine = unit @ unit.T  # (2N, 2N)
    own = torch.arange(2 * count, device=unit.device) % count
    other = (own.unsqueeze(0) != own.unsqueeze(1)).triu()
    positive = (unit[:count] * unit[count:]).sum(1)
    return _shares(positive, bins), _shares(cosine[other], bins)


def mean_similarities(z_a: Tensor, z_b: Tensor) -> tuple[Tensor, Tensor]:
    """Mean cosine of the positive and of the negative pairs, without the table of all pairs: two scalars.

    The sum over all pairs of rows is the squared length of the sum of the rows.
    """
    unit = unit_rows(z_a, z_b)
    count = len(z_a)
    positive = (unit[:count] * unit[count:]).sum()
    everything = unit.sum(0).square().sum() - unit.square().sum()  # each pair twice, nobody with itself
    negative = (everything - 2 * positive) / max(1, 2 * count * (2 * count - 2))
    return positive / count, negative


def _shares(cosines: Tensor, bins: int) -> Tensor:
    place = ((cosines + 1) * (bins / 2)).long().clamp_(0, bins - 1)
    counts = torch.zeros(bins, device=cosines.device).scatter_add_(0, place, torch.ones_like(cosines))
    return counts / counts.sum().clamp_min(1)
