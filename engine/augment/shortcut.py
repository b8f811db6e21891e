"""The shortcut colours offer: two crops of one picture often have the same colour histogram.

A network that is asked which two crops belong together can answer from the histograms alone and learn nothing
else (Chen et al. 2020, section 3.1 and figure 6). Here the histograms are counted, compared by their intersection
(Swain and Ballard 1991, https://doi.org/10.1007/BF00130487), and used to find each crop's partner among those of
other pictures: how often that works is how good the shortcut is.
Tested against numpy.histogram and a literal loop.
"""

from __future__ import annotations

import torch
from torch import Tensor

from engine.augment.operator import check

BINS = 32


def histograms(images: Tensor, bins: int = BINS) -> Tensor:
    """Share of the pixels in each of `bins` equal steps from 0 to 1: (B, C, H, W) -> (B, C, bins).

    Each channel's shares sum to 1. Raises ImageError where the pictures have another shape or are not float.
    """
    check(images)
    place = (images.flatten(2) * bins).long().clamp_(0, bins - 1)  # (B, C, H * W)
    counts = torch.zeros(*images.shape[:2], bins, device=images.device)
    counts.scatter_add_(2, place, torch.ones(place.shape, device=images.device))
    return counts / place.shape[2]


def intersection(one: Tensor, other: Tensor) -> Tensor:
    """What two histograms (..., C, bins) have in common, 0 to 1: the sum of the smaller shares, mean over channels.

    1: equal histograms; 0: not one bin in common. Leading axes broadcast.
    """
    return torch.minimum(one, other).sum(-1).mean(-1)


def similarities(one: Tensor, other: Tensor) -> Tensor:
    """Intersection of every histogram of `one` (N, C, bins) with every one of `other` (M, C, bins): (N, M)."""
    return torch.stack([intersection(each, other) for each in one])


def partner_found(similar: Tensor) -> float:
    """How often the partner is the most similar: (N, N) similarities, partners on the diagonal -> share of rows.

    A tie counts as a share of a hit: a picture whose four best are equal has been found by one guess in four.
    """
    best = similar.amax(1, keepdim=True)
    ties = (similar >= best).float()  # (N, N)
    return (ties.diagonal() / ties.sum(1)).mean().item()
