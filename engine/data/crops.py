"""Patches of the sample photographs, class = photograph: a real set for contrastive learning without a download.

A photograph is cut into 4 x 4 blocks. Four blocks, one in each row and column, are for testing; a patch never
leaves its block, so no pixel is in both splits. Patches are 32 or 64 pixels wide, the larger ones averaged to 32.
Tested for exactly that, pixel by pixel.
"""

from __future__ import annotations

import torch
from torch import Tensor

from engine import decoding, samples
from engine.data.splitting import mixed
from engine.images import to_uint8

BLOCKS = 4
TEST_BLOCKS = (1, 7, 8, 14)  # row by row: one in every row and column
SIDE, SCALES = 32, (1, 2)
PER_BLOCK = 32
LONGEST = 512  # of a photograph, so that they show things at a similar scale


def photograph(name: str) -> Tensor:
    """The sample photograph (3, H, W) uint8 the patches are cut from."""
    return to_uint8(decoding.decode(samples.about(name).loader(), max_side=LONGEST).image)[0]


def labels(split: str) -> Tensor:
    """The photographs of all patches of a split, (N,) int64, an index into `samples.names()`."""
    blocks = len(TEST_BLOCKS) if split == "test" else BLOCKS**2 - len(TEST_BLOCKS)
    sorted_ = torch.arange(len(samples.names())).repeat_interleave(blocks * PER_BLOCK)
    return sorted_[mixed(len(sorted_))]


def pictures(split: str) -> Tensor:
    """All patches of a split, (N, 3, 32, 32) uint8, in the mixed order of `labels`."""
    found = []
    for label, name in enumerate(samples.names()):
        generator = torch.Generator().manual_seed(label)
        image = photograph(name)
        blocks = [block for block in range(BLOCKS**2) if (block in TEST_BLOCKS) == (split == "test")]
        found += [_patches(image, block, generator) for block in blocks]
    patches = torch.cat(found)
    return patches[mixed(len(patches))]


def bounds(length: int, index: int) -> tuple[int, int]:
    """First row (or column) of block `index` along a side, and the one after its last."""
    return length * index // BLOCKS, length * (index + 1) // BLOCKS


def _patches(image: Tensor, block: int, generator: torch.Generator) -> Tensor:
    """PER_BLOCK patches of one block, (PER_BLOCK, 3, 32, 32), half of them at each scale that fits."""
    (top, bottom), (left, right) = (
        bounds(image.shape[1], block // BLOCKS),
        bounds(image.shape[2], block % BLOCKS),
    )
    found = []
    for number in range(PER_BLOCK):
        scale = SCALES[number % len(SCALES)]
        edge = SIDE * scale
        row = top + int(torch.randint(bottom - top - edge + 1, (1,), generator=generator))
        column = left + int(torch.randint(right - left - edge + 1, (1,), generator=generator))
        patch = image[:, row : row + edge, column : column + edge].float()
        found.append(patch.view(3, SIDE, scale, SIDE, scale).mean((2, 4)))
    return torch.stack(found).round().to(torch.uint8)
