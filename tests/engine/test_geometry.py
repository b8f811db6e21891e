"""Where windows land, against a literal walk over a padded row and against what torch accepts on `meta`."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn import functional

from engine.geometry import (
    Axis,
    GeometryError,
    UnknownNameError,
    axes,
    fits,
    largest_dilation,
    largest_kernel,
    largest_stride,
    output_size,
    pad_amounts,
    padding_range,
    pair,
)

rows = st.tuples(
    st.integers(1, 14), st.integers(1, 6), st.integers(1, 5), st.integers(0, 5), st.integers(1, 4)
)


def walk(size, kernel, stride, before, after, dilation):
    """The input cells every window reads, found by moving it until it leaves the padded row."""
    found = []
    first = -before
    while first + dilation * (kernel - 1) < size + after:
        found.append([first + dilation * tap for tap in range(kernel)])
        first += stride
    return found


def accepted_by_torch(size, kernel, stride=1, padding=0, dilation=1, mode="constant"):
    """The output length torch gives, or None where it refuses."""
    images = torch.empty(1, 1, size, device="meta")
    weight = torch.empty(1, 1, kernel, device="meta")
    try:
        padded = functional.pad(images, (padding, padding), mode=mode)
        return functional.conv1d(padded, weight, stride=stride, dilation=dilation).shape[-1]
    except RuntimeError:
        return None


@given(rows)
@settings(max_examples=300, deadline=None)
def test_an_axis_is_what_a_literal_walk_finds(row):
    size, kernel, stride, padding, dilation = row
    windows = walk(size, kernel, stride, padding, padding, dilation)
    if not windows:
        with pytest.raises(GeometryError, match="smaller kernel"):
            Axis(*row)
        return
    axis = Axis(*row)
    read = [cell for window in windows for cell in window]
    assert axis.output == len(windows)
    assert [list(axis.taps(position)) for position in range(axis.output)] == windows
    assert axis.reads() == [read.count(cell) for cell in range(size)]
    assert axis.unread == size + padding - 1 - max(read)
    assert axis.dropped == max(size - 1 - max(read), 0)
    assert axis.span == windows[0][-1] - windows[0][0] + 1


@given(rows)
@settings(max_examples=300, deadline=None)
def test_exactly_what_torch_accepts_is_accepted(row):
    size, kernel, stride, padding, dilation = row
    expected = accepted_by_torch(size, kernel, stride, padding, dilation)
    assert fits(size, kernel, stride=stride, padding=padding, dilation=dilation) == (expected is not None)
    if expected is not None:
        assert output_size(size, kernel, stride=stride, padding=padding, dilation=dilation) == expected


@given(st.integers(1, 9), st.integers(0, 10))
@settings(deadline=None)
def test_reflection_is_refused_where_torch_refuses_it(size, padding):
    allowed = accepted_by_torch(size, 1, padding=padding, mode="reflect") is not None
    assert fits(size, 1, padding=padding, padding_mode="reflect") == allowed


@given(st.integers(1, 20), st.integers(1, 7), st.integers(1, 5), st.integers(1, 3))
@settings(max_examples=300, deadline=None)
def test_same_is_the_least_padding_that_reaches_every_step(size, kernel, stride, dilation):
    wanted = -(-size // stride)
    total = 0
    while len(walk(size, kernel, stride, 0, total, dilation)) < wanted:
        total += 1
    before, after = pad_amounts(size, kernel, stride=stride, padding="same", dilation=dilation)
    assert output_size(size, kernel, stride=stride, padding="same", dilation=dilation) == wanted
    assert before + after == total
    assert after - before in (0, 1)


def test_same_follows_keras_with_a_stride():
    # TensorFlow's documented example: 224 pixels, kernel 7, stride 2 are padded by 2 and 3.
    assert pad_amounts(224, 7, stride=2, padding="same") == (2, 3)
    assert pad_amounts(5, 3, stride=2, padding="same") == (1, 1)
    assert pad_amounts(6, 3, stride=2, padding="same") == (0, 1)


@given(rows, st.booleans())
@settings(max_examples=200, deadline=None)
def test_the_formula_says_what_it_adds_up_to(row, same):
    size, kernel, stride, padding, dilation = row
    setting = (size, kernel, stride, "same" if same else padding, dilation)
    if not same and not walk(size, kernel, stride, padding, padding, dilation):
        return
    left, right = Axis(*setting).formula().split(" = ")
    numerator, divisor = re.fullmatch(r"⌊\((.*)\) / (\d+)⌋ \+ 1", left).groups()
    plain = numerator.replace("\N{MINUS SIGN}", "-").replace("·", "*")
    value = eval(plain) // int(divisor) + 1
    assert value == int(right) == Axis(*setting).output
    assert numerator.startswith(str(size))


@pytest.mark.parametrize(
    ("setting", "text"),
    [
        ((512, 3, 2, 1), "⌊(512 + 2·1 - 3) / 2⌋ + 1 = 256"),
        ((512, 4, 1, "same"), "⌊(512 + 1 + 2 - 4) / 1⌋ + 1 = 512"),
        ((33, 3, 2, "valid", 2), "⌊(33 + 2·0 - (2·(3 - 1) + 1)) / 2⌋ + 1 = 15"),
    ],
)
def test_the_formula_as_a_page_shows_it(setting, text):
    assert Axis(*setting).formula() == text.replace("-", "\N{MINUS SIGN}")


@given(st.integers(1, 12), st.integers(0, 3), st.integers(1, 3), st.sampled_from(["zeros", "reflect"]))
@settings(max_examples=150, deadline=None)
def test_the_largest_kernel_fits_and_the_next_does_not(size, padding, dilation, mode):
    torch_mode = "constant" if mode == "zeros" else mode
    found = largest_kernel(size, padding=padding, padding_mode=mode, dilation=dilation, ceiling=7)
    good = [
        kernel
        for kernel in range(1, 8)
        if accepted_by_torch(size, kernel, 1, padding, dilation, torch_mode) is not None
    ]
    assert list(range(1, found + 1)) == good


@given(st.integers(1, 12), st.integers(1, 5), st.integers(0, 3))
@settings(max_examples=150, deadline=None)
def test_the_largest_dilation_fits_and_the_next_does_not(size, kernel, padding):
    found = largest_dilation(size, kernel, padding=padding, ceiling=6)
    good = [d for d in range(1, 7) if accepted_by_torch(size, kernel, 1, padding, d) is not None]
    assert list(range(1, found + 1)) == good


@given(st.integers(1, 12), st.integers(1, 5), st.integers(0, 3))
@settings(max_examples=150, deadline=None)
def test_the_largest_stride_is_the_last_that_moves_the_window(size, kernel, padding):
    if accepted_by_torch(size, kernel, 1, padding) is None:
        with pytest.raises(GeometryError):
            largest_stride(size, kernel, padding=padding)
        return
    moving = [s for s in range(1, 9) if accepted_by_torch(size, kernel, s, padding) > 1]
    assert largest_stride(size, kernel, padding=padding, ceiling=8) == max(moving, default=1)


@given(st.integers(1, 10), st.integers(1, 5), st.integers(1, 3), st.sampled_from(["zeros", "reflect"]))
@settings(max_examples=150, deadline=None)
def test_the_padding_range_is_what_fits_and_still_reads_the_picture(size, kernel, dilation, mode):
    torch_mode = "constant" if mode == "zeros" else mode
    good = [
        padding
        for padding in range(dilation * (kernel - 1) + 1)
        if accepted_by_torch(size, kernel, 1, padding, dilation, torch_mode) is not None
    ]
    if not good:
        with pytest.raises(GeometryError, match="No padding"):
            padding_range(size, kernel, padding_mode=mode, dilation=dilation)
        return
    assert padding_range(size, kernel, padding_mode=mode, dilation=dilation) == (good[0], good[-1])


@pytest.mark.parametrize(
    ("setting", "words"),
    [
        ((0, 1), "picture's side is at least 1"),
        ((5, 0), "kernel is at least 1"),
        ((5, 3, 0), "Stride is at least 1"),
        ((5, 3, 1, -1), "Padding is at least 0"),
        ((5, 3, 1, 0, 0), "Dilation is at least 1"),
        ((5, 3, 1, "full"), 'not "full"'),
        ((5, 2.5), "whole number, not 2.5"),
        ((5, 3, 1, 0.5), "Padding is a whole number"),
        ((5, 3, 1, 0, 3), "spans 7 cells but only 5"),
    ],
)
def test_an_impossible_axis_is_refused_in_words(setting, words):
    with pytest.raises(GeometryError, match=re.escape(words)):
        Axis(*setting)


def test_a_cell_that_is_not_there_is_refused():
    with pytest.raises(GeometryError, match="from 0 to 2"):
        Axis(5, 3).taps(3)


def test_rows_and_columns_are_kept_apart():
    vertical, horizontal = axes((10, 20), (3, 5), stride=(2, 1), padding=(1, 0), dilation=(1, 2))
    assert vertical == Axis(10, 3, 2, 1, 1)
    assert horizontal == Axis(20, 5, 1, 0, 2)
    assert pair((2, 3), "Stride") == (2, 3)
    with pytest.raises(GeometryError, match="one number or two"):
        pair((1, 2, 3), "Stride")


def test_an_unknown_padding_mode_lists_the_known_ones():
    with pytest.raises(UnknownNameError, match="zeros, reflect, replicate"):
        axes((5, 5), (3, 3), padding_mode="circular")


def test_geometry_comes_without_torch():
    code = "import sys, engine, engine.geometry, engine.receptive_field; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
