"""Rotation, cutout and flip against torchvision, picture by picture."""

from __future__ import annotations

import pytest
import torch
from augment_cases import SHAPES, generator, pictures
from torchvision.transforms import functional as reference
from torchvision.transforms.v2 import functional as reference2

from engine.augment import Cutout, Flip, Original, Rotate


@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_rotation_is_torchvisions_resized_to_the_old_size(shape):
    images = pictures(shape)
    drawn = Rotate().draw(shape, generator())
    got = Rotate().apply(images, drawn)
    for number, image in enumerate(images):
        angle = 90 * int(drawn["quarters"][number])
        turned = reference2.rotate(image, angle, expand=True)
        expected = reference.resize(turned, list(shape[-2:]), antialias=True)
        torch.testing.assert_close(got[number], expected, atol=1e-6, rtol=0)


def test_all_three_turns_are_drawn_alike():
    quarters = Rotate().draw((3000, 3, 8, 8), generator())["quarters"]
    counts = torch.bincount(quarters, minlength=4)
    assert counts[0] == 0
    assert counts[1:].min() > 900


@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("side", [0.1, 0.5, 1.0])
def test_cutout_is_torchvisions_erase(shape, side):
    operator, images = Cutout(side=side, fill=0.3), pictures(shape)
    drawn = operator.draw(shape, generator())
    got = operator.apply(images, drawn)
    for number, image in enumerate(images):
        box = [int(drawn[name][number]) for name in ("top", "left", "height", "width")]
        expected = reference.erase(image, *box, v=torch.tensor(0.3))
        torch.testing.assert_close(got[number], expected, atol=0, rtol=0)


def test_the_square_is_centred_anywhere_and_cut_off_at_the_edge():
    drawn = Cutout().draw((4000, 3, 32, 32), generator())
    assert drawn["height"].min() == 8  # half of it hangs over
    assert drawn["height"].max() == 16
    assert drawn["top"].min() == 0
    assert (drawn["top"] + drawn["height"]).max() == 32
    centre = drawn["top"] + drawn["height"] // 2
    inside = (drawn["height"] == 16) & (drawn["width"] == 16)
    assert abs(inside.float().mean().item() - (17 / 32) ** 2) < 0.03
    assert abs(centre.float().mean().item() - 15.75) < 0.5


def test_flip_mirrors_half_of_the_pictures():
    shape = (200, 3, 5, 7)
    images = pictures(shape)
    drawn = Flip().draw(shape, generator())
    got = Flip().apply(images, drawn)
    for number, image in enumerate(images):
        expected = reference.hflip(image) if drawn["applied"][number] else image
        torch.testing.assert_close(got[number], expected, atol=0, rtol=0)
    assert 70 < int(drawn["applied"].sum()) < 130


def test_original_gives_the_very_same_tensor():
    images = pictures((2, 3, 8, 8))
    assert Original().apply(images, Original().draw((2, 3, 8, 8), generator())) is images
