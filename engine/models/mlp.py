"""The plain ("vanilla") network: all pixels in one row, dense layers."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise

from torch import nn

from engine.models.parts import ACTIVATIONS, dense
from engine.settings import SettingsBase, setting


@dataclass(frozen=True)
class MLP(SettingsBase):
    """The lecture's network, 3072-200-150-10 with 646,260 parameters (Foster, Generative Deep Learning, ch. 2)."""

    widths: tuple[int, ...] = setting((200, 150), low=1, high=4096, title="Hidden layers", why="Foster's")
    activation: str = setting("relu", words=ACTIVATIONS)
    batch_norm: bool = setting(False, title="Batch norm")
    dropout: float = setting(0.0, low=0, high=0.9)


def mlp(settings: MLP, shape: tuple[int, int, int], classes: int) -> nn.Sequential:
    """(B, C, H, W) pictures of `shape` (C, H, W) to (B, classes) logits."""
    widths = (math.prod(shape), *settings.widths)
    layers: list[nn.Module] = [nn.Flatten()]
    for inputs, outputs in pairwise(widths):
        layers += dense(
            inputs,
            outputs,
            function=settings.activation,
            batch_norm=settings.batch_norm,
            dropout=settings.dropout,
        )
    return nn.Sequential(*layers, nn.Linear(widths[-1], classes))
