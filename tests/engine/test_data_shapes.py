"""The rendered shapes: smooth edges against supersampling, geometry from the pixels, independent factors."""

import colorsys
import math
import re

import numpy as np
import pytest
import torch
from scipy import ndimage
from torch.nn import functional

from engine import data
from engine.data import outlines, shapes
from engine.data.dataset import DataError
from engine.images import to_uint8


def _values(pictures=120, seed=5, **fixed):
    values = shapes.draw(pictures, torch.Generator().manual_seed(seed))
    for name, value in fixed.items():
        values[name] = torch.full_like(values[name], value)
    return values


def _saturated(pictures):
    """Where a picture shows a shape: grey has equal channels. -> (N, H, W) bool"""
    return pictures.amax(1) - pictures.amin(1) > 0.08


def test_edges_are_those_of_a_picture_eight_times_larger_and_averaged():
    values = _values(60)
    small = functional.avg_pool2d(shapes.render(values, side=256), 8)
    apart = (shapes.render(values) - small).abs()
    assert apart.mean() < 0.003
    assert (
        apart > 0.1
    ).float().mean() < 0.004  # corners and crossing edges are sharper than one straight edge
    hard = (shapes.render(values, side=256)[..., 4::8, 4::8] - small).abs()
    assert (hard > 0.1).float().mean() > 5 * (apart > 0.1).float().mean(), "no better than no smoothing"


def test_a_plain_disc_covers_its_area_to_a_thousandth():
    values = _values(20, shape=0, texture=0, background=0, count=0, brightness=0.0)
    covered = shapes.render(values).amax(1).sum((1, 2)) / shapes.VALUE * (2 / 32) ** 2
    torch.testing.assert_close(covered, math.pi * values["size"] ** 2, rtol=4e-3, atol=0)


@pytest.mark.parametrize("index", range(len(outlines.SHAPES)), ids=outlines.SHAPES)
def test_the_coloured_pixels_have_their_centre_at_x_y_and_lie_within_size(index):
    values = _values(60, shape=index, texture=0, count=0, background=0)
    mask = _saturated(shapes.render(values, side=96)).float()
    axis = (torch.arange(96) + 0.5) / 48 - 1
    area = mask.sum((1, 2))
    x = (mask.sum(1) * axis).sum(1) / area
    y = (mask.sum(2) * axis).sum(1) / area
    assert (x - values["x"]).abs().max() < 0.025
    assert (y - values["y"]).abs().max() < 0.025
    apart = (
        (axis - values["x"][:, None])[:, None].square() + (axis - values["y"][:, None])[..., None].square()
    ).sqrt()
    assert ((apart * mask).amax((1, 2)) - values["size"]).abs().max() < 0.04


def test_nothing_reaches_over_the_border_and_copies_keep_clear_of_the_shape():
    place, size = shapes.BY_NAME["x"], shapes.BY_NAME["size"]
    assert place.high + size.high <= 1
    assert shapes.CORNER + shapes.COPY <= 1
    # The nearest a copy gets: its corner lies on the other side of the middle, in one direction at least.
    assert size.high + 2 / 32 <= shapes.CORNER - shapes.COPY


def _pieces(mask):
    """Number of 8-connected pieces."""
    return ndimage.label(mask.numpy(), np.ones((3, 3)))[1]


@pytest.mark.parametrize("shape", ["circle", "star", "heart", "arrow"])
def test_as_many_pieces_as_the_count_says(shape):
    values = _values(200, shape=outlines.SHAPES.index(shape), texture=0, background=0)
    masks = _saturated(shapes.render(values, side=64))
    assert [_pieces(mask) for mask in masks] == (values["count"] + 1).tolist()


def test_captions_are_what_the_pixels_show():
    """The sentence is parsed; colour, number of pieces and the share of darker pixels are measured."""
    values = _values(150, seed=11)
    pictures, captions = shapes.render(values, side=64), shapes.captions(values)
    pattern = r"(?:an?) (striped |checked |dotted |)(\w+) (\w+)(?: and (a|two|three) small cop(?:y|ies))?"
    for index, (picture, caption) in enumerate(zip(pictures, captions, strict=True)):
        texture, colour, shape, copies = re.fullmatch(pattern, caption).groups()
        mask = _saturated(picture[None])[0]
        red, green, blue = picture[:, mask].mean(1).tolist()
        hue = 360 * colorsys.rgb_to_hsv(red, green, blue)[0]
        apart = {name: abs((hue - centre + 180) % 360 - 180) for name, centre in shapes.COLOURS.items()}
        assert apart[colour] <= min(apart.values()) + 6, caption
        if shape in ("circle", "star", "heart") and texture == "":
            assert _pieces(mask) == 1 + {None: 0, "a": 1, "two": 2, "three": 3}[copies]
        inner = torch.from_numpy(ndimage.binary_erosion(mask.numpy(), np.ones((3, 3))))
        if inner.sum() > 60:  # thin shapes are all edge
            dark = (picture.amax(0)[inner] < 0.7 * shapes.VALUE).float().mean()
            assert (dark > 0.08) == (texture != ""), (caption, dark)
        assert shape == outlines.SHAPES[int(values["shape"][index])]


def test_colours_have_names_around_the_whole_wheel():
    names = shapes.colour_names(
        torch.tensor([0.0, 359.0, 30.0, 60.0, 120.0, 185.0, 230.0, 270.0, 320.0, 341.0])
    )
    assert names == ["red", "red", "orange", "yellow", "green", "cyan", "blue", "purple", "pink", "red"]


