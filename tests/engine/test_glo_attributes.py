"""Attributes of pictures, on pictures where they are known."""

import numpy as np
import pytest
import torch

from engine import data
from engine.data import Dataset
from engine.glo import attributes


def strokes(lean):
    """A stroke that leans by `lean` columns per row to the right, upwards."""
    ink = torch.zeros(1, 21, 41)
    for row in range(21):
        ink[0, row, round(20 + lean * (10 - row))] = 1
    return ink


@pytest.mark.parametrize("lean", [-1.0, -0.5, 0.0, 0.5, 1.0])
def test_slant_is_columns_to_the_right_per_row_upwards(lean):
    assert attributes.slant(strokes(lean)).item() == pytest.approx(lean, abs=0.02)


def test_spread_is_numpys_deviation_of_the_columns():
    ink = torch.rand(3, 9, 11, generator=torch.Generator().manual_seed(0))
    for found, picture in zip(attributes.spread(ink), ink.numpy(), strict=True):
        columns = np.arange(11)
        weights = picture.sum(0)
        mean = np.average(columns, weights=weights)
        assert found.item() == pytest.approx(
            np.sqrt(np.average((columns - mean) ** 2, weights=weights)), rel=1e-5
        )


def test_thirds_with_most_and_least():
    images = torch.arange(0, 90, dtype=torch.uint8).view(90, 1, 1, 1).expand(90, 1, 4, 4)
    thick = attributes.measured(images)[0]
    assert sorted(thick.rows[thick.having].tolist()) == list(range(60, 90))
    assert sorted(thick.rows[~thick.having].tolist()) == list(range(30))


def test_light_from_the_right():
    images = torch.zeros(30, 1, 6, 6, dtype=torch.uint8)
    images[:10, ..., 3:] = 200
    images[10:20, ..., :3] = 200
    lit = attributes.measured(images, strokes=False)[0]
    assert lit.title == "lit from the right"
    assert sorted(lit.rows[lit.having].tolist()) == list(range(10))


def test_digits_have_measured_attributes_and_classes():
    found = attributes.of(data.load("mnist-5k", limit=300))
    titles = [each.title for each in found]
    assert titles[:3] == ["thick", "slanted right", "wide"]
    assert {"a 0", "an 8"} <= set(titles)
    eight = next(each for each in found if each.title == "an 8")
    assert eight.having.sum() == (data.load("mnist-5k", limit=300).labels == 8).sum()


def test_rendered_shapes_have_their_factors():
    dataset = data.load("shapes", limit=600)
    found = {each.title: each for each in attributes.of(dataset)}
    assert {"red", "green", "blue", "more size"} <= set(found)
    large = found["more size"]
    sizes = dataset.factors["size"].values
    assert sizes[large.rows[large.having]].min() > sizes[large.rows[~large.having]].max()
    red = found["red"]
    hues = dataset.images[red.rows[red.having]].float().mean(dim=(0, 2, 3))
    assert hues[0] > hues[2]


def test_a_direction_leads_from_without_to_with():
    codes = torch.randn(90, 3, generator=torch.Generator().manual_seed(1))
    codes[60:, 0] += 5
    images = torch.arange(0, 90, dtype=torch.uint8).view(90, 1, 1, 1).expand(90, 1, 4, 4)
    thick = attributes.measured(images)[0]
    found = thick.direction(codes)
    assert found[0] > 4
    having, lacking = thick.means(codes)
    torch.testing.assert_close(found, having - lacking)


def test_what_nearly_all_or_nearly_none_have_is_left_out():
    labels = torch.tensor([0] * 40 + [1] * 2)
    card = data.card("digits")
    images = torch.zeros(42, 3, 8, 8, dtype=torch.uint8)
    assert attributes.of(Dataset("few", images, labels, ("zero", "one"), "train", card)) == []
