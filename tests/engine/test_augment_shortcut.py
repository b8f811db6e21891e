"""Colour histograms against numpy, their intersection against a loop, and the shortcut on real photographs."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from augment_cases import SHAPES, generator, pictures

from engine import samples
from engine.augment import CropAndResize, Jitter, augment
from engine.augment.shortcut import histograms, intersection, partner_found, similarities
from engine.images import ImageError


@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_histograms_are_numpys(shape):
    images = pictures(shape)
    found = histograms(images, 16)
    for image, counted in zip(images, found, strict=True):
        for channel, shares in zip(image, counted, strict=True):
            expected, _ = np.histogram(channel.numpy(), bins=16, range=(0, 1))
            np.testing.assert_allclose(shares.numpy(), expected / channel.numel(), atol=1e-6)


def test_intersection_is_the_sum_of_the_smaller_shares():
    one, other = histograms(pictures((5, 3, 9, 9))), histograms(pictures((7, 3, 9, 9), 1))
    table = similarities(one, other)
    assert table.shape == (5, 7)
    for i in range(5):
        for j in range(7):
            by_hand = [
                sum(min(a, b) for a, b in zip(one[i, c].tolist(), other[j, c].tolist(), strict=True))
                for c in range(3)
            ]
            assert table[i, j].item() == pytest.approx(sum(by_hand) / 3, abs=1e-6)
    torch.testing.assert_close(intersection(one, one), torch.ones(5))
    dark, bright = histograms(torch.zeros(1, 3, 4, 4)), histograms(torch.ones(1, 3, 4, 4))
    assert intersection(dark, bright).item() == 0


def test_the_partner_is_found_or_guessed():
    assert partner_found(torch.eye(4)) == 1
    assert partner_found(torch.eye(4).roll(1, 0)) == 0
    assert partner_found(torch.ones(4, 4)) == pytest.approx(0.25)


def test_distortion_closes_the_shortcut_on_photographs():
    images = torch.cat([samples.sample(name, 64) for name in samples.names()]).repeat(4, 1, 1, 1)[:11]
    source = generator(0)
    crops = [augment(images, [CropAndResize(smallest=0.3)], source) for _ in range(2)]
    distorted = [augment(each, [Jitter(strength=1.0, probability=1.0)], source) for each in crops]
    plain, closed = (partner_found(similarities(histograms(a), histograms(b))) for a, b in (crops, distorted))
    assert plain > 0.6  # a guess finds one in eleven
    assert closed < plain - 0.2


def test_other_pictures_are_refused():
    with pytest.raises(ImageError):
        histograms(torch.zeros(1, 3, 4, 4, dtype=torch.uint8))
