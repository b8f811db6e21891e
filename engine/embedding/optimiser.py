"""The moving part of UMAP: points attract their neighbours and repel a few others drawn at random, epoch by epoch.

The forces are those of McInnes, Healy, Melville 2018 (https://arxiv.org/abs/1802.03426) as umap-learn applies them:
attraction along an edge as often as its strength says, five random repulsions each time, every step clipped to 4,
a rate that falls to 0. What differs is how the work is shared out:

- Within an epoch a point moves by the positions at the epoch's start, and only itself. So several threads can move
  points at once, and the same seed gives the same layout on any number of them. (umap-learn lets threads write over
  each other, so it is reproducible only on one. Here that would be 1.05 times as fast, 10,000 points on two cores, so
  there is no fast mode without a seed.)
- A random number is a hash of seed, epoch and point, and the five repulsions are summed before the point moves.
  Neither waits for the one before, which a processor uses: 1.6 to 1.9 times the speed of umap-learn's loop.

numba compiles the loop (`kernel`) once per machine and keeps it on disk; it is imported with the first layout. Tested
against the same formulas written out in NumPy, and as layouts against umap-learn by trustworthiness.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import torch
from numpy.typing import NDArray
from scipy import sparse

Floats = NDArray[np.float32]

PER_THREAD = 60_000  # edges: with fewer, threads wait for each other longer than they compute
_LOCK = threading.Lock()  # numba's threads must not be entered by two callers at once


def unfold(
    start: Floats,
    graph: sparse.csr_matrix,
    curve: tuple[float, float],
    *,
    epochs: int,
    stride: int,
    seed: int,
    rate: float = 1.0,
    fixed: Floats | None = None,
    anchors: tuple[Floats, Floats] | None = None,
) -> Iterator[tuple[int, Floats]]:
    """Move points to where the graph wants them; hand out the layout every `stride` epochs and at the end.

    Who has seen enough stops asking: nothing is computed ahead.

    Args:
        start: (N, 2) or (N, 3) first positions, a spread of about 10.
        graph: Strengths (N, N), symmetric; with `fixed` (N, M).
        curve: a and b of 1 / (1 + a d^2b), from `engine.embedding.curve`.
        epochs: How many in all.
        stride: Epochs between two layouts that are handed out.
        seed: Any whole number; the same gives the same layout.
        rate: Length of the first steps; falls to 0.
        fixed: (M, 2 or 3) points that attract and repel but do not move: for placing new points among old ones.
        anchors: Positions (N, 2 or 3) and strengths (N,) of springs that hold points near where they were.

    Yields:
        Number of epochs done and a copy of the positions, (N, 2) or (N, 3).
    """
    from engine.embedding.kernel import move_points

    count, dims = start.shape
    pruned = _pruned(graph, epochs)
    # How many epochs pass between two attractions of an edge.
    every = (pruned.data.max(initial=1e-30) / pruned.data).astype(np.float32)
    due = every.copy()
    still = np.empty((0, 3), np.float32) if fixed is None else _three(fixed)
    home, hold = (np.empty((0, 3), np.float32), np.empty(0, np.float32)) if anchors is None else anchors
    positions = _three(start)
    for first in range(0, epochs, stride):
        last = min(first + stride, epochs)
        with _LOCK, _threads(len(every)):
            positions = move_points(
                positions,
                still,
                pruned.indptr,
                pruned.indices,
                every,
                due,
                _three(home),
                hold,
                (first, last, epochs),
                (np.float32(curve[0]), np.float32(curve[1]), np.float32(rate)),
                np.uint64(seed % 2**63),
            )
        yield last, positions[:count, :dims].copy()


@contextmanager
def _threads(edges: int) -> Iterator[None]:
    """As many threads as so many edges are worth, at most torch's; torch's own count is as before afterwards.

    torch and numba share OpenMP in one process: a count set for one holds for the other, and with another count torch
    adds in another order, so a training that lays out its vectors now and then would round otherwise.
    """
    import numba

    torchs = torch.get_num_threads()  # before numba is asked: its first answer starts its threads
    most = numba.get_num_threads()
    try:
        numba.set_num_threads(min(torchs, most, max(1, edges // PER_THREAD)))
        yield
    finally:
        numba.set_num_threads(most)
        torch.set_num_threads(torchs)


def _pruned(graph: sparse.csr_matrix, epochs: int) -> sparse.csr_matrix:
    """Without the edges so weak that their turn would never come."""
    kept = graph.copy()
    kept.data[kept.data < kept.data.max(initial=0) / max(epochs, 1)] = 0
    kept.eliminate_zeros()
    return kept


def _three(points: Floats) -> Floats:
    """Points with three coordinates: in the plane the third is 0 and stays 0."""
    full = np.zeros((len(points), 3), np.float32)
    full[:, : points.shape[1]] = points
    return full
