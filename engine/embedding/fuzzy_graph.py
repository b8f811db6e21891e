"""UMAP's graph: how strongly every vector belongs with each of its nearest neighbours.

Row by row the distances are rescaled so that the nearest neighbour has strength 1 and the strengths of a row sum
to log2(k); then the two directions of an edge are joined as a fuzzy union, w + w' - w w' (McInnes, Healy, Melville
2018, https://arxiv.org/abs/1802.03426, algorithms 2 to 4). With labels, edges between different classes are
weakened and every point is then given one sure neighbour again (their section 4.4).

Tested against umap-learn's `fuzzy_simplicial_set` and `discrete_metric_simplicial_set_intersection`.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

STEPS = 64  # of the search for the scale of a row, as in umap-learn
TOLERANCE = 1e-5
SMALLEST_SCALE = 1e-3  # of the mean distance: keeps a row of equal distances from collapsing
UNKNOWN_CLASS = 1.0  # exp(-1): an edge to a point without a class
OTHER_CLASS = 5.0  # exp(-5): an edge between classes, umap-learn's target_weight 0.5
UNLABELLED = -1


def fuzzy_graph(indices: NDArray[np.int64], distances: NDArray[np.float32]) -> sparse.csr_matrix:
    """Nearest neighbours (N, k), each row beginning with the point itself -> symmetric strengths (N, N), CSR."""
    rows, k = indices.shape
    weights = strengths(distances)
    weights[indices == np.arange(rows)[:, None]] = 0
    directed = sparse.csr_matrix(
        (weights.ravel(), indices.ravel(), np.arange(0, rows * k + 1, k)), shape=(rows, rows)
    )
    directed.eliminate_zeros()
    return _union(directed)


def strengths(distances: NDArray[np.float32], *, near: bool = True) -> NDArray[np.float32]:
    """How strongly a point belongs with each of its neighbours, (N, k) -> (N, k), from one side only.

    `near`: give the nearest neighbour strength 1, so that no point stands alone; umap-learn leaves it out where new
    points are placed among old ones.
    """
    scales, nearest = _scales(distances, near)
    beyond = np.maximum(distances - nearest[:, None], 0)
    return np.exp(-beyond / np.maximum(scales, 1e-30)[:, None], dtype=np.float32)


def with_classes(
    graph: sparse.csr_matrix, labels: NDArray[np.int64], *, other_class: float = OTHER_CLASS
) -> sparse.csr_matrix:
    """The graph with edges between classes weakened by exp(-`other_class`). Labels (N,); -1 is "not known"."""
    edges = graph.tocoo(copy=True)
    left, right = labels[edges.row], labels[edges.col]
    unknown = (left == UNLABELLED) | (right == UNLABELLED)
    weaker = np.where(unknown, np.exp(-UNKNOWN_CLASS), np.where(left != right, np.exp(-other_class), 1.0))
    edges.data = (edges.data * weaker).astype(np.float32)
    strongest = np.maximum(edges.max(axis=1).toarray().ravel(), 1e-30)
    edges.data /= strongest[edges.row].astype(np.float32)
    return _union(edges.tocsr())


def _scales(distances: NDArray[np.float32], near: bool) -> tuple[NDArray[np.float64], NDArray[np.float32]]:
    """Per row: the scale at which the strengths sum to log2(k), and the smallest distance above 0 (0 if not `near`)."""
    rows, k = distances.shape
    above = np.where(distances > 0, distances, np.inf)
    nearest = above.min(axis=1) if near else np.zeros(rows)
    nearest[~np.isfinite(nearest)] = 0  # a point all of whose neighbours are copies of it
    beyond = distances[:, 1:].astype(np.float64) - nearest[:, None]
    target = np.log2(k)
    low, high, scale = np.zeros(rows), np.full(rows, np.inf), np.ones(rows)
    active = np.ones(rows, dtype=bool)
    for _ in range(STEPS):
        total = np.exp(-np.maximum(beyond[active], 0) / scale[active, None]).sum(axis=1)
        done = np.abs(total - target) < TOLERANCE
        open_ = np.flatnonzero(active)[~done]
        too_wide = total[~done] > target
        high[open_[too_wide]] = scale[open_[too_wide]]
        low[open_[~too_wide]] = scale[open_[~too_wide]]
        unbounded = np.isinf(high[open_])
        scale[open_] = np.where(unbounded, scale[open_] * 2, (low[open_] + high[open_]) / 2)
        active[:] = False
        active[open_] = True
        if not len(open_):
            break
    floor = np.where(nearest > 0, distances.mean(axis=1), distances.mean()) * SMALLEST_SCALE
    return np.maximum(scale, floor), nearest.astype(np.float32)


def _union(directed: sparse.csr_matrix) -> sparse.csr_matrix:
    """w + w' - w w'. CSR, columns of each row in order, no zeros."""
    transposed = directed.T.tocsr()
    joined = (directed + transposed - directed.multiply(transposed)).tocsr()
    joined.eliminate_zeros()
    joined.sort_indices()
    return joined
