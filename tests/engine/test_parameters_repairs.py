"""Ways out of an impossible stack: each helps, and clicking on always ends at a stack that works."""

from __future__ import annotations

from hypothesis import given, settings
from parameter_stacks import STACKS

from engine.parameters.analysis import analyse
from engine.parameters.layers import MAX_LAYERS, Activation, Conv, Dense, Flatten
from engine.parameters.repairs import repairs
from engine.parameters.stack import Stack


@settings(max_examples=60, deadline=None)
@given(STACKS)
def test_taking_the_first_way_out_ends_at_a_stack_that_works(stack: Stack) -> None:
    for _ in range(80):
        ways = repairs(analyse(stack))
        if not ways:
            break
        stack = ways[0].stack
    assert analyse(stack).problem is None


@settings(max_examples=80, deadline=None)
@given(STACKS)
def test_every_way_out_changes_what_is_wrong(stack: Stack) -> None:
    problem = analyse(stack).problem
    ways = repairs(analyse(stack))
    assert bool(ways) == (problem is not None)
    assert len({way.text for way in ways}) == len(ways)
    for way in ways:
        assert way.stack != stack
        assert way.text[0].isupper()


def texts(stack: Stack) -> dict[str, Stack]:
    return {way.text: way.stack for way in repairs(analyse(stack))}


def test_a_convolution_on_a_vector_moves_before_the_flatten_or_the_flatten_goes() -> None:
    stack = Stack((3, 8, 8), (Conv(4, 3), Flatten(), Activation(), Conv(5, 3)))
    found = texts(stack)
    assert found["Move it before Flatten"].layers == (Conv(4, 3), Conv(5, 3), Flatten(), Activation())
    assert found["Remove Flatten"].layers == (Conv(4, 3), Activation(), Conv(5, 3))
    assert found["Remove it"].layers == (Conv(4, 3), Flatten(), Activation())


def test_a_full_stack_offers_no_way_that_would_need_another_layer() -> None:
    stack = Stack((3, 8, 8), (*[Activation()] * (MAX_LAYERS - 1), Dense(10)))
    assert list(texts(stack)) == ["Remove it"]
