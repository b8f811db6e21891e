"""Exact nearest neighbours in the space of the vectors, on any device.

All distances of a chunk of rows come from one matrix product, |a|^2 - 2 a.b + |b|^2. That formula cancels badly
in float32 for vectors far from the origin, so the table is centred first, a few more candidates than asked for
are kept, and their distances are computed again from the differences.

The k smallest of a row are found in two steps. The row is cut into sets of 16; the k sets with the smallest
minimum contain the k smallest values. One pass of minima and a search among k * 16 values takes 0.6 of the time
of a search over the whole row (10,000 rows, two cores).

As in scikit-learn, umap-learn and pynndescent, a vector is its own first neighbour at distance 0. Tested against
scikit-learn's brute force, with ties, duplicates and vectors far from the origin.
"""

from __future__ import annotations

from typing import Literal, get_args

import torch
from torch import Tensor

from engine.embedding.vectors import EmbeddingError, Vectors, back, checked

Metric = Literal["euclidean", "cosine"]
METRICS: tuple[Metric, ...] = get_args(Metric)

_CHUNK_VALUES = 2**23  # values at a time: 32 MB
_SET = 16  # values that share one minimum
_SPARE = 4  # candidates beyond k: rounding may swap neighbours whose distances nearly agree


def nearest_neighbours(
    vectors: Vectors,
    k: int,
    metric: Metric = "euclidean",
    *,
    queries: Vectors | None = None,
    include_self: bool = True,
) -> tuple[Vectors, Vectors]:
    """The k nearest of all vectors, for every vector or every query.

    Args:
        vectors: (N, D), NumPy or tensor.
        k: How many.
        metric: "euclidean", or "cosine": 1 - cos, where a vector of length 0 has distance 1 to every other.
        queries: (Q, D) vectors from elsewhere whose neighbours among `vectors` are asked for.
        include_self: Count every vector as its own first neighbour. Without effect where `queries` are given.

    Returns:
        Indices (N, k) int64 and distances (N, k) float32, nearest first; equal distances in order of index.

    Raises:
        EmbeddingError: k is not possible with so many vectors, the metric is unknown, or a table is not usable.
    """
    table = checked(vectors)
    if metric not in METRICS:
        raise EmbeddingError(f'The metric is one of {", ".join(METRICS)}, not "{metric}".')
    asked = None if queries is None else _queries(queries, table)
    own = asked is None
    most = len(table) - (1 if own and not include_self else 0)
    if not 1 <= k <= most:
        raise EmbeddingError(f"{len(table):,} vectors have 1 to {most:,} neighbours each, not {k:,}.")
    everything, wanted = _prepared(table, asked, metric)
    indices, distances = _search(everything, wanted, k + (1 if own and not include_self else 0), metric, own)
    if own and not include_self:
        indices, distances = indices[:, 1:], distances[:, 1:]
    return back(indices, vectors), back(distances, vectors)


def squared_distances(wanted: Tensor, everything: Tensor, lengths: Tensor) -> Tensor:
    """(Q, D) and (N, D) with squared lengths (N,) -> |b|^2 - 2 a.b, (Q, N): squared distances less |a|^2.

    The missing term is the same along a row, so the order is that of the distances.
    """
    return torch.addmm(lengths[None], wanted, everything.T, alpha=-2)


def chunk_rows(values: int) -> int:
    """How many rows are computed at a time, where each needs room for `values` numbers."""
    return max(16, _CHUNK_VALUES // values)


def _queries(queries: Vectors, table: Tensor) -> Tensor:
    if queries.ndim == 2 and queries.shape[1] != table.shape[1]:
        raise EmbeddingError(
            f"The queries have {queries.shape[1]:,} numbers each, the vectors {table.shape[1]:,}."
        )
    # Padded so that one or two queries pass the check for tables.
    tensor = torch.as_tensor(queries)
    padded = checked(torch.cat([tensor, tensor.new_zeros(3, *tensor.shape[1:])]))
    return padded[: len(tensor)].to(table.device)


def _prepared(table: Tensor, asked: Tensor | None, metric: Metric) -> tuple[Tensor, Tensor]:
    """Vectors and queries, centred for "euclidean", of length 1 (or 0) for "cosine"."""
    if metric == "cosine":
        unit = [
            part / part.norm(dim=1, keepdim=True).clamp_min(1e-30)
            for part in (table, asked)
            if part is not None
        ]
        return unit[0], unit[-1]
    centre = table.mean(0)
    return table - centre, (table if asked is None else asked) - centre


def _search(everything: Tensor, wanted: Tensor, k: int, metric: Metric, own: bool) -> tuple[Tensor, Tensor]:
    count = len(everything)
    candidates = min(k + _SPARE, count)
    padding = -count % _SET
    lengths = everything.square().sum(1)
    padded = torch.cat([everything, everything.new_zeros(padding, everything.shape[1])])
    reach = torch.cat([lengths, lengths.new_full((padding,), torch.inf)])  # what is padded is never near
    found: list[tuple[Tensor, Tensor]] = []
    step = chunk_rows(max(count, candidates * everything.shape[1]))
    for start in range(0, len(wanted), step):
        rows = wanted[start : start + step]
        distances = squared_distances(rows, padded, reach)  # (q, N + padding)
        itself = torch.arange(start, start + len(rows), device=rows.device)[:, None] if own else None
        if itself is not None:
            distances.scatter_(1, itself, -torch.inf)
        chosen = _smallest(distances, candidates)
        found.append(_exact(everything, rows, chosen, itself, k, metric))
    return torch.cat([indices for indices, _ in found]), torch.cat([distances for _, distances in found])


def _smallest(distances: Tensor, k: int) -> Tensor:
    """Columns of the k smallest values of each row, (q, k), in any order."""
    sets = distances.shape[1] // _SET
    if sets <= 2 * k:
        return distances.topk(k, dim=1, largest=False).indices
    minima = distances.view(len(distances), _SET, sets).amin(
        1
    )  # set s holds columns s, s + sets, s + 2 sets, ...
    nearest = minima.topk(k, dim=1, largest=False).indices  # (q, k)
    steps = torch.arange(_SET, device=distances.device) * sets
    columns = (nearest[:, None] + steps[:, None]).flatten(1)  # (q, 16 k)
    best = distances.gather(1, columns).topk(k, dim=1, largest=False).indices
    return columns.gather(1, best)


def _exact(
    everything: Tensor, rows: Tensor, chosen: Tensor, itself: Tensor | None, k: int, metric: Metric
) -> tuple[Tensor, Tensor]:
    """Distances of the chosen from their differences, sorted; itself first, ties in order of index."""
    chosen = chosen.sort(dim=1).values
    others = everything[chosen]  # (q, c, D)
    square = (others - rows[:, None]).square().sum(-1)  # (q, c)
    if metric == "cosine":
        empty = (rows.square().sum(1, keepdim=True) < 0.5) | (others.square().sum(-1) < 0.5)
        distances = torch.where(empty, torch.ones_like(square), square / 2)
    else:
        distances = square.sqrt()
    if itself is not None:
        distances = torch.where(chosen == itself, -torch.ones_like(distances), distances)
    ordered, order = distances.sort(dim=1, stable=True)
    return chosen.gather(1, order[:, :k]), ordered[:, :k].clamp_min(0)
