"""Choosing pictures by definition, and sheets picture by picture."""

import pytest
import torch

from engine import data
from engine.data import browsing
from engine.data.dataset import DataError


def test_a_class_is_all_of_it_and_nothing_else():
    digits = data.load("digits")
    chosen = browsing.choose(digits, only=("class", 7))
    assert (digits.labels[chosen] == 7).all()
    assert len(chosen) == (digits.labels == 7).sum()
    assert (chosen.diff() > 0).all(), "the mixed order of the set is kept"
    assert torch.equal(browsing.choose(digits), torch.arange(len(digits)))


def test_a_choice_of_a_factor_sorted_by_another():
    shapes = data.load("shapes", "test")
    chosen = browsing.choose(shapes, only=("texture", 2), by="hue")
    assert (shapes.factors["texture"].values[chosen] == 2).all()
    assert (shapes.factors["hue"].values[chosen].diff() >= 0).all()
    assert len(chosen) == (shapes.factors["texture"].values == 2).sum()


def test_sheets_hold_the_pictures_row_by_row():
    digits = data.load("digits", "test")
    chosen = browsing.choose(digits)
    first, second = browsing.page(digits, chosen, 0), browsing.page(digits, chosen, 1)
    assert first.shape == (1, 16 * 8, 16 * 8)
    assert second.shape == (1, -(-(359 - 256) // 16) * 8, 16 * 8)
    for sheet, start in ((first, 0), (second, 256)):
        for place in (0, 1, 17, 90):
            row, column = divmod(place, 16)
            tile = sheet[:, row * 8 : row * 8 + 8, column * 8 : column * 8 + 8]
            assert torch.equal((tile * 255).round().byte(), digits.images[start + place])


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"only": ("class", 10)}, "10 choices of class"),
        ({"only": ("class", -1)}, "choices"),
        ({"only": ("hue", 0)}, "no factor hue"),
        ({"by": "size"}, "no factor size"),
    ],
)
def test_what_does_not_exist_is_refused_in_words(arguments, words):
    with pytest.raises(DataError, match=words):
        browsing.choose(data.load("digits"), **arguments)


@pytest.mark.parametrize("number", [-1, 2, 10**6])
def test_there_is_no_such_page(number):
    digits = data.load("digits", "test")
    with pytest.raises(DataError, match=f"no page {number}"):
        browsing.page(digits, browsing.choose(digits), number)
