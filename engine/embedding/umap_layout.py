"""UMAP: a layout in the plane (or in space) that keeps neighbours together.

Four steps, each in its file: exact neighbours (`neighbours`), the graph (`fuzzy_graph`), a start, and the unfolding
(`optimiser`). It starts from the principal components, which are as good a start as umap-learn's spectral one
(Kobak, Linderman 2021, https://doi.org/10.1038/s41587-020-00809-z) and are what the page shows meanwhile, so the
class sees one picture turn into the other.

Tested against umap-learn by trustworthiness on the same neighbours.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from scipy import sparse

from engine.embedding import fuzzy_graph as graphs
from engine.embedding.curve import curve
from engine.embedding.neighbours import Metric, nearest_neighbours
from engine.embedding.optimiser import Floats, unfold
from engine.embedding.principal import pca
from engine.embedding.vectors import EmbeddingError, Vectors, back, check_not_constant, checked

Report = Callable[[int, int, Floats], None]  # epochs done, epochs in all, layout so far

SPREAD = 10.0  # of the starting positions along their widest axis, as in umap-learn
FRAMES = 40  # layouts reported on the way


@dataclass(frozen=True, eq=False)
class Known:
    """Neighbours that are already known: indices and distances (N, k), each row beginning with the point itself.

    A layout with fewer neighbours takes the first columns, so one search serves every setting.
    """

    indices: NDArray[np.int64]
    distances: Floats

    def first(self, k: int) -> Known:
        """The nearest k of each row. Raises EmbeddingError where there are fewer."""
        if k > self.indices.shape[1]:
            raise EmbeddingError(f"{self.indices.shape[1]} neighbours are known, {k} are needed.")
        return Known(self.indices[:, :k], self.distances[:, :k])


def epochs_for(count: int) -> int:
    """How many epochs. umap-learn takes 500 up to 10,000 points, then 200; for 10,000 digits and 10,000 clusters 300
    lose at most 0.003 of trustworthiness (two seeds), and a class waits two seconds instead of three."""
    return 500 if count <= 5_000 else 300 if count <= 10_000 else 200


def known(vectors: np.ndarray | torch.Tensor, k: int, metric: Metric = "euclidean") -> Known:
    """Search the neighbours of (N, D) vectors on their device."""
    indices, distances = nearest_neighbours(checked(vectors), k, metric)
    return Known(indices.cpu().numpy(), distances.cpu().numpy())


def umap(
    vectors: Vectors,
    *,
    n_neighbors: int = 15,
    min_dist: float = 0.1,
    metric: Metric = "euclidean",
    seed: int | None = None,
    dims: int = 2,
    n_epochs: int | None = None,
    labels: NDArray[np.int64] | None = None,
    neighbours: Known | None = None,
    start: Floats | None = None,
    report: Report | None = None,
) -> Vectors:
    """Lay out (N, D) vectors.

    Args:
        vectors: One row per picture, NumPy or tensor.
        n_neighbors: How many neighbours, itself included, a point tries to keep: few show detail, many the whole.
        min_dist: How closely points may be packed, 0 to 1.
        metric: "euclidean" or "cosine", among the vectors.
        seed: The same seed gives the same layout, on any number of threads; None draws one.
        dims: 2 or 3.
        n_epochs: None chooses by size, `epochs_for`.
        labels: (N,) classes, -1 where unknown: the layout then also separates classes ("supervised").
        neighbours: Found before, at least `n_neighbors` of them.
        start: First positions (N, dims); None takes the principal components.
        report: Called now and then with the layout so far. An exception it raises ends the work.

    Returns:
        (N, dims) float32, of the kind of `vectors`.

    Raises:
        EmbeddingError: Vectors, labels or settings with which no layout is possible.
    """
    table = checked(vectors)
    check_not_constant(table)
    found = (
        neighbours.first(n_neighbors)
        if neighbours
        else known(table, _possible(n_neighbors, len(table)), metric)
    )
    graph = graph_of(found, labels)
    first = starting_positions(table, dims, seed) if start is None else start
    total = n_epochs or epochs_for(len(table))
    layout = first
    for done, layout in layouts(first, graph, min_dist=min_dist, epochs=total, seed=seed):
        if report is not None:
            report(done, total, layout)
    return back(torch.from_numpy(layout), vectors)


def layouts(
    start: Floats,
    graph: sparse.csr_matrix,
    *,
    min_dist: float,
    epochs: int,
    seed: int | None,
    frames: int = FRAMES,
) -> Iterator[tuple[int, Floats]]:
    """The unfolding in at most `frames` steps: epochs done and the layout so far."""
    chosen = int(np.random.default_rng().integers(2**31)) if seed is None else seed
    stride = max(1, -(-epochs // frames))
    return unfold(start, graph, curve(min_dist), epochs=epochs, stride=stride, seed=chosen)


def graph_of(found: Known, labels: NDArray[np.int64] | None = None) -> sparse.csr_matrix:
    """UMAP's graph of these neighbours. Raises EmbeddingError where labels do not fit."""
    graph = graphs.fuzzy_graph(found.indices, found.distances)
    if labels is None:
        return graph
    if labels.shape != (len(found.indices),):
        raise EmbeddingError(f"{len(found.indices):,} vectors need as many labels, not {labels.shape}.")
    return graphs.with_classes(graph, labels)


def starting_positions(table: np.ndarray | torch.Tensor, dims: int, seed: int | None = None) -> Floats:
    """The principal components at UMAP's scale; a grain of noise parts points that coincide."""
    if dims not in (2, 3):
        raise EmbeddingError(f"A layout has 2 or 3 dimensions, not {dims}.")
    vectors = checked(table)
    flat = np.zeros((len(vectors), dims), np.float32)
    usable = min(dims, vectors.shape[1])
    flat[:, :usable] = pca(vectors, usable).cpu().numpy()
    flat *= SPREAD / np.ptp(flat, axis=0).max()
    noise = np.random.default_rng(seed).normal(scale=1e-3, size=flat.shape)
    return (flat + noise).astype(np.float32)


def _possible(k: int, count: int) -> int:
    if not 2 <= k <= count:
        raise EmbeddingError(
            f"n_neighbors lies between 2 and the number of vectors, here {count:,}; {k:,} is not possible. "
            "Take more pictures or fewer neighbours."
        )
    return k
