"""Principal components against scikit-learn's full decomposition."""

import numpy as np
import pytest
import torch
from sklearn.decomposition import PCA

from engine.embedding.principal import components, pca
from engine.embedding.vectors import EmbeddingError

SIZES = {"direct": (300, 20), "few rows": (60, 700), "both large": (640, 600)}


@pytest.mark.parametrize("name", SIZES)
def test_coordinates_and_shares_are_scikit_learns(name):
    rows, columns = SIZES[name]
    spread = np.geomspace(4, 0.1, columns)
    table = (np.random.default_rng(1).normal(size=(rows, columns)) * spread + 5).astype(np.float32)
    found = components(table, 3)
    reference = PCA(3, svd_solver="full").fit(table.astype(np.float64))
    expected = reference.transform(table)
    coordinates = pca(table, 3)
    np.testing.assert_allclose(np.abs(coordinates), np.abs(expected), atol=2e-3)
    np.testing.assert_allclose(found.shares, reference.explained_variance_ratio_, rtol=1e-4)
    np.testing.assert_allclose(found.directions @ found.directions.T, np.eye(3), atol=1e-5)
    largest = found.directions.abs().argmax(1)
    assert (found.directions[torch.arange(3), largest] > 0).all()


def test_mirrored_vectors_give_the_mirrored_picture_not_a_flipped_one():
    table = np.random.default_rng(2).normal(size=(50, 4)).astype(np.float32) * [3, 2, 1, 0.5]
    np.testing.assert_allclose(pca(-table), -pca(table), atol=1e-5)


def test_new_vectors_get_the_same_coordinates():
    table = np.random.default_rng(3).normal(size=(80, 6)).astype(np.float32)
    found = components(table)
    np.testing.assert_allclose(found.coordinates(table[7:9]), pca(table)[7:9], atol=1e-6)


def test_what_has_no_components_is_said():
    with pytest.raises(EmbeddingError, match="1 to 2 components"):
        components(np.eye(4)[:, :2], 3)
    with pytest.raises(EmbeddingError, match="are the same"):
        components(np.ones((9, 4)))
