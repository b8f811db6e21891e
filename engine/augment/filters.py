"""Gaussian noise, Gaussian blur and Sobel filtering: operators that act on pixels and their neighbours."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor
from torch.nn import functional

from engine import kernels
from engine.augment.colours import brightness_of
from engine.augment.operator import Drawn, Operator, check_order, uniform
from engine.convolution import convolve
from engine.device import full_precision
from engine.settings import setting


@dataclass(frozen=True)
class GaussianNoise(Operator):
    """Independent noise on every value, clipped to [0, 1]. Tested against torchvision's `gaussian_noise`."""

    name: ClassVar[str] = "noise"
    letter: ClassVar[str] = "h"
    title: ClassVar[str] = "Gaussian noise"
    what: ClassVar[str] = (
        "Every value moves a little by chance: what is left in common is not the single pixel."
    )

    smallest: float = setting(
        0.05,
        low=0.0,
        high=1.0,
        title="Least noise",
        unit="of full brightness",
        why="ours; the paper names none",
    )
    largest: float = setting(
        0.2,
        low=0.0,
        high=1.0,
        title="Most noise",
        unit="of full brightness",
        why="ours; the paper names none",
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        check_order(self.smallest, self.largest, "smallest and largest")

    def sample(self, shape: tuple[int, ...], generator: torch.Generator) -> Drawn:
        """`sigma` (B,) and the `noise` itself (B, C, H, W), of standard deviation 1."""
        sigma = uniform(shape[0], self.smallest, self.largest, generator)
        return {"sigma": sigma, "noise": torch.randn(shape, generator=generator, device=generator.device)}

    def change_pictures(self, images: Tensor, drawn: Drawn) -> Tensor:
        """picture + sigma * noise, clipped."""
        noise, sigma = drawn["noise"].to(images.dtype), drawn["sigma"].to(images.dtype)
        return (images + noise * sigma.view(-1, 1, 1, 1)).clamp_(0, 1)


def blur_radius(side: int, share: float) -> int:
    """Half the kernel's width for pictures whose shorter side is `side`: the kernel is `share` of it, odd.

    As the paper's code has it (3 cells at 32 pixels, 23 at 224), but at least 3 and never beyond the mirror.
    """
    return min(max(int(side * share) // 2, 1), side - 1)


@dataclass(frozen=True)
class GaussianBlur(Operator):
    """A Gaussian of random width, mirrored at the edge. Tested against torchvision's `gaussian_blur`."""

    name: ClassVar[str] = "blur"
    letter: ClassVar[str] = "i"
    title: ClassVar[str] = "Gaussian blur"
    what: ClassVar[str] = "Fine detail is gone: what is left in common are the larger forms."

    smallest: float = setting(
        0.1, low=0.05, high=5.0, title="Least sigma", unit="pixels", why="SimCLR, appendix A"
    )
    largest: float = setting(
        2.0, low=0.05, high=5.0, title="Most sigma", unit="pixels", why="SimCLR, appendix A"
    )
    kernel: float = setting(
        0.1, low=0.02, high=0.5, title="Kernel", unit="of the shorter side", why="SimCLR, appendix A: 10 %"
    )
    probability: float = setting(0.5, low=0.0, high=1.0, title="Probability", why="SimCLR, appendix A")

    def __post_init__(self) -> None:
        super().__post_init__()
        check_order(self.smallest, self.largest, "smallest and largest")

    def sample(self, shape: tuple[int, ...], generator: torch.Generator) -> Drawn:
        """`sigma` (B,) in pixels."""
        return {"sigma": uniform(shape[0], self.smallest, self.largest, generator)}

    def change_pictures(self, images: Tensor, drawn: Drawn) -> Tensor:
        """See `blur`."""
        return blur(images, drawn["sigma"], blur_radius(min(images.shape[-2:]), self.kernel))


def blur(images: Tensor, sigma: Tensor, radius: int) -> Tensor:
    """Blur each picture (B, C, H, W) with its own `sigma` (B,), kernel 2 * radius + 1 cells, edges mirrored."""
    batch, channels, rows, columns = images.shape
    distance = torch.arange(-radius, radius + 1, device=sigma.device)
    taps = torch.exp(-0.5 * (distance / sigma.view(-1, 1)).square())  # (B, k)
    taps = (taps / taps.sum(1, keepdim=True)).to(images.dtype).repeat_interleave(channels, 0)  # (B * C, k)
    padded = functional.pad(images, (radius,) * 4, mode="reflect") if radius else images
    planes = padded.reshape(1, batch * channels, rows + 2 * radius, columns + 2 * radius)
    with full_precision(images.device):
        down = functional.conv2d(planes, taps[:, None, :, None], groups=batch * channels)
        right = functional.conv2d(down, taps[:, None, None, :], groups=batch * channels)
    return right.view(images.shape)


def sobel(images: Tensor) -> Tensor:
    """Size of the brightness gradient: (B, C, H, W) -> (B, C, H, W), all channels equal, in [0, 1].

    sqrt(gx^2 + gy^2) / 4 with Sobel's two kernels, edges repeated; 1 is a straight edge from black to white.
    """
    grey = brightness_of(images)
    both = torch.stack([kernels.build(name, 3, device=images.device) for name in ("sobel_x", "sobel_y")])
    weight = both.unsqueeze(1).to(images.dtype)  # (2, 1, 3, 3)
    gradient = convolve(grey, weight, padding=1, padding_mode="replicate")  # (B, 2, H, W)
    size = gradient.square().sum(1, keepdim=True).sqrt_().div_(_step(weight)).clamp_(0, 1)
    return size.expand_as(images)


def _step(weight: Tensor) -> Tensor:
    """What the kernel makes of a straight edge from 0 to 1."""
    return weight[0].clamp_min(0).sum()


@dataclass(frozen=True)
class SobelFiltering(Operator):
    """Edges instead of the picture. Tested against scikit-image's `sobel`."""

    name: ClassVar[str] = "sobel"
    letter: ClassVar[str] = "j"
    title: ClassVar[str] = "Sobel filtering"
    what: ClassVar[str] = "Only edges are left; colour and brightness are gone."

    def sample(self, shape: tuple[int, ...], generator: torch.Generator) -> Drawn:  # noqa: ARG002 - nothing to draw
        """Nothing: there is no chance in it."""
        return {}

    def change_pictures(self, images: Tensor, drawn: Drawn) -> Tensor:  # noqa: ARG002 - nothing was drawn
        """See `sobel`."""
        return sobel(images)
