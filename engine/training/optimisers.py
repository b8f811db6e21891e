"""Optimisers by name, with one set of knobs that can be turned between two batches.

Weight decay acts on weights only, never on biases and batch norms (whatever has at most one axis): decaying those
does not regularise (He et al. 2019, "Bag of tricks", section 3.1), and SimCLR does the same.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import torch
from torch import nn

from engine.settings import SettingsBase, setting
from engine.training import schedules
from engine.training.lars import LARS

NAMES = ("sgd", "momentum", "nesterov", "adamw", "lars")
_FUSED = ("cpu", "cuda", "mps")  # where torch has one kernel for the whole update


@dataclass(frozen=True)
class Optimisation(SettingsBase):
    """How the weights follow the gradient."""

    optimiser: str = setting("adamw", words=NAMES, why="forgiving: one learning rate serves most networks")
    learning_rate: float = setting(
        3e-3,
        low=0,
        high=100,
        live=True,
        title="Learning rate",
        why="1e-3 is slower, 6e-3 costs the plain network 2 %",
    )
    momentum: float = setting(0.9, low=0, high=0.999, live=True, why="AdamW: the first beta; SGD has none")
    weight_decay: float = setting(0.01, low=0, high=10, live=True, title="Weight decay")
    schedule: str = setting("one_cycle", words=schedules.NAMES, why="the best accuracy for a fixed time")
    warm_up: float = setting(0.0, low=0, high=1000, unit="epochs", title="Warm-up")
    clip: float = setting(
        0.0, low=0, high=1000, live=True, title="Gradient clipping", why="0: none; largest norm"
    )


def groups(parameters: Iterable[nn.Parameter], settings: Optimisation) -> list[dict[str, Any]]:
    """Two groups, weights and the rest; those without members are left out."""
    weights: list[nn.Parameter] = []
    others: list[nn.Parameter] = []
    for parameter in parameters:
        if parameter.requires_grad:
            (weights if parameter.ndim > 1 else others).append(parameter)
    found: list[dict[str, Any]] = [
        {"params": weights, "decays": True},
        {"params": others, "decays": False},
    ]
    if settings.optimiser == "lars":
        found[1]["adapt"] = False
    return [group for group in found if group["params"]]


def build(parts: list[dict[str, Any]], settings: Optimisation) -> torch.optim.Optimizer:
    """The optimiser called `settings.optimiser` over groups as `groups` makes them, with its knobs set."""
    rate, name = settings.learning_rate, settings.optimiser
    fused = all(weight.device.type in _FUSED for part in parts for weight in part["params"])
    made: torch.optim.Optimizer
    if name == "adamw":
        made = torch.optim.AdamW(parts, rate, fused=fused)
    elif name == "lars":
        made = LARS(parts, rate)
    else:
        # Nesterov needs a momentum at its birth; `turn` sets the one that is wanted.
        made = torch.optim.SGD(parts, rate, momentum=0.9, nesterov=name == "nesterov", fused=fused)
    turn(made, settings)
    return made


def turn(optimiser: torch.optim.Optimizer, settings: Optimisation, factor: float = 1.0) -> None:
    """Set every knob of a running optimiser; the learning rate is multiplied by `factor`."""
    for group in optimiser.param_groups:
        group["lr"] = settings.learning_rate * factor * group.get("scale", 1.0)
        group["weight_decay"] = settings.weight_decay if group.get("decays", True) else 0.0
        if settings.optimiser == "adamw":
            group["betas"] = (settings.momentum, group["betas"][1])
        else:
            group["momentum"] = 0.0 if settings.optimiser == "sgd" else settings.momentum
