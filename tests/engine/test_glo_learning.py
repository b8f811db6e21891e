"""A step of GLO and of its autoencoder, against the same step written out with torch's own parts."""

import pytest
import torch

from engine import models
from engine.glo.codes import BETAS, EPSILON, project, start
from engine.glo.learning import (
    CodeSettings,
    Loss,
    autoencoder_learner,
    glo_learner,
    rate_factor,
)
from engine.models import Generator
from engine.models.generator import set_brightness
from engine.training import Optimisation

SMALL = Generator(latent=6, width=4)
PLAIN = Optimisation(optimiser="sgd", learning_rate=0.1, weight_decay=0.0, schedule="constant")


@pytest.fixture(autouse=True)
def _full_precision(monkeypatch):
    monkeypatch.setenv("EXPLORER_AUTOCAST", "off")


def pictures(count=12, side=12):
    return torch.randint(
        0, 256, (count, 1, side, side), generator=torch.Generator().manual_seed(0), dtype=torch.uint8
    )


def batch(images, *rows):
    chosen = torch.tensor(rows)
    return chosen, images[chosen].float() / 255


def learner(images, *, optimisation=PLAIN, loss=None, seed=1, **codes):
    return glo_learner(SMALL, optimisation, images, loss or Loss(), CodeSettings(**codes), seed=seed)


def test_a_step_is_the_literal_step():
    images = pictures()
    made, step = learner(images, rate=0.05)
    network = models.generator(SMALL, (1, 12, 12))
    models.initialise(network, torch.Generator().manual_seed(1))
    set_brightness(network, images.float() / 255)
    codes = project(start(images.float() / 255, 6, generator=torch.Generator().manual_seed(1)))
    torch.testing.assert_close(step.model.codes.values, codes)
    rows, targets = batch(images, 3, 7, 0)
    alone = [codes[row].clone().requires_grad_() for row in rows]
    movers = [torch.optim.Adam([code], lr=0.05, betas=BETAS, eps=EPSILON) for code in alone]
    weights = torch.optim.SGD(network.parameters(), lr=0.1)
    for _ in range(3):
        made.step((rows, targets), done=0, total=1)
        weights.zero_grad()
        each = (network(torch.stack(alone)) - targets).square().mean((1, 2, 3))
        for code, gradient in zip(
            alone, torch.autograd.grad(each.sum(), alone, retain_graph=True), strict=True
        ):
            code.grad = gradient
        each.mean().backward(inputs=list(network.parameters()))
        weights.step()
        for code, mover in zip(alone, movers, strict=True):
            mover.step()
            with torch.no_grad():
                code.copy_(project(code))
    torch.testing.assert_close(
        step.model.codes.values[rows], torch.stack(alone).detach(), atol=1e-5, rtol=1e-4
    )
    for mine, other in zip(step.model.generator.parameters(), network.parameters(), strict=True):
        torch.testing.assert_close(mine, other, atol=1e-5, rtol=1e-4)
    untouched = [row for row in range(12) if row not in rows.tolist()]
    assert torch.equal(step.model.codes.values[untouched], codes[untouched])


def test_what_the_step_saw_is_what_it_used():
    images = pictures()
    made, step = learner(images, rate=0.05)
    before = step.model.codes.values.clone()
    chosen = batch(images, 2, 5)
    made.step(chosen, done=0, total=1)
    sight = step.sight
    assert torch.equal(sight.codes, before[chosen[0]])
    assert torch.equal(sight.moved, step.model.codes.values[chosen[0]])
    assert not torch.equal(sight.moved, sight.codes)
    torch.testing.assert_close(sight.each, (sight.generated - chosen[1]).square().mean((1, 2, 3)))
    assert sight.gradient.shape == (2, 6)
    with pytest.raises(RuntimeError, match="after a forward and a backward pass"):
        step.after(chosen)


def test_codes_do_not_depend_on_who_else_is_in_the_batch():
    images, moved = pictures(), []
    for rows in ((4,), (4, 1, 9)):
        made, step = learner(images, optimisation=PLAIN.change("learning_rate", 0.0), rate=0.05)
        made.step(batch(images, *rows), done=0, total=1)
        moved.append(step.model.codes.values[4].clone())
    torch.testing.assert_close(moved[0], moved[1], atol=1e-6, rtol=1e-4)


def test_frozen_codes_stay_and_the_generator_still_learns():
    images = pictures()
    made, step = learner(images, learn=False)
    codes, weight = step.model.codes.values.clone(), step.model.generator[0].weight.detach().clone()
    made.step(batch(images, 0, 1, 2), done=0, total=1)
    assert torch.equal(step.model.codes.values, codes)
    assert not torch.equal(step.model.generator[0].weight, weight)


def test_the_schedule_holds_for_the_codes_too():
    images = pictures()
    made, _ = learner(images, optimisation=PLAIN.change("schedule", "linear"))
    made.step(batch(images, 0, 1), done=25, total=100)
    assert rate_factor(made) == pytest.approx(0.75)
    assert rate_factor(learner(images, optimisation=PLAIN.change("learning_rate", 0.0))[0]) == 1


@pytest.mark.parametrize("name", ["l1", "laplacian", "mixed"])
def test_every_loss_trains(name):
    images = pictures(side=16)
    fast = Optimisation(learning_rate=0.01, schedule="constant", weight_decay=0.0)
    made, step = learner(images, optimisation=fast, loss=Loss(name=name, levels=2), rate=0.05)
    losses = []
    for _ in range(25):
        made.step(batch(images, *range(12)), done=0, total=1)
        losses.append(step.sight.each.mean().item())
    assert losses[-1] < 0.97 * losses[0]


def test_the_autoencoder_starts_with_the_same_decoder_and_learns():
    images = pictures()
    fast = Optimisation(learning_rate=0.01, schedule="constant", weight_decay=0.0)
    rival = autoencoder_learner(SMALL, fast, images, Loss(), projection="ball", seed=1)
    for mine, other in zip(
        rival.model.generator.parameters(), learner(images)[1].model.generator.parameters(), strict=True
    ):
        assert torch.equal(mine, other)
    chosen = batch(images, *range(12))
    assert (rival.model.encode(chosen[1]).norm(dim=1) <= 1 + 1e-6).all()
    rival.step(chosen, done=0, total=1)
    first = rival.read()["loss"]
    for _ in range(40):
        rival.step(chosen, done=0, total=1)
    assert rival.read()["loss"] < first


def test_equal_seeds_give_equal_pictures():
    images, found = pictures(), []
    for seed in (1, 1, 2):
        made, step = learner(images, seed=seed, start="sphere")
        for turn in range(4):
            made.step(batch(images, turn, turn + 4, turn + 8), done=0, total=1)
        found.append(step.model.generator(step.model.codes.values).detach())
    assert torch.equal(found[0], found[1])
    assert not torch.equal(found[0], found[2])
