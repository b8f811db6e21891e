"""Pooling against literal loops, torch's own functions, and torch's autograd for the way back."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn import functional

from engine.geometry import GeometryError, UnknownNameError
from engine.pooling import (
    MODES,
    global_pool,
    pool,
    pooling_axes,
    repeated,
    route_gradient,
    share_changed,
    shift_sensitivity,
    winners,
)

pairs = st.tuples(st.integers(1, 4), st.integers(1, 4))
cases = st.tuples(
    st.tuples(st.integers(1, 9), st.integers(1, 9)),
    pairs,  # window
    st.one_of(st.none(), pairs),  # stride
    st.tuples(st.integers(0, 2), st.integers(0, 2)),  # padding
    st.sampled_from([(1, 1), (2, 3), (1, 9)]),  # batch and channels; nine are laid out side by side
)
FILL = {"max": -math.inf, "min": math.inf, "average": 0.0, "l2": 0.0}
REDUCE = {
    "max": np.max,
    "min": np.min,
    "average": np.mean,
    "l2": lambda values: math.sqrt(sum(value * value for value in values.flat)),
}


def draw(case, *, ties=False):
    """Images for a case; with ties only three different values, none of them nought."""
    size, *_, batch = case
    generator = torch.Generator().manual_seed(size[0] * 10 + size[1])
    if ties:
        return torch.randint(1, 4, (*batch, *size), generator=generator).double() - 2.5
    return torch.randn(*batch, *size, generator=generator, dtype=torch.float64)


def refused(function):
    try:
        function()
    except (GeometryError, RuntimeError):
        return True
    return False


def windows(case):
    """(row, column, slice of rows, slice of columns) of every window over the padded picture."""
    size, window, stride, padding, _ = case
    down, right = stride or window
    for i, top in enumerate(range(0, size[0] + 2 * padding[0] - window[0] + 1, down)):
        for j, left in enumerate(range(0, size[1] + 2 * padding[1] - window[1] + 1, right)):
            yield i, j, slice(top, top + window[0]), slice(left, left + window[1])


def padded(images, case, fill):
    (above, beside) = case[3]
    return np.pad(images.numpy(), [(0, 0), (0, 0), (above, above), (beside, beside)], constant_values=fill)


@pytest.mark.parametrize("mode", MODES)
@given(case=cases)
@settings(max_examples=80, deadline=None)
def test_a_literal_loop_finds_the_same(mode, case):
    images = draw(case)
    _, window, stride, padding, _ = case
    if refused(lambda: pool(images, mode, window, stride=stride, padding=padding)):
        return
    output = pool(images, mode, window, stride=stride, padding=padding)
    edged = padded(images, case, FILL[mode])
    count = 0
    for i, j, rows, columns in windows(case):
        count += 1
        for b in range(images.shape[0]):
            for c in range(images.shape[1]):
                expected = REDUCE[mode](edged[b, c, rows, columns])
                assert output[b, c, i, j].item() == pytest.approx(expected, abs=1e-12)
    assert count == output.shape[-2] * output.shape[-1]


def by_torch(mode, images, window, stride, padding):
    if mode == "max":
        return functional.max_pool2d(images, window, stride, padding)
    if mode == "average":
        return functional.avg_pool2d(images, window, stride, padding)
    if mode == "min":
        return -functional.max_pool2d(-images, window, stride, padding)
    edged = functional.pad(images, (padding[1], padding[1], padding[0], padding[0]))
    return functional.lp_pool2d(edged, 2, window, stride)


@pytest.mark.parametrize("mode", MODES)
@given(case=cases)
@settings(max_examples=100, deadline=None)
def test_torch_finds_the_same_and_refuses_the_same(mode, case):
    images = draw(case)
    _, window, stride, padding, _ = case
    ours = refused(lambda: pool(images, mode, window, stride=stride, padding=padding))
    # torch's L2 has no padding of its own, so what it would refuse is asked of its average.
    judge = "average" if mode == "l2" else mode
    assert ours == refused(lambda: by_torch(judge, images, window, stride, padding))
    if not ours:
        output = pool(images, mode, window, stride=stride, padding=padding)
        torch.testing.assert_close(output, by_torch(mode, images, window, stride, padding))


@pytest.mark.parametrize("mode", ["max", "min"])
@given(case=cases)
@settings(max_examples=80, deadline=None)
def test_winners_are_the_first_of_the_best_in_reading_order(mode, case):
    images = draw(case, ties=True)
    _, window, stride, padding, _ = case
    if refused(lambda: winners(images, mode, window, stride=stride, padding=padding)):
        return
    rows, columns = winners(images, mode, window, stride=stride, padding=padding)
    assert rows.dtype == columns.dtype == torch.int64
    edged = padded(images, case, FILL[mode])
    best = np.argmax if mode == "max" else np.argmin  # both give the first
    for i, j, down, right in windows(case):
        for b in range(images.shape[0]):
            for c in range(images.shape[1]):
                y, x = np.unravel_index(best(edged[b, c, down, right]), window)
                expected = (down.start + y - padding[0], right.start + x - padding[1])
                assert (rows[b, c, i, j].item(), columns[b, c, i, j].item()) == expected


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("ties", [False, True])
@given(case=cases, given_gradient=st.booleans())
@settings(max_examples=60, deadline=None)
def test_the_gradient_goes_where_autograd_sends_it(mode, ties, case, given_gradient):
    images = draw(case, ties=ties)
    _, window, stride, padding, _ = case
    if refused(lambda: pool(images, mode, window, stride=stride, padding=padding)):
        return
    leaf = images.clone().requires_grad_()
    output = pool(leaf, mode, window, stride=stride, padding=padding)
    flow = torch.randn_like(output) if given_gradient else torch.ones_like(output)
    (expected,) = torch.autograd.grad(output, leaf, flow)
    found = route_gradient(
        images, mode, window, stride=stride, padding=padding, gradient=flow if given_gradient else None
    )
    torch.testing.assert_close(found, expected)


def test_where_l2_is_nought_no_gradient_flows():
    images = torch.tensor([[[[0.0, 0.0, 3.0, 4.0]]]])
    found = route_gradient(images, "l2", (1, 2))
    assert found.flatten().tolist() == pytest.approx([0, 0, 0.6, 0.8])


def test_the_lectures_two_by_two():
    grid = torch.tensor([[[[1.0, 3, 2, 1], [4, 2, 0, 5], [7, 1, 1, 2], [0, 6, 3, 3]]]])
    assert pool(grid, "max", 2)[0, 0].tolist() == [[4, 5], [7, 3]]
    assert pool(grid, "average", 2)[0, 0].tolist() == [[2.5, 2], [3.5, 2.25]]
    assert pool(grid, "min", 2)[0, 0].tolist() == [[1, 0], [0, 1]]
    rows, columns = winners(grid, "max", 2)
    assert rows[0, 0].tolist() == [[1, 1], [2, 3]]
    assert columns[0, 0].tolist() == [[0, 3], [0, 2]]


@pytest.mark.parametrize("mode", MODES)
def test_global_pooling_is_a_window_as_large_as_the_map(mode):
    images = torch.randn(2, 3, 5, 7, dtype=torch.float64)
    torch.testing.assert_close(global_pool(images, mode), pool(images, mode, (5, 7)))


def literal_share(operation, images, shift, tolerance):
    """Crops by explicit coordinates: the second one starts `shift` later."""
    down, right = shift
    height, width = images.shape[-2] - abs(down), images.shape[-1] - abs(right)
    crops = []
    for step in (0, 1):
        top = step * down - min(down, 0)
        left = step * right - min(right, 0)
        crops.append(operation(images[..., top : top + height, left : left + width]).flatten().tolist())
    span = max(map(max, crops)) - min(map(min, crops))
    changed = [abs(a - b) > tolerance * span for a, b in zip(*crops, strict=True)]
    return sum(changed) / len(changed)


@pytest.mark.parametrize("shift", [(0, 1), (1, 0), (2, -1), (-1, 3)])
def test_the_share_that_changes_is_counted_cell_by_cell(shift):
    images = torch.rand(2, 2, 13, 11, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    found = shift_sensitivity(images, 3, 2, shift=shift, tolerance=0.2)
    assert list(found) == list(MODES)
    for mode in MODES:
        expected = literal_share(lambda crop, mode=mode: pool(crop, mode, 3, stride=2), images, shift, 0.2)
        assert found[mode] == pytest.approx(expected)


def test_what_a_shift_must_and_must_not_change():
    stripes = (torch.arange(9) % 2).double().expand(1, 1, 8, 9)
    assert set(shift_sensitivity(torch.full((1, 1, 8, 9), 0.3), 2).values()) == {0.0}
    assert set(shift_sensitivity(stripes, 2).values()) == {0.0}  # each window holds both, whatever the shift
    assert set(shift_sensitivity(stripes, 1, 2).values()) == {1.0}  # every second column: black, then white
    assert set(shift_sensitivity(stripes, 1, 2, shift=(1, 0)).values()) == {0.0}
    assert share_changed(lambda crop: crop[..., ::2], stripes, shift=(0, 2)) == 0


@pytest.mark.parametrize("mode", MODES)
def test_pooling_again_and_again_ends_at_the_whole(mode):
    images = torch.rand(1, 2, 16, 8, dtype=torch.float64)
    strip = repeated(images, mode, 2)
    assert [tuple(made.shape[-2:]) for made in strip] == [(8, 4), (4, 2), (2, 1), (1, 1)]
    torch.testing.assert_close(strip[0], pool(images, mode, 2))
    torch.testing.assert_close(strip[1], pool(strip[0], mode, 2))
    torch.testing.assert_close(strip[-1], global_pool(images, mode))


def test_a_strip_of_uneven_maps_shrinks_its_last_windows():
    images = torch.rand(1, 1, 11, 5)
    shapes = [tuple(made.shape[-2:]) for made in repeated(images, "max", 3, stride=2, padding=1)]
    assert shapes == [(6, 3), (3, 2), (2, 1), (1, 1)]
    assert repeated(torch.rand(1, 1, 1, 1), "max", 2) == []


@pytest.mark.parametrize(("window", "stride", "padding"), [(1, 1, 0), (2, 1, 1), (2, 1, 0)])
def test_a_strip_that_never_ends_is_refused(window, stride, padding):
    with pytest.raises(GeometryError, match="larger stride"):
        repeated(torch.rand(1, 1, 80, 80), "average", window, stride=stride, padding=padding)


def test_the_axes_tell_what_is_dropped():
    rows, columns = pooling_axes((1, 1, 7, 8), (2, 3), stride=(2, 3))
    assert (rows.output, rows.dropped) == (3, 1)
    assert (columns.output, columns.dropped) == (2, 2)


IMAGES = torch.ones(1, 1, 6, 6)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: pool(IMAGES, "max", 7), "spans 7 cells but only 6"),
        (lambda: pool(IMAGES, "max", 0), "at least 1"),
        (lambda: pool(IMAGES, "l2", 3, padding=2), "at most 1 of padding"),
        (lambda: pool(IMAGES[0], "max", 2), "batch, channels, rows, columns"),
        (lambda: pool(IMAGES, "max", 2, stride=0), "Stride is at least 1"),
        (lambda: route_gradient(IMAGES, "max", 2, gradient=torch.ones(1, 1, 2, 2)), "outputs' shape"),
        (lambda: share_changed(lambda crop: crop, IMAGES, shift=(0, 6)), "cannot move"),
    ],
)
def test_an_impossible_pooling_is_refused_in_words(call, words):
    with pytest.raises(GeometryError, match=words):
        call()


def test_unknown_modes_are_refused_with_the_known_ones():
    for call in (pool, route_gradient):
        with pytest.raises(UnknownNameError, match="max, average, min, l2"):
            call(IMAGES, "median", 2)
    with pytest.raises(UnknownNameError, match="max, average, min, l2"):
        global_pool(IMAGES, "median")
    with pytest.raises(UnknownNameError, match="there are: max, min"):
        winners(IMAGES, "average", 2)
