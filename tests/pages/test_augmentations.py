"""The Augmentations page without a browser: numbers, links and code agree with the engine."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from engine import images, samples, stored_runs
from engine.augment import OPERATORS, augment, mean_change, recipe
from engine.augment.relations import RELATIONS
from pages.contrastive import drawing, matrix_view, operator_settings
from pages.contrastive.augmentations_lesson import STEPS
from pages.contrastive.names import COMPOSE, CROPS, MATRIX, SHORTCUT
from pages.contrastive.names import OPERATORS as OPERATORS_VIEW
from tests.pages.listings import listings

OPERATOR = "aug_operator"


def _open(app, **state):
    test = app("augmentations")
    for key, value in state.items():
        test.session_state[key] = value
    return test.run()


def _facts(test):
    table = next(element.value for element in test.markdown if element.value.startswith("| Quantity |"))
    rows = [line.strip("| ").split(" | ") for line in table.splitlines()[2:]]
    return {row[0].strip(): (row[1].strip(), row[-1].strip().strip("*")) for row in rows}


def _run(test, capsys):
    """The names the page's code defines, and what it prints."""
    capsys.readouterr()
    space = {}
    exec(
        compile(next(block for block in listings(test) if "import torch" in block), "code", "exec"),
        space,
    )
    return space, capsys.readouterr().out


@pytest.mark.parametrize("name", OPERATORS)
def test_the_code_of_every_operator_gives_the_tile_and_torchvision_the_same(app, capsys, name):
    test = _open(app, **{OPERATOR: name})
    assert not test.exception
    space, printed = _run(test, capsys)
    assert float(printed) < 1e-5  # ours against torchvision
    change = mean_change(space["images"], space["views"]).mean().item()
    label = f"({OPERATORS[name].letter}) {OPERATORS[name].title}"
    assert _facts(test)[label][1] == f"{change:.3f}"


@pytest.mark.parametrize("source", ["photographs", "shapes", "digits", "faces"])
def test_a_batch_of_any_kind_is_drawn_and_its_code_runs(app, capsys, source):
    test = _open(app, aug_source=source, **{OPERATOR: "jitter"})
    assert not test.exception
    space, printed = _run(test, capsys)
    assert float(printed) < 1e-5
    assert len(space["views"]) > 1


def test_a_click_draws_that_tile_afresh_and_only_that(app):
    test = app("augmentations")
    before = _facts(test)
    test.session_state["aug_tiles"] = {"draw": "noise"}
    test.run()
    after = _facts(test)
    changed = {name for name in before if before[name] != after[name]}
    assert changed == {"(h) Gaussian noise"}
    assert test.session_state[OPERATOR] == "noise"
    assert test.session_state["aug_draws"] == (0, 0, 0, 0, 0, 0, 0, 1, 0, 0)
    again = app("augmentations", aug_draws="0,0,0,0,0,0,0,1,0,0")
    assert _facts(again) == after


def test_draw_all_again_is_the_next_seed(app):
    test = app("augmentations", aug_draws="3")
    test.session_state["aug_tiles"] = {"again": True}
    test.run()
    assert test.session_state["aug_seed"] == drawing.FIRST_SEED + 1
    assert not any(test.session_state["aug_draws"])
    assert _facts(test) == _facts(_open(app, aug_seed=drawing.FIRST_SEED + 1))


def test_parameters_of_every_operator_survive_and_travel_in_a_link(app):
    test = _open(app, **{OPERATOR: "jitter"})
    test.slider(key="aug_jitter_strength").set_value(1.5).run()
    test.selectbox(key=OPERATOR).set_value("cutout").run()
    test.slider(key="aug_cutout_side").set_value(0.25).run()
    assert test.query_params["aug_tuned"] == "jitter.strength=1.5~cutout.side=0.25"
    facts = _facts(test)
    again = app("augmentations", aug_tuned="jitter.strength=1.5~cutout.side=0.25")
    assert _facts(again) == facts
    again.session_state[OPERATOR] = "jitter"
    again.run()
    assert again.slider(key="aug_jitter_strength").value == 1.5


def test_the_largest_crop_is_never_below_the_smallest(app):
    test = _open(app, **{OPERATOR: "crop"})
    test.slider(key="aug_crop_smallest").set_value(0.9).run()
    test.slider(key="aug_crop_largest").set_value(0.95).run()
    assert test.slider(key="aug_crop_largest").min == 0.9
    test.slider(key="aug_crop_smallest").set_value(1.0).run()
    assert not test.exception
    assert _facts(test)["(b) Crop and resize"][1] == "0.000"  # the whole picture is left


