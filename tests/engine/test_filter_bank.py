"""The hand-made filters answer to what they are made for and to nothing flat or grey."""

from __future__ import annotations

from math import cos, radians, sin

import pytest
import torch

from engine.convolution import convolve
from engine.filter_bank import MOST_FILTERS, filter_bank
from engine.kernels import formulas

SIZES = range(3, 8)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("channels", [1, 3])
def test_there_are_sixteen_different_filters(size, channels):
    bank = filter_bank(channels, size)
    assert bank.shape == (MOST_FILTERS, channels, size, size)
    assert bank.isfinite().all()
    flat = bank.flatten(1)
    alike = torch.nn.functional.cosine_similarity(flat[:, None], flat[None], dim=-1).fill_diagonal_(0)
    assert alike.max() < 0.999


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("channels", [1, 3])
def test_one_filter_keeps_brightness_and_the_others_ignore_flat_grey(size, channels):
    sums = filter_bank(channels, size).sum((1, 2, 3))
    weights = filter_bank(channels, size).abs().sum((1, 2, 3))
    torch.testing.assert_close(weights, torch.ones(MOST_FILTERS))
    assert ((sums - 1).abs() < 1e-5).sum() == 1
    assert (sums.abs() < 1e-5).sum() == MOST_FILTERS - 1


@pytest.mark.parametrize("size", SIZES)
def test_edge_filters_answer_to_their_own_angle(size):
    bank = filter_bank(3, size)[:4]
    x, y = formulas.grid(size)
    for number, angle in enumerate((0, 45, 90, 135)):
        ramp = (x * cos(radians(angle)) + y * sin(radians(angle))).float().expand(1, 3, size, size)
        answers = convolve(ramp, bank).flatten()
        assert answers.argmax() == number


@pytest.mark.parametrize("size", SIZES)
def test_colour_filters_answer_to_colour(size):
    bank = filter_bank(3, size)
    red, yellow, blue = (
        torch.tensor(colour)[None, :, None, None].expand(1, 3, size, size)
        for colour in ([1.0, 0, 0], [1.0, 1, 0], [0.0, 0, 1])
    )
    red_green, blue_yellow = 5, 6
    assert convolve(red, bank)[0, red_green] == pytest.approx(0.5, abs=1e-5)
    assert convolve(yellow, bank)[0, red_green] == pytest.approx(0, abs=1e-5)
    assert convolve(blue, bank)[0, blue_yellow] == pytest.approx(0.5, abs=1e-5)
    assert convolve(yellow, bank)[0, blue_yellow] == pytest.approx(-0.5, abs=1e-5)


def test_the_blob_filter_answers_to_a_spot_in_the_middle():
    spot = torch.zeros(1, 3, 7, 7)
    spot[..., 3, 3] = 1
    assert convolve(spot, filter_bank(3, 7))[0, 4] > 0