def test_the_colour_is_the_hue():
    values = _values(40, shape=0, texture=0, count=0)
    pictures = shapes.render(values, side=64)
    row = ((values["y"] + 1) * 32).long()
    column = ((values["x"] + 1) * 32).long()
    for index in range(40):
        expected = colorsys.hsv_to_rgb(float(values["hue"][index]) / 360, shapes.SATURATION, shapes.VALUE)
        found = pictures[index, :, row[index], column[index]]
        torch.testing.assert_close(found, torch.tensor(expected), atol=1e-5, rtol=0)


def test_rotation_turns_anticlockwise_about_the_centre():
    fixed = {
        "x": 0.0,
        "y": 0.0,
        "count": 0,
        "texture": 1,
        "shape": outlines.SHAPES.index("arrow"),
        "background": 0,
    }
    upright = shapes.render(_values(1, rotation=0.0, **fixed))
    quarter = shapes.render(_values(1, rotation=90.0, **fixed))
    torch.testing.assert_close(torch.rot90(upright, 1, (2, 3)), quarter, atol=2e-3, rtol=0)


@pytest.mark.parametrize("texture", range(1, 4))
def test_a_texture_darkens_about_the_share_it_should(texture):
    plain = (
        shapes.render(_values(80, shape=1, texture=0, background=0, count=0, brightness=0.0)).amax(1).sum()
    )
    dark = (
        shapes.render(_values(80, shape=1, texture=texture, background=0, count=0, brightness=0.0))
        .amax(1)
        .sum()
    )
    share = {1: 0.5, 2: 0.5, 3: math.pi * 0.28**2}[texture]
    assert (dark / plain).item() == pytest.approx(1 - share * (1 - shapes.SHADE), abs=0.03)


@pytest.mark.parametrize("background", range(4))
def test_a_background_has_its_brightness_on_average(background):
    values = _values(50, background=background, count=0)
    pictures = shapes.render(values)
    grey = ~functional.max_pool2d(_saturated(pictures).float(), 5, 1, 2).bool()
    means = torch.stack([picture[0][mask].mean() for picture, mask in zip(pictures, grey, strict=True)])
    assert (means - values["brightness"]).mean().abs() < 0.03


def test_factors_are_independent_and_uniform():
    values = shapes.draw(40_000, torch.Generator().manual_seed(3))
    columns, kinds = [], []
    for cause in shapes.CAUSES:
        value = values[cause.name]
        if cause.categories:
            columns.append(value)
            kinds.append(len(cause.categories))
        else:
            assert value.min() >= cause.low
            assert value.max() <= cause.high
            columns.append(((value - cause.low) / (cause.high - cause.low) * 8).long().clamp(0, 7))
            kinds.append(8)
    for first in range(len(columns)):
        share = columns[first].bincount(minlength=kinds[first]) / 40_000
        assert (share * kinds[first] - 1).abs().max() < 0.08
        for second in range(first):
            cells = kinds[first] * kinds[second]
            table = (columns[first] * kinds[second] + columns[second]).bincount(minlength=cells).double()
            table = table.view(kinds[first], kinds[second])
            expected = table.sum(1, keepdim=True) * table.sum(0) / 40_000
            statistic = ((table - expected).square() / expected).sum()
            freedom = (kinds[first] - 1) * (kinds[second] - 1)
            assert statistic < freedom + 5 * math.sqrt(2 * freedom), (
                "chi-squared: five deviations above chance"
            )


def test_the_same_seed_gives_the_same_pictures_and_another_gives_others():
    one, same, other = (shapes.render(_values(5, seed=seed)) for seed in (1, 1, 2))
    assert torch.equal(one, same)
    assert not torch.equal(one, other)


def test_a_batch_is_its_pictures_one_by_one():
    values = _values(shapes.CHUNK + 3)
    whole = shapes.render(values)
    for index in (0, shapes.CHUNK - 1, shapes.CHUNK, shapes.CHUNK + 2):
        alone = shapes.render({name: value[index : index + 1] for name, value in values.items()})
        torch.testing.assert_close(alone[0], whole[index], atol=1e-5, rtol=0)


def test_the_stored_set_is_what_the_seed_renders():
    stored = data.load("shapes", "test", limit=20)
    values = shapes.draw(2000, torch.Generator().manual_seed(1))
    again = to_uint8(shapes.render({name: value[:20] for name, value in values.items()}))
    assert torch.equal(stored.images, again)


def test_every_factor_changes_the_picture():
    base = _values(64, shape=3, texture=1, background=1, count=1)
    before = shapes.render(base)
    for cause in shapes.CAUSES:
        changed = dict(base)
        span = 1 if cause.categories else (cause.high - cause.low) / 3
        changed[cause.name] = base[cause.name] + (span if cause.categories else torch.tensor(span))
        assert ((shapes.render(changed) - before).abs().amax((1, 2, 3)) > 0.05).all(), cause.name


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda values: values.pop("hue"), "needs a value for hue"),
        (lambda values: values.update(x=torch.zeros(3)), "one value per picture"),
    ],
)
def test_impossible_values_are_refused_in_words(change, words):
    values = _values(2)
    change(values)
    with pytest.raises(DataError, match=words):
        shapes.render(values)
    with pytest.raises(DataError, match="8 to 1024"):
        shapes.render(_values(1), side=4)


def test_nothing_to_draw_is_an_empty_batch():
    assert shapes.render(_values(0)).shape == (0, 3, 32, 32)
