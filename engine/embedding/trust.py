"""What a layout kept and what it lost, for the whole picture and for every point.

- Trustworthiness: are the neighbours one sees real? It falls where a layout puts strangers beside a point.
- Continuity: are the real neighbours near? It falls where a layout tears neighbours apart.
- Kept: how many of the k true neighbours are among the k nearest in the layout.

The first two are Venna and Kaski 2001 (https://doi.org/10.1007/3-540-44668-0_68): ranks beyond k are summed and
scaled so that 1 is perfect. All are exact, from counts of closer points, a chunk of rows at a time. Tested against
scikit-learn's `trustworthiness` and a literal loop.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from engine.embedding.neighbours import Metric, chunk_rows, nearest_neighbours
from engine.embedding.vectors import EmbeddingError, checked


@dataclass(frozen=True, eq=False)
class Quality:
    """Per point, (N,) float32 in 0..1; the properties are their means, the values papers quote."""

    neighbours: int
    trust: NDArray[np.float32]
    continuity_at: NDArray[np.float32]
    kept_at: NDArray[np.float32]

    @property
    def trustworthiness(self) -> float:
        """1: every neighbour in the layout is a true one."""
        return float(self.trust.mean(dtype=np.float64))

    @property
    def continuity(self) -> float:
        """1: every true neighbour is near in the layout."""
        return float(self.continuity_at.mean(dtype=np.float64))

    @property
    def kept(self) -> float:
        """Share of the k true neighbours that are among the k nearest in the layout."""
        return float(self.kept_at.mean(dtype=np.float64))


def quality(
    vectors: np.ndarray | Tensor, layout: np.ndarray | Tensor, k: int = 15, metric: Metric = "euclidean"
) -> Quality:
    """Compare (N, D) vectors with their (N, 2) or (N, 3) layout, by the k nearest of every point (not itself).

    `metric` is for the vectors; distances in the layout are Euclidean. Raises EmbeddingError where the two do not
    fit or k is not below N / 2.
    """
    table = checked(vectors)
    flat = checked(layout).to(table.device)
    count = len(table)
    if len(flat) != count:
        raise EmbeddingError(f"{count:,} vectors cannot be compared with a layout of {len(flat):,} points.")
    if not 1 <= k < count / 2:
        raise EmbeddingError(
            f"Trustworthiness compares 1 to {(count - 1) // 2:,} neighbours here, not {k:,}."
        )
    true, _ = nearest_neighbours(table, k, metric, include_self=False)
    seen, _ = nearest_neighbours(flat, k, include_self=False)
    scale = 2 / (k * (2 * count - 3 * k - 1))
    trust = 1 - scale * _ranks_beyond(_space(table, metric), seen, k)
    continuity = 1 - scale * _ranks_beyond(_space(flat, "euclidean"), true, k)
    kept = (true[:, :, None] == seen[:, None]).any(2).float().mean(1)
    return Quality(k, *(part.float().cpu().numpy() for part in (trust, continuity, kept)))


def trustworthiness(
    vectors: np.ndarray | Tensor, layout: np.ndarray | Tensor, k: int = 5, metric: Metric = "euclidean"
) -> float:
    """As `sklearn.manifold.trustworthiness`: 0 to 1, at 1 every neighbour in the layout is a true one."""
    return quality(vectors, layout, k, metric).trustworthiness


def continuity(
    vectors: np.ndarray | Tensor, layout: np.ndarray | Tensor, k: int = 5, metric: Metric = "euclidean"
) -> float:
    """The other way round: at 1 every true neighbour is among the nearest in the layout."""
    return quality(vectors, layout, k, metric).continuity


def density(distances: NDArray[np.float32]) -> NDArray[np.float32]:
    """How crowded the space of the vectors is around each point: log(1 / mean distance to the neighbours).

    Distances (N, k), each row beginning with the point itself. Copies of one vector get the largest value there is.
    A layout spreads points evenly, so this is something it does not show.
    """
    mean = distances[:, 1:].mean(axis=1)
    floor = mean[mean > 0].min(initial=1.0)
    return -np.log(np.maximum(mean, floor)).astype(np.float32)


def _space(table: Tensor, metric: Metric) -> Tensor:
    """Vectors whose Euclidean distances have the order of the metric's."""
    if metric == "cosine":
        return torch.nn.functional.normalize(table, dim=1)
    return table - table.mean(0)


def _ranks_beyond(space: Tensor, others: Tensor, k: int) -> Tensor:
    """Sum over (N, k) `others` of how far their rank among all points exceeds k; (N,) float32, exact below
    2^24 points.

    The rank of j seen from i is 1 + how many points are closer to i than j is.
    """
    count = len(space)
    lengths = space.square().sum(1)
    total = space.new_zeros(count)
    ones = space.new_ones(count)
    closer = space.new_empty(min(count, chunk_rows(count)), count)
    for start in range(0, count, chunk_rows(count)):
        rows = slice(start, start + chunk_rows(count))
        distances = torch.addmm(lengths[None], space[rows], space.T, alpha=-2)  # (c, N), less |a|^2
        itself = torch.arange(start, start + len(distances), device=space.device)[:, None]
        distances.scatter_(1, itself, torch.inf)
        reach = distances.gather(1, others[rows])  # (c, k)
        mask = closer[: len(distances)]
        for column in range(k):
            # Comparing into floats and summing by a product is 7 times as fast as summing a mask.
            torch.lt(distances, reach[:, column : column + 1], out=mask)
            total[rows] += (mask @ ones + (1 - k)).clamp_min(0)
    return total
