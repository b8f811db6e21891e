"""Presets against the lecture's and the papers' numbers."""

from __future__ import annotations

import pytest
from model_zoo import counted

from engine.parameters.analysis import analyse
from engine.parameters.layers import Activation, Conv, Flatten, Residual
from engine.parameters.presets import PRESETS, input_sides
from engine.parameters.stack import Stack


@pytest.mark.parametrize(
    ("name", "parameters"),
    [
        ("lecture_15120", 15_120),
        ("lenet5", 61_706),  # LeCun 1998 with full connections between S2 and C3
        ("lecture_plain", 646_260),  # Foster 2022, chapter 2, table of the multilayer perceptron
        ("lecture_cnn", 591_914),  # Foster: 592,554 in all, of which 640 running statistics are not learnt
    ],
)
def test_published_counts(name: str, parameters: int) -> None:
    assert analyse(PRESETS[name].stack).parameters == parameters


def test_every_preset_is_possible_and_ends_in_its_classes() -> None:
    for preset in PRESETS.values():
        analysis = analyse(preset.stack)
        assert analysis.problem is None
        assert analysis.output_shape in ((10,), (1000,))
        assert preset.title
        assert preset.note.endswith(".")


def test_the_lecture_input_is_among_those_that_flatten_to_1280() -> None:
    assert input_sides(PRESETS["lecture_15120"].stack, 1280) == (30, 31, 32, 33)


def test_no_input_gives_an_impossible_count() -> None:
    assert input_sides(Stack((3, 8, 8), (Conv(20, 3), Flatten())), 1281) == ()


def test_alexnet_is_torchvisions_layer_by_layer() -> None:
    ours = analyse(PRESETS["alexnet"].stack)
    theirs = counted("alexnet")
    assert (ours.parameters, ours.macs) == (theirs.parameters, theirs.macs) == (61_100_840, 714_188_480)
    assert [row.parameters for row in ours.rows if row.parameters] == [
        row.parameters for row in theirs.rows if row.parameters
    ]


def test_the_small_resnet_adds_the_input_of_each_block() -> None:
    analysis = analyse(PRESETS["small_resnet"].stack)
    adds = [row for row in analysis.rows if isinstance(row.layer, Residual)]
    assert len(adds) == 6
    for row in adds:
        before = analysis.rows[row.layer.source - 1]
        assert before.layer == Activation()
        assert row.index - row.layer.source == 6
    assert analysis.rows[-1].parameters == 650
