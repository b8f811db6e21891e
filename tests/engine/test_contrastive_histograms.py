"""Similarities of pairs against loops over them."""

import pytest
import torch

from engine.contrastive.histograms import mean_similarities, similarity_histograms


def pairs(count=9, width=5):
    return torch.randn(2, count, width, generator=torch.Generator().manual_seed(0)).unbind(0)


def cosines(z_a, z_b):
    rows = [(index, row / row.norm()) for z in (z_a, z_b) for index, row in enumerate(z)]
    table = [
        (i == j, float(a @ b)) for n, (i, a) in enumerate(rows) for m, (j, b) in enumerate(rows) if n < m
    ]
    return [cosine for same, cosine in table if same], [cosine for same, cosine in table if not same]


def test_means_need_no_table_and_are_right():
    positive, negative = cosines(*pairs())
    found = mean_similarities(*pairs())
    assert found[0].item() == pytest.approx(sum(positive) / len(positive), abs=1e-5)
    assert found[1].item() == pytest.approx(sum(negative) / len(negative), abs=1e-5)


def test_histograms_count_every_pair_once():
    positive, negative = similarity_histograms(*pairs(), bins=8)
    for found, expected in zip((positive, negative), cosines(*pairs()), strict=True):
        counts = torch.histc(torch.tensor(expected), 8, -1, 1)
        torch.testing.assert_close(found, counts / counts.sum(), atol=1e-6, rtol=0)


def test_ends_belong_to_the_outermost_bins():
    z = torch.tensor([[1.0, 0.0], [-1.0, 0.0]])
    positive, negative = similarity_histograms(z, z, bins=4)
    assert positive.tolist() == [0, 0, 0, 1]
    assert negative.tolist() == [1, 0, 0, 0]
