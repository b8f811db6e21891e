"""The strips against torch's own convolution: values, gradients, and when they are taken."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn import functional

from engine import strips
from engine.convolution import convolve
from engine.geometry import axes, fits


@given(
    st.tuples(st.integers(1, 70), st.integers(1, 9)),
    st.tuples(st.integers(1, 7), st.integers(1, 4)),
    st.tuples(st.integers(1, 5), st.integers(1, 3)),
    st.tuples(st.integers(1, 4), st.integers(1, 2)),
    st.sampled_from([(1, 1), (1, 3), (2, 1), (3, 2), (1, 20)]),
)
@settings(max_examples=300, deadline=None)
def test_strips_give_what_torch_gives(size, kernel, stride, dilation, batch_and_channels):
    if not all(fits(*row, dilation=gap) for *row, gap in zip(size, kernel, dilation, strict=True)):
        return
    generator = torch.Generator().manual_seed(size[0])
    images = torch.randn(*batch_and_channels, *size, generator=generator, dtype=torch.float64)
    weight = torch.randn(1, batch_and_channels[1], *kernel, generator=generator, dtype=torch.float64)
    rows, columns = axes(size, kernel, stride=stride, dilation=dilation)
    expected = functional.conv2d(images, weight, stride=stride, dilation=dilation)
    torch.testing.assert_close(strips.convolve_one(images, weight, rows, columns), expected)


def test_gradients_pass_through_the_strips():
    images = torch.randn(1, 2, 11, 5, dtype=torch.float64, requires_grad=True)
    weight = torch.randn(1, 2, 3, 3, dtype=torch.float64, requires_grad=True)
    rows, columns = axes((11, 5), (3, 3), stride=(2, 1))
    gradients = [
        torch.autograd.grad(output.square().sum(), (images, weight))
        for output in (
            strips.convolve_one(images, weight, rows, columns),
            functional.conv2d(images, weight, stride=(2, 1)),
        )
    ]
    torch.testing.assert_close(*gradients)


def decide(images, weight):
    return strips.pays(images, weight, *axes(images.shape[-2:], weight.shape[-2:]))


def test_they_are_taken_for_one_filter_over_a_large_picture_only():
    picture, weight = torch.ones(1, 3, 300, 300), torch.ones(1, 3, 7, 7)
    assert decide(picture, weight)
    assert not decide(picture, weight.expand(2, -1, -1, -1))
    assert not decide(picture[..., :100], weight)
    assert not decide(picture, weight[..., :1, :1])
    assert not decide(picture.double(), weight.double())
    assert not decide(picture.to("meta"), weight.to("meta"))


@pytest.mark.parametrize("bias", [None, torch.tensor([0.5])])
def test_a_picture_that_takes_them_comes_out_as_torch_has_it(bias):
    generator = torch.Generator().manual_seed(0)
    images = torch.rand(1, 3, 301, 257, generator=generator)
    weight = torch.randn(1, 3, 7, 7, generator=generator)
    expected = functional.conv2d(images, weight, bias, padding=3)
    torch.testing.assert_close(convolve(images, weight, bias, padding=3), expected, atol=1e-4, rtol=1e-5)
