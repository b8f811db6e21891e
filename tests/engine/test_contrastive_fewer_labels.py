"""Training on a share of the labels: who is labelled, and that both arms differ in nothing but their weights."""

import copy

import pytest
import torch

from engine import data
from engine.contrastive import fewer_labels
from engine.contrastive.fewer_labels import accuracy, labelled
from engine.contrastive.model import build
from engine.models import Encoder, Head

CPU, META = torch.device("cpu"), torch.device("meta")


def net(seed=0, device=CPU):
    return build(Encoder(depth=2, width=8), Head(outputs=8), 1, seed, device)


@pytest.mark.parametrize(("share", "each"), [(0.01, 1), (0.1, 10), (1.0, 100)])
def test_as_many_pictures_of_every_class(share, each):
    labels = torch.arange(4).repeat(100)[torch.randperm(400, generator=torch.Generator().manual_seed(1))]
    chosen = labelled(labels, share)
    assert torch.bincount(labels[chosen]).tolist() == [each] * 4
    assert len(set(chosen.tolist())) == 4 * each
    assert torch.equal(chosen, labelled(labels, share))
    assert share == 1.0 or not torch.equal(chosen, labelled(labels, share, seed=1))


def test_a_network_learns_from_few_labels_and_the_same_again_with_the_same_seed():
    train, test = data.load("digits", "train", 400), data.load("digits", "test", 200)
    found = [accuracy(net(), train, test, 0.2, updates=10) for _ in range(2)]
    assert found[0] == found[1]
    assert accuracy(net(), train, test, 0.5, updates=150) > 0.25  # guessing gets 0.1


def test_both_arms_see_the_same_batches(monkeypatch):
    seen = []
    right = fewer_labels.augment
    monkeypatch.setattr(
        fewer_labels, "augment", lambda *given: seen.append(right(*given)) or seen[-1].clone()
    )
    train, test = data.load("digits", "train", 100), data.load("digits", "test", 50)
    for seed in (0, 7):
        accuracy(net(seed), train, test, 0.5, updates=2)
    assert torch.equal(seen[0], seen[2])
    assert torch.equal(seen[1], seen[3])
    assert not torch.equal(seen[0], seen[1])


def test_the_whole_network_is_trained():
    train, test = data.load("digits", "train", 100), data.load("digits", "test", 50)
    model = net()
    before = copy.deepcopy(model.encoder.state_dict())
    accuracy(model, train, test, 0.5, updates=2)
    assert all(
        not torch.equal(before[name], value)
        for name, value in model.encoder.named_parameters()
        if value.ndim > 1
    )
