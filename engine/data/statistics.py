"""What can be known about a data set before anything is trained.

All of it follows from two tables, counted piece by piece so that memory stays small: how often every brightness
occurs in every channel, and the sum of all pictures of every class. Runs on any device. Tested against NumPy on the
whole array and against scikit-learn's nearest centroid.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import torch
from torch import Tensor

from engine.data.dataset import Dataset, Factor

PIECE = 2048  # pictures at a time


@dataclass(frozen=True, eq=False)
class Statistics:
    """Of one split.

    Attributes:
        counts: (K,) pictures per class.
        histogram: (C, 256) how often each brightness occurs in each channel.
        means: (K, C, H, W) the mean picture of every class in [0, 1]; 0 for a class without pictures.
    """

    counts: Tensor
    histogram: Tensor
    means: Tensor

    @property
    def mean(self) -> Tensor:
        """(C,) mean brightness of each channel in [0, 1]."""
        return self._moment(1)

    @property
    def std(self) -> Tensor:
        """(C,) standard deviation of each channel, over all pixels of all pictures."""
        return (self._moment(2) - self._moment(1).square()).clamp_min(0).sqrt()

    @property
    def largest_share(self) -> float:
        """Share of the most frequent class: what always guessing it would get right."""
        return float(self.counts.max() / self.counts.sum())

    def _moment(self, power: int) -> Tensor:
        values = torch.arange(256, device=self.histogram.device, dtype=torch.float64) / 255
        return (self.histogram.double() @ values**power) / self.histogram.sum(1)


def statistics(dataset: Dataset, device: torch.device | None = None) -> Statistics:
    """Count one split, on `device` (the pictures' own by default)."""
    device = device or dataset.images.device
    channels, height, width = dataset.images.shape[1:]
    classes = len(dataset.classes)
    histogram = torch.zeros(channels, 256, dtype=torch.int64, device=device)
    sums = torch.zeros(classes, channels * height * width, device=device, dtype=torch.float64)
    for start in range(0, len(dataset), PIECE):
        pictures = dataset.images[start : start + PIECE].to(device)
        labels = dataset.labels[start : start + PIECE].to(device)
        for channel in range(channels):
            histogram[channel] += torch.bincount(pictures[:, channel].flatten(), minlength=256)
        # Exact: a piece's sums are whole numbers below 2^24.
        piece = torch.zeros_like(sums, dtype=torch.float32).index_add_(0, labels, pictures.flatten(1).float())
        sums += piece
    counts = torch.bincount(dataset.labels.to(device), minlength=classes)
    means = sums / (255 * counts.clamp_min(1)[:, None])
    return Statistics(
        counts, histogram.view(channels, 256), means.view(classes, channels, height, width).float()
    )


def nearest_mean_accuracy(means: Tensor, tests: Dataset) -> float:
    """Share of test pictures (N, C, H, W) that are nearer to the mean picture of their class than to any other.

    The least a classifier should beat: it knows one picture per class. Distance: Euclidean over all values.
    """
    centres = means.flatten(1)  # (K, D)
    right = 0
    for start in range(0, len(tests), PIECE):
        pictures = tests.images[start : start + PIECE].to(centres.device).flatten(1).float() / 255
        nearest = torch.cdist(pictures, centres).argmin(1)
        right += int((nearest == tests.labels[start : start + PIECE].to(centres.device)).sum())
    return right / len(tests)


def factor_counts(factor: Factor, bins: int = 12) -> tuple[tuple[str, ...], Tensor]:
    """How often each value of a factor occurs: names of the bars and counts; numbers fall into `bins` equal bins."""
    if factor.categories:
        return factor.categories, torch.bincount(factor.values, minlength=len(factor.categories))
    share = (factor.values - factor.low) / (factor.high - factor.low)
    place = (share * bins).long().clamp(0, bins - 1)
    edges = [factor.low + (factor.high - factor.low) * index / bins for index in range(bins + 1)]
    digits = 0 if factor.high > 10 else 2
    names = tuple(f"{low:.{digits}f} to {high:.{digits}f}{factor.unit}" for low, high in pairwise(edges))
    return names, torch.bincount(place, minlength=bins)
