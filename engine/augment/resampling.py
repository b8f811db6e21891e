"""Separable resampling: every picture of a batch gets its own two small matrices, one for rows, one for columns.

A crop that is resized, with or without a mirror, is linear along rows and along columns, so

    output = rows @ picture @ columns^T        rows (n, H), columns (m, W), picture (C, H, W)

Two batched matrix products do it for all pictures at once, with no loop, no gathering and no sampling grid; at
32 x 32 this is as fast as torch's grid_sample and, unlike it, exact: the weights are computed in the order of
operations of torch's own antialiased resizing. The products grow with the cube of the side, so on a CPU large
pictures go through torch's resizing one by one. Tested against torchvision's `resized_crop`, both ways.
"""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor
from torch.nn import functional

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


def one_by_one(images: Tensor, boxes: Mapping[str, Tensor], size: tuple[int, int]) -> Tensor:
    """The same with torch's own resizing, one picture after another; reads the boxes back from the device."""
    sides = [boxes[name].tolist() for name in ("top", "left", "height", "width")]
    made = images.new_empty(*images.shape[:2], *size)
    for number, (top, left, height, width) in enumerate(zip(*sides, strict=True)):
        cut = images[number : number + 1, :, top : top + height, left : left + width].contiguous()
        made[number] = functional.interpolate(cut, size=size, mode="bilinear", antialias=True)[0]
    mirrored = boxes.get("mirrored")
    return made if mirrored is None else torch.where(mirrored.view(-1, 1, 1, 1), made.flip(-1), made)
