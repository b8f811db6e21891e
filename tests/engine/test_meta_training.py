"""A full training step of every network with every optimiser runs on the `meta` device."""

from __future__ import annotations

import pytest
import torch

from engine import models
from engine.training import Learner, Optimisation, augmenting, optimisers, supervised
from engine.training.supervised import Changes, Pictures

META = torch.device("meta")
SHAPE = (3, 32, 32)


def classify(model, batch):
    return supervised.cross_entropy(
        model, batch, smoothing=0.1, precision=supervised.Precision(META, None, False)
    )


def contrast(model, batch):
    vectors = model(batch[0])
    return (vectors @ vectors.T).logsumexp(1).mean(), {}


def reconstruct(model, batch):
    codes = torch.zeros(len(batch[0]), 16, device=META)
    return (model(codes) - batch[0]).square().mean(), {}


def build(name):
    with META:
        if name == "mlp":
            return models.mlp(models.MLP(batch_norm=True, dropout=0.1), SHAPE, 10), classify
        if name == "cnn":
            return models.cnn(models.CNN(), SHAPE, 10), classify
        if name == "resnet":
            return models.resnet(models.ResNet(), SHAPE, 10), classify
        if name == "encoder and head":
            plan = models.Encoder()
            head = models.projection_head(models.Head(), models.encoder_features(plan))
            return torch.nn.Sequential(models.encoder(plan, 3), head), contrast
        return models.generator(models.Generator(latent=16), (3, 32, 32)), reconstruct


@pytest.mark.parametrize("optimiser", optimisers.NAMES)
@pytest.mark.parametrize("name", ["mlp", "cnn", "resnet", "encoder and head", "generator"])
def test_a_full_step_runs_on_meta(name, optimiser):
    model, compute = build(name)
    models.initialise(model, None)
    pictures = Pictures(
        torch.zeros(20, *SHAPE, dtype=torch.uint8), torch.zeros(20, dtype=torch.long), 10, META
    )
    batch = pictures.batch(torch.arange(8, device=META), None, Changes())
    assert batch[0].shape == (8, *SHAPE)
    learner = Learner(model, compute, Optimisation(optimiser, clip=1.0), device=META)
    learner.step(batch, done=4, total=20)
    assert all(weight.is_meta and weight.grad.is_meta for weight in model.parameters())
    held = [state for state in learner.optimiser.state.values() if state]
    assert len(held) == (0 if optimiser == "sgd" else sum(1 for _ in model.parameters()))


def test_augmentation_keeps_shape_and_type_on_meta():
    images = torch.zeros(4, 3, 8, 9, dtype=torch.uint8, device=META)
    for changed in (augmenting.shift(images, 2, None), augmenting.flip(images, None)):
        assert (changed.shape, changed.dtype, changed.is_meta) == (images.shape, torch.uint8, True)
