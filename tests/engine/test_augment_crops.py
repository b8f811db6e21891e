"""Crops: each picture as torchvision's resized_crop has it, and boxes distributed as torchvision draws them."""

from __future__ import annotations

from math import log

import pytest
import torch
from augment_cases import SHAPES, generator, pictures
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import ks_2samp
from torchvision.transforms import RandomResizedCrop
from torchvision.transforms import functional as reference

from engine.augment import CropAndResize, CropResizeFlip, crops
from engine.augment.crops import draw_boxes, resized_crop
from engine.settings import SettingError


def _expected(images, drawn, size=None):
    made = []
    for number, image in enumerate(images):
        box = [int(drawn[name][number]) for name in ("top", "left", "height", "width")]
        crop = reference.resized_crop(image, *box, size or list(images.shape[-2:]), antialias=True)
        mirrored = "mirrored" in drawn and bool(drawn["mirrored"][number])
        made.append(reference.hflip(crop) if mirrored else crop)
    return torch.stack(made)


@pytest.fixture(params=["matrices", "one by one"])
def way(request, monkeypatch):
    """Both ways to resize, whatever the size of the pictures."""
    monkeypatch.setattr(crops, "ONE_BY_ONE", 10**9 if request.param == "matrices" else 0)


@pytest.mark.usefixtures("way")
@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("operator", [CropAndResize(), CropResizeFlip()], ids=lambda each: each.name)
def test_a_crop_is_torchvisions_to_a_millionth(operator, shape):
    images = pictures(shape)
    for seed in range(4):
        drawn = operator.draw(shape, generator(seed))
        torch.testing.assert_close(operator.apply(images, drawn), _expected(images, drawn), atol=1e-6, rtol=0)


@given(
    st.integers(1, 40),
    st.integers(1, 40),
    st.integers(1, 50),
    st.integers(2, 50),  # torch 2.14 takes a picture of one column for one in another memory layout
    st.integers(0, 2**31),
    st.data(),
)
@settings(max_examples=60, deadline=None)
def test_any_whole_box_to_any_size_is_torchvisions(rows, columns, height, width, seed, data):
    images = pictures((1, 3, rows, columns), seed)
    tall, wide = data.draw(st.integers(1, rows)), data.draw(st.integers(1, columns))
    top, left = data.draw(st.integers(0, rows - tall)), data.draw(st.integers(0, columns - wide))
    box = {"top": top, "left": left, "height": tall, "width": wide}
    drawn = {name: torch.tensor([value]) for name, value in box.items()}
    got = resized_crop(images, drawn, size=(height, width))
    torch.testing.assert_close(got, _expected(images, drawn, [height, width]), atol=1e-6, rtol=0)


def test_the_whole_picture_comes_back_as_it_was():
    images = pictures((2, 3, 32, 32))
    whole = {name: torch.tensor([value] * 2) for name, value in zip(("top", "left"), (0, 0), strict=True)}
    whole |= {"height": torch.tensor([32, 32]), "width": torch.tensor([32, 32])}
    torch.testing.assert_close(resized_crop(images, whole), images, atol=1e-7, rtol=0)
    mirrored = resized_crop(images, whole | {"mirrored": torch.tensor([True, False])})
    torch.testing.assert_close(mirrored, torch.stack([images[0].flip(-1), images[1]]), atol=1e-7, rtol=0)


@pytest.mark.parametrize("dtype", [torch.float64, torch.bfloat16])
@pytest.mark.parametrize("side", [16, 64])
def test_the_type_of_the_pictures_is_kept(dtype, side):
    images = pictures((2, 3, side, side)).to(dtype)
    made = resized_crop(images, CropResizeFlip().draw(tuple(images.shape), generator()))
    assert made.dtype == dtype
    single = resized_crop(images.float(), CropResizeFlip().draw(tuple(images.shape), generator()))
    torch.testing.assert_close(made.float(), single, atol=0.02, rtol=0)


DISTRIBUTIONS = [
    ((32, 32), (0.08, 1.0), (3 / 4, 4 / 3)),
    ((48, 24), (0.3, 1.0), (3 / 4, 4 / 3)),  # many attempts fail
    ((20, 90), (0.9, 1.0), (3 / 4, 4 / 3)),  # all attempts fail: the central box
    ((90, 20), (0.9, 1.0), (3 / 4, 4 / 3)),
    ((17, 17), (0.01, 0.1), (0.5, 2.0)),
]


@pytest.mark.parametrize(("size", "areas", "aspects"), DISTRIBUTIONS, ids=str)
def test_boxes_are_distributed_as_torchvisions(size, areas, aspects):
    count = 3000
    ours = draw_boxes((count, 3, *size), generator(1), areas=areas, aspects=aspects)
    torch.manual_seed(2)
    blank = torch.empty(3, *size)
    theirs = torch.tensor(
        [RandomResizedCrop.get_params(blank, list(areas), list(aspects)) for _ in range(count)]
    )
    for column, name in enumerate(("top", "left", "height", "width")):
        assert ks_2samp(ours[name].numpy(), theirs[:, column].numpy()).pvalue > 0.005, name
    area = (ours["height"] * ours["width"]).numpy(), (theirs[:, 2] * theirs[:, 3]).numpy()
    aspect = (ours["width"] / ours["height"]).numpy(), (theirs[:, 3] / theirs[:, 2]).numpy()
    assert ks_2samp(*area).pvalue > 0.005
    assert ks_2samp(*aspect).pvalue > 0.005


@given(st.integers(1, 60), st.integers(1, 60), st.floats(0.01, 1), st.floats(0.01, 1), st.integers(0, 2**31))
@settings(max_examples=80, deadline=None)
def test_boxes_lie_inside_and_have_the_asked_for_area(rows, columns, one, other, seed):
    areas = (min(one, other), max(one, other))
    boxes = draw_boxes((16, 3, rows, columns), generator(seed), areas=areas)
    top, left, height, width = (boxes[name] for name in ("top", "left", "height", "width"))
    assert bool((height >= 1).all() and (width >= 1).all() and (top >= 0).all() and (left >= 0).all())
    assert bool((top + height <= rows).all() and (left + width <= columns).all())


def test_large_boxes_keep_area_and_aspect_within_a_pixels_rounding():
    boxes = draw_boxes((2000, 3, 400, 400), generator())
    area = boxes["height"] * boxes["width"] / 400**2
    aspect = (boxes["width"] / boxes["height"]).log()
    assert 0.079 < area.min() < 0.085
    assert 0.98 < area.max() <= 1
    assert aspect.abs().max() < log(4 / 3) + 0.01


def test_half_of_the_pictures_are_mirrored():
    mirrored = CropResizeFlip().draw((4000, 3, 32, 32), generator())["mirrored"]
    assert abs(mirrored.float().mean().item() - 0.5) < 0.03
    assert not CropResizeFlip(flip=0).draw((100, 3, 32, 32), generator())["mirrored"].any()


def test_areas_in_the_wrong_order_are_refused():
    with pytest.raises(SettingError, match="smallest and largest go from the smaller to the larger"):
        CropAndResize(smallest=0.9, largest=0.2)
