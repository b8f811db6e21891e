"""The GLO page: stored runs at once, numbers from the engine, code that trains."""

import numpy as np
import pytest
import torch
from streamlit.testing.v1 import AppTest

from engine import data, stored_runs
from engine.glo import training
from engine.models import Generator
from engine.models.generator import multiply_adds, parameters
from pages.generative import glo_code, glo_figure, story
from pages.generative.glo_controls import LOSSES

SLUG = "glo"


def table(test):
    rows = next(element.value for element in test.markdown if "Quantity" in element.value).splitlines()[2:]
    return {row.split("|")[1].strip(): row.split("|")[3].strip(" *") for row in rows}


@pytest.mark.parametrize(("title", "show"), [("Faces", "One batch"), ("MNIST 5k", "Through time")])
def test_it_opens_on_a_stored_run(app, show, title):
    test = app(SLUG, glo_data=title, glo_show=show)
    assert not test.exception
    assert any("A stored run; press" in element.value for element in test.markdown)
    heads = [head.value for head in test.subheader]
    assert heads == ["Numbers", "What to notice", "The code", "Go deeper"]
    name = {"Faces": "faces", "MNIST 5k": "mnist-5k"}[title]
    figures = stored_runs.load(f"glo-{name}").headline
    assert table(test)["GLO: held-out pictures"] == f"{figures['glo']['psnr']:.2f} dB"


def test_the_numbers_are_the_generators(app):
    found = table(app(SLUG, glo_data="Faces", glo_latent="16"))
    plan, shape = Generator(latent=16), (1, 25, 25)
    assert found["Weights of the generator"] == f"{parameters(plan, shape):,}"
    assert found["Numbers in the codes"] == f"{80 * 16:,}"
    assert found["Multiply-adds of one picture"] == f"{multiply_adds(plan, shape):,}"


def test_random_codes_show_the_control_experiment(app):
    test = app(SLUG, glo_data="MNIST 5k", glo_learn="false")
    assert not test.exception
    assert any("Random codes that never learn" in element.value for element in test.markdown)


def test_the_control_experiment_has_two_arms_from_the_same_start(app):
    frozen, learned = story.stored(glo_figure.FROZEN), story.stored(glo_figure.LEARNED)
    assert frozen.settings["codes"].pop("learn") is False
    assert learned.settings["codes"].pop("learn") is True
    assert frozen.settings == learned.settings
    story.stored.clear()  # the settings were changed above
    np.testing.assert_array_equal(
        story.moments(story.stored(glo_figure.FROZEN))[0]["made_glo"],
        story.moments(story.stored(glo_figure.LEARNED))[0]["made_glo"],
    )
    ends = [
        story.stored(name).points["test glo"][-1]["psnr"] for name in (glo_figure.FROZEN, glo_figure.LEARNED)
    ]
    test = app(SLUG, glo_data="MNIST 5k", glo_learn="false", glo_show="Map of codes")
    assert not test.exception
    said = " ".join(element.value for element in test.markdown)
    assert f"{ends[0]:.1f} dB where they stay, {ends[1]:.1f} dB where they learn" in said


def test_data_without_a_stored_run_says_what_to_do(app):
    test = app(SLUG, glo_data="Photo crops")
    assert not test.exception
    assert any("Press Train" in element.value for element in test.info)


@pytest.mark.parametrize("loss", LOSSES)
def test_the_code_trains_for_every_loss(loss, capsys):
    base = training.Settings(data="faces", limit=64, generator=Generator(latent=4, width=4))
    settings = base.change("loss", base.loss.change("name", loss)).change(
        "plan", base.plan.change("epochs", 2)
    )
    space = {}
    exec(compile(glo_code.pytorch(settings), "code", "exec"), space)
    assert space["z"].shape == (64, 4)
    assert (space["z"].norm(dim=1) <= 1 + 1e-5).all()
    assert 8 < space["psnr"] < 25


@pytest.mark.parametrize(("projection", "learn"), [("sphere", True), ("none", True), ("ball", False)])
def test_the_code_follows_projection_and_frozen_codes(projection, learn, capsys):
    base = training.Settings(data="faces", limit=64, generator=Generator(latent=4, width=4))
    codes = base.codes.change("projection", projection).change("learn", learn).change("start", "sphere")
    settings = base.change("codes", codes).change("plan", base.plan.change("epochs", 1))
    space = {}
    exec(compile(glo_code.pytorch(settings), "code", "exec"), space)
    if projection == "sphere" or not learn:
        torch.testing.assert_close(space["z"].norm(dim=1), torch.ones(64))


def test_a_stored_run_reads_as_a_run_that_was_watched():
    run = story.stored("glo-faces")
    found = story.moments(run)
    assert found[0]["examples"] == 0
    assert glo_figure.last(run, "test glo", "psnr") > 20
    assert len(story.stored_batches("glo-faces")) > 3
    assert len(data.load("faces", "train", 80)) == 80


@pytest.mark.parametrize(
    ("state", "words"),
    [
        ("queued", "Waiting for the first map"),
        ("running", "Waiting for"),
        ("stopped", "The run ended before its first map"),
    ],
)
def test_a_run_without_a_map_says_whether_one_will_come(state, words):
    def script(state):
        from pages.generative import glo_codes
        from pages.registry import BY_SLUG
        from pages.shared.progress import Run
        from pages.shared.provenance import Provenance

        glo_codes.draw(BY_SLUG["glo"], Run(state=state), Provenance("live", "A test."))

    test = AppTest.from_function(script, args=(state,)).run(timeout=60)
    assert not test.exception
    assert [each.value.startswith(words) for each in test.caption] == [True]
