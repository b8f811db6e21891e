"""How two crops of one picture lie to each other: one inside the other, apart, or overlapping.

By cropping at random, contrastive learning asks two kinds of questions (Chen et al. 2020, figure 3): from the
whole to a part (global to local), where one box holds the other, and from one part to its neighbour (adjacent),
where the boxes share nothing. How often each is asked follows from the crop's settings alone.
Tested against a literal count of the pixels of both boxes.
"""

from __future__ import annotations

import torch
from torch import Tensor

from engine.augment.operator import Drawn

GLOBAL_LOCAL, ADJACENT, OVERLAPPING = RELATIONS = ("global_local", "adjacent", "overlapping")
HOLDS = 0.95  # of the smaller box must lie in the larger one; a whole box rarely does to the last pixel
LARGER = 2.0  # times as large is what holds the other; two boxes of one size are two views of the same thing


def shared(one: Drawn, other: Drawn) -> Tensor:
    """Pixels that both boxes of a pair hold, int64 (B,). Boxes as `crops.draw_boxes` gives them."""
    sides = []
    for start, length in (("top", "height"), ("left", "width")):
        first = torch.maximum(one[start], other[start])
        last = torch.minimum(one[start] + one[length], other[start] + other[length])
        sides.append((last - first).clamp_min(0))
    return sides[0] * sides[1]


def area(box: Drawn) -> Tensor:
    """Pixels of each box, int64 (B,)."""
    return box["height"] * box["width"]


def relation(one: Drawn, other: Drawn) -> Tensor:
    """An index into RELATIONS for every pair of boxes, int64 (B,)."""
    both = shared(one, other)
    smaller, larger = torch.minimum(area(one), area(other)), torch.maximum(area(one), area(other))
    holds = (both >= HOLDS * smaller) & (larger >= LARGER * smaller)
    kind = torch.full_like(both, RELATIONS.index(OVERLAPPING))
    kind = torch.where(both == 0, RELATIONS.index(ADJACENT), kind)
    return torch.where(holds, RELATIONS.index(GLOBAL_LOCAL), kind)


def shares(one: Drawn, other: Drawn) -> dict[str, float]:
    """Share of the pairs that lie to each other in each way; the shares sum to 1. At least one pair is needed."""
    kinds = relation(one, other)
    counts = torch.bincount(kinds, minlength=len(RELATIONS)).tolist()
    return {name: count / len(kinds) for name, count in zip(RELATIONS, counts, strict=True)}
