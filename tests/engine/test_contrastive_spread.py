"""Alignment, uniformity, rank and spread against loops and closed forms."""

import math

import numpy as np
import pytest
import torch
from torch.nn import functional

from engine.contrastive.spread import alignment, effective_rank, spread, uniformity


def vectors(count=40, width=6, seed=0):
    return torch.randn(count, width, generator=torch.Generator().manual_seed(seed))


def test_alignment_is_the_mean_over_pairs():
    a, b = vectors(), vectors(seed=1)
    loop = [float(((x / x.norm()) - (y / y.norm())).norm() ** 2) for x, y in zip(a, b, strict=True)]
    assert alignment(a, b).item() == pytest.approx(sum(loop) / len(loop), abs=1e-5)
    assert alignment(a, 5 * a).item() == pytest.approx(0, abs=1e-6)
    assert alignment(a, -a).item() == pytest.approx(4, abs=1e-5)


def test_uniformity_is_the_log_of_the_mean_over_pairs():
    rows = functional.normalize(vectors(12), dim=1).double()
    loop = [
        math.exp(-2 * float((x - y).norm() ** 2))
        for i, x in enumerate(rows)
        for j, y in enumerate(rows)
        if i != j
    ]
    assert uniformity(rows).item() == pytest.approx(math.log(sum(loop) / len(loop)), abs=1e-5)


def test_uniformity_of_one_point_a_pair_and_a_high_sphere():
    assert uniformity(torch.ones(30, 5)).item() == pytest.approx(0, abs=1e-5)
    assert uniformity(torch.tensor([[1.0, 0.0], [-1.0, 0.0]])).item() == pytest.approx(-8, abs=1e-5)
    assert uniformity(vectors(2000, 512)).item() == pytest.approx(-4, abs=0.05)  # distances all near sqrt(2)


def test_effective_rank_is_the_entropy_of_numpys_singular_values():
    found = vectors(50, 8) @ torch.diag(torch.tensor([9.0, 5, 3, 1, 0.5, 0.1, 0.01, 0]))
    values = np.linalg.svd(found.double().numpy(), compute_uv=False)
    share = values[values > 1e-9] / values.sum()
    assert effective_rank(found).item() == pytest.approx(math.exp(-(share * np.log(share)).sum()), rel=1e-4)


@pytest.mark.parametrize("rank", [1, 2, 7])
def test_effective_rank_counts_equal_directions(rank):
    basis = torch.linalg.qr(vectors(10, 10))[0]
    assert effective_rank(basis[:, :rank] @ basis[:rank]).item() == pytest.approx(rank, rel=1e-4)
    assert effective_rank(torch.ones(20, 10)).item() == pytest.approx(1, abs=1e-3)
    assert torch.isfinite(effective_rank(torch.zeros(20, 10)))


def test_spread_is_0_at_a_point_and_1_on_the_sphere():
    assert spread(torch.ones(30, 5)).item() == pytest.approx(0, abs=1e-6)
    assert spread(vectors(5000, 64)).item() == pytest.approx(1, abs=0.02)
