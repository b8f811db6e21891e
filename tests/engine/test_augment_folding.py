"""The fast mode: what it shares with the exact one, and how far the rest is from it."""

from __future__ import annotations

import pytest
import torch
from augment_cases import generator, pictures

from engine import samples
from engine.augment import Drop, Jitter, augment, recipe, simclr_views
from engine.augment.colours import adjust_hue
from engine.augment.folding import hue_matrix

SHAPE = (64, 3, 16, 16)


def _middle(seed=0):
    """Pictures so soft that no step of a weak jitter clips."""
    return 0.4 + 0.2 * pictures(SHAPE, seed)


@pytest.mark.parametrize("seed", range(5))
def test_without_clipping_and_hue_the_two_modes_are_equal(seed):
    operators = (Jitter(strength=0.3, hue=0), Drop(probability=0.5), Jitter(strength=0.2, hue=0))
    images = _middle(seed)
    exact = augment(images, operators, generator(seed))
    fast = augment(images, operators, generator(seed), exact=False)
    assert exact.min() > 0
    assert exact.max() < 1
    torch.testing.assert_close(fast, exact, atol=1e-5, rtol=0)


def test_hue_turns_the_same_way_and_keeps_brightness_and_grey():
    turns = torch.linspace(-0.1, 0.1, 5)
    matrix = hue_matrix(turns)
    grey = torch.tensor([0.3, 0.3, 0.3])
    torch.testing.assert_close(matrix @ grey, grey.expand(5, 3), atol=1e-3, rtol=0)
    colour = torch.tensor([0.7, 0.4, 0.5])
    luma = torch.tensor([0.299, 0.587, 0.114])
    torch.testing.assert_close((matrix @ colour) @ luma, (colour @ luma).expand(5), atol=1e-4, rtol=0)
    exact = adjust_hue(colour.view(1, 3, 1, 1).expand(5, -1, -1, -1), turns)[:, :, 0, 0]
    apart = (matrix @ colour - exact).abs().max()
    backwards = (hue_matrix(-turns) @ colour - exact).abs().max()
    assert apart < 0.12  # strong colours: this is what the fast mode gives up
    assert apart < 0.5 * backwards


def test_on_photographs_the_modes_differ_by_a_few_hundredths():
    photographs = torch.cat([samples.sample(name, 32) for name in samples.names()])
    images = photographs.repeat(30, 1, 1, 1)
    exact = simclr_views(images, generator(1))
    fast = simclr_views(images, generator(1), exact=False)
    difference = (exact - fast).abs()
    assert 1e-4 < difference.mean() < 0.03  # as the documentation says: not equal, and how far
    assert fast.min() >= 0
    assert fast.max() <= 1


def test_grey_pictures_take_the_exact_way():
    images = pictures((8, 1, 16, 16))
    fast = augment(images, recipe(1.0, blur=True), generator(), exact=False)
    torch.testing.assert_close(fast, augment(images, recipe(1.0, blur=True), generator()), atol=0, rtol=0)


def test_other_operators_between_the_colours_are_applied_in_their_place():
    operators = (
        Drop(probability=1),
        *recipe(0, jitter=False, drop=False, flip=False),
        Jitter(strength=0, hue=0),
    )
    images = pictures(SHAPE)
    exact = augment(images, operators, generator(3))
    torch.testing.assert_close(
        augment(images, operators, generator(3), exact=False), exact, atol=1e-5, rtol=0
    )
