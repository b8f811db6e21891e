"""How a representation fills its space: alignment, uniformity, effective rank, spread. What collapse looks like.

Alignment and uniformity: Wang and Isola 2020, https://arxiv.org/abs/2005.10242. NT-Xent pulls both down, and a
representation needs both: all pictures on one point are perfectly aligned. Effective rank: Roy and Vetterli 2007, used
as RankMe by Garrido et al. 2023, https://arxiv.org/abs/2210.02885. Spread: Chen and He 2021 (SimSiam),
https://arxiv.org/abs/2011.10566.
Tested against loops over pairs, NumPy's singular values, and the closed forms of points, simplices and spheres.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

from engine.device import full_precision

UNIFORMITY_T = 2.0  # Wang and Isola's


def alignment(z_a: Tensor, z_b: Tensor) -> Tensor:
    """Mean squared distance of the two views on the unit sphere, (N, d) each: 0 the same place, 4 opposite."""
    first, second = (functional.normalize(z.float(), dim=1) for z in (z_a, z_b))
    return (first - second).square().sum(1).mean()


def uniformity(z: Tensor, t: float = UNIFORMITY_T) -> Tensor:
    """Log of the mean of exp(-t |x - y|^2) over all pairs of different rows of (N, d), N > 1, on the unit sphere.

    0 where all is one point, about -4 (t = 2) where evenly spread over a sphere of many dimensions; less is better.
    """
    unit = functional.normalize(z.float(), dim=1)
    with full_precision(unit.device):
        squared = (2 - 2 * unit @ unit.T).clamp_min_(0)  # (N, N) distances
    squared.fill_diagonal_(torch.inf)
    count = len(z) * (len(z) - 1)
    return (-t * squared).flatten().logsumexp(0) - torch.log(torch.tensor(float(count), device=z.device))


def effective_rank(vectors: Tensor) -> Tensor:
    """How many directions (N, d) vectors use: exp of the entropy of their normalised singular values.

    1 where all point the same way (collapse), min(N, d) where every direction carries as much. Rows are taken as
    they are, not centred, as in RankMe. A matrix of zeros has rank 1.
    """
    with full_precision(vectors.device):
        values = torch.linalg.svdvals(vectors.float())
    share = values / values.sum().clamp_min(torch.finfo(values.dtype).tiny)
    return torch.special.entr(share).sum().exp()


def spread(vectors: Tensor) -> Tensor:
    """Standard deviation of the unit rows, averaged over the d dimensions, times sqrt(d).

    0 where all is one point; 1 where the rows are spread evenly over the sphere.
    """
    unit = functional.normalize(vectors.float(), dim=1)
    return unit.std(0, correction=0).mean() * vectors.shape[1] ** 0.5
