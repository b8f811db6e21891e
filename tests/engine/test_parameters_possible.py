"""What a control may offer: exactly the values torch accepts in that place."""

from __future__ import annotations

from dataclasses import fields, replace

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from parameter_stacks import LAYERS, STACKS, repaired
from torch import nn

from engine.parameters.analysis import analyse
from engine.parameters.layers import (
    KINDS,
    Conv,
    DepthwiseConv,
    Flatten,
    GlobalPool,
    Layer,
    Pool,
    Residual,
    TransposedConv,
)
from engine.parameters.plans import MAX_VALUES, ImpossibleError, plan
from engine.parameters.possible import Choice, choices, fitting
from engine.parameters.stack import Stack

SIZES = st.tuples(st.integers(1, 6), st.integers(1, 9), st.integers(1, 9))
SLIDING = (Conv(6, 3), DepthwiseConv(3), TransposedConv(4, 3, 2), Pool("max", 2), Pool("average", 3))


def torch_accepts(layer: Layer, shape: tuple[int, ...]) -> bool:
    channels = shape[0]
    try:
        match layer:
            case Conv(filters, kernel, stride, padding, dilation, groups, bias):
                module = nn.Conv2d(channels, filters, kernel, stride, padding, dilation, groups, bias)
            case DepthwiseConv(kernel, stride, padding, multiplier):
                module = nn.Conv2d(channels, channels * multiplier, kernel, stride, padding, groups=channels)
            case TransposedConv(filters, kernel, stride, padding, extra):
                module = nn.ConvTranspose2d(channels, filters, kernel, stride, padding, extra)
            case Pool(mode, window, _, padding):
                module = (nn.MaxPool2d if mode == "max" else nn.AvgPool2d)(window, layer.step, padding)
        device = "cpu" if isinstance(layer, TransposedConv) else "meta"  # meta takes any output padding
        return min(module.to(device)(torch.empty(1, *shape, device=device)).shape) > 0
    except (RuntimeError, ValueError):
        return False


def offered(choice: Choice) -> set[int]:
    return set(choice.values or range(int(choice.low), int(choice.high) + 1, choice.step))


@pytest.mark.parametrize("start", SLIDING, ids=lambda layer: layer.kind)
@settings(max_examples=25, deadline=None)
@given(SIZES, st.data())
def test_exactly_what_torch_accepts_is_offered(start: Layer, shape, data) -> None:
    """For one setting at a time, the others as they are."""
    layer = fitting(start, [shape])
    names = [field.name for field in fields(layer) if layer.rule(field.name).high]
    name = data.draw(st.sampled_from([name for name in names if name != "filters"]))
    rule, found = layer.rule(name), choices(layer, [shape])[name]
    values = range(int(rule.low), min(int(rule.high), 40) + 1)
    accepted = {value for value in values if torch_accepts(replace(layer, **{name: value}), shape)}
    assert {value for value in offered(found) if value <= 40} == accepted
    assert {word for word in rule.words if torch_accepts(replace(layer, **{name: word}), shape)} == set(
        found.words
    )


@settings(max_examples=60, deadline=None)
@given(STACKS, st.integers(0, 8))
def test_the_current_setting_of_a_possible_layer_is_among_its_choices(stack: Stack, place: int) -> None:
    stack = repaired(stack)
    if not stack.layers:
        return
    index = place % len(stack.layers)
    layer, shapes = stack.layers[index], analyse(stack).shapes[: index + 1]
    for name, choice in choices(layer, shapes).items():
        value = getattr(layer, name)
        own_input = isinstance(layer, Residual) and value == index  # possible, but not offered
        assert own_input or value is None or value in choice.words or choice.low <= value <= choice.high
        if choice.values and not own_input:
            assert value in choice.values


def test_groups_divide_channels_and_filters() -> None:
    assert choices(Conv(12, 1), [(8, 5, 5)])["groups"].values == (1, 2, 4)


def test_filters_come_in_whole_groups_and_stop_at_the_largest_output() -> None:
    assert choices(Conv(12, 1, groups=4), [(8, 5, 5)])["filters"] == Choice(4, 4096, step=4)
    side = 1000
    most = choices(Conv(1, 1), [(1, side, side)])["filters"].high
    assert most == MAX_VALUES // side**2
    plan(Conv(int(most), 1), [(1, side, side)])
    with pytest.raises(ImpossibleError):
        plan(Conv(int(most) + 1, 1), [(1, side, side)])


def test_a_residual_may_add_every_earlier_output_of_its_shape_but_not_its_own_input() -> None:
    shapes = [(4, 5, 5), (8, 5, 5), (4, 5, 5), (4, 5, 5)]
    assert choices(Residual(2), shapes)["source"].values == (0, 2)


def test_a_broken_layer_offers_its_whole_ranges() -> None:
    found = choices(Conv(4, 3, stride=2, padding="same"), [(3, 8, 8)])
    assert offered(found["kernel"]) == set(range(1, 33))
    assert offered(found["stride"]) == {1}  # the setting at fault offers what helps


@settings(max_examples=100, deadline=None)
@given(LAYERS, SIZES)
def test_a_fitted_layer_is_possible_or_needs_another_kind_of_input(layer: Layer, shape) -> None:
    changed = fitting(layer, [shape])
    assert type(changed) is type(layer)
    try:
        plan(changed, [shape])
    except ImpossibleError as error:
        assert changed is layer
        assert not any(len(fix.replacement) == 1 for fix in error.fixes)  # noqa: PT017 - some raise, some not


def test_defaults_are_fitted_to_small_pictures() -> None:
    assert fitting(Conv(), [(3, 2, 2)]) == Conv(kernel=2)
    assert fitting(Pool(), [(3, 1, 1)]) == Pool(window=1)
    assert fitting(Residual(0), [(3, 8, 8), (4, 8, 8), (4, 8, 8)]) == Residual(1)
    assert fitting(GlobalPool(), [(12,)]) == GlobalPool()
    assert set(KINDS) >= {layer.kind for layer in (*SLIDING, Flatten(), GlobalPool(), Residual())}
