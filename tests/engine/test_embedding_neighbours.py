"""Nearest neighbours against scikit-learn's brute force in float64."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.neighbors import NearestNeighbors

from engine.embedding import neighbours
from engine.embedding.neighbours import METRICS, nearest_neighbours
from engine.embedding.vectors import EmbeddingError


def _reference(vectors, k, metric, queries=None):
    search = NearestNeighbors(n_neighbors=k, metric=metric, algorithm="brute").fit(vectors.astype(np.float64))
    distances, indices = search.kneighbors((vectors if queries is None else queries).astype(np.float64))
    return indices, distances


def _tables():
    generator = np.random.default_rng(0)
    plain = generator.normal(size=(700, 24)).astype(np.float32)
    yield "plain", plain
    yield "far from the origin", plain + np.float32(300)
    yield "tiny", plain * np.float32(1e-6)
    yield "one number each", plain[:, :1]
    yield "few rows", plain[:9]
    # More columns than a chunk of rows has room for, so that the last chunk is short.
    yield "wide", generator.normal(size=(130, 3000)).astype(np.float32)


TABLES = dict(_tables())


@pytest.mark.parametrize("metric", METRICS)
@pytest.mark.parametrize("name", TABLES)
def test_distances_are_scikit_learns(name, metric):
    table = TABLES[name] - (
        TABLES[name].mean(0) if name == "far from the origin" and metric == "cosine" else 0
    )
    k = min(12, len(table))
    indices, distances = nearest_neighbours(table, k, metric)
    _, expected = _reference(table, k, metric)
    size = expected[:, 1:].mean()
    np.testing.assert_allclose(distances[:, 1:], expected[:, 1:], atol=2e-6 * size, rtol=2e-5)
    assert (indices[:, 0] == np.arange(len(table))).all()
    assert (distances[:, 0] == 0).all()
    # The indices belong to the distances: measured from the vectors they give the same.
    a, b = table.astype(np.float64)[:, None], table.astype(np.float64)[indices]
    if metric == "euclidean":
        measured = np.linalg.norm(a - b, axis=-1)
    else:
        measured = 1 - (a * b).sum(-1) / np.linalg.norm(a, axis=-1) / np.linalg.norm(b, axis=-1)
    np.testing.assert_allclose(distances, measured, atol=2e-6 * size, rtol=2e-5)


def test_far_from_the_origin_the_plain_formula_would_fail():
    table = torch.from_numpy(TABLES["plain"]) + 3000
    lengths = table.square().sum(1)
    naive = (lengths[None] + lengths[:, None] - 2 * table @ table.T).clamp_min(0).sqrt()
    expected = torch.cdist(table.double(), table.double()).float()
    assert (naive - expected).abs().max() > 0.5
    _, distances = nearest_neighbours(table, 5)
    np.testing.assert_allclose(distances, expected.sort(dim=1).values[:, :5], rtol=1e-3, atol=1e-3)


@settings(max_examples=60, deadline=None)
@given(st.integers(3, 120), st.integers(1, 3), st.integers(1, 6), st.integers(0, 2**20))
def test_ties_and_duplicates_come_in_order_of_index(count, columns, values, seed):
    """Whole numbers of few values: nearly every distance is shared by several points."""
    table = np.random.default_rng(seed).integers(0, values, (count, columns)).astype(np.float32)
    k = min(count, 9)
    indices, distances = nearest_neighbours(table, k)
    everything = ((table[:, None] - table[None]) ** 2).sum(-1)
    np.testing.assert_allclose(distances**2, np.sort(everything, axis=1)[:, :k], atol=1e-4)
    assert (indices[:, 0] == np.arange(count)).all()
    assert all(len(set(row)) == k for row in indices)
    for row, reach in zip(indices[:, 1:], distances[:, 1:], strict=True):
        assert all(row[n] < row[n + 1] for n in range(k - 2) if reach[n] == reach[n + 1])


@pytest.mark.parametrize("metric", METRICS)
def test_queries_from_elsewhere(metric):
    table, queries = TABLES["plain"][:500], TABLES["plain"][500:502] * 1.5
    indices, distances = nearest_neighbours(table, 7, metric, queries=queries)
    expected_indices, expected = _reference(table, 7, metric, queries)
    np.testing.assert_array_equal(indices, expected_indices)
    np.testing.assert_allclose(distances, expected, rtol=1e-5)


def test_without_itself():
    with_it, _ = nearest_neighbours(TABLES["plain"], 8)
    without, distances = nearest_neighbours(TABLES["plain"], 7, include_self=False)
    np.testing.assert_array_equal(with_it[:, 1:], without)
    assert (distances > 0).all()


def test_a_vector_of_length_zero_is_at_distance_one_by_the_cosine():
    table = np.vstack([np.zeros((2, 5)), np.eye(5)[:3]]).astype(np.float32)
    indices, distances = nearest_neighbours(table, 5, "cosine")
    np.testing.assert_allclose(distances[:, 1:], np.ones((5, 4)), atol=1e-6)
    assert (indices[:, 0] == np.arange(5)).all()


def test_chunks_do_not_show(monkeypatch):
    whole = nearest_neighbours(TABLES["plain"], 10)
    monkeypatch.setattr(neighbours, "_CHUNK_VALUES", 700 * 17)
    for part, expected in zip(nearest_neighbours(TABLES["plain"], 10), whole, strict=True):
        np.testing.assert_array_equal(part, expected)


@pytest.mark.parametrize(
    "arguments", [{"k": 0}, {"k": 10}, {"k": 9, "include_self": False}, {"k": 3, "metric": "manhattan"}]
)
def test_what_is_not_possible_is_said(arguments):
    with pytest.raises(EmbeddingError):
        nearest_neighbours(TABLES["few rows"], **arguments)


def test_queries_with_other_columns_are_refused():
    with pytest.raises(EmbeddingError, match="4 numbers each, the vectors 24"):
        nearest_neighbours(TABLES["plain"], 3, queries=np.ones((1, 4), np.float32))
