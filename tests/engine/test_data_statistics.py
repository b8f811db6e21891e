"""Counts piece by piece against NumPy on the whole array, and against scikit-learn."""

import numpy as np
import pytest
import torch
from sklearn.neighbors import NearestCentroid

from engine import data
from engine.data import statistics
from engine.data.dataset import Factor

SETS = ("digits", "faces", "photo-crops")


@pytest.mark.parametrize("name", SETS)
def test_counts_means_and_deviations_are_numpys(name, monkeypatch):
    monkeypatch.setattr(statistics, "PIECE", 77)
    dataset = data.load(name, limit=500)
    found = statistics.statistics(dataset)
    values, labels = dataset.images.numpy() / 255, dataset.labels.numpy()
    np.testing.assert_allclose(found.mean, values.mean((0, 2, 3)), atol=1e-9)
    np.testing.assert_allclose(found.std, values.std((0, 2, 3)), atol=1e-9)
    assert found.counts.tolist() == np.bincount(labels, minlength=len(dataset.classes)).tolist()
    for label in range(len(dataset.classes)):
        np.testing.assert_allclose(found.means[label], values[labels == label].mean(0), atol=1e-6)
    for channel, counts in enumerate(found.histogram):
        expected = np.bincount(dataset.images[:, channel].numpy().ravel(), minlength=256)
        assert counts.tolist() == expected.tolist()
    assert found.largest_share == pytest.approx(np.bincount(labels).max() / len(labels))


def test_the_nearest_mean_is_scikit_learns_nearest_centroid():
    train, test = data.load("digits"), data.load("digits", "test")
    theirs = NearestCentroid().fit(train.images.flatten(1).numpy() / 255, train.labels.numpy())
    expected = theirs.score(test.images.flatten(1).numpy() / 255, test.labels.numpy())
    means = statistics.statistics(train).means
    assert statistics.nearest_mean_accuracy(means, test) == pytest.approx(expected)
    assert expected > 0.85


def test_bars_of_factors():
    names, counts = statistics.factor_counts(
        Factor("kind", "categorical", torch.tensor([0, 2, 2]), ("a", "b", "c"), 0, 2)
    )
    assert (names, counts.tolist()) == (("a", "b", "c"), [1, 0, 2])
    values = torch.tensor([0.0, 0.1, 0.49, 0.5, 1.0])
    names, counts = statistics.factor_counts(Factor("size", "continuous", values), bins=4)
    assert counts.tolist() == [2, 1, 1, 1]
    assert names[0] == "0.00 to 0.25"
    hue = Factor("hue", "circular", torch.tensor([10.0, 359.0]), (), 0, 360, "°")
    assert statistics.factor_counts(hue, bins=12)[0][-1] == "330 to 360°"


def test_what_follows_from_the_counts_is_computed_where_they_are():
    found = statistics.Statistics(
        torch.ones(3, device="meta"), torch.ones(1, 256, device="meta"), torch.ones(3, 1, 8, 8, device="meta")
    )
    assert found.mean.is_meta
    assert found.std.shape == (1,)
