"""t-SNE, as the lecture's homework draws its representations: scikit-learn's, with the principal components as start.

van der Maaten, Hinton 2008 (https://jmlr.org/papers/v9/vandermaaten08a.html). The homework's notebooks use
perplexity 30 and 3,000 iterations. scikit-learn says nothing while it works and cannot be asked to stop, so it is
offered up to 5,000 points (about 15 s per 1,000 iterations on two cores). openTSNE was tried: 1.1 to 1.7 times as
fast with the same method, no reason for another dependency.
"""

from __future__ import annotations

import numpy as np
import torch

from engine.embedding.neighbours import METRICS, Metric
from engine.embedding.vectors import EmbeddingError, Vectors, back, check_not_constant, checked

MOST = 5_000
PERPLEXITY, ITERATIONS = 30.0, 1_000  # scikit-learn's defaults
HOMEWORK_ITERATIONS = 3_000


def tsne(
    vectors: Vectors,
    *,
    perplexity: float = PERPLEXITY,
    iterations: int = ITERATIONS,
    metric: Metric = "euclidean",
    seed: int | None = None,
    dims: int = 2,
) -> Vectors:
    """(N, D) -> (N, dims).

    Args:
        vectors: At most 5,000.
        perplexity: About how many neighbours a point tries to keep; below N / 3.
        iterations: 250 of exaggerated attraction among them.
        metric: "euclidean" or "cosine".
        seed: The same seed gives the same layout.
        dims: 2 or 3.

    Raises:
        EmbeddingError: Vectors or settings with which no layout is possible.
    """
    from sklearn.manifold import TSNE

    table = checked(vectors)
    check_not_constant(table)
    if metric not in METRICS:
        raise EmbeddingError(f'The metric is one of {", ".join(METRICS)}, not "{metric}".')
    if len(table) > MOST:
        raise EmbeddingError(
            f"t-SNE takes minutes beyond {MOST:,} points; {len(table):,} are too many. UMAP lays them out in seconds."
        )
    if not 1 <= perplexity < len(table) / 3:
        raise EmbeddingError(
            f"With {len(table):,} points the perplexity lies between 1 and {(len(table) - 1) // 3}, "
            f"not at {perplexity:g}."
        )
    model = TSNE(
        n_components=dims,
        perplexity=perplexity,
        max_iter=max(iterations, 250),
        metric=metric,
        init="pca",
        random_state=seed,
        n_jobs=torch.get_num_threads(),
    )
    layout = model.fit_transform(table.cpu().numpy())
    return back(torch.from_numpy(np.ascontiguousarray(layout, dtype=np.float32)), vectors)
