"""Pictures for the tests of augmentation: every size and kind that has a way of its own through the code."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

SHAPES = [
    (6, 3, 32, 32),
    (5, 1, 32, 32),
    (4, 3, 47, 33),
    (3, 3, 9, 64),
    (3, 1, 5, 3),
    (2, 3, 1, 1),
    (2, 3, 96, 96),
]


def pictures(shape: tuple[int, ...], seed: int = 0) -> Tensor:
    """Smooth colours with noise; some channels clip at 0 and 1, the first picture has a grey half."""
    generator = torch.Generator().manual_seed(seed)
    coarse = torch.rand(*shape[:2], 4, 4, generator=generator)
    smooth = functional.interpolate(coarse, shape[-2:], mode="bicubic", align_corners=False)
    images = (1.6 * smooth - 0.3 + 0.05 * torch.randn(shape, generator=generator)).clamp(0, 1)
    half = shape[-1] // 2
    images[0, :, :, :half] = images[0, :1, :, :half]
    return images


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)
