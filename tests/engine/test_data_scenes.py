"""Captions are true to the picture: parsed here, and checked against the pieces that the pixels show."""

import colorsys
import math
import re

import numpy as np
import pytest
import torch
from PIL import Image, ImageDraw
from scipy import ndimage

from engine import data
from engine.data import outlines, scenes, shapes
from engine.images import to_uint8

SIDE = 96
NUMBERS = {"a": 1, "an": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6}
GROUP = r"(a|an|two|three|four|five|six) (\w+) (\w+)"


def _parse(caption):
    """[(number, colour, shape), ...] and the relation, read from the sentence alone."""
    match = re.fullmatch(rf"{GROUP}(?: (above|below|left of|right of) {GROUP})?", caption)
    assert match, caption
    parts = match.groups()
    groups = [parts[:3]] + ([parts[4:]] if parts[3] else [])
    found = []
    for number, colour, shape in groups:
        count = NUMBERS[number]
        if count > 1:
            assert shape.endswith("s")
            shape = shape.removesuffix("es") if shape == "crosses" else shape.removesuffix("s")
        found.append((count, colour, shape))
    return found, parts[3]


def _pieces(picture, colour):
    """Bounding boxes (top, bottom, left, right) of what the picture shows in this colour, and the mask."""
    expected = colorsys.hsv_to_rgb(shapes.COLOURS[colour] / 360, 0.85, 0.95)
    mask = np.abs(picture - np.array(expected)[:, None, None]).max(0) < 0.12
    labels, _ = ndimage.label(mask, np.ones((3, 3)))
    boxes = [box for box in ndimage.find_objects(labels) if mask[box].sum() > 6]
    return [(rows.start, rows.stop, columns.start, columns.stop) for rows, columns in boxes], mask


def _scenes(count, seed=4):
    values = scenes.draw(count, torch.Generator().manual_seed(seed))
    return values, scenes.render(values, side=SIDE).numpy(), scenes.captions(values)


def test_captions_say_how_many_of_which_colour_and_where():
    _, pictures, captions = _scenes(250)
    relations = set()
    for picture, caption in zip(pictures, captions, strict=True):
        groups, relation = _parse(caption)
        boxes = [_pieces(picture, colour)[0] for _, colour, _ in groups]
        assert [len(found) for found in boxes] == [number for number, _, _ in groups], caption
        relations.add(relation)
        if relation is None:
            continue
        first, second = boxes
        clear = {
            "above": max(b[1] for b in first) <= min(b[0] for b in second),
            "below": min(b[0] for b in first) >= max(b[1] for b in second),
            "left of": max(b[3] for b in first) <= min(b[2] for b in second),
            "right of": min(b[2] for b in first) >= max(b[3] for b in second),
        }
        assert clear[relation], caption
    assert relations == {None, "above", "below", "left of", "right of"}


def test_nothing_else_is_in_the_picture():
    _, pictures, captions = _scenes(120, seed=8)
    for picture, caption in zip(pictures, captions, strict=True):
        groups, _ = _parse(caption)
        coloured = picture.max(0) - picture.min(0) > 0.5
        explained = np.any([_pieces(picture, colour)[1] for _, colour, _ in groups], axis=0)
        grown = ndimage.binary_dilation(explained, iterations=3)
        assert not (coloured & ~grown).any(), caption


def test_the_shapes_in_the_picture_are_the_captions():
    """Pillow fills the outline the caption names, at each object's place; it covers what is coloured."""
    values, pictures, captions = _scenes(80, seed=6)
    for index, (picture, caption) in enumerate(zip(pictures, captions, strict=True)):
        for place, (_, colour, shape) in enumerate(_parse(caption)[0]):
            drawn = Image.new("1", (SIDE, SIDE))
            members = values["there"][index] & (values["group"][index] == place)
            for item in members.nonzero()[:, 0].tolist():
                angle = math.radians(float(values["rotation"][index, item]))
                turn = torch.tensor(
                    [[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]],
                    dtype=torch.float64,
                )
                centre = torch.stack([values["x"][index, item], values["y"][index, item]]).double()
                for part, polygon in enumerate(outlines.outline(shape)):
                    corners = (polygon @ turn * values["size"][index, item] + centre + 1) * (SIDE / 2) - 0.5
                    ImageDraw.Draw(drawn).polygon(
                        [tuple(corner) for corner in corners.tolist()], fill=part == 0
                    )
            expected, found = np.asarray(drawn), _pieces(picture, colour)[1]
            overlap = (expected & found).sum() / (expected | found).sum()
            assert overlap > 0.5, (caption, overlap)


