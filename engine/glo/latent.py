"""Walking among codes: blends of corners, paths, a Gaussian fitted to all codes, arithmetic, principal directions.

Everything is plain vector arithmetic on (N, d) codes; what makes it worth looking at is the generator behind it.
Spherical means: directions along the great circle, lengths along a straight line (White 2016 for Gaussian codes of
GANs; GLO's own figures are linear, and a straight line never leaves the ball). The browser walks with the same
formulas (assets/components/common/latent.js), held equal by a test.

Tested: ends are hit exactly, linear paths stay in the ball, spherical ones keep the norm of unit codes and an equal
angle per step, the Gaussian has the codes' moments (NumPy).
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from engine.glo.principal import Principal, principal_components

PATHS = ("linear", "spherical")
PARALLEL = 1e-4  # radians: below this, and this close to opposite, the great circle is not determined


def between(a: Tensor, b: Tensor, share: Tensor | float, how: str = "linear") -> Tensor:
    """The code at `share` of the way from a to b, both (..., d); `share` is a number or (..., 1).

    Raises ValueError for another kind of path.
    """
    if how == "linear":
        return a + (b - a) * share
    if how != "spherical":
        raise ValueError(f"Paths are {' or '.join(PATHS)}, not {how!r}.")
    length_a, length_b = a.norm(dim=-1, keepdim=True), b.norm(dim=-1, keepdim=True)
    unit_a, unit_b = a / length_a.clamp_min(1e-12), b / length_b.clamp_min(1e-12)
    angle = torch.arccos((unit_a * unit_b).sum(dim=-1, keepdim=True).clamp(-1, 1))
    usable = (angle > PARALLEL) & (angle < torch.pi - PARALLEL) & (length_a > 0) & (length_b > 0)
    safe = torch.where(usable, angle, torch.ones_like(angle))
    direction = (torch.sin((1 - share) * safe) * unit_a + torch.sin(share * safe) * unit_b) / torch.sin(safe)
    arc = direction * (length_a + (length_b - length_a) * share)
    return torch.where(usable, arc, a + (b - a) * share)


def path(a: Tensor, b: Tensor, steps: int, how: str = "linear") -> Tensor:
    """`steps` codes from a to b, both (d,), ends included: (steps, d)."""
    shares = torch.linspace(0, 1, steps, device=a.device, dtype=a.dtype).unsqueeze(1)  # (steps, 1)
    return between(a.unsqueeze(0), b.unsqueeze(0), shares, how)


def corner_weights(count: int, across: float, down: float) -> tuple[float, ...]:
    """The share of each of 2, 3 or 4 corners at a point of the unit square, summing to 1.

    Two corners lie left and right; three are top left, top right and the middle of the bottom side (outside their
    triangle the nearest point inside counts); four are the corners row by row.
    """
    x, y = min(max(across, 0.0), 1.0), min(max(down, 0.0), 1.0)
    if count == 2:
        return 1 - x, x
    if count == 3:
        half = (1 - y) / 2
        x = min(max(x - 0.5, -half), half)
        return half - x, half + x, y
    if count == 4:
        return (1 - x) * (1 - y), x * (1 - y), (1 - x) * y, x * y
    raise ValueError(f"A pad has 2, 3 or 4 corners, not {count}.")


def blend(corners: Tensor, across: float, down: float, how: str = "linear") -> Tensor:
    """The code (d,) at a point of the pad between 2 to 4 corner codes (k, d).

    Linear: the weighted sum. Spherical: along the rows first, then between the rows.
    """
    count = len(corners)
    weights = corner_weights(count, across, down)
    if how == "linear":
        return torch.tensor(weights, dtype=corners.dtype, device=corners.device) @ corners
    top_share = weights[0] + weights[1]
    top = between(corners[0], corners[1], weights[1] / top_share if top_share else 0.5, how)
    if count == 2:
        return top
    if count == 3:
        return between(top, corners[2], weights[2], how)
    bottom_share = weights[2] + weights[3]
    bottom = between(corners[2], corners[3], weights[3] / bottom_share if bottom_share else across, how)
    return between(top, bottom, bottom_share, how)


@dataclass(frozen=True, eq=False)
class Gaussian:
    """A Gaussian with full covariance: mean (d,), factor (d, d) lower triangular, covariance = factor @ factor.T."""

    mean: Tensor
    factor: Tensor

    def sample(self, noise: Tensor, temperature: float = 1.0) -> Tensor:
        """Codes (B, d) from standard normal noise (B, d); temperature scales the distance from the mean."""
        return self.mean + temperature * (noise @ self.factor.T)


def fit_gaussian(codes: Tensor) -> Gaussian:
    """The Gaussian with the mean and covariance (denominator N) of codes (N, d).

    A trace of the identity (1e-6 of the mean variance) keeps the factorisation possible where codes are fewer than
    dimensions.
    """
    centred = (codes - codes.mean(dim=0)).double()
    covariance = centred.T @ centred / len(codes)
    jitter = 1e-6 * covariance.diagonal().mean().clamp_min(1e-12)
    eye = torch.eye(codes.shape[1], dtype=covariance.dtype, device=codes.device)
    factor = torch.linalg.cholesky(covariance + jitter * eye)
    return Gaussian(codes.mean(dim=0), factor.to(codes.dtype))


def direction(codes: Tensor, having: Tensor) -> Tensor:
    """Mean code of the pictures that have something, minus the mean of the others: (N, d), (N,) bool -> (d,).

    Raises ValueError where all or none have it.
    """
    if having.all() or not having.any():
        raise ValueError("A direction needs pictures with and pictures without it.")
    return codes[having].mean(dim=0) - codes[~having].mean(dim=0)


def principal_directions(codes: Tensor, count: int) -> Principal:
    """The directions along which the codes vary most, most first; `deviations` say how far they spread."""
    return principal_components(codes, count)
