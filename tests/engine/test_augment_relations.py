"""How two crops lie to each other, against a count of pixels."""

from __future__ import annotations

import torch
from augment_cases import generator
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.augment.crops import draw_boxes
from engine.augment.relations import HOLDS, LARGER, RELATIONS, area, relation, shared, shares

SIDE = 12


def _box(top, left, height, width):
    return {
        name: torch.tensor([value])
        for name, value in zip(("top", "left", "height", "width"), (top, left, height, width), strict=True)
    }


def _mask(box):
    mask = torch.zeros(SIDE, SIDE, dtype=torch.bool)
    top, left, height, width = (int(box[name]) for name in ("top", "left", "height", "width"))
    mask[top : top + height, left : left + width] = True
    return mask


boxes = st.builds(
    lambda top, left, height, width: _box(top, left, min(height, SIDE - top), min(width, SIDE - left)),
    *[st.integers(0, SIDE - 1)] * 2,
    *[st.integers(1, SIDE)] * 2,
)


@given(boxes, boxes)
@settings(max_examples=150, deadline=None)
def test_the_relation_is_what_the_pixels_say(one, other):
    first, second = _mask(one), _mask(other)
    both = int((first & second).sum())
    small, large = sorted([int(first.sum()), int(second.sum())])
    assert int(shared(one, other)) == both
    assert int(area(one)) == int(first.sum())
    expected = "adjacent" if both == 0 else "overlapping"
    if both >= HOLDS * small and large >= LARGER * small:
        expected = "global_local"
    assert RELATIONS[int(relation(one, other))] == expected
    assert int(relation(other, one)) == int(relation(one, other))


def test_the_figures_two_cases():
    assert RELATIONS[int(relation(_box(1, 1, 10, 10), _box(4, 4, 3, 3)))] == "global_local"
    assert RELATIONS[int(relation(_box(0, 0, 5, 5), _box(0, 5, 5, 5)))] == "adjacent"
    assert RELATIONS[int(relation(_box(0, 0, 6, 6), _box(3, 3, 6, 6)))] == "overlapping"
    assert RELATIONS[int(relation(_box(0, 0, 6, 6), _box(0, 0, 6, 6)))] == "overlapping"


def test_smaller_crops_are_apart_more_often():
    def drawn(largest):
        source = generator(2)
        pair = [draw_boxes((4000, 3, 64, 64), source, areas=(0.08, largest)) for _ in range(2)]
        found = shares(*pair)
        assert abs(sum(found.values()) - 1) < 1e-6
        return found

    paper, small = drawn(1.0), drawn(0.2)
    assert paper["adjacent"] < 0.1 < small["adjacent"]
    assert paper["global_local"] > 0.15
