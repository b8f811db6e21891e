"""Colours: each picture as torchvision's adjust_* has it, and what the formulas promise."""

from __future__ import annotations

import colorsys

import pytest
import torch
from augment_cases import SHAPES, generator, pictures
from torchvision.transforms import functional as reference

from engine.augment import colours

CASES = [
    (colours.adjust_brightness, reference.adjust_brightness, (0.0, 2.0), 1e-6),
    (colours.adjust_contrast, reference.adjust_contrast, (0.0, 2.0), 1e-6),
    (colours.adjust_saturation, reference.adjust_saturation, (0.0, 2.0), 1e-6),
    (colours.adjust_hue, reference.adjust_hue, (-0.5, 0.5), 3e-6),
]


@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize(
    ("ours", "theirs", "ends", "tolerance"), CASES, ids=lambda case: getattr(case, "__name__", "")
)
def test_a_factor_per_picture_is_torchvisions_picture_by_picture(ours, theirs, ends, tolerance, shape):
    images = pictures(shape)
    before = images.clone()
    factors = torch.rand(shape[0], generator=generator(3)) * (ends[1] - ends[0]) + ends[0]
    factors[0] = ends[1]
    expected = torch.stack(
        [theirs(image, factor.item()) for image, factor in zip(images, factors, strict=True)]
    )
    torch.testing.assert_close(ours(images, factors), expected, atol=tolerance, rtol=0)
    torch.testing.assert_close(images, before, atol=0, rtol=0)  # what came in is left alone


def test_grey_is_torchvisions():
    images = pictures((4, 3, 20, 30))
    torch.testing.assert_close(
        colours.to_grey(images), reference.rgb_to_grayscale(images, 3), atol=1e-6, rtol=0
    )
    grey = pictures((4, 1, 20, 30))
    torch.testing.assert_close(colours.to_grey(grey), grey, atol=0, rtol=0)


def test_hue_is_the_standard_librarys_hsv_in_double_precision():
    images = pictures((2, 3, 8, 8)).double()
    turns = torch.tensor([0.13, -0.41], dtype=torch.float64)
    got = colours.adjust_hue(images, turns)
    for number in range(2):
        for row in range(8):
            for column in range(8):
                hue, saturation, value = colorsys.rgb_to_hsv(*images[number, :, row, column].tolist())
                expected = colorsys.hsv_to_rgb((hue + turns[number].item()) % 1, saturation, value)
                assert got[number, :, row, column].tolist() == pytest.approx(expected, abs=1e-12)


def test_turning_there_and_back_and_a_whole_circle_change_nothing():
    images = pictures((8, 3, 16, 16), 5)
    turns = torch.linspace(-0.5, 0.5, 8)
    there = colours.adjust_hue(images, turns)
    torch.testing.assert_close(colours.adjust_hue(there, -turns), images, atol=1e-5, rtol=0)
    torch.testing.assert_close(colours.adjust_hue(images, torch.ones(8)), images, atol=1e-5, rtol=0)
    third = torch.full((8,), 1 / 3)  # red becomes green, green blue, blue red
    torch.testing.assert_close(colours.adjust_hue(images, third), images.roll(1, 1), atol=1e-5, rtol=0)


def test_factor_one_changes_nothing_at_all():
    images = pictures((3, 3, 16, 16))
    one = torch.ones(3)
    for adjust in (colours.adjust_brightness, colours.adjust_contrast, colours.adjust_saturation):
        torch.testing.assert_close(adjust(images, one), images, atol=0, rtol=0)
