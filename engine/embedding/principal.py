"""Principal components: the plane (or space) in which the vectors spread most.

Exact: from the eigenvectors of the D x D covariance, of the N x N inner products where those are fewer, or, where
both are large, from Lanczos iterations run to convergence. The sign of a component is arbitrary; here the largest
weight is positive, so the same vectors give the same picture on every machine. Tested against scikit-learn.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from scipy.sparse.linalg import LinearOperator, eigsh
from torch import Tensor

from engine.embedding.vectors import EmbeddingError, Vectors, back, check_not_constant, checked

_DIRECT = 512  # up to this size all eigenvectors cost less than Lanczos for three


@dataclass(frozen=True, eq=False)
class Components:
    """Centre (D,), directions (K, D) of length 1, and the share of the variance along each, largest first."""

    centre: Tensor
    directions: Tensor
    shares: tuple[float, ...]

    def coordinates(self, vectors: Vectors) -> Vectors:
        """(N, D) -> (N, K): where vectors lie along the directions."""
        table = torch.as_tensor(vectors).float().to(self.centre.device)
        return back((table - self.centre) @ self.directions.T, vectors)


def components(vectors: Vectors, dims: int = 2) -> Components:
    """The first `dims` components of (N, D) vectors.

    Raises EmbeddingError where the vectors are all the same or more components are asked for than numbers.
    """
    table = checked(vectors)
    if not 1 <= dims <= table.shape[1]:
        raise EmbeddingError(
            f"Vectors of {table.shape[1]} numbers have 1 to {table.shape[1]} components, not {dims}."
        )
    check_not_constant(table)
    centre = table.mean(0)
    centred = table - centre
    directions, variances = _eigen(centred, dims)
    largest = directions.abs().argmax(1, keepdim=True)
    directions = directions * directions.gather(1, largest).sign()
    total = centred.double().square().sum().item()
    return Components(centre, directions, tuple(float(v) / total for v in variances))


def pca(vectors: Vectors, dims: int = 2) -> Vectors:
    """(N, D) -> (N, dims): coordinates along the first components, float32."""
    return components(vectors, dims).coordinates(vectors)


def _eigen(centred: Tensor, dims: int) -> tuple[Tensor, list[float]]:
    """Directions (dims, D) and squared spreads, largest first. Sums in float64 where the device has it."""
    rows, columns = centred.shape
    wide = centred if centred.device.type == "mps" else centred.double()
    if columns <= _DIRECT:
        values, vectors = torch.linalg.eigh(wide.T @ wide)  # (D,), (D, D), smallest first
        return vectors.T[-dims:].flip(0).float(), values[-dims:].flip(0).clamp_min(0).tolist()
    if rows <= _DIRECT:
        values, vectors = torch.linalg.eigh(wide @ wide.T)  # (N,), (N, N)
        sides = vectors.T[-dims:].flip(0) @ wide  # (dims, D): direction times spread
        return torch.nn.functional.normalize(sides, dim=1).float(), values[-dims:].flip(0).clamp_min(
            0
        ).tolist()

    def multiply(vector: np.ndarray) -> np.ndarray:
        side = torch.as_tensor(vector.ravel(), dtype=wide.dtype, device=wide.device)
        return (wide.T @ (wide @ side)).cpu().numpy()

    operator = LinearOperator((columns, columns), matvec=multiply, dtype=np.float64)
    start = np.random.default_rng(0).normal(size=columns)  # any start converges; a fixed one repeats
    found, sides_ = eigsh(operator, k=dims, v0=start, tol=1e-7)
    order = np.argsort(found)[::-1]
    return torch.as_tensor(sides_.T[order].copy()).float().to(centred.device), found[order].tolist()
