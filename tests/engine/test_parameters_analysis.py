"""Analysis of a stack against the really built network, torch's own FLOP counter and the gradient."""

from __future__ import annotations

from math import prod

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from parameter_stacks import STACKS, repaired, small
from torch.utils.flop_counter import FlopCounterMode

from engine.parameters.analysis import Analysis, LayerRow, analyse
from engine.parameters.building import build
from engine.parameters.editing import change
from engine.parameters.formulas import TIMES
from engine.parameters.layers import (
    Activation,
    Conv,
    Dense,
    DepthwiseConv,
    Flatten,
    GlobalPool,
    Layer,
    Pool,
    Residual,
    SettingError,
    TransposedConv,
)
from engine.parameters.presets import PRESETS
from engine.parameters.stack import Stack


def value(text: str) -> int:
    return eval(text.replace(TIMES, "*").replace(",", ""), {"__builtins__": {}})


@settings(max_examples=150, deadline=None)
@given(STACKS)
def test_agrees_with_the_built_network(stack: Stack) -> None:
    stack = repaired(stack)
    analysis = analyse(stack)
    model = build(stack).eval()
    with torch.no_grad(), FlopCounterMode(display=False) as counter:
        out = model(torch.zeros(2, *stack.input))
    assert tuple(out.shape[1:]) == analysis.output_shape
    assert sum(p.numel() for p in model.parameters()) == analysis.parameters
    assert counter.get_total_flops() == 2 * 2 * analysis.macs  # 2 images, 2 operations per MAC


@settings(max_examples=60, deadline=None)
@given(STACKS)
def test_every_formula_reads_as_its_number(stack: Stack) -> None:
    for row in analyse(stack).rows:
        for text, number in ((row.formula, row.parameters), (row.macs_formula, row.macs)):
            assert all(value(side) == number for side in text.split(" = "))


@settings(max_examples=60, deadline=None)
@given(STACKS)
def test_every_offered_fix_makes_its_layer_possible_or_moves_the_problem_behind_it(stack: Stack) -> None:
    problem = analyse(stack).problem
    for fix in problem.fixes if problem else ():
        mended = analyse(change(stack, problem.index - 1, *fix.replacement))
        assert mended.problem is None or mended.problem != problem


PICTURE_LAYERS = st.one_of(
    st.builds(
        Conv, filters=st.just(2), kernel=small, stride=small, padding=st.integers(0, 1), dilation=small
    ),
    st.builds(DepthwiseConv, kernel=small, padding=st.integers(0, 1)),
    st.builds(Pool, mode=st.just("average"), window=small, stride=small),
)


