"""The Saddle points page: numbers from the engine, the start in the link, code that does the same."""

import math

import pytest

from engine.glo.games import Game, trajectory
from tests.pages.listings import listings

SLUG = "saddle-points"


def table(test):
    rows = next(element.value for element in test.markdown if "Quantity" in element.value).splitlines()[2:]
    return {row.split("|")[1].strip(): row.split("|")[3].strip(" *") for row in rows}


@pytest.mark.parametrize("view", ["GAN beside GLO", "Vanishing gradient"])
def test_every_view_has_its_parts(app, view):
    test = app(SLUG, sad_view=view)
    assert not test.exception
    heads = [head.value for head in test.subheader]
    assert heads == ["Numbers", "What to notice", "The code", "Go deeper"]


@pytest.mark.parametrize("game", ["bilinear", "dirac"])
def test_the_numbers_are_the_engines(app, game):
    test = app(SLUG, sad_game={"bilinear": "V = x y", "dirac": "Dirac-GAN"}[game], sad_updates="120")
    assert not test.exception
    end = trajectory(Game(game, 0.2, 0.5), "simultaneous", (1.0, -0.8), 120)[-1]
    assert float(table(test)["Both at once: distance after 120 updates"]) == pytest.approx(
        math.hypot(*end), rel=5e-3
    )
    assert float(table(test)["In turn: factor per update near 0"]) == 1


def test_a_link_sets_the_start_and_nonsense_does_not(app):
    linked = app(SLUG, sad_at="0.5,1.5")
    assert any("GLO" in row for row in table(linked))
    assert "torch.tensor([0.5, 1.5]" in listings(linked)[0]
    for nonsense in ("5,5", "nan,0"):
        assert "torch.tensor([1.0, -0.8]" in listings(app(SLUG, sad_at=nonsense))[0]


def test_it_says_when_glo_meets_its_own_saddle(app):
    test = app(SLUG, sad_at="0.9,-0.9")
    assert any("saddle of its own" in element.value for element in test.markdown)


@pytest.mark.parametrize("game", ["bilinear", "dirac"])
def test_the_code_runs_and_ends_where_the_engine_does(app, game, capsys):
    test = app(SLUG, sad_game={"bilinear": "V = x y", "dirac": "Dirac-GAN"}[game], sad_updates="60")
    space = {}
    exec(compile(listings(test)[0], "code", "exec"), space)
    for method, end in space["ends"].items():
        expected = trajectory(Game(game, 0.2, 0.5), method, (1.0, -0.8), 60)[-1]
        assert end == pytest.approx(expected, abs=1e-9)
