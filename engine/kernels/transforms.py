"""What the kernel editor does to a whole kernel: scale it, turn it round."""

from __future__ import annotations

import torch
from torch import Tensor

ZERO_SUM = 1e-4  # a sum below this share of the absolute values counts as 0


def normalise(kernel: Tensor) -> Tensor:
    """Scale so that brightness is kept: divided by the size of its sum, signs unchanged; any shape.

    The values then sum to 1 (to -1 if they summed to something negative). A kernel that sums to 0 keeps no
    brightness; its absolute values are made to sum to 1, so a picture in [0, 1] gives outputs in [-1/2, 1/2].
    A kernel of zeros stays as it is.
    """
    total, weight = kernel.sum().abs(), kernel.abs().sum()
    scale = torch.where(total > ZERO_SUM * weight, total, weight)
    return kernel / torch.where(scale == 0, 1, scale)


def flip(kernel: Tensor) -> Tensor:
    """Turn by 180 degrees, (..., kh, kw): convolution with a kernel is correlation with the flipped one."""
    return kernel.flip((-2, -1))
