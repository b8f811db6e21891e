"""One side for all pictures."""

import pytest

from engine.data import sides
from engine.data.dataset import DataError


@pytest.mark.parametrize(
    ("sizes", "side"),
    [
        ([(28, 28)] * 5, 28),
        ([(128, 128)] * 5, 128),
        ([(8, 8)], 8),
        ([(4, 4)] * 3, 32),  # smaller than any stored picture
        ([(256, 256)] * 5, 64),
        ([(178, 218)] * 5, 64),
        ([(40, 60)] * 5, 32),
        ([(32, 32), (33, 33)], 32),
        ([(640, 480), (1000, 20), (800, 600)], 64),
        ([], 32),
    ],
)
def test_the_side_follows_from_the_sizes(sizes, side):
    assert sides.choose(sizes) == side


def test_the_note_says_what_was_done():
    assert sides.note({(32, 32)}, 32) == []
    assert sides.note({(50, 40)}, 32) == [
        "The pictures had 50 x 40 pixels: the middle square of each was scaled to 32 x 32."
    ]
    (sentence,) = sides.note({(50, 40), (10, 20), (300, 200)}, 32)
    assert sentence.startswith(
        "The pictures had different sizes, 10 x 20 to 300 x 200 pixels: the middle square"
    )


@pytest.mark.parametrize("side", [0, 7, 129, -1])
def test_impossible_sides_are_refused(side):
    with pytest.raises(DataError, match="8 to 128"):
        sides.check(side)
