"""GLO on the `meta` device: every forward pass and every whole training step, with shapes and no numbers."""

import pytest
import torch

from engine import models
from engine.glo import fitting, latent, metrics
from engine.glo.codes import PROJECTIONS, STARTS, Codes, project, start
from engine.glo.gan import Gan, GanSettings
from engine.glo.learning import CodeSettings, Loss, autoencoder_learner, glo_learner
from engine.glo.losses import NAMES
from engine.glo.pyramid import laplacian_pyramid
from engine.models import Generator
from engine.training import Optimisation

META = torch.device("meta")
PLAN = Generator(latent=6, width=4)
RATE = Optimisation(learning_rate=1e-3)


def pictures(device=META, count=9):
    return torch.zeros(count, 3, 20, 20, dtype=torch.uint8, device=device)


def batch(device=META):
    return torch.zeros(4, dtype=torch.int64, device=device), torch.zeros(4, 3, 20, 20, device=device)


@pytest.mark.parametrize("loss", NAMES)
@pytest.mark.parametrize("how", STARTS)
def test_a_whole_step_of_glo(loss, how):
    learner, step = glo_learner(PLAN, RATE, pictures(), Loss(name=loss), CodeSettings(start=how), seed=0)
    learner.step(batch(), done=0, total=1)
    assert step.sight is not None
    assert step.sight.generated.is_meta
    assert step.sight.generated.shape == (4, 3, 20, 20)
    assert step.model.codes.values.shape == (9, 6)
    assert step.model.codes.values.is_meta


def test_a_whole_step_of_the_autoencoder():
    learner = autoencoder_learner(PLAN, RATE, pictures(), Loss(), projection="ball", seed=0)
    learner.step(batch(), done=0, total=1)
    assert learner.model(batch()[1]).is_meta


@pytest.mark.parametrize("penalty", [0.0, 1.0])
def test_a_whole_step_of_the_gan(penalty):
    gan = Gan(PLAN, (3, 20, 20), GanSettings(penalty=penalty), device=META, seed=0)
    losses = gan.step(batch()[1])
    assert losses.generator.is_meta
    assert gan.gradient_norm(4).is_meta
    assert gan.sample(gan.draw(3)).shape == (3, 3, 20, 20)


def test_fitting_a_code():
    network = models.generator(PLAN, (3, 20, 20)).to(META).requires_grad_(False)
    first = torch.zeros(4, 6, device=META)
    *_, last = fitting.steps(network, batch()[1], first, count=2)
    assert last.codes.is_meta
    assert fitting.nearest_starts(batch()[1], first, batch()[1], 3).shape == (4, 3, 6)


@pytest.mark.parametrize("projection", PROJECTIONS)
def test_codes_and_walks(projection):
    codes = Codes(start(torch.zeros(9, 3, 20, 20, device=META), 6), projection=projection)
    codes.update(torch.arange(3, device=META), torch.zeros(3, 6, device=META), 0.1)
    assert project(codes.values, projection).is_meta
    fitted = latent.fit_gaussian(codes.values)
    assert fitted.sample(torch.zeros(2, 6, device=META)).shape == (2, 6)
    assert latent.path(codes.values[0], codes.values[1], 5, "spherical").shape == (5, 6)
    assert latent.principal_directions(codes.values, 3).axes.shape == (3, 6)


def test_measures():
    a, b = (torch.zeros(4, 3, 20, 20, device=META) for _ in range(2))
    assert all(band.is_meta for band in laplacian_pyramid(a, 2))
    for measured in (
        metrics.psnr(a, b),
        metrics.ssim(a, b),
        metrics.roughness(a),
        metrics.nearest_distance(a, b)[0],
        metrics.sliced_wasserstein(a, b),
    ):
        assert measured.is_meta
