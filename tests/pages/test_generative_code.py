"""The code panels of the generative pages run as pasted, at small settings."""

import math

import pytest
import torch

from engine.glo import beside, shelf, vanishing
from engine.glo.gan import GanSettings
from engine.models import Generator
from pages.generative import compare_code, own_code, rivals_code, vanishing_code


def run(text):
    space = {}
    exec(compile(text, "code", "exec"), space)
    return space


def test_a_code_is_found_for_a_held_out_picture(capsys):
    space = run(own_code.pytorch("faces", "Held-out picture", 3, starts=3, steps=30))
    assert space["z"].shape == (3, 32)
    assert (space["z"].norm(dim=1) <= 1 + 1e-5).all()
    first = -10 * math.log10(float(space["apart"].min()))
    assert space["psnr"] > first, "searching found nothing better than the nearest training code"


def test_pca_beside_glo(capsys):
    space = run(compare_code.pytorch("mnist-5k"))
    model = shelf.load("mnist-5k")
    assert space["codes"].shape == model.codes.shape
    assert space["glo"] == pytest.approx(model.about["psnr_train"], abs=0.1)
    assert 10 < space["pca"] < space["glo"]


@pytest.mark.parametrize("penalty", [0.0, 10.0])
def test_a_gan_trains(penalty, capsys):
    settings = beside.Settings(
        limit=128, generator=Generator(latent=8, width=8), gan=GanSettings(penalty=penalty)
    )
    space = run(rivals_code.pytorch(settings.change("plan", settings.plan.change("epochs", 1))))
    assert len(space["losses"]) == 2
    assert space["losses"][0][0] == pytest.approx(math.log(2), abs=0.2)  # an undecided discriminator


def test_the_gradient_of_a_frozen_generator(capsys):
    settings = vanishing.Settings(limit=128, freeze_after=(1, 2), iterations=4)
    space = run(vanishing_code.pytorch(settings))
    assert len(space["norms"]) == 4
    assert all(norm > 0 for norm in space["norms"])
    assert torch.tensor(space["norms"]).isfinite().all()
