"""Convolution against torch's layers, scipy.signal on a NumPy-padded picture, and single windows."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import signal
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from engine.convolution import (
    ACTIVATIONS,
    GeometryError,
    UnknownNameError,
    activate,
    convolve,
    filter_channels,
    multiply_adds,
    window_at,
)
from engine.geometry import pad_amounts
from engine.kernels import LECTURE_FILTER, LECTURE_PATCHES, LECTURE_RESULTS, flip
from engine.kernels.lecture import PRINTED_SECOND_PATCH
from tests.engine.sliding_cases import Case, cases

NUMPY_MODES = {"zeros": "constant", "reflect": "reflect", "replicate": "edge"}


def amounts(case: Case) -> list[tuple[int, int]]:
    """Padding of rows and columns; tested by itself in test_geometry."""
    paddings = (case.padding,) * 2 if isinstance(case.padding, str) else case.padding
    settings_of_axes = zip(case.size, case.kernel, case.stride, paddings, case.dilation, strict=True)
    return [pad_amounts(n, k, stride=s, padding=p, dilation=d) for n, k, s, p, d in settings_of_axes]


def by_scipy(case: Case, images, weight, bias) -> np.ndarray:
    """scipy.signal.correlate2d on a padded picture, with the kernel spread out by zeros, then every s-th."""
    padding = [(0, 0), (0, 0), *amounts(case)]
    padded = np.pad(images.numpy(), padding, mode=NUMPY_MODES[case.padding_mode])
    down, right = case.dilation
    spread = np.zeros((*weight.shape[:2], (case.kernel[0] - 1) * down + 1, (case.kernel[1] - 1) * right + 1))
    spread[..., ::down, ::right] = weight.numpy()
    full = [
        [
            sum(signal.correlate2d(padded[b, c], spread[f, c], mode="valid") for c in range(padded.shape[1]))
            + bias[f].item()
            for f in range(weight.shape[0])
        ]
        for b in range(padded.shape[0])
    ]
    return np.array(full)[..., :: case.stride[0], :: case.stride[1]]


def torch_layer(case: Case) -> nn.Conv2d:
    """torch's own layer with these settings; raises where torch refuses them."""
    layer = nn.Conv2d(
        case.channels,
        case.filters,
        case.kernel,
        stride=case.stride,
        padding=case.padding,
        dilation=case.dilation,
        padding_mode=case.padding_mode,
        dtype=torch.float64,
    )
    _, weight, bias = case.tensors()
    with torch.no_grad():
        layer.weight.copy_(weight)
        layer.bias.copy_(bias)
    return layer


def attempt(function):
    """Its result, or None where the setting is refused."""
    try:
        with torch.no_grad():
            return function()
    except (GeometryError, RuntimeError, ValueError):
        return None


@given(cases)
@settings(max_examples=300, deadline=None)
def test_it_equals_scipy_wherever_the_window_fits(case):
    images, weight, bias = case.tensors()
    output = attempt(lambda: convolve(images, weight, bias, **case.sliding))
    if output is not None:
        torch.testing.assert_close(output, torch.from_numpy(by_scipy(case, images, weight, bias)))


@given(cases)
@settings(max_examples=300, deadline=None)
def test_it_accepts_and_computes_what_torch_does(case):
    images, weight, bias = case.tensors()
    output = attempt(lambda: convolve(images, weight, bias, **case.sliding))
    if case.padding == "same" and case.stride != (1, 1):
        return  # torch has no "same" with a stride: scipy and Keras's rule speak for that
    expected = attempt(lambda: torch_layer(case)(images))
    assert (output is None) == (expected is None)
    if output is not None:
        torch.testing.assert_close(output, expected)


@pytest.mark.parametrize("kernel", [2, 4, 6])
def test_same_with_an_even_kernel_is_where_torch_puts_it(kernel):
    images, weight = torch.randn(1, 1, 9, 9), torch.randn(1, 1, kernel, kernel)
    expected = nn.functional.conv2d(images, weight, padding="same")
    torch.testing.assert_close(convolve(images, weight, padding="same"), expected)


@given(cases, st.data())
@settings(max_examples=150, deadline=None)
def test_a_window_is_the_arithmetic_of_one_output_cell(case, data):
    images, weight, bias = case.tensors()
    output = attempt(lambda: convolve(images, weight, bias, **case.sliding))
    if output is None:
        return
    image, unit, row, column = (data.draw(st.integers(0, size - 1)) for size in output.shape)
    window = window_at(images, weight, bias, row, column, image=image, unit=unit, **case.sliding)
    torch.testing.assert_close(window.total, output[image, unit, row, column])
    torch.testing.assert_close(window.products, window.patch * weight[unit])
    torch.testing.assert_close(window.channel_sums.sum() + window.bias, window.total)
    for u, y in enumerate(window.rows):
        for v, x in enumerate(window.columns):
            if 0 <= y < case.size[0] and 0 <= x < case.size[1]:
                torch.testing.assert_close(window.patch[:, u, v], images[image, :, y, x])
            elif case.padding_mode == "zeros":
                assert not window.patch[:, u, v].any()


def test_a_window_without_a_bias_adds_zero():
    window = window_at(torch.ones(1, 2, 3, 3), torch.ones(1, 2, 3, 3), None, 0, 0)
    assert window.bias == 0
    assert window.total == 18
    assert window.channel_sums.tolist() == [9, 9]


