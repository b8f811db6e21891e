"""Vectors that change while a network trains, laid out in the plane beside the training.

    follow = Follow(metric="cosine")
    follow(vectors, epoch)        # {"layout": (N, 2) float32, ...}, each starting from the last one

What an experiment reports this way is what `engine.embedding.history` computes; here it is made safe to call in the
middle of a run: nothing is imported before it is needed, and a table that cannot be laid out is passed over. What a
layout is worth is counted where it is made, so that no page has to.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from engine.embedding.vectors import EmbeddingError

if TYPE_CHECKING:
    import torch

    from engine.embedding.neighbours import Metric


QUALITY = ("trustworthiness", "continuity", "kept")


class Follow:
    """Layouts of the same pictures' vectors, each starting from the last one, so that motion means something."""

    def __init__(self, metric: Metric) -> None:
        self._metric: Metric = metric
        self._history: Any = None

    def __call__(self, vectors: np.ndarray | torch.Tensor, epoch: float) -> dict[str, Any]:
        """The vectors (N, D) in the plane; nothing where they cannot be laid out, say because all are one point.

        `layout` (N, 2), what it keeps (`trustworthiness`, `continuity`, `kept`), and each point's `neighbours` among
        the vectors, (N, k), nearest first, with their `distances`.
        """
        from engine.embedding.history import History  # compiles: not before it is needed

        if self._history is None:
            self._history = History(metric=self._metric)
        try:
            frame = self._history.add(round(epoch), vectors)
        except EmbeddingError:
            return {}
        near = self._history.near
        return {
            "layout": frame.layout.astype(np.float32),
            **{name: getattr(frame, name) for name in QUALITY},
            "neighbours": near.indices[:, 1:].astype(np.int32),
            "distances": near.distances[:, 1:].astype(np.float32),
        }
