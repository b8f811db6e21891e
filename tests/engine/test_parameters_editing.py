"""Editing a stack keeps every residual add on the layer it adds."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from engine.parameters.editing import change, insert, move, remove
from engine.parameters.layers import Conv, Dense, Flatten, Layer, Residual
from engine.parameters.stack import Stack


def stack(*layers: Layer) -> Stack:
    return Stack((4, 8, 8), layers)


BASE = stack(Conv(1), Conv(2), Conv(3), Residual(2), Residual(0))


def test_inserting_shifts_what_lies_behind() -> None:
    assert insert(BASE, 1, Flatten()) == stack(Conv(1), Flatten(), Conv(2), Conv(3), Residual(3), Residual(0))
    assert insert(BASE, 5, Flatten()).layers[:5] == BASE.layers


def test_removing_the_added_layer_falls_back_to_the_output_before_it() -> None:
    assert remove(BASE, 1) == stack(Conv(1), Conv(3), Residual(1), Residual(0))
    assert remove(BASE, 0) == stack(Conv(2), Conv(3), Residual(1), Residual(0))


def test_moving_keeps_the_added_layer() -> None:
    assert move(BASE, 1, 0) == stack(Conv(2), Conv(1), Conv(3), Residual(1), Residual(0))
    assert move(BASE, 1, 2) == stack(Conv(1), Conv(3), Conv(2), Residual(3), Residual(0))


def test_changing_one_layer_into_several() -> None:
    assert change(BASE, 2, Dense(5)) == stack(Conv(1), Conv(2), Dense(5), Residual(2), Residual(0))
    grown = change(stack(Conv(1), Dense(5), Residual(2)), 1, Flatten(), Dense(5))
    assert grown == stack(Conv(1), Flatten(), Dense(5), Residual(3))


@given(st.lists(st.integers(1, 99), min_size=2, max_size=9), st.data())
def test_a_residual_follows_its_layer_through_any_move(filters: list[int], data: st.DataObject) -> None:
    layers = [Conv(size) for size in filters]
    source = data.draw(st.integers(1, len(layers)))
    before = stack(*layers, Residual(source))
    position = data.draw(st.integers(0, len(layers) - 1))
    target = data.draw(st.integers(0, len(layers) - 1))
    after = move(before, position, target)
    expected = list(layers)
    expected.insert(target, expected.pop(position))
    assert list(after.layers[:-1]) == expected
    residual = after.layers[-1]
    assert isinstance(residual, Residual)
    assert after.layers[residual.source - 1] == layers[source - 1]
    assert move(after, target, position) == before
