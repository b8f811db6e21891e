"""What umap-learn 0.5.12 makes of the test tables, kept in `golden/umap_learn.npz`.

umap-learn compiles for half a minute before its first answer, which a test suite should not pay on every run:

    python -m tests.engine.umap_golden        asks it again and writes the file

`benchmarks.embedding` compares with the real package, live.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from engine.embedding.umap_layout import known
from tests.engine.embedding_cases import clusters, digits

FILE = Path(__file__).parent / "golden" / "umap_learn.npz"
NEIGHBOURS = (5, 12)
DISTANCES = (0.0, 0.1, 0.5, 0.99)
KEPT, NEW = 300, 100  # digits that are laid out, digits that are placed among them
EPOCHS = 200


def tables():
    """Name -> vectors: digits, vectors that repeat, and whole numbers with many equal distances."""
    return {
        "digits": digits(200)[0],
        "copies": np.repeat(clusters(30, 5)[0], 5, axis=0),
        "whole numbers": np.random.default_rng(3).integers(0, 2, (150, 7)).astype(np.float32),
    }


def classes(count):
    """Labels with some unknown."""
    return np.random.default_rng(1).integers(-1, 4, count)


def main():
    """Ask umap-learn."""
    from umap import UMAP, umap_

    found = {}
    for name, table in tables().items():
        for k in NEIGHBOURS:
            near = known(table, k)
            graph, _, _ = umap_.fuzzy_simplicial_set(
                table,
                k,
                np.random.RandomState(0),
                "euclidean",
                knn_indices=near.indices,
                knn_dists=near.distances,
            )
            told = umap_.discrete_metric_simplicial_set_intersection(
                graph.copy(), classes(len(table)), far_dist=5.0
            )
            for kind, each in (("graph", graph), ("told", told)):
                entries = each.tocoo()
                key = f"{name} {k} {kind}"
                found[f"{key} places"] = np.stack([entries.row, entries.col]).astype(np.int16)
                found[f"{key} values"] = entries.data.astype(np.float32)
    found["curves"] = np.array([umap_.find_ab_params(1.0, distance) for distance in DISTANCES])
    vectors, _ = digits(KEPT + NEW)
    model = UMAP(random_state=0, n_jobs=1, n_epochs=EPOCHS).fit(vectors[:KEPT])
    found["layout"] = model.embedding_.astype(np.float32)
    found["placed"] = model.transform(vectors[KEPT:]).astype(np.float32)
    FILE.parent.mkdir(exist_ok=True)
    np.savez_compressed(FILE, **found)


if __name__ == "__main__":
    main()
