"""Finding codes of pictures, where the right answer is known."""

import math

import pytest
import torch

from engine import models
from engine.glo import fitting, metrics
from engine.models import Generator


@pytest.fixture(scope="module")
def generator():
    network = models.generator(Generator(latent=4, width=8), (1, 12, 12))
    models.initialise(network, torch.Generator().manual_seed(0))
    with torch.no_grad():
        network[0].weight.mul_(6)
    return network.eval().requires_grad_(False)


def codes(count, seed=1):
    drawn = torch.randn(count, 4, generator=torch.Generator().manual_seed(seed))
    return 0.8 * drawn / drawn.norm(dim=1, keepdim=True)


def test_a_picture_the_generator_can_make_is_found_again(generator):
    wanted = codes(6)
    pictures = generator(wanted)
    starts = torch.zeros(6, 1, 4)
    found, each = fitting.fit(generator, pictures, starts, count=300)
    assert metrics.psnr(generator(found), pictures) > 40
    torch.testing.assert_close(found, wanted, atol=0.05, rtol=0)
    assert (each < generator(torch.zeros(6, 4)).sub(pictures).square().mean((1, 2, 3))).all()


def test_codes_never_leave_the_ball_and_every_step_is_reported(generator):
    pictures = torch.ones(2, 1, 12, 12)
    seen = list(fitting.steps(generator, pictures, torch.full((2, 4), 9.0), count=20, rate=0.5))
    assert [moment.step for moment in seen] == list(range(21))
    assert all((moment.codes.norm(dim=1) <= 1 + 1e-5).all() for moment in seen)
    assert seen[-1].each.sum() < seen[0].each.sum()
    for moment in (seen[0], seen[7], seen[-1]):
        torch.testing.assert_close(moment.pictures, generator(moment.codes))


def test_more_starts_are_never_worse(generator, monkeypatch):
    monkeypatch.setattr(fitting, "CHUNK", 3)
    table = codes(20, seed=2)
    decoded = generator(table)
    pictures = generator(codes(5, seed=3))
    starts = fitting.nearest_starts(decoded, table, pictures, 4)
    assert starts.shape == (5, 4, 4)
    torch.testing.assert_close(starts[:, 0], table.mean(0).expand(5, 4))
    nearest = metrics.nearest_distance(pictures, decoded)[1]
    assert torch.equal(starts[:, 1], table[nearest])
    one = fitting.fit(generator, pictures, starts[:, :1], count=15)[1]
    several = fitting.fit(generator, pictures, starts, count=15)[1]
    assert (several <= one + 1e-6).all()
    assert fitting.nearest_starts(decoded, table, pictures, 1).shape == (5, 1, 4)


def test_the_rate_falls_along_half_a_cosine():
    """On a loss whose gradient has one sign, Adam's first step is the rate itself."""
    network = torch.nn.Sequential(torch.nn.Unflatten(1, (1, 1, 1)))
    seen = list(
        fitting.steps(
            network, torch.full((1, 1, 1, 1), 100.0), torch.zeros(1, 1), projection="none", count=4, rate=0.1
        )
    )
    assert seen[0].codes.item() == 0
    assert seen[1].codes.item() == pytest.approx(0.1, rel=1e-3)
    total = sum(0.1 * (1 + math.cos(math.pi * k / 4)) / 2 for k in range(4))
    assert seen[-1].codes.item() == pytest.approx(total, rel=1e-2)
