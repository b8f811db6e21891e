"""A faithful re-typing of the step of minimal_glo (T. Neumann 2018, the public GLO code), for the benchmark only.

Kept as it is there: the DCGAN generator with batch norms and tanh, pictures in [-1, 1], two Laplacian pyramids per
loss with a kernel rebuilt on every call of a one-channel batch whose "Gaussian" is a sum of two profiles, codes in
NumPy with a round trip per step, one shared leaf for all batches, SGD with rates 1 and 10. Written anew for today's
torch (`loss.item()` instead of `loss.data[0]`, no Variable), for pictures of 32 x 32 by leaving out the last of its
doublings, and with the number of channels as a parameter.
"""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional


class Generator(nn.Module):
    """Transposed convolutions from 1 x 1 to 4, 8, 16 and 32 pixels."""

    def __init__(self, code_dim: int, n_filter: int = 64, out_channels: int = 1) -> None:
        super().__init__()
        self.code_dim = code_dim
        widths = [n_filter * 8, n_filter * 4, n_filter * 2]
        layers: list[nn.Module] = [nn.ConvTranspose2d(code_dim, widths[0], 4, 1, 0, bias=False)]
        for before, after in zip(widths, [*widths[1:], out_channels], strict=True):
            layers += [
                nn.BatchNorm2d(before),
                nn.ReLU(True),
                nn.ConvTranspose2d(before, after, 4, 2, 1, bias=False),
            ]
        self.dcnn = nn.Sequential(*layers, nn.Tanh())

    def forward(self, code: Tensor) -> Tensor:
        """(B, code_dim) to (B, out_channels, 32, 32) in [-1, 1]."""
        return self.dcnn(code.view(code.size(0), self.code_dim, 1, 1))


def build_gauss_kernel(size: int = 5, sigma: float = 1.0, n_channels: int = 1) -> Tensor:
    """Its kernel: the sum over both axes of squared exponentials, not their product."""
    grid = np.float32(np.mgrid[0:size, 0:size].T)
    profile = np.exp((grid - size // 2) ** 2 / (-2 * sigma**2)) ** 2
    kernel = np.sum(profile, axis=2)
    kernel /= np.sum(kernel)
    return torch.FloatTensor(np.tile(kernel, (n_channels, 1, 1))[:, None])


def laplacian_pyramid(image: Tensor, kernel: Tensor, max_levels: int) -> list[Tensor]:
    """Bands `current - filtered`, each level half the size of the one before by averaging."""
    current, pyramid = image, []
    half = kernel.shape[-1] // 2
    for _ in range(max_levels):
        padded = functional.pad(current, (half, half, half, half), mode="replicate")
        filtered = functional.conv2d(padded, kernel, groups=kernel.shape[0])
        pyramid.append(current - filtered)
        current = functional.avg_pool2d(filtered, 2)
    return [*pyramid, current]


class LapLoss(nn.Module):
    """Sum of mean absolute differences over two pyramids. The cache never hits unless there is one channel."""

    def __init__(self, max_levels: int = 3, k_size: int = 5, sigma: float = 2.0) -> None:
        super().__init__()
        self.max_levels, self.k_size, self.sigma = max_levels, k_size, sigma
        self._gauss_kernel: Tensor | None = None

    def forward(self, found: Tensor, wanted: Tensor) -> Tensor:
        """Batches (B, C, H, W) to a number."""
        if self._gauss_kernel is None or self._gauss_kernel.shape[1] != found.shape[1]:
            self._gauss_kernel = build_gauss_kernel(self.k_size, self.sigma, found.shape[1])
        ours = laplacian_pyramid(found, self._gauss_kernel, self.max_levels)
        theirs = laplacian_pyramid(wanted, self._gauss_kernel, self.max_levels)
        return sum((functional.l1_loss(a, b) for a, b in zip(ours, theirs, strict=True)), torch.zeros(()))


def project_l2_ball(z: np.ndarray) -> np.ndarray:
    """Into the unit ball."""
    return z / np.maximum(np.sqrt(np.sum(z**2, axis=1))[:, np.newaxis], 1)


class MinimalGlo:
    """Generator, codes and optimiser, with one method per step."""

    def __init__(
        self,
        z: np.ndarray,
        *,
        channels: int,
        n_filter: int,
        batch_size: int,
        loss: nn.Module,
        lr_g: float = 1.0,
        lr_z: float = 10.0,
    ) -> None:
        self.z = project_l2_ball(z)
        self.g = Generator(z.shape[1], n_filter, channels)
        self.loss_fn = loss
        self.zi = torch.zeros((batch_size, z.shape[1])).requires_grad_()
        self.optimizer = torch.optim.SGD(
            [{"params": self.g.parameters(), "lr": lr_g}, {"params": [self.zi], "lr": lr_z}], lr=lr_g
        )

    def step(self, pictures: Tensor, indices: np.ndarray) -> float:
        """One update on pictures (B, C, 32, 32) in [-1, 1]."""
        self.zi.data = torch.FloatTensor(self.z[indices])
        self.optimizer.zero_grad()
        loss = self.loss_fn(self.g(self.zi), pictures)
        loss.backward()
        self.optimizer.step()
        self.z[indices] = project_l2_ball(self.zi.data.cpu().numpy())
        return float(loss.item())

    @torch.no_grad()
    def reconstruct(self, count: int) -> Tensor:
        """The first pictures from their codes, in [0, 1], with the batch norms in evaluation mode."""
        self.g.eval()
        parts = [
            self.g(torch.FloatTensor(part)) for part in np.array_split(self.z[:count], max(count // 500, 1))
        ]
        self.g.train()
        return torch.cat(parts) / 2 + 0.5