@settings(max_examples=50, deadline=None)
@given(st.lists(PICTURE_LAYERS, min_size=1, max_size=3))
def test_receptive_field_is_where_the_gradient_of_one_value_reaches(layers: list[Layer]) -> None:
    analysis = analyse(Stack((1, 141, 141), tuple(layers)))
    assert analysis.problem is None
    model = build(analysis.stack).double()
    for parameter in model.parameters():
        torch.nn.init.ones_(parameter)
    picture = torch.zeros(1, 1, 141, 141, dtype=torch.float64, requires_grad=True)
    out = model(picture)
    out[0, 0, out.shape[2] // 2, out.shape[3] // 2].backward()
    rows = picture.grad[0, 0].abs().sum(1).nonzero().flatten()
    seen = int(rows[-1] - rows[0]) + 1
    assert seen == analysis.rows[-1].receptive_field[0]


@pytest.mark.parametrize("side", [9, 12])
def test_receptive_field_behind_a_transposed_convolution_is_an_upper_bound(side: int) -> None:
    stack = Stack((1, side, side), (Conv(1, 3, stride=2), TransposedConv(1, 3, stride=2), Conv(1, 3)))
    model = build(stack).double()
    for parameter in model.parameters():
        torch.nn.init.ones_(parameter)
    picture = torch.zeros(1, 1, side, side, dtype=torch.float64, requires_grad=True)
    out = model(picture)
    spans = []
    for row in range(out.shape[2]):
        (grad,) = torch.autograd.grad(out[0, 0, row, out.shape[3] // 2], picture, retain_graph=True)
        reached = grad[0, 0].abs().sum(1).nonzero().flatten()
        spans.append(int(reached[-1] - reached[0]) + 1)
    assert max(spans) <= analyse(stack).rows[-1].receptive_field[0] <= 2 * max(spans)


def lecture() -> Analysis:
    return analyse(PRESETS["lecture_15120"].stack)


def test_the_lecture_example_reads_as_on_the_slide() -> None:
    rows = lecture().rows
    assert [row.parameters for row in rows] == [490, 1820, 0, 12810]
    assert lecture().parameters == 15120
    assert rows[0].formula == "(4 x 4 x 3 + 1) x 10 = 490".replace("x", TIMES)
    assert rows[1].formula == "(3 x 3 x 10 + 1) x 20 = 1,820".replace("x", TIMES)
    assert rows[2].formula == "0"
    assert rows[3].formula == "(1,280 + 1) x 10 = 12,810".replace("x", TIMES)
    assert rows[2].output_shape == (1280,)
    assert rows[1].output_shape == (20, 8, 8)


def test_dense_and_global_pool_see_the_whole_input() -> None:
    rows = analyse(Stack((3, 20, 30), (Conv(4, 3), GlobalPool(), Dense(2)))).rows
    assert [row.receptive_field for row in rows] == [(3, 3), (20, 30), (20, 30)]


def broken(layer: Layer, *before: Layer, shape: tuple[int, int, int] = (4, 5, 5)) -> LayerRow:
    problem = analyse(Stack(shape, (*before, layer))).problem
    assert problem is not None
    return problem


def test_a_kernel_that_does_not_fit_names_both_ways_out() -> None:
    row = broken(Conv(8, 7))
    assert row.reason == (
        f"Kernel 7 does not fit a 5 {TIMES} 5 input: the largest that fits is 5 or padding 1 makes room."
    )
    assert [fix.replacement for fix in row.fixes] == [(Conv(8, 5),), (Conv(8, 7, padding=1),)]


@pytest.mark.parametrize(
    ("layer", "before", "words", "fix"),
    [
        (Conv(8, 4, dilation=3), (), "dilation 3", Conv(8, 2, dilation=3)),
        (Conv(8, 3, groups=3), (), "groups must divide", Conv(8, 3, groups=2)),
        (Conv(8, 3, stride=2, padding="same"), (), "cannot go with stride 2", Conv(8, 3, padding="same")),
        (Pool("max", 7), (), "Window 7 does not fit", Pool("max", 5)),
        (Pool("max", 3, padding=2), (), "more than half the window", Pool("max", 3, padding=1)),
        (TransposedConv(2, 2, padding=30), (), "cuts away", TransposedConv(2, 2, padding=4)),
        (
            TransposedConv(2, output_padding=2),
            (),
            "smaller than the stride",
            TransposedConv(2, output_padding=1),
        ),
        (Residual(0), (Conv(4, 3, padding=1), Conv(9, 3)), "cannot be added", None),
        (
            Residual(0),
            (Conv(9, 3), Activation()),
            "nearest output of the same shape is that of layer 1",
            Residual(1),
        ),
        (Residual(5), (Activation(),), "comes later", Residual(0)),
        (Conv(4, 1), (Flatten(),), "place is before the layer that made the vector", None),
        (GlobalPool(), (Flatten(),), "needs a picture", None),
    ],
)
def test_impossible_layers_say_why_and_offer_the_nearest_setting(
    layer: Layer, before: tuple[Layer, ...], words: str, fix: Layer | None
) -> None:
    row = broken(layer, *before)
    assert words in row.reason
    assert row.reason.endswith(".")
    assert (row.fixes[0].replacement == (fix,)) if fix else not row.fixes


def test_dense_on_a_picture_offers_flatten() -> None:
    row = broken(Dense(3))
    assert row.fixes[0].replacement == (Flatten(), Dense(3))
    assert row.fixes[1].replacement == (GlobalPool(), Dense(3))


def test_layers_behind_a_break_are_unreachable_and_uncounted() -> None:
    analysis = analyse(Stack((3, 8, 8), (Conv(4, 3), Conv(4, 9), Flatten(), Dense(10))))
    assert [row.state for row in analysis.rows] == ["ok", "impossible", "unreachable", "unreachable"]
    assert analysis.parameters == (3 * 3 * 3 + 1) * 4
    assert analysis.output_shape == (4, 6, 6)
    with pytest.raises(SettingError, match="Convolution 2: Kernel 9 does not fit"):
        build(analysis.stack)


def test_an_output_too_large_for_any_memory_is_refused_in_words() -> None:
    row = broken(TransposedConv(64, 16, stride=16), *[TransposedConv(64, 16, stride=16)] * 3)
    assert "more than 500,000,000 values" in row.reason


def test_a_network_too_large_to_build_is_counted_but_not_built() -> None:
    stack = Stack((64, 128, 128), (Flatten(), Dense(65_536)))
    assert analyse(stack).parameters == (64 * 128 * 128 + 1) * 65_536
    with pytest.raises(SettingError, match="would not fit in memory"):
        build(stack)
    assert sum(p.numel() for p in build(stack, device="meta").parameters()) == analyse(stack).parameters


def test_names_count_layers_of_the_same_kind() -> None:
    names = [row.name for row in analyse(PRESETS["lecture_15120"].stack).rows]
    assert names == ["Convolution 1", "Convolution 2", "Flatten", "Dense"]


def test_activation_bytes_are_four_per_value() -> None:
    analysis = lecture()
    assert [row.activation_bytes for row in analysis.rows] == [
        4 * prod(row.output_shape) for row in analysis.rows
    ]
    assert analysis.activation_bytes == 4 * (10 * 16 * 16 + 20 * 8 * 8 + 1280 + 10)
