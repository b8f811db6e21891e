"""Outlines and distance fields against closed forms and Pillow's polygon filling."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageDraw

from engine.data import outlines
from engine.data.outlines import REACH, RESOLUTION, SHAPES


def _grid(side=61):
    axis = torch.linspace(-1.2, 1.2, side, dtype=torch.float64)
    y, x = torch.meshgrid(axis, axis, indexing="ij")
    return torch.stack([x, y], -1).flatten(0, 1)


@pytest.mark.parametrize(
    ("name", "closed_form"),
    [
        ("circle", lambda x, y: (x**2 + y**2).sqrt() - 1),
        ("ring", lambda x, y: ((x**2 + y**2).sqrt() - 0.775).abs() - 0.225),
    ],
)
def test_round_shapes_have_the_closed_forms_distance(name, closed_form):
    points = _grid()
    found = outlines.signed_distance(outlines.outline(name), points)
    assert (found - closed_form(points[:, 0], points[:, 1])).abs().max() < 0.002  # a 64-gon, not a circle


def test_the_square_has_the_closed_forms_distance():
    points, half = _grid(), 1 / math.sqrt(2)
    apart = points.abs() - half
    outside = apart.clamp_min(0).norm(dim=1)
    expected = outside + apart.amax(1).clamp_max(0)
    torch.testing.assert_close(outlines.signed_distance(outlines.outline("square"), points), expected)


@pytest.mark.parametrize("name", SHAPES)
def test_a_shape_is_centred_and_reaches_radius_one(name):
    polygons = outlines.outline(name)
    assert max(polygon.norm(dim=1).max().item() for polygon in polygons) == pytest.approx(1)
    points = _grid(161)
    inside = points[outlines.signed_distance(polygons, points) < 0]
    assert inside.mean(0).abs().max() < 0.01


@pytest.mark.parametrize("name", SHAPES)
def test_inside_is_what_pillow_fills(name):
    side = 200
    picture = Image.new("1", (side, side))
    for index, polygon in enumerate(outlines.outline(name)):  # the second polygon is a hole
        corners = [tuple(point) for point in ((polygon + 1.2) * (side / 2.4) - 0.5).tolist()]
        ImageDraw.Draw(picture).polygon(corners, fill=index == 0)
    axis = (torch.arange(side, dtype=torch.float64) + 0.5) * (2.4 / side) - 1.2
    y, x = torch.meshgrid(axis, axis, indexing="ij")
    distance = outlines.signed_distance(outlines.outline(name), torch.stack([x, y], -1).flatten(0, 1))
    distance = distance.view(side, side).numpy()
    clear = np.abs(distance) > 2.5 * 2.4 / side  # Pillow rounds corners to pixels
    assert ((distance < 0) == np.asarray(picture))[clear].all()


@given(
    st.sampled_from(SHAPES),
    st.floats(-1.2, 1.2),
    st.floats(-1.2, 1.2),
    st.floats(-1.2, 1.2),
    st.floats(-1.2, 1.2),
)
def test_a_distance_never_changes_faster_than_the_place(name, x, y, other_x, other_y):
    points = torch.tensor([[x, y], [other_x, other_y]], dtype=torch.float64)
    first, second = outlines.signed_distance(outlines.outline(name), points)
    assert (first - second).abs() <= (points[0] - points[1]).norm() + 1e-9


@pytest.mark.parametrize("name", SHAPES)
def test_a_turn_by_the_symmetry_changes_nothing(name):
    points = _grid(41)
    order = outlines.SYMMETRY[name] or 7
    angle = math.tau / order
    turned = points @ torch.tensor(
        [[math.cos(angle), math.sin(angle)], [-math.sin(angle), math.cos(angle)]], dtype=torch.float64
    )
    shape = outlines.outline(name)
    tolerance = 2e-3 if outlines.SYMMETRY[name] == 0 else 1e-6
    torch.testing.assert_close(
        outlines.signed_distance(shape, points),
        outlines.signed_distance(shape, turned),
        atol=tolerance,
        rtol=0,
    )


def test_the_stored_field_is_the_distance():
    fields = outlines.fields(torch.device("cpu"))
    assert fields.shape == (len(SHAPES), RESOLUTION, RESOLUTION)
    axis = torch.linspace(-REACH, REACH, RESOLUTION)
    for index, name in enumerate(SHAPES):
        row, column = 17 + index, 60 - index
        point = torch.tensor([[axis[column].item(), axis[row].item()]], dtype=torch.float64)
        expected = outlines.signed_distance(outlines.outline(name), point).item()
        assert fields[index, row, column].item() == pytest.approx(expected, abs=1e-5)
