"""What was drawn, in words and numbers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.augment import GaussianBlur, Operator
from engine.augment.filters import blur_radius
from engine.augment.jitter import STEPS

MINUS, TIMES = "\N{MINUS SIGN}", "\N{MULTIPLICATION SIGN}"


def words(operator: Operator, drawn: Mapping[str, Any], size: tuple[int, int]) -> str:
    """One picture's parameters of one operator, as short as they go; `size` is (rows, columns)."""
    if not drawn.get("applied", True):
        return "not this time"
    if operator.name in ("crop", "crop_flip"):
        text = f"crop {_share(drawn, size)} of the area at {_place(drawn)}, aspect {_aspect(drawn)}"
        return text + (", mirrored" if drawn.get("mirrored") else "")
    if operator.name == "jitter":
        return " → ".join(_colour_step(STEPS[step], drawn[STEPS[step]]) for step in drawn["order"])
    if operator.name == "rotate":
        return f"{90 * drawn['quarters']}° counterclockwise"
    if operator.name == "cutout":
        box = f"{drawn['height']} {TIMES} {drawn['width']}"
        return f"{box} at {_place(drawn)}, {_share(drawn, size)} of the area"
    if operator.name == "noise":
        return f"sigma {drawn['sigma']:.3f}"
    if isinstance(operator, GaussianBlur):
        side = 2 * blur_radius(min(size), operator.kernel) + 1
        return f"sigma {drawn['sigma']:.2f} pixels, kernel {side} {TIMES} {side}"
    return {"original": "unchanged", "drop": "grey", "sobel": "nothing is drawn"}.get(
        operator.name, "applied"
    )


def _share(box: Mapping[str, Any], size: tuple[int, int]) -> str:
    return f"{box['height'] * box['width'] / (size[0] * size[1]):.2f}"


def _place(box: Mapping[str, Any]) -> str:
    return f"({box['left']}, {box['top']})"


def _aspect(box: Mapping[str, Any]) -> str:
    return f"{box['width'] / box['height']:.2f}"


def _colour_step(name: str, value: float) -> str:
    if name == "hue":
        sign = MINUS if value < 0 else "+"
        return f"hue {sign}{360 * abs(value):.0f}°"
    return f"{name} {TIMES}{value:.2f}"
