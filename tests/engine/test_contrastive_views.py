"""Settings of views become the operators they name, in SimCLR's order."""

import pytest
import torch

from engine.augment import augment
from engine.contrastive.views import Views, identical, operators, paper, without_colour
from engine.settings import SettingError


def names(views):
    return [operator.name for operator in operators(views)]


def test_the_default_is_simclrs_order():
    assert names(Views()) == ["crop_flip", "jitter", "drop"]
    everything = Views(blur=0.5, noise=0.1, cutout=0.5, rotate=1.0, sobel=0.1)
    assert names(everything) == [
        "crop_flip",
        "rotate",
        "jitter",
        "drop",
        "blur",
        "noise",
        "cutout",
        "sobel",
    ]


def test_each_can_be_switched_off():
    assert names(Views(crop=False)) == ["flip", "jitter", "drop"]
    assert names(Views(smallest=1.0, flip=False)) == ["jitter", "drop"]
    assert names(Views(flip=False)) == ["crop", "jitter", "drop"]
    assert names(without_colour()) == ["crop_flip"]
    assert names(identical()) == []
    assert without_colour().colourless
    assert not Views().colourless


def test_hue_and_strength_are_what_they_say():
    generator = torch.Generator().manual_seed(0)
    for views in (Views(strength=0.5, hue=0.5), Views(strength=1.0, hue=0.1), paper()):
        jitter = next(operator for operator in operators(views) if operator.name == "jitter")
        drawn = jitter.draw((4000, 3, 8, 8), generator)
        assert drawn["hue"].abs().max().item() == pytest.approx(views.hue, rel=0.01)
        for name in ("brightness", "contrast", "saturation"):
            assert drawn[name].max().item() == pytest.approx(1 + 0.8 * views.strength, rel=0.01)
            assert drawn[name].min().item() == pytest.approx(1 - 0.8 * views.strength, abs=0.01)


def test_nothing_leaves_the_pictures_as_they_are():
    images = torch.rand(3, 3, 16, 16, generator=torch.Generator().manual_seed(1))
    assert torch.equal(augment(images, operators(identical()), torch.Generator()), images)


def test_all_of_it_is_live_and_checked():
    assert set(Views.live()) == set(Views.rules())
    with pytest.raises(SettingError, match="smallest must be a number from"):
        Views(smallest=0.0)
