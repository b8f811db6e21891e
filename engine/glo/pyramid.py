"""The Laplacian pyramid of Burt and Adelson, and the loss GLO draws its sharp pictures with.

A level of the pyramid is what a smaller copy of the picture misses: `x_j - up(down(x_j))`. The smallest copy is the
last level, so the levels put together again are the picture. Every operation is linear, hence the pyramid of a
difference is the difference of the pyramids, and the loss needs one pyramid instead of two.

    Lap1(a, b) = sum over levels j of w_j * mean |L_j(a - b)|

Sources disagree about w_j. Written with sums over pixels, one note on the 2017 preprint has 2^-2j, one on the ICML
paper 2^2j. Level j has 4^-j of the pixels, so with means instead of sums

    "equal"      2^2j on sums     w_j = 1         every level counts the same; also what public code does
    "sums"       1 on sums        w_j = 4^-j
    "finest"     2^-2j on sums    w_j = 16^-j     almost only the finest level is left

(up to a constant; exact where the sides halve evenly). The default is "equal".

Tested: the levels add up to the picture, one pyramid equals the difference of two, the kernel is the product of two
Gaussian profiles (rank 1), gradients by finite differences.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import torch
from torch import Tensor
from torch.nn import functional

KERNEL = 5  # taps: Burt and Adelson 1983
SIGMA = 1.0  # pixels; close to their 1 4 6 4 1
WEIGHTINGS = {"equal": 0, "sums": -2, "finest": -4}  # w_j = 2 ** (exponent * j)
MOST_LEVELS = 8


@lru_cache(maxsize=32)
def gaussian_kernel(
    channels: int, device: torch.device, dtype: torch.dtype, size: int = KERNEL, sigma: float = SIGMA
) -> Tensor:
    """A Gaussian of `size` x `size` taps with sum 1 for every channel, (channels, 1, size, size); built once."""
    with torch.inference_mode(
        mode=False
    ):  # else a kernel first asked for in inference would refuse gradients
        taps = torch.arange(size, device=device, dtype=torch.float64) - (size - 1) / 2
        profile = torch.exp(-(taps**2) / (2 * sigma**2))
        profile = profile / profile.sum()
        kernel = torch.outer(profile, profile)  # (size, size), rank 1
        return kernel.to(dtype).expand(channels, 1, size, size).contiguous()


def shrink(images: Tensor) -> Tensor:
    """Blur with the Gaussian and keep every second pixel: (B, C, H, W) -> (B, C, ceil(H/2), ceil(W/2)).

    The border is replicated, so that a constant picture stays constant.
    """
    channels = images.shape[1]
    kernel = gaussian_kernel(channels, images.device, images.dtype)
    padded = functional.pad(images, [KERNEL // 2] * 4, mode="replicate")
    return functional.conv2d(padded, kernel, stride=2, groups=channels)


def grow(images: Tensor, height: int, width: int) -> Tensor:
    """Enlarge to (B, C, height, width), bilinear."""
    return functional.interpolate(images, size=(height, width), mode="bilinear", align_corners=False)


def laplacian_pyramid(images: Tensor, levels: int = 3) -> list[Tensor]:
    """`levels` bands, finest first, and the small picture that is left: levels + 1 tensors.

    Raises:
        ValueError: `levels` is not between 0 and 8, or the pictures are no (B, C, H, W).
    """
    if not 0 <= levels <= MOST_LEVELS:
        raise ValueError(f"A pyramid has 0 to {MOST_LEVELS} levels, not {levels}.")
    if images.ndim != 4:
        raise ValueError(f"Expected pictures (B, C, H, W), got {tuple(images.shape)}.")
    bands, current = [], images
    for _ in range(levels):
        smaller = shrink(current)
        bands.append(current - grow(smaller, *current.shape[-2:]))
        current = smaller
    return [*bands, current]


def level_weights(levels: int, weighting: str = "equal") -> tuple[float, ...]:
    """The weight of every level on mean absolute values, finest first; see the module's table."""
    if weighting not in WEIGHTINGS:
        raise ValueError(f"Levels are weighted {', '.join(WEIGHTINGS)}; there is no {weighting!r}.")
    return tuple(2.0 ** (WEIGHTINGS[weighting] * level) for level in range(levels + 1))


def pyramid_norms(difference: Tensor, levels: int, weights: Sequence[float]) -> Tensor:
    """Weighted sum over levels of the mean absolute value, one number for each picture: (B, C, H, W) -> (B,)."""
    bands = laplacian_pyramid(difference, levels)
    if len(weights) != len(bands):
        raise ValueError(f"{levels} levels and the rest need {len(bands)} weights, not {len(weights)}.")
    parts = [
        weight * band.abs().mean(dim=(1, 2, 3)) for weight, band in zip(weights, bands, strict=True) if weight
    ]
    return torch.stack(parts).sum(dim=0) if parts else difference.flatten(1).sum(dim=1) * 0


def laplacian_pyramid_loss(
    a: Tensor, b: Tensor, levels: int = 3, *, weights: Sequence[float] | None = None
) -> Tensor:
    """Lap1 between two batches of pictures (B, C, H, W): a number, averaged over the batch.

    Args:
        a: Pictures.
        b: Pictures of the same shape.
        levels: Bands; the small picture left over counts as one level more.
        weights: One per level, finest first, levels + 1 of them; None: all 1 ("equal").

    Raises:
        ValueError: shapes differ, or the number of weights does not fit.
    """
    if a.shape != b.shape:
        raise ValueError(f"Pictures to compare have one shape, not {tuple(a.shape)} and {tuple(b.shape)}.")
    chosen = level_weights(levels) if weights is None else weights
    return pyramid_norms(a - b, levels, chosen).mean()
