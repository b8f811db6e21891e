"""A real training in miniature: two classes of 8 x 8 pictures, a plain network, all knobs of the loop."""

from __future__ import annotations

from dataclasses import dataclass

import torch

from engine import models
from engine.settings import SettingsBase
from engine.training import Learner, Loop, Optimisation, Plan, supervised
from engine.training.supervised import Changes, Pictures

PLAN = Plan(epochs=3, batch_size=16)
OPTIMISATION = Optimisation(learning_rate=0.01)
CHANGES = Changes()
NET = models.MLP(widths=(8,), dropout=0.1)


@dataclass(frozen=True)
class Settings(SettingsBase):
    plan: Plan = PLAN
    optimisation: Optimisation = OPTIMISATION
    changes: Changes = CHANGES
    net: models.MLP = NET


def run(settings, device, progress, control):
    generator = torch.Generator().manual_seed(1)
    images = torch.randint(0, 256, (128, 1, 8, 8), generator=generator, dtype=torch.uint8)
    data = Pictures(images, (images[:, 0, 0, 0] > 127).long(), 2, device)
    model = models.mlp(settings.net, data.shape, 2)
    models.initialise(model, torch.Generator().manual_seed(settings.plan.seed))

    def compute(model, batch):
        return supervised.cross_entropy(model, batch, precision=learner.precision)

    def test(_name, learner, _full):
        right = supervised.predict(learner.model, data, learner.precision).argmax(1) == data.labels
        return {"accuracy": right.float().mean().item()}

    def turn(settings):
        learner.settings = settings.optimisation

    learner = Learner(model, compute, settings.optimisation, device=device)
    loop = Loop(
        settings,
        {"": learner},
        len(data),
        lambda indices, generator: data.batch(indices, generator, loop.settings.changes),
        device=device,
        plan=lambda settings: settings.plan,
        turn=turn,
        test=test,
    )
    loop.run(control, progress)
    return {"weights": learner.model[1].weight.detach().float().cpu().numpy()}
