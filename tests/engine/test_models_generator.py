"""Generators and their mirror, against torch's own layers and counts by hand."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn
from torch.nn import functional

from engine import models
from engine.models import Generator
from engine.models.doubling import Enlarge, doubling
from engine.models.generator import multiply_adds, parameters, set_brightness, start


@settings(deadline=None, max_examples=25)
@given(st.integers(1, 5), st.integers(1, 5), st.integers(1, 9), st.integers(1, 9), st.integers(0, 1000))
def test_enlarge_is_nearest_neighbour_and_a_convolution(inputs, outputs, height, width, seed):
    torch.manual_seed(seed)
    layer = Enlarge(inputs, outputs).double()
    maps = torch.randn(2, inputs, height, width, dtype=torch.float64, requires_grad=True)
    found = layer(maps)
    larger = functional.interpolate(maps, scale_factor=2, mode="nearest")
    expected = functional.conv2d(larger, layer.weight, layer.bias, padding=1)
    torch.testing.assert_close(found, expected)
    pull = torch.randn_like(found)
    ours = torch.autograd.grad((found * pull).sum(), (maps, layer.weight, layer.bias))
    theirs = torch.autograd.grad((expected * pull).sum(), (maps, layer.weight, layer.bias))
    for mine, other in zip(ours, theirs, strict=True):
        torch.testing.assert_close(mine, other)


@settings(deadline=None, max_examples=40)
@given(st.integers(8, 128), st.integers(8, 128))
def test_the_first_map_is_small_and_doubles_to_the_size(height, width):
    rows, columns, doublings = start(height, width)
    assert max(rows, columns) <= 7 or doublings == 1
    assert 2**doublings * rows >= height
    assert 2**doublings * columns >= width
    assert 2**doublings * (rows - 1) < height
    assert 2**doublings * (columns - 1) < width


@pytest.mark.parametrize("shape", [(1, 28, 28), (1, 25, 25), (3, 32, 32), (1, 8, 8), (3, 64, 48)])
@pytest.mark.parametrize("kind", ["nearest", "transposed"])
def test_codes_become_pictures_of_the_shape_and_pictures_numbers(shape, kind):
    plan = Generator(latent=5, width=4, upsampling=kind)
    network = models.generator(plan, shape)
    pictures = network(torch.randn(3, 5))
    assert pictures.shape == (3, *shape)
    assert pictures.dtype == torch.float32
    assert 0 < pictures.min() <= pictures.max() < 1
    assert models.mirror(shape, 7, width=4)(pictures).shape == (3, 7)
    assert parameters(plan, shape) == sum(weight.numel() for weight in network.parameters())


def test_multiply_adds_by_hand():
    # 28 pixels: 7 x 7 x 64, then 14 x 14 x 32, then 28 x 28 x 1; four products per output and input channel.
    expected = 32 * 64 * 49 + 14 * 14 * 32 * 4 * 64 + 28 * 28 * 1 * 4 * 32
    assert multiply_adds(Generator(latent=32, width=32), (1, 28, 28)) == expected


def test_without_features_the_picture_has_the_datas_brightness():
    network = models.generator(Generator(latent=4, width=4), (3, 16, 16))
    images = torch.rand(20, 3, 16, 16) * torch.tensor([0.2, 0.5, 1.0]).view(3, 1, 1)
    set_brightness(network, images)
    last = [layer for layer in network if isinstance(layer, nn.Conv2d)][-1]
    with torch.no_grad():
        last.weight.zero_()
        pictures = network(torch.randn(2, 4))
    torch.testing.assert_close(pictures.mean((0, 2, 3)), images.mean((0, 2, 3)), atol=1e-5, rtol=0)
    with pytest.raises(TypeError, match="no generator"):
        set_brightness(nn.Sequential(nn.ReLU(), nn.ReLU(), nn.ReLU()), images)


def test_the_picture_is_the_middle_of_the_last_map():
    network = models.generator(Generator(latent=4, width=4), (1, 25, 25))
    codes = torch.randn(2, 4)
    whole = network[:-1](codes)
    assert whole.shape[-2:] == (28, 28)
    assert torch.equal(network(codes), whole[:, :, 1:26, 1:26])


def test_equal_seeds_give_equal_networks():
    made = []
    for _ in range(2):
        network = models.generator(Generator(latent=4, width=4), (1, 16, 16))
        models.initialise(network, torch.Generator().manual_seed(3))
        made.append(network)
    for one, other in zip(made[0].parameters(), made[1].parameters(), strict=True):
        assert torch.equal(one, other)


def test_another_way_to_double_is_refused():
    with pytest.raises(ValueError, match="not by 'stretching'"):
        doubling("stretching", 1, 1)
