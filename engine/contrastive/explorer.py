"""A few pictures through the whole of SimCLR, everything kept: two views, h, z. What the loss explorer draws.

Views stand as in `terms`: first all first views, then all second ones.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from engine import data
from engine.augment import augment
from engine.contrastive.experiment import Settings
from engine.contrastive.model import SimCLR, build, calibrate
from engine.contrastive.views import Views, operators
from engine.data import Dataset
from engine.training import Precision

SEEN = 256  # pictures batch norm takes its averages from, the last of the test split: half as much to load


@dataclass(frozen=True, eq=False)
class Explored:
    """N pictures.

    Attributes:
        views: (2N, C, H, W) float32 in [0, 1].
        h: (2N, features).
        z: (2N, outputs).
    """

    views: Tensor
    h: Tensor
    z: Tensor


def untrained(name: str, seed: int = 0) -> SimCLR:
    """The default network for a data set with random weights, in evaluation mode; batch norm has seen 256 pictures."""
    settings, device = Settings(), torch.device("cpu")
    model = build(settings.encoder, settings.head, data.card(name).shape[0], seed, device)
    calibrate(model, data.load(name, "test").images[-SEEN:], Precision(device, None, False))
    return model.eval().requires_grad_(False)


def pick(dataset: Dataset, count: int, start: int = 0) -> list[int]:
    """Places of `count` pictures from `start` on, of different classes as long as there are any left, in order."""
    chosen: list[int] = []
    waiting = list(range(start, min(len(dataset), start + 40 * count)))
    labels = dataset.labels.tolist()
    while waiting and len(chosen) < count:
        seen: set[int] = set()
        for place in list(waiting):
            if labels[place] not in seen and len(chosen) < count:
                seen.add(labels[place])
                chosen.append(place)
                waiting.remove(place)
    return sorted(chosen)


@torch.no_grad()
def explore(model: SimCLR, images: Tensor, views: Views, generator: torch.Generator) -> Explored:
    """Two views of each picture uint8 (N, C, H, W), in evaluation mode and full precision."""
    pictures = images.float() / 255
    family = operators(views)
    both = torch.cat([augment(pictures, family, generator) for _ in range(2)])
    training = model.training
    model.eval()
    h = model.encode(both)
    z = model.head(h)
    model.train(training)
    return Explored(both, h, z)
