"""Following a table through training: each layout says what it keeps, counted here by scikit-learn."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.manifold import trustworthiness
from sklearn.neighbors import NearestNeighbors

from engine.embedding.follow import QUALITY, Follow

RANDOM = np.random.default_rng(0)
FIRST = RANDOM.normal(size=(120, 6)).astype(np.float32)
LATER = (FIRST + 0.3 * RANDOM.normal(size=FIRST.shape)).astype(np.float32)


def test_a_layout_comes_with_what_it_keeps_and_with_the_neighbours_of_its_vectors() -> None:
    follow = Follow("euclidean")
    for epoch, table in enumerate((FIRST, LATER)):
        found = follow(table, epoch)
        assert set(found) == {"layout", "neighbours", "distances", *QUALITY}
        expected = trustworthiness(table, found["layout"], n_neighbors=15)
        assert found["trustworthiness"] == pytest.approx(expected, abs=1e-6)
        assert found["continuity"] == pytest.approx(
            trustworthiness(found["layout"], table, n_neighbors=15), abs=1e-6
        )
        distances, nearest = NearestNeighbors(n_neighbors=15).fit(table).kneighbors(table)
        assert (found["neighbours"] == nearest[:, 1:]).mean() > 0.99  # but for ties
        np.testing.assert_allclose(found["distances"], distances[:, 1:], rtol=1e-3)


def test_what_cannot_be_laid_out_is_passed_over() -> None:
    follow = Follow("cosine")
    assert follow(np.ones((50, 4), np.float32), 0) == {}
    assert follow(FIRST, 1)["layout"].shape == (120, 2)
