"""One table of pictures through training: layouts of its vectors after every epoch, aligned so that motion means
something.

    history = History(metric="cosine")
    for epoch in ...:
        frame = history.add(epoch, vectors)          # frame.layout (N, 2), frame.trustworthiness
    stored_runs.write(name, history.arrays(pictures), bits=BITS, ...)

Two UMAP layouts of nearly the same vectors differ by chance. Here the first layout is UMAP's own, and every further
one begins where the last one ended, with shorter steps and with a spring from each point to its last place, the
stronger the more neighbours it has kept. So a point whose surroundings did not change hardly moves, one that found
new neighbours is free, and because only the past is used it works while the run is still going on.
`benchmarks.alignment` measures the motion of unmoved points against the alternatives, AlignedUMAP among them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from engine.embedding.curve import curve
from engine.embedding.neighbours import Metric
from engine.embedding.optimiser import Floats, unfold
from engine.embedding.trust import quality
from engine.embedding.umap_layout import Known, epochs_for, graph_of, known, starting_positions
from engine.embedding.vectors import EmbeddingError, check_not_constant, checked

PREFIX = "embedding_"
BITS: Mapping[str, int] = {f"{PREFIX}layouts": 16, f"{PREFIX}distances": 16}


@dataclass(frozen=True)
class Alignment:
    """How a layout follows the last one; defaults by `benchmarks.alignment`."""

    epochs: int = 60
    rate: float = 0.3
    hold: float = 1.0


@dataclass(frozen=True, eq=False)
class Frame:
    """After one epoch: the layout (N, 2), what it kept, and the share of its neighbours each point kept, (N,)."""

    epoch: int
    layout: Floats
    trustworthiness: float
    continuity: float
    kept: float
    overlap: Floats


class History:
    """Layouts of the same pictures, epoch by epoch.

    Args:
        n_neighbors: As for `umap`.
        min_dist: As for `umap`.
        metric: Among the vectors; "cosine" for what a contrastive loss compares by its angle.
        seed: The same seed and vectors give the same layouts.
        alignment: How strongly a layout follows the last one.
    """

    def __init__(
        self,
        *,
        n_neighbors: int = 15,
        min_dist: float = 0.1,
        metric: Metric = "euclidean",
        seed: int = 0,
        alignment: Alignment | None = None,
    ) -> None:
        self.n_neighbors, self.metric, self.seed = n_neighbors, metric, seed
        self.frames: list[Frame] = []
        self.near: Known | None = None
        self._curve = curve(min_dist)
        self._alignment = alignment or Alignment()

    def add(self, epoch: int, vectors: np.ndarray | torch.Tensor) -> Frame:
        """Lay out the (N, D) vectors of the same N pictures after `epoch`.

        Raises EmbeddingError where the vectors cannot be laid out, or are not as many as before.
        """
        table = checked(vectors)
        count = len(table)
        if self.frames and len(self.frames[-1].layout) != count:
            raise EmbeddingError(f"{len(self.frames[-1].layout):,} pictures are followed, not {count:,}.")
        check_not_constant(table)
        near = known(table, min(self.n_neighbors, count - 1), self.metric)
        overlap = (
            np.zeros(count, np.float32) if self.near is None else shared(self.near.indices, near.indices)
        )
        layout = self._first(table, near) if not self.frames else self._next(near, overlap)
        kept = quality(table, layout, min(self.n_neighbors, (count - 1) // 2), self.metric)
        frame = Frame(epoch, layout, kept.trustworthiness, kept.continuity, kept.kept, overlap)
        self.frames.append(frame)
        self.near = near
        return frame

    def _first(self, table: torch.Tensor, near: Known) -> Floats:
        epochs = epochs_for(len(table))
        start = starting_positions(table, 2, self.seed)
        *_, (_, layout) = unfold(
            start, graph_of(near), self._curve, epochs=epochs, stride=epochs, seed=self.seed
        )
        return layout

    def _next(self, near: Known, overlap: Floats) -> Floats:
        last = self.frames[-1].layout
        how = self._alignment
        *_, (_, layout) = unfold(
            last,
            graph_of(near),
            self._curve,
            epochs=how.epochs,
            stride=how.epochs,
            seed=self.seed,
            rate=how.rate,
            anchors=(last, how.hold * overlap),
        )
        return layout

    def arrays(self, pictures: NDArray[np.int64]) -> dict[str, np.ndarray]:
        """What a stored run keeps, for `stored_runs.write(..., bits=BITS)`. `pictures`: (N,) places in the data set.

        Names begin with "embedding_": layouts (E, N, 2), epochs (E,), pictures (N,), trustworthiness, continuity
        and kept (E,), and the neighbours of the last epoch, without the point itself, (N, k), with their distances.
        """
        if self.near is None:
            raise EmbeddingError("Nothing was added to this history yet.")
        found = {
            "layouts": np.stack([frame.layout for frame in self.frames]),
            "epochs": np.array([frame.epoch for frame in self.frames], np.int32),
            "pictures": np.asarray(pictures, np.int32),
            "trustworthiness": np.array([frame.trustworthiness for frame in self.frames], np.float32),
            "continuity": np.array([frame.continuity for frame in self.frames], np.float32),
            "kept": np.array([frame.kept for frame in self.frames], np.float32),
            "neighbours": self.near.indices[:, 1:].astype(np.uint16 if len(pictures) < 65536 else np.int32),
            "distances": self.near.distances[:, 1:],
        }
        return {PREFIX + name: values for name, values in found.items()}


def shared(before: NDArray[np.int64], after: NDArray[np.int64]) -> Floats:
    """Of each point's neighbours, (N, k) twice, how many stand in both: |A and B| / |A or B|, (N,)."""
    both = (before[:, 1:, None] == after[:, None, 1:]).any(2).sum(1)
    return (both / (2 * (before.shape[1] - 1) - both)).astype(np.float32)


def motion(before: Floats, after: Floats) -> Floats:
    """How far each point went, (N,), as a share of the layout's radius (root of the mean squared distance)."""
    centre = before.mean(0)
    radius = float(np.sqrt(((before - centre) ** 2).sum(1).mean()))
    return (np.linalg.norm(after - before, axis=1) / max(radius, 1e-12)).astype(np.float32)
