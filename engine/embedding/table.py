"""Which vectors an embedding experiment works on: a data set through an encoder, or a visitor's file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

import torch
from torch import Tensor

from engine import data as data_sets
from engine.data import Dataset
from engine.embedding import handed_over, sources
from engine.embedding.neighbours import METRICS, Metric
from engine.embedding.vectors import checked
from engine.settings import SettingsBase, setting

MOST = 20_000
UPLOAD = "upload"


@dataclass(frozen=True)
class Table(SettingsBase):
    """What the vectors are of, and how they are compared."""

    data: str = setting("shapes", high=60)
    split: str = setting("train", words=("train", "test"))
    count: int = setting(2_000, low=3, high=MOST, title="Pictures")
    source: str = setting("pixels", high=40, title="Vectors")
    upload: str = setting(
        "", high=32, why="the token of a file that was handed over, for the source 'upload'"
    )
    metric: str = setting("euclidean", words=METRICS)

    @property
    def distance(self) -> Metric:
        """The metric, as functions take it."""
        return cast("Metric", self.metric)

    def dataset(self) -> Dataset:
        """The pictures. Raises DataError."""
        return data_sets.load(self.data, self.split, self.count)

    def vectors(self, device: torch.device) -> Tensor:
        """(N, D), checked. Raises EmbeddingError, DataError."""
        if self.source == UPLOAD:
            return checked(torch.from_numpy(handed_over.fetch(self.upload))[: self.count].to(device))
        return checked(sources.vectors(self.source, self.dataset(), device))
