"""The benchmark of views: its gate lets the contenders through and stops one that does something else."""

from __future__ import annotations

import pytest
import torch

from benchmarks import augment
from benchmarks.augment import (
    FAST,
    OURS,
    arms,
    as_batch,
    batch,
    gate,
    modes_apart,
    picture_by_picture,
    summary,
)

IMAGES = batch(32, 48)


def test_ours_is_torchvision_picture_by_picture_and_the_fast_mode_is_near():
    assert picture_by_picture(IMAGES) < 1e-5
    assert 0 < modes_apart(IMAGES)["mean"] < 0.05


def test_every_library_makes_views_of_the_same_shape_in_range():
    found = arms(IMAGES)
    assert len(found) == 8
    for name, arm in found.items():
        views = as_batch(arm())
        assert views.shape == IMAGES.shape, name
        assert views.min() >= -1e-4, name
        assert views.max() <= 1 + 1e-4, name


def test_an_arm_that_does_something_else_stops_the_benchmark():
    found = {OURS: arms(IMAGES)[OURS]}
    gate(found | {"again": arms(IMAGES)[OURS]}, draws=40)
    with pytest.raises(AssertionError, match="grey does something else than ours"):
        gate(found | {"grey": lambda: IMAGES.mean(1, keepdim=True).expand(-1, 3, -1, -1)}, draws=4)
    with pytest.raises(AssertionError, match="unchanged does something else"):
        gate(found | {"unchanged": lambda: IMAGES}, draws=4)


def test_a_wrong_view_is_noticed_picture_by_picture(monkeypatch):
    right = augment.trace
    monkeypatch.setattr(augment, "STEPS", ("contrast", "brightness", "saturation", "hue"))
    assert right is augment.trace
    with pytest.raises(AssertionError, match="from torchvision"):
        picture_by_picture(IMAGES)


def test_the_summary_takes_the_best_arm_of_each_library():
    rates = {OURS: 100, FAST: 300, "torchvision v2": 10, "torchvision v2, float": 20, "albumentations": 50}
    rates |= {"lightly": 5, "kornia, resample": 40, "kornia, slice": 30}
    found = summary(rates)
    assert found["ours, exact over torchvision"] == 5
    assert found["ours, fast over kornia"] == 7.5


def test_pictures_of_every_size_are_real_and_exact_in_8_bits():
    images = batch(96, 13)
    assert images.shape == (13, 3, 96, 96)
    torch.testing.assert_close(images * 255, (images * 255).round(), atol=1e-4, rtol=0)
