"""The outlines of the shapes, as signed distance fields that a picture can be sampled from at any size and angle.

A shape is one or two closed polygons, even-odd filled, with its centre of area at the origin and its farthest point
at radius 1. Its field holds the distance to the nearest edge, negative inside. A distance field varies slowly, so a
small table read with bilinear interpolation renders sharp edges (Green 2007, "Improved alpha-tested magnification
for vector textures and special effects", https://doi.org/10.1145/1281500.1281665).

Coordinates: x to the right, y down, as in pictures. Tested against the closed forms of disc, ring and square, and
against Pillow's polygon filling.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import lru_cache

import torch
from torch import Tensor

REACH = 1.25  # the fields cover [-REACH, REACH] in both directions
RESOLUTION = 128  # samples per row of a field: 50 to the radius
_CURVE = 64  # points of a curved outline; a 64-gon is within 0.12 % of its circle

Points = list[tuple[float, float]]


def _circle(radius: float = 1.0, start: float = 0.0, end: float = 1.0) -> Points:
    """Points on a circle from one share of the turn to another, clockwise as seen, from the right."""
    turns = [start + (end - start) * step / _CURVE for step in range(_CURVE)]
    return [(radius * math.cos(math.tau * turn), radius * math.sin(math.tau * turn)) for turn in turns]


def _regular(corners: int, inner: float | None = None) -> list[Points]:
    """A regular polygon with a corner at the top; with `inner` a star whose notches lie at that radius."""
    radii = [1.0] * corners if inner is None else [1.0, inner] * corners
    step = math.tau / len(radii)
    return [[(r * math.sin(i * step), -r * math.cos(i * step)) for i, r in enumerate(radii)]]


def _heart() -> list[Points]:
    turns = [math.tau * step / _CURVE for step in range(_CURVE)]
    return [
        [
            (
                16 * math.sin(t) ** 3,
                -13 * math.cos(t) + 5 * math.cos(2 * t) + 2 * math.cos(3 * t) + math.cos(4 * t),
            )
            for t in turns
        ]
    ]


def _crescent() -> list[Points]:
    """A disc without a smaller disc to its right."""
    centre, radius = 0.45, 0.78
    x = (1 - radius**2 + centre**2) / (2 * centre)  # where the circles meet
    outer = math.atan2(math.sqrt(1 - x**2), x) / math.tau
    inner = math.atan2(math.sqrt(1 - x**2), x - centre) / math.tau
    back = [(centre + px, py) for px, py in _circle(radius, 1 - inner, inner)]
    return [_circle(1.0, outer, 1 - outer) + back]


def _drop() -> list[Points]:
    """A disc that runs into a point at the top."""
    radius, top = 0.62, -1.5
    touch = math.acos(radius / -top) / math.tau  # angle between the axis and where the tangents touch
    arc = _circle(radius, touch - 0.25, 0.75 - touch) + _circle(radius, 0.75 - touch)[:1]
    return [[(0.0, top), *arc]]


def _flower() -> list[Points]:
    turns = [math.tau * step / 120 for step in range(120)]
    return [
        [
            ((0.72 + 0.28 * math.cos(5 * t)) * math.sin(t), -(0.72 + 0.28 * math.cos(5 * t)) * math.cos(t))
            for t in turns
        ]
    ]


def _cross() -> list[Points]:
    a, b = 0.36, 1.0
    return [
        [
            (-a, -b),
            (a, -b),
            (a, -a),
            (b, -a),
            (b, a),
            (a, a),
            (a, b),
            (-a, b),
            (-a, a),
            (-b, a),
            (-b, -a),
            (-a, -a),
        ]
    ]


def _arrow() -> list[Points]:
    return [[(0.0, -1.0), (0.75, -0.1), (0.3, -0.1), (0.3, 0.9), (-0.3, 0.9), (-0.3, -0.1), (-0.75, -0.1)]]


_OUTLINES: dict[str, Callable[[], list[Points]]] = {
    "circle": lambda: [_circle()],
    "square": lambda: [[(-1.0, -1.0), (1.0, -1.0), (1.0, 1.0), (-1.0, 1.0)]],
    "triangle": lambda: _regular(3),
    "star": lambda: _regular(5, 0.42),
    "heart": _heart,
    "cross": _cross,
    "ring": lambda: [_circle(), _circle(0.55)],
    "crescent": _crescent,
    "drop": _drop,
    "arrow": _arrow,
    "hexagon": lambda: _regular(6),
    "flower": _flower,
}
SHAPES: tuple[str, ...] = tuple(_OUTLINES)
# A turn by 360 degrees over this number gives the same picture; 0: any turn does.
SYMMETRY = dict.fromkeys(SHAPES, 1) | {
    "circle": 0, "ring": 0, "square": 4, "cross": 4, "triangle": 3, "star": 5, "flower": 5, "hexagon": 6,
}  # fmt: skip


def outline(name: str) -> list[Tensor]:
    """The closed polygons (V, 2) of a shape: centre of area at the origin, farthest point at radius 1."""
    polygons = [torch.tensor(points, dtype=torch.float64) for points in _OUTLINES[name]()]
    polygons = [polygon - _centre(polygons[0]) for polygon in polygons]
    radius = polygons[0].norm(dim=1).max()
    return [polygon / radius for polygon in polygons]


def _centre(polygon: Tensor) -> Tensor:
    """Centre of area of a polygon (V, 2), by the shoelace formula."""
    following = polygon.roll(-1, 0)
    cross = polygon[:, 0] * following[:, 1] - following[:, 0] * polygon[:, 1]  # (V,)
    return ((polygon + following) * cross[:, None]).sum(0) / (3 * cross.sum())


def signed_distance(polygons: list[Tensor], points: Tensor) -> Tensor:
    """Distance of `points` (P, 2) to the nearest edge of the polygons, negative where even-odd filling fills.

    The sign flips with every edge that a ray to the right crosses.
    """
    x, y = points[:, :1], points[:, 1:]  # (P, 1) each
    nearest = torch.full_like(x[:, 0], torch.inf)
    inside = torch.zeros_like(nearest, dtype=torch.bool)
    for polygon in polygons:
        following = polygon.roll(-1, 0)
        edge_x, edge_y = (following - polygon).unbind(1)  # (V,) each
        across, down = x - polygon[:, 0], y - polygon[:, 1]  # (P, V) each
        along = (across * edge_x + down * edge_y) / (edge_x.square() + edge_y.square())
        along.clamp_(0, 1)
        apart = (across - along * edge_x).square() + (down - along * edge_y).square()  # (P, V)
        nearest = torch.minimum(nearest, apart.amin(1))
        spans = (polygon[:, 1] > y) != (following[:, 1] > y)  # (P, V)
        crossed = spans & ((across * edge_y < down * edge_x) == (edge_y > 0))
        inside ^= crossed.sum(1) % 2 == 1
    return torch.where(inside, -1.0, 1.0) * nearest.sqrt()


@lru_cache(maxsize=4)
def fields(device: torch.device) -> Tensor:
    """The signed distance fields of all shapes, (S, R, R) float32 on `device`."""
    axis = torch.linspace(-REACH, REACH, RESOLUTION, device=device)
    y, x = torch.meshgrid(axis, axis, indexing="ij")
    points = torch.stack([x, y], dim=-1).flatten(0, 1)  # (R * R, 2)
    found = []
    for name in SHAPES:
        polygons = [polygon.to(device, torch.float32) for polygon in outline(name)]
        found.append(signed_distance(polygons, points).unflatten(0, (RESOLUTION, RESOLUTION)))
    return torch.stack(found)
