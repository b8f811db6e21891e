"""The probes against scikit-learn's."""

import pytest
import torch
from sklearn.linear_model import LogisticRegression, Ridge

from engine.contrastive.linear_probe import (
    logistic,
    logistic_accuracy,
    ridge,
    ridge_accuracy,
    standardisation,
)


def sets(count=400, asked=200, width=10, classes=4, seed=0):
    generator = torch.Generator().manual_seed(seed)
    centres = torch.randn(classes, width, generator=generator)
    labels = torch.randint(classes, (count + asked,), generator=generator)
    points = centres[labels] + torch.randn(count + asked, width, generator=generator)
    points = points * torch.logspace(-2, 2, width) + 5  # features of very different size
    return points[:count], labels[:count], points[count:], labels[count:]


def test_ridge_is_scikit_learns():
    train, labels, test, _ = sets()
    targets = torch.nn.functional.one_hot(labels).float()
    mean, deviation = standardisation(train)
    other = Ridge(alpha=1e-3 * len(train)).fit(((train - mean) / deviation).numpy(), targets.numpy())
    expected = torch.from_numpy(other.predict(((test - mean) / deviation).numpy()))
    torch.testing.assert_close(ridge(train, targets)(test), expected.float(), atol=1e-4, rtol=1e-4)


def test_logistic_is_scikit_learns():
    train, labels, test, test_labels = sets()
    mean, deviation = standardisation(train)
    other = LogisticRegression(C=1 / (1e-3 * len(train)), tol=1e-8, max_iter=1000)
    other.fit(((train - mean) / deviation).numpy(), labels.numpy())
    expected = torch.from_numpy(other.predict_proba(((test - mean) / deviation).numpy())).float()
    torch.testing.assert_close(logistic(train, labels)(test).softmax(1), expected, atol=2e-3, rtol=0)
    right = float((expected.argmax(1) == test_labels).float().mean())
    assert logistic_accuracy(train, labels, test, test_labels).item() == pytest.approx(right, abs=0.006)


def test_both_read_what_is_there_and_nothing_else():
    train, labels, test, test_labels = sets()
    shuffled = labels[torch.randperm(len(labels), generator=torch.Generator().manual_seed(1))]
    for accuracy in (ridge_accuracy, logistic_accuracy):
        assert accuracy(train, labels, test, test_labels).item() > 0.8
        assert accuracy(train, shuffled, test, test_labels).item() < 0.45  # chance is 0.25


def test_features_that_never_change_do_no_harm():
    train, labels, test, test_labels = sets()
    dead = [torch.cat([x, torch.full((len(x), 3), 0.1)], 1) for x in (train, test)]
    for accuracy in (ridge_accuracy, logistic_accuracy):
        plain = accuracy(train, labels, test, test_labels).item()
        assert accuracy(dead[0], labels, dead[1], test_labels).item() == pytest.approx(plain, abs=0.01)
    constant = ridge(torch.ones(50, 4), torch.arange(50.0).unsqueeze(1))
    assert constant(torch.ones(1, 4)).item() == pytest.approx(24.5)


def test_the_logistic_probe_also_fits_where_gradients_are_off():
    train, labels, test, test_labels = sets()
    with torch.no_grad():
        assert logistic_accuracy(train, labels, test, test_labels).item() > 0.8