@pytest.mark.parametrize(
    "query",
    [
        {"aug_draws": "x,-1,9999999999,3,4,5,6,7,8,9,10,11"},
        {"aug_tuned": "jitter.strength=nan~crop.smallest=99~nothing.at=1~jitter~~=~drop.probability=1e999"},
        {"aug_tuned": "a" * 9000, "aug_seed": "5000", "aug_operator": "none", "aug_view": "none"},
        {"aug_view": COMPOSE, "aug_chain": "crop~crop~DROP TABLE~sobel", "aug_pair": "-1"},
        {"aug_view": COMPOSE, "aug_chain": "", "aug_pair": "9" * 40},
        {"aug_view": CROPS, "aug_nth": "x,99999,3"},
        {"aug_view": MATRIX, "aug_cell": "8,-9"},
    ],
    ids=str,
)
def test_a_hostile_link_is_clamped(app, query):
    test = app("augmentations", **query)
    assert not test.exception
    assert _facts(test)


@pytest.mark.parametrize("view", [OPERATORS_VIEW, COMPOSE, CROPS])
def test_a_picture_of_ones_own_of_any_shape_is_drawn(app, view):
    test = _open(
        app, aug_view=view, aug_batch="one", own_picture=(torch.rand(1, 3, 40, 90), "a 'b' (1).png", {})
    )
    test.selectbox(key="aug_picture").select_index(0).run()
    assert not test.exception
    code = next(block for block in listings(test))
    assert """Image.open("a 'b' (1).png")""" in code
    compile(code, "code", "exec")
    assert _facts(test)


# --- compositions ---------------------------------------------------------------------------------------------------


def test_the_code_of_a_composition_gives_both_views(app, capsys):
    test = _open(app, aug_view=COMPOSE)
    space, _ = _run(test, capsys)
    pictures = torch.cat([samples.sample(name, 112) for name in samples.names()])
    pictures = images.to_uint8(pictures).float() / 255
    source = drawing.generator(drawing.FIRST_SEED)
    expected = [augment(pictures, recipe(), source) for _ in range(2)]
    for name, views in zip(("first", "second"), expected, strict=True):
        torch.testing.assert_close(space[name], views, atol=1e-6, rtol=0)
    assert space["one_by_one"].shape == views.shape
    change = sum(mean_change(pictures, each).mean().item() for each in expected) / 2
    assert _facts(test)["Change from the original"][1] == f"{change:.3f}"


@pytest.mark.parametrize(
    "chain", [(), ("sobel", "rotate", "noise"), tuple(reversed(OPERATORS))[:-1]], ids=str
)
@pytest.mark.parametrize("source", ["photographs", "mnist-5k", "one"])
def test_any_subset_in_any_order_is_drawn_and_its_code_runs(app, capsys, chain, source):
    test = _open(app, aug_view=COMPOSE, aug_chain=chain, aug_batch=source)
    assert not test.exception
    space, _ = _run(test, capsys)
    assert [operator.name for operator in space["operators"]] == list(chain)
    assert len(space["first"]) >= 11


def test_a_chain_from_the_component_is_taken_and_linked(app):
    test = _open(app, aug_view=COMPOSE)
    test.session_state["aug_pairs"] = {"chain": ["noise", "crop", "noise", "nothing"], "chosen": "noise"}
    test.run()
    assert test.session_state["aug_chain"] == ("noise", "crop")
    assert test.query_params["aug_chain"] == "noise~crop"
    assert test.session_state[OPERATOR] == "noise"
    assert list(_facts(test))[1] == "1. (h) Gaussian noise"


# --- crops ----------------------------------------------------------------------------------------------------------


def test_the_code_of_the_crops_counts_what_the_page_shows(app, capsys):
    test = _open(app, aug_view=CROPS)
    space, _ = _run(test, capsys)
    facts = _facts(test)
    titles = ("One inside the other", "Apart", "Overlapping")
    for title, name in zip(titles, RELATIONS, strict=True):
        assert facts[title][1] == f"{100 * space['found'][name]:.1f} %"
    assert [view.shape for view in space["views"]] == [(1, 3, 224, 224)] * 2


def test_where_no_pair_lies_so_the_page_says_what_to_change(app):
    test = _open(app, aug_view=CROPS, aug_crop_smallest=1.0)
    assert not test.exception
    assert _facts(test)["Apart"][1] == "0.0 %"
    assert "share pixels" in "\n".join(element.value for element in test.markdown)


