"""The networks of the lab: built from a lane, counted, named, and taken apart for a look at their first layer."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from engine import models
from engine.classifier.settings import Lane
from engine.models import CNN, MLP
from engine.parameters import breakdown

Shape = tuple[int, int, int]


def build(lane: Lane, shape: Shape, classes: int, seed: int | None = 0) -> nn.Sequential:
    """The lane's network for pictures of `shape` (C, H, W): (B, C, H, W) -> (B, classes) logits.

    Weights are drawn from `seed`; None leaves them as torch draws them (for weights that are loaded next).
    """
    network = lane.network
    if isinstance(network, MLP):
        model = models.mlp(network, shape, classes)
    elif isinstance(network, CNN):
        model = models.cnn(network, shape, classes)
    else:
        model = models.resnet(network, shape, classes)
    if seed is not None:
        models.initialise(model, torch.Generator().manual_seed(seed))
    return model


@dataclass(frozen=True)
class Size:
    """What a network costs: learnable parameters, and multiply-accumulates of the forward pass per picture."""

    parameters: int
    macs: int


def size(lane: Lane, shape: Shape, classes: int) -> Size:
    """Counted on the meta device, without memory."""
    with torch.device("meta"):
        counted = breakdown(build(lane, shape, classes, seed=None), shape)
    return Size(counted.parameters, counted.macs)


def title(lane: Lane) -> str:
    """What to call it: "Plain network", "CNN", "ResNet-8", "ResNet-8 without skips"."""
    if lane.kind == "plain":
        return "Plain network"
    if lane.kind == "cnn":
        return "CNN"
    depth = 2 * len(lane.resnet.widths) * lane.resnet.blocks + 2
    return f"ResNet-{depth}" + ("" if lane.resnet.skip else " without skips")


def titles(lanes: Mapping[str, Lane]) -> dict[str, str]:
    """Title of every lane; those that share one are numbered."""
    names = {name: title(lane) for name, lane in lanes.items()}
    shared = {text for text in names.values() if list(names.values()).count(text) > 1}
    counts: dict[str, int] = {}
    found = {}
    for name, text in names.items():
        counts[text] = counts.get(text, 0) + 1
        found[name] = f"{text} {counts[text]}" if text in shared else text
    return found


def first_layer(model: nn.Module, shape: Shape) -> Tensor:
    """Weights of the first layer as small pictures, (units, C, h, w): filters, or a dense unit's whole view."""
    layer = next(module for module in model.modules() if isinstance(module, nn.Conv2d | nn.Linear))
    weight = layer.weight.detach().float()
    return weight if weight.ndim == 4 else weight.reshape(-1, *shape)


def mosaic(weights: Tensor, gap: int = 4, side: int = 320) -> Tensor:
    """First-layer weights as one picture, (units, C, h, w) -> (4, H, W) float in [0, 1], at most `side` wide.

    0 is mid-grey; each unit has its own symmetric scale, so its colours say which pixels it wants bright or dark.
    Cells are enlarged by a whole number, never smoothed. The fourth channel is 0 in the gaps and free places.
    """
    units, channels, _, width = weights.shape
    limit = weights.abs().amax((1, 2, 3), keepdim=True).clamp(min=1e-12)
    colours = (weights / limit / 2 + 0.5).expand(-1, 3 if channels == 1 else channels, -1, -1)
    cells = torch.cat([colours, torch.ones_like(weights[:, :1])], dim=1)  # (units, 4, h, w)
    columns = max(1, min(math.ceil(math.sqrt(units)), (side + gap) // (width + gap)))
    scale = max(1, ((side + gap) // columns - gap) // width)
    cells = cells.repeat_interleave(scale, 2).repeat_interleave(scale, 3)
    padded = functional.pad(cells, (0, gap, 0, gap))
    rows = math.ceil(units / columns)
    filled = functional.pad(padded, (0, 0, 0, 0, 0, 0, 0, rows * columns - units))
    sheet = torch.cat([torch.cat(list(row), dim=2) for row in filled.split(columns)], dim=1)
    return sheet[:, :-gap, :-gap] if gap else sheet


def pack(model: nn.Module) -> dict[str, np.ndarray]:
    """All weights and running averages by name, copied, as arrays that may travel."""
    return {name: value.detach().clone().cpu().numpy() for name, value in model.state_dict().items()}


def unpack(
    lane: Lane, shape: Shape, classes: int, weights: Mapping[str, np.ndarray], device: torch.device
) -> nn.Sequential:
    """The lane's network with weights from `pack`, in evaluation mode on `device`.

    Raises RuntimeError where the weights are another network's.
    """
    model = build(lane, shape, classes, seed=None)
    model.load_state_dict({name: torch.from_numpy(np.array(value)) for name, value in weights.items()})
    return model.to(device).eval().requires_grad_(requires_grad=False)
