"""The Contrastive page without a browser: numbers, links and code agree with the engine."""

import pytest
import torch

from engine import data
from engine.contrastive import terms
from engine.contrastive.explorer import explore, pick, untrained
from engine.contrastive.views import Views
from pages.contrastive import collapse_view
from tests.pages.listings import listings

LOSSES = [
    {},
    {"con_l_views": "plain", "con_l_pairs": 3, "con_l_seed": 4},
    {"con_l_data": "digits", "con_l_views": "same"},
]


def _open(app, state, **query):
    test = app("contrastive", **query)
    for key, value in state.items():
        test.session_state[key] = value
    return test.run()


def _facts(test):
    table = next(element.value for element in test.markdown if element.value.startswith("| Quantity |"))
    rows = [line.strip("| ").split("|") for line in table.splitlines()[2:]]
    return {row[0].strip(): row[-1].strip().strip("*") for row in rows}


def _run(test):
    space = {}
    code = next(block for block in listings(test) if "import torch" in block)
    exec(compile(code, "code", "exec"), space)
    return space


@pytest.mark.parametrize("state", LOSSES, ids=str)
def test_the_losss_code_runs_as_pasted_and_gives_the_pages_loss(app, state):
    test = _open(app, {"con_l_encoder": "random", **state})
    assert not test.exception
    assert _run(test)["loss"].item() == pytest.approx(float(_facts(test)["NT-Xent"]), abs=6e-4)


def test_the_default_numbers_are_the_engines(app):
    facts = _facts(_open(app, {"con_l_encoder": "random"}))
    dataset = data.load("shapes-plain", "test")
    images = dataset.images[pick(dataset, 6)]
    batch = explore(untrained("shapes-plain"), images, Views(), torch.Generator().manual_seed(0))
    found = terms(*batch.z.chunk(2), 0.2)
    assert facts["NT-Xent"] == f"{found.loss.item():.3f}"
    assert facts["A guess among all others"] == "2.398"


@pytest.mark.parametrize(
    "query",
    [
        {"con_l_tau": "nan", "con_l_row": "99", "con_l_cells": "<script>"},
        {"con_l_tau": "-5", "con_l_row": "-1"},
        {"con_l_tau": "1e999", "con_view": "nothing"},
    ],
    ids=str,
)
def test_a_hostile_link_is_the_nearest_possible_state(app, query):
    test = _open(app, {}, **query)
    assert not test.exception
    assert float(_facts(test)["NT-Xent"]) > 0


def test_temperature_from_a_link_reaches_the_numbers(app):
    cold, warm = (
        _facts(_open(app, {"con_l_encoder": "random"}, con_l_tau=value))["Share of the hardest negative"]
        for value in ("0.02", "2")
    )
    assert int(cold.split()[0]) > int(warm.split()[0]) + 20


@pytest.mark.parametrize("way", collapse_view.WAYS)
def test_a_way_to_collapse_is_known_by_its_settings_and_so_by_its_link(way):
    state = {f"con_{name}": value for name, value in collapse_view.WAYS[way][2].items()}
    assert collapse_view.way_of(state) == way
    assert collapse_view.way_of(state | {"con_epochs": 3, "con_width": 8}) == way
    assert collapse_view.way_of({}) == "healthy"


def test_the_link_of_a_collapse_shows_it(app):
    test = app("contrastive", con_view="Collapse", con_negatives="false")
    assert not test.exception
    assert any("No negatives" in element.value for element in test.markdown)
    assert any("a run from before" in element.value for element in test.caption)
    assert not any("Nothing broken" in element.value for element in test.markdown)
