"""Initial weights, and random numbers for dropout, from a generator that is passed in."""

from __future__ import annotations

import math

import torch
from torch import nn

from engine.models.parts import Dropout


def initialise(model: nn.Module, generator: torch.Generator | None) -> None:
    """Draw the weights of all convolutions and dense layers anew, as PyTorch draws them, from `generator`.

    Weight and bias are uniform within 1/sqrt(fan-in) of zero. Batch norms start as the identity. On `meta` nothing
    happens. The generator lives on the CPU: the same seed gives the same weights on every device.
    """
    for module in model.modules():
        if isinstance(module, nn.Linear | nn.Conv2d | nn.ConvTranspose2d):
            bound = 1 / math.sqrt(_fan_in(module))
            _fill(module.weight, bound, generator)
            if module.bias is not None:
                _fill(module.bias, bound, generator)
        elif isinstance(module, nn.BatchNorm1d | nn.BatchNorm2d):
            module.reset_parameters()


def randomise(model: nn.Module, generator: torch.Generator) -> None:
    """Let every dropout of `model` draw from `generator`, which lives on the model's device."""
    for module in model.modules():
        if isinstance(module, Dropout):
            module.generator = generator


def _fan_in(module: nn.Linear | nn.Conv2d | nn.ConvTranspose2d) -> int:
    weight = module.weight
    if isinstance(module, nn.ConvTranspose2d):  # each output value sees this many inputs, on average
        return max(1, weight.shape[0] * weight[0, 0].numel() // math.prod(module.stride))
    return weight[0].numel()


@torch.no_grad()
def _fill(values: torch.Tensor, bound: float, generator: torch.Generator | None) -> None:
    if not values.is_meta:
        drawn = torch.empty(values.shape, device="cpu").uniform_(-bound, bound, generator=generator)
        values.copy_(drawn)
