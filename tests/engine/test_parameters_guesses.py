"""Guesses against counts: the slips of the lecture's layers worked out by hand."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from parameter_stacks import STACKS, repaired

from engine.parameters.analysis import LayerRow, analyse
from engine.parameters.guesses import judge, judge_total
from engine.parameters.layers import BatchNorm, Conv, DepthwiseConv, Layer, Pool
from engine.parameters.presets import PRESETS
from engine.parameters.stack import Stack


def row(index: int) -> LayerRow:
    return analyse(PRESETS["lecture_15120"].stack).rows[index]


def only(layer: Layer, shape: tuple[int, int, int] = (6, 8, 8)) -> LayerRow:
    return analyse(Stack(shape, (layer,))).rows[0]


@pytest.mark.parametrize(
    ("which", "guess", "words"),
    [
        (row(0), 490, "Exactly."),
        (row(0), 480, "every one of the 10 filters also has a bias"),
        (row(0), 481, "One bias for the whole layer"),
        (row(0), 483, "not to an input channel"),
        (row(0), 49, "That is one filter; there are 10"),
        (row(0), 170, "a kernel for each of the 3 channels"),
        (row(0), 160, "a kernel for each of the 3 channels it reads, and a bias"),
        (row(0), 130, "4 rows and 4 columns: 16 weights"),
        (row(0), 122_880, "the same weights are used again"),
        (row(0), 2_560, "the values that come out"),
        (row(0), 500, "10 too many."),
        (row(1), 1_000, "820 too few."),
        (row(2), 1_280, "1,280 too many."),
        (row(3), 12_800, "every one of the 10 units also has a bias"),
        (row(3), 12_801, "One bias for the whole layer"),
        (row(3), 14_080, "belongs to a unit"),
        (row(3), 1_290, "multiply, do not add"),
        (row(3), 1_281, "one unit; there are 10"),
        (only(Conv(4, 3, bias=False)), 6 * 9 * 4 + 4, "bias switched off"),
        (only(Conv(4, 3, groups=2)), 6 * 9 * 4 + 4, "reads only 3 of the 6 channels"),
        (only(DepthwiseConv(3)), 6 * 9 * 6 + 6, "reads only 1 of the 6 channels"),
        (only(Pool("max", 2)), 4, "pooling learns nothing"),
        (only(BatchNorm()), 6, "a scale and a shift"),
        (only(BatchNorm()), 24, "measured, not learned"),
    ],
)
def test_slips_are_named(which: LayerRow, guess: int, words: str) -> None:
    verdict = judge(which, guess)
    assert words in verdict.sentence
    assert verdict.right == (guess == which.parameters)
    assert (verdict.guess, verdict.truth) == (guess, which.parameters)


def test_totals() -> None:
    analysis = analyse(PRESETS["lecture_15120"].stack)
    assert judge_total(analysis, 15_120).right
    assert "none of the 40 biases" in judge_total(analysis, 15_080).sentence
    assert "Everything but Dense" in judge_total(analysis, 2_310).sentence
    assert judge_total(analysis, 1).sentence == "15,119 too few."


@settings(max_examples=60, deadline=None)
@given(STACKS, st.integers(0, 2000))
def test_any_guess_gets_a_sentence_and_only_the_count_is_right(stack: Stack, guess: int) -> None:
    for each in analyse(repaired(stack)).rows:
        verdict = judge(each, guess)
        assert verdict.sentence.endswith(".")
        assert (verdict.sentence == "Exactly.") == verdict.right == (guess == each.parameters)
