"""Receptive fields against the gradient of one output cell, and against published networks."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn import functional

from engine.geometry import Axis, GeometryError
from engine.receptive_field import Field, Interval, cells_of, chain, field_of, fields

layers = st.tuples(
    st.integers(1, 4),  # kernel
    st.integers(1, 3),  # stride
    st.one_of(st.integers(0, 3), st.sampled_from(["same", "valid"])),
    st.integers(1, 2),  # dilation
)
stacks = st.tuples(st.integers(6, 24), st.lists(layers, min_size=1, max_size=4))


def possible(size, settings_of_layers):
    try:
        return chain(size, settings_of_layers)
    except GeometryError:
        return []


def touched(stack, position):
    """For the input and every map: cells with a gradient when one output cell of all-ones layers is derived."""
    current = torch.ones(1, 1, stack[0].size, dtype=torch.float64, requires_grad=True)
    maps = [current]
    for axis in stack:
        weight = torch.ones(1, 1, axis.kernel, dtype=torch.float64)
        padded = functional.pad(current, (axis.before, axis.after))
        current = functional.conv1d(padded, weight, stride=axis.stride, dilation=axis.dilation)
        maps.append(current)
    gradients = torch.autograd.grad(current[0, 0, position], maps)
    return [gradient[0, 0].nonzero().flatten().tolist() for gradient in gradients]


@given(stacks, st.data())
@settings(max_examples=200, deadline=None)
def test_the_cells_read_are_those_with_a_gradient(setting, data):
    stack = possible(*setting)
    if not stack:
        return
    position = data.draw(st.integers(0, stack[-1].output - 1))
    cells = cells_of(stack, len(stack) - 1, position)
    assert cells == touched(stack, position)
    for read, interval in zip(cells, field_of(stack, len(stack) - 1, position), strict=True):
        assert not read or interval.first <= read[0] <= read[-1] <= interval.last


@given(st.integers(8, 24), st.lists(st.tuples(st.integers(1, 4), st.integers(1, 3)), max_size=4), st.data())
@settings(max_examples=150, deadline=None)
def test_without_gaps_the_interval_is_exactly_what_has_a_gradient(size, pairs, data):
    # Strides up to the kernel, padding below it and no dilation leave no gaps, so the ends must be exact.
    stack = possible(size, [(max(k, s), s, data.draw(st.integers(0, max(k, s) - 1)), 1) for k, s in pairs])
    if not stack:
        return
    position = data.draw(st.integers(0, stack[-1].output - 1))
    expected = touched(stack, position)
    for read, interval in zip(expected, field_of(stack, len(stack) - 1, position), strict=True):
        if read:
            assert (interval.first, interval.last) == (read[0], read[-1])
        else:
            assert len(interval) == 0


@given(stacks, st.data())
@settings(max_examples=100, deadline=None)
def test_the_recursion_gives_the_unclipped_interval_of_every_cell(setting, data):
    stack = possible(*setting)
    if not stack:
        return
    layer = data.draw(st.integers(0, len(stack) - 1))
    position = data.draw(st.integers(0, stack[layer].output - 1))
    field = fields(stack)[layer + 1]
    interval = field_of(stack, layer, position, clipped=False)[0]
    assert field.of(position) == interval
    assert len(interval) == field.size
    assert field.centre == (field.of(0).first + field.of(0).last) / 2


ALEXNET = [(11, 4, 0), (3, 2, 0), (5, 1, 2), (3, 2, 0), (3, 1, 1), (3, 1, 1), (3, 1, 1), (3, 2, 0)]
VGG16 = [layer for convolutions in (2, 2, 3, 3, 3) for layer in [(3, 1, 1)] * convolutions + [(2, 2, 0)]]


@pytest.mark.parametrize(
    ("network", "size", "jump", "start"),
    [(ALEXNET, 195, 32, -64), (VGG16, 212, 32, -90)],
    ids=["alexnet", "vgg"],
)
def test_published_networks(network, size, jump, start):
    # Araujo et al. 2019, the table of networks: receptive field, effective stride, effective padding.
    stack = chain(231, [(*layer, 1) for layer in network])
    assert fields(stack)[-1] == Field(size, jump, start)


def test_padding_on_the_way_widens_nothing():
    # Four cells pooled to two leave the fifth unread; a padded layer on top must not seem to read it.
    stack = chain(5, [(2, 2, 0, 1), (3, 1, 1, 1)])
    assert field_of(stack, 1, 1)[0] == Interval(0, 3)
    assert field_of(stack, 1, 1, clipped=False)[0] == Interval(0, 5)


def test_a_cell_that_reads_only_padding_sees_nothing():
    stack = [Axis(3, 2, 1, 4)]
    assert len(field_of(stack, 0, 0)[0]) == 0
    assert cells_of(stack, 0, 0) == [[], [0]]
    wide = chain(9, [(7, 1, 0, 1), (2, 1, 2, 1)])
    assert all(len(interval) == 0 for interval in field_of(wide, 1, 0)[:2])


def test_the_input_sees_itself():
    assert fields([]) == [Field(1, 1, 0)]
    assert Interval(-2, 9).clip(5) == Interval(0, 4)


@pytest.mark.parametrize("layer", [-1, 2])
def test_a_layer_that_is_not_there_is_refused(layer):
    stack = chain(9, [(3, 1, 0, 1), (3, 1, 0, 1)])
    for look in (field_of, cells_of):
        with pytest.raises(GeometryError, match="from 0 to 1"):
            look(stack, layer, 0)


def test_a_cell_that_is_not_there_is_refused():
    with pytest.raises(GeometryError, match="no output cell 7"):
        field_of(chain(9, [(3, 1, 0, 1)]), 0, 7)


def test_a_stack_that_does_not_fit_names_the_layer():
    with pytest.raises(GeometryError, match="Layer 2: The window spans 9"):
        chain(9, [(3, 1, 0, 1), (9, 1, 0, 1)])
