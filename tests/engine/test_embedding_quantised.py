"""Layouts at 16 bits: small, and near enough."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.embedding.quantised import pack, same_square, unpack
from engine.embedding.vectors import EmbeddingError


@given(st.integers(1, 4), st.integers(1, 30), st.sampled_from([2, 3]), st.booleans(), st.integers(0, 999))
def test_the_round_trip_is_a_shift_and_one_factor(frames, count, dims, together, seed):
    layouts = (np.random.default_rng(seed).normal(size=(frames, count, dims)) * 7 + 3).astype(np.float32)
    back = unpack(pack(layouts, together=together))
    assert np.abs(back).max() <= 1
    groups = [layouts] if together else layouts[:, None]
    for group, got in zip(groups, [back] if together else back[:, None], strict=True):
        half = max(np.ptp(group.reshape(-1, dims), axis=0).max() / 2, 1e-12)
        middle = (group.min((0, 1)) + group.max((0, 1))) / 2
        np.testing.assert_allclose(got * half + middle, group, atol=half * 4e-5 + 1e-5)


def test_the_budget_of_a_megabyte():
    assert pack(np.random.rand(20, 2000, 2).astype(np.float32)).nbytes <= 200_000
    assert pack(np.random.rand(30, 2000, 2).astype(np.float32)).nbytes <= 250_000


def test_further_places_go_into_the_same_square():
    layout = np.random.default_rng(0).normal(size=(40, 2)).astype(np.float32) * 5
    np.testing.assert_allclose(same_square(layout, layout), unpack(pack(layout[None]))[0], atol=4e-5)


@pytest.mark.parametrize("shape", [(5, 2), (1, 5, 4), (0, 5, 2), (2, 0, 2)])
def test_other_shapes_are_refused(shape):
    with pytest.raises(EmbeddingError, match="frames, points"):
        pack(np.zeros(shape, np.float32))


def test_places_that_are_no_numbers_are_refused():
    with pytest.raises(EmbeddingError, match="no numbers"):
        pack(np.full((1, 4, 2), np.nan, np.float32))
