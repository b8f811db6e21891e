"""Random stacks for the tests of `engine.parameters`: any layers in any order, possible or not."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import strategies as st

from engine.parameters.analysis import analyse
from engine.parameters.editing import change
from engine.parameters.layers import (
    Activation,
    BatchNorm,
    Conv,
    Dense,
    DepthwiseConv,
    Dropout,
    Flatten,
    GlobalPool,
    Pool,
    Residual,
    TransposedConv,
)
from engine.parameters.stack import Stack

small = st.integers(1, 3)
any_padding = st.one_of(st.integers(0, 3), st.just("same"))
LAYERS = st.one_of(
    st.builds(
        Conv,
        filters=st.integers(1, 6),
        kernel=st.integers(1, 4),
        stride=small,
        padding=any_padding,
        dilation=st.integers(1, 2),
        groups=small,
        bias=st.booleans(),
    ),
    st.builds(
        DepthwiseConv, kernel=small, stride=small, padding=any_padding, multiplier=small, bias=st.booleans()
    ),
    st.builds(
        TransposedConv,
        filters=st.integers(1, 5),
        kernel=small,
        stride=small,
        padding=st.integers(0, 2),
        output_padding=st.integers(0, 2),
        bias=st.booleans(),
    ),
    st.builds(
        Pool,
        mode=st.sampled_from(["max", "average"]),
        window=small,
        stride=st.one_of(st.none(), small),
        padding=st.integers(0, 2),
    ),
    st.builds(Activation, function=st.sampled_from(["relu", "gelu", "softmax"])),
    st.builds(Residual, source=st.integers(0, 8)),
    st.sampled_from(
        [BatchNorm(), Dropout(0.3), Flatten(), GlobalPool("max"), GlobalPool(), Dense(3), Dense(7)]
    ),
)
STACKS = st.builds(
    Stack,
    input=st.tuples(st.integers(1, 4), st.integers(4, 14), st.integers(4, 14)),
    layers=st.lists(LAYERS, min_size=1, max_size=9).map(tuple),
)


def repaired(stack: Stack) -> Stack:
    """Applies the first offered fix until the stack is possible; a layer without a fix is dropped."""
    for _ in range(60):
        problem = analyse(stack).problem
        if problem is None:
            return stack
        if problem.fixes:
            stack = change(stack, problem.index - 1, *problem.fixes[0].replacement)
        else:
            kept = [layer for index, layer in enumerate(stack.layers, 1) if index != problem.index]
            stack = replace(stack, layers=tuple(kept))
    raise AssertionError(f"the offered fixes do not repair {stack}")
