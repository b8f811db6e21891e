"""Looking for the code of one picture: the picture in the settings, the reports, what is found."""

import pytest
import torch

from engine import models
from engine.experiment import FreeRun
from engine.glo import metrics, portable, reaching, shelf
from engine.glo.portable import ModelError
from engine.jobs.plain import plain
from engine.models import Generator
from engine.settings import SettingError

CPU = torch.device("cpu")
SHAPE = (1, 12, 12)


@pytest.fixture
def name(monkeypatch, tmp_path):
    """A small generator on the shelf."""
    monkeypatch.setenv("EXPLORER_CACHE", str(tmp_path))
    network = models.generator(Generator(latent=4, width=8), SHAPE)
    models.initialise(network, torch.Generator().manual_seed(0))
    with torch.no_grad():
        network[0].weight.mul_(6)
    codes = torch.randn(30, 4, generator=torch.Generator().manual_seed(1))
    codes = codes / codes.norm(dim=1, keepdim=True).clamp_min(1)
    return shelf.keep(portable.to_bytes(network, codes, Generator(latent=4, width=8), SHAPE, "test"))


def test_a_picture_survives_the_journey():
    image = torch.randint(0, 256, (3, 8, 9), generator=torch.Generator().manual_seed(0), dtype=torch.uint8)
    text = reaching.encode(image)
    assert torch.equal((reaching.decode(text, (3, 8, 9))[0] * 255).round().to(torch.uint8), image)
    with pytest.raises(SettingError, match="1 x 8 x 9 bytes for this generator, not 216"):
        reaching.decode(text, (1, 8, 9))
    for nonsense in ("no base64!", "ä"):
        with pytest.raises(SettingError, match="base64"):
            reaching.decode(nonsense, SHAPE)


def test_a_picture_the_generator_can_make_is_reached(name):
    model = shelf.load(name)
    wanted = 0.5 * model.codes[3] + 0.5 * model.codes[9]
    picture = model.decode(wanted[None])[0]
    reports = []
    settings = reaching.Settings(model=name, picture=reaching.encode(picture), starts=3, steps=150)
    result = reaching.run(
        settings, CPU, lambda kind, values: reports.append((kind, plain(dict(values)))), FreeRun()
    )
    figures = result["figures"]
    assert figures["psnr"] > 35
    assert figures["psnr"] > figures["nearest"]
    assert figures["norm"] <= 1 + 1e-5
    made = model.decode(torch.tensor(result["code"])[None])
    assert metrics.psnr(made, picture[None]).item() > 35
    steps = [values for kind, values in reports if kind == "step"]
    assert steps[0]["step"] == 0
    assert steps[-1]["step"] == 150
    moments = [values for kind, values in reports if kind.startswith("moment")]
    assert moments[0]["made"].shape == (3, *SHAPE)
    assert len(moments) == len(steps) < 40


def test_one_it_cannot_make_stays_far_and_at_the_edge_of_the_ball(name):
    picture = torch.rand(SHAPE, generator=torch.Generator().manual_seed(5))
    settings = reaching.Settings(model=name, picture=reaching.encode(picture), starts=2, steps=60)
    figures = reaching.run(settings, CPU, lambda *_: None, FreeRun())["figures"]
    assert figures["psnr"] < 15


def test_a_model_that_is_gone_is_said(name, tmp_path):
    settings = reaching.Settings(model=name, picture=reaching.encode(torch.zeros(SHAPE)))
    shelf.path_of(name).unlink()
    with pytest.raises(ModelError, match="no longer held"):
        reaching.run(settings, CPU, lambda *_: None, FreeRun())
    with pytest.raises(ModelError, match="There is no model 'nobody'"):
        shelf.load("nobody")


def test_the_shelf_keeps_the_newest(name, monkeypatch):
    monkeypatch.setattr(shelf, "MOST_OWN", 2)
    content = shelf.path_of(name).read_bytes()
    model = portable.from_bytes(content)
    kept = [
        shelf.keep(portable.to_bytes(model.generator, model.codes * scale, model.plan, model.shape, "test"))
        for scale in (0.9, 0.8, 0.7)
    ]
    assert len(set(kept)) == 3
    assert len(list(shelf.cache().glob("own-*"))) == 2
    assert shelf.load(kept[-1]).data == "test"
    with pytest.raises(ModelError, match="damaged"):
        shelf.keep(content[:100])
