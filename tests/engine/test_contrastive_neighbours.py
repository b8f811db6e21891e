"""Nearest-neighbour votes against scikit-learn and by hand."""

import numpy as np
import pytest
import torch
from sklearn.neighbors import KNeighborsClassifier

from engine.contrastive import neighbours
from engine.contrastive.neighbours import knn_accuracy, nearest, predict


def sets(count=300, asked=120, width=8, classes=5, seed=0):
    generator = torch.Generator().manual_seed(seed)
    centres = torch.randn(classes, width, generator=generator)
    labels = torch.randint(classes, (count + asked,), generator=generator)
    points = centres[labels] + 1.2 * torch.randn(count + asked, width, generator=generator)
    return points[:count], labels[:count], points[count:], labels[count:]


@pytest.mark.parametrize("k", [1, 5, 20])
def test_weighted_votes_are_scikit_learns(k):
    train, labels, test, test_labels = sets()
    other = KNeighborsClassifier(k, metric="cosine", weights=lambda away: np.exp((1 - away) / 0.07))
    other.fit(train.numpy(), labels.numpy())
    expected = torch.from_numpy(other.predict(test.numpy()))
    assert (predict(train, labels, test, k=k) == expected).all()
    share = (expected == test_labels).float().mean()
    assert knn_accuracy(train, labels, test, test_labels, k=k).item() == pytest.approx(share.item())


def test_equal_votes_are_scikit_learns_with_an_odd_vote_of_two_classes():
    train, labels, test, _ = sets(classes=2)
    other = KNeighborsClassifier(21, metric="cosine").fit(train.numpy(), labels.numpy())
    expected = torch.from_numpy(other.predict(test.numpy()))
    assert (predict(train, labels, test, k=21, votes="equal") == expected).all()


def test_chunks_change_nothing(monkeypatch):
    train, _, test, _ = sets()
    whole = nearest(train, test)
    monkeypatch.setattr(neighbours, "CHUNK", 7)
    for one, other in zip(whole, nearest(train, test), strict=True):
        torch.testing.assert_close(one, other)


def test_no_more_neighbours_than_there_are():
    train, labels, test, test_labels = sets(count=3)
    similarity, index = nearest(train, test, 20)
    assert similarity.shape == index.shape == (120, 3)
    assert 0 <= knn_accuracy(train, labels, test, test_labels).item() <= 1


def test_length_does_not_count():
    train, labels, test, _ = sets()
    stretched = train * torch.rand(len(train), 1, generator=torch.Generator().manual_seed(1)).add(0.1)
    assert (predict(train, labels, test) == predict(stretched, labels, 9 * test)).all()


def test_widths_that_differ_are_refused():
    with pytest.raises(ValueError, match=r"one width, not \(3, 4\) and \(2, 5\)"):
        nearest(torch.zeros(3, 4), torch.zeros(2, 5))
    with pytest.raises(ValueError, match="one width"):
        nearest(torch.zeros(0, 4), torch.zeros(2, 4))
