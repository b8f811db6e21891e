"""Layouts through training: how far do points move that did not change, and do those that changed still move?

A real SimCLR run on rendered shapes gives the vectors of 2,000 pictures after each epoch. Each contender lays out
all epochs. A point is unmoved between two epochs if it kept more of its 15 neighbours than three quarters of the
points, moved if it kept fewer than three quarters of them. Motion is the distance between its two places, after the
best rotation and shift of the whole layout, over the layout's radius: what an eye following one point sees.

    python -m benchmarks.alignment
"""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable, Mapping

import numpy as np
import torch
from scipy.linalg import orthogonal_procrustes

from benchmarks import common
from engine import augment, contrastive, data
from engine.embedding.history import Alignment, History, shared
from engine.embedding.trust import trustworthiness
from engine.embedding.umap_layout import Known, known, starting_positions, umap
from engine.models.encoder import Encoder, encoder, encoder_features
from engine.models.head import Head, projection_head

COUNT, EPOCHS, K = 2000, 12, 15
METRIC = "cosine"


def vectors_through_training() -> list[np.ndarray]:
    """h of 2,000 shapes before training and after each epoch, SimCLR, seed 0."""
    torch.manual_seed(0)
    generator = torch.Generator().manual_seed(0)
    pictures = data.load("shapes").images[:6000].float() / 255
    settings = Encoder()
    net, projection = encoder(settings, 3), projection_head(Head(), encoder_features(settings))
    optimiser = torch.optim.AdamW([*net.parameters(), *projection.parameters()], lr=2e-3)

    def look() -> np.ndarray:
        net.eval()
        with torch.inference_mode():
            found = torch.cat([net(part) for part in pictures[:COUNT].split(500)]).numpy()
        net.train()
        return found

    through = [look()]
    for _ in range(EPOCHS):
        for chosen in torch.randperm(len(pictures), generator=generator).split(256):
            both = [augment.simclr_views(pictures[chosen], generator, exact=False) for _ in range(2)]
            z_a, z_b = (projection(net(views)) for views in both)
            loss = contrastive.nt_xent(z_a, z_b, 0.2)
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
        through.append(look())
    return through


def motion(before: np.ndarray, after: np.ndarray) -> np.ndarray:
    """(N,) distance of each point's two places over the layout's radius, after the best rotation and shift."""
    centred = [layout - layout.mean(0) for layout in (before, after)]
    rotation, _ = orthogonal_procrustes(centred[1], centred[0])
    radius = np.sqrt((centred[0] ** 2).sum(1).mean())
    return np.linalg.norm(centred[1] @ rotation - centred[0], axis=1) / radius


def measured(layouts: list[np.ndarray], vectors: list[np.ndarray], near: list[Known]) -> dict[str, float]:
    """Motion of the unmoved and the moved, and mean trustworthiness."""
    still, moved = [], []
    for n in range(1, len(layouts)):
        overlap = shared(near[n - 1].indices, near[n].indices)
        steps = motion(layouts[n - 1], layouts[n])
        still.append(np.median(steps[overlap >= np.quantile(overlap, 0.75)]))
        moved.append(np.median(steps[overlap <= np.quantile(overlap, 0.25)]))
    kept = [trustworthiness(v, layout, K, METRIC) for v, layout in zip(vectors, layouts, strict=True)]
    return {
        "motion_unmoved": round(float(np.median(still)), 4),
        "motion_moved": round(float(np.median(moved)), 4),
        "trustworthiness": round(float(np.mean(kept)), 4),
        "trustworthiness_last": round(kept[-1], 4),
    }


def history(alignment: Alignment, vectors: list[np.ndarray]) -> list[np.ndarray]:
    """Ours."""
    followed = History(metric=METRIC, alignment=alignment)
    return [followed.add(n, table).layout for n, table in enumerate(vectors)]


def independent(vectors: list[np.ndarray], near: list[Known]) -> list[np.ndarray]:
    """Every epoch by itself, another seed each."""
    return [
        umap(v, seed=n, metric=METRIC, neighbours=k)
        for n, (v, k) in enumerate(zip(vectors, near, strict=True))
    ]


def shared_start(vectors: list[np.ndarray], near: list[Known]) -> list[np.ndarray]:
    """Every epoch by itself from one start, the last epoch's components, and one seed."""
    start = starting_positions(vectors[-1], 2, 0)
    return [
        umap(v, seed=0, metric=METRIC, neighbours=k, start=start) for v, k in zip(vectors, near, strict=True)
    ]


def aligned_umap(vectors: list[np.ndarray], regularisation: float) -> list[np.ndarray]:
    """umap-learn's AlignedUMAP, all epochs at once."""
    from umap.aligned_umap import AlignedUMAP

    same = [{n: n for n in range(COUNT)}] * (len(vectors) - 1)
    model = AlignedUMAP(metric=METRIC, n_neighbors=K, random_state=0, alignment_regularisation=regularisation)
    model.fit(vectors, relations=same)
    return [np.asarray(layout) for layout in model.embeddings_]


def main() -> None:
    """Measure, print, save."""
    warnings.simplefilter("ignore")
    vectors = vectors_through_training()
    near = [known(table, K, METRIC) for table in vectors]
    contenders: Mapping[str, Callable[[], list[np.ndarray]]] = {
        "independent layouts": lambda: independent(vectors, near),
        "one shared start": lambda: shared_start(vectors, near),
        "from the last layout": lambda: history(Alignment(epochs=200, rate=1.0, hold=0.0), vectors),
        "from the last, short steps": lambda: history(Alignment(hold=0.0), vectors),
        "from the last, short steps, springs (ours)": lambda: history(Alignment(), vectors),
        "AlignedUMAP": lambda: aligned_umap(vectors, 1e-2),
        "AlignedUMAP, 10 x regularised": lambda: aligned_umap(vectors, 1e-1),
    }
    findings = {}
    print(f"{'':44}{'unmoved':>9}{'moved':>8}{'ratio':>7}{'trust':>8}{'last':>8}{'s':>7}")
    for name, lay_out in contenders.items():
        begun = time.perf_counter()
        layouts = lay_out()
        seconds = time.perf_counter() - begun
        found = measured(layouts, vectors, near) | {"seconds": round(seconds, 2)}
        findings[name] = found
        ratio = found["motion_moved"] / found["motion_unmoved"]
        print(
            f"{name:44}{found['motion_unmoved']:9.4f}{found['motion_moved']:8.3f}{ratio:7.1f}"
            f"{found['trustworthiness']:8.4f}{found['trustworthiness_last']:8.4f}{seconds:7.1f}",
            flush=True,
        )
    common.write(
        "alignment",
        ("torch", "numpy", "numba", "umap-learn"),
        {"pictures": COUNT, "epochs": EPOCHS, "contenders": findings},
    )


if __name__ == "__main__":
    main()
