"""Noise, blur and Sobel against torchvision and scikit-image, picture by picture."""

from __future__ import annotations

import pytest
import torch
from augment_cases import SHAPES, generator, pictures
from skimage.filters import sobel as skimage_sobel
from torchvision.transforms import functional as reference
from torchvision.transforms.v2 import functional as reference2

from engine.augment import GaussianBlur, GaussianNoise, SobelFiltering
from engine.augment.colours import brightness_of
from engine.augment.filters import blur, blur_radius
from engine.settings import SettingError


@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_blur_is_torchvisions(shape):
    operator, images = GaussianBlur(probability=1, kernel=0.25), pictures(shape)
    radius = blur_radius(min(shape[-2:]), 0.25)
    drawn = operator.draw(shape, generator())
    expected = torch.stack(
        [
            reference.gaussian_blur(image, [2 * radius + 1] * 2, [sigma.item()] * 2)
            for image, sigma in zip(images, drawn["sigma"], strict=True)
        ]
    )
    torch.testing.assert_close(operator.apply(images, drawn), expected, atol=1e-6, rtol=0)


def test_the_kernel_is_the_papers():
    assert [2 * blur_radius(side, 0.1) + 1 for side in (224, 96, 32, 8)] == [23, 9, 3, 3]
    assert blur_radius(1, 0.5) == 0
    assert 2 * blur_radius(3, 0.5) + 1 == 3


def test_blur_keeps_a_flat_picture_and_the_mean():
    flat = torch.full((3, 3, 20, 20), 0.37)
    sigma = torch.tensor([0.1, 1.0, 4.0])
    torch.testing.assert_close(blur(flat, sigma, 6), flat)


def test_noise_is_torchvisions_with_the_drawn_sigma(monkeypatch):
    shape = (4, 3, 10, 12)
    operator, images = GaussianNoise(), pictures(shape)
    drawn = operator.draw(shape, generator())
    got = operator.apply(images, drawn)
    for number, image in enumerate(images):
        monkeypatch.setattr(
            torch, "randn_like", lambda _, number=number, **__: drawn["noise"][number].clone()
        )
        expected = reference2.gaussian_noise(image, mean=0.0, sigma=drawn["sigma"][number].item(), clip=True)
        torch.testing.assert_close(got[number], expected, atol=1e-6, rtol=0)


def test_noise_has_the_drawn_spread():
    drawn = GaussianNoise(smallest=0.1, largest=0.1).draw((8, 3, 64, 64), generator())
    changed = GaussianNoise().apply(torch.full((8, 3, 64, 64), 0.5), drawn)
    assert abs((changed - 0.5).std().item() - 0.1) < 0.002


@pytest.mark.parametrize("shape", [shape for shape in SHAPES if min(shape[-2:]) > 2], ids=str)
def test_sobel_is_scikit_images(shape):
    images = pictures(shape)
    got = SobelFiltering().apply(images, SobelFiltering().draw(shape, generator()))
    for number, grey in enumerate(brightness_of(images)[:, 0].numpy()):
        # theirs is the root of the mean of the two squares; ours of their sum
        expected = torch.from_numpy(skimage_sobel(grey, mode="nearest") * 2**0.5).clamp(0, 1)
        for channel in got[number]:
            torch.testing.assert_close(channel, expected.float(), atol=1e-6, rtol=0)


def test_an_edge_from_black_to_white_is_one():
    image = torch.zeros(1, 3, 8, 8)
    image[..., 4:] = 1
    made = SobelFiltering().apply(image, {})
    torch.testing.assert_close(made[0, 0, 3, 3:5], torch.tensor([0.9999, 0.9999]))
    assert made[0, 0, 3, 1] == 0


@pytest.mark.parametrize("operator", [GaussianBlur, GaussianNoise])
def test_limits_in_the_wrong_order_are_refused(operator):
    with pytest.raises(SettingError, match="from the smaller to the larger"):
        operator(smallest=0.9, largest=0.3)
