"""UMAP under many settings: one search for neighbours, then a layout for every n_neighbors and every min_dist.

All start from the same principal components with the same seed, and each is turned (never stretched) to lie over
the one before, so that what changes from one setting to the next is due to the setting. Beside them, if asked for,
the same for as many random vectors: whatever shapes those show, the method made them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from scipy.linalg import orthogonal_procrustes

from engine.embedding import sources
from engine.embedding.neighbours import Metric
from engine.embedding.optimiser import Floats
from engine.embedding.table import Table
from engine.embedding.trust import quality
from engine.embedding.umap_layout import graph_of, known, layouts, starting_positions
from engine.embedding.vectors import check_not_constant
from engine.experiment import Control, Progress
from engine.settings import SettingsBase, setting

NEIGHBOURS = (5, 10, 15, 30, 60, 120)
DISTANCES = (0.0, 0.1, 0.25, 0.5, 0.8)
EPOCHS = 200
MOST = 2_000


@dataclass(frozen=True)
class Settings(SettingsBase):
    """Which vectors, and whether random ones stand beside them."""

    table: Table = field(default_factory=Table)
    noise: bool = setting(True, title="Random vectors beside them")
    seed: int = setting(0, low=0, high=2**31 - 1)


def run(settings: Settings, device: torch.device, progress: Progress, control: Control) -> dict[str, Any]:
    """Layouts (settings, N, 2), n_neighbors slowest, each with trustworthiness, continuity and kept neighbours."""
    vectors = settings.table.vectors(device)[:MOST]
    check_not_constant(vectors)
    tables = {"": (vectors, settings.table.distance)}
    if settings.noise:
        random = torch.randn(
            len(vectors), sources.NOISE_COLUMNS, generator=torch.Generator().manual_seed(settings.seed)
        )
        tables["noise_"] = (random.to(device), "euclidean")
    total = len(tables) * len(neighbours_for(len(vectors))) * len(DISTANCES)
    found: dict[str, Any] = {"n_neighbors": list(neighbours_for(len(vectors))), "min_dist": list(DISTANCES)}
    done = 0
    for name, (table, metric) in tables.items():
        shown: list[Floats] = []
        judged: list[tuple[float, float, float]] = []
        k = min(15, (len(table) - 1) // 2)
        for layout in each(table, metric, settings.seed):
            shown.append(turned(layout, shown[-1]) if shown else layout)
            kept = quality(table, layout, k, metric)
            judged.append((kept.trustworthiness, kept.continuity, kept.kept))
            done += 1
            progress("grid", {"done": done, "total": total})
            control.before_batch()
        found[f"{name}layouts"] = np.stack(shown)
        for column, title in enumerate(("trustworthiness", "continuity", "kept")):
            found[f"{name}{title}"] = np.array([row[column] for row in judged], np.float32)
    return found


def neighbours_for(count: int) -> tuple[int, ...]:
    """Of `NEIGHBOURS` those that so many vectors can have."""
    return tuple(k for k in NEIGHBOURS if k <= count)


def each(table: torch.Tensor, metric: Metric, seed: int) -> Iterator[Floats]:
    """The layouts, n_neighbors slowest, from one search and one start."""
    counts = neighbours_for(len(table))
    near = known(table, counts[-1], metric)
    start = starting_positions(table, 2, seed)
    for k in counts:
        graph = graph_of(near.first(k))
        for distance in DISTANCES:
            *_, (_, layout) = layouts(start, graph, min_dist=distance, epochs=EPOCHS, seed=seed, frames=1)
            yield layout


def turned(layout: Floats, onto: Floats) -> Floats:
    """The layout rotated, or mirrored, about its centre to lie as nearly as possible over another (Procrustes)."""
    centre = layout.mean(0)
    rotation, _ = orthogonal_procrustes(layout - centre, onto - onto.mean(0))
    return ((layout - centre) @ rotation + onto.mean(0)).astype(np.float32)
