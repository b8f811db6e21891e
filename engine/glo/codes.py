"""Codes: one learnable vector per picture, kept as one tensor on the device.

A step touches only the codes of its batch: they are gathered, their gradient is taken, they are moved in place and
projected, and so is the optimiser's memory, which every code has for itself (one shared by all would carry the
momentum of one picture into the code of another). Nothing leaves the device.

`start` draws the first codes: Gaussian vectors scaled onto the sphere, or the picture's own principal components,
whitened (Bojanowski et al. 2018 and the public code name both; the second starts several decibels ahead).

Tested against torch.optim.Adam and SGD run on every code alone, and for what projections must keep.
"""

from __future__ import annotations

import torch
from torch import Tensor

from engine.glo.principal import principal_components

PROJECTIONS = ("ball", "sphere", "none")
STARTS = ("pca", "sphere")
METHODS = ("adam", "sgd")
BETAS = (0.9, 0.99)  # a code is visited once per epoch: a memory of 1000 visits would be older than the run
EPSILON = 1e-8


def project(codes: Tensor, projection: str = "ball") -> Tensor:
    """Codes (..., d) after the projection: into the unit ball, onto the unit sphere, or as they are.

    Raises ValueError for another name.
    """
    if projection == "none":
        return codes
    if projection not in PROJECTIONS:
        raise ValueError(f"Codes are projected {', '.join(PROJECTIONS)}; there is no {projection!r}.")
    length = codes.norm(dim=-1, keepdim=True)
    return codes / (length.clamp_min(1) if projection == "ball" else length.clamp_min(1e-12))


def start(
    images: Tensor, dimension: int, how: str = "pca", *, generator: torch.Generator | None = None
) -> Tensor:
    """First codes for pictures (N, C, H, W), float in [0, 1]: (N, d) with norms around 1.

    "sphere": Gaussian directions, norm exactly 1. "pca": coordinates along the first d principal components, whitened
    to variance 1/d, so that the mean squared norm is 1; components the data do not have (d above N - 1 or above the
    number of pixels) are drawn Gaussian with the same variance. Raises ValueError for another name.
    """
    count = len(images)
    drawn = torch.randn(count, dimension, generator=generator, device=images.device)
    if how == "sphere":
        return project(drawn, "sphere")
    if how != "pca":
        raise ValueError(f"Codes start as {' or '.join(STARTS)}, not {how!r}.")
    found = principal_components(images.flatten(1), dimension)
    coordinates = found.coordinates / found.deviations.clamp_min(1e-6)  # (N, k), variance 1
    return torch.cat([coordinates, drawn[:, coordinates.shape[1] :]], dim=1) / dimension**0.5


class Codes:
    """All codes with their optimiser, (N, d) on one device.

    Attributes:
        values: The codes; treat as read-only outside.
        projection: Applied to the rows of every update.
    """

    def __init__(self, values: Tensor, *, projection: str = "ball", method: str = "adam") -> None:
        if method not in METHODS:
            raise ValueError(f"Codes move by {' or '.join(METHODS)}, not by {method!r}.")
        self.projection, self.method = projection, method
        self.values = project(values, projection).clone()
        self._first = torch.zeros_like(self.values)
        self._second = torch.zeros_like(self.values)
        self._visits = torch.zeros(len(values), 1, device=values.device)

    def __len__(self) -> int:
        return len(self.values)

    def gather(self, rows: Tensor) -> Tensor:
        """The codes of these rows, (B, d), as a leaf that asks for a gradient."""
        return self.values[rows].requires_grad_()

    @torch.no_grad()
    def update(self, rows: Tensor, gradient: Tensor, rate: float) -> None:
        """Move the codes of `rows` (B,), each once, against their gradients (B, d), then project them.

        Adam with bias correction by the visits of each code, or plain gradient descent.
        """
        moved = self.values[rows]
        if self.method == "sgd":
            moved = moved - rate * gradient
        else:
            visits = self._visits[rows] + 1
            first = torch.lerp(gradient, self._first[rows], BETAS[0])
            second = torch.lerp(gradient.square(), self._second[rows], BETAS[1])
            self._visits[rows], self._first[rows], self._second[rows] = visits, first, second
            spread = (second / (1 - BETAS[1] ** visits)).sqrt() + EPSILON
            moved = moved - rate * (first / (1 - BETAS[0] ** visits)) / spread
        self.values[rows] = project(moved, self.projection)

    @torch.no_grad()
    def reproject(self, projection: str) -> None:
        """Change the projection; all codes obey it at once."""
        self.values = project(self.values, projection)
        self.projection = projection
