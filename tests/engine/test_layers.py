"""Stacks of layers against torch.nn modules with the same weights, and the lecture's numbers."""

from __future__ import annotations

from dataclasses import replace
from math import sqrt

import pytest
import torch
from torch import nn

from engine.geometry import GeometryError, UnknownNameError
from engine.layers import (
    MOST_FILTERS,
    PRESETS,
    ConvLayer,
    LayerError,
    contributions,
    forward,
    shapes,
    weights,
)

PICTURE = torch.rand(1, 3, 33, 30, generator=torch.Generator().manual_seed(0))
STACK = (
    ConvLayer(5, 3, padding=1, padding_mode="reflect", activation="leaky_relu", bias=0.1),
    ConvLayer(4, 4, stride=2, padding=2, activation="tanh"),
    ConvLayer(3, 3, padding="same", dilation=2, activation="sigmoid"),
)
MODULES = {"leaky_relu": nn.LeakyReLU, "tanh": nn.Tanh, "sigmoid": nn.Sigmoid, "relu": nn.ReLU}


def as_modules(layers, channels, seed):
    """torch's own layers with the weights of ours: (before, after) pairs."""
    built = []
    for number, layer in enumerate(layers):
        convolution = nn.Conv2d(
            channels,
            layer.filters,
            layer.kernel,
            stride=layer.stride,
            padding=layer.padding,
            dilation=layer.dilation,
            padding_mode=layer.padding_mode,
        )
        weight, bias = weights(number, channels, layer, seed)
        convolution.load_state_dict({"weight": weight, "bias": bias})
        built.append((convolution, MODULES[layer.activation]()))
        channels = layer.filters
    return built


@torch.no_grad()
def test_a_stack_computes_what_torchs_layers_compute():
    current = PICTURE
    for maps, (convolution, activation) in zip(
        forward(PICTURE, STACK, 7), as_modules(STACK, 3, 7), strict=True
    ):
        expected = convolution(current)
        torch.testing.assert_close(maps.before, expected)
        current = activation(expected)
        torch.testing.assert_close(maps.after, current)


@pytest.mark.parametrize("unit", [0, 3])
def test_channel_contributions_and_bias_make_the_map(unit):
    maps = forward(PICTURE, STACK, 7)
    for number, inputs in ((0, PICTURE), (1, maps[0].after)):
        weight, bias = weights(number, inputs.shape[1], STACK[number], 7)
        parts = contributions(inputs, weight, unit, STACK[number])
        assert parts.shape == (inputs.shape[1], *maps[number].before.shape[-2:])
        torch.testing.assert_close(parts.sum(0) + bias[unit], maps[number].before[0, unit])


def test_a_contribution_is_that_of_its_channel_alone():
    weight, _ = weights(0, 3, STACK[0], 7)
    parts = contributions(PICTURE, weight, 1, STACK[0])
    only_green = PICTURE * torch.tensor([0.0, 1.0, 0.0])[:, None, None]
    alone = forward(only_green, (replace(STACK[0], bias=0.0),), 7)[0].before
    torch.testing.assert_close(parts[1], alone[0, 1])


def test_shapes_are_those_of_the_maps_and_counts_those_of_torch():
    found = shapes((3, 33, 30), STACK)
    for shape, maps, (convolution, _) in zip(
        found, forward(PICTURE, STACK), as_modules(STACK, 3, 0), strict=True
    ):
        assert (shape.channels, shape.height, shape.width) == tuple(maps.after.shape[1:])
        assert shape.weights == convolution.weight.numel()
        assert shape.biases == convolution.bias.numel()


def test_the_lectures_layer_has_240_weights():
    (shape,) = shapes((3, 64, 64), PRESETS["lecture_240"].layers)
    assert shape.weights == 240
    assert shape.formula.replace("\N{MULTIPLICATION SIGN}", "*") == "4 * 4 * 3 * 5 = 240"
    assert (shape.channels, shape.height, shape.width) == (5, 64, 64)  # padding "same"


