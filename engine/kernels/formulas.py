"""The kernels' values: each function returns a (size, size) float64 tensor, any size its formula has.

Kernels are applied as cross-correlation (see `convolution`), so they are written the way they lie on the
picture. x grows to the right and y upwards, counted from the middle of the kernel; angles are degrees,
counter-clockwise from the x axis as one sees them on the screen.
"""

from __future__ import annotations

from math import cos, pi, radians, sin

import torch
from torch import Tensor

WORKING = torch.float64  # exact integers and clean zero sums before the result becomes float32


def grid(size: int) -> tuple[Tensor, Tensor]:
    """x and y of every cell, both (size, size); the middle is 0, between two cells for even sizes."""
    steps = torch.arange(size, dtype=WORKING) - (size - 1) / 2
    return steps.expand(size, size), -steps[:, None].expand(size, size)


def identity(size: int) -> Tensor:
    """1 in the middle, 0 elsewhere."""
    x, y = grid(size)
    return ((x == 0) & (y == 0)).to(WORKING)


def box(size: int) -> Tensor:
    """Every cell 1 / size^2."""
    return torch.full((size, size), 1 / size**2, dtype=WORKING)


def gaussian(size: int, sigma: float) -> Tensor:
    """exp(-(x^2 + y^2) / (2 sigma^2)), scaled to sum 1."""
    x, y = grid(size)
    bell = torch.exp(-(x**2 + y**2) / (2 * sigma**2))
    return bell / bell.sum()


def motion_blur(size: int, angle: float) -> Tensor:
    """A line through the middle, one cell wide with soft edges, scaled to sum 1."""
    x, y = grid(size)
    along_x, along_y = _direction(angle)
    line = (1 - (x * along_y - y * along_x).abs()).clamp(min=0)
    return line / line.sum()


def sharpen(size: int, amount: float) -> Tensor:
    """identity - amount * Laplacian of the four neighbours; amount 1 is the textbook kernel."""
    return identity(size) - amount * laplacian(size, 4)


def unsharp(size: int, sigma: float, amount: float) -> Tensor:
    """identity + amount * (identity - Gaussian): the picture plus what a blur takes away."""
    return identity(size) + amount * (identity(size) - gaussian(size, sigma))


def emboss(size: int, angle: float) -> Tensor:
    """identity plus a slope that falls towards the light at `angle`; the steepest cell of the slope is 2."""
    slope = -_across(size, angle)
    return identity(size) + 2 * slope / slope.abs().max()


def sobel(size: int, angle: float) -> Tensor:
    """Change along `angle`, smoothed across it.

    Along x and size k: binomial(k) across, binomial(k - 2) convolved with [-1, 0, 1] along, as in OpenCV.
    Other angles mix the kernels for x and y by cosine and sine (Freeman and Adelson 1991).
    """
    along = _convolve_1d(_binomial(size - 2), torch.tensor([-1.0, 0.0, 1.0], dtype=WORKING))
    horizontal = torch.outer(_binomial(size), along)
    return _steer(horizontal, angle)


def prewitt(size: int, angle: float) -> Tensor:
    """Slope of the plane that fits the window best, unscaled: along x every row is -r, ..., 0, ..., r."""
    x, _ = grid(size)
    return _steer(x, angle)


def scharr(size: int, angle: float) -> Tensor:
    """Like Sobel with 3, 10, 3 across: the most even response to all edge angles in 3 x 3 (Scharr 2000)."""
    x, _ = grid(size)
    across = torch.tensor([3.0, 10.0, 3.0], dtype=WORKING)
    return _steer(x * across[:, None], angle)


def laplacian(size: int, neighbours: int) -> Tensor:
    """Sum of the 4 or 8 neighbours minus as often the middle cell; 3 x 3, in the middle of larger sizes."""
    x, y = grid(size)
    reach = (x.abs() + y.abs()) if neighbours == 4 else torch.maximum(x.abs(), y.abs())
    return (reach == 1).to(WORKING) - neighbours * identity(size)


def laplacian_of_gaussian(size: int, sigma: float) -> Tensor:
    """(r^2 - 2 sigma^2) / sigma^4 * Gaussian, minus its mean so that it sums to 0 (as MATLAB's fspecial)."""
    x, y = grid(size)
    curve = (x**2 + y**2 - 2 * sigma**2) / sigma**4 * gaussian(size, sigma)
    return curve - curve.mean()


def gabor(size: int, angle: float, wavelength: float, sigma: float) -> Tensor:
    """A cosine wave running along `angle` under a Gaussian window, made zero-sum (Daugman 1985, Lee 1996)."""
    x, y = grid(size)
    envelope = torch.exp(-(x**2 + y**2) / (2 * sigma**2))
    wave = torch.cos(2 * pi * _across(size, angle) / wavelength)
    return envelope * (wave - (envelope * wave).sum() / envelope.sum())


def gaussian_derivative(size: int, angle: float, sigma: float) -> Tensor:
    """Change along `angle` of a picture smoothed by a Gaussian: distance along `angle` times the Gaussian."""
    return _across(size, angle) * gaussian(size, sigma)


def lecture_edge(size: int) -> Tensor:
    """The lecture's filter: a row of 1, a row of 0, a row of -1."""
    _, y = grid(size)
    return y.sign()


def random(size: int, seed: int) -> Tensor:
    """Normal random values with standard deviation 1 / size, so that the output varies as the input does."""
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(size, size, generator=generator, dtype=WORKING) / size


def _across(size: int, angle: float) -> Tensor:
    """Position of every cell along the direction `angle`."""
    x, y = grid(size)
    along_x, along_y = _direction(angle)
    return x * along_x + y * along_y


def _steer(horizontal: Tensor, angle: float) -> Tensor:
    """Turn a kernel for change along x: its copy for y is the transpose, turned so that up is positive."""
    along_x, along_y = _direction(angle)
    return along_x * horizontal - along_y * horizontal.T


def _direction(angle: float) -> tuple[float, float]:
    """Cosine and sine, rounded so that 90 degrees gives exactly 0 and 1."""
    return round(cos(radians(angle)), 12), round(sin(radians(angle)), 12)


def _binomial(size: int) -> Tensor:
    """Row `size` - 1 of Pascal's triangle."""
    row = torch.ones(1, dtype=WORKING)
    for _ in range(size - 1):
        row = _convolve_1d(row, torch.ones(2, dtype=WORKING))
    return row


def _convolve_1d(first: Tensor, second: Tensor) -> Tensor:
    product = torch.zeros(len(first) + len(second) - 1, dtype=WORKING)
    for offset, value in enumerate(second.tolist()):
        product[offset : offset + len(first)] += value * first
    return product
