"""The experiment behind a layout: vectors, principal components at once, neighbours, the unfolding, what it kept.

Reports: "start" (the principal components, to look at meanwhile), "near" (neighbours), "frame" (UMAP so far, with
`epoch` and `epochs`). Layouts travel packed at 16 bits. One epoch of the optimiser is one batch to the switch, so
a run can be paused, stepped and stopped between any two.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch

from engine.embedding.optimiser import Floats
from engine.embedding.principal import components
from engine.embedding.quantised import pack
from engine.embedding.table import UPLOAD, Table
from engine.embedding.trust import density, quality
from engine.embedding.tsne import HOMEWORK_ITERATIONS, ITERATIONS, tsne
from engine.embedding.umap_layout import Known, epochs_for, graph_of, known, layouts, starting_positions
from engine.embedding.vectors import EmbeddingError, check_not_constant, duplicates
from engine.experiment import Control, Pace, Progress
from engine.settings import SettingsBase, setting

METHODS = ("umap", "pca", "tsne")
NEAREST = 15  # neighbours a page shows, and by which layouts are judged
UNFOLDING = 0.12  # seconds between two frames: what a class sees as motion


@dataclass(frozen=True)
class Settings(SettingsBase):
    """One layout of one table."""

    table: Table = field(default_factory=Table)
    method: str = setting("umap", words=METHODS)
    dims: int = setting(2, low=2, high=3)
    n_neighbors: int = setting(15, low=2, high=200, title="Neighbours", why="umap-learn's")
    min_dist: float = setting(0.1, low=0.0, high=0.99, title="Smallest distance", why="umap-learn's")
    supervised: bool = setting(False, why="a layout that was told the classes shows what it was told")
    perplexity: float = setting(30.0, low=2, high=200, why="scikit-learn's and the homework's")
    iterations: int = setting(ITERATIONS, low=250, high=HOMEWORK_ITERATIONS)
    seed: int = setting(0, low=0, high=2**31 - 1)


def run(settings: Settings, device: torch.device, progress: Progress, control: Control) -> dict[str, Any]:
    """Lay out and judge. The result is what the page draws."""
    begun = time.perf_counter()
    vectors = settings.table.vectors(device)
    check_not_constant(vectors)
    metric = settings.table.distance
    count = len(vectors)
    dims = min(settings.dims, vectors.shape[1])
    if dims < 2:
        raise EmbeddingError("Vectors of one number lie on a line: there is nothing to lay out.")
    parts = components(vectors, dims)
    flat = parts.coordinates(vectors).cpu().numpy()
    shares = [round(share, 4) for share in parts.shares]
    progress("start", {"layout": pack(flat[None])[0], "shares": shares})
    control.before_batch(new_epoch=True)
    wanted = max(NEAREST + 1, settings.n_neighbors) if settings.method == "umap" else NEAREST + 1
    near = known(vectors, min(wanted, count), metric)
    progress("near", {"seconds": time.perf_counter() - begun})
    layout = _layout(settings, vectors, flat, near, progress, control)
    seconds = time.perf_counter() - begun
    progress("placed", {"layout": pack(layout[None])[0], "seconds": seconds})
    k = min(NEAREST, (count - 1) // 2)
    kept = quality(vectors, layout, k, metric)
    shown = near.first(min(NEAREST + 1, count))
    return {
        "layout": layout.astype(np.float32),
        "indices": shown.indices[:, 1:].astype(np.uint32),
        "distances": shown.distances[:, 1:],
        "trust": kept.trust,
        "kept_at": kept.kept_at,
        "density": density(shown.distances),
        "trustworthiness": kept.trustworthiness,
        "continuity": kept.continuity,
        "kept": kept.kept,
        "judged_by": k,
        "shares": shares,
        "columns": vectors.shape[1],
        "duplicates": duplicates(vectors),
        "seconds": seconds,
    }


def _layout(
    settings: Settings,
    vectors: torch.Tensor,
    flat: Floats,
    near: Known,
    progress: Progress,
    control: Control,
) -> Floats:
    if settings.method == "pca":
        return flat
    if settings.method == "tsne":
        return tsne(
            vectors.cpu().numpy(),
            perplexity=settings.perplexity,
            iterations=settings.iterations,
            metric=settings.table.distance,
            seed=settings.seed,
            dims=settings.dims,
        )
    if settings.n_neighbors > len(vectors):
        raise EmbeddingError(
            f"{len(vectors):,} vectors cannot have {settings.n_neighbors} neighbours each: take more pictures, or "
            "fewer neighbours."
        )
    graph = graph_of(near.first(settings.n_neighbors), _labels(settings, len(vectors)))
    start = starting_positions(vectors, settings.dims, settings.seed)
    epochs = epochs_for(len(vectors))
    pace, layout = Pace(UNFOLDING), start
    unfolding = layouts(
        start, graph, min_dist=settings.min_dist, epochs=epochs, seed=settings.seed, frames=epochs
    )
    for epoch, layout in unfolding:
        if pace.due():
            progress("frame", {"layout": pack(layout[None])[0], "epoch": epoch, "epochs": epochs})
        control.before_batch()
    return layout


def _labels(settings: Settings, count: int) -> np.ndarray | None:
    if not settings.supervised:
        return None
    if settings.table.source == UPLOAD:
        raise EmbeddingError("An uploaded table is laid out without classes: supervision needs a data set's.")
    return settings.table.dataset().labels[:count].numpy()
