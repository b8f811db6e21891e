"""Comparing two stacks: every layer appears once, and the differences add up."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st
from parameter_stacks import LAYERS, STACKS

from engine.parameters.analysis import analyse
from engine.parameters.comparison import Comparison, compare
from engine.parameters.editing import change, insert, move, remove
from engine.parameters.layers import Conv, Dense, Flatten, GlobalPool
from engine.parameters.presets import PRESETS
from engine.parameters.stack import Stack

MEASURES = ("parameters", "macs", "activation_bytes")


def compared(before: Stack, after: Stack) -> Comparison:
    return compare(analyse(before), analyse(after))


@settings(max_examples=80, deadline=None)
@given(STACKS, STACKS)
def test_every_layer_is_in_one_pair_and_differences_add_up(before: Stack, after: Stack) -> None:
    found = compared(before, after)
    assert tuple(pair.before for pair in found.pairs if pair.before) == found.before.rows
    assert tuple(pair.after for pair in found.pairs if pair.after) == found.after.rows
    for measure in MEASURES:
        total = getattr(found.after, measure) - getattr(found.before, measure)
        assert sum(pair.difference(measure) for pair in found.pairs) == total


@settings(max_examples=40, deadline=None)
@given(STACKS)
def test_a_stack_does_not_differ_from_itself(stack: Stack) -> None:
    found = compared(stack, stack)
    assert not any(pair.changed or pair.difference("parameters") for pair in found.pairs)
    assert not found.gone


@settings(max_examples=60, deadline=None)
@given(STACKS, LAYERS, st.integers(0, 9))
def test_one_more_layer_is_one_new_pair(stack: Stack, layer, place: int) -> None:
    after = insert(stack, min(place, len(stack.layers)), layer)
    found = compared(stack, after)
    assert [pair.before is None for pair in found.pairs].count(True) == 1
    assert not found.gone
    back = compared(after, stack)
    assert len(back.gone) == 1


def test_a_changed_setting_shows_at_its_layer_and_where_it_is_felt() -> None:
    before = PRESETS["lecture_15120"].stack
    after = change(before, 1, Conv(40, 3, stride=2, padding=1))
    pairs = compared(before, after).pairs
    assert [pair.changed for pair in pairs] == [False, True, False, False]
    assert [pair.difference("parameters") for pair in pairs] == [0, 1_820, 0, 12_800]


def test_flatten_replaced_by_global_pooling() -> None:
    before = PRESETS["lecture_15120"].stack
    found = compared(before, change(before, 2, GlobalPool()))
    assert [row.layer for row in found.gone] == [Flatten()]
    assert found.pairs[-1].difference("parameters") == 20 * 10 - 1_280 * 10
    assert found.pairs[-1].before.layer == found.pairs[-1].after.layer == Dense(10)


def test_moved_and_removed_layers_of_a_long_stack_are_paired_quickly() -> None:
    layers = [Conv(1 + index % 7, 3, padding=1) for index in range(900)]
    before = Stack((3, 32, 32), tuple(layers))
    found = compared(before, remove(move(before, 10, 800), 400))
    assert sum(pair.changed for pair in found.pairs) < 800
    assert len([pair for pair in found.pairs if pair.after]) == 899
