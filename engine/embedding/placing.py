"""Where new vectors land in a layout that exists already: UMAP's transform.

A new point starts at the mean of its true neighbours' places, weighted by how strongly it belongs with each, and is
then moved by their attraction and everybody's repulsion while the old points stay where they are (umap-learn's
`transform`: a third of the epochs, a quarter of the rate). The layout may come from any method.

Tested: a copy of an old vector lands beside its original, held-out points land among their class as often as with
umap-learn.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from scipy import sparse

from engine.embedding.curve import curve
from engine.embedding.fuzzy_graph import strengths
from engine.embedding.neighbours import Metric, nearest_neighbours
from engine.embedding.optimiser import Floats, unfold
from engine.embedding.vectors import EmbeddingError, checked

EPOCHS = 100
RATE = 0.25


@dataclass(frozen=True, eq=False)
class Placed:
    """Places (Q, 2 or 3) of the new points; the neighbours (Q, k) among the old vectors, with their distances."""

    places: Floats
    indices: NDArray[np.int64]
    distances: Floats


def place(
    vectors: np.ndarray | torch.Tensor,
    layout: Floats,
    queries: np.ndarray | torch.Tensor,
    *,
    n_neighbors: int = 15,
    min_dist: float = 0.1,
    metric: Metric = "euclidean",
    seed: int = 0,
) -> Placed:
    """Put `queries` (Q, D) into the `layout` (N, 2 or 3) of `vectors` (N, D).

    Raises EmbeddingError where layout and vectors do not fit, or the queries have other columns.
    """
    table = checked(vectors)
    if len(layout) != len(table):
        raise EmbeddingError(f"A layout of {len(layout):,} points is not one of {len(table):,} vectors.")
    indices, distances = (
        part.cpu().numpy()
        for part in nearest_neighbours(table, n_neighbors, metric, queries=torch.as_tensor(queries))
    )
    weights = strengths(distances, near=False)  # (Q, k)
    rows = len(indices)
    start = (
        (layout[indices] * (weights / weights.sum(1, keepdims=True))[:, :, None]).sum(1).astype(np.float32)
    )
    pointers = np.arange(0, rows * n_neighbors + 1, n_neighbors)
    graph = sparse.csr_matrix((weights.ravel(), indices.ravel(), pointers), shape=(rows, len(table)))
    *_, (_, places) = unfold(
        start, graph, curve(min_dist), epochs=EPOCHS, stride=EPOCHS, seed=seed, rate=RATE, fixed=layout
    )
    return Placed(places, indices, distances)