def test_a_click_shows_the_next_pair(app):
    test = _open(app, aug_view=CROPS)
    test.session_state["aug_boxes"] = {"draw": "adjacent"}
    test.run()
    assert test.session_state["aug_nth"] == (0, 1)
    assert test.query_params["aug_nth"] == "0,1"


# --- the shortcut ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("source", ["photographs", "photo-crops", "digits"])
def test_the_code_of_the_shortcut_gives_the_pages_shares(app, capsys, source):
    test = _open(app, aug_view=SHORTCUT, aug_pool=source)
    assert not test.exception
    space, _ = _run(test, capsys)
    facts = _facts(test)
    for half in ("without", "with"):
        assert facts[f"Partner found, {half} distortion"][1] == f"{100 * space['found'][half]:.0f} %"


def test_without_strength_both_halves_are_the_same(app):
    facts = _facts(_open(app, aug_view=SHORTCUT, aug_s=0.0))
    assert facts["Partner found, with distortion"] == facts["Partner found, without distortion"]


def test_the_answer_is_not_told_before_the_guess(app):
    test = _open(app, aug_view=SHORTCUT, aug_guess=True)
    assert "Partner found, with distortion" not in _facts(test)
    assert (
        "with distortion"
        not in "\n".join(element.value for element in test.markdown).lower().split("guess in")[0]
    )
    test.session_state["aug_shortcut"] = {"guess": "few"}
    test.run()
    assert "Partner found, with distortion" in _facts(test)
    test.session_state["aug_shortcut"] = {}
    test.toggle(key="aug_guess").set_value(False).run()
    assert "aug_guessed" not in test.session_state
    test.toggle(key="aug_guess").set_value(True).run()
    assert "Partner found, with distortion" not in _facts(test)


# --- the matrix -----------------------------------------------------------------------------------------------------


@pytest.fixture
def stored(tmp_path, monkeypatch):
    """A stored run made for this test; the project's own, if there is one, is out of sight."""
    monkeypatch.setattr(stored_runs, "FOLDER", tmp_path)
    monkeypatch.setattr(stored_runs.load, "__kwdefaults__", {"folder": tmp_path})
    matrix_view.measured.clear()
    yield tmp_path
    matrix_view.measured.clear()


def _store(folder, names=("crop", "jitter", "blur"), size=3):
    accuracy = np.linspace(0.3, 0.6, size * size).reshape(size, size)
    stored_runs.write(
        matrix_view.RUN,
        {"accuracy": accuracy},
        command="python -m engine.studies.augmentation_matrix",
        settings={
            "operators": list(names),
            "data": "Shapes",
            "operator_settings": {"jitter": {"strength": 1.0}},
        },
        seed=0,
        headline={"untrained": 0.25},
        folder=folder,
    )
    return accuracy


def test_without_a_stored_run_the_matrix_is_not_offered(app, stored):
    test = app("augmentations", aug_view=MATRIX)
    assert not test.exception
    assert MATRIX not in test.button_group[0].options


def test_a_damaged_or_foreign_run_is_not_offered(app, stored):
    _store(stored, names=("crop", "jitter", "teleport"))
    assert MATRIX not in app("augmentations").button_group[0].options


def test_the_matrix_shows_the_stored_numbers_and_a_cells_code(app, stored, capsys):
    accuracy = _store(stored)
    test = _open(app, aug_view=MATRIX, aug_cell=(0, 1))
    assert not test.exception
    facts = _facts(test)
    assert facts["This cell"] == (
        "(b) Crop and resize, then (e) Color distort. (jitter)",
        f"{100 * accuracy[0, 1]:.1f} %",
    )
    assert facts["Best"][1] == "60.0 %"
    assert facts["Before training"][1] == "25.0 %"
    space, _ = _run(test, capsys)
    assert [operator.name for operator in space["operators"]] == ["crop", "jitter"]
    assert space["operators"][1].strength == 1.0
    assert test.query_params["aug_cell"] == "0,1"
    one = _open(app, aug_view=MATRIX, aug_cell=(2, 2))
    assert [operator.name for operator in _run(one, capsys)[0]["operators"]] == ["blur"]


@pytest.mark.parametrize("index", range(len(STEPS)), ids=[step.title for step in STEPS])
def test_every_lecture_step_opens(app, index):
    test = app("augmentations")
    test.button(key=f"aug_goto_{index}").click().run()
    assert not test.exception
    for name, value in STEPS[index].state.items():
        assert test.session_state[f"aug_{name}"] == value


def test_settings_out_of_range_never_reach_the_engine():
    for name in OPERATORS:
        assert operator_settings.current(name).name == name
