"""How good pictures are, in numbers whose definitions are written down.

- `psnr`: 10 log10(1 / MSE) in decibels, MSE over all pixels of all pictures together, so that bad pictures count in
  full. Averaging decibels over pictures would give a kinder number.
- `ssim`: structural similarity, Wang et al. 2004, with their Gaussian window (11 taps, sigma 1.5), for each picture.
- `roughness` of a path of pictures: how much it turns. 0 for a straight cross-fade; the same for any number of steps.
- `largest_step`: the longest step of a path over the mean one: 1 where the picture changes evenly, large at jumps.
- `nearest_distance`: root mean squared pixel difference to the most similar picture of a set; for samples, how far
  they are from being copies.
- `sliced_wasserstein`: distance between two sets of pictures, by optimal transport along random directions
  (Rabin et al. 2011, Bonneel et al. 2015).

Tested against scikit-image (PSNR, SSIM), scipy (one-dimensional Wasserstein), brute force and closed forms.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

from engine.glo.pyramid import gaussian_kernel

WINDOW, SIGMA = 11, 1.5  # Wang et al. 2004
C1, C2 = 0.01**2, 0.03**2
CHUNK = 2**26  # numbers of a distance matrix at a time


def psnr(a: Tensor, b: Tensor) -> Tensor:
    """Peak signal to noise ratio of two batches in [0, 1], in dB: one number."""
    return -10 * torch.log10((a.float() - b.float()).square().mean().clamp_min(1e-12))


def psnr_each(a: Tensor, b: Tensor) -> Tensor:
    """The same for every picture: two (B, C, H, W) -> (B,) dB."""
    return -10 * torch.log10((a.float() - b.float()).square().mean(dim=(1, 2, 3)).clamp_min(1e-12))


def ssim(a: Tensor, b: Tensor) -> Tensor:
    """Structural similarity of each picture: two (B, C, H, W) in [0, 1] -> (B,), mean over window places and channels.

    Raises ValueError where a side is shorter than the window of 11 pixels.
    """
    channels, height, width = a.shape[1:]
    if min(height, width) < WINDOW:
        raise ValueError(
            f"SSIM needs pictures of at least {WINDOW} x {WINDOW} pixels, not {height} x {width}."
        )
    kernel = gaussian_kernel(channels, a.device, torch.float32, WINDOW, SIGMA)
    a, b = a.float(), b.float()
    stacked = torch.cat([a, b, a * a, b * b, a * b])  # (5B, C, H, W)
    mean_a, mean_b, aa, bb, ab = functional.conv2d(stacked, kernel, groups=channels).chunk(5)
    variance_a, variance_b, covariance = aa - mean_a**2, bb - mean_b**2, ab - mean_a * mean_b
    top = (2 * mean_a * mean_b + C1) * (2 * covariance + C2)
    bottom = (mean_a**2 + mean_b**2 + C1) * (variance_a + variance_b + C2)
    return (top / bottom).mean(dim=(1, 2, 3))


def roughness(frames: Tensor) -> Tensor:
    """How much paths of n pictures (..., n, C, H, W) turn: (n - 1) * sum |second difference| / sum |difference|.

    Needs n >= 3. A straight path has 0; a path on a circle of any radius has the angle it turns by, in radians.
    """
    flat = frames.flatten(-3)  # (..., n, D)
    first = flat.diff(dim=-2)
    second = first.diff(dim=-2).norm(dim=-1).mean(dim=-1)
    return (flat.shape[-2] - 1) * second / first.norm(dim=-1).mean(dim=-1).clamp_min(1e-12)


def largest_step(frames: Tensor) -> Tensor:
    """Longest step over mean step of paths (..., n, C, H, W): (...)."""
    lengths = frames.flatten(-3).diff(dim=-2).norm(dim=-1)
    return lengths.amax(dim=-1) / lengths.mean(dim=-1).clamp_min(1e-12)


def nearest_distance(pictures: Tensor, others: Tensor) -> tuple[Tensor, Tensor]:
    """RMS pixel difference of each of (B, C, H, W) to the nearest of `others` (N, C, H, W); its index. (B,) each."""
    flat, table = pictures.flatten(1).float(), others.flatten(1).float()
    rows = max(CHUNK // max(len(table), 1), 1)
    found = [torch.cdist(part, table).min(dim=1) for part in flat.split(rows)]
    distance = torch.cat([each.values for each in found]) / flat.shape[1] ** 0.5
    return distance, torch.cat([each.indices for each in found])


def sliced_wasserstein(
    a: Tensor, b: Tensor, *, directions: int = 256, generator: torch.Generator | None = None
) -> Tensor:
    """Sliced 2-Wasserstein distance between two equally large sets of pictures, (N, C, H, W) each: one number.

    Root of the mean, over random unit directions, of the squared one-dimensional distance. Since a unit direction
    catches 1 / D of a squared distance on average, the unit is pixel brightness, as for an RMS difference.
    Raises ValueError for sets of two sizes.
    """
    if a.shape != b.shape:
        raise ValueError(f"The sets must be equally large, not {tuple(a.shape)} and {tuple(b.shape)}.")
    flat_a, flat_b = a.flatten(1).float(), b.flatten(1).float()
    drawn = torch.randn(flat_a.shape[1], directions, generator=generator, device=a.device)
    axes = drawn / drawn.norm(dim=0)  # (D, directions), unit columns
    apart = (flat_a @ axes).sort(dim=0).values - (flat_b @ axes).sort(dim=0).values
    return apart.square().mean().sqrt()
