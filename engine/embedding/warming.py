"""A very small layout, so that a worker has compiled, or read from disk, all that a large one needs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch

from engine.embedding.umap_layout import umap
from engine.experiment import Control, Progress
from engine.settings import SettingsBase, setting


@dataclass(frozen=True)
class Settings(SettingsBase):
    """How many points."""

    count: int = setting(64, low=32, high=1_000)


def run(settings: Settings, device: torch.device, progress: Progress, control: Control) -> dict[str, Any]:  # noqa: ARG001
    """Lay out random vectors in two epochs."""
    vectors = torch.randn(settings.count, 8, generator=torch.Generator().manual_seed(0))
    umap(vectors, n_neighbors=5, seed=0, n_epochs=2)
    return {}
