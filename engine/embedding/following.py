"""The experiment behind an embedding that is watched while its encoder trains: one epoch's vectors, laid out after
the last one's."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, cast

import numpy as np
import torch

from engine.embedding import handed_over
from engine.embedding.history import Frame, History
from engine.embedding.neighbours import METRICS, Metric
from engine.embedding.umap_layout import Known
from engine.experiment import Control, Progress
from engine.settings import SettingsBase, setting


@dataclass(frozen=True)
class Settings(SettingsBase):
    """Vectors and, but for the first epoch, the layout before and its neighbours: arrays by their tokens."""

    vectors: str = setting("", high=32)
    layout: str = setting("", high=32)
    neighbours: str = setting("", high=32)
    epoch: float = setting(0.0, low=0, high=1e6)
    metric: str = setting("cosine", words=METRICS)


def run(settings: Settings, device: torch.device, progress: Progress, control: Control) -> dict[str, Any]:  # noqa: ARG001
    """Layout (N, 2), neighbours (N, k) without the point itself, and what the layout kept."""
    history = History(metric=cast("Metric", settings.metric))
    if settings.layout:
        layout = handed_over.fetch(settings.layout).astype(np.float32)
        indices = handed_over.fetch(settings.neighbours).astype(np.int64)
        itself = np.arange(len(indices))[:, None]
        near = Known(
            np.concatenate([itself, indices], 1), np.zeros((len(indices), indices.shape[1] + 1), np.float32)
        )
        history.resume(Frame(0, layout, 0, 0, 0, np.zeros(len(layout), np.float32)), near)
    vectors = torch.from_numpy(handed_over.fetch(settings.vectors).astype(np.float32)).to(device)
    frame = history.add(round(settings.epoch), vectors)
    assert history.near is not None  # noqa: S101 - a frame was just added
    return {
        "layout": frame.layout,
        "indices": history.near.indices[:, 1:].astype(np.uint32),
        "distances": history.near.distances[:, 1:],
        "trustworthiness": frame.trustworthiness,
        "continuity": frame.continuity,
        "kept": frame.kept,
    }
