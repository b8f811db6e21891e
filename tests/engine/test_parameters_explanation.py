"""The arithmetic of one row, taken apart: the pieces say what the row says."""

from __future__ import annotations

from hypothesis import given, settings
from parameter_stacks import STACKS, repaired

from engine.parameters.analysis import Analysis, analyse
from engine.parameters.explanation import Explanation, Piece, explain
from engine.parameters.formulas import TIMES
from engine.parameters.layers import Conv, Dense, DepthwiseConv, Flatten, GlobalPool, Pool, TransposedConv
from engine.parameters.presets import PRESETS
from engine.parameters.stack import Stack


def lecture() -> Analysis:
    return analyse(PRESETS["lecture_15120"].stack)


def joined(pieces: tuple[Piece, ...]) -> str:
    return "".join(text for text, _ in pieces)


def labels(pieces: tuple[Piece, ...]) -> list[tuple[str, str]]:
    return [(text, label) for text, label in pieces if label]


@settings(max_examples=80, deadline=None)
@given(STACKS)
def test_the_pieces_read_as_the_row_and_every_factor_is_named(stack: Stack) -> None:
    analysis = analyse(repaired(stack))
    for row in analysis.rows:
        found = explain(analysis, row.index)
        assert joined(found.parameters) == row.formula
        assert joined(found.macs) == row.macs_formula
        assert joined(found.memory).endswith(f" = {row.activation_bytes:,}")
        for pieces in (found.parameters, found.macs, found.memory):
            left = joined(pieces).split(" = ")[0]
            numbers = [text for text, _ in pieces if text[0].isdigit()]
            named = [text for text, label in pieces if label]
            if " = " in joined(pieces):
                assert named == numbers[: len(named)]
                assert len(named) == sum(text in left for text in numbers[:-1])
        assert found.size
        assert found.field


def test_the_first_convolution_of_the_slide() -> None:
    found = explain(lecture(), 1)
    assert labels(found.parameters) == [
        ("4", "kernel rows"),
        ("4", "kernel columns"),
        ("3", "channels in"),
        ("1", "bias"),
        ("10", "filters"),
    ]
    assert found.size == "⌊(32 + 2·1 \N{MINUS SIGN} 4) / 2⌋ + 1 = 16"
    assert found.field == f"1 + (4 \N{MINUS SIGN} 1) {TIMES} 1 = 4, so 4 {TIMES} 4 pixels"
    assert labels(found.memory)[-1] == ("4", "bytes each")


def test_the_second_convolution_sees_further_by_its_kernel_times_the_stride_before() -> None:
    found = explain(lecture(), 2)
    assert found.field == f"4 + (3 \N{MINUS SIGN} 1) {TIMES} 2 = 8, so 8 {TIMES} 8 pixels"


def test_the_dense_layer_of_the_slide() -> None:
    found = explain(lecture(), 4)
    assert labels(found.parameters) == [("1,280", "inputs"), ("1", "bias"), ("10", "units")]
    assert found.field == f"the whole picture, 32 {TIMES} 32"


def test_sizes_of_the_other_layers() -> None:
    stack = Stack(
        (4, 9, 12),
        (
            TransposedConv(4, 3, 2, 1, 1),
            Pool("max", 2),
            DepthwiseConv(3, padding="same"),
            Conv(2, 3, dilation=2, groups=2),
            Flatten(),
            Dense(3),
        ),
    )
    sizes = [explain(analyse(stack), index).size for index in range(1, 7)]
    minus = "\N{MINUS SIGN}"
    assert sizes[0] == f"(9 {minus} 1)·2 + 3 {minus} 2·1 + 1 = 18; (12 {minus} 1)·2 + 3 {minus} 2·1 + 1 = 24"
    assert sizes[1] == f"⌊(18 + 2·0 {minus} 2) / 2⌋ + 1 = 9; ⌊(24 + 2·0 {minus} 2) / 2⌋ + 1 = 12"
    assert sizes[2].endswith("= 9; ⌊(12 + 2·1 \N{MINUS SIGN} 3) / 1⌋ + 1 = 12")
    assert sizes[4] == f"2 {TIMES} 5 {TIMES} 8 = 80 values"
    assert sizes[5] == "80 becomes 3"
    grouped = explain(analyse(stack), 4)
    assert ("2", "channels per group") in labels(grouped.parameters)
    assert explain(analyse(Stack((3, 4, 4), (GlobalPool(),))), 1).size == "one value for each of 3 channels"


def test_an_impossible_layer_has_nothing_to_explain() -> None:
    assert explain(analyse(Stack((3, 4, 4), (Conv(2, 9),))), 1) == Explanation()