def test_objects_keep_apart_and_inside():
    values = scenes.draw(2000, torch.Generator().manual_seed(9))
    x, y, size, there = (values[name] for name in ("x", "y", "size", "there"))
    assert ((x.abs() + size)[there] <= 1).all()
    assert ((y.abs() + size)[there] <= 1).all()
    for first in range(scenes.MOST):
        for second in range(first):
            gap_x = (x[:, first] - x[:, second]).abs() - size[:, first] - size[:, second]
            gap_y = (y[:, first] - y[:, second]).abs() - size[:, first] - size[:, second]
            both = there[:, first] & there[:, second]
            assert (torch.maximum(gap_x, gap_y)[both] >= 2 * scenes.MARGIN - 1e-5).all()


def test_edges_are_those_of_a_larger_picture_averaged():
    values = scenes.draw(40, torch.Generator().manual_seed(2))
    small = torch.nn.functional.avg_pool2d(scenes.render(values, side=256), 8)
    apart = (scenes.render(values) - small).abs()
    assert apart.mean() < 0.004
    assert (apart > 0.12).float().mean() < 0.006


def test_the_grammar():
    assert scenes._group(1, "orange", "star") == "an orange star"
    assert scenes._group(1, "red", "circle") == "a red circle"
    assert scenes._group(3, "blue", "cross") == "three blue crosses"
    assert len(shapes.NUMBERS) == scenes.MOST + 1


def test_the_set_counts_what_its_captions_say():
    scene = data.load("scenes", "test", limit=300)
    assert len(scene.captions) == 300
    for index, caption in enumerate(scene.captions):
        groups, relation = _parse(caption)
        assert int(scene.classes[scene.labels[index]]) == sum(number for number, _, _ in groups)
        assert scene.factors["relation"].describe(index) == (relation or "alone")
        assert scene.factors["first colour"].describe(index) == groups[0][1]
        assert scene.factors["second shape"].describe(index) == (groups[1][2] if relation else "none")
        assert scene.factors["second count"].describe(index) == (str(groups[1][0]) if relation else "0")


def test_the_stored_set_is_what_the_seed_renders():
    values = scenes.draw(2000, torch.Generator().manual_seed(1))
    again = scenes.render({name: value[:5] for name, value in values.items()})
    assert torch.equal(data.load("scenes", "test", limit=5).images, to_uint8(again))


def test_groups_of_ones_own_are_placed_as_the_caption_says():
    groups = {
        "relation": torch.tensor([1, 0]),
        "number": torch.tensor([[1, 2], [6, 0]]),
        "colour": torch.tensor([[0, 5], [3, 0]]),
        "kind": torch.tensor([[3, 0], [1, 0]]),
    }
    values = scenes.place(groups, torch.Generator().manual_seed(1))
    assert scenes.captions(values) == ("a red star above two blue circles", "six green squares")
    assert values["there"].sum(1).tolist() == [3, 6]
    y, first = values["y"][0], (values["group"][0] == 0) & values["there"][0]
    assert y[first].max() < y[~first & values["there"][0]].min()


@pytest.mark.parametrize("side", [16, 64])
def test_any_side_and_an_empty_batch(side):
    values = scenes.draw(3, torch.Generator().manual_seed(2))
    assert scenes.render(values, side=side).shape == (3, 3, side, side)
    assert scenes.render({name: value[:0] for name, value in values.items()}, side=side).shape == (
        0,
        3,
        side,
        side,
    )
