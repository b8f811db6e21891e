"""Views on the `meta` device: drawing and applying depend on shapes only and move nothing to a processor."""

from __future__ import annotations

import pytest
import torch

from engine.augment import OPERATORS, augment, recipe, simclr_views
from engine.augment.relations import relation
from engine.augment.shortcut import histograms, similarities

META = torch.device("meta")


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("exact", [True, False])
def test_views_run_on_meta(channels, exact):
    images = torch.zeros(4, channels, 32, 48, device=META)
    made = simclr_views(images, torch.Generator(), exact=exact)
    assert made.is_meta
    assert made.shape == images.shape
    assert made.dtype == images.dtype


@pytest.mark.parametrize("name", OPERATORS)
def test_every_operator_runs_on_meta(name):
    images = torch.zeros(4, 3, 32, 48, device=META)
    made = augment(images, [OPERATORS[name](probability=0.5), *recipe(blur=True)], torch.Generator())
    assert made.is_meta
    assert made.shape == images.shape


def test_histograms_and_relations_run_on_meta():
    counted = histograms(torch.zeros(4, 3, 8, 8, device=META))
    assert similarities(counted, counted).is_meta
    box = {name: torch.ones(4, dtype=torch.int64, device=META) for name in ("top", "left", "height", "width")}
    assert relation(box, box).is_meta
