"""The GAN and the experiments around it, against formulas written out."""

import math

import numpy as np
import pytest
import torch

from engine.experiment import FreeRun
from engine.glo import beside, gan, vanishing
from engine.glo.gan import Gan, GanSettings
from engine.jobs.plain import plain
from engine.models import Generator
from engine.training import Plan

CPU = torch.device("cpu")
SMALL = Generator(latent=6, width=4)
SHAPE = (1, 12, 12)


@pytest.fixture(autouse=True)
def _full_precision(monkeypatch):
    monkeypatch.setenv("EXPLORER_AUTOCAST", "off")


def pictures(count=16):
    return torch.rand(count, *SHAPE, generator=torch.Generator().manual_seed(0))


def made(seed=0, **settings):
    return Gan(SMALL, SHAPE, GanSettings(**settings), device=CPU, seed=seed)


def test_the_losses_are_the_papers():
    real, fake = torch.tensor([[2.0], [-1.0]]), torch.tensor([[0.5], [-3.0]])
    d_real, d_fake = real.sigmoid(), fake.sigmoid()
    torch.testing.assert_close(
        gan.discriminator_loss(real, fake), -d_real.log().mean() - (1 - d_fake).log().mean()
    )
    torch.testing.assert_close(gan.generator_loss(fake), -d_fake.log().mean())
    torch.testing.assert_close(gan.saturating_loss(fake), (1 - d_fake).log().mean())
    undecided = torch.zeros(5, 1)
    assert gan.discriminator_loss(undecided, undecided).item() == pytest.approx(math.log(4))


def test_a_sure_discriminator_leaves_the_minimax_loss_no_gradient():
    for logit, minimax, practical in ((-12.0, 6e-6, 1.0), (0.0, 0.5, 0.5)):
        fake = torch.full((1, 1), logit, requires_grad=True)
        (one,) = torch.autograd.grad(gan.saturating_loss(fake), fake)
        (other,) = torch.autograd.grad(gan.generator_loss(fake), fake)
        assert abs(one.item()) == pytest.approx(minimax, rel=0.05)
        assert abs(other.item()) == pytest.approx(practical, rel=0.01)


def test_each_player_moves_only_itself():
    rival = made()
    before = [weight.clone() for weight in rival.generator.parameters()]
    rival.judge(pictures())
    assert all(torch.equal(one, two) for one, two in zip(before, rival.generator.parameters(), strict=True))
    frozen = made(rate_discriminator=0.0)
    judge = [weight.clone() for weight in frozen.discriminator.parameters()]
    maker = [weight.clone() for weight in frozen.generator.parameters()]
    frozen.step(pictures())
    assert all(
        torch.equal(one, two) for one, two in zip(judge, frozen.discriminator.parameters(), strict=True)
    )
    assert not torch.equal(maker[0], next(iter(frozen.generator.parameters())))


def test_a_trained_discriminator_tells_them_apart_and_the_gradient_falls():
    rival = made(rate_discriminator=5e-3)
    loss, real, fake = rival.judge(pictures(64))
    for _ in range(120):
        loss, real, fake = rival.judge(pictures(64))
    assert loss < 0.3
    assert real > 0.8 > 0.2 > fake
    codes = rival.draw(32)
    before, practical = rival.gradient_norm(32, codes), rival.gradient_norm(32, codes, saturating=False)
    with torch.no_grad():
        for weight in rival.discriminator[-1].parameters():
            weight.mul_(5)  # five times as sure
    assert rival.gradient_norm(32, codes) < before / 10
    assert rival.gradient_norm(32, codes, saturating=False) > practical


def test_the_penalty_is_the_squared_gradient_at_real_pictures():
    rival, images = made(penalty=2.0), pictures(3)
    expected = []
    for image in images:
        leaf = image[None].clone().requires_grad_()
        (slope,) = torch.autograd.grad(rival.discriminator(leaf).sum(), leaf)
        expected.append(slope.square().sum())
    torch.testing.assert_close(rival._slope(images), torch.stack(expected).mean())
    plain_loss = made().judge(images)[0]
    assert made(penalty=100.0).judge(images)[0] > plain_loss


def test_equal_seeds_give_equal_games():
    found = []
    for seed in (1, 1, 2):
        rival = made(seed)
        for _ in range(3):
            rival.step(pictures())
        found.append(rival.sample(torch.ones(2, 6)))
    assert torch.equal(found[0], found[1])
    assert not torch.equal(found[0], found[2])


class Reports(list):
    def __call__(self, kind, values):
        self.append((kind, plain(dict(values))))


def test_both_train_beside_each_other_on_the_same_batches():
    settings = beside.Settings(data="faces", limit=64, generator=SMALL, plan=Plan(epochs=2, batch_size=16))
    reports = Reports()
    figures = beside.run(settings, CPU, reports, FreeRun())["figures"]
    steps = [values for kind, values in reports if kind == "step"]
    assert {"generator", "discriminator", "real", "fake", "glo", "epoch", "examples", "seconds"} == set(
        steps[0]
    )
    moments = [values for kind, values in reports if kind.startswith("moment")]
    assert moments[0]["examples"] == 0
    assert moments[-1]["examples"] == 128
    assert moments[-1]["glo"].shape == moments[-1]["gan"].shape == (16, 1, 25, 25)
    assert not np.array_equal(moments[0]["gan"], moments[-1]["gan"])
    assert 0 < figures["floor"] < min(figures["glo"], figures["gan"])
    again = beside.run(settings, CPU, Reports(), FreeRun())["figures"]
    assert again["glo"] == figures["glo"]
    assert again["gan"] == figures["gan"]


def test_the_vanishing_gradient_is_measured_at_every_moment():
    settings = vanishing.Settings(
        data="faces", limit=64, generator=SMALL, freeze_after=(1, 0), iterations=40, every=20, batch_size=16
    )
    reports = Reports()
    figures = vanishing.run(settings, CPU, reports, FreeRun())["figures"]
    assert set(figures) == {"powers_of_ten_0", "powers_of_ten_1"}
    norms = [values for kind, values in reports if kind == "norm 1"]
    assert [values["iteration"] for values in norms] == [0, 20, 40]
    largest = max(values["minimax"] for values in norms)
    assert figures["powers_of_ten_1"] == pytest.approx(math.log10(largest / norms[-1]["minimax"]), abs=1e-4)
