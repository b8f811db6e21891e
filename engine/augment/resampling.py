"""Separable resampling: every picture of a batch gets its own two small matrices, one for rows, one for columns.

A crop that is resized, with or without a mirror, and a blur are all linear along rows and along columns, so

    output = rows @ picture @ columns^T        rows (n, H), columns (m, W), picture (C, H, W)

Two batched matrix products do it for all pictures at once, with no loop, no gathering and no sampling grid; at
32 x 32 this is as fast as torch's grid_sample and, unlike it, exact: the weights are computed in the order of
operations of torch's own antialiased resizing. Tested against torchvision's `resized_crop` and `gaussian_blur`.
"""

from __future__ import annotations

import torch
from torch import Tensor

from engine.device import full_precision


def resample(images: Tensor, rows: Tensor, columns: Tensor) -> Tensor:
    """(B, C, H, W) under rows (B, n, H) and columns (B, m, W) -> (B, C, n, m), computed in float32 or better."""
    batch, channels, height, width = images.shape
    with full_precision(images.device):
        across = torch.bmm(images.reshape(batch, channels * height, width), columns.transpose(1, 2))
        wide = across.view(batch, channels, height, columns.shape[1])  # (B, C, H, m)
        return torch.matmul(rows.unsqueeze(1), wide)  # (B, C, n, m)


def crop_weights(
    start: Tensor, length: Tensor, size: int, target: int, mirrored: Tensor | None = None
) -> Tensor:
    """Cut [start, start + length) out of an axis of `size` cells and resize it to `target`: (B, target, size).

    Linear interpolation with antialiasing, as torch's `interpolate(antialias=True)`: a triangle as wide as one
    cell of the larger of the two grids, cut off at the crop's ends, its weights made to sum to 1. `start` and
    `length` are (B,) whole numbers; `mirrored` (B,) bool reads the crop from its end.
    """
    place = torch.arange(target, device=start.device).view(1, -1, 1)
    if mirrored is not None:
        place = torch.where(mirrored.view(-1, 1, 1), target - 1 - place, place)  # (B, target, 1)
    inside = torch.arange(size, device=start.device).view(1, 1, -1) - start.view(-1, 1, 1)  # (B, 1, size)
    scale = length.view(-1, 1, 1).float() / target
    centre = scale * (place + 0.5)
    support = scale.clamp_min(1.0)
    weights = (inside - centre).add_(0.5).div_(support).abs_().neg_().add_(1.0).clamp_min_(0.0)
    weights *= (inside >= 0) & (inside < length.view(-1, 1, 1))
    return weights.div_(weights.sum(2, keepdim=True))


def blur_weights(sigma: Tensor, size: int, radius: int) -> Tensor:
    """A Gaussian of standard deviation `sigma` (B,) over 2 * radius + 1 cells: (B, size, size).

    The axis is mirrored at its ends without repeating the end cell, so `radius` is less than `size`.
    """
    distance = torch.arange(radius + 1, device=sigma.device)
    taps = torch.exp(-0.5 * (distance / sigma.view(-1, 1)).square())  # (B, radius + 1)
    taps = taps / (2 * taps.sum(1, keepdim=True) - taps[:, :1])
    row, column = torch.meshgrid(*[torch.arange(size, device=sigma.device)] * 2, indexing="ij")
    away = distance.view(-1, 1, 1)
    where = ((column - row).abs() == away).float()  # (radius + 1, size, size): which tap stands where
    where += (column + row == away) * (column > 0)  # what lies before the first cell
    where += (2 * (size - 1) - column - row == away) * (column < size - 1)  # and beyond the last
    with full_precision(sigma.device):
        return (taps @ where.flatten(1).to(taps.dtype)).view(-1, size, size)
