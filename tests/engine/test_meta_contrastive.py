"""Contrastive learning on the `meta` device: same shapes and types as on the processor, nothing moved by itself."""

import pytest
import torch

from engine import data
from engine.contrastive import (
    alignment,
    attraction,
    effective_rank,
    nt_xent,
    pull_and_push,
    spread,
    terms,
    uniformity,
)
from engine.contrastive.experiment import Run, Settings
from engine.contrastive.views import Views
from engine.models import Encoder, Head
from engine.training import Optimisation, Plan

META = torch.device("meta")


def views(device):
    return torch.ones(6, 16, device=device), torch.ones(6, 16, device=device)


OPERATIONS = {
    "nt_xent": lambda device: nt_xent(*views(device)),
    "attraction": lambda device: attraction(*views(device)),
    "force": lambda device: terms(*views(device)).force,
    "pull and push": lambda device: torch.stack(pull_and_push(terms(*views(device)))),
    "alignment": lambda device: alignment(*views(device)),
    "uniformity": lambda device: uniformity(views(device)[0]),
    "effective rank": lambda device: effective_rank(views(device)[0]),
    "spread": lambda device: spread(views(device)[0]),
}


@pytest.mark.parametrize("name", OPERATIONS)
def test_it_runs_on_meta(name):
    found, expected = OPERATIONS[name](META), OPERATIONS[name](torch.device("cpu"))
    assert found.is_meta
    assert (found.shape, found.dtype) == (expected.shape, expected.dtype)


def test_the_gradient_runs_on_meta():
    leaf = torch.ones(6, 16, device=META, requires_grad=True)
    nt_xent(leaf, leaf).backward()
    assert leaf.grad.is_meta


@pytest.mark.parametrize("negatives", [True, False])
@pytest.mark.parametrize("kind", ["conv", "resnet"])
@pytest.mark.parametrize("optimiser", ["adamw", "lars", "momentum"])
def test_a_whole_step_of_simclr_runs_on_meta(kind, negatives, optimiser):
    settings = Settings(
        encoder=Encoder(kind=kind, depth=8, width=8),
        head=Head(kind="linear" if negatives else "nonlinear"),
        views=Views(blur=0.5, noise=0.1, cutout=0.3, rotate=0.5, sobel=0.1),
        negatives=negatives,
        training=Optimisation(optimiser=optimiser, warm_up=1.0),
        plan=Plan(batch_size=8),
    )
    train, test = data.load("digits", "train", 32), data.load("digits", "test")
    session = Run(settings, train, test, META, lambda *_: None)
    session.loop.batch()
    assert all(parameter.is_meta and parameter.grad.is_meta for parameter in session.model.parameters())
    assert session.loop.examples == 8