def test_the_lectures_example():
    patches = torch.tensor(LECTURE_PATCHES)[:, None]  # (2, 1, 3, 3)
    output = convolve(patches, torch.tensor(LECTURE_FILTER)[None, None]).flatten()
    torch.testing.assert_close(output, torch.tensor(LECTURE_RESULTS), atol=1e-6, rtol=0)


def test_the_slides_second_patch_needs_one_sign_turned():
    weight = torch.tensor(LECTURE_FILTER)[None, None]
    printed = torch.tensor(PRINTED_SECOND_PATCH)
    assert convolve(printed[None, None], weight).item() == pytest.approx(0.3, abs=1e-6)
    signs = (1 - 2 * torch.eye(9)).view(9, 3, 3)  # one cell turned in each
    turned = printed * signs
    right = (convolve(turned[:, None], weight).flatten() + 0.1).abs() < 1e-6
    assert right.nonzero().tolist() == [[2]]
    assert torch.equal(turned[2], torch.tensor(LECTURE_PATCHES[1]))


@given(cases)
@settings(max_examples=60, deadline=None)
def test_with_a_flipped_kernel_it_is_the_convolution_of_signal_processing(case):
    images, weight, _ = case.tensors()
    picture, kernel = images[:1, :1], weight[:1, :1]
    if case.size[0] < case.kernel[0] or case.size[1] < case.kernel[1]:
        return
    expected = signal.convolve2d(picture[0, 0], kernel[0, 0], mode="valid")
    torch.testing.assert_close(convolve(picture, flip(kernel))[0, 0], torch.from_numpy(expected))


@given(cases)
@settings(max_examples=100, deadline=None)
def test_filtering_channels_is_one_convolution_each(case):
    images, weight, _ = case.tensors()
    filtered = attempt(lambda: filter_channels(images, weight[0, 0], **case.sliding))
    each = attempt(
        lambda: torch.cat(
            [convolve(images[:, c : c + 1], weight[:1, :1], **case.sliding) for c in range(case.channels)], 1
        )
    )
    assert (filtered is None) == (each is None)
    if filtered is not None:
        torch.testing.assert_close(filtered, each)


@given(cases)
@settings(max_examples=60, deadline=None)
def test_multiply_adds_are_half_of_what_torchs_flop_counter_counts(case):
    images, weight, _ = case.tensors()
    if attempt(lambda: convolve(images, weight, **case.sliding)) is None:
        return
    with FlopCounterMode(display=False) as counter:
        convolve(images, weight, **case.sliding)
    assert 2 * multiply_adds(images.shape, weight.shape, **case.sliding) == counter.get_total_flops()


@pytest.mark.parametrize(
    ("name", "module"),
    [
        ("none", nn.Identity()),
        ("relu", nn.ReLU()),
        ("leaky_relu", nn.LeakyReLU()),
        ("tanh", nn.Tanh()),
        ("sigmoid", nn.Sigmoid()),
    ],
)
def test_activations_are_torchs_layers(name, module):
    values = torch.linspace(-3, 3, 31)
    torch.testing.assert_close(activate(values, name), module(values))


def test_every_activation_has_been_compared():
    assert set(ACTIVATIONS) == {"none", "relu", "leaky_relu", "tanh", "sigmoid"}


def ones(*shape):
    return torch.ones(shape)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: convolve(ones(3, 8, 8), ones(1, 3, 3, 3)), "batch, channels, rows, columns"),
        (lambda: convolve(ones(1, 3, 8, 8), ones(3, 3)), "filters, channels, rows, columns"),
        (lambda: convolve(ones(1, 3, 8, 8), ones(1, 1, 3, 3)), "3 channels but each filter reads 1"),
        (lambda: convolve(ones(1, 1, 8, 8), ones(2, 1, 3, 3), ones(1)), "2 filters need 2 biases"),
        (lambda: convolve(ones(1, 1, 8, 8), ones(0, 1, 3, 3)), "at least one filter"),
        (lambda: convolve(ones(1, 1, 2, 8), ones(1, 1, 3, 3)), "spans 3 cells but only 2"),
        (lambda: convolve(ones(1, 1, 8, 8), ones(1, 1, 0, 3)), "kernel is at least 1"),
        (
            lambda: convolve(ones(1, 1, 4, 4), ones(1, 1, 3, 3), padding=4, padding_mode="reflect"),
            "mirrors at most 3 of 4",
        ),
        (lambda: filter_channels(ones(1, 1, 8, 8), ones(1, 3, 3)), "two axes"),
        (lambda: filter_channels(ones(8, 8), ones(3, 3)), "batch, channels, rows, columns"),
        (lambda: window_at(ones(1, 1, 8, 8), ones(1, 1, 3, 3), None, 6, 0), "no output cell 6"),
        (lambda: window_at(ones(1, 1, 8, 8), ones(1, 1, 3, 3), None, 0, -1), "no output cell -1"),
        (lambda: window_at(ones(1, 1, 8, 8), ones(1, 1, 3, 3), None, 0, 0, image=1), "no picture 1"),
        (lambda: window_at(ones(1, 1, 8, 8), ones(1, 1, 3, 3), None, 0, 0, unit=1), "no filter 1"),
    ],
)
def test_an_impossible_convolution_is_refused_in_words(call, words):
    with pytest.raises(GeometryError, match=words):
        call()


def test_unknown_names_are_refused_with_the_known_ones():
    with pytest.raises(UnknownNameError, match="none, relu, leaky_relu, tanh, sigmoid"):
        activate(ones(1), "swish")
    with pytest.raises(UnknownNameError, match="padding mode"):
        convolve(ones(1, 1, 8, 8), ones(1, 1, 3, 3), padding=1, padding_mode="circular")
