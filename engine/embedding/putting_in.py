"""The experiment behind "put yourself in": a visitor's picture through the encoder and into the layout."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch

from engine import images
from engine.data import Dataset
from engine.embedding import handed_over, sources
from engine.embedding.placing import place
from engine.embedding.table import UPLOAD, Table
from engine.embedding.vectors import EmbeddingError
from engine.experiment import Control, Progress
from engine.settings import SettingsBase, setting

NEAREST = 15


@dataclass(frozen=True)
class Settings(SettingsBase):
    """The table and its layout, and the picture: both arrays by their tokens."""

    table: Table = field(default_factory=Table)
    layout: str = setting("", high=32)
    picture: str = setting("", high=32)
    n_neighbors: int = setting(15, low=2, high=200)
    min_dist: float = setting(0.1, low=0.0, high=0.99)


def run(settings: Settings, device: torch.device, progress: Progress, control: Control) -> dict[str, Any]:  # noqa: ARG001
    """The place (2 or 3,) of the picture, its neighbours (k,) with their distances, and the picture as it was seen."""
    if settings.table.source == UPLOAD:
        raise EmbeddingError("Vectors from a file have no encoder: no picture can be put among them.")
    source = sources.found().get(settings.table.source)
    if source is not None and not source.encodes:
        raise EmbeddingError(f"{source.title}: a new picture has none, so it cannot be put in.")
    dataset = settings.table.dataset()
    seen = fitted(handed_over.fetch(settings.picture), dataset)
    vectors = settings.table.vectors(device)
    control.before_batch()
    one = Dataset(dataset.name, seen, dataset.labels[:1], dataset.classes, dataset.split, dataset.card)
    query = sources.vectors(settings.table.source, one, device)
    k = min(settings.n_neighbors, len(vectors))
    found = place(
        vectors,
        handed_over.fetch(settings.layout).astype(np.float32),
        query,
        n_neighbors=k,
        min_dist=settings.min_dist,
        metric=settings.table.distance,
    )
    return {
        "place": found.places[0],
        "indices": found.indices[0][:NEAREST].astype(np.uint32),
        "distances": found.distances[0][:NEAREST],
        "picture": seen[0].numpy(),
    }


def fitted(picture: np.ndarray, dataset: Dataset) -> torch.Tensor:
    """A picture (C, H, W) uint8 as the data set's own are: (1, C, h, w) uint8, the middle square, its colours."""
    _, channels, height, width = dataset.images.shape
    image = torch.from_numpy(picture)[None].float() / 255
    if channels == 1:
        image = images.grey(image)
    elif image.shape[1] == 1:
        image = image.expand(-1, 3, -1, -1)
    square = images.square(image, max(height, width))
    return images.to_uint8(images.resize(square, height, width))
