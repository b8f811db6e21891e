"""One side for all pictures of an imported set, chosen from their sizes, and the sentence that says so."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from statistics import median_low

from engine.data.dataset import DataError

LEAST, MOST = 8, 128  # pixels a side of a stored picture
COMMON, SMALL = 64, 32  # where pictures differ or are larger

Size = tuple[int, int]  # width, height


def check(side: int | None) -> None:
    """Raise DataError for a side that pictures are not stored with; None means automatic."""
    if side is not None and not LEAST <= side <= MOST:
        raise DataError(f"Pictures are stored with {LEAST} to {MOST} pixels a side, not {side}.")


def choose(sizes: Sequence[Size]) -> int:
    """Equal squares stay as they are; others get 64 pixels, or 32 where most are smaller than 64."""
    if len(set(sizes)) == 1 and sizes[0][0] == sizes[0][1] and LEAST <= sizes[0][0] <= MOST:
        return sizes[0][0]
    return COMMON if sizes and median_low([min(size) for size in sizes]) >= COMMON else SMALL


def note(sizes: Collection[Size], side: int) -> list[str]:
    """What was done to pictures of these sizes, where something was."""
    if set(sizes) <= {(side, side)}:
        return []
    ordered = sorted(sizes, key=lambda size: size[0] * size[1])
    (low, high), (width, height) = ordered[0], ordered[-1]
    had = f"{low} x {high} pixels"
    if len(ordered) > 1:
        had = f"different sizes, {low} x {high} to {width} x {height} pixels"
    return [f"The pictures had {had}: the middle square of each was scaled to {side} x {side}."]
