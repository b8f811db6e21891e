"""Every term of NT-Xent on its own: similarities, softmax rows, losses, and how hard each pair is pulled or pushed.

With s_ij the cosine similarities of the 2N stacked rows, p_ij the softmax of row i over everybody else at
temperature t, and j = positive(i) the other view of i's picture:

    loss_i        = -log p_ij                         loss = mean of loss_i
    d loss / d s_ij = (p_ij - [j = positive(i)]) / (2 N t)

A pair of rows appears twice, as (i, j) and (j, i); `force` adds the two. Negative: the loss falls when the two come
closer, a pull. Positive: a push. Tested against autograd and against `nt_xent`.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from engine.contrastive.nt_xent import check_pairs, unit_rows


@dataclass(frozen=True, eq=False)
class Terms:
    """The loss taken apart; rows 0 to N - 1 are the first views, N to 2N - 1 the second.

    Attributes:
        unit: (2N, d), projections of length 1.
        similarity: (2N, 2N), cosines in [-1, 1].
        probability: (2N, 2N), softmax rows; 0 on the diagonal.
        losses: (2N,), -log of the probability of the positive.
        force: (2N, 2N), symmetric, d loss / d similarity of the pair; 0 on the diagonal.
    """

    unit: Tensor
    similarity: Tensor
    probability: Tensor
    losses: Tensor
    force: Tensor

    @property
    def loss(self) -> Tensor:
        """NT-Xent, a scalar."""
        return self.losses.mean()


def positives(pairs: int, device: torch.device | None = None) -> Tensor:
    """For each of the 2N stacked rows the row of the same picture's other view, (2N,) int64."""
    return torch.arange(2 * pairs, device=device).roll(pairs)


def terms(z_a: Tensor, z_b: Tensor, temperature: float = 0.5) -> Terms:
    """Take NT-Xent of N pairs (N, d) apart. Errors as `nt_xent`."""
    check_pairs(z_a, z_b, temperature)
    unit = unit_rows(z_a, z_b)  # (2N, d)
    similarity = unit @ unit.T
    logits = similarity / temperature
    logits.fill_diagonal_(-torch.inf)
    log_probability = logits.log_softmax(1)
    partner = positives(len(z_a), unit.device).unsqueeze(1)  # (2N, 1)
    losses = -log_probability.gather(1, partner).squeeze(1)
    probability = log_probability.exp()
    wanted = torch.zeros_like(probability).scatter_(1, partner, 1.0)
    one_way = (probability - wanted) / (len(unit) * temperature)
    return Terms(unit, similarity, probability, losses, one_way + one_way.T)


def pull_and_push(found: Terms) -> tuple[Tensor, Tensor]:
    """What a step down the loss does to each unit row: by its positive, and by all negatives, (2N, d) each.

    Minus the gradient with respect to the row, along the sphere only; their sum is the whole step.
    """
    partner = positives(len(found.unit) // 2, found.unit.device).unsqueeze(1)
    attracting = torch.zeros_like(found.force).scatter_(1, partner, found.force.gather(1, partner))
    pull = _tangent(-attracting @ found.unit, found.unit)
    return pull, _tangent((attracting - found.force) @ found.unit, found.unit)


def _tangent(vectors: Tensor, at: Tensor) -> Tensor:
    """The part of each vector that is perpendicular to the unit row it starts from."""
    return vectors - (vectors * at).sum(1, keepdim=True) * at
