"""Both arms train the same network from the same weights, and both learn."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from benchmarks import training
from engine.training import Optimisation, Plan
from engine.training.supervised import Changes, Pictures


@pytest.fixture
def pictures():
    """Dark ones and bright ones."""
    labels = torch.arange(320) % 2
    noise = torch.randint(0, 20, (320, 3, 32, 32), generator=torch.Generator().manual_seed(0))
    return Pictures((labels[:, None, None, None] * 200 + noise).to(torch.uint8), labels, 10, training.CPU)


def test_both_arms_start_from_the_same_network_and_learn(pictures, monkeypatch):
    started = []

    def network(name, seed=0):
        model = training.models.mlp(training.models.MLP(widths=(32,)), (3, 32, 32), 10)
        training.models.initialise(model, torch.Generator().manual_seed(seed))
        started.append([weight.clone() for weight in model.parameters()])
        return model

    monkeypatch.setattr(training, "network", network)
    monkeypatch.setattr(training.machine, "cores", lambda: 0)
    ours = training.ours(
        "plain", pictures, pictures, Plan(epochs=10, batch_size=32), Optimisation(), Changes()
    )
    theirs = training.textbook("plain", pictures, pictures, limit=20)
    assert all(torch.equal(a, b) for a, b in zip(*started, strict=True))
    for found in (ours, theirs):
        assert found["accuracy"] >= training.GOAL
        assert found["seconds_to_goal"] == training.first(found["history"]) is not None
        assert [seconds for seconds, _ in found["history"]] == sorted(
            seconds for seconds, _ in found["history"]
        )


def test_the_textbooks_pictures_are_those_of_the_engine(pictures):
    plain = training.transforms.ToTensor()
    image, label = training.Textbook(pictures, plain)[7]
    assert torch.allclose(image, pictures.images[7] / 255)
    assert label == 1


def test_the_networks_are_the_lectures():
    assert sum(weight.numel() for weight in training.network("plain").parameters()) == 646_260
    assert sum(isinstance(layer, nn.Conv2d) for layer in training.network("cnn")) == 4


def test_the_goal_is_reached_when_it_is_first_reached():
    history = [(1.0, 0.5), (2.0, 0.71), (3.0, 0.69)]
    assert training.first(history) == 2.0
    assert training.first(history[:1]) is None
