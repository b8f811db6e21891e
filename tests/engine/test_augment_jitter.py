"""Colour distortion: torchvision's functions in the drawn order, and the distribution of what is drawn."""

from __future__ import annotations

import pytest
import torch
from augment_cases import SHAPES, generator, pictures
from scipy.stats import kstest
from torchvision.transforms import functional as reference

from engine.augment import Drop, Jitter
from engine.augment.jitter import STEPS
from engine.settings import SettingError

ADJUST = {
    "brightness": reference.adjust_brightness,
    "contrast": reference.adjust_contrast,
    "saturation": reference.adjust_saturation,
    "hue": reference.adjust_hue,
}


def by_torchvision(image, drawn, number):
    """One picture, jittered as drawn, through torchvision's functions one after another."""
    if not drawn["applied"][number]:
        return image
    for step in drawn["order"][number].tolist():
        image = ADJUST[STEPS[step]](image, drawn[STEPS[step]][number].item())
    return image


@pytest.mark.parametrize("strength", [0.25, 0.5, 1.0])
@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_jitter_is_torchvisions_functions_in_the_drawn_order(shape, strength):
    jitter, images = Jitter(strength=strength), pictures(shape, 1)
    for seed in range(3):
        drawn = jitter.draw(shape, generator(seed))
        expected = torch.stack([by_torchvision(image, drawn, n) for n, image in enumerate(images)])
        torch.testing.assert_close(jitter.apply(images, drawn), expected, atol=1e-5, rtol=0)


def test_all_twenty_four_orders_are_right():
    shape = (240, 3, 6, 6)
    jitter, images = Jitter(probability=1, strength=1), pictures(shape, 2)
    drawn = dict(jitter.draw(shape, generator()))
    orders = torch.cartesian_prod(*[torch.arange(4)] * 4)
    orders = orders[(orders.sort(1).values == torch.arange(4)).all(1)]  # the permutations
    assert len(orders) == 24
    drawn["order"] = orders.repeat(10, 1)
    expected = torch.stack([by_torchvision(image, drawn, n) for n, image in enumerate(images)])
    torch.testing.assert_close(jitter.apply(images, drawn), expected, atol=1e-5, rtol=0)


def test_clipping_between_the_steps_matters_and_is_done():
    image = torch.full((1, 3, 2, 2), 0.8)
    drawn = {
        "applied": torch.tensor([True]),
        "brightness": torch.tensor([2.0]),  # 1.6, clipped to 1
        "contrast": torch.tensor([1.0]),
        "saturation": torch.tensor([1.0]),
        "hue": torch.tensor([0.0]),
        "order": torch.tensor([[0, 1, 2, 3]]),
    }
    jitter = Jitter()
    torch.testing.assert_close(jitter.apply(image, drawn), torch.ones_like(image))


def test_factors_are_uniform_in_the_papers_ranges():
    drawn = Jitter(strength=1).draw((5000, 3, 8, 8), generator(4))
    for name in STEPS[:3]:
        assert kstest(drawn[name].numpy(), "uniform", (0.2, 1.6)).pvalue > 0.005
    assert kstest(drawn["hue"].numpy(), "uniform", (-0.2, 0.4)).pvalue > 0.005
    assert abs(drawn["applied"].float().mean().item() - 0.8) < 0.02
    counts = (drawn["order"] @ torch.tensor([64, 16, 4, 1])).unique(return_counts=True)[1]
    assert len(counts) == 24
    assert counts.min() > 140  # 208 expected
    assert counts.max() < 280


def test_a_factor_is_never_negative():
    drawn = Jitter(strength=2).draw((2000, 3, 8, 8), generator())
    assert all(drawn[name].min() >= 0 for name in STEPS[:3])
    assert drawn["brightness"].max() > 2.4


def test_drop_is_torchvisions_grey_for_one_picture_in_five():
    shape = (400, 3, 6, 6)
    images = pictures(shape)
    drawn = Drop().draw(shape, generator())
    got = Drop().apply(images, drawn)
    grey = reference.rgb_to_grayscale(images, 3)
    expected = torch.where(drawn["applied"].view(-1, 1, 1, 1), grey, images)
    torch.testing.assert_close(got, expected, atol=1e-6, rtol=0)
    assert abs(drawn["applied"].float().mean().item() - 0.2) < 0.06


def test_a_strength_out_of_range_is_refused():
    with pytest.raises(SettingError, match="strength must be a number from 0 to 2"):
        Jitter(strength=3)
