"""The losses of the course's three notebooks, as they are written. `engine.contrastive.homework` races them."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

TEMPERATURE, MARGIN = 0.1, 1.0  # the notebooks'


def itself(z: Tensor, temperature: float = TEMPERATURE) -> Tensor:
    """Notebook 1 and 3: cross-entropy of the batch's own similarity matrix (N, N) with labels 0, 1, 2, ..., N - 1.

    Each row is asked to be most similar to itself, which it always is. Least value: all other rows opposite.
    """
    unit = functional.normalize(z.float(), dim=1)
    logits = unit @ unit.T / temperature
    return functional.cross_entropy(logits, torch.arange(len(z), device=z.device))


def margin_loss(same: Tensor, output: Tensor, margin: float = MARGIN) -> Tensor:
    """Notebook 2: mean of same * output^2 + (1 - same) * max(margin - output, 0)^2 (Hadsell et al. 2006).

    `same` is 1 where both pictures are of one class, `output` what stands for their distance, (P,) each.
    """
    same = same.float()
    return (same * output.square() + (1 - same) * (margin - output).clamp_min(0).square()).mean()


def distances(h: Tensor) -> Tensor:
    """Euclidean distances of rows 0 and 1, 2 and 3, ...: (2P, d) -> (P,)."""
    first, second = h.float().unflatten(0, (-1, 2)).unbind(1)
    return (first - second).square().sum(1).clamp_min(1e-12).sqrt()


def pair_up(labels: Tensor, generator: torch.Generator | None = None) -> tuple[Tensor, Tensor]:
    """Pairs among (N,) labels as the notebook makes them: for each picture one of its class and one of another.

    Indices (4N,), two by two a pair, and `same` (2N,): 1, 0, 1, 0, ... A picture alone in its class is its own pair.
    """
    alike = labels.unsqueeze(0) == labels.unsqueeze(1)  # (N, N)
    drawn = torch.rand(alike.shape, generator=generator).to(labels.device)
    partner = torch.where(alike, drawn, -1.0).argmax(1)
    stranger = torch.where(alike, -1.0, drawn).argmax(1)
    own = torch.arange(len(labels), device=labels.device)
    indices = torch.stack([own, partner, own, stranger], 1).flatten()
    same = torch.tensor([1, 0], device=labels.device).repeat(len(labels))
    return indices, same