def test_the_lectures_two_layers_have_six_channels_between_them_and_a_stride_of_two():
    first, second = shapes((3, 64, 64), PRESETS["lecture_two_layers"].layers)
    assert (first.channels, first.height) == (6, 64)
    assert (second.height, second.width) == (32, 32)
    assert weights(1, 6, PRESETS["lecture_two_layers"].layers[1])[0].shape[1] == 6


@pytest.mark.parametrize("preset", PRESETS.values(), ids=list(PRESETS))
def test_every_preset_shows_something_in_every_layer(preset):
    for maps in forward(PICTURE, preset.layers):
        assert maps.after.isfinite().all()
        assert maps.after.std() > 0.01


def test_weights_repeat_by_seed_and_one_filter_more_leaves_the_others():
    layer = ConvLayer(4, 3)
    again, _ = weights(1, 6, layer, 5)
    assert torch.equal(again, weights(1, 6, layer, 5)[0])
    assert torch.equal(again, weights(1, 6, ConvLayer(5, 3), 5)[0][:4])
    for number, seed in ((1, 6), (0, 5), (0, 6), (2, 4), (2, 5)):
        assert not torch.equal(again, weights(number, 6, layer, seed)[0])


def test_random_weights_have_hes_spread():
    layer = ConvLayer(MOST_FILTERS, 5)
    drawn = torch.cat([weights(1, 8, layer, seed)[0].flatten() for seed in range(20)])
    assert drawn.std().item() == pytest.approx(sqrt(2 / (8 * 25)), rel=0.02)
    assert abs(drawn.mean().item()) < 0.002


def test_the_bank_is_a_first_layer():
    layer = ConvLayer(6, 5, source="bank", bias=0.2)
    weight, bias = weights(0, 3, layer)
    assert weight.shape == (6, 3, 5, 5)
    assert bias.tolist() == pytest.approx([0.2] * 6)
    with pytest.raises(LayerError, match="only the first layer"):
        forward(PICTURE, (ConvLayer(), layer))


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: ConvLayer(filters=17), "filters is between 1 and 16, not 17"),
        (lambda: ConvLayer(filters=0), "filters is between 1 and 16, not 0"),
        (lambda: ConvLayer(kernel=8), "kernel is between 1 and 7, not 8"),
        (lambda: ConvLayer(kernel=2, source="bank"), "kernel of 3 or more"),
        (lambda: shapes((3, 9, 9), ()), "1 to 4 layers, not 0"),
        (lambda: forward(PICTURE, (ConvLayer(),) * 5), "1 to 4 layers, not 5"),
    ],
)
def test_a_layer_that_cannot_be_shown_is_refused_in_words(call, words):
    with pytest.raises(LayerError, match=words):
        call()


def test_a_window_that_does_not_fit_names_its_layer():
    layers = (ConvLayer(2, 7, stride=4, padding=0), ConvLayer(2, 7, padding=0), ConvLayer(2, 3, padding=0))
    with pytest.raises(GeometryError, match="Layer 3: The window spans 3 cells but only 1"):
        shapes((3, 33, 33), layers)


def test_contributions_refuse_what_does_not_fit():
    weight = torch.ones(2, 3, 3, 3)
    for inputs in (torch.ones(2, 3, 8, 8), torch.ones(1, 1, 8, 8), torch.ones(3, 8, 8)):
        with pytest.raises(GeometryError, match="one picture with 3 channels"):
            contributions(inputs, weight, 0, ConvLayer())
    with pytest.raises(GeometryError, match="no filter 2"):
        contributions(torch.ones(1, 3, 8, 8), weight, 2, ConvLayer())


@pytest.mark.parametrize(
    "setting", [{"activation": "swish"}, {"source": "learned"}, {"padding_mode": "wrap"}]
)
def test_unknown_names_are_refused_with_the_known_ones(setting):
    with pytest.raises(UnknownNameError, match="there are:"):
        ConvLayer(**setting)
