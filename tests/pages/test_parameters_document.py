"""Edits of the network on the Parameters page: layers keep their identity, and what cannot be done changes nothing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.parameters.analysis import analyse
from engine.parameters.layers import Activation, Conv, Dense, Flatten, GlobalPool, Pool, Residual
from engine.parameters.presets import PRESETS
from engine.parameters.stack import Stack
from engine.settings import SettingError
from pages.basics.parameters_document import become, edit, open_stack
from pages.basics.parameters_figure import figure, judged
from pages.basics.parameters_session import Kept, obey
from pages.basics.parameters_words import byte_text, large, settings_text

LECTURE = open_stack(PRESETS["lecture_15120"].stack)
TEN = open_stack(Stack((3, 8, 8), tuple(Conv(n, 1) for n in range(1, 11))))


def test_a_new_layer_is_fitted_to_its_place():
    small = open_stack(Stack((3, 2, 2), ()))
    grown = edit(small, {"op": "insert", "after": None, "layer": {"kind": "conv"}})
    assert grown.stack.layers == (Conv(kernel=2),)
    again = edit(grown, {"op": "insert", "after": grown.ids[0], "layer": {"kind": "pool"}})
    assert again.stack.layers[1] == Pool(window=1)
    assert len(set(again.ids)) == 2


def test_residuals_follow_and_identities_stay():
    document = open_stack(Stack((4, 8, 8), (Conv(4, 1), Conv(4, 1), Residual(1))))
    moved = edit(document, {"op": "move", "id": 0, "to": 1})
    assert moved.ids == (1, 0, 2)
    assert moved.stack.layers[2] == Residual(2)
    removed = edit(moved, {"op": "remove", "id": 1})
    assert removed.ids == (0, 2)
    assert removed.stack.layers[1] == Residual(1)


def test_a_repair_is_the_engines_and_keeps_what_it_does_not_touch():
    broken = edit(LECTURE, {"op": "remove", "id": 2})
    mended = edit(broken, {"op": "repair", "way": 1})
    assert [type(layer) for layer in mended.stack.layers] == [Conv, Conv, GlobalPool, Dense]
    assert (mended.ids[0], mended.ids[1], mended.ids[3]) == (0, 1, 3)


@given(st.permutations(range(10)))
def test_becoming_a_permutation_keeps_every_identity(order):
    after = become(TEN, Stack((3, 8, 8), tuple(TEN.stack.layers[n] for n in order)))
    assert after.ids == tuple(order)


@given(st.lists(st.sampled_from([Conv(2, 1), Conv(3, 1), Activation(), Flatten()]), max_size=8))
def test_becoming_anything_gives_every_layer_one_identity(layers):
    after = become(LECTURE, Stack((3, 32, 32), tuple(layers)))
    assert len(after.ids) == len(set(after.ids)) == len(layers)
    assert max(after.ids, default=0) < after.following


def test_a_changed_setting_keeps_the_identity():
    layers = list(LECTURE.stack.layers)
    layers[1] = Conv(99, 3)
    assert become(LECTURE, Stack((3, 32, 32), tuple(layers))).ids == LECTURE.ids


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({}, "no edit called"),
        ({"op": "explode"}, "no edit called 'explode'|no edit called explode"),
        ({"op": "remove", "id": 77}, "no longer there"),
        ({"op": "move", "id": 0, "to": 9}, "no such place"),
        ({"op": "move", "id": 0, "to": "up"}, "no such place"),
        ({"op": "change", "id": 0, "layer": {"kind": "conv", "filters": 0}}, "filters of a convolution"),
        ({"op": "change", "id": 0, "layer": 7}, "must be an object"),
        ({"op": "insert", "after": 0, "layer": {"kind": "bomb"}}, "must be one of conv"),
        ({"op": "input", "shape": [3, 0, 3]}, "height of the input"),
        ({"op": "input", "shape": "3x3"}, "three whole numbers"),
        ({"op": "repair", "way": 0}, "no longer needed"),
    ],
)
def test_what_cannot_be_done_is_said(change, words):
    with pytest.raises(SettingError, match=words):
        edit(LECTURE, change)


def kept():
    return Kept(LECTURE, links={""})


def test_messages_are_obeyed_once_and_undone_step_by_step():
    state = kept()
    message = {"number": 1, "changes": [{"op": "remove", "id": 3}, {"op": "remove", "id": 2}]}
    obey(state, message)
    obey(state, message)  # comes again with the next rerun
    assert len(state.document.stack.layers) == 2
    obey(state, {"number": 2, "changes": [{"op": "undo"}]})
    assert len(state.document.stack.layers) == 3
    obey(state, {"number": 3, "changes": [{"op": "undo"}]})
    assert state.document.stack == LECTURE.stack
    obey(state, {"number": 4, "changes": [{"op": "redo"}, {"op": "redo"}, {"op": "redo"}]})
    assert len(state.document.stack.layers) == 2


def test_stepping_one_setting_is_one_undo():
    state = kept()
    for number, filters in enumerate((11, 12, 13), 1):
        layer = {"kind": "conv", "filters": filters, "kernel": 4, "stride": 2, "padding": 1}
        change = {"op": "change", "id": 0, "setting": "filters", "layer": layer}
        obey(state, {"number": number, "changes": [change]})
    assert state.document.stack.layers[0].filters == 13
    obey(state, {"number": 9, "changes": [{"op": "undo"}]})
    assert state.document.stack == LECTURE.stack


@pytest.mark.parametrize(
    "message",
    [
        {},
        {"number": "1", "changes": []},
        {"number": 1, "changes": "all"},
        {"number": 1, "changes": [None, 3, {"op": ["x"]}]},
        {"number": 1, "changes": [{"op": "reveal", "guesses": {"0": -1, "1": "x", "2": True}}]},
    ],
)
def test_hostile_messages_change_nothing(message):
    state = kept()
    obey(state, message)
    assert state.document == LECTURE
    assert state.guesses == {}


def test_guesses_are_judged_by_layer_and_in_total_and_forgotten_with_the_network():
    state = kept()
    guesses = {"0": 480, "3": 12_810, "total": 15_120, "99": 1}
    obey(state, {"number": 1, "changes": [{"op": "reveal", "guesses": guesses}]})
    found = judged(analyse(LECTURE.stack), state.document, state.guesses)
    assert set(found) == {"0", "3", "total"}
    assert [found[name]["right"] for name in ("0", "3", "total")] == [False, True, True]
    obey(state, {"number": 2, "changes": [{"op": "remove", "id": 0}]})
    assert not state.revealed
    assert state.guesses == {}


def test_the_figure_adds_up():
    from engine.parameters.memory import training_memory
    from engine.parameters.saved import of_stack

    analysis = analyse(LECTURE.stack)
    training = training_memory(analysis.parameters, of_stack(analysis))
    drawn = figure(LECTURE, analysis, opened=1, training=training, comparison=None, pinned_training=None)
    for measure in ("parameters", "macs", "memory"):
        assert sum(row[measure] for row in drawn["rows"]) == drawn["totals"][measure]
        assert sum(part[measure] for part in drawn["shares"]) == drawn["totals"][measure]
    assert sum(part["bytes"] for part in drawn["training"]["parts"]) == drawn["training"]["bytes"]
    assert drawn["totals"]["sum"] == "490 + 1,820 + 0 + 12,810 = 15,120"
    assert drawn["open"]["choices"]["kernel"]["high"] == 32


def test_words():
    assert settings_text(Conv(10, 4, 2, 1)) == "10 filters, 4 × 4, stride 2, padding 1"
    assert settings_text(Conv(8, 3, groups=4, dilation=2, bias=False)) == (
        "8 filters, 3 × 3, dilation 2, 4 groups, no bias"
    )
    assert settings_text(Pool("max", 2)) == "max, 2 × 2"
    assert settings_text(Pool("average", 3, 2, 1)) == "average, 3 × 3, stride 2, padding 1"
    assert settings_text(Residual(0)) == "adds the input"
    assert byte_text(1023) == "1,023\xa0bytes"
    assert byte_text(1536) == "1.5\xa0KB"
    assert byte_text(5 * 2**40) == "5,120.0\xa0GB"
    assert large(12_810) == "12,810"
    assert large(4_089_184_256) == "4.09 billion"
