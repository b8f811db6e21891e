"""The grids read as the lecture prints them, and are rectangular pictures of one channel."""

import pytest
import torch

from engine.convolution import convolve
from engine.kernels import LECTURE_FILTER, LECTURE_RESULTS
from engine.number_grids import GRIDS


@pytest.mark.parametrize("grid", GRIDS.values(), ids=list(GRIDS))
def test_a_grid_is_a_picture_of_one_channel(grid):
    values = grid.tensor()
    assert values.shape == (1, 1, len(grid.rows), len(grid.rows[0]))
    assert values.dtype == torch.float32
    assert grid.signed == bool((values < 0).any())


@pytest.mark.parametrize(("name", "result"), zip(("lecture_1", "lecture_2"), LECTURE_RESULTS, strict=True))
def test_the_lectures_windows_give_the_lectures_results(name, result):
    out = convolve(GRIDS[name].tensor(), torch.tensor(LECTURE_FILTER)[None, None])
    assert out.shape == (1, 1, 1, 1)
    assert out.item() == pytest.approx(result, abs=1e-6)


def test_the_spot_shows_a_kernel_turned_round():
    weight = torch.arange(9.0).reshape(1, 1, 3, 3)
    out = convolve(GRIDS["spot"].tensor(), weight, padding="same")
    assert torch.equal(out[..., 3:6, 3:6], weight.flip(-1, -2))
