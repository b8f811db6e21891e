"""SimCLR's projection head g: vectors h to the vectors z the loss compares (Chen et al. 2020, section 4.2)."""

from __future__ import annotations

from dataclasses import dataclass

from torch import nn

from engine.models.parts import dense
from engine.settings import SettingsBase, setting


@dataclass(frozen=True)
class Head(SettingsBase):
    """None, one dense layer, or two with a ReLU between: the paper's three."""

    kind: str = setting(
        "nonlinear", words=("none", "linear", "nonlinear"), why="the paper's best by 10 points"
    )
    outputs: int = setting(128, low=2, high=2048, why="the paper's; it found the size hardly matters")
    hidden: int = setting(0, low=0, high=4096, why="0: as many as the encoder's features, as in the paper")


def projection_head(settings: Head, inputs: int) -> nn.Module:
    """(B, inputs) to (B, outputs); without a head, (B, inputs) as they are."""
    if settings.kind == "none":
        return nn.Identity()
    if settings.kind == "linear":
        return nn.Linear(inputs, settings.outputs, bias=False)
    hidden = settings.hidden or inputs
    return nn.Sequential(*dense(inputs, hidden, batch_norm=True), nn.Linear(hidden, settings.outputs))
