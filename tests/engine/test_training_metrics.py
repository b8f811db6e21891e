"""Metrics equal scikit-learn's, empty classes included."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as some
from sklearn.calibration import calibration_curve
from sklearn.metrics import accuracy_score, confusion_matrix, precision_recall_fscore_support

from engine.training import metrics


@settings(max_examples=60, deadline=None)
@given(some.integers(1, 6), some.lists(some.tuples(some.integers(0, 5), some.integers(0, 5)), max_size=40))
def test_confusion_precision_recall_and_f1(classes, pairs):
    actual = torch.tensor([a % classes for a, _ in pairs], dtype=torch.long)
    predicted = torch.tensor([p % classes for _, p in pairs], dtype=torch.long)
    matrix = metrics.confusion(actual, predicted, classes)
    names = list(range(classes))
    if pairs:
        assert np.array_equal(matrix.numpy(), confusion_matrix(actual, predicted, labels=names))
        found = metrics.scores(matrix)
        theirs = precision_recall_fscore_support(actual, predicted, labels=names, zero_division=0)
        for ours, expected in zip(
            (found.precision, found.recall, found.f1, found.support), theirs, strict=True
        ):
            assert ours.tolist() == pytest.approx(list(expected))
        assert found.accuracy == pytest.approx(accuracy_score(actual, predicted))
    else:
        assert metrics.scores(matrix).accuracy == 0.0


@pytest.mark.parametrize("bins", [1, 5, 10, 15])
def test_reliability_is_scikit_learns_calibration_curve(bins):
    generator = torch.Generator().manual_seed(bins)
    probabilities = torch.randn(500, 4, generator=generator).mul(2).softmax(1).double()
    actual = torch.multinomial(probabilities, 1, generator=generator)[:, 0]
    found = metrics.reliability(probabilities, actual, bins)
    confidence, predicted = probabilities.max(1)
    right = (predicted == actual).numpy()
    share, mean = calibration_curve(right, confidence.numpy(), n_bins=bins, strategy="uniform")
    filled = found.count > 0
    assert found.accuracy[filled].tolist() == pytest.approx(list(share))
    assert found.confidence[filled].tolist() == pytest.approx(list(mean))
    assert found.count.sum() == 500
    gaps = sum(
        count * abs(a - c)
        for count, a, c in zip(
            found.count.tolist(), found.accuracy.tolist(), found.confidence.tolist(), strict=True
        )
    )
    assert found.error == pytest.approx(gaps / 500)


def test_certainty_goes_into_the_last_bin_and_edges_down():
    probabilities = torch.tensor([[1.0, 0.0], [0.5, 0.5], [0.75, 0.25]], dtype=torch.float64)
    found = metrics.reliability(probabilities, torch.tensor([0, 0, 1]), 4)
    assert found.count.tolist() == [0, 1, 1, 1]
    assert found.accuracy.tolist() == [0, 1, 0, 1]
