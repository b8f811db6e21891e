"""Trustworthiness and its relatives against scikit-learn and a literal loop of their definitions."""

import numpy as np
import pytest
from scipy.stats import rankdata
from sklearn.manifold import trustworthiness as reference

from engine.embedding import trust as module
from engine.embedding.trust import continuity, density, quality, trustworthiness
from engine.embedding.vectors import EmbeddingError
from tests.engine.embedding_cases import clusters

VECTORS, _ = clusters(240, 12)
LAYOUT = np.random.default_rng(5).normal(size=(240, 2)).astype(np.float32) + VECTORS[:, :2]


def _ranks(points):
    """Rank of every point seen from every other, 1 = nearest, itself 0."""
    distances = np.linalg.norm(points[:, None].astype(np.float64) - points[None], axis=-1)
    np.fill_diagonal(distances, -1)
    return np.apply_along_axis(lambda row: rankdata(row, method="ordinal"), 1, distances).astype(int) - 1


@pytest.mark.parametrize("metric", ["euclidean", "cosine"])
@pytest.mark.parametrize("k", [1, 5, 30])
def test_trustworthiness_is_scikit_learns(k, metric):
    expected = reference(VECTORS, LAYOUT, n_neighbors=k, metric=metric)
    assert trustworthiness(VECTORS, LAYOUT, k, metric) == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize("k", [1, 7, 40])
def test_every_value_is_its_definition(k):
    found = quality(VECTORS, LAYOUT, k)
    true, seen = _ranks(VECTORS), _ranks(LAYOUT)
    scale = 2 / (k * (2 * 240 - 3 * k - 1))
    for n in (0, 17, 239):
        trust = 1 - scale * sum(true[n, j] - k for j in range(240) if 0 < seen[n, j] <= k < true[n, j])
        kept = sum(1 for j in range(240) if 0 < true[n, j] <= k and seen[n, j] <= k)
        together = 1 - scale * sum(seen[n, j] - k for j in range(240) if 0 < true[n, j] <= k < seen[n, j])
        assert found.trust[n] == pytest.approx(trust, abs=1e-5)
        assert found.continuity_at[n] == pytest.approx(together, abs=1e-5)
        assert found.kept_at[n] == pytest.approx(kept / k, abs=1e-6)
    assert found.trustworthiness == pytest.approx(found.trust.mean(), abs=1e-6)


def test_continuity_is_trustworthiness_with_the_roles_changed():
    assert continuity(VECTORS, LAYOUT, 9) == pytest.approx(trustworthiness(LAYOUT, VECTORS, 9), abs=1e-6)


def test_a_copy_is_perfect_and_chunks_do_not_show(monkeypatch):
    perfect = quality(VECTORS, VECTORS[:, :], 10)
    assert (perfect.trustworthiness, perfect.continuity, perfect.kept) == (1, 1, 1)
    whole = quality(VECTORS, LAYOUT, 10)
    monkeypatch.setattr("engine.embedding.neighbours._CHUNK_VALUES", 240 * 19)
    np.testing.assert_array_equal(module.quality(VECTORS, LAYOUT, 10).trust, whole.trust)


def test_what_cannot_be_compared_is_said():
    with pytest.raises(EmbeddingError, match="layout of 239 points"):
        quality(VECTORS, LAYOUT[:-1])
    with pytest.raises(EmbeddingError, match="1 to 119 neighbours"):
        quality(VECTORS, LAYOUT, 120)


def test_density_is_larger_where_points_are_closer_and_finite_for_copies():
    distances = np.array([[0, 1, 1], [0, 0.1, 0.1], [0, 0, 0]], np.float32)
    values = density(distances)
    assert values[0] < values[1] <= values[2] < np.inf
    assert values[0] == pytest.approx(0)
