"""Sixteen hand-made first-layer filters: edges at angles, blobs, colour opponents, stripes.

Networks trained on photographs arrive at such filters by themselves (Krizhevsky et al. 2012, figure 3; Olah
et al. 2020, https://distill.pub/2020/circuits/early-vision). Each filter is a pattern in space times a weight
per colour channel; zero-sum filters are scaled so that their absolute values sum to 1, the others sum to 1.
"""

from __future__ import annotations

import torch
from torch import Tensor

from engine.kernels import formulas
from engine.kernels.transforms import normalise

MOST_FILTERS = 16
GREY = (1.0, 1.0, 1.0)
RED_GREEN = (1.0, -1.0, 0.0)
BLUE_YELLOW = (-0.5, -0.5, 1.0)


def filter_bank(in_channels: int, size: int) -> Tensor:
    """(16, in_channels, size, size), float32: with 3 channels colour filters too, else only grey ones."""
    sigma = size / 4
    edges = {angle: formulas.gaussian_derivative(size, angle, sigma) for angle in _angles(8)}
    blob = -formulas.laplacian_of_gaussian(size, sigma * 0.8)
    stripes = [formulas.gabor(size, angle, max(size / 2, 3.0), sigma) for angle in _angles(4)]
    smooth = formulas.gaussian(size, sigma)
    if in_channels != 3:
        x, y = formulas.grid(size)
        patterns = [*edges.values(), blob, -blob, smooth, *stripes, x * y * smooth]  # the last one: crossings
        return torch.stack([normalise(_paint(pattern, (1.0,) * in_channels)) for pattern in patterns]).float()
    straight = [edges[angle] for angle in _angles(4)]
    painted = [
        *(_paint(pattern, GREY) for pattern in (*straight, blob)),
        *(_paint(smooth, colour) for colour in (RED_GREEN, BLUE_YELLOW)),
        _paint(smooth, GREY),
        *(_paint(pattern, GREY) for pattern in stripes),
        *(_paint(pattern, colour) for colour in (RED_GREEN, BLUE_YELLOW) for pattern in straight[::2]),
    ]
    return torch.stack([normalise(pattern) for pattern in painted]).float()


def _angles(count: int) -> list[float]:
    return [180.0 * step / count for step in range(count)]


def _paint(pattern: Tensor, colour: tuple[float, ...]) -> Tensor:
    """(k, k) times a weight per channel -> (C, k, k)."""
    return torch.tensor(colour, dtype=pattern.dtype)[:, None, None] * pattern
