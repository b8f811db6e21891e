"""Tables that cannot be used are refused in words."""

import numpy as np
import pytest
import torch

from engine.embedding.vectors import EmbeddingError, back, check_not_constant, checked, duplicates

BROKEN = np.ones((20, 3), np.float32)
BROKEN[[7, 11], 1] = np.nan, np.inf
REFUSED = {
    "no table": (np.ones(5), "one row per picture"),
    "pictures": (torch.ones(5, 3, 8, 8), "one row per picture"),
    "too few": (np.ones((2, 4)), "At least 3 vectors"),
    "no columns": (np.ones((9, 0)), "At least 3 vectors"),
    "not finite": (BROKEN, "2 of 20 vectors .* row 7"),
    "too large": (np.full((5, 2), 1e300), "5 of 5"),
    "texts": (np.array([["a", "b"]] * 4), "real numbers"),
    "objects": (np.array([[{}, {}]] * 4, dtype=object), "real numbers"),
    "complex": (torch.ones(5, 3, dtype=torch.complex64), "real numbers"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_used_is_refused_in_words(name):
    vectors, sentence = REFUSED[name]
    with pytest.raises(EmbeddingError, match=sentence):
        checked(vectors)


@pytest.mark.parametrize("dtype", [np.uint8, np.int64, np.float16, np.float64, bool])
def test_numbers_of_every_kind_become_float32(dtype):
    assert checked(np.ones((4, 2), dtype)).dtype == torch.float32


def test_a_view_with_negative_strides_is_taken():
    table = np.arange(12.0).reshape(4, 3)[::-1]
    assert checked(table)[0].tolist() == [9, 10, 11]


def test_what_comes_back_has_the_kind_that_went_in():
    table = torch.ones(4, 2)
    assert isinstance(back(table, np.ones((4, 2))), np.ndarray)
    assert isinstance(back(table, table), torch.Tensor)


def test_equal_vectors_are_nothing_to_lay_out():
    with pytest.raises(EmbeddingError, match="All 10 vectors are the same"):
        check_not_constant(torch.full((10, 4), 0.3))
    check_not_constant(torch.eye(4))


def test_duplicates_are_counted():
    table = np.repeat(np.eye(5), [1, 1, 3, 1, 2], axis=0)
    assert duplicates(table) == 3
