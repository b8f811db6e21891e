"""Embedding space: neighbours, layouts and how far they can be believed.

    neighbours     exact nearest neighbours on any device
    principal      principal components
    umap_layout    UMAP, from `fuzzy_graph` (its graph), `curve` and `optimiser` (its moving part)
    placing        where new vectors land in a layout that exists
    trust          trustworthiness, continuity and kept neighbours, for the whole and for every point

Tables of vectors are (N, D), NumPy or tensors; the functions here give back the kind they were given.
"""

from engine.embedding.neighbours import nearest_neighbours
from engine.embedding.principal import pca
from engine.embedding.trust import continuity, quality, trustworthiness
from engine.embedding.umap_layout import umap
from engine.embedding.vectors import EmbeddingError

__all__ = [
    "EmbeddingError",
    "continuity",
    "nearest_neighbours",
    "pca",
    "quality",
    "trustworthiness",
    "umap",
]
