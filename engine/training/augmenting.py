"""The light augmentation of supervised training, on whole batches of bytes: shift by some pixels, flip, wrong labels.

One gather per batch instead of a loop over pictures. Tested against a loop over pictures and pixels.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F  # noqa: N812 - the usual name
from torch import Tensor


def shift(images: Tensor, distance: int, generator: torch.Generator | None) -> Tensor:
    """Every picture moved by up to `distance` pixels in both directions, its border mirrored inwards.

    (B, C, H, W), any type, to the same. `distance` is less than H and W.
    """
    if distance == 0:
        return images
    batch, _, height, width = images.shape
    places = torch.randint(0, 2 * distance + 1, (2, batch), generator=generator, device=images.device)
    padded = _mirror(images, distance)
    windows = padded.unfold(2, height, 1).unfold(3, width, 1)  # (B, C, 2d + 1, 2d + 1, H, W), no copy
    which = torch.arange(batch, device=images.device)
    return windows[which, :, places[0], places[1]]  # (B, C, H, W)


def _mirror(images: Tensor, distance: int) -> Tensor:
    """Reflection padding, for any type."""
    if images.is_floating_point():
        return F.pad(images, [distance] * 4, mode="reflect")
    for axis in (2, 3):
        size = images.shape[axis]
        inner = torch.arange(-distance, size + distance, device=images.device).abs()
        images = images.index_select(axis, torch.where(inner >= size, 2 * (size - 1) - inner, inner))
    return images


def flip(images: Tensor, generator: torch.Generator | None) -> Tensor:
    """Every picture mirrored left to right with probability one half. (B, C, H, W) to the same."""
    drawn = torch.rand(len(images), generator=generator, device=images.device) < 0.5
    return torch.where(drawn[:, None, None, None], images.flip(3), images)


def wrong_labels(labels: Tensor, share: float, classes: int, seed: int) -> Tensor:
    """The labels (N,), a `share` of them replaced by another class at random.

    Which ones, and by what, follows from the seed alone: a larger share adds to a smaller one.
    """
    if share == 0 or classes < 2:
        return labels
    generator = torch.Generator().manual_seed(seed)
    chosen = torch.rand(len(labels), generator=generator) < share
    moved = torch.randint(1, classes, (len(labels),), generator=generator)
    chosen, moved = chosen.to(labels.device), moved.to(labels.device)
    return torch.where(chosen, (labels + moved) % classes, labels)
